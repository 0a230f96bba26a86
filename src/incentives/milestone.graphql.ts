/** Milestones as partners read them: a step, the criteria that decide whether it is reached, and
    the reward for it. The three make sense only together, so they stand together. */
import { type GraphQLResolveInfo } from 'graphql';
import { Args, ArgsType, Ctx, Field, Info, InputType, Int, ObjectType, Query, Resolver } from 'type-graphql';
import { Composable } from '../graphql/composable.ts';
import { connectionOf, PageArgs } from '../graphql/connection.ts';
import { enumOf } from '../graphql/enum.ts';
import { readThroughCompiler } from '../graphql/fallback.ts';
import { Money, MoneyColumns } from '../graphql/money.ts';
import { Node } from '../graphql/node.ts';
import { DateOnly, DateTime, Decimal, JSONValue } from '../graphql/scalars.ts';
import { asc, Column, Computed, desc, equals, From, given, Many, One, Page, raw, ReadsOf, sql, type Filters, type Row, type Sql } from '../reads/index.ts';

export const MilestoneCategory = enumOf('MilestoneCategory', 'What a milestone is about.', {
  ONBOARDING: 'A good start: live, understood and trusted.',
  OUTCOME: 'What changes for the people who use the marketplace.',
  RELIABILITY: 'Being there when people need it.',
  DATA_QUALITY: 'Data that is complete, in time and true.',
});
export type MilestoneCategory = keyof typeof MilestoneCategory;

export const MilestoneCadence = enumOf('MilestoneCadence', 'How often a milestone can be reached.', {
  ONCE: 'Once for each integration.',
  QUARTERLY: 'Anew in each calendar quarter (UTC).',
});
export type MilestoneCadence = keyof typeof MilestoneCadence;

export const CriterionKind = enumOf('CriterionKind', 'What a criterion looks at.', {
  OUTCOME: 'Whether people are better off; each milestone has at least one.',
  GUARDRAIL: 'Whether nobody paid for that with something else; each milestone has at least one.',
  ACTIVITY: 'Whether enough happened for the other figures to mean something; never enough by itself.',
});
export type CriterionKind = keyof typeof CriterionKind;

export const CriterionComparison = enumOf('CriterionComparison', 'How a value is compared with its target.', {
  AT_LEAST: 'The value must be the target or more.',
  AT_MOST: 'The value must be the target or less.',
});
export type CriterionComparison = keyof typeof CriterionComparison;

export const RewardKind = enumOf('RewardKind', 'What a reward consists of.', {
  FINANCIAL: 'Money.',
  REPUTATIONAL: 'Recognition that people who use the marketplace can see, such as a badge.',
  CAPABILITY: 'Something the integration may do that others may not yet, such as a larger budget or early access.',
});
export type RewardKind = keyof typeof RewardKind;

/** Conditions of one milestone: what nobody can hold in mind nobody works towards. */
export const MAX_CRITERIA = 10;

/** Milestones that one depends on, or that depend on one. */
const MAX_NEIGHBOURS = 10;

/** Milestone under a name that is no value: a property's emitted metadata would evaluate the class,
    which does not exist yet where Reward is declared. */
type RewardedMilestone = Milestone;

/** Published and not retired at the environment's present. */
const isOnOffer = (milestone: Row): Sql => {
  const now = given('environment_now', 'timestamptz');
  return sql`${milestone.col('published_at')} <= ${now} and (${milestone.col('retired_at')} is null or ${milestone.col('retired_at')} > ${now})`;
};

/** Of the version that is in force on the environment's day; before the first is, of that one. */
const isInForce = (criterion: Row): Sql => sql`${criterion.col('version')} = coalesce((select max(v.version) from portico.milestone_version v
  where v.environment_id = ${criterion.col('environment_id')} and v.milestone_id = ${criterion.col('milestone_id')}
    and v.effective_on <= (${given('environment_now', 'timestamptz')} at time zone 'UTC')::date), 1)`;

@ObjectType({ implements: Node, simpleResolvers: true, description: 'One condition of a milestone that can be tested: a metric, over a window of time, against a target.' })
@From('criterion', { scope: ['environment_id'], idPrefix: 'cri' })
export class Criterion extends Node {
  @Field(() => CriterionKind, { description: 'What it looks at.' })
  @Column()
  kind!: CriterionKind;

  @Field({ description: 'Name of the metric, e.g. `on_time_share_lift`.' })
  @Column()
  metric!: string;

  @Field({ description: 'What is measured and how, in a sentence.' })
  @Column()
  description!: string;

