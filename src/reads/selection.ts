/**
 * Selections made concrete. A statement's text may depend on variables (`@skip`, whether `after`
 * is present, which filter fields are given); each such dependence is a question with an answer.
 * Compiling asks the questions of one request and records the answers; the statement serves every
 * request that answers them alike.
 */
import {
  GraphQLIncludeDirective,
  GraphQLSkipDirective,
  Kind,
  getDirectiveValues,
  isAbstractType,
  type FieldNode,
  type FragmentDefinitionNode,
  type GraphQLObjectType,
  type GraphQLSchema,
  type SelectionNode,
  type SelectionSetNode,
} from 'graphql';
import type { ReadRequest } from './request.ts';

type Answer = string | number | boolean;

/** What a compiled statement took for granted of its request. */
export interface Guard {
  readonly question: (request: ReadRequest) => Answer;
  readonly answer: Answer;
}

/** The operation for the request at hand, remembering on what the outcome depends. */
export class Specialization {
  readonly guards: Guard[] = [];
  readonly schema: GraphQLSchema;
  readonly fragments: Readonly<Record<string, FragmentDefinitionNode>>;
  readonly request: ReadRequest;

  constructor(schema: GraphQLSchema, fragments: Readonly<Record<string, FragmentDefinitionNode>>, request: ReadRequest) {
    this.schema = schema;
    this.fragments = fragments;
    this.request = request;
  }

  /** Asks the request, and holds the statement to the answer. */
  decide<T extends Answer>(question: (request: ReadRequest) => T): T {
    const answer = question(this.request);
    this.guards.push({ question, answer });
    return answer;
  }

  /** CollectFields of the GraphQL specification (section 6.3.2): nodes by response key, in order. */
  collect(type: GraphQLObjectType, selectionSets: readonly SelectionSetNode[]): Map<string, FieldNode[]> {
    const fields = new Map<string, FieldNode[]>();
    const visited = new Set<string>();
    for (const set of selectionSets) this.collectInto(fields, visited, type, set);
    return fields;
  }

  private collectInto(fields: Map<string, FieldNode[]>, visited: Set<string>, type: GraphQLObjectType, set: SelectionSetNode): void {
    for (const selection of set.selections) {
      if (!this.includes(selection)) continue;
      if (selection.kind === Kind.FIELD) {
        const key = selection.alias?.value ?? selection.name.value;
        const nodes = fields.get(key);
        if (nodes) nodes.push(selection);
        else fields.set(key, [selection]);
      } else if (selection.kind === Kind.INLINE_FRAGMENT) {
        if (this.applies(type, selection.typeCondition?.name.value)) this.collectInto(fields, visited, type, selection.selectionSet);
      } else if (!visited.has(selection.name.value)) {
        visited.add(selection.name.value);
        const fragment = this.fragments[selection.name.value];
        if (fragment && this.applies(type, fragment.typeCondition.name.value)) this.collectInto(fields, visited, type, fragment.selectionSet);
      }
    }
  }

  private includes(selection: SelectionNode): boolean {
    if (!selection.directives?.length) return true;
    const evaluate = ({ variables }: ReadRequest): boolean =>
      getDirectiveValues(GraphQLSkipDirective, selection, variables)?.['if'] !== true && getDirectiveValues(GraphQLIncludeDirective, selection, variables)?.['if'] !== false;
    const depends = selection.directives.some(directive => directive.arguments?.some(argument => argument.value.kind === Kind.VARIABLE));
    return depends ? this.decide(evaluate) : evaluate(this.request);
  }

  private applies(type: GraphQLObjectType, condition: string | undefined): boolean {
    if (condition === undefined || condition === type.name) return true;
    const conditional = this.schema.getType(condition);
    return isAbstractType(conditional) && this.schema.isSubType(conditional, type);
  }
}

/** The selection sets below a field, of all its merged nodes. */
export const subselections = (nodes: readonly FieldNode[]): SelectionSetNode[] => nodes.flatMap(node => node.selectionSet ?? []);
