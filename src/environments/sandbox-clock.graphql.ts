/** The mutations that move a sandbox's clock. */
import { type GraphQLResolveInfo } from 'graphql';
import { Arg, Ctx, Field, ID, Info, InputType, Mutation, ObjectType, Resolver } from 'type-graphql';
import { type Outcome, ok } from '../base/outcome.ts';
import { AtMost, Cost } from '../graphql/cost.ts';
import { DateTime, Duration } from '../graphql/scalars.ts';
import { UserError } from '../graphql/user-error.ts';
import { answered, write, type Done } from '../graphql/writing.ts';
import type { Tx } from '../platform/postgres/database.ts';
import { One } from '../reads/index.ts';
import { MAX_FIRED, advanceClock, freezeClock, runClock, type MovedClock } from './clock.service.ts';
import { Sandbox } from './sandbox.graphql.ts';
import { MAX_DAYS_AWAY, type SandboxRefusal } from './sandbox.rules.ts';

const KEY_DESCRIPTION =
  'Names this request, so that sending it again does its work once: 1 to 255 printable ASCII characters, remembered for 24 hours. The header `Idempotency-Key` serves as well.';

const SANDBOX_DESCRIPTION = "Id of the sandbox; left out with the sandbox's own token.";

@InputType({ description: 'Which clock moves, and how far: give either `by` or `to`.' })
export class AdvanceClockInput {
  @Field(() => ID, { nullable: true, description: SANDBOX_DESCRIPTION })
  sandboxId?: string;

  @Field(() => Duration, { nullable: true, description: `How far it moves, at most ${MAX_DAYS_AWAY} days; not together with \`to\`.` })
  by?: number;

  @Field(() => DateTime, { nullable: true, description: `The instant that it shows then, at most ${MAX_DAYS_AWAY} days ahead of it; not together with \`by\`.` })
  to?: Date;

  @Field(() => String, { nullable: true, description: KEY_DESCRIPTION })
  idempotencyKey?: string;
}

@InputType({ description: 'Which clock.' })
export class SandboxClockInput {
  @Field(() => ID, { nullable: true, description: SANDBOX_DESCRIPTION })
  sandboxId?: string;

  @Field(() => String, { nullable: true, description: KEY_DESCRIPTION })
  idempotencyKey?: string;
}

@Cost(0)
@ObjectType({ simpleResolvers: true, description: 'Something that fell due while a clock moved, and was done.' })
export class FiredWork {
  @Field({ description: 'What it was, e.g. `progress.confirm`.' })
  kind!: string;

  @Field(() => ID, { description: 'What it was about.' })
  subjectId!: string;

  @Field(() => DateTime, { description: "Instant at which it fell due, by the sandbox's clock." })
  dueAt!: Date;
}

@ObjectType({ description: 'What a mutation on a clock did.' })
abstract class ClockPayload {
  @Field(() => Sandbox, { nullable: true, description: "The sandbox; null where it was refused, and with a sandbox's own token." })
  @One({ on: { id: answered('sandboxId') } })
  sandbox!: Sandbox | null;

  @Field(() => DateTime, { nullable: true, description: 'The instant that the clock shows now; null where it was refused.' })
  now!: Date | null;

  @Field(() => Boolean, { nullable: true, description: 'Whether it stands still; null where it was refused.' })
  isFrozen!: boolean | null;

  @Field(() => [UserError], { description: 'Why nothing was changed; empty where it was done.' })
  userErrors!: UserError[];
}

@ObjectType({ description: 'What `advanceClock` did.' })
export class AdvanceClockPayload extends ClockPayload {
  @AtMost(MAX_FIRED)
  @Field(() => [FiredWork], { nullable: true, description: 'What fell due on the way and was done, in its order; null where it was refused.' })
  fired!: FiredWork[] | null;
}

@ObjectType({ description: 'What `freezeClock` did.' })
export class FreezeClockPayload extends ClockPayload {}

@ObjectType({ description: 'What `runClock` did.' })
export class RunClockPayload extends ClockPayload {}

const told = (moved: Outcome<MovedClock, SandboxRefusal>): Outcome<Done, SandboxRefusal> => {
  if (!moved.ok) return moved;
  const { sandboxId, now, isFrozen, fired } = moved.value;
  return ok({
    answer: {
      sandboxId,
      now: new Date(now).toISOString(),
      isFrozen,
      fired: fired.map(({ kind, subjectId, dueAt }) => ({ kind, subjectId, dueAt: new Date(dueAt).toISOString() })),
    },
  });
};

@Resolver()
export class SandboxClockMutations {
  @Mutation(() => AdvanceClockPayload, {
    nullable: true,
    description:
      'Moves a clock forwards, and answers once everything that falls due by then is done. It never goes back: reset the sandbox for that. Refused with `NOT_FOUND`, `LIVE_ONLY` and `INVALID`.',
  })
  advanceClock(
    @Arg('input', () => AdvanceClockInput, { description: 'Which clock moves, and how far.' }) { sandboxId, by, to }: AdvanceClockInput,
    @Ctx() context: unknown,
    @Info() info: GraphQLResolveInfo,
  ): Promise<unknown> {
    return write(context, info, async (tx: Tx, { wall }) =>
      told(await advanceClock(tx, { sandboxId: sandboxId ?? undefined, bySeconds: by ?? undefined, to: to?.getTime() }, wall)),
    );
  }

  @Mutation(() => FreezeClockPayload, {
    nullable: true,
    description: 'Stops a clock where it is, so that answers depend on nothing but what you do. Refused with `NOT_FOUND` and `LIVE_ONLY`.',
  })
  freezeClock(
    @Arg('input', () => SandboxClockInput, { description: 'Which clock.' }) { sandboxId }: SandboxClockInput,
    @Ctx() context: unknown,
    @Info() info: GraphQLResolveInfo,
  ): Promise<unknown> {
    return write(context, info, async (tx: Tx, { wall }) => told(await freezeClock(tx, sandboxId ?? undefined, wall)));
  }

  @Mutation(() => RunClockPayload, {
    nullable: true,
    description: 'Sets a stopped clock going, as fast as real time, from where it stands. Refused with `NOT_FOUND` and `LIVE_ONLY`.',
  })
  runClock(
    @Arg('input', () => SandboxClockInput, { description: 'Which clock.' }) { sandboxId }: SandboxClockInput,
    @Ctx() context: unknown,
    @Info() info: GraphQLResolveInfo,
  ): Promise<unknown> {
    return write(context, info, async (tx: Tx, { wall }) => told(await runClock(tx, sandboxId ?? undefined, wall)));
  }
}