  @Field(() => CriterionComparison, { description: 'How the value is compared with the target.' })
  @Column()
  comparison!: CriterionComparison;

  @Field(() => Decimal, { description: 'The value to reach or to stay within, in `unit`.' })
  @Column()
  target!: string;

  @Field({ description: 'Unit of the target and of every value measured, e.g. `percent` or `orders`.' })
  @Column()
  unit!: string;

  @Field(() => String, {
    nullable: true,
    description: 'Over what the metric is measured: `cycle` for the whole period, or days up to the present one, e.g. `P90D`; null where no rule says it.',
  })
  @Column('measured_over')
  window!: string | null;

  @Field(() => Int, { description: 'Over how many days the metric is measured, at most.' })
  @Column()
  windowDays!: number;
}

@ObjectType({
  implements: Node,
  simpleResolvers: true,
  description: 'What reaching a milestone earns: once for a partner, milestone and period, whichever of its integrations is first.',
})
@From('reward', { scope: ['environment_id'], idPrefix: 'rwd' })
export class Reward extends Node {
  @Field(() => RewardKind, { description: 'What the reward consists of.' })
  @Column()
  kind!: RewardKind;

  @Field({ description: 'The reward in a few words.' })
  @Column()
  title!: string;

  @Field({ description: 'What exactly is given, and how.' })
  @Column()
  description!: string;

  @Field(() => Money, { nullable: true, description: 'The amount of a financial reward; null for the other kinds.' })
  @MoneyColumns('amount_minor', 'currency')
  amount!: Money | null;

  @Field(() => String, { nullable: true, description: 'Code of the capability that it gives, e.g. `DOUBLE_BUDGET`; null where it gives none, or none with a code.' })
  @Column()
  feature!: string | null;

  @Field(() => Int, { nullable: true, description: 'How many days a badge or a capability lasts once given; null for money, and for what lasts.' })
  @Column()
  lastsDays!: number | null;

  @Field(() => Milestone, { description: 'The milestone that earns it.' })
  @One({ on: { id: 'milestone_id' } })
  milestone!: RewardedMilestone;
}

@ObjectType({
  implements: Node,
  simpleResolvers: true,
  description:
    'What a milestone asks from a day on, until its next version. It is announced before it binds and never changed: the version in force when an event happened decides.',
})
@From('milestone_version', { scope: ['environment_id'], idPrefix: 'msv' })
export class MilestoneVersion extends Node {
  @Field(() => Int, { description: 'Number of the version, from 1.' })
  @Column()
  version!: number;

  @Field(() => JSONValue, {
    description: 'The rule as a tree of conditions: `all`, `any`, `not`, `atLeast`, and the tests `metric`, `guardrail`, `sustained`, `improvedBy` and `held`.',
  })
  @Column()
  rule!: unknown;

  @Field({ description: 'SHA-256 of the rule as JSON with its members in alphabetical order, hexadecimal: the same at its announcement and in force.' })
  @Column()
  ruleHash!: string;

  @Field(() => DateTime, { description: 'Instant at which it was announced.' })
  @Column()
  announcedAt!: Date;

  @Field(() => DateOnly, { description: 'First day (UTC) on which events are judged by it.' })
  @Column()
  effectiveOn!: string;

  @Field({ description: 'What is asked and why, or what changed and why.' })
  @Column()
  why!: string;

  @Field(() => Int, { description: 'How many integrations had enough data in the last whole quarter when it was announced.' })
  @Column()
  cohort!: number;

  @Field(() => Decimal, { nullable: true, description: 'Attainability: how many in 100 of them met it already; null where there were none.' })
  @Computed(row => sql`round(100.0 * ${row.col('cohort_meeting')} / nullif(${row.col('cohort')}, 0), 1)`)
  attainability!: string | null;

  @Field(() => String, { nullable: true, description: 'Why it is asked all the same, where fewer than 10 in 100 met it; else null.' })
  @Column()
  attainabilityReason!: string | null;
}

@ObjectType({ implements: Node, simpleResolvers: true, description: 'A step that a partner can complete, stated as what people who use the marketplace gain by it.' })
@From('milestone', { scope: ['environment_id'], idPrefix: 'mst' })
export class Milestone extends Node {
  @Field({ description: 'The step in a few words.' })
  @Column()
  title!: string;

  @Field({ description: 'What people who use the marketplace notice once it is reached, in plain words.' })
  @Column()
  userOutcome!: string;

