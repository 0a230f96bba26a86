/** The SQL of progress: what rules must know, and what came of them. */
import type { Tx } from '../platform/postgres/database.ts';
import type { Rule } from './criteria.rules.ts';
import type { Sums } from './measured.rules.ts';
import type { KnownMetric, ProgressState, Tested } from './progress.rules.ts';

/** Wall time to the microsecond, as the database has it now. */
export async function databaseInstant(tx: Tx): Promise<string> {
  const [row] = await tx.query<{ instant: string }[]>('select clock_timestamp()::text as instant');
  return row!.instant;
}

/** One judges an environment at a time; others wait for the end of its transaction. */
export const lockProgress = (tx: Tx, environmentId: string): Promise<unknown> =>
  tx.query("select pg_advisory_xact_lock(hashtextextended('portico.progress.' || $1, 0))", [environmentId]);

/** Environments in which measured events wait to be judged. */
export async function environmentsToJudge(tx: Tx): Promise<string[]> {
  const rows = await tx.query<{ id: string }[]>('select id from portico.environments_to_judge() as e (id)');
  return rows.map(({ id }) => id);
}

/** Marks the oldest measured batches that wait as judged; answers how many, and whose they were. */
export async function takeMeasured(tx: Tx, environmentId: string, most: number): Promise<{ batches: number; integrationIds: string[] }> {
  const [rows] = await tx.query<[{ integration_id: string }[], number]>(
    `update portico.event_batch set judged_at = now() where environment_id = $1 and id in (
       select id from portico.event_batch where environment_id = $1 and measured_at is not null and judged_at is null order by id limit $2) returning integration_id`,
    [environmentId, most],
  );
  return { batches: rows.length, integrationIds: [...new Set(rows.map(row => row.integration_id))] };
}

/** A version of a milestone's rule, with the day on which the next one takes over. */
export interface RuleInForce {
  readonly milestoneId: string;
  readonly cadence: 'ONCE' | 'QUARTERLY';
  readonly retiredAt: Date | null;
  readonly version: number;
  readonly rule: Rule;
  readonly effectiveOn: string;
  readonly until: string | null;
  /** Ids of its criteria, in the rule's order. */
  readonly criterionIds: readonly string[];
  readonly dependsOn: readonly string[];
}

/** All versions that are in force on the day or were before. */
export const loadRules = (tx: Tx, environmentId: string, today: string): Promise<RuleInForce[]> =>
  tx.query<RuleInForce[]>(
    `select v.*, m.cadence, m.retired_at as "retiredAt",
       array(select c.id::text from portico.criterion c where c.environment_id = $1 and c.milestone_id = m.id and c.version = v.version order by c.position) as "criterionIds",
       array(select d.depends_on_id::text from portico.milestone_dependency d where d.environment_id = $1 and d.milestone_id = m.id order by 1) as "dependsOn"
     from (select milestone_id as "milestoneId", version, rule, effective_on::text as "effectiveOn",
         lead(effective_on) over (partition by milestone_id order by version)::text as until from portico.milestone_version where environment_id = $1) v
     join portico.milestone m on m.environment_id = $1 and m.id = v."milestoneId"
     where v."effectiveOn" <= $2 order by m.position, m.id, v.version`,
    [environmentId, today],
  );

export interface MetricRow extends KnownMetric {
  /** `name@version`. */
  readonly name: string;
  readonly distinct: readonly string[];
}

export const loadMetrics = (tx: Tx, environmentId: string): Promise<MetricRow[]> =>
  tx.query<MetricRow[]>(
    `select m.name || '@' || m.version as name, m.id as "metricId", m.scale::text, m.aggregate in ('MEAN', 'RATIO') as "isQuotient", m.minimum_count as "minimumCount",
       m.polarity = 'HIGHER_IS_BETTER' as "higherIsBetter",
       array(select r.role from portico.metric_measure r where r.environment_id = $1 and r.metric_id = m.id and r.operation = 'DISTINCT') as distinct
     from portico.metric m where m.environment_id = $1`,
    [environmentId],
  );

export interface Integration {
  readonly id: string;
  readonly partnerId: string;
}

