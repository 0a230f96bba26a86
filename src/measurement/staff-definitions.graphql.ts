/** What is measured, in the staff API: event types, metrics and journeys, as they are read and as they are defined. */
import { type GraphQLResolveInfo } from 'graphql';
import { Arg, Args, Ctx, Field, ID, Info, InputType, Int, Mutation, ObjectType, Query, Resolver } from 'type-graphql';
import { ok } from '../base/outcome.ts';
import { connectionOf, PageArgs } from '../graphql/connection.ts';
import { readThroughCompiler } from '../graphql/fallback.ts';
import { Node } from '../graphql/node.ts';
import { Decimal } from '../graphql/scalars.ts';
import { answered } from '../graphql/writing.ts';
import { AllStaff, StaffMutationInput, StaffOnly, StaffPayload, writeAsStaff } from '../partners/index.ts';
import { IntegrationCategory } from '../partners/integration.graphql.ts';
import { asc, desc, equals, From, Many, One, oneOf, Page, ReadsOf } from '../reads/index.ts';
import { defineMetric, publishEventType, upsertJourney } from './definitions.service.ts';
import { EventType, EventTypeArgs, EventTypeConnection } from './event-type.graphql.ts';
import { JOURNEY_DESCRIPTION, JourneyWords, TOUCHPOINT_DESCRIPTION, TouchpointWords, metricsAtTouchpoint } from './journey.graphql.ts';
import { METRIC_DESCRIPTION, MeasureOperation, MetricAggregate, MetricArgs, MetricDefinition, MetricKind, MetricMeasure, MetricPolarity } from './metric.graphql.ts';
import { MAX_TOUCHPOINTS } from './metric.rules.ts';

@ObjectType({ implements: Node, simpleResolvers: true, description: METRIC_DESCRIPTION })
@From('metric', { scope: ['environment_id'], idPrefix: 'met' })
export class Metric extends MetricDefinition {}

@ObjectType({ implements: Node, simpleResolvers: true, description: TOUCHPOINT_DESCRIPTION })
@From('touchpoint', { scope: ['environment_id'], idPrefix: 'tpt' })
export class Touchpoint extends TouchpointWords {
  @Field(() => [Metric], { description: 'The metrics that tell how it goes for people there; at least one.' })
  @Many(metricsAtTouchpoint)
  metrics!: Metric[];
}

@ObjectType({ implements: Node, simpleResolvers: true, description: JOURNEY_DESCRIPTION })
@From('journey', { scope: ['environment_id'], idPrefix: 'jny' })
export class Journey extends JourneyWords {
  @Field(() => [Touchpoint], { description: 'Where people meet the marketplace on the way, in order.' })
  @Many({ on: { journey_id: 'id' }, order: [asc('position', 'integer')], atMost: MAX_TOUCHPOINTS })
  touchpoints!: Touchpoint[];
}

export const MetricConnection = connectionOf(Metric);
export const JourneyConnection = connectionOf(Journey);

@InputType({ description: 'A type of event to be published.' })
export class PublishEventTypeInput extends StaffMutationInput {
  @Field({ description: 'Name of the type, e.g. `order.placed`. Where there is one of that name, this is its next version.' })
  name!: string;

  @Field({ description: 'What has happened when such an event is reported, up to 1,000 characters.' })
  description!: string;

  @Field({ description: "JSON Schema (draft 2020-12) of an event's `data`, as JSON text: an object, up to 32,768 characters." })
  dataSchema!: string;
}

@InputType({ description: "What goes into a metric's numerator or denominator." })
export class MetricMeasureInput {
  @Field({ description: 'Name of the event type whose events are looked at.' })
  eventType!: string;

  @Field(() => MeasureOperation, { description: 'What is made of them.' })
  operation!: MeasureOperation;

  @Field(() => [String], { nullable: true, description: "The names that lead to the field in an event's `data`; left out where events are counted." })
  field?: string[] | null;

