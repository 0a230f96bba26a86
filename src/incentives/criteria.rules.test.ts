/** The language of criteria: what is a rule, what may be published, what counts as harder, and what a
    rule comes to. */
import fc from 'fast-check';
import { publicationFaults, type MetricFacts } from './criteria-check.rules.ts';
import { isNoHarder } from './criteria-change.rules.ts';
import { judge, readRule, ruleHash, testsOf, type Rule } from './criteria.rules.ts';
import { measure, measureImprovement, sustain, type Sums } from './measured.rules.ts';

const facts = (id: string, kind: MetricFacts['kind'], more: Partial<MetricFacts> = {}): [string, MetricFacts] => [
  id,
  { id, unit: 'percent', polarity: 'HIGHER_IS_BETTER', kind, eventTypes: ['order.placed'], ...more },
];

const METRICS = new Map([
  facts('retention@1', 'LAGGING'),
  facts('match_quality@1', 'LEADING'),
  facts('damage_share@1', 'GUARDRAIL', { polarity: 'LOWER_IS_BETTER' }),
  facts('requests@1', 'ACTIVITY', { unit: 'requests' }),
  facts('consents_given@1', 'LEADING', { unit: 'consents' }),
  facts('agreements@1', 'LAGGING', { unit: 'people', eventTypes: ['consent.given'] }),
]);

const retention = { metric: { id: 'retention@1', window: 'cycle', cmp: 'AT_LEAST', value: '30', unit: 'percent' } };
const damage = { guardrail: { metric: 'damage_share@1', window: 'cycle', cmp: 'AT_MOST', value: '1', unit: 'percent' } };
const requests = { metric: { id: 'requests@1', window: 'P90D', cmp: 'AT_LEAST', value: '1000', unit: 'requests' } };
const heldBadge = { held: { capability: 'DOUBLE_BUDGET' } };

function rule(value: unknown): Rule {
  const read = readRule(value);
  if (!read.ok) throw new Error(read.refusal.message);
  return read.value;
}

const codes = (value: unknown): string[] => publicationFaults(rule(value), METRICS).map(({ code }) => code);

describe('a rule', () => {
  test('is a tree of conditions, whose tests stand in its order', () => {
    const read = rule({ all: [retention, damage, { atLeast: { n: 1, of: [requests, heldBadge] } }] });
    expect(testsOf(read)).toEqual([retention, damage, requests, heldBadge]);
  });

  test.each<[string, unknown, string[]]>([
    ['no object', 7, []],
    ['two members', { ...retention, ...damage }, []],
    ['an unknown condition', { all: [{ formula: 'x > 1' }] }, ['all', '0']],
    ['an unknown member of a test', { metric: { ...retention.metric, code: '1' } }, ['metric']],
    ['a value that is no decimal', { metric: { ...retention.metric, value: '1e9' } }, ['metric', 'value']],
    ['an empty list', { any: [] }, ['any']],
    ['more needed than there are', { atLeast: { n: 3, of: [retention, damage] } }, ['atLeast']],
    ['a window without end', { metric: { ...retention.metric, window: 'P401D' } }, ['metric', 'window']],
    ['a sustained window of days', { sustained: { leaf: { metric: { ...retention.metric, window: 'P90D' } }, k: 1, of: 2 } }, ['sustained']],
    ['deeper than four levels', { not: { not: { not: { not: retention } } } }, ['not', 'not', 'not', 'not']],
    ['eleven tests', { all: Array.from({ length: 11 }, () => retention) }, []],
  ])('is not %s', (_title, value, path) => {
    expect(readRule(value)).toMatchObject({ ok: false, refusal: { code: 'CRITERIA_MALFORMED', path } });
  });

  test('has a hash that neither the order of members nor a default that is written out changes', () => {
    const written = { guardrail: { unit: 'percent', value: '1', cmp: 'AT_MOST', metric: 'damage_share@1' } };
    expect(ruleHash(rule(written))).toBe(ruleHash(rule(damage)));
    expect(ruleHash(rule(damage))).not.toBe(ruleHash(rule({ guardrail: { ...damage.guardrail, value: '2' } })));
  });
});

