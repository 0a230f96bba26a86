/** The door of the limits' room: how much anybody may ask for, and where they stand. */
import type { Room } from '../room.ts';
import { Charge, RateLimit, RateLimitCharges, RateLimitPolicy, RateLimitQueries } from './rate-limit.graphql.ts';

export const limitsRoom: Room = {
  name: 'limits',
  graphql: [RateLimit, RateLimitPolicy, RateLimitCharges, RateLimitQueries, Charge],
  migrations: ['20261123_30_limit_policies.sql', '20261123_31_request_costs.sql', '20261123_33_charges_by_the_newest_index.sql'],
};

export { addressKey } from './client-address.ts';
export { addressLimits, type AddressLimits } from './address-limits.ts';
export {
  BoundlessOperation,
  assumedCost,
  costAnswer,
  costFormula,
  requestCost,
  weightsOf,
  type CostAnswer,
  type CostFailure,
  type CostFormula,
  type RequestCost,
} from './cost/index.ts';
export { asIfEmpty, openBudgets, type Admission, type Admitted, type Budgets, type Refused } from './budgets.ts';
export type { Draw } from './counting.ts';
export { enforceFieldLimits, limitedFields } from './field-limits.ts';
export { openGuesses, type Guesses } from './guesses.ts';
export { costExtension, rateLimitHeaders, retryAfterSeconds, type CostExtension, type RateLimitHeaders } from './headers.ts';
export { limitMetrics } from './limit-metrics.ts';
export { limitHistory, openLimitBook, setLimits, withdrawLimits, type CallerLimits, type LimitBook } from './limit-policies.service.ts';
export { ENVIRONMENT_KINDS, type EnvironmentKinds, type LimitChange, type LimitPolicy, type LimitRefusal, type Limits, type SubjectKind } from './limit-policy.rules.ts';
export type { Policy, Standing } from './policy.rules.ts';
export { PoolShareExceeded, poolShare, type PoolShare } from './pool-share.ts';
export { standingsForPartners, type PolicyForPartners } from './standings.ts';
export { DEFAULT_MAXIMUM_COST } from './maximum-cost.ts';
export { openWindowCounts, type WindowCounts } from './window-counts.ts';
