/** When two requests are one: what an idempotency key may look like, how long it names its request,
    and what counts as the same request. Wall time throughout, as for all infrastructure. */
import { createHash } from 'node:crypto';
import type { Instant } from '../base/clock.ts';

/** A day of retries is longer than any client's patience; beyond it a key names nothing. */
export const KEY_LIFETIME_MS = 24 * 60 * 60 * 1000;

/** Most keys of one integration that are remembered at once: one new one every nine seconds, day and
    night. They are counted when a key is taken, so that requests in flight may exceed it by their number. */
export const MAX_LIVE_KEYS = 10_000;

export const MAX_KEY_LENGTH = 255;

const KEY = /^[\x20-\x7e]{1,255}$/;

export const isIdempotencyKey = (text: string): boolean => KEY.test(text);

/** The instant at which, and before which, a key was taken that now names nothing any more. */
export const lapsedSince = (now: Instant): Instant => now - KEY_LIFETIME_MS;

/** What tells two requests of one key apart: the mutation's coordinate and its coerced input, the key
    left out. graphql-js coerces an input's fields in the order of its type, so that neither their
    order nor whether they came as variables makes a difference. */
export function requestHash(coordinate: string, input: Readonly<Record<string, unknown>>): Buffer {
  const { idempotencyKey: _key, ...rest } = input;
  return createHash('sha256')
    .update(JSON.stringify([coordinate, rest]))
    .digest();
}
