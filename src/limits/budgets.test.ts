import { setTimeout as sleep } from 'node:timers/promises';
import fc from 'fast-check';
import { describeWithRedis } from '../../test/harness/redis.ts';
import { describeWithOwnRedis, startRedisCluster } from '../../test/harness/redis-cluster.ts';
import type { RedisServer } from '../../test/harness/redis-server.ts';
import { wallClock } from '../base/clock.ts';
import { newId } from '../base/ids.ts';
import { openRedis, type RedisLink } from '../platform/redis.ts';
import { openBudgets, type Admission, type Admitted, type Budgets } from './budgets.ts';
import type { BucketPolicy, ConcurrencyPolicy } from './policy.rules.ts';

const quiet = { info: () => undefined, warn: () => undefined };

const cost = (facts: Partial<BucketPolicy> = {}): BucketPolicy => ({ kind: 'BUCKET', name: 'cost', capacity: 100, refillPerSecond: 50, shadow: false, ...facts });
const inFlight = (facts: Partial<ConcurrencyPolicy> = {}): ConcurrencyPolicy => ({ kind: 'CONCURRENCY', name: 'concurrency', limit: 3, leaseMs: 10_000, shadow: false, ...facts });

const admitted = (answers: readonly Admission[]): Admitted[] => answers.filter(answer => answer.ok);
const standing = (answer: Admission, name: string) => answer.standings.find(({ policy }) => policy.name === name)!;

