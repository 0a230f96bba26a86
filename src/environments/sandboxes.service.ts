/**
 * The life of a sandbox: made, reset, forked, deleted. Each use case is one transaction, so a sandbox
 * is there whole or not at all, whoever is killed when. What touches many rows is one statement
 * inside PostgreSQL; LIVE is refused there, too.
 */
import type { Clock } from '../base/clock.ts';
import { isId, newId } from '../base/ids.ts';
import { ok } from '../base/outcome.ts';
import { replaceCredentials } from '../partners/index.ts';
import type { Tx } from '../platform/postgres/database.ts';
import { namespaceIsTaken } from './environment.store.ts';
import { namespaceOf } from './namespace.rules.ts';
import { liveOnly, noSandbox, noSnapshot, ownerOf, sandboxMeant, used, type Refusable } from './sandbox-access.ts';
import { copied, credentialFor, openWorld, randomNamespace, resumed } from './sandbox-making.ts';
import { checkName, checkNamespace, clockShowing, decideEnd, decideRoom, decideRows, decideStart, expiryOf, refuse, type Holdings } from './sandbox.rules.ts';
import {
  copyWorld,
  deleteSandboxRecord,
  emptyWorld,
  fillSandbox,
  findEnvironment,
  findHoldings,
  findSnapshot,
  inEnvironment,
  insertSandbox,
  lockEnvironment,
  lockHoldings,
  lockSandbox,
  ownWorld,
  purgeEnvironment,
  setClock,
  setFaults,
  settleDoor,
  snapshotsOf,
  translatedId,
  worldExists,
  type Context,
  type OwnEnvironment,
  type SandboxRecord,
  type SnapshotRecord,
} from './sandbox.store.ts';
import { removeSnapshot } from './snapshots.service.ts';
import type { WorldSize } from './world.ts';

export interface MadeSandbox {
  readonly sandboxId: string;
  readonly environmentId: string;
  readonly clientId: string;
  /** Shown once. */
  readonly clientSecret: string;
}

export interface NewSandbox {
  readonly name: string;
  readonly world: string;
  readonly size: WorldSize;
  readonly seed: number;
  /** Environment time; the present where absent. */
  readonly startAt?: number | undefined;
  /** Real time. */
  readonly ttlSeconds?: number | undefined;
  readonly idNamespace?: string | undefined;
  /** Whether its clock stands where it begins. */
  readonly frozen?: boolean;
}

/** A sandbox with a world of its own. Refusals: LIVE_ONLY, INVALID, NAME_TAKEN, QUOTA_EXCEEDED. */
export async function createSandbox(tx: Tx, input: NewSandbox, wall: Clock): Refusable<MadeSandbox> {
  const owner = await ownerOf(tx);
  if (!owner.ok) return owner;
  const name = checkName(input.name, 'name');
  if (!name.ok) return name;
  if (!(await worldExists(tx, input.world))) return refuse('INVALID', 'There is no world of that name; `harbour-market` is one.', 'world');
  const startAt = decideStart(input.startAt, wall.now());
  if (!startAt.ok) return startAt;
  const namespace = await namespaceFor(tx, owner.value, input.idNamespace);
  if (!namespace.ok) return namespace;
  const before = await findHoldings(tx, owner.value);
  const place = decideRoom(before);
  if (!place.ok) return place;
  const endsAt = decideEnd(before, input.ttlSeconds, wall.now());
  if (!endsAt.ok) return endsAt;
  const { world, size, seed } = input;
  const made = await openWorld(tx, owner.value, { name: name.value, world, size, seed, startAt: startAt.value, namespace: namespace.value, frozen: input.frozen ?? false }, wall);
  // Counted once more, now that it is there: a partner's worlds are made beside one another, and only
  // their last step is taken one at a time. Whoever comes too late has made one in vain.
  const holdings = await lockHoldings(tx, owner.value);
  const room = decideRoom(holdings);
  if (!room.ok) return room;
  return record(tx, owner.value, holdings, { ...made, name: name.value, world, size, seed, startedAt: startAt.value, endsAt: endsAt.value }, wall);
}

/** A named namespace is the partner's own: the same name gives the same ids again and again, one
    sandbox at a time, and another partner's gives others. */
async function namespaceFor(tx: Tx, owner: Context, name: string | undefined): Refusable<string> {
  if (name === undefined) return ok(randomNamespace());
  const checked = checkNamespace(name);
  if (!checked.ok) return checked;
  const namespace = namespaceOf(`${owner.partnerId} ${name}`);
  if (await namespaceIsTaken(tx, namespace))
    return refuse('NAME_TAKEN', 'Another of your sandboxes writes its ids in this namespace: delete that one first, or name another.', 'idNamespace');
  return ok(namespace);
}