export const loadIntegrations = (tx: Tx, environmentId: string, ids: readonly string[]): Promise<Integration[]> =>
  tx.query<Integration[]>('select id, partner_id as "partnerId" from portico.integration where environment_id = $1 and id = any ($2) order by id', [environmentId, ids]);

/** Most integrations that a cohort is made of: as many as one statement judges in a second or two. */
const MAX_COHORT = 2_000;

/** Integrations that reported something in the days of a quarter. */
export const loadReporting = (tx: Tx, environmentId: string, { from }: { from: string }): Promise<Integration[]> =>
  tx.query<Integration[]>(
    `select i.id, i.partner_id as "partnerId" from portico.integration i
     where i.environment_id = $1 and exists (select from portico.metric_rollup r where r.environment_id = $1 and r.partner_id = i.partner_id and r.integration_id = i.id and r.grain = 'QUARTER' and r.starts_on = $2)
     order by i.id limit ${MAX_COHORT}`,
    [environmentId, from],
  );

export interface StoredProgress {
  readonly id: string;
  readonly partnerId: string;
  readonly integrationId: string;
  readonly milestoneId: string;
  readonly period: string;
  readonly state: ProgressState;
  readonly version: number | null;
  readonly reachedAt: Date | null;
  readonly confirmedAt: Date | null;
  readonly confirmsAt: Date | null;
}

const STORED = `id, partner_id as "partnerId", integration_id as "integrationId", milestone_id as "milestoneId", period, state, version,
  reached_at as "reachedAt", confirmed_at as "confirmedAt", confirms_at as "confirmsAt"`;

export const loadProgress = (tx: Tx, environmentId: string, integrationIds: readonly string[]): Promise<StoredProgress[]> =>
  tx.query<StoredProgress[]>(`select ${STORED} from portico.milestone_progress where environment_id = $1 and integration_id = any ($2)`, [environmentId, integrationIds]);

/** The version of the rule that decides about the progress; null where it came without one, or is not there. */
export async function versionOf(tx: Tx, environmentId: string, id: string): Promise<number | null> {
  const [row] = await tx.query<{ version: number | null }[]>('select version from portico.milestone_progress where environment_id = $1 and id = $2', [environmentId, id]);
  return row?.version ?? null;
}

export async function lockOneProgress(tx: Tx, environmentId: string, id: string): Promise<StoredProgress | null> {
  const [row] = await tx.query<StoredProgress[]>(`select ${STORED} from portico.milestone_progress where environment_id = $1 and id = $2 for no key update`, [environmentId, id]);
  return row ?? null;
}

/** The integration's other results of the period that it depends on, and that are not decided: what depends on nothing first. */
export async function dependenciesOf(tx: Tx, environmentId: string, progressId: string): Promise<string[]> {
  const rows = await tx.query<{ id: string }[]>(
    `with recursive needed as (
       select d.depends_on_id as id, 1 as depth from portico.milestone_progress g
       join portico.milestone_dependency d on d.environment_id = $1 and d.milestone_id = g.milestone_id where g.environment_id = $1 and g.id = $2
       union
       select d.depends_on_id, n.depth + 1 from needed n join portico.milestone_dependency d on d.environment_id = $1 and d.milestone_id = n.id
     )
     select o.id from (select id, max(depth) as depth from needed group by id) n
     join portico.milestone_progress g on g.environment_id = $1 and g.id = $2
     join portico.milestone_progress o on o.environment_id = $1 and o.partner_id = g.partner_id and o.integration_id = g.integration_id and o.milestone_id = n.id and o.period = g.period
       and o.version is not null and o.state in ('LOCKED', 'OPEN', 'IN_PROGRESS', 'PROVISIONAL')
     order by n.depth desc, o.id`,
    [environmentId, progressId],
  );
  return rows.map(({ id }) => id);
}

/** Whether other results may follow from one of the milestone. */
export async function opensOthers(tx: Tx, environmentId: string, milestoneId: string): Promise<boolean> {
  const [row] = await tx.query<{ opens: boolean }[]>(
    `select exists (select from portico.milestone_dependency d where d.environment_id = $1 and d.depends_on_id = $2)
       or exists (select from portico.reward r where r.environment_id = $1 and r.milestone_id = $2 and r.kind = 'CAPABILITY') as opens`,
    [environmentId, milestoneId],
  );
  return row!.opens;
}

