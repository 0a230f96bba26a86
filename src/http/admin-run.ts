/**
 * One operation of the staff API: parsed, validated, checked against the caller's roles, and run by
 * graphql-js, whose resolvers call the compiler for their subtrees. The rules are the partner road's
 * (run.ts, write.ts) without versions, budgets and environments' clocks; instead every write is in the
 * staff's journal, in the transaction that did it.
 */
import {
  GraphQLError,
  Kind,
  OperationTypeNode,
  execute,
  getNamedType,
  getOperationAST,
  isObjectType,
  parse,
  validate,
  type DocumentNode,
  type ExecutionResult,
  type FragmentDefinitionNode,
  type GraphQLResolveInfo,
  type OperationDefinitionNode,
} from 'graphql';
import type { Outcome } from '../base/outcome.ts';
import { refused } from '../base/outcome.ts';
import { noOperation } from '../graphql/errors.ts';
import { Payload, fieldResolver, markCompiled, type ReadingContext } from '../graphql/fallback.ts';
import { answerValues, type Done } from '../graphql/writing.ts';
import {
  insertJournalEntry,
  onceAmong,
  requestHash,
  rolesOf,
  staffKeys,
  type StaffAct,
  type StaffRead,
  type StaffReading,
  type StaffUseCase,
  type StaffUserError,
} from '../partners/index.ts';
import { inTransaction, type Database, type Tx } from '../platform/postgres/database.ts';
import { ReadRequest, Specialization, type Answer, type OperationToRead, type Reader } from '../reads/index.ts';
import type { StaffPlaced } from './admin-stages.ts';
import { GateClosed, endsRequest, statementFailure, toldError } from './failures.ts';
import type { GraphQLParameters } from './guard.ts';
import { idempotencyKeys, keyError } from './idempotency-keys.ts';
import { payloadFields } from './payload.ts';
import { VariableErrors, coerceVariables } from './prepare.ts';

/** The staff API as it is served. */
export interface StaffApi {
  readonly reader: Reader;
  readonly database: Database;
  readonly elementExists: StaffAct['elementExists'];
  readonly upgradePath: StaffReading['upgradePath'];
}

const withCode = (error: GraphQLError, code: string): GraphQLError =>
  new GraphQLError(error.message, { nodes: error.nodes, source: error.source, positions: error.positions, extensions: { code } });

/** The result, its errors in the caller's words or, where they are faults of ours, not yet masked.
    @param documentHash SHA-256 of the document, hexadecimal */
export async function runStaffOperation(
  api: StaffApi,
  caller: StaffPlaced,
  { query, operationName, variables }: GraphQLParameters,
  documentHash: string,
): Promise<ExecutionResult> {
  const { schema } = api.reader;
  let document: DocumentNode;
  try {
    document = parse(query);
  } catch (error) {
    return { errors: [withCode(error as GraphQLError, 'GRAPHQL_PARSE_FAILED')] };
  }
  const invalid = validate(schema, document);
  if (invalid.length > 0) return { errors: invalid.map(error => withCode(error, 'GRAPHQL_VALIDATION_FAILED')) };
  const operation = getOperationAST(document, operationName);
  if (!operation) return { errors: [noOperation(operationName)] };
  try {
    const given = coerceVariables(schema, operation, variables ?? {});
    return await new Running(api, caller, document, operation, { given, sent: variables ?? {} }, documentHash).execute();
  } catch (error) {
    if (error instanceof VariableErrors) return { errors: error.errors };
    throw error;
  }
}

/** Undoes a refused use case, whatever it had written by then, and carries its answer out. */
class RolledBack extends Error {
  readonly payload: Payload;
  constructor(payload: Payload) {
    super('The use case was refused.');
    this.payload = payload;
  }
}

class Running implements ReadingContext {
  private readonly api: StaffApi;
  private readonly caller: StaffPlaced;
  private readonly document: DocumentNode;
  private readonly operation: OperationDefinitionNode;
  /** As they were sent, for graphql-js to coerce itself. */
  private readonly sent: Readonly<Record<string, unknown>>;
  private readonly key: string;
  private readonly request: ReadRequest;
  private readonly fragments: Readonly<Record<string, FragmentDefinitionNode>>;
  private keys: ReadonlyMap<string, string | null> = new Map();
  /** Mutations whose payload goes out. */
  private answeredMutations = 0;
  private readonly refused: GraphQLError[] = [];

