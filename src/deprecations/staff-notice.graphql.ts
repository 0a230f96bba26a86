/** The deprecation registry in the staff API: notices with their review, evidence and history. */
import { Field, Int, ObjectType } from 'type-graphql';
import { connectionOf } from '../graphql/connection.ts';
import { Node } from '../graphql/node.ts';
import { DateOnly, DateTime } from '../graphql/scalars.ts';
import { JournalEntry, StaffMember } from '../partners/staff.graphql.ts';
import { asc, Column, Computed, desc, From, given, Many, One, sql } from '../reads/index.ts';
import type { Criticality, ReviewState } from './notice.rules.ts';
import type { NoticeStage } from './notice-state.rules.ts';
import type { Origin } from './notice.store.ts';
import type { RemovalGate } from './removal.rules.ts';
import type { ResponseKind } from './talk.store.ts';
import {
  DeprecationCriticality,
  DeprecationOrigin,
  DeprecationResponseKind,
  DeprecationReview,
  DeprecationState,
  RemovalGateEnum,
  ReviewVerdict,
  VerdictKind,
} from './words.graphql.ts';

const MARKETPLACE = { held_by: 'partner_id' };

/** A class that stands further below: the compiler would write its name into the decorators' metadata, before
    there is such a class. */
type Later<T> = T;

@ObjectType({ simpleResolvers: true, description: 'What one reviewer decided.' })
@From('deprecation_approval', { scope: MARKETPLACE })
export class DeprecationApproval {
  @Field(() => StaffMember, { description: 'Who decided.' })
  @One({ on: { id: 'staff_id' } })
  staff!: StaffMember;

  @Field(() => ReviewVerdict, { description: 'What was decided.' })
  @Column()
  verdict!: string;

  @Field({ description: 'Why.' })
  @Column()
  reason!: string;

  @Field(() => Int, { description: 'Which submission it was about, counted from 1; only those of the last one count.' })
  @Column()
  round!: number;

  @Field(() => DateTime, { description: 'Instant of the decision.' })
  @Column()
  decidedAt!: Date;
}

@ObjectType({ implements: Node, simpleResolvers: true, description: 'What somebody of the staff said about a notice.' })
@From('deprecation_comment', { scope: MARKETPLACE, idPrefix: 'dpc' })
export class DeprecationComment extends Node {
  @Field(() => StaffMember, { description: 'Who said it.' })
  @One({ on: { id: 'staff_id' } })
  staff!: StaffMember;

  @Field({ description: 'The comment.' })
  @Column()
  text!: string;

  @Field(() => DateTime, { description: 'Instant at which it was written.' })
  @Column()
  writtenAt!: Date;
}

@ObjectType({ implements: Node, simpleResolvers: true, description: 'A while in which a deprecated element is switched off.' })
@From('brownout_window', { scope: { audience: 'audience' }, idPrefix: 'brw' })
export class BrownoutWindow extends Node {
  @Field(() => DateTime, { description: 'Instant at which it begins, by the clock of each environment.' })
  @Column()
  startsAt!: Date;

  @Field(() => DateTime, { description: 'Instant at which it ends.' })
  @Column()
  endsAt!: Date;

  @Field(() => DateTime, { nullable: true, description: 'Instant at which it was called off or ended early; null where it was not.' })
  @Computed(row => sql`(select a.aborted_at from portico.brownout_abort a where a.window_id = ${row.col('id')})`)
  abortedAt!: Date | null;

  @Field(() => StaffMember, { description: 'Who scheduled it.' })
  @One({ on: { id: 'staff_id' } })
  staff!: StaffMember;
}

@ObjectType({ implements: Node, simpleResolvers: true, description: 'An organisation that builds on the marketplace, in live.' })
@From('partner', { scope: ['environment_id'], idPrefix: 'prt' })
export class Partner extends Node {
  @Field({ description: 'Name of the organisation.' })
  @Column()
  name!: string;
}

@ObjectType({ implements: Node, simpleResolvers: true, description: 'What a partner said to a notice in live, for good.' })
@From('deprecation_response', { scope: ['environment_id'], idPrefix: 'dpr' })
export class DeprecationResponse extends Node {
  @Field(() => Partner, { description: 'Who said it.' })
  @One({ on: { id: 'partner_id' } })
  partner!: Partner;

