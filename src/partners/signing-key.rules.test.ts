import fc from 'fast-check';
import { oldestFirst, signerAt, verifiesAt, type DatedKey } from './signing-key.rules.ts';

const MINUTE = 60_000;
const key = (kid: string, createdAt: number): DatedKey => ({ kid, createdAt });
const old = key('old', 0);
const next = key('next', 1000 * MINUTE);
const both = [old, next];

test.each([
  ['a first key signs at once', [old], 0, 'old'],
  ['a new key does not sign before it is five minutes old', both, 1005 * MINUTE - 1, 'old'],
  ['a new key signs from five minutes on', both, 1005 * MINUTE, 'next'],
  ['of two keys made at one first start the first in order signs', [key('a', 0), key('b', 0)], MINUTE, 'a'],
  ['a key dated in the future does not sign', [old, key('future', 9000 * MINUTE)], 10 * MINUTE, 'old'],
])('%s', (_title, keys, now, kid) => {
  expect(signerAt(keys, now)?.kid).toBe(kid);
});

test.each([
  ['the only key verifies for ever', [old], old, 1e15, true],
  ['a key verifies before it signs', both, next, 1000 * MINUTE, true],
  ['a retired key verifies until its last token and the skew have passed', both, old, 1020 * MINUTE + 5_000 - 1, true],
  ['a retired key verifies no longer from then on', both, old, 1020 * MINUTE + 5_000, false],
])('%s', (_title, keys, which, now, verifies) => {
  expect(verifiesAt(keys, which, now)).toBe(verifies);
});

test('whatever the rotations, a key that signs now verifies for every token that it can have signed', () => {
  fc.assert(
    fc.property(
      fc.array(fc.integer({ min: 0, max: 200 * MINUTE }), { minLength: 1, maxLength: 8 }),
      fc.integer({ min: 0, max: 300 * MINUTE }),
      fc.integer({ min: 0, max: 15 * MINUTE + 4_999 }),
      (ages, now, later) => {
        const keys = oldestFirst(ages.map((age, i) => key(String(i), age)));
        const signer = signerAt(keys, now)!;
        expect(verifiesAt(keys, signer, now + later)).toBe(true);
      },
    ),
  );
});
