/**
 * `npm start`: builds what is not built yet and becomes the gateway. One process from then on, so
 * that a signal to it reaches the gateway and not a shell in front of it.
 */
import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('..', import.meta.url));

for (const [script, ...args] of [['node_modules/typescript/bin/tsc', '-p', '.'], ['scripts/build-explorer.mjs']]) {
  const { status } = spawnSync(process.execPath, [script, ...args], { cwd: root, stdio: 'inherit' });
  if (status !== 0) process.exit(status ?? 1);
}
await import('../dist/src/main.js');
