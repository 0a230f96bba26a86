/** The SQL of duties to correct: whose they are once a correction is granted, and that one is done. */
import { newId } from '../../base/ids.ts';
import type { Instant } from '../../base/clock.ts';
import type { Tx } from '../../platform/postgres/database.ts';

export interface GrantedCorrection {
  readonly environmentId: string;
  readonly requestId: string;
  readonly customerId: string;
  readonly category: string;
}

/** A duty for each integration that read something of the person under a grant of the category, unless it has said that
    it deleted all of that. Told too often costs a look, told too seldom leaves what is wrong in the world. */
export async function insertCorrectionDuties(tx: Tx, { environmentId, requestId, customerId, category }: GrantedCorrection, arose: Instant, due: Instant): Promise<void> {
  const found = await tx.query<{ partner: string; integration: string; subject: string }[]>(
    `select distinct on (g.integration_id) g.partner_id as partner, g.integration_id as integration, g.subject_id as subject
     from portico.consent_grant g
     join portico.consent_grant_scope c on c.environment_id = g.environment_id and c.grant_id = g.id and c.category = $3
     join portico.subject_key k on k.environment_id = g.environment_id and k.subject_id = g.subject_id
     join portico.access_entry e on e.environment_id = g.environment_id and e.subject_reference = portico.subject_reference(k.key) and e.grant_id = g.id
     where g.environment_id = $1 and g.customer_id = $2
       and not exists (select from portico.deletion_duty d where d.environment_id = g.environment_id and d.grant_id = g.id and d.attested_at is not null)
     order by g.integration_id`,
    [environmentId, customerId, category],
  );
  for (const { partner, integration, subject } of found) {
    await tx.query(
      `insert into portico.correction_duty (environment_id, id, partner_id, integration_id, request_id, subject_id, category, arose_at, due_at)
       values ($1, $2, $3, $4, $5, $6, $7, $8, $9)`,
      [environmentId, newId('cdu'), partner, integration, requestId, subject, category, new Date(arose), new Date(due)],
    );
  }
}

/** Answers whether there is such a duty of the partner; saying so twice changes nothing more. */
export async function attestCorrectionDuty(tx: Tx, duty: { environmentId: string; partnerId: string; id: string }, by: string, at: Instant): Promise<boolean> {
  const [, count] = await tx.query<[unknown, number]>(
    `update portico.correction_duty set attested_at = coalesce(attested_at, greatest($5, arose_at)), attested_by = coalesce(attested_by, $4)
     where environment_id = $1 and partner_id = $2 and id = $3`,
    [duty.environmentId, duty.partnerId, duty.id, by, new Date(at)],
  );
  return count === 1;
}
