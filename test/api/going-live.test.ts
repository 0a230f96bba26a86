/** Live is closed to an integration until its partner's sandboxes have shown every step, but for the way there. */
import pg from 'pg';
import { isOpenBeforeLive } from '../../src/onboarding/index.ts';
import { startTestApp, type TestApp } from '../harness/app.ts';
import type { SeededPartner } from '../harness/seed.ts';
import { answerTo, change, makeSandbox } from './sandbox-asking.ts';

let gateway: TestApp;
let newcomer: SeededPartner;
let owner: pg.Client;

beforeAll(async () => {
  gateway = await startTestApp();
  owner = new pg.Client({ connectionString: gateway.database.ownerUrl });
  await owner.connect();
});
beforeEach(async () => {
  newcomer = await gateway.seed.partner(undefined, { live: false });
});
afterAll(async () => {
  await owner.end();
  await gateway.close();
});

const REQUEST = 'mutation { requestConsent(input: { purpose: "order_support", scopes: [], idempotencyKey: "x" }) { userErrors { code } } }';

const codes = ({ errors }: { readonly errors?: readonly { readonly extensions: Record<string, unknown> }[] | undefined }): unknown[] =>
  (errors ?? []).map(({ extensions }) => extensions['code']);

const goLive = (partner: SeededPartner, input = {}) => change(partner, 'goLive', input, 'integration { id liveAt }');

/** All steps but those named, as sandboxes would have shown them. */
const show = ({ environmentId, partnerId }: SeededPartner, ...butNot: string[]) =>
  owner.query(
    `insert into portico.onboarding_evidence select environment_id, partner_id, step, now(), '{req_1}' from portico.onboarding_step
     where environment_id = $1 and partner_id = $2 and step <> all ($3) on conflict do nothing`,
    [environmentId, partnerId, butNot],
  );

test('before going live, what leads there is open, and what touches people is refused by name', async () => {
  const { data } = await newcomer.query('{ __schema { queryType { fields { name } } mutationType { fields { name } } } }');
  const fields = [...data.__schema.queryType.fields, ...data.__schema.mutationType.fields].map(({ name }: { name: string }) => name);
  expect(fields.filter(field => !isOpenBeforeLive(field))).toEqual(expect.arrayContaining(['relinquishConsent', 'requestConsent']));
  expect(codes(await newcomer.query('{ viewer { apiVersion } milestones(first: 1) { nodes { id } } awards(first: 1) { nodes { id } } }'))).toEqual([]);
  for (const query of [REQUEST, `mutation { ...Asking } fragment Asking on Mutation { ${REQUEST.slice('mutation { '.length, -2)} }`]) {
    const refused = await newcomer.query(query);
    expect([refused.status, codes(refused)]).toEqual([403, ['FORBIDDEN']]);
    expect(refused.errors![0]!.message).toContain('`requestConsent` is closed');
  }
});

test('events of whoever is not live are refused, and count in its sandbox', async () => {
  const { inside } = await makeSandbox(gateway, newcomer);
  const statuses = await Promise.all(
    [newcomer, inside].map(async asker => {
      const response = await fetch(`${gateway.url}/events`, {
        method: 'POST',
        headers: { authorization: `Bearer ${await asker.token()}`, 'content-type': 'application/cloudevents+json' },
        body: JSON.stringify({ specversion: '1.0', id: 'o-1', source: '/shop', type: 'order.placed', time: new Date(gateway.clock.now()).toISOString(), data: {} }),
      });
      return response.status;
    }),
  );
  expect(statuses).toEqual([403, 200]);
});

test('a newcomer has sandboxes before it is live, and everything is open in them', async () => {
  const { inside } = await makeSandbox(gateway, newcomer);
  expect(codes(await inside.query(REQUEST))).not.toContain('FORBIDDEN');
  expect((await goLive(inside)).userErrors).toMatchObject([{ code: 'LIVE_ONLY' }]);
});

test('goLive is refused while a step is open, and names it', async () => {
  await show(newcomer, 'LIST_PAGED', 'BROWNOUT_SURVIVED');
  const { integration, userErrors } = await goLive(newcomer);
  expect(integration).toBeNull();
  expect(userErrors).toMatchObject([{ code: 'CHECKLIST_OPEN', message: expect.stringContaining('LIST_PAGED, BROWNOUT_SURVIVED'), path: [] }]);
  expect(codes(await newcomer.query(REQUEST))).toEqual(['FORBIDDEN']);
});

test('once every step was shown it opens live from the next request on, and again changes nothing', async () => {
  await show(newcomer);
  expect(codes(await newcomer.query(REQUEST))).toEqual(['FORBIDDEN']);
  const { integration, userErrors } = await goLive(newcomer);
  expect(userErrors).toEqual([]);
  expect(integration).toEqual({ id: newcomer.clientId, liveAt: new Date(gateway.clock.now()).toISOString() });
  gateway.clock.advance(1000);
  expect(codes(await newcomer.query(REQUEST))).toEqual([]);
  expect((await goLive(newcomer)).integration).toEqual(integration);
});

test("nobody takes another partner's integration live, and one that people let in is live at once", async () => {
  const other = await gateway.seed.partner();
  expect((await goLive(newcomer, { integrationId: other.clientId })).userErrors).toMatchObject([{ code: 'NOT_FOUND', path: ['integrationId'] }]);
  expect(codes(await answerTo(other, 'requestConsent', { purpose: 'order_support', scopes: [] }, 'consentRequest { id }'))).toEqual([]);
  const inWorld = await (await gateway.seed.world(await gateway.seed.sandboxOf(other)))('TinyTailor');
  expect(codes(await inWorld.query(REQUEST))).toEqual([]);
});
