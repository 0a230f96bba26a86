/** Pinning integrations to API versions: once by the first call, from then on by the partner alone. */
import type { Clock, Instant } from '../base/clock.ts';
import { OPEN_GATE, type ReleaseGate } from '../base/release-gate.ts';
import { ok, refused, type Outcome } from '../base/outcome.ts';
import { inTransaction, type Database, type Tx } from '../platform/postgres/database.ts';
import type { NotFound } from './credentials.service.ts';
import type { Caller } from './gate.ts';
import { currentEnvironment } from './partner.store.ts';
import { decidePin, firstPin, type PinRefusal } from './version-pin.rules.ts';
import { pinUnlessPinned, setPin } from './version-pin.store.ts';

/** The caller with its pin: what the database knows, or the version that is current at this first
    call. Throws `UnavailableError`.
    @param environmentNow the instant of the call */
export async function pinAtFirstCall(database: Database, caller: Caller, environmentNow: Instant, gate: ReleaseGate = OPEN_GATE): Promise<Caller> {
  const version = caller.pinnedVersion === null ? firstPin(environmentNow, gate) : null;
  if (version === null) return caller;
  const { environment, partnerId, integrationId } = caller;
  const pinnedVersion = await inTransaction(database, { environmentId: environment.id, partnerId }, tx =>
    pinUnlessPinned(tx, environment.id, integrationId, version, new Date(environmentNow)),
  );
  return { ...caller, pinnedVersion };
}

/** Pins an integration of the context's partner from the next request on. Doing it again changes
    nothing. Refusals: NOT_FOUND, VERSION_RETIRED, VERSION_UNRELEASED.
    @param clock the environment's */
export async function pinVersion(tx: Tx, pin: { integrationId: string; version: string }, clock: Clock, gate: ReleaseGate): Promise<Outcome<null, PinRefusal | NotFound>> {
  const environment = await currentEnvironment(tx);
  const decision = decidePin(pin.version, environment.kind, clock.now(), gate);
  if (!decision.ok) return decision;
  const found = await setPin(tx, environment.id, pin.integrationId, pin.version, new Date(clock.now()));
  return found ? ok(null) : refused<NotFound>({ code: 'NOT_FOUND', message: 'There is no such integration.', path: ['integrationId'] });
}