/** Codes of the capabilities that partners have at the instant, by partner. */
export async function loadCapabilities(tx: Tx, environmentId: string, partnerIds: readonly string[], at: Date): Promise<Map<string, Set<string>>> {
  const rows = await tx.query<{ partner_id: string; feature: string }[]>(
    `select partner_id, feature from portico.entitlement where environment_id = $1 and partner_id = any ($2) and kind = 'CAPABILITY' and starts_at <= $3 and (ends_at is null or ends_at > $3)`,
    [environmentId, partnerIds, at],
  );
  const held = new Map<string, Set<string>>();
  for (const { partner_id: partner, feature } of rows) held.set(partner, (held.get(partner) ?? new Set()).add(feature));
  return held;
}

/** Sums that are asked for. `whole` where the days are all that has been of a quarter. */
export interface SumsWanted {
  readonly partner_id: string;
  readonly integration_id: string;
  readonly metric_id: string;
  readonly from_day: string;
  readonly to_day: string;
  readonly whole: boolean;
  readonly distinct_numerator: boolean;
  readonly distinct_denominator: boolean;
}

const INSTANT = `'YYYY-MM-DD"T"HH24:MI:SS.US"Z"'`;

/** The sums that there were at an instant, made anew from the events that had been measured by then. */
const SUMS_OF_THEN = `with counted as materialized (
    select s.*, g.grain, date_trunc(g.unit, s.day::timestamp)::date as starts_on
    from portico.event_as_measured s cross join (values ('DAY', 'day'), ('QUARTER', 'quarter')) as g (grain, unit)
    where s.environment_id = $1 and s.measured_at <= $3::timestamptz and s.integration_id in (select w.integration_id from jsonb_to_recordset($2::jsonb) as w (integration_id text))
  ), metric_rollup as materialized (
    select environment_id, partner_id, integration_id, metric_id, grain, starts_on,
      coalesce(sum(case operation when 'COUNT' then 1 when 'SUM' then amount end) filter (where role = 'NUMERATOR'), 0) + count(distinct member) filter (where role = 'NUMERATOR') as numerator,
      coalesce(sum(case operation when 'COUNT' then 1 when 'SUM' then amount end) filter (where role = 'DENOMINATOR'), 0) + count(distinct member) filter (where role = 'DENOMINATOR') as denominator,
      count(*) filter (where role = 'NUMERATOR') as numerator_events, count(*) filter (where role = 'DENOMINATOR') as denominator_events,
      min(occurred_at) as first_occurred_at, max(occurred_at) as last_occurred_at
    from counted group by 1, 2, 3, 4, 5, 6
  ), metric_member as materialized (
    select distinct environment_id, partner_id, integration_id, metric_id, grain, starts_on, role, member as digest from counted where member is not null and grain = 'DAY'
  )`;

/** The sums, in the order in which they are wanted. Different values are counted anew over the days,
    since those of days do not add up; a quarter has its own.
    @param countedUntil wall time: by the events that had been measured then, and not by the sums that are kept */