/** What every way of counting promises. */
function contract(open: () => Budgets): void {
  let budgets: Budgets;
  let key: string;

  beforeEach(() => {
    budgets = open();
    key = newId('int');
  });

  const ask = (price: number, policies = [cost()] as readonly (BucketPolicy | ConcurrencyPolicy)[]) => budgets.admit({ key, policies, cost: price });
  const admit = async (...draw: Parameters<typeof ask>): Promise<Admitted> => {
    const answer = await ask(...draw);
    if (!answer.ok) throw new Error(`refused by ${answer.violatedPolicies.join()}`);
    return answer;
  };

  test('a full bucket is spent at once and not beyond, whoever asks at the same time', async () => {
    const answers = await Promise.all(Array.from({ length: 200 }, () => ask(10, [cost({ refillPerSecond: 1 })])));
    expect(admitted(answers)).toHaveLength(10);
    const refused = answers.find(answer => !answer.ok)!;
    expect(refused).toMatchObject({ ok: false, degraded: false, violatedPolicies: ['cost'] });
  });

  test('it refills by itself, as soon as was told and no sooner', async () => {
    await admit(100);
    const refused = await ask(20);
    if (refused.ok) throw new Error('admitted too early');
    expect(refused.retryAfterMs).toBeGreaterThan(200);
    expect(refused.retryAfterMs).toBeLessThanOrEqual(400);
    await sleep(refused.retryAfterMs + 5);
    expect((await ask(20)).ok).toBe(true);
    expect((await ask(20)).ok).toBe(false);
  });

  test('what is left and when all is back are told after each draw', async () => {
    const answer = await admit(30);
    const { limit, remaining, fullInMs, violated } = standing(answer, 'cost');
    expect([limit, remaining, violated]).toEqual([100, 70, false]);
    expect(fullInMs).toBe(600);
  });

  test('an operation dearer than the bucket is never admitted', async () => {
    expect((await ask(101)).ok).toBe(false);
    expect((await ask(100)).ok).toBe(true);
  });

  test('what a request did not cost after all comes back, once', async () => {
    const answer = await admit(100, [cost({ refillPerSecond: 1 })]);
    expect(budgets.settle(answer, 40)).toMatchObject([{ remaining: 60 }]);
    budgets.settle(answer, 0);
    const next = await ask(61, [cost({ refillPerSecond: 1 })]);
    expect([next.ok, standing(next, 'cost').remaining]).toEqual([false, 60]);
    expect((await ask(60, [cost({ refillPerSecond: 1 })])).ok).toBe(true);
  });

  test('a refund never fills a bucket beyond its brim, and a price above the estimate takes nothing more', async () => {
    const first = await admit(50);
    await sleep(1_100);
    budgets.settle(first, 0);
    const next = await admit(10, [cost({ refillPerSecond: 1 })]);
    expect(standing(next, 'cost').remaining).toBe(90);
    budgets.settle(next, 1_000);
    expect(standing(await ask(0, [cost({ refillPerSecond: 1 })]), 'cost').remaining).toBe(90);
  });

  test('so many requests are in flight and not more; one that ends makes room', async () => {
    const policies = [cost(), inFlight()];
    const first = await admit(1, policies);
    await admit(1, policies);
    expect(standing(await admit(1, policies), 'concurrency')).toMatchObject({ limit: 3, remaining: 0, violated: false });
    const fourth = await ask(1, policies);
    expect(fourth).toMatchObject({ ok: false, violatedPolicies: ['concurrency'] });
    budgets.settle(first, 1);
    expect((await ask(1, policies)).ok).toBe(true);
    expect((await ask(1, policies)).ok).toBe(false);
  });

  test('the place of a request that never ended comes back by itself', async () => {
    const policies = [inFlight({ limit: 1, leaseMs: 200 })];
    await admit(0, policies);
    expect((await ask(0, policies)).ok).toBe(false);
    await sleep(250);
    expect((await ask(0, policies)).ok).toBe(true);
  });

  test('a refusal names all policies without room and takes nothing from any', async () => {
    const policies = [cost({ refillPerSecond: 1 }), inFlight({ limit: 2 })];
    await admit(60, policies);
    const dear = await ask(60, policies);
    expect(dear).toMatchObject({ ok: false, violatedPolicies: ['cost'] });
    await admit(1, policies);
    const both = await ask(60, policies);
    expect(both).toMatchObject({ ok: false, violatedPolicies: ['cost', 'concurrency'] });
    expect([standing(both, 'cost').remaining, standing(both, 'concurrency').remaining]).toEqual([39, 0]);
    expect(await ask(1, policies)).toMatchObject({ ok: false, violatedPolicies: ['concurrency'] });
  });

  test('a shadow is counted and shown, and refuses nobody', async () => {
    const policies = [cost({ refillPerSecond: 1 }), cost({ name: 'cost-shadow', capacity: 30, refillPerSecond: 1, shadow: true })];
    expect((await admit(20, policies)).standings).toMatchObject([{ remaining: 80 }, { remaining: 10, violated: false }]);
    const beyond = await admit(20, policies);
    expect(beyond.standings).toMatchObject([{ remaining: 60 }, { remaining: 10, violated: true }]);
    // It took nothing from the shadow, so it gives nothing back to it.
    expect(budgets.settle(beyond, 0)).toMatchObject([{ remaining: 80 }, { remaining: 10 }]);
    expect((await admit(10, policies)).standings).toMatchObject([{ remaining: 70 }, { remaining: 0, violated: false }]);
  });

  test("one key's draws are nobody else's", async () => {
    await admit(100);
    expect((await budgets.admit({ key: newId('int'), policies: [cost()], cost: 100 })).ok).toBe(true);
  });

  test('a smaller bucket is in force at once, and does not remember what a larger one allowed', async () => {
    await admit(100, [cost({ refillPerSecond: 10 })]);
    const answer = await ask(1, [cost({ capacity: 10, refillPerSecond: 10 })]);
    expect(standing(answer, 'cost').fullInMs).toBeLessThanOrEqual(1_000);
    await sleep(1_050);
    expect((await ask(10, [cost({ capacity: 10, refillPerSecond: 10 })])).ok).toBe(true);
  });

  test('over a while no more is admitted than the burst and the rate allow', async () => {
    const policy = cost({ capacity: 50, refillPerSecond: 100 });
    const start = performance.now();
    let spent = 0;
    await Promise.all(
      Array.from({ length: 8 }, async (_, i) => {
        while (performance.now() - start < 1_000) {
          const answer = await ask(i + 3, [policy]);
          if (answer.ok) spent += i + 3;
          else await sleep(Math.min(answer.retryAfterMs, 20));
        }
      }),
    );
    const seconds = (performance.now() - start) / 1_000;
    expect(spent).toBeLessThanOrEqual(50 + 100 * seconds);
    expect(spent).toBeGreaterThan(100);
  });
}

