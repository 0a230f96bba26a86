/** Documents that a partner hands over as data: would they pass in a version? */
import { parse, validate, type GraphQLSchema } from 'graphql';
import { UNSTABLE } from '../versions/index.ts';
import type { DocumentGuard } from './guard.ts';
import { Refusal } from './refusal.ts';

/** What is wrong with the document in a version, in a sentence; null where nothing is. A version that is not
    there yet is made of the head. */
export type DocumentCheck = (version: string, document: string) => string | null;

export const documentCheck =
  (guard: DocumentGuard, schemas: ReadonlyMap<string, { readonly schema: GraphQLSchema }>): DocumentCheck =>
  (version, text) => {
    const { schema } = schemas.get(version) ?? schemas.get(UNSTABLE)!;
    try {
      guard.check(text);
      const [error] = validate(schema, parse(text), undefined, { maxErrors: 1 });
      return error?.message ?? null;
    } catch (error) {
      // Too large, or no GraphQL.
      if (error instanceof Refusal || (error as Error).name === 'GraphQLError') return (error as Error).message;
      throw error;
    }
  };