export async function loadSums(tx: Tx, environmentId: string, wanted: readonly SumsWanted[], countedUntil: string | null = null): Promise<Sums[]> {
  if (wanted.length === 0) return [];
  const [given, schema] = countedUntil === null ? ['', 'portico.'] : [SUMS_OF_THEN, ''];
  const rows = await tx.query<(Sums & { n: number })[]>(
    `${given} select q.n::integer, case when q.distinct_numerator and not q.whole then coalesce(m.numerator, 0)::text else s.numerator end as numerator,
       case when q.distinct_denominator and not q.whole then coalesce(m.denominator, 0)::text else s.denominator end as denominator,
       s.numerator_events as "numeratorEvents", s.denominator_events as "denominatorEvents", s.first as "firstOccurredAt", s.last as "lastOccurredAt"
     from rows from (jsonb_to_recordset($2::jsonb) as (partner_id text, integration_id text, metric_id text, from_day date, to_day date, whole boolean, distinct_numerator boolean, distinct_denominator boolean))
       with ordinality as q (partner_id, integration_id, metric_id, from_day, to_day, whole, distinct_numerator, distinct_denominator, n)
     cross join lateral (
       select trim_scale(coalesce(sum(r.numerator), 0))::text as numerator, trim_scale(coalesce(sum(r.denominator), 0))::text as denominator,
         coalesce(sum(r.numerator_events), 0)::float8 as numerator_events, coalesce(sum(r.denominator_events), 0)::float8 as denominator_events,
         to_char(min(r.first_occurred_at) at time zone 'UTC', ${INSTANT}) as first, to_char(max(r.last_occurred_at) at time zone 'UTC', ${INSTANT}) as last
       from ${schema}metric_rollup r
       where r.environment_id = $1 and r.partner_id = q.partner_id and r.integration_id = q.integration_id and r.metric_id = q.metric_id
         and r.grain = case when q.whole then 'QUARTER' else 'DAY' end and r.starts_on between q.from_day and case when q.whole then q.from_day else q.to_day end
     ) s
     left join lateral (
       select count(distinct v.digest) filter (where v.role = 'NUMERATOR') as numerator, count(distinct v.digest) filter (where v.role = 'DENOMINATOR') as denominator
       from ${schema}metric_member v
       where v.environment_id = $1 and v.partner_id = q.partner_id and v.integration_id = q.integration_id and v.metric_id = q.metric_id
         and v.grain = 'DAY' and v.starts_on between q.from_day and q.to_day
     ) m on not q.whole and (q.distinct_numerator or q.distinct_denominator)
     order by q.n`,
    [environmentId, JSON.stringify(wanted), ...(countedUntil === null ? [] : [countedUntil])],
  );
  return rows;
}

/** What an integration's standing on a milestone came to. */
export interface NewProgress extends Integration {
  readonly milestoneId: string;
  readonly period: string;
  readonly version: number;
  readonly state: ProgressState;
  readonly percent: number;
  readonly openedAt: string | null;
  readonly reachedAt: string | null;
  readonly confirmsAt: string | null;
  /** Whether it will count if nothing more happens. */
  readonly isForecast: boolean;
  readonly updatedAt: string;
  readonly asOf: string;
  /** Wall time, to the microsecond: events that had been measured by then are counted. */
  readonly countedUntil: string;
  readonly tests: readonly { readonly criterionId: string; readonly tested: Tested | null }[];
}

/** Writes progress that is not decided yet. The same integration, milestone and period have the same id
    whenever they are written. Answers the ids of those written. */
export async function saveProgress(tx: Tx, environmentId: string, progress: readonly NewProgress[]): Promise<Map<NewProgress, string>> {
  if (progress.length === 0) return new Map();
  const rows = await tx.query<{ id: string; integration_id: string; milestone_id: string; period: string }[]>(
    `insert into portico.milestone_progress as g
       (environment_id, id, partner_id, integration_id, milestone_id, period, state, percent_complete, opened_at, reached_at, updated_at, version, confirms_at, is_forecast, judged_as_of, counted_until)
     select e.id, portico.seeded_id('mpr', e.id_namespace, 0, hashtextextended(p."id" || p."milestoneId" || p.period, 0)), p."partnerId", p.id, p."milestoneId", p.period, p.state, p.percent,
       p."openedAt", p."reachedAt", p."updatedAt", p.version, p."confirmsAt", p."isForecast", p."asOf", p."countedUntil"
     from jsonb_to_recordset($2::jsonb) as p (id text, "partnerId" text, "milestoneId" text, period text, version integer, state text, percent integer,
       "openedAt" timestamptz, "reachedAt" timestamptz, "confirmsAt" timestamptz, "updatedAt" timestamptz, "isForecast" boolean, "asOf" timestamptz, "countedUntil" timestamptz)
     join portico.environment e on e.id = $1
     on conflict (environment_id, partner_id, integration_id, milestone_id, period) do update set state = excluded.state, percent_complete = excluded.percent_complete,
       opened_at = excluded.opened_at, reached_at = excluded.reached_at, updated_at = excluded.updated_at, version = excluded.version, confirms_at = excluded.confirms_at, is_forecast = excluded.is_forecast,
       judged_as_of = excluded.judged_as_of, counted_until = excluded.counted_until
     where g.state in ('LOCKED', 'OPEN', 'IN_PROGRESS', 'PROVISIONAL')
     returning id, integration_id, milestone_id, period`,
    [environmentId, JSON.stringify(progress.map(({ tests: _tests, ...row }) => row))],
  );
  const ids = new Map(rows.map(row => [`${row.integration_id} ${row.milestone_id} ${row.period}`, row.id]));
  const written = new Map<NewProgress, string>();
  for (const row of progress) {
    const id = ids.get(`${row.id} ${row.milestoneId} ${row.period}`);
    if (id !== undefined) written.set(row, id);
  }
  await saveTests(tx, environmentId, written);
  return written;
}

