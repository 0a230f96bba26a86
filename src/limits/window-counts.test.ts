import { setTimeout as sleep } from 'node:timers/promises';
import { describeWithRedis } from '../../test/harness/redis.ts';
import { wallClock } from '../base/clock.ts';
import { newId } from '../base/ids.ts';
import { openRedis, type RedisLink } from '../platform/redis.ts';
import { openWindowCounts, type WindowCounts } from './window-counts.ts';

const quiet = { info: () => undefined, warn: () => undefined };

function contract(open: () => WindowCounts): void {
  const window = { max: 10, windowMs: 600 };

  test('of two hundred at once ten are admitted', async () => {
    const counts = open();
    const key = newId('int');
    const waits = await Promise.all(Array.from({ length: 200 }, () => counts.take(key, window)));
    expect(waits.filter(wait => wait === 0)).toHaveLength(10);
    for (const wait of waits) expect(wait).toBeLessThanOrEqual(600);
  });

  test('no window, wherever it begins, holds more; the next is admitted when it was told', async () => {
    const counts = open();
    const key = newId('int');
    const admittedAt: number[] = [];
    const start = performance.now();
    while (performance.now() - start < 1_500) {
      const wait = await counts.take(key, window);
      if (wait === 0) admittedAt.push(performance.now());
      await sleep(wait === 0 ? 30 : wait);
    }
    // A little earlier on this clock than on the counting one, where the way there was slow.
    for (let i = 10; i < admittedAt.length; i++) expect(admittedAt[i]! - admittedAt[i - 10]!).toBeGreaterThan(window.windowMs - 25);
    expect(admittedAt.length).toBeGreaterThanOrEqual(20);
  });

  test("one key's calls are nobody else's", async () => {
    const counts = open();
    for (let i = 0; i < 10; i++) await counts.take('one', window);
    expect(await counts.take(newId('int'), window)).toBe(0);
  });
}

describe('in one process', () => {
  contract(() => openWindowCounts({ clock: wallClock, redis: null, share: 1 }));

  test('gateways that count alone have a share each, one call at least', async () => {
    const counts = openWindowCounts({ clock: { now: () => 0 }, redis: null, share: 4 });
    const admitted = async (max: number) =>
      (await Promise.all(Array.from({ length: 20 }, () => counts.take(`max ${max}`, { max, windowMs: 1_000 })))).filter(wait => wait === 0).length;
    expect([await admitted(10), await admitted(2)]).toEqual([2, 1]);
  });

  test('its memory is bounded, and no key is forgotten that still counts', async () => {
    const clock = { instant: 0, now: () => clock.instant };
    const counts = openWindowCounts({ clock, redis: null, share: 1 });
    const once = { max: 1, windowMs: 1_000 };
    for (let i = 0; i < 20_000; i++) await counts.take(`k${i}`, once);
    const newcomers = await Promise.all(Array.from({ length: 50 }, (_, i) => counts.take(`n${i}`, once)));
    expect(newcomers.filter(wait => wait === 0)).toHaveLength(1);
    expect(await counts.take('k0', once)).toBe(1_000);
    clock.instant = 1_000;
    expect(await counts.take('n49', once)).toBe(0);
    expect(await counts.take('n48', once)).toBe(0);
  });
});

describeWithRedis('in Redis', redis => {
  let link: RedisLink;
  beforeAll(async () => {
    link = openRedis(redis.url, quiet, { keyPrefix: redis.prefix, patienceMs: 5_000 });
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
  });
  afterAll(() => link.close());
  contract(() => openWindowCounts({ clock: { now: () => Math.random() * 1e12 }, redis: link, share: 1 }));
});
