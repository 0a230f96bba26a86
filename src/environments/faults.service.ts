/** Faults on a sandbox's requests: injected and ended by its partner, in the sandbox alone. */
import type { Clock } from '../base/clock.ts';
import { ok, type Outcome } from '../base/outcome.ts';
import { apiError } from '../graphql/errors.ts';
import type { Tx } from '../platform/postgres/database.ts';
import { decideFault, type InjectedFault } from './fault.rules.ts';
import { sandboxMeant, used } from './sandbox-access.ts';
import type { SandboxRefusal } from './sandbox.rules.ts';
import { contextOf, inEnvironment, lockEnvironment, setFaults } from './sandbox.store.ts';

export interface FaultsOfSandbox {
  readonly sandboxId: string | null;
  readonly faults: readonly InjectedFault[];
}

export interface FaultToInject {
  readonly sandboxId?: string | undefined;
  readonly kind: string;
  readonly rate: number;
  /** Wall time. */
  readonly until?: number | undefined;
}

/** Refusals: NOT_FOUND, LIVE_ONLY, INVALID, QUOTA_EXCEEDED. Throws SANDBOX_VALUE_IN_LIVE where live itself is meant.
    @param exists whether the API version has the element that a brownout is of */
export const injectFault = (tx: Tx, fault: FaultToInject, exists: (coordinate: string) => boolean, wall: Clock): Promise<Outcome<FaultsOfSandbox, SandboxRefusal>> =>
  withFaults(tx, fault.sandboxId, wall, standing => decideFault(standing, fault, exists, wall.now()));

/** Ends all of them. Refusals: NOT_FOUND, LIVE_ONLY. Throws SANDBOX_VALUE_IN_LIVE where live itself is meant. */
export const clearFaults = (tx: Tx, sandboxId: string | undefined, wall: Clock): Promise<Outcome<FaultsOfSandbox, SandboxRefusal>> => withFaults(tx, sandboxId, wall, () => ok([]));

async function withFaults(
  tx: Tx,
  sandboxId: string | undefined,
  wall: Clock,
  change: (standing: readonly InjectedFault[]) => Outcome<readonly InjectedFault[], SandboxRefusal>,
): Promise<Outcome<FaultsOfSandbox, SandboxRefusal>> {
  if (sandboxId === undefined && (await contextOf(tx)).kind === 'LIVE')
    throw apiError('SANDBOX_VALUE_IN_LIVE', 'Live has no faults on demand: name one of your sandboxes in `sandboxId`, or use the token of a sandbox.');
  const meant = await sandboxMeant(tx, sandboxId);
  if (!meant.ok) return meant;
  const { environmentId, owned } = meant.value;
  const changed = await inEnvironment(tx, environmentId, async () => {
    const { faults } = await lockEnvironment(tx, environmentId);
    const decided = change(faults);
    if (decided.ok) await setFaults(tx, environmentId, decided.value);
    return decided;
  });
  if (!changed.ok) return changed;
  if (owned) await used(tx, owned.owner, owned.record, owned.record.rowCount, wall);
  return ok({ sandboxId: owned?.record.id ?? null, faults: changed.value });
}
