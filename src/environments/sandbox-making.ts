/** Environments with a world in them: generated, or copied from another one. Whose they are, and how
    many there may be, is decided elsewhere. */
import { randomBytes } from 'node:crypto';
import { environmentInstant, type Clock, type EnvironmentClock } from '../base/clock.ts';
import { newId } from '../base/ids.ts';
import { issueCredential } from '../partners/index.ts';
import type { Tx } from '../platform/postgres/database.ts';
import { insertEnvironment } from './environment.store.ts';
import { namespaceOf } from './namespace.rules.ts';
import { clockShowing } from './sandbox.rules.ts';
import { copyWorld, fillSandbox, firstClient, inEnvironment, type Context, type OwnEnvironment } from './sandbox.store.ts';
import type { WorldSize } from './world.ts';

/** Makes an environment for a world. Its rows are part of the transaction like everything else. */
export async function open(
  tx: Tx,
  owner: Context | null,
  environment: { name: string; namespace: string; bornAt: number; clock: EnvironmentClock; closed?: boolean },
  wall: Clock,
): Promise<string> {
  const id = newId('env');
  const row = {
    id,
    kind: 'SANDBOX' as const,
    name: environment.name,
    ownerEnvironmentId: owner?.environmentId ?? null,
    ownerPartnerId: owner?.partnerId ?? null,
    idNamespace: environment.namespace,
    clockOffsetMs: String(environment.clock.offsetMs),
    clockFrozenAt: environment.clock.frozenAt === null ? null : new Date(environment.clock.frozenAt),
    bornAt: new Date(environment.bornAt),
    createdAt: new Date(wall.now()),
    closedAt: environment.closed ? new Date(wall.now()) : null,
  };
  await inEnvironment(tx, id, () => insertEnvironment(tx, row));
  return id;
}

export const randomNamespace = (): string => namespaceOf(randomBytes(24).toString('hex'));

export async function credentialFor(tx: Tx, clientId: string, wall: Clock): Promise<string> {
  const issued = await issueCredential(tx, clientId, wall);
  if (!issued.ok) throw new Error(`A new sandbox has no integration for its credentials: ${issued.refusal.message}`);
  return issued.value.clientSecret;
}

/** A world in an environment that nobody owns yet: what both a partner's sandbox and an anonymous one begin as. */
export async function openWorld(
  tx: Tx,
  owner: Context | null,
  sandbox: { name: string; world: string; size: WorldSize; seed: number; startAt: number; namespace: string; frozen?: boolean },
  wall: Clock,
): Promise<{ environmentId: string; clientId: string; clientSecret: string; rowCount: number }> {
  const { name, startAt: bornAt, namespace, frozen = false } = sandbox;
  const environmentId = await open(tx, owner, { name, namespace, bornAt, clock: { offsetMs: bornAt - wall.now(), frozenAt: frozen ? bornAt : null } }, wall);
  return inEnvironment(tx, environmentId, async () => {
    const rowCount = await fillSandbox(tx, environmentId, sandbox);
    const clientId = await firstClient(tx, namespace, sandbox.seed);
    return { environmentId, clientId, clientSecret: await credentialFor(tx, clientId, wall), rowCount };
  });
}

/** A copy in an environment of its own, with ids of its own. */
export async function copied(
  tx: Tx,
  owner: Context,
  source: OwnEnvironment,
  target: { name: string; clock: EnvironmentClock; closed?: boolean },
  wall: Clock,
): Promise<{ environmentId: string; namespace: string; rowCount: number }> {
  const namespace = randomNamespace();
  const environmentId = await open(tx, owner, { ...target, namespace, bornAt: source.bornAt }, wall);
  return { environmentId, namespace, rowCount: await copyWorld(tx, source.id, environmentId) };
}

/** A clock as it was at `then`, going on from there now. */
export const resumed = (clock: EnvironmentClock, then: number, wallNow: number): EnvironmentClock => clockShowing(clock, environmentInstant(clock, then), wallNow);
