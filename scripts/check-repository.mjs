/**
 * Rules about the repository's text that no linter knows: files short enough to read, no folder of
 * somebody's machine, pinned packages. Works below the current folder.
 */
import { readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';

const MAX_LINES = 400;

/** Source files that may be longer, each with its reason. */
const LONGER_FILES = new Map([]);

const NOT_OURS = new Set(['node_modules', 'dist', 'coverage', '.git', '.portico']);
const SOURCE = /\.(ts|tsx|mjs|cjs|js|sql|css)$/;
const TEXT = /\.(ts|tsx|mjs|cjs|js|jsonc?|sql|css|html|md|ya?ml|graphql|txt|svg|toml|py|sh)$|(^|\/)(\.ci\/run|LICENSE|\.gitignore)$/;
/** Generated and compared by a check of their own. */
const GENERATED = /^(schema\/|package-lock\.json$)/;

/** Folders of a person's or a builder's machine, as opposed to those every system has. */
const MACHINE_PATH = /(?<![\w.:/-])\/(?:work|home|Users)\/[\w.-]+/;
const EXACT_VERSION = /^\d+\.\d+\.\d+(-[\w.]+)?$/;

function* filesBelow(folder) {
  for (const entry of readdirSync(folder, { withFileTypes: true })) {
    if (NOT_OURS.has(entry.name)) continue;
    const path = folder === '.' ? entry.name : `${folder}/${entry.name}`;
    if (entry.isDirectory()) yield* filesBelow(path);
    else if (entry.isFile()) yield path;
  }
}

const complaints = [];
for (const file of filesBelow('.')) {
  if (!TEXT.test(file) || GENERATED.test(file)) continue;
  const lines = readFileSync(join('.', file), 'utf8').split('\n');
  if (SOURCE.test(file) && lines.length - 1 > MAX_LINES && !LONGER_FILES.has(file)) {
    complaints.push(`${file} has ${lines.length - 1} lines, the limit is ${MAX_LINES}: split it by noun, or give its reason in scripts/check-repository.mjs.`);
  }
  lines.forEach((line, index) => {
    const path = MACHINE_PATH.exec(line)?.[0];
    if (path !== undefined) complaints.push(`${file}:${index + 1} names ${path}, a folder of one machine: name it relative to the repository.`);
  });
}

const manifest = JSON.parse(readFileSync('package.json', 'utf8'));
for (const list of ['dependencies', 'devDependencies', 'optionalDependencies']) {
  for (const [name, version] of Object.entries(manifest[list] ?? {})) {
    if (!EXACT_VERSION.test(version)) complaints.push(`package.json asks for ${name} ${version}: pin one exact version (npm install --save-exact).`);
  }
}

if (complaints.length > 0) {
  console.error(complaints.join('\n'));
  process.exitCode = 1;
}
