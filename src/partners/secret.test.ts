import { matchSecret, newSecret } from './secret.ts';

test('a secret has its prefix and 256 random bits, and is stored as an HMAC under a salt of its own', () => {
  const [one, two] = [newSecret(), newSecret()];
  expect(one.secret).toMatch(/^pcs_[\w-]{43}$/);
  expect(one.secret).not.toBe(two.secret);
  expect(one.stored.salt).not.toEqual(two.stored.salt);
  expect([one.stored.hmac.length, one.stored.salt.length]).toEqual([32, 16]);
  expect(one.secret.startsWith(one.stored.prefix)).toBe(true);
  expect(one.stored.prefix).toHaveLength(10);
});

test('a secret matches its own row among several, and no other', () => {
  const [one, two, stranger] = [newSecret(), newSecret(), newSecret()];
  expect(matchSecret(two.secret, [one.stored, two.stored], 2)).toBe(two.stored);
  expect(matchSecret(one.secret, [one.stored, two.stored], 2)).toBe(one.stored);
  expect(matchSecret(stranger.secret, [one.stored, two.stored], 2)).toBeNull();
  expect(matchSecret(one.secret, [], 2)).toBeNull();
});

test.each(['', 'pcs_', ' ', '\0', '\ud800', 'x'.repeat(16_000)])('an odd secret (%j) matches nothing', odd => {
  expect(matchSecret(odd, [newSecret().stored], 2)).toBeNull();
  expect(matchSecret(`${newSecret().secret}${odd}`, [newSecret().stored], 2)).toBeNull();
});
