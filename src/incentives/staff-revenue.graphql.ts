/** What the staff does with shares of revenue: terms, and approvals. */
import { type GraphQLResolveInfo } from 'graphql';
import { Arg, Args, ArgsType, Ctx, Field, ID, Info, InputType, Int, Mutation, ObjectType, Query, Resolver } from 'type-graphql';
import { isId } from '../base/ids.ts';
import { ok, refused } from '../base/outcome.ts';
import { connectionOf, PageArgs } from '../graphql/connection.ts';
import { readThroughCompiler } from '../graphql/fallback.ts';
import { Money, MoneyColumns } from '../graphql/money.ts';
import { Node } from '../graphql/node.ts';
import { CurrencyCode, DateOnly, DateTime, SafeInt } from '../graphql/scalars.ts';
import { answered } from '../graphql/writing.ts';
import { StaffMutationInput, StaffOnly, StaffPayload, writeAsStaff, type StaffUserError } from '../partners/index.ts';
import { asc, Column, Computed, desc, equals, From, Many, One, Page, ReadsOf, sql } from '../reads/index.ts';
import { partnerIsThere } from './program.store.ts';
import { RevenueShareState, revenueShareState } from './revenue.graphql.ts';
import { decideShare, publishTerms } from './revenue.service.ts';

@ObjectType({ simpleResolvers: true, description: 'What part of revenue partners are given, from the first day of a quarter on.' })
@From('revenue_share_terms', { scope: ['environment_id'] })
export class RevenueShareTerms {
  @Field(() => ID, { nullable: true, description: "Id of the partner whose own terms they are; null for the program's." })
  @Column()
  partnerId!: string | null;

  @Field(() => CurrencyCode, { description: 'Of orders in this currency.' })
  @Column()
  currency!: string;

  @Field(() => Int, { description: 'Version, from 1.' })
  @Column()
  version!: number;

  @Field(() => Int, { description: 'The rate in basis points, hundredths of a percent.' })
  @Column()
  rateBps!: number;

  @Field(() => Money, { description: 'Revenue of a quarter from which on there is a share.' })
  @MoneyColumns('threshold_minor', 'currency')
  threshold!: Money;

  @Field(() => Money, { nullable: true, description: 'The most that is given for a quarter; null where there is no such limit.' })
  @MoneyColumns('cap_minor', 'currency')
  cap!: Money | null;

  @Field(() => DateOnly, { description: 'First day of the first quarter whose orders have these terms.' })
  @Column()
  effectiveOn!: string;

  @Field({ description: 'Why they are so, for partners.' })
  @Column()
  why!: string;
}

@ObjectType({ implements: Node, simpleResolvers: true, description: "A partner's share of the revenue of a quarter, as it was settled." })
@From('revenue_share', { scope: ['environment_id'], idPrefix: 'rvs' })
export class RevenueShare extends Node {
  @Field(() => ID, { description: 'Id of the partner.' })
  @Column()
  partnerId!: string;

  @Field({ description: 'The quarter in which the orders were first placed.' })
  @Column()
  period!: string;

  @Field(() => RevenueShareState, { description: 'What has become of it; `PENDING` is the queue of finance.' })
  @Computed(revenueShareState)
  state!: RevenueShareState;

  @Field(() => Money, { description: "What the quarter's orders came to by then, less refunds." })
  @MoneyColumns('revenue_minor', 'currency')
  revenue!: Money;

  @Field(() => Money, { description: 'What this settlement gave; negative where it was taken back.' })
  @MoneyColumns('amount_minor', 'currency')
  amount!: Money;

  @Field(() => DateTime, { description: 'Instant at which it was settled.' })
  @Column()
  settledAt!: Date;

  @Field(() => Int, { description: 'How many persons have approved it.' })
  @Computed(
    row =>
      sql`(select count(*)::integer from portico.revenue_share_decision d where d.environment_id = ${row.col('environment_id')} and d.share_id = ${row.col('id')} and d.verdict = 'APPROVED')`,
  )
  approvals!: number;
}

export const RevenueShareConnection = connectionOf(RevenueShare);

@InputType({ description: 'Narrows the list of shares. Conditions add up.' })
export class RevenueShareFilter {
  @Field(() => RevenueShareState, { nullable: true, description: 'Only those in this state.' })
  state?: RevenueShareState;

  @Field(() => ID, { nullable: true, description: 'Only those of this partner.' })
  partnerId?: string;
}

@ArgsType()
export class RevenueSharesArgs extends PageArgs {
  @Field(() => RevenueShareFilter, { nullable: true, description: 'Narrows the list; without it, all.' })
  filter?: RevenueShareFilter;
}

@InputType({ description: 'Terms by which revenue is shared.' })
export class PublishRevenueShareTermsInput extends StaffMutationInput {
  @Field(() => ID, { nullable: true, description: "The partner with whom they were agreed; without it they are the program's." })
  partnerId?: string | null;

  @Field(() => CurrencyCode, { description: 'Of orders in this currency.' })
  currency!: string;

  @Field(() => Int, { description: 'The rate in basis points, 0 to 10,000.' })
  rateBps!: number;

  @Field(() => SafeInt, { defaultValue: 0, description: "Revenue of a quarter from which on there is a share, in the currency's smallest unit." })
  thresholdMinor!: number;

  @Field(() => SafeInt, { nullable: true, description: 'The most that is given for a quarter; without it there is no such limit.' })
  capMinor?: number | null;

  @Field(() => DateOnly, { description: 'First day of a quarter, from which on they apply; 90 days ahead where they give less.' })
  effectiveOn!: string;

  @Field({ description: 'Why, for partners.' })
  why!: string;
}

