/**
 * What the schema says its parts cost: the directives `@cost` and `@listSize` of the GraphQL Cost
 * Directives specification (IBM, https://ibm.github.io/graphql-specs/cost-spec.html). Elements carry
 * them as `extensions.cost` and `extensions.listSize`; print-schema.ts writes them into the SDL.
 *
 * Most of it follows from the read mappings: how a list is read says how long it can be.
 */
import {
  DirectiveLocation,
  GraphQLBoolean,
  GraphQLDirective,
  GraphQLInt,
  GraphQLList,
  GraphQLNonNull,
  GraphQLString,
  getNamedType,
  getNullableType,
  isAbstractType,
  isLeafType,
  isListType,
  isObjectType,
  type GraphQLField,
  type GraphQLOutputType,
  type GraphQLSchema,
} from 'graphql';
import { Extensions } from 'type-graphql';
import { MAX_NODES, MAX_PAGE_SIZE, type ReadMapping } from '../reads/index.ts';

/** The most causes that one mutation names; they are free, and every mutation has them. */
const MAX_USER_ERRORS = 10;

const OBJECT_WEIGHT = 1;
const MUTATION_WEIGHT = 10;

export const costDirective = new GraphQLDirective({
  name: 'cost',
  description:
    'What an object, or a value of a scalar or enum, costs wherever it is returned: 1 for an object and 0 for a scalar or enum unless it says otherwise. On a field it takes the place of what its type costs.',
  locations: [DirectiveLocation.OBJECT, DirectiveLocation.SCALAR, DirectiveLocation.ENUM, DirectiveLocation.FIELD_DEFINITION],
  args: { weight: { type: new GraphQLNonNull(GraphQLString), description: 'The cost, a whole number in a string.' } },
});

export const listSizeDirective = new GraphQLDirective({
  name: 'listSize',
  description: 'How many items a list counts as before it is read.',
  locations: [DirectiveLocation.FIELD_DEFINITION],
  args: {
    assumedSize: { type: GraphQLInt, description: 'The number where no slicing argument is given, or where there is none: the default page size, or the most that can come.' },
    slicingArguments: {
      type: new GraphQLList(new GraphQLNonNull(GraphQLString)),
      description: 'Arguments that say the number: an integer, or a list whose length it is.',
    },
    sizedFields: {
      type: new GraphQLList(new GraphQLNonNull(GraphQLString)),
      description: 'Fields of the returned object that the number counts, where the field returns a page around the list.',
    },
    requireOneSlicingArgument: { type: GraphQLBoolean, defaultValue: true, description: 'Whether a request without any slicing argument is refused.' },
  },
});

/** What an object of the class costs, or a value of the field, where it is not what its type does by default. */
export const Cost = (weight: number): ClassDecorator & PropertyDecorator & MethodDecorator => Extensions({ cost: { weight: String(weight) } });

/** The most items that a list can hold which no read mapping knows of. */
export const AtMost = (assumedSize: number): PropertyDecorator & MethodDecorator => Extensions({ listSize: { assumedSize } });

/** Says on each list how long it can be, as its mapping reads it, and gives connections and root
    types their weights. Throws where a list of objects has no bound. */
export function declareCosts(schema: GraphQLSchema, mapping: ReadMapping): void {
  const fields = Object.values(schema.getTypeMap())
    .filter(isObjectType)
    .filter(type => !type.name.startsWith('__'))
    .flatMap(type => Object.values(type.getFields()).map(field => ({ coordinate: `${type.name}.${field.name}`, field })));
  // Lists whose length is said where their connection is returned.
  const paged = new Set<unknown>();
  for (const { coordinate, field } of fields) {
    const listSize = isListOfObjects(field) && getNamedType(field.type).name === 'UserError' ? { assumedSize: MAX_USER_ERRORS } : listSizeOf(mapping, coordinate);
    if (listSize) field.extensions = { listSize, ...field.extensions };
    const connection = mapping.fields.get(coordinate)?.kind === 'page' ? getNamedType(field.type) : null;
    if (!isObjectType(connection)) continue;
    const { edges, nodes } = connection.getFields();
    paged.add(edges).add(nodes);
    const edge = getNamedType(edges?.type);
    const node = isObjectType(edge) ? edge.getFields()['node'] : undefined;
    // An edge and its node are one object that is returned: together they cost what the node does.
    if (node) node.extensions = { cost: { weight: String(weightOf(schema, node.type) - OBJECT_WEIGHT) }, ...node.extensions };
  }
  const unbounded = fields.filter(({ field }) => isListOfObjects(field) && !field.extensions['listSize'] && !paged.has(field)).map(({ coordinate }) => coordinate);
  if (unbounded.length > 0) {
    throw new Error(`These lists have no bound, so no operation with them has a cost: ${unbounded.join(', ')}. Give the mapping a \`limit\` or \`atMost\`, or the field @AtMost.`);
  }
  for (const root of [schema.getQueryType(), schema.getMutationType()]) if (root) root.extensions = { cost: { weight: '0' }, ...root.extensions };
  for (const mutation of Object.values(schema.getMutationType()?.getFields() ?? {})) mutation.extensions = { cost: { weight: String(MUTATION_WEIGHT) }, ...mutation.extensions };
}

/** What an object of the type costs; of an interface or union, the dearest one. */
function weightOf(schema: GraphQLSchema, output: GraphQLOutputType): number {
  const type = getNamedType(output);
  const types = isAbstractType(type) ? schema.getPossibleTypes(type) : [type];
  return Math.max(...types.map(({ extensions }) => Number((extensions['cost'] as { weight: string } | undefined)?.weight ?? OBJECT_WEIGHT)));
}

/** As `@listSize` takes it; null for what is no list. */
function listSizeOf(mapping: ReadMapping, coordinate: string): Readonly<Record<string, unknown>> | null {
  const read = mapping.fields.get(coordinate);
  switch (read?.kind) {
    case 'page':
      return {
        assumedSize: read.defaultFirst ?? MAX_PAGE_SIZE,
        slicingArguments: ['first', 'last'],
        sizedFields: ['edges', 'nodes'],
        requireOneSlicingArgument: read.defaultFirst === undefined,
      };
    case 'many': {
      if (typeof read.limit === 'object') return { assumedSize: read.limit.max, slicingArguments: [read.limit.argument] };
      const assumedSize = read.limit ?? read.atMost;
      return assumedSize === undefined ? null : { assumedSize };
    }
    case 'nodes':
      return { assumedSize: MAX_NODES, slicingArguments: [read.ids] };
    default:
      return null;
  }
}

const isListOfObjects = ({ type }: GraphQLField<unknown, unknown>): boolean => isListType(getNullableType(type)) && !isLeafType(getNamedType(type));
