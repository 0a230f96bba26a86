/**
 * Client secrets. A secret has 256 random bits, so a slow hash would protect nothing and be a lever
 * for denial; it is shown once and kept as HMAC-SHA-256 under a salt of its row.
 */
import { createHmac, randomBytes, timingSafeEqual } from 'node:crypto';

export interface StoredSecret {
  readonly hmac: Buffer;
  readonly salt: Buffer;
  /** The first characters, for people to tell secrets apart. */
  readonly prefix: string;
}

/** Lets people and secret scanners recognise a secret that has strayed. */
const PREFIX = 'pcs_';

/** The six random characters shown leave 220 secret bits. */
const SHOWN_CHARACTERS = PREFIX.length + 6;

const hmacOf = (secret: string, salt: Buffer): Buffer => createHmac('sha256', salt).update(secret).digest();

export function newSecret(): { secret: string; stored: StoredSecret } {
  const secret = PREFIX + randomBytes(32).toString('base64url');
  const salt = randomBytes(16);
  return { secret, stored: { hmac: hmacOf(secret, salt), salt, prefix: secret.slice(0, SHOWN_CHARACTERS) } };
}

/** No secret has this HMAC. */
const DUMMY = { hmac: randomBytes(32), salt: randomBytes(16) };

/** The candidate that the secret belongs to, or null. As many HMACs are computed and compared for
    an unknown client as for one in the middle of a rotation, so that time tells nobody who exists. */
export function matchSecret<Candidate extends Pick<StoredSecret, 'hmac' | 'salt'>>(secret: string, candidates: readonly Candidate[], comparisons: number): Candidate | null {
  let match: Candidate | null = null;
  for (let i = 0; i < Math.max(comparisons, candidates.length); i++) {
    const candidate = candidates[i];
    const { hmac, salt } = candidate ?? DUMMY;
    if (timingSafeEqual(hmacOf(secret, salt), hmac) && candidate) match = candidate;
  }
  return match;
}
