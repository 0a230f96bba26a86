/** What is promised while Redis is slow or gone, with a real one behind a proxy that breaks the road to it. */
import { setTimeout as sleep } from 'node:timers/promises';
import { Redis } from 'ioredis';
import { describeWithOwnRedis, startOwnRedis, startRedisCluster } from '../../test/harness/redis-cluster.ts';
import { tcpProxy, type TcpProxy } from '../../test/harness/tcp-proxy.ts';
import { p99, whileTimed } from '../../test/harness/timing.ts';
import { wallClock } from '../base/clock.ts';
import { newId } from '../base/ids.ts';
import { openRedis, type RedisLink } from '../platform/redis.ts';
import { openBudgets, type Admission, type Admitted, type Budgets } from './budgets.ts';
import type { BucketPolicy, ConcurrencyPolicy, Policy } from './policy.rules.ts';

const quiet = { info: () => undefined, warn: () => undefined };

const BURST = 100;
const RATE = 20;
const cost: BucketPolicy = { kind: 'BUCKET', name: 'cost', capacity: BURST, refillPerSecond: RATE, shadow: false };
const inFlight: ConcurrencyPolicy = { kind: 'CONCURRENCY', name: 'concurrency', limit: 1_000, leaseMs: 60_000, shadow: false };
const POLICIES: readonly Policy[] = [cost, inFlight];

/** Beyond the 50 ms that a request waits for Redis. */
const ADDED_P99_MS = 60;

/** As long as the timer that ioredis had set on a connection which was lost, and which ends the next
    one too, once. */
const STEADY_MS = 600;

/** Waits until nothing is degraded for a while; a busy machine may take a few attempts. */
async function steady(degradedOver: () => Promise<number>): Promise<void> {
  for (let i = 0; i < 20; i++) if ((await degradedOver()) === 0) return;
  throw new Error('Redis is not used again.');
}

type OwnRedis = Awaited<ReturnType<typeof startOwnRedis>>;

interface Fault {
  readonly name: string;
  /** Breaks Redis; answers how it is mended. */
  readonly break: (proxy: TcpProxy, admin: Redis) => Promise<() => Promise<void>>;
}

const FAULTS: readonly Fault[] = [
  {
    name: 'slow (200 ms)',
    break: async proxy => {
      proxy.slow(200);
      return () => proxy.restore();
    },
  },
  {
    name: 'stalled (bytes swallowed)',
    break: async proxy => {
      proxy.stall();
      return () => proxy.restore();
    },
  },
  {
    name: 'refusing connections',
    break: async proxy => {
      await proxy.cut();
      return () => proxy.restore();
    },
  },
  {
    name: 'a read-only replica',
    break: async (_proxy, admin) => {
      // A primary that nobody answers for: reads go on, writes are refused.
      await admin.call('REPLICAOF', '127.0.0.1', '1');
      return async () => void (await admin.call('REPLICAOF', 'NO', 'ONE'));
    },
  },
  {
    name: 'out of memory',
    break: async (_proxy, admin) => {
      await admin.config('SET', 'maxmemory', '1');
      return async () => void (await admin.config('SET', 'maxmemory', '0'));
    },
  },
];

