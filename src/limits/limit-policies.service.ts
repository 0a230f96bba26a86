/**
 * Changing limits at run time, and what each gateway knows of them. A change is a row; every gateway
 * looks each second whether there is a new one, so that no request asks PostgreSQL for its limits and
 * a change counts everywhere within two seconds. Without PostgreSQL the last known ones go on.
 */
import type { Clock, Instant } from '../base/clock.ts';
import { ok, type Outcome } from '../base/outcome.ts';
import type { Job } from '../platform/jobs.ts';
import { NO_TENANT, inTransaction, type Database, type Tx } from '../platform/postgres/database.ts';
import {
  checksOf,
  decideChange,
  limitsOf,
  nextChange,
  policiesOf,
  subjectsOf,
  type LimitChange,
  type LimitPolicy,
  type LimitRefusal,
  type LimitedCaller,
  type Limits,
  type Subject,
} from './limit-policy.rules.ts';
import { insertLimitPolicy, insertWithdrawal, listLimitHistory, listStandingPolicies, lockLimitPolicies, newestLimitPolicyId } from './limit-policy.store.ts';
import type { Policy } from './policy.rules.ts';

/** Decides on a subject's limits; what was decided before remains as history. Refusals: INVALID. */
export async function setLimits(tx: Tx, change: LimitChange, clock: Clock): Promise<Outcome<LimitPolicy, LimitRefusal>> {
  const decision = decideChange(change, clock.now());
  if (!decision.ok) return decision;
  await lockLimitPolicies(tx);
  return ok(await insertLimitPolicy(tx, decision.value));
}

/** Takes a subject's own limits back, as whoever decided on them; nothing where others were decided since. */
export async function withdrawLimits(tx: Tx, { policyId, reason }: { policyId: string; reason: string }, clock: Clock): Promise<void> {
  await lockLimitPolicies(tx);
  await insertWithdrawal(tx, { policyId, reason, startsAt: clock.now() });
}

/** The newest decisions, newest first. */
export const limitHistory = (tx: Tx, limit: number): Promise<LimitPolicy[]> => listLimitHistory(tx, limit);

export interface CallerLimits {
  readonly limits: Limits;
  /** For a draw: the enforced ones, then the shadows. */
  readonly policies: readonly Policy[];
  /** For an answer about costs, beside them. */
  readonly checks: readonly Policy[];
}

export interface LimitBook {
  /** The limits of a caller, from memory. */
  of(caller: LimitedCaller): CallerLimits;
  /** Reads what has changed. */
  refresh(): Promise<void>;
  readonly job: Job;
}

const REFRESH_MS = 1_000;

/** Loads all limits; throws `UnavailableError` without PostgreSQL. */
export async function openLimitBook(database: Database, clock: Clock): Promise<LimitBook> {
  let newest: string | null = null;
  let bySubject = new Map<string, LimitPolicy[]>();

  const refresh = (): Promise<void> =>
    inTransaction(database, NO_TENANT, async tx => {
      const id = await newestLimitPolicyId(tx);
      if (id === newest) return;
      const next = new Map<string, LimitPolicy[]>();
      for (const policy of await listStandingPolicies(tx, clock.now())) {
        const key = keyOf(policy.subject);
        next.set(key, [...(next.get(key) ?? []), policy]);
      }
      [bySubject, newest] = [next, id];
    });

  /** A caller is one object for as long as it is remembered, and asks for its limits with each request. */
  const known = new WeakMap<LimitedCaller, { readonly book: typeof bySubject; readonly until: Instant; readonly limits: CallerLimits }>();

  await refresh();
  return {
    of(caller) {
      const now = clock.now();
      const before = known.get(caller);
      if (before && before.book === bySubject && now < before.until) return before.limits;
      const subjects = subjectsOf(caller).map(subject => bySubject.get(keyOf(subject)) ?? []);
      const { limits, shadow } = limitsOf(subjects, now);
      const found = { limits, policies: policiesOf(limits, shadow), checks: checksOf(limits) };
      known.set(caller, { book: bySubject, until: nextChange(subjects, now), limits: found });
      return found;
    },
    refresh,
    job: { name: 'limits.refresh', everyMs: REFRESH_MS, run: refresh },
  };
}

const keyOf = ({ kind, name, environments }: Subject): string => `${kind} ${name} ${environments}`;
