/** Limits through the door: of single mutations, and of addresses without a token. */
import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { promisify } from 'node:util';
import { NO_TENANT, inTransaction, openDatabase } from '../../src/platform/postgres/database.ts';
import { openLimitBook, setLimits } from '../../src/limits/index.ts';
import { repositoryRoot } from '../checks/scratch-repository.ts';
import { startTestApp, type TestApp } from '../harness/app.ts';
import type { SeededPartner } from '../harness/seed.ts';

let gateway: TestApp;
let partner: SeededPartner;

beforeAll(async () => {
  gateway = await startTestApp({ limitsAsShipped: true });
  partner = await gateway.seed.partner();
});

afterAll(() => gateway.close());

const ISSUE = `mutation ($key: String!, $id: ID!) {
  issueCredential(input: { integrationId: $id, idempotencyKey: $key }) { credential { id } userErrors { code } }
}`;

describe('a mutation with @rateLimit', () => {
  test('is done as often as it says within the window, however parallel, and not once more', async () => {
    await partner.token();
    const answers = await Promise.all(Array.from({ length: 30 }, (_, i) => partner.query(ISSUE, { id: partner.clientId, key: `at once ${i}` })));
    const refused = answers.filter(({ errors }) => errors?.[0]?.extensions['code'] === 'THROTTLED');
    expect(refused).toHaveLength(10);
    expect(refused[0]!.status).toBe(429);
    expect(refused[0]!.errors).toMatchObject([{ extensions: { violatedPolicies: ['Mutation.issueCredential'], retryAfterMs: 3_600_000 } }]);
  });

  test("is nobody else's limit, nor another mutation's, and ends with its window", async () => {
    const other = await gateway.seed.partner();
    expect((await other.query(ISSUE, { id: other.clientId, key: 'other' })).errors).toBeUndefined();
    const revoke = 'mutation ($id: ID!) { revokeCredential(input: { credentialId: $id }) { userErrors { code } } }';
    expect((await partner.query(revoke, { id: 'crd_none' })).data.revokeCredential.userErrors).toEqual([{ code: 'NOT_FOUND' }]);
    gateway.clock.advance(3_599_999);
    const token = await partner.token({ fresh: true });
    expect((await partner.query(ISSUE, { id: partner.clientId, key: 'early' }, { token })).errors?.[0]?.extensions['code']).toBe('THROTTLED');
    gateway.clock.advance(1);
    expect((await partner.query(ISSUE, { id: partner.clientId, key: 'in time' }, { token })).errors).toBeUndefined();
  });

  test('says so in the schema that partners read', async () => {
    const { data } = await partner.query('{ __type(name: "Mutation") { fields { name description } } }', {}, { token: await partner.token({ fresh: true }) });
    const field = data.__type.fields.find(({ name }: { name: string }) => name === 'issueCredential');
    expect(field.description).toContain('more than 20 times an hour');
  });
});

describe('an address without a token', () => {
  test('has its burst and its rate at the public pages, and is told where it stands', async () => {
    gateway.clock.advance(60_000);
    const first = await fetch(`${gateway.url}/versions.json`);
    expect([first.headers.get('ratelimit-policy'), first.headers.get('ratelimit')]).toEqual(['"address";q=300;w=10', '"address";r=299;t=1']);
    const answers = await Promise.all(Array.from({ length: 320 }, () => fetch(`${gateway.url}/schema/2026-10.graphql`)));
    const refused = answers.filter(({ status }) => status === 429);
    expect(refused).toHaveLength(21);
    const [one] = refused;
    expect(one!.headers.get('ratelimit')).toBe('"address";r=0;t=10');
    expect(Number(one!.headers.get('retry-after'))).toBeGreaterThanOrEqual(10);
    expect(await one!.json()).toMatchObject({ errors: [{ extensions: { code: 'THROTTLED', violatedPolicies: ['address'], retryAfterMs: 34 } }] });
    expect((await fetch(`${gateway.url}/nowhere`)).status).toBe(429);
    expect((await fetch(`${gateway.url}/livez`)).status).toBe(200);
    gateway.clock.advance(1_000);
    const later = await Promise.all(Array.from({ length: 40 }, () => fetch(`${gateway.url}/versions.json`)));
    expect(later.filter(({ status }) => status === 200)).toHaveLength(30);
  });

  test('is counted for operators', async () => {
    const text = await (await fetch(`${gateway.url}/metrics`)).text();
    expect(text).toMatch(/portico_limit_decisions_total\{policy="address",decision="refused"\} \d+/);
    expect(text).toMatch(/portico_limit_decisions_total\{policy="Mutation.issueCredential",decision="refused"\} \d+/);
    expect(text).toContain('portico_redis_degraded 0');
  });
});

