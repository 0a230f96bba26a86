import fc from 'fast-check';
import { decideTerms, firstShareOf, shareOf, takenFrom, type Terms } from './revenue.rules.ts';

const terms = (more: Partial<Terms> = {}): Terms => ({ rateBps: 250, thresholdMinor: 0, capMinor: null, ...more });

test.each([
  [terms(), 0, 0],
  [terms(), 39, 0],
  [terms(), 40, 1],
  [terms(), 30_001, 750],
  [terms({ rateBps: 10_000 }), 9_007_199_254_740_991, 9_007_199_254_740_991],
  [terms({ capMinor: 700 }), 30_001, 700],
  [terms({ rateBps: 0 }), 1_000_000, 0],
])('%j of %d is %d, rounded down once', (given, revenue, share) => {
  expect(shareOf(given, revenue)).toBe(share);
});

test('below the threshold there is nothing, from it on a share of all', () => {
  const given = terms({ thresholdMinor: 10_000 });
  expect([firstShareOf(given, 9_999), firstShareOf(given, 10_000)]).toEqual([0, 250]);
});

const TODAY = '2027-03-30';
const last = { ...terms({ thresholdMinor: 100, capMinor: 900 }), effectiveOn: '2027-01-01' };

test.each<[string, Terms & { effectiveOn: string }, string]>([
  ['a rate above all', { ...last, rateBps: 10_001, effectiveOn: '2027-07-01' }, 'INVALID'],
  ['the middle of a quarter', { ...last, effectiveOn: '2027-05-01' }, 'INVALID'],
  ['what is over', { ...last, effectiveOn: '2027-01-01' }, 'NOTICE_TOO_SHORT'],
  ['a lower rate tomorrow', { ...last, rateBps: 249, effectiveOn: '2027-04-01' }, 'NOTICE_TOO_SHORT'],
  ['a higher threshold tomorrow', { ...last, thresholdMinor: 101, effectiveOn: '2027-04-01' }, 'NOTICE_TOO_SHORT'],
  ['a lower cap tomorrow', { ...last, capMinor: 899, effectiveOn: '2027-04-01' }, 'NOTICE_TOO_SHORT'],
  ['a lower rate 93 days on', { ...last, rateBps: 249, effectiveOn: '2027-07-01' }, 'OK'],
  ['a higher rate tomorrow', { ...last, rateBps: 251, effectiveOn: '2027-04-01' }, 'OK'],
  ['no cap any more, tomorrow', { ...last, capMinor: null, effectiveOn: '2027-04-01' }, 'OK'],
])('%s is answered by %s', (_title, { effectiveOn, ...next }, code) => {
  const decided = decideTerms(last, next, effectiveOn, TODAY);
  expect(decided.ok ? 'OK' : decided.refusal.code).toBe(code);
});

test('I7: whatever is refunded and billed again, what was given is the share of what is left, and nothing gives back more than it brought', () => {
  const step = fc.integer({ min: -5_000, max: 5_000 });
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 10_000 }), fc.option(fc.integer({ min: 1, max: 3_000 })), fc.array(step, { maxLength: 20 }), (rateBps, capMinor, steps) => {
      const given: { id: string; amountMinor: number; leftMinor: number }[] = [];
      let revenue = 10_000;
      for (const [n, change] of [0, ...steps].entries()) {
        revenue = Math.max(0, revenue + change);
        const share = shareOf({ rateBps, thresholdMinor: 0, capMinor }, revenue);
        const difference = share - given.reduce((sum, each) => sum + each.leftMinor, 0);
        if (difference > 0) given.push({ id: String(n), amountMinor: difference, leftMinor: difference });
        for (const taken of takenFrom(given, -difference)) given.find(({ id }) => id === taken.id)!.leftMinor -= taken.amountMinor;
        expect(given.reduce((sum, each) => sum + each.leftMinor, 0)).toBe(share);
        expect(given.every(({ amountMinor, leftMinor }) => leftMinor >= 0 && leftMinor <= amountMinor)).toBe(true);
      }
    }),
  );
});
