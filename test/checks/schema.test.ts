import { spawnSync } from 'node:child_process';
import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { repositoryRoot } from './scratch-repository.ts';

let folder: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'portico-schema-test-'));
  cpSync(join(repositoryRoot, 'schema'), join(folder, 'schema'), { recursive: true });
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

function schema(command: 'write' | 'check') {
  const { status, stderr } = spawnSync(process.execPath, [join(repositoryRoot, 'scripts/schema.mjs'), command], { cwd: folder, encoding: 'utf8' });
  return { status, stderr };
}

test('a committed shape that differs from the migrated database is refused with the command that mends it', () => {
  const file = join(folder, 'schema/database.sql');
  const committed = readFileSync(file, 'utf8');
  writeFileSync(file, committed.replace('alter table portico.partner enable row level security;\n', ''));

  const before = schema('check');
  expect(before.status).toBe(1);
  expect(before.stderr).toContain('schema/database.sql differs from line');
  expect(before.stderr).toContain('npm run schema:write');

  expect(schema('write').status).toBe(0);
  expect(readFileSync(file, 'utf8')).toBe(committed);
});
