/**
 * Which limits apply to a caller, and which changes of them can be made. A tier has limits; a partner
 * and an integration may have their own, which go before. A new row may stand in the shadow for a
 * while: counted and shown beside what is enforced, so that everybody sees whom it would refuse.
 */
import type { Instant } from '../base/clock.ts';
import { ok, refused, type Outcome } from '../base/outcome.ts';
import { idPrefix } from '../base/ids.ts';
import type { Policy } from './policy.rules.ts';

export interface Limits {
  /** Most tokens that can be spent at once. */
  readonly capacity: number;
  readonly refillPerSecond: number;
  readonly maxOperationCost: number;
  /** Most requests in flight. */
  readonly concurrency: number;
}

export const SUBJECT_KINDS = ['TIER', 'PARTNER', 'INTEGRATION'] as const;
export type SubjectKind = (typeof SUBJECT_KINDS)[number];

export const ENVIRONMENT_KINDS = ['BOTH', 'LIVE', 'SANDBOX'] as const;
export type EnvironmentKinds = (typeof ENVIRONMENT_KINDS)[number];

export interface Subject {
  readonly kind: SubjectKind;
  /** A tier's code, or an id. */
  readonly name: string;
  readonly environments: EnvironmentKinds;
}

export interface LimitPolicy {
  readonly id: string;
  readonly subject: Subject;
  /** Null where the subject has none of its own any more. */
  readonly limits: Limits | null;
  readonly startsAt: Instant;
  readonly shadowUntil: Instant | null;
  readonly decidedBy: string;
  readonly reason: string;
}

/** For a tier that nobody gave limits: those of the first one. */
export const DEFAULT_LIMITS: Limits = { capacity: 1_000, refillPerSecond: 50, maxOperationCost: 1_000, concurrency: 50 };

/** A policy is enforced from this instant on. */
export const enforcedFrom = ({ startsAt, shadowUntil }: Pick<LimitPolicy, 'startsAt' | 'shadowUntil'>): Instant => shadowUntil ?? startsAt;

/** What counts of one subject's policies, which come oldest first: a newer one replaces all before it,
    those that are still in the shadow too. */
export function countingAt(policies: readonly LimitPolicy[], now: Instant): { enforced: LimitPolicy | null; shadow: LimitPolicy | null } {
  let shadow: LimitPolicy | null = null;
  for (const policy of policies.toReversed()) {
    if (enforcedFrom(policy) <= now) return { enforced: policy, shadow };
    if (policy.startsAt <= now) shadow ??= policy;
  }
  return { enforced: null, shadow };
}

export interface LimitedCaller {
  readonly integrationId: string;
  readonly partnerId: string;
  readonly tier: string;
  readonly environment: { readonly kind: 'LIVE' | 'SANDBOX' };
}

/** Whose limits apply to the caller, the nearest first. */
export const subjectsOf = ({ integrationId, partnerId, tier, environment: { kind } }: LimitedCaller): Subject[] =>
  (
    [
      ['INTEGRATION', integrationId],
      ['PARTNER', partnerId],
      ['TIER', tier],
    ] as const
  ).flatMap(([subject, name]) => [
    { kind: subject, name, environments: kind },
    { kind: subject, name, environments: 'BOTH' },
  ]);

/** The nearest subject's enforced limits, and the shadow of that subject or a nearer one. */
export function limitsOf(subjects: readonly (readonly LimitPolicy[])[], now: Instant): { limits: Limits; shadow: Limits | null } {
  let shadow: LimitPolicy | null = null;
  for (const policies of subjects) {
    const counting = countingAt(policies, now);
    shadow ??= counting.shadow;
    if (counting.enforced?.limits) return { limits: counting.enforced.limits, shadow: shadow?.limits ?? null };
  }
  return { limits: DEFAULT_LIMITS, shadow: shadow?.limits ?? null };
}

/** Until when the limits of these subjects are what they are now; `Infinity` where nothing else is decided. */
export const nextChange = (subjects: readonly (readonly LimitPolicy[])[], now: Instant): Instant =>
  Math.min(...subjects.flatMap(policies => policies.flatMap(policy => [policy.startsAt, enforcedFrom(policy)])).filter(instant => instant > now));

/** Longer than nearly every request takes (a statement's own timeout is 5 s), and as long as a partner
    whose gateway was killed waits for its places. */
const LEASE_MS = 30_000;

