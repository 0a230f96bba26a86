/** What the staff does with the program: publishes milestones, and says what they depend on. */
import { type GraphQLResolveInfo } from 'graphql';
import { Arg, Ctx, Field, ID, Info, InputType, Int, Mutation, ObjectType, Resolver } from 'type-graphql';
import { ok } from '../base/outcome.ts';
import { Money, MoneyColumns } from '../graphql/money.ts';
import { Node } from '../graphql/node.ts';
import { CurrencyCode, DateOnly, DateTime, SafeInt } from '../graphql/scalars.ts';
import { answered } from '../graphql/writing.ts';
import { StaffMutationInput, StaffOnly, StaffPayload, writeAsStaff } from '../partners/index.ts';
import { asc, Column, desc, From, Many, One } from '../reads/index.ts';
import { MilestoneCadence, MilestoneCategory, MilestoneVersion, RewardKind } from './milestone.graphql.ts';
import { MAX_DEPENDENCIES } from './dependencies.rules.ts';
import { changeDependencies, publishMilestone, publishProgram, type MilestoneInput } from './milestones.service.ts';

@ObjectType({ implements: Node, simpleResolvers: true, description: 'What reaching a milestone earns.' })
@From('reward', { scope: ['environment_id'], idPrefix: 'rwd' })
export class Reward extends Node {
  @Field(() => RewardKind, { description: 'What it consists of.' })
  @Column()
  kind!: RewardKind;

  @Field({ description: 'The reward in a few words.' })
  @Column()
  title!: string;

  @Field(() => Money, { nullable: true, description: 'The amount of a financial reward; null for the other kinds.' })
  @MoneyColumns('amount_minor', 'currency')
  amount!: Money | null;
}

/** Milestone under a name that is no value: a property's emitted metadata would evaluate the class in its own body. */
type OtherMilestone = Milestone;

@ObjectType({ implements: Node, simpleResolvers: true, description: 'A step that a partner can complete.' })
@From('milestone', { scope: ['environment_id'], idPrefix: 'mst' })
export class Milestone extends Node {
  @Field({ description: 'The step in a few words.' })
  @Column()
  title!: string;

  @Field({ description: 'What people who use the marketplace notice once it is reached.' })
  @Column()
  userOutcome!: string;

  @Field(() => MilestoneCadence, { description: 'How often it can be reached.' })
  @Column()
  cadence!: MilestoneCadence;

  @Field(() => DateTime, { description: 'Instant since which it can be reached.' })
  @Column()
  publishedAt!: Date;

  @Field(() => [MilestoneVersion], { description: 'The versions of its rule, the newest first: the last 20.' })
  @Many({ on: { milestone_id: 'id' }, order: [desc('version', 'integer')], limit: 20 })
  versions!: MilestoneVersion[];

  @Field(() => [Milestone], { description: 'What must be reached before it opens.' })
  @Many({
    on: { id: 'depends_on_id' },
    through: { table: 'milestone_dependency', scope: ['environment_id'], on: { milestone_id: 'id' } },
    order: [asc('position', 'integer'), asc('id')],
    atMost: MAX_DEPENDENCIES,
  })
  dependsOn!: OtherMilestone[];

  @Field(() => Reward, { nullable: true, description: 'What it earns; null for a step that only unlocks others.' })
  @One({ on: { milestone_id: 'id' } })
  reward!: Reward | null;
}

@InputType({ description: 'What a milestone earns.' })
export class RewardInput {
  @Field(() => RewardKind, { description: 'What it consists of.' })
  kind!: RewardKind;

  @Field({ description: 'The reward in a few words, up to 200 characters.' })
  title!: string;

  @Field({ description: 'What exactly is given, and how, up to 2,000 characters.' })
  description!: string;

  @Field(() => SafeInt, { nullable: true, description: "The amount of a FINANCIAL reward in the currency's smallest unit; no other has one." })
  amountMinor?: number | null;

  @Field(() => CurrencyCode, { nullable: true, description: 'The currency of a FINANCIAL reward.' })
  currency?: string | null;

  @Field(() => Int, { nullable: true, description: 'How many days a badge or a capability lasts once given; absent for what lasts.' })
  lastsDays?: number | null;

  @Field(() => String, { nullable: true, description: 'Code of the capability that it gives, e.g. `DOUBLE_BUDGET`.' })
  feature?: string | null;
}

@InputType({ description: 'A new milestone.' })
export class PublishMilestoneInput extends StaffMutationInput {
  @Field({ description: 'The step in a few words, up to 200 characters.' })
  title!: string;

  @Field({ description: 'What people who use the marketplace notice once it is reached, in plain words, up to 2,000 characters.' })
  userOutcome!: string;

  @Field(() => MilestoneCategory, { description: 'What it is about.' })
  category!: MilestoneCategory;

  @Field(() => MilestoneCadence, { description: 'How often it can be reached.' })
  cadence!: MilestoneCadence;

  @Field(() => [ID], { defaultValue: [], description: 'Ids of the milestones that must be reached before it opens: 10 at most.' })
  dependsOn!: string[];

  @Field({
    description:
      'The rule as JSON text, a tree of `all`, `any`, `not`, `atLeast` over tests, e.g. `{"all": [{"metric": {"id": "retention@1", "window": "cycle", "cmp": "AT_LEAST", "value": "30", "unit": "percent"}}, {"guardrail": {"metric": "damage_share@1", "cmp": "AT_MOST", "value": "1", "unit": "percent"}}]}`.',
  })
  rule!: string;

