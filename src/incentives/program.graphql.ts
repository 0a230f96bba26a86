/** The program: what partners can reach and what it earns, in one place. */
import { type GraphQLResolveInfo } from 'graphql';
import { Args, Ctx, Field, FieldResolver, Info, ObjectType, Query, Resolver, Root } from 'type-graphql';
import { fromCompiledParent, readThroughCompiler } from '../graphql/fallback.ts';
import { Node } from '../graphql/node.ts';
import { Journey } from '../measurement/index.ts';
import { asc, Column, Computed, From, Many, One, Page, ReadsOf, sql } from '../reads/index.ts';
import { isRewardOnOffer, MilestoneConnection, MilestonesArgs, milestonesOnOffer, Reward, RewardKind } from './milestone.graphql.ts';
import { RoadmapItem } from './roadmap.graphql.ts';
import { Tier } from './tier.graphql.ts';

const MAX_TIERS = 10;
const MAX_REWARDS = 100;
const MAX_ROADMAP_ITEMS = 50;
const MAX_JOURNEYS = 20;

@ObjectType({
  implements: Node,
  simpleResolvers: true,
  description: "The marketplace's partner program: what partners can reach, and what it earns them. It rewards what people gain, not what partners do.",
})
@From('program', { scope: ['environment_id'], idPrefix: 'prg' })
export class Program extends Node {
  @Field({ description: 'Name of the program.' })
  @Column()
  name!: string;

  @Field({ description: 'What the program is for, in a few sentences.' })
  @Column()
  description!: string;

  @Field(() => [RewardKind], { description: 'The kinds of reward that its milestones give: a program is published once it has all three, or says why not.' })
  @Computed(
    row => sql`array(select distinct r.kind from portico.reward r join portico.milestone m on m.environment_id = r.environment_id and m.id = r.milestone_id
    where m.environment_id = ${row.col('environment_id')} and m.program_id = ${row.col('id')} order by 1)`,
  )
  mix!: RewardKind[];

  @Field(() => [Tier], { description: 'The tiers, from the first on.' })
  @Many({ on: { program_id: 'id' }, order: [asc('rank', 'integer')], atMost: MAX_TIERS })
  tiers!: Tier[];

  @Field(() => [Reward], { description: 'All that the milestones on offer earn.' })
  @Many({
    on: { milestone_id: 'id' },
    through: { table: 'milestone', scope: ['environment_id'], on: { program_id: 'id' } },
    where: isRewardOnOffer,
    order: [asc('kind'), asc('id')],
    atMost: MAX_REWARDS,
  })
  rewards!: Reward[];

  @Field(() => [RoadmapItem], { description: 'What is planned, announced, open and over, by the day it opens.' })
  @Many({ on: { program_id: 'id' }, order: [asc('opens_on', 'date'), asc('id')], atMost: MAX_ROADMAP_ITEMS })
  roadmap!: RoadmapItem[];

  @Field(() => [Journey], { description: 'The journeys of people that the program is to make better, in order.' })
  @Many({ on: {}, order: [asc('position', 'integer')], limit: MAX_JOURNEYS })
  journeys!: Journey[];
}

@Resolver(() => Program)
@ReadsOf('Program')
export class ProgramMilestones {
  @FieldResolver(() => MilestoneConnection, { description: 'The milestones on offer, each after those it depends on; 50 to a page unless `first` says otherwise.' })
  @Page({ on: { program_id: 'id' }, ...milestonesOnOffer })
  milestones(@Args(() => MilestonesArgs) _args: MilestonesArgs, @Root() program: unknown, @Info() info: GraphQLResolveInfo): unknown {
    return fromCompiledParent(program, info);
  }
}

@Resolver()
@ReadsOf('Query')
export class ProgramQueries {
  @Query(() => Program, { description: 'The partner program of your environment.' })
  @One({ on: {} })
  program(@Ctx() context: unknown, @Info() info: GraphQLResolveInfo): Promise<unknown> {
    return readThroughCompiler(context, info);
  }
}
