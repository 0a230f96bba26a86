/** A schema's SDL, printed once: schemas are immutable, and a large one takes a while. */
import type { GraphQLSchema } from 'graphql';
import { printSdl } from '../graphql/print-schema.ts';

const texts = new WeakMap<GraphQLSchema, string>();

export function sdlOf(schema: GraphQLSchema): string {
  const text = texts.get(schema) ?? printSdl(schema);
  texts.set(schema, text);
  return text;
}
