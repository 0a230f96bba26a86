/** The SQL of disputes. */
import type { Tx } from '../platform/postgres/database.ts';
import type { ProgressState } from './progress.rules.ts';

export interface NewDispute {
  readonly id: string;
  readonly partnerId: string;
  readonly awardId: string | null;
  readonly progressId: string | null;
  readonly reason: string;
  readonly openedAt: Date;
  readonly decideBy: Date;
  readonly stateBefore: ProgressState | null;
  readonly heldMinor: number;
  readonly currency: string | null;
}

export interface StoredDispute extends NewDispute {
  readonly decidedAt: Date | null;
}

/** False where one is open about the same thing. */
export async function insertDispute(tx: Tx, environmentId: string, dispute: NewDispute): Promise<boolean> {
  const { id, partnerId, awardId, progressId, reason, openedAt, decideBy, stateBefore, heldMinor, currency } = dispute;
  const rows = await tx.query<unknown[]>(
    `insert into portico.dispute (environment_id, id, partner_id, award_id, progress_id, reason, opened_at, decide_by, state_before, held_minor, currency)
     values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11) on conflict do nothing returning 1`,
    [environmentId, id, partnerId, awardId, progressId, reason, openedAt, decideBy, stateBefore, heldMinor, currency],
  );
  return rows.length === 1;
}

/** Locked against a second decision at once; null where the context sees none. */
export async function lockDispute(tx: Tx, environmentId: string, id: string): Promise<StoredDispute | null> {
  const [row] = await tx.query<StoredDispute[]>(
    `select id, partner_id as "partnerId", award_id as "awardId", progress_id as "progressId", reason, opened_at as "openedAt", decide_by as "decideBy", state_before as "stateBefore",
       held_minor::float8 as "heldMinor", currency, decided_at as "decidedAt"
     from portico.dispute where environment_id = $1 and id = $2 for update`,
    [environmentId, id],
  );
  return row ?? null;
}

export async function hasOpenDispute(tx: Tx, environmentId: string, awardId: string): Promise<boolean> {
  return (await tx.query<unknown[]>('select 1 from portico.dispute where environment_id = $1 and award_id = $2 and verdict is null', [environmentId, awardId])).length > 0;
}

/** The award that a transaction is about; null where it is about none that the context sees. */
export async function awardOfTransaction(tx: Tx, environmentId: string, transactionId: string): Promise<string | null> {
  const [row] = await tx.query<{ id: string }[]>(
    `select coalesce(a.id, c.award_id) as id from portico.ledger_transaction t
     left join portico.award a on a.environment_id = $1 and a.id = t.source_id left join portico.clawback c on c.environment_id = $1 and c.id = t.source_id
     where t.environment_id = $1 and t.id = $2`,
    [environmentId, transactionId],
  );
  return row?.id ?? null;
}

export interface DisputeOpinion {
  readonly decidedBy: string;
  readonly isUpheld: boolean;
  readonly correctionMinor: number;
}

export const opinionsOn = (tx: Tx, environmentId: string, disputeId: string): Promise<DisputeOpinion[]> =>
  tx.query<DisputeOpinion[]>(
    'select decided_by as "decidedBy", is_upheld as "isUpheld", correction_minor::float8 as "correctionMinor" from portico.dispute_decision where environment_id = $1 and dispute_id = $2 order by decided_at, decided_by',
    [environmentId, disputeId],
  );

export async function insertOpinion(
  tx: Tx,
  environmentId: string,
  { dispute, opinion, reason, at }: { dispute: StoredDispute; opinion: DisputeOpinion; reason: string; at: Date },
): Promise<void> {
  await tx.query(
    'insert into portico.dispute_decision (environment_id, dispute_id, decided_by, partner_id, is_upheld, correction_minor, reason, decided_at) values ($1, $2, $3, $4, $5, $6, $7, $8)',
    [environmentId, dispute.id, opinion.decidedBy, dispute.partnerId, opinion.isUpheld, opinion.correctionMinor, reason, at],
  );
}

export async function endDispute(
  tx: Tx,
  environmentId: string,
  id: string,
  { verdict, reason, correctionMinor, at }: { verdict: 'UPHELD' | 'REJECTED' | 'LAPSED'; reason: string; correctionMinor: number; at: Date },
): Promise<void> {
  await tx.query('update portico.dispute set decided_at = $3, verdict = $4, verdict_reason = $5, correction_minor = $6 where environment_id = $1 and id = $2', [
    environmentId,
    id,
    at,
    verdict,
    reason,
    correctionMinor,
  ]);
}
