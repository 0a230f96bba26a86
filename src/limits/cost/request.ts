/** The cost of a request as it is sent: a document, variables as JSON, and which operation. */
import { GraphQLError, getOperationAST, getVariableValues, isInputType, parse, typeFromAST, validate, valueFromAST, type DocumentNode, type GraphQLSchema } from 'graphql';
import { costAnswer, type CostAnswer } from './answer.ts';
import { BoundlessOperation, costFormula } from './formula.ts';

export interface RequestToCost {
  readonly query: string;
  readonly variables?: Readonly<Record<string, unknown>> | null;
  readonly operationName?: string | null;
}

/** Why a request has no cost: what the gateway would refuse it for, in graphql-js's errors. */
export type CostFailure = 'GRAPHQL_PARSE_FAILED' | 'GRAPHQL_VALIDATION_FAILED' | 'BAD_USER_INPUT' | 'DOCUMENT_TOO_WIDE';

export type RequestCost = { readonly ok: true; readonly answer: CostAnswer } | { readonly ok: false; readonly code: CostFailure; readonly errors: readonly GraphQLError[] };

/** Most complaints about one request. */
const MAX_ERRORS = 10;

export function requestCost(schema: GraphQLSchema, { query, variables, operationName }: RequestToCost, maximumAvailable: number): RequestCost {
  let document: DocumentNode;
  try {
    document = parse(query);
  } catch (error) {
    return failed('GRAPHQL_PARSE_FAILED', error as GraphQLError);
  }
  const invalid = validate(schema, document, undefined, { maxErrors: MAX_ERRORS });
  if (invalid.length > 0) return failed('GRAPHQL_VALIDATION_FAILED', ...invalid);
  const operation = getOperationAST(document, operationName);
  if (!operation) {
    return failed(
      'BAD_USER_INPUT',
      new GraphQLError(operationName ? 'The document has no operation of the given `operationName`.' : 'The document has several operations: name one in `operationName`.'),
    );
  }
  if (!schema.getRootType(operation.operation)) return failed('GRAPHQL_VALIDATION_FAILED', new GraphQLError(`This API has no ${operation.operation}s.`));
  const { coerced, errors } = getVariableValues(schema, operation.variableDefinitions ?? [], variables ?? {}, { maxErrors: MAX_ERRORS });
  if (errors) return failed('BAD_USER_INPUT', ...errors);
  try {
    return { ok: true, answer: costAnswer(costFormula(schema, document, operation), coerced, maximumAvailable) };
  } catch (error) {
    if (error instanceof BoundlessOperation) return failed('DOCUMENT_TOO_WIDE', new GraphQLError(error.message));
    throw error;
  }
}

const failed = (code: CostFailure, ...errors: readonly GraphQLError[]): RequestCost => ({ ok: false, code, errors });

/** What the one operation of a valid document costs while nobody knows its variables: with their defaults,
    and else the sizes that the schema assumes. Null where it has no bound. */
export function assumedCost(schema: GraphQLSchema, document: DocumentNode): number | null {
  const operation = getOperationAST(document);
  if (!operation) return null;
  const defaults = (operation.variableDefinitions ?? []).flatMap(({ variable, type: written, defaultValue }) => {
    const type = typeFromAST(schema, written);
    return defaultValue && isInputType(type) ? [[variable.name.value, valueFromAST(defaultValue, type)] as const] : [];
  });
  try {
    return costFormula(schema, document, operation).cost(Object.fromEntries(defaults));
  } catch (error) {
    if (error instanceof BoundlessOperation) return null;
    throw error;
  }
}
