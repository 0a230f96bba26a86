/**
 * The cost of an operation, before it runs and to the point: a formula over its variables, made once
 * for a document and evaluated for each request in microseconds. The cost of a field is its weight,
 * times the items that it returns at most, plus what is selected below each of them; of an interface
 * or union it is that of the dearest possible type.
 *
 * The formula is a list of steps, each from the results of earlier ones, so that evaluating takes
 * as long as the list is, however often fragments share a step; equal selections are one step.
 */
import {
  Kind,
  OperationTypeNode,
  getNamedType,
  getNullableType,
  isAbstractType,
  isLeafType,
  isListType,
  isObjectType,
  type DocumentNode,
  type FieldNode,
  type GraphQLObjectType,
  type GraphQLSchema,
  type OperationDefinitionNode,
} from 'graphql';
import { ALWAYS, BoundlessOperation, Collector, conditionText, holds, type Condition, type Occurrence, type SelectedSet, type Variables } from './collect.ts';
import { ONE, sizeOf, type Size } from './size.ts';
import { weightOf, weightsOf, type Weights } from './weights.ts';

export { BoundlessOperation, type Variables };

/** Costs beyond are this: still exact as a number, and above every budget. */
export const MAX_COST = Number.MAX_SAFE_INTEGER;

/** The schema itself is answered by graphql-js, from memory: the whole of it takes as long as some
    ten small reads, one type as long as one. */
const INTROSPECTION: Readonly<Record<string, number>> = { __schema: 10, __type: 1 };

export interface CostFormula {
  /** `variables` are coerced. A non-negative number, at most MAX_COST. */
  cost(variables: Variables): number;
  /** What was really used: the objects that came back, and what is not paid by the object (mutations,
      introspection). Never more than `cost`: where a list holds more than its schema assumes, that
      is not the caller's affair. */
  actual(variables: Variables, objectCount: number): number;
  /** Every step's result for one request. `cap` bounds the sizes that arguments ask for. */
  evaluate(variables: Variables, cap?: number): Float64Array;
  readonly steps: readonly Step[];
}

export type Step = SelectionStep | FieldStep;

/** An object's fields. The last step is the operation's. */
export interface SelectionStep {
  readonly kind: 'selection';
  readonly parts: readonly Part[];
}

export interface Part {
  readonly key: string;
  /** One of them must hold. */
  readonly when: readonly Condition[];
  /** The place of its FieldStep. */
  readonly field: number;
}

export interface FieldStep {
  readonly kind: 'field';
  readonly size: Size;
  /** Where `size` counts fields below instead of this one: a connection. */
  readonly page: Size | null;
  /** Part of the page that it stands in, whose cost is told there. */
  readonly withinPage: boolean;
  /** By possible type: what one value costs, and the place of what is selected of it. */
  readonly options: readonly { readonly weight: number; readonly selection: number | null }[];
}

/** The fields that a connection's size counts. */
interface Sized {
  readonly fields: readonly string[];
  readonly size: Size;
}

const saturated = (cost: number): number => Math.min(cost, MAX_COST);

export const isPresent = (when: readonly Condition[], variables: Variables): boolean => when.some(condition => holds(condition, variables));

/** The formula of one operation of a valid document. Throws BoundlessOperation where its fragments
    make more of it than can be counted. */
export function costFormula(schema: GraphQLSchema, document: DocumentNode, operation: OperationDefinitionNode, weights: Weights = weightsOf(schema)): CostFormula {
  const compiler = new FormulaCompiler(schema, document, weights);
  const root = compiler.selection(schema.getRootType(operation.operation)!, [{ set: operation.selectionSet, when: ALWAYS }], null);
  return new Formula(compiler.steps, root, operation.operation === OperationTypeNode.MUTATION);
}

class Formula implements CostFormula {
  readonly steps: readonly Step[];
  private readonly root: SelectionStep;
  private readonly isMutation: boolean;

  constructor(steps: readonly Step[], root: number, isMutation: boolean) {
    this.steps = steps;
    this.root = steps[root] as SelectionStep;
    this.isMutation = isMutation;
  }

  cost(variables: Variables): number {
    return this.evaluate(variables).at(-1)!;
  }

  actual(variables: Variables, objectCount: number): number {
    let fixed = 0;
    for (const { when, field } of this.root.parts) {
      const [option] = (this.steps[field] as FieldStep).options;
      if (option && (this.isMutation || option.selection === null) && isPresent(when, variables)) fixed += option.weight;
    }
    return Math.min(this.cost(variables), fixed + objectCount);
  }

