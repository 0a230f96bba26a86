/**
 * Time, injected. Two kinds of instant exist and are never mixed: wall time guards security and
 * infrastructure (tokens, secrets, budgets); environment time drives business and the API's life.
 * A `Clock` is a source of wall time; `environmentInstant` turns wall time into an environment's.
 */

/** An instant in milliseconds since the Unix epoch. */
export type Instant = number;

export interface Clock {
  now(): Instant;
}

export const wallClock: Clock = { now: () => Date.now() };

/** How an environment's time relates to the wall's. A running clock is `offsetMs` ahead of it
    (never behind: time in an environment only moves forward); a frozen one stands at `frozenAt`. */
export interface EnvironmentClock {
  offsetMs: number;
  frozenAt: Instant | null;
}

export const environmentInstant = (clock: EnvironmentClock, wall: Instant): Instant => clock.frozenAt ?? wall + clock.offsetMs;
