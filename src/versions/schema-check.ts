/**
 * What each version's state allows its snapshot to become, and what may leave from one version to the
 * next: `schema:check` holds the project to what its partners were promised. Pure.
 */
import {
  isEnumType,
  isInputObjectType,
  isInterfaceType,
  isObjectType,
  isUnionType,
  isRequiredArgument,
  isRequiredInputField,
  getNamedType,
  type GraphQLNamedType,
  type GraphQLSchema,
} from 'graphql';
import type { Instant } from '../base/clock.ts';
import type { VersionKind } from './calendar.ts';
import { MONTHS_AHEAD } from './deprecations.ts';
import { compareSchemas, deprecationsIn, type Criticality, type SchemaChange } from './diff/index.ts';

/** A version as it was committed and as it is now; null where there is no snapshot of it. */
export interface Snapshot {
  readonly version: string;
  readonly kind: VersionKind;
  /** Null for the head. */
  readonly releasedAt: Instant | null;
  readonly committed: GraphQLSchema | null;
  readonly present: GraphQLSchema | null;
}

/** What the list of changes says of an element: since when its older form is deprecated. */
export interface Announcement {
  readonly coordinate: string;
  /** A date, YYYY-MM-DD. */
  readonly deprecatedOn: string;
  /** Coordinate of what takes its place, which may have to be sent from then on. */
  readonly replacement?: string | null;
}

export interface SnapshotRefusal {
  readonly version: string;
  readonly coordinate: string | null;
  readonly message: string;
}

const COORDINATE = /^(@?\w+)(?:\.(\w+))?(?:\((\w+):\))?$/;

const ALLOWED: Readonly<Record<VersionKind, readonly Criticality[]>> = {
  UNSTABLE: ['SAFE', 'DANGEROUS', 'BREAKING'],
  RELEASE_CANDIDATE: ['SAFE', 'DANGEROUS'],
  CURRENT: ['SAFE'],
  SUPPORTED: ['SAFE'],
  DEPRECATED: ['SAFE'],
  RETIRED: ['SAFE'],
};

/** All refusals: of each snapshot against what was committed, and of each dated version against the one
    before it. `snapshots` are in the calendar's order. */
export function checkSnapshots(snapshots: readonly Snapshot[], announcements: readonly Announcement[] = []): SnapshotRefusal[] {
  const dated = datedOf(snapshots);
  const neighbours = dated.flatMap((newer, i) => (i === 0 ? [] : checkRemovals(dated.slice(Math.max(0, i - 2), i), newer, announcements)));
  return [...snapshots.flatMap(snapshot => checkAgainstCommit(snapshot, announcements)), ...neighbours];
}

/** What has left from one dated version to the next, and how much of it as partners were promised. */
export interface Removals {
  readonly removals: number;
  readonly announced: number;
}

/** Counts what `checkSnapshots` checks: whatever breaks from each dated version to the next. */
export function countRemovals(snapshots: readonly Snapshot[], announcements: readonly Announcement[] = []): Removals {
  const dated = datedOf(snapshots);
  const counts = dated.slice(1).map((newer, i) => {
    const earlier = dated.slice(Math.max(0, i - 1), i + 1);
    const removals = compareSchemas(earlier.at(-1)!.schema, newer.schema).filter(({ criticality }) => criticality === 'BREAKING').length;
    return { removals, refused: checkRemovals(earlier, newer, announcements).length };
  });
  const removals = counts.reduce((sum, count) => sum + count.removals, 0);
  return { removals, announced: removals - counts.reduce((sum, count) => sum + count.refused, 0) };
}

const datedOf = (snapshots: readonly Snapshot[]): DatedSchema[] =>
  snapshots.flatMap(({ version, releasedAt, present }) => (releasedAt !== null && present ? [{ version, releasedAt, schema: present }] : []));

