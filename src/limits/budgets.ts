/**
 * Budgets: how much each integration may ask for. One call takes all that a request needs (its
 * cost, a place among those in flight), or nothing. Counted in Redis for all gateways alike, and in
 * this process where there is none, or where Redis is slow or gone.
 */
import { newId } from '../base/ids.ts';
import type { Clock } from '../base/clock.ts';
import type { RedisLink } from '../platform/redis.ts';
import { localBudgets } from './local-budgets.ts';
import { takenOf, type Draw } from './counting.ts';
import { emptied, refunded, type Standing } from './policy.rules.ts';
import { sharedBudgets } from './shared-budgets.ts';

interface Decision {
  /** Decided by this gateway alone because Redis did not answer. */
  readonly degraded: boolean;
  /** In the order of the draw's policies. */
  readonly standings: readonly Standing[];
}

export interface Admitted extends Decision {
  readonly ok: true;
  /** What was drawn. */
  readonly cost: number;
  /** Gives the place and so many tokens back, once; for `settle`. */
  readonly giveBack: (refund: number) => void;
}

export interface Refused extends Decision {
  readonly ok: false;
  /** Names of the policies that had no room; shadows refuse nothing. */
  readonly violatedPolicies: readonly string[];
  /** Until all of them have room, if nobody else draws. */
  readonly retryAfterMs: number;
}

export type Admission = Admitted | Refused;

export interface Budgets {
  /** Takes all that the draw asks for, or nothing. One round trip to Redis; never longer than 50 ms, never throws. */
  admit(draw: Draw): Promise<Admission>;
  /** Ends an admitted draw: gives its place back and what it did not cost after all (`actualCost`, at
      most what was drawn). Answers how the policies stand then. Waits for nothing; each draw is
      settled once, and a settlement that is lost only under-admits, until its lease and its tokens
      come back by themselves. */
  settle(admission: Admitted, actualCost: number): readonly Standing[];
}

export interface BudgetEvents {
  /** Hears of each decision. */
  decided(admission: Admission): void;
}

export interface BudgetOptions {
  readonly clock: Clock;
  readonly redis: RedisLink | null;
  /** Gateways that count for themselves while there is no Redis: each has its share. */
  readonly gatewayCount: number;
  readonly events?: BudgetEvents;
  /** Keys that this process counts for at most. */
  readonly maxKeys?: number;
}

/** About 300 bytes each. */
const MAX_KEYS = 50_000;

export function openBudgets({ clock, redis, gatewayCount, events, maxKeys = MAX_KEYS }: BudgetOptions): Budgets {
  const local = localBudgets({ clock, share: gatewayCount, maxKeys });
  const shared = redis ? sharedBudgets(redis) : null;
  return {
    async admit(draw) {
      const leaseId = newId('lse');
      let by: Pick<typeof local, 'giveBack'> = shared ?? local;
      const alone = (): readonly Standing[] => {
        by = local;
        return local.take(draw, leaseId);
      };
      const standings = shared ? await shared.take(draw, leaseId, alone) : alone();
      const giveBack = (refund: number): void => by.giveBack(takenOf(draw, standings), leaseId, refund);
      const admission = decide(standings, draw, { degraded: by !== (shared ?? local), giveBack });
      events?.decided(admission);
      return admission;
    },
    settle({ cost, giveBack, standings }, actualCost) {
      const refund = Math.max(0, cost - Math.max(0, actualCost));
      giveBack(refund);
      return standings.map(standing => refunded(standing, refund));
    },
  };
}

function decide(standings: readonly Standing[], { cost }: Draw, { degraded, giveBack }: { degraded: boolean; giveBack: (refund: number) => void }): Admission {
  const violated = standings.filter(({ violated, policy }) => violated && !policy.shadow);
  if (violated.length === 0) return { ok: true, degraded, standings, cost, giveBack: once(giveBack) };
  return {
    ok: false,
    degraded,
    standings,
    violatedPolicies: violated.map(({ policy }) => policy.name),
    retryAfterMs: Math.max(...violated.map(({ waitMs }) => waitMs)),
  };
}

/** The refusal of budgets that stand so and have nothing left, for a fault that a sandbox asks for. */
export function asIfEmpty(standings: readonly Standing[]): Refused {
  const empty = standings.map(emptied);
  const violated = empty.filter(standing => standing.violated);
  return {
    ok: false,
    degraded: false,
    standings: empty,
    violatedPolicies: violated.map(({ policy }) => policy.name),
    retryAfterMs: Math.max(...violated.map(({ waitMs }) => waitMs)),
  };
}

/** Settling twice must not give twice. */
function once(giveBack: (refund: number) => void): (refund: number) => void {
  let done = false;
  return refund => {
    if (done) return;
    done = true;
    giveBack(refund);
  };
}