async function record(
  tx: Tx,
  owner: Context,
  holdings: Holdings,
  made: {
    environmentId: string;
    clientId: string;
    clientSecret: string;
    rowCount: number;
    name: string;
    world: string;
    size: WorldSize;
    seed: number;
    startedAt: number;
    endsAt: number;
  },
  wall: Clock,
): Refusable<MadeSandbox> {
  const rows = decideRows({ ...holdings, rows: holdings.rows + made.rowCount });
  if (!rows.ok) return rows;
  const id = newId('sbx');
  const { environmentId, clientId, clientSecret, endsAt, name, world, size, seed, rowCount } = made;
  await insertSandbox(tx, owner, {
    id,
    sandboxEnvironmentId: environmentId,
    name,
    world,
    size,
    seed,
    startedAt: new Date(made.startedAt),
    clientId,
    rowCount,
    usedAt: new Date(wall.now()),
    endsAt: new Date(endsAt),
    expiresAt: new Date(expiryOf(wall.now(), endsAt)),
  });
  return ok({ sandboxId: id, environmentId, clientId, clientSecret });
}

/** Puts an unclaimed sandbox, made the partner's own, among the others. Refusals: QUOTA_EXCEEDED. */
export async function recordClaimed(
  tx: Tx,
  owner: Context,
  claimed: { sandboxEnvironmentId: string; name: string; world: string; size: WorldSize; seed: number; clientId: string; rowCount: number; startedAt: Date },
  wall: Clock,
): Refusable<{ sandboxId: string }> {
  const holdings = await lockHoldings(tx, owner);
  const room = decideRoom(holdings);
  if (!room.ok) return room;
  const endsAt = decideEnd(holdings, undefined, wall.now());
  if (!endsAt.ok) return endsAt;
  const { sandboxEnvironmentId: environmentId, startedAt, ...rest } = claimed;
  const recorded = await record(tx, owner, holdings, { ...rest, environmentId, startedAt: startedAt.getTime(), endsAt: endsAt.value, clientSecret: '' }, wall);
  return recorded.ok ? ok({ sandboxId: recorded.value.sandboxId }) : recorded;
}

/** Puts a sandbox back to its beginning, or to one of its snapshots: rows and clock, without
    faults. Its ids and its credentials stay. Refusals: NOT_FOUND, LIVE_ONLY, INVALID. */
export async function resetSandbox(
  tx: Tx,
  input: { sandboxId?: string | undefined; snapshotId?: string | undefined },
  wall: Clock,
): Refusable<{ sandboxId: string | null; environmentId: string }> {
  const meant = await sandboxMeant(tx, input.sandboxId);
  if (!meant.ok) return meant;
  const { environmentId, owned } = meant.value;
  let snapshot: SnapshotRecord | null = null;
  if (input.snapshotId !== undefined) {
    if (!owned) return liveOnly();
    snapshot = isId(input.snapshotId) ? await findSnapshot(tx, owned.owner, input.snapshotId) : null;
    if (snapshot?.sandboxId !== owned.record.id) return noSnapshot();
  }
  const source = snapshot ? await findEnvironment(tx, snapshot.snapshotEnvironmentId) : null;
  // Under the owner's context both environments are within reach; under the sandbox's own, itself is.
  const rowCount = source
    ? await restore(tx, source, environmentId, snapshot!.takenAt.getTime(), wall)
    : await inEnvironment(tx, environmentId, () => begin(tx, environmentId, wall));
  if (rowCount === null) return refuse('INVALID', 'This sandbox was not made of a world, so it has no beginning to go back to: make another one.');
  if (owned) await used(tx, owned.owner, owned.record, rowCount, wall);
  return ok({ sandboxId: owned?.record.id ?? null, environmentId });
}

async function begin(tx: Tx, environmentId: string, wall: Clock): Promise<number | null> {
  const environment = await lockEnvironment(tx, environmentId);
  const world = await ownWorld(tx);
  if (!world) return null;
  await emptyWorld(tx, environmentId);
  const rowCount = await fillSandbox(tx, environmentId, world);
  await settleDoor(tx, environmentId);
  await setClock(tx, environmentId, clockShowing(environment.clock, environment.bornAt, wall.now()));
  await setFaults(tx, environmentId, []);
  return rowCount;
}

async function restore(tx: Tx, source: OwnEnvironment, targetId: string, takenAt: number, wall: Clock): Promise<number> {
  await emptyWorld(tx, targetId);
  const rowCount = await copyWorld(tx, source.id, targetId);
  await settleDoor(tx, targetId);
  await inEnvironment(tx, targetId, async () => {
    await setClock(tx, targetId, resumed(source.clock, takenAt, wall.now()));
    await setFaults(tx, targetId, []);
  });
  return rowCount;
}

