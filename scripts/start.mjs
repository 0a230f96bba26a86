/**
 * `npm start`: builds what is not built yet and becomes the gateway. One process from then on, so
 * that a signal to it reaches the gateway and not a shell in front of it.
 */
import { spawnSync } from 'node:child_process';
import { readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('..', import.meta.url));

const changedAt = path => statSync(join(root, path), { throwIfNoEntry: false })?.mtimeMs ?? 0;

/** The compiler writes its build information last, so whatever it built is as new as that. Asking it
    whether anything changed costs more than a second of each start. */
function isBuilt() {
  const builtAt = changedAt('dist/.tsbuildinfo');
  const sources = readdirSync(join(root, 'src'), { recursive: true }).map(file => join('src', file));
  return ['tsconfig.json', 'package-lock.json', 'src', ...sources].every(path => changedAt(path) < builtAt);
}

const steps = [...(isBuilt() ? [] : [['node_modules/typescript/bin/tsc', '-p', '.']]), ['scripts/build-explorer.mjs']];
for (const [script, ...args] of steps) {
  const { status } = spawnSync(process.execPath, [script, ...args], { cwd: root, stdio: 'inherit' });
  if (status !== 0) process.exit(status ?? 1);
}
await import('../dist/src/main.js');
