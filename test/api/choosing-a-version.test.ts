/** Which version answers, and how every answer says so: the path, else the header, else the pin. */
import { startTestApp, type TestApp } from '../harness/app.ts';
import { ask, type GraphQLAnswer, type SeededPartner } from '../harness/seed.ts';

const LIVING = ['2026-01', '2026-04', '2026-07', '2026-10', '2027-01', 'unstable'];
const WHICH = '{ viewer { apiVersion } }';

let gateway: TestApp;
let partner: SeededPartner;

beforeAll(async () => {
  gateway = await startTestApp();
  gateway.clock.moveTo('2026-11-23T09:30:00Z');
  partner = await gateway.seed.partner();
});
afterAll(() => gateway.close());

const said = ({ headers }: { headers: Headers }): (string | null)[] => ['api-version', 'api-version-requested', 'api-version-reason'].map(name => headers.get(name));

const get = async (path: string, headers: Record<string, string> = {}): Promise<Response> =>
  fetch(gateway.url + path, { headers: { authorization: `Bearer ${await partner.token()}`, ...headers } });

test.each<[string, { version?: string; headers?: Record<string, string> }, string, string]>([
  ['the path', { version: '2026-04' }, '2026-04', 'path'],
  ['the path, whatever the header says', { version: '2026-04', headers: { 'api-version': '2026-07' } }, '2026-04', 'path'],
  ['the path, even beside a header that names nothing', { version: '2026-04', headers: { 'api-version': 'v9' } }, '2026-04', 'path'],
  ['the header', { headers: { 'api-version': '2026-07' } }, '2026-07', 'header'],
  ['the header, in spaces', { headers: { 'API-Version': '  unstable ' } }, 'unstable', 'header'],
  ['the pin, where neither speaks', {}, '2026-10', 'pinned'],
  ['the pin, where the header is empty', { headers: { 'api-version': ' ' } }, '2026-10', 'pinned'],
])('%s chooses', async (_title, options, version, reason) => {
  const answer = await partner.query(WHICH, {}, options);
  expect({ status: answer.status, data: answer.data, extensions: answer.extensions, headers: said(answer) }).toMatchObject({
    status: 200,
    data: { viewer: { apiVersion: version } },
    extensions: { version },
    headers: [version, version, reason],
  });
});

test.each(LIVING)('%s answers, by GET too', async version => {
  const response = await get(`/graphql/${version}?query=${encodeURIComponent(WHICH)}`);
  expect([response.status, await response.json()]).toMatchObject([200, { data: { viewer: { apiVersion: version } }, extensions: { version } }]);
});

const UNKNOWN = ['2026-11', '2019-10', '2026-1', '2026-010', 'v1', 'current', '2026-10 ', 'UNSTABLE', '__proto__', 'constructor', '%E2%80%AE', 'a'.repeat(150)];

const expectUnknown = (answer: GraphQLAnswer): void => {
  expect({ status: answer.status, data: answer.data, headers: said(answer) }).toMatchObject({ status: 400, data: undefined, headers: [null, null, null] });
  expect(answer.errors).toEqual([
    {
      message: expect.stringContaining('Those that answer are 2026-01, 2026-04, 2026-07, 2026-10, 2027-01, unstable;'),
      extensions: { code: 'API_VERSION_UNKNOWN', versions: LIVING, requestId: expect.stringMatching(/^req_/) },
    },
  ]);
};

test.each(UNKNOWN)('the path to %j is refused with the versions that answer, in either media type', async version => {
  expectUnknown(await partner.query(WHICH, {}, { version: encodeURIComponent(decodeURIComponent(version)) }));
  expectUnknown(await partner.query(WHICH, {}, { version: encodeURIComponent(decodeURIComponent(version)), headers: { accept: 'application/json' } }));
});

test.each(UNKNOWN.filter(version => version !== '2026-10 '))('the header %j is refused likewise', async version => {
  expectUnknown(await partner.query(WHICH, {}, { headers: { 'api-version': version } }));
});