  constructor(
    api: StaffApi,
    caller: StaffPlaced,
    document: DocumentNode,
    operation: OperationDefinitionNode,
    variables: { given: Record<string, unknown>; sent: Readonly<Record<string, unknown>> },
    documentHash: string,
  ) {
    this.api = api;
    this.caller = caller;
    this.document = document;
    this.operation = operation;
    this.sent = variables.sent;
    this.key = `${documentHash} ${operation.name?.value ?? ''}`;
    this.request = new ReadRequest(givenValues(caller), variables.given);
    this.fragments = Object.fromEntries(document.definitions.flatMap(definition => (definition.kind === Kind.FRAGMENT_DEFINITION ? [[definition.name.value, definition]] : [])));
  }

  async execute(): Promise<ExecutionResult> {
    const { schema } = this.api.reader;
    try {
      this.checkRoles();
      if (this.operation.operation === OperationTypeNode.MUTATION) {
        const { idempotencyKey } = this.caller;
        this.keys = idempotencyKeys({ served: { schema }, operation: this.operation, read: this.request, idempotencyKey }, this.fragments);
      }
    } catch (error) {
      if (error instanceof GraphQLError) return { errors: [error] };
      throw error;
    }
    const result = await execute({ schema, document: this.document, operationName: this.operation.name?.value, variableValues: this.sent, contextValue: this, fieldResolver });
    const settled = this.settled(result);
    return this.refused.length === 0 ? settled : { ...settled, errors: [...(settled.errors ?? []), ...this.refused] };
  }

  /** Before anything runs: an operation with one field that its caller may not use is refused whole. */
  private checkRoles(): void {
    const { schema } = this.api.reader;
    const type = schema.getRootType(this.operation.operation)!;
    for (const [key, nodes] of new Specialization(schema, this.fragments, this.request).collect(type, [this.operation.selectionSet])) {
      const field = type.getFields()[nodes[0]!.name.value];
      // Introspection is open to the whole staff.
      if (!field) continue;
      const roles = rolesOf(field);
      if (this.caller.staff.roles.some(role => roles.includes(role))) continue;
      throw new GraphQLError(`\`${field.name}\` is for ${roles.join(', ')}, and you are ${this.caller.staff.roles.join(', ')}. Ask a colleague in one of those roles.`, {
        nodes,
        path: [key],
        extensions: { code: 'FORBIDDEN' },
      });
    }
  }

  /** Once a mutation has been answered its effect stands, so the answer goes out whatever becomes of
      the others; until then a closed gate or a lost database is the whole request's affair. */
  private settled(result: ExecutionResult): ExecutionResult {
    if (!result.errors) return result;
    const errors = result.errors.map(toldError);
    if (this.answeredMutations > 0) return { ...result, errors };
    if (result.errors.some(error => endsRequest(error.originalError)) || this.operation.operation === OperationTypeNode.MUTATION) return { errors };
    return { ...result, errors };
  }

  /** The root field, read by its mapping; what a mapping cannot say is found by SQL of its own first. */
  async readField(info: GraphQLResolveInfo, found?: { name: string; read: StaffRead }): Promise<unknown> {
    const responseKey = String(info.path.key);
    const operation = { key: `${this.key} ${responseKey}`, type: info.parentType, select: () => new Map([[responseKey, info.fieldNodes]]), lenient: true };
    const { data } = await this.told(() =>
      inTransaction(this.api.database, this.context, async tx => {
        if (!found) return this.read(tx, operation);
        // Not before the gate: the SQL of its own does not ask it.
        await this.askGate(tx, info);
        const value = await found.read(tx, { ...this.act, upgradePath: this.api.upgradePath });
        return this.read(tx, operation, new ReadRequest({ ...this.request.given, [found.name]: value }, this.request.variables));
      }),
    );
    return markCompiled((JSON.parse(data) as Record<string, unknown>)[responseKey]);
  }

  async write(info: GraphQLResolveInfo, useCase: StaffUseCase): Promise<Payload> {
    try {
      const payload = await this.told(() =>
        inTransaction(this.api.database, this.context, async tx => {
          await this.askGate(tx, info);
          const outcome = await this.perform(tx, info, useCase);
          const answered = await this.payload(tx, info, outcome);
          if (!outcome.ok) throw new RolledBack(answered);
          return answered;
        }),
      );
      this.answeredMutations += 1;
      return payload;
    } catch (error) {
      if (!(error instanceof RolledBack)) throw error;
      this.answeredMutations += 1;
      return error.payload;
    }
  }

