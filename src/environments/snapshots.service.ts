/** Snapshots of sandboxes: taken, compared with, deleted. One is a copy in a closed environment, so
    whatever changes the shape of tables changes it along. */
import type { Clock } from '../base/clock.ts';
import { isId, newId } from '../base/ids.ts';
import { ok } from '../base/outcome.ts';
import type { Tx } from '../platform/postgres/database.ts';
import { noSandbox, noSnapshot, ownerOf, used, type Refusable } from './sandbox-access.ts';
import { copied } from './sandbox-making.ts';
import { checkName, decideRows, refuse } from './sandbox.rules.ts';
import {
  deleteSnapshotRecord,
  differences,
  findEnvironment,
  findSnapshot,
  insertSnapshot,
  lockHoldings,
  lockSandbox,
  purgeEnvironment,
  snapshotsOf,
  type Context,
  type Differences,
  type SnapshotRecord,
} from './sandbox.store.ts';

/** Keeps a sandbox as it is now. Refusals: LIVE_ONLY, NOT_FOUND, INVALID, QUOTA_EXCEEDED. */
export async function snapshotSandbox(tx: Tx, input: { sandboxId: string; name: string }, wall: Clock): Refusable<{ sandboxId: string; snapshotId: string }> {
  const owner = await ownerOf(tx);
  if (!owner.ok) return owner;
  const name = checkName(input.name, 'name');
  if (!name.ok) return name;
  const holdings = await lockHoldings(tx, owner.value);
  const sandbox = isId(input.sandboxId) ? await lockSandbox(tx, owner.value, input.sandboxId) : null;
  if (!sandbox) return noSandbox();
  const { snapshots } = holdings.quota;
  if ((await snapshotsOf(tx, owner.value, sandbox.id)).length >= snapshots)
    return refuse('QUOTA_EXCEEDED', `A sandbox of a partner of tier ${holdings.tier} has at most ${snapshots} snapshots: delete one that you no longer need.`);
  const environment = await findEnvironment(tx, sandbox.sandboxEnvironmentId);
  const { environmentId, rowCount } = await copied(tx, owner.value, environment, { name: name.value, clock: environment.clock, closed: true }, wall);
  const rows = decideRows({ ...holdings, rows: holdings.rows + rowCount });
  if (!rows.ok) return rows;
  const id = newId('snp');
  await insertSnapshot(tx, owner.value, { id, sandboxId: sandbox.id, snapshotEnvironmentId: environmentId, name: name.value, rowCount, takenAt: new Date(wall.now()) });
  await used(tx, owner.value, sandbox, sandbox.rowCount, wall);
  return ok({ sandboxId: sandbox.id, snapshotId: id });
}

export async function removeSnapshot(tx: Tx, owner: Context, snapshot: SnapshotRecord): Promise<void> {
  await deleteSnapshotRecord(tx, owner, snapshot.id);
  await purgeEnvironment(tx, snapshot.snapshotEnvironmentId);
}

/** Refusals: LIVE_ONLY, NOT_FOUND. */
export async function deleteSnapshot(tx: Tx, snapshotId: string): Refusable<{ deletedSnapshotId: string }> {
  const owner = await ownerOf(tx);
  if (!owner.ok) return owner;
  const snapshot = isId(snapshotId) ? await findSnapshot(tx, owner.value, snapshotId) : null;
  if (!snapshot) return noSnapshot();
  await removeSnapshot(tx, owner.value, snapshot);
  return ok({ deletedSnapshotId: snapshot.id });
}

/** Most differences that are told one by one; all are counted. */
export const MAX_TOLD_DIFFERENCES = 100;

/** What has changed in a sandbox since a snapshot of it. Refusals: LIVE_ONLY, NOT_FOUND. */
export async function diffSandbox(tx: Tx, snapshotId: string): Refusable<{ sandboxId: string; snapshotId: string } & Differences> {
  const owner = await ownerOf(tx);
  if (!owner.ok) return owner;
  const snapshot = isId(snapshotId) ? await findSnapshot(tx, owner.value, snapshotId) : null;
  if (!snapshot) return noSnapshot();
  const sandbox = await lockSandbox(tx, owner.value, snapshot.sandboxId);
  if (!sandbox) return noSandbox();
  const found = await differences(tx, snapshot.snapshotEnvironmentId, sandbox.sandboxEnvironmentId, MAX_TOLD_DIFFERENCES);
  return ok({ sandboxId: sandbox.id, snapshotId, ...found });
}
