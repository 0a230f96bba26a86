/**
 * The request log: what each integration asked and how it was answered, written in batches behind
 * the answers. Its memory, its rows and its rate per integration are bounded; a gateway that is
 * killed loses its last second, and one without PostgreSQL keeps what fits its memory.
 */
import { NO_TENANT, inTransaction, type Database } from '../platform/postgres/database.ts';
import { isUnavailable } from '../platform/postgres/failures.ts';
import type { Services } from '../room.ts';
import { onOneGateway, type Job } from '../platform/jobs.ts';
import { insertAnsweredRequests, trimRequestLog, type AnsweredRequest } from './request-log.store.ts';

/** Most entries that wait in memory, about 0.5 kB each; beyond them new ones are counted and dropped. */
export const MAX_WAITING = 10_000;

/** Most entries of one integration in one batch: a flood of one partner's leaves room for the others. */
export const MAX_PER_INTEGRATION = 500;

/** What is kept: enough to find yesterday's request, bounded whatever a partner sends. */
export const KEPT_PER_INTEGRATION = 10_000;
export const KEPT_DAYS = 7;

const FLUSH_MS = 1000;
const TRIM_MS = 60_000;
const DAY_MS = 86_400_000;

export interface RequestLog {
  add(entry: AnsweredRequest): void;
  /** Writes what waits. Called each second, and once more before the process ends. */
  flush(): Promise<void>;
  /** Entries that found no room. */
  readonly dropped: number;
}

/** @param onWritten hears of each batch once it is written; what it throws loses nothing of the log */
export function openRequestLog(database: Database, onWritten: (batch: readonly AnsweredRequest[]) => Promise<void> = async () => undefined): RequestLog {
  let waiting: AnsweredRequest[] = [];
  let perIntegration = new Map<string, number>();
  let dropped = 0;
  return {
    add(entry) {
      const count = perIntegration.get(entry.integrationId) ?? 0;
      if (waiting.length >= MAX_WAITING || count >= MAX_PER_INTEGRATION) {
        dropped += 1;
        return;
      }
      perIntegration.set(entry.integrationId, count + 1);
      waiting.push(entry);
    },
    async flush() {
      if (waiting.length === 0) return;
      const batch = waiting;
      waiting = [];
      perIntegration = new Map();
      try {
        await inTransaction(database, NO_TENANT, tx => insertAnsweredRequests(tx, batch));
      } catch (error) {
        // Without PostgreSQL the batch waits for its return, as far as there is room.
        if (isUnavailable(error)) waiting = [...batch, ...waiting].slice(0, MAX_WAITING);
        throw error;
      }
      await onWritten(batch);
    },
    get dropped() {
      return dropped;
    },
  };
}

export const requestLogJobs = (requestLog: RequestLog, { database, clock }: Services): Job[] => [
  { name: 'request_log.flush', everyMs: FLUSH_MS, run: () => requestLog.flush() },
  onOneGateway(database.pool, {
    name: 'request_log.trim',
    everyMs: TRIM_MS,
    run: () => inTransaction(database, NO_TENANT, tx => trimRequestLog(tx, new Date(clock.now() - KEPT_DAYS * DAY_MS), KEPT_PER_INTEGRATION)),
  }),
];
