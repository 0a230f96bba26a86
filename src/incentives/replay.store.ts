/** The SQL of the replay: what is kept, and what it follows from. */
import type { Tx } from '../platform/postgres/database.ts';
import type { AwardFact, ClawbackFact, DisputeFact, KeptTransaction, PayoutFact } from './ledger-replay.rules.ts';
import type { Account } from './ledger.rules.ts';
import type { KeptTest } from './progress.store.ts';

/** Every instant of what is compared, to the microsecond. */
const instant = (column: string): string => `to_char(${column} at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"')`;

/** A result that a rule decided, as it is kept. */
export interface KeptProgress {
  readonly id: string;
  readonly partnerId: string;
  readonly integrationId: string;
  readonly milestoneId: string;
  readonly period: string;
  readonly state: string;
  readonly version: number;
  readonly percent: number;
  readonly openedAt: string | null;
  readonly reachedAt: string | null;
  readonly confirmsAt: string | null;
  readonly confirmedAt: string | null;
  readonly updatedAt: string;
  readonly isForecast: boolean;
  readonly asOf: string;
  readonly countedUntil: string;
  readonly isAwarded: boolean;
  /** Whether a dispute about it is open, or was decided for the partner. */
  readonly isDisputed: boolean;
  readonly isUpheld: boolean;
  readonly wasDisputed: boolean;
  /** When all of its award was taken back; null where that was not. */
  readonly reversedAt: string | null;
  readonly tests: readonly KeptTest[];
}

export const loadKeptProgress = (tx: Tx, environmentId: string): Promise<KeptProgress[]> =>
  tx.query<KeptProgress[]>(
    `select g.id, g.partner_id as "partnerId", g.integration_id as "integrationId", g.milestone_id as "milestoneId", g.period, g.state, g.version, g.percent_complete as percent,
       ${instant('g.opened_at')} as "openedAt", ${instant('g.reached_at')} as "reachedAt", ${instant('g.confirms_at')} as "confirmsAt", ${instant('g.confirmed_at')} as "confirmedAt",
       ${instant('g.updated_at')} as "updatedAt", g.is_forecast as "isForecast", ${instant('g.judged_as_of')} as "asOf", g.counted_until::text as "countedUntil",
       a.id is not null as "isAwarded",
       exists (select from portico.dispute d where d.environment_id = $1 and d.progress_id = g.id and d.verdict is null) as "isDisputed",
       exists (select from portico.dispute d where d.environment_id = $1 and d.progress_id = g.id and d.verdict = 'UPHELD') as "isUpheld",
       exists (select from portico.dispute d where d.environment_id = $1 and d.progress_id = g.id) as "wasDisputed", ${instant('v.reversed_at')} as "reversedAt",
       coalesce((select json_agg(json_build_object('criterionId', c.criterion_id, 'value', c.value::text, 'satisfied', c.satisfied, 'missing', c.missing::text, 'missingCount', c.missing_count,
           'events', c.events, 'first', ${instant('c.first_occurred_at')}, 'last', ${instant('c.last_occurred_at')}) order by k.position)
         from portico.criterion_progress c join portico.criterion k on k.environment_id = c.environment_id and k.id = c.criterion_id
         where c.environment_id = $1 and c.progress_id = g.id), '[]') as tests
     from portico.milestone_progress g
     left join portico.award a on a.environment_id = $1 and a.integration_id = g.integration_id and a.partner_id = g.partner_id and a.milestone_id = g.milestone_id and a.period = g.period
     left join portico.award_reversal v on v.environment_id = $1 and v.award_id = a.id
     where g.environment_id = $1 and g.judged_as_of is not null order by g.integration_id, g.milestone_id, g.period`,
    [environmentId],
  );

export interface KeptPosting {
  readonly kind: string;
  readonly sourceId: string;
  readonly account: Account;
  readonly sequence: number;
  readonly amountMinor: number;
  readonly balanceMinor: number;
}

