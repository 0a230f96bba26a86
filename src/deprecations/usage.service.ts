/** Keeps usage for thirteen months: a year and the month that it is compared with. */
import { onOneGateway, type Job } from '../platform/jobs.ts';
import { NO_TENANT, inTransaction } from '../platform/postgres/database.ts';
import type { Services } from '../room.ts';
import { ensureUsageMonth, trimUsage } from './usage.store.ts';

export const KEPT_MONTHS = 13;

const HOUR_MS = 3_600_000;
const DAY_MS = 86_400_000;

/** The instant at which, and before which, a month must have ended to be forgotten. */
export function forgottenSince(now: number): Date {
  const date = new Date(now);
  return new Date(Date.UTC(date.getUTCFullYear(), date.getUTCMonth() - KEPT_MONTHS, 1));
}

export const usageJobs = ({ database, clock }: Services): Job[] => [
  onOneGateway(database.pool, {
    name: 'usage.keep',
    everyMs: HOUR_MS,
    run: () =>
      inTransaction(database, NO_TENANT, async tx => {
        // Tomorrow's month too, so that the first request of a month finds its table.
        for (const instant of [clock.now(), clock.now() + DAY_MS]) await ensureUsageMonth(tx, new Date(instant));
        await trimUsage(tx, forgottenSince(clock.now()));
      }),
  }),
];
