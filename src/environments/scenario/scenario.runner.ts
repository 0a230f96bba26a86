/**
 * Runs a scenario through the public API and nothing else: by HTTP, from outside or from the
 * gateway itself. What a step needs of an earlier one that failed makes it fail, too, and the others go on,
 * so that one report tells all that is wrong.
 */
import { randomUUID } from 'node:crypto';
import type { ErrorCodeName, UserErrorCode } from '../../graphql/error-codes.ts';
import {
  NothingCaptured,
  filled,
  hasPassed,
  unmet,
  valueAt,
  type Answer,
  type Captured,
  type Scenario,
  type ScenarioReport,
  type Step,
  type StepReport,
} from './scenario.rules.ts';

export interface HttpAnswer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

/** The public API as a client sees it. */
export type Door = (request: { path: string; headers: Readonly<Record<string, string>>; body: string }, signal: AbortSignal | null) => Promise<HttpAnswer>;

/** Whose steps can be run: each with an access token. */
export interface Tokens {
  readonly sandbox: string;
  /** Null where nobody in live asks. */
  readonly live: string | null;
}

export interface Run {
  readonly door: Door;
  readonly tokens: Tokens;
  /** Ends the run: what is left is skipped. */
  readonly signal?: AbortSignal;
  readonly onStep?: (report: StepReport) => void;
  readonly wait: (ms: number) => Promise<void>;
}

/** Longest wait of one step. */
const MAX_WAIT_MS = 5_000;

export async function runScenario(scenario: Scenario, run: Run): Promise<ScenarioReport> {
  const began = performance.now();
  const captured: Record<string, unknown> = {};
  const steps: StepReport[] = [];
  for (const step of scenario.steps) {
    const report = await runStep(step, captured, run);
    steps.push(report);
    run.onStep?.(report);
  }
  const { name, title } = scenario;
  return { name, title, passed: hasPassed(scenario, steps), durationMs: since(began), steps };
}

async function runStep(step: Step, captured: Record<string, unknown>, run: Run): Promise<StepReport> {
  const began = performance.now();
  const told = (verdict: StepReport['verdict'], reasons: readonly string[], requests = 0, requestId: string | null = null): StepReport => ({
    name: step.step,
    verdict,
    durationMs: since(began),
    requests,
    reasons,
    fix: verdict === 'FAILED' ? step.fix : null,
    requestId,
  });
  if (run.signal?.aborted) return told('SKIPPED', ['The time for the whole scenario was over.']);
  const token = run.tokens[step.as ?? 'sandbox'];
  if (token === null) return told('SKIPPED', ['It asks as your live integration: run the scenario with a live token.']);
  let requests = 0;
  try {
    const { waitMs } = step;
    if (waitMs !== undefined) await run.wait(Math.min(MAX_WAIT_MS, Math.max(0, Number(filled(waitMs, captured)))));
    const { times, everyMs, until } = step.repeat ?? { times: 1 };
    let answer: Answer;
    do {
      if (requests > 0 && everyMs !== undefined) await run.wait(everyMs);
      answer = await ask(step, token, captured, run.door, run.signal);
      requests += 1;
    } while (requests < times && !run.signal?.aborted && !(until && unmet(answer, until, captured).length === 0));
    for (const [name, path] of Object.entries(step.capture ?? {})) {
      const value = valueAt(answer, path);
      if (value !== undefined) captured[name] = value;
    }
    const reasons = unmet(answer, step.expect, captured);
    return told(reasons.length === 0 ? 'PASSED' : 'FAILED', reasons, requests, answer.headers['x-request-id'] ?? null);
  } catch (error) {
    if (error instanceof NothingCaptured) return told('FAILED', [error.message], requests);
    if (run.signal?.aborted) return told('SKIPPED', ['The time for the whole scenario was over.'], requests);
    return told('FAILED', [`No answer came: ${(error as Error).message}.`], requests);
  }
}

