/**
 * The road to Redis. It may be slow or gone at any time, and no request waits for it longer than
 * 50 ms: a limiter that hangs would be a denial of service of its own. Whoever asks Redis says what
 * to do without it.
 */
import { Redis } from 'ioredis';

/** Longest that one command may take. */
const PATIENCE_MS = 50;

/** How long a Redis that has just failed is not asked, so that a stalled one costs few requests 50 ms. */
const REST_MS = 1_000;

export interface RedisLink {
  /** Redis' answer, or the other one where Redis is slow or gone. */
  ask<T>(question: (redis: Redis) => Promise<T>, otherwise: () => T | Promise<T>): Promise<T>;
  /** Whether the last question had to be answered without Redis. */
  degraded(): boolean;
  close(): void;
}

interface Log {
  info(facts: object, message: string): void;
  warn(facts: object, message: string): void;
}

/** Connects in the background, for ever: a gateway starts and serves without Redis too. */
export function openRedis(url: string, log: Log, keyPrefix = 'portico:'): RedisLink {
  const redis = new Redis(url, {
    keyPrefix,
    commandTimeout: PATIENCE_MS,
    connectTimeout: 1_000,
    // Without it a connection whose bytes are swallowed is never given up.
    socketTimeout: 1_000,
    enableOfflineQueue: false,
    maxRetriesPerRequest: 0,
    autoResendUnfulfilledCommands: false,
    retryStrategy: attempt => Math.min(attempt * 100, 1_000),
  });
  // Failures are met where a question is asked; an `error` event without a listener would be printed.
  redis.on('error', () => undefined);
  let degraded = false;
  let restsUntil = 0;

  return {
    async ask(question, otherwise) {
      if (performance.now() < restsUntil) return await otherwise();
      try {
        const answer = await question(redis);
        if (degraded) log.info({}, 'Redis answers again.');
        degraded = false;
        return answer;
      } catch (error) {
        if (!degraded) log.warn({ reason: (error as Error).message }, 'Redis does not answer: limits are kept in this process until it does.');
        degraded = true;
        restsUntil = performance.now() + REST_MS;
        return await otherwise();
      }
    },
    degraded: () => degraded,
    close: () => redis.disconnect(),
  };
}
