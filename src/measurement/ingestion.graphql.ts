/** The mutations by which events are reported, tried and repaired. */
import { type GraphQLResolveInfo } from 'graphql';
import { Arg, Ctx, Field, ID, Info, InputType, Int, Mutation, ObjectType, Resolver } from 'type-graphql';
import { ok, refused } from '../base/outcome.ts';
import { AtMost, Cost } from '../graphql/cost.ts';
import { CloudEvent } from '../graphql/scalars.ts';
import { UserError } from '../graphql/user-error.ts';
import { AnsweredValue, KEY_DESCRIPTION, Repeatable, answered, write } from '../graphql/writing.ts';
import type { Tx } from '../platform/postgres/database.ts';
import { One } from '../reads/index.ts';
import type { RejectionCode } from './cloud-event.rules.ts';
import { EventRejectionCode, RejectedEvent } from './event.graphql.ts';
import { MAX_BATCH, ingest, validate } from './events.service.ts';
import { repairRejectedEvent } from './repairs.service.ts';

const ONCE_BY_NAME = 'Not required: an event counts once by its own name.';

@InputType({ description: 'Events to be counted.' })
export class IngestEventsInput {
  @Field(() => [CloudEvent], { description: `The events, at most ${MAX_BATCH}. Each is checked by itself: those that fit count, the others come back with the cause.` })
  events!: string[];

  @Field(() => String, { nullable: true, description: `${KEY_DESCRIPTION} ${ONCE_BY_NAME}` })
  idempotencyKey?: string;
}

@InputType({ description: 'An event to be tried.' })
export class ValidateEventInput {
  @Field(() => CloudEvent, { description: 'The event.' })
  event!: string;

  @Field(() => String, { nullable: true, description: `${KEY_DESCRIPTION} Not required: nothing is done.` })
  idempotencyKey?: string;
}

@InputType({ description: 'A rejected event that is to count after all.' })
export class RepairRejectedEventInput {
  @Field(() => ID, { description: 'Id of the rejected event.' })
  rejectedEventId!: string;

  @Field(() => CloudEvent, {
    nullable: true,
    description: 'The event as it should have been; without it, the event as it was sent is tried again, e.g. since its type has been published.',
  })
  event?: string;

  @Field(() => String, { nullable: true, description: `${KEY_DESCRIPTION} Not required: a rejected event is repaired once.` })
  idempotencyKey?: string;
}

@ObjectType({ simpleResolvers: true, description: 'Why an event would not count.' })
@Cost(0)
export class EventFault {
  @Field(() => EventRejectionCode, { description: 'The cause; stable, unlike the reason.' })
  code!: RejectionCode;

  @Field({ description: 'What it is about: a JSON Pointer (RFC 6901) into the event; empty for the whole.' })
  path!: string;

  @Field({ description: 'The cause in words, with its limit and what to do next.' })
  reason!: string;
}

@ObjectType({ simpleResolvers: true, description: 'An event of the request that does not count.' })
@Cost(0)
export class EventRejection extends EventFault {
  @Field(() => Int, { description: 'Its place in `input.events`, from 0.' })
  index!: number;

  @Field(() => String, { nullable: true, description: 'Its own `id`; null where that could not be read.' })
  eventId!: string | null;

  @Field(() => ID, { description: 'Id of the rejected event as it is kept, for `repairRejectedEvent`.' })
  rejectedEventId!: string;
}

@ObjectType({ description: 'What `ingestEvents` did.' })
export class IngestEventsPayload {
  @Field(() => Int, { nullable: true, description: 'How many events count from now on; null where the request was refused.' })
  @AnsweredValue('accepted')
  accepted!: number | null;

  @Field(() => Int, { nullable: true, description: 'How many counted already, by this request or by an earlier one; null where the request was refused.' })
  @AnsweredValue('duplicates')
  duplicates!: number | null;

  @Field(() => [EventRejection], { nullable: true, description: 'The events that do not count, in the order of the request; null where the request was refused.' })
  @AtMost(MAX_BATCH)
  @AnsweredValue('rejected')
  rejected!: EventRejection[] | null;

  @Field(() => [UserError], { description: 'Why nothing was taken in; empty where it was.' })
  userErrors!: UserError[];
}

