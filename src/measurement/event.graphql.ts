/** Events as their partner reads them back: those that count, and those that could not be counted. */
import { type GraphQLResolveInfo } from 'graphql';
import { Args, ArgsType, Ctx, Field, Info, InputType, Int, ObjectType, Query, Resolver } from 'type-graphql';
import { Composable } from '../graphql/composable.ts';
import { connectionOf, PageArgs } from '../graphql/connection.ts';
import { enumOf } from '../graphql/enum.ts';
import { readThroughCompiler } from '../graphql/fallback.ts';
import { Node } from '../graphql/node.ts';
import { DateOnly, DateTime, JSONValue, SafeInt } from '../graphql/scalars.ts';
import { Integration } from '../partners/integration.graphql.ts';
import { asc, Column, Computed, desc, equals, From, One, oneOf, Page, ReadsOf, sql, type Through } from '../reads/index.ts';
import type { RejectionCode } from './cloud-event.rules.ts';

export const EventRejectionCode = enumOf<RejectionCode>('EventRejectionCode', 'Why an event is not counted.', {
  MALFORMED: 'It is no JSON, or no event after CloudEvents 1.0 as they are taken here.',
  TOO_LARGE: 'It is longer than an event may be.',
  UNKNOWN_TYPE: 'No event type of that name and version is published.',
  INVALID_DATA: 'Its data does not fit the schema of its type: a value is missing, out of range or in another unit.',
  FUTURE: 'It lies in the future, by the clock of your environment.',
  TOO_OLD: 'It happened so long ago that it is not counted any more.',
});

@ObjectType({ simpleResolvers: true, description: 'An event that your organisation reported and that counts, once however often it was sent.' })
@From('event', { scope: ['environment_id', 'partner_id'] })
export class Event {
  @Field({ description: 'The `id` that you gave it; with `source` its name.' })
  @Column('event_id')
  eventId!: string;

  @Field({ description: 'The `source` that you gave it.' })
  @Column()
  source!: string;

  @Field({ description: 'Name of its event type.' })
  @Column()
  type!: string;

  @Field(() => Int, { description: 'Version of the type that it was checked by.' })
  @Column()
  schemaVersion!: number;

  @Field(() => String, { nullable: true, description: 'The `subject` that you gave it; null where you gave none.' })
  @Column()
  subject!: string | null;

  @Field(() => DateTime, { description: 'Instant at which it happened: its `time`.' })
  @Column()
  occurredAt!: Date;

  @Field(() => DateTime, { description: 'Instant at which it arrived, by the clock of your environment.' })
  @Column()
  receivedAt!: Date;

  @Field({ description: 'Whether it took more than an hour to arrive.' })
  @Column('is_late')
  late!: boolean;

  @Field(() => DateOnly, { description: 'Day (UTC) on which it counts: that on which it happened, or the first of the earliest quarter that was still open when it arrived.' })
  @Column()
  countedOn!: string;

  @Field(() => JSONValue, { description: 'What it says, by the schema of its type.' })
  @Column()
  data!: unknown;

  @Field(() => Integration, { description: 'The integration that reported it first.' })
  @One({ on: { id: 'integration_id' } })
  integration!: Integration;
}

export const EventConnection = connectionOf(Event);

@InputType({ description: 'Narrows a list of events. Conditions add up, and `and`, `or` and `not` compose them: an item must meet all that you give.' })
@Composable()
export class EventFilter {
  @Field(() => String, { nullable: true, description: 'Only those of this type.' })
  type?: string;

  @Field(() => DateTime, { nullable: true, description: 'Only those that arrived at this instant or after it.' })
  receivedAfter?: Date;

  @Field(() => DateTime, { nullable: true, description: 'Only those that arrived before this instant.' })
  receivedBefore?: Date;

  @Field(() => Boolean, { nullable: true, description: 'Only those that were late, or only those that were not.' })
  late?: boolean;
}

@ArgsType()
export class EventArgs extends PageArgs {
  @Field(() => EventFilter, { nullable: true, description: 'Narrows the list; without it, all of it.' })
  filter?: EventFilter;
}

const REPAIR: Through = { table: 'event_repair', scope: ['environment_id', 'partner_id'], on: { rejected_event_id: 'id' } };

