/** Faults that a sandbox asks for: what a client meets is what it would meet in earnest, in that
    sandbox alone. */
import { startTestApp, type TestApp } from '../harness/app.ts';
import { ask, type SeededPartner } from '../harness/seed.ts';
import { change, makeSandbox, type OwnSandbox } from './sandbox-asking.ts';

const QUERY = '{ viewer { apiVersion } milestones(first: 3) { nodes { id reward { title } } } }';
const FAULTS = 'faults { kind rate until }';
const MINUTE_MS = 60_000;

let gateway: TestApp;
let partner: SeededPartner;
let own: OwnSandbox;
let other: OwnSandbox;

beforeAll(async () => {
  gateway = await startTestApp();
  partner = await (await gateway.seed.world())('FairShare');
  own = await makeSandbox(gateway, partner);
  other = await makeSandbox(gateway, partner);
});
afterAll(() => gateway.close());
afterEach(() => change(partner, 'clearFaults', { sandboxId: own.id }, FAULTS));

const withHeader = (asker: SeededPartner, fault: string, query = QUERY) => asker.query(query, undefined, { headers: { 'sandbox-fault': fault } });
const inject = (kind: string, more: Record<string, unknown> = {}) => change(partner, 'injectFault', { sandboxId: own.id, kind, ...more }, FAULTS);

/** Whether each of so many requests met a fault. */
async function meets(count: number, asker = own.inside): Promise<boolean[]> {
  const met: boolean[] = [];
  for (let i = 0; i < count; i++) met.push((await asker.query(QUERY)).headers.has('sandbox-fault'));
  return met;
}

test('rate_limited is the answer of an empty budget, and draws nothing', async () => {
  const before = (await own.inside.query(QUERY)).extensions!['cost'].throttleStatus.currentlyAvailable;
  const answer = await withHeader(own.inside, 'rate_limited');
  expect(answer.status).toBe(429);
  expect(answer.data).toBeUndefined();
  expect(answer.errors![0]!.extensions).toMatchObject({ code: 'THROTTLED', violatedPolicies: ['cost'], retryAfterMs: 1000 });
  expect(answer.headers.get('retry-after')).toBe('1');
  expect(answer.headers.get('ratelimit')).toContain('"cost";r=0;t=1');
  expect(answer.extensions).toMatchObject({ sandboxFaults: ['rate_limited'], cost: { actualQueryCost: null, throttleStatus: { currentlyAvailable: 0 } } });
  expect(answer.headers.get('sandbox-fault')).toBe('rate_limited');
  const { throttleStatus } = (await own.inside.query('{ __typename }')).extensions!['cost'];
  expect(throttleStatus.currentlyAvailable).toBeGreaterThanOrEqual(before);
});

test('unavailable is the answer of a lost database, and nobody pays for it', async () => {
  const answer = await withHeader(own.inside, 'unavailable');
  expect(answer.status).toBe(503);
  expect(answer.errors![0]!.extensions['code']).toBe('UNAVAILABLE');
  expect(answer.headers.get('retry-after')).toBe('1');
  expect(answer.extensions).toMatchObject({ sandboxFaults: ['unavailable'], cost: { actualQueryCost: 0 } });
});

test('a mutation that meets unavailable has done nothing', async () => {
  const refused = await withHeader(own.inside, 'unavailable', 'mutation { freezeClock(input: { idempotencyKey: "f" }) { isFrozen } }');
  expect(refused.status).toBe(503);
  const { now, wallNow } = (await own.inside.query('{ viewer { environment { now wallNow } } }')).data.viewer.environment;
  gateway.clock.advance(1000);
  const later = (await own.inside.query('{ viewer { environment { now wallNow } } }')).data.viewer.environment;
  expect(Date.parse(later.now) - Date.parse(now)).toBe(Date.parse(later.wallNow) - Date.parse(wallNow));
});

test('latency takes that long, and comes before what else goes wrong', async () => {
  const began = performance.now();
  const answer = await withHeader(own.inside, 'latency:250, unavailable');
  expect(performance.now() - began).toBeGreaterThanOrEqual(245);
  expect(answer.status).toBe(503);
  expect(answer.headers.get('sandbox-fault')).toBe('latency:250, unavailable');
});

