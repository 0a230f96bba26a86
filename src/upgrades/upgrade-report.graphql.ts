/** What becomes of an integration's operations in another version, and what it was seen to send. */
import { type GraphQLResolveInfo } from 'graphql';
import { Args, ArgsType, Ctx, Field, FieldResolver, ID, Info, Int, ObjectType, Query, Resolver, Root } from 'type-graphql';
import { connectionOf, PageArgs, PageInfo } from '../graphql/connection.ts';
import { AtMost, Cost } from '../graphql/cost.ts';
import { enumOf } from '../graphql/enum.ts';
import { fromCompiledParent } from '../graphql/fallback.ts';
import { DateOnly, DateTime, SafeInt } from '../graphql/scalars.ts';
import { Integration } from '../partners/integration.graphql.ts';
import { Column, Computed, desc, asc, From, Page, ReadsOf, Value, sql } from '../reads/index.ts';
import type { Rewriting } from '../versions/index.ts';
import { readFound } from './asking.ts';
import type { Origin } from './operation.store.ts';
import { MAX_PAGE, reportFor } from './upgrade-report.service.ts';
import type { Verdict } from './upgrades.ts';

/** What a report counts as at most: a few of them use up the smallest budget, since each takes seconds of a gateway. */
const REPORT_COST = 200;

const MAX_FINDINGS = 100;

export const UpgradeVerdict = enumOf('UpgradeVerdict', 'What another version means for an operation.', {
  UNAFFECTED: 'Nothing that it uses changes for it.',
  WARNED: 'It runs, and uses what is deprecated there or what changes in a way that some programs do not expect.',
  BROKEN: 'It fails there, or its answer has another shape.',
});

export const UpgradeEffect = enumOf('UpgradeEffect', 'What one finding does to its operation.', {
  BREAKS: 'The operation fails for it, or answers in another shape.',
  WARNS: 'The operation runs all the same.',
});

export const OperationRewriting = enumOf('OperationRewriting', 'How the rewritten operation deals with a change.', {
  REWRITTEN: 'It says the same otherwise.',
  TAKEN_OUT: 'It leaves it out: nothing takes its place.',
  AS_BEFORE: 'It stays as it is, and its answer may hold what it never held.',
  BY_HAND: 'Only you know what is meant: the document does not say it, or no rule rewrites it.',
});

export const OperationOrigin = enumOf('OperationOrigin', 'How an operation became known.', {
  REGISTERED: 'By `registerOperations`.',
  OBSERVED: 'It was sent, and run.',
});

@ObjectType({ simpleResolvers: true, description: 'How many operations there are of each verdict.' })
@Cost(0)
export class UpgradeSummary {
  @Field(() => Int, { description: 'Operations that break.' })
  broken!: number;

  @Field(() => Int, { description: 'Operations that run, with something to look at.' })
  warned!: number;

  @Field(() => Int, { description: 'Operations that nothing touches.' })
  unaffected!: number;

  @Field(() => Int, { description: 'Operations whose rewritten form is handed over.' })
  rewritten!: number;
}

@ObjectType({ simpleResolvers: true, description: 'A change that touches an operation.' })
@Cost(0)
export class UpgradeFinding {
  @Field(() => UpgradeEffect, { description: 'What it does to the operation.' })
  effect!: 'BREAKS' | 'WARNS';

  @Field(() => String, { nullable: true, description: 'Schema coordinate of what changes, in the older version; null for a fault of the whole operation.' })
  coordinate!: string | null;

  @Field({ description: 'What changes, in a sentence.' })
  message!: string;

  @Field({ description: 'What to do.' })
  todo!: string;

  @Field(() => [String], { description: 'Where the operation uses it: response paths, `...Fragment` and the path within, or a variable such as `$sort` whose values may hold it.' })
  paths!: readonly string[];

  @Field(() => OperationRewriting, { nullable: true, description: 'How the rewritten operation deals with it; null where nothing is to be rewritten.' })
  rewriting!: Rewriting | null;

  @Field(() => DateOnly, { nullable: true, description: 'Day from which the older form is deprecated; null where nothing ends.' })
  deprecatedOn!: string | null;

  @Field(() => String, { nullable: true, description: 'First version in which it is otherwise; null where no version is known.' })
  changedIn!: string | null;

  @Field(() => DateOnly, { nullable: true, description: 'Day on which the last version with the older form ends; null where none is known.' })
  sunsetOn!: string | null;

  @Field(() => String, { nullable: true, description: 'Schema coordinate of what takes its place; null where nothing does.' })
  replacement!: string | null;
}

@ObjectType({ simpleResolvers: true, description: 'What another version means for one operation.' })
@Cost(0)
export class OperationUpgrade {
  @Field(() => ID, { description: 'Id of its document: `sha256:` and the SHA-256 of the text that was registered, or sent last.' })
  documentId!: string;

  @Field(() => String, { nullable: true, description: 'Name of the operation; null where it has none.' })
  operationName!: string | null;

  @Field(() => OperationOrigin, { description: 'How it became known.' })
  origin!: Origin;

  @Field(() => DateTime, { nullable: true, description: 'Instant, in real time, at which it was seen last, to the hour; null where it was not.' })
  lastSentAt!: Date | null;

  @Field({ description: 'The version that it is judged to be written for.' })
  from!: string;

  @Field(() => UpgradeVerdict, { description: 'What the other version means for it.' })
  verdict!: Verdict;

  @Field(() => [String], { description: 'Schema coordinates of what touches it, worst first.' })
  coordinates!: readonly string[];

