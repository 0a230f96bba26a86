/** Standings as the schema's `RateLimitPolicy` tells them: the given value `rate_limit_policies`. */
import type { Instant } from '../base/clock.ts';
import type { Standing } from './policy.rules.ts';

export interface PolicyForPartners {
  readonly name: string;
  readonly limit: number;
  readonly remaining: number;
  readonly resetAt: Instant | null;
  readonly enforced: boolean;
}

/** @param now wall time */
export const standingsForPartners = (standings: readonly Standing[], now: Instant): PolicyForPartners[] =>
  standings.map(({ policy, limit, remaining, fullInMs }) => ({
    name: policy.name,
    limit,
    remaining,
    resetAt: policy.kind === 'BUCKET' ? now + fullInMs : null,
    enforced: !policy.shadow,
  }));
