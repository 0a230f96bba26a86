import fc from 'fast-check';
import { holds, noticeState, sunsetAt, type Notice, type NoticeStage, type Verdict } from './notice-state.rules.ts';
import { RegistrySnapshot } from './registry.rules.ts';

const at = (text: string): number => Date.parse(text);

const NOTICE: Notice = {
  id: 'dpn_1',
  coordinate: 'Milestone.benefit',
  description: 'What a milestone is for.',
  reason: 'It has a better name.',
  replacement: 'Milestone.userOutcome',
  noReplacement: null,
  migrationGuide: 'Read `userOutcome`.',
  criticality: 'BREAKING',
  announcedOn: '2026-12-01',
  deprecatedOn: '2027-01-01',
  removedIn: '2027-07',
  emergencySunsetOn: null,
  emergencyReason: null,
  isWithdrawn: false,
  brownouts: [
    { id: 'brw_1', startsAt: at('2027-03-01T09:00:00Z'), endsAt: at('2027-03-01T10:00:00Z'), abortedAt: null },
    { id: 'brw_2', startsAt: at('2027-04-01T09:00:00Z'), endsAt: at('2027-04-01T10:00:00Z'), abortedAt: at('2027-04-01T09:30:00Z') },
  ],
};
const PASSED: Verdict = { verdict: 'PASSED', decidedAt: at('2028-03-01T00:00:00Z') };

test.each<[string, NoticeStage]>([
  ['2026-11-30T23:59:59.999Z', 'PLANNED'],
  ['2026-12-01T00:00:00.000Z', 'ANNOUNCED'],
  ['2026-12-31T23:59:59.999Z', 'ANNOUNCED'],
  ['2027-01-01T00:00:00.000Z', 'DEPRECATED'],
  ['2027-03-01T08:59:59.999Z', 'DEPRECATED'],
  ['2027-03-01T09:00:00.000Z', 'BROWNOUT'],
  ['2027-03-01T09:59:59.999Z', 'BROWNOUT'],
  ['2027-03-01T10:00:00.000Z', 'DEPRECATED'],
  ['2027-04-01T09:29:59.999Z', 'BROWNOUT'],
  ['2027-04-01T09:30:00.000Z', 'DEPRECATED'],
  ['2028-04-01T16:59:59.999Z', 'DEPRECATED'],
  ['2028-04-01T17:00:00.000Z', 'SUNSET'],
])('at %s it is %s', (instant, stage) => {
  expect(noticeState(NOTICE, at(instant), [PASSED]).stage).toBe(stage);
});

test('it ends when the last version that holds it retires, and an emergency on its own day', () => {
  expect(new Date(sunsetAt(NOTICE)).toISOString()).toBe('2028-04-01T17:00:00.000Z');
  expect(new Date(sunsetAt({ removedIn: '2027-07', emergencySunsetOn: '2027-02-03' })).toISOString()).toBe('2027-02-03T00:00:00.000Z');
  expect(new Date(sunsetAt({ removedIn: null, emergencySunsetOn: '2027-02-03' })).toISOString()).toBe('2027-02-03T00:00:00.000Z');
});

test.each<[string, readonly Verdict[] | 'ASSUMED_TO_PASS', NoticeStage, boolean]>([
  ['no verdict', [], 'DEPRECATED', true],
  ['a refusal', [{ ...PASSED, verdict: 'REFUSED' }], 'DEPRECATED', true],
  ['a pass', [PASSED], 'SUNSET', false],
  ['an override', [{ ...PASSED, verdict: 'OVERRIDDEN' }], 'SUNSET', false],
  ['a pass that is still to come', [{ ...PASSED, decidedAt: at('2028-04-01T17:00:00.001Z') }], 'DEPRECATED', true],
  ['a pass after a refusal', [{ verdict: 'REFUSED', decidedAt: PASSED.decidedAt - 1 }, PASSED], 'SUNSET', false],
  ['an assumed pass', 'ASSUMED_TO_PASS', 'SUNSET', false],
])('past its end, with %s, it is %s', (_title, verdicts, stage, isHeld) => {
  expect(noticeState(NOTICE, at('2028-04-01T17:00:00Z'), verdicts)).toMatchObject({ stage, isHeld });
});

test('an emergency waits for nobody, and a withdrawn notice does nothing', () => {
  const emergency = { ...NOTICE, emergencySunsetOn: '2027-02-03' };
  expect(noticeState(emergency, at('2027-02-02T23:59:59.999Z'), []).stage).toBe('DEPRECATED');
  expect(noticeState(emergency, at('2027-02-03T00:00:00Z'), [])).toMatchObject({ stage: 'SUNSET', isHeld: false });
  expect(noticeState({ ...emergency, isWithdrawn: true }, at('2030-01-01T00:00:00Z'), [])).toMatchObject({ stage: 'WITHDRAWN', isHeld: false });
});

