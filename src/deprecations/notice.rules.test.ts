import fc from 'fast-check';
import {
  announcementFaults,
  approvalsNeeded,
  brownoutFault,
  contentFaults,
  decideApproval,
  decideReviewer,
  decideStep,
  latestDeprecation,
  REVIEW_STATES,
  type NoticeContent,
  type Reviewed,
} from './notice.rules.ts';
import { monthsBefore, releasedOn, versionAfter } from '../versions/index.ts';

const GOOD: NoticeContent = {
  coordinate: 'Milestone.benefit',
  description: 'What a milestone is for.',
  reason: 'Its name did not say whose benefit it is.',
  replacement: 'Milestone.userOutcome',
  noReplacement: null,
  migrationGuide: 'Read `userOutcome`.',
  criticality: 'BREAKING',
  ownerTeam: 'Program',
  announcedOn: '2026-11-24',
  deprecatedOn: '2027-01-01',
  removedIn: '2027-07',
  emergency: null,
};
const EMERGENCY = { sunsetOn: '2027-01-01', approverId: 'stf_1', publicReason: 'It leaks.' };
const KNOWN = new Set(['Milestone.benefit', 'Milestone.userOutcome']);
const exists = (coordinate: string): boolean => KNOWN.has(coordinate);

test.each<[string, Partial<NoticeContent>, string | null]>([
  ['is good', {}, null],
  ['names an element that is not there', { coordinate: 'Milestone.nonsense' }, 'coordinate'],
  ['names no coordinate', { coordinate: 'what I mean' }, 'coordinate'],
  ['says no reason', { reason: ' ' }, 'reason'],
  ['repeats its description as the reason, in other letters', { reason: 'what a milestone  is FOR' }, 'reason'],
  ['has a description of the greatest length', { description: 'x'.repeat(2000) }, null],
  ['has a longer one', { description: 'x'.repeat(2001) }, 'description'],
  ['holds a NUL', { migrationGuide: 'a\0b' }, 'migrationGuide'],
  ['names neither a replacement nor says that there is none', { replacement: null }, 'replacement'],
  ['does both', { noReplacement: 'None.' }, 'replacement'],
  ['says that there is none', { replacement: null, noReplacement: 'Leave it out: nobody needs it.' }, null],
  ['says so without words', { replacement: null, noReplacement: '' }, 'noReplacement'],
  ['replaces itself', { replacement: 'Milestone.benefit' }, 'replacement'],
  ['names a replacement that is not there', { replacement: 'Milestone.nonsense' }, 'replacement'],
  ['leaves in what is no version', { removedIn: '2027-08' }, 'removedIn'],
  ['leaves in no version', { removedIn: null }, 'removedIn'],
  ['is announced on the day of its deprecation', { announcedOn: '2027-01-01' }, null],
  ['is announced a day later', { announcedOn: '2027-01-02' }, 'announcedOn'],
  ['is deprecated a day too late for its version', { deprecatedOn: '2027-01-02' }, 'removedIn'],
  ['leaves a version later', { deprecatedOn: '2027-01-02', removedIn: '2027-10' }, null],
  ['ends by an emergency, in no version', { removedIn: null, emergency: EMERGENCY }, null],
  ['ends by an emergency, sooner than a version may', { removedIn: '2027-01', emergency: EMERGENCY }, null],
  ['ends by an emergency before it is deprecated', { emergency: { ...EMERGENCY, sunsetOn: '2026-12-31' } }, 'sunsetOn'],
  ['gives no public reason', { emergency: { ...EMERGENCY, publicReason: '' } }, 'publicReason'],
])('a notice that %s', (_title, changes, field) => {
  expect(contentFaults({ ...GOOD, ...changes }, exists).map(({ path }) => path.at(-1))).toEqual(field === null ? [] : [field]);
});

test.each([
  ['2026-11-23', []],
  ['2026-11-24', []],
  ['2026-11-25', ['announcedOn']],
])('what is announced on 2026-11-24 can be said on %s: faults %j', (today, fields) => {
  expect(announcementFaults(GOOD, today).map(({ path }) => path.at(-1))).toEqual(fields);
});

test('an emergency cannot end an element in the past', () => {
  const notice = { ...GOOD, announcedOn: '2027-02-01', emergency: EMERGENCY };
  expect(announcementFaults(notice, '2027-01-01')).toEqual([]);
  expect(announcementFaults(notice, '2027-01-02').map(({ path }) => path.at(-1))).toEqual(['sunsetOn']);
});

test.each([
  ['2026-07-01', 6, '2026-01-01'],
  ['2026-08-31', 6, '2026-02-28'],
  ['2028-08-31', 6, '2028-02-29'],
  ['2027-01-01', 1, '2026-12-01'],
])('%s less %d months is %s', (date, months, before) => {
  expect(monthsBefore(date, months)).toBe(before);
});

test.each([
  ['2026-10', 1, '2027-01'],
  ['2026-10', -1, '2026-07'],
  ['2027-01', -2, '2026-07'],
  ['2026-04', 5, '2027-07'],
])('%s and %d quarters is %s', (version, quarters, after) => {
  expect(versionAfter(version, quarters)).toBe(after);
});

