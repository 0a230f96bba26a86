import fc from 'fast-check';
import { currentVersion, standings, UNSTABLE } from './calendar.ts';

const VERSIONS = ['2026-01', '2026-04', '2026-07', '2026-10', '2027-01'];
const at = (text: string): number => Date.parse(text);
const kindOf = (version: string, now: string): string => standings(VERSIONS, at(now)).find(standing => standing.version === version)!.kind;

test.each([
  ['2026-10', '2026-10-01T16:59:59.999Z', 'RELEASE_CANDIDATE'],
  ['2026-10', '2026-10-01T17:00:00.000Z', 'CURRENT'],
  ['2026-07', '2026-10-01T16:59:59.999Z', 'CURRENT'],
  ['2026-07', '2026-10-01T17:00:00.000Z', 'SUPPORTED'],
  ['2026-01', '2026-09-30T00:00:00.000Z', 'SUPPORTED'],
  ['2026-01', '2026-10-01T17:00:00.000Z', 'DEPRECATED'],
  ['2026-01', '2027-01-01T16:59:59.999Z', 'DEPRECATED'],
  ['2026-01', '2027-01-01T17:00:00.000Z', 'RETIRED'],
  ['2027-01', '2040-01-01T00:00:00.000Z', 'CURRENT'],
  [UNSTABLE, '2026-11-23T00:00:00.000Z', 'UNSTABLE'],
])('%s is at %s %s', (version, now, kind) => {
  expect(kindOf(version, now)).toBe(kind);
});

test('a caller who chooses no version gets the newest released one', () => {
  expect(currentVersion(VERSIONS, at('2026-11-23T00:00:00Z'))).toBe('2026-10');
  expect(currentVersion(VERSIONS, at('2025-11-23T00:00:00Z'))).toBe(UNSTABLE);
});

test('time moves a version only forward in its life, and at most one is current', () => {
  const life = ['UNSTABLE', 'RELEASE_CANDIDATE', 'CURRENT', 'SUPPORTED', 'DEPRECATED', 'RETIRED'];
  const instant = fc.integer({ min: at('2025-06-01T00:00:00Z'), max: at('2029-01-01T00:00:00Z') });
  fc.assert(
    fc.property(instant, instant, (a, b) => {
      const [before, after] = [standings(VERSIONS, Math.min(a, b)), standings(VERSIONS, Math.max(a, b))];
      for (const [i, earlier] of before.entries()) expect(life.indexOf(after[i]!.kind)).toBeGreaterThanOrEqual(life.indexOf(earlier.kind));
      expect(after.filter(standing => standing.kind === 'CURRENT').length).toBeLessThanOrEqual(1);
    }),
  );
});
