/** The marketplace's own people and what they did, in the staff API. */
import { type GraphQLResolveInfo } from 'graphql';
import { Args, ArgsType, Ctx, Field, ID, Info, InputType, ObjectType, Query, Resolver } from 'type-graphql';
import { connectionOf, PageArgs } from '../graphql/connection.ts';
import { enumOf } from '../graphql/enum.ts';
import { readThroughCompiler } from '../graphql/fallback.ts';
import { Node } from '../graphql/node.ts';
import { DateTime } from '../graphql/scalars.ts';
import { asc, Column, Computed, desc, equals, From, given, One, Page, ReadsOf, sql } from '../reads/index.ts';
import type { StaffRole } from './partner.rules.ts';
import { AllStaff, StaffOnly } from './staff-api.ts';

export const StaffRoleEnum = enumOf<StaffRole>('StaffRole', 'What a member of staff is trusted with.', {
  API_STEWARD: 'Keeps the API: writes, reviews and approves deprecations.',
  PROGRAM_MANAGER: 'Keeps the partner program, and talks to partners.',
  PRIVACY_OFFICER: "Guards people's consent and data.",
  FINANCE: 'Keeps the money of rewards.',
  SUPPORT: 'Helps partners.',
  AUDITOR: 'Reads everything and writes nothing.',
});

@ObjectType({ implements: Node, simpleResolvers: true, description: "One of the marketplace's own people." })
@From('staff', { scope: { held_by: 'partner_id' }, idPrefix: 'stf' })
export class StaffMember extends Node {
  @Field({ description: 'Full name.' })
  @Column()
  name!: string;

  @Field({ description: 'Address at work.' })
  @Column()
  email!: string;

  @Field(() => [StaffRoleEnum], { description: 'What the person is trusted with, in alphabetical order.' })
  @Computed(row => sql`array(select r.role from portico.staff_role r where r.staff_id = ${row.col('id')} order by r.role)`)
  roles!: StaffRole[];
}

@ObjectType({ implements: Node, simpleResolvers: true, description: 'A write of the staff, for good.' })
@From('staff_journal', { scope: { held_by: 'partner_id' }, idPrefix: 'sjr' })
export class JournalEntry extends Node {
  @Field(() => DateTime, { description: 'Instant at which the request arrived.' })
  @Column()
  writtenAt!: Date;

  @Field(() => StaffMember, { nullable: true, description: "Who; null where an operator's command or the start of a gateway wrote." })
  @One({ on: { id: 'staff_id' } })
  staff!: StaffMember | null;

  @Field({ description: 'What: the name of the mutation or command.' })
  @Column()
  operation!: string;

  @Field(() => ID, { description: 'Id of what it was about.' })
  @Column()
  subjectId!: string;

  @Field({ description: 'Why, in the words of whoever did it.' })
  @Column()
  reason!: string;

  @Field({ description: 'The input as it was given, as JSON text.' })
  @Computed(row => sql`${row.col('details')}::text`)
  details!: string;

  @Field(() => String, { nullable: true, description: 'Id of the request that did it; null where none did.' })
  @Column()
  requestId!: string | null;
}

export const JournalConnection = connectionOf(JournalEntry, { name: 'Journal' });

@InputType({ description: 'Narrows the journal. Conditions add up.' })
export class JournalFilter {
  @Field(() => ID, { nullable: true, description: 'Only writes about the object with this id.' })
  subjectId?: string;

  @Field(() => ID, { nullable: true, description: 'Only writes of this member of staff.' })
  staffId?: string;

  @Field(() => String, { nullable: true, description: 'Only writes by the mutation or command of this name.' })
  operation?: string;
}

@ArgsType()
export class JournalArgs extends PageArgs {
  @Field(() => JournalFilter, { nullable: true, description: 'Narrows the list; without it, the whole journal.' })
  filter?: JournalFilter;
}

@Resolver()
@ReadsOf('Query')
export class StaffQueries {
  @Query(() => StaffMember, { description: 'Who you are to this API, by the access token of this request.' })
  @One({ on: { id: given('staff_id') } })
  @AllStaff()
  viewer(@Ctx() context: unknown, @Info() info: GraphQLResolveInfo): Promise<unknown> {
    return readThroughCompiler(context, info);
  }

  @Query(() => JournalConnection, { description: 'What the staff did, newest first; `first` or `last` is required.' })
  @Page({
    on: {},
    order: [desc('written_at', 'timestamptz'), asc('id')],
    filter: { subjectId: equals('subject_id'), staffId: equals('staff_id'), operation: equals('operation') },
  })
  @StaffOnly('AUDITOR', 'API_STEWARD', 'PROGRAM_MANAGER', 'PRIVACY_OFFICER')
  journal(@Args(() => JournalArgs) _args: JournalArgs, @Ctx() context: unknown, @Info() info: GraphQLResolveInfo): Promise<unknown> {
    return readThroughCompiler(context, info);
  }
}

export const staffGraphql: readonly Function[] = [StaffMember, JournalEntry, StaffQueries];
