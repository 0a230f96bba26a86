/** Documents that an integration registers: sent by their ids, and in the end the only ones that are answered. */
import { createHash } from 'node:crypto';
import { startTestApp, type TestApp } from '../harness/app.ts';
import { ask, type AskOptions, type GraphQLAnswer, type SeededPartner } from '../harness/seed.ts';
import { asAdmin } from './credential-door.ts';

let first: TestApp;
let second: TestApp;
let partner: SeededPartner;

beforeAll(async () => {
  first = await startTestApp();
  first.clock.moveTo('2026-11-23T12:00:00Z');
  second = await startTestApp({ beside: first });
});
afterAll(async () => {
  await second.close();
  await first.close();
});
beforeEach(async () => {
  partner = await first.seed.partner();
});

const VIEWER = 'query Who { viewer { integration { id name } } }';
const NAMES = 'query Names($first: Int!) { integrations(first: $first) { nodes { name } } }';
const REGISTER = `mutation Register($input: RegisterOperationsInput!) {
  registerOperations(input: $input) {
    operations { documentId document operationNames apiVersion registeredAt }
    integration { documentMode registeredOperations(first: 100) { nodes { documentId } } }
    userErrors { code message path }
  }
}`;
const MODE = `mutation Mode($input: SetDocumentModeInput!) {
  setDocumentMode(input: $input) { integration { documentMode } userErrors { code message path } }
}`;

const idOf = (text: string): string => `sha256:${createHash('sha256').update(text).digest('hex')}`;

interface Body {
  readonly query?: string | null;
  readonly documentId?: unknown;
  readonly operationName?: string;
  readonly variables?: Record<string, unknown>;
}

const send = async (body: Body, { by = partner, at = first, ...options }: AskOptions & { by?: SeededPartner; at?: TestApp } = {}): Promise<GraphQLAnswer> =>
  ask(at.url, body, { token: await by.token(), ...options });

interface Registered {
  readonly operations: readonly { documentId: string; document: string; operationNames: readonly string[]; apiVersion: string; registeredAt: string }[];
  readonly integration: { documentMode: string; registeredOperations: { nodes: readonly { documentId: string }[] } } | null;
  readonly userErrors: readonly { code: string; message: string; path: readonly string[] }[];
}

async function register(texts: readonly string[], options: AskOptions & { by?: SeededPartner; integrationId?: string } = {}): Promise<Registered> {
  const { integrationId, by = partner, ...rest } = options;
  const answer = await by.query(REGISTER, { input: { operations: texts.map(document => ({ document })), ...(integrationId ? { integrationId } : {}) } }, rest);
  expect(answer.errors).toBeUndefined();
  return (answer.data as { registerOperations: Registered }).registerOperations;
}

async function setMode(mode: string, by = partner, integrationId?: string): Promise<Registered['userErrors']> {
  const { data, errors } = await by.query(MODE, { input: { mode, ...(integrationId ? { integrationId } : {}) } });
  expect(errors).toBeUndefined();
  return (data as { setDocumentMode: Registered }).setDocumentMode.userErrors;
}

const codes = ({ errors }: GraphQLAnswer): unknown[] => (errors ?? []).map(({ extensions }) => extensions['code']);

