/**
 * Policies of budgets, and the arithmetic of a bucket. For whoever counts (in this process, in
 * Redis) and whoever tells partners where they stand.
 *
 * A bucket is kept as what was used of it, in millionths of a token, and when that was true, in
 * microseconds. With whole tokens and a whole number of tokens a second every step is a step between
 * integers below 2^53, so nothing is rounded and nothing drifts however often a bucket is drawn from.
 */

/** A budget that refills continuously. */
export interface BucketPolicy {
  readonly kind: 'BUCKET';
  /** What a refusal calls it: `cost`. */
  readonly name: string;
  /** Most that can be spent at once. */
  readonly capacity: number;
  readonly refillPerSecond: number;
  /** Counted and shown, not enforced. */
  readonly shadow: boolean;
}

/** A number of requests in flight. */
export interface ConcurrencyPolicy {
  readonly kind: 'CONCURRENCY';
  readonly name: string;
  readonly limit: number;
  /** A lease that is not given back ends by itself after so long: longer than any request takes, and
      as short as a partner can bear to wait after a gateway was killed. */
  readonly leaseMs: number;
  readonly shadow: boolean;
}

export type Policy = BucketPolicy | ConcurrencyPolicy;

export const MICRO = 1_000_000;

/** How a policy stands for one key after a draw. */
export interface Standing {
  readonly policy: Policy;
  /** How many gateways count for themselves, each with its share of the policy. */
  readonly share: number;
  /** What is used of it: millionths of a token, or places. */
  readonly used: number;
  /** Most that there can be: below the policy's own while gateways count alone. */
  readonly limit: number;
  /** Whole tokens, or places in flight, that are left; never negative. */
  readonly remaining: number;
  /** Until all of it is there again, if nothing more is drawn; 0 for places in flight, whose end nobody knows. */
  readonly fullInMs: number;
  readonly violated: boolean;
  /** Until the same draw would be admitted; 0 where it was. */
  readonly waitMs: number;
}

/** Nobody knows when a request in flight ends; most do within this. */
const CONCURRENCY_WAIT_MS = 100;

/** A bucket's standing, from what is used of it. */
export function bucketStanding(policy: BucketPolicy, used: number, violatedBy: { readonly cost: number } | null, share = 1): Standing {
  const capacity = policy.capacity / share;
  const perMs = (policy.refillPerSecond / share) * 1_000;
  return {
    policy,
    share,
    used,
    limit: Math.floor(capacity),
    remaining: Math.max(0, Math.floor((capacity * MICRO - used) / MICRO)),
    fullInMs: Math.ceil(used / perMs),
    violated: violatedBy !== null,
    waitMs: violatedBy ? Math.max(1, Math.ceil((used - roomFor(policy, violatedBy.cost, share)) / perMs)) : 0,
  };
}

/** How much may be used, in millionths, for a draw to be admitted. One gateway's share may be smaller
    than a single operation, which then waits for all of the share and takes it into debt: the rate
    holds, and no operation is refused for ever. */
export const roomFor = (policy: BucketPolicy, cost: number, share: number): number => Math.max(0, (policy.capacity / share) * MICRO - cost * MICRO);

export function concurrencyStanding(policy: ConcurrencyPolicy, taken: number, violated: boolean, share = 1): Standing {
  const limit = placesOf(policy, share);
  return { policy, share, used: taken, limit, remaining: Math.max(0, limit - taken), fullInMs: 0, violated, waitMs: violated ? CONCURRENCY_WAIT_MS : 0 };
}

/** One place at least: a gateway that lets nobody in is an outage. */
export const placesOf = (policy: ConcurrencyPolicy, share: number): number => Math.max(1, Math.floor(policy.limit / share));

/** How long an empty budget that is only played lasts: what is left comes back with the next request. */
const PLAYED_WAIT_MS = 1_000;

/** The standing as if nothing were left, for a fault that a sandbox asks for. */
export const emptied = (standing: Standing): Standing =>
  standing.policy.kind === 'BUCKET' && !standing.policy.shadow ? { ...standing, remaining: 0, fullInMs: PLAYED_WAIT_MS, violated: true, waitMs: PLAYED_WAIT_MS } : standing;

/** The standing after so many tokens came back. A policy that had no room gave nothing, and gets nothing. */
export const refunded = (standing: Standing, tokens: number): Standing =>
  standing.policy.kind === 'BUCKET' && !standing.violated ? bucketStanding(standing.policy, Math.max(0, standing.used - tokens * MICRO), null, standing.share) : standing;
