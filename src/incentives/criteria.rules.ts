/**
 * The language of criteria: a closed tree of conditions over metrics. There is no code, no loop, no
 * clock and no division in it, so that whoever reads a rule can say what it will do, and a rule that
 * pays for mere activity can be found by looking at the tree alone.
 */
import { createHash } from 'node:crypto';
import { ok, refused, type Outcome } from '../base/outcome.ts';

/** Tests in one rule: what nobody can hold in mind nobody works towards. */
export const MAX_TESTS = 10;

/** How deep conditions may nest. */
const MAX_DEPTH = 4;

export type Comparison = 'AT_LEAST' | 'AT_MOST';

/** A metric, `name@version`, over a window, `cycle` or days such as `P90D`, against a value in its unit.
    `minN` is how many observations it takes, where the metric's own minimum is not enough. */
export interface MetricTest {
  readonly id: string;
  readonly window: string;
  readonly cmp: Comparison;
  readonly value: string;
  readonly unit: string;
  readonly minN?: number;
}

/** What must not get worse meanwhile. */
export interface GuardrailTest {
  readonly metric: string;
  readonly window: string;
  readonly cmp: Comparison;
  readonly value: string;
  readonly unit: string;
  readonly minN?: number;
}

/** Met in `k` of the last `of` quarters, the present one included. */
export interface SustainedTest {
  readonly leaf: { readonly metric: MetricTest };
  readonly k: number;
  readonly of: number;
}

/** Better by so much than in the window before. */
export interface ImprovementTest {
  readonly metric: string;
  readonly window: string;
  readonly baseline: 'previous';
  readonly delta: string;
  readonly unit: string;
  readonly minN?: number;
}

/** A capability that the partner has. */
export interface HeldTest {
  readonly capability: string;
}

/** A member of a test: what it must be, in words, and whether it is. */
interface Member {
  readonly is: string;
  readonly fits: (value: unknown) => boolean;
  readonly optional?: true;
  readonly byDefault?: string;
}

const text = (pattern: RegExp, is: string): Member => ({ is, fits: value => typeof value === 'string' && pattern.test(value) });
const whole = (most: number): Member => ({ is: `a whole number from 1 to ${most}`, fits: value => Number.isInteger(value) && (value as number) >= 1 && (value as number) <= most });

const decimal = text(/^-?\d{1,15}(\.\d{1,6})?$/, 'a decimal number as text, e.g. "99.5"');
const metric = text(/^[a-z][a-z0-9_]{1,59}@[1-9]\d{0,5}$/, 'a metric with its version, e.g. "retention@1"');
const window = text(/^(cycle|P([1-9]\d?|[1-3]\d\d|400)D)$/, '"cycle", or days up to "P400D"');
const cmp = text(/^AT_(LEAST|MOST)$/, '"AT_LEAST" or "AT_MOST"');
const unit = text(/^.{1,60}$/s, 'the unit of the metric');
const minN: Member = { ...whole(1_000_000_000), optional: true };
const windowOrCycle: Member = { ...window, byDefault: 'cycle' };

/** The members of each test. What is nested is read by itself. */
const TESTS: Readonly<Record<string, Readonly<Record<string, Member>>>> = {
  metric: { id: metric, window, cmp, value: decimal, unit, minN },
  guardrail: { metric, window: windowOrCycle, cmp, value: decimal, unit, minN },
  sustained: { leaf: { is: 'one `metric` test', fits: isObject }, k: whole(8), of: whole(8) },
  improvedBy: { metric, window: windowOrCycle, baseline: text(/^previous$/, '"previous"'), delta: decimal, unit, minN },
  held: { capability: text(/^[A-Z][A-Z0-9_]{1,59}$/, 'a capability, e.g. "DOUBLE_BUDGET"') },
};

