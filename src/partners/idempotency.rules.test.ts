import fc from 'fast-check';
import { KEY_LIFETIME_MS, MAX_KEY_LENGTH, isIdempotencyKey, lapsedSince, requestHash } from './idempotency.rules.ts';

test.each([
  ['', false],
  [' ', true],
  ['~', true],
  ['x'.repeat(MAX_KEY_LENGTH), true],
  ['x'.repeat(MAX_KEY_LENGTH + 1), false],
  ['\x1f', false],
  ['\x7f', false],
  ['é', false],
  ['one\n', false],
])('%j is a key: %s', (text, is) => {
  expect(isIdempotencyKey(text)).toBe(is);
});

test('a key has lapsed at its 24 hours, not after them', () => {
  expect(lapsedSince(KEY_LIFETIME_MS + 5)).toBe(5);
});

const hashOf = (coordinate: string, input: Record<string, unknown>): string => requestHash(coordinate, input).toString('hex');

test('the key itself makes no other request, the mutation and each of its inputs do', () => {
  const input = { integrationId: 'int_1', overlapSeconds: 60 };
  const same = hashOf('Mutation.a', input);
  expect(hashOf('Mutation.a', { ...input, idempotencyKey: 'one' })).toBe(same);
  for (const other of [hashOf('Mutation.b', input), hashOf('Mutation.a', { ...input, overlapSeconds: 61 }), hashOf('Mutation.a', { integrationId: 'int_1' })])
    expect(other).not.toBe(same);
});

test('two inputs have one hash only where they are the same', () => {
  const inputs = fc.record({ a: fc.constantFrom('', 'a', 'a"', '","b":'), b: fc.option(fc.boolean()), c: fc.array(fc.nat({ max: 1 }), { maxLength: 2 }) });
  fc.assert(
    fc.property(inputs, inputs, (one, two) => {
      expect(hashOf('Mutation.a', one) === hashOf('Mutation.a', two)).toBe(JSON.stringify(one) === JSON.stringify(two));
    }),
  );
});
