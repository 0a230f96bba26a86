/**
 * What requests use of the API, by schema coordinate, for warnings and counts. An operation's text is
 * read once; what variables hold is read for each request, and only where a variable can hold an
 * element at all. Of requests that use the same, everybody sees the same object, so that what is
 * made of it can be kept by it.
 */
import { createHash } from 'node:crypto';
import {
  getNamedType,
  isEnumType,
  isInputObjectType,
  typeFromAST,
  type DocumentNode,
  type GraphQLSchema,
  type OperationDefinitionNode,
  type VariableDefinitionNode,
} from 'graphql';
import { ofFrozen } from '../base/of-frozen.ts';
import { coordinatesOf, coordinatesOfVariables, type Uses } from '../versions/index.ts';

/** What one request uses. */
export interface RequestUses {
  readonly uses: Uses;
  /** Names the coordinates: SHA-256 of them, hexadecimal. */
  readonly elementSet: string;
}

/** The operation that used it. */
export interface UsingOperation {
  readonly schema: GraphQLSchema;
  readonly document: DocumentNode;
  readonly operation: OperationDefinitionNode;
}

const operations = new WeakMap<RequestUses, UsingOperation>();

/** The operation of a request, for those who look at it after its answer; undefined where nobody knows. */
export const operationOf = (uses: RequestUses): UsingOperation | undefined => operations.get(uses);

/** Combinations of elements in variables that are kept for one operation: beyond them each request is read anew. */
const MAX_KEPT = 100;

export class OperationUses {
  private readonly schema: GraphQLSchema;
  private readonly source: UsingOperation;
  private readonly inText: Uses;
  /** Variables that can hold input fields or enum values. */
  private readonly definitions: readonly VariableDefinitionNode[];
  private readonly kept = new Map<string, RequestUses>();

  /** The document is valid on the schema. */
  constructor(schema: GraphQLSchema, document: DocumentNode, operation: OperationDefinitionNode) {
    this.schema = schema;
    this.source = { schema, document, operation };
    this.inText = coordinatesOf(schema, document, operation);
    this.definitions = (operation.variableDefinitions ?? []).filter(({ type }) => {
      const named = getNamedType(typeFromAST(schema, type));
      return isEnumType(named) || isInputObjectType(named);
    });
    this.kept.set('', this.requestUses(this.inText));
  }

  /** @param variables as they were sent, and valid */
  readonly of = ofFrozen((variables: Readonly<Record<string, unknown>>): RequestUses => {
    if (this.definitions.length === 0) return this.kept.get('')!;
    const inVariables = coordinatesOfVariables(this.schema, this.definitions, variables);
    let key = '';
    for (const [coordinate, places] of inVariables) key += `${coordinate} ${places.map(({ path }) => path).join(' ')}\n`;
    const known = this.kept.get(key);
    if (known) return known;
    const both = new Map(this.inText);
    for (const [coordinate, places] of inVariables) both.set(coordinate, [...(both.get(coordinate) ?? []), ...places]);
    const uses = this.requestUses(both);
    if (this.kept.size < MAX_KEPT) this.kept.set(key, uses);
    return uses;
  });

  private requestUses(uses: Uses): RequestUses {
    const made = { uses, elementSet: elementSetOf([...uses.keys()]) };
    operations.set(made, this.source);
    return made;
  }
}

export const elementSetOf = (coordinates: readonly string[]): string => createHash('sha256').update(coordinates.toSorted().join('\n')).digest('hex');