/** All postings, in the order in which their transactions were written. */
export const loadKeptPostings = (tx: Tx, environmentId: string): Promise<KeptPosting[]> =>
  tx.query<KeptPosting[]>(
    `select t.kind, t.source_id as "sourceId",
       json_strip_nulls(json_build_object('kind', a.kind, 'currency', a.currency, 'programId', a.program_id, 'partnerId', a.partner_id, 'payoutId', a.payout_id)) as account,
       p.sequence::float8 as sequence, p.amount_minor::float8 as "amountMinor", p.balance_minor::float8 as "balanceMinor"
     from portico.ledger_transaction t join portico.ledger_posting p on p.environment_id = t.environment_id and p.transaction_id = t.id
     join portico.ledger_account a on a.environment_id = p.environment_id and a.id = p.account_id
     where t.environment_id = $1 order by t.position`,
    [environmentId],
  );

export const loadKeptTransactions = (tx: Tx, environmentId: string): Promise<KeptTransaction[]> =>
  tx.query<KeptTransaction[]>(
    `select t.id, t.kind, t.source_id as "sourceId", t.partner_id as "partnerId", sum(p.amount_minor) filter (where p.amount_minor > 0)::float8 as "amountMinor", min(p.currency) as currency
     from portico.ledger_transaction t join portico.ledger_posting p on p.environment_id = t.environment_id and p.transaction_id = t.id
     where t.environment_id = $1 group by t.environment_id, t.id order by t.position`,
    [environmentId],
  );

export const loadAwardFacts = (tx: Tx, environmentId: string): Promise<AwardFact[]> =>
  tx.query<AwardFact[]>(
    `select a.id, a.partner_id as "partnerId", m.program_id as "programId", a.amount_minor::float8 as "amountMinor", a.currency,
       (select count(*)::integer from portico.award_decision d where d.environment_id = $1 and d.award_id = a.id and d.verdict = 'APPROVED') as approvals,
       exists (select from portico.award_decision d where d.environment_id = $1 and d.award_id = a.id and d.verdict = 'VOIDED') as "isVoided"
     from portico.award a join portico.milestone m on m.environment_id = a.environment_id and m.id = a.milestone_id where a.environment_id = $1 and a.amount_minor is not null`,
    [environmentId],
  );

export const loadPayoutFacts = (tx: Tx, environmentId: string): Promise<PayoutFact[]> =>
  tx.query<PayoutFact[]>('select id, partner_id as "partnerId", amount_minor::float8 as "amountMinor", currency from portico.payout where environment_id = $1', [environmentId]);

export const loadClawbackFacts = (tx: Tx, environmentId: string): Promise<ClawbackFact[]> =>
  tx.query<ClawbackFact[]>(
    `select c.id, c.award_id as "awardId", c.partner_id as "partnerId", m.program_id as "programId", c.amount_minor::float8 as "amountMinor", a.currency
     from portico.clawback c join portico.award a on a.environment_id = $1 and a.id = c.award_id join portico.milestone m on m.environment_id = $1 and m.id = a.milestone_id
     where c.environment_id = $1 and c.verdict = 'EXECUTED'`,
    [environmentId],
  );

export const loadShareFacts = (tx: Tx, environmentId: string): Promise<AwardFact[]> =>
  tx.query<AwardFact[]>(
    `select s.id, s.partner_id as "partnerId", p.id as "programId", s.amount_minor::float8 as "amountMinor", s.currency,
       (select count(*)::integer from portico.revenue_share_decision d where d.environment_id = $1 and d.share_id = s.id and d.verdict = 'APPROVED') as approvals,
       exists (select from portico.revenue_share_decision d where d.environment_id = $1 and d.share_id = s.id and d.verdict = 'VOIDED') as "isVoided"
     from portico.revenue_share s join portico.program p on p.environment_id = s.environment_id where s.environment_id = $1 and s.amount_minor <> 0`,
    [environmentId],
  );

export const loadDisputeFacts = (tx: Tx, environmentId: string): Promise<DisputeFact[]> =>
  tx.query<DisputeFact[]>(
    `select d.id, d.partner_id as "partnerId", p.id as "programId", d.held_minor::float8 as "amountMinor", d.currency, d.correction_minor::float8 as "correctionMinor", d.verdict is not null as "hasEnded"
     from portico.dispute d join portico.program p on p.environment_id = d.environment_id where d.environment_id = $1 and d.currency is not null`,
    [environmentId],
  );
