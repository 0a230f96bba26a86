/** A sandbox's clock: moved forwards, stopped, set going. Whatever falls due on the way is done before
    the clock shows its new time, in the same transaction. */
import { environmentInstant, type Clock, type EnvironmentClock } from '../base/clock.ts';
import { ok, type Outcome } from '../base/outcome.ts';
import type { Tx } from '../platform/postgres/database.ts';
import { catchUp, doNext, type Fired } from './due-work.ts';
import { clockShowing, decideMove, frozen, refuse, running, type ClockMove, type SandboxRefusal } from './sandbox.rules.ts';
import { inEnvironment, lockEnvironment, setClock } from './sandbox.store.ts';
import { sandboxMeant, used } from './sandbox-access.ts';

/** Most work that one move of a clock does: more would outlast the patience of whoever waits for it. */
export const MAX_FIRED = 2_000;

export interface MovedClock {
  readonly sandboxId: string | null;
  readonly environmentId: string;
  /** Environment time. */
  readonly now: number;
  readonly isFrozen: boolean;
  readonly fired: readonly Fired[];
}

/** Moves the clock and does what is due by then. Refusals: NOT_FOUND, LIVE_ONLY, INVALID. */
export const advanceClock = (tx: Tx, input: ClockMove & { sandboxId?: string | undefined }, wall: Clock): Promise<Outcome<MovedClock, SandboxRefusal>> =>
  withClock(tx, input.sandboxId, wall, async (environmentId, clock, now) => {
    const target = decideMove(input, now);
    if (!target.ok) return target;
    await catchUp(tx, environmentId, now);
    const fired: Fired[] = [];
    for (let done = await doNext(tx, environmentId, target.value); done; done = await doNext(tx, environmentId, target.value)) {
      fired.push(done);
      if (fired.length > MAX_FIRED)
        return refuse('INVALID', `More than ${MAX_FIRED} things fall due on the way: move the clock in smaller steps.`, input.bySeconds === undefined ? 'to' : 'by');
    }
    return ok({ clock: clockShowing(clock, target.value, wall.now()), fired });
  });

/** Stops the clock where it is. Refusals: NOT_FOUND, LIVE_ONLY. */
export const freezeClock = (tx: Tx, sandboxId: string | undefined, wall: Clock): Promise<Outcome<MovedClock, SandboxRefusal>> =>
  withClock(tx, sandboxId, wall, async (_environmentId, clock) => ok({ clock: frozen(clock, wall.now()), fired: [] }));

/** Sets the clock going from where it stands. Refusals: NOT_FOUND, LIVE_ONLY. */
export const runClock = (tx: Tx, sandboxId: string | undefined, wall: Clock): Promise<Outcome<MovedClock, SandboxRefusal>> =>
  withClock(tx, sandboxId, wall, async (_environmentId, clock) => ok({ clock: running(clock, wall.now()), fired: [] }));

async function withClock(
  tx: Tx,
  sandboxId: string | undefined,
  wall: Clock,
  change: (environmentId: string, clock: EnvironmentClock, now: number) => Promise<Outcome<{ clock: EnvironmentClock; fired: readonly Fired[] }, SandboxRefusal>>,
): Promise<Outcome<MovedClock, SandboxRefusal>> {
  const meant = await sandboxMeant(tx, sandboxId);
  if (!meant.ok) return meant;
  const { environmentId, owned } = meant.value;
  const moved = await inEnvironment(tx, environmentId, async () => {
    const { clock } = await lockEnvironment(tx, environmentId);
    const changed = await change(environmentId, clock, environmentInstant(clock, wall.now()));
    if (changed.ok) await setClock(tx, environmentId, changed.value.clock);
    return changed;
  });
  if (!moved.ok) return moved;
  if (owned) await used(tx, owned.owner, owned.record, owned.record.rowCount, wall);
  const { clock, fired } = moved.value;
  return ok({ sandboxId: owned?.record.id ?? null, environmentId, now: environmentInstant(clock, wall.now()), isFrozen: clock.frozenAt !== null, fired });
}
