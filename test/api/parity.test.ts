/** A sandbox is live but for what `/parity.json` lists: the same schemas, limits and errors, and each
    difference that is listed is one. */
import { createHash, randomUUID } from 'node:crypto';
import { getIntrospectionQuery } from 'graphql';
import { settleLive } from '../../src/database.ts';
import { ERROR_CODES } from '../../src/graphql/error-codes.ts';
import { startTestApp, type TestApp } from '../harness/app.ts';
import { ask, type GraphQLAnswer, type SeededPartner } from '../harness/seed.ts';
import { answerTo, makeSandbox } from './sandbox-asking.ts';

interface Parity {
  readonly versions: readonly { readonly version: string; readonly schemaSha256: string }[];
  readonly errorCodes: readonly string[];
  readonly differences: readonly { readonly name: string; readonly live: string; readonly sandbox: string; readonly why: string }[];
}

let gateway: TestApp;
let live: SeededPartner;
let sandbox: SeededPartner;
let sandboxId: string;
let parity: Parity;

beforeAll(async () => {
  gateway = await startTestApp({ limitsAsShipped: true });
  // As whom one calls in a sandbox, so that both have the same tier.
  live = await (await gateway.seed.world())('ParcelPilot');
  await settleLive(gateway.app.database, gateway.clock);
  const made = await makeSandbox(gateway, live);
  [sandbox, sandboxId] = [made.inside, made.id];
  parity = (await (await fetch(`${gateway.url}/parity.json`)).json()) as Parity;
});
afterAll(() => gateway.close());

/** What both say to the same question. */
const both = <T>(question: (asker: SeededPartner) => Promise<T>): Promise<[T, T]> => Promise.all([question(live), question(sandbox)]);

test('anybody may read it, and whoever has it is told so', async () => {
  const response = await fetch(`${gateway.url}/parity.json`);
  expect([response.status, response.headers.get('content-type')]).toEqual([200, 'application/json; charset=utf-8']);
  expect((await fetch(`${gateway.url}/parity.json`, { headers: { 'if-none-match': response.headers.get('etag')! } })).status).toBe(304);
});

test('every version has one schema in both, of the hash that is told', async () => {
  expect(parity.versions.map(({ version }) => version)).toContain('unstable');
  for (const { version, schemaSha256 } of parity.versions) {
    const sdl = await (await fetch(`${gateway.url}/schema/${version}.graphql`)).text();
    expect(createHash('sha256').update(sdl).digest('hex')).toBe(schemaSha256);
    const schemaFor = async (asker: SeededPartner): Promise<string> => JSON.stringify((await asker.query(getIntrospectionQuery(), undefined, { version })).data.__schema);
    expect((await schemaFor(live)) === (await schemaFor(sandbox))).toBe(true);
    gateway.clock.advance(60_000);
  }
});

test('limits and costs are the same numbers', async () => {
  const [one, other] = await both(async asker => {
    const { data, headers } = await asker.query('{ rateLimit { policies { name limit enforced } } }');
    return { data, policies: headers.get('ratelimit-policy') };
  });
  expect(one.data.rateLimit.policies.length).toBeGreaterThan(1);
  expect(other).toEqual(one);
  const cost = { query: '{ integrations(first: 100) { nodes { progress(first: 100) { nodes { state } } } } }' };
  const [dear, dearer] = await both(async asker => (await ask(gateway.url, cost, { version: 'cost', token: await asker.token() })).text);
  expect(dearer).toBe(dear);
});

const REFUSED: readonly { readonly what: string; readonly body: unknown; readonly headers?: Readonly<Record<string, string>> }[] = [
  { what: 'a body that is none', body: '{' },
  { what: 'no document', body: { variables: {} } },
  { what: 'a document that does not parse', body: { query: '{ viewer' } },
  { what: 'an unknown field', body: { query: '{ nobody }' } },
  { what: 'a variable of the wrong type', body: { query: 'query ($n: Int) { milestones(first: $n) { nodes { id } } }', variables: { n: 'x' } } },
  { what: 'a page that is too large', body: { query: '{ milestones(first: 101) { nodes { id } } }' } },
  { what: 'a cursor of nobody', body: { query: '{ milestones(first: 1, after: "x") { nodes { id } } }' } },
  { what: 'an operation that is too dear', body: { query: '{ integrations(first: 100) { nodes { progress(first: 100) { nodes { state } } } } }' } },
  { what: 'a document that is too deep', body: { query: `{ ${'viewer { integration { '.repeat(8)}${'} }'.repeat(8)} }` } },
  { what: 'a document that is too wide', body: { query: `{ ${Array.from({ length: 40 }, (_, i) => `a${i}: viewer { apiVersion }`).join(' ')} }` } },
  { what: 'a mutation without its key', body: { query: 'mutation { issueCredential(input: { integrationId: "int_x" }) { secretShown } }' } },
  { what: 'an unknown version', body: { query: '{ viewer { apiVersion } }' }, headers: { 'api-version': '1999-01' } },
  { what: 'a version that is none', body: { query: '{ viewer { apiVersion } }' }, headers: { 'api-version': 'x y' } },
];

