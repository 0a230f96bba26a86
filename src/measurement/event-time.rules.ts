/**
 * When an event counts, by the environment's clock: late ones do, on the day they happened, until
 * the quarter of that day is closed; then they count in the quarter that is open. So what was
 * confirmed and paid is never reopened, and the same events received before the close give the
 * same sums in whatever order they come.
 */
import type { Instant } from '../base/clock.ts';
import { ok, refused, type Outcome } from '../base/outcome.ts';

const MINUTE_MS = 60_000;
const DAY_MS = 86_400_000;

/** A sender's clock may be ahead of ours by so much. Too little refuses honest events, too much lets
    results be claimed before they happened. */
export const CLOCK_SKEW_MS = 5 * MINUTE_MS;

/** An event that took longer to arrive is late: it counts, and counts as late. */
export const LATE_AFTER_MS = 60 * MINUTE_MS;

/** How long after its end a quarter waits for late events. */
export const QUARTER_CLOSES_AFTER_DAYS = 30;

/** Older events are refused: what they could change is long decided, and their keys may be forgotten. */
export const OLDEST_DAYS = 400;

export interface Counted {
  readonly isLate: boolean;
  /** `YYYY-MM-DD`, UTC. */
  readonly countedOn: string;
}

export type TimeRefusal = { readonly code: 'FUTURE' | 'TOO_OLD'; readonly reason: string };

const dayOf = (instant: Instant): string => new Date(instant).toISOString().slice(0, 10);

/** The first instant of the quarter (UTC) that the instant lies in. */
function quarterOf(instant: Instant): Instant {
  const date = new Date(instant);
  return Date.UTC(date.getUTCFullYear(), date.getUTCMonth() - (date.getUTCMonth() % 3), 1);
}

/** The first instant of the earliest quarter that is still open at that instant: a quarter closes at the
    instant that lies QUARTER_CLOSES_AFTER_DAYS after its end, not after it. */
export const earliestOpenQuarter = (now: Instant): Instant => quarterOf(now - QUARTER_CLOSES_AFTER_DAYS * DAY_MS);

/** On which day an event counts that is received at `receivedAt`. Refusals: FUTURE, TOO_OLD. */
export function countEvent(occurredAt: Instant, receivedAt: Instant): Outcome<Counted, TimeRefusal> {
  if (occurredAt > receivedAt + CLOCK_SKEW_MS) {
    return refused({
      code: 'FUTURE',
      reason: `It lies more than ${CLOCK_SKEW_MS / MINUTE_MS} minutes after ${new Date(receivedAt).toISOString()}, the environment's present instant. Set your clock, or send the event once it has happened.`,
    });
  }
  if (occurredAt < receivedAt - OLDEST_DAYS * DAY_MS) {
    return refused({ code: 'TOO_OLD', reason: `It lies more than ${OLDEST_DAYS} days back, and nothing that old is counted any more.` });
  }
  return ok({ isLate: receivedAt - occurredAt > LATE_AFTER_MS, countedOn: dayOf(Math.max(occurredAt, earliestOpenQuarter(receivedAt))) });
}
