/** Changes of types and of enums' values. */
import { Kind } from 'graphql';
import { asBefore, type Told, type ToldEnd, type VersionChange } from './change.ts';
import { coordinateOf } from './coordinate.ts';
import type { Draft } from './draft.ts';
import { named } from './rewrites.ts';

/** `coordinate` is the older name of the type `to`. A type has one name in each version. */
export const renamedType = (coordinate: string, { to, changelog, deprecatedOn, reason }: ToldEnd & { readonly to: string }): VersionChange => ({
  coordinate,
  criticality: 'BREAKING',
  changelog,
  leaving: { deprecatedOn, reason, replacement: to },
  undo: draft => draft.renameType(to, coordinate),
  // Whoever reads its fields without naming it meets the name in `__typename` and in generated code alone.
  rewrite: { at: coordinate, use: use => (use.kind === Kind.NAMED_TYPE ? { ...use, name: named(to) } : use), harmlessAsBefore: true },
});

/** A value that answers can now hold: dangerous for programs that list all values. Older versions say
    `fallback` in its place, do not take it as input, and find it where they ask for the fallback. */
export function addedEnumValue(coordinate: string, { fallback, changelog }: Told & { readonly fallback: string }): VersionChange {
  const { type, member } = coordinateOf(coordinate);
  const undo = (draft: Draft): void => {
    const { values, fallbacks, steps } = draft.type(type, 'ENUM');
    if (!values.delete(member) || !values.has(fallback)) throw new Error(`${type} must have the values ${member} and ${fallback}, so that one can stand for the other.`);
    fallbacks[member] = fallback;
    // What stood for something newer itself passes that on.
    for (const [later, known] of Object.entries(fallbacks)) if (known === member) fallbacks[later] = fallback;
    steps.set(fallback, [...(steps.get(fallback) ?? [fallback]), ...(steps.get(member) ?? [member])]);
    steps.delete(member);
  };
  // Whoever reads the enum may meet it.
  return { coordinate, criticality: 'DANGEROUS', changelog, leaving: null, undo, rewrite: asBefore(type) };
}

/** A value that is no longer taken, nor answered: older versions take it for `meaning`, and do not
    answer it any more. */
export function removedEnumValue(
  coordinate: string,
  { meaning, description, changelog, deprecatedOn, reason }: ToldEnd & { readonly meaning: string; readonly description: string },
): VersionChange {
  const { type, member } = coordinateOf(coordinate);
  const undo = (draft: Draft): void => {
    const { values, steps } = draft.type(type, 'ENUM');
    if (!values.has(meaning) || values.has(member)) throw new Error(`${type} must have the value ${meaning}, and not ${member}, so that the second can mean the first.`);
    values.set(member, { description, value: member });
    steps.set(member, steps.get(meaning) ?? [meaning]);
  };
  return {
    coordinate,
    criticality: 'BREAKING',
    changelog,
    leaving: { deprecatedOn, reason, replacement: `${type}.${meaning}` },
    undo,
    rewrite: { at: coordinate, use: use => (use.kind === Kind.ENUM ? { ...use, value: meaning } : use) },
  };
}
