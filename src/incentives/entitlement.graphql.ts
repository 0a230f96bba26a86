/** What awards other than money give: capabilities, and badges that everybody in the directory sees. */
import { type GraphQLResolveInfo } from 'graphql';
import { Args, ArgsType, Ctx, Field, ID, Info, Int, ObjectType, Query, Resolver } from 'type-graphql';
import { connectionOf, PageArgs } from '../graphql/connection.ts';
import { enumOf } from '../graphql/enum.ts';
import { readThroughCompiler } from '../graphql/fallback.ts';
import { Node } from '../graphql/node.ts';
import { DateTime } from '../graphql/scalars.ts';
import { asc, Column, Computed, desc, equals, From, given, Many, One, Page, ReadsOf, sql, type Row, type Sql } from '../reads/index.ts';
import { Award } from './award.graphql.ts';
import { Milestone, Reward, RewardKind } from './milestone.graphql.ts';
import { Tier } from './tier.graphql.ts';

export const EntitlementState = enumOf('EntitlementState', 'Whether an entitlement may be used at the present instant of your environment.', {
  ACTIVE: 'It may.',
  ENTITLEMENT_EXPIRED: 'Its time is over.',
  REVERSED: 'What it came from was taken back.',
});
export type EntitlementState = keyof typeof EntitlementState;

const now = given('environment_now', 'timestamptz');

const entitlementState = (row: Row): Sql =>
  sql`case when ${row.col('is_reversed')} then 'REVERSED' when ${row.col('ends_at')} <= ${now} then 'ENTITLEMENT_EXPIRED' else 'ACTIVE' end`;

@ObjectType({
  implements: Node,
  simpleResolvers: true,
  description: 'Something that an award gives for a while. It follows from its award and from nothing else, and ends with it.',
})
@From('entitlement', { scope: ['environment_id', 'partner_id'], idPrefix: 'ent' })
export class Entitlement extends Node {
  @Field({ description: 'Code of what it gives, e.g. `DOUBLE_BUDGET`.' })
  @Column()
  feature!: string;

  @Field({ description: 'What it gives, in a few words.' })
  @Column()
  title!: string;

  @Field(() => RewardKind, { description: 'Whether it is a capability or a recognition.' })
  @Column()
  kind!: RewardKind;

  @Field(() => EntitlementState, { description: 'Whether it may be used now.' })
  @Computed(entitlementState)
  state!: EntitlementState;

  @Field(() => DateTime, { description: 'Instant from which it may be used.' })
  @Column('starts_at')
  from!: Date;

  @Field(() => DateTime, { nullable: true, description: 'Instant at which it ends; null where it has no end.' })
  @Column('ends_at')
  until!: Date | null;

  @Field(() => Award, { description: 'The award that it follows from.' })
  @One({ on: { id: 'award_id' } })
  award!: Award;

  @Field(() => Reward, { description: 'The reward that was awarded.' })
  @One({ on: { id: 'reward_id' } })
  sourceReward!: Reward;
}

export const EntitlementConnection = connectionOf(Entitlement);

@ArgsType()
export class EntitlementArgs extends PageArgs {
  @Field(() => String, { nullable: true, description: 'Only those that give this.' })
  feature?: string;

  @Field(() => EntitlementState, { nullable: true, description: 'Only those in this state; without it, all that there ever were.' })
  state?: EntitlementState;
}

/** Recognition that still stands at the environment's present. */
const stands = (row: Row): Sql => sql`(${row.col('ends_at')} is null or ${row.col('ends_at')} > ${now})`;

@ObjectType({ implements: Node, simpleResolvers: true, description: 'A recognition in the directory: it stands for criteria that were met, and goes when its time is over.' })
@From('directory_badge', { scope: ['environment_id'], idPrefix: 'bdg' })
export class Badge extends Node {
  @Field({ description: 'The badge in a few words.' })
  @Column()
  title!: string;

  @Field({ description: 'What it stands for.' })
  @Column()
  description!: string;

  @Field({ description: 'The period in which its criteria were met.' })
  @Column()
  period!: string;

  @Field(() => Int, { nullable: true, description: "Version of the milestone's rule that was met; null where there was no rule yet." })
  @Column('version')
  criteriaVersion!: number | null;

  @Field(() => DateTime, { description: 'Instant since which it is shown.' })
  @Column('starts_at')
  from!: Date;

  @Field(() => DateTime, { nullable: true, description: 'Instant at which it goes; null where it stays.' })
  @Column('ends_at')
  until!: Date | null;

  @Field(() => Milestone, { description: 'The milestone whose criteria were met.' })
  @One({ on: { id: 'milestone_id' } })
  milestone!: Milestone;
}

/** Badges of a partner that are shown; a milestone gives at most one for a period. */
const MAX_BADGES = 20;

@ObjectType({ simpleResolvers: true, description: 'A partner as everybody in the marketplace sees it.' })
@From('directory_entry', { scope: ['environment_id'] })
export class DirectoryEntry {
  @Field(() => ID, { description: 'Id of the partner.' })
  @Column('id')
  partnerId!: string;

  @Field({ description: 'Name of the partner.' })
  @Column()
  name!: string;

  @Field(() => String, { nullable: true, description: "The partner's web site; null where it has told none." })
  @Column()
  website!: string | null;

  @Field(() => Tier, { nullable: true, description: 'Its tier; null while the program has none with its code.' })
  @One({ on: { code: 'tier' } })
  tier!: Tier | null;

  @Field(() => [Badge], { description: `The badges that stand now, the newest first: at most ${MAX_BADGES}.` })
  @Many({ on: { entry_id: 'id' }, where: stands, order: [desc('starts_at', 'timestamptz'), asc('id')], limit: MAX_BADGES })
  badges!: Badge[];
}

export const DirectoryConnection = connectionOf(DirectoryEntry, { name: 'Directory' });

@Resolver()
@ReadsOf('Query')
export class EntitlementQueries {
  @Query(() => EntitlementConnection, { description: 'What your awards other than money give, the newest first; `first` is required.' })
  @Page({
    on: {},
    order: [desc('starts_at', 'timestamptz'), asc('id')],
    narrow: { feature: equals('feature'), state: { type: 'text', predicate: (row, state) => sql`${entitlementState(row)} = ${state}` } },
  })
  entitlements(@Args(() => EntitlementArgs) _args: EntitlementArgs, @Ctx() context: unknown, @Info() info: GraphQLResolveInfo): Promise<unknown> {
    return readThroughCompiler(context, info);
  }

  @Query(() => DirectoryConnection, { description: 'The partners of the marketplace by name, with their badges; `first` is required.' })
  @Page({ on: {}, order: [asc('name'), asc('id')] })
  directory(@Args(() => PageArgs) _args: PageArgs, @Ctx() context: unknown, @Info() info: GraphQLResolveInfo): Promise<unknown> {
    return readThroughCompiler(context, info);
  }
}
