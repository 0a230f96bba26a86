/** Metrics as partners read them: what is measured, and what came of it, period by period. */
import { type GraphQLResolveInfo } from 'graphql';
import { Args, ArgsType, Ctx, Field, FieldResolver, ID, Info, InputType, Int, ObjectType, Query, Resolver, Root } from 'type-graphql';
import { Composable } from '../graphql/composable.ts';
import { connectionOf, PageArgs } from '../graphql/connection.ts';
import { enumOf } from '../graphql/enum.ts';
import { fromCompiledParent, readThroughCompiler } from '../graphql/fallback.ts';
import { Node } from '../graphql/node.ts';
import { DateOnly, DateTime, Decimal, JSONValue, SafeInt } from '../graphql/scalars.ts';
import { Integration } from '../partners/integration.graphql.ts';
import {
  asc,
  Column,
  Computed,
  desc,
  Embedded,
  equals,
  From,
  given,
  Many,
  One,
  oneOf,
  Page,
  ReadsOf,
  sql,
  type FieldRow,
  type Row,
  type Sql,
  type Through,
} from '../reads/index.ts';

export const MetricPolarity = enumOf('MetricPolarity', 'Which way is better.', {
  HIGHER_IS_BETTER: 'The more, the better for people.',
  LOWER_IS_BETTER: 'The less, the better for people.',
});
export type MetricPolarity = keyof typeof MetricPolarity;

export const MetricKind = enumOf('MetricKind', 'What a metric is good for.', {
  LEADING: 'Moves early, and tells what is likely to come.',
  LAGGING: 'An outcome for people, which shows late and counts most.',
  GUARDRAIL: 'Must not get worse while something else gets better.',
  ACTIVITY: 'How much is done. It earns nothing by itself.',
});
export type MetricKind = keyof typeof MetricKind;

export const MetricAggregate = enumOf('MetricAggregate', "How a metric's value is made from events.", {
  COUNT: 'The number of events.',
  SUM: 'The sum of a field.',
  DISTINCT: 'How many different values a field has.',
  MEAN: 'A sum divided by a number of events.',
  RATIO: 'One number or sum divided by another, times `scale`.',
});
export type MetricAggregate = keyof typeof MetricAggregate;

export const MetricRole = enumOf('MetricRole', 'Where in a metric a measure stands.', {
  NUMERATOR: 'Above the line, or the value itself where there is no denominator.',
  DENOMINATOR: 'What the numerator is divided by.',
});
export type MetricRole = keyof typeof MetricRole;

export const MeasureOperation = enumOf('MeasureOperation', 'What a measure makes of events.', {
  COUNT: 'Counts them.',
  SUM: 'Adds up a field.',
  DISTINCT: 'Counts the different values of a field.',
});
export type MeasureOperation = keyof typeof MeasureOperation;

export const MetricGrain = enumOf('MetricGrain', 'How long the periods of a series are; all of them are of UTC.', {
  DAY: 'Days.',
  MONTH: 'Calendar months.',
  QUARTER: 'Calendar quarters, in which milestones are judged.',
});
export type MetricGrain = keyof typeof MetricGrain;

@ObjectType({ simpleResolvers: true, description: "What goes into a metric's numerator or denominator." })
@From('metric_measure', { scope: ['environment_id'] })
export class MetricMeasure {
  @Field(() => MetricRole, { description: 'Which of the two.' })
  @Column()
  role!: MetricRole;

  @Field({ description: 'Name of the event type whose events are looked at.' })
  @Column()
  eventType!: string;

  @Field(() => MeasureOperation, { description: 'What is made of them.' })
  @Column()
  operation!: MeasureOperation;

  @Field(() => [String], { nullable: true, description: "The names that lead to the field in an event's `data`; null where events are counted." })
  @Column()
  field!: string[] | null;

  @Field(() => JSONValue, { nullable: true, description: 'Only events count whose `data` contains this; null where all do.' })
  @Column()
  condition!: unknown;
}

const METRIC: Through = { table: 'metric', scope: ['environment_id'], on: { id: 'metric_id' } };

const isQuotient = (point: FieldRow): Sql => sql`${point.of(METRIC).col('aggregate')} in ('MEAN', 'RATIO')`;

