/** The SQL of revenue shares. */
import { newId } from '../base/ids.ts';
import type { Tx } from '../platform/postgres/database.ts';
import type { Terms } from './revenue.rules.ts';

export interface StoredTerms extends Terms {
  readonly id: string;
  readonly partnerId: string | null;
  readonly currency: string;
  readonly version: number;
  readonly effectiveOn: string;
}

const TERMS = `id, partner_id as "partnerId", currency, version, rate_bps as "rateBps", threshold_minor::float8 as "thresholdMinor", cap_minor::float8 as "capMinor",
  effective_on::text as "effectiveOn"`;

export const lockRevenue = (tx: Tx, environmentId: string): Promise<unknown> =>
  tx.query("select pg_advisory_xact_lock(hashtextextended('portico.revenue.' || $1, 0))", [environmentId]);

/** All versions in all currencies, the newest first. */
export const loadTerms = (tx: Tx, environmentId: string): Promise<StoredTerms[]> =>
  tx.query<StoredTerms[]>(`select ${TERMS} from portico.revenue_share_terms where environment_id = $1 order by effective_on desc, partner_id nulls last, currency`, [
    environmentId,
  ]);

export interface NewTerms extends Terms {
  readonly partnerId: string | null;
  readonly currency: string;
  readonly version: number;
  readonly effectiveOn: string;
  readonly announcedAt: Date;
  readonly why: string;
}

export async function insertTerms(tx: Tx, environmentId: string, terms: NewTerms): Promise<string> {
  const id = newId('rst');
  const { partnerId, currency, version, rateBps, thresholdMinor, capMinor, effectiveOn, announcedAt, why } = terms;
  await tx.query(
    `insert into portico.revenue_share_terms (environment_id, id, partner_id, currency, version, rate_bps, threshold_minor, cap_minor, effective_on, announced_at, why)
     values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)`,
    [environmentId, id, partnerId, currency, version, rateBps, thresholdMinor, capMinor, effectiveOn, announcedAt, why],
  );
  return id;
}

export interface Revenue {
  readonly partnerId: string;
  readonly revenueMinor: number;
  readonly refundedMinor: number;
}

/** What each partner's orders of a quarter come to by the events that there are. An order is of the quarter on
    whose days it was first placed, and is worth what is left of it: what it was placed for, once however often that is told, less what was refunded since. */
export const loadRevenue = (tx: Tx, environmentId: string, currency: string, { from, to }: { from: string; to: string }): Promise<Revenue[]> =>
  tx.query<Revenue[]>(
    `with told as (
       select e.partner_id, e.data ->> 'order' as name, e.type = 'order.placed' as is_placed, e.counted_on, (e.data #>> '{amount,minorUnits}')::numeric as amount,
         coalesce(sum((e.data #>> '{amount,minorUnits}')::numeric) filter (where e.type = 'order.refunded') over later, 0) as refunded_later
       from portico.event e where e.environment_id = $1 and e.type in ('order.placed', 'order.refunded') and e.data #>> '{amount,currency}' = $2
       window later as (partition by e.partner_id, e.data ->> 'order' order by e.occurred_at, e.batch_id, e.position rows between 1 following and unbounded following)
     ), ordered as (
       select partner_id, min(counted_on) filter (where is_placed) as first_on, greatest(0, max(amount - refunded_later) filter (where is_placed)) as worth,
         coalesce(sum(amount) filter (where not is_placed), 0) as refunded
       from told group by partner_id, name
     )
     select partner_id as "partnerId", sum(worth)::float8 as "revenueMinor", sum(refunded)::float8 as "refundedMinor"
     from ordered where first_on between $3 and $4 group by partner_id order by partner_id`,
    [environmentId, currency, from, to],
  );

export interface NewShare {
  readonly partnerId: string;
  readonly termsId: string;
  readonly period: string;
  readonly currency: string;
  readonly number: number;
  readonly revenueMinor: number;
  readonly refundedMinor: number;
  readonly shareMinor: number;
  readonly amountMinor: number;
  readonly reversesId: string | null;
  readonly settledAt: Date;
}

export async function insertShare(tx: Tx, environmentId: string, share: NewShare): Promise<string> {
  const id = newId('rvs');
  const { partnerId, termsId, period, currency, number, revenueMinor, refundedMinor, shareMinor, amountMinor, reversesId, settledAt } = share;
  await tx.query(
    `insert into portico.revenue_share (environment_id, id, partner_id, terms_id, period, currency, number, revenue_minor, refunded_minor, share_minor, amount_minor, reverses_id, settled_at)
     values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13)`,
    [environmentId, id, partnerId, termsId, period, currency, number, revenueMinor, refundedMinor, shareMinor, amountMinor, reversesId, settledAt],
  );
  return id;
}

export interface StoredShare {
  readonly id: string;
  readonly partnerId: string;
  readonly termsId: string;
  readonly currency: string;
  readonly number: number;
  readonly amountMinor: number;
  readonly reversesId: string | null;
  readonly state: 'NOTHING' | 'PENDING' | 'POSTED' | 'VOIDED';
}

/** Where a share stands follows from its transactions. */
const STATE = `case when s.amount_minor = 0 then 'NOTHING' when s.amount_minor < 0 then 'POSTED'
  else coalesce((select case t.kind when 'POSTING' then 'POSTED' else 'VOIDED' end from portico.ledger_transaction t
    where t.environment_id = s.environment_id and t.source_id = s.id and t.kind in ('POSTING', 'VOIDING')), 'PENDING') end`;
const SHARE = `s.id, s.partner_id as "partnerId", s.terms_id as "termsId", s.currency, s.number, s.amount_minor::float8 as "amountMinor", s.reverses_id as "reversesId", ${STATE} as state`;

/** A quarter's shares of all partners in a currency, in the order in which they were settled. */
export const loadShares = (tx: Tx, environmentId: string, period: string, currency: string): Promise<StoredShare[]> =>
  tx.query<StoredShare[]>(`select ${SHARE} from portico.revenue_share s where s.environment_id = $1 and s.period = $2 and s.currency = $3 order by s.partner_id, s.number`, [
    environmentId,
    period,
    currency,
  ]);

export async function findShare(tx: Tx, environmentId: string, id: string): Promise<StoredShare | null> {
  const [row] = await tx.query<StoredShare[]>(`select ${SHARE} from portico.revenue_share s where s.environment_id = $1 and s.id = $2`, [environmentId, id]);
  return row ?? null;
}

export async function approversOfShare(tx: Tx, environmentId: string, shareId: string): Promise<string[]> {
  const rows = await tx.query<{ decided_by: string }[]>(
    "select decided_by from portico.revenue_share_decision where environment_id = $1 and share_id = $2 and verdict = 'APPROVED' order by decided_at, decided_by",
    [environmentId, shareId],
  );
  return rows.map(row => row.decided_by);
}

/** False where the person has decided already. */
export async function insertShareDecision(
  tx: Tx,
  environmentId: string,
  { share, personId, verdict, reason, at }: { share: StoredShare; personId: string; verdict: 'APPROVED' | 'VOIDED'; reason: string; at: Date },
): Promise<boolean> {
  const rows = await tx.query<unknown[]>(
    `insert into portico.revenue_share_decision (environment_id, share_id, partner_id, decided_by, verdict, reason, decided_at) values ($1, $2, $3, $4, $5, $6, $7)
     on conflict (environment_id, share_id, decided_by) do nothing returning 1`,
    [environmentId, share.id, share.partnerId, personId, verdict, reason, at],
  );
  return rows.length === 1;
}
