/**
 * The periods in which milestones are reached: calendar quarters (UTC), or once and for all. Days are
 * texts, `YYYY-MM-DD`, which sort as they follow one another; a range holds both its days.
 */
import type { Instant } from '../base/clock.ts';

const DAY_MS = 86_400_000;

/** How long a result is held back after its period's end, or after it was reached where there is no
    period: as long as late events still count in it, and long enough to look at what seems odd. */
export const HOLD_DAYS = 30;

export const ONCE = 'ONCE';

export interface Days {
  readonly from: string;
  readonly to: string;
}

export const dayOf = (instant: Instant): string => new Date(instant).toISOString().slice(0, 10);

export const instantOf = (day: string): Instant => Date.parse(`${day}T00:00:00Z`);

export const addDays = (day: string, days: number): string => dayOf(instantOf(day) + days * DAY_MS);

export const quarterOf = (day: string): string => `${day.slice(0, 4)}-Q${Math.floor((Number(day.slice(5, 7)) - 1) / 3) + 1}`;

/** A quarter's first and last day. */
export function quarterDays(quarter: string): Days {
  const [year, q] = [Number(quarter.slice(0, 4)), Number(quarter.slice(6))];
  return { from: dayOf(Date.UTC(year, 3 * (q - 1), 1)), to: dayOf(Date.UTC(year, 3 * q, 0)) };
}

/** The quarter that lies so many before. */
export const quarterBefore = (quarter: string, n = 1): string => {
  const [year, q] = [Number(quarter.slice(0, 4)), Number(quarter.slice(6))];
  return quarterOf(dayOf(Date.UTC(year, 3 * (q - 1 - n), 1)));
};

/** Whether a day is the first of a quarter. */
export const beginsQuarter = (day: string): boolean => quarterDays(quarterOf(day)).from === day;

/** When a quarter's results count. */
export const confirmsAt = (quarter: string): Instant => instantOf(addDays(quarterDays(quarter).to, 1)) + HOLD_DAYS * DAY_MS;

/** When what was reached once counts. */
export const confirmsOnceAt = (reachedAt: Instant): Instant => reachedAt + HOLD_DAYS * DAY_MS;

/** The quarters whose results do not count yet at that instant, the latest first. */
export function openQuarters(now: Instant): string[] {
  const open: string[] = [];
  for (let quarter = quarterOf(dayOf(now)); confirmsAt(quarter) > now; quarter = quarterBefore(quarter)) open.push(quarter);
  return open;
}

/** The days that a test looks at, on a day of a period that began on its first. */
export const windowDays = (window: string, began: string, on: string): Days =>
  window === 'cycle' ? { from: began, to: on } : { from: addDays(on, 1 - Number(window.slice(1, -1))), to: on };

/** As many days as the given, right before them. */
export function daysBefore({ from, to }: Days): Days {
  const length = (instantOf(to) - instantOf(from)) / DAY_MS + 1;
  return { from: addDays(from, -length), to: addDays(from, -1) };
}
