/**
 * The sealer: gives the access log's entries their numbers, grows the tree over them and signs a
 * checkpoint for each batch. It works on one gateway at a time, each second; a second one waits at the
 * log's own lock. What it has numbered stays so.
 */
import { onOneGateway, type Job } from '../../platform/jobs.ts';
import { NO_TENANT, inTransaction, type Tx } from '../../platform/postgres/database.ts';
import type { SigningKeys } from '../../partners/index.ts';
import type { Services } from '../../room.ts';
import { checkpointKeyOf, signCheckpoint } from './checkpoint.ts';
import { appendSealed, insertCheckpoint, loadTree, lockLog, saveLog, unsealedEntries, unsealedEnvironments } from './log.store.ts';
import { leafHash } from './merkle.rules.ts';

/** Entries of one batch: as many as one statement takes in some hundred milliseconds. */
const BATCH = 5_000;

const EACH_MS = 1000;

export interface SealerDeps extends Pick<Services, 'database' | 'clock'> {
  readonly keys: SigningKeys;
  readonly publicUrl: () => string;
}

/** Seals what is committed. */
export async function sealLogs(deps: SealerDeps): Promise<void> {
  const environments = await inTransaction(deps.database, NO_TENANT, unsealedEnvironments);
  for (const environmentId of environments) {
    let isFull = true;
    while (isFull) isFull = await inTransaction(deps.database, { environmentId, partnerId: '*' }, tx => sealBatch(tx, environmentId, deps));
  }
}

/** Seals one batch; answers whether it was full, so that more may wait. */
async function sealBatch(tx: Tx, environmentId: string, { clock, keys, publicUrl }: SealerDeps): Promise<boolean> {
  const log = await lockLog(tx, environmentId);
  if (!log) return false;
  const { entries, horizon } = await unsealedEntries(tx, environmentId, log.horizon, BATCH);
  const isFull = entries.length === BATCH;
  const tree = await loadTree(tx, environmentId, log.size);
  const numbered = entries.map(entry => {
    const hash = leafHash(entry.canonical);
    return { partnerId: entry.partner_id, entryId: entry.id, leafHash: hash, completes: Buffer.concat(tree.add(hash)) };
  });
  if (numbered.length > 0) {
    await appendSealed(tx, environmentId, log.size, numbered);
    const key = await checkpointKeyOf(keys.signer());
    const [root, sealedAt] = [tree.root(), new Date(clock.now())];
    const said = { origin: publicUrl(), environment: environmentId, size: tree.size, root: root.toString('hex'), sealedAt: sealedAt.toISOString() };
    await insertCheckpoint(tx, environmentId, { size: tree.size, root, sealedAt, jws: await signCheckpoint(said, key) }, key.jwk);
  }
  // Of a full batch's last transaction there may be more entries.
  await saveLog(tx, environmentId, { size: tree.size, horizon: isFull ? entries.at(-1)!.written_in : horizon });
  return isFull;
}

export const sealerJob = (deps: SealerDeps): Job => onOneGateway(deps.database.pool, { name: 'access_log.seal', everyMs: EACH_MS, run: () => sealLogs(deps) });
