/** The SQL of milestones, their rules' versions and what they depend on. */
import type { Tx } from '../platform/postgres/database.ts';
import type { MetricFacts, TestKind } from './criteria-check.rules.ts';
import type { Rule } from './criteria.rules.ts';
import { ensureProgram } from './program.store.ts';

export interface MetricDescribed extends MetricFacts {
  readonly metricId: string;
  readonly title: string;
  readonly description: string;
}

/** Every metric of the environment by `name@version`. */
export async function loadMetricFacts(tx: Tx, environmentId: string): Promise<Map<string, MetricDescribed>> {
  const rows = await tx.query<MetricDescribed[]>(
    `select m.name || '@' || m.version as id, m.id as "metricId", m.unit, m.polarity, m.kind, m.title, m.description,
       array(select distinct r.event_type from portico.metric_measure r where r.environment_id = m.environment_id and r.metric_id = m.id) as "eventTypes"
     from portico.metric m where m.environment_id = $1`,
    [environmentId],
  );
  return new Map(rows.map(row => [row.id, row]));
}

/** The environment's program, which there is from the first day. */
export async function programOf(tx: Tx, environmentId: string): Promise<string> {
  await ensureProgram(tx, environmentId);
  const [row] = await tx.query<{ id: string }[]>('select id from portico.program where environment_id = $1', [environmentId]);
  return row!.id;
}

/** What every milestone depends on. The program stands still until the transaction ends, so that two changes
    at once make no circle between them. */
export async function lockDependencies(tx: Tx, environmentId: string): Promise<Map<string, string[]>> {
  await tx.query('select from portico.program where environment_id = $1 for update', [environmentId]);
  const rows = await tx.query<{ id: string; depends_on: string[] }[]>(
    `select m.id, array(select d.depends_on_id::text from portico.milestone_dependency d where d.environment_id = $1 and d.milestone_id = m.id) as depends_on
     from portico.milestone m where m.environment_id = $1`,
    [environmentId],
  );
  return new Map(rows.map(row => [row.id, row.depends_on]));
}

export async function setDependencies(tx: Tx, environmentId: string, milestoneId: string, dependsOn: readonly string[]): Promise<void> {
  await tx.query('delete from portico.milestone_dependency where environment_id = $1 and milestone_id = $2 and depends_on_id <> all ($3)', [environmentId, milestoneId, dependsOn]);
  await tx.query('insert into portico.milestone_dependency (environment_id, milestone_id, depends_on_id) select $1, $2, unnest($3::text[]) on conflict do nothing', [
    environmentId,
    milestoneId,
    dependsOn,
  ]);
}

export interface NewMilestone {
  readonly id: string;
  readonly programId: string;
  readonly title: string;
  readonly userOutcome: string;
  readonly category: string;
  readonly cadence: 'ONCE' | 'QUARTERLY';
  readonly publishedAt: Date;
}

export async function insertMilestone(tx: Tx, environmentId: string, { id, programId, title, userOutcome, category, cadence, publishedAt }: NewMilestone): Promise<void> {
  await tx.query(
    `insert into portico.milestone (environment_id, id, program_id, position, title, user_outcome, category, cadence, published_at)
     select $1::text, $2, $3::text, coalesce(max(position), 0) + 1, $4, $5, $6, $7, $8 from portico.milestone where environment_id = $1::text and program_id = $3::text`,
    [environmentId, id, programId, title, userOutcome, category, cadence, publishedAt],
  );
}

export interface NewReward {
  readonly id: string;
  readonly milestoneId: string;
  readonly kind: 'FINANCIAL' | 'REPUTATIONAL' | 'CAPABILITY';
  readonly title: string;
  readonly description: string;
  readonly amountMinor: number | null;
  readonly currency: string | null;
  readonly lastsDays: number | null;
  readonly feature: string | null;
}

export async function insertReward(tx: Tx, environmentId: string, reward: NewReward): Promise<void> {
  const { id, milestoneId, kind, title, description, amountMinor, currency, lastsDays, feature } = reward;
  await tx.query(
    'insert into portico.reward (environment_id, id, milestone_id, kind, title, description, amount_minor, currency, lasts_days, feature) values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)',
    [environmentId, id, milestoneId, kind, title, description, amountMinor, currency, lastsDays, feature],
  );
}

export interface NewCriterion {
  readonly id: string;
  readonly kind: TestKind;
  readonly metric: string;
  readonly metricId: string | null;
  readonly description: string;
  readonly comparison: 'AT_LEAST' | 'AT_MOST';
  readonly target: string;
  readonly unit: string;
  readonly window: string;
  readonly windowDays: number;
}

