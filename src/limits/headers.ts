/**
 * Where a caller stands, told: the header fields of draft-ietf-httpapi-ratelimit-headers-10 (lists of
 * structured fields, RFC 9651) and `extensions.cost` of an answer. Pure, for whoever answers.
 *
 * `q` and `r` are whole tokens (or places in flight), `w` the seconds in which an empty bucket fills,
 * `t` the seconds until it is full if nothing more is drawn. The draft lets `t` mean when more quota
 * is there; a bucket that refills continuously has more at every instant, which tells a client
 * nothing, so it is the instant at which all is back. `t` and `Retry-After` are rounded up: too late
 * by less than a second costs little, too early is another refusal.
 */
import type { Admission } from './budgets.ts';
import type { Policy, Standing } from './policy.rules.ts';

export interface RateLimitHeaders {
  readonly 'ratelimit-policy': string;
  readonly ratelimit: string;
}

/** Both fields, one member a policy, the shadows marked so. `degraded` says that this gateway decided
    alone, with its share of the numbers.
    @param standings as an admission or its settlement answered them */
export function rateLimitHeaders(standings: readonly Standing[], degraded: boolean): RateLimitHeaders {
  return {
    'ratelimit-policy': standings.map(standing => `"${standing.policy.name}"${policyParameters(standing)}${degraded ? ';degraded' : ''}`).join(', '),
    ratelimit: standings.map(({ policy, remaining, fullInMs }) => `"${policy.name}";r=${remaining}${policy.kind === 'BUCKET' ? `;t=${seconds(fullInMs)}` : ''}`).join(', '),
  };
}

function policyParameters({ policy, limit }: Standing): string {
  const shadow = policy.shadow ? ';shadow' : '';
  return policy.kind === 'BUCKET' ? `;q=${limit};w=${windowSeconds(policy)}${shadow}` : `;q=${limit};qu="concurrent-requests"${shadow}`;
}

const windowSeconds = ({ capacity, refillPerSecond }: Policy & { kind: 'BUCKET' }): number => Math.max(1, Math.ceil(capacity / refillPerSecond));

const seconds = (ms: number): number => Math.ceil(ms / 1_000);

/** Seconds for the header `Retry-After` of a refusal: never before the refusing buckets' `t`, at which
    whatever is asked is there; `retryAfterMs` is when this very request would be admitted. */
export function retryAfterSeconds({ standings, retryAfterMs }: Pick<Admission & { ok: false }, 'standings' | 'retryAfterMs'>): number {
  const refusing = standings.filter(({ violated, policy }) => violated && !policy.shadow);
  return Math.max(1, seconds(retryAfterMs), ...refusing.map(({ fullInMs }) => seconds(fullInMs)));
}

/** An answer's `extensions.cost`. */
export interface CostExtension {
  readonly requestedQueryCost: number;
  /** Null where the operation did not run. */
  readonly actualQueryCost: number | null;
  readonly throttleStatus: {
    readonly maximumAvailable: number;
    readonly currentlyAvailable: number;
    /** Tokens a second. */
    readonly restoreRate: number;
  };
}

export function costExtension(standings: readonly Standing[], requested: number, actual: number | null): CostExtension {
  const standing = standings.find(({ policy }) => policy.kind === 'BUCKET' && !policy.shadow);
  if (standing?.policy.kind !== 'BUCKET') throw new Error('The draw had no bucket that is enforced.');
  const { policy, limit, remaining } = standing;
  return {
    requestedQueryCost: requested,
    actualQueryCost: actual,
    throttleStatus: { maximumAvailable: limit, currentlyAvailable: remaining, restoreRate: (policy.refillPerSecond * limit) / policy.capacity },
  };
}