  @Field(() => [UpgradeFinding], { description: 'What touches it, worst first.' })
  @AtMost(MAX_FINDINGS)
  findings!: UpgradeFinding[];

  @Field({ description: 'The operation with its fragments. In one that was only sent, values stand in variables: what was in them is not kept.' })
  document!: string;

  @Field(() => String, {
    nullable: true,
    description:
      'The operation in the words of the other version, where it is valid and answers under the same response keys; null where nothing is to be rewritten, or where only you know what is meant.',
  })
  rewritten!: string | null;

  @Field(() => SafeInt, {
    nullable: true,
    description: 'What it costs in its own version, its variables unknown: with their defaults and the sizes that the schema assumes; null where there is no telling.',
  })
  costBefore!: number | null;

  @Field(() => SafeInt, { nullable: true, description: 'The same of the rewritten operation, or of the operation itself where it stays, in the other version.' })
  costAfter!: number | null;
}

@ObjectType({ simpleResolvers: true, description: "What another version means for an integration's operations." })
@Cost(REPORT_COST)
export class UpgradeReport {
  @Field(() => String, { nullable: true, description: 'The version that was given; null where each operation is judged from its own.' })
  from!: string | null;

  @Field({ description: 'The version to move to.' })
  to!: string;

  @Field(() => UpgradeSummary, { description: 'All operations, counted.' })
  summary!: UpgradeSummary;

  @Field(() => [OperationUpgrade], { description: 'A page of the operations, worst first.' })
  @AtMost(MAX_PAGE)
  operations!: OperationUpgrade[];

  @Field(() => PageInfo, { description: 'Where the page stands among all of them.' })
  pageInfo!: PageInfo;
}

@ArgsType()
export class UpgradeReportArgs {
  @Field(() => String, {
    nullable: true,
    description: "The version that your operations are written for; without it, and for those that are not valid there, each one's own: the one it was registered for or sent to.",
  })
  from?: string;

  @Field({ description: 'The version to move to, e.g. `2027-01`; a release candidate and `unstable` can be named, too.' })
  to!: string;

  @Field(() => ID, { nullable: true, description: "Id of one of your organisation's integrations; without it, the calling one." })
  integrationId?: string;

  @Field(() => [UpgradeVerdict], { nullable: true, description: 'Only operations with one of these verdicts; the summary counts all the same.' })
  verdicts?: Verdict[];

  @Field(() => Int, { nullable: true, description: `How many operations to return, 1 to ${MAX_PAGE}; 100 where absent.` })
  first?: number;

  @Field(() => String, { nullable: true, description: 'Cursor after which to begin: `endCursor` of the page before.' })
  after?: string;
}

@Resolver()
@ReadsOf('Query')
export class UpgradeQueries {
  @Query(() => UpgradeReport, {
    description:
      'What another version means for the operations that an integration registered or sent: verdicts, dates, and the rewritten operations. It reckons with each of them and costs accordingly.',
  })
  @Value('upgrade_report')
  upgradeReport(@Args(() => UpgradeReportArgs) args: UpgradeReportArgs, @Ctx() context: unknown, @Info() info: GraphQLResolveInfo): Promise<unknown> {
    return readFound(context, info, 'upgrade_report', asking => reportFor(asking, args));
  }
}

@ObjectType({ simpleResolvers: true, description: 'An operation that an integration sent and that was run, without the values that stood in its text.' })
@From('observed_operation', { scope: ['environment_id', 'partner_id'] })
export class ObservedOperation {
  @Field(() => ID, { description: 'Id that the document, as it was sent last, has or would have: `sha256:` and the SHA-256 of its text.' })
  @Computed(row => sql`'sha256:' || ${row.col('document_hash')}`)
  documentId!: string;

  @Field(() => String, { nullable: true, description: 'Name of the operation; null where it has none.' })
  @Computed(row => sql`nullif(${row.col('operation_name')}, '')`)
  operationName!: string | null;

  @Field({ description: 'The operation with its fragments; strings, ids and other values stand in variables.' })
  @Column()
  document!: string;

  @Field({ description: 'The API version that answered it.' })
  @Column()
  apiVersion!: string;

  @Field({ description: 'Whether the document, as it was sent last, is registered.' })
  @Computed(
    row => sql`exists (select from portico.registered_document d where d.environment_id = ${row.col('environment_id')}
and d.integration_id = ${row.col('integration_id')} and d.document_hash = ${row.col('document_hash')})`,
  )
  isRegistered!: boolean;

  @Field(() => DateTime, { description: 'Instant, in real time, at which it was seen first.' })
  @Column()
  firstSeenAt!: Date;

  @Field(() => DateTime, { description: 'Instant, in real time, at which it was seen last, to the hour.' })
  @Column()
  lastSeenAt!: Date;
}

export const ObservedOperationConnection = connectionOf(ObservedOperation);

@Resolver(() => Integration)
@ReadsOf('Integration')
export class IntegrationObservations {
  @FieldResolver(() => ObservedOperationConnection, { description: 'Operations that it sent, last seen first: the newest 300 are kept; `first` or `last` is required.' })
  @Page({ on: { integration_id: 'id' }, order: [desc('last_seen_at', 'timestamptz'), asc('shape_hash'), asc('api_version')] })
  observedOperations(@Args(() => PageArgs) _args: PageArgs, @Root() integration: unknown, @Info() info: GraphQLResolveInfo): unknown {
    return fromCompiledParent(integration, info);
  }
}
