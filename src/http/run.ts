/**
 * Fifth stage: one statement. A query is compiled and its text passed through; what the compiler
 * does not take (introspection, mutations) runs through graphql-js, whose resolvers call the
 * compiler for their subtrees. Either way the statement asks whether the caller may still come in.
 */
import { Kind, OperationTypeNode, execute, type ExecutionResult, type FragmentDefinitionNode, type GraphQLObjectType, type GraphQLResolveInfo } from 'graphql';
import { apiError } from '../graphql/errors.ts';
import { fieldResolver, markCompiled, type ReadingContext } from '../graphql/fallback.ts';
import type { Database } from '../platform/postgres/database.ts';
import { STATEMENT_TIMED_OUT, UnavailableError, failureCode } from '../platform/postgres/failures.ts';
import { readRow } from '../platform/postgres/read.ts';
import { NotCompilable, type Answer, type OperationToRead, type Statement } from '../reads/index.ts';
import { CompiledData } from './compiled-data.ts';
import type { Prepared } from './stages.ts';

/** The caller was let in by what was remembered of it, and the statement found that it no longer holds. */
export class GateClosed extends Error {}

export interface RunResult extends ExecutionResult {
  readonly objectCount: number;
}

/** Throws GateClosed, UnavailableError, and GraphQLErrors for input that cannot be meant. */
export async function run(prepared: Prepared, database: Database): Promise<RunResult> {
  const reading = new Reading(prepared, database);
  if (prepared.operation.operation !== OperationTypeNode.QUERY) return reading.execute();
  try {
    return await reading.compiled();
  } catch (error) {
    if (error instanceof NotCompilable) return reading.execute();
    throw error;
  }
}

/** SQLSTATEs of values that have the right form and are none: the 31st of February in a cursor. */
const NO_SUCH_VALUE = /^(22003|22007|22008|22P02)$/;

class Reading implements ReadingContext {
  private readonly prepared: Prepared;
  private readonly database: Database;
  private readonly fragments: Readonly<Record<string, FragmentDefinitionNode>>;
  private objectCount = 0;

  constructor(prepared: Prepared, database: Database) {
    this.prepared = prepared;
    this.database = database;
    this.fragments = Object.fromEntries(prepared.document.definitions.flatMap(definition => (definition.kind === Kind.FRAGMENT_DEFINITION ? [[definition.name.value, definition]] : [])));
  }

  private get key(): string {
    return `${this.prepared.documentHash} ${this.prepared.operation.name?.value ?? ''}`;
  }

  private get queryType(): GraphQLObjectType {
    return this.prepared.served.schema.getQueryType()!;
  }

  async compiled(): Promise<RunResult> {
    const { operation } = this.prepared;
    const answer = await this.read({ key: this.key, type: this.queryType, select: specialization => specialization.collect(this.queryType, [operation.selectionSet]) });
    return { data: new CompiledData(answer.data) as unknown as Record<string, unknown>, objectCount: answer.objectCount };
  }

  async execute(): Promise<RunResult> {
    const { served, document, operation, read } = this.prepared;
    // Nothing of the operation may be seen by a caller who is no longer let in, the schema included.
    await this.read({ key: 'gate', type: this.queryType, select: () => new Map() });
    const result = await execute({ schema: served.schema, document, operationName: operation.name?.value, variableValues: read.variables, contextValue: this, fieldResolver });
    return { ...result, objectCount: this.objectCount };
  }

  async readField(info: GraphQLResolveInfo): Promise<unknown> {
    const responseKey = String(info.path.key);
    const answer = await this.read({ key: `${this.key} ${responseKey}`, type: info.parentType, select: () => new Map([[responseKey, info.fieldNodes]]) });
    this.objectCount += answer.objectCount;
    return markCompiled((JSON.parse(answer.data) as Record<string, unknown>)[responseKey]);
  }

  private async read(operation: Omit<OperationToRead, 'fragments'>): Promise<Answer> {
    const { served, read } = this.prepared;
    const answer = await served.reader.read({ ...operation, fragments: this.fragments }, read, statement => this.runStatement(statement));
    if (!answer) throw new GateClosed();
    return answer;
  }

  private async runStatement(statement: Statement): Promise<unknown> {
    const { caller, signal, log, documentHash } = this.prepared;
    try {
      return await readRow(this.database, { environmentId: caller.environment.id, partnerId: caller.partnerId }, statement, signal);
    } catch (error) {
      const code = failureCode(error);
      if (code !== undefined && NO_SUCH_VALUE.test(code)) throw apiError('BAD_USER_INPUT', 'A cursor or an argument holds a value that does not exist, such as the 31st of February. Begin again without the cursor, or correct the argument.');
      if (code === STATEMENT_TIMED_OUT && !signal.aborted) {
        log.warn({ documentHash, sql: statement.text.slice(0, 2000) }, 'a read took too long and was stopped');
        throw apiError('UNAVAILABLE', `The read took longer than the ${this.database.options.statementTimeoutMs} ms that one may take, and was stopped. Ask for smaller pages or fewer fields.`);
      }
      throw error;
    }
  }
}

/** Whether the failure is PostgreSQL's absence. */
export const isDatabaseGone = (error: unknown): boolean => error instanceof UnavailableError;