test.each(['2026-10%0d%0aX-Injected: yes', '2026-10%0aX-Injected: yes', '2026-10%00', '2026-10%0d%0a%0d%0a<script>'])(
  'nothing of the path %s gets into a header or the answer',
  async version => {
    const answer = await partner.query(WHICH, {}, { version });
    expect(answer.status).toBe(400);
    expect([...answer.headers.keys()].filter(name => name.includes('injected'))).toEqual([]);
    expect(answer.text).not.toMatch(/injected|script/i);
  },
);

test('two headers are one that names nothing', async () => {
  const headers = new Headers({ 'api-version': '2026-10' });
  headers.append('api-version', '2026-07');
  expectUnknown(await partner.query(WHICH, {}, { headers: Object.fromEntries(headers) }));
});

const POST = { method: 'POST', headers: { 'content-type': 'application/json' } };

test.each<[string, number, RequestInit]>([
  ['a document that does not parse', 200, { ...POST, body: '{"query":"{"}' }],
  ['a field that does not exist', 200, { ...POST, body: '{"query":"{ shoeSize }"}' }],
  ['a document that is too deep', 200, { ...POST, body: JSON.stringify({ query: `{ ${'a { '.repeat(40)}b${' }'.repeat(40)} }` }) }],
  ['no document', 400, { ...POST, body: '{}' }],
  ['a body that is no JSON', 400, { ...POST, body: '{' }],
  ['a body that is too large', 413, { ...POST, body: JSON.stringify({ query: '#'.repeat(2_100_000) }) }],
  ['a body of another type', 415, { method: 'POST', headers: { 'content-type': 'application/xml' }, body: '<query/>' }],
])('%s is refused by a version that says its name', async (_title, status, init) => {
  const token = await partner.token();
  for (const [path, headers] of [
    ['/graphql/2026-04', ['2026-04', '2026-04', 'path']],
    ['/graphql', ['2026-10', '2026-10', 'pinned']],
  ] as const) {
    const response = await fetch(gateway.url + path, { ...init, headers: { ...(init.headers as Record<string, string>), authorization: `Bearer ${token}` } });
    expect({ status: response.status, headers: said(response) }).toEqual({ status, headers });
    await response.arrayBuffer();
  }
});

test('a mutation by GET is refused by a version that says its name', async () => {
  const response = await get(`/graphql/2026-07?query=${encodeURIComponent('mutation { pinApiVersion(input: { version: "2026-07" }) { userErrors { code } } }')}`);
  expect({ status: response.status, allow: response.headers.get('allow'), headers: said(response) }).toEqual({
    status: 405,
    allow: 'POST',
    headers: ['2026-07', '2026-07', 'path'],
  });
});

test('whoever is not let in learns nothing about versions', async () => {
  for (const version of ['2026-10', 'nonsense']) {
    const answer = await ask(gateway.url, { query: WHICH }, { version });
    expect({ status: answer.status, code: answer.errors![0]!.extensions['code'], headers: said(answer) }).toMatchObject({
      status: 401,
      code: 'UNAUTHENTICATED',
      headers: [null, null, null],
    });
  }
});

test('pages of other origins may read the headers', async () => {
  const answer = await partner.query(WHICH, {}, { headers: { origin: 'https://partner.example' } });
  expect(answer.headers.get('access-control-expose-headers')).toContain('API-Version, API-Version-Requested, API-Version-Reason');
});

test('the request log and the metrics name the version that answered', async () => {
  const asker = await gateway.seed.partner();
  const asked = await asker.query('query Noted { viewer { apiVersion } }', {}, { version: '2026-07' });
  const id = asked.headers.get('x-request-id');
  const logged = async (): Promise<{ apiVersion: string } | null> =>
    (await asker.query('query ($id: ID!) { node(id: $id) { ... on LoggedRequest { apiVersion operationName } } }', { id })).data.node;
  let entry = await logged();
  for (let attempt = 0; attempt < 100 && !entry; attempt++) {
    await new Promise(resolve => setTimeout(resolve, 50));
    entry = await logged();
  }
  expect(entry).toEqual({ apiVersion: '2026-07', operationName: 'Noted' });
  const metrics = await (await fetch(`${gateway.url}/metrics`)).text();
  const labels = [...metrics.matchAll(/^portico_operations_total\{version="([^"]*)"/gm)].map(([, version]) => version!);
  expect(labels).toContain('2026-07');
  expect(labels.filter(version => !LIVING.includes(version))).toEqual([]);
});
