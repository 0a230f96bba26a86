/** The deprecation registry as partners read it: what is on its way out, when, and where they use it. */
import { type GraphQLResolveInfo } from 'graphql';
import { Args, ArgsType, Ctx, Field, FieldResolver, Info, ObjectType, Query, Resolver, Root } from 'type-graphql';
import { connectionOf, PageArgs } from '../graphql/connection.ts';
import { fromCompiledParent, readThroughCompiler } from '../graphql/fallback.ts';
import { Node } from '../graphql/node.ts';
import { DateOnly, DateTime, SafeInt } from '../graphql/scalars.ts';
import { asc, Column, Computed, desc, From, given, Many, One, Page, ReadsOf, sql, type Row } from '../reads/index.ts';
import type { Criticality } from './notice.rules.ts';
import type { NoticeStage } from './notice-state.rules.ts';
import type { NotificationKind, ResponseKind } from './talk.store.ts';
import { DeprecationCriticality, DeprecationResponseKind, DeprecationState, NotificationKindEnum } from './words.graphql.ts';

const environmentNow = given('environment_now', 'timestamptz');
const environmentId = given('environment_id');
const partnerId = given('partner_id');

/** A sandbox ahead in time assumes that nothing keeps an element beyond its date. */
const stage = (row: Row) => sql`portico.notice_stage(${row.col('id')}, ${environmentNow}, ${environmentNow} > ${given('wall_now', 'timestamptz')})`;

@ObjectType({ implements: Node, simpleResolvers: true, description: 'A while in which a deprecated element is switched off, to show what still depends on it.' })
@From('brownout_window', { scope: ['audience'], idPrefix: 'brw' })
export class BrownoutWindow extends Node {
  @Field(() => DateTime, { description: 'Instant from which the element answers with the error code `BROWNOUT`, by the clock of your environment.' })
  @Column()
  startsAt!: Date;

  @Field(() => DateTime, { description: 'Instant from which it answers again.' })
  @Column()
  endsAt!: Date;

  @Field(() => DateTime, { nullable: true, description: 'Instant at which the brownout was called off or ended early; null where it was not.' })
  @Computed(row => sql`(select a.aborted_at from portico.brownout_abort a where a.window_id = ${row.col('id')})`)
  abortedAt!: Date | null;

  @Field({ description: 'Whether your organisation is left out of it (`optOutOfBrownout`).' })
  @Computed(
    row => sql`exists (select from portico.brownout_opt_out o where o.environment_id = ${environmentId} and o.partner_id = ${partnerId} and o.window_id = ${row.col('id')})`,
  )
  isOptedOut!: boolean;
}

@ObjectType({ simpleResolvers: true, description: 'Uses of a deprecated element by one operation of yours within an hour.' })
@From('usage_by_hour', { scope: ['environment_id', 'partner_id'] })
export class DeprecatedUse {
  @Field(() => DateTime, { description: "The hour's beginning, in real time also for a sandbox." })
  @Column()
  hour!: Date;

  @Field({ description: 'Version of this API that answered, e.g. `2026-10`.' })
  @Column()
  apiVersion!: string;

  @Field({ description: 'Name of the operation in its document; empty where it has none.' })
  @Column()
  operationName!: string;

  @Field({ description: 'SHA-256 of the document, in hexadecimal.' })
  @Column()
  documentHash!: string;

  @Field({ description: 'Name that the client gave itself (header `apollographql-client-name`); empty where it gave none.' })
  @Column()
  clientName!: string;

  @Field({ description: 'Version that the client gave itself; empty where it gave none.' })
  @Column()
  clientVersion!: string;

  @Field(() => SafeInt, { description: 'How often the element was used.' })
  @Column()
  uses!: number;

  @Field(() => DateTime, { description: 'Instant of the last use.' })
  @Column()
  lastUsedAt!: Date;

  @Field(() => [String], { description: 'Ids of the last requests that used it, newest first; `node(id:)` shows one while it is kept.' })
  @Column()
  requestIds!: string[];
}

export const DeprecatedUseConnection = connectionOf(DeprecatedUse);

