/** What operators see of the limits: each policy's decisions, and how often Redis was missing. */
import type { Metrics } from '../platform/metrics.ts';
import type { RedisLink } from '../platform/redis.ts';
import { ADDRESS } from './address-limits.ts';
import type { BudgetEvents } from './budgets.ts';
import type { FieldLimitEvents } from './field-limits.ts';
import { POLICY_NAMES } from './limit-policy.rules.ts';

const DECISIONS = ['admitted', 'refused', 'shadow_refused'] as const;

/** Listeners for budgets and field limits. @param fields coordinates that have limits */
export function limitMetrics(metrics: Metrics, redis: RedisLink | null, fields: readonly string[]): BudgetEvents & { readonly fields: FieldLimitEvents } {
  const count = metrics.counter({
    name: 'portico_limit_decisions_total',
    help: 'Decisions by policy: whether it had room, and whether it refused or, as a shadow, would have.',
    labels: { policy: [...POLICY_NAMES, ADDRESS, ...fields], decision: DECISIONS },
  });
  const countDegraded = metrics.counter({ name: 'portico_limit_degraded_total', help: 'Draws that this gateway decided alone because Redis did not answer.', labels: {} });
  metrics.gauge({ name: 'portico_redis_degraded', help: '1 while limits are counted in this process because Redis does not answer.', value: () => (redis?.degraded() ? 1 : 0) });
  return {
    decided({ degraded, standings }) {
      if (degraded) countDegraded({});
      for (const { policy, violated } of standings) {
        const decision = !violated ? 'admitted' : policy.shadow ? 'shadow_refused' : 'refused';
        count({ policy: policy.name, decision });
      }
    },
    fields: { decided: (coordinate, admitted) => count({ policy: coordinate, decision: admitted ? 'admitted' : 'refused' }) },
  };
}
