/**
 * A partner's own project: a temporary folder outside this repository, with its packages, for clients
 * that read a partner's source and write code beside it.
 */
import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

export interface ScratchProject {
  write(files: Readonly<Record<string, string>>): void;
  /** Runs a package's command and gives what it printed. Throws that where the command fails. */
  run(command: string, ...args: string[]): string;
  /** Compiles what is below `source/` into `built/`, as strictly as TypeScript can. Throws its complaints. */
  compile(): void;
  /** What a compiled file exports. */
  load<T>(file: string): T;
  remove(): void;
}

const packages = fileURLToPath(new URL('../../../node_modules', import.meta.url));

/** `skipLibCheck` leaves out the packages' own declarations, not what a generator wrote. */
const STRICTEST = {
  strict: true,
  noUncheckedIndexedAccess: true,
  exactOptionalPropertyTypes: true,
  noImplicitReturns: true,
  noImplicitOverride: true,
  noPropertyAccessFromIndexSignature: true,
  noFallthroughCasesInSwitch: true,
  isolatedModules: true,
  skipLibCheck: true,
};

export function scratchProject(files: Readonly<Record<string, string>>): ScratchProject {
  const folder = mkdtempSync(join(tmpdir(), 'portico-client-'));
  const project: ScratchProject = {
    write(texts) {
      for (const [file, text] of Object.entries(texts)) {
        mkdirSync(dirname(join(folder, file)), { recursive: true });
        writeFileSync(join(folder, file), text);
      }
    },
    run(command, ...args) {
      const { status, stdout, stderr, error } = spawnSync(join(packages, '.bin', command), args, { cwd: folder, encoding: 'utf8', timeout: 20_000 });
      if (status !== 0) throw new Error(`${command} failed: ${error?.message ?? ''}${stdout}${stderr}`);
      return `${stdout}${stderr}`;
    },
    compile() {
      project.run('tsc', '-p', '.');
    },
    load(file) {
      return createRequire(import.meta.url)(join(folder, 'built', file));
    },
    remove() {
      rmSync(folder, { recursive: true, force: true });
    },
  };
  symlinkSync(packages, join(folder, 'node_modules'), 'dir');
  project.write({
    'package.json': JSON.stringify({ private: true, type: 'commonjs' }),
    'tsconfig.json': JSON.stringify({
      compilerOptions: { ...STRICTEST, target: 'ES2022', module: 'NodeNext', moduleResolution: 'NodeNext', types: [], rootDir: 'source', outDir: 'built' },
      include: ['source'],
    }),
    ...files,
  });
  return project;
}
