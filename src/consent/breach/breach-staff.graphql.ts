/** Breaches at partners in the staff API: the one call that stops everything, whom it concerns, who was told. */
import { type GraphQLResolveInfo } from 'graphql';
import { Arg, Args, Ctx, Field, FieldResolver, ID, Info, InputType, Int, Mutation, ObjectType, Query, Resolver, Root } from 'type-graphql';
import { ok, refused, type Outcome } from '../../base/outcome.ts';
import { PageArgs, connectionOf } from '../../graphql/connection.ts';
import { fromCompiledParent, readThroughCompiler } from '../../graphql/fallback.ts';
import { Node } from '../../graphql/node.ts';
import { DateTime, SafeInt } from '../../graphql/scalars.ts';
import { AnsweredValue, answered } from '../../graphql/writing.ts';
import { AllStaff, StaffMutationInput, StaffOnly, StaffPayload, StaffUserError, writeAsStaff } from '../../partners/index.ts';
import { Column, Computed, From, Many, One, Page, ReadsOf, arg, asc, desc } from '../../reads/index.ts';
import { BreachAudienceEnum, BreachGrantsEnum, BreachStateEnum, breachState, concerned, isNotifiedTooLate, notifyBy } from './breach.graphql.ts';
import { closeBreach, recordNotification, reportBreach, type BreachRefusal } from './breach.service.ts';

const MARKETPLACE = { environment_id: 'environment_id', held_by: 'partner_id' };

@ObjectType({ simpleResolvers: true, description: 'That somebody was told of a breach.' })
@From('breach_notification', { scope: MARKETPLACE })
export class BreachNotification {
  @Field(() => BreachAudienceEnum, { description: 'Who.' })
  @Column()
  audience!: string;

  @Field({ description: 'How, and where it is kept.' })
  @Column()
  how!: string;

  @Field(() => DateTime, { description: 'Instant at which it was written down.' })
  @Column()
  notifiedAt!: Date;
}

@ObjectType({ simpleResolvers: true, description: 'A person of whom the partner received something that a breach may concern, by the access log.' })
@From('breach_person', { scope: MARKETPLACE })
export class BreachPerson {
  @Field({ description: 'The name by which the log knows the person.' })
  @Column()
  subjectReference!: string;

  @Field(() => String, { nullable: true, description: "The marketplace's own id of the person; null where the person has been erased since, and cannot be told any more." })
  @Column()
  person!: string | null;

  @Field(() => ID, { nullable: true, description: 'The id by which the partner knows the person; null where the person has been erased since.' })
  @Column()
  subjectId!: string | null;

  @Field(() => SafeInt, { description: 'How often something was read of them.' })
  @Column()
  disclosures!: number;

  @Field(() => DateTime, { description: 'Instant of the first time.' })
  @Column()
  firstAt!: Date;

  @Field(() => DateTime, { description: 'Instant of the last time.' })
  @Column()
  lastAt!: Date;
}

const BreachPersonConnection = connectionOf(BreachPerson);

@ObjectType({ implements: Node, simpleResolvers: true, description: 'A breach at a partner: nothing flows to it while this is open.' })
@From('breach', { scope: MARKETPLACE, idPrefix: 'brc' })
export class Breach extends Node {
  @Field(() => BreachStateEnum, { description: 'How far it has come.' })
  @Computed(breachState)
  state!: string;

  @Field(() => ID, { description: 'The partner.' })
  @Column()
  partnerId!: string;

  @Field({ description: 'What happened.' })
  @Column()
  summary!: string;

  @Field(() => DateTime, { nullable: true, description: 'From when on what the partner received may have been seen by others; null is from the first on.' })
  @Column()
  affectedSince!: Date | null;

  @Field(() => DateTime, { description: 'Instant at which somebody came to know of it: the clock begins.' })
  @Column()
  discoveredAt!: Date;

  @Field(() => DateTime, { description: 'Instant at which it was reported here and everything was stopped.' })
  @Column()
  reportedAt!: Date;

  @Field(() => DateTime, { description: 'Instant by which the authority must have been told: 72 hours after the discovery (GDPR, article 33).' })
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

  @Field(() => [BreachNotification], { description: 'Who was told, and how, the first 50.' })
  @Many({ on: { breach_id: 'id' }, order: [asc('notified_at', 'timestamptz'), asc('id')], limit: 50 })
  notifications!: BreachNotification[];

  @Field(() => DateTime, { nullable: true, description: 'Instant at which it was closed; null while it is open.' })
  @Column()
  closedAt!: Date | null;

  @Field(() => BreachGrantsEnum, { nullable: true, description: 'What became of the grants that it had suspended; null while it is open.' })
  @Column()
  grants!: string | null;

  @Field(() => String, { nullable: true, description: 'What was found; null while it is open.' })
  @Column()
  findings!: string | null;
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

@InputType({ description: 'A breach at a partner.' })
class ReportBreachInput extends StaffMutationInput {
  @Field(() => ID, { description: 'Id of the partner.' })
  partnerId!: string;

  @Field({ description: 'What happened, in 1 to 2000 characters.' })
  summary!: string;

  @Field(() => DateTime, { nullable: true, description: 'When somebody came to know of it; now where absent.' })
  discoveredAt?: Date;

  @Field(() => DateTime, { nullable: true, description: 'From when on what the partner received may be concerned; everything where absent.' })
  affectedSince?: Date;
}

@InputType({ description: 'That somebody was told.' })
class RecordBreachNotificationInput extends StaffMutationInput {
  @Field(() => ID, { description: 'Id of the breach.' })
  breachId!: string;

