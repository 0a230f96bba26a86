/** What an operation costs, asked at the gateway and at the command line: the same answer. */
import { execFile } from 'node:child_process';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { repositoryRoot } from '../checks/scratch-repository.ts';
import { startTestApp, type TestApp } from '../harness/app.ts';
import type { SeededPartner } from '../harness/seed.ts';

const QUERY = 'query Progress($integrations: Int!) { integrations(first: $integrations) { nodes { progress(first: 100) { nodes { id } } } } }';
const COST = {
  requestedQueryCost: 10_201,
  maximumAvailable: 1000,
  fields: [
    { path: 'integrations', cost: 10_201 },
    { path: 'integrations.nodes.progress', cost: 10_100 },
  ],
  hints: [
    '`integrations(first: 100)` is 10,201 of 10,201: ask for `first: 9` there to fit 1,000.',
    '`integrations(first: 100).progress(first: 100)` is 10,100 of 10,201: ask for `first: 7` there to fit 1,000.',
    'Without `integrations(first: 100).progress(first: 100)`, which is 10,100 of 10,201, it costs 101.',
  ],
};

let gateway: TestApp;
let partner: SeededPartner;
let folder: string;

beforeAll(async () => {
  gateway = await startTestApp();
  partner = await gateway.seed.partner();
  folder = await mkdtemp(join(tmpdir(), 'portico-cost-'));
  await writeFile(join(folder, 'schema.graphql'), await (await fetch(`${gateway.url}/schema/2026-10.graphql`)).text());
});
afterAll(async () => {
  await rm(folder, { recursive: true });
  await gateway.close();
});

async function costAt(path: string, body: unknown, headers: Record<string, string> = {}): Promise<{ status: number; headers: Headers; body: any }> {
  const response = await fetch(gateway.url + path, {
    method: 'POST',
    headers: { 'content-type': 'application/json', accept: 'application/graphql-response+json', authorization: `Bearer ${await partner.token()}`, ...headers },
    body: JSON.stringify(body),
  });
  return { status: response.status, headers: response.headers, body: await response.json() };
}

async function costOffline(...args: string[]): Promise<{ code: number; stdout: string; stderr: string }> {
  return new Promise(resolve => {
    execFile(process.execPath, [join(repositoryRoot, 'bin/portico.js'), 'cost', ...args], { cwd: folder, env: { PATH: process.env['PATH'] } }, (error, stdout, stderr) =>
      resolve({ code: error ? Number(error.code) : 0, stdout, stderr }),
    );
  });
}

test.each(['/graphql/cost', '/graphql/2026-10/cost', '/graphql/unstable/cost'])('%s tells the cost, its fields and how to ask for less, and runs nothing', async path => {
  const { status, headers, body } = await costAt(path, { query: QUERY, variables: { integrations: 100 } });
  expect({ status, body }).toEqual({ status: 200, body: COST });
  expect(headers.get('api-version')).toBe(path.includes('unstable') ? 'unstable' : '2026-10');
});

test('a mutation is told its cost, and is not done', async () => {
  const query = `mutation { issueCredential(input: { integrationId: "${partner.clientId}" }) { credential { id integration { name } } } }`;
  expect((await costAt('/graphql/cost', { query })).body).toMatchObject({ requestedQueryCost: 12 });
  const { data } = await partner.query('{ viewer { integration { credentials { id } } } }');
  expect(data.viewer.integration.credentials).toHaveLength(1);
});

test.each([
  ['a document that is none', { query: '{ viewer {' }, 400, 'GRAPHQL_PARSE_FAILED'],
  ['a field that is none', { query: '{ viewer { shoeSize } }' }, 400, 'GRAPHQL_VALIDATION_FAILED'],
  ['a variable that does not fit', { query: QUERY, variables: { integrations: 'all' } }, 400, 'BAD_USER_INPUT'],
  ['a body that is no request', [{ query: '{ viewer { apiVersion } }' }], 400, 'BAD_USER_INPUT'],
  ['a document beyond the limits', { query: `{ ${'viewer { integration { partner { id } } } '.repeat(60)} }` }, 400, 'DOCUMENT_TOO_WIDE'],
])('%s is refused as on the road', async (_what, request, status, code) => {
  const refused = await costAt('/graphql/cost', request);
  expect(refused).toMatchObject({ status, body: { errors: [{ message: expect.any(String), extensions: { code, requestId: refused.headers.get('x-request-id') } }] } });
  expect(refused.body).not.toHaveProperty('data');
});

