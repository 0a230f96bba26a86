/** What the staff does in a quarter's review. */
import { type GraphQLResolveInfo } from 'graphql';
import { Arg, Args, Ctx, Field, ID, Info, InputType, Int, Mutation, ObjectType, Query, Resolver } from 'type-graphql';
import { isId } from '../base/ids.ts';
import { ok, type Outcome } from '../base/outcome.ts';
import { connectionOf, PageArgs } from '../graphql/connection.ts';
import { readThroughCompiler } from '../graphql/fallback.ts';
import { Node } from '../graphql/node.ts';
import { DateOnly, DateTime, JSONValue } from '../graphql/scalars.ts';
import { answered } from '../graphql/writing.ts';
import { StaffMutationInput, StaffOnly, StaffPayload, writeAsStaff, type StaffAct, type StaffUserError } from '../partners/index.ts';
import type { Tx } from '../platform/postgres/database.ts';
import { asc, Column, Computed, desc, From, Many, One, Page, ReadsOf, sql } from '../reads/index.ts';
import { MAX_CHANGES, ReviewState, reviewState, TargetChangeState, targetChangeState } from './review.graphql.ts';
import { decideChange, freezeReview, openReview, proposeChange, publishReview } from './reviews.service.ts';

@ObjectType({ implements: Node, simpleResolvers: true, description: 'A proposal to change what a milestone asks.' })
@From('target_change', { scope: ['environment_id'], idPrefix: 'tgc' })
export class TargetChange extends Node {
  @Field(() => TargetChangeState, { description: 'Where it stands.' })
  @Computed(targetChangeState)
  state!: TargetChangeState;

  @Field(() => ID, { description: 'Id of the milestone.' })
  @Column()
  milestoneId!: string;

  @Field(() => JSONValue, { description: 'The rule that it would have.' })
  @Column()
  rule!: unknown;

  @Field(() => DateOnly, { description: 'First day on which events would be judged by it.' })
  @Column()
  effectiveOn!: string;

  @Field({ description: 'What would change and why, for partners.' })
  @Column()
  why!: string;

  @Field(() => [String], { description: 'What speaks for it.' })
  @Column()
  evidence!: string[];

  @Field(() => ID, { description: 'Id of the person who proposed it, and does not decide.' })
  @Column()
  proposedBy!: string;

  @Field(() => Int, { description: 'How many persons have approved it, of two.' })
  @Computed(
    row =>
      sql`(select count(*)::integer from portico.target_change_decision d where d.environment_id = ${row.col('environment_id')} and d.change_id = ${row.col('id')} and d.verdict = 'APPROVED')`,
  )
  approvals!: number;
}

@ObjectType({ implements: Node, simpleResolvers: true, description: 'The review of a quarter.' })
@From('review_cycle', { scope: ['environment_id'], idPrefix: 'rvc' })
export class ReviewCycle extends Node {
  @Field({ description: 'The quarter that is looked at.' })
  @Column()
  period!: string;

  @Field(() => ReviewState, { description: 'Where it stands.' })
  @Computed(reviewState)
  state!: ReviewState;

  @Field(() => DateTime, { nullable: true, description: 'Instant at which what the quarter came to was frozen; null while it is open.' })
  @Column()
  frozenAt!: Date | null;

  @Field(() => String, {
    nullable: true,
    description: 'What is frozen, a line for each metric and integration: metric, integration, numerator, denominator and the events behind each. Null while it is open.',
  })
  @Column()
  inputs!: string | null;

  @Field(() => String, { nullable: true, description: 'SHA-256 of `inputs`, hexadecimal, as partners see it.' })
  @Column()
  inputsHash!: string | null;

  @Field(() => DateTime, { nullable: true, description: 'Instant at which it was published; null until then.' })
  @Column()
  publishedAt!: Date | null;

  @Field(() => [TargetChange], { description: `What is proposed, in that order: ${MAX_CHANGES} at most.` })
  @Many({ on: { cycle_id: 'id' }, order: [asc('proposed_at', 'timestamptz'), asc('id')], limit: MAX_CHANGES })
  changes!: TargetChange[];
}