@InputType({ description: 'A decision about a share.' })
export class RevenueShareStepInput extends StaffMutationInput {
  @Field(() => ID, { description: 'Id of the share.' })
  shareId!: string;
}

@ObjectType({ description: 'What the publication of terms did.' })
export class PublishRevenueShareTermsPayload extends StaffPayload {
  @Field(() => RevenueShareTerms, { nullable: true, description: 'The terms; null where they were refused.' })
  @One({ on: { id: answered('termsId') } })
  terms!: RevenueShareTerms | null;
}

@ObjectType({ description: 'What a decision about a share did.' })
export class RevenueSharePayload extends StaffPayload {
  @Field(() => RevenueShare, { nullable: true, description: 'The share as it stands now; null where the decision was refused.' })
  @One({ on: { id: answered('shareId') } })
  share!: RevenueShare | null;
}

const READERS = ['FINANCE', 'PROGRAM_MANAGER', 'AUDITOR'] as const;
const MAX_TERMS = 100;

@Resolver()
@ReadsOf('Query')
export class StaffRevenueQueries {
  @Query(() => RevenueShareConnection, { description: 'Shares of revenue in live, newest first; `first` or `last` is required.' })
  @Page({
    on: {},
    order: [desc('settled_at', 'timestamptz'), asc('id')],
    filter: { state: { type: 'text', predicate: (row, state) => sql`${revenueShareState(row)} = ${state}` }, partnerId: equals('partner_id') },
  })
  @StaffOnly(...READERS)
  revenueShares(@Args(() => RevenueSharesArgs) _args: RevenueSharesArgs, @Ctx() context: unknown, @Info() info: GraphQLResolveInfo): Promise<unknown> {
    return readThroughCompiler(context, info);
  }

  @Query(() => [RevenueShareTerms], { description: `The terms by which revenue is shared in live, those that begin last first: ${MAX_TERMS} at most.` })
  @Many({ on: {}, order: [desc('effective_on', 'date'), asc('currency'), asc('id')], limit: MAX_TERMS })
  @StaffOnly(...READERS)
  revenueShareTerms(@Ctx() context: unknown, @Info() info: GraphQLResolveInfo): Promise<unknown> {
    return readThroughCompiler(context, info);
  }
}

const noPartner = refused<StaffUserError>({ code: 'NOT_FOUND', message: 'There is no partner with this id.', path: ['partnerId'] });

@Resolver()
export class StaffRevenueMutations {
  @Mutation(() => PublishRevenueShareTermsPayload, {
    nullable: true,
    description: 'Publishes terms by which revenue is shared from the first day of a quarter on. Refused with `INVALID`, `NOT_FOUND` and `NOTICE_TOO_SHORT`.',
  })
  @StaffOnly('FINANCE')
  publishRevenueShareTerms(
    @Arg('input', () => PublishRevenueShareTermsInput, { description: 'The terms.' }) input: PublishRevenueShareTermsInput,
    @Ctx() context: unknown,
    @Info() info: GraphQLResolveInfo,
  ): Promise<unknown> {
    return writeAsStaff(context, info, async (tx, { liveEnvironmentId, clock }) => {
      const { partnerId = null, currency, rateBps, thresholdMinor, capMinor = null, effectiveOn, why } = input;
      if (partnerId !== null && !(isId(partnerId) && (await partnerIsThere(tx, liveEnvironmentId, partnerId)))) return noPartner;
      const done = await publishTerms(tx, liveEnvironmentId, { partnerId, currency, rateBps, thresholdMinor, capMinor, effectiveOn, why }, clock.now());
      return done.ok ? ok({ answer: done.value }) : done;
    });
  }

  @Mutation(() => RevenueSharePayload, {
    nullable: true,
    description: 'Approves a pending share in your name; it is posted once enough persons have, two above 500,000 minor units. Refused with `NOT_FOUND` and `ALREADY_DECIDED`.',
  })
  @StaffOnly('FINANCE')
  approveRevenueShare(
    @Arg('input', () => RevenueShareStepInput, { description: 'Which share.' }) input: RevenueShareStepInput,
    @Ctx() context: unknown,
    @Info() info: GraphQLResolveInfo,
  ): Promise<unknown> {
    return decide(context, info, input, 'APPROVED');
  }

  @Mutation(() => RevenueSharePayload, { nullable: true, description: "Sends a pending share's money back to the budget. Refused with `NOT_FOUND` and `ALREADY_DECIDED`." })
  @StaffOnly('FINANCE')
  voidRevenueShare(
    @Arg('input', () => RevenueShareStepInput, { description: 'Which share.' }) input: RevenueShareStepInput,
    @Ctx() context: unknown,
    @Info() info: GraphQLResolveInfo,
  ): Promise<unknown> {
    return decide(context, info, input, 'VOIDED');
  }
}

const decide = (context: unknown, info: GraphQLResolveInfo, { shareId, reason }: RevenueShareStepInput, verdict: 'APPROVED' | 'VOIDED'): Promise<unknown> =>
  writeAsStaff(context, info, async (tx, { liveEnvironmentId, staffId, clock }) => {
    const done = await decideShare(tx, liveEnvironmentId, { shareId: isId(shareId) ? shareId : '', personId: staffId, verdict, reason, now: clock.now() });
    return done.ok ? ok({ answer: done.value }) : refused({ ...done.refusal, path: ['shareId'] });
  });

export const staffRevenueGraphql: readonly Function[] = [
  StaffRevenueQueries,
  StaffRevenueMutations,
  RevenueShare,
  RevenueShareTerms,
  RevenueSharePayload,
  PublishRevenueShareTermsPayload,
];
