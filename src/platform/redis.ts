/**
 * The road to Redis. It may be slow or gone at any time, and no request waits for it longer than
 * 50 ms: a limiter that hangs would be a denial of service of its own. Whoever asks Redis says what
 * to do without it.
 */
import { Redis } from 'ioredis';

/** Longest that one command may take. */
const PATIENCE_MS = 50;

export interface RedisOptions {
  /** Begins every key. */
  readonly keyPrefix?: string;
  readonly patienceMs?: number;
}

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
export function openRedis(url: string, log: Log, { keyPrefix = 'portico:', patienceMs = PATIENCE_MS }: RedisOptions = {}): RedisLink {
  const redis = new Redis(url, {
    keyPrefix,
    commandTimeout: patienceMs,
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
  const lost = (reason: string) => {
    if (!degraded) log.warn({ reason }, 'Redis does not answer: limits are kept in this process until it does.');
    degraded = true;
  };

  return {
    async ask(question, otherwise) {
      if (redis.status !== 'ready') {
        lost(`the connection is ${redis.status}`);
      } else if (performance.now() >= restsUntil) {
        try {
          const answer = await question(redis);
          if (degraded) log.info({}, 'Redis answers again.');
          degraded = false;
          return answer;
        } catch (error) {
          restsUntil = performance.now() + REST_MS;
          lost((error as Error).message);
        }
      }
      return await otherwise();
    },
    degraded: () => degraded,
    close() {
      // On a connection that has already ended, ioredis would hold the process for two seconds.
      if (redis.status !== 'end') redis.disconnect();
    },
  };
}
