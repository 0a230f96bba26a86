/** What the staff can do with the registry, and who of it may. */
import { type GraphQLResolveInfo } from 'graphql';
import { Arg, Ctx, Field, Info, Mutation, ObjectType, Resolver } from 'type-graphql';
import { ok } from '../base/outcome.ts';
import { answered } from '../graphql/writing.ts';
import { StaffOnly, StaffPayload, writeAsStaff } from '../partners/index.ts';
import { Many, One, asc, sql } from '../reads/index.ts';
import { abortBrownout, scheduleBrownout } from './brownouts.service.ts';
import { importNotices } from './exchange.service.ts';
import { approveNotice, commentOnNotice, createNotice, editNotice, rejectNotice, remindPartners, submitNotice, withdrawNotice } from './notices.service.ts';
import {
  AbortBrownoutInput,
  CommentOnDeprecationNoticeInput,
  CreateDeprecationNoticeInput,
  DeprecationStepInput,
  EditDeprecationNoticeInput,
  ImportDeprecationNoticesInput,
  RemindPartnersInput,
  ScheduleBrownoutInput,
  contentOf,
} from './staff-inputs.graphql.ts';
import { BrownoutWindow, DeprecationNotice } from './staff-notice.graphql.ts';

@ObjectType({ description: 'What a mutation on a deprecation notice did.' })
export class DeprecationNoticePayload extends StaffPayload {
  @Field(() => DeprecationNotice, { nullable: true, description: 'The notice as it stands now; null where it was refused.' })
  @One({ on: { id: answered('noticeId') } })
  notice!: DeprecationNotice | null;
}

@ObjectType({ description: 'What a mutation on a brownout did.' })
export class BrownoutPayload extends StaffPayload {
  @Field(() => DeprecationNotice, { nullable: true, description: 'The notice as it stands now; null where it was refused.' })
  @One({ on: { id: answered('noticeId') } })
  notice!: DeprecationNotice | null;

  @Field(() => BrownoutWindow, { nullable: true, description: 'The brownout as it stands now; null where it was refused.' })
  @One({ on: { id: answered('windowId') } })
  brownout!: BrownoutWindow | null;
}

@ObjectType({ description: 'What an import did.' })
export class ImportDeprecationNoticesPayload extends StaffPayload {
  @Field(() => [DeprecationNotice], { description: 'The notices that were imported, as drafts: at most 1,000; none where it was refused.' })
  @Many({ on: {}, where: row => sql`${row.col('id')} = any (string_to_array(${answered('noticeIds')}, ' '))`, order: [asc('coordinate'), asc('id')], limit: 1000 })
  notices!: DeprecationNotice[];
}

@Resolver()
export class StaffDeprecationMutations {
  @Mutation(() => DeprecationNoticePayload, {
    nullable: true,
    description: 'Writes a notice as a draft. Refused with `INVALID`, `RULE_BROKEN` and `DUPLICATE`.',
  })
  @StaffOnly('API_STEWARD')
  createDeprecationNotice(
    @Arg('input', () => CreateDeprecationNoticeInput, { description: 'What it says.' }) { notice }: CreateDeprecationNoticeInput,
    @Ctx() context: unknown,
    @Info() info: GraphQLResolveInfo,
  ): Promise<unknown> {
    return writeAsStaff(context, info, async (tx, act) => {
      const done = await createNotice(tx, act, contentOf(notice));
      return done.ok ? ok({ answer: done.value }) : done;
    });
  }

  @Mutation(() => DeprecationNoticePayload, {
    nullable: true,
    description: 'Gives a notice that is not published new words; it is a draft again. Refused with `NOT_FOUND`, `REVIEW_STATE`, `INVALID`, `RULE_BROKEN` and `DUPLICATE`.',
  })
  @StaffOnly('API_STEWARD')
  editDeprecationNotice(
    @Arg('input', () => EditDeprecationNoticeInput, { description: 'Which notice, and its new words.' }) { noticeId, notice }: EditDeprecationNoticeInput,
    @Ctx() context: unknown,
    @Info() info: GraphQLResolveInfo,
  ): Promise<unknown> {
    return writeAsStaff(context, info, async (tx, act) => {
      const done = await editNotice(tx, act, noticeId, contentOf(notice));
      return done.ok ? ok({ answer: done.value }) : done;
    });
  }