/** One condition that is measured by itself. */
export type Test =
  | { readonly metric: MetricTest }
  | { readonly guardrail: GuardrailTest }
  | { readonly sustained: SustainedTest }
  | { readonly improvedBy: ImprovementTest }
  | { readonly held: HeldTest };

export type Rule =
  | Test
  | { readonly all: readonly Rule[] }
  | { readonly any: readonly Rule[] }
  | { readonly not: Rule }
  | { readonly atLeast: { readonly n: number; readonly of: readonly Rule[] } };

export type CriteriaCode =
  | 'CRITERIA_MALFORMED'
  | 'CRITERIA_METRIC_UNKNOWN'
  | 'CRITERIA_UNIT'
  | 'CRITERIA_POLARITY'
  | 'CRITERIA_ACTIVITY_ONLY'
  | 'CRITERIA_CONSENT_VOLUME'
  | 'CRITERIA_NO_OUTCOME'
  | 'CRITERIA_NO_GUARDRAIL';

export interface CriteriaFault {
  readonly code: CriteriaCode;
  readonly message: string;
  /** Members and places that lead to it in the tree. */
  readonly path: readonly string[];
}

const malformed = (message: string, path: readonly string[]): { ok: false; refusal: CriteriaFault } => refused({ code: 'CRITERIA_MALFORMED', message, path });

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** The rule that a JSON value is. Refusals: CRITERIA_MALFORMED. */
export function readRule(value: unknown): Outcome<Rule, CriteriaFault> {
  const read = readNode(value, [], 1);
  if (!read.ok) return read;
  const tests = testsOf(read.value).length;
  return tests <= MAX_TESTS
    ? read
    : malformed(`The rule has ${tests} tests, and ${MAX_TESTS} are the most that anybody keeps in mind: leave some out, or make two milestones.`, []);
}

function readNode(value: unknown, path: readonly string[], depth: number): Outcome<Rule, CriteriaFault> {
  const names = isObject(value) ? Object.keys(value) : [];
  const [name] = names;
  if (!isObject(value) || name === undefined || names.length > 1)
    return malformed(`A condition is an object with one member: all, any, not, atLeast, ${Object.keys(TESTS).join(', ')}.`, path);
  const body = value[name];
  const here = [...path, name];
  if (depth > MAX_DEPTH) return malformed(`Conditions nest deeper than the ${MAX_DEPTH} levels that are taken.`, path);
  if (name === 'all' || name === 'any') {
    const members = readNodes(body, here, depth);
    return members.ok ? ok(name === 'all' ? { all: members.value } : { any: members.value }) : members;
  }
  if (name === 'not') {
    const inner = readNode(body, here, depth + 1);
    return inner.ok ? ok({ not: inner.value }) : inner;
  }
  if (name === 'atLeast') {
    const { n, of, ...rest } = isObject(body) ? body : {};
    const members = readNodes(of, [...here, 'of'], depth);
    if (!members.ok) return members;
    if (!Number.isInteger(n) || (n as number) < 1 || (n as number) > members.value.length || Object.keys(rest).length > 0)
      return malformed(`\`n\` is a whole number from 1 to the ${members.value.length} conditions in \`of\`, and there is no third member.`, here);
    return ok({ atLeast: { n: n as number, of: members.value } });
  }
  if (!Object.hasOwn(TESTS, name)) return malformed(`There is no condition \`${name.slice(0, 60)}\`: take one of all, any, not, atLeast, ${Object.keys(TESTS).join(', ')}.`, path);
  return readTest(name, body, here);
}

