/** What all elements of a schema have alike, compared: names, descriptions, deprecation, default values. */
import { Kind, astFromValue, print, type GraphQLArgument, type GraphQLInputField, type ValueNode } from 'graphql';
import type { Changes } from './change.ts';

/** Members of two lists by name, in the order of each list. */
export interface Paired<T> {
  readonly removed: readonly T[];
  readonly added: readonly T[];
  readonly kept: readonly (readonly [before: T, after: T])[];
}

export function paired<T extends { readonly name: string }>(before: readonly T[], after: readonly T[]): Paired<T> {
  const [old, young] = [new Map(before.map(item => [item.name, item])), new Map(after.map(item => [item.name, item]))];
  const kept: [T, T][] = [];
  const removed: T[] = [];
  for (const item of old.values()) {
    const other = young.get(item.name);
    if (other === undefined) removed.push(item);
    else kept.push([item, other]);
  }
  return { removed, kept, added: [...young.values()].filter(({ name }) => !old.has(name)) };
}

interface Described {
  readonly description?: string | null;
  readonly deprecationReason?: string | null;
}

/** Descriptions and deprecations. No client breaks by them, and every reader wants to see them. */
export function compareWords(changes: Changes, coordinate: string, before: Described, after: Described): void {
  const [old, young] = [before.description || null, after.description || null];
  if (old === null && young !== null) changes.safe(coordinate, `${coordinate} has a description now.`);
  else if (old !== null && young === null) changes.safe(coordinate, `${coordinate} has no description any more.`);
  else if (old !== young) changes.safe(coordinate, `${coordinate} has another description.`);

  const [oldReason, reason] = [before.deprecationReason ?? null, after.deprecationReason ?? null];
  if (oldReason === null && reason !== null) changes.safe(coordinate, `${coordinate} was deprecated: ${JSON.stringify(reason)}`);
  else if (oldReason !== null && reason === null) changes.safe(coordinate, `${coordinate} is no longer deprecated.`);
  else if (oldReason !== reason) changes.safe(coordinate, `${coordinate} is deprecated for another reason: ${JSON.stringify(reason)}`);
}

/** The default value as introspection shows it, with the fields of objects in order of their names, so
    that equal values have equal texts; null where there is none. */
export function defaultText({ defaultValue, type, astNode }: GraphQLArgument | GraphQLInputField): string | null {
  if (defaultValue === undefined) return null;
  try {
    const node = astFromValue(defaultValue, type);
    if (node) return print(sorted(node));
  } catch {
    // A custom scalar's default may be any literal, which astFromValue cannot write again.
  }
  return astNode?.defaultValue ? print(sorted(astNode.defaultValue)) : JSON.stringify(defaultValue);
}

function sorted(node: ValueNode): ValueNode {
  if (node.kind === Kind.LIST) return { ...node, values: node.values.map(sorted) };
  if (node.kind !== Kind.OBJECT) return node;
  const fields = node.fields.map(field => ({ ...field, value: sorted(field.value) }));
  return { ...node, fields: fields.toSorted((a, b) => (a.name.value < b.name.value ? -1 : 1)) };
}
