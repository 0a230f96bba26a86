/** The schema tools as an engineer runs them: a process with arguments, two streams and an exit code. */
import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { repositoryRoot } from '../checks/scratch-repository.ts';
import { PAIRS, historyPath } from './histories.ts';

let folder: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'portico-schemas-'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

function write(files: Readonly<Record<string, string>>): void {
  for (const [name, text] of Object.entries(files)) {
    mkdirSync(dirname(join(folder, name)), { recursive: true });
    writeFileSync(join(folder, name), text);
  }
}

/** No setting reaches the command: it must not need one. */
function portico(...args: string[]) {
  const { status, stdout, stderr } = spawnSync(process.execPath, [join(repositoryRoot, 'bin/portico.js'), ...args], {
    cwd: folder,
    encoding: 'utf8',
    env: { PATH: process.env['PATH'] },
    maxBuffer: 64 * 1024 * 1024,
  });
  return { status, stdout, stderr };
}

const OLD = 'type Query { a: Int b(x: Int): E }\nenum E { X }\n';
const NEW = 'type Query { b(x: Int, y: Int): E c: Int }\nenum E { X }\n';
const CHANGES = {
  changes: [
    { criticality: 'BREAKING', coordinate: 'Query.a', message: 'Query.a was removed.' },
    { criticality: 'DANGEROUS', coordinate: 'Query.b(y:)', message: 'An optional arg y on Query.b was added.' },
    { criticality: 'SAFE', coordinate: 'Query.c', message: 'Query.c was added: Int.' },
  ],
  summary: { breaking: 1, dangerous: 1, safe: 1 },
};

describe('schema diff', () => {
  test('prints JSON of the documented shape, and nothing else', () => {
    write({ 'old.graphql': OLD, 'new.graphql': NEW });
    const { status, stdout, stderr } = portico('schema', 'diff', 'old.graphql', 'new.graphql', '--format', 'json');
    expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
    expect(JSON.parse(stdout)).toEqual(CHANGES);
  });

  test('prints text and Markdown', () => {
    write({ 'old.graphql': OLD, 'new.graphql': NEW.replace('c: Int', '"A | B" c: Int @deprecated(reason: "| <b>")') });
    expect(portico('schema', 'diff', 'old.graphql', 'new.graphql').stdout.split('\n').slice(0, 4)).toEqual([
      'Changes: 1 breaking, 1 dangerous, 1 safe.',
      '',
      'Breaking',
      '  Query.a: Query.a was removed.',
    ]);
    expect(portico('schema', 'diff', 'old.graphql', 'new.graphql', '--format', 'markdown').stdout).toContain(
      '\n## Breaking (1)\n\n| Coordinate | Change |\n| --- | --- |\n| `Query.a` | Query.a was removed. |\n',
    );
    write({ 'new.graphql': OLD });
    expect(portico('schema', 'diff', 'old.graphql', 'new.graphql')).toEqual({ status: 0, stdout: 'No changes.\n', stderr: '' });
  });

  test.each([
    ['breaking', OLD, NEW, 1],
    ['dangerous', OLD, NEW, 1],
    ['breaking', OLD, OLD.replace('x: Int', 'x: Int, y: Int'), 0],
    ['dangerous', OLD, OLD.replace('x: Int', 'x: Int, y: Int'), 1],
    ['dangerous', OLD, OLD.replace('a: Int', 'a: Int!'), 0],
  ])('--fail-on %s exits with 1 where there are such (%#)', (criticality, before, after, status) => {
    write({ 'old.graphql': before, 'new.graphql': after });
    expect(portico('schema', 'diff', 'old.graphql', 'new.graphql', '--fail-on', criticality).status).toBe(status);
  });

  test('an invalid schema is compared, and its faults are on standard error with their places', () => {
    write({ 'old.graphql': OLD, 'new.graphql': 'type Query {\n  a: Int\n  a: Int\n  b: Nope\n}' });
    const { status, stdout, stderr } = portico('schema', 'diff', 'old.graphql', 'new.graphql', '--format', 'json');
    expect(status).toBe(0);
    expect(stderr).toBe('new.graphql:3:3: Field "Query.a" can only be defined once.\nnew.graphql:4:6: Unknown type "Nope".\n');
    expect(JSON.parse(stdout).summary).toEqual({ breaking: 3, dangerous: 0, safe: 0 });
  });

  test.each([
    ['a file that is not there', ['old.graphql', 'nowhere.graphql'], 'nowhere.graphql: There is no such file.\n'],
    ['a folder', ['old.graphql', '.'], '.: That is a folder; name a file.\n'],
    ['a syntax error', ['old.graphql', 'half.graphql'], 'half.graphql:2:1: Syntax Error: Expected Name, found <EOF>.\n'],
    ['an option that there is not', ['old.graphql', 'old.graphql', '--format', 'xml'], "argument 'xml' is invalid"],
    ['one schema', ['old.graphql'], "missing required argument 'new'"],
  ])('%s exits with 2 and says so', (_, args, said) => {
    write({ 'old.graphql': OLD, 'half.graphql': 'type Query {\n' });
    const { status, stdout, stderr } = portico('schema', 'diff', ...args);
    expect({ status, stdout }).toEqual({ status: 2, stdout: '' });
    expect(stderr).toContain(said);
  });

  test.each(PAIRS)("real schemas, gzip'd, in seconds: %s -> %s", (before, after, breaking, dangerous) => {
    const began = performance.now();
    const { status, stdout, stderr } = portico('schema', 'diff', historyPath(before), historyPath(after), '--format', 'json');
    // About half a second alone; here other tests run beside it.
    expect(performance.now() - began).toBeLessThan(10_000);
    expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
    expect(JSON.parse(stdout).summary).toMatchObject({ breaking, dangerous });
  });
});

