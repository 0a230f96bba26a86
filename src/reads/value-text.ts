/** JSON text of a value that is known before the statement runs, cut to what was asked of it. */
import { getNamedType, isLeafType, isListType, isNonNullType, isObjectType, type GraphQLOutputType, type SelectionSetNode } from 'graphql';
import { headName } from './head-form.ts';
import { NotCompilable } from './refusal.ts';
import { subselections, type Specialization } from './selection.ts';

/** Writes a value as JSON text and counts its objects. */
export type ValueWriter = (value: unknown) => { text: string; objects: number };

/** The writer for a type and selection. Fields take no arguments here: they are properties. */
export function valueWriter(specialization: Specialization, type: GraphQLOutputType, selectionSets: readonly SelectionSetNode[]): ValueWriter {
  if (isNonNullType(type)) return valueWriter(specialization, type.ofType, selectionSets);
  if (isListType(type)) {
    const writeItem = valueWriter(specialization, type.ofType, selectionSets);
    return value => {
      if (value == null) return { text: 'null', objects: 0 };
      const items = (value as unknown[]).map(writeItem);
      return { text: `[${items.map(item => item.text).join(',')}]`, objects: items.reduce((sum, item) => sum + item.objects, 0) };
    };
  }
  const named = getNamedType(type);
  if (isLeafType(named)) return value => ({ text: value == null ? 'null' : JSON.stringify(named.serialize(value)), objects: 0 });
  if (!isObjectType(named)) throw new NotCompilable(`a value of the abstract type ${named.name}`);
  const fields = [...specialization.collect(named, selectionSets)].map(([key, nodes]) => {
    const name = nodes[0]!.name.value;
    if (name === '__typename') return { key, name, write: () => ({ text: JSON.stringify(named.name), objects: 0 }) };
    const field = named.getFields()[name]!;
    return { key, name: headName(field), write: valueWriter(specialization, field.type, subselections(nodes)) };
  });
  return value => {
    if (value == null) return { text: 'null', objects: 0 };
    let objects = 1;
    const texts = fields.map(({ key, name, write }) => {
      const written = write((value as Record<string, unknown>)[name]);
      objects += written.objects;
      return `"${key}":${written.text}`;
    });
    return { text: `{${texts.join(',')}}`, objects };
  };
}
