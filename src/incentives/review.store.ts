/** The SQL of reviews. */
import type { Tx } from '../platform/postgres/database.ts';
import type { Rule } from './criteria.rules.ts';

export interface StoredCycle {
  readonly id: string;
  readonly period: string;
  readonly frozenAt: Date | null;
  readonly publishedAt: Date | null;
}

/** False where the quarter has a review. */
export async function insertCycle(
  tx: Tx,
  environmentId: string,
  { id, period, openedBy, openedAt }: { id: string; period: string; openedBy: string; openedAt: Date },
): Promise<boolean> {
  const rows = await tx.query<unknown[]>(
    'insert into portico.review_cycle (environment_id, id, period, opened_by, opened_at) values ($1, $2, $3, $4, $5) on conflict (environment_id, period) do nothing returning 1',
    [environmentId, id, period, openedBy, openedAt],
  );
  return rows.length === 1;
}

/** Locked against another step at once. */
export async function lockCycle(tx: Tx, environmentId: string, id: string): Promise<StoredCycle | null> {
  const [row] = await tx.query<StoredCycle[]>(
    'select id, period, frozen_at as "frozenAt", published_at as "publishedAt" from portico.review_cycle where environment_id = $1 and id = $2 for no key update',
    [environmentId, id],
  );
  return row ?? null;
}

/** Writes down what the quarter came to: for each metric and integration the exact sums and the events behind them. */
export async function freezeInputs(tx: Tx, environmentId: string, id: string, { from, at }: { from: string; at: Date }): Promise<void> {
  await tx.query(
    `with frozen as (
       select coalesce(string_agg(concat_ws(' ', m.name || '@' || m.version, r.integration_id, trim_scale(r.numerator), trim_scale(r.denominator), r.numerator_events, r.denominator_events), E'\\n'
         order by m.name collate "C", m.version, r.integration_id collate "C"), '') as inputs
       from portico.metric_rollup r join portico.metric m on m.environment_id = r.environment_id and m.id = r.metric_id
       where r.environment_id = $1 and r.grain = 'QUARTER' and r.starts_on = $3
     )
     update portico.review_cycle c set frozen_at = $4, inputs = f.inputs, inputs_hash = encode(sha256(convert_to(f.inputs, 'UTF8')), 'hex') from frozen f where c.environment_id = $1 and c.id = $2`,
    [environmentId, id, from, at],
  );
}

export const setPublished = (tx: Tx, environmentId: string, id: string, at: Date): Promise<unknown> =>
  tx.query('update portico.review_cycle set published_at = $3 where environment_id = $1 and id = $2', [environmentId, id, at]);

export interface NewChange {
  readonly id: string;
  readonly cycleId: string;
  readonly milestoneId: string;
  readonly rule: Rule;
  readonly effectiveOn: string;
  readonly why: string;
  readonly evidence: readonly string[];
  readonly attainabilityReason: string | null;
  readonly proposedBy: string;
  readonly proposedAt: Date;
}

export async function insertChange(tx: Tx, environmentId: string, change: NewChange): Promise<void> {
  const { id, cycleId, milestoneId, rule, effectiveOn, why, evidence, attainabilityReason, proposedBy, proposedAt } = change;
  await tx.query(
    `insert into portico.target_change (environment_id, id, cycle_id, milestone_id, rule, effective_on, why, evidence, attainability_reason, proposed_by, proposed_at)
     values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)`,
    [environmentId, id, cycleId, milestoneId, JSON.stringify(rule), effectiveOn, why, evidence, attainabilityReason, proposedBy, proposedAt],
  );
}

export interface StoredChange {
  readonly id: string;
  readonly cycleId: string;
  readonly milestoneId: string;
  /** JSON text. */
  readonly rule: string;
  readonly effectiveOn: string;
  readonly why: string;
  readonly attainabilityReason: string | null;
  readonly proposedBy: string;
  readonly approvedBy: readonly string[];
  readonly isRejected: boolean;
}

const CHANGE = `t.id, t.cycle_id as "cycleId", t.milestone_id as "milestoneId", t.rule::text as rule, t.effective_on::text as "effectiveOn", t.why,
  t.attainability_reason as "attainabilityReason", t.proposed_by as "proposedBy",
  array(select d.decided_by from portico.target_change_decision d where d.environment_id = $1 and d.change_id = t.id and d.verdict = 'APPROVED' order by 1) as "approvedBy",
  exists (select from portico.target_change_decision d where d.environment_id = $1 and d.change_id = t.id and d.verdict = 'REJECTED') as "isRejected"`;

export async function findChange(tx: Tx, environmentId: string, id: string): Promise<StoredChange | null> {
  const [row] = await tx.query<StoredChange[]>(`select ${CHANGE} from portico.target_change t where t.environment_id = $1 and t.id = $2`, [environmentId, id]);
  return row ?? null;
}

export const changesOf = (tx: Tx, environmentId: string, cycleId: string): Promise<StoredChange[]> =>
  tx.query<StoredChange[]>(`select ${CHANGE} from portico.target_change t where t.environment_id = $1 and t.cycle_id = $2 order by t.proposed_at, t.id`, [environmentId, cycleId]);

/** False where the person has decided already. */
export async function insertChangeDecision(
  tx: Tx,
  environmentId: string,
  { changeId, personId, verdict, reason, at }: { changeId: string; personId: string; verdict: 'APPROVED' | 'REJECTED'; reason: string; at: Date },
): Promise<boolean> {
  const rows = await tx.query<unknown[]>(
    `insert into portico.target_change_decision (environment_id, change_id, decided_by, verdict, reason, decided_at) values ($1, $2, $3, $4, $5, $6)
     on conflict (environment_id, change_id, decided_by) do nothing returning 1`,
    [environmentId, changeId, personId, verdict, reason, at],
  );
  return rows.length === 1;
}
