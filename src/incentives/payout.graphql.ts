/** Payouts and clawbacks as partners read them, and what partners say: where they are paid, and that they object. */
import { type GraphQLResolveInfo } from 'graphql';
import { Arg, Args, Ctx, Field, ID, Info, InputType, Mutation, ObjectType, Query, Resolver } from 'type-graphql';
import { isId } from '../base/ids.ts';
import { ok } from '../base/outcome.ts';
import { connectionOf, PageArgs } from '../graphql/connection.ts';
import { enumOf } from '../graphql/enum.ts';
import { readThroughCompiler } from '../graphql/fallback.ts';
import { Money, MoneyColumns } from '../graphql/money.ts';
import { Node } from '../graphql/node.ts';
import { CurrencyCode, DateTime } from '../graphql/scalars.ts';
import { UserError } from '../graphql/user-error.ts';
import { KEY_DESCRIPTION, answered, write } from '../graphql/writing.ts';
import type { Tx } from '../platform/postgres/database.ts';
import { asc, Column, Computed, desc, Embedded, From, One, Page, ReadsOf, sql, type Row, type Sql } from '../reads/index.ts';
import { Award } from './award.graphql.ts';
import { appealClawback } from './clawbacks.service.ts';
import { setPayoutAccount } from './payouts.service.ts';

export const PayoutState = enumOf('PayoutState', 'What has become of a payout.', {
  SENT: 'On its way to your bank.',
  SETTLED: 'Your bank has it.',
  RETURNED: 'Your bank sent it back: look at where you are paid. It is payable again.',
});
export type PayoutState = keyof typeof PayoutState;

/** The state follows from what was appended about the payout. */
export const payoutState = (payout: Row): Sql => sql`coalesce((select case t.kind when 'SETTLEMENT' then 'SETTLED' else 'RETURNED' end from portico.ledger_transaction t
  where t.environment_id = ${payout.col('environment_id')} and t.source_id = ${payout.col('id')} and t.kind in ('SETTLEMENT', 'RETURN')), 'SENT')`;

@ObjectType({ implements: Node, simpleResolvers: true, description: 'Money that left for your bank.' })
@From('payout', { scope: ['environment_id', 'partner_id'], idPrefix: 'pay' })
export class Payout extends Node {
  @Field(() => Money, { description: 'How much.' })
  @MoneyColumns('amount_minor', 'currency')
  amount!: Money;

  @Field(() => PayoutState, { description: 'What has become of it.' })
  @Computed(payoutState)
  state!: PayoutState;

  @Field({ description: "The last four characters of the account's number." })
  @Computed(row => sql`right(${row.col('iban')}, 4)`)
  ibanEnds!: string;

  @Field(() => DateTime, { description: 'Instant at which it was sent.' })
  @Column()
  sentAt!: Date;
}

export const PayoutConnection = connectionOf(Payout);

export const ClawbackState = enumOf('ClawbackState', 'Where a clawback stands.', {
  ANNOUNCED: 'Told, and open to an appeal.',
  APPEALED: 'You objected: nothing happens until somebody else than who told it has decided.',
  EXECUTED: 'Carried out: `ledger` has the transaction.',
  DROPPED: 'Nothing was taken back.',
});
export type ClawbackState = keyof typeof ClawbackState;

export const clawbackState = (row: Row): Sql => sql`coalesce(${row.col('verdict')}, case when ${row.col('appealed_at')} is null then 'ANNOUNCED' else 'APPEALED' end)`;

/** An amount is in its award's currency. */
const inCurrencyOfAward = (row: Row): Sql => sql`(select a.currency from portico.award a where a.environment_id = ${row.col('environment_id')} and a.id = ${row.col('award_id')})`;

/** Reads a clawback's Money. */
export const ClawbackMoney = () =>
  Embedded({
    amount: (row: Row) => sql`portico.money_text(${row.col('amount_minor')}, ${inCurrencyOfAward(row)})`,
    currency: inCurrencyOfAward,
    minorUnits: (row: Row) => row.col('amount_minor'),
  });

@ObjectType({ implements: Node, simpleResolvers: true, description: 'Money of an award that is to be taken back: told first, so that you can object.' })
@From('clawback', { scope: ['environment_id', 'partner_id'], idPrefix: 'clb' })
export class Clawback extends Node {
  @Field(() => ClawbackState, { description: 'Where it stands.' })
  @Computed(clawbackState)
  state!: ClawbackState;

  @Field(() => Money, { description: 'How much.' })
  @ClawbackMoney()
  amount!: Money;

  @Field({ description: 'Why.' })
  @Column()
  reason!: string;

  @Field(() => DateTime, { description: 'Instant at which you were told.' })
  @Column()
  announcedAt!: Date;

  @Field(() => DateTime, { description: 'Instant at which it is carried out unless you object before.' })
  @Column()
  executesAt!: Date;

  @Field(() => String, { nullable: true, description: 'What you said against it; null where you did not.' })
  @Column()
  appeal!: string | null;

  @Field(() => String, { nullable: true, description: 'Why it was decided so; null while it is not.' })
  @Column()
  verdictReason!: string | null;

  @Field(() => Award, { description: 'The award.' })
  @One({ on: { id: 'award_id' } })
  award!: Award;
}

