/**
 * A small repository in a temporary folder, with this repository's configuration and packages and
 * with files made for one test, so that each check can be seen to fail.
 */
import { spawnSync } from 'node:child_process';
import { copyFileSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

export interface Verdict {
  readonly passed: boolean;
  readonly output: string;
}

export interface ScratchRepository {
  readonly folder: string;
  write(files: Readonly<Record<string, string>>): void;
  /** Runs a script of package.json as `npm run` does. */
  run(script: string, ...args: string[]): Verdict;
  remove(): void;
}

export const repositoryRoot = fileURLToPath(new URL('../../../', import.meta.url));

const CONFIGURATION = ['package.json', 'tsconfig.json', '.oxlintrc.json', '.oxfmtrc.json', '.dependency-cruiser.cjs', 'scripts/check-repository.mjs'];

export function scratchRepository(files: Readonly<Record<string, string>> = {}): ScratchRepository {
  const folder = mkdtempSync(join(tmpdir(), 'portico-checks-'));
  const write = (texts: Readonly<Record<string, string>>) => {
    for (const [file, text] of Object.entries(texts)) {
      mkdirSync(dirname(join(folder, file)), { recursive: true });
      writeFileSync(join(folder, file), text);
    }
  };
  mkdirSync(join(folder, 'scripts'));
  for (const file of CONFIGURATION) copyFileSync(join(repositoryRoot, file), join(folder, file));
  symlinkSync(join(repositoryRoot, 'node_modules'), join(folder, 'node_modules'), 'dir');
  write(files);
  return {
    folder,
    write,
    run(script, ...args) {
      const { status, stdout, stderr } = spawnSync('npm', ['run', '--silent', script, ...(args.length > 0 ? ['--', ...args] : [])], {
        cwd: folder,
        encoding: 'utf8',
        maxBuffer: 64 * 1024 * 1024,
        shell: process.platform === 'win32',
      });
      return { passed: status === 0, output: `${stdout}${stderr}` };
    },
    remove: () => rmSync(folder, { recursive: true, force: true }),
  };
}