describe('in one process', () => {
  contract(() => openBudgets({ clock: wallClock, redis: null, gatewayCount: 1 }));

  const at = (start: number) => {
    const clock = { instant: start, now: () => clock.instant };
    return clock;
  };

  test('the arithmetic is exact, however often it is drawn from', async () => {
    const clock = at(0);
    const budgets = openBudgets({ clock, redis: null, gatewayCount: 1 });
    const policy = cost({ capacity: 1_000, refillPerSecond: 3 });
    const draw = (price: number) => budgets.admit({ key: 'a', policies: [policy], cost: price });
    for (let i = 0; i < 1_000; i++) expect((await draw(1)).ok).toBe(true);
    for (let i = 1; i <= 3_000; i++) {
      clock.instant = i;
      expect((await draw(1)).ok).toBe([334, 667, 1_000].includes(i % 1_000 || 1_000));
    }
  });

  test('whatever is drawn and whenever, burst plus rate is never exceeded, and what is told is true', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.integer({ min: 1, max: 500 }),
        fc.integer({ min: 1, max: 200 }),
        fc.array(fc.record({ waitMs: fc.nat(3_000), price: fc.nat(600), actual: fc.nat(600) }), { maxLength: 60 }),
        async (capacity, refillPerSecond, steps) => {
          const clock = at(0);
          const budgets = openBudgets({ clock, redis: null, gatewayCount: 1 });
          const draw = (price: number) => budgets.admit({ key: 'a', policies: [cost({ capacity, refillPerSecond })], cost: price });
          const untrue: string[] = [];
          const claim = (holds: boolean, what: string): void => void (holds || untrue.push(what));
          let spent = 0;
          for (const { waitMs, price, actual } of steps) {
            clock.instant += waitMs;
            const answer = await draw(price);
            const { remaining, fullInMs } = answer.standings[0]!;
            claim(remaining >= 0, 'never negative');
            claim(Math.abs((capacity - remaining) / refillPerSecond - fullInMs / 1_000) <= 1 / refillPerSecond + 0.001, 'full when told');
            if (answer.ok) {
              spent += Math.min(price, actual);
              budgets.settle(answer, actual);
              claim(spent <= capacity + (refillPerSecond * clock.instant) / 1_000, 'burst plus rate');
            } else if (price <= capacity) {
              clock.instant += answer.retryAfterMs - 1;
              claim(!(await draw(price)).ok, 'not sooner than told');
              clock.instant += 1;
              claim((await draw(price)).ok, 'as soon as told');
              spent += price;
            }
          }
          expect(untrue).toEqual([]);
        },
      ),
      { numRuns: 200 },
    );
  });

  test('gateways that count alone have a share each; an operation dearer than a share waits for all of it', async () => {
    const clock = at(0);
    const budgets = openBudgets({ clock, redis: null, gatewayCount: 4 });
    const policies = [cost({ capacity: 1_000, refillPerSecond: 50 }), inFlight({ limit: 50 })];
    const draw = (price: number) => budgets.admit({ key: 'a', policies, cost: price });
    const dear = await draw(800);
    expect(dear).toMatchObject({
      ok: true,
      standings: [
        { limit: 250, remaining: 0, fullInMs: 64_000 },
        { limit: 12, remaining: 11 },
      ],
    });
    clock.instant = 63_999;
    expect((await draw(800)).ok).toBe(false);
    clock.instant = 64_000;
    expect((await draw(800)).ok).toBe(true);
    expect((await draw(1_001)).ok).toBe(false);
  });

  test('its memory is bounded, and no key is forgotten that has anything to forget', async () => {
    const clock = at(0);
    const budgets = openBudgets({ clock, redis: null, gatewayCount: 1, maxKeys: 100 });
    const draw = (key: number, price = 100) => budgets.admit({ key: `k${key}`, policies: [cost()], cost: price });
    for (let i = 0; i < 100; i++) expect((await draw(i)).ok).toBe(true);
    // No room is left: all further newcomers are one between them.
    expect((await draw(100)).ok).toBe(true);
    for (let i = 101; i < 1_000; i++) expect((await draw(i)).ok).toBe(false);
    for (let i = 0; i < 100; i++) expect((await draw(i, 1)).ok).toBe(false);
    clock.instant = 2_000;
    for (let i = 2_000; i < 2_100; i++) expect((await draw(i)).ok).toBe(true);
  });
});

/** Links that are ready, and end with the suite. */
function links(): { open: (url: string, options?: Parameters<typeof openRedis>[2]) => Promise<RedisLink>; close: () => void } {
  const opened: RedisLink[] = [];
  return {
    async open(url, options) {
      // A busy machine may be slower than the usual patience, and what is tested here is the counting.
      const link = openRedis(url, quiet, { patienceMs: 5_000, ...options });
      opened.push(link);
      for (
        let i = 0;
        i < 500 &&
        !(await link.ask(
          async () => true,
          () => false,
        ));
        i++
      )
        await sleep(10);
      return link;
    },
    close: () => opened.forEach(link => link.close()),
  };
}