test('without brownouts, time moves an element only forward', () => {
  const life: readonly NoticeStage[] = ['PLANNED', 'ANNOUNCED', 'DEPRECATED', 'SUNSET'];
  const instant = fc.integer({ min: at('2026-01-01T00:00:00Z'), max: at('2030-01-01T00:00:00Z') });
  fc.assert(
    fc.property(instant, instant, (a, b) => {
      const [before, after] = [Math.min(a, b), Math.max(a, b)].map(now => noticeState({ ...NOTICE, brownouts: [] }, now, [PASSED]).stage);
      expect(life.indexOf(after!)).toBeGreaterThanOrEqual(life.indexOf(before!));
    }),
  );
});

test.each([
  ['2026-10', true],
  ['2027-04', true],
  ['2027-07', false],
  ['2027-10', false],
  ['unstable', false],
])('version %s holds what leaves in 2027-07: %s', (version, expected) => {
  expect(holds(version, NOTICE)).toBe(expected);
  expect(holds(version, { removedIn: null })).toBe(true);
});

describe('the picture of the registry', () => {
  const registry = new RegistrySnapshot('7', [{ notice: NOTICE, verdicts: [PASSED] }], [{ environmentId: 'env_1', partnerId: 'prt_1', windowId: 'brw_1' }]);
  const effects = (instant: string, version = '2026-10', assumesPass = false) =>
    [...registry.effectiveAt({ now: at(instant), assumesPass }, version)].map(([coordinate, { state }]) => `${coordinate} ${state.stage}`);

  test('says what acts at an instant on a version, from the announcement on', () => {
    expect(effects('2026-11-30T23:59:59.999Z')).toEqual([]);
    expect(effects('2026-12-01T00:00:00Z')).toEqual(['Milestone.benefit ANNOUNCED']);
    expect(effects('2027-03-01T09:00:00Z')).toEqual(['Milestone.benefit BROWNOUT']);
    expect(effects('2027-03-01T09:00:00Z', '2027-07')).toEqual([]);
    expect(effects('2027-03-01T09:00:00Z', 'unstable')).toEqual([]);
    expect(registry.noticesFor('Milestone.benefit')).toEqual([NOTICE]);
    expect(registry.noticesFor('Milestone.title')).toEqual([]);
  });

  test('answers the same map until something changes, and at each turn what the rules say', () => {
    const ask = (now: number) => registry.effectiveAt({ now, assumesPass: false }, '2026-10');
    expect(ask(at('2027-01-01T00:00:00Z'))).toBe(ask(at('2027-03-01T08:59:59.999Z')));
    expect(ask(at('2027-03-01T09:00:00Z'))).not.toBe(ask(at('2027-03-01T08:59:59.999Z')));
    fc.assert(
      fc.property(fc.integer({ min: at('2026-11-01T00:00:00Z'), max: at('2028-06-01T00:00:00Z') }), fc.boolean(), (now, assumesPass) => {
        const { stage } = noticeState(NOTICE, now, assumesPass ? 'ASSUMED_TO_PASS' : [PASSED]);
        const found = registry.effectiveAt({ now, assumesPass }, '2026-10').get('Milestone.benefit')?.state.stage;
        expect(found).toBe(stage === 'PLANNED' ? undefined : stage);
      }),
    );
  });

  test('of two notices about one element, the one that ends it sooner counts', () => {
    const both = new RegistrySnapshot('8', [
      { notice: { ...NOTICE, id: 'dpn_2', emergencySunsetOn: '2027-02-03' }, verdicts: [] },
      { notice: NOTICE, verdicts: [] },
    ]);
    expect(both.effectiveAt({ now: at('2027-02-03T00:00:00Z'), assumesPass: false }, '2026-10').get('Milestone.benefit')).toMatchObject({
      notice: { id: 'dpn_2' },
      state: { stage: 'SUNSET' },
    });
  });

  test('a partner is exempt from the one brownout that it opted out of, in its environment', () => {
    const effect = registry.effectiveAt({ now: at('2027-03-01T09:00:00Z'), assumesPass: false }, '2026-10').get('Milestone.benefit')!;
    const exempt = (instant: string, environmentId: string, partnerId: string) => registry.isExempt(effect, at(instant), { environmentId, partnerId });
    expect(exempt('2027-03-01T09:00:00Z', 'env_1', 'prt_1')).toBe(true);
    expect(exempt('2027-03-01T09:00:00Z', 'env_1', 'prt_2')).toBe(false);
    expect(exempt('2027-03-01T09:00:00Z', 'env_2', 'prt_1')).toBe(false);
    expect(exempt('2027-04-01T09:00:00Z', 'env_1', 'prt_1')).toBe(false);
  });
});
