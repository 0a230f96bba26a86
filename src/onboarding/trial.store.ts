/** The SQL of trials, and of what they switch. */
import type { Instant } from '../base/clock.ts';
import type { Tx } from '../platform/postgres/database.ts';
import type { Trial, TrialTerms } from './trial.rules.ts';

export interface Switch {
  readonly partnerId: string;
  /** Environment time; null where it never was live. */
  readonly liveAt: Instant | null;
  readonly liveUntil: Instant | null;
}

/** The integration's switch to live, locked; null where the context sees no such integration. */
export async function lockSwitch(tx: Tx, environmentId: string, integrationId: string): Promise<Switch | null> {
  const [row] = await tx.query<{ partner_id: string; live_at: Date | null; live_until: Date | null }[]>(
    'select partner_id, live_at, live_until from portico.integration where environment_id = $1 and id = $2 for no key update',
    [environmentId, integrationId],
  );
  return row ? { partnerId: row.partner_id, liveAt: row.live_at?.getTime() ?? null, liveUntil: row.live_until?.getTime() ?? null } : null;
}

export const setSwitch = (tx: Tx, environmentId: string, integrationId: string, { liveAt, liveUntil }: Omit<Switch, 'partnerId'>): Promise<unknown> =>
  tx.query('update portico.integration set live_at = $3, live_until = $4 where environment_id = $1 and id = $2', [environmentId, integrationId, at(liveAt), at(liveUntil)]);

export interface StoredTrial extends Trial {
  readonly limitPolicyId: string;
}

/** The integration's trial; its switch is locked before. */
export async function findTrial(tx: Tx, environmentId: string, integrationId: string): Promise<StoredTrial | null> {
  const [row] = await tx.query<{ started_at: Date; ends_at: Date; extended_at: Date | null; closed_at: Date | null; limit_policy_id: string }[]>(
    'select started_at, ends_at, extended_at, closed_at, limit_policy_id::text from portico.integration_trial where environment_id = $1 and integration_id = $2',
    [environmentId, integrationId],
  );
  if (!row) return null;
  return {
    startedAt: row.started_at.getTime(),
    endsAt: row.ends_at.getTime(),
    extendedAt: row.extended_at?.getTime() ?? null,
    closedAt: row.closed_at?.getTime() ?? null,
    limitPolicyId: row.limit_policy_id,
  };
}

export const insertTrial = (
  tx: Tx,
  environmentId: string,
  trial: { integrationId: string; partnerId: string; startedAt: Instant; endsAt: Instant; limitPolicyId: string } & Omit<TrialTerms, 'days'>,
): Promise<unknown> =>
  tx.query(
    `insert into portico.integration_trial (environment_id, integration_id, partner_id, started_at, ends_at, support_owner, exit_criteria, limit_policy_id)
     values ($1, $2, $3, $4, $5, $6, $7, $8)`,
    [environmentId, trial.integrationId, trial.partnerId, at(trial.startedAt), at(trial.endsAt), trial.supportOwner.trim(), trial.exitCriteria.trim(), trial.limitPolicyId],
  );

export const extendStoredTrial = (tx: Tx, environmentId: string, integrationId: string, { endsAt, now }: { endsAt: Instant; now: Instant }): Promise<unknown> =>
  tx.query('update portico.integration_trial set ends_at = $3, extended_at = $4 where environment_id = $1 and integration_id = $2', [
    environmentId,
    integrationId,
    at(endsAt),
    at(now),
  ]);

export const closeTrial = (tx: Tx, environmentId: string, integrationId: string, { isPromoted, now }: { isPromoted: boolean; now: Instant }): Promise<unknown> =>
  tx.query('update portico.integration_trial set closed_at = $3, is_promoted = $4 where environment_id = $1 and integration_id = $2', [
    environmentId,
    integrationId,
    at(now),
    isPromoted,
  ]);

const at = (instant: Instant | null): Date | null => (instant === null ? null : new Date(instant));
