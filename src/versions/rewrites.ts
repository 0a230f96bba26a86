/** Building blocks of rewrite rules. What they make keeps its response key, so that a program finds
    an answer where it looked for it. */
import { Kind, parseValue, type ArgumentNode, type FieldNode, type NameNode } from 'graphql';

export const named = (value: string): NameNode => ({ kind: Kind.NAME, value });

/** The selection at the end of a path: `currency` at `amount.currency` is `currency: amount { currency }`.
    @param args of the path's first field, as they are written, where the selection's own do not belong there */
export function selectedAt(field: FieldNode, path: readonly string[], args: Readonly<Record<string, string>> = {}): FieldNode {
  const [first, ...rest] = path;
  const key = field.alias?.value ?? field.name.value;
  const { alias: _alias, directives, selectionSet, ...plain } = field;
  const added = Object.entries(args).map(([name, value]): ArgumentNode => ({ kind: Kind.ARGUMENT, name: named(name), value: parseValue(value) }));
  const inner = rest.toReversed().reduce<FieldNode['selectionSet']>(
    (selections, name, i) => ({
      kind: Kind.SELECTION_SET,
      selections: [{ kind: Kind.FIELD, name: named(name), ...(i === 0 ? { arguments: field.arguments } : {}), ...(selections ? { selectionSet: selections } : {}) }],
    }),
    selectionSet,
  );
  return {
    ...plain,
    name: named(first!),
    arguments: rest.length === 0 ? field.arguments : added,
    ...(key === first ? {} : { alias: named(key) }),
    ...(directives ? { directives } : {}),
    ...(inner ? { selectionSet: inner } : {}),
  };
}
