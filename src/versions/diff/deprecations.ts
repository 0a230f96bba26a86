/** What a schema marks as deprecated, by coordinate. */
import { isEnumType, isInputObjectType, isInterfaceType, isObjectType, type GraphQLSchema } from 'graphql';
import { argumentCoordinate, directiveArgumentCoordinate, fieldCoordinate } from '../coordinates.ts';

/** Reasons by coordinate: of fields, arguments, input fields and enum values, where `@deprecated` can stand. */
export function deprecationsIn(schema: GraphQLSchema): ReadonlyMap<string, string> {
  const reasons = new Map<string, string>();
  const note = (coordinate: string, { deprecationReason }: { readonly deprecationReason?: string | null }): void => {
    if (deprecationReason !== null && deprecationReason !== undefined) reasons.set(coordinate, deprecationReason);
  };
  for (const type of Object.values(schema.getTypeMap())) {
    if (isEnumType(type)) for (const value of type.getValues()) note(fieldCoordinate(type.name, value.name), value);
    if (isInputObjectType(type)) for (const field of Object.values(type.getFields())) note(fieldCoordinate(type.name, field.name), field);
    if (!isObjectType(type) && !isInterfaceType(type)) continue;
    for (const field of Object.values(type.getFields())) {
      note(fieldCoordinate(type.name, field.name), field);
      for (const arg of field.args) note(argumentCoordinate(type.name, field.name, arg.name), arg);
    }
  }
  for (const { name, args } of schema.getDirectives()) for (const arg of args) note(directiveArgumentCoordinate(name, arg.name), arg);
  return reasons;
}
