/**
 * A query inside a query: `consentPreview` is given one to look into. It is held to the bounds of any document
 * that is sent, compiled as it would be, and asked in the one statement that would answer it, but for its data.
 */
import {
  getOperationAST,
  Kind,
  OperationTypeNode,
  parse,
  type DocumentNode,
  type FieldNode,
  type FragmentDefinitionNode,
  type GraphQLSchema,
  type OperationDefinitionNode,
} from 'graphql';
import { CONSENT_PREVIEW, MAX_PREVIEWED_COST, type PreviewQuestion, type PreviewedRead } from '../consent/index.ts';
import { costFormula } from '../limits/index.ts';
import { ReadRequest, Specialization, badInput, type GivenValues, type RunStatement } from '../reads/index.ts';
import type { DocumentReader } from './asked-document.ts';
import { coerceVariables, VariableErrors } from './prepare.ts';
import type { ServedVersion } from './stages.ts';

export interface Previewing {
  readonly served: ServedVersion;
  readonly given: GivenValues;
  readonly readDocument: DocumentReader;
  readonly run: RunStatement;
}

/** The read with what it cost, or null where the gate is closed. Throws BAD_USER_INPUT for a query that would be refused anyhow. */
export async function preview(
  { query, variables, operationName }: PreviewQuestion,
  { served, given, readDocument, run }: Previewing,
): Promise<(PreviewedRead & { cost: number }) | null> {
  const { schema, reader, version } = served;
  const read = readDocument(query, version);
  if (!read.ok) throw badInput(`The previewed query is refused itself: ${read.refusal}`);
  const document = parse(query);
  const operation = getOperationAST(document, operationName);
  if (!operation)
    throw badInput(
      operationName === null ? 'The previewed document has several operations: name one in `operationName`.' : `The previewed document has no operation ${operationName}.`,
    );
  if (operation.operation !== OperationTypeNode.QUERY) throw badInput('Only queries are previewed: a mutation shows nothing of people.');
  const coerced = coercedVariables(schema, operation, variables);
  const cost = costFormula(schema, document, operation).cost(coerced);
  if (cost > MAX_PREVIEWED_COST) throw badInput(`The previewed query costs ${cost}, and one may cost ${MAX_PREVIEWED_COST}: preview it with smaller pages.`);
  const type = schema.getQueryType()!;
  const fragments = fragmentsOf(document);
  const request = new ReadRequest(given, coerced);
  // The other root fields are nobody's data, so nothing of them is refused.
  const select = (specialization: Specialization): Map<string, readonly FieldNode[]> =>
    new Map([...specialization.collect(type, [operation.selectionSet])].filter(([, [node]]) => reader.discloses(type, node!.name.value)));
  const key = `${CONSENT_PREVIEW} ${read.value.hash} ${operation.name?.value ?? ''}`;
  const answer = await reader.read({ key, type, select, fragments, lenient: true, preview: true }, request, run);
  if (!answer) return null;
  const purposes = new Map(
    [...select(new Specialization(schema, fragments, request))].map(([name, [node]]) => [name, request.arguments(type.getFields()[node!.name.value]!, node!)['purpose']]),
  );
  return { cost, denials: answer.errors, fields: answer.refusable.map(field => ({ ...field, purpose: purposes.get(field.path[0]!) })) };
}

const fragmentsOf = ({ definitions }: DocumentNode): Record<string, FragmentDefinitionNode> =>
  Object.fromEntries(definitions.flatMap(definition => (definition.kind === Kind.FRAGMENT_DEFINITION ? [[definition.name.value, definition]] : [])));

function coercedVariables(schema: GraphQLSchema, operation: OperationDefinitionNode, variables: Readonly<Record<string, unknown>>): Record<string, unknown> {
  try {
    return coerceVariables(schema, operation, variables);
  } catch (error) {
    throw error instanceof VariableErrors ? badInput(`The previewed query's variables: ${error.errors.map(({ message }) => message).join(' ')}`) : error;
  }
}
