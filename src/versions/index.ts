/** The versions' door. */
export { UNSTABLE, currentVersion, standingOf, standings, type VersionKind, type VersionStanding } from './calendar.ts';
export { RELEASES } from './releases.ts';
