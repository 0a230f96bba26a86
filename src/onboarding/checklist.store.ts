/** The checklist's SQL. What a step looks like in the request log is said in one place, the database's
    function, because it sees what the service may not: every tenant's log. */
import type { AnsweredRequest } from '../partners/index.ts';
import { NO_TENANT, inTransaction, type Database, type Tx } from '../platform/postgres/database.ts';

/** How far back a refusal may lie whose handling is still to be seen. */
const MEMORY_MS = 3_600_000;

/** Sees what the integrations of a batch, which is written already, have shown. */
export async function noteOnboarding(database: Database, batch: readonly AnsweredRequest[]): Promise<void> {
  const asked = new Map(batch.map(({ environmentId, integrationId }) => [`${environmentId} ${integrationId}`, { environmentId, integrationId }]));
  const pairs = [...asked.values()];
  const since = new Date(Math.min(...batch.map(({ receivedAt }) => receivedAt)) - MEMORY_MS);
  await inTransaction(database, NO_TENANT, tx =>
    tx.query('select portico.note_onboarding($1, $2, $3)', [pairs.map(({ environmentId }) => environmentId), pairs.map(({ integrationId }) => integrationId), since]),
  );
}

/** The steps that the partner has not shown yet, in their order. */
export async function openSteps(tx: Tx, environmentId: string, partnerId: string): Promise<string[]> {
  const rows = await tx.query<{ step: string }[]>('select step from portico.onboarding_step where environment_id = $1 and partner_id = $2 and seen_at is null order by position', [
    environmentId,
    partnerId,
  ]);
  return rows.map(({ step }) => step);
}