/** A released version changes in safe ways only. A candidate may still break what a listed change names. */
export function checkAgainstCommit({ version, kind, committed, present }: Snapshot, announcements: readonly Announcement[] = []): SnapshotRefusal[] {
  if (!committed) return [];
  if (!present) {
    const gone = `The snapshot of ${version} is gone, and ${version} is ${kind}: only a retired version's may go. Write it again with npm run schema:write.`;
    return kind === 'RETIRED' ? [] : [{ version, coordinate: null, message: gone }];
  }
  const listed = (change: SchemaChange): boolean => kind === 'RELEASE_CANDIDATE' && announcements.some(({ coordinate }) => coordinate === change.coordinate);
  const refused = compareSchemas(committed, present).filter(change => !ALLOWED[kind].includes(change.criticality) && !listed(change));
  const remedy = kind === 'RELEASE_CANDIDATE' ? 'A candidate may break only by a change that is listed.' : 'Let it begin with a later version, by a change in src/versions.';
  return refused.map(({ coordinate, criticality, message }) => ({ version, coordinate, message: `${message} That is ${criticality}, and ${version} is ${kind}. ${remedy}` }));
}

interface DatedSchema {
  readonly version: string;
  readonly releasedAt: Instant;
  readonly schema: GraphQLSchema;
}

/** What breaks from one version to the next was deprecated in the two versions before, and six months ahead.
    `earlier` are these two, the older one first; with fewer, nothing may break yet. */
export function checkRemovals(earlier: readonly DatedSchema[], newer: DatedSchema, announcements: readonly Announcement[] = []): SnapshotRefusal[] {
  const last = earlier.at(-1);
  if (!last) return [];
  const breaking = compareSchemas(last.schema, newer.schema).filter(({ criticality }) => criticality === 'BREAKING');
  if (breaking.length === 0) return [];
  const deprecated = earlier.map(({ schema }) => deprecatedIn(schema));
  const deadline = monthsBefore(newer.releasedAt, MONTHS_AHEAD);
  return breaking.flatMap(change => {
    const { coordinate } = change;
    const refuse = (why: string): SnapshotRefusal[] => [{ version: newer.version, coordinate, message: `${change.message} ${why}` }];
    // A renamed type changes every field that answers with it: its own announcement speaks for them, as
    // that of an input field does for the one that must be sent in its place.
    const named = [coordinate, change.subject, typeAt(last.schema, coordinate)].filter(name => name === coordinate || (name !== undefined && !newer.schema.getType(name)));
    const announced = announcements.find(one => named.includes(one.coordinate) || (one.replacement === coordinate && elementAt(newer.schema, one.coordinate) === null));
    if (announced && Date.parse(announced.deprecatedOn) > deadline)
      return refuse(`It is deprecated only since ${announced.deprecatedOn}, less than ${MONTHS_AHEAD} months before ${newer.version}. Let it leave with a later version.`);
    if (earlier.length < 2) return refuse(`There are not two versions before ${newer.version} in which it could be deprecated. Let it leave with a later version.`);
    // Where @deprecated cannot stand, the announcement speaks alone, and must be as old as the older version.
    if (announced && !carriesDeprecation(last.schema, newer.schema, coordinate) && Date.parse(announced.deprecatedOn) <= earlier[0]!.releasedAt) return [];
    const lacking = earlier.filter((_, i) => !deprecated[i]!(change)).map(({ version }) => version);
    if (lacking.length === 0) return [];
    return refuse(`It is not deprecated in ${lacking.join(' and ')}. What leaves in ${newer.version} is deprecated in the two versions before it: deprecate it first, or keep it.`);
  });
}

/** The same time of day on the same day of the month; releases are on the first, which every month has. */
function monthsBefore(instant: Instant, months: number): Instant {
  const date = new Date(instant);
  return date.setUTCMonth(date.getUTCMonth() - months);
}

/** Whether `@deprecated` can say that the element goes: it is gone afterwards, and is neither a type, nor
    a directive, nor what must be sent. */
