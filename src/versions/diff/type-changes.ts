/** Which changes of a type a client survives, by graphql-js's rules, which are the specification's
    covariance for what is read and its contravariance for what is sent. */
import {
  isEnumType,
  isInputObjectType,
  isInterfaceType,
  isListType,
  isNamedType,
  isNonNullType,
  isObjectType,
  isScalarType,
  type GraphQLInputType,
  type GraphQLNamedType,
  type GraphQLOutputType,
} from 'graphql';

/** Whoever reads the old type also understands the new one: it is the same, or promises more. */
export function isSafeToRead(before: GraphQLOutputType, after: GraphQLOutputType): boolean {
  if (isNonNullType(before)) return isNonNullType(after) && isSafeToRead(before.ofType, after.ofType);
  if (isNonNullType(after)) return isSafeToRead(before, after.ofType);
  if (isListType(before)) return isListType(after) && isSafeToRead(before.ofType, after.ofType);
  return isNamedType(after) && before.name === after.name;
}

/** Whatever was valid for the old type is valid for the new one: it is the same, or asks less. */
export function isSafeToSend(before: GraphQLInputType, after: GraphQLInputType): boolean {
  if (isNonNullType(before)) return isSafeToSend(before.ofType, isNonNullType(after) ? after.ofType : after);
  if (isListType(before)) return isListType(after) && isSafeToSend(before.ofType, after.ofType);
  return isNamedType(after) && before.name === after.name;
}

/** The kind in graphql-js's words. */
export function kindOf(type: GraphQLNamedType): string {
  if (isScalarType(type)) return 'a Scalar type';
  if (isObjectType(type)) return 'an Object type';
  if (isInterfaceType(type)) return 'an Interface type';
  if (isEnumType(type)) return 'an Enum type';
  return isInputObjectType(type) ? 'an Input type' : 'a Union type';
}
