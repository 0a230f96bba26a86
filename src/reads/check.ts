/** Whether a schema's mappings hold together, asked once at start so that no request finds out. */
import { getNamedType, isAbstractType, isLeafType, isNonNullType, isObjectType, type GraphQLField, type GraphQLObjectType, type GraphQLSchema } from 'graphql';
import { headName } from './head-form.ts';
import type { FieldRead, ReadMapping } from './mapping.ts';

/** What is wrong with the mapping, a line each; empty where every field below Query, and every object of
    a mutation's payload, can be read and every table that is read says what confines it. */
export function mappingFaults(schema: GraphQLSchema, mapping: ReadMapping): string[] {
  const faults: string[] = [];
  for (const [type, source] of [...mapping.sources, ...mapping.abstractSources]) {
    if (Object.keys(source.scope).length === 0) faults.push(`${type} reads the table ${source.table} without a scope, so nothing would confine its rows to the caller.`);
  }
  const seen = new Set<GraphQLObjectType>();
  const visit = (type: GraphQLObjectType): void => {
    if (seen.has(type)) return;
    seen.add(type);
    for (const field of Object.values(type.getFields())) faults.push(...visitField(type, field));
  };
  const visitField = (type: GraphQLObjectType, field: GraphQLField<unknown, unknown>): string[] => {
    const coordinate = `${type.name}.${field.name}`;
    const read = mapping.fields.get(coordinate);
    if (!read) return [`${coordinate} has no read mapping.`];
    if (mapping.refusals.has(coordinate) && isNonNullType(field.type)) return [`${coordinate} may be refused, so it must be nullable.`];
    const target = getNamedType(field.type);
    if (isLeafType(target) || read.kind === 'node' || read.kind === 'nodes') return [];
    if (!isObjectType(target)) return abstractFaults(coordinate, target.name);
    return targetFaults(coordinate, read, target);
  };
  const abstractFaults = (coordinate: string, name: string): string[] => {
    const source = mapping.abstractSources.get(name);
    if (!source) return [`${coordinate} reads rows of ${name}, which names no table.`];
    for (const possible of Object.values(source.types)) {
      const type = schema.getType(possible);
      if (!isObjectType(type)) return [`${name} names ${possible}, which is no object type.`];
      visit(type);
    }
    return [];
  };
  const targetFaults = (coordinate: string, read: FieldRead, target: GraphQLObjectType): string[] => {
    if (read.kind === 'value') return [];
    if (read.kind === 'embedded') {
      return Object.values(target.getFields()).flatMap(field =>
        headName(field) in read.fields ? [] : [`${coordinate} does not say where ${target.name}.${field.name} comes from.`],
      );
    }
    const row = read.kind === 'page' ? getNamedType(target.getFields()['nodes']?.type) : target;
    if (isAbstractType(row)) return abstractFaults(coordinate, row.name);
    if (!isObjectType(row)) return [`${coordinate} is a page, but ${target.name} is no connection.`];
    visit(row);
    const through = 'through' in read && read.through && Object.keys(read.through.scope).length === 0 ? [`${coordinate} goes through ${read.through.table} without a scope.`] : [];
    return read.kind === 'inline' || mapping.sources.has(row.name) ? through : [...through, `${coordinate} reads rows of ${row.name}, which names no table.`];
  };
  const query = schema.getQueryType();
  if (query) visit(query);
  // A payload's objects are read; its other fields are values that the use case made.
  for (const mutation of Object.values(schema.getMutationType()?.getFields() ?? {})) {
    const payload = getNamedType(mutation.type);
    if (!isObjectType(payload)) continue;
    for (const field of Object.values(payload.getFields())) {
      if (mapping.fields.has(`${payload.name}.${field.name}`) || mapping.sources.has(getNamedType(field.type).name)) faults.push(...visitField(payload, field));
    }
  }
  return faults;
}
