/** The versions' door. */
export { UNSTABLE, currentVersion, standings, type VersionKind, type VersionStanding } from './calendar.ts';
export { RELEASES } from './releases.ts';