test('without a token there is no answer, and by GET none either', async () => {
  expect(await costAt('/graphql/cost', { query: QUERY }, { authorization: 'Bearer none' })).toMatchObject({
    status: 401,
    body: { errors: [{ extensions: { code: 'UNAUTHENTICATED' } }] },
  });
  const get = await fetch(`${gateway.url}/graphql/cost`);
  expect([get.status, get.headers.get('allow')]).toEqual([405, 'POST']);
  expect(await costAt('/graphql/1999-01/cost', { query: QUERY })).toMatchObject({ status: 400, body: { errors: [{ extensions: { code: 'API_VERSION_UNKNOWN' } }] } });
});

test('the command tells the same from the SDL alone', async () => {
  await writeFile(join(folder, 'progress.graphql'), QUERY);
  await writeFile(join(folder, 'variables.json'), '{"integrations": 100}');
  const json = await costOffline('--schema', 'schema.graphql', '--variables', 'variables.json', '--format', 'json', 'progress.graphql');
  expect({ code: json.code, stderr: json.stderr }).toEqual({ code: 0, stderr: '' });
  expect(JSON.parse(json.stdout)).toEqual({ file: 'progress.graphql', operationName: 'Progress', ...COST });

  const human = await costOffline('--schema', 'schema.graphql', '--variables', 'variables.json', '--maximum', '20000', 'progress.graphql');
  expect(human.stdout).toBe('progress.graphql Progress: 10201 of 20000\n  10201  integrations\n  10100  integrations.nodes.progress\n');
});

test('the example of the guide costs what its lines add up to', async () => {
  const guide = await readFile(join(repositoryRoot, 'docs/guides/limits.md'), 'utf8');
  const query = /```graphql\n([\s\S]*?)```/.exec(guide)![1]!;
  const costs = [...query.matchAll(/# +(\d+)$/gm)].map(([, cost]) => Number(cost));
  const total = costs.pop()!;
  expect(costs.reduce((sum, cost) => sum + cost, 0)).toBe(total);
  expect((await costAt('/graphql/cost', { query })).body.requestedQueryCost).toBe(total);
});

test('several operations are a list', async () => {
  await writeFile(join(folder, 'two.graphql'), 'query A { viewer { apiVersion } } query B { apiVersions { version } }');
  const { stdout } = await costOffline('--schema', 'schema.graphql', '--format', 'json', 'two.graphql');
  expect(JSON.parse(stdout)).toMatchObject([
    { file: 'two.graphql', operationName: 'A', requestedQueryCost: 1 },
    { file: 'two.graphql', operationName: 'B', requestedQueryCost: 41 },
  ]);
});

test.each([
  ['an operation that does not fit the schema', ['wrong.graphql', '{ viewer { shoeSize } }'], 'Cannot query field "shoeSize"'],
  ['a file without an operation', ['wrong.graphql', 'fragment F on Viewer { apiVersion }'], 'holds no operation'],
  ['a missing variable', ['wrong.graphql', QUERY], '"$integrations" of required type "Int!" was not provided'],
])('%s is told in a line, with status 1', async (_what, [file, text], message) => {
  await writeFile(join(folder, file!), text!);
  const { code, stdout, stderr } = await costOffline('--schema', 'schema.graphql', file!);
  expect({ code, stdout }).toEqual({ code: 1, stdout: '' });
  expect(stderr).toContain(message);
  expect(stderr).not.toContain('    at ');
});

test('the answer to an introspection query is no schema to reckon with, since it says no costs', async () => {
  await writeFile(join(folder, 'introspection.json'), '{"__schema": {}}');
  expect((await costOffline('--schema', 'introspection.json', 'two.graphql')).stderr).toContain('Take the SDL: GET /schema/<version>.graphql.');
});
