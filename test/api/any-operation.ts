/** A document for any root field, with values that fit and are nobody's: for walks over all of them. */
import {
  getNamedType,
  getNullableType,
  isEnumType,
  isInputObjectType,
  isLeafType,
  isListType,
  isNonNullType,
  isObjectType,
  type GraphQLField,
  type GraphQLInputType,
  type GraphQLSchema,
} from 'graphql';
import { newId } from '../../src/base/ids.ts';
import { RELEASES } from '../../src/versions/index.ts';

/** Some value of the type, as a literal. */
function literal(type: GraphQLInputType): string {
  const nullable = getNullableType(type);
  if (isListType(nullable)) return '[]';
  const named = getNamedType(nullable);
  if (isEnumType(named)) return named.getValues()[0]!.name;
  if (isInputObjectType(named)) {
    const fields = Object.values(named.getFields()).filter(field => isNonNullType(field.type) || field.name === 'idempotencyKey');
    return `{ ${fields.map(field => `${field.name}: ${field.name === 'idempotencyKey' ? `"${newId('key')}"` : literal(field.type)}`).join(', ')} }`;
  }
  return { ID: `"${newId('dpn')}"`, Int: '1', Boolean: 'true', SafeInt: '1', CurrencyCode: '"EUR"', Date: '"2027-01-01"', DateTime: '"2027-01-01T00:00:00Z"' }[named.name] ?? '"x"';
}

/** A root field, of either API. */
export interface Operation {
  readonly kind: 'QUERY' | 'MUTATION';
  readonly field: GraphQLField<unknown, unknown>;
}

/** An operation that asks for the field and as little as it can. */
export function documentFor({ kind, field }: Operation): string {
  const given = field.args
    .filter(argument => isNonNullType(argument.type) || argument.name === 'first')
    .map(argument => `${argument.name}: ${argument.name === 'to' ? `"${RELEASES.at(-1)!}"` : literal(argument.type)}`);
  const type = getNamedType(field.type);
  const selection = isLeafType(type) || !isObjectType(type) ? '' : '{ __typename }';
  return `${kind.toLowerCase()} { ${field.name}${given.length > 0 ? `(${given.join(', ')})` : ''} ${selection} }`;
}

/** Every root field of the schema. */
export const operationsOf = (schema: GraphQLSchema): Operation[] => [
  ...Object.values(schema.getQueryType()?.getFields() ?? {}).map(field => ({ kind: 'QUERY' as const, field })),
  ...Object.values(schema.getMutationType()?.getFields() ?? {}).map(field => ({ kind: 'MUTATION' as const, field })),
];
