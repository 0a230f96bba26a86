/** Which elements of a schema a node of a document names, for those who visit documents with a `TypeInfo`. */
import { Kind, getNamedType, isInterfaceType, isObjectType, type ASTNode, type GraphQLNamedType, type TypeInfo } from 'graphql';

/** Coordinates, whether the schema has such an element or not; a field's come with its type's. */
export function coordinatesOfNode(node: ASTNode, typeInfo: TypeInfo): string[] {
  switch (node.kind) {
    case Kind.FIELD: {
      const owners = ownersOf(typeInfo.getParentType());
      const type = getNamedType(typeInfo.getType());
      return [...owners.map(owner => `${owner}.${node.name.value}`), ...(type ? [type.name] : [])];
    }
    case Kind.ARGUMENT: {
      const field = typeInfo.getDirective() ? null : typeInfo.getFieldDef();
      return field ? ownersOf(typeInfo.getParentType()).map(owner => `${owner}.${field.name}(${node.name.value}:)`) : [];
    }
    case Kind.OBJECT_FIELD:
      return [`${getNamedType(typeInfo.getParentInputType())?.name ?? ''}.${node.name.value}`];
    case Kind.ENUM:
      return [`${getNamedType(typeInfo.getInputType())?.name ?? ''}.${node.value}`];
    case Kind.NAMED_TYPE:
      return [node.name.value];
    default:
      return [];
  }
}

/** The type and the interfaces that its fields may come from. */
const ownersOf = (type: GraphQLNamedType | null | undefined): string[] =>
  isObjectType(type) || isInterfaceType(type) ? [type.name, ...type.getInterfaces().map(({ name }) => name)] : [];
