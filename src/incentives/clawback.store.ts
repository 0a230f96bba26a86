/** The SQL of what is taken back. */
import type { Tx } from '../platform/postgres/database.ts';

export interface StoredClawback {
  readonly id: string;
  readonly partnerId: string;
  readonly awardId: string;
  readonly amountMinor: number;
  readonly announcedBy: string;
  readonly executesAt: Date;
  readonly appealedAt: Date | null;
  readonly decidedAt: Date | null;
}

export interface NewClawback {
  readonly id: string;
  readonly partnerId: string;
  readonly awardId: string;
  readonly amountMinor: number;
  readonly reason: string;
  readonly announcedBy: string;
  readonly announcedAt: Date;
  readonly executesAt: Date;
}

export async function insertClawback(tx: Tx, environmentId: string, clawback: NewClawback): Promise<void> {
  const { id, partnerId, awardId, amountMinor, reason, announcedBy, announcedAt, executesAt } = clawback;
  await tx.query(
    'insert into portico.clawback (environment_id, id, partner_id, award_id, amount_minor, reason, announced_by, announced_at, executes_at) values ($1, $2, $3, $4, $5, $6, $7, $8, $9)',
    [environmentId, id, partnerId, awardId, amountMinor, reason, announcedBy, announcedAt, executesAt],
  );
}

/** Locked against a second decision at once; null where the context sees none. */
export async function lockClawback(tx: Tx, environmentId: string, id: string): Promise<StoredClawback | null> {
  const [row] = await tx.query<StoredClawback[]>(
    `select id, partner_id as "partnerId", award_id as "awardId", amount_minor::float8 as "amountMinor", announced_by as "announcedBy", executes_at as "executesAt",
       appealed_at as "appealedAt", decided_at as "decidedAt"
     from portico.clawback where environment_id = $1 and id = $2 for update`,
    [environmentId, id],
  );
  return row ?? null;
}

/** What was announced of an award and is not dropped. */
export async function announcedOf(tx: Tx, environmentId: string, awardId: string): Promise<number> {
  const [row] = await tx.query<{ sum: number }[]>(
    "select coalesce(sum(amount_minor), 0)::float8 as sum from portico.clawback where environment_id = $1 and award_id = $2 and verdict is distinct from 'DROPPED'",
    [environmentId, awardId],
  );
  return row!.sum;
}

export async function setAppeal(tx: Tx, environmentId: string, id: string, appeal: string, at: Date): Promise<void> {
  await tx.query('update portico.clawback set appealed_at = $3, appeal = $4 where environment_id = $1 and id = $2', [environmentId, id, at, appeal]);
}

export async function setVerdict(tx: Tx, environmentId: string, id: string, verdict: 'EXECUTED' | 'DROPPED', reason: string, at: Date): Promise<void> {
  await tx.query('update portico.clawback set decided_at = $3, verdict = $4, verdict_reason = $5 where environment_id = $1 and id = $2', [environmentId, id, at, verdict, reason]);
}
