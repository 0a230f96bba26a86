/** How far a partner's integrations stand on the milestones, criterion by criterion. */
import { type GraphQLResolveInfo } from 'graphql';
import { Args, ArgsType, Ctx, Field, FieldResolver, ID, Info, InputType, Int, ObjectType, Query, Resolver, Root } from 'type-graphql';
import { Composable } from '../graphql/composable.ts';
import { connectionOf, PageArgs } from '../graphql/connection.ts';
import { enumOf } from '../graphql/enum.ts';
import { fromCompiledParent, readThroughCompiler } from '../graphql/fallback.ts';
import { Node } from '../graphql/node.ts';
import { DateTime, Decimal, SafeInt } from '../graphql/scalars.ts';
import { Integration } from '../partners/integration.graphql.ts';
import { asc, Column, Computed, desc, Embedded, equals, From, Many, One, oneOf, Page, ReadsOf, sql, type Row, type Through } from '../reads/index.ts';
import { Award } from './award.graphql.ts';
import { Criterion, MAX_CRITERIA, Milestone } from './milestone.graphql.ts';

export const MilestoneProgressState = enumOf(
  'MilestoneProgressState',
  'How far an integration stands on a milestone. In a period that is over, what was not reached stays as it was.',
  {
    LOCKED: 'Not open yet: a milestone that it depends on is not confirmed.',
    OPEN: 'Can be worked towards; nothing counts towards it yet.',
    IN_PROGRESS: 'Something counts, and at least one criterion is not met.',
    PROVISIONAL: 'All criteria are met. The result counts once its period is over and late data and checks are through, 30 days later at most.',
    CONFIRMED: 'Reached. It stays so where no reward is offered, or where another integration of yours earned it for the period.',
    REWARDED: 'Reached, and the reward was given.',
    DISPUTED: 'All criteria are met, but the result is in question; nothing is given until that is settled.',
    REVERSED: 'Was reached, and was taken back after a correction.',
  },
);
export type MilestoneProgressState = keyof typeof MilestoneProgressState;

const CRITERION: Through = { table: 'criterion', scope: ['environment_id'], on: { id: 'criterion_id' } };

@ObjectType({ description: 'The events that a value was made from, for you to count again: `events` lists them, and `metrics { series }` their sums by day.' })
export class CriterionEvidence {
  @Field(() => SafeInt, { description: 'How many events they were.' })
  events!: number;

  @Field(() => DateTime, { nullable: true, description: 'Instant at which the first of them happened; null where there was none.' })
  firstOccurredAt!: Date | null;

  @Field(() => DateTime, { nullable: true, description: 'Instant at which the last of them happened: how far the value is made from events. Null where there was none.' })
  lastOccurredAt!: Date | null;
}

@ObjectType({ simpleResolvers: true, description: 'How far an integration stands on one criterion of a milestone in one period.' })
@From('criterion_progress', { scope: ['environment_id', 'partner_id'] })
export class CriterionProgress {
  @Field(() => Criterion, { description: 'The condition that is measured.' })
  @One({ on: { id: 'criterion_id' } })
  criterion!: Criterion;

  @Field(() => Decimal, { nullable: true, description: 'What was measured, in `unit`; null until something was.' })
  @Column()
  value!: string | null;

  @Field(() => Decimal, { description: "The criterion's target, in `unit`." })
  @Computed(row => row.of(CRITERION).col('target'))
  target!: string;

  @Field({ description: 'Unit of `value` and `target`, e.g. `percent` or `orders`.' })
  @Computed(row => row.of(CRITERION).col('unit'))
  unit!: string;

  @Field({ description: 'Whether the value meets the target.' })
  @Column()
  satisfied!: boolean;

  @Field(() => Decimal, { nullable: true, description: 'How much is missing to the target, in `unit`: zero where it is met; null where nothing was measured.' })
  @Column()
  missing!: string | null;

