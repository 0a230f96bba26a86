import { setTimeout as sleep } from 'node:timers/promises';
import { describeWithRedis, type TestRedis } from '../../test/harness/redis.ts';
import { tcpProxy } from '../../test/harness/tcp-proxy.ts';
import { wallClock } from '../base/clock.ts';
import { newId } from '../base/ids.ts';
import { openRedis, type RedisLink } from '../platform/redis.ts';
import { GUESS_LIMITS } from './guess-counts.ts';
import { openGuesses, type Guesses } from './guesses.ts';

/** Short enough for Redis' own clock, which no test can move, and long enough for a busy machine. */
const LIMITS = { failures: 10, windowMs: 3_000, burst: 10, intervalMs: 1_500 };

const quiet = { info: () => undefined, warn: () => undefined };

let addresses = 0;
const freshAddress = () => `192.0.2.${++addresses}`;
const wrong = async () => null;
const right = async () => 'welcome';

/** What both ways of counting promise. */
function contract(open: () => Guesses): void {
  let guesses: Guesses;
  let address: string;
  let client: string;

  beforeEach(() => {
    guesses = open();
    address = freshAddress();
    client = newId('int');
  });

  const fail = async (times: number, from = address, as = client) => {
    for (let i = 0; i < times; i++) await guesses.guess(from, as, wrong);
  };

  test('ten wrong guesses are checked, the eleventh is not', async () => {
    await fail(10);
    let asked = false;
    const answer = await guesses.guess(address, client, async () => (asked = true));
    expect([answer.ok, asked]).toEqual([false, false]);
  });

  test('a right one between does not buy more wrong ones, and is no failure itself', async () => {
    await fail(9);
    for (let i = 0; i < 20; i++) expect(await guesses.guess(address, client, right)).toEqual({ ok: true, value: 'welcome' });
    await fail(1);
    expect((await guesses.guess(address, client, right)).ok).toBe(false);
  });

  test('nobody locks out another address, or the same address another client', async () => {
    await fail(10);
    expect((await guesses.guess(freshAddress(), client, right)).ok).toBe(true);
    expect((await guesses.guess(address, newId('int'), right)).ok).toBe(true);
  });

  test('ids that are none are one client between them', async () => {
    for (let i = 0; i < 10; i++) await guesses.guess(address, `nonsense ${i}`, wrong);
    expect((await guesses.guess(address, '\0', right)).ok).toBe(false);
    expect((await guesses.guess(address, client, right)).ok).toBe(true);
  });

  test('of a hundred wrong guesses at once ten are checked', async () => {
    let checked = 0;
    const answers = await Promise.all(
      Array.from({ length: 100 }, () =>
        guesses.guess(address, client, async () => {
          checked++;
          await sleep(5);
          return null;
        }),
      ),
    );
    expect([checked, answers.filter(answer => answer.ok).length]).toEqual([10, 10]);
  });

  test('a hundred right secrets at once are all let in', async () => {
    const answers = await Promise.all(Array.from({ length: 100 }, () => guesses.guess(address, client, () => sleep(2, 'welcome'))));
    expect(answers.every(answer => answer.ok && answer.value === 'welcome')).toBe(true);
  });

  test("an error of the check is nobody's failure", async () => {
    for (let i = 0; i < 12; i++) await expect(guesses.guess(address, client, () => Promise.reject(new Error('no database')))).rejects.toThrow('no database');
    expect((await guesses.guess(address, client, right)).ok).toBe(true);
  });

  test('it ends when the oldest failure leaves the window, as was told', async () => {
    await fail(10);
    const refused = await guesses.guess(address, client, right);
    if (refused.ok) throw new Error('let in too early');
    expect(refused.retryAfterMs).toBeGreaterThan(0);
    expect(refused.retryAfterMs).toBeLessThanOrEqual(LIMITS.windowMs);
    await sleep(refused.retryAfterMs + 5);
    expect((await guesses.guess(address, client, right)).ok).toBe(true);
  });

  test('an address has its burst at once, then one request an interval', async () => {
    const answers = await Promise.all(Array.from({ length: 30 }, () => guesses.admit(address)));
    expect(answers.filter(answer => answer.ok)).toHaveLength(LIMITS.burst);
    const refused = await guesses.admit(address);
    if (refused.ok) throw new Error('let in too early');
    expect(refused.retryAfterMs).toBeLessThanOrEqual(LIMITS.intervalMs);
    await sleep(refused.retryAfterMs + 5);
    expect((await guesses.admit(address)).ok).toBe(true);
    expect((await guesses.admit(address)).ok).toBe(false);
  });

  test('the addresses of one IPv6 line count as one', async () => {
    const line = `2001:db8:0:${addresses}`;
    const answers = await Promise.all(Array.from({ length: 30 }, (_, i) => guesses.admit(`${line}::${i}`)));
    expect(answers.filter(answer => answer.ok)).toHaveLength(LIMITS.burst);
  });
}