describe('published is', () => {
  test('what asks for an outcome and guards it', () => {
    expect(codes({ all: [retention, damage] })).toEqual([]);
    expect(codes({ all: [{ any: [retention, { metric: { ...retention.metric, id: 'match_quality@1' } }] }, damage, requests] })).toEqual([]);
  });

  test.each<[string, unknown, string]>([
    ['raw activity alone', requests, 'CRITERIA_ACTIVITY_ONLY'],
    ['activity as one of two ways', { any: [{ all: [retention, damage] }, requests] }, 'CRITERIA_ACTIVITY_ONLY'],
    ['holding something', heldBadge, 'CRITERIA_ACTIVITY_ONLY'],
    ['no outcome', { all: [damage, requests] }, 'CRITERIA_NO_OUTCOME'],
    ['an outcome that may be absent', { all: [{ not: retention }, damage] }, 'CRITERIA_NO_OUTCOME'],
    ['no guardrail', { all: [retention, requests] }, 'CRITERIA_NO_GUARDRAIL'],
    ['a guardrail that is one of two ways', { all: [retention, { any: [damage, heldBadge] }] }, 'CRITERIA_NO_GUARDRAIL'],
    ['a number of consents by its name', { all: [{ metric: { ...retention.metric, id: 'consents_given@1', unit: 'consents' } }, damage] }, 'CRITERIA_CONSENT_VOLUME'],
    ['a number of consents by its events', { all: [{ metric: { ...retention.metric, id: 'agreements@1', unit: 'people' } }, damage] }, 'CRITERIA_CONSENT_VOLUME'],
    ['a number of consents that nobody defined', { all: [{ metric: { ...retention.metric, id: 'consents_given@9' } }, damage] }, 'CRITERIA_CONSENT_VOLUME'],
    ['an unknown metric', { all: [{ metric: { ...retention.metric, id: 'retention@2' } }, damage] }, 'CRITERIA_METRIC_UNKNOWN'],
    ['another unit', { all: [{ metric: { ...retention.metric, unit: 'orders' } }, damage] }, 'CRITERIA_UNIT'],
    ['the wrong way', { all: [{ metric: { ...retention.metric, cmp: 'AT_MOST' } }, damage] }, 'CRITERIA_POLARITY'],
  ])('not %s', (_title, value, code) => {
    expect(codes(value)).toEqual([code]);
  });
});

describe('a change is harder', () => {
  const withValue = (value: string): Rule => rule({ all: [{ metric: { ...retention.metric, value } }, damage] });
  test.each<[string, unknown, boolean]>([
    ['the same', { all: [retention, damage] }, true],
    ['a lower target', { all: [{ metric: { ...retention.metric, value: '29.9' } }, damage] }, true],
    ['a higher target', { all: [{ metric: { ...retention.metric, value: '30.1' } }, damage] }, false],
    ['a wider guardrail', { all: [retention, { guardrail: { ...damage.guardrail, value: '2' } }] }, true],
    ['a narrower guardrail', { all: [retention, { guardrail: { ...damage.guardrail, value: '0.9' } }] }, false],
    ['one condition less', retention, true],
    ['one condition more', { all: [retention, damage, requests] }, false],
    ['another way beside', { any: [{ all: [retention, damage] }, requests] }, true],
    ['another window', { all: [{ metric: { ...retention.metric, window: 'P90D' } }, damage] }, false],
    ['more observations', { all: [{ metric: { ...retention.metric, minN: 50 } }, damage] }, false],
  ])('%s: %#', (_title, after, noHarder) => {
    expect(isNoHarder(rule({ all: [retention, damage] }), rule(after))).toBe(noHarder);
  });

  test('in one direction only, by its target', () => {
    const value = fc.integer({ min: 0, max: 1000 }).map(n => (n / 10).toFixed(1));
    fc.assert(fc.property(value, value, (a, b) => expect(isNoHarder(withValue(a), withValue(b))).toBe(Number(b) <= Number(a))));
  });
});