  @Field(() => Int, {
    nullable: true,
    description: 'How many more observations the value needs to say something; a value that lacks some is not met, however good. Null where nobody counts them.',
  })
  @Column()
  missingCount!: number | null;

  @Field(() => DateTime, { description: 'Instant up to which events are counted, by the clock of your environment.' })
  @Column()
  asOf!: Date;

  @Field(() => CriterionEvidence, { nullable: true, description: 'What the value was made from; null where it did not come from events.' })
  @Embedded(
    {
      events: (row: Row) => row.col('events'),
      firstOccurredAt: (row: Row) => row.col('first_occurred_at'),
      lastOccurredAt: (row: Row) => row.col('last_occurred_at'),
    },
    row => sql`${row.col('events')} is not null`,
  )
  evidence!: CriterionEvidence | null;
}

@ObjectType({ implements: Node, simpleResolvers: true, description: 'How far one of your integrations stands on a milestone in one period.' })
@From('milestone_progress', { scope: ['environment_id', 'partner_id'], idPrefix: 'mpr' })
export class MilestoneProgress extends Node {
  @Field(() => MilestoneProgressState, { description: 'How far it stands.' })
  @Column()
  state!: MilestoneProgressState;

  @Field(() => Int, {
    nullable: true,
    description:
      'How near the criterion that is furthest from its target has come, 0 to 100, rounded down: value as a share of target, for `AT_MOST` target as a share of value. 100 exactly where all are met; null while the state is `LOCKED`, when nothing counts yet.',
  })
  @Computed(row => sql`case when ${row.col('state')} <> 'LOCKED' then ${row.col('percent_complete')} end`)
  percentComplete!: number | null;

  @Field({ description: 'The period: a calendar quarter (UTC) such as `2026-Q4`, or `ONCE` for a milestone that is reached once.' })
  @Column()
  period!: string;

  @Field(() => DateTime, { nullable: true, description: 'Instant at which it opened for the integration in this period; null while it is `LOCKED`.' })
  @Column()
  openedAt!: Date | null;

  @Field(() => DateTime, { nullable: true, description: 'Instant since which all criteria have been met; null where they are not.' })
  @Column()
  reachedAt!: Date | null;

  @Field(() => DateTime, { nullable: true, description: 'Instant at which a provisional result counts, unless something is found by then; null for others.' })
  @Column()
  confirmsAt!: Date | null;

  @Field({ description: 'Whether it will count if nothing more happens: what you would be given then, `rewardForecast` tells.' })
  @Column('is_forecast')
  forecast!: boolean;

  @Field(() => Int, {
    nullable: true,
    description: "Version of the milestone's rule that decides: the one that was in force when the events happened. Null where there was no rule yet.",
  })
  @Column()
  version!: number | null;

  @Field(() => DateTime, { nullable: true, description: 'Instant at which the period ends; null for `ONCE`, which has no end.' })
  @Computed(
    row =>
      sql`case when ${row.col('period')} <> 'ONCE' then (make_date(left(${row.col('period')}, 4)::integer, 3 * right(${row.col('period')}, 1)::integer - 2, 1) + interval '3 months') at time zone 'UTC' end`,
  )
  endsAt!: Date | null;

  @Field(() => DateTime, { nullable: true, description: 'Instant at which the result stood the checks; null until then.' })
  @Column()
  confirmedAt!: Date | null;

  @Field(() => DateTime, { description: 'Instant of the latest change, by the clock of your environment like the others.' })
  @Column()
  updatedAt!: Date;

  @Field(() => Milestone, { description: 'The milestone it is progress on.' })
  @One({ on: { id: 'milestone_id' } })
  milestone!: Milestone;

  @Field(() => Integration, { description: 'The integration whose progress it is.' })
  @One({ on: { id: 'integration_id' } })
  integration!: Integration;