  @Mutation(() => DeprecationNoticePayload, {
    nullable: true,
    description: 'Asks for the review of a draft that keeps every rule. Refused with `NOT_FOUND`, `REVIEW_STATE`, `INVALID` and `RULE_BROKEN`.',
  })
  @StaffOnly('API_STEWARD')
  submitDeprecationNotice(
    @Arg('input', () => DeprecationStepInput, { description: 'Which notice.' }) { noticeId }: DeprecationStepInput,
    @Ctx() context: unknown,
    @Info() info: GraphQLResolveInfo,
  ): Promise<unknown> {
    return writeAsStaff(context, info, async (tx, act) => {
      const done = await submitNotice(tx, act, noticeId);
      return done.ok ? ok({ answer: done.value }) : done;
    });
  }

  @Mutation(() => DeprecationNoticePayload, {
    nullable: true,
    description:
      'Approves a notice in your name; it is published once enough persons have, two where it breaks programs or is an emergency. Refused with `NOT_FOUND`, `REVIEW_STATE`, `OWN_WORK`, `ALREADY_DECIDED`, `INVALID` and `RULE_BROKEN`.',
  })
  @StaffOnly('API_STEWARD')
  approveDeprecationNotice(
    @Arg('input', () => DeprecationStepInput, { description: 'Which notice.' }) { noticeId, reason }: DeprecationStepInput,
    @Ctx() context: unknown,
    @Info() info: GraphQLResolveInfo,
  ): Promise<unknown> {
    return writeAsStaff(context, info, async (tx, act) => {
      const done = await approveNotice(tx, act, noticeId, reason);
      return done.ok ? ok({ answer: done.value }) : done;
    });
  }

  @Mutation(() => DeprecationNoticePayload, {
    nullable: true,
    description: 'Sends a notice back to its author. Refused with `NOT_FOUND`, `REVIEW_STATE`, `OWN_WORK` and `ALREADY_DECIDED`.',
  })
  @StaffOnly('API_STEWARD')
  rejectDeprecationNotice(
    @Arg('input', () => DeprecationStepInput, { description: 'Which notice.' }) { noticeId, reason }: DeprecationStepInput,
    @Ctx() context: unknown,
    @Info() info: GraphQLResolveInfo,
  ): Promise<unknown> {
    return writeAsStaff(context, info, async (tx, act) => {
      const done = await rejectNotice(tx, act, noticeId, reason);
      return done.ok ? ok({ answer: done.value }) : done;
    });
  }

  @Mutation(() => DeprecationNoticePayload, {
    nullable: true,
    description: 'Takes back a published notice: the element stays, and the partners that use it are told your reason. Refused with `NOT_FOUND` and `REVIEW_STATE`.',
  })
  @StaffOnly('API_STEWARD')
  withdrawDeprecationNotice(
    @Arg('input', () => DeprecationStepInput, { description: 'Which notice.' }) { noticeId, reason }: DeprecationStepInput,
    @Ctx() context: unknown,
    @Info() info: GraphQLResolveInfo,
  ): Promise<unknown> {
    return writeAsStaff(context, info, async (tx, act) => {
      const done = await withdrawNotice(tx, act, noticeId, reason);
      return done.ok ? ok({ answer: done.value }) : done;
    });
  }