  evaluate(variables: Variables, cap = Infinity): Float64Array {
    const results = new Float64Array(this.steps.length);
    for (let place = 0; place < results.length; place += 1) {
      const step = this.steps[place]!;
      let result = 0;
      if (step.kind === 'selection') {
        for (const { when, field } of step.parts) if (isPresent(when, variables)) result += results[field]!;
      } else {
        for (const { weight, selection } of step.options) result = Math.max(result, weight + (selection === null ? 0 : results[selection]!));
        if (step.size !== ONE) result *= cappedSize(step.size, variables, cap);
      }
      results[place] = saturated(result);
    }
    return results;
  }
}

/** The size, within the cap where an argument says it. */
function cappedSize(size: Size, variables: Variables, cap: number): number {
  const asked = size.of(variables);
  return cap < asked && size.argument(variables) !== null ? cap : asked;
}

class FormulaCompiler {
  readonly steps: Step[] = [];
  private readonly schema: GraphQLSchema;
  private readonly weights: Weights;
  private readonly collector: Collector;
  /** Places of selections by what they select; null while one is under way. */
  private readonly known = new Map<string, number | null>();
  private readonly nodeIds = new Map<FieldNode, number>();

  constructor(schema: GraphQLSchema, document: DocumentNode, weights: Weights) {
    this.schema = schema;
    this.weights = weights;
    this.collector = new Collector(
      schema,
      new Map(document.definitions.flatMap(definition => (definition.kind === Kind.FRAGMENT_DEFINITION ? [[definition.name.value, definition]] : []))),
    );
  }

  /** The place of the selection's step. */
  selection(type: GraphQLObjectType, sets: readonly SelectedSet[], sized: Sized | null): number {
    const groups = this.collector.collect(type, sets);
    const name = [type.name, sized ? `${sized.fields.join()}=${sized.size.text}` : '', ...[...groups.values()].map(group => this.nameOf(group))].join(';');
    const known = this.known.get(name);
    if (known === null) throw new BoundlessOperation('A fragment of the operation contains itself, so it has no cost. Remove the circle.');
    if (known !== undefined) return known;
    this.known.set(name, null);
    const parts: Part[] = [];
    for (const [key, group] of groups) {
      const step = this.field(type, group, sized);
      if (!step) continue;
      const always = group.some(({ when }) => when.length === 0);
      parts.push({ key, when: always ? [ALWAYS] : group.map(({ when }) => when), field: this.steps.push(step) - 1 });
    }
    const place = this.steps.push({ kind: 'selection', parts }) - 1;
    this.known.set(name, place);
    return place;
  }

  private nameOf(group: readonly Occurrence[]): string {
    return group
      .map(({ node, when }) => {
        const id = this.nodeIds.get(node) ?? this.nodeIds.size;
        this.nodeIds.set(node, id);
        return `${id}${when.length > 0 ? `?${conditionText(when)}` : ''}`;
      })
      .join('+');
  }

  /** Null for what costs nothing. */
  private field(parent: GraphQLObjectType, group: readonly Occurrence[], sized: Sized | null): FieldStep | null {
    const [{ node }] = group as [Occurrence];
    const name = node.name.value;
    const introspection = INTROSPECTION[name];
    if (introspection !== undefined) return { kind: 'field', size: ONE, page: null, withinPage: false, options: [{ weight: introspection, selection: null }] };
    const field = parent.getFields()[name];
    if (!field) return null;
    const list = this.weights.lists.get(`${parent.name}.${name}`);
    const listSize = list ? sizeOf(list, field, node) : null;
    const inPage = sized?.fields.includes(name) ?? false;
    const page = list?.sizedFields && listSize ? { fields: list.sizedFields, size: listSize } : null;
    const own = isListType(getNullableType(field.type)) && !page ? listSize : null;
    const type = getNamedType(field.type);
    const types = isAbstractType(type) ? this.schema.getPossibleTypes(type) : [type];
    const sets = isLeafType(type) ? null : setsBelow(group);
    const options = types.map(one => ({
      weight: weightOf(this.weights, this.schema, parent, field, one),
      selection: sets && isObjectType(one) ? this.selection(one, sets, page) : null,
    }));
    if (!sets && options.every(({ weight }) => weight === 0)) return null;
    const size = own ?? (inPage ? sized!.size : ONE);
    // A field that costs nothing itself (the node of an edge) only leads on to what does.
    return { kind: 'field', size, page: page?.size ?? null, withinPage: inPage || this.weights.fields.get(`${parent.name}.${name}`) === 0, options };
  }
}

/** The selection sets below a field. They are looked at only where the field stands, so a condition
    that all its places share says nothing more. */
function setsBelow(group: readonly Occurrence[]): SelectedSet[] {
  const shared = new Set(group.map(({ when }) => conditionText(when))).size === 1;
  return group.flatMap(({ node, when }) => (node.selectionSet ? [{ set: node.selectionSet, when: shared ? ALWAYS : when }] : []));
}