  @Field(() => MilestoneCategory, { description: 'What it is about.' })
  @Column()
  category!: MilestoneCategory;

  @Field(() => MilestoneCadence, { description: 'How often it can be reached.' })
  @Column()
  cadence!: MilestoneCadence;

  @Field(() => DateTime, { description: 'Instant since which it can be reached, by the clock of your environment.' })
  @Column()
  publishedAt!: Date;

  @Field(() => DateTime, { nullable: true, description: 'Instant from which it can no longer be reached; null while no end is set. What was reached before stays reached.' })
  @Column()
  retiredAt!: Date | null;

  @Field(() => [Criterion], { description: 'All conditions in force, in the order they are explained in; every one must be met, unless the rule in `versions` says otherwise.' })
  @Many({ on: { milestone_id: 'id' }, where: isInForce, order: [asc('position', 'integer')], atMost: MAX_CRITERIA })
  criteria!: Criterion[];

  @Field(() => [MilestoneVersion], { description: 'The versions of its rule, the newest first, one that is still to come included: the last 10.' })
  @Many({ on: { milestone_id: 'id' }, order: [desc('version', 'integer')], limit: 10 })
  versions!: MilestoneVersion[];

  @Field(() => [Milestone], { description: 'The milestones that an integration must have reached before this one opens for it.' })
  @Many({
    on: { id: 'depends_on_id' },
    through: { table: 'milestone_dependency', scope: ['environment_id'], on: { milestone_id: 'id' } },
    order: [asc('position', 'integer'), asc('id')],
    atMost: MAX_NEIGHBOURS,
  })
  dependsOn!: Milestone[];

  @Field(() => [Milestone], { description: 'The milestones on offer that need this one reached before they open.' })
  @Many({
    on: { id: 'milestone_id' },
    through: { table: 'milestone_dependency', scope: ['environment_id'], on: { depends_on_id: 'id' } },
    where: isOnOffer,
    order: [asc('position', 'integer'), asc('id')],
    atMost: MAX_NEIGHBOURS,
  })
  unlocks!: Milestone[];

  @Field(() => Reward, { nullable: true, description: 'What reaching it earns; null for a step that only unlocks others.' })
  @One({ on: { milestone_id: 'id' } })
  reward!: Reward | null;
}

export const MilestoneConnection = connectionOf(Milestone, { counted: true });

@InputType({ description: 'Narrows a list of milestones. Conditions add up: a milestone must meet all that you give.' })
@Composable()
export class MilestoneFilter {
  @Field(() => MilestoneCategory, { nullable: true, description: 'Only those that are about this.' })
  category?: MilestoneCategory;

  @Field(() => MilestoneCadence, { nullable: true, description: 'Only those that can be reached this often.' })
  cadence?: MilestoneCadence;

  @Field(() => RewardKind, { nullable: true, description: 'Only those that earn a reward of this kind.' })
  rewardKind?: RewardKind;
}

@ArgsType()
export class MilestonesArgs extends PageArgs {
  @Field(() => MilestoneFilter, { nullable: true, description: 'Narrows the list; without it, all of them.' })
  filter?: MilestoneFilter;
}

const filter: Filters = {
  category: equals('category'),
  cadence: equals('cadence'),
  rewardKind: {
    type: 'text',
    predicate: (milestone, kind) =>
      sql`exists (select from portico.reward r where r.environment_id = ${milestone.col('environment_id')} and r.milestone_id = ${milestone.col('id')} and r.kind = ${kind})`,
  },
};

/** A list of the milestones on offer, in the program's own order. */
export const milestonesOnOffer = { where: isOnOffer, order: [asc('position', 'integer'), asc('id')], filter, defaultFirst: 50 };

/** Whether a reward's milestone is on offer. */
export const isRewardOnOffer = (reward: Row): Sql =>
  sql`exists (select from portico.milestone m where m.environment_id = ${reward.col('environment_id')} and m.id = ${reward.col('milestone_id')} and ${isOnOffer({ col: name => raw(`m.${name}`) })})`;

@Resolver()
@ReadsOf('Query')
export class MilestoneQueries {
  @Query(() => MilestoneConnection, {
    description: 'The milestones on offer at the present instant of your environment, each after those it depends on; 50 to a page unless `first` says otherwise.',
  })
  @Page({ on: {}, ...milestonesOnOffer })
  milestones(@Args(() => MilestonesArgs) _args: MilestonesArgs, @Ctx() context: unknown, @Info() info: GraphQLResolveInfo): Promise<unknown> {
    return readThroughCompiler(context, info);
  }
}
