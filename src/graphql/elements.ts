/** Elements of schemas by their coordinate, in the grammar of the GraphQL specification. */
import { parseSchemaCoordinate, resolveASTSchemaCoordinate, type GraphQLSchema } from 'graphql';

/** Whether one of the schemas has the element that a text names; a text that is no coordinate names none. */
export const elementIn =
  (schemas: readonly GraphQLSchema[]) =>
  (coordinate: string): boolean =>
    schemas.some(schema => has(schema, coordinate));

/** graphql-js throws where the text is no coordinate, and where what holds the element is missing. */
function has(schema: GraphQLSchema, coordinate: string): boolean {
  try {
    return resolveASTSchemaCoordinate(schema, parseSchemaCoordinate(coordinate)) !== undefined;
  } catch {
    return false;
  }
}
