/** The staff's journal: one line for each write of theirs, in the transaction that did it. */
import { newId } from '../base/ids.ts';
import type { Tx } from '../platform/postgres/database.ts';

export interface JournalEntry {
  readonly writtenAt: Date;
  /** Null for what an operator's command or the start of a gateway wrote. */
  readonly staffId: string | null;
  readonly operation: string;
  readonly subjectId: string;
  readonly reason: string;
  /** JSON. */
  readonly details: Readonly<Record<string, unknown>>;
  readonly requestId: string | null;
}

/** Appends a line; the transaction's context is the marketplace's. */
export async function insertJournalEntry(tx: Tx, entry: JournalEntry): Promise<void> {
  await tx.query('insert into portico.staff_journal (id, written_at, staff_id, operation, subject_id, reason, details, request_id) values ($1, $2, $3, $4, $5, $6, $7, $8)', [
    newId('sjr'),
    entry.writtenAt,
    entry.staffId,
    entry.operation,
    entry.subjectId,
    entry.reason,
    JSON.stringify(entry.details),
    entry.requestId,
  ]);
}