test('partial_error fails the first field that may be null, and the rest of the answer holds', async () => {
  const whole = await own.inside.query(QUERY);
  const answer = await withHeader(own.inside, 'partial_error');
  expect(answer.status).toBe(200);
  expect(whole.data.milestones.nodes[0].reward).not.toBeNull();
  whole.data.milestones.nodes[0].reward = null;
  expect(answer.data).toEqual(whole.data);
  expect(answer.errors).toEqual([expect.objectContaining({ path: ['milestones', 'nodes', 0, 'reward'], extensions: expect.objectContaining({ code: 'UNAVAILABLE' }) })]);
  expect(answer.extensions!['sandboxFaults']).toEqual(['partial_error']);
});

test('partial_error finds its field by its alias, in a fragment and at the root', async () => {
  const aliased = await withHeader(own.inside, 'partial_error', '{ all: milestones(first: 3) { nodes { ...M } } } fragment M on Milestone { id earns: reward { title } }');
  // The second one's is null in earnest.
  expect(aliased.data.all.nodes.map(({ earns }: { earns: unknown }) => earns === null)).toEqual([true, true, false]);
  expect(aliased.errors![0]!.path).toEqual(['all', 'nodes', 0, 'earns']);
  const root = await withHeader(own.inside, 'partial_error', `{ viewer { apiVersion } integration(id: "${own.inside.clientId}") { id } }`);
  expect(root.data).toEqual({ viewer: { apiVersion: expect.any(String) }, integration: null });
});

test('where no field may be null, partial_error does nothing and is not told', async () => {
  const answer = await withHeader(own.inside, 'partial_error', '{ viewer { apiVersion } }');
  expect(answer.errors).toBeUndefined();
  expect(answer.headers.has('sandbox-fault')).toBe(false);
});

test.each(['Milestone.reward', 'Reward', 'Query.milestones(first:)'])('a brownout of %s refuses what uses it and nothing else', async coordinate => {
  const answer = await withHeader(own.inside, `brownout:${coordinate}`);
  expect(answer.status).toBe(400);
  expect(answer.errors![0]!.extensions).toMatchObject({ code: 'BROWNOUT', coordinate });
  expect(answer.headers.get('sandbox-fault')).toBe(`brownout:${coordinate}`);
  const others = await withHeader(own.inside, `brownout:${coordinate}`, '{ viewer { apiVersion } }');
  expect(others.errors).toBeUndefined();
});

test('live refuses the header and the mutation with SANDBOX_VALUE_IN_LIVE, and runs nothing', async () => {
  const header = await withHeader(partner, 'unavailable');
  expect([header.status, header.errors![0]!.extensions['code'], header.data]).toEqual([400, 'SANDBOX_VALUE_IN_LIVE', undefined]);
  for (const mutation of ['injectFault(input: { kind: "unavailable" })', 'clearFaults(input: {})']) {
    const answer = await partner.query(`mutation { ${mutation} { userErrors { code } } }`);
    expect([answer.status, answer.errors![0]!.extensions['code']]).toEqual([400, 'SANDBOX_VALUE_IN_LIVE']);
  }
});

test.each([
  ['in a variable', 'query ($id: ID!) { node(id: $id) { id } }', { id: 'shp_test_allow_all' }],
  ['in the document', '{ node(id: "prt_test_tier_drop") { id } }', undefined],
])('live refuses a magic value %s, each time, and a sandbox takes it', async (_where, query, variables) => {
  for (let time = 0; time < 2; time++) expect((await partner.query(query, variables)).errors![0]!.extensions['code']).toBe('SANDBOX_VALUE_IN_LIVE');
  expect((await own.inside.query(query, variables)).data).toEqual({ node: null });
});

test('variables that nest without end are no fault of ours in live', async () => {
  const deep = `${'['.repeat(50_000)}"shp_test_allow_all"${']'.repeat(50_000)}`;
  const body = `{"query":"{ viewer { apiVersion } }","variables":{"deep":${deep}}}`;
  for (let time = 0; time < 2; time++) expect((await ask(gateway.url, body, { token: await partner.token() })).status).toBe(200);
});

test.each(['nonsense', 'webhook_500', 'latency:10001', 'brownout:Query.nothing', 'latency:1,latency:1,latency:1,latency:1,latency:1'])(
  'the header %s is bad input, and the message says what can be sent',
  async fault => {
    const answer = await withHeader(own.inside, fault);
    expect(answer.status).toBe(400);
    expect(answer.errors![0]!.extensions['code']).toBe('BAD_USER_INPUT');
    expect(answer.errors![0]!.message).toContain('Sandbox-Fault');
  },
);

