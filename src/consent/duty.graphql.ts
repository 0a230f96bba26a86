/** Duties to delete as the partner that owes them sees them, and how it says that it has. */
import { type GraphQLResolveInfo } from 'graphql';
import { Arg, Args, ArgsType, Ctx, Field, ID, Info, InputType, Mutation, ObjectType, Query, Resolver } from 'type-graphql';
import { ok, refused } from '../base/outcome.ts';
import { PageArgs, connectionOf } from '../graphql/connection.ts';
import { enumOf } from '../graphql/enum.ts';
import { readThroughCompiler } from '../graphql/fallback.ts';
import { Node } from '../graphql/node.ts';
import { DateTime } from '../graphql/scalars.ts';
import { UserError } from '../graphql/user-error.ts';
import { KEY_DESCRIPTION, Repeatable, answered, write } from '../graphql/writing.ts';
import type { Tx } from '../platform/postgres/database.ts';
import { Column, Computed, From, One, Page, ReadsOf, asc, sql } from '../reads/index.ts';
import { dueState } from './due-state.ts';
import { attestDuty } from './duty.store.ts';
import { ConsentGrant } from './grant.graphql.ts';

const MAX_STATEMENT_LENGTH = 1000;

export const DeletionDutyState = enumOf('DeletionDutyState', 'How a duty to delete stands.', {
  OPEN: 'There is time left.',
  ATTESTED: 'You have said that it is done.',
  OVERDUE: 'Its time is over: until you attest it, nobody can agree to anything new with your organisation.',
});
export type DeletionDutyState = keyof typeof DeletionDutyState;

const dutyState = dueState('attested_at', 'ATTESTED');

@ObjectType({ implements: Node, simpleResolvers: true, description: 'What you owe once a grant has ended: to delete what you received under it, and to say so.' })
@From('deletion_duty', { scope: ['environment_id', 'partner_id'], idPrefix: 'dut' })
export class DeletionDuty extends Node {
  @Field(() => DeletionDutyState, { description: 'How it stands, by the clock of your environment.' })
  @Computed(dutyState)
  state!: DeletionDutyState;

  @Field(() => ID, { description: 'The person, by the id that only you know them by.' })
  @Column()
  subjectId!: string;

  @Field(() => ConsentGrant, { description: 'The grant that has ended.' })
  @One({ on: { id: 'grant_id' } })
  grant!: ConsentGrant;

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

export const DeletionDutyConnection = connectionOf(DeletionDuty);

@ArgsType()
export class DeletionDutiesArgs extends PageArgs {
  @Field(() => DeletionDutyState, { nullable: true, description: 'Only those in this state.' })
  state?: DeletionDutyState;
}

@InputType({ description: 'Which data you have deleted.' })
export class AttestDeletionInput {
  @Field(() => ID, { description: 'Id of the duty.' })
  dutyId!: string;

  @Field({ description: `What you deleted and where, in plain text of at most ${MAX_STATEMENT_LENGTH} characters; it is kept as your word.` })
  statement!: string;

  @Field(() => String, { nullable: true, description: `${KEY_DESCRIPTION} Not required: attesting twice changes nothing more.` })
  idempotencyKey?: string;
}

@ObjectType({ description: 'What `attestDeletion` did.' })
export class AttestDeletionPayload {
  @Field(() => DeletionDuty, { nullable: true, description: 'The duty as it stands now; null where it was refused.' })
  @One({ on: { id: answered('dutyId') } })
  duty!: DeletionDuty | null;

  @Field(() => [UserError], { description: 'Why nothing was changed; empty where it was done.' })
  userErrors!: UserError[];
}

@Resolver()
@ReadsOf('Query')
export class DeletionDutyQueries {
  @Query(() => DeletionDutyConnection, { description: 'What your organisation has to delete, by when it is due.' })
  @Page({
    on: {},
    order: [asc('due_at', 'timestamptz'), asc('id')],
    narrow: { state: { type: 'text', predicate: (row, value) => sql`${dutyState(row)} = ${value}` } },
  })
  deletionDuties(@Args(() => DeletionDutiesArgs) _args: DeletionDutiesArgs, @Ctx() context: unknown, @Info() info: GraphQLResolveInfo): Promise<unknown> {
    return readThroughCompiler(context, info);
  }
}

@Resolver()
export class DeletionDutyMutations {
  @Mutation(() => AttestDeletionPayload, { nullable: true, description: 'Says that you have deleted what you received under a grant. Refused with `NOT_FOUND` and `INVALID`.' })
  @Repeatable()
  attestDeletion(
    @Arg('input', () => AttestDeletionInput, { description: 'Which duty, and what you did.' }) { dutyId, statement }: AttestDeletionInput,
    @Ctx() context: unknown,
    @Info() info: GraphQLResolveInfo,
  ): Promise<unknown> {
    return write(context, info, async (tx: Tx, { environment }, { environmentId, partnerId, integrationId }) => {
      const said = statement.trim();
      if (said === '' || said.length > MAX_STATEMENT_LENGTH)
        return refused({ code: 'INVALID', message: `Say in 1 to ${MAX_STATEMENT_LENGTH} characters what you deleted.`, path: ['statement'] });
      const done = await attestDuty(tx, { environmentId, partnerId, id: dutyId }, integrationId, said, environment.now());
      return done ? ok({ answer: { dutyId } }) : refused({ code: 'NOT_FOUND', message: 'There is no such duty.', path: ['dutyId'] });
    });
  }
}

export const deletionDutyGraphql = [DeletionDuty, DeletionDutyQueries, DeletionDutyMutations, AttestDeletionPayload];
