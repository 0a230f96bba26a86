/**
 * Scenarios: rehearsals written as data. What a file may say is in sandbox/scenarios/scenario.schema.json;
 * here is what it means: paths into an answer, captured values, expectations, and the rule by which the
 * whole has passed. Pure.
 */
export interface Scenario {
  readonly name: string;
  readonly title: string;
  readonly about: string;
  readonly begin?: { readonly world?: string; readonly size?: 'SMALL' | 'FULL'; readonly seed?: number; readonly frozen?: boolean };
  readonly steps: readonly Step[];
  readonly pass?: { readonly failed?: number; readonly skipped?: number };
}

export type Comparison =
  | { readonly not: unknown }
  | { readonly exists: boolean }
  | { readonly matches: string }
  | { readonly atLeast: number }
  | { readonly atMost: number }
  | { readonly count: number }
  | { readonly countAtLeast: number };

/** By path: a value, or a comparison. */
export type Expectations = Readonly<Record<string, unknown>>;

export interface Step {
  readonly step: string;
  readonly ask: string;
  readonly as?: 'sandbox' | 'live';
  readonly variables?: Readonly<Record<string, unknown>>;
  readonly version?: string;
  readonly fault?: string;
  readonly waitMs?: number | string;
  readonly repeat?: { readonly times: number; readonly everyMs?: number; readonly until?: Expectations };
  readonly expect: Expectations;
  readonly capture?: Readonly<Record<string, string>>;
  readonly fix: string;
}

/** An answer as scenarios see it. */
export interface Answer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly data?: unknown;
  readonly errors?: unknown;
  readonly extensions?: unknown;
}

export type Captured = Readonly<Record<string, unknown>>;

export type Verdict = 'PASSED' | 'FAILED' | 'SKIPPED';

export interface StepReport {
  readonly name: string;
  readonly verdict: Verdict;
  readonly durationMs: number;
  readonly requests: number;
  /** Why it failed or was skipped, a line each. */
  readonly reasons: readonly string[];
  /** What to do; null where it passed. */
  readonly fix: string | null;
  /** Of its last request; null where none was sent. */
  readonly requestId: string | null;
}

export interface ScenarioReport {
  readonly name: string;
  readonly title: string;
  readonly passed: boolean;
  readonly durationMs: number;
  readonly steps: readonly StepReport[];
}

const SEGMENT = /([^.[\]]+)|\[([^=\]]+)=([^\]]*)\]/g;

/** The value at a path: names and places with dots between them, and `[key=value]` for the first item
    of a list that has it; undefined where there is none. */
export function valueAt(root: unknown, path: string): unknown {
  let at: unknown = root;
  for (const [, name, key, wanted] of path.matchAll(SEGMENT)) {
    if (typeof at !== 'object' || at === null) return undefined;
    if (key !== undefined) at = Array.isArray(at) ? (at as Record<string, unknown>[]).find(item => String(item[key]) === wanted) : undefined;
    else at = Object.hasOwn(at, name!) ? (at as Record<string, unknown>)[name!] : undefined;
  }
  return at;
}

const HOLE = /\$\{(\w+)\}/g;

/** A value with what was captured in the place of `${name}`; a text that is nothing else becomes the
    value itself. Throws where nothing of that name was captured. */
export function filled(value: unknown, captured: Captured): unknown {
  if (typeof value === 'string') {
    const whole = /^\$\{(\w+)\}$/.exec(value);
    return whole ? known(whole[1]!, captured) : value.replaceAll(HOLE, (_hole, name: string) => String(known(name, captured)));
  }
  if (Array.isArray(value)) return value.map(item => filled(item, captured));
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([name, inner]) => [name, filled(inner, captured)]));
}

/** A step whose text names what an earlier one should have captured, and did not. */
export class NothingCaptured extends Error {}

function known(name: string, captured: Captured): unknown {
  if (!Object.hasOwn(captured, name)) throw new NothingCaptured(`It needs \`${name}\`, which no step before it captured.`);
  return captured[name];
}

