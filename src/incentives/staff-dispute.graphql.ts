/** What the staff does with disputes. */
import { type GraphQLResolveInfo } from 'graphql';
import { Arg, Args, ArgsType, Ctx, Field, ID, Info, InputType, Int, Mutation, ObjectType, Query, Resolver } from 'type-graphql';
import { isId } from '../base/ids.ts';
import { ok, refused } from '../base/outcome.ts';
import { connectionOf, PageArgs } from '../graphql/connection.ts';
import { readThroughCompiler } from '../graphql/fallback.ts';
import { Money } from '../graphql/money.ts';
import { Node } from '../graphql/node.ts';
import { DateTime, SafeInt } from '../graphql/scalars.ts';
import { answered } from '../graphql/writing.ts';
import { StaffMutationInput, StaffOnly, StaffPayload, writeAsStaff } from '../partners/index.ts';
import { asc, Column, Computed, desc, From, One, Page, ReadsOf, sql } from '../reads/index.ts';
import { CorrectionMoney, DisputeState, HeldMoney, disputeState } from './dispute.graphql.ts';
import { decideDispute } from './disputes.service.ts';

@ObjectType({ implements: Node, simpleResolvers: true, description: 'Something that a partner says is wrong.' })
@From('dispute', { scope: ['environment_id'], idPrefix: 'dsp' })
export class Dispute extends Node {
  @Field(() => ID, { description: 'Id of the partner.' })
  @Column()
  partnerId!: string;

  @Field(() => ID, { nullable: true, description: 'Id of the award that it is about; null where it is about progress.' })
  @Column()
  awardId!: string | null;

  @Field(() => ID, { nullable: true, description: 'Id of the progress that it is about; null where it is about an award.' })
  @Column()
  progressId!: string | null;

  @Field(() => DisputeState, { description: 'Where it stands; `OPEN` is the queue.' })
  @Computed(disputeState)
  state!: DisputeState;

  @Field({ description: 'What the partner said.' })
  @Column()
  reason!: string;

  @Field(() => DateTime, { description: 'Instant at which it was opened.' })
  @Column()
  openedAt!: Date;

  @Field(() => DateTime, { description: 'Instant at which it lapses, and everything stands as before.' })
  @Column()
  decideBy!: Date;

  @Field(() => Money, { nullable: true, description: 'What is held; null where it is not about money.' })
  @HeldMoney()
  held!: Money | null;

  @Field(() => Money, { nullable: true, description: 'What was given on top; null where that was nothing.' })
  @CorrectionMoney()
  correction!: Money | null;

  @Field(() => Int, { description: 'How many persons have decided; above 500,000 minor units two must say the same.' })
  @Computed(row => sql`(select count(*)::integer from portico.dispute_decision d where d.environment_id = ${row.col('environment_id')} and d.dispute_id = ${row.col('id')})`)
  decisions!: number;
}

export const DisputeConnection = connectionOf(Dispute);

@InputType({ description: 'Narrows the list of disputes.' })
export class DisputeFilter {
  @Field(() => DisputeState, { nullable: true, description: 'Only those in this state.' })
  state?: DisputeState;
}

@ArgsType()
export class DisputesArgs extends PageArgs {
  @Field(() => DisputeFilter, { nullable: true, description: 'Narrows the list; without it, all.' })
  filter?: DisputeFilter;
}

@InputType({ description: 'A decision on a dispute.' })
export class DecideDisputeInput extends StaffMutationInput {
  @Field(() => ID, { description: 'Id of the dispute.' })
  disputeId!: string;

  @Field({ description: 'Whether the partner is right: of progress, that it is reached.' })
  uphold!: boolean;

  @Field(() => SafeInt, { defaultValue: 0, description: "What the partner is given on top, in the currency's smallest unit, of an award of money that was too small." })
  correctionMinor!: number;
}

@ObjectType({ description: 'What a decision on a dispute did.' })
export class DecideDisputePayload extends StaffPayload {
  @Field(() => Dispute, { nullable: true, description: 'The dispute as it stands now; null where the decision was refused.' })
  @One({ on: { id: answered('disputeId') } })
  dispute!: Dispute | null;
}

@Resolver()
@ReadsOf('Query')
export class StaffDisputeQueries {
  @Query(() => DisputeConnection, { description: 'What partners say is wrong in live, newest first; `first` or `last` is required.' })
  @Page({
    on: {},
    order: [desc('opened_at', 'timestamptz'), asc('id')],
    filter: { state: { type: 'text', predicate: (row, state) => sql`${disputeState(row)} = ${state}` } },
  })
  @StaffOnly('FINANCE', 'PROGRAM_MANAGER', 'SUPPORT', 'AUDITOR')
  disputes(@Args(() => DisputesArgs) _args: DisputesArgs, @Ctx() context: unknown, @Info() info: GraphQLResolveInfo): Promise<unknown> {
    return readThroughCompiler(context, info);
  }
}

@Resolver()
export class StaffDisputeMutations {
  @Mutation(() => DecideDisputePayload, {
    nullable: true,
    description:
      'Decides a dispute in your name; where more than 500,000 minor units are held or given, once two persons have said the same. Refused with `NOT_FOUND`, `ALREADY_DECIDED`, `RULE_BROKEN` and `BUDGET_EXHAUSTED`.',
  })
  @StaffOnly('FINANCE', 'PROGRAM_MANAGER')
  decideDispute(
    @Arg('input', () => DecideDisputeInput, { description: 'Which, and how.' }) { disputeId, uphold, correctionMinor, reason }: DecideDisputeInput,
    @Ctx() context: unknown,
    @Info() info: GraphQLResolveInfo,
  ): Promise<unknown> {
    return writeAsStaff(context, info, async (tx, { liveEnvironmentId, staffId, clock }) => {
      const decision = { disputeId: isId(disputeId) ? disputeId : '', personId: staffId, isUpheld: uphold, correctionMinor, reason, now: clock.now() };
      const done = await decideDispute(tx, liveEnvironmentId, decision);
      return done.ok ? ok({ answer: done.value }) : refused({ ...done.refusal, path: ['disputeId'] });
    });
  }
}

export const staffDisputeGraphql: readonly Function[] = [StaffDisputeQueries, StaffDisputeMutations, Dispute, DecideDisputePayload];