@ObjectType({
  implements: Node,
  simpleResolvers: true,
  description: 'An event that your organisation reported and that does not count. Kept for at least six months, to be repaired.',
})
@From('rejected_event', { scope: ['environment_id', 'partner_id'], idPrefix: 'rej' })
export class RejectedEvent extends Node {
  @Field(() => EventRejectionCode, { description: 'Why it does not count.' })
  @Column()
  code!: RejectionCode;

  @Field({ description: 'What it is about: a JSON Pointer (RFC 6901) into the event, e.g. `/data/duration/unit`; empty for the whole.' })
  @Column()
  path!: string;

  @Field({ description: 'The cause in words, with its limit and what to do next.' })
  @Column()
  reason!: string;

  @Field(() => String, { nullable: true, description: 'Its `id`; null where that could not be read.' })
  @Column('event_id')
  eventId!: string | null;

  @Field(() => String, { nullable: true, description: 'Its `source`; null where that could not be read.' })
  @Column()
  source!: string | null;

  @Field(() => String, { nullable: true, description: 'Its `type`; null where that could not be read.' })
  @Column()
  type!: string | null;

  @Field(() => SafeInt, { description: 'Its place in the request: in a list from 0, in a file the line from 1.' })
  @Column()
  position!: number;

  @Field(() => String, { nullable: true, description: 'The event as it arrived, JSON in a text; null where it was no text, or longer than 16,384 characters.' })
  @Column()
  payload!: string | null;

  @Field(() => DateTime, { description: 'Instant at which it arrived, by the clock of your environment.' })
  @Column()
  receivedAt!: Date;

  @Field(() => DateTime, { nullable: true, description: 'Instant at which it was repaired, and counted after all; null until then.' })
  @Computed(row => row.of(REPAIR).col('repaired_at'))
  repairedAt!: Date | null;

  @Field(() => Integration, { description: 'The integration that reported it.' })
  @One({ on: { id: 'integration_id' } })
  integration!: Integration;
}

export const RejectedEventConnection = connectionOf(RejectedEvent);

@InputType({ description: 'Narrows a list of rejected events. Conditions add up, and `and`, `or` and `not` compose them: an item must meet all that you give.' })
@Composable()
export class RejectedEventFilter {
  @Field(() => [EventRejectionCode], { nullable: true, description: 'Only those rejected for one of these causes.' })
  code?: RejectionCode[];

  @Field(() => String, { nullable: true, description: 'Only those of this type.' })
  type?: string;

  @Field(() => Boolean, { nullable: true, description: 'Only those that were repaired, or only those that were not.' })
  repaired?: boolean;
}

@ArgsType()
export class RejectedEventArgs extends PageArgs {
  @Field(() => RejectedEventFilter, { nullable: true, description: 'Narrows the list; without it, all that are kept.' })
  filter?: RejectedEventFilter;
}

@Resolver()
@ReadsOf('Query')
export class EventQueries {
  @Query(() => EventConnection, { description: 'The events that your organisation reported and that count, those first that arrived last; `first` is required.' })
  @Page({
    on: {},
    order: [desc('batch_id', 'bigint'), desc('position', 'integer')],
    filter: {
      type: equals('type'),
      receivedAfter: { type: 'timestamptz', predicate: (row, instant) => sql`${row.col('received_at')} >= ${instant}` },
      receivedBefore: { type: 'timestamptz', predicate: (row, instant) => sql`${row.col('received_at')} < ${instant}` },
      late: equals('is_late', 'boolean'),
    },
  })
  events(@Args(() => EventArgs) _args: EventArgs, @Ctx() context: unknown, @Info() info: GraphQLResolveInfo): Promise<unknown> {
    return readThroughCompiler(context, info);
  }

  @Query(() => RejectedEventConnection, { description: 'The events that your organisation reported and that do not count, newest first; `first` is required.' })
  @Page({
    on: {},
    order: [desc('received_at', 'timestamptz'), asc('id')],
    filter: {
      code: oneOf('code'),
      type: equals('type'),
      repaired: {
        type: 'boolean',
        predicate: (row, repaired) =>
          sql`exists (select from portico.event_repair e where e.environment_id = ${row.col('environment_id')} and e.rejected_event_id = ${row.col('id')}) = ${repaired}`,
      },
    },
  })
  rejectedEvents(@Args(() => RejectedEventArgs) _args: RejectedEventArgs, @Ctx() context: unknown, @Info() info: GraphQLResolveInfo): Promise<unknown> {
    return readThroughCompiler(context, info);
  }
}
