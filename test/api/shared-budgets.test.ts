/** Budgets in a real Redis, through the door of two gateways: one bucket for both, headers that keep
    their own rules while everybody asks, and no outage while Redis is slow or gone. */
import { setTimeout as sleep } from 'node:timers/promises';
import { Redis } from 'ioredis';
import { NO_TENANT, inTransaction } from '../../src/platform/postgres/database.ts';
import { setLimits } from '../../src/limits/index.ts';
import { startTestApp, type TestApp } from '../harness/app.ts';
import { describeWithOwnRedis, startOwnRedis } from '../harness/redis-cluster.ts';
import type { GraphQLAnswer, SeededPartner } from '../harness/seed.ts';
import { ask } from '../harness/seed.ts';
import { tcpProxy, type TcpProxy } from '../harness/tcp-proxy.ts';
import { p99, whileTimed } from '../harness/timing.ts';

/** The first tier's. */
const CAPACITY = 1_000;
const RATE = 50;
/** Its gateway's share while it counts alone: one of two. */
const SHARE = 2;

const PRICE = 60;
const SIXTY = `{ ${Array.from({ length: 30 }, (_, i) => `v${i}: viewer { integration { name } }`).join(' ')} }`;
const ONE = '{ viewer { apiVersion } }';

/** As long as a request waits for Redis. */
const PATIENCE_MS = 50;
/** Whoever waits for so much longer than a gateway's patience waits for Redis. How long exactly is measured where
    nothing else runs: src/limits/redis-faults.test.ts. */
const HUNG_MS = 450;

