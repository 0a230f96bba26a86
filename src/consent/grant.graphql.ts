/** Grants as the partner that holds them sees them: whose, for what, until when, and in which state. */
import { type GraphQLResolveInfo } from 'graphql';
import { Args, ArgsType, Ctx, Field, ID, Info, Int, ObjectType, Query, Resolver } from 'type-graphql';
import { PageArgs, connectionOf } from '../graphql/connection.ts';
import { enumOf } from '../graphql/enum.ts';
import { readThroughCompiler } from '../graphql/fallback.ts';
import { Node } from '../graphql/node.ts';
import { DateTime } from '../graphql/scalars.ts';
import { Integration } from '../partners/integration.graphql.ts';
import { Column, Computed, From, Many, One, Page, ReadsOf, asc, desc, given, raw, sql, type FieldRow, type Row, type Sql } from '../reads/index.ts';

export const ConsentGrantState = enumOf('ConsentGrantState', 'Whether anything may be read under a grant.', {
  GIVEN: 'It stands: you may read what it covers.',
  SUSPENDED: 'The marketplace is looking into it; nothing may be read meanwhile.',
  EXPIRED: 'Its time is over, or it was for one look and that was had.',
  WITHDRAWN: 'The person took it back.',
  REVOKED: 'The marketplace ended it.',
  RELINQUISHED: 'You gave it up.',
  SUPERSEDED: 'A newer grant took its place.',
  INVALIDATED: 'It should never have been given.',
});
export type ConsentGrantState = keyof typeof ConsentGrantState;

export const ConsentScopeLevel = enumOf('ConsentScopeLevel', 'How much of a category of data is read.', {
  COUNT: 'How many people or records there are, and nothing of any one of them.',
  OVERLAP: 'Whether people you know are among them.',
  RECORD: 'The records themselves.',
});
export type ConsentScopeLevel = keyof typeof ConsentScopeLevel;

export const ConsentScopePrecision = enumOf('ConsentScopePrecision', 'How exact values are.', {
  COARSE: 'Generalised: a region instead of a town, a month instead of a day.',
  EXACT: 'As they are.',
});
export type ConsentScopePrecision = keyof typeof ConsentScopePrecision;

const environmentNow = given('environment_now', 'timestamptz');

/** The state in SQL, as `grantState` says it in TypeScript. */
export const grantStateSql = (row: Row) => sql`case when ${row.col('end_kind')} is not null then ${row.col('end_kind')}
  when ${row.col('consumed_at')} is not null or ${row.col('expires_at')} <= ${environmentNow} then 'EXPIRED'
  when ${row.col('suspended_at')} is not null then 'SUSPENDED' else 'GIVEN' end`;

const subjectOf = (row: FieldRow) => row.of({ table: 'pairwise_subject', scope: ['environment_id', 'partner_id'], on: { customer_id: 'customer_id' } }).col('id');

const lastReminder = (row: Row, which: Sql) =>
  sql`(select max(r.at) from portico.consent_reminder r where r.environment_id = ${row.col('environment_id')} and r.grant_id = ${row.col('id')} and ${which})`;

/** Most categories of one grant: as many as a purpose can have. */
const MAX_SCOPES = 20;

@ObjectType({ simpleResolvers: true, description: 'What a person has agreed that you read of one category of data.' })
@From('consent_grant_scope', { scope: ['environment_id', 'partner_id'] })
export class ConsentGrantScope {
  @Field({ description: 'The category of data, e.g. `order.history`.' })
  @Column()
  category!: string;

  @Field(() => ConsentScopeLevel, { description: 'How much of it.' })
  @Column()
  level!: ConsentScopeLevel;

  @Field(() => Int, { nullable: true, description: 'How many days back from the moment of reading; null is without end.' })
  @Column()
  lookbackDays!: number | null;

  @Field(() => ConsentScopePrecision, { description: 'How exact.' })
  @Column()
  precision!: ConsentScopePrecision;
}

