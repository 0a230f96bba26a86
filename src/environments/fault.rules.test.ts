/** What a fault may be, on both sides of each bound. */
import { MAX_FAULTS, MAX_FAULT_DAYS, MAX_LATENCY_MS, decideFault, faultText, readFault, type InjectedFault } from './fault.rules.ts';
import { isMagic, magicIn } from './magic.rules.ts';

const NOW = Date.parse('2026-11-23T12:00:00Z');
const DAY_MS = 86_400_000;
const exists = (coordinate: string): boolean => coordinate === 'Query.milestones';
const inject = (fault: Partial<Parameters<typeof decideFault>[1]>, standing: readonly InjectedFault[] = []) =>
  decideFault(standing, { kind: 'unavailable', rate: 1, ...fault }, exists, NOW);

test.each(['rate_limited', 'latency:0', `latency:${MAX_LATENCY_MS}`, 'unavailable', 'partial_error', 'consent_withdrawn', 'brownout:Query.milestones(first:)'])(
  '%s is a fault, written as it is read',
  text => {
    const read = readFault(text);
    expect(read.ok && faultText(read.value)).toBe(text);
  },
);

test.each(['', 'latency', 'latency:', 'latency:-1', 'latency:1.5', `latency:${MAX_LATENCY_MS + 1}`, 'unavailable:1', 'brownout', 'brownout:', 'UNAVAILABLE', 'toString', 'slow'])(
  '"%s" is none',
  text => {
    expect(readFault(text)).toEqual({ ok: false, refusal: expect.stringContaining('Faults are `rate_limited`') });
  },
);

test.each([
  ['webhook_500', 'webhooks'],
  ['webhook_timeout', 'webhooks'],
])('%s is refused in words of its own until there is %s here', (text, what) => {
  expect(readFault(text)).toEqual({ ok: false, refusal: expect.stringContaining(what) });
});

test.each([
  ['a rate of 0', { rate: 0 }, 'rate'],
  ['a rate above 1', { rate: 1.01 }, 'rate'],
  ['no number', { rate: Number.NaN }, 'rate'],
  ['an end in the past', { until: NOW }, 'until'],
  ['an end too far away', { until: NOW + MAX_FAULT_DAYS * DAY_MS + 1 }, 'until'],
  ['an element that is none', { kind: 'brownout:Query.nothing' }, 'kind'],
])('%s is refused', (_what, fault, path) => {
  expect(inject(fault)).toMatchObject({ ok: false, refusal: { code: 'INVALID', path: [path] } });
});

test('a fault ends in an hour unless it is said otherwise', () => {
  expect(inject({})).toEqual({ ok: true, value: [{ kind: 'unavailable', rate: 1, until: '2026-11-23T13:00:00.000Z' }] });
});

test('a latency takes the place of another, a brownout that of the same element, and what has ended goes', () => {
  const until = new Date(NOW + DAY_MS).toISOString();
  const standing = [
    { kind: 'latency:100', rate: 1, until },
    { kind: 'brownout:Query.milestones', rate: 1, until },
    { kind: 'rate_limited', rate: 1, until: new Date(NOW).toISOString() },
  ];
  const kinds = (fault: string) => {
    const decided = inject({ kind: fault }, standing);
    return decided.ok ? decided.value.map(({ kind }) => kind) : decided;
  };
  expect(kinds('latency:200')).toEqual(['brownout:Query.milestones', 'latency:200']);
  expect(kinds('brownout:Query.milestones')).toEqual(['latency:100', 'brownout:Query.milestones']);
});

test('a sandbox has so many faults and no more', () => {
  const until = new Date(NOW + DAY_MS).toISOString();
  const standing = Array.from({ length: MAX_FAULTS - 1 }, (_, i) => ({ kind: `brownout:Type.f${i}`, rate: 1, until }));
  expect(inject({}, standing).ok).toBe(true);
  expect(inject({}, [...standing, { kind: 'brownout:Type.last', rate: 1, until }])).toMatchObject({ ok: false, refusal: { code: 'QUOTA_EXCEEDED' } });
});

test('magic values are found at any depth, and no id that Portico makes is one', () => {
  expect(magicIn({ input: { ids: ['int_4j0v', { of: 'shp_test_allow_all' }] } })).toBe('shp_test_allow_all');
  expect(['evt_test_dup', 'coh_test_k4', 'prt_test_tier_drop'].every(isMagic)).toBe(true);
  expect(['shp_4j0v8c', 'shp_test', 'a shp_test_x', 'mst_test_x', ''].some(isMagic)).toBe(false);
  expect(magicIn({ none: null, first: 3, flag: true, text: 'test' })).toBeNull();
});
