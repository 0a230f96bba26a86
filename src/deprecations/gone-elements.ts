/** Which elements, once in the API and gone from the version that was asked, made a document or its variables invalid. */
import { Kind, TypeInfo, getNamedType, isEnumType, isInputObjectType, isLeafType, typeFromAST, visit, visitWithTypeInfo } from 'graphql';
import type { ASTNode, DocumentNode, GraphQLError, GraphQLSchema, VariableDefinitionNode } from 'graphql';
import { coordinatesOfNode } from '../versions/index.ts';

/** Coordinates that each error may be about, by the node that it blames. Only nodes that the schema has no
    place for count: a misspelt argument of an element that changed says nothing about the change. */
export function blamedElements(schema: GraphQLSchema, document: DocumentNode, errors: readonly GraphQLError[]): ReadonlyMap<GraphQLError, readonly string[]> {
  const byNode = new Map<ASTNode, GraphQLError[]>();
  for (const error of errors) {
    const node = error.nodes?.[0];
    if (node) byNode.set(node, [...(byNode.get(node) ?? []), error]);
  }
  const blamed = new Map<GraphQLError, readonly string[]>();
  const typeInfo = new TypeInfo(schema);
  visit(
    document,
    visitWithTypeInfo(typeInfo, {
      enter(node) {
        const about = byNode.get(node);
        if (!about || hasPlace(node, typeInfo)) return;
        for (const error of about) blamed.set(error, coordinatesOfNode(node, typeInfo));
      },
    }),
  );
  return blamed;
}

/** Whether the schema has the element, in the form in which the document uses it. */
function hasPlace(node: ASTNode, typeInfo: TypeInfo): boolean {
  switch (node.kind) {
    case Kind.FIELD: {
      const type = getNamedType(typeInfo.getType());
      return type !== undefined && isLeafType(type) === (node.selectionSet === undefined);
    }
    case Kind.ARGUMENT:
      return typeInfo.getArgument() !== null && typeInfo.getArgument() !== undefined;
    case Kind.OBJECT_FIELD:
      return typeInfo.getInputType() !== undefined;
    default:
      return false;
  }
}

/** Values are the caller's: what is nested more deeply than any input type is not looked at. */
const MAX_DEPTH = 50;

/** Coordinates of input fields and enum values in variables that the schema does not know. */
export function unknownInVariables(schema: GraphQLSchema, definitions: readonly VariableDefinitionNode[], values: Readonly<Record<string, unknown>>): string[] {
  const unknown = new Set<string>();
  const read = (type: ReturnType<typeof getNamedType>, value: unknown, depth = 0): void => {
    if (depth > MAX_DEPTH) return;
    if (Array.isArray(value)) return value.forEach(item => read(type, item, depth + 1));
    if (isEnumType(type) && typeof value === 'string' && !type.getValue(value)) unknown.add(`${type.name}.${value}`);
    if (!isInputObjectType(type) || typeof value !== 'object' || value === null) return;
    const fields = type.getFields();
    for (const [name, given] of Object.entries(value)) {
      const field = fields[name];
      if (field) read(getNamedType(field.type), given, depth + 1);
      else unknown.add(`${type.name}.${name}`);
    }
  };
  for (const { variable, type } of definitions) read(getNamedType(typeFromAST(schema, type)), values[variable.name.value]);
  return [...unknown];
}
