/**
 * The road to Redis, or to a Redis Cluster. It may be slow or gone at any time, and no request waits
 * for it longer than 50 ms: a limiter that hangs would be a denial of service of its own. Whoever
 * asks Redis says what to do without it. Once Redis has failed nobody waits at all: requests go on
 * without it, while the link tries it in the background.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { Cluster, Redis, type RedisOptions as ClientOptions } from 'ioredis';
import { ok, refused, type Outcome } from '../base/outcome.ts';

/** Longest that a request waits for an answer. */
const PATIENCE_MS = 50;

/** How often a Redis that has failed is tried, so that it is taken up again well within a second. */
const PROBE_MS = 100;

/** A connection on which nothing comes back for so long is given up. Without it, one whose bytes are
    swallowed stays for ever; much shorter, and a slow Redis would be cut off instead of waited for. */
const SILENCE_MS = 500;

const LONGEST_RECONNECT_MS = 250;

export interface RedisOptions {
  /** Begins every key. */
  readonly keyPrefix?: string;
  readonly patienceMs?: number;
  /** Whether the URL names one node of a Redis Cluster. */
  readonly cluster?: boolean;
}

export type RedisServer = Redis | Cluster;

export interface RedisLink {
  /** Redis' answer, or the other one where Redis is slow or gone. `undo` takes back what a Redis did
      that answered after the other one had been taken. */
  ask<T>(question: (redis: RedisServer) => Promise<T>, otherwise: () => T | Promise<T>, undo?: (redis: RedisServer, answer: T) => Promise<unknown>): Promise<T>;
  /** Sends what nobody waits for. It is lost where Redis is slow or gone. */
  tell(message: (redis: RedisServer) => Promise<unknown>): void;
  /** Whether questions are answered without Redis at the moment. */
  degraded(): boolean;
  close(): void;
}

interface Log {
  info(facts: object, message: string): void;
  warn(facts: object, message: string): void;
}

/** A Lua script that Redis knows by its hash; ioredis sends it whole where Redis does not (yet, or any
    more). All keys of a call must have the same hash tag. */
export const redisScript =
  (name: string, lua: string) =>
  (redis: RedisServer, keys: readonly string[], args: readonly (string | number)[]): Promise<unknown> => {
    if (!(name in redis)) redis.defineCommand(name, { lua });
    const call = (redis as unknown as Record<string, (...all: unknown[]) => Promise<unknown>>)[name]!;
    return call.call(redis, keys.length, ...keys, ...args);
  };

/** Connects in the background, for ever: a gateway starts and serves without Redis too. */
export function openRedis(url: string, log: Log, { keyPrefix = 'portico:', patienceMs = PATIENCE_MS, cluster = false }: RedisOptions = {}): RedisLink {
  const redis = connect(url, keyPrefix, cluster);
  // Failures are met where a question is asked; an `error` event without a listener would be printed.
  redis.on('error', () => undefined);
  let degraded = false;
  let closed = false;

  const lost = (reason: string): void => {
    if (degraded || closed) return;
    degraded = true;
    log.warn({ reason }, 'Redis does not answer: limits are kept in this process until it does.');
    void probe();
  };

  const probe = async (): Promise<void> => {
    while (degraded && !closed) {
      await sleep(PROBE_MS, undefined, { ref: false });
      if (redis.status !== 'ready') continue;
      // A write: a replica and a full Redis answer a PING, and can count nothing.
      const answered = await inTime(redis.set('probe', '', 'PX', 1_000), patienceMs);
      if (!answered.ok) continue;
      degraded = false;
      log.info({}, 'Redis answers again.');
    }
  };

  return {
    async ask(question, otherwise, undo) {
      if (redis.status !== 'ready') lost(`the connection is ${redis.status}`);
      if (degraded) return await otherwise();
      const answered = await inTime(question(redis), patienceMs, answer => {
        // What cannot be undone ends by itself, as every key does.
        undo?.(redis, answer).catch(() => undefined);
      });
      if (answered.ok) return answered.value;
      lost(answered.refusal);
      return await otherwise();
    },
    tell(message) {
      if (degraded || redis.status !== 'ready') return;
      message(redis).catch((error: unknown) => lost((error as Error).message));
    },
    degraded: () => degraded,
    close() {
      closed = true;
      // On a connection that has already ended, ioredis would hold the process for two seconds.
      if (redis.status !== 'end') redis.disconnect();
    },
  };
}

function connect(url: string, keyPrefix: string, cluster: boolean): RedisServer {
  const everywhere: ClientOptions = {
    connectTimeout: SILENCE_MS,
    socketTimeout: SILENCE_MS,
    enableOfflineQueue: false,
    maxRetriesPerRequest: 0,
    autoResendUnfulfilledCommands: false,
    // A primary that became a replica keeps its connections; the way to the new one begins with a fresh one.
    reconnectOnError: error => error.message.startsWith('READONLY'),
  };
  const retry = (attempt: number): number => Math.min(attempt * 50, LONGEST_RECONNECT_MS);
  if (!cluster) return new Redis(url, { ...everywhere, keyPrefix, retryStrategy: retry });
  const { hostname, port, username, password, protocol } = new URL(url);
  return new Cluster([{ host: hostname, port: Number(port || '6379') }], {
    keyPrefix,
    enableOfflineQueue: false,
    clusterRetryStrategy: retry,
    slotsRefreshTimeout: SILENCE_MS,
    slotsRefreshInterval: 5_000,
    redisOptions: {
      ...everywhere,
      ...(username ? { username: decodeURIComponent(username) } : {}),
      ...(password ? { password: decodeURIComponent(password) } : {}),
      ...(protocol === 'rediss:' ? { tls: {} } : {}),
    },
  });
}

/** The answer, or why there is none in time. */
const inTime = <T>(asked: Promise<T>, patienceMs: number, late?: (answer: T) => void): Promise<Outcome<T, string>> =>
  new Promise(resolve => {
    let over = false;
    const end = (outcome: Outcome<T, string>): void => {
      over = true;
      resolve(outcome);
    };
    const timer = setTimeout(() => {
      // A busy process may have the answer in its socket, and reads it before an immediate runs.
      setImmediate(() => {
        if (!over) end(refused(`no answer within ${patienceMs} ms`));
      });
    }, patienceMs);
    asked.then(
      answer => {
        clearTimeout(timer);
        if (over) late?.(answer);
        else end(ok(answer));
      },
      (error: unknown) => {
        clearTimeout(timer);
        end(refused((error as Error).message));
      },
    );
  });
