import { spawnSync } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { repositoryRoot } from './scratch-repository.ts';

/** Each generated file, with words of it that somebody changed by hand. */
const DRIFTS: readonly (readonly [file: string, committed: string, drifted: string])[] = [
  ['schema/database.sql', 'alter table portico.partner enable row level security;\n', ''],
  ['schema/2026-10.graphql', '  userOutcome: String!\n', '  userOutcome: String\n'],
  ['schema/2026-01.graphql', '  benefit: String! @deprecated', '  benefit: String!'],
  ['schema/unstable.graphql', 'interface Node', 'interface Thing'],
  ['CHANGELOG.md', 'when you move to 2026-10', 'when you like'],
  ['schema/admin.graphql', 'reason: String!', 'reason: String'],
  ['docs/errors.md', '| 410 |', '| 404 |'],
];

let folder: string;
let check: { status: number | null; stderr: string };

const committedText = (file: string): string => readFileSync(join(repositoryRoot, file), 'utf8');

function schema(command: 'write' | 'check') {
  const { status, stderr } = spawnSync(process.execPath, [join(repositoryRoot, 'scripts/schema.mjs'), command], { cwd: folder, encoding: 'utf8' });
  return { status, stderr };
}

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'portico-schema-test-'));
  cpSync(join(repositoryRoot, 'schema'), join(folder, 'schema'), { recursive: true });
  for (const [file, committed, drifted] of DRIFTS) {
    mkdirSync(dirname(join(folder, file)), { recursive: true });
    writeFileSync(join(folder, file), committedText(file).replace(committed, drifted));
  }
  check = schema('check');
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

test('files that differ from what the code makes are refused with the command that mends them', () => {
  expect(check.status).toBe(1);
  expect(check.stderr).toContain('npm run schema:write');
});

test.each(DRIFTS)('a changed %s is named with its first line that differs', (file, committed) => {
  const line = committedText(file).split(committed)[0]!.split('\n').length;
  expect(check.stderr).toContain(`${file} differs from line ${line} on.`);
});

test('writing makes the committed files again', () => {
  expect(schema('write').status).toBe(0);
  expect(DRIFTS.map(([file]) => readFileSync(join(folder, file), 'utf8'))).toEqual(DRIFTS.map(([file]) => committedText(file)));
});
