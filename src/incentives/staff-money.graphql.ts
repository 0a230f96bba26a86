/** What the staff does with money, and how it sees the ledger: all of it, both sides. */
import { type GraphQLResolveInfo } from 'graphql';
import { Arg, Args, ArgsType, Ctx, Field, ID, Info, InputType, Int, Mutation, ObjectType, Query, Resolver } from 'type-graphql';
import { isId } from '../base/ids.ts';
import { ok, refused } from '../base/outcome.ts';
import { connectionOf, PageArgs } from '../graphql/connection.ts';
import { readThroughCompiler } from '../graphql/fallback.ts';
import { Money, MoneyColumns } from '../graphql/money.ts';
import { Node } from '../graphql/node.ts';
import { CurrencyCode, DateTime, SafeInt } from '../graphql/scalars.ts';
import { answered } from '../graphql/writing.ts';
import { StaffMutationInput, StaffOnly, StaffPayload, writeAsStaff, type StaffUserError } from '../partners/index.ts';
import { asc, Column, Computed, desc, Embedded, equals, From, Many, One, Page, ReadsOf, sql, type FieldRow, type Row, type Sql, type Through } from '../reads/index.ts';
import { AwardState, awardState } from './award.graphql.ts';
import { approveAward, fundBudget, voidAward } from './awards.service.ts';
import { LedgerAccountKind, LedgerTransactionKind } from './ledger.graphql.ts';
import { programOf } from './milestone.store.ts';
import { Milestone, Reward } from './staff-program.graphql.ts';

const ACCOUNT: Through = { table: 'ledger_account', scope: ['environment_id'], on: { id: 'account_id' } };

const inMoney = (minor: (row: Row) => Sql) =>
  Embedded({
    amount: (row: Row) => sql`portico.money_text(${minor(row)}, ${row.col('currency')})`,
    currency: (row: Row) => row.col('currency'),
    minorUnits: minor,
  });

@ObjectType({ simpleResolvers: true, description: 'An amount that came into an account or, where it is negative, left it.' })
@From('ledger_posting', { scope: ['environment_id'] })
export class LedgerPosting {
  @Field(() => LedgerAccountKind, { description: 'What the account is.' })
  @Computed((row: FieldRow) => row.of(ACCOUNT).col('kind'))
  account!: LedgerAccountKind;

  @Field(() => ID, { nullable: true, description: "Id of the partner whose account it is; null where it is nobody's." })
  @Column()
  partnerId!: string | null;

  @Field(() => SafeInt, { description: "Its place among the account's postings, from 1, without gaps." })
  @Column()
  sequence!: number;

  @Field(() => Money, { description: 'What came in; negative where it left.' })
  @inMoney(row => row.col('amount_minor'))
  amount!: Money;

  @Field(() => Money, { description: 'What the account held after it.' })
  @inMoney(row => row.col('balance_minor'))
  balance!: Money;
}

@ObjectType({ implements: Node, simpleResolvers: true, description: 'Money that moved. Its postings sum to zero in each currency.' })
@From('ledger_transaction', { scope: ['environment_id'], idPrefix: 'ltx' })
export class LedgerTransaction extends Node {
  @Field(() => LedgerTransactionKind, { description: 'What it is.' })
  @Column()
  kind!: LedgerTransactionKind;

  @Field(() => ID, { description: 'Id of what it is about.' })
  @Column()
  sourceId!: string;

  @Field(() => ID, { nullable: true, description: "Id of the partner whose money it is; null where it is nobody's yet." })
  @Column()
  partnerId!: string | null;

  @Field(() => ID, { nullable: true, description: 'Id of the transaction that it takes back; null where it takes back none.' })
  @Column()
  reversesId!: string | null;

  @Field(() => DateTime, { description: 'Instant at which it happened.' })
  @Column()
  occurredAt!: Date;

  @Field({ description: 'Why, in words.' })
  @Column()
  memo!: string;

  @Field(() => [LedgerPosting], { description: 'All its postings.' })
  @Many({ on: { transaction_id: 'id' }, order: [asc('account_id'), asc('sequence', 'bigint')], atMost: 4 })
  postings!: LedgerPosting[];
}

export const LedgerConnection = connectionOf(LedgerTransaction, { name: 'Ledger' });

@ObjectType({ simpleResolvers: true, description: 'What an account of the program holds.' })
@From('ledger_account', { scope: ['environment_id'] })
export class LedgerBalance {
  @Field(() => LedgerAccountKind, { description: 'What the account is.' })
  @Column('kind')
  account!: LedgerAccountKind;

