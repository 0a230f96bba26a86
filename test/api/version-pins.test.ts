/** An integration's pin: set once by its first call, moved by its partner alone, and followed by
    every gateway from the next request on. */
import { pinAtFirstCall, type Caller } from '../../src/partners/index.ts';
import { inTransaction } from '../../src/platform/postgres/database.ts';
import { startTestApp, type TestApp } from '../harness/app.ts';
import { ask, type AskOptions, type GraphQLAnswer, type SeededPartner } from '../harness/seed.ts';
import { addIntegration, asAdmin, callingAs, keyed, untilWaiting } from './credential-door.ts';

const NOW = '2026-11-23T09:30:00.000Z';
const WHICH = '{ viewer { apiVersion integration { pinnedVersion pinnedAt } } }';

let first: TestApp;
let second: TestApp;
let partner: SeededPartner;

beforeAll(async () => {
  first = await startTestApp();
  first.clock.moveTo(NOW);
  second = await startTestApp({ beside: first });
});
afterAll(async () => {
  await second.close();
  await first.close();
});
beforeEach(async () => {
  partner = await first.seed.partner();
});

const pin = (caller: SeededPartner, input: { version: string; integrationId?: string; idempotencyKey?: string }, options: AskOptions = {}): Promise<GraphQLAnswer> =>
  caller.query(
    'mutation ($input: PinApiVersionInput!) { pinApiVersion(input: $input) { integration { id pinnedVersion pinnedAt } userErrors { code message path } } }',
    { input },
    options,
  );

/** What the database holds; `xmin` changes whenever the row is written. */
const row = (integrationId: string): Promise<{ version: string | null; at: Date | null; xmin: string }> =>
  asAdmin(first, async client => (await client.query('select pinned_version as version, pinned_at as at, xmin from portico.integration where id = $1', [integrationId])).rows[0]);

/** Which version answers on each gateway, and why. */
async function answering(caller: SeededPartner): Promise<(string | null)[][]> {
  const token = await caller.token();
  const answers = await Promise.all([first, second].map(({ url }) => ask(url, { query: WHICH }, { token })));
  for (const { data, headers } of answers) expect(data.viewer.apiVersion).toBe(headers.get('api-version'));
  return answers.map(({ headers }) => [headers.get('api-version'), headers.get('api-version-reason')]);
}

const both = (version: string): (string | null)[][] => [
  [version, 'pinned'],
  [version, 'pinned'],
];

test.each<[string, AskOptions]>([
  ['names no version', {}],
  ['names one in the path', { version: '2026-04' }],
  ['names one in the header', { headers: { 'api-version': 'unstable' } }],
  ['names one that does not exist', { version: 'v1' }],
])('a first call that %s pins the integration to what is current', async (_title, options) => {
  expect(await row(partner.clientId)).toMatchObject({ version: null, at: null });
  await partner.query(WHICH, {}, options);
  expect(await row(partner.clientId)).toMatchObject({ version: '2026-10', at: new Date(first.clock.now()) });
  expect(await answering(partner)).toEqual(both('2026-10'));
  expect((await partner.query(WHICH)).data.viewer.integration).toEqual({ pinnedVersion: '2026-10', pinnedAt: new Date(first.clock.now()).toISOString() });
});

test('asking for a token, and about it, is no call', async () => {
  const form = new URLSearchParams({ token: await partner.token(), client_id: partner.clientId, client_secret: partner.clientSecret });
  expect(await (await fetch(`${first.url}/oauth/introspect`, { method: 'POST', body: form })).json()).toMatchObject({ active: true });
  expect(await row(partner.clientId)).toMatchObject({ version: null });
});

test('no later call writes the pin, with a token of its own or after a release', async () => {
  const sandbox = await first.seed.sandboxOf(partner);
  const rehearsing = await first.seed.partner(sandbox);
  await rehearsing.query(WHICH);
  const { xmin } = await row(rehearsing.clientId);
  await inTransaction(first.app.database, { environmentId: sandbox, partnerId: '*' }, tx =>
    tx.query("update portico.environment set clock_frozen_at = '2027-02-01T00:00:00Z' where id = $1", [sandbox]),
  );
  for (const { url } of [first, second]) {
    const token = await rehearsing.token({ fresh: true });
    expect((await ask(url, { query: WHICH }, { token })).data.viewer).toMatchObject({ apiVersion: '2026-10' });
  }
  expect(await row(rehearsing.clientId)).toMatchObject({ version: '2026-10', xmin });
});

