/** The versions' door. */
export {
  UNSTABLE,
  currentVersion,
  dueAt,
  hasPassed,
  isCalendarVersion,
  releasedOn,
  retirementOf,
  standingOf,
  standings,
  versionAfter,
  type VersionKind,
  type VersionStanding,
} from './calendar.ts';
export { RELEASES } from './releases.ts';
export { CHANGES } from './changes/index.ts';
export type { ChangesOf, VersionChange, ChangelogEntry, Criticality } from './change.ts';
export { changesBetween, projectVersions, type VersionSchema } from './project.ts';
export { changeNotes, changelog } from './changelog.ts';
export { rewriteOperation, type RewrittenOperation, type Rewriting, type Use } from './rewrite-operation.ts';
export { MONTHS_AHEAD, VERSIONS_AHEAD, deprecationsOf, monthsBefore, policyFaults, type Deprecation } from './deprecations.ts';
export { coordinatesBehindVariables, coordinatesOf, coordinatesOfVariables, type Place, type Uses } from './coordinates.ts';
export { NoSuchWay, UpgradePath, type OperationUpgrade, type UpgradeFinding } from './upgrade-path.ts';
export { versionReport } from './version-report.ts';
export { coordinatesOfNode } from './node-coordinates.ts';
export { withMarks } from './marks.ts';
