/**
 * Slow statements, for operators: which document they came from, and their plan. Never a
 * parameter's value, which may be what a caller sent. One line a plan and minute: a plan that is
 * slow once is slow for everybody who asks, and the log must not make it slower.
 */
import { LRUCache } from 'lru-cache';
import type { Clock } from '../base/clock.ts';
import { planName, type Statement } from '../reads/index.ts';
import type { Prepared } from './stages.ts';

/** Plans remembered as logged; a caller who has more slow ones pays for each further line with a slow read. */
const MAX_PLANS = 1000;

const QUIET_MS = 60_000;

/** A statement may have a million characters; this many tell which one it is. */
const MAX_LOGGED_CHARACTERS = 8000;

/** How a read went: with its objects, or stopped by the statement's timeout. */
export interface ReadTime {
  readonly durationMs: number;
  /** Null where there was no answer. */
  readonly objectCount: number | null;
}

export class SlowReads {
  private readonly slowMs: number;
  private readonly clock: Clock;
  /** When each plan was last logged. */
  private readonly loggedAt = new LRUCache<string, number>({ max: MAX_PLANS });

  constructor(slowMs: number, clock: Clock) {
    this.slowMs = slowMs;
    this.clock = clock;
  }

  /** Logs the read if it was slow or stopped. */
  note({ log, documentHash, operation, served }: Prepared, { text }: Statement, { durationMs, objectCount }: ReadTime): void {
    if (objectCount !== null && durationMs <= this.slowMs) return;
    const plan = planName(text);
    const now = this.clock.now();
    if (now - (this.loggedAt.get(plan) ?? -Infinity) < QUIET_MS) return;
    this.loggedAt.set(plan, now);
    log.warn(
      {
        documentHash,
        operationName: operation.name?.value ?? null,
        apiVersion: served.version,
        durationMs: Math.round(durationMs),
        objectCount,
        plan,
        sql: text.slice(0, MAX_LOGGED_CHARACTERS),
      },
      objectCount === null ? 'a read took too long and was stopped' : 'a read was slow',
    );
  }
}
