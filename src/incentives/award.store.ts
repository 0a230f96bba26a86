/** The SQL of awards, and of what is decided about them. */
import { newId } from '../base/ids.ts';
import type { Tx } from '../platform/postgres/database.ts';

/** What a milestone gives. */
export interface Offer {
  readonly rewardId: string;
  readonly programId: string;
  readonly kind: 'FINANCIAL' | 'REPUTATIONAL' | 'CAPABILITY';
  readonly amountMinor: number | null;
  readonly currency: string | null;
}

export async function offerOf(tx: Tx, environmentId: string, milestoneId: string): Promise<Offer | null> {
  const [row] = await tx.query<Offer[]>(
    `select r.id as "rewardId", m.program_id as "programId", r.kind, r.amount_minor::float8 as "amountMinor", r.currency
     from portico.reward r join portico.milestone m on m.environment_id = r.environment_id and m.id = r.milestone_id where r.environment_id = $1 and r.milestone_id = $2`,
    [environmentId, milestoneId],
  );
  return row ?? null;
}

export interface NewAward {
  readonly partnerId: string;
  readonly integrationId: string;
  readonly milestoneId: string;
  readonly period: string;
  readonly version: number | null;
  readonly offer: Offer;
  readonly awardedAt: Date;
}

/** The award's id; null where the partner has been given one for the milestone and period. */
export async function insertAward(tx: Tx, environmentId: string, { partnerId, integrationId, milestoneId, period, version, offer, awardedAt }: NewAward): Promise<string | null> {
  const [row] = await tx.query<{ id: string }[]>(
    `insert into portico.award (environment_id, id, partner_id, integration_id, milestone_id, reward_id, period, awarded_at, amount_minor, currency, version)
     values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11) on conflict (environment_id, partner_id, milestone_id, period) do nothing returning id`,
    [environmentId, newId('awd'), partnerId, integrationId, milestoneId, offer.rewardId, period, awardedAt, offer.amountMinor, offer.currency, version],
  );
  return row?.id ?? null;
}

export interface StoredAward {
  readonly id: string;
  readonly partnerId: string;
  readonly integrationId: string;
  readonly milestoneId: string;
  readonly programId: string;
  readonly period: string;
  readonly awardedAt: Date;
  readonly amountMinor: number | null;
  readonly currency: string | null;
}

/** The award, locked against a second decision at once: by an advisory lock, since nobody may update it. */
export async function lockAward(tx: Tx, environmentId: string, awardId: string): Promise<StoredAward | null> {
  await tx.query("select pg_advisory_xact_lock(hashtextextended('portico.award.' || $1 || $2, 0))", [environmentId, awardId]);
  const [row] = await tx.query<StoredAward[]>(
    `select a.id, a.partner_id as "partnerId", a.integration_id as "integrationId", a.milestone_id as "milestoneId", m.program_id as "programId", a.period, a.awarded_at as "awardedAt",
       a.amount_minor::float8 as "amountMinor", a.currency
     from portico.award a join portico.milestone m on m.environment_id = a.environment_id and m.id = a.milestone_id where a.environment_id = $1 and a.id = $2`,
    [environmentId, awardId],
  );
  return row ?? null;
}

/** Who has approved the award. */
export async function approversOf(tx: Tx, environmentId: string, awardId: string): Promise<string[]> {
  const rows = await tx.query<{ decided_by: string }[]>(
    "select decided_by from portico.award_decision where environment_id = $1 and award_id = $2 and verdict = 'APPROVED' order by decided_at, decided_by",
    [environmentId, awardId],
  );
  return rows.map(row => row.decided_by);
}

export interface AwardDecision {
  readonly awardId: string;
  readonly partnerId: string;
  readonly decidedBy: string;
  readonly verdict: 'APPROVED' | 'VOIDED';
  readonly reason: string;
  readonly decidedAt: Date;
}

/** False where the person has decided already. */
export async function insertAwardDecision(tx: Tx, environmentId: string, { awardId, partnerId, decidedBy, verdict, reason, decidedAt }: AwardDecision): Promise<boolean> {
  const rows = await tx.query<unknown[]>(
    `insert into portico.award_decision (environment_id, award_id, partner_id, decided_by, verdict, reason, decided_at) values ($1, $2, $3, $4, $5, $6, $7)
     on conflict (environment_id, award_id, decided_by) do nothing returning 1`,
    [environmentId, awardId, partnerId, decidedBy, verdict, reason, decidedAt],
  );
  return rows.length === 1;
}

/** What was reversed gives nothing any more. */
export async function insertAwardReversal(
  tx: Tx,
  environmentId: string,
  { awardId, partnerId, reason, reversedAt }: { awardId: string; partnerId: string; reason: string; reversedAt: Date },
): Promise<void> {
  await tx.query('insert into portico.award_reversal (environment_id, award_id, partner_id, reason, reversed_at) values ($1, $2, $3, $4, $5) on conflict do nothing', [
    environmentId,
    awardId,
    partnerId,
    reason,
    reversedAt,
  ]);
}

/** Awards of the progress, as the integration that reached it has them. */
export async function awardOf(
  tx: Tx,
  environmentId: string,
  { integrationId, milestoneId, period }: { integrationId: string; milestoneId: string; period: string },
): Promise<string | null> {
  const [row] = await tx.query<{ id: string }[]>('select id from portico.award where environment_id = $1 and integration_id = $2 and milestone_id = $3 and period = $4', [
    environmentId,
    integrationId,
    milestoneId,
    period,
  ]);
  return row?.id ?? null;
}

export interface Waiting {
  readonly id: string;
  /** When it came to count, as PostgreSQL writes it; those that came with a sample world are the last. */
  readonly confirmedAt: string;
}

/** Results that count and wait for money of the program, the oldest first: those whose partner has none for the
    milestone and period, and that so much pays for. What is dearer is passed over. */
export const waitingForReward = (
  tx: Tx,
  environmentId: string,
  { programId, currency, balanceMinor, after, most }: { programId: string; currency: string; balanceMinor: number; after: Waiting | null; most: number },
): Promise<Waiting[]> =>
  tx.query<Waiting[]>(
    `select g.id, coalesce(g.confirmed_at, 'infinity')::text as "confirmedAt" from portico.milestone_progress g
     join portico.milestone m on m.environment_id = g.environment_id and m.id = g.milestone_id and m.program_id = $2
     join portico.reward r on r.environment_id = g.environment_id and r.milestone_id = g.milestone_id and r.currency = $3 and r.amount_minor <= $4
     where g.environment_id = $1 and g.state = 'CONFIRMED' and ($5::timestamptz is null or (coalesce(g.confirmed_at, 'infinity'), g.id) > ($5::timestamptz, $6))
       and not exists (select from portico.award a where a.environment_id = $1 and a.partner_id = g.partner_id and a.milestone_id = g.milestone_id and a.period = g.period)
     order by coalesce(g.confirmed_at, 'infinity'), g.id limit $7`,
    [environmentId, programId, currency, balanceMinor, after?.confirmedAt ?? null, after?.id ?? null, most],
  );
