/**
 * The SQL of rollups. A batch's events are added to the sums in the transaction that marks the batch
 * as measured, so that each is added once, whatever is killed in between. What the sums should be is
 * computed a second way, from nothing but the events, to prove or to mend them.
 */
import type { Tx } from '../platform/postgres/database.ts';

/** Environments in which events wait to be measured. */
export async function environmentsToMeasure(tx: Tx): Promise<string[]> {
  const rows = await tx.query<{ id: string }[]>('select id from portico.environments_to_measure() as e (id)');
  return rows.map(({ id }) => id);
}

/** One measures an environment at a time, and none while it is being reset; others wait for the end of its transaction. */
export const lockRollups = (tx: Tx, environmentId: string): Promise<unknown> =>
  tx.query("select pg_advisory_xact_lock(hashtextextended('portico.rollups.' || $1, 0)) from portico.share_measurement($1)", [environmentId]);

/** Marks the oldest batches that wait as measured, and answers them: as many as have that many events.
    Since the sums are locked, what is measured later has a later instant, whenever its transaction began. */
export async function takeBatches(tx: Tx, environmentId: string, events: number): Promise<string[]> {
  const [rows] = await tx.query<[{ id: string }[], number]>(
    `update portico.event_batch b set measured_at = clock_timestamp()
     where environment_id = $1 and id in (
       select id from (select id, sum(accepted) over (order by id) - accepted as before
         from (select id, accepted from portico.event_batch where environment_id = $1 and measured_at is null order by id limit 1000) waiting) counted
       where before < $2) returning id::text`,
    [environmentId, events],
  );
  return rows.map(({ id }) => id);
}

const GRAINS = "(values ('DAY', 'day'), ('MONTH', 'month'), ('QUARTER', 'quarter')) as g (grain, unit)";
const STARTS_ON = 'date_trunc(g.unit, day::timestamp)::date';
const PERIOD = 'partner_id, integration_id, metric_id, grain, starts_on';

/** Adds the batches' events to the sums, as the database says. */
export const foldBatches = (tx: Tx, environmentId: string, batchIds: readonly string[]): Promise<unknown> =>
  tx.query('select portico.fold_batches($1, $2)', [environmentId, batchIds]);

/** The sums as they follow from all measured events: straight from their definition, by another way
    than the one they are kept by. */
const RECOUNT = `
  select ${PERIOD},
    coalesce(sum(case operation when 'COUNT' then 1 when 'SUM' then amount end) filter (where role = 'NUMERATOR'), 0) + count(distinct member) filter (where role = 'NUMERATOR') as numerator,
    coalesce(sum(case operation when 'COUNT' then 1 when 'SUM' then amount end) filter (where role = 'DENOMINATOR'), 0) + count(distinct member) filter (where role = 'DENOMINATOR') as denominator,
    count(*) filter (where role = 'NUMERATOR') as numerator_events, count(*) filter (where role = 'DENOMINATOR') as denominator_events,
    min(occurred_at) as first_occurred_at, max(occurred_at) as last_occurred_at
  from (select s.*, g.grain, ${STARTS_ON} as starts_on from portico.event_as_measured s cross join ${GRAINS} where s.environment_id = $1 and s.measured_at is not null) s
  group by ${PERIOD}`;

const SUMS = 'numerator, denominator, numerator_events, denominator_events, first_occurred_at, last_occurred_at';

export interface RollupDifference {
  readonly metric: string;
  readonly integration_id: string;
  readonly grain: string;
  readonly starts_on: string;
  /** As text, by what it is; null where there is no such sum. */
  readonly kept: string | null;
  readonly recomputed: string | null;
}

/** How many sums are kept, and the first of those that are not what the events say. */
export async function compareRollups(tx: Tx, environmentId: string, limit: number): Promise<{ sums: number; differences: RollupDifference[] }> {
  const [row] = await tx.query<{ sums: number; differences: RollupDifference[] }[]>(
    `with recomputed as (${RECOUNT}), kept as (select ${PERIOD}, ${SUMS} from portico.metric_rollup where environment_id = $1),
     pairs as (
       select ${PERIOD}, to_jsonb(k) as kept, to_jsonb(r) as recomputed from kept k full join recomputed r using (${PERIOD})
       where k is null or r is null or (${SUMS.split(', ')
         .map(name => `k.${name}`)
         .join(', ')}) is distinct from (${SUMS.split(', ')
         .map(name => `r.${name}`)
         .join(', ')})
       limit $2
     )
     select (select count(*)::float8 from kept) as sums, coalesce((
       select jsonb_agg(jsonb_build_object('metric', m.name, 'integration_id', p.integration_id, 'grain', p.grain, 'starts_on', p.starts_on, 'kept', p.kept, 'recomputed', p.recomputed))
       from pairs p join portico.metric m on m.environment_id = $1 and m.id = p.metric_id), '[]') as differences`,
    [environmentId, limit],
  );
  return row!;
}

/** Makes all sums anew from the measured events. */
export async function rebuildRollups(tx: Tx, environmentId: string): Promise<void> {
  await tx.query('delete from portico.metric_member where environment_id = $1', [environmentId]);
  await tx.query('delete from portico.metric_rollup where environment_id = $1', [environmentId]);
  const rows = await tx.query<{ id: string }[]>('select id::text from portico.event_batch where environment_id = $1 and measured_at is not null', [environmentId]);
  await foldBatches(
    tx,
    environmentId,
    rows.map(({ id }) => id),
  );
}
