/** What the changes take out of the API, when it was said, and the rule that it was said in time. */
import { UNSTABLE, releasedOn } from './calendar.ts';
import type { ChangesOf, Criticality } from './change.ts';

/** An older form on its way out, by the coordinate that versions before `removedIn` have. */
export interface Deprecation {
  readonly coordinate: string;
  /** The text of `@deprecated`. */
  readonly reason: string;
  /** Coordinate of the newer form; null where nothing takes its place. */
  readonly replacement: string | null;
  readonly deprecatedOn: string;
  /** The first version without it, or in which it differs. */
  readonly removedIn: string;
  readonly criticality: Criticality;
}

export const deprecationsOf = (changes: readonly ChangesOf[]): Deprecation[] =>
  changes.flatMap(({ version, changes: each }) =>
    each.flatMap(({ coordinate, criticality, leaving }) =>
      leaving === null ? [] : [{ coordinate, reason: leaving.reason, replacement: leaving.replacement, deprecatedOn: leaving.deprecatedOn, removedIn: version, criticality }],
    ),
  );

/** Partners get a release cycle of their own: an element leaves no sooner than this after it is deprecated. */
export const MONTHS_AHEAD = 6;

/** Versions that carry the element as deprecated from their release on, before one may lack it. */
export const VERSIONS_AHEAD = 2;

/** The date moved back by whole months; the last day of the month where it has no such day. */
export function monthsBefore(date: string, months: number): string {
  const [year, month, day] = date.split('-').map(Number) as [number, number, number];
  const lastDay = new Date(Date.UTC(year, month - months, 0)).getUTCDate();
  return new Date(Date.UTC(year, month - 1 - months, Math.min(day, lastDay))).toISOString().slice(0, 10);
}

/** Where a form leaves sooner than partners were promised, a line each: it must have been deprecated
    six months and two versions before the first version that lacks it. */
export const policyFaults = (releases: readonly string[], changes: readonly ChangesOf[]): string[] =>
  deprecationsOf(changes).flatMap(({ coordinate, deprecatedOn, removedIn }) => {
    if (removedIn === UNSTABLE) return [];
    const ahead = releases[releases.indexOf(removedIn) - VERSIONS_AHEAD];
    if (ahead === undefined) return [`${coordinate} leaves in ${removedIn}, before which there are fewer than ${VERSIONS_AHEAD} versions to say so in. Let it leave later.`];
    const latest = [releasedOn(ahead), monthsBefore(releasedOn(removedIn), MONTHS_AHEAD)].toSorted()[0]!;
    return deprecatedOn <= latest ? [] : [`${coordinate} leaves in ${removedIn} and is deprecated on ${deprecatedOn}, which must be ${latest} or earlier. Let it leave later.`];
  });
