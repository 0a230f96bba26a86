/**
 * The calendar of API versions. A version `YYYY-MM` is released at 17:00 UTC on the first day of
 * its month and supported until 12 months later or 9 months after its successor's release,
 * whichever is later; the newest released one has no end. What a version is at an instant follows
 * from these dates, and from what the removal gate has let go by then; it is never stored.
 */
import type { Instant } from '../base/clock.ts';
import { OPEN_GATE, type ReleaseGate } from '../base/release-gate.ts';

export type VersionKind = 'UNSTABLE' | 'RELEASE_CANDIDATE' | 'CURRENT' | 'SUPPORTED' | 'DEPRECATED' | 'RETIRED';

/** The head: what the next release is made of. It may change at any time. */
export const UNSTABLE = 'unstable';

const VERSION = /^(\d{4})-(01|04|07|10)$/;

const SUPPORT_MONTHS = 12;
const OVERLAP_MONTHS = 9;
const DEPRECATED_MONTHS = 3;

/** What a version is at an instant. Instants are environment time. */
export interface VersionStanding {
  readonly version: string;
  readonly kind: VersionKind;
  /** Null for the head, which is never released. */
  readonly releasedAt: Instant | null;
  /** When its last months begin; null where no end is set. */
  readonly deprecatedAt: Instant | null;
  /** From this instant on it is no longer served; null where no end is set. */
  readonly retiresAt: Instant | null;
  /** Past its date, and kept as it is by the removal gate: not released yet, or not retired. */
  readonly isHeld: boolean;
}

function dateOf(version: string): { year: number; month: number } {
  const match = VERSION.exec(version);
  if (!match) throw new Error(`${version} is no calendar version: it must be a year and the first month of a quarter, e.g. 2026-10.`);
  return { year: Number(match[1]), month: Number(match[2]) };
}

export const isCalendarVersion = (text: string): boolean => VERSION.test(text);

/** The day of a version's release. */
export const releasedOn = (version: string): string => `${version}-01`;

/** The calendar version so many quarters after (or, negative, before) another. */
export function versionAfter(version: string, quarters: number): string {
  const { year, month } = dateOf(version);
  return new Date(Date.UTC(year, month - 1 + quarters * 3, 1)).toISOString().slice(0, 7);
}

/** The instant at which a version is due to come out. */
export function dueAt(version: string): Instant {
  const { year, month } = dateOf(version);
  return Date.UTC(year, month - 1, 1, 17);
}

/** When a version came out, or is due to. */
const releaseOf = (version: string, gate: ReleaseGate): Instant => Math.max(dueAt(version), gate.releasableFrom(version) ?? -Infinity);

/** The instant so many months later; the last day of the month where it has no such day. */
function monthsAfter(instant: Instant, months: number): Instant {
  const date = new Date(instant);
  const day = date.getUTCDate();
  date.setUTCDate(1);
  date.setUTCMonth(date.getUTCMonth() + months);
  const lastDay = new Date(Date.UTC(date.getUTCFullYear(), date.getUTCMonth() + 1, 0)).getUTCDate();
  return date.setUTCDate(Math.min(day, lastDay));
}

const isOut = (version: string, now: Instant, gate: ReleaseGate): boolean => dueAt(version) <= now && hasPassed(gate.releasableFrom(version), now);

/** Whether the gate has let something go by then. */
export const hasPassed = (from: Instant | null, now: Instant): boolean => from !== null && from <= now;

/** When a version is due to retire, its successor given: so many months before that, its last ones begin. */
export const retirementOf = (version: string, successor: string, gate: ReleaseGate = OPEN_GATE, monthsBefore = 0): Instant =>
  Math.max(monthsAfter(releaseOf(version, gate), SUPPORT_MONTHS - monthsBefore), monthsAfter(releaseOf(successor, gate), OVERLAP_MONTHS - monthsBefore));

/** The dated versions, oldest first, and then the head, as they stand at `now`.
    `versions` are calendar versions in ascending order. */
export const standings = (versions: readonly string[], now: Instant, gate: ReleaseGate = OPEN_GATE): VersionStanding[] => [
  ...versions.map((_version, i) => standingAt(versions, i, now, gate)),
  HEAD,
];

/** One version as it stands at `now`; null where there is none of that name. */
export function standingOf(versions: readonly string[], version: string, now: Instant, gate: ReleaseGate = OPEN_GATE): VersionStanding | null {
  if (version === UNSTABLE) return HEAD;
  const i = versions.indexOf(version);
  return i === -1 ? null : standingAt(versions, i, now, gate);
}

const HEAD: VersionStanding = { version: UNSTABLE, kind: 'UNSTABLE', releasedAt: null, deprecatedAt: null, retiresAt: null, isHeld: false };

function standingAt(versions: readonly string[], i: number, now: Instant, gate: ReleaseGate): VersionStanding {
  const [version, successor] = [versions[i]!, versions[i + 1]];
  const releasedAt = releaseOf(version, gate);
  const open = { version, releasedAt, deprecatedAt: null, retiresAt: null, isHeld: false };
  if (!isOut(version, now, gate)) return { ...open, kind: 'RELEASE_CANDIDATE', isHeld: dueAt(version) <= now };
  if (successor === undefined || !isOut(successor, now, gate)) return { ...open, kind: 'CURRENT' };
  const retiresAt = retirementOf(version, successor, gate);
  const deprecatedAt = retirementOf(version, successor, gate, DEPRECATED_MONTHS);
  const isHeld = now >= retiresAt && !hasPassed(gate.retirableFrom(version), now);
  const kind = now < deprecatedAt ? 'SUPPORTED' : now < retiresAt || isHeld ? 'DEPRECATED' : 'RETIRED';
  return { version, kind, releasedAt, deprecatedAt, retiresAt, isHeld };
}

/** The version that answers callers who choose none. */
export const currentVersion = (versions: readonly string[], now: Instant, gate: ReleaseGate = OPEN_GATE): string =>
  versions.findLast(version => isOut(version, now, gate)) ?? UNSTABLE;
