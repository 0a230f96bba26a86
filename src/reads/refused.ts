/** Refused values as GraphQL errors: folded, so that a thousand rows do not make a thousand errors. */
import { GraphQLError } from 'graphql';
import type { RefusedField } from './compile.ts';

/** Most errors that refusals make in one answer. */
export const MAX_REFUSAL_ERRORS = 50;

const same = <T>(extensions: T): T => extensions;

interface Entry {
  /** The refused field's place in the plan's list. */
  readonly refusal: number;
  readonly extensions: Readonly<Record<string, unknown>>;
}

/** One error for each field and set of extensions, in the order of their first occurrence.
    @param entries the statement's `errors`: JSON objects separated by commas, or null */
export function refusalErrors(fields: readonly RefusedField[], entries: string | null): GraphQLError[] {
  if (entries === null) return [];
  const folded = new Map<string, { entry: Entry; count: number }>();
  for (const entry of JSON.parse(`[${entries}]`) as Entry[]) {
    const key = JSON.stringify(entry);
    const known = folded.get(key);
    if (known) known.count += 1;
    else folded.set(key, { entry, count: 1 });
  }
  return [...folded.values()].slice(0, MAX_REFUSAL_ERRORS).map(({ entry: { refusal, extensions }, count }) => {
    const {
      path,
      refusal: { code, message, tell = same },
    } = fields[refusal]!;
    return new GraphQLError(message, { path: [...path], extensions: { code, ...tell(extensions), count } });
  });
}
