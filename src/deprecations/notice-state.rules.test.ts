import fc from 'fast-check';
import { assumingPass, type ReleaseGate } from '../base/release-gate.ts';
import { standings } from '../versions/index.ts';
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
const PASSED: Verdict = { verdict: 'PASSED', decidedAt: at('2027-06-30T17:00:00Z') };

/** A gate that lets go of the release of 2027-07, and of the retirement of 2027-04, from then on. */
const gate = (releasableFrom: number | null, retirableFrom: number | null): ReleaseGate => ({
  assumesPass: false,
  releasableFrom: version => (version < NOTICE.removedIn! ? -Infinity : releasableFrom),
  retirableFrom: () => retirableFrom,
});
const LET_GO = gate(PASSED.decidedAt, at('2028-03-31T17:00:00Z'));

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
  expect(noticeState(NOTICE, at(instant), LET_GO).stage).toBe(stage);
});

test('it ends when the last version that holds it retires, and an emergency on its own day', () => {
  expect(new Date(sunsetAt(NOTICE)).toISOString()).toBe('2028-04-01T17:00:00.000Z');
  expect(new Date(sunsetAt({ removedIn: '2027-07', emergencySunsetOn: '2027-02-03' })).toISOString()).toBe('2027-02-03T00:00:00.000Z');
  expect(new Date(sunsetAt({ removedIn: null, emergencySunsetOn: '2027-02-03' })).toISOString()).toBe('2027-02-03T00:00:00.000Z');
});

test.each<[string, NoticeStage, boolean, ReleaseGate]>([
  ['nothing let go', 'DEPRECATED', true, gate(null, null)],
  ['the release let go alone', 'DEPRECATED', true, gate(PASSED.decidedAt, null)],
  ['the retirement let go alone', 'DEPRECATED', true, gate(null, PASSED.decidedAt)],
  ['both let go', 'SUNSET', false, LET_GO],
  ['a retirement that is let go later', 'DEPRECATED', true, gate(PASSED.decidedAt, at('2028-04-01T17:00:00.001Z'))],
  ['a pass that is assumed', 'SUNSET', false, assumingPass(gate(null, null))],
])('past its end, with %s, it is %s', (...[, stage, isHeld, held]) => {
  expect(noticeState(NOTICE, at('2028-04-01T17:00:00Z'), held)).toMatchObject({ stage, isHeld });
});

test('a release that the gate let out late leaves the older version its nine months', () => {
  const late = gate(at('2027-08-15T10:00:00Z'), -Infinity);
  expect(new Date(sunsetAt(NOTICE, late)).toISOString()).toBe('2028-05-15T10:00:00.000Z');
  expect(noticeState(NOTICE, at('2028-05-15T09:59:59.999Z'), late).stage).toBe('DEPRECATED');
  expect(noticeState(NOTICE, at('2028-05-15T10:00:00Z'), late).stage).toBe('SUNSET');
});

test('an emergency waits for nobody, and a withdrawn notice does nothing', () => {
  const emergency = { ...NOTICE, emergencySunsetOn: '2027-02-03' };
  expect(noticeState(emergency, at('2027-02-02T23:59:59.999Z'), gate(null, null)).stage).toBe('DEPRECATED');
  expect(noticeState(emergency, at('2027-02-03T00:00:00Z'), gate(null, null))).toMatchObject({ stage: 'SUNSET', isHeld: false });
  expect(noticeState({ ...emergency, isWithdrawn: true }, at('2030-01-01T00:00:00Z'), gate(null, null))).toMatchObject({ stage: 'WITHDRAWN', isHeld: false });
});