/** The names are what refusals, headers and metrics call the policies. */
export const COST = 'cost';
export const CONCURRENCY = 'concurrency';
export const SHADOW_SUFFIX = '-shadow';
export const CHECKS = 'cost-checks';
export const POLICY_NAMES: readonly string[] = [COST, CONCURRENCY, CHECKS, COST + SHADOW_SUFFIX, CONCURRENCY + SHADOW_SUFFIX];

export const policiesOf = (limits: Limits, shadow: Limits | null): Policy[] => [...policies(limits, false), ...(shadow ? policies(shadow, true) : [])];

/** Answers about costs are free, and work: nobody has more of them than of requests that cost 1. */
export const checksOf = ({ capacity, refillPerSecond }: Limits): Policy[] => [{ kind: 'BUCKET', name: CHECKS, capacity, refillPerSecond, shadow: false }];

const policies = ({ capacity, refillPerSecond, concurrency }: Limits, shadow: boolean): Policy[] => [
  { kind: 'BUCKET', name: named(COST, shadow), capacity, refillPerSecond, shadow },
  { kind: 'CONCURRENCY', name: named(CONCURRENCY, shadow), limit: concurrency, leaseMs: LEASE_MS, shadow },
];

const named = (name: string, shadow: boolean): string => (shadow ? name + SHADOW_SUFFIX : name);

export interface LimitChange {
  readonly subject: Subject;
  /** Null for no limits of its own any more. */
  readonly limits: Limits | null;
  /** How long the change is counted and shown before it is enforced; 0 for at once. */
  readonly shadowSeconds: number;
  readonly decidedBy: string;
  readonly reason: string;
}

export interface LimitRefusal {
  readonly code: 'INVALID';
  readonly message: string;
  readonly path: readonly string[];
}

const MOST: Limits = { capacity: 1_000_000, refillPerSecond: 1_000_000, maxOperationCost: 1_000_000, concurrency: 10_000 };
const MAX_SHADOW_SECONDS = 90 * 86_400;
const MAX_BY = 200;
const MAX_REASON = 500;

const TIER_CODE = /^[A-Z][A-Z0-9_]{0,39}$/;

/** What is decided by a change, or what is wrong with it. */
export function decideChange(change: LimitChange, now: Instant): Outcome<Omit<LimitPolicy, 'id'>, LimitRefusal> {
  const invalid = (message: string, ...path: string[]) => refused<LimitRefusal>({ code: 'INVALID', message, path });
  const { subject, limits, shadowSeconds, decidedBy, reason } = change;
  if (subject.kind === 'TIER' && !TIER_CODE.test(subject.name)) return invalid('A tier is named by its code, such as HARBOUR.', 'subject', 'name');
  if (subject.kind === 'PARTNER' && idPrefix(subject.name) !== 'prt') return invalid('A partner is named by its id, prt_...', 'subject', 'name');
  if (subject.kind === 'INTEGRATION' && idPrefix(subject.name) !== 'int') return invalid('An integration is named by its id, int_...', 'subject', 'name');
  if (!limits && subject.kind === 'TIER') return invalid('A tier cannot be without limits: give all four.', 'limits');
  for (const [name, value] of Object.entries(limits ?? {})) {
    const most = MOST[name as keyof Limits];
    if (!Number.isSafeInteger(value) || value < 1 || value > most) return invalid(`${name} must be a whole number from 1 to ${most}.`, 'limits', name);
  }
  if (limits && limits.maxOperationCost > limits.capacity) {
    return invalid(
      `An operation of cost ${limits.maxOperationCost} would never fit into a bucket of ${limits.capacity}: let maxOperationCost be at most capacity.`,
      'limits',
      'maxOperationCost',
    );
  }
  if (!Number.isSafeInteger(shadowSeconds) || shadowSeconds < 0 || shadowSeconds > MAX_SHADOW_SECONDS) {
    return invalid(`The shadow may last 0 to ${MAX_SHADOW_SECONDS} seconds (90 days).`, 'shadowSeconds');
  }
  if (decidedBy.trim() === '' || decidedBy.length > MAX_BY) return invalid(`Say who decides, in 1 to ${MAX_BY} characters.`, 'decidedBy');
  if (reason.trim() === '' || reason.length > MAX_REASON) return invalid(`Give the reason, in 1 to ${MAX_REASON} characters.`, 'reason');
  return ok({ subject, limits, startsAt: now, shadowUntil: shadowSeconds === 0 ? null : now + shadowSeconds * 1_000, decidedBy: decidedBy.trim(), reason: reason.trim() });
}
