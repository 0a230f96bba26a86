/** What the schema tools say of this API's own versions, for `portico schema check` and `portico upgrade-report --from --to`. */
import { buildVersionsOf, versionChangesOf } from '../app.ts';
import { assumedCost } from '../limits/index.ts';
import { rooms } from '../rooms.ts';
import type { SchemaText, UpgradeReport } from '../versions/diff/index.ts';
import { NoSuchWay, RELEASES, UpgradePath, deprecationsOf, versionReport } from '../versions/index.ts';
import { UnusableInput } from './files.ts';
import { refusedSnapshots, type SnapshotsToCheck } from './snapshots.ts';

/** How operations fare between two versions. UnusableInput where no way leads from one to the other. */
export async function reportBetween(way: { readonly from: string; readonly to: string }, operations: readonly SchemaText[]): Promise<UpgradeReport> {
  const path = new UpgradePath(await buildVersionsOf(rooms), versionChangesOf(rooms), RELEASES);
  try {
    return versionReport(path, way, operations, assumedCost);
  } catch (error) {
    if (error instanceof NoSuchWay) throw new UnusableInput(error.message, { cause: error });
    throw error;
  }
}

/** A line for each snapshot of this API that is not what its version may be. */
export const refusalsIn = (check: Omit<SnapshotsToCheck, 'announcements'>): string[] => refusedSnapshots({ ...check, announcements: deprecationsOf(versionChangesOf(rooms)) });
