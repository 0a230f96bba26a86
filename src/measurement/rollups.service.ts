/**
 * Metrics follow events within a second or two: one gateway adds each committed batch to the sums,
 * in the transaction that marks the batch as measured. A batch becomes visible when it is committed,
 * so one that is committed late is measured late, and none is skipped or measured twice.
 */
import { onOneGateway, type Job } from '../platform/jobs.ts';
import { NO_TENANT, inTransaction, type Database, type Tx } from '../platform/postgres/database.ts';
import type { Services } from '../room.ts';
import { keepPartitions } from './event.store.ts';
import { compareRollups, environmentsToMeasure, foldBatches, lockRollups, rebuildRollups, takeBatches, type RollupDifference } from './rollup.store.ts';

/** Half of the second that a gateway's turn may be away, so that a metric is never two seconds behind. */
const MEASURE_MS = 500;

/** Events of one transaction, about: they take well under the time that a statement may. */
const EVENTS_AT_ONCE = 20_000;

const PARTITIONS_MS = 60 * 60_000;

/** How many whole months rejected events are kept to be repaired. */
const REJECTED_MONTHS = 6;

/** The most differences that a comparison tells. */
const MAX_DIFFERENCES = 20;

/** Measures some of what waits in the environment, in the caller's transaction; answers how many batches it was. */
async function measureSome(tx: Tx, environmentId: string): Promise<number> {
  await lockRollups(tx, environmentId);
  const batches = await takeBatches(tx, environmentId, EVENTS_AT_ONCE);
  if (batches.length > 0) await foldBatches(tx, environmentId, batches);
  return batches.length;
}

/** Measures all that waits in the environment, in the caller's transaction: for what must not be
    decided before every event that has arrived counts. */
export async function measureAll(tx: Tx, environmentId: string): Promise<void> {
  while ((await measureSome(tx, environmentId)) > 0);
}

/** Measures what waits in all environments; answers how many batches it was. */
export async function measureWaiting(database: Database): Promise<number> {
  let measured = 0;
  for (const environmentId of await inTransaction(database, NO_TENANT, environmentsToMeasure)) {
    for (let taken = -1; taken !== 0; measured += taken) taken = await inTransaction(database, { environmentId, partnerId: '*' }, tx => measureSome(tx, environmentId));
  }
  return measured;
}

export interface Recomputation {
  /** Sums that are kept. */
  readonly sums: number;
  /** The first of those that were not what the events say. */
  readonly differences: readonly RollupDifference[];
}

/** Compares all sums of an environment with what its events say, and with `mend` sets right what
    differs. In a transaction of the marketplace's in that environment, whose metrics stand still meanwhile. */
export async function recompute(tx: Tx, environmentId: string, { mend }: { mend: boolean }): Promise<Recomputation> {
  await lockRollups(tx, environmentId);
  const compared = await compareRollups(tx, environmentId, MAX_DIFFERENCES);
  if (mend && compared.differences.length > 0) await rebuildRollups(tx, environmentId);
  return compared;
}

export const measurementJobs = ({ database }: Services): Job[] => [
  onOneGateway(database.pool, { name: 'measurement.rollups', everyMs: MEASURE_MS, run: () => measureWaiting(database).then(() => undefined) }),
  onOneGateway(database.pool, {
    name: 'measurement.partitions',
    everyMs: PARTITIONS_MS,
    run: () => inTransaction(database, NO_TENANT, tx => keepPartitions(tx, REJECTED_MONTHS)).then(() => undefined),
  }),
];
