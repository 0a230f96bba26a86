/**
 * Last stage: one statement, or one use case in one transaction. A query is compiled and its text
 * passed through; what the compiler does not take (introspection, mutations) runs through graphql-js,
 * whose resolvers call the compiler for their subtrees. Either way the statement or the transaction
 * asks whether the caller may still come in.
 */
import {
  type GraphQLError,
  Kind,
  OperationTypeNode,
  execute,
  type ExecutionResult,
  type FragmentDefinitionNode,
  type GraphQLObjectType,
  type GraphQLResolveInfo,
  type GraphQLSchema,
} from 'graphql';
import type { MarkedSchemas } from '../deprecations/index.ts';
import { CONSENT_PREVIEW, type PreviewQuestion, type PreviewingContext } from '../consent/index.ts';
import type { AskingContext, Door } from '../environments/index.ts';
import { fieldResolver, markCompiled, type Payload, type ReadingContext } from '../graphql/fallback.ts';
import type { Calling, UseCase, WritingContext } from '../graphql/writing.ts';
import { inTransaction, type Database, type Tx } from '../platform/postgres/database.ts';
import { STATEMENT_TIMED_OUT, failureCode } from '../platform/postgres/failures.ts';
import { readRow } from '../platform/postgres/read.ts';
import { NotCompilable, ReadRequest, answerRow, type Answer, type AnswerRow, type OperationToRead, type RunStatement, type Statement } from '../reads/index.ts';
import type { Asking, FindingContext, Found } from '../upgrades/index.ts';
import type { UpgradePath } from '../versions/index.ts';
import { shareFailure } from './admit.ts';
import type { DocumentReader } from './asked-document.ts';
import { CompiledData } from './compiled-data.ts';
import type { Connections } from './connections.ts';
import { failField, suffer, type FaultRates } from './faults.ts';
import { GateClosed, NoSuchValue, endsRequest, statementFailure, toldError } from './failures.ts';
import { idempotencyKeys } from './idempotency-keys.ts';
import { introspects } from './introspection.ts';
import { preview } from './preview.ts';
import type { SlowReads } from './slow-reads.ts';
import type { Admitted } from './stages.ts';
import { write, type WriteRoad } from './write.ts';

export interface RunResult extends ExecutionResult {
  readonly objectCount: number;
}

export interface RunDeps extends Connections {
  readonly database: Database;
  readonly slowReads: SlowReads;
  readonly faultRates: FaultRates;
  /** The gateway's own. */
  readonly door: Door;
  readonly marked: MarkedSchemas;
  readonly upgradePath: UpgradePath;
  readonly readDocument: DocumentReader;
}

/** Throws GateClosed, UnavailableError, and GraphQLErrors for input that cannot be meant. */
export async function run(prepared: Admitted, deps: RunDeps): Promise<RunResult> {
  const { faults } = prepared;
  if (faults) await suffer(faults, prepared.signal);
  const running = new Running(prepared, deps);
  if (prepared.operation.operation !== OperationTypeNode.QUERY || faults?.failing) return running.execute();
  try {
    return await running.compiled();
  } catch (error) {
    // Field by field, what is wrong with one root field does not take the others along.
    if (error instanceof NotCompilable || running.blames(error)) return running.execute();
    throw error;
  }
}

class Running implements ReadingContext, FindingContext, PreviewingContext, WritingContext<Tx>, AskingContext, WriteRoad {
  readonly prepared: Admitted;
  private readonly deps: RunDeps;
  private readonly fragments: Readonly<Record<string, FragmentDefinitionNode>>;
  /** Of mutations, by response key. */
  private keys: ReadonlyMap<string, string | null> = new Map();
  /** Mutations whose payload goes out. */
  private answeredMutations = 0;
  private objectCount = 0;
  private readonly refused: GraphQLError[] = [];

  constructor(prepared: Admitted, deps: RunDeps) {
    this.prepared = prepared;
    this.deps = deps;
    this.fragments = Object.fromEntries(
      prepared.document.definitions.flatMap(definition => (definition.kind === Kind.FRAGMENT_DEFINITION ? [[definition.name.value, definition]] : [])),
    );
  }

