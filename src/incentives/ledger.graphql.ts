/** The ledger as partners read their side of it: what moved, what they have, and what is to come. */
import { type GraphQLResolveInfo } from 'graphql';
import { Args, Ctx, Field, ID, Info, ObjectType, Query, Resolver } from 'type-graphql';
import { connectionOf, PageArgs } from '../graphql/connection.ts';
import { enumOf } from '../graphql/enum.ts';
import { readThroughCompiler } from '../graphql/fallback.ts';
import { Money } from '../graphql/money.ts';
import { Node } from '../graphql/node.ts';
import { CurrencyCode, DateTime, SafeInt } from '../graphql/scalars.ts';
import { Integration } from '../partners/integration.graphql.ts';
import { asc, Column, Computed, desc, Embedded, From, Many, One, Page, ReadsOf, sql, type FieldRow, type Row, type Sql, type Through } from '../reads/index.ts';
import { Milestone, Reward } from './milestone.graphql.ts';
import { MilestoneProgress } from './progress.graphql.ts';

export const LedgerAccountKind = enumOf('LedgerAccountKind', 'What an account of the ledger holds.', {
  SOURCE: 'Where money comes from.',
  BUDGET: 'What a program may still award.',
  ACCRUED: 'What was awarded to you and is not approved yet.',
  PAYABLE: 'What you will be paid.',
  CLEARING: 'What is on its way to your bank.',
  PAID: 'What you were paid.',
  RECEIVABLE: 'What of it you must give back.',
});
export type LedgerAccountKind = keyof typeof LedgerAccountKind;

export const LedgerTransactionKind = enumOf('LedgerTransactionKind', 'What a transaction of the ledger is.', {
  FUNDING: 'Money comes into a budget.',
  ACCRUAL: 'Something was awarded: the money is set aside, pending.',
  POSTING: 'A pending amount was approved, and is payable.',
  VOIDING: 'A pending amount was not approved, and went back.',
  PAYOUT: 'Money left for your bank.',
  SETTLEMENT: 'Your bank has it.',
  RETURN: 'Your bank sent it back; it is payable again.',
  CLAWBACK: 'Something was taken back, wholly or in part.',
  NETTING: 'Part of what was payable was kept for what you owed.',
  HOLD: 'Something of what is payable is in dispute: it is pending again.',
  RELEASE: 'The dispute has ended: what was held is payable again.',
  CORRECTION: 'A dispute was decided for you: this was given on top.',
  REVERSAL: 'Orders were refunded: their share went back, at the rate at which it was given.',
});
export type LedgerTransactionKind = keyof typeof LedgerTransactionKind;

const ACCOUNT: Through = { table: 'ledger_account', scope: ['environment_id'], on: { id: 'account_id' } };

const moneyOf = (minor: string) =>
  Embedded({
    amount: (row: Row) => sql`portico.money_text(${row.col(minor)}, ${row.col('currency')})`,
    currency: (row: Row) => row.col('currency'),
    minorUnits: (row: Row) => row.col(minor),
  });

@ObjectType({ simpleResolvers: true, description: 'An amount that came into one of your accounts or, where it is negative, left it. Nobody ever changes or deletes one.' })
@From('ledger_posting', { scope: ['environment_id', 'partner_id'] })
export class LedgerPosting {
  @Field(() => LedgerAccountKind, { description: 'The account.' })
  @Computed((row: FieldRow) => row.of(ACCOUNT).col('kind'))
  account!: LedgerAccountKind;

  @Field(() => SafeInt, { description: "Its place among the account's postings, from 1, without gaps." })
  @Column()
  sequence!: number;

  @Field(() => Money, { description: 'What came in; negative where it left.' })
  @moneyOf('amount_minor')
  amount!: Money;

  @Field(() => Money, { description: 'What the account held after it: the balance before it and the amount.' })
  @moneyOf('balance_minor')
  balance!: Money;
}

@ObjectType({ implements: Node, simpleResolvers: true, description: 'Money that moved. All its postings, yours and the other side, sum to zero.' })
@From('ledger_transaction', { scope: ['environment_id', 'partner_id'], idPrefix: 'ltx' })
export class LedgerTransaction extends Node {
  @Field(() => LedgerTransactionKind, { description: 'What it is.' })
  @Column()
  kind!: LedgerTransactionKind;

  @Field(() => ID, { description: 'Id of the award, revenue share, payout, clawback or dispute that it is about.' })
  @Column()
  sourceId!: string;

  @Field(() => ID, { nullable: true, description: 'Id of the pending transaction that it ended; null where it ended none.' })
  @Column()
  resolvesId!: string | null;

  @Field(() => ID, { nullable: true, description: 'Id of the transaction that it takes back, wholly or in part; null where it takes back none.' })
  @Column()
  reversesId!: string | null;

  @Field(() => DateTime, { description: 'Instant at which it happened, by the clock of your environment.' })
  @Column()
  occurredAt!: Date;

  @Field({ description: 'Why, in words.' })
  @Column()
  memo!: string;

  @Field(() => [LedgerPosting], { description: 'Your side of it: the postings of your accounts.' })
  @Many({ on: { transaction_id: 'id' }, order: [asc('account_id'), asc('sequence', 'bigint')], atMost: 4 })
  postings!: LedgerPosting[];
}

