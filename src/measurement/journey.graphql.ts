/** Journeys as partners read them: what people go through, where integrations meet them, and the
    metrics that tell how it goes. */
import { type GraphQLResolveInfo } from 'graphql';
import { Args, Ctx, Field, Info, ObjectType, Query, Resolver } from 'type-graphql';
import { connectionOf, PageArgs } from '../graphql/connection.ts';
import { readThroughCompiler } from '../graphql/fallback.ts';
import { Node } from '../graphql/node.ts';
import { Integration, IntegrationCategory } from '../partners/integration.graphql.ts';
import { asc, Column, Computed, From, Many, Page, ReadsOf, sql, type FieldRow, type Sql, type Through } from '../reads/index.ts';
import { Metric } from './metric.graphql.ts';
import { MAX_METRICS, MAX_TOUCHPOINTS } from './metric.rules.ts';

/** Of one partner, at one touchpoint. */
const MAX_INTEGRATIONS = 5;

const between = (table: string): Through => ({ table, scope: ['environment_id'], on: { touchpoint_id: 'id' } });

const categoriesOf = (row: FieldRow): Sql =>
  sql`array(select c.category from portico.touchpoint_category c where c.environment_id = ${row.col('environment_id')} and c.touchpoint_id = ${row.col('id')} order by c.category collate "C")`;

export const metricsAtTouchpoint = { on: { id: 'metric_id' }, through: between('touchpoint_metric'), order: [asc('name'), asc('id')], atMost: MAX_METRICS };

export const TOUCHPOINT_DESCRIPTION = 'A place in a journey where people meet the marketplace, and integrations with it.';

/** As partners and the staff read it. */
@ObjectType({ implements: Node, simpleResolvers: true, description: TOUCHPOINT_DESCRIPTION })
export abstract class TouchpointWords extends Node {
  @Field({ description: 'The touchpoint in a few words.' })
  @Column()
  title!: string;

  @Field({ description: 'What happens there, in a sentence.' })
  @Column()
  description!: string;

  @Field(() => [IntegrationCategory], { description: 'The categories of integrations that people meet there.' })
  @Computed(categoriesOf)
  categories!: IntegrationCategory[];
}

@ObjectType({ implements: Node, simpleResolvers: true, description: TOUCHPOINT_DESCRIPTION })
@From('touchpoint', { scope: ['environment_id'], idPrefix: 'tpt' })
export class Touchpoint extends TouchpointWords {
  @Field(() => [Metric], { description: 'The metrics that tell how it goes for people there; at least one.' })
  @Many(metricsAtTouchpoint)
  metrics!: Metric[];

  @Field(() => [Integration], { description: `Your integrations that people meet there, at most ${MAX_INTEGRATIONS}, by name.` })
  @Many({ on: { category: 'category' }, through: between('touchpoint_category'), order: [asc('name'), asc('id')], limit: MAX_INTEGRATIONS })
  integrations!: Integration[];
}

export const JOURNEY_DESCRIPTION = 'Something that people set out to do at the marketplace, from its beginning to its end.';

/** As partners and the staff read it. */
@ObjectType({ implements: Node, simpleResolvers: true, description: JOURNEY_DESCRIPTION })
export abstract class JourneyWords extends Node {
  @Field({ description: 'The journey in a few words.' })
  @Column()
  title!: string;

  @Field({ description: 'What people want, in a sentence.' })
  @Column()
  description!: string;
}

@ObjectType({ implements: Node, simpleResolvers: true, description: JOURNEY_DESCRIPTION })
@From('journey', { scope: ['environment_id'], idPrefix: 'jny' })
export class Journey extends JourneyWords {
  @Field(() => [Touchpoint], { description: 'Where people meet the marketplace on the way, in order.' })
  @Many({ on: { journey_id: 'id' }, order: [asc('position', 'integer')], atMost: MAX_TOUCHPOINTS })
  touchpoints!: Touchpoint[];
}

export const JourneyConnection = connectionOf(Journey);

@Resolver()
@ReadsOf('Query')
export class JourneyQueries {
  @Query(() => JourneyConnection, { description: 'The journeys of people that the program is to make better, in order; 10 to a page unless `first` says otherwise.' })
  @Page({ on: {}, order: [asc('position', 'integer')], defaultFirst: 10 })
  journeys(@Args(() => PageArgs) _args: PageArgs, @Ctx() context: unknown, @Info() info: GraphQLResolveInfo): Promise<unknown> {
    return readThroughCompiler(context, info);
  }
}