  get database(): Database {
    return this.deps.database;
  }

  get asking(): AskingContext['asking'] {
    const { token, caller, signal } = this.prepared;
    return { door: this.deps.door, token, environmentKind: caller.environment.kind, signal };
  }

  private get key(): string {
    return `${this.prepared.documentHash} ${this.prepared.operation.name?.value ?? ''}`;
  }

  get calling(): Calling {
    const { caller, served, gate } = this.prepared;
    return {
      environmentId: caller.environment.id,
      partnerId: caller.partnerId,
      integrationId: caller.integrationId,
      apiVersion: served.version,
      gate,
      readDocument: (text, version = served.version) => this.deps.readDocument(text, version),
    };
  }

  private get queryType(): GraphQLObjectType {
    return this.prepared.served.schema.getQueryType()!;
  }

  /** Whether the failure may be one root field's among several. */
  blames(error: unknown): boolean {
    return error instanceof NoSuchValue && this.prepared.operation.selectionSet.selections.length > 1;
  }

  async compiled(): Promise<RunResult> {
    const { operation } = this.prepared;
    const answer = await this.read({ key: this.key, type: this.queryType, select: specialization => specialization.collect(this.queryType, [operation.selectionSet]), keep: true });
    return this.withRefusals({ data: new CompiledData(answer.data) as unknown as Record<string, unknown> }, answer.objectCount);
  }

  async execute(): Promise<RunResult> {
    const { document, operation, variables } = this.prepared;
    // Nothing of the operation may be seen by a caller who is no longer let in, the schema included.
    await this.read({ key: 'gate', type: this.queryType, select: () => new Map() });
    if (operation.operation === OperationTypeNode.MUTATION) this.keys = idempotencyKeys(this.prepared, this.fragments);
    const result = await execute({ schema: this.schema, document, operationName: operation.name?.value, variableValues: variables, contextValue: this, fieldResolver });
    return this.withRefusals(this.settled(result), this.objectCount);
  }

  /** The one that says what is deprecated by now, where that is asked. */
  private get schema(): GraphQLSchema {
    const { served, operation, effects } = this.prepared;
    const isAsked = operation.operation === OperationTypeNode.QUERY && introspects(operation.selectionSet, this.fragments);
    return isAsked ? this.deps.marked.schemaFor(served.version, effects) : served.schema;
  }

  /** The result with what the statements refused among its errors. */
  private withRefusals(result: ExecutionResult, objectCount: number): RunResult {
    return this.refused.length === 0 ? { ...result, objectCount } : { ...result, errors: [...(result.errors ?? []), ...this.refused], objectCount };
  }

  /** The result with its failures told. Once a mutation has been answered its effect stands, so the
      answer goes out whatever becomes of the others; until then a closed gate or a lost database is
      the whole request's affair, and the errors of mutations are its HTTP status too. */
  private settled(result: ExecutionResult): ExecutionResult {
    if (!result.errors) return result;
    const errors = result.errors.map(toldError);
    if (this.answeredMutations > 0) return { ...result, errors };
    const ending = result.errors.find(error => endsRequest(error.originalError));
    if (ending) throw ending.originalError!;
    return this.prepared.operation.operation === OperationTypeNode.MUTATION ? { errors } : { ...result, errors };
  }

  /** The gate was asked before anything of the operation ran, and is asked again as the field is read. */
  async readFound(info: GraphQLResolveInfo, name: string, find: (asking: Asking) => Promise<Found>): Promise<unknown> {
    const { caller, read } = this.prepared;
    const context = { environmentId: caller.environment.id, partnerId: caller.partnerId };
    const { value, objects } = await find({
      environmentId: caller.environment.id,
      integrationId: caller.integrationId,
      upgradePath: this.deps.upgradePath,
      inTransaction: work => this.inTurn(() => inTransaction(this.database, context, work)),
    });
    this.objectCount += objects;
    return this.readField(info, new ReadRequest({ ...read.given, [name]: value }, read.variables));
  }