@ObjectType({ implements: Node, simpleResolvers: true, description: 'What your organisation said to a deprecation notice, for good.' })
@From('deprecation_response', { scope: ['environment_id', 'partner_id'], idPrefix: 'dpr' })
export class DeprecationResponse extends Node {
  @Field(() => DeprecationResponseKind, { description: 'What was said.' })
  @Column()
  kind!: ResponseKind;

  @Field(() => String, { nullable: true, description: 'Your words, where you gave any.' })
  @Column()
  message!: string | null;

  @Field(() => DateOnly, { nullable: true, description: 'The date asked for or signed; null for an acknowledgement.' })
  @Column()
  onDate!: string | null;

  @Field(() => String, { nullable: true, description: 'Who signed; null where nobody did.' })
  @Column()
  signedBy!: string | null;

  @Field(() => [String], { description: 'Your operations without the element, as you acknowledged the notice with them; empty where you gave none.' })
  @Column('rewritten')
  rewrittenOperations!: string[];

  @Field(() => DateTime, { description: 'Instant at which it was said, by the clock of your environment.' })
  @Column()
  respondedAt!: Date;
}

/** What counts against an element: uses in versions that still hold it. Names of versions sort by date,
    and `unstable` after all. */
const inVersionThatHoldsIt = (use: Row, notice: Row) => sql`(${notice.col('removed_in')} is null or ${use.col('api_version')} < ${notice.col('removed_in')})`;

@ObjectType({ implements: Node, simpleResolvers: true, description: 'That an element of this API is on its way out: when, why, and what to use instead.' })
@From('deprecation_notice', { scope: ['audience'], idPrefix: 'dpn' })
export class DeprecationNotice extends Node {
  @Field({ description: 'The element as a schema coordinate of the versions that hold it, e.g. `Milestone.benefit` or `Query.milestones(status:)`.' })
  @Column()
  coordinate!: string;

  @Field({ description: 'What the element is.' })
  @Column()
  description!: string;

  @Field({ description: 'Why it goes.' })
  @Column()
  reason!: string;

  @Field(() => String, { nullable: true, description: 'Coordinate of the element that takes its place; null where none does, and then `noReplacement` says so.' })
  @Column()
  replacement!: string | null;

  @Field(() => String, { nullable: true, description: 'What to do where nothing takes its place; null where `replacement` is named.' })
  @Column()
  noReplacement!: string | null;

  @Field({ description: 'How to move, step by step, in Markdown.' })
  @Column()
  migrationGuide!: string;

  @Field(() => DeprecationCriticality, { description: 'What happens to a program that does not move.' })
  @Column()
  criticality!: Criticality;

  @Field(() => DeprecationState, { description: 'Where the element stands at the present instant of your environment.' })
  @Computed(stage)
  state!: NoticeStage;

  @Field(() => DateOnly, { description: 'Day from which this notice may be known.' })
  @Column()
  announcedOn!: string;

  @Field(() => DateOnly, { description: 'Day from which the element counts as deprecated.' })
  @Column()
  deprecatedOn!: string;

  @Field(() => String, { nullable: true, description: 'First version without the element, or in which it changes; null where an emergency ends it in every version.' })
  @Column()
  removedIn!: string | null;

  @Field(() => DateTime, { description: 'Instant from which no version answers it: the last one that holds it retires then.' })
  @Computed(row => sql`portico.notice_sunset_at(${row.col('removed_in')}, ${row.col('emergency_sunset_on')})`)
  sunsetAt!: Date;

  @Field(() => String, { nullable: true, description: 'Why it ends sooner than the rules of this API allow otherwise; null where it does not.' })
  @Column()
  emergencyReason!: string | null;

  @Field(() => String, { nullable: true, description: 'Why two people of the marketplace let the element go while it was still used; null where they did not.' })
  @Computed(row => sql`(select v.override_reason from portico.removal_verdict v where v.notice_id = ${row.col('id')} and v.verdict = 'OVERRIDDEN' order by v.decided_at limit 1)`)
  overrideReason!: string | null;

  @Field(() => [BrownoutWindow], { description: 'The whiles in which it is, was or will be switched off, by their beginning: the first 50.' })
  @Many({ on: { notice_id: 'id' }, order: [asc('starts_at', 'timestamptz'), asc('id')], limit: 50 })
  brownouts!: BrownoutWindow[];

