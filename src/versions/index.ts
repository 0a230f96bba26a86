/** The versions' door. */
export { UNSTABLE, currentVersion, standingOf, standings, type VersionKind, type VersionStanding } from './calendar.ts';
export { RELEASES } from './releases.ts';
export { coordinatesBehindVariables, coordinatesOf, coordinatesOfVariables, type Place, type Uses } from './coordinates.ts';
