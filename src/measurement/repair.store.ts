/** The SQL of repairs. */
import type { Tx } from '../platform/postgres/database.ts';
import type { Reporter } from './event.store.ts';

export async function findRejected(tx: Tx, { environmentId, partnerId }: Reporter, id: string): Promise<{ payload: string | null } | null> {
  const [row] = await tx.query<{ payload: string | null }[]>('select payload from portico.rejected_event where environment_id = $1 and partner_id = $2 and id = $3', [
    environmentId,
    partnerId,
    id,
  ]);
  return row ?? null;
}

/** False where it was repaired before. */
export async function insertRepair(tx: Tx, { environmentId, partnerId, integrationId }: Reporter, rejectedEventId: string, at: Date): Promise<boolean> {
  const inserted = await tx.query<unknown[]>(
    `insert into portico.event_repair (environment_id, rejected_event_id, partner_id, integration_id, repaired_at) values ($1, $2, $3, $4, $5)
     on conflict (environment_id, rejected_event_id) do nothing returning 1`,
    [environmentId, rejectedEventId, partnerId, integrationId, at],
  );
  return inserted.length === 1;
}