export const ReviewCycleConnection = connectionOf(ReviewCycle);

@InputType({ description: 'The quarter of a new review.' })
export class OpenReviewCycleInput extends StaffMutationInput {
  @Field({ description: 'The quarter, which is over, e.g. `2026-Q3`.' })
  period!: string;
}

@InputType({ description: 'A step of a review.' })
export class ReviewStepInput extends StaffMutationInput {
  @Field(() => ID, { description: 'Id of the review.' })
  cycleId!: string;
}

@InputType({ description: 'Another rule for a milestone.' })
export class ProposeTargetChangeInput extends StaffMutationInput {
  @Field(() => ID, { description: 'Id of the review, which is frozen.' })
  cycleId!: string;

  @Field(() => ID, { description: 'Id of the milestone.' })
  milestoneId!: string;

  @Field({ description: 'The rule as JSON text, as `publishMilestone` takes it.' })
  rule!: string;

  @Field(() => DateOnly, { description: 'First day (UTC) on which events are judged by it, of a later quarter; 90 days ahead where it may be harder.' })
  effectiveOn!: string;

  @Field({ description: 'What changes and why, for partners, up to 2,000 characters.' })
  why!: string;

  @Field(() => [String], { description: 'What speaks for it, 1 to 10 texts: of the market, of people, of the frozen numbers.' })
  evidence!: string[];

  @Field(() => String, { nullable: true, description: 'Why it is asked although fewer than 10 in 100 met it in the last quarter; only then.' })
  attainabilityReason?: string | null;
}

@InputType({ description: 'A decision on a proposal.' })
export class DecideTargetChangeInput extends StaffMutationInput {
  @Field(() => ID, { description: 'Id of the proposal.' })
  changeId!: string;

  @Field({ description: 'Whether you approve it; false rejects it.' })
  approve!: boolean;
}

@ObjectType({ description: 'What a step of a review did.' })
export class ReviewCyclePayload extends StaffPayload {
  @Field(() => ReviewCycle, { nullable: true, description: 'The review as it stands now; null where the step was refused.' })
  @One({ on: { id: answered('cycleId') } })
  cycle!: ReviewCycle | null;
}

@ObjectType({ description: 'What was done about a proposal.' })
export class TargetChangePayload extends StaffPayload {
  @Field(() => TargetChange, { nullable: true, description: 'The proposal as it stands now; null where it was refused.' })
  @One({ on: { id: answered('changeId') } })
  change!: TargetChange | null;
}

@Resolver()
@ReadsOf('Query')
export class StaffReviewQueries {
  @Query(() => ReviewCycleConnection, { description: 'Reviews of quarters in live, the newest quarter first; `first` or `last` is required.' })
  @Page({ on: {}, order: [desc('period'), asc('id')] })
  @StaffOnly('PROGRAM_MANAGER', 'FINANCE', 'SUPPORT', 'AUDITOR')
  reviewCycles(@Args(() => PageArgs) _args: PageArgs, @Ctx() context: unknown, @Info() info: GraphQLResolveInfo): Promise<unknown> {
    return readThroughCompiler(context, info);
  }
}

type Work = (tx: Tx, act: StaffAct) => Promise<Outcome<{ cycleId: string } | { changeId: string }, StaffUserError>>;

/** Does a step in live, whose answer is the id of what it was about. */
const step = (context: unknown, info: GraphQLResolveInfo, work: Work): Promise<unknown> =>
  writeAsStaff(context, info, async (tx, act) => {
    const done = await work(tx, act);
    return done.ok ? ok({ answer: { ...done.value } }) : done;
  });

const knownId = (id: string): string => (isId(id) ? id : '');

@Resolver()
export class StaffReviewMutations {
  @Mutation(() => ReviewCyclePayload, { nullable: true, description: 'Opens the review of a quarter that is over. Refused with `INVALID` and `DUPLICATE`.' })
  @StaffOnly('PROGRAM_MANAGER')
  openReviewCycle(
    @Arg('input', () => OpenReviewCycleInput, { description: 'Which quarter.' }) { period }: OpenReviewCycleInput,
    @Ctx() context: unknown,
    @Info() info: GraphQLResolveInfo,
  ): Promise<unknown> {
    return step(context, info, (tx, act) => openReview(tx, act.liveEnvironmentId, { period, personId: act.staffId }, act.clock.now()));
  }