test('without brownouts, time moves an element only forward', () => {
  const life: readonly NoticeStage[] = ['PLANNED', 'ANNOUNCED', 'DEPRECATED', 'SUNSET'];
  const instant = fc.integer({ min: at('2026-01-01T00:00:00Z'), max: at('2030-01-01T00:00:00Z') });
  fc.assert(
    fc.property(instant, instant, (a, b) => {
      const [before, after] = [Math.min(a, b), Math.max(a, b)].map(now => noticeState({ ...NOTICE, brownouts: [] }, now, LET_GO).stage);
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

const registered = (notice: Notice, ...verdicts: Verdict[]) => ({ notice, registeredAt: at('2026-11-20T00:00:00Z'), verdicts });

describe('the picture of the registry', () => {
  const registry = new RegistrySnapshot(
    '7',
    [registered(NOTICE, PASSED)],
    [{ environmentId: 'env_1', partnerId: 'prt_1', windowId: 'brw_1' }],
    [{ version: '2027-04', verdict: 'PASSED', decidedAt: at('2028-04-02T00:00:00Z') }],
  );
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
        const { stage } = noticeState(NOTICE, now, registry.gateAt({ assumesPass }));
        const found = registry.effectiveAt({ now, assumesPass }, '2026-10').get('Milestone.benefit')?.state.stage;
        expect(found).toBe(stage === 'PLANNED' ? undefined : stage);
      }),
    );
  });

  test('of two notices about one element, the one that ends it sooner counts', () => {
    const both = new RegistrySnapshot('8', [registered({ ...NOTICE, id: 'dpn_2', emergencySunsetOn: '2027-02-03' }), registered(NOTICE)]);
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

describe('the removal gate, as the picture has it', () => {
  const RELEASES = ['2027-04', '2027-07', '2027-10'];
  const REFUSED: Verdict = { verdict: 'REFUSED', decidedAt: at('2027-06-30T17:00:00Z') };
  const passed = (instant: string): Verdict => ({ verdict: 'PASSED', decidedAt: at(instant) });
  const kinds = (instant: string, snapshot: RegistrySnapshot, assumesPass = false) =>
    standings(RELEASES, at(instant), snapshot.gateAt({ assumesPass }))
      .slice(0, -1)
      .map(({ kind, isHeld }) => `${kind}${isHeld ? ' held' : ''}`);

  test.each<[string, Verdict[], string[]]>([
    ['no verdict', [], ['CURRENT', 'RELEASE_CANDIDATE held', 'RELEASE_CANDIDATE']],
    ['a refusal', [REFUSED], ['CURRENT', 'RELEASE_CANDIDATE held', 'RELEASE_CANDIDATE']],
    ['a pass', [PASSED], ['SUPPORTED', 'CURRENT', 'RELEASE_CANDIDATE']],
    ['an override', [REFUSED, { ...PASSED, verdict: 'OVERRIDDEN' }], ['SUPPORTED', 'CURRENT', 'RELEASE_CANDIDATE']],
    ['a pass that is still to come', [passed('2027-07-01T17:00:00.001Z')], ['CURRENT', 'RELEASE_CANDIDATE held', 'RELEASE_CANDIDATE']],
  ])('with %s a version that lacks an element stands as it must on its date', (_title, verdicts, expected) => {
    expect(kinds('2027-07-01T17:00:00Z', new RegistrySnapshot('1', [registered(NOTICE, ...verdicts)]))).toEqual(expected);
  });

  test('what is held holds every version after it, which lack the element too', () => {
    const held = new RegistrySnapshot('1', [registered(NOTICE, REFUSED)]);
    expect(kinds('2027-10-01T17:00:00Z', held)).toEqual(['CURRENT', 'RELEASE_CANDIDATE held', 'RELEASE_CANDIDATE held']);
    expect(kinds('2027-10-01T17:00:00Z', held, true)).toEqual(['SUPPORTED', 'SUPPORTED', 'CURRENT']);
  });

  test('a version retires by a verdict of its own, on its date or later', () => {
    const released = [registered(NOTICE, PASSED)];
    const due = '2028-04-01T17:00:00Z';
    expect(kinds(due, new RegistrySnapshot('1', released))[0]).toBe('DEPRECATED held');
    const early = new RegistrySnapshot('1', released, [], [{ version: '2027-04', ...passed('2028-03-31T17:00:00Z') }]);
    expect(kinds('2028-04-01T16:59:59.999Z', early)[0]).toBe('DEPRECATED');
    expect(kinds(due, early)[0]).toBe('RETIRED');
    const late = new RegistrySnapshot('1', released, [], [{ version: '2027-04', ...passed('2028-05-01T00:00:00Z') }]);
    expect(kinds('2028-04-30T23:59:59.999Z', late)[0]).toBe('DEPRECATED held');
    expect(kinds('2028-05-01T00:00:00Z', late)[0]).toBe('RETIRED');
  });

  test.each<[string, Partial<Notice>, string]>([
    ['was written after the release', {}, '2027-07-01T17:00:00Z'],
    ['was withdrawn', { isWithdrawn: true }, '2026-11-20T00:00:00Z'],
    ['is an emergency', { emergencySunsetOn: '2027-02-03' }, '2026-11-20T00:00:00Z'],
  ])('a notice that %s holds no release', (_title, changed, registeredAt) => {
    const snapshot = new RegistrySnapshot('1', [{ notice: { ...NOTICE, ...changed }, registeredAt: at(registeredAt), verdicts: [] }]);
    expect(kinds('2027-07-01T17:00:00Z', snapshot)).toEqual(['SUPPORTED', 'CURRENT', 'RELEASE_CANDIDATE']);
  });
});