  @Field(() => String, { nullable: true, description: 'Only events count whose `data` contains this object, as JSON text, e.g. `{"outcome": "ORDERED"}`; without it, all do.' })
  condition?: string | null;
}

@InputType({ description: 'A metric to be defined.' })
export class DefineMetricInput extends StaffMutationInput {
  @Field({ description: 'Name of the metric, e.g. `checkout_friction`. Where there is one of that name, this is its next version.' })
  name!: string;

  @Field({ description: 'The metric in a few words.' })
  title!: string;

  @Field({ description: 'What it says, in a sentence.' })
  description!: string;

  @Field({ description: 'Unit of its values, e.g. `percent` or `minutes`.' })
  unit!: string;

  @Field(() => MetricPolarity, { description: 'Which way is better.' })
  polarity!: MetricPolarity;

  @Field(() => MetricKind, { description: 'What it is good for.' })
  kind!: MetricKind;

  @Field(() => MetricAggregate, { description: 'How its value is made.' })
  aggregate!: MetricAggregate;

  @Field(() => Decimal, { nullable: true, description: 'What numerator, or numerator by denominator, is multiplied by, e.g. `"100"` for percent; without it, 1.' })
  scale?: string | null;

  @Field(() => Int, { description: 'The least that the denominator (without one, the number of events) must be for a value to say something.' })
  minimumCount!: number;

  @Field(() => MetricMeasureInput, { description: 'Above the line, or the value itself where there is no denominator.' })
  numerator!: MetricMeasureInput;

  @Field(() => MetricMeasureInput, { nullable: true, description: 'What the numerator is divided by; of `MEAN` and `RATIO` only.' })
  denominator?: MetricMeasureInput | null;
}

@InputType({ description: 'A touchpoint of a journey.' })
export class TouchpointInput {
  @Field(() => ID, { nullable: true, description: 'Which of its touchpoints this is; without it, a new one.' })
  touchpointId?: string | null;

  @Field({ description: 'The touchpoint in a few words.' })
  title!: string;

  @Field({ description: 'What happens there, in a sentence.' })
  description!: string;

  @Field(() => [IntegrationCategory], { description: 'The categories of integrations that people meet there.' })
  categories!: IntegrationCategory[];

  @Field(() => [ID], { description: 'Ids of the metrics that tell how it goes for people there: 1 to 6.' })
  metricIds!: string[];
}

@InputType({ description: 'A journey with all its touchpoints.' })
export class UpsertJourneyInput extends StaffMutationInput {
  @Field(() => ID, { nullable: true, description: 'Which journey this is; without it, a new one, after the others.' })
  journeyId?: string | null;

  @Field({ description: 'The journey in a few words.' })
  title!: string;

  @Field({ description: 'What people want, in a sentence.' })
  description!: string;

  @Field(() => [TouchpointInput], { description: 'Its touchpoints, in order: 1 to 6. Those that are left out are no longer part of it.' })
  touchpoints!: TouchpointInput[];
}

@ObjectType({ description: 'What `publishEventType` did.' })
export class PublishEventTypePayload extends StaffPayload {
  @Field(() => EventType, { nullable: true, description: 'The published version; null where it was refused.' })
  @One({ on: { id: answered('eventTypeId') } })
  eventType!: EventType | null;
}

@ObjectType({ description: 'What `defineMetric` did.' })
export class DefineMetricPayload extends StaffPayload {
  @Field(() => Metric, { nullable: true, description: 'The defined version; null where it was refused.' })
  @One({ on: { id: answered('metricId') } })
  metric!: Metric | null;
}

@ObjectType({ description: 'What `upsertJourney` did.' })
export class UpsertJourneyPayload extends StaffPayload {
  @Field(() => Journey, { nullable: true, description: 'The journey as it stands now; null where it was refused.' })
  @One({ on: { id: answered('journeyId') } })
  journey!: Journey | null;
}

