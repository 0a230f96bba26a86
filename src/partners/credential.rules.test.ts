import fc from 'fast-check';
import { decideIssue, decideRotation, isValidAt, MAX_OVERLAP_SECONDS, MAX_VALID_CREDENTIALS, type CredentialState } from './credential.rules.ts';

const NOW = Date.parse('2026-11-23T10:00:00Z');
const at = (ms: number) => new Date(NOW + ms);
const credential = (id: string, state: Partial<CredentialState> = {}): CredentialState => ({ id, secretPrefix: `pcs_${id}`, expiresAt: null, revokedAt: null, ...state });

test.each([
  ['without an end', {}, true],
  ['a millisecond before its end', { expiresAt: at(1) }, true],
  ['at its end', { expiresAt: at(0) }, false],
  ['revoked', { revokedAt: at(-1) }, false],
])('a credential %s', (_title, state, valid) => {
  expect(isValidAt(credential('a', state), NOW)).toBe(valid);
});

test('a client has at most two valid credentials; ended ones do not count', () => {
  const ended = [credential('x', { revokedAt: at(-1) }), credential('y', { expiresAt: at(0) })];
  expect(decideIssue(ended, NOW).ok).toBe(true);
  expect(decideIssue([...ended, credential('a')], NOW).ok).toBe(true);
  expect(decideIssue([...ended, credential('a'), credential('b', { expiresAt: at(1) })], NOW)).toMatchObject({
    ok: false,
    refusal: { code: 'TOO_MANY_CREDENTIALS', message: expect.stringContaining('pcs_a... and pcs_b... are: revoke one') },
  });
});

test.each([
  ['lets the old one go on for the overlap', [credential('a')], 60, { ok: true, value: { replacedEndsAt: at(60_000) } }],
  ['without overlap ends the old one at once', [credential('a')], 0, { ok: true, value: { replacedEndsAt: at(0) } }],
  ['never puts off an end that already stood', [credential('a', { expiresAt: at(5_000) })], 60, { ok: true, value: { replacedEndsAt: at(5_000) } }],
  ['is refused while an earlier rotation goes on', [credential('a'), credential('b')], 60, { ok: false, refusal: { code: 'TOO_MANY_CREDENTIALS' } }],
  ['without overlap replaces one of two', [credential('a'), credential('b')], 0, { ok: true }],
  ['of a revoked credential is refused', [credential('a', { revokedAt: at(-1) })], 60, { ok: false, refusal: { code: 'CREDENTIAL_ENDED' } }],
  ['of an expired credential is refused', [credential('a', { expiresAt: at(0) })], 60, { ok: false, refusal: { code: 'CREDENTIAL_ENDED' } }],
  ['takes the longest overlap', [credential('a')], MAX_OVERLAP_SECONDS, { ok: true }],
  ['refuses a longer one', [credential('a')], MAX_OVERLAP_SECONDS + 1, { ok: false, refusal: { code: 'INVALID' } }],
  ['refuses a negative one', [credential('a')], -1, { ok: false, refusal: { code: 'INVALID' } }],
  ['refuses a broken second', [credential('a')], 0.5, { ok: false, refusal: { code: 'INVALID' } }],
  ['refuses what is no number', [credential('a')], Number.NaN, { ok: false, refusal: { code: 'INVALID' } }],
])('a rotation %s', (_title, existing, overlapSeconds, expected) => {
  expect(decideRotation(existing, 'a', overlapSeconds, NOW)).toMatchObject(expected);
});

test('no series of rotations leaves more than two valid, at any instant from then on', () => {
  const step = fc.record({ afterMs: fc.integer({ min: 0, max: 100_000 }), overlapSeconds: fc.integer({ min: 0, max: 100 }), pick: fc.nat() });
  fc.assert(
    fc.property(fc.array(step, { maxLength: 20 }), fc.integer({ min: 0, max: 200_000 }), (steps, laterMs) => {
      let now = NOW;
      let credentials = [credential('c0')];
      for (const [i, { afterMs, overlapSeconds, pick }] of steps.entries()) {
        now += afterMs;
        const { id } = credentials[pick % credentials.length]!;
        const decision = decideRotation(credentials, id, overlapSeconds, now);
        if (!decision.ok) continue;
        credentials = [...credentials.map(each => (each.id === id ? { ...each, expiresAt: decision.value.replacedEndsAt } : each)), credential(`c${i + 1}`)];
      }
      expect(credentials.filter(each => isValidAt(each, now + laterMs)).length).toBeLessThanOrEqual(MAX_VALID_CREDENTIALS);
    }),
  );
});
