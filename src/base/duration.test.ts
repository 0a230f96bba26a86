import fc from 'fast-check';
import { durationSeconds, durationText } from './duration.ts';

test.each([
  ['PT0S', 0],
  ['P1D', 86_400],
  ['PT24H', 86_400],
  ['P1DT1H1M1S', 90_061],
  ['PT3600S', 3600],
])('%s is %i seconds', (text, seconds) => {
  expect(durationSeconds(text)).toBe(seconds);
});

test.each(['', 'P', 'PT', 'P1DT', 'P1M', 'P1Y', 'P1W', 'PT1.5S', '-P1D', 'P-1D', 'p1d', 'P1D ', 'P1H', '86400'])('%j has no length that is known', text => {
  expect(durationSeconds(text)).toBeNull();
});

test('the text of a duration is read as that duration', () => {
  fc.assert(fc.property(fc.nat(), seconds => expect(durationSeconds(durationText(seconds))).toBe(seconds)));
});
