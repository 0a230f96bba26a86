/**
 * Selections as execution merges them (CollectFields, section 6.3.2 of the GraphQL specification),
 * for every request at once: what `@skip` and `@include` make depend on variables stays, with the
 * conditions under which it stands.
 */
import {
  Kind,
  isAbstractType,
  type ArgumentNode,
  type FieldNode,
  type FragmentDefinitionNode,
  type GraphQLObjectType,
  type GraphQLSchema,
  type SelectionNode,
  type SelectionSetNode,
} from 'graphql';

/** A variable and the value that it must have. */
interface Literal {
  readonly variable: string;
  readonly value: boolean;
}

/** All of them must hold; none for what always stands. */
export type Condition = readonly Literal[];

export const ALWAYS: Condition = [];

/** One place where a field is selected. */
export interface Occurrence {
  readonly node: FieldNode;
  readonly when: Condition;
}

export interface SelectedSet {
  readonly set: SelectionSetNode;
  readonly when: Condition;
}

export type Variables = Readonly<Record<string, unknown>>;

/** Names a condition, so that equal ones are told. */
export const conditionText = (when: Condition): string => when.map(({ variable, value }) => `${value ? '' : '!'}${variable}`).join('&');

export const holds = (when: Condition, variables: Variables): boolean => when.every(({ variable, value }) => (variables[variable] === true) === value);

/** The most selections that are looked at for one operation. Fragments that spread one another can
    make more of a short document than any computer can count. */
const MAX_STEPS = 100_000;

/** The operation is larger than can be reckoned with, or contains itself. */
export class BoundlessOperation extends Error {}

export class Collector {
  private readonly schema: GraphQLSchema;
  private readonly fragments: ReadonlyMap<string, FragmentDefinitionNode>;
  private steps = 0;

  constructor(schema: GraphQLSchema, fragments: ReadonlyMap<string, FragmentDefinitionNode>) {
    this.schema = schema;
    this.fragments = fragments;
  }

  /** Where each response key is selected, in the order of the answer. Throws BoundlessOperation. */
  collect(type: GraphQLObjectType, sets: readonly SelectedSet[]): Map<string, Occurrence[]> {
    const groups = new Map<string, Occurrence[]>();
    const visited = new Set<string>();
    for (const { set, when } of sets) this.collectInto(groups, visited, type, set, when);
    return groups;
  }

  private collectInto(groups: Map<string, Occurrence[]>, visited: Set<string>, type: GraphQLObjectType, set: SelectionSetNode, around: Condition): void {
    for (const selection of set.selections) {
      this.steps += 1;
      if (this.steps > MAX_STEPS) throw new BoundlessOperation(`The operation selects so much that its cost cannot be told: ${MAX_STEPS} selections are looked at. Split it.`);
      const when = conditionOf(selection, around);
      if (!when) continue;
      if (selection.kind === Kind.FIELD) {
        const key = selection.alias?.value ?? selection.name.value;
        const group = groups.get(key);
        if (group) group.push({ node: selection, when });
        else groups.set(key, [{ node: selection, when }]);
      } else if (selection.kind === Kind.INLINE_FRAGMENT) {
        if (this.applies(type, selection.typeCondition?.name.value)) this.collectInto(groups, visited, type, selection.selectionSet, when);
      } else {
        const name = selection.name.value;
        const visit = `${name} ${conditionText(when)}`;
        const fragment = this.fragments.get(name);
        if (visited.has(visit) || !fragment) continue;
        visited.add(visit);
        if (this.applies(type, fragment.typeCondition.name.value)) this.collectInto(groups, visited, type, fragment.selectionSet, when);
      }
    }
  }

  private applies(type: GraphQLObjectType, condition: string | undefined): boolean {
    if (condition === undefined || condition === type.name) return true;
    const conditional = this.schema.getType(condition);
    return isAbstractType(conditional) && this.schema.isSubType(conditional, type);
  }
}

/** The condition of a selection within what stands under `around`; null where it never stands. */
function conditionOf(selection: SelectionNode, around: Condition): Condition | null {
  let when = around;
  for (const { name, arguments: given } of selection.directives ?? []) {
    if (name.value !== 'skip' && name.value !== 'include') continue;
    const wanted = name.value === 'include';
    const value = (given as readonly ArgumentNode[]).find(argument => argument.name.value === 'if')?.value;
    if (value?.kind === Kind.BOOLEAN && value.value !== wanted) return null;
    if (value?.kind !== Kind.VARIABLE) continue;
    const variable = value.name.value;
    const known = when.find(literal => literal.variable === variable);
    if (known && known.value !== wanted) return null;
    if (!known) when = [...when, { variable, value: wanted }].toSorted((a, b) => (a.variable < b.variable ? -1 : 1));
  }
  return when;
}