  @Mutation(() => ReviewCyclePayload, {
    nullable: true,
    description: 'Freezes what the quarter came to, 30 days after its end. Refused with `NOT_FOUND` and `REVIEW_STATE`.',
  })
  @StaffOnly('PROGRAM_MANAGER')
  freezeReviewCycle(
    @Arg('input', () => ReviewStepInput, { description: 'Which review.' }) { cycleId }: ReviewStepInput,
    @Ctx() context: unknown,
    @Info() info: GraphQLResolveInfo,
  ): Promise<unknown> {
    return step(context, info, (tx, act) => freezeReview(tx, act.liveEnvironmentId, knownId(cycleId), act.clock.now()));
  }

  @Mutation(() => TargetChangePayload, {
    nullable: true,
    description:
      'Proposes another rule for a milestone, in the 14 days after the freeze. Refused with `NOT_FOUND`, `REVIEW_STATE`, `INVALID`, `NOTICE_TOO_SHORT`, `ATTAINABILITY_REASON_REQUIRED` and the codes that begin with `CRITERIA_`.',
  })
  @StaffOnly('PROGRAM_MANAGER')
  proposeTargetChange(
    @Arg('input', () => ProposeTargetChangeInput, { description: 'What changes.' }) input: ProposeTargetChangeInput,
    @Ctx() context: unknown,
    @Info() info: GraphQLResolveInfo,
  ): Promise<unknown> {
    const { rule, effectiveOn, why, evidence, attainabilityReason = null } = input;
    const [cycleId, milestoneId] = [knownId(input.cycleId), knownId(input.milestoneId)];
    return step(context, info, (tx, act) =>
      proposeChange(tx, act.liveEnvironmentId, { cycleId, milestoneId, rule, effectiveOn, why, evidence, attainabilityReason, personId: act.staffId }, act.clock.now()),
    );
  }

  @Mutation(() => TargetChangePayload, {
    nullable: true,
    description:
      'Decides on a proposal in your name, from 14 days after the freeze on: two approvals are needed, one rejection ends it, and whoever proposed it does not decide. Refused with `NOT_FOUND`, `OWN_WORK`, `REVIEW_STATE` and `ALREADY_DECIDED`.',
  })
  @StaffOnly('PROGRAM_MANAGER')
  decideTargetChange(
    @Arg('input', () => DecideTargetChangeInput, { description: 'Which, and how.' }) { changeId, approve, reason }: DecideTargetChangeInput,
    @Ctx() context: unknown,
    @Info() info: GraphQLResolveInfo,
  ): Promise<unknown> {
    return step(context, info, (tx, act) => decideChange(tx, act.liveEnvironmentId, { changeId: knownId(changeId), personId: act.staffId, approve, reason }, act.clock.now()));
  }

  @Mutation(() => ReviewCyclePayload, {
    nullable: true,
    description:
      'Publishes what was approved, each as the next version of its rule, all or nothing. Refused with `NOT_FOUND`, `REVIEW_STATE`, `NOTICE_TOO_SHORT` and what else a version is refused with.',
  })
  @StaffOnly('PROGRAM_MANAGER')
  publishReviewCycle(
    @Arg('input', () => ReviewStepInput, { description: 'Which review.' }) { cycleId }: ReviewStepInput,
    @Ctx() context: unknown,
    @Info() info: GraphQLResolveInfo,
  ): Promise<unknown> {
    return step(context, info, (tx, act) => publishReview(tx, act.liveEnvironmentId, knownId(cycleId), act.clock.now()));
  }
}

export const staffReviewGraphql: readonly Function[] = [StaffReviewQueries, StaffReviewMutations, ReviewCycle, TargetChange, ReviewCyclePayload, TargetChangePayload];