describe('upgrade-report', () => {
  const report = (...args: string[]) => portico('upgrade-report', '--from-schema', 'old.graphql', '--to-schema', 'new.graphql', ...args);

  test('takes files, folders and patterns, and exits with 1 where something breaks', () => {
    write({
      'old.graphql': OLD,
      'new.graphql': NEW,
      'ops/deep/a.graphql': 'query A {\n  ...F\n}',
      'ops/f.gql': 'fragment F on Query { a }',
      'ops/b.graphql': 'query B { b }',
      'ops/other.txt': '!',
    });
    for (const operations of [['ops'], ['ops/**/*.{graphql,gql}'], ['ops/deep/a.graphql', 'ops/*.g*']]) {
      const { status, stdout, stderr } = report(...operations, '--format', 'json');
      expect({ status, stderr }).toEqual({ status: 1, stderr: '' });
      const { operations: judged, summary } = JSON.parse(stdout);
      expect(summary).toEqual({ unaffected: 0, warned: 1, broken: 1 });
      expect(judged.map(({ operation, verdict }: { operation: string; verdict: string }) => `${operation} ${verdict}`).toSorted()).toEqual(['A BROKEN', 'B WARNED']);
    }
  });

  test('exits with 0 where nothing breaks, and with 2 where some operation cannot be read', () => {
    write({ 'old.graphql': OLD, 'new.graphql': NEW, 'b.graphql': 'query B { b }', 'bad.graphql': 'query {\n  nope\n}' });
    expect(report('b.graphql').status).toBe(0);
    const { status, stdout, stderr } = report('b.graphql', 'bad.graphql');
    expect(status).toBe(2);
    expect(stderr).toBe('bad.graphql:2:3: Cannot query field "nope" on type "Query".\n');
    expect(stdout).toContain('WARNED  B  b.graphql:1\n');
  });

  test('a pattern that names no file is a mistake', () => {
    write({ 'old.graphql': OLD, 'new.graphql': NEW });
    expect(report('ops/*.graphql')).toMatchObject({ status: 2, stdout: '', stderr: expect.stringContaining('ops/*.graphql: No file is called so.') });
  });
});