test('an injected fault befalls its sandbox at once and until it is cleared, and nobody else', async () => {
  expect(await meets(2)).toEqual([false, false]);
  const { faults, userErrors } = await inject('rate_limited');
  expect(userErrors).toEqual([]);
  expect(faults).toEqual([{ kind: 'rate_limited', rate: 1, until: new Date(gateway.clock.now() + 3_600_000).toISOString() }]);
  expect(await meets(3)).toEqual([true, true, true]);
  expect(await meets(2, other.inside)).toEqual([false, false]);
  expect(await meets(2, partner)).toEqual([false, false]);
  await change(partner, 'clearFaults', { sandboxId: own.id }, FAULTS);
  expect(await meets(2)).toEqual([false, false]);
});

test("with the sandbox's own token its faults are injected, read and ended, however much fails", async () => {
  await change(own.inside, 'injectFault', { kind: 'latency:1' }, FAULTS);
  const { faults } = await change(own.inside, 'injectFault', { kind: 'unavailable', rate: 0.5 }, FAULTS);
  expect(faults.map(({ kind }: { kind: string }) => kind)).toEqual(['latency:1', 'unavailable']);
  const seen = await own.inside.query(`{ viewer { environment { ${FAULTS} } } }`);
  expect(seen.data.viewer.environment.faults).toEqual(faults);
  await change(own.inside, 'injectFault', { kind: 'unavailable' }, FAULTS);
  expect((await own.inside.query(QUERY)).status).toBe(503);
  expect((await change(own.inside, 'clearFaults', {}, FAULTS)).faults).toEqual([]);
  expect(await meets(1)).toEqual([false]);
});

test('a rate is kept exactly and evenly', async () => {
  await inject('latency:0', { rate: 0.25 });
  expect(await meets(12)).toEqual(Array.from({ length: 12 }, (_, i) => i % 4 === 3));
});

test('a fault ends by itself at its instant, in real time', async () => {
  await inject('unavailable', { until: new Date(gateway.clock.now() + MINUTE_MS).toISOString() });
  gateway.clock.advance(MINUTE_MS - 1);
  expect((await own.inside.query(QUERY)).status).toBe(503);
  gateway.clock.advance(1);
  expect((await own.inside.query(QUERY)).status).toBe(200);
});

test('a second gateway meets the fault, and its end, with the next request', async () => {
  const second = await startTestApp({ beside: gateway });
  try {
    const token = await own.inside.token({ fresh: true });
    const there = async (): Promise<number> =>
      (
        await fetch(`${second.url}/graphql`, {
          method: 'POST',
          headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
          body: JSON.stringify({ query: QUERY }),
        })
      ).status;
    expect(await there()).toBe(200);
    await inject('unavailable');
    expect(await there()).toBe(503);
    await change(partner, 'clearFaults', { sandboxId: own.id }, FAULTS);
    expect(await there()).toBe(200);
  } finally {
    await second.close();
  }
});

test('a reset ends them, and a fork does not take them along', async () => {
  await inject('unavailable');
  const forked = await change(partner, 'forkSandbox', { sandboxId: own.id, name: 'Fork' }, 'clientId clientSecret sandbox { id environmentId }');
  expect(forked.userErrors).toEqual([]);
  expect(await environmentFaults(forked.sandbox.environmentId)).toEqual([]);
  await change(partner, 'resetSandbox', { sandboxId: own.id }, 'environmentId');
  expect(await meets(1)).toEqual([false]);
});

async function environmentFaults(environmentId: string): Promise<unknown> {
  return gateway.app.database.dataSource.transaction(async tx => {
    await tx.query("select set_config('portico.environment_id', $1, true), set_config('portico.partner_id', '*', true)", [environmentId]);
    const [row] = await tx.query<{ faults: unknown }[]>('select faults from portico.environment where id = $1', [environmentId]);
    return row!.faults;
  });
}

test('the database itself takes no fault for live', async () => {
  const setting = gateway.app.database.dataSource.transaction(async tx => {
    await tx.query("select set_config('portico.environment_id', $1, true), set_config('portico.partner_id', '*', true)", [partner.environmentId]);
    await tx.query(`update portico.environment set faults = '[{"kind":"unavailable","rate":1,"until":"2099-01-01T00:00:00Z"}]' where id = $1`, [partner.environmentId]);
  });
  await expect(setting).rejects.toMatchObject({ code: '23514' });
});