export interface NewVersion {
  readonly id: string;
  readonly milestoneId: string;
  readonly version: number;
  readonly rule: Rule;
  readonly ruleHash: string;
  readonly announcedAt: Date;
  readonly effectiveOn: string;
  readonly why: string;
  readonly cohort: { readonly size: number; readonly meeting: number };
  readonly attainabilityReason: string | null;
  readonly criteria: readonly NewCriterion[];
}

export async function insertVersion(tx: Tx, environmentId: string, version: NewVersion): Promise<void> {
  const { id, milestoneId, version: number, rule, ruleHash, announcedAt, effectiveOn, why, cohort, attainabilityReason, criteria } = version;
  await tx.query(
    `insert into portico.milestone_version (environment_id, id, milestone_id, version, rule, rule_hash, announced_at, effective_on, why, cohort, cohort_meeting, attainability_reason)
     values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)`,
    [environmentId, id, milestoneId, number, JSON.stringify(rule), ruleHash, announcedAt, effectiveOn, why, cohort.size, cohort.meeting, attainabilityReason],
  );
  await tx.query(
    `insert into portico.criterion (environment_id, id, milestone_id, version, position, kind, metric, metric_id, description, comparison, target, unit, window_days, measured_over)
     select $1, c.id, $2, $3, c.position, c.kind, c.metric, c."metricId", c.description, c.comparison, c.target, c.unit, c."windowDays", c.window
     from rows from (jsonb_to_recordset($4::jsonb) as (id text, kind text, metric text, "metricId" text, description text, comparison text, target numeric, unit text, "window" text, "windowDays" integer))
       with ordinality as c (id, kind, metric, "metricId", description, comparison, target, unit, "window", "windowDays", position)`,
    [environmentId, milestoneId, number, JSON.stringify(criteria)],
  );
}

export interface LastVersion {
  readonly cadence: 'ONCE' | 'QUARTERLY';
  readonly version: number;
  readonly rule: Rule | null;
  readonly effectiveOn: string | null;
}

/** The newest version of a milestone's rule, locked against another at once; null where there is no such milestone. */
export async function lockLastVersion(tx: Tx, environmentId: string, milestoneId: string): Promise<LastVersion | null> {
  const [row] = await tx.query<LastVersion[]>(
    `select m.cadence, coalesce(v.version, 0) as version, v.rule, v.effective_on::text as "effectiveOn" from portico.milestone m
     left join lateral (select * from portico.milestone_version v where v.environment_id = m.environment_id and v.milestone_id = m.id order by v.version desc limit 1) v on true
     where m.environment_id = $1 and m.id = $2 for update of m`,
    [environmentId, milestoneId],
  );
  return row ?? null;
}

export interface NewRoadmapItem {
  readonly id: string;
  readonly programId: string;
  readonly milestoneId: string;
  readonly title: string;
  readonly userOutcome: string;
  readonly criteriaSummary: string;
  readonly rewardKind: string;
  readonly announcedOn: string;
  readonly opensOn: string;
}

export async function insertRoadmapItem(tx: Tx, environmentId: string, item: NewRoadmapItem): Promise<void> {
  const { id, programId, milestoneId, title, userOutcome, criteriaSummary, rewardKind, announcedOn, opensOn } = item;
  await tx.query(
    `insert into portico.roadmap_item (environment_id, id, program_id, milestone_id, title, user_outcome, criteria_summary, reward_kind, announced_on, opens_on)
     values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)`,
    [environmentId, id, programId, milestoneId, title, userOutcome, criteriaSummary, rewardKind, announcedOn, opensOn],
  );
}

/** The kinds of reward of the program's milestones that are not retired. */
export async function rewardKinds(tx: Tx, environmentId: string, now: Date): Promise<string[]> {
  const rows = await tx.query<{ kind: string }[]>(
    `select distinct r.kind from portico.reward r join portico.milestone m on m.environment_id = r.environment_id and m.id = r.milestone_id
     where r.environment_id = $1 and (m.retired_at is null or m.retired_at > $2) order by 1`,
    [environmentId, now],
  );
  return rows.map(({ kind }) => kind);
}

export async function publishProgramRow(tx: Tx, environmentId: string, now: Date, imbalanceReason: string | null): Promise<string> {
  await ensureProgram(tx, environmentId);
  const [[row]] = await tx.query<[[{ id: string }], number]>(
    'update portico.program set published_at = coalesce(published_at, $2), imbalance_reason = $3 where environment_id = $1 returning id',
    [environmentId, now, imbalanceReason],
  );
  return row.id;
}
