/**
 * Resolvers on graphql-js's road (mutations, introspection mixed with data). They read nothing
 * themselves: each calls the compiler for its subtree, so that every field has one source of truth.
 */
import { defaultFieldResolver, type GraphQLFieldResolver, type GraphQLResolveInfo } from 'graphql';
import { headName } from '../reads/index.ts';

/** What the road puts in the context for resolvers to read by. */
export interface ReadingContext {
  /** Reads the root field at hand with all that is selected below it. */
  readField(info: GraphQLResolveInfo): Promise<unknown>;
}

/** Marks objects that the compiler made: their properties are response keys, not field names. */
const compiled = new WeakSet<object>();

/** Marks a parsed answer, at every depth, as made by the compiler. */
export function markCompiled<T>(value: T): T {
  if (typeof value === 'object' && value !== null) {
    compiled.add(value);
    for (const inner of Object.values(value)) markCompiled(inner);
  }
  return value;
}

/** The body of a root field's resolver. */
export const readThroughCompiler = (context: unknown, info: GraphQLResolveInfo): Promise<unknown> => (context as ReadingContext).readField(info);

/** The body of a field resolver below a compiled parent. */
export const fromCompiledParent = (source: unknown, info: GraphQLResolveInfo): unknown => (source as Record<string, unknown>)[info.path.key];

/** A mutation's payload: what the compiler read of it, by response key, and the rest by field name. */
export class Payload {
  readonly read: Readonly<Record<string, unknown>>;
  readonly values: Readonly<Record<string, unknown>>;
  constructor(read: Readonly<Record<string, unknown>>, values: Readonly<Record<string, unknown>>) {
    this.read = read;
    this.values = values;
  }
}

/** Takes compiled objects by response key (aliases included) and all others by field name. */
export const fieldResolver: GraphQLFieldResolver<unknown, unknown> = (source, args, context, info) => {
  if (source instanceof Payload && Object.hasOwn(source.read, info.path.key)) return fromCompiledParent(source.read, info);
  if (typeof source === 'object' && source !== null && compiled.has(source)) return fromCompiledParent(source, info);
  // Use cases know head's names, whichever version asks.
  const field = info.parentType.getFields()[info.fieldName];
  return defaultFieldResolver(source instanceof Payload ? source.values : source, args, context, field ? { ...info, fieldName: headName(field) } : info);
};
