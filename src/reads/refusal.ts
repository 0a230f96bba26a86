/** How the compiler refuses input: GraphQL errors with the contract's code, raised before anything runs. */
import { GraphQLError, type FieldNode } from 'graphql';

/** The caller sent something that cannot be meant; the message says what, its limit and the next step. */
export const badInput = (message: string, node?: FieldNode): GraphQLError =>
  new GraphQLError(message, { ...(node ? { nodes: node } : {}), extensions: { code: 'BAD_USER_INPUT' } });

/** The operation is one that the compiler does not take; it runs through graphql-js instead. */
export class NotCompilable extends Error {}
