/** Shares of revenue as partners read them. */
import { type GraphQLResolveInfo } from 'graphql';
import { Arg, Ctx, Field, Info, Int, ObjectType, Query, Resolver } from 'type-graphql';
import { enumOf } from '../graphql/enum.ts';
import { readThroughCompiler } from '../graphql/fallback.ts';
import { Money, MoneyColumns } from '../graphql/money.ts';
import { Node } from '../graphql/node.ts';
import { CurrencyCode, DateOnly, DateTime } from '../graphql/scalars.ts';
import { arg, asc, Column, Computed, desc, From, Many, One, ReadsOf, sql, type Row, type Sql } from '../reads/index.ts';

export const RevenueShareState = enumOf('RevenueShareState', 'What has become of a share of revenue.', {
  NOTHING: 'The revenue of the quarter did not reach the threshold, or there was none: nothing was given, and that stays so.',
  PENDING: "Settled, and not approved by the marketplace's finance yet; the money is set aside.",
  POSTED: 'Approved, or taken back after a refund: the ledger has it.',
  VOIDED: 'Not approved: the money went back, for the reason that the ledger gives.',
});
export type RevenueShareState = keyof typeof RevenueShareState;

/** The state follows from what was appended about the share. */
export const revenueShareState = (share: Row): Sql => sql`case when ${share.col('amount_minor')} = 0 then 'NOTHING' when ${share.col('amount_minor')} < 0 then 'POSTED'
  else coalesce((select case t.kind when 'POSTING' then 'POSTED' else 'VOIDED' end from portico.ledger_transaction t
    where t.environment_id = ${share.col('environment_id')} and t.source_id = ${share.col('id')} and t.kind in ('POSTING', 'VOIDING')), 'PENDING') end`;

@ObjectType({
  simpleResolvers: true,
  description: 'What part of the revenue that your integrations bring you are given, from the first day of a quarter on until newer terms begin.',
})
@From('revenue_share_terms', { scope: ['environment_id'] })
export class RevenueShareTerms {
  @Field(() => CurrencyCode, { description: 'Of orders in this currency.' })
  @Column()
  currency!: string;

  @Field(() => Int, { description: 'Version of these terms, from 1: of the program, or of your own.' })
  @Column()
  version!: number;

  @Field({ description: 'Whether they were agreed with your organisation alone; such terms come before those of the program.' })
  @Computed(row => sql`(${row.col('partner_id')} is not null)`)
  isYours!: boolean;

  @Field(() => Int, { description: 'The rate in basis points, hundredths of a percent: 250 is 2.5 %. The share of a quarter is rounded down to the whole minor unit, once.' })
  @Column()
  rateBps!: number;

  @Field(() => Money, { description: 'Revenue of a quarter from which on there is a share, of all of it; zero where there always is.' })
  @MoneyColumns('threshold_minor', 'currency')
  threshold!: Money;

  @Field(() => Money, { nullable: true, description: 'The most that is given for a quarter; null where there is no such limit.' })
  @MoneyColumns('cap_minor', 'currency')
  cap!: Money | null;

  @Field(() => DateOnly, { description: 'First day of the first quarter whose orders have these terms, for good.' })
  @Column()
  effectiveOn!: string;

  @Field({ description: 'That quarter, e.g. `2026-Q4`.' })
  @Computed(row => sql`to_char(${row.col('effective_on')}, 'YYYY"-Q"Q')`)
  fromPeriod!: string;

  @Field(() => DateTime, { description: 'Instant at which they were announced.' })
  @Column()
  announcedAt!: Date;

  @Field({ description: 'Why they are so, or what changed.' })
  @Column()
  why!: string;
}

@ObjectType({
  implements: Node,
  simpleResolvers: true,
  description: 'Your share of the revenue of a quarter: what it came to 30 days after the quarter, and what refunds took back of it later, at the rate at which it was given.',
})
@From('revenue_share', { scope: ['environment_id', 'partner_id'], idPrefix: 'rvs' })
export class RevenueShare extends Node {
  @Field({ description: 'The quarter in which the orders were first placed, e.g. `2026-Q4`.' })
  @Column()
  period!: string;

  @Field(() => Int, { description: "Its place among the quarter's settlements in the currency, from 1." })
  @Column()
  number!: number;

  @Field(() => RevenueShareState, { description: 'What has become of it.' })
  @Computed(revenueShareState)
  state!: RevenueShareState;

  @Field(() => Money, { description: "What the quarter's orders came to by then, less refunds. An order that is placed again after a refund counts once." })
  @MoneyColumns('revenue_minor', 'currency')
  revenue!: Money;

  @Field(() => Money, { description: 'What had been refunded of them by then.' })
  @MoneyColumns('refunded_minor', 'currency')
  refunded!: Money;

  @Field(() => Money, { description: 'Your share of that revenue.' })
  @MoneyColumns('share_minor', 'currency')
  share!: Money;

  @Field(() => Money, { description: 'What this settlement gave: the share less what was given before; negative where it was taken back.' })
  @MoneyColumns('amount_minor', 'currency')
  amount!: Money;

  @Field(() => RevenueShareTerms, { description: 'The terms of the quarter.' })
  @One({ on: { id: 'terms_id' } })
  terms!: RevenueShareTerms;

  @Field(() => DateTime, { description: 'Instant at which it was settled.' })
  @Column()
  settledAt!: Date;
}

/** A first settlement, two after it, and what they may be split into, in a few currencies. */
const MAX_SHARES = 50;

const MAX_TERMS = 50;

@Resolver()
@ReadsOf('Query')
export class RevenueQueries {
  @Query(() => [RevenueShare], { description: `Your shares of the revenue of a quarter, as they were settled: ${MAX_SHARES} at most, none before 30 days after its end.` })
  @Many({ on: { period: arg('period') }, order: [asc('currency'), asc('number', 'integer'), asc('id')], limit: MAX_SHARES })
  revenueShare(
    @Arg('period', () => String, { description: 'The quarter, e.g. `2026-Q4`.' }) _period: string,
    @Ctx() context: unknown,
    @Info() info: GraphQLResolveInfo,
  ): Promise<unknown> {
    return readThroughCompiler(context, info);
  }

  @Query(() => [RevenueShareTerms], { description: `The terms by which revenue is shared with you, those that begin last first: ${MAX_TERMS} at most.` })
  @Many({ on: {}, order: [desc('effective_on', 'date'), asc('currency'), asc('id')], limit: MAX_TERMS })
  revenueShareTerms(@Ctx() context: unknown, @Info() info: GraphQLResolveInfo): Promise<unknown> {
    return readThroughCompiler(context, info);
  }
}

export const revenueGraphql: readonly Function[] = [RevenueShare, RevenueShareTerms, RevenueQueries];
