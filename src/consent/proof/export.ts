/** The export of an environment's log, as the verifier reads it: every entry up to the newest checkpoint. */
import type { JWK } from 'jose';
import { checkpointKeys, exportedLeaves, newestCheckpoint, type Asking, type ExportedLeaf } from './log.store.ts';

const PAGE = 10_000;

export interface LogExport {
  readonly jws: string;
  readonly size: number;
  readonly keys: JWK[];
  /** In the log's order; a leaf whose number is missing is a leaf without an entry. */
  readonly leaves: AsyncIterable<ExportedLeaf>;
}

/** Null while nothing has been sealed. Read `leaves` before the transaction ends. */
export async function exportLog(tx: Asking, environmentId: string): Promise<LogExport | null> {
  const checkpoint = await newestCheckpoint(tx, environmentId);
  return checkpoint && { ...checkpoint, keys: await checkpointKeys(tx), leaves: leavesUpTo(tx, environmentId, checkpoint.size) };
}

async function* leavesUpTo(tx: Asking, environmentId: string, size: number): AsyncGenerator<ExportedLeaf> {
  for (let from = 0; from < size;) {
    const page = await exportedLeaves(tx, environmentId, from, Math.min(PAGE, size - from));
    const covered = page.filter(({ leafIndex }) => leafIndex < size);
    yield* covered;
    const last = covered.at(-1);
    if (!last) return;
    from = last.leafIndex + 1;
  }
}

/** An entry as a line of the export. What is gone is a line of its own, which no leaf hash fits. */
export const lineOf = ({ canonical }: ExportedLeaf): string => canonical ?? 'null';
