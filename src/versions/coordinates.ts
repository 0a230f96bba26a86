/**
 * What an operation uses of a schema, as schema coordinates in the GraphQL specification's grammar:
 * for usage counts, deprecation warnings and the upgrade report. Pure, exact, and bounded for hostile
 * documents: every fragment is read at least once, so no coordinate is missed, and read again for
 * another place where it is spread only as long as that stays cheap.
 *
 * Introspection (`__typename`, `__schema`, `__type`) is GraphQL's own and has no coordinates here.
 */
import {
  Kind,
  getNamedType,
  isCompositeType,
  isEnumType,
  isInputObjectType,
  isInputType,
  isListType,
  isNonNullType,
  isUnionType,
  typeFromAST,
  type ASTNode,
  type ArgumentNode,
  type DirectiveNode,
  type DocumentNode,
  type FieldNode,
  type FragmentDefinitionNode,
  type GraphQLArgument,
  type GraphQLCompositeType,
  type GraphQLInputType,
  type GraphQLSchema,
  type OperationDefinitionNode,
  type SelectionSetNode,
  type ValueNode,
  type VariableDefinitionNode,
} from 'graphql';

/** Where a coordinate is used. */
export interface Place {
  /** The response path, dotted, or the variable's, such as `$input.filter`; empty for the operation itself. */
  readonly path: string;
  /** Name of the document's source, and the place in it; null where the document has no locations. */
  readonly at: { readonly source: string; readonly line: number; readonly column: number } | null;
}

/** Places by coordinate, in the order of the document. */
export type Uses = ReadonlyMap<string, readonly Place[]>;

export const fieldCoordinate = (type: string, field: string): string => `${type}.${field}`;
export const argumentCoordinate = (type: string, field: string, argument: string): string => `${type}.${field}(${argument}:)`;
export const directiveCoordinate = (directive: string): string => `@${directive}`;
export const directiveArgumentCoordinate = (directive: string, argument: string): string => `@${directive}(${argument}:)`;

/** Nodes that are read before fragments are no longer read a second time: a document of thirty
    fragments that spread one another twice would unfold to a thousand million. */
const UNFOLDED_NODES = 10_000;
/** Places that are kept for one coordinate; the coordinate itself is never lost. */
const PLACES = 100;

/** What the operation's text uses: types, fields, arguments, input fields, enum values, directives.
    The document is valid on the schema; what the schema does not know is left out. */
export function coordinatesOf(schema: GraphQLSchema, document: DocumentNode, operation: OperationDefinitionNode): Uses {
  const walk = new Walk(schema, document);
  walk.operation(operation);
  return walk.uses;
}

class Walk {
  readonly uses = new Map<string, Place[]>();
  private readonly schema: GraphQLSchema;
  private readonly fragments = new Map<string, FragmentDefinitionNode>();
  private readonly seen = new Set<string>();
  private readonly open = new Set<string>();
  private nodes = 0;

  constructor(schema: GraphQLSchema, document: DocumentNode) {
    this.schema = schema;
    for (const definition of document.definitions) if (definition.kind === Kind.FRAGMENT_DEFINITION) this.fragments.set(definition.name.value, definition);
  }

  operation(operation: OperationDefinitionNode): void {
    const root = this.schema.getRootType(operation.operation);
    if (!root) return;
    this.directives(operation.directives, '');
    for (const definition of operation.variableDefinitions ?? []) this.variable(definition);
    this.selections(root, operation.selectionSet, '');
  }

  private variable(definition: VariableDefinitionNode): void {
    const path = `$${definition.variable.name.value}`;
    const type = typeFromAST(this.schema, definition.type);
    this.directives(definition.directives, path);
    if (!isInputType(type)) return;
    this.note(getNamedType(type).name, path, definition.type);
    if (definition.defaultValue) this.value(type, definition.defaultValue, path);
  }

  private selections(parent: GraphQLCompositeType, { selections }: SelectionSetNode, path: string): void {
    for (const selection of selections) {
      this.nodes += 1;
      this.directives(selection.directives, path);
      if (selection.kind === Kind.FIELD) this.field(parent, selection, path);
      else if (selection.kind === Kind.INLINE_FRAGMENT) this.fragment(selection.typeCondition?.name.value ?? parent.name, selection, selection.typeCondition, path);
      else this.spread(selection.name.value, path);
    }
  }

  private field(parent: GraphQLCompositeType, node: FieldNode, above: string): void {
    const name = node.name.value;
    const definition = isUnionType(parent) ? undefined : parent.getFields()[name];
    if (!definition) return;
    const key = node.alias?.value ?? name;
    const path = above === '' ? key : `${above}.${key}`;
    const type = getNamedType(definition.type);
    this.note(fieldCoordinate(parent.name, name), path, node);
    this.note(type.name, path, node);
    this.arguments(definition.args, node.arguments, path, argument => argumentCoordinate(parent.name, name, argument));
    if (node.selectionSet && isCompositeType(type)) this.selections(type, node.selectionSet, path);
  }

  private spread(name: string, path: string): void {
    const definition = this.fragments.get(name);
    if (!definition || this.open.has(name) || (this.seen.has(name) && this.nodes > UNFOLDED_NODES)) return;
    this.seen.add(name);
    this.open.add(name);
    this.directives(definition.directives, path);
    this.fragment(definition.typeCondition.name.value, definition, definition.typeCondition, path);
    this.open.delete(name);
  }

