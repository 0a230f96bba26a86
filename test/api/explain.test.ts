/** `portico explain`, run as an operator runs it: a process with settings, its output and its exit code. What
    needs no database is asked of the command in this process where another one would show nothing more. */
import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { explainQuery, type ExplainOptions } from '../../src/cli/explain.commands.ts';
import { ConfigError } from '../../src/config.ts';
import { startTestApp, type TestApp } from '../harness/app.ts';
import type { SeededPartner } from '../harness/seed.ts';
import { repositoryRoot } from '../checks/scratch-repository.ts';

let gateway: TestApp;
let partner: SeededPartner;

beforeAll(async () => {
  gateway = await startTestApp();
  partner = await (await gateway.seed.world())('ParcelPilot');
});
afterAll(() => gateway.close());

interface Ended {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

function explain(...args: string[]): Promise<Ended> {
  const child = spawn(process.execPath, [join(repositoryRoot, 'bin/portico.js'), 'explain', ...args], {
    env: { PATH: process.env['PATH'], DATABASE_URL: gateway.database.serviceUrl, DATABASE_OWNER_URL: gateway.database.ownerUrl },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let [stdout, stderr] = ['', ''];
  child.stdout.on('data', (chunk: Buffer) => (stdout += chunk.toString()));
  child.stderr.on('data', (chunk: Buffer) => (stderr += chunk.toString()));
  return new Promise(resolve => child.once('close', code => resolve({ code, stdout, stderr })));
}

const explainJson = async (...args: string[]): Promise<any> => {
  const { code, stdout, stderr } = await explain(...args, '--json');
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
  return JSON.parse(stdout);
};

/** The same in this process. */
async function explainHere(query: string, options: ExplainOptions = {}): Promise<any> {
  let said = '';
  const write = listenToOutput(text => (said += text));
  try {
    await explainQuery(query, { ...options, json: true });
  } finally {
    write.restore();
  }
  return JSON.parse(said);
}

/** Listens to what is written on standard output, until it is restored. */
function listenToOutput(hear: (text: string) => void): { restore(): void } {
  const write = process.stdout.write.bind(process.stdout);
  process.stdout.write = (text: string) => (hear(text), true);
  return { restore: () => void (process.stdout.write = write) };
}

const PAGE = `query Page($size: Int!, $withTitles: Boolean!) {
  integrations(first: $size) { nodes { name progress(first: 3) { nodes { milestone { title @include(if: $withTitles) } } } } }
}`;
const VARIABLES = JSON.stringify({ size: 5, withTitles: true });

test('without an integration it shows plan and SQL, and needs no database', async () => {
  const { code, stdout, stderr } = await explain(PAGE, '--variables', VARIABLES);
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
  expect(stdout).toContain('Version     2026-10');
  expect(stdout).toContain('Operation   Page');
  expect(stdout).toContain('Runs as     one statement');
  expect(stdout).toMatch(/ {2}integrations: a page of rows/);
  expect(stdout).toMatch(/ {2}variable \$withTitles: true/);
  expect(stdout).toMatch(/\$\d+ bigint: argument first of integrations \(\$size\)$/m);
  expect(stdout).toMatch(/\$\d+ bigint: argument first of progress \(written in the document\)/);
  expect(stdout).toMatch(/\$\d+ text: given value environment_id/);
  expect(stdout).toContain('from portico.integration');
  expect(stdout).not.toContain("\nPostgreSQL's plan\n");
});

test('the cost follows from the page sizes', async () => {
  // The connection, 5 integrations, each with a connection of 3 rows with a milestone.
  const explained = await explainHere(PAGE, { variables: VARIABLES });
  expect(explained.cost).toMatchObject({
    requestedQueryCost: 1 + 5 * (1 + 1 + 3 * (1 + 1)),
    maximumAvailable: 1000,
    fields: [{ path: 'integrations', cost: 41 }, { cost: 35 }, { cost: 15 }],
  });
  expect((await explainHere('{ program { tiers { name } } viewer { partner { id } } }')).cost.requestedQueryCost).toBe(1 + 10 + 2);
});

test("with an integration it adds PostgreSQL's plan, under row-level security", async () => {
  const explained = await explainJson(PAGE, '--variables', VARIABLES, '--integration', partner.clientId);
  expect(explained).toMatchObject({ version: '2026-10', operationName: 'Page', integrationId: partner.clientId, fallback: null });
  const [statement, ...more] = explained.statements;
  expect(more).toEqual([]);
  const plan = (statement.postgres as string[]).join('\n');
  expect(plan).toContain('Scan');
  // The policy's own comparison, beside the statement's predicates.
  expect(plan).toMatch(/InitPlan \d+\)?\.col1 = \(partner_id\)::text|\$\d+ = \(partner_id\)::text/);
  expect(plan).not.toContain('actual time');
});

test('--analyze runs the statement, which finds what the gateway would find, and keeps nothing', async () => {
  const explained = await explainJson('{ integrations(first: 50) { nodes { name } } }', '--partner', partner.partnerId, '--analyze');
  const plan = (explained.statements[0].postgres as string[]).join('\n');
  expect(plan).toContain('actual time');
  expect(plan).toMatch(/integration t\d+.*rows=[1-9]/);
});

test('what runs through graphql-js is said, with the reason and the statements of its root fields', async () => {
  const explained = await explainHere('{ __schema { queryType { name } } mine: viewer { partner { id } } }');
  expect(explained.fallback).toContain('Query.__schema');
  expect(explained.statements.map(({ answers }: { answers: string }) => answers)).toEqual(['mine']);
});

test('a mutation is said to be a use case, and is not run', async () => {
  const explained = await explainJson(`mutation { issueCredential(input: { integrationId: "${partner.clientId}" }) { secretShown } }`, '--integration', partner.clientId);
  expect(explained).toMatchObject({ roots: [{ field: 'issueCredential', reads: 'a use case' }], cost: { requestedQueryCost: 10 }, statements: [] });
});

test("a document that is malformed or invalid gets GraphQL's error with its place", async () => {
  const malformed = await explain('{ viewer {');
  expect(malformed).toMatchObject({ code: 1, stdout: '' });
  expect(malformed.stderr).toContain('portico: Syntax Error: Expected Name, found <EOF>.\n\nGraphQL request:1:11\n1 | { viewer {');
  const invalid = explainHere('{ viewer { nothing } }');
  await expect(invalid).rejects.toBeInstanceOf(ConfigError);
  await expect(invalid).rejects.toThrow('Cannot query field "nothing" on type "Viewer".\n\nGraphQL request:1:12');
});

test.each<[string, string, ExplainOptions, string]>([
  ['a variable of another type', PAGE, { variables: '{"size": "many", "withTitles": true}' }, 'Variable "$size" got invalid value "many"'],
  ['a page that is too large', '{ integrations(first: 1000) { nodes { name } } }', {}, 'it must be 1 to 100'],
  ['variables that are no object', PAGE, { variables: '[1]' }, '--variables must be a JSON object'],
  ['a version that is none', '{ viewer { apiVersion } }', { version: '1999-01' }, 'There is no API version 1999-01'],
  ['an operation that is not there', 'query A { viewer { apiVersion } }', { operation: 'B' }, 'The document has no operation B'],
  ['analysis for nobody', '{ viewer { apiVersion } }', { analyze: true }, 'name one with --integration'],
  ['a document beyond the limits', `{ viewer { ${'partner { integrations(first: 1) { nodes { '.repeat(9)}id${' } } }'.repeat(9)} } }`, {}, 'deep'],
])('%s is refused with a reason', async (_what, query, options, message) => {
  const explained = explainHere(query, options);
  await expect(explained).rejects.toBeInstanceOf(ConfigError);
  await expect(explained).rejects.toThrow(message);
});

test('a refusal is told in a line', async () => {
  const { code, stdout, stderr } = await explain('{ viewer { apiVersion } }', '--integration', 'int_nobody');
  expect({ code, stdout }).toEqual({ code: 1, stdout: '' });
  expect(stderr).toContain('There is no integration int_nobody');
  expect(stderr).not.toContain('    at ');
});
