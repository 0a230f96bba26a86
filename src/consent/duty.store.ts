/** The SQL of duties to delete: when one arises, whether one is overdue, who has attested it. */
import type { Instant } from '../base/clock.ts';
import { newId } from '../base/ids.ts';
import type { Tx } from '../platform/postgres/database.ts';
import type { Grant } from './grant.rules.ts';

/** The duty that a grant's end leaves behind, due when the first of its categories may be kept no longer;
    a grant leaves one at most. */
export async function insertDuty(tx: Tx, environmentId: string, grant: Grant, endedAt: Instant): Promise<void> {
  await tx.query(
    `insert into portico.deletion_duty (environment_id, id, partner_id, integration_id, grant_id, subject_id, arose_at, due_at)
     select g.environment_id, $3, g.partner_id, g.integration_id, g.id, g.subject_id, $4::timestamptz, $4::timestamptz + make_interval(days => (
       select min(c.retention_days) from portico.consent_grant_scope s join portico.data_category c on c.code = s.category where s.environment_id = g.environment_id and s.grant_id = g.id))
     from portico.consent_grant g where g.environment_id = $1 and g.id = $2
     on conflict (environment_id, grant_id) do nothing`,
    [environmentId, grant.id, newId('dut'), new Date(endedAt)],
  );
}

/** Since when the partner's oldest overdue duty has been due; null where none is. */
export async function overdueSince(tx: Tx, environmentId: string, partnerId: string, now: Instant): Promise<Date | null> {
  const [row] = await tx.query<{ due_at: Date | null }[]>(
    'select min(due_at) as due_at from portico.deletion_duty where environment_id = $1 and partner_id = $2 and attested_at is null and due_at <= $3',
    [environmentId, partnerId, new Date(now)],
  );
  return row?.due_at ?? null;
}

/** Answers whether there is such a duty of the partner; what it has attested stays as it was. */
export async function attestDuty(tx: Tx, duty: { environmentId: string; partnerId: string; id: string }, by: string, statement: string, at: Instant): Promise<boolean> {
  const [, count] = await tx.query<[unknown, number]>(
    `update portico.deletion_duty set attested_at = coalesce(attested_at, greatest($6, arose_at)), attested_by = coalesce(attested_by, $4), statement = coalesce(statement, $5)
     where environment_id = $1 and partner_id = $2 and id = $3`,
    [duty.environmentId, duty.partnerId, duty.id, by, statement, new Date(at)],
  );
  return count === 1;
}
