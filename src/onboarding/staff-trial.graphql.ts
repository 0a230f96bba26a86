/** Trials in the staff API: begun, extended, promoted, ended, and seen. */
import { type GraphQLResolveInfo } from 'graphql';
import { Arg, Args, ArgsType, Ctx, Field, ID, Info, InputType, Int, Mutation, ObjectType, Query, Resolver } from 'type-graphql';
import { ok, type Outcome } from '../base/outcome.ts';
import { connectionOf, PageArgs } from '../graphql/connection.ts';
import { readThroughCompiler } from '../graphql/fallback.ts';
import { DateTime } from '../graphql/scalars.ts';
import { answered } from '../graphql/writing.ts';
import { StaffMutationInput, StaffOnly, StaffPayload, writeAsStaff } from '../partners/index.ts';
import type { Tx } from '../platform/postgres/database.ts';
import { asc, Column, Computed, desc, From, One, Page, ReadsOf, sql } from '../reads/index.ts';
import { TrialState, trialState } from './trial.graphql.ts';
import type { TrialRefusal } from './trial.rules.ts';
import { endTrial, extendTrial, promoteTrial, startTrial, type TrialAct } from './trials.service.ts';

@ObjectType({ simpleResolvers: true, description: 'A while in live that an integration has before its checklist holds. Each has one.' })
@From('integration_trial', { scope: ['environment_id'] })
export class Trial {
  @Field(() => ID, { description: 'Id of the integration.' })
  @Column()
  integrationId!: string;

  @Field(() => ID, { description: 'Id of its partner.' })
  @Column()
  partnerId!: string;

  @Field(() => TrialState, { description: 'How it stands, by the clock of live.' })
  @Computed(trialState)
  state!: TrialState;

  @Field(() => DateTime, { description: 'Instant at which it began, by the clock of live.' })
  @Column('started_at')
  from!: Date;

  @Field(() => DateTime, { description: 'Instant from which on live is closed again unless the integration has gone live.' })
  @Column('ends_at')
  until!: Date;

  @Field(() => DateTime, { nullable: true, description: 'Instant at which it was given more time; null where it was not.' })
  @Column()
  extendedAt!: Date | null;

  @Field(() => DateTime, { nullable: true, description: 'Instant at which it was promoted or ended before its time; null where it was not.' })
  @Column()
  closedAt!: Date | null;

  @Field({ description: 'Who supports the partner, and how to reach them.' })
  @Column()
  supportOwner!: string;

  @Field({ description: 'What decides at its end, beside the checklist.' })
  @Column()
  exitCriteria!: string;

  @Field({ description: "Whether the partner's sandboxes have shown every step of onboarding, so that it can be promoted." })
  @Computed(
    row =>
      sql`(not exists (select from portico.onboarding_step s where s.environment_id = ${row.col('environment_id')} and s.partner_id = ${row.col('partner_id')} and s.seen_at is null))`,
  )
  isReady!: boolean;
}

export const TrialConnection = connectionOf(Trial);

@ArgsType()
export class TrialsArgs extends PageArgs {
  @Field(() => TrialState, { nullable: true, description: 'Only those in this state.' })
  state?: TrialState;
}

@InputType({ description: 'A trial to begin.' })
export class StartTrialInput extends StaffMutationInput {
  @Field(() => ID, { description: 'Id of the integration.' })
  integrationId!: string;

  @Field(() => Int, { description: 'How many days it lasts, 1 to 90.' })
  days!: number;

  @Field({ description: 'Who supports the partner, and how to reach them: 1 to 200 characters, shown to the partner.' })
  supportOwner!: string;

  @Field({ description: 'What decides at its end, beside the checklist: 1 to 2,000 characters, shown to the partner.' })
  exitCriteria!: string;
}

@InputType({ description: 'More time for a trial.' })
export class ExtendTrialInput extends StaffMutationInput {
  @Field(() => ID, { description: 'Id of the integration.' })
  integrationId!: string;

  @Field(() => Int, { description: 'How many days more, 1 to 90.' })
  days!: number;
}

@InputType({ description: 'Which trial.' })
export class TrialStepInput extends StaffMutationInput {
  @Field(() => ID, { description: 'Id of the integration.' })
  integrationId!: string;
}

