import fc from 'fast-check';
import { addDays, beginsQuarter, confirmsAt, dayOf, daysBefore, instantOf, openQuarters, quarterBefore, quarterDays, quarterOf, windowDays } from './period.rules.ts';

test.each([
  ['2026-Q1', '2026-01-01', '2026-03-31'],
  ['2028-Q1', '2028-01-01', '2028-03-31'],
  ['2026-Q4', '2026-10-01', '2026-12-31'],
])('%s is %s to %s', (quarter, from, to) => {
  expect(quarterDays(quarter)).toEqual({ from, to });
  expect([quarterOf(from), quarterOf(to)]).toEqual([quarter, quarter]);
  expect([beginsQuarter(from), beginsQuarter(to)]).toEqual([true, false]);
});

test.each([
  ['2026-01-30T23:59:59.999Z', ['2026-Q1', '2025-Q4']],
  ['2026-01-31T00:00:00.000Z', ['2026-Q1']],
])('at %s the results of %j do not count yet', (now, quarters) => {
  expect(openQuarters(Date.parse(now))).toEqual(quarters);
});

test('a quarter before begins where the one before it ended, through the years', () => {
  fc.assert(
    fc.property(fc.integer({ min: 0, max: 40_000 }), days => {
      const quarter = quarterOf(dayOf(days * 86_400_000));
      expect(addDays(quarterDays(quarterBefore(quarter)).to, 1)).toBe(quarterDays(quarter).from);
      expect(quarterBefore(quarter, 4)).toBe(`${Number(quarter.slice(0, 4)) - 1}${quarter.slice(4)}`);
      expect(openQuarters(confirmsAt(quarter) - 1)).toContain(quarter);
      expect(openQuarters(confirmsAt(quarter))).not.toContain(quarter);
    }),
  );
});

test('a window ends on the day itself, and the days before it are as many', () => {
  expect(windowDays('P1D', '2026-01-01', '2026-02-10')).toEqual({ from: '2026-02-10', to: '2026-02-10' });
  expect(windowDays('P90D', '2026-01-01', '2026-02-10')).toEqual({ from: '2025-11-13', to: '2026-02-10' });
  expect(windowDays('cycle', '2026-01-01', '2026-02-10')).toEqual({ from: '2026-01-01', to: '2026-02-10' });
  expect(daysBefore({ from: '2026-02-10', to: '2026-02-10' })).toEqual({ from: '2026-02-09', to: '2026-02-09' });
  expect(instantOf(daysBefore({ from: '2026-01-11', to: '2026-01-20' }).from)).toBe(Date.parse('2026-01-01'));
});
