/**
 * Which signing key does what, and when: told from the keys' ages alone, so that every gateway
 * comes to the same answer without asking another.
 *
 * A key is published at once, signs once it is five minutes old (by then every gateway has read it
 * and every cached JWKS holds it), stops signing when its successor begins, and verifies until the
 * last token that it can have signed has expired.
 */
import type { Instant } from '../base/clock.ts';

/** The longest life of an access token. */
export const TOKEN_LIFETIME_SECONDS = 15 * 60;

/** How far the clocks of gateways may disagree. */
export const CLOCK_SKEW_SECONDS = 5;

const PUBLISHED_BEFORE_SIGNING_MS = 5 * 60_000;

export interface DatedKey {
  readonly kid: string;
  readonly createdAt: Instant;
}

export const oldestFirst = <K extends DatedKey>(keys: Iterable<K>): K[] => Array.from(keys).toSorted((a, b) => a.createdAt - b.createdAt || (a.kid < b.kid ? -1 : 1));

export const signsFrom = (key: DatedKey): Instant => key.createdAt + PUBLISHED_BEFORE_SIGNING_MS;

/** The key that signs now, of keys in the order of their age. Before any is old enough it is the
    oldest: a first key has nobody to wait for. */
export const signerAt = <K extends DatedKey>(keys: readonly K[], now: Instant): K | undefined => keys.findLast(key => now >= signsFrom(key)) ?? keys[0];

/** The instant from which no token of the key can be valid; null while no successor is in sight. */
function endsAt(keys: readonly DatedKey[], key: DatedKey): Instant | null {
  const successor = keys[keys.findIndex(other => other.kid === key.kid) + 1];
  return successor ? signsFrom(successor) + (TOKEN_LIFETIME_SECONDS + CLOCK_SKEW_SECONDS) * 1000 : null;
}

export function verifiesAt(keys: readonly DatedKey[], key: DatedKey, now: Instant): boolean {
  const end = endsAt(keys, key);
  return end === null || now < end;
}
