/**
 * Builds the explorer into dist/explorer, from where src/explorer/index.ts serves it. A build takes
 * seconds, and every `npm start` asks for one: while the inputs stay the same, nothing is done.
 */
import { createHash } from 'node:crypto';
import { existsSync, readFileSync, readdirSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { gzipSync } from 'node:zlib';

const root = fileURLToPath(new URL('..', import.meta.url));
const app = join(root, 'src/explorer/app');
const built = join(root, 'dist/explorer');
const stamp = join(built, 'inputs.sha256');

/** The packages whose code is in the build, or makes it. */
const PACKAGES = [
  '@graphiql/plugin-doc-explorer',
  '@graphiql/plugin-history',
  '@graphiql/react',
  '@vitejs/plugin-react',
  'graphiql',
  'graphql',
  'monaco-editor',
  'monaco-graphql',
  'react',
  'react-dom',
  'vite',
];

const inputs = hashInputs();
const isBuilt = () => existsSync(stamp) && readFileSync(stamp, 'utf8') === inputs;
if (isBuilt()) process.exit(0);

const startedAt = performance.now();
// In a folder of its own until it is whole: a gateway may be serving the old one, and another
// build may be running.
const fresh = join(root, `dist/explorer.${process.pid}`);
try {
  // A test runner's NODE_ENV would make Vite bundle React's development build.
  process.env.NODE_ENV = 'production';
  const { build } = await import('vite');
  await build({ root: app, configFile: join(app, 'vite.config.ts'), logLevel: 'warn', build: { outDir: fresh, emptyOutDir: true } });
  compress(join(fresh, 'assets'));
  writeFileSync(join(fresh, 'inputs.sha256'), inputs);
  rmSync(built, { recursive: true, force: true });
  renameSync(fresh, built);
} catch (error) {
  // Where two builds of the same inputs end at once, the second finds the first one's folder in its way.
  if (!isBuilt()) throw error;
} finally {
  rmSync(fresh, { recursive: true, force: true });
}
console.log(`Built the explorer in ${((performance.now() - startedAt) / 1000).toFixed(1)} s.`);

function hashInputs() {
  const hash = createHash('sha256');
  const sources = readdirSync(app, { recursive: true, withFileTypes: true })
    .filter(entry => entry.isFile())
    .map(entry => join(entry.parentPath, entry.name))
    .toSorted();
  const manifests = PACKAGES.map(name => join(root, 'node_modules', name, 'package.json'));
  for (const file of [...sources, ...manifests, fileURLToPath(import.meta.url)]) hash.update(file.slice(root.length)).update('\0').update(readFileSync(file)).update('\0');
  return hash.digest('hex');
}

/** The gateway sends these as they are; compressing them for each visitor would cost it the CPU that queries need. */
function compress(folder) {
  for (const file of readdirSync(folder)) {
    if (/\.(js|css|svg|ttf)$/.test(file)) writeFileSync(join(folder, `${file}.gz`), gzipSync(readFileSync(join(folder, file)), { level: 9 }));
  }
}
