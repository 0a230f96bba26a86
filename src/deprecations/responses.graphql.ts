/** What partners can say to a deprecation notice. */
import { type GraphQLResolveInfo } from 'graphql';
import { Arg, Ctx, Field, ID, Info, InputType, Mutation, ObjectType, Resolver } from 'type-graphql';
import { ok } from '../base/outcome.ts';
import { DateOnly } from '../graphql/scalars.ts';
import { UserError } from '../graphql/user-error.ts';
import { Repeatable, answered, write } from '../graphql/writing.ts';
import type { Tx } from '../platform/postgres/database.ts';
import { One } from '../reads/index.ts';
import { BrownoutWindow, DeprecationNotice, DeprecationResponse } from './notice.graphql.ts';
import { MAX_REWRITTEN, acknowledge, optOut, requestExtension, signDate } from './responses.service.ts';

const KEY_DESCRIPTION =
  'Names this request, so that sending it again does its work once: 1 to 255 printable ASCII characters, remembered for 24 hours. The header `Idempotency-Key` serves as well.';

@InputType({ description: 'Which notice your organisation has read.' })
export class AcknowledgeDeprecationInput {
  @Field(() => ID, { description: 'Id of the deprecation notice.' })
  noticeId!: string;

  @Field(() => String, { nullable: true, description: 'A word to the marketplace, up to 2,000 characters.' })
  message?: string;

  @Field(() => [String], {
    nullable: true,
    description: `Your operations as they will be without the element, up to ${MAX_REWRITTEN} documents that are valid in the first version without it. With them the release of that version no longer waits for you.`,
  })
  rewrittenOperations?: string[];

  @Field(() => String, { nullable: true, description: `${KEY_DESCRIPTION} Not required: acknowledging twice says no more.` })
  idempotencyKey?: string;
}

@InputType({ description: 'For which element more time is needed, how much, and why.' })
export class RequestDeprecationExtensionInput {
  @Field(() => ID, { description: 'Id of the deprecation notice.' })
  noticeId!: string;

  @Field(() => DateOnly, { description: 'Day until which you need the element; later than its `sunsetAt`.' })
  until!: string;

  @Field({ description: 'Why, up to 2,000 characters: people read it.' })
  message!: string;

  @Field(() => String, { nullable: true, description: KEY_DESCRIPTION })
  idempotencyKey?: string;
}

@InputType({ description: 'From when on your organisation does without an element, and who says so.' })
export class SignDeprecationDateInput {
  @Field(() => ID, { description: 'Id of the deprecation notice.' })
  noticeId!: string;

  @Field(() => DateOnly, { description: 'Day from which you do without the element; not after its `sunsetAt`.' })
  movedOn!: string;

  @Field({ description: 'Full name of whoever signs for your organisation.' })
  signedBy!: string;

  @Field(() => String, { nullable: true, description: KEY_DESCRIPTION })
  idempotencyKey?: string;
}

@InputType({ description: 'Which brownout leaves your organisation out.' })
export class OptOutOfBrownoutInput {
  @Field(() => ID, { description: 'Id of the brownout.' })
  windowId!: string;

  @Field({ description: 'Why, up to 2,000 characters: people read it.' })
  reason!: string;

  @Field(() => String, { nullable: true, description: `${KEY_DESCRIPTION} Not required: opting out twice is as good as once.` })
  idempotencyKey?: string;
}

@ObjectType({ description: 'What a mutation on deprecations did.' })
abstract class DeprecationPayload {
  @Field(() => DeprecationNotice, { nullable: true, description: 'The notice as it stands now; null where it was refused.' })
  @One({ on: { id: answered('noticeId') } })
  notice!: DeprecationNotice | null;

  @Field(() => [UserError], { description: 'Why nothing was changed; empty where it was done.' })
  userErrors!: UserError[];
}

@ObjectType({ description: 'What an answer to a deprecation notice did.' })
abstract class ResponsePayload extends DeprecationPayload {
  @Field(() => DeprecationResponse, { nullable: true, description: 'What is on record now; null where it was refused.' })
  @One({ on: { id: answered('responseId') } })
  response!: DeprecationResponse | null;
}