  private async perform(tx: Tx, info: GraphQLResolveInfo, useCase: StaffUseCase): Promise<Outcome<Done, StaffUserError>> {
    const { requestId, receivedAt, staff } = this.caller;
    const { act } = this;
    const input = this.request.arguments(info.parentType.getFields()[info.fieldName]!, info.fieldNodes[0]!)['input'] as Record<string, unknown>;
    const { idempotencyKey: _key, reason, ...details } = input;
    if ((reason as string).trim() === '') {
      return refused({ code: 'INVALID', message: "`reason` says nothing: write why you do this, for the staff's journal.", path: ['reason'] });
    }
    const work = async (): Promise<Outcome<Done, StaffUserError>> => {
      const outcome = await useCase(tx, act);
      if (!outcome.ok) return outcome;
      const [subjectId] = Object.values(outcome.value.answer);
      if (typeof subjectId !== 'string') throw new Error(`${info.fieldName} does not say what it was about.`);
      await insertJournalEntry(tx, { writtenAt: new Date(receivedAt), staffId: staff.staffId, operation: info.fieldName, subjectId, reason: reason as string, details, requestId });
      return outcome;
    };
    const key = this.keys.get(String(info.path.key)) ?? null;
    if (key === null) return work();
    const keyed = { staffId: staff.staffId, key, requestHash: requestHash(`${info.parentType.name}.${info.fieldName}`, input) };
    const outcome = await onceAmong(staffKeys, tx, keyed, act.clock, work);
    if (outcome.ok) return outcome;
    const { refusal } = outcome;
    if (refusal.code === 'KEY_OF_ANOTHER_REQUEST' || refusal.code === 'TOO_MANY_KEYS') throw keyError(refusal, 'You have');
    return refused(refusal);
  }

  /** The payload: its objects as the transaction sees them. */
  private async payload(tx: Tx, info: GraphQLResolveInfo, outcome: Outcome<Done, StaffUserError>): Promise<Payload> {
    const { reader } = this.api;
    const type = getNamedType(info.returnType);
    if (!isObjectType(type)) throw new Error(`${info.fieldName} answers no payload.`);
    const request = new ReadRequest({ ...this.request.given, ...answerValues(outcome.ok ? outcome.value.answer : {}) }, this.request.variables);
    const path = String(info.path.key);
    const { data } = await this.read(tx, { key: `${this.key} ${path}`, type, path: [path], admitted: true, select: payloadFields(reader, type, info) }, request);
    return new Payload(markCompiled(JSON.parse(data) as Record<string, unknown>), { userErrors: outcome.ok ? [] : [outcome.refusal] });
  }

  private get act(): StaffAct {
    const { staff, receivedAt, liveEnvironmentId } = this.caller;
    return { staffId: staff.staffId, clock: { now: () => receivedAt }, liveEnvironmentId, elementExists: this.api.elementExists };
  }

  private async askGate(tx: Tx, info: GraphQLResolveInfo): Promise<void> {
    await this.read(tx, { key: 'gate', type: info.schema.getQueryType()!, select: () => new Map() });
  }

  private get context() {
    return { environmentId: this.caller.liveEnvironmentId, partnerId: MARKETPLACE };
  }

  private async read(tx: Tx, operation: Omit<OperationToRead, 'fragments'>, request = this.request): Promise<Answer> {
    const answer = await this.api.reader.read({ ...operation, fragments: this.fragments }, request, async ({ text, values }) => (await tx.query<never[]>(text, values))[0]);
    if (!answer) throw new GateClosed();
    this.refused.push(...answer.errors);
    return answer;
  }

  private async told<T>(work: () => Promise<T>): Promise<T> {
    try {
      return await work();
    } catch (error) {
      throw statementFailure(
        error,
        `The statement took longer than the ${this.api.database.options.statementTimeoutMs} ms that one may take. Ask for smaller pages or fewer fields.`,
      );
    }
  }
}

/** The partner that the marketplace itself is, in a tenant context. */
const MARKETPLACE = '*';

const givenValues = ({ staff, claims, receivedAt, liveEnvironmentId }: StaffPlaced) => ({
  environment_id: liveEnvironmentId,
  partner_id: MARKETPLACE,
  staff_id: staff.staffId,
  staff_roles: staff.roles,
  credential_id: claims.cred,
  token_id: claims.jti,
  wall_now: new Date(receivedAt).toISOString(),
  // The staff sees live, whose clock is the wall's.
  environment_now: new Date(receivedAt).toISOString(),
  environment_kind: 'LIVE',
  // What was made for everybody, the staff reads too.
  audience: 'PUBLIC',
});
