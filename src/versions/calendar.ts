/**
 * The calendar of API versions. A version `YYYY-MM` is released at 17:00 UTC on the first day of
 * its month and supported until 12 months later or 9 months after its successor's release,
 * whichever is later; the newest released one has no end. What a version is at an instant follows
 * from these dates and is never stored.
 */
import type { Instant } from '../base/clock.ts';

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

/** The release instant of a version, moved by whole months. */
function releasePlus(version: string, months: number): Instant {
  const { year, month } = dateOf(version);
  return Date.UTC(year, month - 1 + months, 1, 17);
}

/** The dated versions, oldest first, and then the head, as they stand at `now`.
    `versions` are calendar versions in ascending order. */
export const standings = (versions: readonly string[], now: Instant): VersionStanding[] => [...versions.map((_version, i) => standingAt(versions, i, now)), HEAD];

/** One version as it stands at `now`; null where there is none of that name. */
export function standingOf(versions: readonly string[], version: string, now: Instant): VersionStanding | null {
  if (version === UNSTABLE) return HEAD;
  const i = versions.indexOf(version);
  return i === -1 ? null : standingAt(versions, i, now);
}

const HEAD: VersionStanding = { version: UNSTABLE, kind: 'UNSTABLE', releasedAt: null, deprecatedAt: null, retiresAt: null };

function standingAt(versions: readonly string[], i: number, now: Instant): VersionStanding {
  const [version, successor] = [versions[i]!, versions[i + 1]];
  const releasedAt = releasePlus(version, 0);
  if (releasedAt > now) return { version, kind: 'RELEASE_CANDIDATE', releasedAt, deprecatedAt: null, retiresAt: null };
  if (successor === undefined || releasePlus(successor, 0) > now) return { version, kind: 'CURRENT', releasedAt, deprecatedAt: null, retiresAt: null };
  const retiresAt = Math.max(releasePlus(version, SUPPORT_MONTHS), releasePlus(successor, OVERLAP_MONTHS));
  const deprecatedAt = Math.max(releasePlus(version, SUPPORT_MONTHS - DEPRECATED_MONTHS), releasePlus(successor, OVERLAP_MONTHS - DEPRECATED_MONTHS));
  return { version, kind: now >= retiresAt ? 'RETIRED' : now >= deprecatedAt ? 'DEPRECATED' : 'SUPPORTED', releasedAt, deprecatedAt, retiresAt };
}

/** The version that answers callers who choose none. */
export const currentVersion = (versions: readonly string[], now: Instant): string => versions.findLast(version => releasePlus(version, 0) <= now) ?? UNSTABLE;
