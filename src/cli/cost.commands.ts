/** `portico cost`: what operations cost, from files alone. Partners run it too, against the SDL of the
    version that they use; it says what the gateway will charge. */
import { readFileSync } from 'node:fs';
import { GraphQLError, Kind, Source, buildSchema, parse, type GraphQLSchema } from 'graphql';
import { ConfigError } from '../config.ts';
import { requestCost, type CostAnswer } from '../limits/index.ts';

interface CostOptions {
  readonly schema: string;
  readonly variables?: string;
  readonly maximum: number;
  readonly format: 'human' | 'json';
}

interface OperationCost extends CostAnswer {
  readonly file: string;
  readonly operationName: string | null;
}

export function tellCosts(files: readonly string[], { schema: schemaFile, variables: variablesFile, maximum, format }: CostOptions): void {
  if (!(maximum >= 0)) throw new ConfigError('--maximum must be a number of 0 or more.');
  const schema = schemaIn(schemaFile);
  const variables = variablesFile === undefined ? {} : variablesIn(variablesFile);
  const costs = files.flatMap(file => costsIn(file, schema, variables, maximum));
  process.stdout.write(format === 'json' ? `${JSON.stringify(costs.length === 1 ? costs[0] : costs)}\n` : `${costs.map(inText).join('\n\n')}\n`);
}

function costsIn(file: string, schema: GraphQLSchema, variables: Readonly<Record<string, unknown>>, maximum: number): OperationCost[] {
  const query = textOf(file);
  const operations = told(file, () => parse(query)).definitions.flatMap(definition => (definition.kind === Kind.OPERATION_DEFINITION ? [definition] : []));
  if (operations.length === 0) throw new ConfigError(`${file} holds no operation.`);
  return operations.map(({ name }) => {
    const operationName = name?.value ?? null;
    const cost = requestCost(schema, { query, variables, operationName }, maximum);
    if (!cost.ok) throw new ConfigError(`${file}${operationName === null ? '' : `, operation ${operationName}`}:\n${cost.errors.map(String).join('\n\n')}`);
    return { file, operationName, ...cost.answer };
  });
}

function schemaIn(file: string): GraphQLSchema {
  const text = textOf(file);
  if (text.trimStart().startsWith('{'))
    throw new ConfigError(`${file} looks like the answer to an introspection query, which says nothing about costs. Take the SDL: GET /schema/<version>.graphql.`);
  return told(file, () => buildSchema(new Source(text, file)));
}

function variablesIn(file: string): Readonly<Record<string, unknown>> {
  const wrong = new ConfigError(`${file} must hold a JSON object, such as {"first": 10}.`);
  let variables: unknown;
  try {
    variables = JSON.parse(textOf(file));
  } catch (error) {
    throw error instanceof SyntaxError ? wrong : error;
  }
  if (typeof variables !== 'object' || variables === null || Array.isArray(variables)) throw wrong;
  return variables as Record<string, unknown>;
}

function textOf(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch (error) {
    throw new ConfigError(`${file} cannot be read: ${(error as Error).message}`);
  }
}

/** What graphql-js says of a file that it cannot take, as the command's own refusal. */
function told<T>(file: string, work: () => T): T {
  try {
    return work();
  } catch (error) {
    throw new ConfigError(`${file}: ${error instanceof GraphQLError ? error.toString() : (error as Error).message}`);
  }
}

function inText({ file, operationName, requestedQueryCost, maximumAvailable, fields, hints }: OperationCost): string {
  const width = Math.max(0, ...fields.map(({ cost }) => String(cost).length));
  return [
    `${file}${operationName === null ? '' : ` ${operationName}`}: ${requestedQueryCost} of ${maximumAvailable}`,
    ...fields.map(({ path, cost }) => `  ${String(cost).padStart(width)}  ${path}`),
    ...hints.map(hint => `  ${hint}`),
  ].join('\n');
}
