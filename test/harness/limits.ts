/** Limits with room for all that a test, a script or the benchmark asks, where they are not what is looked at. */
import pg from 'pg';

/** Decides so for every subject that has limits; a gateway that runs already goes by it within a second.
    @param ownerUrl the database's, as its owner
    @param maxOperationCost of a single operation; it stays as it was where none is given */
export async function widenLimits(ownerUrl: string, maxOperationCost: number | null = null): Promise<void> {
  const client = new pg.Client({ connectionString: ownerUrl });
  await client.connect();
  try {
    await client.query(
      `insert into portico.limit_policy (subject_kind, subject, environment_kind, capacity, refill_per_second, max_operation_cost, concurrency, starts_at, decided_by, reason)
       select distinct subject_kind, subject, environment_kind, 1000000, 1000000, coalesce($1, max_operation_cost), 10000, '2026-01-01'::timestamptz, 'tests', 'What is tested is not the limits.'
       from portico.limit_policy`,
      [maxOperationCost],
    );
  } finally {
    await client.end();
  }
}
