/** The marketplace's feed over HTTP: who may send, what arrives, what arriving twice or late does. */
import { startTestApp, type TestApp } from '../harness/app.ts';
import type { SeededPartner } from '../harness/seed.ts';
import { issueMarketplaceCredential, revokeMarketplaceCredential, type MarketplaceCredential } from '../../src/partners/index.ts';
import { asMarketplace, granted, registerBack, rows, stateOf } from './door.ts';

let gateway: TestApp;
let partner: SeededPartner;
let credential: MarketplaceCredential;
let token: string;

async function tokenOf({ clientId, clientSecret }: MarketplaceCredential): Promise<string> {
  const body = new URLSearchParams({ grant_type: 'client_credentials', client_id: clientId, client_secret: clientSecret });
  return ((await (await fetch(`${gateway.url}/oauth/token`, { method: 'POST', body })).json()) as { access_token: string }).access_token;
}

async function feed(kind: string, lines: readonly unknown[] | string, bearer = token): Promise<{ status: number; json: Readonly<Record<string, unknown>> }> {
  const body = typeof lines === 'string' ? lines : lines.map(line => JSON.stringify(line)).join('\n');
  const response = await fetch(`${gateway.url}/marketplace/${kind}`, {
    method: 'POST',
    headers: { authorization: `Bearer ${bearer}`, 'content-type': 'application/x-ndjson' },
    body,
  });
  return { status: response.status, json: (await response.json()) as Readonly<Record<string, unknown>> };
}

beforeAll(async () => {
  gateway = await startTestApp({ demoMode: true });
  partner = await (await gateway.seed.world())('ParcelPilot');
  await registerBack(partner);
  credential = await asMarketplace(gateway, partner.environmentId, tx => issueMarketplaceCredential(tx, 'Feed', gateway.clock));
  token = await tokenOf(credential);
});
afterAll(() => gateway.close());

const person = (id: string, more: object = {}) => ({ id, updatedAt: '2026-11-01T00:00:00Z', givenName: 'Ada', email: `${id}@mail.example`, ...more });
const order = (id: string, customer: string, more: object = {}) => ({
  id,
  customer,
  updatedAt: '2026-11-01T00:00:00Z',
  placedAt: '2026-10-01T00:00:00Z',
  status: 'PLACED',
  currency: 'EUR',
  totalMinor: 3000,
  items: [
    { title: 'Tea pot', quantity: 1, priceMinor: 1000 },
    { title: 'Cup', department: 'Kitchen', quantity: 2, priceMinor: 1000 },
  ],
  ...more,
});

const everything = async () => ({
  people: await rows(gateway, "select reference, given_name, email, updated_at from portico.customer where reference like 'm-%' order by 1"),
  orders: await rows(gateway, "select id, reference, status, total_minor from portico.customer_order where reference like 'm-%' order by 2"),
  items: await rows(
    gateway,
    "select i.position, i.title, i.quantity from portico.order_item i join portico.customer_order o on o.id = i.order_id where o.reference like 'm-%' order by 1",
  ),
});

test('people and what belongs to them arrive once however often they are sent', async () => {
  const lines = [person('m-1'), person('m-2')];
  expect(await feed('customers', lines)).toEqual({ status: 200, json: { accepted: 2, stale: 0, rejected: [] } });
  expect((await feed('orders', [order('m-o1', 'm-1')])).json).toEqual({ accepted: 1, stale: 0, rejected: [] });
  expect((await feed('preferences', [{ id: 'm-p1', customer: 'm-1', updatedAt: '2026-11-01T00:00:00Z', name: 'Shoe size', value: '39' }])).json.accepted).toBe(1);
  expect(
    (await feed('locations', [{ id: 'm-l1', customer: 'm-1', updatedAt: '2026-11-01T00:00:00Z', town: 'Graz', country: 'AT', observedAt: '2026-11-01T00:00:00Z' }])).json.accepted,
  ).toBe(1);
  expect(
    (await feed('cases', [{ id: 'm-c1', customer: 'm-1', order: 'm-o1', updatedAt: '2026-11-01T00:00:00Z', subject: 'Where?', status: 'OPEN', openedAt: '2026-11-01T00:00:00Z' }]))
      .json.accepted,
  ).toBe(1);
  const before = await everything();
  expect(before.items).toHaveLength(2);
  await feed('customers', lines);
  await feed('orders', [order('m-o1', 'm-1')]);
  expect(await everything()).toEqual(before);
});

test('a newer line takes the place of an older one, and never the other way about', async () => {
  await feed('customers', [person('m-3')]);
  await feed('orders', [order('m-o3', 'm-3', { updatedAt: '2026-11-03T00:00:00Z', status: 'SHIPPED', items: [] })]);
  expect((await feed('orders', [order('m-o3', 'm-3', { updatedAt: '2026-11-02T00:00:00Z' })])).json).toEqual({ accepted: 0, stale: 1, rejected: [] });
  expect(
    await rows(gateway, "select status, (select count(*)::int from portico.order_item i where i.order_id = o.id) as items from portico.customer_order o where reference = 'm-o3'"),
  ).toEqual([{ status: 'SHIPPED', items: 0 }]);
  const both = [person('m-3', { givenName: 'New', updatedAt: '2026-11-09T00:00:00Z' }), person('m-3', { givenName: 'Old', updatedAt: '2026-11-08T00:00:00Z' })];
  expect((await feed('customers', both)).json).toEqual({ accepted: 1, stale: 1, rejected: [] });
  expect(await rows(gateway, "select given_name from portico.customer where reference = 'm-3'")).toEqual([{ given_name: 'New' }]);
});