  @Mutation(() => DeprecationNoticePayload, { nullable: true, description: 'Comments on a notice, for the staff. Refused with `NOT_FOUND` and `INVALID`.' })
  @StaffOnly('API_STEWARD', 'PROGRAM_MANAGER', 'PRIVACY_OFFICER', 'SUPPORT')
  commentOnDeprecationNotice(
    @Arg('input', () => CommentOnDeprecationNoticeInput, { description: 'Which notice, and the comment.' }) { noticeId, text }: CommentOnDeprecationNoticeInput,
    @Ctx() context: unknown,
    @Info() info: GraphQLResolveInfo,
  ): Promise<unknown> {
    return writeAsStaff(context, info, async (tx, act) => {
      const done = await commentOnNotice(tx, act, noticeId, text);
      return done.ok ? ok({ answer: done.value }) : done;
    });
  }

  @Mutation(() => DeprecationNoticePayload, {
    nullable: true,
    description: 'Notifies the partners that used the element in the last 90 days. Refused with `NOT_FOUND`, `REVIEW_STATE` and `INVALID`.',
  })
  @StaffOnly('API_STEWARD', 'PROGRAM_MANAGER')
  remindPartnersOfDeprecation(
    @Arg('input', () => RemindPartnersInput, { description: 'Of which notice, and the words.' }) { noticeId, message }: RemindPartnersInput,
    @Ctx() context: unknown,
    @Info() info: GraphQLResolveInfo,
  ): Promise<unknown> {
    return writeAsStaff(context, info, async (tx, act) => {
      const done = await remindPartners(tx, act, noticeId, message);
      return done.ok ? ok({ answer: done.value }) : done;
    });
  }

  @Mutation(() => BrownoutPayload, {
    nullable: true,
    description: 'Schedules a brownout of a published notice, and tells the partners that use the element. Refused with `NOT_FOUND`, `REVIEW_STATE`, `INVALID` and `RULE_BROKEN`.',
  })
  @StaffOnly('API_STEWARD')
  scheduleBrownout(
    @Arg('input', () => ScheduleBrownoutInput, { description: 'Of which notice, from when to when.' }) { noticeId, startsAt, endsAt }: ScheduleBrownoutInput,
    @Ctx() context: unknown,
    @Info() info: GraphQLResolveInfo,
  ): Promise<unknown> {
    return writeAsStaff(context, info, async (tx, act) => {
      const done = await scheduleBrownout(tx, act, noticeId, { startsAt, endsAt });
      return done.ok ? ok({ answer: done.value }) : done;
    });
  }

  @Mutation(() => BrownoutPayload, {
    nullable: true,
    description: 'Ends a brownout at once, or calls it off. Refused with `NOT_FOUND`, `RULE_BROKEN` and `DUPLICATE`.',
  })
  @StaffOnly('API_STEWARD', 'SUPPORT')
  abortBrownout(
    @Arg('input', () => AbortBrownoutInput, { description: 'Which brownout.' }) { windowId, reason }: AbortBrownoutInput,
    @Ctx() context: unknown,
    @Info() info: GraphQLResolveInfo,
  ): Promise<unknown> {
    return writeAsStaff(context, info, async (tx, act) => {
      const done = await abortBrownout(tx, act, windowId, reason);
      return done.ok ? ok({ answer: done.value }) : done;
    });
  }

  @Mutation(() => ImportDeprecationNoticesPayload, {
    nullable: true,
    description: 'Takes the notices of an export that are not here yet, as drafts of yours. Refused with `INVALID`, `RULE_BROKEN` and `DUPLICATE`, and then none is taken.',
  })
  @StaffOnly('API_STEWARD')
  importDeprecationNotices(
    @Arg('input', () => ImportDeprecationNoticesInput, { description: 'The export.' }) { json, reason }: ImportDeprecationNoticesInput,
    @Ctx() context: unknown,
    @Info() info: GraphQLResolveInfo,
  ): Promise<unknown> {
    return writeAsStaff(context, info, async (tx, act) => {
      const done = await importNotices(tx, act, json, reason);
      return done.ok ? ok({ answer: { noticeId: done.value.noticeIds[0]!, noticeIds: done.value.noticeIds.join(' ') } }) : done;
    });
  }
}
