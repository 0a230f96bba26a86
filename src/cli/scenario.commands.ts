/** `portico scenario run`: a scenario file run against any gateway, step by step as it goes. */
import { readFileSync } from 'node:fs';
import { setTimeout as delay } from 'node:timers/promises';
import { ConfigError } from '../config.ts';
import { NoSandbox, deleteSandboxOf, readScenario, runScenario, sandboxFor, stepText, summaryText, tokenBy, type Door, type Scenario, type Tokens } from '../environments/index.ts';

interface RunOptions {
  readonly url: string;
  readonly clientId?: string;
  readonly clientSecret?: string;
}

/** Longest wait for one answer. */
const ANSWER_MS = 30_000;

export async function runScenarioFile(file: string, { url, clientId, clientSecret }: RunOptions): Promise<void> {
  if ((clientId === undefined) !== (clientSecret === undefined)) throw new ConfigError('Give --client-id and --client-secret together, or neither.');
  const scenario = scenarioIn(file);
  const door = doorAt(url);
  process.stdout.write(`${scenario.title} (${url})\n`);
  const run = async (tokens: Tokens): Promise<void> => {
    const report = await runScenario(scenario, { door, tokens, wait: ms => delay(ms), onStep: step => process.stdout.write(`${stepText(step)}\n`) });
    process.stdout.write(`${summaryText(report)}\n`);
    if (!report.passed) process.exitCode = 1;
  };
  try {
    if (clientId === undefined || clientSecret === undefined) return await run({ sandbox: await strangersToken(door), live: null });
    const token = await tokenBy(door, clientId, clientSecret);
    if (!(await isLive(door, token))) return await run({ sandbox: token, live: null });
    const own = await sandboxFor(scenario, door, token);
    try {
      await run({ sandbox: own.token, live: token });
    } finally {
      await deleteSandboxOf(door, token, own.sandboxId);
    }
  } catch (error) {
    throw error instanceof NoSandbox
      ? new ConfigError(`No sandbox could be made for it: ${error.message}`)
      : new ConfigError(`The scenario could not be run at ${url}: ${why(error)}`);
  }
}

/** Node's fetch says "fetch failed", and why it did in the cause. */
const why = (error: unknown): string => {
  const { message, cause } = error as Error;
  return cause instanceof Error ? `${message} (${cause.message || String((cause as { code?: unknown }).code)})` : message;
};

function scenarioIn(file: string): Scenario {
  let text: string;
  try {
    text = readFileSync(file, 'utf8');
  } catch (error) {
    throw new ConfigError(`${file} cannot be read: ${(error as Error).message}`);
  }
  const read = readScenario(text);
  if (!read.ok) throw new ConfigError(`${file} is no scenario:\n${read.refusal.join('\n')}`);
  return read.value;
}

const doorAt =
  (url: string): Door =>
  async ({ path, headers, body }, signal) => {
    const answer = await fetch(new URL(path, url), { method: 'POST', headers, body, signal: signal ?? AbortSignal.timeout(ANSWER_MS) });
    return { status: answer.status, headers: Object.fromEntries(answer.headers), body: await answer.text() };
  };

/** Of a sandbox for a day, for whoever has no account. */
async function strangersToken(door: Door): Promise<string> {
  const { status, body } = await door({ path: '/sandboxes/anonymous', headers: {}, body: '' }, null);
  if (status !== 201) throw new Error(`there is no sandbox without an account at the moment (${status}): ${body.slice(0, 300)}`);
  const { clientId, clientSecret } = JSON.parse(body) as { clientId: string; clientSecret: string };
  return tokenBy(door, clientId, clientSecret);
}

async function isLive(door: Door, token: string): Promise<boolean> {
  const headers = { authorization: `Bearer ${token}`, 'content-type': 'application/json' };
  const { body } = await door({ path: '/graphql', headers, body: JSON.stringify({ query: '{ viewer { environment { kind } } }' }) }, null);
  const { data } = JSON.parse(body) as { data?: { viewer: { environment: { kind: string } } } };
  return data?.viewer.environment.kind === 'LIVE';
}
