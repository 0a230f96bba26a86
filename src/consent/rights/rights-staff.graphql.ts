/** What people have asked of the marketplace and what partners owe, as the staff sees it: what is due, and what is overdue. */
import { type GraphQLResolveInfo } from 'graphql';
import { Arg, Args, ArgsType, Ctx, Field, ID, Info, InputType, Mutation, ObjectType, Query, Resolver } from 'type-graphql';
import { ok, refused } from '../../base/outcome.ts';
import { PageArgs, connectionOf } from '../../graphql/connection.ts';
import { enumOf } from '../../graphql/enum.ts';
import { readThroughCompiler } from '../../graphql/fallback.ts';
import { Node } from '../../graphql/node.ts';
import { DateTime } from '../../graphql/scalars.ts';
import { answered } from '../../graphql/writing.ts';
import { AllStaff, StaffMutationInput, StaffOnly, StaffPayload, writeAsStaff } from '../../partners/index.ts';
import { Column, Computed, From, One, Page, ReadsOf, asc, equals, sql, type Param, type Row, type Sql } from '../../reads/index.ts';
import { dueState } from '../due-state.ts';
import { settle } from './rights.service.ts';

const RightsKindEnum = enumOf('RightsRequestKind', 'What a person asks.', {
  EXPORT: 'A copy of everything. Given at once.',
  ERASURE: 'To be erased. Done at once; what partners received is theirs to delete.',
  OBJECTION: 'That nothing is read under a grant. It is suspended until you have decided.',
  CORRECTION: 'That something wrong is put right.',
});

const DutyStateEnum = enumOf('DutyState', 'How something that is due stands.', {
  OPEN: 'There is time left.',
  DONE: 'It is done.',
  OVERDUE: 'Its time is over.',
});
type DutyState = keyof typeof DutyStateEnum;

const RightsOutcomeEnum = enumOf('RightsOutcome', 'How a request was decided.', { GRANTED: 'As the person asked.', REFUSED: 'It was refused, for the reason in the answer.' });

const requestState = dueState('settled_at', 'DONE');
const dutyState = dueState('attested_at', 'DONE');

const partnerName = (row: Row) => sql`(select p.name from portico.partner p where p.environment_id = ${row.col('environment_id')} and p.id = ${row.col('partner_id')})`;

@ObjectType({ implements: Node, simpleResolvers: true, description: 'Something that a person asks of the marketplace about their own data.' })
@From('rights_request', { scope: { environment_id: 'environment_id', held_by: 'partner_id' }, idPrefix: 'rrq' })
export class RightsRequest extends Node {
  @Field(() => RightsKindEnum, { description: 'What is asked.' })
  @Column()
  kind!: string;

  @Field(() => DutyStateEnum, { description: 'How it stands.' })
  @Computed(requestState)
  state!: DutyState;

  @Field({ description: "The marketplace's own id of the person, in the customer data; of somebody erased it tells nothing." })
  @Computed(row => sql`(select c.reference from portico.customer c where c.environment_id = ${row.col('environment_id')} and c.id = ${row.col('customer_id')})`)
  person!: string;

  @Field(() => ID, { nullable: true, description: 'The grant that is objected to; null for other requests.' })
  @Column()
  grantId!: string | null;

  @Field(() => String, { nullable: true, description: 'The category of data that is to be corrected; null for other requests.' })
  @Column()
  category!: string | null;

  @Field(() => String, { nullable: true, description: "The person's own words; null where none were needed, and once the person is erased." })
  @Column()
  words!: string | null;

  @Field(() => DateTime, { description: 'Instant at which it was asked.' })
  @Column()
  askedAt!: Date;

  @Field(() => DateTime, { description: 'Instant from which on it is overdue.' })
  @Column()
  dueAt!: Date;

  @Field(() => DateTime, { nullable: true, description: 'Instant at which it was settled; null while it waits.' })
  @Column()
  settledAt!: Date | null;

  @Field(() => RightsOutcomeEnum, { nullable: true, description: 'How it was decided; null while it waits.' })
  @Column()
  outcome!: string | null;

  @Field(() => String, { nullable: true, description: 'What the person was told.' })
  @Column()
  answer!: string | null;
}

@ObjectType({ implements: Node, simpleResolvers: true, description: 'What a partner owes once a grant has ended: to delete what it received, and to say so.' })
@From('deletion_duty', { scope: ['environment_id'], idPrefix: 'dut' })
export class StaffDeletionDuty extends Node {
  @Field(() => DutyStateEnum, { description: 'How it stands. While one is overdue, nobody can agree to anything new with the partner.' })
  @Computed(dutyState)
  state!: DutyState;

  @Field(() => ID, { description: 'The partner that owes it.' })
  @Column()
  partnerId!: string;

  @Field({ description: 'Name of the partner.' })
  @Computed(partnerName)
  partnerName!: string;

  @Field(() => ID, { description: 'The grant that has ended.' })
  @Column()
  grantId!: string;

  @Field(() => DateTime, { description: 'Instant at which it arose.' })
  @Column()
  aroseAt!: Date;

  @Field(() => DateTime, { description: 'Instant from which on it is overdue.' })
  @Column()
  dueAt!: Date;

  @Field(() => String, { nullable: true, description: "The partner's word for it; null while it has not been given." })
  @Column()
  statement!: string | null;
}

