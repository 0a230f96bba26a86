/** Whoever loses the right to come in loses it with the next request, on every gateway, whatever
    was remembered of them. */
import { startTestApp, type TestApp } from '../harness/app.ts';
import type { SeededPartner } from '../harness/seed.ts';
import { ask } from '../harness/seed.ts';
import { inTransaction } from '../../src/platform/postgres/database.ts';
import { reinstatePartner, revokeCredential, suspendIntegration, suspendPartner } from '../../src/partners/index.ts';

let first: TestApp;
let second: TestApp;

beforeAll(async () => {
  first = await startTestApp();
  second = await startTestApp({ beside: first });
});
afterAll(async () => {
  await second.close();
  await first.close();
});

const question = '{ viewer { integration { name } } }';

async function statuses(partner: SeededPartner): Promise<number[]> {
  const token = await partner.token();
  return Promise.all([first.url, second.url].map(async url => (await ask(url, { query: question }, { token })).status));
}

const asMarketplace = <T>(partner: SeededPartner, work: Parameters<typeof inTransaction<T>>[2]): Promise<T> =>
  inTransaction(first.app.database, { environmentId: partner.environmentId, partnerId: '*' }, work);

const revokeToken = async (partner: SeededPartner): Promise<number> =>
  (
    await fetch(`${first.url}/oauth/revoke`, {
      method: 'POST',
      body: new URLSearchParams({ token: await partner.token(), client_id: partner.clientId, client_secret: partner.clientSecret }),
    })
  ).status;

test.each<[string, (partner: SeededPartner) => Promise<unknown>]>([
  ['a revoked token', revokeToken],
  ['a suspended partner', partner => asMarketplace(partner, tx => suspendPartner(tx, partner.partnerId))],
  ['a suspended integration', partner => asMarketplace(partner, tx => suspendIntegration(tx, partner.clientId))],
  [
    'a revoked credential',
    partner =>
      asMarketplace(partner, async tx => {
        const [credential] = await tx.query<{ id: string }[]>('select id from portico.credential where environment_id = $1 and integration_id = $2', [
          partner.environmentId,
          partner.clientId,
        ]);
        return revokeCredential(tx, credential!.id, first.clock);
      }),
  ],
])('%s is refused at once by both gateways', async (_title, lose) => {
  const partner = await first.seed.partner();
  expect(await statuses(partner)).toEqual([200, 200]);
  await lose(partner);
  expect(await statuses(partner)).toEqual([401, 401]);
});

test('a partner that is reinstated goes on with the token it has', async () => {
  const partner = await first.seed.partner();
  await partner.token();
  await asMarketplace(partner, tx => suspendPartner(tx, partner.partnerId));
  expect(await statuses(partner)).toEqual([401, 401]);
  await asMarketplace(partner, tx => reinstatePartner(tx, partner.partnerId));
  expect(await statuses(partner)).toEqual([200, 200]);
});

test('the suspension of a partner closes its sandboxes', async () => {
  const owner = await first.seed.partner();
  const rehearsing = await first.seed.partner(await first.seed.sandboxOf(owner));
  expect(await statuses(rehearsing)).toEqual([200, 200]);
  await asMarketplace(owner, tx => suspendPartner(tx, owner.partnerId));
  expect(await statuses(rehearsing)).toEqual([401, 401]);
});

test('a token ends with its fifteen minutes', async () => {
  const partner = await first.seed.partner();
  expect(await statuses(partner)).toEqual([200, 200]);
  first.clock.advance(15 * 60_000 + 6_000);
  expect(await statuses(partner)).toEqual([401, 401]);
});

test('introspection alone is refused to whom the door is closed', async () => {
  const partner = await first.seed.partner();
  const token = await partner.token();
  expect((await ask(first.url, { query: '{ __schema { queryType { name } } }' }, { token })).status).toBe(200);
  await asMarketplace(partner, tx => suspendPartner(tx, partner.partnerId));
  expect((await ask(first.url, { query: '{ __schema { queryType { name } } }' }, { token })).status).toBe(401);
});

test('a sandbox whose clock moved is placed anew, on a gateway that remembered the old time', async () => {
  const owner = await first.seed.partner();
  const sandbox = await first.seed.sandboxOf(owner);
  const rehearsing = await first.seed.partner(sandbox);
  const now = async (): Promise<{ now: string; wallNow: string }> => (await rehearsing.query('{ viewer { environment { now wallNow } } }')).data.viewer.environment;
  const before = await now();
  expect(before.now).toBe(before.wallNow);
  await inTransaction(first.app.database, { environmentId: sandbox, partnerId: '*' }, tx =>
    tx.query('update portico.environment set clock_offset_ms = clock_offset_ms + 86400000 where id = $1', [sandbox]),
  );
  const after = await now();
  expect(Date.parse(after.now) - Date.parse(after.wallNow)).toBe(86_400_000);
});