describe('in one process', () => {
  contract(() => openGuesses(wallClock, null, LIMITS));

  test('the window is as long as told, to the millisecond', async () => {
    const clock = { at: 0, now: () => clock.at };
    const guesses = openGuesses(clock, null);
    const client = newId('int');
    for (let i = 0; i < 10; i++) {
      clock.at = i * 1_000;
      await guesses.guess('192.0.2.1', client, wrong);
    }
    expect(await guesses.guess('192.0.2.1', client, right)).toEqual({ ok: false, retryAfterMs: 300_000 - 9_000 });
    clock.at = GUESS_LIMITS.windowMs - 1;
    expect((await guesses.guess('192.0.2.1', client, right)).ok).toBe(false);
    clock.at = GUESS_LIMITS.windowMs;
    expect((await guesses.guess('192.0.2.1', client, wrong)).ok).toBe(true);
    expect(await guesses.guess('192.0.2.1', client, right)).toEqual({ ok: false, retryAfterMs: 1_000 });
  });

  test('by default an address has a hundred requests at once and twenty a second', async () => {
    const clock = { at: 0, now: () => clock.at };
    const guesses = openGuesses(clock, null);
    const admitted = async () => (await Promise.all(Array.from({ length: 300 }, () => guesses.admit('192.0.2.1')))).filter(answer => answer.ok).length;
    expect(await admitted()).toBe(100);
    clock.at = 1_000;
    expect(await admitted()).toBe(20);
  });
});

describeWithRedis('in Redis', (redis: TestRedis) => {
  const links: RedisLink[] = [];
  // A busy machine may be slower than the usual patience, and what is tested here is the counting.
  const connect = async (url = redis.url, patienceMs = 5_000): Promise<RedisLink> => {
    const link = openRedis(url, quiet, { keyPrefix: redis.prefix, patienceMs });
    links.push(link);
    for (
      let i = 0;
      i < 500 &&
      !(await link.ask(
        async server => (await server.ping()) === 'PONG',
        () => false,
      ));
      i++
    )
      await sleep(10);
    return link;
  };
  let shared: RedisLink;

  beforeAll(async () => {
    shared = await connect();
  });

  afterAll(() => links.forEach(link => link.close()));

  contract(() => openGuesses(wallClock, shared, LIMITS));

  test('two gateways count together', async () => {
    const [one, two] = [openGuesses(wallClock, shared, LIMITS), openGuesses(wallClock, await connect(), LIMITS)];
    const [address, client] = [freshAddress(), newId('int')];
    for (let i = 0; i < 5; i++) for (const gateway of [one, two]) await gateway.guess(address, client, wrong);
    for (const gateway of [one, two]) expect((await gateway.guess(address, client, right)).ok).toBe(false);
    const admissions = await Promise.all(Array.from({ length: 20 }, (_, i) => (i % 2 ? one : two).admit(address)));
    expect(admissions.filter(answer => answer.ok)).toHaveLength(LIMITS.burst);
  });

  test('a Redis that has forgotten lets nobody begin anew at the same gateway', async () => {
    const guesses = openGuesses(wallClock, shared, { ...LIMITS, windowMs: 60_000 });
    const [address, client] = [freshAddress(), newId('int')];
    for (let i = 0; i < 10; i++) await guesses.guess(address, client, wrong);
    expect(
      await shared.ask(
        server => server.del(`guesses:{${address} ${client}}`),
        () => 0,
      ),
    ).toBe(1);
    expect((await guesses.guess(address, client, right)).ok).toBe(false);
  });

  test('every key ends by itself', async () => {
    const guesses = openGuesses(wallClock, shared, LIMITS);
    const [address, client] = [freshAddress(), newId('int')];
    await guesses.guess(address, client, wrong);
    await guesses.admit(address);
    const lives = await shared.ask(
      async server => Promise.all([server.pttl(`guesses:{${address} ${client}}`), server.pttl(`address:{${address}}`)]),
      () => [],
    );
    expect(lives).toHaveLength(2);
    for (const life of lives) {
      expect(life).toBeGreaterThan(0);
      expect(life).toBeLessThanOrEqual(LIMITS.windowMs);
    }
  });

  describe.each(['gone', 'stalled'] as const)('that is %s', how => {
    test('the process counts alone, no request waits long, and Redis is taken up again by itself', async () => {
      const road = await tcpProxy(Number(new URL(redis.url).port || '6379'));
      const link = await connect(`redis://127.0.0.1:${road.port}`, 50);
      const guesses = openGuesses(wallClock, link, { ...LIMITS, windowMs: 60_000 });
      const [address, client] = [freshAddress(), newId('int')];
      for (let i = 0; i < 4; i++) await guesses.guess(address, client, wrong);
      if (how === 'gone') await road.cut();
      else road.stall();
      const start = performance.now();
      for (let i = 0; i < 6; i++) expect((await guesses.guess(address, client, wrong)).ok).toBe(true);
      // What Redis knew of this process's own failures, the process knows too.
      expect((await guesses.guess(address, client, right)).ok).toBe(false);
      expect((await guesses.admit(address)).ok).toBe(true);
      expect(performance.now() - start).toBeLessThan(500);
      expect(link.degraded()).toBe(true);
      await road.restore();
      for (let i = 0; i < 100 && link.degraded(); i++) {
        await guesses.admit(freshAddress());
        await sleep(50);
      }
      expect(link.degraded()).toBe(false);
      link.close();
      await road.close();
    });
  });
});