  private fragment(typeName: string, { selectionSet }: { selectionSet: SelectionSetNode }, condition: ASTNode | undefined, path: string): void {
    const type = this.schema.getType(typeName);
    if (!isCompositeType(type)) return;
    if (condition) this.note(typeName, path, condition);
    this.selections(type, selectionSet, path);
  }

  private directives(nodes: readonly DirectiveNode[] | undefined, path: string): void {
    for (const node of nodes ?? []) {
      const name = node.name.value;
      const definition = this.schema.getDirective(name);
      if (!definition) continue;
      this.note(directiveCoordinate(name), path, node);
      this.arguments(definition.args, node.arguments, path, argument => directiveArgumentCoordinate(name, argument));
    }
  }

  private arguments(definitions: readonly GraphQLArgument[], nodes: readonly ArgumentNode[] | undefined, path: string, coordinate: (name: string) => string): void {
    for (const node of nodes ?? []) {
      const definition = definitions.find(({ name }) => name === node.name.value);
      if (!definition) continue;
      this.note(coordinate(definition.name), path, node);
      this.note(getNamedType(definition.type).name, path, node);
      this.value(definition.type, node.value, path);
    }
  }

  private value(type: GraphQLInputType, node: ValueNode, path: string): void {
    if (node.kind === Kind.LIST) {
      const item = isNonNullType(type) ? type.ofType : type;
      for (const value of node.values) this.value(isListType(item) ? item.ofType : item, value, path);
      return;
    }
    const named = getNamedType(type);
    if (isEnumType(named) && node.kind === Kind.ENUM) this.note(fieldCoordinate(named.name, node.value), path, node);
    if (!isInputObjectType(named) || node.kind !== Kind.OBJECT) return;
    const fields = named.getFields();
    for (const given of node.fields) {
      const field = fields[given.name.value];
      if (!field) continue;
      this.note(fieldCoordinate(named.name, field.name), path, given);
      this.note(getNamedType(field.type).name, path, given);
      this.value(field.type, given.value, path);
    }
  }

  private note(coordinate: string, path: string, { loc }: ASTNode): void {
    const places = this.uses.get(coordinate);
    if (places && places.length >= PLACES) return;
    const place: Place = { path, at: loc ? { source: loc.source.name, line: loc.startToken.line, column: loc.startToken.column } : null };
    if (places) places.push(place);
    else this.uses.set(coordinate, [place]);
  }
}

/** What the values of variables really hold: input fields that were sent, and enum values. The values
    are as they came, before coercion, and valid for their types. */
export function coordinatesOfVariables(schema: GraphQLSchema, definitions: readonly VariableDefinitionNode[], values: Readonly<Record<string, unknown>>): Uses {
  const uses = new Map<string, Place[]>();
  const note = (coordinate: string, path: string): void => {
    const places = uses.get(coordinate);
    if (!places) uses.set(coordinate, [{ path, at: null }]);
    else if (places.length < PLACES && places.at(-1)!.path !== path) places.push({ path, at: null });
  };
  const read = (type: GraphQLInputType, value: unknown, path: string): void => {
    if (value === null || value === undefined) return;
    if (Array.isArray(value)) {
      const list = isNonNullType(type) ? type.ofType : type;
      for (const item of value) read(isListType(list) ? list.ofType : list, item, path);
      return;
    }
    const named = getNamedType(type);
    if (isEnumType(named) && typeof value === 'string' && named.getValue(value)) note(fieldCoordinate(named.name, value), path);
    if (!isInputObjectType(named) || typeof value !== 'object') return;
    const fields = named.getFields();
    for (const [name, given] of Object.entries(value)) {
      const field = fields[name];
      if (!field) continue;
      note(fieldCoordinate(named.name, name), `${path}.${name}`);
      read(field.type, given, `${path}.${name}`);
    }
  };
  for (const { variable, type: node } of definitions) {
    const type = typeFromAST(schema, node);
    if (isInputType(type)) read(type, values[variable.name.value], `$${variable.name.value}`);
  }
  return uses;
}

/** What the values of variables could hold as far as their types go, for documents without values:
    which variable leads to each input type, input field and enum value. */
export function coordinatesBehindVariables(schema: GraphQLSchema, definitions: readonly VariableDefinitionNode[]): ReadonlyMap<string, string> {
  const variables = new Map<string, string>();
  const reach = (type: GraphQLInputType, variable: string): void => {
    const named = getNamedType(type);
    if (variables.has(named.name)) return;
    variables.set(named.name, variable);
    if (isEnumType(named)) for (const { name } of named.getValues()) variables.set(fieldCoordinate(named.name, name), variable);
    if (!isInputObjectType(named)) return;
    for (const field of Object.values(named.getFields())) {
      variables.set(fieldCoordinate(named.name, field.name), variable);
      reach(field.type, variable);
    }
  };
  for (const { variable, type: node } of definitions) {
    const type = typeFromAST(schema, node);
    if (isInputType(type)) reach(type, `$${variable.name.value}`);
  }
  return variables;
}
