/** The head schema: what the rooms' classes add up to. */
import { assertValidSchema, isAbstractType, getNamedType, isInputObjectType, isObjectType, specifiedDirectives, type GraphQLSchema } from 'graphql';
import { buildSchema, type NonEmptyArray } from 'type-graphql';
import { consentDirective } from './consent.ts';
import { costDirective, listSizeDirective } from './cost.ts';
import { rateLimitDirective } from './rate-limit.ts';
import { DateTime } from './scalars.ts';

/** What type-graphql gives no place to say. */
const ROOTS = {
  Query: 'What can be read. An id that is missing, malformed or not yours answers null, without an error.',
  Mutation: "What can be changed. Expected refusals are in the payload's `userErrors`; the same idempotency key gives the same answer.",
};

/** Builds the schema from type-graphql classes. Below the root types no field keeps a resolver:
    values come from the compiler by response key or, in a mutation's payload, by property
    (fallback.ts), and a resolver of type-graphql's own would look for the property alone. */
export async function buildHeadSchema(classes: readonly Function[]): Promise<GraphQLSchema> {
  const schema = await buildSchema({
    resolvers: classes as NonEmptyArray<Function>,
    orphanedTypes: [...classes],
    directives: [...specifiedDirectives, consentDirective, costDirective, listSizeDirective, rateLimitDirective],
    validate: { forbidUnknownValues: false, stopAtFirstError: true },
    scalarsMap: [{ type: Date, scalar: DateTime }],
    // By a whole introspection, which takes longer than all the rest; what graphql-js says of the schema is asked below.
    skipCheck: true,
  });
  assertValidSchema(schema);
  for (const [root, description] of Object.entries(ROOTS)) {
    const type = schema.getType(root);
    if (isObjectType(type)) type.description = description;
  }
  checkMutations(schema);
  const roots = new Set([schema.getQueryType(), schema.getMutationType()]);
  for (const type of Object.values(schema.getTypeMap())) {
    if (isAbstractType(type)) delete (type as { resolveType?: unknown }).resolveType;
    if (!isObjectType(type) || roots.has(type) || type.name.startsWith('__')) continue;
    // A compiled object is no instance of the class, and says its type itself where that is in doubt.
    delete (type as { isTypeOf?: unknown }).isTypeOf;
    for (const field of Object.values(type.getFields())) delete field.resolve;
  }
  return schema;
}

/** What the road takes for granted of mutations (style of the API, and how a request names itself). */
function checkMutations(schema: GraphQLSchema): void {
  for (const { name, args } of Object.values(schema.getMutationType()?.getFields() ?? {})) {
    const [input, ...more] = args;
    const type = getNamedType(input?.type);
    if (input?.name !== 'input' || more.length > 0 || !isInputObjectType(type) || !type.getFields()['idempotencyKey']) {
      throw new Error(`Mutation.${name} must take one argument \`input\`, whose type has a field \`idempotencyKey\`.`);
    }
  }
}
