/**
 * Work that is done once however often its request arrives. A client that got no answer sends the
 * same request with the same key again, and finds the work done once: by the first attempt if that
 * one was committed, by this one if not.
 *
 * A refused or failed attempt is not remembered. It changed nothing, so repeating it does no harm,
 * and whoever has mended the cause (revoked a credential to make room for another) can send the very
 * same request again instead of having to tell from the refusal whether its key is spent.
 */
import type { Clock } from '../base/clock.ts';
import { ok, refused, type Outcome } from '../base/outcome.ts';
import { onOneGateway, type Job } from '../platform/jobs.ts';
import { NO_TENANT, inTransaction, type Tx } from '../platform/postgres/database.ts';
import type { Services } from '../room.ts';
import { KEY_LIFETIME_MS, MAX_LIVE_KEYS, lapsedSince } from './idempotency.rules.ts';
import { integrationKeys, trimIdempotencyKeys, type Keyed, type KeptAnswer, type KeyedRequest, type KeyStore } from './idempotency.store.ts';
import { trimStaffIdempotencyKeys } from './staff-idempotency.store.ts';

export type { KeptAnswer, KeyedRequest };

/** The key names another request, or its owner has as many keys as are remembered at once. */
export type KeyRefusal = { readonly code: 'KEY_OF_ANOTHER_REQUEST' } | { readonly code: 'TOO_MANY_KEYS'; readonly limit: number; readonly retryAfterMs: number };

/**
 * Does the work under the request's key, in the transaction that the work is done in. The key goes
 * in before the work: of two at once the second waits on it, and then either answers what the first
 * one kept or, where the first was rolled back, does the work itself. Of the work's outcome its
 * `answer` is kept, and is all that a replay has. The caller rolls back what was refused.
 * Refusals: the work's own, KEY_OF_ANOTHER_REQUEST, TOO_MANY_KEYS.
 */
export function once<Work extends { readonly answer: KeptAnswer }, Refusal>(
  tx: Tx,
  request: KeyedRequest,
  clock: Clock,
  work: () => Promise<Outcome<Work, Refusal>>,
): Promise<Outcome<Work | Pick<Work, 'answer'>, Refusal | KeyRefusal>> {
  return onceAmong(integrationKeys, tx, request, clock, work);
}

/** As `once`, among the keys of another kind of caller. */
export async function onceAmong<Request extends Keyed, Work extends { readonly answer: KeptAnswer }, Refusal>(
  keys: KeyStore<Request>,
  tx: Tx,
  request: Request,
  clock: Clock,
  work: () => Promise<Outcome<Work, Refusal>>,
): Promise<Outcome<Work | Pick<Work, 'answer'>, Refusal | KeyRefusal>> {
  const lapsed = new Date(lapsedSince(clock.now()));
  if (!(await keys.take(tx, request, new Date(clock.now()), lapsed))) {
    const { requestHash, answer } = await keys.find(tx, request);
    return requestHash.equals(request.requestHash) ? ok({ answer }) : refused({ code: 'KEY_OF_ANOTHER_REQUEST' });
  }
  const { live, oldestTakenAt } = await keys.count(tx, request, lapsed);
  if (live > MAX_LIVE_KEYS) return refused({ code: 'TOO_MANY_KEYS', limit: MAX_LIVE_KEYS, retryAfterMs: oldestTakenAt.getTime() + KEY_LIFETIME_MS - clock.now() });
  const outcome = await work();
  if (outcome.ok) await keys.keep(tx, request, outcome.value.answer);
  return outcome;
}

const TRIM_MS = 10 * 60_000;

export const idempotencyJobs = ({ database, clock }: Services): Job[] => [
  onOneGateway(database.pool, {
    name: 'idempotency_key.trim',
    everyMs: TRIM_MS,
    run: () =>
      inTransaction(database, NO_TENANT, async tx => {
        const lapsed = new Date(lapsedSince(clock.now()));
        await trimIdempotencyKeys(tx, lapsed);
        await trimStaffIdempotencyKeys(tx, lapsed);
      }),
  }),
];