  @Field(() => BreachAudienceEnum, { description: 'Who was told.' })
  audience!: 'AUTHORITY' | 'PEOPLE' | 'PARTNER';

  @Field({ description: 'How, and where it is kept, in 1 to 1000 characters; of the authority also why it need not be told.' })
  how!: string;
}

@InputType({ description: 'The end of a breach.' })
class CloseBreachInput extends StaffMutationInput {
  @Field(() => ID, { description: 'Id of the breach.' })
  breachId!: string;

  @Field(() => BreachGrantsEnum, { description: 'What becomes of the grants that it suspended.' })
  grants!: 'RESUMED' | 'REVOKED';

  @Field({ description: 'What was found, in 1 to 2000 characters.' })
  findings!: string;
}

@ObjectType({ description: 'What a mutation on a breach did.' })
class BreachPayload extends StaffPayload {
  @Field(() => Breach, { nullable: true, description: 'The breach as it stands now; null where nothing was changed.' })
  @One({ on: { id: answered('breachId') } })
  breach!: Breach | null;
}

@ObjectType({ description: 'What `reportBreach` did.' })
class ReportBreachPayload {
  @Field(() => Breach, { nullable: true, description: 'The breach; null where nothing was changed.' })
  @One({ on: { id: answered('breachId') } })
  breach!: Breach | null;

  @Field(() => Int, { nullable: true, description: 'How many grants were suspended; null where nothing was changed.' })
  @AnsweredValue('suspended')
  suspendedGrants!: number | null;

  @Field(() => [StaffUserError], { description: 'Why nothing was changed; empty where it was done.' })
  userErrors!: StaffUserError[];
}

const done = <T>(outcome: Outcome<T, BreachRefusal>, answer: (value: T) => Record<string, string | number>) =>
  outcome.ok ? ok({ answer: answer(outcome.value) }) : refused(outcome.refusal);

@Resolver()
@ReadsOf('Query')
class BreachQueries {
  @Query(() => BreachConnection, { description: 'Breaches, newest first; `first` or `last` is required.' })
  @AllStaff()
  @Page({ on: {}, order: [desc('reported_at', 'timestamptz'), asc('id')] })
  breaches(@Args(() => PageArgs) _args: PageArgs, @Ctx() context: unknown, @Info() info: GraphQLResolveInfo): Promise<unknown> {
    return readThroughCompiler(context, info);
  }

  @Query(() => Breach, { nullable: true, description: 'One breach.' })
  @AllStaff()
  @One({ on: { id: arg('id') } })
  breach(@Arg('id', () => ID, { description: 'Its id.' }) _id: string, @Ctx() context: unknown, @Info() info: GraphQLResolveInfo): Promise<unknown> {
    return readThroughCompiler(context, info);
  }
}

@Resolver()
class BreachMutations {
  @Mutation(() => ReportBreachPayload, {
    nullable: true,
    description:
      'Stops everything that flows to a partner with the next request, on every gateway, and starts the clock of 72 hours. Refused with `NOT_FOUND`, `INVALID` and `DUPLICATE`.',
  })
  @StaffOnly('PRIVACY_OFFICER')
  reportBreach(
    @Arg('input', () => ReportBreachInput, { description: 'Where, and what happened.' }) { partnerId, summary, discoveredAt, affectedSince }: ReportBreachInput,
    @Ctx() context: unknown,
    @Info() info: GraphQLResolveInfo,
  ): Promise<unknown> {
    return writeAsStaff(context, info, async (tx, { staffId, clock, liveEnvironmentId: environmentId }) => {
      const report = { environmentId, partnerId, summary, discoveredAt: discoveredAt?.getTime() ?? null, affectedSince: affectedSince?.getTime() ?? null, staffId };
      return done(await reportBreach(tx, report, { environment: clock, wall: clock }), ({ breachId, suspended }) => ({ breachId, suspended }));
    });
  }

  @Mutation(() => BreachPayload, { nullable: true, description: 'Writes down that somebody was told. Refused with `NOT_FOUND` and `INVALID`.' })
  @StaffOnly('PRIVACY_OFFICER')
  recordBreachNotification(
    @Arg('input', () => RecordBreachNotificationInput, { description: 'Who was told, and how.' }) { breachId, audience, how }: RecordBreachNotificationInput,
    @Ctx() context: unknown,
    @Info() info: GraphQLResolveInfo,
  ): Promise<unknown> {
    return writeAsStaff(context, info, async (tx, { staffId, clock, liveEnvironmentId: environmentId }) =>
      done(await recordNotification(tx, { environmentId, breachId, audience, how, staffId }, { environment: clock, wall: clock }), () => ({ breachId })),
    );
  }

  @Mutation(() => BreachPayload, {
    nullable: true,
    description: 'Closes a breach. Refused with `NOT_FOUND`, `INVALID`, and `RULE_BROKEN` while nothing says that the authority was told.',
  })
  @StaffOnly('PRIVACY_OFFICER')
  closeBreach(
    @Arg('input', () => CloseBreachInput, { description: 'Which, and how it ends.' }) { breachId, grants, findings }: CloseBreachInput,
    @Ctx() context: unknown,
    @Info() info: GraphQLResolveInfo,
  ): Promise<unknown> {
    return writeAsStaff(context, info, async (tx, { staffId, clock, liveEnvironmentId: environmentId }) =>
      done(await closeBreach(tx, { environmentId, breachId, grants, findings, staffId }, { environment: clock, wall: clock }), () => ({ breachId })),
    );
  }
}

export const breachStaffGraphql: readonly Function[] = [BreachNotification, BreachPerson, Breach, BreachPeople, BreachQueries, BreachMutations, BreachPayload, ReportBreachPayload];