export const LedgerConnection = connectionOf(LedgerTransaction, { name: 'Ledger' });

/** What the last posting left. An account comes into being with its first one. */
const balance = (account: Row): Sql => sql`(select p.balance_minor from portico.ledger_posting p
  where p.environment_id = ${account.col('environment_id')} and p.account_id = ${account.col('id')} order by p.sequence desc limit 1)`;

@ObjectType({ simpleResolvers: true, description: 'What one of your accounts holds.' })
@From('ledger_account', { scope: ['environment_id', 'partner_id'] })
export class LedgerBalance {
  @Field(() => LedgerAccountKind, { description: 'The account.' })
  @Column('kind')
  account!: LedgerAccountKind;

  @Field(() => CurrencyCode, { description: 'Its currency.' })
  @Column()
  currency!: string;

  @Field(() => Money, { description: 'What it holds: the balance of its last posting.' })
  @Embedded({
    amount: (row: Row) => sql`portico.money_text(${balance(row)}, ${row.col('currency')})`,
    currency: (row: Row) => row.col('currency'),
    minorUnits: balance,
  })
  balance!: Money;
}

/** In the order in which results count; the first of a partner's integrations is given the reward. */
const isFirstToCount = (row: Row): Sql => sql`${row.col('is_forecast')} and ${row.col('state')} in ('LOCKED', 'OPEN', 'IN_PROGRESS', 'PROVISIONAL')
  and exists (select from portico.reward r where r.environment_id = ${row.col('environment_id')} and r.milestone_id = ${row.col('milestone_id')})
  and not exists (select from portico.award a where a.environment_id = ${row.col('environment_id')} and a.partner_id = ${row.col('partner_id')}
    and a.milestone_id = ${row.col('milestone_id')} and a.period = ${row.col('period')})
  and not exists (select from portico.milestone_progress o where o.environment_id = ${row.col('environment_id')} and o.partner_id = ${row.col('partner_id')}
    and o.milestone_id = ${row.col('milestone_id')} and o.period = ${row.col('period')} and o.is_forecast and o.state in ('LOCKED', 'OPEN', 'IN_PROGRESS', 'PROVISIONAL')
    and (coalesce(o.confirms_at, 'infinity'), o.id) < (coalesce(${row.col('confirms_at')}, 'infinity'), ${row.col('id')}))`;

@ObjectType({ simpleResolvers: true, description: 'A reward that you will be given if nothing more happens, and its budget holds as much then.' })
@From('milestone_progress', { scope: ['environment_id', 'partner_id'] })
export class RewardForecast {
  @Field(() => Milestone, { description: 'For which milestone.' })
  @One({ on: { id: 'milestone_id' } })
  milestone!: Milestone;

  @Field({ description: 'For which period: a calendar quarter such as `2026-Q4`, or `ONCE`.' })
  @Column()
  period!: string;

  @Field(() => Reward, { description: 'What it will be.' })
  @One({ on: { milestone_id: 'milestone_id' } })
  reward!: Reward;

  @Field(() => DateTime, {
    nullable: true,
    description:
      'Instant at which the result will count; null where the milestone is not open yet, or the rule will be met only when the period ends: 30 days after that it counts.',
  })
  @Column()
  confirmsAt!: Date | null;

  @Field(() => Integration, { description: 'The integration that will be the first to reach it.' })
  @One({ on: { id: 'integration_id' } })
  integration!: Integration;

  @Field(() => MilestoneProgress, { description: 'How it stands now, criterion by criterion.' })
  @One({ on: { id: 'id' } })
  progress!: MilestoneProgress;
}

/** As many as there are accounts of a partner in all but CLEARING, in the currencies of a program. */
const MAX_BALANCES = 100;

const MAX_FORECASTS = 100;

@Resolver()
@ReadsOf('Query')
export class LedgerQueries {
  @Query(() => LedgerConnection, { description: 'All money of yours that moved, newest first; `first` is required.' })
  @Page({ on: {}, order: [desc('occurred_at', 'timestamptz'), asc('id')] })
  ledger(@Args(() => PageArgs) _args: PageArgs, @Ctx() context: unknown, @Info() info: GraphQLResolveInfo): Promise<unknown> {
    return readThroughCompiler(context, info);
  }

  @Query(() => [LedgerBalance], { description: 'What your accounts hold; what is on its way to your bank, `payouts` tells.' })
  @Many({ on: {}, where: row => sql`${row.col('kind')} <> 'CLEARING'`, order: [asc('kind'), asc('currency'), asc('id')], limit: MAX_BALANCES })
  balances(@Ctx() context: unknown, @Info() info: GraphQLResolveInfo): Promise<unknown> {
    return readThroughCompiler(context, info);
  }

  @Query(() => [RewardForecast], { description: `What you will be given if nothing more happens, the soonest first: at most ${MAX_FORECASTS}.` })
  @Many({ on: {}, where: isFirstToCount, order: [asc('confirms_at', 'timestamptz', true), asc('id')], limit: MAX_FORECASTS })
  rewardForecast(@Ctx() context: unknown, @Info() info: GraphQLResolveInfo): Promise<unknown> {
    return readThroughCompiler(context, info);
  }
}