/** A new sandbox like one that is there, or like one of its snapshots, with ids and credentials of
    its own. Refusals: LIVE_ONLY, NOT_FOUND, INVALID, QUOTA_EXCEEDED. */
export async function forkSandbox(
  tx: Tx,
  input: { sandboxId?: string | undefined; snapshotId?: string | undefined; name: string; ttlSeconds?: number | undefined },
  wall: Clock,
): Refusable<MadeSandbox> {
  const owner = await ownerOf(tx);
  if (!owner.ok) return owner;
  const name = checkName(input.name, 'name');
  if (!name.ok) return name;
  if ((input.sandboxId === undefined) === (input.snapshotId === undefined)) return refuse('INVALID', 'Say either which sandbox or which snapshot is forked.', 'sandboxId');
  const holdings = await lockHoldings(tx, owner.value);
  const snapshot = isId(input.snapshotId) ? await findSnapshot(tx, owner.value, input.snapshotId) : null;
  if (input.snapshotId !== undefined && !snapshot) return noSnapshot();
  const sandboxId = snapshot?.sandboxId ?? input.sandboxId;
  const origin = isId(sandboxId) ? await lockSandbox(tx, owner.value, sandboxId) : null;
  if (!origin) return noSandbox();
  const room = decideRoom(holdings);
  if (!room.ok) return room;
  const endsAt = decideEnd(holdings, input.ttlSeconds, wall.now());
  if (!endsAt.ok) return endsAt;
  const source = await findEnvironment(tx, snapshot?.snapshotEnvironmentId ?? origin.sandboxEnvironmentId);
  const clock = resumed(source.clock, snapshot?.takenAt.getTime() ?? wall.now(), wall.now());
  const { environmentId, namespace, rowCount } = await copied(tx, owner.value, source, { name: name.value, clock }, wall);
  const original = await findEnvironment(tx, origin.sandboxEnvironmentId);
  const clientId = await translatedId(tx, origin.clientId, original.idNamespace, namespace);
  const clientSecret = await inEnvironment(tx, environmentId, () => credentialFor(tx, clientId, wall));
  const { world, size, seed, startedAt } = origin;
  return record(
    tx,
    owner.value,
    holdings,
    { environmentId, clientId, clientSecret, rowCount, name: name.value, world, size, seed, startedAt: startedAt.getTime(), endsAt: endsAt.value },
    wall,
  );
}

/** Deletes a sandbox with its snapshots. Refusals: LIVE_ONLY, NOT_FOUND. */
export async function deleteSandbox(tx: Tx, sandboxId: string): Refusable<{ deletedSandboxId: string }> {
  const owner = await ownerOf(tx);
  if (!owner.ok) return owner;
  const sandbox = isId(sandboxId) ? await lockSandbox(tx, owner.value, sandboxId) : null;
  if (!sandbox) return noSandbox();
  await removeSandbox(tx, owner.value, sandbox);
  return ok({ deletedSandboxId: sandbox.id });
}

export async function removeSandbox(tx: Tx, owner: Context, sandbox: Pick<SandboxRecord, 'id' | 'sandboxEnvironmentId'>): Promise<void> {
  for (const snapshot of await snapshotsOf(tx, owner, sandbox.id)) await removeSnapshot(tx, owner, snapshot);
  await deleteSandboxRecord(tx, owner, sandbox.id);
  await purgeEnvironment(tx, sandbox.sandboxEnvironmentId);
}

/** Ends the credentials of the sandbox's integration and makes a new one: for a secret that was lost
    or is known to others. Refusals: LIVE_ONLY, NOT_FOUND. */
export async function replaceSandboxCredential(tx: Tx, sandboxId: string, wall: Clock): Refusable<{ sandboxId: string; clientId: string; clientSecret: string }> {
  const owner = await ownerOf(tx);
  if (!owner.ok) return owner;
  const sandbox = isId(sandboxId) ? await lockSandbox(tx, owner.value, sandboxId) : null;
  if (!sandbox) return noSandbox();
  const issued = await inEnvironment(tx, sandbox.sandboxEnvironmentId, () => replaceCredentials(tx, sandbox.clientId, wall));
  if (!issued.ok) return refuse('NOT_FOUND', 'The sandbox no longer holds the integration that it began with: reset it.', 'sandboxId');
  return ok({ sandboxId, clientId: sandbox.clientId, clientSecret: issued.value.clientSecret });
}
