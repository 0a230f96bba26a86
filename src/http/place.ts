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
import type { GateAt } from './choose-version.ts';
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

export function placement(database: Database, gateAt: GateAt): Placement {
  const callers = new LRUCache<string, Caller>({ max: MAX_REMEMBERED_CALLERS, ttl: REMEMBERED_MS });
  /** Callers that are being looked up. A program begins with many requests at once, and its first
      calls would each wait in turn for the row that they pin. */
  const underWay = new Map<string, Promise<Caller>>();

  async function lookUp({ claims, receivedAt }: Identified): Promise<Caller> {
    const loaded = await loadCaller(database, claims, receivedAt);
    if (!loaded) throw unauthenticated();
    const environmentNow = environmentInstant(loaded.environment.clock, receivedAt);
    const caller = await pinAtFirstCall(database, loaded, environmentNow, gateAt(environmentNow, receivedAt));
    callers.set(claims.jti, caller);
    return caller;
  }

  function lookUpOnce(request: Identified): Promise<Caller> {
    const { jti } = request.claims;
    const lookingUp =
      underWay.get(jti) ??
      lookUp(request).finally(() => {
        if (underWay.get(jti) === lookingUp) underWay.delete(jti);
      });
    underWay.set(jti, lookingUp);
    return lookingUp;
  }

  return {
    async place(request) {
      const { claims, receivedAt } = request;
      const known = callers.get(claims.jti);
      // A fault may end a request before any statement asks whether the fault still stands.
      const caller = known && known.environment.faults.length === 0 ? known : await lookUpOnce(request);
      return { ...request, caller, environmentNow: environmentInstant(caller.environment.clock, receivedAt) };
    },
    forget({ claims }) {
      callers.delete(claims.jti);
      // One that began before the gate closed may not know why it did.
      underWay.delete(claims.jti);
    },
  };
}