  @Field(() => DeprecationResponseKind, { description: 'What was said.' })
  @Column()
  kind!: ResponseKind;

  @Field(() => String, { nullable: true, description: "The partner's words, where it gave any." })
  @Column()
  message!: string | null;

  @Field(() => DateOnly, { nullable: true, description: 'The date asked for or signed; null for an acknowledgement.' })
  @Column()
  onDate!: string | null;

  @Field(() => String, { nullable: true, description: 'Who signed; null where nobody did.' })
  @Column()
  signedBy!: string | null;

  @Field(() => [String], { description: 'Its operations without the element, valid in the first version without it; empty where it gave none.' })
  @Column('rewritten')
  rewrittenOperations!: string[];

  @Field(() => DateTime, { description: 'Instant at which it was said.' })
  @Column()
  respondedAt!: Date;
}

@ObjectType({ simpleResolvers: true, description: 'That somebody would let go of what the removal gate refused.' })
@From('removal_override', { scope: MARKETPLACE })
export class RemovalOverride {
  @Field(() => StaffMember, { description: 'Who would.' })
  @One({ on: { id: 'staff_id' } })
  staff!: StaffMember;

  @Field({ description: 'Why, for partners to read.' })
  @Column()
  publicReason!: string;

  @Field(() => DateTime, { description: 'Instant at which it was said.' })
  @Column()
  decidedAt!: Date;
}

@ObjectType({ implements: Node, simpleResolvers: true, description: 'What the removal gate decided before a release or a retirement.' })
@From('removal_verdict', { scope: MARKETPLACE, idPrefix: 'rmv' })
export class RemovalVerdict extends Node {
  @Field(() => RemovalGateEnum, { description: 'What was decided on.' })
  @Column()
  gate!: RemovalGate;

  @Field(() => DeprecationNotice, { nullable: true, description: 'The notice whose element was to be missing; null for a retirement.' })
  @One({ on: { id: 'notice_id' } })
  notice!: Later<DeprecationNotice> | null;

  @Field({ description: 'The version that was to be released or to retire.' })
  @Column()
  version!: string;

  @Field(() => VerdictKind, { description: 'What was decided.' })
  @Column()
  verdict!: string;

  @Field({ description: 'Who still uses the element, how much and when last, who was told and who answered, as JSON text.' })
  @Computed(row => sql`${row.col('evidence')}::text`)
  evidence!: string;

  @Field(() => String, { nullable: true, description: 'Why it lets go of what is still used, for partners to read; null unless it is `OVERRIDDEN`.' })
  @Column()
  overrideReason!: string | null;

  @Field(() => [RemovalOverride], { description: 'Who would override it, the first one first: with two, a verdict that lets go is appended.' })
  @Many({ on: { verdict_id: 'id' }, order: [asc('decided_at', 'timestamptz'), asc('staff_id')], limit: 50 })
  overrides!: RemovalOverride[];

  @Field(() => DateTime, { description: 'Instant of the decision.' })
  @Column()
  decidedAt!: Date;
}

@ObjectType({ implements: Node, simpleResolvers: true, description: 'That an element of the partner API is to leave: what partners read of it, and how the staff came to it.' })
@From('deprecation_notice', { scope: MARKETPLACE, idPrefix: 'dpn' })
export class DeprecationNotice extends Node {
  @Field({ description: 'The element as a schema coordinate of the versions that hold it.' })
  @Column()
  coordinate!: string;

  @Field({ description: 'What the element is.' })
  @Column()
  description!: string;

  @Field({ description: 'Why it goes.' })
  @Column()
  reason!: string;

  @Field(() => String, { nullable: true, description: 'Coordinate of the element that takes its place; null where none does.' })
  @Column()
  replacement!: string | null;

  @Field(() => String, { nullable: true, description: 'The written statement that nothing takes its place; null where something does.' })
  @Column()
  noReplacement!: string | null;

  @Field({ description: 'How partners move, in Markdown.' })
  @Column()
  migrationGuide!: string;

  @Field(() => DeprecationCriticality, { description: 'What happens to a program that does not move.' })
  @Column()
  criticality!: Criticality;

  @Field({ description: 'The team that answers for the element.' })
  @Column()
  ownerTeam!: string;

  @Field(() => DateOnly, { description: 'Day from which partners may know.' })
  @Column()
  announcedOn!: string;

