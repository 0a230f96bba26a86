/**
 * A schema from text: SDL or the answer to an introspection query. What is wrong with it is said with
 * its place, and whatever can still be compared is kept, because published schemas do have faults.
 */
import {
  GraphQLDeprecatedDirective,
  GraphQLError,
  GraphQLSpecifiedByDirective,
  Kind,
  Source,
  buildASTSchema,
  getDirectiveValues,
  isTypeDefinitionNode,
  isTypeExtensionNode,
  isTypeSystemDefinitionNode,
  isTypeSystemExtensionNode,
  parse,
  specifiedScalarTypes,
  validateSchema,
  visit,
  type DocumentNode,
  type GraphQLSchema,
  type TypeDefinitionNode,
  type TypeExtensionNode,
  type TypeNode,
} from 'graphql';
import { validateSDL } from 'graphql/validation/validate.js';
import { readIntrospection } from './read-introspection.ts';
import { UnusableSchema, problemsOf, type ReadSchema, type SchemaText } from './schema-text.ts';

/** Reads SDL or introspection JSON, whichever it is. Throws UnusableSchema. */
export function readSchema({ name, text }: SchemaText): ReadSchema {
  // No SDL document begins with a brace.
  if (/^[\uFEFF\s]*[{[]/.test(text)) return readIntrospection({ name, text });
  const document = parsed({ name, text });
  const errors = [...validateSDL(document)];
  const { document: whole, missing } = errors.length === 0 ? { document, missing: new Set<string>() } : completed(document);
  const schema = built(name, whole, errors);
  // Of a schema that is mended, type by type, faults would be told that are not its own.
  if (errors.length === 0) errors.push(...validateSchema(schema));
  return { schema, missing, problems: problemsOf(name, errors) };
}

function parsed({ name, text }: SchemaText): DocumentNode {
  try {
    const document = parse(new Source(text, name));
    if (document.definitions.some(node => isTypeSystemDefinitionNode(node) || isTypeSystemExtensionNode(node))) return document;
  } catch (error) {
    if (error instanceof GraphQLError) throw new UnusableSchema(problemsOf(name, [error]).join('\n'), { cause: error });
    throw error;
  }
  throw new UnusableSchema(`${name}: It defines no types. Give a schema: SDL, or the JSON answer to an introspection query.`);
}

/** Undefined types become scalars, and extensions of nothing become definitions. */
function completed(document: DocumentNode): { document: DocumentNode; missing: Set<string> } {
  const defined = new Set(specifiedScalarTypes.map(({ name }) => name));
  for (const node of document.definitions) if (isTypeDefinitionNode(node)) defined.add(node.name.value);
  const definitions = document.definitions.map(node => {
    if (!isTypeExtensionNode(node) || defined.has(node.name.value)) return node;
    defined.add(node.name.value);
    return definitionOf(node);
  });
  const missing = new Set<string>();
  visit(document, { NamedType: ({ name }) => void (defined.has(name.value) || missing.add(name.value)) });
  const scalars = [...missing].map((value): TypeDefinitionNode => ({ kind: Kind.SCALAR_TYPE_DEFINITION, name: { kind: Kind.NAME, value } }));
  return { document: { ...document, definitions: [...definitions, ...scalars] }, missing };
}

const DEFINITION_KINDS = {
  [Kind.SCALAR_TYPE_EXTENSION]: Kind.SCALAR_TYPE_DEFINITION,
  [Kind.OBJECT_TYPE_EXTENSION]: Kind.OBJECT_TYPE_DEFINITION,
  [Kind.INTERFACE_TYPE_EXTENSION]: Kind.INTERFACE_TYPE_DEFINITION,
  [Kind.UNION_TYPE_EXTENSION]: Kind.UNION_TYPE_DEFINITION,
  [Kind.ENUM_TYPE_EXTENSION]: Kind.ENUM_TYPE_DEFINITION,
  [Kind.INPUT_OBJECT_TYPE_EXTENSION]: Kind.INPUT_OBJECT_TYPE_DEFINITION,
} as const;

const definitionOf = (node: TypeExtensionNode): TypeDefinitionNode => ({ ...node, kind: DEFINITION_KINDS[node.kind] }) as TypeDefinitionNode;

function built(name: string, document: DocumentNode, errors: GraphQLError[]): GraphQLSchema {
  try {
    return buildASTSchema(document, { assumeValidSDL: true });
  } catch {
    try {
      return buildASTSchema(evaluable(document, errors), { assumeValidSDL: true });
    } catch (error) {
      const problems = problemsOf(name, error instanceof GraphQLError ? [...errors, error] : errors);
      throw new UnusableSchema(problems.length > 0 ? problems.join('\n') : `${name}: ${(error as Error).message}`, { cause: error });
    }
  }
}

/** The document without the values at which graphql-js stops, since it evaluates them while it builds:
    of two directives, and defaults of what can have none. */
function evaluable(document: DocumentNode, errors: GraphQLError[]): DocumentNode {
  const evaluated = [GraphQLDeprecatedDirective, GraphQLSpecifiedByDirective];
  const answers = new Set(document.definitions.flatMap(node => (isTypeDefinitionNode(node) && OUTPUT_KINDS.has(node.kind) ? [node.name.value] : [])));
  return visit(document, {
    Directive(node) {
      const directive = evaluated.find(({ name }) => name === node.name.value);
      try {
        if (directive) getDirectiveValues(directive, { directives: [node] });
      } catch (error) {
        if (!(error instanceof GraphQLError)) throw error;
        if (!errors.some(({ message }) => message === error.message)) errors.push(error);
        return null;
      }
      return undefined;
    },
    InputValueDefinition({ defaultValue, ...node }) {
      const type = namedType(node.type);
      if (!defaultValue || !answers.has(type)) return undefined;
      errors.push(new GraphQLError(`${type} is no input type, so that there can be no default value.`, { nodes: defaultValue }));
      return node;
    },
  });
}

const OUTPUT_KINDS: ReadonlySet<string> = new Set([Kind.OBJECT_TYPE_DEFINITION, Kind.INTERFACE_TYPE_DEFINITION, Kind.UNION_TYPE_DEFINITION]);

const namedType = (type: TypeNode): string => (type.kind === Kind.NAMED_TYPE ? type.name.value : namedType(type.type));
