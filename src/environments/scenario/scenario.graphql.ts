/** `runScenario`: a scenario of Portico's own, run through the public API, and its report. */
import { setTimeout as delay } from 'node:timers/promises';
import { Arg, Ctx, Field, InputType, Int, Mutation, ObjectType, Resolver } from 'type-graphql';
import { AtMost, Cost } from '../../graphql/cost.ts';
import { enumOf } from '../../graphql/enum.ts';
import { isUserErrorCode, type UserErrorCode } from '../../graphql/error-codes.ts';
import { apiError } from '../../graphql/errors.ts';
import { UserError } from '../../graphql/user-error.ts';
import { Repeatable } from '../../graphql/writing.ts';
import { noScenario, scenarios } from './scenario.files.ts';
import { countOf, reportText, type Scenario, type ScenarioReport as Report } from './scenario.rules.ts';
import { NoSandbox, deleteSandboxOf, runScenario, sandboxFor, type Door, type Tokens } from './scenario.runner.ts';

/** Longest that a run takes: whoever waits for its answer keeps a place in flight. */
const MAX_RUN_MS = 25_000;

/** Runs of this gateway at once: each sends requests as fast as they are answered. */
const MAX_RUNS = 2;

const MAX_STEPS = 50;

/** What the road puts in the context for a mutation that asks the API itself. */
export interface AskingContext {
  readonly asking: {
    readonly door: Door;
    /** The access token that the request came with. */
    readonly token: string;
    readonly environmentKind: 'LIVE' | 'SANDBOX';
    readonly signal: AbortSignal;
  };
}

@InputType({ description: 'Which scenario is run.' })
export class RunScenarioInput {
  @Field({ description: 'Name of the scenario, e.g. `first-hour`.' })
  name!: string;

  @Field(() => String, { nullable: true, description: 'Taken for the sake of clients that always send one, and not remembered: a scenario is run anew each time.' })
  idempotencyKey?: string;
}

export const ScenarioVerdict = enumOf('ScenarioVerdict', 'What became of a step of a scenario.', {
  PASSED: 'Everything that it expects was so.',
  FAILED: 'Something was otherwise; `reasons` says what and `fix` what to do.',
  SKIPPED: 'It was not run: it needs a live token, or the time was over.',
});

@Cost(0)
@ObjectType({ simpleResolvers: true, description: 'What became of one step of a scenario.' })
export class ScenarioStepReport {
  @Field({ description: 'What is true once it has passed.' })
  name!: string;

  @Field(() => ScenarioVerdict, { description: 'What became of it.' })
  verdict!: string;

  @Field(() => Int, { description: 'How long it took, in milliseconds.' })
  durationMs!: number;

  @Field(() => Int, { description: 'How many requests it sent.' })
  requests!: number;

  @Field(() => [String], { description: 'Why it failed or was skipped; empty where it passed.' })
  reasons!: string[];

  @Field(() => String, { nullable: true, description: 'What to do; null where it did not fail.' })
  fix!: string | null;

  @Field(() => String, { nullable: true, description: 'Id of its last request, by which `requests` finds it; null where it sent none.' })
  requestId!: string | null;
}

@Cost(0)
@ObjectType({ simpleResolvers: true, description: 'What a run of a scenario found.' })
export class ScenarioReport {
  @Field({ description: 'Name of the scenario.' })
  name!: string;

  @Field({ description: 'What it is about.' })
  title!: string;

  @Field({ description: 'Whether no more steps failed or were skipped than its rule allows.' })
  passed!: boolean;

  @Field(() => Int, { description: 'How long it took, in milliseconds.' })
  durationMs!: number;

  @Field(() => Int, { description: 'How many steps passed.' })
  passedSteps!: number;

  @Field(() => Int, { description: 'How many steps failed.' })
  failedSteps!: number;

  @Field(() => Int, { description: 'How many steps were skipped.' })
  skippedSteps!: number;

  @AtMost(MAX_STEPS)
  @Field(() => [ScenarioStepReport], { description: 'Its steps in their order.' })
  steps!: ScenarioStepReport[];

  @Field({ description: 'All of it as text, to print or to keep beside test reports.' })
  text!: string;
}

@ObjectType({ description: 'What `runScenario` did.' })
export class RunScenarioPayload {
  @Field(() => ScenarioReport, { nullable: true, description: 'What it found; null where it was refused.' })
  report!: ScenarioReport | null;

  @Field(() => [UserError], { description: 'Why it was not run; empty where it was.' })
  userErrors!: UserError[];
}

const refusedWith = (code: UserErrorCode, message: string, ...path: string[]): RunScenarioPayload => ({ report: null, userErrors: [{ code, message, path }] });

const told = (report: Report): RunScenarioPayload => {
  const { steps } = report;
  const counts = { passedSteps: countOf(steps, 'PASSED'), failedSteps: countOf(steps, 'FAILED'), skippedSteps: countOf(steps, 'SKIPPED') };
  return { report: { ...report, ...counts, steps: steps.map(step => ({ ...step, reasons: [...step.reasons] })), text: reportText(report) }, userErrors: [] };
};

/** With a sandbox's own token it is run there, as it stands; with a live token in a sandbox that is made
    for it and deleted after it. */
async function rehearse(scenario: Scenario, { door, token, environmentKind, signal }: AskingContext['asking']): Promise<Report> {
  const until = AbortSignal.any([signal, AbortSignal.timeout(MAX_RUN_MS)]);
  const run = (tokens: Tokens): Promise<Report> => runScenario(scenario, { door, tokens, signal: until, wait: ms => delay(ms, undefined, { signal: until }) });
  if (environmentKind === 'SANDBOX') return run({ sandbox: token, live: null });
  const own = await sandboxFor(scenario, door, token);
  try {
    return await run({ sandbox: own.token, live: token });
  } finally {
    await deleteSandboxOf(door, token, own.sandboxId);
  }
}

@Resolver()
export class ScenarioMutations {
  private running = 0;

  @Mutation(() => RunScenarioPayload, {
    nullable: true,
    description:
      "Runs a scenario through this API and reports on each step. With a sandbox's own token it is run there and leaves its traces; with a live token in a sandbox that is made for it and deleted after it. Its requests count against your budgets. Refused with `NOT_FOUND`, and with what `createSandbox` is refused with.",
  })
  @Repeatable()
  async runScenario(@Arg('input', () => RunScenarioInput, { description: 'Which scenario.' }) { name }: RunScenarioInput, @Ctx() context: unknown): Promise<RunScenarioPayload> {
    const scenario = scenarios().get(name);
    if (!scenario) return refusedWith('NOT_FOUND', noScenario(), 'name');
    if (this.running >= MAX_RUNS)
      throw apiError('THROTTLED', `${MAX_RUNS} scenarios are being run here already, which is as many as are at once. Send the same request again shortly.`, {
        violatedPolicies: ['scenarios'],
        retryAfterMs: 1_000,
      });
    this.running += 1;
    try {
      return told(await rehearse(scenario, (context as AskingContext).asking));
    } catch (error) {
      if (!(error instanceof NoSandbox)) throw error;
      if (isUserErrorCode(error.code)) return refusedWith(error.code, error.message);
      throw apiError(error.code, error.message);
    } finally {
      this.running -= 1;
    }
  }
}
