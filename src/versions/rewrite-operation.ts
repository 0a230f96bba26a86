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
} from 'graphql';
import { UNSTABLE } from './calendar.ts';
import type { ChangesOf, VersionChange } from './change.ts';
import { coordinatesOfNode } from './node-coordinates.ts';
import type { VersionSchema } from './project.ts';
import { named } from './rewrites.ts';

/** What became of a use: said otherwise, left out, left as it is though its answer may differ, or left
    to a person. */
export type Rewriting = 'REWRITTEN' | 'TAKEN_OUT' | 'AS_BEFORE' | 'BY_HAND';

export interface Use {
  readonly change: VersionChange;
  readonly rewriting: Rewriting;
}

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
    const step = new OperationRewrite(
      versions.get(version)!.schema,
      changes.filter(entry => entry.version === successor).flatMap(entry => entry.changes),
    );
    const newer = step.document(older);
    uses.push(...step.uses);
    return newer;
  }, document);
  return { document: rewritten, uses };
}

/** From one version to its successor. */
class OperationRewrite {
  readonly uses: Use[] = [];
  private readonly schema: GraphQLSchema;
  /** Changes by the coordinate whose uses they rewrite. */
  private readonly rules = new Map<string, VersionChange[]>();

  constructor(schema: GraphQLSchema, changes: readonly VersionChange[]) {
    this.schema = schema;
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
        leave: node => {
          if (node.kind === Kind.VARIABLE_DEFINITION) this.noteValues(typeFromAST(this.schema, node.type));
          if (node.kind === Kind.SELECTION_SET && node.selections.length === 0) return { ...node, selections: [{ kind: Kind.FIELD, name: named('__typename') }] };
          return this.rewritten(node, coordinatesOfNode(node, typeInfo));
        },
      }),
    );
    return withoutUnusedVariables(older, rewritten);
  }

  /** The newer node; null to take it out, undefined where it stays. */
  private rewritten(node: ASTNode, coordinates: readonly string[]): ASTNode | null | undefined {
    let current = node;
    for (const change of coordinates.flatMap(coordinate => this.rules.get(coordinate) ?? [])) {
      const newer = change.rewrite?.use(current);
      this.note(change, newer === undefined ? 'BY_HAND' : newer === null ? 'TAKEN_OUT' : newer === current ? 'AS_BEFORE' : 'REWRITTEN');
      if (newer === null) return null;
      current = newer ?? current;
    }
    return current === node ? undefined : current;
  }

  private note(change: VersionChange, rewriting: Rewriting): void {
    if (!this.uses.some(use => use.change === change && use.rewriting === rewriting)) this.uses.push({ change, rewriting });
  }

  /** What the values of a variable may hold is not in the document: a person has to look. */
  private noteValues(type: ReturnType<typeof typeFromAST>, seen = new Set<GraphQLNamedType>()): void {
    const inner = getNamedType(type);
    if (!inner || seen.has(inner)) return;
    seen.add(inner);
    for (const [at, changes] of this.rules) if (at.startsWith(`${inner.name}.`)) for (const change of changes) this.note(change, 'BY_HAND');
    if (isInputObjectType(inner)) for (const field of Object.values(inner.getFields())) this.noteValues(field.type, seen);
  }
}

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
