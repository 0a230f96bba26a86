/** Event types as partners read them: what can be reported, and how. */
import { type GraphQLResolveInfo } from 'graphql';
import { Args, ArgsType, Ctx, Field, Info, InputType, Int, ObjectType, Query, Resolver } from 'type-graphql';
import { Composable } from '../graphql/composable.ts';
import { connectionOf, PageArgs } from '../graphql/connection.ts';
import { readThroughCompiler } from '../graphql/fallback.ts';
import { Node } from '../graphql/node.ts';
import { DateTime, JSONValue } from '../graphql/scalars.ts';
import { asc, Column, desc, equals, From, Page, ReadsOf } from '../reads/index.ts';

@ObjectType({ implements: Node, simpleResolvers: true, description: 'A kind of event that integrations report. A published version never changes.' })
@From('event_type', { scope: ['environment_id'], idPrefix: 'ety' })
export class EventType extends Node {
  @Field({ description: 'Name of the type, the `type` of its events, e.g. `order.placed`.' })
  @Column()
  name!: string;

  @Field(() => Int, { description: 'Version of its schema, from 1. An event is checked by the newest unless its `dataschema` ends in another.' })
  @Column()
  version!: number;

  @Field({ description: 'What has happened when such an event is reported.' })
  @Column()
  description!: string;

  @Field(() => JSONValue, { description: "JSON Schema (draft 2020-12) of an event's `data`." })
  @Column()
  dataSchema!: unknown;

  @Field(() => DateTime, { description: 'Instant since which it can be reported, by the clock of your environment.' })
  @Column()
  publishedAt!: Date;
}

export const EventTypeConnection = connectionOf(EventType);

@InputType({ description: 'Narrows a list of event types. Conditions add up, and `and`, `or` and `not` compose them: an item must meet all that you give.' })
@Composable()
export class EventTypeFilter {
  @Field(() => String, { nullable: true, description: 'Only versions of the type with this name.' })
  name?: string;
}

@ArgsType()
export class EventTypeArgs extends PageArgs {
  @Field(() => EventTypeFilter, { nullable: true, description: 'Narrows the list; without it, all of it.' })
  filter?: EventTypeFilter;
}

@Resolver()
@ReadsOf('Query')
export class EventTypeQueries {
  @Query(() => EventTypeConnection, { description: 'The types of events that can be reported, by name, the newest version first; `first` is required.' })
  @Page({ on: {}, order: [asc('name'), desc('version', 'integer')], filter: { name: equals('name') } })
  eventTypes(@Args(() => EventTypeArgs) _args: EventTypeArgs, @Ctx() context: unknown, @Info() info: GraphQLResolveInfo): Promise<unknown> {
    return readThroughCompiler(context, info);
  }
}