function carriesDeprecation(before: GraphQLSchema, after: GraphQLSchema, coordinate: string): boolean {
  const element = elementAt(before, coordinate);
  return element === 'OPTIONAL' && elementAt(after, coordinate) === null;
}

/** The name of the type that a field, an argument or an input field has. */
function typeAt(schema: GraphQLSchema, coordinate: string): string | undefined {
  const [, typeName, member, argument] = COORDINATE.exec(coordinate) ?? [];
  const type = schema.getType(typeName ?? '');
  const field = isObjectType(type) || isInterfaceType(type) || isInputObjectType(type) ? type.getFields()[member ?? ''] : undefined;
  const found = argument === undefined ? field : field && 'args' in field ? field.args.find(({ name }) => name === argument) : undefined;
  return found && getNamedType(found.type).name;
}

/** What stands at a coordinate: something that may be deprecated, something that may not, or nothing. */
function elementAt(schema: GraphQLSchema, coordinate: string): 'OPTIONAL' | 'REQUIRED' | null {
  const [, typeName, member, argument] = COORDINATE.exec(coordinate) ?? [];
  if (coordinate.startsWith('@')) return schema.getDirective(typeName!.slice(1)) ? 'REQUIRED' : null;
  const type = schema.getType(typeName!);
  if (member === undefined) return type ? 'REQUIRED' : null;
  if (isEnumType(type)) return type.getValue(member) ? 'OPTIONAL' : null;
  if (isInputObjectType(type)) {
    const field = type.getFields()[member];
    return field ? (isRequiredInputField(field) ? 'REQUIRED' : 'OPTIONAL') : null;
  }
  if (!isObjectType(type) && !isInterfaceType(type)) return null;
  const field = type.getFields()[member];
  if (!field || argument === undefined) return field ? 'OPTIONAL' : null;
  const found = field.args.find(({ name }) => name === argument);
  return found ? (isRequiredArgument(found) ? 'REQUIRED' : 'OPTIONAL') : null;
}

/** Whether a change touches only what the schema has deprecated: the element itself, the field of an
    argument, or a type that nothing leads to any more but what is deprecated. */
function deprecatedIn(schema: GraphQLSchema): (change: SchemaChange) => boolean {
  const reasons = deprecationsIn(schema);
  const reachable = typesInForce(schema, reasons);
  return ({ coordinate, subject }) => {
    const type = coordinate.split('.')[0]!;
    if (reasons.has(coordinate) || reasons.has(coordinate.split('(')[0]!)) return true;
    return [type, ...(subject === undefined ? [] : [subject])].some(name => schema.getType(name) !== undefined && !reachable.has(name));
  };
}

/** The types that a client reaches without touching anything deprecated. */
function typesInForce(schema: GraphQLSchema, reasons: ReadonlyMap<string, string>): ReadonlySet<string> {
  const reached = new Set<string>();
  const queue: GraphQLNamedType[] = [schema.getQueryType(), schema.getMutationType(), schema.getSubscriptionType()].filter(type => type !== null && type !== undefined);
  for (const { args } of schema.getDirectives()) queue.push(...args.map(({ type }) => getNamedType(type)));
  for (let type = queue.pop(); type; type = queue.pop()) {
    if (reached.has(type.name)) continue;
    reached.add(type.name);
    if (isUnionType(type)) queue.push(...type.getTypes());
    if (isInterfaceType(type)) queue.push(...schema.getPossibleTypes(type));
    if (isInputObjectType(type)) for (const field of Object.values(type.getFields())) if (!reasons.has(`${type.name}.${field.name}`)) queue.push(getNamedType(field.type));
    if (!isObjectType(type) && !isInterfaceType(type)) continue;
    queue.push(...type.getInterfaces());
    for (const field of Object.values(type.getFields())) {
      if (reasons.has(`${type.name}.${field.name}`)) continue;
      queue.push(getNamedType(field.type));
      for (const arg of field.args) if (!reasons.has(`${type.name}.${field.name}(${arg.name}:)`)) queue.push(getNamedType(arg.type));
    }
  }
  return reached;
}
