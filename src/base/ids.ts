/**
 * Ids are prefixed and opaque: three letters that name the kind, an underscore, and characters
 * that are safe in JSON, URLs and logs without escaping (the read compiler relies on that).
 */
import { randomFillSync } from 'node:crypto';

/** The same grammar as the database's domain `portico.id`. */
const ID = /^[a-z]{3}_[0-9a-z_]{1,60}$/;

/** Crockford's base 32, in lower case: no letter that a person could take for a digit. */
const ALPHABET = '0123456789abcdefghjkmnpqrstvwxyz';

const CHARACTERS = 24;

/** Random bytes, each used once. Asking for a few costs almost as much as asking for many. */
const pool = Buffer.allocUnsafe(CHARACTERS * 128);
let used = pool.length;

/** A fresh id with 120 random bits, e.g. `mst_4j0v...`. */
export function newId(prefix: string): string {
  if (used === pool.length) {
    randomFillSync(pool);
    used = 0;
  }
  let id = `${prefix}_`;
  for (const end = used + CHARACTERS; used < end; used++) id += ALPHABET[pool[used]! & 31];
  return id;
}

export const isId = (value: unknown): value is string => typeof value === 'string' && ID.test(value);

/** The prefix of a well-formed id, or null. */
export const idPrefix = (value: unknown): string | null => (isId(value) ? value.slice(0, 3) : null);
