/**
 * Many dated APIs from one head. A version is head with all changes of later versions undone, newest
 * first; what is added without harm is in head and therefore in every version. All of them are made
 * once, at start: an older form is another expression over today's row, and costs nothing more.
 */
import { assertValidSchema, type GraphQLSchema } from 'graphql';
import { declareCosts } from '../graphql/cost.ts';
import { mappingFaults, type ReadMapping } from '../reads/index.ts';
import { buildVersion, type Marks } from './build.ts';
import { UNSTABLE, releasedOn } from './calendar.ts';
import type { ChangesOf, VersionChange } from './change.ts';
import { Draft } from './draft.ts';

/** A version as it is served: immutable. */
export interface VersionSchema {
  readonly schema: GraphQLSchema;
  readonly mapping: ReadMapping;
}

/** Every dated version and the head, oldest first.
    @param releases dated versions, oldest first
    @param changes of the releases, and under `unstable` those that no release has yet. Throws where
      one does not fit what it is undone on, or leaves something that cannot be read. */
export function projectVersions(head: VersionSchema, releases: readonly string[], changes: readonly ChangesOf[]): Map<string, VersionSchema> {
  for (const { version } of changes) {
    if (version !== UNSTABLE && !releases.includes(version)) throw new Error(`There are changes for ${version}, which is no release. Releases are ${releases.join(', ')}.`);
  }
  const versions: [string, VersionSchema][] = [[UNSTABLE, head]];
  let [newer, newerSchema, newerMarks]: [Draft, VersionSchema, number] = [Draft.of(head.schema, head.mapping), head, 0];
  for (const [i, version] of releases.toReversed().entries()) {
    const successor = i === 0 ? UNSTABLE : releases[releases.length - i]!;
    const undone = changes.filter(entry => entry.version === successor).flatMap(entry => entry.changes);
    const draft = newer.next();
    for (const change of undone.toReversed()) {
      change.undo(draft);
      if (change.leaving) draft.leaving.set(change.coordinate, change.leaving);
    }
    const marks = new Map([...draft.leaving].filter(([, { deprecatedOn }]) => deprecatedOn <= releasedOn(version)).map(([coordinate, { reason }]) => [coordinate, reason]));
    // Without a difference the two are one schema.
    if (undone.length > 0 || marks.size !== newerMarks) {
      [newer, newerMarks] = [draft, marks.size];
      newerSchema = built(version, draft, newerSchema.schema, marks);
    }
    versions.push([version, newerSchema]);
  }
  return new Map(versions.toReversed());
}

function built(version: string, draft: Draft, newer: GraphQLSchema, marks: Marks): VersionSchema {
  const schema = buildVersion(draft, newer, marks);
  assertValidSchema(schema);
  declareCosts(schema, draft.mapping);
  const faults = mappingFaults(schema, draft.mapping);
  if (faults.length > 0) throw new Error(`Version ${version} cannot be read from the database:\n${faults.join('\n')}`);
  return { schema, mapping: draft.mapping };
}

/** The changes by which a version differs from an older one, in the order in which they were made. */
export const changesBetween = (older: string, newer: string, releases: readonly string[], changes: readonly ChangesOf[]): VersionChange[] => {
  const order = [...releases, UNSTABLE];
  const between = order.slice(order.indexOf(older) + 1, order.indexOf(newer) + 1);
  return between.flatMap(version => changes.filter(entry => entry.version === version).flatMap(entry => entry.changes));
};
