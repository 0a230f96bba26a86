/**
 * Watches what brownouts refuse in live, and aborts one that refuses too much: counts of this gateway are
 * added each second to those of the others, and whoever sees the limit passed appends the abort.
 */
import type { Clock, Instant } from '../base/clock.ts';
import { insertJournalEntry } from '../partners/index.ts';
import type { Job } from '../platform/jobs.ts';
import type { Log } from '../platform/log.ts';
import { NO_TENANT, inTransaction, type Database, type Tx } from '../platform/postgres/database.ts';
import { addToll, insertAbort, tollSince } from './brownout.store.ts';
import { COUNTED_MINUTES, tollVerdict, type BrownoutToll } from './brownout.rules.ts';
import { lockNotice } from './notice.store.ts';
import { tellAffected } from './notices.service.ts';
import type { OpenBrownout } from './registry.rules.ts';
import type { Registry } from './registry.service.ts';

const EVERY_MS = 1000;
const MINUTE_MS = 60_000;

export interface BrownoutWatch {
  /** Hears of each request in live that was answered.
      @param refusedBy id of the brownout that refused it; null where none did */
  count(refusedBy: string | null): void;
  /** Adds what was counted, and aborts what costs too much. */
  flush(): Promise<void>;
  readonly job: Job;
}

export function watchBrownouts({ database, clock, log, registry }: { database: Database; clock: Clock; log: Log; registry: Pick<Registry, 'current' | 'follow'> }): BrownoutWatch {
  let asked = 0;
  let refused = new Map<string, number>();

  async function flush(): Promise<void> {
    const counted = { asked, refused };
    [asked, refused] = [0, new Map()];
    const now = clock.now();
    const open = registry.current().openBrownouts(now);
    if (open.length === 0 || counted.asked === 0) return;
    const [live] = await inTransaction(database, NO_TENANT, tx => tx.query<{ id: string }[]>('select portico.live_environment_id() as id'));
    const aborted = await inTransaction(database, { environmentId: live!.id, partnerId: '*' }, async tx => {
      const dear: OpenBrownout[] = [];
      for (const brownout of open) {
        const windowId = brownout.window.id;
        await addToll(tx, { windowId, minute: new Date(now - (now % MINUTE_MS)), asked: counted.asked, refused: counted.refused.get(windowId) ?? 0 });
        const toll = await tollSince(tx, windowId, new Date(now - COUNTED_MINUTES * MINUTE_MS));
        if (await abortWhereTooDear(tx, brownout, toll, now)) dear.push(brownout);
      }
      return dear;
    });
    for (const { notice, window } of aborted) log.warn({ windowId: window.id, coordinate: notice.coordinate }, 'a brownout refused too many requests and was aborted');
    if (aborted.length > 0) await registry.follow();
  }

  return {
    count(refusedBy) {
      asked += 1;
      if (refusedBy !== null) refused.set(refusedBy, (refused.get(refusedBy) ?? 0) + 1);
    },
    flush,
    job: { name: 'brownouts.watch', everyMs: EVERY_MS, run: flush },
  };
}

/** Whether this gateway is the one that aborted it. */
async function abortWhereTooDear(tx: Tx, { notice, window }: OpenBrownout, toll: BrownoutToll, now: Instant): Promise<boolean> {
  const verdict = tollVerdict(toll);
  if (verdict.ok) return false;
  const { reason } = verdict.refusal;
  const stored = await lockNotice(tx, notice.id);
  const abortedAt = new Date(now);
  if (!(await insertAbort(tx, { windowId: window.id, staffId: null, reason, abortedAt }))) return false;
  await insertJournalEntry(tx, {
    writtenAt: abortedAt,
    staffId: null,
    operation: 'abortBrownout',
    subjectId: notice.id,
    reason,
    details: { windowId: window.id, ...toll },
    requestId: null,
  });
  await tellAffected(tx, { clock: { now: () => now } }, stored!, 'BROWNOUT_ABORTED', { title: `The brownout of ${notice.coordinate} is off`, body: reason });
  return true;
}