  @Field(() => [DeprecationResponse], { description: 'What your organisation said to it, newest first: the last 20.' })
  @Many({ on: { notice_id: 'id' }, order: [desc('responded_at', 'timestamptz'), asc('id')], limit: 20 })
  responses!: DeprecationResponse[];
}

export const DeprecationNoticeConnection = connectionOf(DeprecationNotice);

@Resolver(() => DeprecationNotice)
@ReadsOf('DeprecationNotice')
export class DeprecationUses {
  @FieldResolver(() => DeprecatedUseConnection, {
    description: "Your organisation's own uses of it in versions that hold it, newest hour first, kept for 13 months; `first` or `last` is required.",
  })
  @Page({
    on: { coordinate: 'coordinate' },
    where: (use, notice) => inVersionThatHoldsIt(use, notice!),
    order: [desc('hour', 'timestamptz'), asc('integration_id'), asc('api_version'), asc('operation_name'), asc('document_hash'), asc('client_name'), asc('client_version')],
  })
  uses(@Args(() => PageArgs) _args: PageArgs, @Root() notice: unknown, @Info() info: GraphQLResolveInfo): unknown {
    return fromCompiledParent(notice, info);
  }
}

@ArgsType()
export class DeprecationsArgs extends PageArgs {
  @Field(() => Boolean, { nullable: true, description: 'Whether only what your organisation has used, in a version that holds it, within the last 13 months; by default all.' })
  affectingMe?: boolean;
}

@ObjectType({ implements: Node, simpleResolvers: true, description: 'Something that your organisation was told.' })
@From('notification', { scope: ['environment_id', 'partner_id'], idPrefix: 'ntf' })
export class Notification extends Node {
  @Field(() => NotificationKindEnum, { description: 'What it is about.' })
  @Column()
  kind!: NotificationKind;

  @Field({ description: 'The message in a line.' })
  @Column()
  title!: string;

  @Field({ description: 'The whole message.' })
  @Column()
  body!: string;

  @Field(() => DateTime, { description: 'Instant at which you were told, by the clock of your environment.' })
  @Column()
  notifiedAt!: Date;

  @Field(() => DeprecationNotice, { nullable: true, description: 'The deprecation notice that it is about; null where it is about something else.' })
  @One({ on: { id: 'notice_id' } })
  notice!: DeprecationNotice | null;
}

export const NotificationConnection = connectionOf(Notification);

@Resolver()
@ReadsOf('Query')
export class DeprecationQueries {
  @Query(() => DeprecationNoticeConnection, {
    description: 'What is on its way out of this API, soonest deprecated first, as announced by the present instant of your environment; `first` or `last` is required.',
  })
  @Page({
    on: {},
    where: row => sql`${row.col('review')} = 'APPROVED' and ${row.col('announced_on')} <= (${environmentNow} at time zone 'UTC')::date`,
    order: [asc('deprecated_on', 'date'), asc('id')],
    narrow: {
      affectingMe: {
        type: 'boolean',
        predicate: (row, affecting) => sql`(not ${affecting} or exists (select from portico.usage_by_hour u
where u.environment_id = ${environmentId} and u.partner_id = ${partnerId} and u.coordinate = ${row.col('coordinate')}
  and (${row.col('removed_in')} is null or u.api_version < ${row.col('removed_in')})))`,
      },
    },
  })
  deprecations(@Args(() => DeprecationsArgs) _args: DeprecationsArgs, @Ctx() context: unknown, @Info() info: GraphQLResolveInfo): Promise<unknown> {
    return readThroughCompiler(context, info);
  }

  @Query(() => NotificationConnection, { description: 'What your organisation was told, newest first; `first` or `last` is required.' })
  @Page({ on: {}, order: [desc('notified_at', 'timestamptz'), asc('id')] })
  notifications(@Args(() => PageArgs) _args: PageArgs, @Ctx() context: unknown, @Info() info: GraphQLResolveInfo): Promise<unknown> {
    return readThroughCompiler(context, info);
  }
}