async function ask({ ask: query, variables = {}, version, fault }: Step, token: string, captured: Captured, door: Door, signal: AbortSignal | null = null): Promise<Answer> {
  const request = {
    path: version === undefined ? '/graphql' : `/graphql/${String(filled(version, captured))}`,
    headers: {
      authorization: `Bearer ${token}`,
      'content-type': 'application/json',
      accept: 'application/graphql-response+json',
      // A mutation of a scenario is a new one each time it is run.
      'idempotency-key': randomUUID(),
      ...(fault === undefined ? {} : { 'sandbox-fault': String(filled(fault, captured)) }),
    },
    body: JSON.stringify({ query: filled(query, captured), variables: filled(variables, captured) }),
  };
  const { status, headers, body } = await door(request, signal);
  const { data, errors, extensions } = parsed(body);
  return { status, headers, data, errors, extensions };
}

function parsed(body: string): Record<string, unknown> {
  try {
    const value: unknown = JSON.parse(body);
    return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : {};
  } catch {
    return {};
  }
}

/** A token by client credentials (RFC 6749, section 4.4). Throws where there is none. */
export async function tokenBy(door: Door, clientId: string, clientSecret: string): Promise<string> {
  const body = new URLSearchParams({ grant_type: 'client_credentials', client_id: clientId, client_secret: clientSecret }).toString();
  const answer = await door({ path: '/oauth/token', headers: { 'content-type': 'application/x-www-form-urlencoded' }, body }, null);
  const token = parsed(answer.body)['access_token'];
  if (typeof token !== 'string') throw new Error(`no token for ${clientId} (${answer.status}): ${answer.body.slice(0, 300)}`);
  return token;
}

/** A sandbox that a scenario is run in, made with the live integration's token and for it alone. */
export interface OwnSandbox {
  readonly sandboxId: string;
  readonly token: string;
}

/** Why none was made, in the API's words. */
export class NoSandbox extends Error {
  /** Of `userErrors`, or of `errors` where the whole request was refused. */
  readonly code: UserErrorCode | ErrorCodeName;

  constructor(code: UserErrorCode | ErrorCodeName, message: string) {
    super(message);
    this.code = code;
  }
}

/** Throws NoSandbox. */
export async function sandboxFor({ name, begin = {} }: Scenario, door: Door, liveToken: string): Promise<OwnSandbox> {
  const { frozen, ...world } = begin;
  const made = await mutate(door, liveToken, 'createSandbox', { name: `Scenario ${name}`, ttl: 'PT1H', ...world }, 'clientId clientSecret sandbox { id }');
  const sandboxId = String(valueAt(made, 'sandbox.id'));
  if (frozen) await mutate(door, liveToken, 'freezeClock', { sandboxId }, 'now', 'SandboxClockInput');
  return { sandboxId, token: await tokenBy(door, String(made['clientId']), String(made['clientSecret'])) };
}

const DELETION_TRIES = 3;

/** Deletes it; whoever is told to send it again does. Where it fails, the report stands all the same, and the sandbox
    ends by itself within its hour. */
export async function deleteSandboxOf(door: Door, liveToken: string, sandboxId: string): Promise<void> {
  for (let tries = 0; tries < DELETION_TRIES; tries++) {
    const failure: unknown = await mutate(door, liveToken, 'deleteSandbox', { sandboxId }, 'deletedSandboxId').then(
      () => null,
      (error: unknown) => error,
    );
    if (!(failure instanceof NoSandbox && failure.code === 'UNAVAILABLE')) return;
  }
}

async function mutate(door: Door, token: string, mutation: string, input: Record<string, unknown>, selection: string, type?: string): Promise<Record<string, unknown>> {
  const inputType = type ?? `${mutation[0]!.toUpperCase()}${mutation.slice(1)}Input`;
  const query = `mutation ($input: ${inputType}!) { ${mutation}(input: $input) { ${selection} userErrors { code message } } }`;
  const step = { step: mutation, ask: query, variables: { input }, expect: {}, fix: '' };
  const answer = await ask(step, token, {}, door);
  const refusal = valueAt(answer, `data.${mutation}.userErrors.0`) as { code: UserErrorCode; message: string } | undefined;
  if (refusal) throw new NoSandbox(refusal.code, refusal.message);
  if (answer.errors !== undefined) throw new NoSandbox(valueAt(answer, 'errors.0.extensions.code') as ErrorCodeName, String(valueAt(answer, 'errors.0.message')));
  return valueAt(answer, `data.${mutation}`) as Record<string, unknown>;
}

const since = (began: number): number => Math.round(performance.now() - began);