describe('a registered document', () => {
  test('is told with its id, its operations and its version, in the order given', async () => {
    const both = `${VIEWER} ${NAMES}`;
    const { operations, integration, userErrors } = await register([NAMES, both, NAMES]);
    const registeredAt = new Date(first.clock.now()).toISOString();
    expect(userErrors).toEqual([]);
    expect(operations).toEqual([
      { documentId: idOf(NAMES), document: NAMES, operationNames: ['Names'], apiVersion: '2026-10', registeredAt },
      { documentId: idOf(both), document: both, operationNames: ['Who', 'Names'], apiVersion: '2026-10', registeredAt },
    ]);
    expect(integration?.registeredOperations.nodes.map(({ documentId }) => documentId).toSorted()).toEqual([idOf(NAMES), idOf(both)].toSorted());
    expect((await register([NAMES])).operations).toEqual([operations[0]]);
  });

  test('is answered by its id as by its text, with variables, on every gateway, by POST and by GET', async () => {
    await register([NAMES, `${VIEWER} ${NAMES}`]);
    const due = (await partner.query(NAMES, { first: 3 })).data;
    for (const at of [first, second, first]) {
      expect((await send({ documentId: idOf(NAMES), variables: { first: 3 } }, { at })).data).toEqual(due);
      expect((await send({ documentId: idOf(`${VIEWER} ${NAMES}`), operationName: 'Names', variables: { first: 3 } }, { at })).data).toEqual(due);
    }
    expect((await send({ query: NAMES, documentId: idOf(NAMES), variables: { first: 3 } })).data).toEqual(due);
    const search = new URLSearchParams({ documentId: idOf(NAMES), variables: JSON.stringify({ first: 3 }) });
    const got = await fetch(`${first.url}/graphql?${search.toString()}`, { headers: { authorization: `Bearer ${await partner.token()}` } });
    expect(((await got.json()) as GraphQLAnswer).data).toEqual(due);
  });

  test('may be a mutation, and its cost is told by its id', async () => {
    await register([MODE]);
    const { data } = await send({ documentId: idOf(MODE), variables: { input: { mode: 'OPEN' } } });
    expect(data).toEqual({ setDocumentMode: { integration: { documentMode: 'OPEN' }, userErrors: [] } });
    const cost = await fetch(`${first.url}/graphql/cost`, {
      method: 'POST',
      headers: { authorization: `Bearer ${await partner.token()}`, 'content-type': 'application/json' },
      body: JSON.stringify({ documentId: idOf(MODE), variables: { input: { mode: 'OPEN' } } }),
    });
    expect(await cost.json()).toMatchObject({ requestedQueryCost: expect.any(Number) });
  });

  test("is another integration's own affair: its id is unknown to all others, and to other environments", async () => {
    await register([VIEWER]);
    await partner.query(VIEWER);
    const neighbour = await first.seed.partner();
    const sandbox = await first.seed.partner(await first.seed.sandboxOf(partner));
    for (const by of [neighbour, sandbox]) {
      const answer = await send({ documentId: idOf(VIEWER) }, { by });
      expect([answer.status, codes(answer)]).toEqual([400, ['BAD_USER_INPUT']]);
      expect(answer.errors![0]!.extensions).toMatchObject({ reason: 'DOCUMENT_UNKNOWN', documentId: idOf(VIEWER) });
      expect(answer.headers.get('ratelimit')).toContain('cost');
    }
  });

  test('that is forgotten is unknown at once, on every gateway, though it was answered before', async () => {
    await register([VIEWER]);
    for (const at of [first, second]) expect((await send({ documentId: idOf(VIEWER) }, { at })).status).toBe(200);
    const { data } = await partner.query('mutation ($input: UnregisterOperationsInput!) { unregisterOperations(input: $input) { documentIds userErrors { code } } }', {
      input: { documentIds: [idOf(VIEWER), idOf(NAMES)] },
    });
    expect(data).toEqual({ unregisterOperations: { documentIds: [idOf(VIEWER)], userErrors: [] } });
    for (const at of [first, second]) expect(codes(await send({ documentId: idOf(VIEWER) }, { at }))).toEqual(['BAD_USER_INPUT']);
    await register([VIEWER]);
    for (const at of [first, second]) expect((await send({ documentId: idOf(VIEWER) }, { at })).status).toBe(200);
  });
});

test.each([
  ['a document that is not valid', ['{ nothing }'], /Document 1 of 1 .* Cannot query field "nothing"/],
  ['a document that does not parse', [VIEWER, '{ viewer'], /Document 2 of 2 .* Syntax Error/],
  ['a document without an operation', ['fragment F on Viewer { apiVersion }'], /F.* is never used|no operation/],
  ['a document beyond the bounds of any', [`{ ${Array.from({ length: 31 }, (_, i) => `a${i}: apiVersions { version }`).join(' ')} }`], /root fields of at most 30/],
  ['no document at all', [], /1 to 100/],
  ['more than fit in one request', Array.from({ length: 101 }, () => VIEWER), /1 to 100 documents, and this one has 101/],
])('%s is refused, and nothing is registered', async (_what, texts, message) => {
  const { operations, userErrors } = await register(texts);
  expect([operations, userErrors]).toEqual([[], [{ code: 'INVALID', message: expect.stringMatching(message), path: expect.any(Array) }]]);
  expect((await register([VIEWER])).integration?.registeredOperations.nodes).toHaveLength(1);
});

test.each([
  [{ documentId: 'sha256:12' }, /64 hexadecimal digits/],
  [{ documentId: 7 }, /64 hexadecimal digits/],
  [{ documentId: idOf(VIEWER), query: NAMES }, /different documents/],
  [{}, /`documentId` instead/],
])('a request with %j is none', async (body, message) => {
  await register([VIEWER]);
  const answer = await send(body);
  expect([answer.status, codes(answer)]).toEqual([400, ['BAD_USER_INPUT']]);
  expect(answer.errors![0]!.message).toMatch(message);
});

