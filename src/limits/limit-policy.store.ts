/** The limits' SQL. */
import type { Instant } from '../base/clock.ts';
import type { Tx } from '../platform/postgres/database.ts';
import type { EnvironmentKinds, LimitPolicy, SubjectKind } from './limit-policy.rules.ts';

interface PolicyRow {
  id: string;
  subject_kind: SubjectKind;
  subject: string;
  environment_kind: EnvironmentKinds;
  capacity: number | null;
  refill_per_second: number | null;
  max_operation_cost: number | null;
  concurrency: number | null;
  starts_at: Date;
  shadow_until: Date | null;
  decided_by: string;
  reason: string;
}

/** Changes one at a time, so that whoever has seen the newest id has seen all before it. */
export async function lockLimitPolicies(tx: Tx): Promise<void> {
  await tx.query("select pg_advisory_xact_lock(hashtextextended('portico.limit_policy', 0))");
}

export async function insertLimitPolicy(tx: Tx, policy: Omit<LimitPolicy, 'id'>): Promise<LimitPolicy> {
  const { subject, limits, startsAt, shadowUntil, decidedBy, reason } = policy;
  const [row] = await tx.query<{ id: string }[]>(
    `insert into portico.limit_policy (subject_kind, subject, environment_kind, capacity, refill_per_second, max_operation_cost, concurrency, starts_at, shadow_until, decided_by, reason)
     values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11) returning id`,
    [
      subject.kind,
      subject.name,
      subject.environments,
      limits?.capacity ?? null,
      limits?.refillPerSecond ?? null,
      limits?.maxOperationCost ?? null,
      limits?.concurrency ?? null,
      new Date(startsAt),
      shadowUntil === null ? null : new Date(shadowUntil),
      decidedBy,
      reason,
    ],
  );
  return { ...policy, id: row!.id };
}

/** A row without limits for the subject of that policy, unless there is a newer one. */
export const insertWithdrawal = (tx: Tx, { policyId, reason, startsAt }: { policyId: string; reason: string; startsAt: Instant }): Promise<unknown> =>
  tx.query(
    `insert into portico.limit_policy (subject_kind, subject, environment_kind, starts_at, decided_by, reason)
     select p.subject_kind, p.subject, p.environment_kind, $2, p.decided_by, $3 from portico.limit_policy p
     where p.id = $1 and not exists (
       select from portico.limit_policy newer
       where newer.subject_kind = p.subject_kind and newer.subject = p.subject and newer.environment_kind = p.environment_kind and newer.id > p.id)`,
    [policyId, new Date(startsAt), reason],
  );

/** Changes with every change; null while there are none. */
export async function newestLimitPolicyId(tx: Tx): Promise<string | null> {
  const [row] = await tx.query<{ id: string | null }[]>('select max(id)::text as id from portico.limit_policy');
  return row!.id;
}

/** All that count at the instant or may count later, oldest first: those that no newer one replaces yet. */
export async function listStandingPolicies(tx: Tx, now: Instant): Promise<LimitPolicy[]> {
  const rows = await tx.query<PolicyRow[]>(
    `select p.* from portico.limit_policy p
     where not exists (
       select from portico.limit_policy newer
       where newer.subject_kind = p.subject_kind and newer.subject = p.subject and newer.environment_kind = p.environment_kind
         and newer.id > p.id and coalesce(newer.shadow_until, newer.starts_at) <= $1)
     order by p.id`,
    [new Date(now)],
  );
  return rows.map(policyOf);
}

/** The newest decisions, newest first. */
export async function listLimitHistory(tx: Tx, limit: number): Promise<LimitPolicy[]> {
  const rows = await tx.query<PolicyRow[]>('select * from portico.limit_policy order by id desc limit $1', [limit]);
  return rows.map(policyOf);
}

const policyOf = (row: PolicyRow): LimitPolicy => ({
  id: row.id,
  subject: { kind: row.subject_kind, name: row.subject, environments: row.environment_kind },
  limits:
    row.capacity === null ? null : { capacity: row.capacity, refillPerSecond: row.refill_per_second!, maxOperationCost: row.max_operation_cost!, concurrency: row.concurrency! },
  startsAt: row.starts_at.getTime(),
  shadowUntil: row.shadow_until?.getTime() ?? null,
  decidedBy: row.decided_by,
  reason: row.reason,
});