describe('limits of tiers', () => {
  const decide = (change: Partial<Parameters<typeof setLimits>[1]>) =>
    inTransaction(gateway.app.database, NO_TENANT, tx =>
      setLimits(
        tx,
        {
          subject: { kind: 'TIER', name: 'COASTAL', environments: 'BOTH' },
          limits: { capacity: 3_000, refillPerSecond: 150, maxOperationCost: 1_500, concurrency: 60 },
          shadowSeconds: 0,
          decidedBy: 'Ada',
          reason: 'A test.',
          ...change,
        },
        gateway.clock,
      ),
    );
  const caller = (facts: { tier?: string; partnerId?: string; integrationId?: string; kind?: 'LIVE' | 'SANDBOX' } = {}) => ({
    tier: facts.tier ?? 'COASTAL',
    partnerId: facts.partnerId ?? 'prt_one',
    integrationId: facts.integrationId ?? 'int_one',
    environment: { kind: facts.kind ?? ('LIVE' as const) },
  });

  test('are in the database from the start, and a tier without any has those of the first', async () => {
    const book = await openLimitBook(gateway.app.database, gateway.clock);
    const capacity = (tier: string) => book.of(caller({ tier })).limits.capacity;
    expect(['HARBOUR', 'COASTAL', 'OCEAN', 'HORIZON', 'UNHEARD_OF'].map(capacity)).toEqual([1_000, 2_000, 4_000, 10_000, 1_000]);
    expect(book.of(caller()).policies).toMatchObject([
      { kind: 'BUCKET', name: 'cost', capacity: 2_000, refillPerSecond: 100, shadow: false },
      { kind: 'CONCURRENCY', name: 'concurrency', limit: 50, shadow: false },
    ]);
  });

  test('follow a decision within two seconds on every gateway; the nearest subject decides', async () => {
    const database = await openDatabase({ url: gateway.database.serviceUrl, entities: [], poolSize: 1, statementTimeoutMs: 5_000, connectTimeoutMs: 800 });
    const [here, there] = [await openLimitBook(gateway.app.database, gateway.clock), await openLimitBook(database, gateway.clock)];
    const refresh = setInterval(() => void Promise.all([here.job.run(), there.job.run()]), here.job.everyMs);
    expect((await decide({})).ok).toBe(true);
    await decide({ subject: { kind: 'INTEGRATION', name: 'int_two', environments: 'BOTH' }, limits: { capacity: 10, refillPerSecond: 1, maxOperationCost: 10, concurrency: 1 } });
    await decide({ subject: { kind: 'TIER', name: 'COASTAL', environments: 'SANDBOX' }, limits: { capacity: 500, refillPerSecond: 5, maxOperationCost: 100, concurrency: 5 } });
    await sleep(1_500);
    clearInterval(refresh);
    for (const book of [here, there]) {
      expect(book.of(caller()).limits.capacity).toBe(3_000);
      expect(book.of(caller({ kind: 'SANDBOX' })).limits.capacity).toBe(500);
      expect(book.of(caller({ integrationId: 'int_two' })).limits.capacity).toBe(10);
    }
    await decide({ subject: { kind: 'INTEGRATION', name: 'int_two', environments: 'BOTH' }, limits: null });
    await here.refresh();
    expect(here.of(caller({ integrationId: 'int_two' })).limits.capacity).toBe(3_000);
    await database.close();
  });

  test('stand in the shadow as long as was decided, and are enforced then; a newer decision ends a shadow', async () => {
    const book = await openLimitBook(gateway.app.database, gateway.clock);
    const names = () => book.of(caller({ tier: 'OCEAN' })).policies.map(policy => `${policy.name} ${policy.kind === 'BUCKET' ? policy.capacity : policy.limit}`);
    const ocean = { kind: 'TIER', name: 'OCEAN', environments: 'BOTH' } as const;
    await decide({ subject: ocean, shadowSeconds: 60 });
    await book.refresh();
    expect(names()).toEqual(['cost 4000', 'concurrency 50', 'cost-shadow 3000', 'concurrency-shadow 60']);
    gateway.clock.advance(59_999);
    expect(names()).toHaveLength(4);
    gateway.clock.advance(1);
    expect(names()).toEqual(['cost 3000', 'concurrency 60']);
    await decide({ subject: ocean, shadowSeconds: 60, limits: { capacity: 1, refillPerSecond: 1, maxOperationCost: 1, concurrency: 1 } });
    await decide({ subject: ocean });
    await book.refresh();
    expect(names()).toEqual(['cost 3000', 'concurrency 60']);
    gateway.clock.advance(60_000);
    expect(names()).toEqual(['cost 3000', 'concurrency 60']);
  });

  test.each([
    ['an operation that no bucket holds', { limits: { capacity: 10, refillPerSecond: 1, maxOperationCost: 11, concurrency: 1 } }, ['limits', 'maxOperationCost']],
    ['a bucket that never fills', { limits: { capacity: 10, refillPerSecond: 0, maxOperationCost: 1, concurrency: 1 } }, ['limits', 'refillPerSecond']],
    ['half a token', { limits: { capacity: 10.5, refillPerSecond: 1, maxOperationCost: 1, concurrency: 1 } }, ['limits', 'capacity']],
    ['a tier without limits', { limits: null }, ['limits']],
    ['a shadow of a hundred days', { shadowSeconds: 100 * 86_400 }, ['shadowSeconds']],
    ['no reason', { reason: ' ' }, ['reason']],
    ['nobody who decides', { decidedBy: '' }, ['decidedBy']],
    ['a partner that is none', { subject: { kind: 'PARTNER', name: 'Acme', environments: 'BOTH' } }, ['subject', 'name']],
  ] as const)('cannot be %s', async (_what, change, path) => {
    expect(await decide(change as never)).toMatchObject({ ok: false, refusal: { code: 'INVALID', path } });
  });

  test('are decided from the command line, with the reason kept', async () => {
    const env = { PATH: process.env['PATH'], DATABASE_URL: gateway.database.serviceUrl, DATABASE_OWNER_URL: gateway.database.ownerUrl };
    const portico = (...args: string[]) => promisify(execFile)(process.execPath, [join(repositoryRoot, 'bin/portico.js'), 'limits', ...args], { env });
    const numbers = ['--capacity', '700', '--refill', '35', '--max-operation-cost', '700', '--concurrency', '20'];
    const { stdout } = await portico('set', '--tier', 'HARBOUR', ...numbers, '--shadow-hours', '1', '--by', 'Ada Admin', '--reason', 'A trial.', '--json');
    expect(JSON.parse(stdout)).toMatchObject({ subject: 'TIER HARBOUR', environments: 'BOTH', capacity: 700, refillPerSecond: 35, decidedBy: 'Ada Admin', reason: 'A trial.' });
    const [newest] = JSON.parse((await portico('history', '--json')).stdout) as { reason: string; decidedAt: string; enforcedFrom: string }[];
    expect(newest!.reason).toBe('A trial.');
    expect(Date.parse(newest!.enforcedFrom) - Date.parse(newest!.decidedAt)).toBe(3_600_000);
    await expect(portico('set', '--tier', 'HARBOUR', '--capacity', '1', '--by', 'Ada', '--reason', 'None.')).rejects.toMatchObject({
      code: 1,
      stderr: expect.stringContaining('Limits are four numbers') as string,
    });
  }, 60_000);
});