@ObjectType({ description: 'What `validateEvent` found.' })
export class ValidateEventPayload {
  @Field(() => Boolean, { nullable: true, description: 'Whether the event would count.' })
  @AnsweredValue('valid')
  valid!: boolean | null;

  @Field(() => EventFault, { nullable: true, description: 'Why it would not; null where it would.' })
  @AnsweredValue('fault')
  fault!: EventFault | null;

  @Field(() => [UserError], { description: 'Why it was not tried; empty where it was.' })
  userErrors!: UserError[];
}

@ObjectType({ description: 'What `repairRejectedEvent` did.' })
export class RepairRejectedEventPayload {
  @Field(() => RejectedEvent, { nullable: true, description: 'The rejected event, with the instant of its repair; null where it was refused.' })
  @One({ on: { id: answered('rejectedEventId') } })
  rejectedEvent!: RejectedEvent | null;

  @Field(() => Boolean, { nullable: true, description: 'Whether an event of the same name counted already, so that the repair added nothing; null where it was refused.' })
  @AnsweredValue('wasDuplicate')
  wasDuplicate!: boolean | null;

  @Field(() => [UserError], { description: 'Why nothing was changed; empty where it was done.' })
  userErrors!: UserError[];
}

@Resolver()
export class IngestionMutations {
  @Mutation(() => IngestEventsPayload, {
    nullable: true,
    description: `Reports events of the calling integration, at most ${MAX_BATCH}. Sending an event again does no harm: by its \`source\` and \`id\` it counts once. Refused with \`TOO_MANY_EVENTS\`. Files go to \`POST /events/bulk\`.`,
  })
  @Repeatable()
  ingestEvents(
    @Arg('input', () => IngestEventsInput, { description: 'The events.' }) { events }: IngestEventsInput,
    @Ctx() context: unknown,
    @Info() info: GraphQLResolveInfo,
  ): Promise<unknown> {
    return write(context, info, async (tx: Tx, { environment }, calling) => {
      if (events.length > MAX_BATCH) {
        return refused({
          code: 'TOO_MANY_EVENTS',
          message: `The request has ${events.length} events of at most ${MAX_BATCH}. Send the rest in another one.`,
          path: ['input', 'events'],
        });
      }
      const incoming = events.map((text, position) => ({ position, text }));
      const { accepted, duplicates, rejected } = await ingest(tx, calling, incoming, environment.now());
      return ok({ answer: { accepted, duplicates, rejected: rejected.map(({ position, id, ...rejection }) => ({ index: position, eventId: id, ...rejection })) } });
    });
  }

  @Mutation(() => ValidateEventPayload, { nullable: true, description: 'Says whether an event would count, and why not. Nothing is counted or kept.' })
  @Repeatable()
  validateEvent(
    @Arg('input', () => ValidateEventInput, { description: 'The event.' }) { event }: ValidateEventInput,
    @Ctx() context: unknown,
    @Info() info: GraphQLResolveInfo,
  ): Promise<unknown> {
    return write(context, info, async (tx: Tx, { environment }, { environmentId }) => {
      const [fault = null] = await validate(tx, environmentId, [{ position: 0, text: event }], environment.now());
      return ok({ answer: { valid: fault === null, fault: fault && { ...fault } } });
    });
  }

  @Mutation(() => RepairRejectedEventPayload, {
    nullable: true,
    description: 'Counts a rejected event after all, once: corrected, or as it was sent. Refused with `NOT_FOUND`, `ALREADY_REPAIRED` and, where it still does not fit, `INVALID`.',
  })
  @Repeatable()
  repairRejectedEvent(
    @Arg('input', () => RepairRejectedEventInput, { description: 'Which rejected event, and what it should have been.' }) input: RepairRejectedEventInput,
    @Ctx() context: unknown,
    @Info() info: GraphQLResolveInfo,
  ): Promise<unknown> {
    return write(context, info, async (tx: Tx, { environment }, calling) => {
      const repaired = await repairRejectedEvent(tx, calling, { rejectedEventId: input.rejectedEventId, text: input.event ?? null }, environment.now());
      return repaired.ok ? ok({ answer: { rejectedEventId: input.rejectedEventId, wasDuplicate: repaired.value.wasDuplicate } }) : repaired;
    });
  }
}