  @Field(() => CurrencyCode, { description: 'Its currency.' })
  @Column()
  currency!: string;

  @Field(() => Money, { description: 'What it holds.' })
  @inMoney(
    row =>
      sql`(select p.balance_minor from portico.ledger_posting p where p.environment_id = ${row.col('environment_id')} and p.account_id = ${row.col('id')} order by p.sequence desc limit 1)`,
  )
  balance!: Money;
}

@ObjectType({ implements: Node, simpleResolvers: true, description: 'A reward that was given to a partner in live.' })
@From('award', { scope: ['environment_id'], idPrefix: 'awd' })
export class Award extends Node {
  @Field(() => ID, { description: 'Id of the partner.' })
  @Column()
  partnerId!: string;

  @Field({ description: 'The period it was earned in.' })
  @Column()
  period!: string;

  @Field(() => AwardState, { description: 'What has become of it.' })
  @Computed(awardState)
  state!: AwardState;

  @Field(() => Money, { nullable: true, description: 'The money; null for other rewards.' })
  @MoneyColumns('amount_minor', 'currency')
  amount!: Money | null;

  @Field(() => DateTime, { description: 'Instant at which it was given.' })
  @Column()
  awardedAt!: Date;

  @Field(() => Milestone, { description: 'The milestone that earned it.' })
  @One({ on: { id: 'milestone_id' } })
  milestone!: Milestone;

  @Field(() => Reward, { description: 'What was given.' })
  @One({ on: { id: 'reward_id' } })
  reward!: Reward;

  @Field(() => Int, { description: 'How many persons have approved it.' })
  @Computed(
    row =>
      sql`(select count(*)::integer from portico.award_decision d where d.environment_id = ${row.col('environment_id')} and d.award_id = ${row.col('id')} and d.verdict = 'APPROVED')`,
  )
  approvals!: number;
}

export const AwardConnection = connectionOf(Award);

@InputType({ description: 'Narrows the list of awards. Conditions add up.' })
export class AwardFilter {
  @Field(() => AwardState, { nullable: true, description: 'Only those in this state; `PENDING` is the queue of finance.' })
  state?: AwardState;

  @Field(() => ID, { nullable: true, description: 'Only those of this partner.' })
  partnerId?: string;
}

@ArgsType()
export class AwardsArgs extends PageArgs {
  @Field(() => AwardFilter, { nullable: true, description: 'Narrows the list; without it, all.' })
  filter?: AwardFilter;
}

@InputType({ description: 'Money for a program.' })
export class FundBudgetInput extends StaffMutationInput {
  @Field(() => CurrencyCode, { description: 'The currency.' })
  currency!: string;

  @Field(() => SafeInt, { description: "How much, in the currency's smallest unit: 1 or more." })
  amountMinor!: number;
}

@InputType({ description: 'A decision about an award.' })
export class AwardStepInput extends StaffMutationInput {
  @Field(() => ID, { description: 'Id of the award.' })
  awardId!: string;
}

@ObjectType({ description: 'What a mutation on an award did.' })
export class AwardPayload extends StaffPayload {
  @Field(() => Award, { nullable: true, description: 'The award as it stands now; null where it was refused.' })
  @One({ on: { id: answered('awardId') } })
  award!: Award | null;
}

@ObjectType({ description: 'What a funding did.' })
export class FundBudgetPayload extends StaffPayload {
  @Field(() => LedgerTransaction, { nullable: true, description: 'The transaction that it is; null where it was refused.' })
  @One({ on: { id: answered('transactionId') } })
  transaction!: LedgerTransaction | null;
}

const MAX_ACCOUNTS = 100;

/** Whoever has to do with money, or answers for it. */
const READERS = ['FINANCE', 'PROGRAM_MANAGER', 'AUDITOR'] as const;

const noAward = refused<StaffUserError>({ code: 'NOT_FOUND', message: 'There is no award with this id. The query `awards` lists those that there are.', path: ['awardId'] });

@Resolver()
@ReadsOf('Query')
export class StaffMoneyQueries {
  @Query(() => LedgerConnection, { description: 'All money that moved in live, newest first; `first` or `last` is required.' })
  @Page({ on: {}, order: [desc('occurred_at', 'timestamptz'), asc('id')] })
  @StaffOnly(...READERS)
  ledger(@Args(() => PageArgs) _args: PageArgs, @Ctx() context: unknown, @Info() info: GraphQLResolveInfo): Promise<unknown> {
    return readThroughCompiler(context, info);
  }

