/**
 * What a rule must keep to be published. Whether it could ever be met by activity alone, or without
 * its guardrail, is not a matter of taste: a rule has few tests, so every way in which they could
 * turn out is tried.
 */
import { judge, testsOf, type CriteriaFault, type Rule, type Test } from './criteria.rules.ts';

/** What is known of a metric where rules are checked. */
export interface MetricFacts {
  /** `name@version`. */
  readonly id: string;
  readonly unit: string;
  readonly polarity: 'HIGHER_IS_BETTER' | 'LOWER_IS_BETTER';
  readonly kind: 'LEADING' | 'LAGGING' | 'GUARDRAIL' | 'ACTIVITY';
  /** Of the events that it is measured from. */
  readonly eventTypes: readonly string[];
}

export type TestKind = 'OUTCOME' | 'GUARDRAIL' | 'ACTIVITY';

/** The metric that a test looks at; null where it looks at none. */
export function metricOf(test: Test): string | null {
  if ('metric' in test) return test.metric.id;
  if ('guardrail' in test) return test.guardrail.metric;
  if ('sustained' in test) return test.sustained.leaf.metric.id;
  if ('improvedBy' in test) return test.improvedBy.metric;
  return null;
}

/** What a test speaks for. To hold something is no outcome: it counts as activity. */
export function kindOf(test: Test, facts: MetricFacts | undefined): TestKind {
  if ('guardrail' in test || facts?.kind === 'GUARDRAIL') return 'GUARDRAIL';
  return facts?.kind === 'LEADING' || facts?.kind === 'LAGGING' ? 'OUTCOME' : 'ACTIVITY';
}

/** Numbers of consents: to pay for them would be to pay for asking people until they give in. */
const isConsentVolume = (id: string, facts: MetricFacts | undefined): boolean => /^consents?_/.test(id) || (facts?.eventTypes.some(type => type.startsWith('consent.')) ?? false);

/** What is wrong with the rule, in the order of its tests; none where it may be published. */
export function publicationFaults(rule: Rule, metrics: ReadonlyMap<string, MetricFacts>): CriteriaFault[] {
  const tests = testsOf(rule);
  const faults = tests.flatMap((test, place) => testFaults(test, metrics, String(place)));
  if (faults.length > 0) return faults;
  const kinds = tests.map(test => kindOf(test, metrics.get(metricOf(test) ?? '')));
  /** Whether the rule can be met while the tests of these kinds are not. */
  const passesWithout = (...without: TestKind[]): boolean => {
    const free = kinds.flatMap((kind, place) => (without.includes(kind) ? [] : [place]));
    for (let way = 0; way < 2 ** free.length; way++) {
      const met = kinds.map((_, place) => free.includes(place) && (way >> free.indexOf(place)) % 2 === 1);
      if (
        judge(
          rule,
          met.map(each => ({ met: each, percent: each ? 100 : 0 })),
        ).met
      )
        return true;
    }
    return false;
  };
  const fault = (code: CriteriaFault['code'], message: string): CriteriaFault => ({ code, message, path: [] });
  if (kinds.every(kind => kind === 'ACTIVITY') || passesWithout('OUTCOME', 'GUARDRAIL'))
    return [fault('CRITERIA_ACTIVITY_ONLY', 'The rule can be met by activity alone, which is no merit: demand an outcome, a metric of kind LEADING or LAGGING, beside it.')];
  if (passesWithout('OUTCOME'))
    return [fault('CRITERIA_NO_OUTCOME', 'The rule can be met without any outcome: demand at least one metric of kind LEADING or LAGGING in every way to meet it.')];
  if (passesWithout('GUARDRAIL'))
    return [fault('CRITERIA_NO_GUARDRAIL', 'The rule can be met without its guardrail: demand in every way to meet it that something else did not get worse, as a `guardrail`.')];
  return [];
}

function testFaults(test: Test, metrics: ReadonlyMap<string, MetricFacts>, place: string): CriteriaFault[] {
  const id = metricOf(test);
  if (id === null) return [];
  const facts = metrics.get(id);
  const fault = (code: CriteriaFault['code'], message: string): CriteriaFault[] => [{ code, message, path: [place] }];
  if (isConsentVolume(id, facts))
    return fault('CRITERIA_CONSENT_VOLUME', `${id} counts consents. No reward grows with how many people agreed: measure what they gained from it instead.`);
  if (!facts) return fault('CRITERIA_METRIC_UNKNOWN', `There is no metric ${id}. The query \`metrics\` lists those that there are, each with its version.`);
  const { unit, asked } = askedOf(test);
  if (unit !== facts.unit) return fault('CRITERIA_UNIT', `${id} is in ${facts.unit}, and the test in ${unit}: give the value in ${facts.unit}.`);
  const better = facts.polarity === 'HIGHER_IS_BETTER' ? 'AT_LEAST' : 'AT_MOST';
  if (asked !== null && asked !== better)
    return fault('CRITERIA_POLARITY', `Of ${id}, ${facts.polarity === 'HIGHER_IS_BETTER' ? 'more' : 'less'} is better: compare it with ${better}.`);
  if ('guardrail' in test && facts.kind === 'ACTIVITY') return fault('CRITERIA_NO_GUARDRAIL', `${id} tells how much is done, which guards nobody: take a metric of another kind.`);
  return [];
}

function askedOf(test: Test): { unit: string; asked: 'AT_LEAST' | 'AT_MOST' | null } {
  if ('metric' in test) return { unit: test.metric.unit, asked: test.metric.cmp };
  if ('guardrail' in test) return { unit: test.guardrail.unit, asked: test.guardrail.cmp };
  if ('sustained' in test) return { unit: test.sustained.leaf.metric.unit, asked: test.sustained.leaf.metric.cmp };
  if ('improvedBy' in test) return { unit: test.improvedBy.unit, asked: null };
  return { unit: '', asked: null };
}