/** Instants at which no gateway should be: budgets in Redis must not look at them. */
const astray = { now: () => Math.random() * 1e12 };

/** What counting in Redis promises beyond. */
function sharedContract(open: () => Promise<RedisLink>): void {
  let redis: RedisLink;

  beforeAll(async () => {
    redis = await open();
  });

  contract(() => openBudgets({ clock: astray, redis, gatewayCount: 1 }));

  test('2,000 requests of cost 10 from four gateways admit 100 at once and then 5 a second', async () => {
    const gateways = await Promise.all(Array.from({ length: 4 }, async () => openBudgets({ clock: astray, redis: await open(), gatewayCount: 4 })));
    const policies = [cost({ capacity: 1_000, refillPerSecond: 50 })];
    const key = newId('int');
    const start = performance.now();
    // What a gateway decides alone, because this machine starved it of Redis for a moment, is another rule's.
    const wave = async (size: number) =>
      admitted(await Promise.all(Array.from({ length: size }, (_, i) => gateways[i % 4]!.admit({ key, policies, cost: 10 })))).filter(({ degraded }) => !degraded).length;
    let total = 0;
    for (let sent = 0; sent < 2_000; sent += 250) total += await wave(250);
    const allowed = () => 100 + (5 * (performance.now() - start)) / 1_000;
    expect(total).toBeGreaterThanOrEqual(100);
    expect(total).toBeLessThanOrEqual(Math.floor(allowed()));
    while (performance.now() - start < 2_000) {
      total += await wave(8);
      await sleep(20);
    }
    expect(total).toBeLessThanOrEqual(allowed());
    expect(total).toBeGreaterThanOrEqual(allowed() - 2);
  });

  test('a script that Redis has forgotten is sent again', async () => {
    const budgets = openBudgets({ clock: astray, redis, gatewayCount: 1 });
    const draw = () => budgets.admit({ key: 'forgotten', policies: [cost()], cost: 1 });
    await draw();
    await redis.ask(
      async server => ('nodes' in server ? Promise.all(server.nodes().map(node => node.script('FLUSH'))) : server.script('FLUSH')),
      () => null,
    );
    expect(await draw()).toMatchObject({ ok: true, degraded: false });
    expect(redis.degraded()).toBe(false);
  });

  test('every key ends by itself, when its bucket is full or its last lease over', async () => {
    const budgets = openBudgets({ clock: astray, redis, gatewayCount: 1 });
    const key = newId('int');
    await budgets.admit({ key, policies: [cost(), inFlight({ leaseMs: 700 })], cost: 10 });
    const life = (name: string) =>
      redis.ask(
        server => server.pttl(`budget:{${key}}:${name}`),
        () => -9,
      );
    for (const [name, longest] of [
      ['cost', 201],
      ['concurrency', 700],
    ] as const) {
      expect(await life(name)).toBeGreaterThan(0);
      expect(await life(name)).toBeLessThanOrEqual(longest);
    }
    await sleep(750);
    expect([await life('cost'), await life('concurrency')]).toEqual([-2, -2]);
  });
}

describeWithRedis('in Redis', redis => {
  const { open, close } = links();
  afterAll(close);
  sharedContract(() => open(redis.url, { keyPrefix: redis.prefix }));
});

describeWithOwnRedis('in a Redis Cluster of three nodes', () => {
  const { open, close } = links();
  let cluster: RedisServer;
  beforeAll(async () => {
    cluster = await startRedisCluster();
  });
  afterAll(async () => {
    close();
    await cluster.stop();
  });
  sharedContract(() => open(cluster.url, { cluster: true }));

  test('keys of many integrations lie on all nodes', async () => {
    const redis = await open(cluster.url, { cluster: true });
    const budgets = openBudgets({ clock: astray, redis, gatewayCount: 1 });
    const policies = [cost(), inFlight()];
    const answers = await Promise.all(Array.from({ length: 100 }, () => budgets.admit({ key: newId('int'), policies, cost: 1 })));
    expect(answers.filter(({ ok, degraded }) => ok && !degraded)).toHaveLength(100);
    const sizes = await redis.ask(
      async server => ('nodes' in server ? Promise.all(server.nodes().map(node => node.dbsize())) : []),
      () => [],
    );
    expect(sizes).toHaveLength(3);
    for (const size of sizes) expect(size).toBeGreaterThan(10);
  });
});
