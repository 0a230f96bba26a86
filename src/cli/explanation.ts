/** What an operation becomes on the road: its plan, statement by statement, in words. For `portico explain`. */
import { Kind, OperationTypeNode, type DocumentNode, type FieldNode, type GraphQLObjectType, type GraphQLSchema, type OperationDefinitionNode } from 'graphql';
import { DEFAULT_MAXIMUM_COST, costAnswer, costFormula, type CostAnswer } from '../limits/index.ts';
import { callerGate } from '../partners/index.ts';
import { compileRead, type CompilerOptions } from '../reads/compile.ts';
import { NotCompilable, Specialization, type ReadMapping, type ReadRequest, type Statement } from '../reads/index.ts';
import { Plans, statementFor } from '../reads/plans.ts';
import { TracedRequest, varies } from './traced-request.ts';

export interface Explained {
  readonly roots: readonly { readonly field: string; readonly reads: string }[];
  /** Why graphql-js runs the operation instead of one statement; null where it does not. */
  readonly fallback: string | null;
  readonly cost: CostAnswer;
  readonly statements: readonly ExplainedStatement[];
}

export interface ExplainedStatement {
  /** What it answers: the operation, or the response key of one of its root fields. */
  readonly answers: string;
  readonly plan: string;
  readonly sql: string;
  /** In the order of `$1`, `$2`, ... */
  readonly parameters: readonly { readonly type: string; readonly from: readonly string[] }[];
  /** What requests with the same document may differ in. The plan is right for those with the same answers. */
  readonly decisions: readonly { readonly on: readonly string[]; readonly answer: string | number | boolean }[];
  /** For the request at hand. Throws GraphQLErrors for values that cannot be meant. */
  readonly statement: () => Statement;
}

export interface ToExplain {
  readonly schema: GraphQLSchema;
  readonly mapping: ReadMapping;
  readonly document: DocumentNode;
  readonly operation: OperationDefinitionNode;
  readonly request: ReadRequest;
}

/** Beyond any operation's plans: they are made to be looked at, and kept for as long as that takes. */
const PLAN_BYTES = 100_000_000;

/** Throws GraphQLErrors for arguments that cannot be meant. */
export function explain(given: ToExplain): Explained {
  const { schema, mapping, document, operation, request } = given;
  const type = schema.getRootType(operation.operation)!;
  const fragments = Object.fromEntries(document.definitions.flatMap(definition => (definition.kind === Kind.FRAGMENT_DEFINITION ? [[definition.name.value, definition]] : [])));
  const specialize = (): Specialization => new Specialization(schema, fragments, request);
  const specialization = specialize();
  const fields = specialization.collect(type, [operation.selectionSet]);
  const cost = costAnswer(costFormula(schema, document, operation), request.variables, DEFAULT_MAXIMUM_COST);
  const statementOf = (answers: string, specialized: Specialization, selected: ReadonlyMap<string, readonly FieldNode[]>, lenient: boolean): ExplainedStatement =>
    explainStatement(answers, { mapping, databaseSchema: 'portico', gate: callerGate, lenient }, specialized, type, selected);
  if (operation.operation !== OperationTypeNode.QUERY) {
    const roots = [...fields.keys()].map(field => ({ field, reads: 'a use case' }));
    return { roots, fallback: 'a mutation is a use case in a transaction, which reads its payload itself', cost, statements: [] };
  }
  const roots = [...fields].map(([key, [node]]) => ({ field: key, reads: inWords(mapping, type, node!.name.value) }));
  try {
    return { roots, fallback: null, cost, statements: [statementOf('the operation', specialization, fields, false)] };
  } catch (error) {
    if (!(error instanceof NotCompilable)) throw error;
    const read = [...fields].filter(([, [node]]) => mapping.fields.has(`${type.name}.${node!.name.value}`));
    return {
      roots,
      fallback: `the compiler does not take ${error.message}`,
      cost,
      statements: read.map(([key, nodes]) => statementOf(key, specialize(), new Map([[key, nodes]]), true)),
    };
  }
}

function explainStatement(
  answers: string,
  options: CompilerOptions,
  specialization: Specialization,
  type: GraphQLObjectType,
  fields: ReadonlyMap<string, readonly FieldNode[]>,
): ExplainedStatement {
  const plan = new Plans(PLAN_BYTES).keep(answers, compileRead(options, specialization, type, fields));
  const traced = new TracedRequest(specialization.request);
  return {
    answers,
    plan: plan.name,
    sql: indented(plan.text),
    parameters: plan.params.map(({ type: bound, value }) => ({ type: bound, from: traced.dependencies(value) })),
    // The document itself decides the rest, and a plan belongs to one document.
    decisions: plan.guards.map(({ question, answer }) => ({ on: traced.dependencies(question).filter(varies), answer })).filter(({ on }) => on.length > 0),
    statement: () => statementFor(plan, specialization.request),
  };
}

/** Where a root field's value comes from. */
function inWords(mapping: ReadMapping, type: GraphQLObjectType, name: string): string {
  const read = mapping.fields.get(`${type.name}.${name}`);
  if (!read) return 'no table: graphql-js answers it';
  switch (read.kind) {
    case 'one':
      return 'one row';
    case 'many':
      if (read.limit === undefined) return 'all rows that belong to it';
      return typeof read.limit === 'number' ? `the first ${read.limit} rows that belong to it` : `the first rows that belong to it, as many as \`${read.limit.argument}\` says`;
    case 'page':
      return 'a page of rows';
    case 'disclosed':
      return 'one row, and an entry of the access log';
    case 'value':
      return `the given value ${read.name}`;
    case 'node':
      return 'the row of the id';
    case 'nodes':
      return 'the rows of the ids';
    default:
      return 'no row of its own';
  }
}

/** The statement with each line as deep as the parentheses that it stands in. Line ends within a
    literal are the literal's own. */
function indented(text: string): string {
  let depth = 0;
  return text.replaceAll(/'(?:[^']|'')*'|[()]|\n(?=(\)*))/g, (token, closing: string | undefined) => {
    if (token === '(') depth += 1;
    else if (token === ')') depth -= 1;
    return token === '\n' ? `\n${'  '.repeat(Math.max(0, depth - (closing?.length ?? 0)))}` : token;
  });
}