  @Field(() => [CriterionProgress], { description: "One for each criterion of the milestone, in the milestone's order." })
  @Many({ on: { progress_id: 'id' }, order: [row => row.of(CRITERION).col('position')], atMost: MAX_CRITERIA })
  criteria!: CriterionProgress[];

  @Field(() => Award, { nullable: true, description: 'What this integration was given for it; null unless the state is `REWARDED`.' })
  @One({ on: { integration_id: 'integration_id', milestone_id: 'milestone_id', period: 'period' } })
  award!: Award | null;
}

export const MilestoneProgressConnection = connectionOf(MilestoneProgress);

@ArgsType()
export class ProgressArgs extends PageArgs {
  @Field(() => [MilestoneProgressState], { nullable: true, description: 'Only that which stands at one of these; without it, all.' })
  state?: MilestoneProgressState[];
}

@InputType({ description: 'Narrows a list of progress. Conditions add up, and `and`, `or` and `not` compose them: an item must meet all that you give.' })
@Composable()
export class MilestoneProgressFilter {
  @Field(() => [MilestoneProgressState], { nullable: true, description: 'Only that which stands at one of these.' })
  state?: MilestoneProgressState[];

  @Field(() => ID, { nullable: true, description: 'Only that of this integration.' })
  integrationId?: string;

  @Field(() => ID, { nullable: true, description: 'Only that on this milestone.' })
  milestoneId?: string;

  @Field(() => String, { nullable: true, description: 'Only that of this period: a calendar quarter such as `2026-Q4`, or `ONCE`.' })
  period?: string;
}

@ArgsType()
export class MilestoneProgressArgs extends PageArgs {
  @Field(() => MilestoneProgressFilter, { nullable: true, description: 'Narrows the list; without it, all of it.' })
  filter?: MilestoneProgressFilter;
}

/** Newest period first; `ONCE` sorts before every quarter. */
const newestFirst = [desc('period'), asc('id')];
const narrow = { state: oneOf('state') };

@Resolver(() => Integration)
@ReadsOf('Integration')
export class IntegrationProgress {
  @FieldResolver(() => MilestoneProgressConnection, {
    description: 'How far the integration stands: milestones reached once before the others, then the newest period first; 20 to a page unless `first` says otherwise.',
  })
  @Page({ on: { integration_id: 'id' }, order: newestFirst, narrow, defaultFirst: 20 })
  progress(@Args(() => ProgressArgs) _args: ProgressArgs, @Root() integration: unknown, @Info() info: GraphQLResolveInfo): unknown {
    return fromCompiledParent(integration, info);
  }
}

@Resolver(() => Milestone)
@ReadsOf('Milestone')
export class ProgressOnMilestone {
  @FieldResolver(() => MilestoneProgressConnection, {
    description: 'How far your integrations stand on this milestone, the newest period first; 20 to a page unless `first` says otherwise.',
  })
  @Page({ on: { milestone_id: 'id' }, order: newestFirst, narrow, defaultFirst: 20 })
  progress(@Args(() => ProgressArgs) _args: ProgressArgs, @Root() milestone: unknown, @Info() info: GraphQLResolveInfo): unknown {
    return fromCompiledParent(milestone, info);
  }
}

@Resolver()
@ReadsOf('Query')
export class MilestoneProgressQueries {
  @Query(() => MilestoneProgressConnection, {
    description: 'How far all your integrations stand on all milestones: those reached once before the others, then the newest period first; `first` is required.',
  })
  @Page({
    on: {},
    order: newestFirst,
    filter: { state: oneOf('state'), integrationId: equals('integration_id'), milestoneId: equals('milestone_id'), period: equals('period') },
  })
  milestoneProgress(@Args(() => MilestoneProgressArgs) _args: MilestoneProgressArgs, @Ctx() context: unknown, @Info() info: GraphQLResolveInfo): Promise<unknown> {
    return readThroughCompiler(context, info);
  }
}