/** What of the expectations does not hold, a sentence each; and the first error of an answer that has one. */
export function unmet(answer: Answer, expectations: Expectations, captured: Captured): string[] {
  const reasons = Object.entries(expectations).flatMap(([path, expected]) => {
    const value = valueAt(answer, path);
    const wanted = filled(expected, captured);
    const why = isComparison(wanted) ? compared(value, wanted) : isSame(value, wanted) ? null : `should be ${shown(wanted)}`;
    return why === null ? [] : [`${path} ${why}, and is ${shown(value)}.`];
  });
  const code = valueAt(answer, 'errors.0.extensions.code');
  return reasons.length > 0 && code !== undefined ? [...reasons, `The answer has the error ${shown(code)}: ${shown(valueAt(answer, 'errors.0.message'))}.`] : reasons;
}

/** Of values that JSON holds. */
function isSame(one: unknown, other: unknown): boolean {
  if (typeof one !== 'object' || typeof other !== 'object' || one === null || other === null) return one === other;
  const [keys, others] = [Object.keys(one), Object.keys(other)];
  return Array.isArray(one) === Array.isArray(other) && keys.length === others.length && keys.every(key => isSame((one as Fields)[key], (other as Fields)[key]));
}

type Fields = Readonly<Record<string, unknown>>;

const isComparison = (value: unknown): value is Comparison => typeof value === 'object' && value !== null && !Array.isArray(value);

/** Null where it holds. */
function compared(value: unknown, comparison: Comparison): string | null {
  const holds = (held: boolean, otherwise: string): string | null => (held ? null : otherwise);
  if ('not' in comparison) return holds(!isSame(value, comparison.not), `should not be ${shown(comparison.not)}`);
  if ('exists' in comparison) return holds((value !== undefined && value !== null) === comparison.exists, comparison.exists ? 'should be there' : 'should not be there');
  if ('matches' in comparison) return holds(typeof value === 'string' && new RegExp(comparison.matches).test(value), `should match ${comparison.matches}`);
  if ('atLeast' in comparison) return holds(Number(value) >= comparison.atLeast, `should be at least ${comparison.atLeast}`);
  if ('atMost' in comparison) return holds(Number(value) <= comparison.atMost, `should be at most ${comparison.atMost}`);
  const count = Array.isArray(value) ? value.length : Number.NaN;
  if ('count' in comparison) return holds(count === comparison.count, `should have ${comparison.count} items`);
  return holds(count >= comparison.countAtLeast, `should have at least ${comparison.countAtLeast} items`);
}

const LONGEST_SHOWN = 200;

function shown(value: unknown): string {
  const text = value === undefined ? 'not there' : JSON.stringify(value);
  return text.length > LONGEST_SHOWN ? `${text.slice(0, LONGEST_SHOWN)}...` : text;
}

export const countOf = (steps: readonly StepReport[], verdict: Verdict): number => steps.filter(step => step.verdict === verdict).length;

export const hasPassed = ({ pass = {} }: Scenario, steps: readonly StepReport[]): boolean =>
  countOf(steps, 'FAILED') <= (pass.failed ?? 0) && countOf(steps, 'SKIPPED') <= (pass.skipped ?? 0);

const MARKS: Readonly<Record<Verdict, string>> = { PASSED: 'ok  ', FAILED: 'FAIL', SKIPPED: 'skip' };

/** A step as a line, with what to do below it where it did not pass. */
export const stepText = ({ name, verdict, durationMs, reasons, fix, requestId }: StepReport): string =>
  [
    `${MARKS[verdict]}  ${name}  (${durationMs} ms)`,
    ...reasons.map(reason => `      ${reason}`),
    ...(fix === null ? [] : [`      Fix: ${fix}`]),
    ...(verdict === 'FAILED' && requestId !== null ? [`      Request: ${requestId}`] : []),
  ].join('\n');

export const summaryText = ({ name, passed, durationMs, steps }: ScenarioReport): string =>
  `${passed ? 'PASSED' : 'FAILED'}  ${name}: ${countOf(steps, 'PASSED')} passed, ${countOf(steps, 'FAILED')} failed, ${countOf(steps, 'SKIPPED')} skipped, ${durationMs} ms`;

/** The whole as a test report. */
export const reportText = (report: ScenarioReport): string => [report.title, ...report.steps.map(stepText), summaryText(report)].join('\n');
