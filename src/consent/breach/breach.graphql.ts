/** Breaches as the partner sees them whose they are: that nothing flows, whom it concerns and who was told. What the
    marketplace writes down about them is the staff's alone. */
import { type GraphQLResolveInfo } from 'graphql';
import { Args, Ctx, Field, FieldResolver, ID, Info, ObjectType, Query, Resolver, Root } from 'type-graphql';
import { PageArgs, connectionOf } from '../../graphql/connection.ts';
import { enumOf } from '../../graphql/enum.ts';
import { fromCompiledParent, readThroughCompiler } from '../../graphql/fallback.ts';
import { Node } from '../../graphql/node.ts';
import { DateTime, SafeInt } from '../../graphql/scalars.ts';
import { Column, Computed, From, Many, Page, ReadsOf, asc, desc, given, raw, sql, type Row } from '../../reads/index.ts';

export const BreachStateEnum = enumOf('BreachState', 'How far a breach has come.', {
  CONTAINED: 'Nothing flows to the partner any more.',
  NOTIFIED: 'The authority has been told.',
  CLOSED: 'It is over.',
});

export const BreachAudienceEnum = enumOf('BreachAudience', 'Who was told.', {
  AUTHORITY: 'The supervisory authority.',
  PEOPLE: 'The people concerned.',
  PARTNER: 'The partner.',
});

export const BreachGrantsEnum = enumOf('BreachGrants', 'What becomes of the grants that a breach suspended.', {
  RESUMED: 'They go on.',
  REVOKED: 'They end, and the partner owes the deletion of what it received.',
});

const wasNotified = (row: Row) =>
  sql`exists (select from portico.breach_notification n where n.environment_id = ${row.col('environment_id')} and n.breach_id = ${row.col('id')} and n.audience = 'AUTHORITY')`;

/** The 72 hours of GDPR, article 33. */
export const notifyBy = (row: Row) => sql`(${row.col('discovered_at')} + interval '72 hours')`;

export const isNotifiedTooLate = (row: Row) => sql`(${notifyBy(row)} <= ${given('environment_now', 'timestamptz')} and not ${wasNotified(row)})`;

export const breachState = (row: Row) => sql`case when ${row.col('closed_at')} is not null then 'CLOSED' when ${wasNotified(row)} then 'NOTIFIED' else 'CONTAINED' end`;

/** How many people it concerns: those who can be told, or those who have been erased since. */
export const concerned = (row: Row, who: 'is null' | 'is not null') =>
  sql`(select count(*) from portico.breach_person c where c.environment_id = ${row.col('environment_id')} and c.breach_id = ${row.col('id')} and c.subject_id ${raw(who)})`;

@ObjectType({ simpleResolvers: true, description: 'That the marketplace told somebody of a breach.' })
@From('breach_notification', { scope: ['environment_id'] })
class BreachNotification {
  @Field(() => BreachAudienceEnum, { description: 'Whom.' })
  @Column()
  audience!: string;

  @Field(() => DateTime, { description: 'Instant at which it was written down, by the clock of your environment.' })
  @Column()
  notifiedAt!: Date;
}

@ObjectType({ simpleResolvers: true, description: 'A person of whom you received something that a breach may concern, by the access log.' })
@From('breach_person', { scope: ['environment_id'] })
class BreachPerson {
  @Field({ description: 'The name by which the log knows the person, as in `auditLog`.' })
  @Column()
  subjectReference!: string;

  @Field(() => ID, { nullable: true, description: 'The id by which you know the person; null where the person has been erased since.' })
  @Column()
  subjectId!: string | null;

  @Field(() => SafeInt, { description: 'How often something was read of them.' })
  @Column()
  disclosures!: number;

  @Field(() => DateTime, { description: 'Instant of the first time, by the clock of your environment.' })
  @Column()
  firstAt!: Date;

  @Field(() => DateTime, { description: 'Instant of the last time, by the clock of your environment.' })
  @Column()
  lastAt!: Date;
}

const BreachPersonConnection = connectionOf(BreachPerson);

@ObjectType({
  implements: Node,
  simpleResolvers: true,
  description: 'That your organisation let data of people slip, as the marketplace has declared: nothing flows to you while this is open.',
})
@From('breach', { scope: ['environment_id', 'partner_id'], idPrefix: 'brc' })
export class Breach extends Node {
  @Field(() => BreachStateEnum, { description: 'How far it has come.' })
  @Computed(breachState)
  state!: string;

  @Field(() => DateTime, { nullable: true, description: 'From when on what you received may have been seen by others; null is from the first on.' })
  @Column()
  affectedSince!: Date | null;

  @Field(() => DateTime, { description: 'Instant at which it was declared and everything was stopped, by the clock of your environment.' })
  @Column()
  reportedAt!: Date;

  @Field(() => DateTime, { description: 'Instant by which the marketplace must have told the authority: 72 hours after somebody came to know of it (GDPR, article 33).' })
  @Computed(notifyBy)
  notifyBy!: Date;

  @Field({ description: 'Whether that instant has passed and nobody has told the authority.' })
  @Computed(isNotifiedTooLate)
  isOverdue!: boolean;

  @Field(() => SafeInt, { description: 'People concerned who can be told.' })
  @Computed(row => concerned(row, 'is not null'))
  peopleCount!: number;

  @Field(() => SafeInt, { description: 'People concerned who have been erased since, so that nobody can tell who they are.' })
  @Computed(row => concerned(row, 'is null'))
  erasedCount!: number;

  @Field(() => [BreachNotification], { description: 'Who was told, the first 50.' })
  @Many({ on: { breach_id: 'id' }, order: [asc('notified_at', 'timestamptz'), asc('id')], limit: 50 })
  notifications!: BreachNotification[];

  @Field(() => DateTime, { nullable: true, description: 'Instant at which it was closed, by the clock of your environment; null while it is open.' })
  @Column()
  closedAt!: Date | null;

  @Field(() => BreachGrantsEnum, { nullable: true, description: 'What became of the grants that it had suspended; null while it is open.' })
  @Column()
  grants!: string | null;
}

const BreachConnection = connectionOf(Breach);

@Resolver(() => Breach)
@ReadsOf('Breach')
class BreachPeople {
  @FieldResolver(() => BreachPersonConnection, { description: 'Everybody concerned, by the access log; `first` or `last` is required.' })
  @Page({ on: { breach_id: 'id' }, order: [asc('subject_reference')] })
  people(@Root() breach: unknown, @Args(() => PageArgs) _args: PageArgs, @Info() info: GraphQLResolveInfo): unknown {
    return fromCompiledParent(breach, info);
  }
}

@Resolver()
@ReadsOf('Query')
class BreachQueries {
  @Query(() => BreachConnection, { description: 'Breaches at your organisation, newest first; `first` or `last` is required.' })
  @Page({ on: {}, order: [desc('reported_at', 'timestamptz'), asc('id')] })
  breaches(@Args(() => PageArgs) _args: PageArgs, @Ctx() context: unknown, @Info() info: GraphQLResolveInfo): Promise<unknown> {
    return readThroughCompiler(context, info);
  }
}

export const breachGraphql: readonly Function[] = [BreachNotification, BreachPerson, Breach, BreachPeople, BreachQueries];
