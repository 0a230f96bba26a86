/** What the staff reads of the registry: the queue, a notice, whom its end would touch, and the export. */
import { type GraphQLResolveInfo } from 'graphql';
import { Arg, Args, ArgsType, Ctx, Field, ID, Info, InputType, Int, ObjectType, Query, Resolver } from 'type-graphql';
import { PageArgs } from '../graphql/connection.ts';
import { readThroughCompiler } from '../graphql/fallback.ts';
import { DateOnly, DateTime, SafeInt } from '../graphql/scalars.ts';
import { AllStaff, StaffOnly, readWith } from '../partners/index.ts';
import { One, Page, ReadsOf, Value, arg, asc, equals } from '../reads/index.ts';
import { exportNotices } from './exchange.service.ts';
import type { Criticality, ReviewState } from './notice.rules.ts';
import { DeprecationNotice, DeprecationNoticeConnection } from './staff-notice.graphql.ts';
import { usageByDay, usageOf } from './usage.store.ts';
import { DeprecationCriticality, DeprecationReview } from './words.graphql.ts';

const DAY_MS = 86_400_000;

/** As long as usage is kept. */
const MAX_DAYS = 400;

@InputType({ description: 'Narrows the list of notices. Conditions add up.' })
export class DeprecationNoticeFilter {
  @Field(() => DeprecationReview, { nullable: true, description: 'Only those in this state of the review; `IN_REVIEW` is the queue.' })
  review?: ReviewState;

  @Field(() => DeprecationCriticality, { nullable: true, description: 'Only those of this criticality.' })
  criticality?: Criticality;

  @Field(() => String, { nullable: true, description: 'Only those about the element with this coordinate.' })
  coordinate?: string;

  @Field(() => String, { nullable: true, description: 'Only those of this team.' })
  ownerTeam?: string;
}

@ArgsType()
export class StaffDeprecationNoticesArgs extends PageArgs {
  @Field(() => DeprecationNoticeFilter, { nullable: true, description: 'Narrows the list; without it, all.' })
  filter?: DeprecationNoticeFilter;
}

@ArgsType()
export class UsageArgs {
  @Field(() => String, { description: 'The element, as a schema coordinate.' })
  coordinate!: string;

  @Field(() => String, { nullable: true, description: 'First version without it: only uses in older versions count. Without it, all do.' })
  removedIn?: string | null;

  @Field(() => Int, { defaultValue: 90, description: `How many days back uses count: 1 to ${MAX_DAYS}.` })
  days!: number;
}

@ArgsType()
export class ImpactArgs extends UsageArgs {
  @Field(() => ID, { nullable: true, description: 'Notice whose answers count in `hasAnswered`; without one, nobody has answered.' })
  noticeId?: string | null;
}

@ObjectType({ simpleResolvers: true, description: 'An integration in live that uses an element: who would feel its end.' })
export class IntegrationUse {
  @Field(() => ID, { description: 'Id of the integration.' })
  integrationId!: string;

  @Field({ description: 'Name of the integration.' })
  integrationName!: string;

  @Field(() => ID, { description: 'Id of its partner.' })
  partnerId!: string;

  @Field({ description: 'Name of its partner.' })
  partnerName!: string;

  @Field(() => [String], { description: 'API versions in which it used it.' })
  apiVersions!: string[];

  @Field(() => [String], { nullable: true, description: 'Names of the operations that used it; null where none has a name.' })
  operationNames!: string[] | null;

  @Field(() => SafeInt, { description: 'How often.' })
  uses!: number;

  @Field(() => DateTime, { description: 'Instant of the last use.' })
  lastUsedAt!: Date;

  @Field(() => [String], { description: 'Ids of the last requests, newest first.' })
  requestIds!: string[];

  @Field({ description: 'Whether its partner acknowledged the notice or signed its date.' })
  hasAnswered!: boolean;
}

@ObjectType({ simpleResolvers: true, description: 'Uses of an element in live on a day.' })
export class UsageDay {
  @Field(() => DateOnly, { description: 'The day, in UTC.' })
  on!: string;

  @Field(() => SafeInt, { description: 'How often it was used.' })
  uses!: number;

  @Field(() => Int, { description: 'By how many integrations.' })
  integrations!: number;
}

const questionOf = ({ coordinate, removedIn = null, days }: UsageArgs, now: number) => ({ coordinate, removedIn, since: now - Math.min(Math.max(days, 1), MAX_DAYS) * DAY_MS });

@Resolver()
@ReadsOf('Query')
export class StaffDeprecationQueries {
  @Query(() => DeprecationNoticeConnection, {
    description: 'The registry, longest untouched first; the review queue is `filter: { review: IN_REVIEW }`. `first` or `last` is required.',
  })
  @Page({
    on: {},
    order: [asc('updated_at', 'timestamptz'), asc('id')],
    filter: { review: equals('review'), criticality: equals('criticality'), coordinate: equals('coordinate'), ownerTeam: equals('owner_team') },
  })
  @AllStaff()
  deprecationNotices(@Args(() => StaffDeprecationNoticesArgs) _args: StaffDeprecationNoticesArgs, @Ctx() context: unknown, @Info() info: GraphQLResolveInfo): Promise<unknown> {
    return readThroughCompiler(context, info);
  }

  @Query(() => DeprecationNotice, { nullable: true, description: 'One notice with its review, evidence and history; null where there is none.' })
  @One({ on: { id: arg('id') } })
  @AllStaff()
  deprecationNotice(@Arg('id', () => ID, { description: 'Id of the notice.' }) _id: string, @Ctx() context: unknown, @Info() info: GraphQLResolveInfo): Promise<unknown> {
    return readThroughCompiler(context, info);
  }

  @Query(() => [IntegrationUse], { description: 'Who would break: the integrations in live that use an element, the busiest first.' })
  @Value('deprecation_impact')
  @AllStaff()
  deprecationImpact(@Args(() => ImpactArgs) args: ImpactArgs, @Ctx() context: unknown, @Info() info: GraphQLResolveInfo): Promise<unknown> {
    return readWith(context, info, 'deprecation_impact', (tx, { clock }) => usageOf(tx, questionOf(args, clock.now()), args.noticeId ?? null));
  }

  @Query(() => [UsageDay], { description: 'Uses of an element in live by day, oldest first, without the days that had none.' })
  @Value('deprecation_usage')
  @AllStaff()
  deprecationUsage(@Args(() => UsageArgs) args: UsageArgs, @Ctx() context: unknown, @Info() info: GraphQLResolveInfo): Promise<unknown> {
    return readWith(context, info, 'deprecation_usage', (tx, { clock }) => usageByDay(tx, questionOf(args, clock.now())));
  }

  @Query(() => String, { description: 'What stands in the registry, as JSON text that `importDeprecationNotices` takes.' })
  @Value('deprecation_export')
  @StaffOnly('API_STEWARD', 'AUDITOR')
  deprecationExport(@Ctx() context: unknown, @Info() info: GraphQLResolveInfo): Promise<unknown> {
    return readWith(context, info, 'deprecation_export', exportNotices);
  }
}