  async readPreview(info: GraphQLResolveInfo, question: PreviewQuestion, tell: Parameters<PreviewingContext['readPreview']>[2]): Promise<unknown> {
    const { served, read, environmentNow } = this.prepared;
    const previewed = await preview(question, { served, given: read.given, readDocument: this.deps.readDocument, run: statement => this.runStatement(statement) });
    if (!previewed) throw new GateClosed();
    return this.readFound(info, CONSENT_PREVIEW, async asking => ({
      value: await asking.inTransaction(tx => tell(tx, { environmentId: asking.environmentId, integrationId: asking.integrationId, now: environmentNow }, previewed)),
      objects: previewed.cost,
    }));
  }

  async readField(info: GraphQLResolveInfo, request: ReadRequest = this.prepared.read): Promise<unknown> {
    const { faults } = this.prepared;
    const responseKey = String(info.path.key);
    // The type that answers: the one at hand may be the one that is told of.
    const type = this.prepared.served.schema.getType(info.parentType.name) as GraphQLObjectType;
    const answer = await this.read({ key: `${this.key} ${responseKey}`, type, select: () => new Map([[responseKey, info.fieldNodes]]), lenient: true }, request);
    this.objectCount += answer.objectCount;
    const data = markCompiled(JSON.parse(answer.data) as Record<string, unknown>);
    if (faults?.failing?.[0] === responseKey) failField(data, faults);
    return data[responseKey];
  }

  async write(info: GraphQLResolveInfo, useCase: UseCase<Tx>): Promise<Payload> {
    const responseKey = String(info.path.key);
    try {
      const { payload, objectCount } = await this.inTurn(() =>
        write(this, { info, idempotencyKey: this.keys.get(responseKey) ?? null, planKey: `${this.key} ${responseKey}` }, useCase),
      );
      this.answeredMutations += 1;
      this.objectCount += objectCount;
      return payload;
    } catch (error) {
      const { statementTimeoutMs } = this.database.options;
      throw statementFailure(
        error,
        `A statement of the mutation took longer than the ${statementTimeoutMs} ms that one may take, and all of it was undone. Send the same request again shortly.`,
      );
    }
  }

  async read(
    operation: Omit<OperationToRead, 'fragments'>,
    request: ReadRequest = this.prepared.read,
    run: RunStatement = statement => this.runStatement(statement),
  ): Promise<Answer> {
    const answer = await this.prepared.served.reader.read({ ...operation, fragments: this.fragments }, request, run);
    if (!answer) throw new GateClosed();
    this.refused.push(...answer.errors);
    return answer;
  }

  /** Work that takes a connection, when it is the integration's turn. */
  private async inTurn<T>(work: () => Promise<T>): Promise<T> {
    const { caller, signal } = this.prepared;
    try {
      return await this.deps.poolShare.run(caller.integrationId, work, signal);
    } catch (error) {
      throw shareFailure(error);
    }
  }

  private async runStatement(statement: Statement): Promise<AnswerRow | undefined> {
    const { caller, signal } = this.prepared;
    const context = { environmentId: caller.environment.id, partnerId: caller.partnerId };
    let durationMs = 0;
    try {
      if (statement.forMany) return await this.deps.readAmongMany(caller, statement, signal);
      const row = await this.inTurn(() => readRow(this.database, context, statement, signal, ms => (durationMs = ms)));
      const answer = row && answerRow(row);
      this.deps.slowReads.note(this.prepared, statement, { durationMs, objectCount: answer?.object_count ?? 0 });
      return answer;
    } catch (error) {
      // A statement that was cancelled because the client left ends the same way as one out of time.
      if (signal.aborted) throw error;
      if (failureCode(error) === STATEMENT_TIMED_OUT) this.deps.slowReads.note(this.prepared, statement, { durationMs, objectCount: null });
      throw statementFailure(
        shareFailure(error),
        `The read took longer than the ${this.database.options.statementTimeoutMs} ms that one may take, and was stopped. Ask for smaller pages or fewer fields.`,
      );
    }
  }
}
