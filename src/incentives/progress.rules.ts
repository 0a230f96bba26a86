/**
 * Where an integration stands on a milestone: a function of the rule's tests, of what it depends on,
 * and of nothing that depends on the order in which events came in.
 */
import { judge, testsOf, type Rule, type Test } from './criteria.rules.ts';
import { measure, measureImprovement, sustain, type Measured, type MetricShape, type Sums } from './measured.rules.ts';
import { daysBefore, quarterBefore, quarterDays, quarterOf, windowDays, type Days } from './period.rules.ts';

export type ProgressState = 'LOCKED' | 'OPEN' | 'IN_PROGRESS' | 'PROVISIONAL' | 'CONFIRMED' | 'REWARDED' | 'DISPUTED' | 'REVERSED';

/** A result that counts, or is in question, moves by decisions only: events change it no more. */
export const isDecided = (state: ProgressState): boolean => state === 'CONFIRMED' || state === 'REWARDED' || state === 'DISPUTED' || state === 'REVERSED';

export interface KnownMetric extends MetricShape {
  /** The row's id. */
  readonly metricId: string;
  readonly higherIsBetter: boolean;
}

/** Sums that a test asks for. */
export interface Question {
  /** `name@version`. */
  readonly metric: string;
  readonly days: Days;
}

/** What a test must know, on a day of a period that began on its first: of several, the first are the
    days it is about. */
export function questionsOf(test: Test, began: string, on: string): Question[] {
  if ('metric' in test) return [{ metric: test.metric.id, days: windowDays(test.metric.window, began, on) }];
  if ('guardrail' in test) return [{ metric: test.guardrail.metric, days: windowDays(test.guardrail.window, began, on) }];
  if ('improvedBy' in test) {
    const { metric, window } = test.improvedBy;
    const days = windowDays(window, began, on);
    return [
      { metric, days },
      { metric, days: window === 'cycle' ? quarterDays(quarterBefore(quarterOf(began))) : daysBefore(days) },
    ];
  }
  if ('sustained' in test) {
    const { leaf, of } = test.sustained;
    const current = quarterOf(on);
    return Array.from({ length: of }, (_, n) => ({ metric: leaf.metric.id, days: n === 0 ? { from: quarterDays(current).from, to: on } : quarterDays(quarterBefore(current, n)) }));
  }
  return [];
}

export interface Tested extends Measured {
  readonly events: number;
  readonly firstOccurredAt: string | null;
  readonly lastOccurredAt: string | null;
}

/** What is known when a rule is judged. */
export interface Known {
  readonly metrics: ReadonlyMap<string, KnownMetric>;
  readonly sums: (question: Question) => Sums;
  /** Codes of the capabilities that the partner has. */
  readonly capabilities: ReadonlySet<string>;
}

/** What one test comes to. */
function tested(test: Test, questions: readonly Question[], { metrics, sums, capabilities }: Known): Tested {
  const answers = questions.map(sums);
  const evidence = {
    events: answers.reduce((total, { numeratorEvents, denominatorEvents }) => total + Math.max(numeratorEvents, denominatorEvents), 0),
    firstOccurredAt: least(answers.map(({ firstOccurredAt }) => firstOccurredAt)),
    lastOccurredAt: greatest(answers.map(({ lastOccurredAt }) => lastOccurredAt)),
  };
  if ('held' in test) {
    const met = capabilities.has(test.held.capability);
    return { met, percent: met ? 100 : 0, value: met ? '1' : '0', missing: met ? '0' : '1', missingCount: 0, ...evidence };
  }
  const shape = metrics.get(questions[0]!.metric)!;
  if ('sustained' in test) {
    const { leaf, k } = test.sustained;
    return {
      ...sustain(
        answers.map(answer => measure(answer, shape, leaf.metric)),
        k,
      ),
      ...evidence,
    };
  }
  if ('improvedBy' in test) return { ...measureImprovement({ now: answers[0]!, before: answers[1]! }, shape, test.improvedBy), ...evidence };
  return { ...measure(answers[0]!, shape, 'metric' in test ? test.metric : test.guardrail), ...evidence };
}

const least = (instants: readonly (string | null)[]): string | null => instants.reduce((a, b) => (a === null || (b !== null && b < a) ? b : a), null);
const greatest = (instants: readonly (string | null)[]): string | null => instants.reduce((a, b) => (a === null || (b !== null && b > a) ? b : a), null);

export interface Judged {
  readonly met: boolean;
  readonly percent: number;
  /** In the order of the rule's tests. */
  readonly tests: readonly Tested[];
}

/** What the rule comes to on a day of a period that began on its first. */
export function judgeRule(rule: Rule, began: string, on: string, known: Known): Judged {
  const tests = testsOf(rule).map(test => tested(test, questionsOf(test, began, on), known));
  return { ...judge(rule, tests), tests };
}

/** The last instant that any of the tests saw something; null where none did. */
export const lastSeen = ({ tests }: Judged): string | null => greatest(tests.map(({ lastOccurredAt }) => lastOccurredAt));

/** Where it stands. */
export function stateOf({ locked, judged }: { readonly locked: boolean; readonly judged: Judged }): ProgressState {
  if (locked) return 'LOCKED';
  if (judged.met) return 'PROVISIONAL';
  return judged.tests.some(({ events }) => events > 0) ? 'IN_PROGRESS' : 'OPEN';
}