test('of first calls on both gateways at once one pins, and all are answered alike', async () => {
  await partner.token();
  const answers = await asAdmin(first, async client => {
    // All wait for the row, so that all have found the integration without a pin.
    await client.query('begin');
    await client.query('select from portico.integration where id = $1 for update', [partner.clientId]);
    const token = await partner.token();
    const asked = Array.from({ length: 20 }, (_, i) => ask((i % 2 === 0 ? first : second).url, { query: WHICH }, { token }));
    await untilWaiting(client, 'transactionid');
    await client.query('commit');
    return Promise.all(asked);
  });
  expect(new Set(answers.map(({ status, data }) => JSON.stringify([status, data])))).toEqual(
    new Set([JSON.stringify([200, { viewer: { apiVersion: '2026-10', integration: { pinnedVersion: '2026-10', pinnedAt: new Date(first.clock.now()).toISOString() } } }])]),
  );
});

test('first calls on both sides of a release agree on one version', async () => {
  const release = Date.parse('2027-01-01T17:00:00Z');
  const caller: Caller = {
    integrationId: partner.clientId,
    integrationName: '',
    pinnedVersion: null,
    documents: { mode: 'OPEN' as const, revision: '0' },
    partnerId: partner.partnerId,
    tier: '',
    credentialId: '',
    tokenId: '',
    liveUntil: Infinity,
    loadedAt: 0,
    scopes: [],
    environment: { id: partner.environmentId, kind: 'LIVE', clock: { offsetMs: 0, frozenAt: null }, revision: '1', faults: [] },
  };
  const pinned = await Promise.all(Array.from({ length: 20 }, (_, i) => pinAtFirstCall((i % 2 === 0 ? first : second).app.database, caller, release - (i % 2))));
  const { version } = await row(partner.clientId);
  expect(['2026-10', '2027-01']).toContain(version);
  expect(pinned.map(({ pinnedVersion }) => pinnedVersion)).toEqual(pinned.map(() => version));
});

test('a moved pin counts from the next request on, on gateways that remember the old one', async () => {
  expect(await answering(partner)).toEqual(both('2026-10'));
  for (const version of ['2026-07', '2026-01', '2026-10']) {
    first.clock.advance(1000);
    const at = new Date(first.clock.now()).toISOString();
    expect((await pin(partner, { version })).data.pinApiVersion).toEqual({ integration: { id: partner.clientId, pinnedVersion: version, pinnedAt: at }, userErrors: [] });
    expect(await answering(partner)).toEqual(both(version));
  }
});

test('a request that names its version does not depend on the pin', async () => {
  await partner.query(WHICH);
  await pin(partner, { version: '2026-04' });
  const answer = await partner.query(WHICH, {}, { version: '2026-07' });
  expect(answer.data.viewer).toMatchObject({ apiVersion: '2026-07', integration: { pinnedVersion: '2026-04' } });
});

test('pinning again to the same version changes nothing, and needs no key', async () => {
  const pinned = (await pin(partner, { version: '2026-07' })).data.pinApiVersion;
  first.clock.advance(60_000);
  expect((await pin(partner, { version: '2026-07' })).data.pinApiVersion).toEqual(pinned);
  expect((await pin(partner, { version: '2026-07' }, keyed('again'))).data.pinApiVersion).toEqual(pinned);
  expect((await pin(partner, { version: '2026-04' }, keyed('again'))).errors![0]!.extensions['code']).toBe('IDEMPOTENCY_CONFLICT');
});

