/** What the staff gives to the registry's mutations. */
import { Field, ID, InputType } from 'type-graphql';
import { DateOnly, DateTime } from '../graphql/scalars.ts';
import { StaffMutationInput } from '../partners/index.ts';
import type { Criticality, NoticeContent } from './notice.rules.ts';
import { DeprecationCriticality } from './words.graphql.ts';

@InputType({ description: 'The emergency path: the element ends in every version on a day of its own.' })
export class EmergencyInput {
  @Field(() => DateOnly, { description: 'Day on which the element ends in every version.' })
  sunsetOn!: string;

  @Field(() => ID, { description: 'Id of the API steward who must approve in person, beside another one.' })
  approverId!: string;

  @Field({ description: 'Why partners are not given their time, for them to read.' })
  publicReason!: string;
}

@InputType({ description: 'What a deprecation notice says.' })
export class DeprecationNoticeInput {
  @Field({ description: 'The element as a schema coordinate of a version that lives: Type, Type.field, Type.field(argument:), Input.field, Enum.VALUE, @directive.' })
  coordinate!: string;

  @Field({ description: 'What the element is, up to 2,000 characters.' })
  description!: string;

  @Field({ description: 'Why it goes, in other words than the description, up to 1,000 characters.' })
  reason!: string;

  @Field(() => String, { nullable: true, description: 'Coordinate of the element that takes its place; else say `noReplacement`.' })
  replacement?: string | null;

  @Field(() => String, { nullable: true, description: 'The written statement that nothing takes its place, and what partners can do instead.' })
  noReplacement?: string | null;

  @Field({ description: 'How partners move, step by step, in Markdown, up to 20,000 characters.' })
  migrationGuide!: string;

  @Field(() => DeprecationCriticality, { description: 'What happens to a program that does not move.' })
  criticality!: Criticality;

  @Field({ description: 'The team that answers for the element.' })
  ownerTeam!: string;

  @Field(() => DateOnly, { description: 'Day from which partners may know: today or later when it is submitted and approved.' })
  announcedOn!: string;

  @Field(() => DateOnly, { description: 'Day from which it counts as deprecated: at least 6 months and 2 versions before `removedIn`.' })
  deprecatedOn!: string;

  @Field(() => String, { nullable: true, description: 'First version without the element, e.g. `2027-07`; only an emergency does without.' })
  removedIn?: string | null;

  @Field(() => EmergencyInput, { nullable: true, description: 'Only where partners cannot be given their time.' })
  emergency?: EmergencyInput | null;
}

export const contentOf = (input: DeprecationNoticeInput): NoticeContent => ({
  coordinate: input.coordinate.trim(),
  description: input.description,
  reason: input.reason,
  replacement: input.replacement?.trim() ?? null,
  noReplacement: input.noReplacement ?? null,
  migrationGuide: input.migrationGuide,
  criticality: input.criticality,
  ownerTeam: input.ownerTeam,
  announcedOn: input.announcedOn,
  deprecatedOn: input.deprecatedOn,
  removedIn: input.removedIn ?? null,
  emergency: input.emergency ? { sunsetOn: input.emergency.sunsetOn, approverId: input.emergency.approverId, publicReason: input.emergency.publicReason } : null,
});

@InputType({ description: 'A new notice.' })
export class CreateDeprecationNoticeInput extends StaffMutationInput {
  @Field(() => DeprecationNoticeInput, { description: 'What it says.' })
  notice!: DeprecationNoticeInput;
}

@InputType({ description: 'New words for a notice, all of them.' })
export class EditDeprecationNoticeInput extends StaffMutationInput {
  @Field(() => ID, { description: 'Id of the notice.' })
  noticeId!: string;

  @Field(() => DeprecationNoticeInput, { description: 'What it says from now on.' })
  notice!: DeprecationNoticeInput;
}

@InputType({ description: 'Which notice this is done to.' })
export class DeprecationStepInput extends StaffMutationInput {
  @Field(() => ID, { description: 'Id of the notice.' })
  noticeId!: string;
}

@InputType({ description: 'A comment on a notice.' })
export class CommentOnDeprecationNoticeInput extends DeprecationStepInput {
  @Field({ description: 'The comment, up to 5,000 characters.' })
  text!: string;
}

@InputType({ description: 'A reminder to the partners that still use the element.' })
export class RemindPartnersInput extends DeprecationStepInput {
  @Field({ description: 'What they read, up to 5,000 characters.' })
  message!: string;
}

@InputType({ description: 'A while in which the element is switched off.' })
export class ScheduleBrownoutInput extends DeprecationStepInput {
  @Field(() => DateTime, { description: 'Instant at which it begins, 14 days from now or later.' })
  startsAt!: Date;

  @Field(() => DateTime, { description: 'Instant at which it ends, at most 24 hours later.' })
  endsAt!: Date;
}

@InputType({ description: 'Which brownout ends, or is called off.' })
export class AbortBrownoutInput extends StaffMutationInput {
  @Field(() => ID, { description: 'Id of the brownout.' })
  windowId!: string;
}

@InputType({ description: 'Notices of an export.' })
export class ImportDeprecationNoticesInput extends StaffMutationInput {
  @Field({ description: 'The export, as JSON text (`deprecationExport`).' })
  json!: string;
}