@ObjectType({
  implements: Node,
  simpleResolvers: true,
  description: 'What a partner owes once something has been put right that it had received: to correct it there, too, and to say so.',
})
@From('correction_duty', { scope: ['environment_id'], idPrefix: 'cdu' })
export class StaffCorrectionDuty extends Node {
  @Field(() => DutyStateEnum, { description: 'How it stands.' })
  @Computed(dutyState)
  state!: DutyState;

  @Field(() => ID, { description: 'The partner that owes it.' })
  @Column()
  partnerId!: string;

  @Field({ description: 'Name of the partner.' })
  @Computed(partnerName)
  partnerName!: string;

  @Field(() => ID, { description: 'The request that was granted.' })
  @Column()
  requestId!: string;

  @Field({ description: 'The category of data that was wrong.' })
  @Column()
  category!: string;

  @Field(() => DateTime, { description: 'Instant at which it arose.' })
  @Column()
  aroseAt!: Date;

  @Field(() => DateTime, { description: 'Instant from which on it is overdue.' })
  @Column()
  dueAt!: Date;
}

const StaffCorrectionDutyConnection = connectionOf(StaffCorrectionDuty);
const RightsRequestConnection = connectionOf(RightsRequest);
const StaffDeletionDutyConnection = connectionOf(StaffDeletionDuty);

const inState = (state: (row: Row) => Sql) => ({ type: 'text', predicate: (row: Row, value: Param) => sql`${state(row)} = ${value}` });

@ArgsType()
class DueArgs extends PageArgs {
  @Field(() => DutyStateEnum, { nullable: true, description: 'Only those in this state.' })
  state?: DutyState;
}

@ArgsType()
class StaffDutiesArgs extends DueArgs {
  @Field(() => ID, { nullable: true, description: "Only this partner's." })
  partnerId?: string;
}

@InputType({ description: 'What a person is answered.' })
class SettleRightsRequestInput extends StaffMutationInput {
  @Field(() => ID, { description: 'Id of the request.' })
  requestId!: string;

  @Field(() => RightsOutcomeEnum, {
    description:
      'How you decide. An objection that is granted ends its grant, one that is refused lets it go on; a correction that is granted leaves duties to those who received what was wrong.',
  })
  outcome!: 'GRANTED' | 'REFUSED';

  @Field({ description: 'What the person is told, in 1 to 1000 characters.' })
  answer!: string;
}

@ObjectType({ description: 'What `settleRightsRequest` did.' })
class SettleRightsRequestPayload extends StaffPayload {
  @Field(() => RightsRequest, { nullable: true, description: 'The request as it stands now; null where nothing was changed.' })
  @One({ on: { id: answered('requestId') } })
  request!: RightsRequest | null;
}

@Resolver()
@ReadsOf('Query')
class RightsStaffQueries {
  @Query(() => RightsRequestConnection, { description: 'What people ask, the most urgent first; `first` or `last` is required.' })
  @AllStaff()
  @Page({ on: {}, order: [asc('due_at', 'timestamptz'), asc('id')], narrow: { state: inState(requestState) } })
  rightsRequests(@Args(() => DueArgs) _args: DueArgs, @Ctx() context: unknown, @Info() info: GraphQLResolveInfo): Promise<unknown> {
    return readThroughCompiler(context, info);
  }

  @Query(() => StaffDeletionDutyConnection, { description: 'What partners have to delete, the most urgent first; `first` or `last` is required.' })
  @AllStaff()
  @Page({ on: {}, order: [asc('due_at', 'timestamptz'), asc('id')], narrow: { state: inState(dutyState), partnerId: equals('partner_id') } })
  deletionDuties(@Args(() => StaffDutiesArgs) _args: StaffDutiesArgs, @Ctx() context: unknown, @Info() info: GraphQLResolveInfo): Promise<unknown> {
    return readThroughCompiler(context, info);
  }

  @Query(() => StaffCorrectionDutyConnection, { description: 'What partners have to put right, the most urgent first; `first` or `last` is required.' })
  @AllStaff()
  @Page({ on: {}, order: [asc('due_at', 'timestamptz'), asc('id')], narrow: { state: inState(dutyState), partnerId: equals('partner_id') } })
  correctionDuties(@Args(() => StaffDutiesArgs) _args: StaffDutiesArgs, @Ctx() context: unknown, @Info() info: GraphQLResolveInfo): Promise<unknown> {
    return readThroughCompiler(context, info);
  }
}

@Resolver()
class RightsStaffMutations {
  @Mutation(() => SettleRightsRequestPayload, { nullable: true, description: 'Answers what a person asked. Refused with `NOT_FOUND` and `INVALID`.' })
  @StaffOnly('PRIVACY_OFFICER')
  settleRightsRequest(
    @Arg('input', () => SettleRightsRequestInput, { description: 'Which request, and how you decide.' }) { requestId, outcome, answer }: SettleRightsRequestInput,
    @Ctx() context: unknown,
    @Info() info: GraphQLResolveInfo,
  ): Promise<unknown> {
    return writeAsStaff(context, info, async (tx, { staffId, clock, liveEnvironmentId }) => {
      const done = await settle(tx, liveEnvironmentId, { requestId, outcome, answer, staffId }, { environment: clock, wall: clock });
      if (done.ok) return ok({ answer: { requestId } });
      const { code, message, path } = done.refusal;
      return refused({ code: code === 'NOT_FOUND' ? code : 'INVALID', message, path });
    });
  }
}

export const rightsStaffGraphql: readonly Function[] = [
  RightsRequest,
  StaffDeletionDuty,
  StaffCorrectionDuty,
  RightsStaffQueries,
  RightsStaffMutations,
  SettleRightsRequestPayload,
];
