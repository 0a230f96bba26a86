/**
 * What moving from one version to another means for one operation: whether it breaks, at which
 * elements and by when, and the same operation in the newer version's words. It follows from the list of
 * changes, which holds every difference between two versions because the older one is made by undoing it.
 * One core for the partner's report, the staff's preview and the command.
 */
import { Kind, validate, type DocumentNode, type GraphQLSchema } from 'graphql';
import { releasedOn, standings, type VersionStanding } from './calendar.ts';
import type { ChangesOf, VersionChange } from './change.ts';
import { coordinatesOf, type Place } from './coordinates.ts';
import { deprecationsIn, type Finding, type Judgement } from './diff/index.ts';
import type { VersionSchema } from './project.ts';
import { rewriteOperation, type Rewriting, type Use } from './rewrite-operation.ts';

export interface UpgradeFinding extends Finding {
  /** How the rewritten operation deals with it; null where nothing is to be rewritten. */
  readonly rewriting: Rewriting | null;
  /** What is to be done, in a sentence. */
  readonly todo: string;
  /** Calendar dates; null where the element does not leave, or nobody has said when. */
  readonly deprecatedOn: string | null;
  readonly sunsetOn: string | null;
  /** The first version in which it is otherwise. */
  readonly changedIn: string | null;
  readonly replacement: string | null;
}

export interface OperationUpgrade extends Judgement {
  /** Worst first. */
  readonly findings: readonly UpgradeFinding[];
  /** What to send to the newer version, which is valid there; null where the operation stays as it is, and
      where only a person can say what is meant. */
  readonly rewritten: DocumentNode | null;
}

/** A way through versions that does not exist. */
export class NoSuchWay extends Error {}

/** Most errors of validation that are told of one operation. */
const MAX_ERRORS = 10;

export class UpgradePath {
  readonly versions: ReadonlyMap<string, VersionSchema>;
  private readonly changes: readonly ChangesOf[];
  private readonly standings: readonly VersionStanding[];
  /** Reasons of what is deprecated in a version, by coordinate. */
  private readonly deprecated = new Map<GraphQLSchema, ReadonlyMap<string, string>>();

  /** @param versions oldest first, as `projectVersions` answers them */
  constructor(versions: ReadonlyMap<string, VersionSchema>, changes: readonly ChangesOf[], releases: readonly string[]) {
    this.versions = versions;
    this.changes = changes;
    // When versions end follows from the dates of all, on whatever day it is asked.
    this.standings = standings(releases, Infinity);
  }

  /** Throws NoSuchWay where one of the two is no version, or the way leads back. */
  check(from: string, to: string): void {
    const order = [...this.versions.keys()];
    const [first, last] = [order.indexOf(from), order.indexOf(to)];
    for (const [name, place] of [
      [from, first],
      [to, last],
    ] as const)
      if (place < 0) throw new NoSuchWay(`There is no API version ${JSON.stringify(name)}. The versions are, oldest first, ${order.join(', ')}.`);
    if (last < first) throw new NoSuchWay(`Version ${to} is older than ${from}, and upgrades lead forward. The versions are, oldest first, ${order.join(', ')}.`);
  }

  /** @param document one operation, valid in `from`, with the fragments that it needs. Throws NoSuchWay. */
  judge(document: DocumentNode, { from, to }: { readonly from: string; readonly to: string }): OperationUpgrade {
    this.check(from, to);
    const { schema } = this.versions.get(to)!;
    const { document: proposal, uses } = rewriteOperation(document, { from, to }, this.versions, this.changes);
    const findings = uses.map(use => this.findingOf(use));
    const invalid = validate(schema, proposal, undefined, { maxErrors: MAX_ERRORS });
    findings.push(...invalid.map(({ message }) => unexplained(message)), ...this.deprecations(proposal, to));
    const breaks = findings.filter(({ effect }) => effect === 'BREAKS');
    const warns = findings.filter(({ effect }) => effect === 'WARNS');
    const isKnown = invalid.length === 0 && !uses.some(leftInText);
    return {
      verdict: breaks.length > 0 ? 'BROKEN' : warns.length > 0 ? 'WARNED' : 'UNAFFECTED',
      findings: [...breaks, ...warns],
      rewritten: isKnown && (proposal !== document || breaks.length > 0) ? proposal : null,
    };
  }

