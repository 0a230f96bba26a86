/**
 * An operation of an older version in a newer one's words, as far as its changes know the way: for
 * the upgrade report. What was rewritten answers under the response keys it answered under before.
 */
import {
  Kind,
  TypeInfo,
  getNamedType,
  isInputObjectType,
  typeFromAST,
  visit,
  visitWithTypeInfo,
  type ASTNode,
  type DocumentNode,
  type GraphQLNamedType,
  type GraphQLSchema,
  type VariableDefinitionNode,
} from 'graphql';
import { UNSTABLE } from './calendar.ts';
import type { ChangesOf, VersionChange } from './change.ts';
import type { Place } from './coordinates.ts';
import { coordinatesOfNode } from './node-coordinates.ts';
import type { VersionSchema } from './project.ts';
import { named } from './rewrites.ts';

/** What became of a use: said otherwise, left out, left as it is though its answer may differ, or left
    to a person. */
export type Rewriting = 'REWRITTEN' | 'TAKEN_OUT' | 'AS_BEFORE' | 'BY_HAND';

export interface Use {
  readonly change: VersionChange;
  /** The first version that has the newer form. */
  readonly version: string;
  readonly rewriting: Rewriting;
  /** The variable whose values may hold what changes; null where the text itself does. */
  readonly variable: string | null;
  readonly places: readonly Place[];
}

/** Places that are told of one use. */
const PLACES = 100;

export interface RewrittenOperation {
  readonly document: DocumentNode;
  /** What of the changes concerns it, each once for each way in which it was dealt with. */
  readonly uses: readonly Use[];
}

/** Takes a document, valid in `from`, through every version up to `to`. */
export function rewriteOperation(
  document: DocumentNode,
  { from, to }: { from: string; to: string },
  versions: ReadonlyMap<string, VersionSchema>,
  changes: readonly ChangesOf[],
): RewrittenOperation {
  const order = [...versions.keys()];
  const [first, last] = [order.indexOf(from), order.indexOf(to)];
  if (first < 0 || last < first)
    throw new Error(`There is no way from version ${from} to ${to}. The versions are, oldest first, ${order.join(', ')}, and ${UNSTABLE} is the newest.`);
  const uses: Use[] = [];
  const rewritten = order.slice(first, last).reduce((older, version, i) => {
    const successor = order[first + i + 1]!;
    const due = changes.filter(entry => entry.version === successor).flatMap(entry => entry.changes);
    if (due.length === 0) return older;
    const step = new OperationRewrite(versions.get(version)!.schema, successor, due);
    const newer = step.document(older);
    uses.push(...step.uses);
    return newer;
  }, document);
  return { document: rewritten, uses };
}

/** From one version to its successor. */
class OperationRewrite {
  readonly uses: (Use & { readonly places: Place[] })[] = [];
  private readonly schema: GraphQLSchema;
  private readonly version: string;
  /** Changes by the coordinate whose uses they rewrite. */
  private readonly rules = new Map<string, VersionChange[]>();

  /** @param version the successor, and the changes that it brings */
  constructor(schema: GraphQLSchema, version: string, changes: readonly VersionChange[]) {
    this.schema = schema;
    this.version = version;
    for (const change of changes) {
      const at = change.rewrite?.at ?? change.coordinate;
      this.rules.set(at, [...(this.rules.get(at) ?? []), change]);
    }
  }

  document(older: DocumentNode): DocumentNode {
    const typeInfo = new TypeInfo(this.schema);
    const rewritten = visit(
      older,
      // On the way out: what is inside is looked at while its types are still those of the older version.
      visitWithTypeInfo(typeInfo, {
        leave: (node, _key, parent, _path, ancestors) => {
          if (node.kind === Kind.VARIABLE_DEFINITION) this.noteValues(typeFromAST(this.schema, node.type), node);
          if (node.kind === Kind.SELECTION_SET && node.selections.length === 0) return { ...node, selections: [{ kind: Kind.FIELD, name: named('__typename') }] };
          return this.rewritten(node, coordinatesOfNode(node, typeInfo), [...ancestors, parent ?? [], node]);
        },
      }),
    );
    return rewritten === older ? older : withoutUnusedVariables(older, rewritten);
  }

  /** The newer node; null to take it out, undefined where it stays.
      @param ancestors the node is the last of them */
  private rewritten(node: ASTNode, coordinates: readonly string[], ancestors: Ancestors): ASTNode | null | undefined {
    let current = node;
    for (const change of coordinates.flatMap(coordinate => this.rules.get(coordinate) ?? [])) {
      const newer = change.rewrite?.use(current);
      const rewriting = newer === undefined ? 'BY_HAND' : newer === null ? 'TAKEN_OUT' : newer === current ? 'AS_BEFORE' : 'REWRITTEN';
      this.note(change, rewriting, null, placeOf(node, responsePath(ancestors)));
      if (newer === null) return null;
      current = newer ?? current;
    }
    return current === node ? undefined : current;
  }

  private note(change: VersionChange, rewriting: Rewriting, variable: string | null, place: Place): void {
    const known = this.uses.find(use => use.change === change && use.rewriting === rewriting && use.variable === variable);
    if (!known) this.uses.push({ change, version: this.version, rewriting, variable, places: [place] });
    else if (known.places.length < PLACES) known.places.push(place);
  }

  /** What the values of a variable may hold is not in the document: a person has to look. */
  private noteValues(type: ReturnType<typeof typeFromAST>, definition: VariableDefinitionNode, seen = new Set<GraphQLNamedType>()): void {
    const inner = getNamedType(type);
    if (!inner || seen.has(inner)) return;
    seen.add(inner);
    const variable = `$${definition.variable.name.value}`;
    for (const [at, changes] of this.rules)
      if (at.startsWith(`${inner.name}.`)) for (const change of changes) this.note(change, 'BY_HAND', variable, placeOf(definition, variable));
    if (isInputObjectType(inner)) for (const field of Object.values(inner.getFields())) this.noteValues(field.type, definition, seen);
  }
}

type Ancestors = readonly (ASTNode | readonly ASTNode[])[];

/** The response path of what stands there; within a fragment it begins with the fragment. */
const responsePath = (ancestors: Ancestors): string =>
  ancestors
    .flatMap(ancestor => {
      if (!('kind' in ancestor)) return [];
      if (ancestor.kind === Kind.FRAGMENT_DEFINITION) return [`...${ancestor.name.value}`];
      return ancestor.kind === Kind.FIELD ? [ancestor.alias?.value ?? ancestor.name.value] : [];
    })
    .join('.');

const placeOf = ({ loc }: ASTNode, path: string): Place => ({
  path,
  at: loc ? { source: loc.source.name, line: loc.startToken.line, column: loc.startToken.column } : null,
});

/** Without the variables that nothing uses any more. */
function withoutUnusedVariables(older: DocumentNode, newer: DocumentNode): DocumentNode {
  const usedIn = (document: DocumentNode): Set<string> => {
    const used = new Set<string>();
    visit(document, { VariableDefinition: () => false, Variable: node => void used.add(node.name.value) });
    return used;
  };
  const [before, after] = [usedIn(older), usedIn(newer)];
  return visit(newer, { VariableDefinition: ({ variable: { name } }) => (before.has(name.value) && !after.has(name.value) ? null : false) });
}
