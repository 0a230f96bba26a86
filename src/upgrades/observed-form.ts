/**
 * An operation without the values in its text: what is kept of one that was sent. A value that could be
 * personal (a string, an id, whatever a scalar of our own holds) becomes a variable of the same type; names, enum
 * values, booleans, null and whole numbers stay, since they are the API's words and page sizes. The form is
 * valid where the operation is, and the same for all values, so that a program that writes values into its
 * documents is one operation and not thousands.
 */
import {
  Kind,
  TypeInfo,
  getNamedType,
  isEnumType,
  isInputObjectType,
  isNonNullType,
  parseType,
  print,
  separateOperations,
  visit,
  visitWithTypeInfo,
  type ASTNode,
  type DocumentNode,
  type GraphQLInputType,
  type GraphQLSchema,
  type OperationDefinitionNode,
  type ValueNode,
  type VariableDefinitionNode,
} from 'graphql';

/** Built-in types whose literals say nothing of anybody. */
const HARMLESS = new Set(['Int', 'Boolean']);

/** The operation with the fragments that it needs, as text. The document is valid on the schema. */
export function observedForm(schema: GraphQLSchema, document: DocumentNode, operation: OperationDefinitionNode): string {
  const alone = separateOperations(document)[operation.name?.value ?? ''] ?? document;
  const moved = new MovedValues(alone);
  const typeInfo = new TypeInfo(schema);
  const form = visit(
    alone,
    visitWithTypeInfo(typeInfo, {
      enter(node, _key, parent) {
        // A default is a value, too. Without it the variable has to be given wherever it could be left out.
        if (node.kind === Kind.VARIABLE_DEFINITION) return withoutDefault(schema, node);
        // Within a list the type at hand is already that of its items.
        const type = node.kind === Kind.LIST ? typeInfo.getParentInputType() : typeInfo.getInputType();
        if (!isLiteral(node) || !type || !isPersonal(type) || node.kind === Kind.NULL || holdsVariable(node)) return undefined;
        const holder = parent && 'kind' in parent && (parent.kind === Kind.ARGUMENT || parent.kind === Kind.OBJECT_FIELD) ? parent.name.value : 'item';
        return moved.variableFor(type, holder);
      },
    }),
  );
  return print(moved.declaredIn(form));
}

const LITERALS = new Set<string>([Kind.INT, Kind.FLOAT, Kind.STRING, Kind.BOOLEAN, Kind.NULL, Kind.ENUM, Kind.LIST, Kind.OBJECT]);
const isLiteral = (node: ASTNode): node is Exclude<ValueNode, { kind: Kind.VARIABLE }> => LITERALS.has(node.kind);

/** Whether a literal of the type could be anybody's; of an input object its fields say so, each for itself. */
function isPersonal(type: GraphQLInputType): boolean {
  const named = getNamedType(type);
  return !isEnumType(named) && !isInputObjectType(named) && !HARMLESS.has(named.name);
}

function holdsVariable(node: ASTNode): boolean {
  let holds = false;
  visit(node, { Variable: () => void (holds = true) });
  return holds;
}

function withoutDefault(schema: GraphQLSchema, definition: VariableDefinitionNode): VariableDefinitionNode | undefined {
  if (!definition.defaultValue) return undefined;
  const { defaultValue, ...rest } = definition;
  const named = definition.type.kind === Kind.NAMED_TYPE ? schema.getType(definition.type.name.value) : undefined;
  if (defaultValue.kind === Kind.NULL || isEnumType(named) || (named && HARMLESS.has(named.name))) return undefined;
  return { ...rest, type: definition.type.kind === Kind.NON_NULL_TYPE ? definition.type : { kind: Kind.NON_NULL_TYPE, type: definition.type } };
}

/** The variables that values were moved into. */
class MovedValues {
  private readonly names = new Set<string>();
  private readonly definitions: VariableDefinitionNode[] = [];

  constructor(document: DocumentNode) {
    visit(document, { VariableDefinition: ({ variable }) => void this.names.add(variable.name.value) });
  }

  variableFor(type: GraphQLInputType, hint: string): ValueNode {
    let name = hint;
    for (let n = 2; this.names.has(name); n++) name = `${hint}${n}`;
    this.names.add(name);
    const variable = { kind: Kind.VARIABLE, name: { kind: Kind.NAME, value: name } } as const;
    // A place with a default takes null for it; the value that stood there was none.
    this.definitions.push({ kind: Kind.VARIABLE_DEFINITION, variable, type: parseType(isNonNullType(type) ? String(type) : `${String(type)}!`) });
    return variable;
  }

  declaredIn(document: DocumentNode): DocumentNode {
    if (this.definitions.length === 0) return document;
    return visit(document, { OperationDefinition: node => ({ ...node, variableDefinitions: [...(node.variableDefinitions ?? []), ...this.definitions] }) });
  }
}