describeWithOwnRedis('gateways on one Redis', () => {
  let server: Awaited<ReturnType<typeof startOwnRedis>>;
  let proxy: TcpProxy;
  let admin: Redis;
  let gateways: readonly [TestApp, TestApp];
  let without: TestApp;

  beforeAll(async () => {
    server = await startOwnRedis();
    proxy = await tcpProxy(server.port);
    admin = new Redis(server.url);
    admin.on('error', () => undefined);
    const options = { limitsAsShipped: true, redisUrl: `redis://127.0.0.1:${proxy.port}`, gatewayCount: SHARE };
    const first = await startTestApp(options);
    gateways = [first, await startTestApp({ ...options, beside: first })];
    without = await startTestApp({ beside: first });
    await Promise.all([...gateways, without].map(gateway => fetch(`${gateway.url}/livez`)));
  });
  afterAll(async () => {
    for (const gateway of [without, ...gateways.toReversed()]) await gateway.close();
    admin.disconnect();
    await proxy.close();
    await server.stop();
  });

  const newPartner = (): Promise<SeededPartner> => gateways[0].seed.partner();
  const askAt = async (gateway: TestApp, partner: SeededPartner, query: string): Promise<GraphQLAnswer> => ask(gateway.url, { query }, { token: await partner.token() });
  const isDegraded = ({ headers }: GraphQLAnswer): boolean => headers.get('ratelimit-policy')!.includes(';degraded');

  /** Until both gateways count in Redis, in milliseconds: up to the requests that found so, however long they took. */
  async function recovered(partner: SeededPartner): Promise<number> {
    const begun = performance.now();
    let lastAsked = begun;
    const asked = (gateway: TestApp): Promise<GraphQLAnswer> => ((lastAsked = performance.now()), askAt(gateway, partner, ONE));
    for (const gateway of gateways) {
      while (isDegraded(await asked(gateway))) {
        if (performance.now() - begun > 10_000) throw new Error('Redis was not taken up again.');
        await sleep(5);
      }
    }
    return lastAsked - begun;
  }

  interface Asked extends GraphQLAnswer {
    readonly tookMs: number;
    readonly sentAt: number;
    readonly answeredAt: number;
  }

  /** Asks both gateways in turns, from so many sides at once. */
  async function load(partner: SeededPartner, query: string, { ms, sides }: { ms: number; sides: number }): Promise<Asked[]> {
    const begun = performance.now();
    const answers: Asked[] = [];
    await Promise.all(
      Array.from({ length: sides }, async (_, side) => {
        for (let i = side; performance.now() - begun < ms; i++) {
          const sentAt = performance.now();
          const answer = await askAt(gateways[i % 2]!, partner, query);
          const answeredAt = performance.now();
          answers.push({ ...answer, sentAt, answeredAt, tookMs: answeredAt - sentAt });
          await sleep(2);
        }
      }),
    );
    return answers;
  }

  test('share one bucket, and the clocks of the gateways do not matter', async () => {
    // The test's clock stands in both; Redis' goes on.
    const asking = async (partner: SeededPartner) => {
      const begun = performance.now();
      const answers = await load(partner, SIXTY, { ms: 2_000, sides: 4 });
      return { answers, refill: RATE * ((performance.now() - begun) / 1_000) };
    };
    const { answers, refill } = (await undisturbed(asking, outcome => outcome.answers.some(isDegraded))).outcome;
    expect(new Set(answers.map(({ status }) => status))).toEqual(new Set([200, 429]));
    const spent = answers.filter(({ errors }) => !errors).length * PRICE;
    expect(spent).toBeLessThanOrEqual(CAPACITY + refill);
    expect(spent).toBeGreaterThan(CAPACITY + refill - 2 * PRICE);
  });

  test('say headers under load that keep their own rules', async () => {
    const [capacity, rate] = [200, 100];
    const partner = await newPartner();
    const subject = { kind: 'INTEGRATION', name: partner.clientId, environments: 'BOTH' } as const;
    const limits = { capacity, refillPerSecond: rate, maxOperationCost: capacity, concurrency: 50 };
    await inTransaction(gateways[0].app.database, NO_TENANT, tx => setLimits(tx, { subject, limits, shadowSeconds: 0, decidedBy: 'Ada', reason: 'A test.' }, gateways[0].clock));
    await sleep(2_000);
    const answers = (await load(partner, SIXTY, { ms: 3_000, sides: 4 })).filter(answer => !isDegraded(answer)).toSorted((a, b) => a.answeredAt - b.answeredAt);
    const told = answers.map(({ headers, status, sentAt, answeredAt }) => {
      const [, r, t] = /^"cost";r=(\d+);t=(\d+), "concurrency";r=\d+$/.exec(headers.get('ratelimit')!)!.map(Number);
      return { r: r!, t: t!, status, sentAt, answeredAt, policy: headers.get('ratelimit-policy'), retryAfter: Number(headers.get('retry-after') ?? Number.NaN) };
    });
    expect(new Set(told.map(({ policy }) => policy))).toEqual(new Set(['"cost";q=200;w=2, "concurrency";q=50;qu="concurrent-requests"']));
    expect(told.some(({ r }) => r < PRICE)).toBe(true);
    const refused = told.filter(({ status }) => status === 429);
    expect(Math.min(...told.map(({ r }) => r))).toBeGreaterThanOrEqual(0);
    // Full again when what is missing has come back, within a second.
    expect(Math.max(...told.map(({ r, t }) => Math.abs(t - (capacity - r) / rate)))).toBeLessThanOrEqual(1);
    expect(refused.length).toBeGreaterThan(0);
    expect(Math.min(...refused.map(({ retryAfter, t }) => retryAfter - t))).toBeGreaterThanOrEqual(0);
    // Whoever asks after an answer was there is told no more than it said and what came back since.
    const grown = told.flatMap(earlier => {
      const later = told.find(({ sentAt }) => sentAt > earlier.answeredAt);
      return later ? [later.r - earlier.r - 1 - rate * ((later.answeredAt - earlier.sentAt) / 1_000)] : [];
    });
    expect(Math.max(...grown)).toBeLessThanOrEqual(0);
    // `t` is true: whoever waits so long finds all of it.
    const last = told.at(-1)!;
    await sleep(Math.max(0, last.answeredAt + last.t * 1_000 - performance.now()));
    expect((await partner.query(SIXTY)).headers.get('ratelimit')).toMatch(/^"cost";r=140;/);
  });

  const FAULTS: readonly (readonly [string, () => Promise<() => Promise<void>>])[] = [
    ['slow (200 ms)', async () => (proxy.slow(200), () => proxy.restore())],
    ['stalled (bytes swallowed)', async () => (proxy.stall(), () => proxy.restore())],
    ['refusing connections', async () => (await proxy.cut(), () => proxy.restore())],
    ['a read-only replica', async () => (await admin.call('REPLICAOF', '127.0.0.1', '1'), async () => void (await admin.call('REPLICAOF', 'NO', 'ONE')))],
    [
      'stopped, and then started again',
      async () => {
        await server.stop();
        return async () => void (server = await startOwnRedis(server.port));
      },
    ],
  ];

  /** Asks each gateway until it has no room; answers what was spent, and whether all was decided in Redis. */
  async function drain(partner: SeededPartner): Promise<{ spent: number; degraded: boolean }> {
    let [spent, degraded] = [0, false];
    for (const gateway of gateways) {
      for (let refused = false; !refused;) {
        const answer = await askAt(gateway, partner, SIXTY);
        refused = answer.errors !== undefined;
        if (!refused) spent += PRICE;
        degraded ||= isDegraded(answer);
      }
    }
    return { spent, degraded };
  }

  /** Does it with a new partner until Redis has decided all of it: on a busy machine a request may well
      wait for longer than a gateway does. */
  async function undisturbed<T>(work: (partner: SeededPartner) => Promise<T>, disturbed: (outcome: T) => boolean): Promise<{ partner: SeededPartner; outcome: T }> {
    for (let attempt = 0; attempt < 10; attempt++) {
      const partner = await newPartner();
      await recovered(partner);
      const outcome = await work(partner);
      if (!disturbed(outcome)) return { partner, outcome };
    }
    throw new Error('Redis is never fast enough here.');
  }

  /** How much longer the gateways take than one without Redis, which is asked beside them, after a timer
      of 50 ms: on a busy machine either takes its time, and is no fault of Redis'. */
  async function compared(partner: SeededPartner, ms: number): Promise<{ answers: GraphQLAnswer[]; addedP99Ms: number }> {
    const timed = async (gateway: TestApp, waitMs: number): Promise<{ answer: GraphQLAnswer; tookMs: number }> => {
      const begun = performance.now();
      if (waitMs > 0) await sleep(waitMs);
      const answer = await askAt(gateway, partner, ONE);
      return { answer, tookMs: performance.now() - begun };
    };
    const asked: ReturnType<typeof timed>[] = [];
    const controls: ReturnType<typeof timed>[] = [];
    for (const begun = performance.now(); performance.now() - begun < ms; await sleep(10)) {
      asked.push(timed(gateways[asked.length % 2]!, 0));
      controls.push(timed(without, PATIENCE_MS));
    }
    const times = async (timings: typeof asked): Promise<number[]> => (await Promise.all(timings)).map(({ tookMs }) => tookMs);
    const addedP99Ms = p99(await times(asked)) - (p99(await times(controls)) - PATIENCE_MS);
    return { answers: (await Promise.all(asked)).map(({ answer }) => answer), addedP99Ms };
  }

  test.each(FAULTS)(
    'a Redis that is %s holds nobody up, and each gateway has its share to give until it is back',
    async (fault, breakRedis) => {
      const experience = async () => {
        const calm = await newPartner();
        let begun = 0;
        const { partner, outcome: before } = await undisturbed(
          one => ((begun = performance.now()), drain(one)),
          ({ degraded }) => degraded,
        );
        const mend = await breakRedis();
        const [{ answers, addedP99Ms }, during, token] = await Promise.all([compared(calm, 2_000), sleep(300).then(() => drain(partner)), calm.token({ fresh: true })]);
        await mend();
        const back = await whileTimed(recovered(calm));
        const after = await drain(partner);
        const seconds = (performance.now() - begun) / 1_000;
        return { answers, addedP99Ms, token, during, back, spent: before.spent + during.spent + after.spent, seconds };
      };
      const { answers, addedP99Ms, token, during, back, spent, seconds } = await experience();

      // No outage: nobody who had room was refused, tokens were given, and whoever had used up Redis'
      // bucket could spend a gateway's share.
      expect(answers.map(({ status }) => status).filter(status => status !== 200)).toEqual([]);
      expect(token).toMatch(/^ey/);
      expect(during.spent).toBeGreaterThan(CAPACITY - 2 * PRICE);
      // No hang, and no secret about it.
      expect(addedP99Ms).toBeLessThanOrEqual(HUNG_MS);
      expect(answers.filter(isDegraded).length).toBeGreaterThan(answers.length / 2);
      expect(answers.find(isDegraded)!.headers.get('ratelimit-policy')).toBe('"cost";q=500;w=20;degraded, "concurrency";q=25;qu="concurrent-requests";degraded');
      expect(back.outcome).toBeLessThanOrEqual(1_000 + back.latestMs);
      // No free-for-all: Redis' bucket, and beside it a share for each of the two. One that lost its
      // memory has a full bucket again.
      const buckets = 1 + 2 / SHARE + (fault.startsWith('stopped') ? 1 : 0);
      expect(spent).toBeLessThanOrEqual(buckets * (CAPACITY + RATE * seconds));
    },
    60_000,
  );

  test('reset or flushed: no request notices but by a full bucket', async () => {
    const partner = await newPartner();
    await recovered(partner);
    await load(partner, SIXTY, { ms: 500, sides: 4 });
    // On a busy machine Redis may have been too late for one of them, so that the gateway counts alone for a moment.
    await recovered(partner);
    await admin.flushall();
    expect((await partner.query(SIXTY)).headers.get('ratelimit')).toMatch(/^"cost";r=9\d\d;/);
    proxy.reset();
    const { answers } = await compared(partner, 500);
    expect(answers.map(({ status }) => status).filter(status => status !== 200)).toEqual([]);
    const back = await whileTimed(recovered(partner));
    expect(back.outcome).toBeLessThanOrEqual(1_000 + back.latestMs);
  });
});