test('bad lines are told one by one, and the good ones beside them are taken', async () => {
  const { status, json } = await feed(
    'orders',
    [
      JSON.stringify(order('m-bad1', 'nobody')),
      '{',
      '[]',
      '',
      JSON.stringify(order('m-bad2', 'm-1', { totalMinor: -1 })),
      JSON.stringify(order('m-good', 'm-1')),
      JSON.stringify({ ...order('m-bad3', 'm-1'), colour: 'red' }),
    ].join('\n'),
  );
  expect(status).toBe(200);
  expect(json.accepted).toBe(1);
  expect(json.rejected).toEqual([
    { line: 1, id: 'm-bad1', path: 'customer', reason: expect.stringContaining('/marketplace/customers') },
    { line: 2, id: null, path: null, reason: expect.any(String) },
    { line: 3, id: null, path: null, reason: expect.any(String) },
    { line: 5, id: 'm-bad2', path: 'totalMinor', reason: expect.any(String) },
    { line: 7, id: 'm-bad3', path: null, reason: expect.stringContaining('colour') },
  ]);
});

test.each([
  ['NUL characters', person('m-nul', { givenName: 'a\u0000b' })],
  ['half a surrogate pair', person('m-half', { givenName: '\ud800' })],
  ['an id that is too long', person('m'.repeat(101))],
])('%s are a rejected line, not a fault', async (_what, line) => {
  const { status, json } = await feed('customers', [line]);
  expect({ status, json }).toMatchObject({ status: 200, json: { accepted: 0, rejected: [{}] } });
});

test('what was deleted does not come back by a line from before', async () => {
  await feed('customers', [person('m-4')]);
  await feed('orders', [order('m-o4', 'm-4')]);
  expect((await feed('orders', [{ id: 'm-o4', updatedAt: '2026-11-05T00:00:00Z', deleted: true }])).json.accepted).toBe(1);
  expect((await feed('orders', [order('m-o4', 'm-4')])).json).toEqual({ accepted: 0, stale: 1, rejected: [] });
  expect(await rows(gateway, "select from portico.customer_order where reference = 'm-o4'")).toEqual([]);
  expect((await feed('orders', [order('m-o4', 'm-4', { updatedAt: '2026-11-06T00:00:00Z' })])).json.accepted).toBe(1);
});

test('deleting a person erases them: what they gave ends at once, and they do not come back', async () => {
  await feed('customers', [person('m-5', { familyName: 'Lovelace' })]);
  await feed('orders', [order('m-o5', 'm-5')]);
  const { consent_grant: grantId } = await granted(gateway, partner, 'm-5');
  expect((await feed('customers', [{ id: 'm-5', updatedAt: '2026-11-05T00:00:00Z', deleted: true }])).json).toEqual({ accepted: 1, stale: 0, rejected: [] });
  expect(await stateOf(partner, grantId)).toBe('WITHDRAWN');
  expect(await rows(gateway, "select given_name, family_name, email, reference like 'erased:%' as unreadable from portico.customer where erased_at is not null")).toEqual([
    { given_name: null, family_name: null, email: null, unreadable: true },
  ]);
  expect(await rows(gateway, "select from portico.customer_order where reference = 'm-o5'")).toEqual([]);
  expect((await feed('customers', [person('m-5', { updatedAt: '2027-01-01T00:00:00Z' })])).json.rejected).toEqual([
    { line: 1, id: 'm-5', path: 'id', reason: expect.stringContaining('erased') },
  ]);
  expect((await feed('orders', [order('m-o6', 'm-5')])).json.rejected).toHaveLength(1);
});

test('two bodies about the same people at once are both taken', async () => {
  const many = Array.from({ length: 50 }, (_, n) => person(`m-many-${n}`));
  const answers = await Promise.all([feed('customers', many), feed('customers', many.toReversed()), feed('customers', many)]);
  expect(answers.map(({ status, json }) => [status, json.accepted])).toEqual([
    [200, 50],
    [200, 50],
    [200, 50],
  ]);
});

test('only the marketplace may feed, and feeding is all that it may', async () => {
  expect((await feed('customers', [person('m-x')], await partner.token({ fresh: true }))).status).toBe(401);
  expect((await feed('customers', [person('m-x')], 'nonsense')).status).toBe(401);
  expect((await partner.query('{ viewer { environment { id } } }', {}, { token })).status).toBe(401);
  expect((await feed('people', [])).status).toBe(404);
  const plain = await fetch(`${gateway.url}/marketplace/customers`, {
    method: 'POST',
    headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
    body: '{}',
  });
  expect(plain.status).toBe(415);
  expect((await feed('customers', '\n'.repeat(5_002))).status).toBe(413);
});

test('a revoked credential feeds nothing from the next request on, and neither does its secret', async () => {
  const other = await asMarketplace(gateway, partner.environmentId, tx => issueMarketplaceCredential(tx, 'Old feed', gateway.clock));
  const bearer = await tokenOf(other);
  expect((await feed('customers', [person('m-7')], bearer)).status).toBe(200);
  await asMarketplace(gateway, partner.environmentId, tx => revokeMarketplaceCredential(tx, other.clientId, gateway.clock));
  expect((await feed('customers', [person('m-7')], bearer)).status).toBe(401);
  expect(await tokenOf(other)).toBeUndefined();
});