describeWithOwnRedis('a Redis that is', () => {
  let server: OwnRedis;
  let proxy: TcpProxy;
  let admin: Redis;
  let link: RedisLink;
  let budgets: Budgets;
  const degradedAdmissions: Admission[] = [];

  beforeAll(async () => {
    server = await startOwnRedis();
    proxy = await tcpProxy(server.port);
    admin = new Redis(server.url);
    admin.on('error', () => undefined);
    link = openRedis(`redis://127.0.0.1:${proxy.port}`, quiet);
    const events = { decided: (admission: Admission) => void (admission.degraded && degradedAdmissions.push(admission)) };
    budgets = openBudgets({ clock: wallClock, redis: link, gatewayCount: 2, events });
    await recovered();
  });

  afterAll(async () => {
    link.close();
    admin.disconnect();
    await proxy.close();
    await server.stop();
  });

  const draw = (key: string, price = 10) => budgets.admit({ key, policies: POLICIES, cost: price });

  /** Until requests are counted in Redis again, in milliseconds. */
  async function recovered(): Promise<number> {
    const start = performance.now();
    while ((await draw(newId('int'), 0)).degraded) {
      if (performance.now() - start > 10_000) throw new Error('Redis was not taken up again.');
      await sleep(5);
    }
    return performance.now() - start;
  }

  /** Asks for `ms` from as many sides at once; answers what was admitted (and settled), and each answer's time. */
  async function load(key: string, ms: number): Promise<{ spent: number; times: number[]; degraded: number }> {
    const start = performance.now();
    const times: number[] = [];
    let [spent, degraded] = [0, 0];
    await Promise.all(
      Array.from({ length: 8 }, async () => {
        while (performance.now() - start < ms) {
          const asked = performance.now();
          const answer = await draw(key);
          times.push(performance.now() - asked);
          if (answer.degraded) degraded += 1;
          if (answer.ok) {
            spent += 10;
            budgets.settle(answer, 10);
          }
          await sleep(2);
        }
      }),
    );
    return { spent, times, degraded };
  }

  test.each(FAULTS)('$name: nobody waits long, each gateway spends its share at most, and Redis is taken up again within a second', async fault => {
    await steady(async () => (await load(newId('int'), STEADY_MS)).degraded);
    const key = newId('int');
    const start = performance.now();
    const before = await load(key, 300);
    const mend = await fault.break(proxy, admin);
    const { outcome: during, lateP99Ms, latestMs } = await whileTimed(load(key, 1_500));
    await mend();
    const back = await whileTimed(recovered());
    const after = await load(key, 300);
    const seconds = (performance.now() - start) / 1_000;

    // The first requests may wait; whoever comes once the fault is known does not.
    expect(during.degraded).toBeGreaterThan(during.times.length / 2);
    expect(p99(during.times)).toBeLessThanOrEqual(ADDED_P99_MS + lateP99Ms);
    expect(Math.max(...during.times)).toBeLessThanOrEqual(250 + latestMs);
    expect(back.outcome).toBeLessThanOrEqual(1_000 + back.latestMs);
    // Redis' bucket, and this gateway's own beside it: half of the numbers, for it is one of two.
    expect(before.spent + during.spent + after.spent).toBeLessThanOrEqual(BURST + RATE * seconds + BURST / 2 + (RATE / 2) * seconds);
    // No outage: beside what Redis had admitted, the gateway's own share was there to be spent.
    expect(before.spent + during.spent).toBeGreaterThanOrEqual(BURST + BURST / 2);
  });

  test('reset by the road: the next requests find another way', async () => {
    const key = newId('int');
    for (let i = 0; i < 5; i++) {
      proxy.reset();
      const { outcome, latestMs } = await whileTimed(load(key, 100));
      expect(Math.max(...outcome.times)).toBeLessThanOrEqual(150 + latestMs);
    }
    const back = await whileTimed(recovered());
    expect(back.outcome).toBeLessThanOrEqual(1_000 + back.latestMs);
  });

  test('flushed: it goes on with full buckets, and no request notices', async () => {
    await steady(async () => (await load(newId('int'), STEADY_MS)).degraded);
    const key = newId('int');
    const [before] = [await load(key, 200), await admin.flushall()];
    const after = await load(key, 200);
    expect([before.degraded, after.degraded]).toEqual([0, 0]);
    expect(after.spent).toBeGreaterThanOrEqual(BURST);
    expect(after.spent).toBeLessThanOrEqual(BURST + RATE);
  });

  test('restarted: the process counts meanwhile, and Redis is taken up within a second of its return', async () => {
    const key = newId('int');
    await server.stop();
    const { outcome: during, lateP99Ms } = await whileTimed(load(key, 800));
    expect(during.degraded).toBe(during.times.length);
    expect(p99(during.times)).toBeLessThanOrEqual(ADDED_P99_MS + lateP99Ms);
    expect(during.spent).toBeLessThanOrEqual(BURST / 2 + (RATE / 2) * 0.9);
    server = await startOwnRedis(server.port);
    const back = await whileTimed(recovered());
    expect(back.outcome).toBeLessThanOrEqual(1_000 + back.latestMs);
  });

  test('slow: what it took too late for a request is given back', async () => {
    await steady(async () => (await load(newId('int'), STEADY_MS)).degraded);
    const key = newId('int');
    proxy.slow(100);
    const answers = await Promise.all(Array.from({ length: 5 }, () => draw(key)));
    expect(answers.every(({ ok, degraded }) => ok && degraded)).toBe(true);
    await sleep(150);
    expect(await admin.zcard(`portico:budget:{${key}}:concurrency`)).toBe(5);
    await sleep(250);
    expect(await admin.exists(`portico:budget:{${key}}:concurrency`, `portico:budget:{${key}}:cost`)).toBe(0);
    await proxy.restore();
    await recovered();
  });

  test('gone: an answer says that it was decided without Redis, and each is counted', async () => {
    const key = newId('int');
    await proxy.cut();
    degradedAdmissions.length = 0;
    const first = (await draw(key)) as Admitted;
    expect(first).toMatchObject({ ok: true, degraded: true, standings: [{ limit: BURST / 2 }, { limit: 500 }] });
    expect(budgets.settle(first, 0)).toMatchObject([{ remaining: BURST / 2 }, {}]);
    const answers = await Promise.all(Array.from({ length: 20 }, () => draw(key)));
    expect(answers.filter(({ ok }) => ok)).toHaveLength(BURST / 2 / 10);
    expect(degradedAdmissions).toHaveLength(21);
    await proxy.restore();
    await recovered();
  });
});

describeWithOwnRedis('a Redis Cluster that loses a node', () => {
  test('lets nobody wait long, and is used again when the node is back', async () => {
    const cluster = await startRedisCluster();
    const link = openRedis(cluster.url, quiet, { cluster: true });
    const budgets = openBudgets({ clock: wallClock, redis: link, gatewayCount: 1 });
    const ask = async (ms: number): Promise<{ times: number[]; degraded: number }> => {
      const [start, times] = [performance.now(), [] as number[]];
      let degraded = 0;
      await Promise.all(
        Array.from({ length: 8 }, async () => {
          while (performance.now() - start < ms) {
            const asked = performance.now();
            const answer = await budgets.admit({ key: newId('int'), policies: POLICIES, cost: 10 });
            times.push(performance.now() - asked);
            if (answer.degraded) degraded += 1;
            if (answer.ok) budgets.settle(answer, 10);
            await sleep(2);
          }
        }),
      );
      return { times, degraded };
    };
    await steady(async () => (await ask(STEADY_MS)).degraded);
    await cluster.stopNode(2);
    const { outcome: during, lateP99Ms } = await whileTimed(ask(2_000));
    expect(during.degraded).toBeGreaterThan(0);
    expect(p99(during.times)).toBeLessThanOrEqual(ADDED_P99_MS + lateP99Ms);
    await cluster.startNode(2);
    await steady(async () => (await ask(STEADY_MS)).degraded);
    link.close();
    await cluster.stop();
  }, 60_000);
});