  @Field(() => DateOnly, { description: 'Day from which the element counts as deprecated.' })
  @Column()
  deprecatedOn!: string;

  @Field(() => String, { nullable: true, description: 'First version without the element; null where an emergency alone ends it.' })
  @Column()
  removedIn!: string | null;

  @Field(() => DateTime, { description: 'Instant from which no version answers it.' })
  @Computed(row => sql`portico.notice_sunset_at(${row.col('removed_in')}, ${row.col('emergency_sunset_on')})`)
  sunsetAt!: Date;

  @Field(() => DateOnly, { nullable: true, description: 'Day on which an emergency ends it in every version; null where there is none.' })
  @Column()
  emergencySunsetOn!: string | null;

  @Field(() => StaffMember, { nullable: true, description: 'Who must approve the emergency in person; null where there is none.' })
  @One({ on: { id: 'emergency_approver_id' } })
  emergencyApprover!: StaffMember | null;

  @Field(() => String, { nullable: true, description: 'Why partners are not given their time, for them to read; null where there is no emergency.' })
  @Column()
  emergencyReason!: string | null;

  @Field(() => DeprecationReview, { description: 'Where it stands in the review.' })
  @Column()
  review!: ReviewState;

  @Field(() => Int, { description: 'How often it was submitted.' })
  @Column()
  round!: number;

  @Field(() => Int, { description: 'How many persons must approve it.' })
  @Computed(row => sql`case when ${row.col('criticality')} = 'BREAKING' or ${row.col('emergency_sunset_on')} is not null then 2 else 1 end`)
  approvalsNeeded!: number;

  @Field(() => DeprecationState, { description: 'Where the element stands in live.' })
  @Computed(row => sql`portico.notice_stage(${row.col('id')}, ${given('environment_now', 'timestamptz')}, false)`)
  state!: NoticeStage;

  @Field(() => DeprecationOrigin, { description: 'How it came here.' })
  @Column()
  origin!: Origin;

  @Field(() => StaffMember, { nullable: true, description: 'Who wrote it first; null where nobody of the staff did.' })
  @One({ on: { id: 'author_id' } })
  author!: StaffMember | null;

  @Field(() => DateTime, { description: 'Instant at which it was written.' })
  @Column()
  createdAt!: Date;

  @Field(() => DateTime, { description: 'Instant of its last change.' })
  @Column()
  updatedAt!: Date;

  @Field(() => [DeprecationApproval], { description: 'What reviewers decided, newest first: the last 50.' })
  @Many({ on: { notice_id: 'id' }, order: [desc('decided_at', 'timestamptz'), asc('staff_id')], limit: 50 })
  approvals!: DeprecationApproval[];

  @Field(() => [DeprecationComment], { description: 'What the staff said about it, oldest first: the first 200.' })
  @Many({ on: { notice_id: 'id' }, order: [asc('written_at', 'timestamptz'), asc('id')], limit: 200 })
  comments!: DeprecationComment[];

  @Field(() => [BrownoutWindow], { description: 'Its brownouts, by their beginning: the first 50.' })
  @Many({ on: { notice_id: 'id' }, order: [asc('starts_at', 'timestamptz'), asc('id')], limit: 50 })
  brownouts!: BrownoutWindow[];

  @Field(() => [DeprecationResponse], { description: 'What partners said to it in live, newest first: the last 100.' })
  @Many({ on: { notice_id: 'id' }, order: [desc('responded_at', 'timestamptz'), asc('id')], limit: 100 })
  responses!: DeprecationResponse[];

  @Field(() => [RemovalVerdict], { description: 'What the removal gate decided, newest first: the last 20.' })
  @Many({ on: { notice_id: 'id' }, order: [desc('decided_at', 'timestamptz'), asc('id')], limit: 20 })
  verdicts!: RemovalVerdict[];

  @Field(() => [JournalEntry], { description: 'Every change of it, with who and why, newest first: the last 100; `journal` has all.' })
  @Many({ on: { subject_id: 'id' }, order: [desc('written_at', 'timestamptz'), asc('id')], limit: 100 })
  history!: JournalEntry[];
}

export const DeprecationNoticeConnection = connectionOf(DeprecationNotice);
export const RemovalVerdictConnection = connectionOf(RemovalVerdict);