  @Field({ description: 'What is asked and why, for partners, up to 2,000 characters.' })
  why!: string;

  @Field(() => DateOnly, { description: 'First day (UTC) on which events count towards it: today or later, for a quarterly one the first of a quarter.' })
  effectiveOn!: string;

  @Field(() => String, { nullable: true, description: 'Why it is asked although fewer than 10 in 100 met it in the last quarter; only then.' })
  attainabilityReason?: string | null;

  @Field(() => RewardInput, { nullable: true, description: 'What it earns; absent for a step that only unlocks others.' })
  reward?: RewardInput | null;
}

const rewardOf = ({ kind, title, description, amountMinor = null, currency = null, lastsDays = null, feature = null }: RewardInput): MilestoneInput['reward'] => ({
  kind,
  title,
  description,
  amountMinor,
  currency,
  lastsDays,
  feature,
});

const contentOf = (input: PublishMilestoneInput): MilestoneInput => ({
  title: input.title,
  userOutcome: input.userOutcome,
  category: input.category,
  cadence: input.cadence,
  dependsOn: input.dependsOn,
  rule: input.rule,
  why: input.why,
  effectiveOn: input.effectiveOn,
  attainabilityReason: input.attainabilityReason ?? null,
  reward: input.reward ? rewardOf(input.reward) : null,
});

@InputType({ description: 'What a milestone depends on.' })
export class ChangeMilestoneDependenciesInput extends StaffMutationInput {
  @Field(() => ID, { description: 'Id of the milestone.' })
  milestoneId!: string;

  @Field(() => [ID], { description: 'Ids of all milestones that must be reached before it opens: 10 at most.' })
  dependsOn!: string[];
}

@InputType({ description: 'The publication of the program.' })
export class PublishProgramInput extends StaffMutationInput {
  @Field(() => String, { nullable: true, description: 'Why the program does not reward in all three ways; only where it does not.' })
  imbalanceReason?: string | null;
}

@ObjectType({ description: 'What a mutation on a milestone did.' })
export class MilestonePayload extends StaffPayload {
  @Field(() => Milestone, { nullable: true, description: 'The milestone as it stands now; null where it was refused.' })
  @One({ on: { id: answered('milestoneId') } })
  milestone!: Milestone | null;
}

@ObjectType({ description: 'What the publication of the program did.' })
export class PublishProgramPayload extends StaffPayload {}

@Resolver()
export class StaffProgramMutations {
  @Mutation(() => MilestonePayload, {
    nullable: true,
    description:
      'Publishes a milestone with the first version of its rule; one that begins later is announced on the roadmap. Refused with `INVALID`, `NOT_FOUND`, `USER_OUTCOME_REQUIRED`, `DEPENDENCY_CYCLE`, `NOTICE_TOO_SHORT`, `ATTAINABILITY_REASON_REQUIRED` and the codes that begin with `CRITERIA_`.',
  })
  @StaffOnly('PROGRAM_MANAGER')
  publishMilestone(
    @Arg('input', () => PublishMilestoneInput, { description: 'What it asks and earns.' }) input: PublishMilestoneInput,
    @Ctx() context: unknown,
    @Info() info: GraphQLResolveInfo,
  ): Promise<unknown> {
    return writeAsStaff(context, info, async (tx, act) => {
      const done = await publishMilestone(tx, act.liveEnvironmentId, contentOf(input), act.clock.now());
      return done.ok ? ok({ answer: done.value }) : done;
    });
  }

  @Mutation(() => MilestonePayload, {
    nullable: true,
    description: 'Says anew what a milestone depends on. Refused with `NOT_FOUND`, `INVALID` and `DEPENDENCY_CYCLE`.',
  })
  @StaffOnly('PROGRAM_MANAGER')
  changeMilestoneDependencies(
    @Arg('input', () => ChangeMilestoneDependenciesInput, { description: 'Which milestone, and on what it depends.' }) { milestoneId, dependsOn }: ChangeMilestoneDependenciesInput,
    @Ctx() context: unknown,
    @Info() info: GraphQLResolveInfo,
  ): Promise<unknown> {
    return writeAsStaff(context, info, async (tx, act) => {
      const done = await changeDependencies(tx, act.liveEnvironmentId, milestoneId, dependsOn);
      return done.ok ? ok({ answer: done.value }) : done;
    });
  }

  @Mutation(() => PublishProgramPayload, { nullable: true, description: 'Publishes the program once it rewards in all three ways. Refused with `PROGRAMME_UNBALANCED`.' })
  @StaffOnly('PROGRAM_MANAGER')
  publishProgram(
    @Arg('input', () => PublishProgramInput, { description: 'Why, and why it is not balanced.' }) { imbalanceReason }: PublishProgramInput,
    @Ctx() context: unknown,
    @Info() info: GraphQLResolveInfo,
  ): Promise<unknown> {
    return writeAsStaff(context, info, async (tx, act) => {
      const done = await publishProgram(tx, act.liveEnvironmentId, imbalanceReason ?? null, act.clock.now());
      return done.ok ? ok({ answer: done.value }) : done;
    });
  }
}

export const staffProgramGraphql: readonly Function[] = [StaffProgramMutations, Milestone, MilestoneVersion, Reward, MilestonePayload, PublishProgramPayload];
