/**
 * Second stage: in which environment, as whom? The token names them; no header, argument or path
 * can change it. What is known of a caller is remembered, because every statement asks again
 * whether it still holds (the gate), and a request whose statement found the gate closed is placed
 * anew from the database.
 */
import { LRUCache } from 'lru-cache';
import { environmentInstant } from '../base/clock.ts';
import type { Database } from '../platform/postgres/database.ts';
import { loadCaller, pinAtFirstCall, type Caller } from '../partners/index.ts';
import { unauthenticated } from './refusal.ts';
import type { Identified, Placed } from './stages.ts';

/** A caller takes about 1 kB. */
const MAX_REMEMBERED_CALLERS = 10_000;

/** What the gate does not ask again (scopes, tier) is at most this old. */
const REMEMBERED_MS = 30_000;

export interface Placement {
  /** Pins the integration to an API version where this is its first call. Throws UNAUTHENTICATED
      where the caller may not come in (any more), UnavailableError without PostgreSQL. */
  place(request: Identified): Promise<Placed>;
  /** Forgets what is known of a caller: its gate was found closed. */
  forget(request: Identified): void;
}

export function placement(database: Database): Placement {
  const callers = new LRUCache<string, Caller>({ max: MAX_REMEMBERED_CALLERS, ttl: REMEMBERED_MS });
  return {
    async place(request) {
      const { claims, receivedAt } = request;
      let caller = callers.get(claims.jti);
      if (!caller) {
        const loaded = await loadCaller(database, claims, receivedAt);
        if (!loaded) throw unauthenticated();
        caller = await pinAtFirstCall(database, loaded, environmentInstant(loaded.environment.clock, receivedAt));
        callers.set(claims.jti, caller);
      }
      return { ...request, caller, environmentNow: environmentInstant(caller.environment.clock, receivedAt) };
    },
    forget: ({ claims }) => void callers.delete(claims.jti),
  };
}
