import { namespaceOf } from './namespace.rules.ts';
import { MAX_DAYS_AWAY, clockShowing, decideEnd, decideMove, decideRoom, decideStart, expiryOf, frozen, running, type Holdings } from './sandbox.rules.ts';

const DAY_MS = 86_400_000;
const NOW = Date.parse('2026-11-23T09:30:00Z');

const holdings = (more: Partial<Holdings> = {}): Holdings => ({ tier: 'HARBOUR', quota: { sandboxes: 3, snapshots: 3, rows: 1000, days: 180 }, sandboxes: 2, rows: 1000, ...more });

const codeOf = (outcome: { ok: true } | { ok: false; refusal: { code: string } }): string => (outcome.ok ? 'ok' : outcome.refusal.code);

test.each([
  [{ bySeconds: 0 }, NOW],
  [{ bySeconds: MAX_DAYS_AWAY * 86_400 }, NOW + MAX_DAYS_AWAY * DAY_MS],
  [{ to: NOW }, NOW],
  [{ to: NOW + MAX_DAYS_AWAY * DAY_MS }, NOW + MAX_DAYS_AWAY * DAY_MS],
])('a clock moves %j', (move, target) => {
  expect(decideMove(move, NOW)).toEqual({ ok: true, value: target });
});

test.each([[{}], [{ bySeconds: 86_400, to: NOW + 1 }], [{ to: NOW - 1 }], [{ bySeconds: MAX_DAYS_AWAY * 86_400 + 1 }], [{ to: NOW + MAX_DAYS_AWAY * DAY_MS + 1 }]])(
  'a clock does not move %j',
  move => {
    expect(codeOf(decideMove(move, NOW))).toBe('INVALID');
  },
);

test.each([
  [undefined, 'ok'],
  [NOW - MAX_DAYS_AWAY * DAY_MS, 'ok'],
  [NOW - MAX_DAYS_AWAY * DAY_MS - 1, 'INVALID'],
  [NOW + MAX_DAYS_AWAY * DAY_MS, 'ok'],
  [NOW + MAX_DAYS_AWAY * DAY_MS + 1, 'INVALID'],
])('a start at %s is %s', (startAt, code) => {
  expect(codeOf(decideStart(startAt, NOW))).toBe(code);
});

test.each([
  [{ sandboxes: 2 }, 'ok'],
  [{ sandboxes: 3 }, 'QUOTA_EXCEEDED'],
  [{ rows: 1000 }, 'ok'],
  [{ rows: 1001 }, 'QUOTA_EXCEEDED'],
])('with %j there is room: %s', (more, code) => {
  expect(codeOf(decideRoom(holdings(more)))).toBe(code);
});

test.each([
  [undefined, 'ok'],
  [180 * 86_400, 'ok'],
  [180 * 86_400 + 1, 'INVALID'],
  [1, 'ok'],
  [0, 'INVALID'],
])('a time to live of %s is %s', (ttl, code) => {
  expect(codeOf(decideEnd(holdings(), ttl, NOW))).toBe(code);
});

test('a sandbox expires after thirty days without use, or at its end if that comes first', () => {
  expect(expiryOf(NOW, NOW + 90 * DAY_MS)).toBe(NOW + 30 * DAY_MS);
  expect(expiryOf(NOW, NOW + 10 * DAY_MS)).toBe(NOW + 10 * DAY_MS);
});

test('a clock goes on as before from where it was put, and stops and runs without a leap', () => {
  expect(clockShowing({ offsetMs: 5, frozenAt: null }, NOW + 100, NOW)).toEqual({ offsetMs: 100, frozenAt: null });
  expect(clockShowing({ offsetMs: 5, frozenAt: NOW }, NOW + 100, NOW)).toEqual({ offsetMs: 5, frozenAt: NOW + 100 });
  const stopped = frozen({ offsetMs: 5, frozenAt: null }, NOW);
  expect(stopped.frozenAt).toBe(NOW + 5);
  expect(frozen(stopped, NOW + 50)).toEqual(stopped);
  expect(running(stopped, NOW + 50)).toEqual({ offsetMs: -45, frozenAt: null });
  expect(running({ offsetMs: 5, frozenAt: null }, NOW)).toEqual({ offsetMs: 5, frozenAt: null });
});

test('a namespace is an order of the 32 letters, the same for the same name', () => {
  const [a, b] = [namespaceOf('a'), namespaceOf('b')];
  expect([...a].toSorted().join('')).toBe('0123456789abcdefghjkmnpqrstvwxyz');
  expect(namespaceOf('a')).toBe(a);
  expect(b).not.toBe(a);
});