@ObjectType({
  implements: Node,
  simpleResolvers: true,
  description: "A person's agreement that one of your integrations reads some of their data, for one purpose and for a time.",
})
@From('consent_grant', { scope: ['environment_id', 'partner_id'], idPrefix: 'cgr' })
export class ConsentGrant extends Node {
  @Field(() => ConsentGrantState, { description: 'Whether anything may be read under it, by the clock of your environment.' })
  @Computed(grantStateSql)
  state!: ConsentGrantState;

  @Field(() => ID, { description: 'The person, by the id that only you know them by.' })
  @Computed(subjectOf)
  subjectId!: string;

  @Field({ description: 'The purpose, e.g. `order_support`.' })
  @Column()
  purpose!: string;

  @Field(() => [ConsentGrantScope], { description: 'What it covers, by category.' })
  @Many({ on: { grant_id: 'id' }, order: [asc('category')], atMost: MAX_SCOPES })
  scopes!: ConsentGrantScope[];

  @Field({ description: 'Whether it is for one look only.' })
  @Column()
  oneTime!: boolean;

  @Field(() => DateTime, { description: 'Instant at which the person agreed, by the clock of your environment.' })
  @Column()
  givenAt!: Date;

  @Field(() => DateTime, { description: 'Instant at which it ends by itself, by the clock of your environment.' })
  @Column()
  expiresAt!: Date;

  @Field(() => DateTime, { nullable: true, description: 'Instant at which it was ended; null where it was not, even if its time is over.' })
  @Column()
  endedAt!: Date | null;

  @Field(() => DateTime, {
    nullable: true,
    description: 'Instant at which the person was last reminded that they share this, which happens every 90 days; null where it has not come to that.',
  })
  @Computed(row => lastReminder(row, raw('true')))
  remindedAt!: Date | null;

  @Field(() => DateTime, {
    nullable: true,
    description: 'Instant at which you were last asked to give it up, because you had read nothing under it for 90 days; null where you were not.',
  })
  @Computed(row => lastReminder(row, raw('r.unused')))
  relinquishAskedAt!: Date | null;

  @Field(() => Integration, { description: 'Which of your integrations may read.' })
  @One({ on: { id: 'integration_id' } })
  integration!: Integration;
}

@ObjectType({ implements: Node, simpleResolvers: true, description: 'A question to a person, open for 15 minutes.' })
@From('consent_request', { scope: ['environment_id', 'partner_id'], idPrefix: 'crq' })
export class ConsentRequest extends Node {
  @Field({ description: 'The purpose that is asked for.' })
  @Column()
  purpose!: string;

  @Field(() => DateTime, { description: 'Instant until which the person can be sent to it, in real time also for a sandbox.' })
  @Column()
  expiresAt!: Date;

  @Field(() => ConsentGrant, { nullable: true, description: 'The grant that came of it; null while there is none, and where the person said no.' })
  @One({ on: { id: 'grant_id' } })
  grant!: ConsentGrant | null;
}

export const ConsentGrantConnection = connectionOf(ConsentGrant);

@ArgsType()
export class ConsentGrantsArgs extends PageArgs {
  @Field(() => ConsentGrantState, { nullable: true, description: 'Only those in this state.' })
  state?: ConsentGrantState;
}

@Resolver()
@ReadsOf('Query')
export class ConsentGrantQueries {
  @Query(() => ConsentGrantConnection, { description: "What people have let your organisation's integrations read, newest first, whatever has become of it." })
  @Page({
    on: {},
    order: [desc('given_at', 'timestamptz'), asc('id')],
    narrow: { state: { type: 'text', predicate: (row, value) => sql`${grantStateSql(row)} = ${value}` } },
  })
  consentGrants(@Args(() => ConsentGrantsArgs) _args: ConsentGrantsArgs, @Ctx() context: unknown, @Info() info: GraphQLResolveInfo): Promise<unknown> {
    return readThroughCompiler(context, info);
  }
}