@ObjectType({ description: 'What became of a trial.' })
export class TrialPayload extends StaffPayload {
  @Field(() => Trial, { nullable: true, description: 'The trial as it stands; null where it was refused.' })
  @One({ on: { integration_id: answered('integrationId') } })
  trial!: Trial | null;
}

@Resolver()
@ReadsOf('Query')
export class StaffTrialQueries {
  @Query(() => TrialConnection, { description: 'Trials in live, newest first; `first` or `last` is required.' })
  @Page({
    on: {},
    order: [desc('started_at', 'timestamptz'), asc('integration_id')],
    filter: { state: { type: 'text', predicate: (row, state) => sql`${trialState(row)} = ${state}` } },
  })
  @StaffOnly('PROGRAM_MANAGER', 'API_STEWARD', 'SUPPORT', 'AUDITOR')
  trials(@Args(() => TrialsArgs) _args: TrialsArgs, @Ctx() context: unknown, @Info() info: GraphQLResolveInfo): Promise<unknown> {
    return readThroughCompiler(context, info);
  }
}

/** The payload of a step of a trial's life. */
const step = (
  context: unknown,
  info: GraphQLResolveInfo,
  { integrationId, reason }: TrialStepInput,
  take: (tx: Tx, act: TrialAct) => Promise<Outcome<{ integrationId: string }, TrialRefusal>>,
): Promise<unknown> =>
  writeAsStaff(context, info, async (tx, { staffId, clock }) => {
    const done = await take(tx, { integrationId, staffId, reason, wall: clock });
    return done.ok ? ok({ answer: done.value }) : done;
  });

@Resolver()
export class StaffTrialMutations {
  @Mutation(() => TrialPayload, {
    nullable: true,
    description:
      'Lets an integration that is not live into live for a while, with lower limits. Once for each. Refused with `NOT_FOUND`, `INVALID`, and `RULE_BROKEN` where it is live or has had its trial.',
  })
  @StaffOnly('PROGRAM_MANAGER')
  startTrial(
    @Arg('input', () => StartTrialInput, { description: 'Which integration, and on what terms.' }) input: StartTrialInput,
    @Ctx() context: unknown,
    @Info() info: GraphQLResolveInfo,
  ) {
    return step(context, info, input, (tx, act) => startTrial(tx, act, input));
  }

  @Mutation(() => TrialPayload, {
    nullable: true,
    description: 'Gives a running trial more time, once. Refused with `NOT_FOUND`, `INVALID`, and `RULE_BROKEN` where it is over or was extended before.',
  })
  @StaffOnly('PROGRAM_MANAGER')
  extendTrial(
    @Arg('input', () => ExtendTrialInput, { description: 'Which trial, and by how much.' }) input: ExtendTrialInput,
    @Ctx() context: unknown,
    @Info() info: GraphQLResolveInfo,
  ) {
    return step(context, info, input, (tx, act) => extendTrial(tx, act, input.days));
  }

  @Mutation(() => TrialPayload, {
    nullable: true,
    description:
      "Takes an integration on trial live without an end, with the limits of its tier, once its partner's sandboxes have shown every step of onboarding. Refused with `NOT_FOUND`, and `RULE_BROKEN` where the trial is over or a step is open.",
  })
  @StaffOnly('PROGRAM_MANAGER')
  promoteTrial(@Arg('input', () => TrialStepInput, { description: 'Which trial.' }) input: TrialStepInput, @Ctx() context: unknown, @Info() info: GraphQLResolveInfo) {
    return step(context, info, input, promoteTrial);
  }

  @Mutation(() => TrialPayload, {
    nullable: true,
    description: 'Ends a running trial: live is closed to the integration at once. Refused with `NOT_FOUND`, and `RULE_BROKEN` where it is over.',
  })
  @StaffOnly('PROGRAM_MANAGER')
  endTrial(@Arg('input', () => TrialStepInput, { description: 'Which trial.' }) input: TrialStepInput, @Ctx() context: unknown, @Info() info: GraphQLResolveInfo) {
    return step(context, info, input, endTrial);
  }
}

export const staffTrialGraphql: readonly Function[] = [Trial, TrialPayload, StaffTrialQueries, StaffTrialMutations];
