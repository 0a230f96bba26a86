/** Whether an operation asks about the schema itself, which says more as time goes on. */
import { Kind, type FragmentDefinitionNode, type SelectionSetNode } from 'graphql';

/** Of a valid query: `__schema` and `__type` are fields of its root. */
export const introspects = ({ selections }: SelectionSetNode, fragments: Readonly<Record<string, FragmentDefinitionNode>>): boolean =>
  selections.some(selection => {
    if (selection.kind === Kind.FIELD) return selection.name.value === '__schema' || selection.name.value === '__type';
    return introspects(selection.kind === Kind.INLINE_FRAGMENT ? selection.selectionSet : fragments[selection.name.value]!.selectionSet, fragments);
  });