/** Six digits after the point are more than any count of people carries. */
const valueOf = (point: FieldRow): Sql => sql`case when ${isQuotient(point)}
  then trim_scale(round(${point.of(METRIC).col('scale')} * ${point.col('numerator')} / nullif(${point.col('denominator')}, 0), 6))
  else trim_scale(${point.of(METRIC).col('scale')} * ${point.col('numerator')}) end`;

const countOf = (point: FieldRow): Sql => sql`(case when ${isQuotient(point)} then ${point.col('denominator')} else ${point.col('numerator_events')} end)`;

/** All that was received before the oldest batch that waits has been counted, in the statement's own snapshot. */
const asOf = sql`(select coalesce(min(b.received_at), ${given('environment_now', 'timestamptz')}) from portico.event_batch b
  where b.environment_id = ${given('environment_id')} and b.partner_id = ${given('partner_id')} and b.measured_at is null)`;

@ObjectType({ description: 'The events that a value was made from, for you to count again: `events` lists them.' })
export class MetricEvidence {
  @Field(() => SafeInt, { description: 'How many events went into the numerator.' })
  numeratorEvents!: number;

  @Field(() => SafeInt, { description: 'How many went into the denominator.' })
  denominatorEvents!: number;

  @Field(() => DateTime, { description: 'Instant at which the first of them happened.' })
  firstOccurredAt!: Date;

  @Field(() => DateTime, { description: 'Instant at which the last of them happened.' })
  lastOccurredAt!: Date;
}

@ObjectType({ simpleResolvers: true, description: 'What a metric came to for one of your integrations in one period.' })
@From('metric_rollup', { scope: ['environment_id', 'partner_id'] })
export class MetricPoint {
  @Field(() => MetricGrain, { description: 'How long the period is.' })
  @Column()
  grain!: MetricGrain;

  @Field(() => DateOnly, { description: 'First day of the period.' })
  @Column()
  startsOn!: string;

  @Field(() => Decimal, { nullable: true, description: "The value, in the metric's unit; null where the denominator is zero." })
  @Computed(valueOf)
  value!: string | null;

  @Field(() => Decimal, { description: 'The exact numerator.' })
  @Column()
  numerator!: string;

  @Field(() => Decimal, { description: 'The exact denominator; zero where the metric has none.' })
  @Column()
  denominator!: string;

  @Field({ description: "Whether there is enough to say something: the metric's `minimumCount` is reached. A value that is not sufficient counts for nothing, neither way." })
  @Computed(point => sql`(${countOf(point)} >= ${point.of(METRIC).col('minimum_count')})`)
  sufficient!: boolean;

  @Field(() => DateTime, { description: 'Instant up to which all events of yours that had arrived are counted, by the clock of your environment.' })
  @Computed(() => asOf)
  asOf!: Date;

  @Field(() => MetricEvidence, { description: 'What it was made from.' })
  @Embedded({
    numeratorEvents: (row: Row) => row.col('numerator_events'),
    denominatorEvents: (row: Row) => row.col('denominator_events'),
    firstOccurredAt: (row: Row) => row.col('first_occurred_at'),
    lastOccurredAt: (row: Row) => row.col('last_occurred_at'),
  })
  evidence!: MetricEvidence;

  @Field(() => Integration, { description: 'The integration that it is about.' })
  @One({ on: { id: 'integration_id' } })
  integration!: Integration;
}

export const MetricPointConnection = connectionOf(MetricPoint);

@ArgsType()
export class SeriesArgs extends PageArgs {
  @Field(() => MetricGrain, { nullable: true, description: 'Only periods of this length; without it, of all.' })
  grain?: MetricGrain;

  @Field(() => ID, { nullable: true, description: 'Only what this integration came to; without it, each of yours.' })
  integrationId?: string;

  @Field(() => DateOnly, { nullable: true, description: 'Only periods that begin on this day or after it.' })
  from?: string;

  @Field(() => DateOnly, { nullable: true, description: 'Only periods that begin before this day.' })
  to?: string;
}

export const METRIC_DESCRIPTION = 'Something about people that is measured from events. A definition never changes: what is measured otherwise is its next version.';

/** As partners and the staff read it. */
@ObjectType({ implements: Node, simpleResolvers: true, description: METRIC_DESCRIPTION })
export abstract class MetricDefinition extends Node {
  @Field({ description: 'Name of the metric, the same for all its versions, e.g. `checkout_friction`.' })
  @Column()
  name!: string;

