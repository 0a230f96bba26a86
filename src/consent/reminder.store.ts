/** The SQL of reminders: that one was due, and whether the grant had been of any use. */
import type { Instant } from '../base/clock.ts';
import type { Tx } from '../platform/postgres/database.ts';

/** Writes down a reminder of a grant. It was unused where the access log has nothing of it since the one before. */
export async function insertReminder(tx: Tx, environmentId: string, grantId: string, since: Instant, at: Instant): Promise<void> {
  await tx.query(
    `insert into portico.consent_reminder (environment_id, grant_id, partner_id, at, unused)
     select g.environment_id, g.id, g.partner_id, $4::timestamptz, not exists (
       select from portico.access_entry a where a.environment_id = g.environment_id and a.grant_id = g.id and a.at > $3 and a.at <= $4
         and a.subject_reference = portico.subject_reference(k.key))
     from portico.consent_grant g left join portico.subject_key k on k.environment_id = g.environment_id and k.subject_id = g.subject_id
     where g.environment_id = $1 and g.id = $2
     on conflict do nothing`,
    [environmentId, grantId, new Date(since), new Date(at)],
  );
}
