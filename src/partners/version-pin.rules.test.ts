import { decidePin, firstPin } from './version-pin.rules.ts';

const at = (text: string): number => Date.parse(text);
const NOVEMBER = at('2026-11-23T09:30:00Z');

test.each([
  ['2026-10', '2026-11-23T09:30:00Z'],
  ['2026-07', '2026-10-01T16:59:59.999Z'],
  ['2026-10', '2026-10-01T17:00:00.000Z'],
  ['2026-10', '2027-01-01T16:59:59.999Z'],
  ['2027-01', '2027-01-01T17:00:00.000Z'],
  [null, '2026-01-01T16:59:59.999Z'],
  ['2026-01', '2026-01-01T17:00:00.000Z'],
])('a first call is pinned to %s at %s', (version, now) => {
  expect(firstPin(at(now))).toBe(version);
});

test.each([
  ['the current version', '2026-10', '2026-11-23T09:30:00Z'],
  ['an older one', '2026-07', '2026-11-23T09:30:00Z'],
  ['one in its last months, to go back to', '2026-01', '2026-11-23T09:30:00Z'],
  ['one in its last millisecond', '2026-01', '2027-01-01T16:59:59.999Z'],
  ['a version in its first millisecond', '2027-01', '2027-01-01T17:00:00.000Z'],
])('live takes %s', (_title, version, now) => {
  expect(decidePin(version, 'LIVE', at(now))).toEqual({ ok: true, value: null });
});

test.each([
  ['a release candidate', '2027-01', '2027-01-01T16:59:59.999Z', 'VERSION_UNRELEASED', /not released before 2027-01-01T17:00:00.000Z .* \/graphql\/2027-01/],
  ['the head', 'unstable', '2026-11-23T09:30:00Z', 'VERSION_UNRELEASED', /may change on any day/],
  [
    'one that has just retired',
    '2026-01',
    '2027-01-01T17:00:00.000Z',
    'VERSION_RETIRED',
    /retired on 2027-01-01T17:00:00.000Z\. Choose one of 2026-04, 2026-07, 2026-10, 2027-01\./,
  ],
  ['one that does not exist', '2026-11', '2026-11-23T09:30:00Z', 'NOT_FOUND', /2026-01, 2026-04, 2026-07, 2026-10\./],
  ['nothing', '', '2026-11-23T09:30:00Z', 'NOT_FOUND', /no API version/],
])('live refuses %s', (_title, version, now, code, message) => {
  expect(decidePin(version, 'LIVE', at(now))).toEqual({ ok: false, refusal: { code, message: expect.stringMatching(message), path: ['version'] } });
});

test.each(['2027-01', 'unstable', '2026-10', '2026-01'])('a sandbox takes %s, whatever answers there', version => {
  expect(decidePin(version, 'SANDBOX', NOVEMBER).ok).toBe(true);
});

test('a sandbox refuses what does not answer', () => {
  expect(decidePin('2026-01', 'SANDBOX', at('2027-01-01T17:00:00Z'))).toMatchObject({ refusal: { code: 'VERSION_RETIRED' } });
  expect(decidePin('v1', 'SANDBOX', NOVEMBER)).toMatchObject({ refusal: { code: 'NOT_FOUND' } });
});
