/** The SQL of pins. */
import type { Tx } from '../platform/postgres/database.ts';

/** Pins the integration unless it is pinned; answers what it is pinned to by now, null where there is
    no such integration. Of several at once the first to hold the row decides, and the others, which
    waited for it, answer the same. */
export async function pinUnlessPinned(tx: Tx, environmentId: string, integrationId: string, version: string, at: Date): Promise<string | null> {
  const [rows] = await tx.query<[{ pinned_version: string }[], number]>(
    `update portico.integration set pinned_version = coalesce(pinned_version, $3), pinned_at = coalesce(pinned_at, $4)
     where environment_id = $1 and id = $2 returning pinned_version`,
    [environmentId, integrationId, version, at],
  );
  return rows[0]?.pinned_version ?? null;
}

/** Pins the integration; where it is pinned to the version already, since when stays as it is.
    Answers whether the integration exists. */
export async function setPin(tx: Tx, environmentId: string, integrationId: string, version: string, at: Date): Promise<boolean> {
  const [, affected] = await tx.query<[unknown[], number]>(
    `update portico.integration set pinned_version = $3, pinned_at = case when pinned_version = $3 then pinned_at else $4 end
     where environment_id = $1 and id = $2`,
    [environmentId, integrationId, version, at],
  );
  return affected === 1;
}
