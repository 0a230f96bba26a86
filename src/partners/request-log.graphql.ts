/** The calling integration's own requests, to find out afterwards what was asked and how it was
    answered. Documents and variables are not kept: they may hold what nobody should read twice. */
import { type GraphQLResolveInfo } from 'graphql';
import { Args, ArgsType, Ctx, Field, Float, Info, InputType, Int, ObjectType, Query, Resolver } from 'type-graphql';
import { Composable } from '../graphql/composable.ts';
import { connectionOf, PageArgs } from '../graphql/connection.ts';
import { enumOf } from '../graphql/enum.ts';
import { readThroughCompiler } from '../graphql/fallback.ts';
import { Node } from '../graphql/node.ts';
import { DateTime } from '../graphql/scalars.ts';
import { asc, Column, Computed, desc, equals, From, Page, ReadsOf, sql } from '../reads/index.ts';

export const OperationKind = enumOf('OperationKind', 'What a GraphQL operation does.', {
  QUERY: 'Reads.',
  MUTATION: 'Changes something, then reads.',
});
export type OperationKind = keyof typeof OperationKind;

@ObjectType({
  implements: Node,
  simpleResolvers: true,
  description: 'A request that your integration made. Kept for a limited time and number; neither the document nor its variables are.',
})
@From('request_log', { scope: ['environment_id', 'partner_id', 'integration_id'], idPrefix: 'req' })
export class LoggedRequest extends Node {
  @Field(() => DateTime, { description: 'Instant at which it arrived, in real time also for a sandbox.' })
  @Column()
  receivedAt!: Date;

  @Field({ description: 'Version of this API that answered, e.g. `2026-10`.' })
  @Column()
  apiVersion!: string;

  @Field(() => OperationKind, { nullable: true, description: 'What the operation does; null where the request held none that could be read.' })
  @Column()
  operationKind!: OperationKind | null;

  @Field(() => String, { nullable: true, description: 'Name of the operation in its document; null where it has none.' })
  @Column()
  operationName!: string | null;

  @Field(() => String, { nullable: true, description: 'SHA-256 of the document, in hexadecimal; null where none arrived.' })
  @Column()
  documentHash!: string | null;

  @Field(() => Int, { description: 'HTTP status of the answer.' })
  @Column()
  status!: number;

  @Field(() => [String], { description: "The distinct `extensions.code` of the answer's errors; empty where it had none." })
  @Column()
  errorCodes!: string[];

  @Field(() => Int, { description: 'How many objects the answer held.' })
  @Column()
  objectCount!: number;

  // The column is a four-byte float: widened as it is, 12.3 would read 12.300000190734863.
  @Field(() => Float, { description: 'How long answering took, in milliseconds, measured at the gateway.' })
  @Computed(row => sql`${row.col('duration_ms')}::numeric`)
  durationMs!: number;
}

export const RequestConnection = connectionOf(LoggedRequest, { name: 'Request' });

@InputType({ description: 'Narrows a list of requests. Conditions add up: a request must meet all that you give.' })
@Composable()
export class RequestFilter {
  @Field(() => Int, { nullable: true, description: 'Only those answered with this HTTP status.' })
  status?: number;

  @Field(() => String, { nullable: true, description: 'Only those whose operation has exactly this name.' })
  operationName?: string;

  @Field(() => String, { nullable: true, description: 'Only those whose answer held an error with this `extensions.code`, e.g. `THROTTLED`.' })
  errorCode?: string;

  @Field(() => DateTime, { nullable: true, description: 'Only those that arrived at this instant or later.' })
  receivedAfter?: Date;

  @Field(() => DateTime, { nullable: true, description: 'Only those that arrived before this instant.' })
  receivedBefore?: Date;
}

@ArgsType()
export class RequestsArgs extends PageArgs {
  @Field(() => RequestFilter, { nullable: true, description: 'Narrows the list; without it, all that are kept.' })
  filter?: RequestFilter;
}

@Resolver()
@ReadsOf('Query')
export class RequestQueries {
  @Query(() => RequestConnection, {
    description: 'The requests of the calling integration, newest first; `first` is required. One request is also `node(id:)` with the value of its header `X-Request-Id`.',
  })
  @Page({
    on: {},
    order: [desc('received_at', 'timestamptz'), asc('id')],
    filter: {
      status: equals('status', 'integer'),
      operationName: equals('operation_name'),
      errorCode: { type: 'text', predicate: (row, code) => sql`${code} = any (${row.col('error_codes')})` },
      receivedAfter: { type: 'timestamptz', predicate: (row, instant) => sql`${row.col('received_at')} >= ${instant}` },
      receivedBefore: { type: 'timestamptz', predicate: (row, instant) => sql`${row.col('received_at')} < ${instant}` },
    },
  })
  requests(@Args(() => RequestsArgs) _args: RequestsArgs, @Ctx() context: unknown, @Info() info: GraphQLResolveInfo): Promise<unknown> {
    return readThroughCompiler(context, info);
  }
}
