/** Rejected events that count after all: corrected by their partner, or tried again as they were. */
import { isId } from '../base/ids.ts';
import type { Instant } from '../base/clock.ts';
import { ok, refused, type Outcome } from '../base/outcome.ts';
import type { UserError } from '../graphql/user-error.ts';
import type { Tx } from '../platform/postgres/database.ts';
import type { Reporter } from './event.store.ts';
import { ingest, validate } from './events.service.ts';
import { findRejected, insertRepair } from './repair.store.ts';

export interface Repair {
  readonly rejectedEventId: string;
  /** JSON text of the event as it should have been; null for as it was. */
  readonly text: string | null;
}

/** Counts a rejected event, once. Refusals: NOT_FOUND, ALREADY_REPAIRED, INVALID. The caller rolls back what was refused. */
export async function repairRejectedEvent(tx: Tx, reporter: Reporter, repair: Repair, now: Instant): Promise<Outcome<{ wasDuplicate: boolean }, UserError>> {
  const path = ['input', 'rejectedEventId'];
  const rejected = isId(repair.rejectedEventId) ? await findRejected(tx, reporter, repair.rejectedEventId) : null;
  if (!rejected)
    return refused({ code: 'NOT_FOUND', message: 'No rejected event of yours has this id, or it is kept no more. The query `rejectedEvents` lists those that are.', path });
  const text = repair.text ?? rejected.payload;
  if (text === null) return refused({ code: 'INVALID', message: 'The event was not kept as it was sent. Give it in `event`.', path: ['input', 'event'] });
  const incoming = [{ position: 0, text }];
  const [fault] = await validate(tx, reporter.environmentId, incoming, now);
  if (fault) return refused({ code: 'INVALID', message: `${fault.path || 'The event'}: ${fault.reason}`, path: repair.text === null ? path : ['input', 'event'] });
  // The row goes in before the event: of two repairs at once the second waits here, and adds nothing.
  if (!(await insertRepair(tx, reporter, repair.rejectedEventId, new Date(now)))) {
    return refused({ code: 'ALREADY_REPAIRED', message: 'The rejected event was repaired before. Send a further event under a name of its own with `ingestEvents`.', path });
  }
  const { duplicates } = await ingest(tx, reporter, incoming, now);
  return ok({ wasDuplicate: duplicates > 0 });
}
