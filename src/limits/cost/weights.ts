/**
 * What a schema says its parts cost, for the formula: the directives `@cost` and `@listSize` of the
 * GraphQL Cost Directives specification (IBM). Read alike from an SDL, where they are written, and
 * from a schema that was made by code, whose elements carry them as `extensions.cost` and
 * `extensions.listSize`.
 */
import {
  getNamedType,
  isIntrospectionType,
  isLeafType,
  isObjectType,
  isInterfaceType,
  valueFromASTUntyped,
  type GraphQLEnumType,
  type GraphQLField,
  type GraphQLNamedType,
  type GraphQLObjectType,
  type GraphQLScalarType,
  type GraphQLSchema,
} from 'graphql';

/** How many items a list field returns, as `@listSize` says it. */
export interface ListSize {
  /** Where no slicing argument is given, and where there is none. */
  readonly assumedSize?: number;
  /** Arguments that say the size: a number, or a list that the items answer one by one. */
  readonly slicingArguments?: readonly string[];
  /** The fields below that are the list, where the field itself returns a page around it. */
  readonly sizedFields?: readonly string[];
  /** Whether a request without a slicing argument is refused; true where absent. */
  readonly requireOneSlicingArgument?: boolean;
}

/** What was said, by name of a type or coordinate of a field; defaults are the reader's (`weightOf`). */
export interface Weights {
  readonly types: ReadonlyMap<string, number>;
  readonly fields: ReadonlyMap<string, number>;
  readonly lists: ReadonlyMap<string, ListSize>;
}

const OBJECT_WEIGHT = 1;

/** A mutation is a transaction with a key, a use case and a read, whatever it returns. */
const MUTATION_WEIGHT = 10;

type Weighted = GraphQLObjectType | GraphQLScalarType | GraphQLEnumType;

/** A schema does not change once it is served, so it is asked once. */
const known = new WeakMap<GraphQLSchema, Weights>();

/** Throws where a weight is no number of 0 or more, which would make an operation cheaper than nothing. */
export function weightsOf(schema: GraphQLSchema): Weights {
  const weights = known.get(schema) ?? readWeights(schema);
  known.set(schema, weights);
  return weights;
}

function readWeights(schema: GraphQLSchema): Weights {
  const types = new Map<string, number>();
  const fields = new Map<string, number>();
  const lists = new Map<string, ListSize>();
  for (const type of Object.values(schema.getTypeMap())) {
    if (isIntrospectionType(type)) continue;
    if (isObjectType(type) || isLeafType(type)) note(types, type.name, weightSaid(type.name, type));
    if (!isObjectType(type) && !isInterfaceType(type)) continue;
    for (const field of Object.values(type.getFields())) {
      const coordinate = `${type.name}.${field.name}`;
      note(fields, coordinate, weightSaid(coordinate, field));
      note(lists, coordinate, said<ListSize>(field, 'listSize'));
    }
  }
  return { types, fields, lists };
}

function note<T>(into: Map<string, T>, name: string, value: T | undefined): void {
  if (value !== undefined) into.set(name, value);
}

function weightSaid(coordinate: string, element: Weighted | GraphQLField<unknown, unknown>): number | undefined {
  const cost = said<{ weight?: unknown }>(element, 'cost');
  if (!cost) return undefined;
  // The specification writes numbers as strings; several tools write them as integers.
  const weight = typeof cost.weight === 'string' && cost.weight.trim() !== '' ? Number(cost.weight) : cost.weight;
  if (typeof weight !== 'number' || !Number.isFinite(weight) || weight < 0) {
    throw new Error(`@cost of ${coordinate} has the weight ${JSON.stringify(cost.weight)}; it must be a number of 0 or more, such as "1".`);
  }
  return weight;
}

/** The directive's arguments, from the definition's text or the schema's extensions. */
function said<T>({ astNode, extensions }: Weighted | GraphQLField<unknown, unknown>, directive: string): T | undefined {
  const written = astNode?.directives?.find(({ name }) => name.value === directive);
  if (!written) return extensions[directive] as T | undefined;
  return Object.fromEntries((written.arguments ?? []).map(({ name, value }) => [name.value, valueFromASTUntyped(value)])) as T;
}

/** What one value of the type costs under the field: the field's own weight, else the type's. */
export function weightOf(weights: Weights, schema: GraphQLSchema, parent: GraphQLObjectType, field: GraphQLField<unknown, unknown>, type: GraphQLNamedType): number {
  const own = weights.fields.get(`${parent.name}.${field.name}`) ?? (parent === schema.getMutationType() ? MUTATION_WEIGHT : undefined);
  return own ?? weights.types.get(type.name) ?? (isLeafType(getNamedType(type)) ? 0 : OBJECT_WEIGHT);
}
