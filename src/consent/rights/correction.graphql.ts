/** Duties to correct as the partner that owes them sees them, and how it says that it has. */
import { type GraphQLResolveInfo } from 'graphql';
import { Arg, Args, ArgsType, Ctx, Field, ID, Info, InputType, Mutation, ObjectType, Query, Resolver } from 'type-graphql';
import { ok, refused } from '../../base/outcome.ts';
import { PageArgs, connectionOf } from '../../graphql/connection.ts';
import { enumOf } from '../../graphql/enum.ts';
import { readThroughCompiler } from '../../graphql/fallback.ts';
import { Node } from '../../graphql/node.ts';
import { DateTime } from '../../graphql/scalars.ts';
import { UserError } from '../../graphql/user-error.ts';
import { KEY_DESCRIPTION, Repeatable, answered, write } from '../../graphql/writing.ts';
import type { Tx } from '../../platform/postgres/database.ts';
import { Column, Computed, From, One, Page, ReadsOf, asc, sql } from '../../reads/index.ts';
import { dueState } from '../due-state.ts';
import { attestCorrectionDuty } from './correction.store.ts';

const CorrectionDutyState = enumOf('CorrectionDutyState', 'How a duty to correct stands.', {
  OPEN: 'There is time left.',
  ATTESTED: 'You have said that it is done.',
  OVERDUE: 'Its time is over; the marketplace sees that.',
});
type CorrectionDutyState = keyof typeof CorrectionDutyState;

const dutyState = dueState('attested_at', 'ATTESTED');

@ObjectType({
  implements: Node,
  simpleResolvers: true,
  description: 'What you owe once something of a person has been put right that you had received: to read it anew, or to drop what you hold, and to say so.',
})
@From('correction_duty', { scope: ['environment_id', 'partner_id'], idPrefix: 'cdu' })
export class CorrectionDuty extends Node {
  @Field(() => CorrectionDutyState, { description: 'How it stands, by the clock of your environment.' })
  @Computed(dutyState)
  state!: CorrectionDutyState;

  @Field(() => ID, { description: 'The person, by the id that only you know them by.' })
  @Column()
  subjectId!: string;

  @Field({ description: 'The category of data that was wrong, e.g. `contact.email`.' })
  @Column()
  category!: string;

  @Field(() => DateTime, { description: 'Instant at which it arose, by the clock of your environment.' })
  @Column()
  aroseAt!: Date;

  @Field(() => DateTime, { description: 'Instant from which on it is overdue, by the clock of your environment.' })
  @Column()
  dueAt!: Date;

  @Field(() => DateTime, { nullable: true, description: 'Instant at which you said that it is done; null while you have not.' })
  @Column()
  attestedAt!: Date | null;
}

const CorrectionDutyConnection = connectionOf(CorrectionDuty);

@ArgsType()
class CorrectionDutiesArgs extends PageArgs {
  @Field(() => CorrectionDutyState, { nullable: true, description: 'Only those in this state.' })
  state?: CorrectionDutyState;
}

@InputType({ description: 'What you have put right.' })
class AttestCorrectionInput {
  @Field(() => ID, { description: 'Id of the duty.' })
  dutyId!: string;

  @Field(() => String, { nullable: true, description: `${KEY_DESCRIPTION} Not required: attesting twice changes nothing more.` })
  idempotencyKey?: string;
}

@ObjectType({ description: 'What `attestCorrection` did.' })
class AttestCorrectionPayload {
  @Field(() => CorrectionDuty, { nullable: true, description: 'The duty as it stands now; null where it was refused.' })
  @One({ on: { id: answered('dutyId') } })
  duty!: CorrectionDuty | null;

  @Field(() => [UserError], { description: 'Why nothing was changed; empty where it was done.' })
  userErrors!: UserError[];
}

@Resolver()
@ReadsOf('Query')
class CorrectionDutyQueries {
  @Query(() => CorrectionDutyConnection, { description: 'What your organisation has to put right, by when it is due; `first` or `last` is required.' })
  @Page({
    on: {},
    order: [asc('due_at', 'timestamptz'), asc('id')],
    narrow: { state: { type: 'text', predicate: (row, value) => sql`${dutyState(row)} = ${value}` } },
  })
  correctionDuties(@Args(() => CorrectionDutiesArgs) _args: CorrectionDutiesArgs, @Ctx() context: unknown, @Info() info: GraphQLResolveInfo): Promise<unknown> {
    return readThroughCompiler(context, info);
  }
}

@Resolver()
class CorrectionDutyMutations {
  @Mutation(() => AttestCorrectionPayload, {
    nullable: true,
    description: 'Says that you have put right, or dropped, what you had received of a person. Refused with `NOT_FOUND`.',
  })
  @Repeatable()
  attestCorrection(
    @Arg('input', () => AttestCorrectionInput, { description: 'Which duty.' }) { dutyId }: AttestCorrectionInput,
    @Ctx() context: unknown,
    @Info() info: GraphQLResolveInfo,
  ): Promise<unknown> {
    return write(context, info, async (tx: Tx, { environment }, { environmentId, partnerId, integrationId }) => {
      const done = await attestCorrectionDuty(tx, { environmentId, partnerId, id: dutyId }, integrationId, environment.now());
      return done ? ok({ answer: { dutyId } }) : refused({ code: 'NOT_FOUND', message: 'There is no such duty.', path: ['dutyId'] });
    });
  }
}

export const correctionDutyGraphql: readonly Function[] = [CorrectionDuty, CorrectionDutyQueries, CorrectionDutyMutations, AttestCorrectionPayload];