test("a partner moves its other integrations' pins, and nobody else's", async () => {
  const other = await addIntegration(first, partner);
  const otherCaller = callingAs(first, partner, other);
  expect(await answering(otherCaller)).toEqual(both('2026-10'));
  expect((await pin(partner, { version: '2026-07', integrationId: other.clientId })).data.pinApiVersion).toMatchObject({
    integration: { id: other.clientId, pinnedVersion: '2026-07' },
  });
  expect(await answering(otherCaller)).toEqual(both('2026-07'));
  expect(await answering(partner)).toEqual(both('2026-10'));

  const stranger = await first.seed.partner();
  const before = await row(other.clientId);
  for (const integrationId of [other.clientId, 'int_nobody', 'x', '']) {
    expect((await pin(stranger, { version: '2026-04', integrationId })).data.pinApiVersion).toEqual({
      integration: null,
      userErrors: [{ code: 'NOT_FOUND', message: 'There is no such integration.', path: ['integrationId'] }],
    });
  }
  expect(await row(other.clientId)).toEqual(before);
});

test.each([
  ['unstable', 'VERSION_UNRELEASED'],
  ['2027-01', 'VERSION_UNRELEASED'],
  ['2026-11', 'NOT_FOUND'],
  ['2026-10; drop table', 'NOT_FOUND'],
  ['', 'NOT_FOUND'],
])('live refuses the pin %j with %s and keeps the one it has', async (version, code) => {
  await partner.query(WHICH);
  const before = await row(partner.clientId);
  expect((await pin(partner, { version })).data.pinApiVersion).toEqual({ integration: null, userErrors: [{ code, message: expect.any(String), path: ['version'] }] });
  expect(await row(partner.clientId)).toEqual(before);
});

test('in a sandbox a program that names no version can meet the next ones', async () => {
  const rehearsing = await first.seed.partner(await first.seed.sandboxOf(partner));
  for (const version of ['2027-01', 'unstable']) {
    expect((await pin(rehearsing, { version })).data.pinApiVersion.userErrors).toEqual([]);
    expect(await answering(rehearsing)).toEqual(both(version));
  }
  expect(await answering(partner)).toEqual(both('2026-10'));
});

test('other mutations of the operation that moves the pin are done', async () => {
  await partner.query(WHICH);
  const answer = await partner.query(
    `mutation ($id: ID!) {
      move: pinApiVersion(input: { version: "2026-07" }) { integration { pinnedVersion } }
      issue: issueCredential(input: { integrationId: $id, idempotencyKey: "k" }) { userErrors { code } }
      back: pinApiVersion(input: { version: "2026-04" }) { integration { pinnedVersion } }
    }`,
    { id: partner.clientId },
  );
  expect(answer.errors).toBeUndefined();
  expect(answer.data).toEqual({ move: { integration: { pinnedVersion: '2026-07' } }, issue: { userErrors: [] }, back: { integration: { pinnedVersion: '2026-04' } } });
  expect(await answering(partner)).toEqual(both('2026-04'));
});

test('while pins move, every answer is of the version that its headers name', async () => {
  await partner.query(WHICH);
  const token = await partner.token();
  const moving = (async () => {
    for (let i = 0; i < 20; i++) expect((await pin(partner, { version: ['2026-07', '2026-04', '2026-10'][i % 3]! })).data.pinApiVersion.userErrors).toEqual([]);
  })();
  const answers: GraphQLAnswer[] = [];
  const asking = [first, second].map(async ({ url }) => {
    for (let i = 0; i < 60; i++) answers.push(await ask(url, { query: WHICH }, { token }));
  });
  await Promise.all([moving, ...asking]);
  expect(answers.map(({ data }) => [data.viewer.apiVersion, data.viewer.integration.pinnedVersion])).toEqual(
    answers.map(({ headers }) => [headers.get('api-version'), headers.get('api-version')]),
  );
});

test('a pin that the gateway does not know is refused, not replaced', async () => {
  await partner.query(WHICH);
  await inTransaction(first.app.database, { environmentId: partner.environmentId, partnerId: '*' }, tx =>
    tx.query("update portico.integration set pinned_version = '2031-01' where id = $1", [partner.clientId]),
  );
  const answer = await partner.query(WHICH);
  expect([answer.status, answer.errors![0]!.extensions['code']]).toEqual([400, 'API_VERSION_UNKNOWN']);
  expect(await row(partner.clientId)).toMatchObject({ version: '2031-01' });
});
