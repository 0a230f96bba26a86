/** The SQL of what the staff defines. */
import type { Tx } from '../platform/postgres/database.ts';
import type { NewMeasure, NewMetric, NewTouchpoint } from './metric.rules.ts';

/** Definitions of one environment are made one after the other, so that each version follows the last. */
export const lockDefinitions = (tx: Tx, environmentId: string): Promise<unknown> =>
  tx.query("select pg_advisory_xact_lock(hashtextextended('portico.definitions.' || $1, 0))", [environmentId]);

export async function nextVersion(tx: Tx, table: 'metric' | 'event_type', environmentId: string, name: string): Promise<number> {
  const [row] = await tx.query<{ next: number }[]>(`select coalesce(max(version), 0) + 1 as next from portico.${table} where environment_id = $1 and name = $2`, [
    environmentId,
    name,
  ]);
  return row!.next;
}

export async function insertMetric(tx: Tx, environmentId: string, metric: NewMetric & { id: string; version: number; definedAt: Date }): Promise<void> {
  const { id, name, version, title, description, unit, polarity, kind, aggregate, scale, minimumCount, definedAt } = metric;
  await tx.query(
    `insert into portico.metric (environment_id, id, name, version, title, description, unit, polarity, kind, aggregate, scale, minimum_count, defined_at)
     values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13)`,
    [environmentId, id, name, version, title.trim(), description.trim(), unit.trim(), polarity, kind, aggregate, scale ?? '1', minimumCount, definedAt],
  );
  await insertMeasure(tx, environmentId, id, 'NUMERATOR', metric.numerator);
  if (metric.denominator) await insertMeasure(tx, environmentId, id, 'DENOMINATOR', metric.denominator);
}

const insertMeasure = (tx: Tx, environmentId: string, metricId: string, role: string, { eventType, operation, field, condition }: NewMeasure): Promise<unknown> =>
  tx.query('insert into portico.metric_measure (environment_id, metric_id, role, event_type, operation, field, condition) values ($1, $2, $3, $4, $5, $6, $7)', [
    environmentId,
    metricId,
    role,
    eventType,
    operation,
    field ?? null,
    condition ?? null,
  ]);

/** Those of the ids that are metrics. */
export async function knownMetrics(tx: Tx, environmentId: string, ids: readonly string[]): Promise<Set<string>> {
  const rows = await tx.query<{ id: string }[]>('select id from portico.metric where environment_id = $1 and id = any ($2)', [environmentId, ids]);
  return new Set(rows.map(({ id }) => id));
}

/** The touchpoints of a journey; null where there is no such journey. */
export async function touchpointsOf(tx: Tx, environmentId: string, journeyId: string): Promise<Set<string> | null> {
  const [row] = await tx.query<{ ids: string[] }[]>(
    `select array(select t.id::text from portico.touchpoint t where t.environment_id = j.environment_id and t.journey_id = j.id) as ids
     from portico.journey j where j.environment_id = $1 and j.id = $2 for update`,
    [environmentId, journeyId],
  );
  return row ? new Set(row.ids) : null;
}

/** Writes a journey; a new one comes after the others. */
export const putJourney = (tx: Tx, environmentId: string, { id, title, description }: { id: string; title: string; description: string }): Promise<unknown> =>
  tx.query(
    `insert into portico.journey (environment_id, id, position, title, description)
     values ($1::portico.id, $2, (select coalesce(max(position), 0) + 1 from portico.journey where environment_id = $1::portico.id), $3, $4)
     on conflict (environment_id, id) do update set title = excluded.title, description = excluded.description`,
    [environmentId, id, title.trim(), description.trim()],
  );

/** A journey's touchpoints are these and no others, in this order. */
export async function replaceTouchpoints(tx: Tx, environmentId: string, journeyId: string, touchpoints: readonly (NewTouchpoint & { id: string })[]): Promise<void> {
  await tx.query('delete from portico.touchpoint where environment_id = $1 and journey_id = $2', [environmentId, journeyId]);
  for (const [i, { id, title, description, categories, metricIds }] of touchpoints.entries()) {
    await tx.query('insert into portico.touchpoint (environment_id, id, journey_id, position, title, description) values ($1, $2, $3, $4, $5, $6)', [
      environmentId,
      id,
      journeyId,
      i + 1,
      title.trim(),
      description.trim(),
    ]);
    await tx.query('insert into portico.touchpoint_category (environment_id, touchpoint_id, category) select $1, $2, unnest($3::text[])', [environmentId, id, categories]);
    await tx.query('insert into portico.touchpoint_metric (environment_id, touchpoint_id, metric_id) select $1, $2, unnest($3::text[])', [environmentId, id, metricIds]);
  }
}
