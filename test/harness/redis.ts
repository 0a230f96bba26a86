/**
 * A share of the run's Redis per test file: a key prefix of its own. `describeWithRedis` skips its
 * suite where there is no Redis; the run's setup has then said so, and has failed in CI.
 */
import { randomBytes } from 'node:crypto';
import { Redis } from 'ioredis';
import { currentRun } from './run.ts';

export interface TestRedis {
  readonly url: string;
  /** Begins every key that the file writes. */
  readonly prefix: string;
  /** Deletes the file's keys: the server may be somebody's own (REDIS_URL). */
  readonly clear: () => Promise<void>;
}

export function testRedis(): TestRedis | null {
  const url = currentRun().redisUrl;
  if (url === null) return null;
  const prefix = `portico-test:${randomBytes(6).toString('hex')}:`;
  return {
    url,
    prefix,
    async clear() {
      const redis = new Redis(url);
      try {
        for await (const keys of redis.scanStream({ match: `${prefix}*`, count: 1_000 }) as AsyncIterable<string[]>) {
          if (keys.length > 0) await redis.unlink(...keys);
        }
      } finally {
        redis.disconnect();
      }
    },
  };
}

export function describeWithRedis(title: string, suite: (redis: TestRedis) => void): void {
  const redis = testRedis();
  if (redis === null) {
    describe.skip(`${title} (needs Redis)`, () => test('is skipped without Redis', () => undefined));
    return;
  }
  describe(title, () => {
    afterAll(() => redis.clear());
    suite(redis);
  });
}
