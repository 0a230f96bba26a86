/** Faults as partners see them: those of the environment, and the mutations that inject and end them. */
import { type GraphQLResolveInfo } from 'graphql';
import { Arg, Ctx, Field, FieldResolver, Float, ID, Info, InputType, Mutation, ObjectType, Resolver, Root } from 'type-graphql';
import { ok, type Outcome } from '../base/outcome.ts';
import { AtMost, Cost } from '../graphql/cost.ts';
import { elementIn } from '../graphql/elements.ts';
import { fromCompiledParent } from '../graphql/fallback.ts';
import { DateTime } from '../graphql/scalars.ts';
import { UserError } from '../graphql/user-error.ts';
import { Repeatable, Undisturbed, answered, write, type Done } from '../graphql/writing.ts';
import type { Tx } from '../platform/postgres/database.ts';
import { One, ReadsOf, Value } from '../reads/index.ts';
import { Environment } from './environment.graphql.ts';
import { DEFAULT_FAULT_MINUTES, FAULTS_IN_WORDS, MAX_FAULTS, MAX_FAULT_DAYS } from './fault.rules.ts';
import { clearFaults, injectFault, type FaultsOfSandbox } from './faults.service.ts';
import { Sandbox } from './sandbox.graphql.ts';
import type { SandboxRefusal } from './sandbox.rules.ts';

const SANDBOX_DESCRIPTION = "Id of the sandbox; left out with the sandbox's own token.";
const KEY_DESCRIPTION =
  'Names this request, so that sending it again does its work once: 1 to 255 printable ASCII characters, remembered for 24 hours. Not required: doing it twice changes nothing.';

@InputType({ description: 'Which fault befalls the requests of a sandbox.' })
export class InjectFaultInput {
  @Field(() => ID, { nullable: true, description: SANDBOX_DESCRIPTION })
  sandboxId?: string;

  @Field({ description: `What happens to a request, as the header \`Sandbox-Fault\` writes it: ${FAULTS_IN_WORDS}. A latency takes the place of the one before it.` })
  kind!: string;

  @Field(() => Float, { defaultValue: 1, description: 'The share of requests that it befalls, above 0 and at most 1, evenly spread: at 0.25 every fourth one.' })
  rate!: number;

  @Field(() => DateTime, {
    nullable: true,
    description: `Instant at which it ends, in real time, at most ${MAX_FAULT_DAYS} days from now; ${DEFAULT_FAULT_MINUTES} minutes from now where absent.`,
  })
  until?: Date;

  @Field(() => String, { nullable: true, description: KEY_DESCRIPTION })
  idempotencyKey?: string;
}

@InputType({ description: 'Of which sandbox the faults end.' })
export class ClearFaultsInput {
  @Field(() => ID, { nullable: true, description: SANDBOX_DESCRIPTION })
  sandboxId?: string;

  @Field(() => String, { nullable: true, description: KEY_DESCRIPTION })
  idempotencyKey?: string;
}

@Cost(0)
@ObjectType({ simpleResolvers: true, description: 'A fault that befalls requests of a sandbox for a while.' })
export class SandboxFault {
  @Field({ description: 'What happens to a request, as the header `Sandbox-Fault` writes it.' })
  kind!: string;

  @Field(() => Float, { description: 'The share of requests that it befalls.' })
  rate!: number;

  @Field(() => DateTime, { description: 'Instant at which it ends, in real time.' })
  until!: Date;
}

@Resolver(() => Environment)
@ReadsOf('Environment')
export class EnvironmentFaults {
  @FieldResolver(() => [SandboxFault], { description: 'The faults that befall requests here at the moment; always empty in live.' })
  @AtMost(MAX_FAULTS)
  @Value('environment_faults')
  faults(@Root() environment: unknown, @Info() info: GraphQLResolveInfo): unknown {
    return fromCompiledParent(environment, info);
  }
}

@ObjectType({ description: 'What a mutation on faults did.' })
abstract class FaultsPayload {
  @Field(() => Sandbox, { nullable: true, description: "The sandbox; null where it was refused, and with a sandbox's own token." })
  @One({ on: { id: answered('sandboxId') } })
  sandbox!: Sandbox | null;

  @AtMost(MAX_FAULTS)
  @Field(() => [SandboxFault], { nullable: true, description: 'The faults of the sandbox from now on; null where it was refused.' })
  faults!: SandboxFault[] | null;

  @Field(() => [UserError], { description: 'Why nothing was changed; empty where it was done.' })
  userErrors!: UserError[];
}

@ObjectType({ description: 'What `injectFault` did.' })
export class InjectFaultPayload extends FaultsPayload {}

@ObjectType({ description: 'What `clearFaults` did.' })
export class ClearFaultsPayload extends FaultsPayload {}

const told = (changed: Outcome<FaultsOfSandbox, SandboxRefusal>): Outcome<Done, SandboxRefusal> => {
  if (!changed.ok) return changed;
  const { sandboxId, faults } = changed.value;
  return ok({ answer: { sandboxId, faults: faults.map(fault => ({ ...fault })) } });
};

@Resolver()
export class FaultMutations {
  @Mutation(() => InjectFaultPayload, {
    nullable: true,
    description:
      'Lets requests of a sandbox fail, so that you see what your program makes of it. For one request the header `Sandbox-Fault` does the same. No fault befalls this mutation and `clearFaults`. Refused in live with `SANDBOX_VALUE_IN_LIVE`; else with `NOT_FOUND`, `LIVE_ONLY`, `INVALID` and `QUOTA_EXCEEDED`.',
  })
  @Repeatable()
  @Undisturbed()
  injectFault(
    @Arg('input', () => InjectFaultInput, { description: 'Which fault, how often and until when.' }) { sandboxId, kind, rate, until }: InjectFaultInput,
    @Ctx() context: unknown,
    @Info() info: GraphQLResolveInfo,
  ): Promise<unknown> {
    const fault = { sandboxId: sandboxId ?? undefined, kind, rate, until: until?.getTime() };
    return write(context, info, async (tx: Tx, { wall }) => told(await injectFault(tx, fault, elementIn([info.schema]), wall)));
  }

  @Mutation(() => ClearFaultsPayload, {
    nullable: true,
    description: 'Ends all faults of a sandbox. Refused in live with `SANDBOX_VALUE_IN_LIVE`; else with `NOT_FOUND` and `LIVE_ONLY`.',
  })
  @Repeatable()
  @Undisturbed()
  clearFaults(
    @Arg('input', () => ClearFaultsInput, { description: 'Of which sandbox.' }) { sandboxId }: ClearFaultsInput,
    @Ctx() context: unknown,
    @Info() info: GraphQLResolveInfo,
  ): Promise<unknown> {
    return write(context, info, async (tx: Tx, { wall }) => told(await clearFaults(tx, sandboxId ?? undefined, wall)));
  }
}
