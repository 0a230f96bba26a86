/** Awards as the partner that was given them reads them. */
import { type GraphQLResolveInfo } from 'graphql';
import { Args, Ctx, Field, Info, ObjectType, Query, Resolver } from 'type-graphql';
import { connectionOf, PageArgs } from '../graphql/connection.ts';
import { readThroughCompiler } from '../graphql/fallback.ts';
import { Node } from '../graphql/node.ts';
import { DateTime } from '../graphql/scalars.ts';
import { Integration } from '../partners/integration.graphql.ts';
import { asc, Column, desc, From, One, Page, ReadsOf } from '../reads/index.ts';
import { Milestone, Reward } from './milestone.graphql.ts';

@ObjectType({ implements: Node, simpleResolvers: true, description: 'A reward that was given to your organisation: at most one for a milestone and period.' })
@From('award', { scope: ['environment_id', 'partner_id'], idPrefix: 'awd' })
export class Award extends Node {
  @Field({ description: 'The period it was earned in: a calendar quarter such as `2026-Q4`, or `ONCE` for a milestone that is reached once.' })
  @Column()
  period!: string;

  @Field(() => DateTime, { description: 'Instant at which it was given, by the clock of your environment.' })
  @Column()
  awardedAt!: Date;

  @Field(() => Milestone, { description: 'The milestone that earned it.' })
  @One({ on: { id: 'milestone_id' } })
  milestone!: Milestone;

  @Field(() => Reward, { description: 'What was given.' })
  @One({ on: { id: 'reward_id' } })
  reward!: Reward;

  @Field(() => Integration, { description: 'The integration that reached the milestone first.' })
  @One({ on: { id: 'integration_id' } })
  integration!: Integration;
}

export const AwardConnection = connectionOf(Award);

@Resolver()
@ReadsOf('Query')
export class AwardQueries {
  @Query(() => AwardConnection, { description: 'What your organisation was given, newest first; `first` is required.' })
  @Page({ on: {}, order: [desc('awarded_at', 'timestamptz'), asc('id')] })
  awards(@Args(() => PageArgs) _args: PageArgs, @Ctx() context: unknown, @Info() info: GraphQLResolveInfo): Promise<unknown> {
    return readThroughCompiler(context, info);
  }
}