const sums = (numerator: number, denominator: number, events = denominator): Sums => ({
  numerator: String(numerator),
  denominator: String(denominator),
  numeratorEvents: numerator,
  denominatorEvents: events,
  firstOccurredAt: null,
  lastOccurredAt: null,
});
const percent = { scale: '100', isQuotient: true, minimumCount: 3 };

describe('what was measured', () => {
  test.each<[string, Sums, 'AT_LEAST' | 'AT_MOST', string, object]>([
    ['exactly the target is enough', sums(1, 3), 'AT_LEAST', '33.333333', { met: true, percent: 100, value: '33.333333', missing: '0' }],
    ['a hair below is not', sums(1, 3), 'AT_LEAST', '33.333334', { met: false, percent: 99, missing: '0.000001' }],
    ['too few say nothing, however good', sums(2, 2), 'AT_LEAST', '50', { met: false, percent: 99, missing: '0', missingCount: 1 }],
    ['nothing is no value', sums(0, 0), 'AT_MOST', '50', { met: false, percent: 0, value: null, missing: null, missingCount: 3 }],
    ['twice the most allowed is half way', sums(2, 10), 'AT_MOST', '10', { met: false, percent: 50, value: '20', missing: '10' }],
    ['none of a bad thing is enough', sums(0, 10), 'AT_MOST', '0', { met: true, percent: 100, value: '0' }],
  ])('%s', (_title, given, cmp, value, expected) => {
    expect(measure(given, percent, { cmp, value })).toMatchObject(expected);
  });

  test('an improvement is counted in the direction in which the metric is better', () => {
    const [now, before] = [sums(2, 10), sums(4, 10)];
    expect(measureImprovement({ now, before }, { ...percent, higherIsBetter: false }, { delta: '20' })).toMatchObject({ met: true, value: '20' });
    expect(measureImprovement({ now, before }, { ...percent, higherIsBetter: true }, { delta: '20' })).toMatchObject({ met: false, value: '-20', missing: '40', percent: 0 });
  });

  test('two of three periods sustain it', () => {
    const good = measure(sums(9, 10), percent, { cmp: 'AT_LEAST', value: '50' });
    const bad = measure(sums(1, 10), percent, { cmp: 'AT_LEAST', value: '50' });
    expect(sustain([bad, good, good], 2)).toMatchObject({ met: true, percent: 100, value: '2' });
    expect(sustain([good, bad, bad], 2)).toMatchObject({ met: false, percent: 50, missing: '1' });
  });

  test('I9: another good event never makes a test or a rule of such tests worse', () => {
    const target = fc.integer({ min: 1, max: 100 }).map(String);
    const counts = fc.tuple(fc.nat(200), fc.nat(200)).map(([good, bad]) => ({ good, all: good + bad }));
    fc.assert(
      fc.property(fc.array(fc.tuple(counts, target), { minLength: 1, maxLength: 5 }), fc.nat(), fc.nat(4), (tests, pick, n) => {
        const asked = rule({ atLeast: { n: (n % tests.length) + 1, of: tests.map(() => retention) } });
        const standing = (more: number) =>
          judge(
            asked,
            tests.map(([{ good, all }, value], i) =>
              measure(sums(good + (i === pick % tests.length ? more : 0), all + (i === pick % tests.length ? more : 0)), percent, { cmp: 'AT_LEAST', value }),
            ),
          );
        const [before, after] = [standing(0), standing(1)];
        expect(after.percent).toBeGreaterThanOrEqual(before.percent);
        expect(Number(after.met)).toBeGreaterThanOrEqual(Number(before.met));
      }),
    );
  });
});
