/**
 * Limits for those who have not proved who they are. Failed guesses at a client's secret are counted
 * per address and client, so that whoever guesses locks out nobody but himself; and every request
 * without authentication counts against its address.
 */
import type { Clock } from '../base/clock.ts';
import { isId } from '../base/ids.ts';
import type { RedisLink } from '../platform/redis.ts';
import { addressKey } from './client-address.ts';
import { GUESS_LIMITS, localGuessCounts, sharedGuessCounts, type GuessCounts, type GuessLimits } from './guess-counts.ts';

export type Admission<T> = { readonly ok: true; readonly value: T } | { readonly ok: false; readonly retryAfterMs: number };

export interface Guesses {
  /** Takes one of the requests that an address may make without authentication. */
  admit(address: string): Promise<Admission<null>>;
  /** Runs `check`, which answers null for a wrong secret, unless the address has failed too often
      with this client. An error of the check is no failure of the guesser's. */
  guess<T>(address: string, clientId: string, check: () => Promise<T | null>): Promise<Admission<T | null>>;
}

/** The checks under way for one address and client, and those who wait for one of them to end. */
interface Lane {
  guesses: number;
  running: number;
  waiting: (() => void)[];
}

/** In Redis where there is one, else in this process. */
export function openGuesses(clock: Clock, redis: RedisLink | null, limits: GuessLimits = GUESS_LIMITS): Guesses {
  const local = localGuessCounts(limits, clock);
  const counts: GuessCounts = redis ? sharedGuessCounts(limits, redis, local) : local;
  const lanes = new Map<string, Lane>();

  return {
    async admit(address) {
      const early = await counts.draw(addressKey(address));
      return early > 0 ? { ok: false, retryAfterMs: early } : { ok: true, value: null };
    },

    async guess(address, clientId, check) {
      // Ids that are none are one client between them: their number is without end.
      const guesser = `${addressKey(address)} ${isId(clientId) ? clientId : '-'}`;
      const lane = lanes.get(guesser) ?? { guesses: 0, running: 0, waiting: [] };
      lanes.set(guesser, lane);
      lane.guesses++;
      try {
        for (;;) {
          const shared = await counts.failures(guesser);
          // A Redis that was restarted empty has forgotten what this process still knows.
          const own = local.failuresNow(guesser);
          const failures = own.count > shared.count ? own : shared;
          if (failures.count >= limits.failures) return { ok: false, retryAfterMs: failures.oldestLeavesInMs };
          // As many checks run at once as may still fail. The others wait instead of being refused:
          // a partner whose twenty workers start together has guessed nothing.
          if (lane.running < limits.failures - failures.count) break;
          await new Promise<void>(resolve => lane.waiting.push(resolve));
        }
        lane.running++;
        try {
          const value = await check();
          if (value === null) await counts.recordFailure(guesser);
          return { ok: true, value };
        } finally {
          lane.running--;
          for (const wake of lane.waiting.splice(0)) wake();
        }
      } finally {
        lane.guesses--;
        if (lane.guesses === 0) lanes.delete(guesser);
      }
    },
  };
}
