/** No input makes a 5xx: whatever arrives, the answer is a code of the table that says what to mend. */
import { connect } from 'node:net';
import { ERROR_CODES } from '../../src/graphql/error-codes.ts';
import { startTestApp, type TestApp } from '../harness/app.ts';
import { ask, type GraphQLAnswer, type SeededPartner } from '../harness/seed.ts';

let gateway: TestApp;
let partner: SeededPartner;
let token: string;

beforeAll(async () => {
  gateway = await startTestApp();
  partner = await (await gateway.seed.world())('ParcelPilot');
  token = await partner.token();
});
afterAll(() => gateway.close());

function expectRefusal(answer: GraphQLAnswer, status: number, code: string): void {
  expect({ status: answer.status, codes: answer.errors?.map(error => error.extensions['code']) }).toEqual({ status, codes: expect.arrayContaining([code]) });
  for (const error of answer.errors!) {
    expect(Object.keys(ERROR_CODES)).toContain(error.extensions['code']);
    expect(error.extensions['requestId']).toMatch(/^req_/);
    expect(error.message).not.toMatch(/select |portico\.|\/src\/|node_modules|at \w+ \(/);
  }
}

const nested = (depth: number): string => `{ viewer { integration { ${'progress(first: 1) { nodes { integration { '.repeat(depth)}id${' } } }'.repeat(depth)} } } }`;

test.each([
  ['malformed JSON', '{"query": ', 400, 'BAD_USER_INPUT'],
  ['an empty body', '', 400, 'BAD_USER_INPUT'],
  ['a body that is a string', '"query"', 400, 'BAD_USER_INPUT'],
  ['a body that is null', 'null', 400, 'BAD_USER_INPUT'],
  ['a batch', [{ query: '{ __typename }' }], 400, 'BAD_USER_INPUT'],
  ['no query', { variables: {} }, 400, 'BAD_USER_INPUT'],
  ['a query that is a number', { query: 1 }, 400, 'BAD_USER_INPUT'],
  ['variables that are a list', { query: '{ __typename }', variables: [1] }, 400, 'BAD_USER_INPUT'],
  ['an operationName that is a number', { query: '{ __typename }', operationName: 1 }, 400, 'BAD_USER_INPUT'],
  ['a polluted prototype', '{"__proto__": {"query": "{ __typename }"}, "query": "{ __typename }"}', 400, 'BAD_USER_INPUT'],
  ['an unknown operation name', { query: 'query A { __typename }', operationName: 'B' }, 400, 'BAD_USER_INPUT'],
  ['two operations without a name', { query: 'query A { __typename } query B { __typename }' }, 400, 'BAD_USER_INPUT'],
  ['only fragments', { query: 'fragment F on Query { __typename }' }, 400, 'GRAPHQL_VALIDATION_FAILED'],
  ['no GraphQL', { query: '}{' }, 400, 'GRAPHQL_PARSE_FAILED'],
  ['a NUL in the document', { query: '{ viewer\0 { apiVersion } }' }, 400, 'GRAPHQL_PARSE_FAILED'],
  ['an unknown field', { query: '{ nothing }' }, 400, 'GRAPHQL_VALIDATION_FAILED'],
  ['a subscription', { query: 'subscription { x }' }, 400, 'GRAPHQL_VALIDATION_FAILED'],
  ['a missing variable', { query: 'query ($id: ID!) { integration(id: $id) { id } }' }, 400, 'BAD_USER_INPUT'],
  ['a variable of another type', { query: 'query ($n: Int) { integrations(first: $n) { nodes { id } } }', variables: { n: 'many' } }, 400, 'BAD_USER_INPUT'],
  ['a page of none', { query: '{ integrations(first: 0) { nodes { id } } }' }, 400, 'BAD_USER_INPUT'],
  ['a page of too many', { query: '{ integrations(first: 101) { nodes { id } } }' }, 400, 'BAD_USER_INPUT'],
  ['a page of a negative number', { query: '{ milestoneProgress(first: -1) { nodes { id } } }' }, 400, 'BAD_USER_INPUT'],
  ['a long list without a size', { query: '{ milestoneProgress { nodes { id } } }' }, 400, 'BAD_USER_INPUT'],
  ['a cursor that is none', { query: '{ integrations(first: 1, after: "x") { nodes { id } } }' }, 400, 'BAD_USER_INPUT'],
  ['a cursor with a NUL', { query: 'query ($c: String) { integrations(first: 1, after: $c) { nodes { id } } }', variables: { c: '\0' } }, 400, 'BAD_USER_INPUT'],
  [
    'a filter with a NUL',
    { query: 'query ($p: String) { milestoneProgress(first: 1, filter: { period: $p }) { nodes { id } } }', variables: { p: 'a\0b' } },
    400,
    'BAD_USER_INPUT',
  ],
  [
    'a filter with half a surrogate',
    '{"query":"query ($p: String) { milestoneProgress(first: 1, filter: { period: $p }) { nodes { id } } }","variables":{"p":"\\ud800"}}',
    400,
    'BAD_USER_INPUT',
  ],
  ['101 ids at once', { query: 'query ($ids: [ID!]!) { nodes(ids: $ids) { id } }', variables: { ids: Array.from({ length: 101 }, () => 'x') } }, 400, 'BAD_USER_INPUT'],
  ['500 nested fields', { query: `{ viewer ${'{ integration '.repeat(500)}{ id }${' }'.repeat(500)} }` }, 400, 'DOCUMENT_TOO_DEEP'],
  ['recursion through real fields', { query: nested(10) }, 400, 'DOCUMENT_TOO_DEEP'],
  ['fragments in a circle', { query: '{ ...A } fragment A on Query { ...B } fragment B on Query { ...A }' }, 400, 'DOCUMENT_TOO_DEEP'],
  ['a fragment in itself that nobody spreads', { query: '{ __typename } fragment A on Query { viewer { ...A } }' }, 400, 'DOCUMENT_TOO_DEEP'],
  ['10,000 aliases', { query: `{ ${Array.from({ length: 10_000 }, (_, i) => `a${i}: __typename`).join(' ')} }` }, 413, 'DOCUMENT_TOO_LARGE'],
  ['31 aliases', { query: `{ viewer { ${Array.from({ length: 31 }, (_, i) => `a${i}: apiVersion`).join(' ')} } }` }, 400, 'DOCUMENT_TOO_WIDE'],
  ['31 root fields', { query: `{ ${'__typename '.repeat(31)} }` }, 400, 'DOCUMENT_TOO_WIDE'],
  ['one field 51 times', { query: `{ viewer { ${'apiVersion '.repeat(51)} } }` }, 400, 'DOCUMENT_TOO_WIDE'],
  [
    'one field over and over by fragments',
    {
      query: `{ viewer { ${Array.from({ length: 55 }, (_, i) => `...F${i}`).join(' ')} } } ${Array.from({ length: 55 }, (_, i) => `fragment F${i} on Viewer { ${'apiVersion '.repeat(28)} }`).join(' ')}`,
    },
    400,
    'DOCUMENT_TOO_WIDE',
  ],
  ['51 directives', { query: `{ viewer { ${'apiVersion @skip(if: true) '.repeat(51)} } }` }, 400, 'DOCUMENT_TOO_WIDE'],
  [
    '2^26 fields by fragments',
    {
      query: `{ ...F0 } ${Array.from({ length: 26 }, (_, i) => `fragment F${i} on Query { ...F${i + 1} ...F${i + 1} }`).join(' ')} fragment F26 on Query { viewer { apiVersion } }`,
    },
    400,
    'DOCUMENT_TOO_WIDE',
  ],
  ['100,001 characters', { query: `{ __typename } #${'x'.repeat(100_000)}` }, 413, 'DOCUMENT_TOO_LARGE'],
])('%s is refused', async (_title, body, status, code) => {
  expectRefusal(await ask(gateway.url, body, { token }), status, code);
});

test.each(['2026-11', '2020-01', 'v1', '..%2f..%2fetc', '%00', 'unstable%0d%0aX: y', 'x'.repeat(150)])('the version %s is unknown', async version => {
  const answer = await ask(gateway.url, { query: '{ __typename }' }, { token, version });
  expect([400, 404]).toContain(answer.status);
  expect(answer.errors![0]!.extensions['code']).toMatch(/^(API_VERSION_UNKNOWN|BAD_USER_INPUT)$/);
});

test('a version in the header that does not exist is refused with those that do', async () => {
  const answer = await ask(gateway.url, { query: '{ __typename }' }, { token, headers: { 'api-version': '1999-01' } });
  expectRefusal(answer, 400, 'API_VERSION_UNKNOWN');
  expect(answer.errors![0]!.extensions['versions']).toEqual(['2026-01', '2026-04', '2026-07', '2026-10', '2027-01', 'unstable']);
});

test('a body of 30 MB is refused without being read', async () => {
  const answer = await ask(gateway.url, { query: `{ __typename } #${'x'.repeat(30_000_000)}` }, { token }).catch((error: Error) => error);
  // A server that does not read on may close the connection before the client has seen its answer.
  if (!(answer instanceof Error)) expectRefusal(answer, 413, 'DOCUMENT_TOO_LARGE');
  expect((await partner.query('{ __typename }')).status).toBe(200);
});

test.each([
  ['text/plain', 415],
  ['application/x-www-form-urlencoded', 415],
  ['multipart/form-data; boundary=x', 415],
])('a body of type %s is not taken', async (contentType, status) => {
  const response = await fetch(`${gateway.url}/graphql`, { method: 'POST', headers: { authorization: `Bearer ${token}`, 'content-type': contentType }, body: 'query' });
  expect(response.status).toBe(status);
});

test('methods other than GET and POST are refused with those that are allowed', async () => {
  for (const method of ['PUT', 'PATCH', 'DELETE']) {
    const response = await fetch(`${gateway.url}/graphql`, { method, headers: { authorization: `Bearer ${token}` } });
    expect(response.status).toBe(405);
    expect(response.headers.get('allow')).toBe('GET, POST');
  }
});

test('an Accept header that takes neither media type is refused before anything runs', async () => {
  expect((await ask(gateway.url, { query: '{ __typename }' }, { token, headers: { accept: 'text/html' } })).status).toBe(406);
});

test('a GET with malformed variables, a repeated query or bad encoding is refused', async () => {
  for (const search of ['?query={__typename}&variables={', '?query={__typename}&query={__typename}', '?query=%E0%A4%A', '?', '?variables=1&query={__typename}']) {
    const response = await fetch(`${gateway.url}/graphql${search}`, { headers: { authorization: `Bearer ${token}`, accept: 'application/graphql-response+json' } });
    expect(response.status).toBe(400);
    expect(((await response.json()) as GraphQLAnswer).errors![0]!.extensions['code']).toMatch(/^(BAD_USER_INPUT|GRAPHQL_PARSE_FAILED)$/);
  }
});

test.each([
  'GARBAGE\r\n\r\n',
  'POST /graphql HTTP/1.1\r\nHost: x\r\nContent-Length: -1\r\n\r\n',
  'GET /graphql HTTP/9.9\r\n\r\n',
  `GET / HTTP/1.1\r\nHost: x\r\nX: ${'y'.repeat(20_000)}\r\n\r\n`,
])('malformed HTTP is answered 4xx', async bytes => {
  const answer = await new Promise<string>((resolve, reject) => {
    const { port } = new URL(gateway.url);
    const socket = connect(Number(port), '127.0.0.1', () => socket.write(bytes));
    let text = '';
    socket.on('data', chunk => (text += chunk.toString()));
    socket.on('close', () => resolve(text));
    socket.on('error', reject);
  });
  expect(answer).toMatch(/^HTTP\/1\.1 4\d\d /);
});

test('the standard introspection query works, deep as it is', async () => {
  const { getIntrospectionQuery } = await import('graphql');
  const answer = await ask(gateway.url, { query: getIntrospectionQuery({ descriptions: true, specifiedByUrl: true, inputValueDeprecation: true }) }, { token });
  expect(answer.errors).toBeUndefined();
  expect(answer.data.__schema.types.length).toBeGreaterThan(20);
});

test('none of this left a fault in the log', () => {
  expect(gateway.logged.filter(line => line.includes('fault of ours'))).toEqual([]);
});

test('a null by a variable where none may be is bad input, beside introspection too', async () => {
  const answer = await ask(gateway.url, { query: 'query ($id: ID = "x") { integration(id: $id) { id } __schema { queryType { name } } }', variables: { id: null } }, { token });
  expect(answer.errors).toMatchObject([{ path: ['integration'], extensions: { code: 'BAD_USER_INPUT' } }]);
});