function readTest(name: string, body: unknown, path: readonly string[]): Outcome<Test, CriteriaFault> {
  const members = TESTS[name]!;
  if (!isObject(body)) return malformed(`It is an object with the members ${Object.keys(members).join(', ')}.`, path);
  const stranger = Object.keys(body).find(each => !Object.hasOwn(members, each));
  if (stranger !== undefined) return malformed(`It has no member \`${stranger.slice(0, 60)}\`, only ${Object.keys(members).join(', ')}.`, path);
  const test: Record<string, unknown> = {};
  for (const [member, { is, fits, optional, byDefault }] of Object.entries(members)) {
    const value = body[member] ?? byDefault;
    if (value === undefined && optional) continue;
    if (!fits(value)) return malformed(`\`${member}\` is ${is}.`, [...path, member]);
    test[member] = value;
  }
  return name === 'sustained' ? readSustained(test as unknown as SustainedTest, path) : ok({ [name]: test } as unknown as Test);
}

function readSustained({ leaf, k, of }: SustainedTest, path: readonly string[]): Outcome<Test, CriteriaFault> {
  const [name, ...rest] = Object.keys(leaf);
  if (name !== 'metric' || rest.length > 0) return malformed('What is sustained is one `metric` test.', [...path, 'leaf']);
  const read = readTest('metric', leaf.metric, [...path, 'leaf', 'metric']);
  if (!read.ok) return read;
  if (k > of) return malformed('`k` is at most `of`: a success in k of that many periods.', path);
  const kept = read.value as { metric: MetricTest };
  if (kept.metric.window !== 'cycle') return malformed('What is sustained is looked at period by period: its window is "cycle".', path);
  return ok({ sustained: { leaf: kept, k, of } });
}

function readNodes(value: unknown, path: readonly string[], depth: number): Outcome<Rule[], CriteriaFault> {
  if (!Array.isArray(value) || value.length === 0) return malformed('It is a list of one condition at least.', path);
  const members: Rule[] = [];
  for (const [i, each] of value.slice(0, MAX_TESTS + 1).entries()) {
    const read = readNode(each, [...path, String(i)], depth + 1);
    if (!read.ok) return read;
    members.push(read.value);
  }
  return ok(members);
}

/** The rule's tests, in the order in which they stand. */
export function testsOf(rule: Rule): Test[] {
  if ('all' in rule) return rule.all.flatMap(testsOf);
  if ('any' in rule) return rule.any.flatMap(testsOf);
  if ('not' in rule) return testsOf(rule.not);
  if ('atLeast' in rule) return rule.atLeast.of.flatMap(testsOf);
  return [rule];
}

/** What a test came to: whether it is met, and how near it is, 0 to 100, 100 where it is met only. */
export interface Standing {
  readonly met: boolean;
  readonly percent: number;
}

/** What the rule comes to where its tests, in their order, came to these. */
export function judge(rule: Rule, standings: readonly Standing[]): Standing {
  let next = 0;
  const walk = (node: Rule): Standing => {
    if ('all' in node) return nth(node.all.map(walk), node.all.length);
    if ('any' in node) return nth(node.any.map(walk), 1);
    if ('atLeast' in node) return nth(node.atLeast.of.map(walk), node.atLeast.n);
    if ('not' in node) {
      const { met } = walk(node.not);
      return { met: !met, percent: met ? 0 : 100 };
    }
    return standings[next++]!;
  };
  return walk(rule);
}

/** At least `n` of them: as near as the nth best is. */
function nth(members: readonly Standing[], n: number): Standing {
  const { percent } = members.toSorted((a, b) => Number(b.met) - Number(a.met) || b.percent - a.percent)[n - 1]!;
  const met = members.filter(member => member.met).length >= n;
  return { met, percent: met ? 100 : Math.min(percent, 99) };
}

/** JSON text of a value, the same for equal values. */
export const canonical = (value: unknown): string =>
  JSON.stringify(value, (_key, inner: unknown) => (isObject(inner) ? Object.fromEntries(Object.entries(inner).toSorted(([a], [b]) => (a < b ? -1 : 1))) : inner));

/** SHA-256 of the rule's canonical text, hexadecimal: what was announced and what is in force can be
    compared by anybody. */
export const ruleHash = (rule: Rule): string => createHash('sha256').update(canonical(rule)).digest('hex');
