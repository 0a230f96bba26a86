/**
 * How often something was done within a window of time: exactly, wherever the window begins. Counted
 * in Redis by one script, and in this process where there is none or it does not answer. Meant for
 * few and small windows: what is remembered is the instant of each of the last `max`.
 */
import type { Clock } from '../base/clock.ts';
import { redisScript, type RedisLink } from '../platform/redis.ts';

export interface Window {
  readonly max: number;
  readonly windowMs: number;
}

export interface WindowCounts {
  /** Counts one more and answers 0; where there were `max` already, counts nothing and answers in how
      many milliseconds the oldest leaves the window. */
  take(key: string, window: Window): Promise<number>;
}

const takeScript = redisScript(
  'porticoTakeInWindow',
  `
local clock = redis.call('time')
local now = clock[1] * 1000 + math.floor(clock[2] / 1000)
local max, window = tonumber(ARGV[1]), tonumber(ARGV[2])
local oldest = redis.call('lindex', KEYS[1], -max)
if oldest and now - oldest < window then return oldest + window - now end
redis.call('rpush', KEYS[1], string.format('%.0f', now))
redis.call('ltrim', KEYS[1], -max, -1)
redis.call('pexpire', KEYS[1], window)
return 0`,
);

/** About 100 bytes and 8 for each instant. Where all are full of instants that still count, whoever is
    new shares one list: no memory is taken, and nobody is let off. */
const MAX_KEYS = 20_000;
const NEWCOMERS = '\0newcomers';

/** @param share how many gateways count for themselves where there is no Redis */
export function openWindowCounts({ clock, redis, share }: { clock: Clock; redis: RedisLink | null; share: number }): WindowCounts {
  const lists = new Map<string, { readonly instants: number[]; readonly windowMs: number }>();

  const listOf = (key: string, windowMs: number, now: number): number[] => {
    const known = lists.get(key);
    const [oldest] = lists;
    if (!known && lists.size >= MAX_KEYS && oldest && now - oldest[1].instants.at(-1)! >= oldest[1].windowMs) lists.delete(oldest[0]);
    const name = known || lists.size < MAX_KEYS ? key : NEWCOMERS;
    const { instants } = known ?? lists.get(name) ?? { instants: [] };
    lists.delete(name);
    lists.set(name, { instants, windowMs });
    return instants;
  };

  const takeHere = (key: string, { max, windowMs }: Window): number => {
    const now = clock.now();
    const allowed = Math.max(1, Math.floor(max / share));
    const instants = listOf(key, windowMs, now);
    const oldest = instants.at(-allowed);
    if (oldest !== undefined && now - oldest < windowMs) return oldest + windowMs - now;
    instants.push(now);
    if (instants.length > allowed) instants.shift();
    return 0;
  };

  return {
    take: async (key, window) =>
      redis
        ? redis.ask(
            async server => Number(await takeScript(server, [`window:{${key}}`], [window.max, window.windowMs])),
            () => takeHere(key, window),
          )
        : takeHere(key, window),
  };
}