test.each(REFUSED)('$what is refused alike, with a code of the table', async ({ body, headers }) => {
  for (const accept of ['application/json', 'application/graphql-response+json']) {
    const [one, other] = await both(async asker => {
      const { status, errors } = await ask(gateway.url, body, { token: await asker.token(), headers: { accept, ...headers } });
      return { status, errors: errors?.map(({ message, extensions }) => ({ message, code: extensions['code'] as string })) };
    });
    expect(other).toEqual(one);
    expect(parity.errorCodes).toContain(one.errors?.[0]?.code);
  }
});

test('the codes that are told are the table', () => {
  expect(parity.errorCodes).toEqual(Object.keys(ERROR_CODES));
});

const BACK = 'https://shop.partner.example/back';

/** What the consent page begins with. */
async function signIn(asker: SeededPartner): Promise<string> {
  const { data } = await answerTo(asker, 'setRedirectUris', { integrationId: asker.clientId, redirectUris: [BACK] }, 'integration { id }');
  expect(data.setRedirectUris.userErrors).toEqual([]);
  const query = new URLSearchParams({
    response_type: 'code',
    client_id: asker.clientId,
    redirect_uri: BACK,
    state: 'here',
    code_challenge: createHash('sha256').update('verifier').digest('base64url'),
    code_challenge_method: 'S256',
    authorization_details: JSON.stringify([{ type: 'marketplace_data', actions: ['read'], datatypes: ['contact.email'], purpose: 'order_support' }]),
  });
  const page = await fetch(`${gateway.url}/oauth/authorize?${query.toString()}`);
  return /<main.*?<\/main>/s.exec(await page.text())![0].replaceAll(/value="[^"]*"/g, '');
}

/** Where each element stands once the version that drops it has come. */
async function stages(asker: SeededPartner): Promise<string> {
  gateway.clock.moveTo('2027-12-01T00:00:00Z');
  await asker.token({ fresh: true });
  // Live's clock stays where it is.
  await answerTo(asker, 'advanceClock', { by: 'PT1H' }, 'now');
  const answer = await asker.query('{ deprecations(first: 50) { nodes { coordinate state } } }', undefined, { version: 'unstable' });
  return JSON.stringify(answer.data.deprecations.nodes);
}

/** What shows each difference, asked of both. */
const SHOWN: Readonly<Record<string, (asker: SeededPartner) => Promise<unknown>>> = {
  clock: async asker => code(await answerTo(asker, 'advanceClock', { by: 'PT1S' }, 'now')),
  people: async asker => (await asker.query('{ viewer { environment { kind } } }')).data.viewer.environment.kind,
  'who-calls': async asker => (await asker.query('{ viewer { environment { id } } }')).data.viewer.environment.id === live.environmentId,
  ids: async asker => (await asker.query('{ viewer { partner { id } } }')).data.viewer.partner.id,
  sandboxes: async asker => code(await answerTo(asker, 'snapshotSandbox', { sandboxId, name: 'Now' }, 'snapshot { id }')),
  faults: async asker => {
    const { errors } = await asker.query('{ viewer { apiVersion } }', undefined, { headers: { 'sandbox-fault': 'rate_limited' } });
    return errors![0]!.extensions['code'] as string;
  },
  'going-live': async asker => code(await answerTo(asker, 'goLive', {}, 'integration { id }')),
  life: async asker => code(await answerTo(asker, 'resetSandbox', {}, 'environmentId')),
  'magic-values': async asker => (await asker.query('{ node(id: "shp_test_allow_all") { id } }')).errors?.[0]?.extensions['code'] as string,
  scenarios: async asker =>
    (await asker.query('mutation { runScenario(input: { name: "sandbox-to-live-cutover" }) { report { skippedSteps } } }')).data.runScenario.report.skippedSteps > 0,
  'acts-of-others': async asker =>
    (await asker.query('mutation { rehearseErasure(input: { subjectId: "sub_nobody" }) { userErrors { code } } }')).errors?.[0]?.extensions['code'] as string,
  'sign-in': signIn,
  pin: async asker => code(await answerTo(asker, 'pinApiVersion', { version: 'unstable', idempotencyKey: randomUUID() }, 'integration { id }')),
  // Last, since it moves the gateway's clock.
  'removal-gate': stages,
};

function code({ data, errors }: GraphQLAnswer): string {
  if (errors) throw new Error(JSON.stringify(errors));
  const [payload] = Object.values(data as Record<string, { readonly userErrors: readonly { readonly code: string }[] }>);
  return payload!.userErrors[0]?.code ?? 'done';
}

test('every difference that is listed is shown to be one', async () => {
  expect(Object.keys(SHOWN).toSorted()).toEqual(parity.differences.map(({ name }) => name).toSorted());
  expect(parity.differences.flatMap(({ live: inLive, sandbox: inSandbox, why }) => [inLive, inSandbox, why]).filter(text => !text.endsWith('.'))).toEqual([]);
  for (const [name, shown] of Object.entries(SHOWN)) {
    const [one, other] = await both(shown);
    expect({ name, differs: one !== other }).toEqual({ name, differs: true });
  }
});