@Resolver()
export class StaffDefinitionMutations {
  @Mutation(() => PublishEventTypePayload, {
    nullable: true,
    description: 'Publishes a type of event, or the next version of one: a published version never changes. Refused with `INVALID`.',
  })
  @StaffOnly('PROGRAM_MANAGER')
  publishEventType(
    @Arg('input', () => PublishEventTypeInput, { description: 'The type.' }) input: PublishEventTypeInput,
    @Ctx() context: unknown,
    @Info() info: GraphQLResolveInfo,
  ): Promise<unknown> {
    return writeAsStaff(context, info, async (tx, act) => {
      const done = await publishEventType(tx, act, input);
      return done.ok ? ok({ answer: done.value }) : done;
    });
  }

  @Mutation(() => DefineMetricPayload, {
    nullable: true,
    description: 'Defines a metric, or the next version of one. It begins with the events measured after it. Refused with `INVALID` and `NOT_FOUND`.',
  })
  @StaffOnly('PROGRAM_MANAGER')
  defineMetric(
    @Arg('input', () => DefineMetricInput, { description: 'The metric.' }) input: DefineMetricInput,
    @Ctx() context: unknown,
    @Info() info: GraphQLResolveInfo,
  ): Promise<unknown> {
    return writeAsStaff(context, info, async (tx, act) => {
      const done = await defineMetric(tx, act, input);
      return done.ok ? ok({ answer: done.value }) : done;
    });
  }

  @Mutation(() => UpsertJourneyPayload, {
    nullable: true,
    description: 'Writes a journey with all its touchpoints. Refused with `INVALID`, `NOT_FOUND` and, where a touchpoint has no metric, `RULE_BROKEN`.',
  })
  @StaffOnly('PROGRAM_MANAGER')
  upsertJourney(
    @Arg('input', () => UpsertJourneyInput, { description: 'The journey.' }) input: UpsertJourneyInput,
    @Ctx() context: unknown,
    @Info() info: GraphQLResolveInfo,
  ): Promise<unknown> {
    return writeAsStaff(context, info, async (tx, act) => {
      const done = await upsertJourney(tx, act, input);
      return done.ok ? ok({ answer: done.value }) : done;
    });
  }
}

@Resolver()
@ReadsOf('Query')
export class StaffDefinitionQueries {
  @Query(() => EventTypeConnection, { description: 'The types of events that can be reported in live, by name, the newest version first; `first` is required.' })
  @AllStaff()
  @Page({ on: {}, order: [asc('name'), desc('version', 'integer')], filter: { name: equals('name') } })
  eventTypes(@Args(() => EventTypeArgs) _args: EventTypeArgs, @Ctx() context: unknown, @Info() info: GraphQLResolveInfo): Promise<unknown> {
    return readThroughCompiler(context, info);
  }

  @Query(() => MetricConnection, { description: 'What is measured in live, by name, the newest version first; `first` is required.' })
  @AllStaff()
  @Page({ on: {}, order: [asc('name'), desc('version', 'integer')], filter: { pack: equals('pack'), name: equals('name'), kind: oneOf('kind') } })
  metrics(@Args(() => MetricArgs) _args: MetricArgs, @Ctx() context: unknown, @Info() info: GraphQLResolveInfo): Promise<unknown> {
    return readThroughCompiler(context, info);
  }

  @Query(() => JourneyConnection, { description: 'The journeys of people that the program is to make better, in order; 10 to a page unless `first` says otherwise.' })
  @AllStaff()
  @Page({ on: {}, order: [asc('position', 'integer')], defaultFirst: 10 })
  journeys(@Args(() => PageArgs) _args: PageArgs, @Ctx() context: unknown, @Info() info: GraphQLResolveInfo): Promise<unknown> {
    return readThroughCompiler(context, info);
  }
}

export const staffDefinitions = [
  EventType,
  Metric,
  MetricMeasure,
  Touchpoint,
  Journey,
  PublishEventTypePayload,
  DefineMetricPayload,
  UpsertJourneyPayload,
  StaffDefinitionMutations,
  StaffDefinitionQueries,
];
