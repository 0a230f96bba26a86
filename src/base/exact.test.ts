import fc from 'fast-check';
import { by, compare, decimal, exact, floor, minus, times } from './exact.ts';

test.each([
  ['0', 2, '0'],
  ['1.005', 2, '1.01'],
  ['-1.005', 2, '-1.01'],
  ['-0.004', 2, '0'],
  ['12.50', 6, '12.5'],
  ['100', 0, '100'],
])('%s in %i digits is %s', (text, digits, written) => {
  expect(decimal(exact(text), digits)).toBe(written);
});

test.each(['', '1.', '.5', '1e3', ' 1', '--1', '0x1'])('%j is no decimal', text => {
  expect(() => exact(text)).toThrow('no decimal number');
});

const number = fc.tuple(fc.bigInt({ min: -(10n ** 18n), max: 10n ** 18n }), fc.nat(6)).map(([n, digits]) => ({ above: n, below: 10n ** BigInt(digits) }));

test('written and read again, and taken apart and put together again, a number is the same', () => {
  fc.assert(fc.property(number, a => expect(compare(exact(decimal(a, 6)), a)).toBe(0)));
  fc.assert(fc.property(number, number, (a, b) => expect(compare(minus(minus(a, b), minus(a, b)), exact('0'))).toBe(0)));
  fc.assert(
    fc.property(number, number, (a, b) => {
      fc.pre(b.above !== 0n);
      expect(compare(times(by(a, b)!, b), a)).toBe(0);
    }),
  );
});

test('nothing is divided by zero', () => {
  expect(by(exact('1'), exact('0'))).toBeNull();
});

test('a floor is the greatest whole number that is not above', () => {
  fc.assert(
    fc.property(number, a => {
      const whole = { above: floor(a), below: 1n };
      expect(compare(whole, a)).toBeLessThanOrEqual(0);
      expect(compare({ above: whole.above + 1n, below: 1n }, a)).toBe(1);
    }),
  );
});
