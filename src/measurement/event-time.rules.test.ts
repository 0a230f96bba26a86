import fc from 'fast-check';
import { CLOCK_SKEW_MS, LATE_AFTER_MS, OLDEST_DAYS, countEvent, earliestOpenQuarter } from './event-time.rules.ts';

const DAY_MS = 86_400_000;
const at = (instant: string): number => Date.parse(instant);

test.each([
  ['at once', '2026-11-20T12:00:00Z', '2026-11-20T12:00:00Z', { isLate: false, countedOn: '2026-11-20' }],
  ['an hour later', '2026-11-20T11:00:00Z', '2026-11-20T12:00:00Z', { isLate: false, countedOn: '2026-11-20' }],
  ['a millisecond more', '2026-11-20T10:59:59.999Z', '2026-11-20T12:00:00Z', { isLate: true, countedOn: '2026-11-20' }],
  ['after midnight', '2026-11-19T23:59:00Z', '2026-11-20T00:30:00Z', { isLate: false, countedOn: '2026-11-19' }],
  ['a millisecond before the quarter closes', '2026-09-30T12:00:00Z', '2026-10-30T23:59:59.999Z', { isLate: true, countedOn: '2026-09-30' }],
  ['when the quarter closes', '2026-09-30T12:00:00Z', '2026-10-31T00:00:00Z', { isLate: true, countedOn: '2026-10-01' }],
  ['a year later', '2025-12-01T00:00:00Z', '2026-11-20T12:00:00Z', { isLate: true, countedOn: '2026-10-01' }],
])('an event received %s counts where it should', (_when, occurredAt, receivedAt, counted) => {
  expect(countEvent(at(occurredAt), at(receivedAt))).toEqual({ ok: true, value: counted });
});

test('a sender’s clock may be five minutes ahead, and no more', () => {
  const now = at('2026-11-20T12:00:00Z');
  expect(countEvent(now + CLOCK_SKEW_MS, now)).toMatchObject({ ok: true });
  expect(countEvent(now + CLOCK_SKEW_MS + 1, now)).toMatchObject({ ok: false, refusal: { code: 'FUTURE' } });
});

test('what is older than 400 days is refused, and not what is as old', () => {
  const now = at('2026-11-20T12:00:00Z');
  expect(countEvent(now - OLDEST_DAYS * DAY_MS, now)).toMatchObject({ ok: true });
  expect(countEvent(now - OLDEST_DAYS * DAY_MS - 1, now)).toMatchObject({ ok: false, refusal: { code: 'TOO_OLD' } });
});

const instants = fc.integer({ min: at('2020-01-01T00:00:00Z'), max: at('2035-01-01T00:00:00Z') });
const ages = fc.integer({ min: -CLOCK_SKEW_MS, max: OLDEST_DAYS * DAY_MS });

test('no event counts in a closed quarter, nor before it happened', () => {
  fc.assert(
    fc.property(instants, ages, (receivedAt, age) => {
      const counted = countEvent(receivedAt - age, receivedAt);
      if (!counted.ok) throw new Error(counted.refusal.reason);
      const day = at(counted.value.countedOn);
      expect(day).toBeGreaterThanOrEqual(earliestOpenQuarter(receivedAt));
      expect(day + DAY_MS).toBeGreaterThan(receivedAt - age);
      expect(counted.value.isLate).toBe(age > LATE_AFTER_MS);
    }),
  );
});

test('whenever an event comes before its quarter closes, it counts on the same day', () => {
  fc.assert(
    fc.property(instants, fc.integer({ min: 0, max: 30 * DAY_MS }), fc.integer({ min: 0, max: 30 * DAY_MS }), (occurredAt, one, other) => {
      const day = (delay: number): unknown => {
        const counted = countEvent(occurredAt, occurredAt + delay);
        return counted.ok && counted.value.countedOn;
      };
      expect(day(one)).toBe(day(other));
    }),
  );
});