test('an integration registers a thousand documents at most, of whichever calls come at once', async () => {
  await asAdmin(first, client =>
    client.query(
      `insert into portico.registered_document (environment_id, integration_id, document_hash, partner_id, api_version, document, operation_names, element_set, registered_at)
       select $1, $2, encode(sha256(n::text::bytea), 'hex'), $3, '2026-10', '{ viewer { apiVersion } }', '{}', 'x', now() from generate_series(1, 998) n`,
      [partner.environmentId, partner.clientId, partner.partnerId],
    ),
  );
  const said = await Promise.all(Array.from({ length: 6 }, (_, i) => register([`query Q${i} { viewer { apiVersion } }`])));
  const refusals = said.flatMap(({ userErrors }) => userErrors);
  expect(refusals).toEqual(
    Array.from({ length: 4 }, () => ({ code: 'QUOTA_EXCEEDED', message: expect.stringContaining('1000 are there and 1 would be added'), path: ['operations'] })),
  );
  const again = said.findIndex(({ userErrors }) => userErrors.length === 0);
  expect((await register([`query Q${again} { viewer { apiVersion } }`])).userErrors).toEqual([]);
});

describe('modes', () => {
  test('LOGGED answers everything, and says what is not registered', async () => {
    await register([VIEWER]);
    expect(await setMode('LOGGED')).toEqual([]);
    for (const at of [first, second]) {
      expect((await send({ query: VIEWER }, { at })).extensions).not.toHaveProperty('warnings');
      expect((await send({ documentId: idOf(VIEWER) }, { at })).extensions).not.toHaveProperty('warnings');
      const answer = await send({ query: NAMES, variables: { first: 1 } }, { at });
      expect(answer.data).toBeTruthy();
      expect(answer.extensions?.['warnings']).toEqual([
        { type: 'UNREGISTERED_DOCUMENT', message: expect.stringContaining('registerOperations'), link: expect.any(String), data: { documentId: idOf(NAMES) } },
      ]);
    }
    await register([NAMES]);
    for (const at of [first, second]) expect((await send({ query: NAMES, variables: { first: 1 } }, { at })).extensions).not.toHaveProperty('warnings');
  });

  test('REGISTERED_ONLY answers registered documents alone, by text or id, from the next request on', async () => {
    await partner.query(NAMES, { first: 1 }, {});
    await send({ query: NAMES, variables: { first: 1 } }, { at: second });
    await register([VIEWER, MODE, REGISTER]);
    expect(await setMode('REGISTERED_ONLY')).toEqual([]);
    for (const at of [second, first]) {
      const refused = await send({ query: NAMES, variables: { first: 1 } }, { at });
      expect([refused.status, codes(refused), refused.errors![0]!.extensions['reason']]).toEqual([403, ['FORBIDDEN'], 'DOCUMENT_NOT_REGISTERED']);
      expect(codes(await send({ query: '{ not even GraphQL' }, { at }))).toEqual(['FORBIDDEN']);
      expect((await send({ query: VIEWER }, { at })).status).toBe(200);
      expect((await send({ documentId: idOf(VIEWER) }, { at })).status).toBe(200);
    }
    expect((await register([NAMES])).userErrors).toEqual([]);
    for (const at of [second, first]) expect((await send({ query: NAMES, variables: { first: 1 } }, { at })).status).toBe(200);
    expect(await setMode('OPEN')).toEqual([]);
    for (const at of [second, first]) expect((await send({ query: '{ viewer { apiVersion } }' }, { at })).status).toBe(200);
  });

  test('nobody closes a door that they could not open again', async () => {
    expect(await setMode('REGISTERED_ONLY')).toMatchObject([{ code: 'INVALID', message: expect.stringContaining('Nothing is registered'), path: ['mode'] }]);
    await register([VIEWER]);
    expect(await setMode('REGISTERED_ONLY')).toMatchObject([{ code: 'INVALID', message: expect.stringContaining('could not open itself again') }]);
    const UNREGISTER = 'mutation Un($input: UnregisterOperationsInput!) { unregisterOperations(input: $input) { documentIds userErrors { code path } } }';
    await register([MODE, UNREGISTER]);
    expect(await setMode('REGISTERED_ONLY')).toEqual([]);
    const { data } = await partner.query(UNREGISTER, { input: { documentIds: [idOf(MODE)] } });
    expect(data).toEqual({ unregisterOperations: { documentIds: null, userErrors: [{ code: 'INVALID', path: ['documentIds'] }] } });
    expect(await setMode('OPEN')).toEqual([]);
  });

  test("another partner's integration cannot be touched", async () => {
    const neighbour = await first.seed.partner();
    const notFound = [{ code: 'NOT_FOUND', message: 'There is no such integration.', path: ['integrationId'] }];
    expect(await setMode('LOGGED', partner, neighbour.clientId)).toEqual(notFound);
    expect((await register([VIEWER], { integrationId: neighbour.clientId })).userErrors).toEqual(notFound);
    expect((await register([VIEWER], { integrationId: 'int_nobody' })).userErrors).toEqual(notFound);
  });
});