test('whatever the version, what is deprecated in time is carried as such by two versions and for six months', () => {
  const version = fc.tuple(fc.integer({ min: 2026, max: 2060 }), fc.constantFrom('01', '04', '07', '10')).map(([year, month]) => `${year}-${month}`);
  fc.assert(
    fc.property(version, removedIn => {
      const latest = latestDeprecation(removedIn);
      expect(latest <= releasedOn(versionAfter(removedIn, -2))).toBe(true);
      expect(latest <= monthsBefore(releasedOn(removedIn), 6)).toBe(true);
      const notice = { ...GOOD, removedIn, deprecatedOn: latest, announcedOn: latest };
      expect(contentFaults(notice, exists)).toEqual([]);
      const dayLater = new Date(Date.parse(latest) + 86_400_000).toISOString().slice(0, 10);
      expect(contentFaults({ ...notice, deprecatedOn: dayLater }, exists)).toHaveLength(1);
    }),
  );
});

const HOUR = 3_600_000;
const DAY = 24 * HOUR;
const now = Date.parse('2026-11-23T12:00:00Z');
const deprecated = Date.parse('2027-01-01T00:00:00Z');
const end = Date.parse('2027-06-01T17:00:00Z');

test.each<[string, number, number, string | null]>([
  ['from the day of the deprecation', deprecated, deprecated + HOUR, null],
  ['a moment before it', deprecated - 1, deprecated + HOUR, 'startsAt'],
  ['of no length', deprecated, deprecated, 'endsAt'],
  ['of 24 hours', deprecated, deprecated + DAY, null],
  ['of a moment more', deprecated, deprecated + DAY + 1, 'endsAt'],
  ['that ends with the element', end - HOUR, end, null],
  ['that ends a moment later', end - HOUR, end + 1, 'endsAt'],
  ['that ends where another begins', deprecated + 9 * DAY - HOUR, deprecated + 9 * DAY, null],
  ['that overlaps it by a moment', deprecated + 9 * DAY - HOUR, deprecated + 9 * DAY + 1, 'startsAt'],
  ['that begins where the other ends', deprecated + 9 * DAY + HOUR, deprecated + 9 * DAY + 2 * HOUR, null],
])('a brownout %s', (_title, startsAt, endsAt, field) => {
  const others = [{ startsAt: deprecated + 9 * DAY, endsAt: deprecated + 9 * DAY + HOUR }];
  expect(brownoutFault({ startsAt, endsAt }, { deprecatedOn: '2027-01-01', others, sunsetAt: end, now })?.path[0] ?? null).toBe(field);
});

test('a brownout is announced fourteen days ahead, to the millisecond', () => {
  const at = (startsAt: number) => brownoutFault({ startsAt, endsAt: startsAt + HOUR }, { deprecatedOn: '2026-01-01', others: [], sunsetAt: null, now });
  expect(at(now + 14 * DAY)).toBeNull();
  expect(at(now + 14 * DAY - 1)).toMatchObject({ code: 'RULE_BROKEN', path: ['startsAt'] });
});

const IN_REVIEW: Reviewed = { review: 'IN_REVIEW', criticality: 'BREAKING', emergency: null, authorIds: ['stf_author'], approverIds: [] };

test('nobody decides on work of their own, twice, or on what is not in review', () => {
  expect(decideReviewer(IN_REVIEW, 'stf_author')).toMatchObject({ ok: false, refusal: { code: 'OWN_WORK' } });
  expect(decideReviewer({ ...IN_REVIEW, approverIds: ['stf_b'] }, 'stf_b')).toMatchObject({ ok: false, refusal: { code: 'ALREADY_DECIDED' } });
  for (const review of REVIEW_STATES.filter(state => state !== 'IN_REVIEW'))
    expect(decideReviewer({ ...IN_REVIEW, review }, 'stf_b')).toMatchObject({ ok: false, refusal: { code: 'REVIEW_STATE' } });
});

test.each<[string, Partial<Reviewed>, readonly boolean[]]>([
  ['breaking notice', {}, [false, true]],
  ['dangerous notice', { criticality: 'DANGEROUS' }, [true]],
  ['dangerous emergency', { criticality: 'DANGEROUS', emergency: { ...EMERGENCY, approverId: 'stf_a' } }, [false, true]],
  ['emergency whose named approver comes last', { emergency: { ...EMERGENCY, approverId: 'stf_c' } }, [false, false, true]],
])('a %s is published by the approvals in order: %j', (_title, changes, published) => {
  let notice = { ...IN_REVIEW, ...changes };
  published.forEach((expected, i) => {
    const person = `stf_${'abc'[i]}`;
    expect(decideApproval(notice, person)).toEqual({ ok: true, value: { approved: expected } });
    notice = { ...notice, approverIds: [...notice.approverIds, person] };
  });
});

test('however many approve, a notice is published by enough persons who did not write it', () => {
  const people = fc.array(fc.constantFrom('stf_author', 'stf_a', 'stf_b', 'stf_c'), { maxLength: 12 });
  fc.assert(
    fc.property(people, fc.constantFrom('BREAKING' as const, 'DANGEROUS' as const), (attempts, criticality) => {
      let notice: Reviewed = { ...IN_REVIEW, criticality };
      let published = false;
      for (const person of attempts) {
        const decision = decideApproval(notice, person);
        if (!decision.ok) continue;
        notice = { ...notice, approverIds: [...notice.approverIds, person], review: decision.value.approved ? 'APPROVED' : 'IN_REVIEW' };
        published ||= decision.value.approved;
      }
      const willing = new Set(attempts.filter(person => person !== 'stf_author'));
      expect(published).toBe(willing.size >= approvalsNeeded(notice));
    }),
  );
});

test.each([
  ['edit', ['DRAFT', 'IN_REVIEW', 'REJECTED']],
  ['submit', ['DRAFT']],
  ['withdraw', ['APPROVED']],
] as const)('to %s a notice it must be one of %j', (step, from) => {
  for (const review of REVIEW_STATES) expect(decideStep(step, review).ok).toBe((from as readonly string[]).includes(review));
});
