/**
 * Where requests and failed guesses are counted: in this process, or in Redis for all gateways
 * alike. Both keep the same two numbers by the same rules, each on its own clock.
 *
 * An address draws from a bucket in GCRA's form (one instant a key: when the bucket will be full
 * again). Failures are kept as the instants of the last few, so that no window of time, wherever it
 * begins, holds more than allowed.
 */
import { LRUCache } from 'lru-cache';
import type { Clock } from '../base/clock.ts';
import type { RedisLink } from '../platform/redis.ts';

export interface GuessLimits {
  /** Failed guesses per address and client within the window. */
  readonly failures: number;
  readonly windowMs: number;
  /** Requests without authentication per address: how many at once, and how often one more. */
  readonly burst: number;
  readonly intervalMs: number;
}

export const GUESS_LIMITS: GuessLimits = { failures: 10, windowMs: 5 * 60_000, burst: 100, intervalMs: 50 };

export interface Failures {
  readonly count: number;
  /** Until the oldest of them no longer counts. */
  readonly oldestLeavesInMs: number;
}

export interface GuessCounts {
  /** Takes one request from the address; answers how many milliseconds too early it is, 0 when it is admitted. */
  draw(address: string): Promise<number>;
  failures(guesser: string): Promise<Failures>;
  recordFailure(guesser: string): Promise<void>;
}

/** Keys remembered at most. An entry takes about 200 bytes; to push one out, an attacker would need
    as many addresses. */
const MAX_KEYS = 50_000;

export interface LocalGuessCounts extends GuessCounts {
  failuresNow(guesser: string): Failures;
}

export function localGuessCounts(limits: GuessLimits, clock: Clock): LocalGuessCounts {
  const fullAt = new LRUCache<string, number>({ max: MAX_KEYS });
  const failedAt = new LRUCache<string, number[]>({ max: MAX_KEYS });
  const failuresNow = (guesser: string): Failures => {
    const now = clock.now();
    const recent = (failedAt.get(guesser) ?? []).filter(at => now - at < limits.windowMs);
    return { count: recent.length, oldestLeavesInMs: recent[0] === undefined ? 0 : recent[0] + limits.windowMs - now };
  };
  return {
    async draw(address) {
      const now = clock.now();
      const full = Math.max(now, fullAt.get(address) ?? 0);
      const early = full - (limits.burst - 1) * limits.intervalMs - now;
      if (early > 0) return early;
      fullAt.set(address, full + limits.intervalMs);
      return 0;
    },
    failuresNow,
    failures: async guesser => failuresNow(guesser),
    async recordFailure(guesser) {
      failedAt.set(guesser, [...(failedAt.get(guesser) ?? []), clock.now()].slice(-limits.failures));
    },
  };
}

/** One script, so that each step is atomic; one key a call, so that it runs on a cluster too. Time is
    Redis' own: the gateways' clocks differ. */
const SCRIPT = `
local clock = redis.call('time')
local now = clock[1] * 1000 + math.floor(clock[2] / 1000)
local integer = function(number) return string.format('%.0f', number) end

if ARGV[1] == 'draw' then
  local interval, burst = tonumber(ARGV[2]), tonumber(ARGV[3])
  local full = math.max(now, tonumber(redis.call('get', KEYS[1]) or 0))
  local early = full - (burst - 1) * interval - now
  if early > 0 then return { early } end
  redis.call('set', KEYS[1], integer(full + interval), 'px', integer(full + interval - now))
  return { 0 }
end

local window, kept = tonumber(ARGV[2]), tonumber(ARGV[3])
if ARGV[1] == 'fail' then
  redis.call('rpush', KEYS[1], integer(now))
  redis.call('ltrim', KEYS[1], -kept, -1)
  redis.call('pexpire', KEYS[1], window)
end
local count, leaves = 0, 0
for _, at in ipairs(redis.call('lrange', KEYS[1], 0, -1)) do
  if now - at < window then
    count = count + 1
    if count == 1 then leaves = at + window - now end
  end
end
return { count, leaves }`;

/** Counts in Redis, and in the process too, which goes on alone where Redis is slow or gone. */
export function sharedGuessCounts(limits: GuessLimits, redis: RedisLink, local: GuessCounts): GuessCounts {
  const run = (step: 'draw' | 'count' | 'fail', key: string, a: number, b: number, otherwise: () => Promise<number[]>): Promise<number[]> =>
    redis.ask(server => server.eval(SCRIPT, 1, key, step, a, b) as Promise<number[]>, otherwise);
  const localFailures = async (guesser: string) => {
    const { count, oldestLeavesInMs } = await local.failures(guesser);
    return [count, oldestLeavesInMs];
  };
  return {
    async draw(address) {
      const [early = 0] = await run('draw', `address:{${address}}`, limits.intervalMs, limits.burst, async () => [await local.draw(address)]);
      return early;
    },
    async failures(guesser) {
      const [count = 0, oldestLeavesInMs = 0] = await run('count', `guesses:{${guesser}}`, limits.windowMs, limits.failures, () => localFailures(guesser));
      return { count, oldestLeavesInMs };
    },
    async recordFailure(guesser) {
      await local.recordFailure(guesser);
      await run('fail', `guesses:{${guesser}}`, limits.windowMs, limits.failures, () => localFailures(guesser));
    },
  };
}