@ObjectType({ description: 'What `acknowledgeDeprecation` did.' })
export class AcknowledgeDeprecationPayload extends ResponsePayload {}

@ObjectType({ description: 'What `requestDeprecationExtension` did.' })
export class RequestDeprecationExtensionPayload extends ResponsePayload {}

@ObjectType({ description: 'What `signDeprecationDate` did.' })
export class SignDeprecationDatePayload extends ResponsePayload {}

@ObjectType({ description: 'What `optOutOfBrownout` did.' })
export class OptOutOfBrownoutPayload extends DeprecationPayload {
  @Field(() => BrownoutWindow, { nullable: true, description: 'The brownout that leaves you out; null where it was refused.' })
  @One({ on: { id: answered('windowId') } })
  brownout!: BrownoutWindow | null;
}

@Resolver()
export class DeprecationMutations {
  @Mutation(() => AcknowledgeDeprecationPayload, {
    nullable: true,
    description:
      'Says that your organisation has read a notice, and shows how it goes on without the element; saying it again answers the first time. Refused with `NOT_FOUND` and `INVALID`.',
  })
  @Repeatable()
  acknowledgeDeprecation(
    @Arg('input', () => AcknowledgeDeprecationInput, { description: 'Which notice.' }) { noticeId, message, rewrittenOperations }: AcknowledgeDeprecationInput,
    @Ctx() context: unknown,
    @Info() info: GraphQLResolveInfo,
  ): Promise<unknown> {
    return write(context, info, async (tx: Tx, clocks, { readDocument }) => {
      const said = await acknowledge(tx, clocks, noticeId, { message: message ?? null, rewritten: rewrittenOperations ?? [] }, readDocument);
      return said.ok ? ok({ answer: said.value }) : said;
    });
  }

  @Mutation(() => RequestDeprecationExtensionPayload, {
    nullable: true,
    description: 'Asks for an element for longer. The request stays on record; it changes no date by itself. Refused with `NOT_FOUND` and `INVALID`.',
  })
  requestDeprecationExtension(
    @Arg('input', () => RequestDeprecationExtensionInput, { description: 'For what, until when and why.' }) { noticeId, until, message }: RequestDeprecationExtensionInput,
    @Ctx() context: unknown,
    @Info() info: GraphQLResolveInfo,
  ): Promise<unknown> {
    return write(context, info, async (tx: Tx, clocks) => {
      const said = await requestExtension(tx, clocks, noticeId, { until, message });
      return said.ok ? ok({ answer: said.value }) : said;
    });
  }

  @Mutation(() => SignDeprecationDatePayload, {
    nullable: true,
    description: 'Signs the day from which your organisation does without an element. Refused with `NOT_FOUND` and `INVALID`.',
  })
  signDeprecationDate(
    @Arg('input', () => SignDeprecationDateInput, { description: 'Which day, and who signs.' }) { noticeId, movedOn, signedBy }: SignDeprecationDateInput,
    @Ctx() context: unknown,
    @Info() info: GraphQLResolveInfo,
  ): Promise<unknown> {
    return write(context, info, async (tx: Tx, clocks) => {
      const said = await signDate(tx, clocks, noticeId, { movedOn, signedBy });
      return said.ok ? ok({ answer: said.value }) : said;
    });
  }

  @Mutation(() => OptOutOfBrownoutPayload, {
    nullable: true,
    description: 'Leaves your organisation out of one brownout, in this environment. Refused with `NOT_FOUND` and `INVALID`.',
  })
  @Repeatable()
  optOutOfBrownout(
    @Arg('input', () => OptOutOfBrownoutInput, { description: 'Which brownout, and why.' }) { windowId, reason }: OptOutOfBrownoutInput,
    @Ctx() context: unknown,
    @Info() info: GraphQLResolveInfo,
  ): Promise<unknown> {
    return write(context, info, async (tx: Tx, clocks) => {
      const said = await optOut(tx, clocks, windowId, reason);
      return said.ok ? ok({ answer: said.value }) : said;
    });
  }
}

export const responsesGraphql: readonly Function[] = [
  DeprecationMutations,
  AcknowledgeDeprecationPayload,
  RequestDeprecationExtensionPayload,
  SignDeprecationDatePayload,
  OptOutOfBrownoutPayload,
];