  @Query(() => [LedgerBalance], { description: "What the program has and what it came from: the accounts that are no partner's." })
  @Many({ on: {}, where: row => sql`${row.col('partner_id')} is null`, order: [asc('kind'), asc('currency'), asc('id')], limit: MAX_ACCOUNTS })
  @StaffOnly(...READERS)
  budgets(@Ctx() context: unknown, @Info() info: GraphQLResolveInfo): Promise<unknown> {
    return readThroughCompiler(context, info);
  }

  @Query(() => AwardConnection, { description: 'Awards in live, newest first; `first` or `last` is required.' })
  @Page({
    on: {},
    order: [desc('awarded_at', 'timestamptz'), asc('id')],
    filter: { state: { type: 'text', predicate: (row, state) => sql`${awardState(row)} = ${state}` }, partnerId: equals('partner_id') },
  })
  @StaffOnly(...READERS)
  awards(@Args(() => AwardsArgs) _args: AwardsArgs, @Ctx() context: unknown, @Info() info: GraphQLResolveInfo): Promise<unknown> {
    return readThroughCompiler(context, info);
  }
}

@Resolver()
export class StaffMoneyMutations {
  @Mutation(() => FundBudgetPayload, {
    nullable: true,
    description:
      "Puts money into the program's budget, and gives what waited for it, the oldest result first: a hundred at once, and the others within minutes. What the budget does not hold is passed over and goes on waiting. Refused with `INVALID`.",
  })
  @StaffOnly('FINANCE')
  fundBudget(
    @Arg('input', () => FundBudgetInput, { description: 'How much.' }) { currency, amountMinor }: FundBudgetInput,
    @Ctx() context: unknown,
    @Info() info: GraphQLResolveInfo,
  ): Promise<unknown> {
    return writeAsStaff(context, info, async (tx, { liveEnvironmentId, clock }) => {
      if (amountMinor < 1)
        return refused({ code: 'INVALID', message: 'A funding is 1 minor unit at least. To take money out of a budget is not possible.', path: ['amountMinor'] });
      const { transactionId } = await fundBudget(tx, liveEnvironmentId, { programId: await programOf(tx, liveEnvironmentId), currency, amountMinor }, clock.now());
      return ok({ answer: { transactionId } });
    });
  }

  @Mutation(() => AwardPayload, {
    nullable: true,
    description: 'Approves an award of money in your name; it is posted once enough persons have, two above 500,000 minor units. Refused with `NOT_FOUND` and `ALREADY_DECIDED`.',
  })
  @StaffOnly('FINANCE')
  approveAward(
    @Arg('input', () => AwardStepInput, { description: 'Which award.' }) { awardId, reason }: AwardStepInput,
    @Ctx() context: unknown,
    @Info() info: GraphQLResolveInfo,
  ): Promise<unknown> {
    return writeAsStaff(context, info, async (tx, { liveEnvironmentId, staffId, clock }) => {
      if (!isId(awardId)) return noAward;
      const done = await approveAward(tx, liveEnvironmentId, { awardId, personId: staffId, reason, now: clock.now() });
      return done.ok ? ok({ answer: { awardId } }) : refused({ ...done.refusal, path: ['awardId'] });
    });
  }

  @Mutation(() => AwardPayload, { nullable: true, description: "Sends a pending award's money back to the budget. Refused with `NOT_FOUND` and `ALREADY_DECIDED`." })
  @StaffOnly('FINANCE')
  voidAward(
    @Arg('input', () => AwardStepInput, { description: 'Which award.' }) { awardId, reason }: AwardStepInput,
    @Ctx() context: unknown,
    @Info() info: GraphQLResolveInfo,
  ): Promise<unknown> {
    return writeAsStaff(context, info, async (tx, { liveEnvironmentId, staffId, clock }) => {
      if (!isId(awardId)) return noAward;
      const done = await voidAward(tx, liveEnvironmentId, { awardId, personId: staffId, reason, now: clock.now() });
      return done.ok ? ok({ answer: { awardId } }) : refused({ ...done.refusal, path: ['awardId'] });
    });
  }
}

export const staffMoneyGraphql: readonly Function[] = [
  StaffMoneyQueries,
  StaffMoneyMutations,
  LedgerTransaction,
  LedgerPosting,
  LedgerBalance,
  Award,
  AwardPayload,
  FundBudgetPayload,
];
