/** What goes into the schema tools, and how a fault of it is told. */
import type { GraphQLError, GraphQLSchema } from 'graphql';

/** A file's name, for messages, and what stands in it. */
export interface SchemaText {
  readonly name: string;
  readonly text: string;
}

/** What is wrong with a file, as one line that begins with its place. */
export type Problem = string;

export interface ReadSchema {
  readonly schema: GraphQLSchema;
  /** Types that are named and not defined. The schema holds a scalar in their place. */
  readonly missing: ReadonlySet<string>;
  readonly problems: readonly Problem[];
}

/** The text is no schema, or not enough of one to go on. */
export class UnusableSchema extends Error {}

/** A line for each error, in the order of the document, beginning `file:line:column:`. */
export function problemsOf(name: string, errors: readonly GraphQLError[]): Problem[] {
  const placed = errors.map(error => ({ message: error.message, at: error.locations?.at(-1) ?? null }));
  const lines = placed
    .toSorted((a, b) => (a.at?.line ?? 0) - (b.at?.line ?? 0) || (a.at?.column ?? 0) - (b.at?.column ?? 0))
    .map(({ message, at }) => `${name}${at ? `:${at.line}:${at.column}` : ''}: ${message}`);
  return [...new Set(lines)];
}
