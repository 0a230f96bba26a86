/** How many secrets a client may have, and what a rotation does to the old one. Wall time throughout:
    credentials are security, whatever a sandbox's clock says. */
import type { Instant } from '../base/clock.ts';
import { ok, refused, type Outcome } from '../base/outcome.ts';
import type { Refusal } from './partner.rules.ts';

/** The old one and the new one of a rotation. A third would be one that nobody keeps an eye on. */
export const MAX_VALID_CREDENTIALS = 2;

/** Long enough for a release train; a leaked secret is revoked, not rotated away. */
export const MAX_OVERLAP_SECONDS = 30 * 24 * 60 * 60;

/** What is kept of an integration's ended credentials: its newest, and whatever ended within a day,
    in which as many can be made as there are idempotency keys for. */
export const KEPT_CREDENTIALS = 100;
export const KEPT_AFTER_END_MS = 24 * 60 * 60 * 1000;

export interface CredentialState {
  readonly id: string;
  readonly secretPrefix: string;
  readonly expiresAt: Date | null;
  readonly revokedAt: Date | null;
}

export type TooManyCredentials = Refusal<'TOO_MANY_CREDENTIALS'>;

export type RotationRefusal = TooManyCredentials | Refusal<'CREDENTIAL_ENDED' | 'INVALID'>;

/** A credential has ended at its expiry instant, not after it. */
export const isValidAt = (credential: CredentialState, now: Instant): boolean =>
  credential.revokedAt === null && (credential.expiresAt === null || now < credential.expiresAt.getTime());

export function decideIssue(existing: readonly CredentialState[], now: Instant): Outcome<null, TooManyCredentials> {
  const valid = existing.filter(credential => isValidAt(credential, now));
  return valid.length < MAX_VALID_CREDENTIALS ? ok(null) : refused(tooMany(valid));
}

/** Answers when the replaced credential ends. An end that already stood is never put off. */
export function decideRotation(existing: readonly CredentialState[], replacedId: string, overlapSeconds: number, now: Instant): Outcome<{ replacedEndsAt: Date }, RotationRefusal> {
  if (!Number.isInteger(overlapSeconds) || overlapSeconds < 0 || overlapSeconds > MAX_OVERLAP_SECONDS) {
    return refused({ code: 'INVALID', message: `The overlap is a whole number of seconds from 0 to ${MAX_OVERLAP_SECONDS} (30 days).`, path: ['overlap'] });
  }
  const replaced = existing.find(credential => credential.id === replacedId && isValidAt(credential, now));
  if (!replaced) return refused({ code: 'CREDENTIAL_ENDED', message: 'The credential has already ended: issue a new one instead.', path: ['credentialId'] });
  const replacedEndsAt = new Date(Math.min(now + overlapSeconds * 1000, replaced.expiresAt?.getTime() ?? Infinity));
  const valid = existing.filter(credential => isValidAt(credential, now));
  const remaining = valid.filter(credential => credential !== replaced || now < replacedEndsAt.getTime());
  return remaining.length < MAX_VALID_CREDENTIALS ? ok({ replacedEndsAt }) : refused(tooMany(valid));
}

const tooMany = (valid: readonly CredentialState[]): TooManyCredentials => ({
  code: 'TOO_MANY_CREDENTIALS',
  message: `At most ${MAX_VALID_CREDENTIALS} credentials may be valid at once, and ${valid.map(each => `${each.secretPrefix}...`).join(' and ')} are: revoke one, or wait until one expires.`,
  path: [],
});