/** One criterion of a result, as it is kept. */
export interface KeptTest {
  readonly criterionId: string;
  readonly value: string | null;
  readonly satisfied: boolean;
  readonly missing: string | null;
  readonly missingCount: number | null;
  readonly events: number;
  readonly first: string | null;
  readonly last: string | null;
}

/** What a criterion that was not tested is kept as, too. */
export const keptTest = ({ criterionId, tested }: NewProgress['tests'][number]): KeptTest => ({
  criterionId,
  value: tested?.value ?? null,
  satisfied: tested?.met ?? false,
  missing: tested?.missing ?? null,
  missingCount: tested?.missingCount ?? null,
  events: tested?.events ?? 0,
  first: tested?.firstOccurredAt ?? null,
  last: tested?.lastOccurredAt ?? null,
});

async function saveTests(tx: Tx, environmentId: string, written: ReadonlyMap<NewProgress, string>): Promise<void> {
  const tests = [...written].flatMap(([{ partnerId, asOf, tests: each }, progressId]) => each.map(test => ({ partnerId, progressId, asOf, ...keptTest(test) })));
  // A rule that took over has criteria of its own.
  await tx.query('delete from portico.criterion_progress where environment_id = $1 and progress_id = any ($2) and criterion_id <> all ($3)', [
    environmentId,
    [...written.values()],
    tests.map(({ criterionId }) => criterionId),
  ]);
  await tx.query(
    `insert into portico.criterion_progress as c (environment_id, partner_id, progress_id, criterion_id, value, satisfied, as_of, missing, missing_count, events, first_occurred_at, last_occurred_at)
     select $1, t."partnerId", t."progressId", t."criterionId", t.value, t.satisfied, t."asOf", t.missing, t."missingCount", t.events, t.first, t.last
     from jsonb_to_recordset($2::jsonb) as t ("partnerId" text, "progressId" text, "criterionId" text, "asOf" timestamptz, value numeric, satisfied boolean, missing numeric, "missingCount" integer,
       events bigint, first timestamptz, last timestamptz)
     on conflict (environment_id, progress_id, criterion_id) do update set value = excluded.value, satisfied = excluded.satisfied, as_of = excluded.as_of, missing = excluded.missing,
       missing_count = excluded.missing_count, events = excluded.events, first_occurred_at = excluded.first_occurred_at, last_occurred_at = excluded.last_occurred_at`,
    [environmentId, JSON.stringify(tests)],
  );
}

/** Moves progress to a state that a decision brought it to. */
export async function setProgressState(tx: Tx, environmentId: string, id: string, state: ProgressState, at: Date, confirmed = false): Promise<void> {
  await tx.query(
    'update portico.milestone_progress set state = $3, updated_at = greatest(updated_at, $4), confirmed_at = case when $5 then $4 else confirmed_at end where environment_id = $1 and id = $2',
    [environmentId, id, state, at, confirmed],
  );
}

/** The result behind an award that was taken back whole. */
export async function reverseRewarded(
  tx: Tx,
  environmentId: string,
  { integrationId, milestoneId, period }: { integrationId: string; milestoneId: string; period: string },
  at: Date,
): Promise<void> {
  await tx.query(
    `update portico.milestone_progress set state = 'REVERSED', updated_at = greatest(updated_at, $5)
     where environment_id = $1 and integration_id = $2 and milestone_id = $3 and period = $4 and state = 'REWARDED'`,
    [environmentId, integrationId, milestoneId, period, at],
  );
}