describe('upgrade-report between versions of this API', () => {
  const OPERATIONS = {
    'ops/shelf.graphql': 'query Shelf {\n  milestones(first: 3) { nodes { benefit } }\n}',
    'ops/fine.graphql': 'query Fine { viewer { apiVersion } }',
  };

  test('hands over the rewritten operation, what to do and by when, and exits with 1', () => {
    write(OPERATIONS);
    const { status, stdout, stderr } = portico('upgrade-report', '--from', '2026-04', '--to', '2026-07', 'ops', '--format', 'json');
    expect({ status, stderr }).toEqual({ status: 1, stderr: '' });
    const { operations, summary } = JSON.parse(stdout) as { operations: { operation: string }[]; summary: object };
    expect(summary).toEqual({ unaffected: 1, warned: 0, broken: 1 });
    expect(operations.find(({ operation }) => operation === 'Shelf')).toMatchObject({
      verdict: 'BROKEN',
      findings: [{ coordinate: 'Milestone.benefit', deprecatedOn: '2026-01-01', changedIn: '2026-07', sunsetOn: '2027-04-01', replacement: 'Milestone.userOutcome' }],
      rewritten: expect.stringContaining('benefit: userOutcome'),
      cost: { before: 4, after: 4 },
    });
    const human = portico('upgrade-report', '--from', '2026-04', '--to', '2026-07', 'ops').stdout;
    expect(human).toContain('    Read userOutcome, which holds the same text.');
    const markdown = portico('upgrade-report', '--from', '2026-04', '--to', '2026-07', 'ops', '--format', 'markdown').stdout;
    expect(markdown).toContain('```graphql\nquery Shelf {');
  });

  test('exits with 0 where nothing breaks, and with 2 for ways that do not exist', () => {
    write(OPERATIONS);
    expect(portico('upgrade-report', '--from', '2026-04', '--to', '2026-07', 'ops/fine.graphql').status).toBe(0);
    expect(portico('upgrade-report', '--from', '2026-07', '--to', '2026-04', 'ops')).toMatchObject({
      status: 2,
      stdout: '',
      stderr: expect.stringContaining('upgrades lead forward'),
    });
    expect(portico('upgrade-report', '--from', '2026-07', '--to', '2026-08', 'ops')).toMatchObject({ status: 2, stderr: expect.stringContaining('2026-07, 2026-10') });
    expect(portico('upgrade-report', '--from', '2026-07', 'ops')).toMatchObject({ status: 2, stderr: expect.stringContaining('--from-schema and --to-schema') });
  });
});

describe('schema check', () => {
  const git = (...args: string[]) => spawnSync('git', ['-c', 'user.name=Ada', '-c', 'user.email=ada@marketplace.example', ...args], { cwd: folder, encoding: 'utf8' });
  const commit = (): void => {
    git('add', '.');
    expect(git('commit', '-m', 'Snapshots').status).toBe(0);
  };

  test('refuses what the version may not become, compared with git', () => {
    git('init');
    write({ 'schema/2026-01.graphql': OLD, 'schema/unstable.graphql': OLD });
    expect(portico('schema', 'check').status).toBe(0);
    commit();
    write({ 'schema/unstable.graphql': NEW });
    expect(portico('schema', 'check')).toMatchObject({ status: 0, stderr: '' });
    write({ 'schema/2026-01.graphql': NEW });
    const { status, stderr } = portico('schema', 'check');
    expect(status).toBe(1);
    expect(stderr).toContain('schema/2026-01.graphql: Query.a: Query.a was removed. That is BREAKING, and 2026-01 is ');
    commit();
    expect(portico('schema', 'check').status).toBe(0);
    expect(portico('schema', 'check', '--against', 'HEAD~1').status).toBe(1);
    expect(portico('schema', 'check', '--against', 'nowhere')).toMatchObject({
      status: 2,
      stderr: 'git knows no revision nowhere. Name a commit, a branch or a tag with --against.\n',
    });
  });

  test('refuses what leaves unannounced, also without git', () => {
    write({ 'schema/2026-01.graphql': OLD, 'schema/2026-04.graphql': OLD, 'schema/2026-07.graphql': NEW });
    const { status, stderr } = portico('schema', 'check');
    expect(status).toBe(1);
    expect(stderr).toContain('schema/2026-07.graphql: Query.a: Query.a was removed. It is not deprecated in 2026-01 and 2026-04.');
  });
});