  private findingOf({ change, version, rewriting, variable, places }: Use): UpgradeFinding {
    const harmless = rewriting === 'AS_BEFORE' && change.rewrite?.harmlessAsBefore === true;
    const title = change.changelog.title.replaceAll('`', '');
    const where = variable === null ? '' : ` It matters where ${variable} holds ${change.coordinate}, which the document does not say.`;
    return {
      effect: change.criticality === 'BREAKING' && !harmless ? 'BREAKS' : 'WARNS',
      coordinate: change.coordinate,
      message: `${title}, from ${version} on.${where}`,
      places,
      rewriting,
      todo: change.changelog.todo.replaceAll('`', ''),
      ...this.endOf(change, version),
    };
  }

  private endOf({ leaving }: VersionChange, version: string): Pick<UpgradeFinding, 'deprecatedOn' | 'sunsetOn' | 'changedIn' | 'replacement'> {
    if (!leaving) return { deprecatedOn: null, sunsetOn: null, changedIn: version, replacement: null };
    const last = this.standings[this.standings.findIndex(standing => standing.version === version) - 1];
    const sunsetOn = last?.retiresAt ? new Date(last.retiresAt).toISOString().slice(0, 10) : null;
    return { deprecatedOn: leaving.deprecatedOn, sunsetOn, changedIn: version, replacement: leaving.replacement };
  }

  /** What the operation, in the target's own words, uses there that is on its way out. */
  private deprecations(document: DocumentNode, to: string): UpgradeFinding[] {
    const reasons = this.reasonsIn(to);
    if (reasons.size === 0) return [];
    return [...usesIn(this.versions.get(to)!.schema, document)].flatMap(([coordinate, places]) => {
      const reason = reasons.get(coordinate);
      if (reason === undefined) return [];
      const later = this.laterChange(coordinate, to);
      const end = later ? this.endOf(later.change, later.version) : { deprecatedOn: null, sunsetOn: null, changedIn: null, replacement: null };
      const until = later ? `, and otherwise or gone from ${later.version} on` : '';
      return [{ effect: 'WARNS' as const, coordinate, message: `${coordinate} is deprecated in ${to}${until}.`, places, rewriting: null, todo: reason, ...end }];
    });
  }

  private reasonsIn(version: string): ReadonlyMap<string, string> {
    const { schema } = this.versions.get(version)!;
    let reasons = this.deprecated.get(schema);
    if (!reasons) {
      // Types, directives and what must be given cannot carry the directive: of them the list alone knows.
      const listed = this.laterChanges(version).flatMap(({ change: { coordinate, leaving } }) =>
        leaving && leaving.deprecatedOn <= releasedOn(version) ? [[coordinate, leaving.reason] as const] : [],
      );
      reasons = new Map([...listed, ...deprecationsIn(schema)]);
      this.deprecated.set(schema, reasons);
    }
    return reasons;
  }

  private laterChange(coordinate: string, than: string): { change: VersionChange; version: string } | undefined {
    return this.laterChanges(than).find(({ change }) => change.coordinate === coordinate && change.leaving);
  }

  private laterChanges(than: string): { change: VersionChange; version: string }[] {
    const order = [...this.versions.keys()];
    const later = order.slice(order.indexOf(than) + 1);
    return later.flatMap(version => this.changes.filter(entry => entry.version === version).flatMap(entry => entry.changes.map(change => ({ change, version }))));
  }
}

/** Only a person can say what is meant, and the text says something that the newer version does not know. */
const leftInText = ({ rewriting, variable }: Use): boolean => rewriting === 'BY_HAND' && variable === null;

const unexplained = (message: string): UpgradeFinding => ({
  effect: 'BREAKS',
  coordinate: null,
  message,
  places: [],
  rewriting: 'BY_HAND',
  todo: 'The list of changes knows no way for this: write the operation anew for the newer version.',
  deprecatedOn: null,
  sunsetOn: null,
  changedIn: null,
  replacement: null,
});

function usesIn(schema: GraphQLSchema, document: DocumentNode): Map<string, readonly Place[]> {
  const uses = new Map<string, readonly Place[]>();
  for (const definition of document.definitions)
    if (definition.kind === Kind.OPERATION_DEFINITION)
      for (const [coordinate, places] of coordinatesOf(schema, document, definition)) uses.set(coordinate, [...(uses.get(coordinate) ?? []), ...places]);
  return uses;
}