  @Field(() => Int, { description: 'Version of the definition, from 1.' })
  @Column()
  version!: number;

  @Field({ description: 'The metric in a few words.' })
  @Column()
  title!: string;

  @Field({ description: 'What it says, in a sentence.' })
  @Column()
  description!: string;

  @Field(() => String, { nullable: true, description: 'The pack that it came with, e.g. `starter`; null where it came with none.' })
  @Column()
  pack!: string | null;

  @Field({ description: 'Unit of its values, e.g. `percent` or `minutes`.' })
  @Column()
  unit!: string;

  @Field(() => MetricPolarity, { description: 'Which way is better.' })
  @Column()
  polarity!: MetricPolarity;

  @Field(() => MetricKind, { description: 'What it is good for.' })
  @Column()
  kind!: MetricKind;

  @Field(() => MetricAggregate, { description: 'How its value is made.' })
  @Column()
  aggregate!: MetricAggregate;

  @Field(() => Decimal, { description: 'What numerator, or numerator by denominator, is multiplied by, e.g. `"100"` for percent.' })
  @Column()
  scale!: string;

  @Field(() => Int, { description: 'The least that the denominator (without one, the number of events) must be for a value to say something.' })
  @Column()
  minimumCount!: number;

  @Field(() => DateTime, { description: 'Instant since which it is defined so, by the clock of your environment.' })
  @Column()
  definedAt!: Date;

  @Field(() => [MetricMeasure], { description: 'What goes into it: the numerator, and the denominator where it has one.' })
  @Many({ on: { metric_id: 'id' }, order: [desc('role')], atMost: 2 })
  measures!: MetricMeasure[];
}

@ObjectType({ implements: Node, simpleResolvers: true, description: METRIC_DESCRIPTION })
@From('metric', { scope: ['environment_id'], idPrefix: 'met' })
export class Metric extends MetricDefinition {}

@Resolver(() => Metric)
@ReadsOf('Metric')
export class MetricSeries {
  @FieldResolver(() => MetricPointConnection, {
    description: 'What it came to, the newest period first; 20 to a page unless `first` says otherwise. Periods without any event are left out.',
  })
  @Page({
    on: { metric_id: 'id' },
    order: [desc('starts_on', 'date'), asc('grain'), asc('integration_id')],
    narrow: {
      grain: equals('grain'),
      integrationId: equals('integration_id'),
      from: { type: 'date', predicate: (row, day) => sql`${row.col('starts_on')} >= ${day}` },
      to: { type: 'date', predicate: (row, day) => sql`${row.col('starts_on')} < ${day}` },
    },
    defaultFirst: 20,
  })
  series(@Args(() => SeriesArgs) _args: SeriesArgs, @Root() metric: unknown, @Info() info: GraphQLResolveInfo): unknown {
    return fromCompiledParent(metric, info);
  }
}

export const MetricConnection = connectionOf(Metric);

@InputType({ description: 'Narrows a list of metrics. Conditions add up, and `and`, `or` and `not` compose them: an item must meet all that you give.' })
@Composable()
export class MetricFilter {
  @Field(() => String, { nullable: true, description: 'Only those of this pack.' })
  pack?: string;

  @Field(() => String, { nullable: true, description: 'Only versions of the metric with this name.' })
  name?: string;

  @Field(() => [MetricKind], { nullable: true, description: 'Only those of one of these kinds.' })
  kind?: MetricKind[];
}

@ArgsType()
export class MetricArgs extends PageArgs {
  @Field(() => MetricFilter, { nullable: true, description: 'Narrows the list; without it, all of it.' })
  filter?: MetricFilter;
}

@Resolver()
@ReadsOf('Query')
export class MetricQueries {
  @Query(() => MetricConnection, { description: 'What is measured in your environment, by name, the newest version first; `first` is required.' })
  @Page({ on: {}, order: [asc('name'), desc('version', 'integer')], filter: { pack: equals('pack'), name: equals('name'), kind: oneOf('kind') } })
  metrics(@Args(() => MetricArgs) _args: MetricArgs, @Ctx() context: unknown, @Info() info: GraphQLResolveInfo): Promise<unknown> {
    return readThroughCompiler(context, info);
  }
}