export const ClawbackConnection = connectionOf(Clawback);

@ObjectType({ implements: Node, simpleResolvers: true, description: 'Where your organisation is paid in a currency.' })
@From('payout_account', { scope: ['environment_id', 'partner_id'], idPrefix: 'pac' })
export class PayoutAccount extends Node {
  @Field(() => CurrencyCode, { description: 'The currency.' })
  @Column()
  currency!: string;

  @Field({ description: "The holder's name." })
  @Column()
  holder!: string;

  @Field({ description: "The last four characters of the account's number." })
  @Computed(row => sql`right(${row.col('iban')}, 4)`)
  ibanEnds!: string;

  @Field(() => DateTime, { description: 'Instant since which payouts go there.' })
  @Column()
  since!: Date;
}

@InputType({ description: 'Where your organisation is paid.' })
export class SetPayoutAccountInput {
  @Field(() => CurrencyCode, { description: 'In this currency.' })
  currency!: string;

  @Field({ description: "The holder's name as the bank knows it, up to 140 characters." })
  holder!: string;

  @Field({ description: "The account's number (IBAN, ISO 13616); spaces do not matter." })
  iban!: string;

  @Field(() => String, { nullable: true, description: KEY_DESCRIPTION })
  idempotencyKey?: string;
}

@ObjectType({ description: 'What `setPayoutAccount` did.' })
export class SetPayoutAccountPayload {
  @Field(() => PayoutAccount, { nullable: true, description: 'The account that counts now; null where it was refused.' })
  @One({ on: { id: answered('payoutAccountId') } })
  payoutAccount!: PayoutAccount | null;

  @Field(() => [UserError], { description: 'Why nothing was changed; empty where it was done.' })
  userErrors!: UserError[];
}

@InputType({ description: 'Why a clawback is wrong.' })
export class AppealClawbackInput {
  @Field(() => ID, { description: 'Id of the clawback.' })
  clawbackId!: string;

  @Field({ description: 'Why it is wrong, up to 5,000 characters: people read it.' })
  appeal!: string;

  @Field(() => String, { nullable: true, description: KEY_DESCRIPTION })
  idempotencyKey?: string;
}

@ObjectType({ description: 'What `appealClawback` did.' })
export class AppealClawbackPayload {
  @Field(() => Clawback, { nullable: true, description: 'The clawback as it stands now; null where it was refused.' })
  @One({ on: { id: answered('clawbackId') } })
  clawback!: Clawback | null;

  @Field(() => [UserError], { description: 'Why nothing was changed; empty where it was done.' })
  userErrors!: UserError[];
}

@Resolver()
@ReadsOf('Query')
export class PayoutQueries {
  @Query(() => PayoutConnection, { description: 'What left for your bank, newest first; `first` is required.' })
  @Page({ on: {}, order: [desc('sent_at', 'timestamptz'), asc('id')] })
  payouts(@Args(() => PageArgs) _args: PageArgs, @Ctx() context: unknown, @Info() info: GraphQLResolveInfo): Promise<unknown> {
    return readThroughCompiler(context, info);
  }

  @Query(() => ClawbackConnection, { description: 'What is to be or was taken back, newest first; `first` is required.' })
  @Page({ on: {}, order: [desc('announced_at', 'timestamptz'), asc('id')] })
  clawbacks(@Args(() => PageArgs) _args: PageArgs, @Ctx() context: unknown, @Info() info: GraphQLResolveInfo): Promise<unknown> {
    return readThroughCompiler(context, info);
  }
}

@Resolver()
export class PayoutMutations {
  @Mutation(() => SetPayoutAccountPayload, { nullable: true, description: 'Says where your organisation is paid in a currency from now on. Refused with `INVALID`.' })
  setPayoutAccount(
    @Arg('input', () => SetPayoutAccountInput, { description: 'Where.' }) { currency, holder, iban }: SetPayoutAccountInput,
    @Ctx() context: unknown,
    @Info() info: GraphQLResolveInfo,
  ): Promise<unknown> {
    return write(context, info, async (tx: Tx, clocks, { environmentId, partnerId }) => {
      const done = await setPayoutAccount(tx, environmentId, partnerId, { currency, holder, iban }, clocks.environment.now());
      return done.ok ? ok({ answer: done.value }) : done;
    });
  }

  @Mutation(() => AppealClawbackPayload, {
    nullable: true,
    description: 'Objects to a clawback before it is carried out: somebody else than who told it decides. Refused with `NOT_FOUND` and `INVALID`.',
  })
  appealClawback(
    @Arg('input', () => AppealClawbackInput, { description: 'To which, and why.' }) { clawbackId, appeal }: AppealClawbackInput,
    @Ctx() context: unknown,
    @Info() info: GraphQLResolveInfo,
  ): Promise<unknown> {
    return write(context, info, async (tx: Tx, clocks, { environmentId }) => {
      const done = await appealClawback(tx, environmentId, isId(clawbackId) ? clawbackId : '', appeal, clocks.environment.now());
      return done.ok ? ok({ answer: done.value }) : done;
    });
  }
}

export const payoutGraphql: readonly Function[] = [Payout, PayoutAccount, Clawback, PayoutQueries, PayoutMutations, SetPayoutAccountPayload, AppealClawbackPayload];
