#!/usr/bin/env node
import { existsSync } from 'node:fs';

const cli = new URL('../dist/src/cli/main.js', import.meta.url);
if (existsSync(cli)) {
  await import(cli.href);
} else {
  console.error('Portico is not built yet. Run `npm run build` in its folder first.');
  process.exitCode = 1;
}
