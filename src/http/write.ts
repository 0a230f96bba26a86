/**
 * A mutation on the road: one transaction under the caller's context, in which the gate is asked,
 * the idempotency key taken, the use case run and its payload read. The payload is read before the
 * commit, so that an answer which cannot be given (a malformed cursor in it, a read that takes too
 * long) leaves nothing done, and so that a caller who has just revoked its own credential is still
 * answered.
 */
import { getNamedType, isObjectType, type GraphQLResolveInfo } from 'graphql';
import type { Clock } from '../base/clock.ts';
import { refused, type Outcome } from '../base/outcome.ts';
import { Payload, markCompiled } from '../graphql/fallback.ts';
import type { UserError } from '../graphql/user-error.ts';
import { answerValues, type Calling, type Clocks, type Done, type UseCase } from '../graphql/writing.ts';
import { once, requestHash } from '../partners/index.ts';
import { inTransaction, type Database, type Tx } from '../platform/postgres/database.ts';
import { ReadRequest, headCoordinate, type Answer, type AnswerRow, type OperationToRead, type RunStatement } from '../reads/index.ts';
import { keyError } from './idempotency-keys.ts';
import { payloadFields } from './payload.ts';
import type { Admitted } from './stages.ts';

/** What a write needs of the request that it belongs to. */
export interface WriteRoad {
  readonly prepared: Admitted;
  readonly database: Database;
  readonly calling: Calling;
  /** Reads by the given connection. Throws GateClosed. */
  read(operation: Omit<OperationToRead, 'fragments'>, request: ReadRequest, run: RunStatement): Promise<Answer>;
}

export interface Mutation {
  readonly info: GraphQLResolveInfo;
  readonly idempotencyKey: string | null;
  /** Names the payload's selection within the version. */
  readonly planKey: string;
}

export interface Written {
  readonly payload: Payload;
  readonly objectCount: number;
}

/** Undoes a refused use case, whatever it had written by then, and carries its answer out. */
class RolledBack extends Error {
  readonly written: Written;
  constructor(written: Written) {
    super('The use case was refused.');
    this.written = written;
  }
}

/** Runs the use case and answers its payload. Throws GateClosed, UnavailableError, PostgreSQL's own
    errors, and GraphQLErrors: IDEMPOTENCY_CONFLICT, THROTTLED, BAD_USER_INPUT. */
export async function write(road: WriteRoad, mutation: Mutation, useCase: UseCase<Tx>): Promise<Written> {
  const { caller } = road.prepared;
  try {
    return await inTransaction(road.database, { environmentId: caller.environment.id, partnerId: caller.partnerId }, async tx => {
      const run: RunStatement = async ({ text, values }) => (await tx.query<AnswerRow[]>(text, values))[0];
      await road.read({ key: 'gate', type: mutation.info.schema.getQueryType()!, select: () => new Map() }, stillAdmitted(road.prepared), run);
      const outcome = await perform(tx, road, mutation, useCase);
      const written = await answer(road, mutation, outcome, run);
      if (!outcome.ok) throw new RolledBack(written);
      return written;
    });
  } catch (error) {
    if (error instanceof RolledBack) return error.written;
    throw error;
  }
}

/** Asks the gate whether the caller may still come in, whatever has become of its pin and its documents: the
    operation asked for that when it began, and a mutation before this one may have changed them. */
const stillAdmitted = ({ read }: Admitted): ReadRequest => new ReadRequest({ ...read.given, pinned_version: null, documents_revision: null }, read.variables);

async function perform(tx: Tx, road: WriteRoad, { info, idempotencyKey: key }: Mutation, useCase: UseCase<Tx>): Promise<Outcome<Done, UserError>> {
  const { prepared } = road;
  const clocks = clocksOf(prepared);
  const { caller, read } = prepared;
  const { calling } = road;
  if (key === null) return useCase(tx, clocks, calling);
  const { parentType, fieldName, fieldNodes } = info;
  const mutation = parentType.getFields()[fieldName]!;
  const input = read.arguments(mutation, fieldNodes[0]!)['input'] as Record<string, unknown>;
  const request = {
    environmentId: caller.environment.id,
    partnerId: caller.partnerId,
    integrationId: caller.integrationId,
    key,
    requestHash: requestHash(headCoordinate(parentType.name, mutation), input),
  };
  const outcome = await once(tx, request, clocks.wall, () => useCase(tx, clocks, calling));
  if (outcome.ok) return outcome;
  const { refusal } = outcome;
  if (refusal.code === 'KEY_OF_ANOTHER_REQUEST' || refusal.code === 'TOO_MANY_KEYS') throw keyError(refusal, 'Your integration has');
  return refused(refusal);
}

const clocksOf = ({ receivedAt, environmentNow }: Admitted): Clocks => {
  const standingAt = (instant: number): Clock => ({ now: () => instant });
  return { wall: standingAt(receivedAt), environment: standingAt(environmentNow) };
};

/** The refusal with its path as the caller's version names it. */
const asSent = (refusal: UserError, { read }: Admitted, { parentType, fieldName, fieldNodes }: GraphQLResolveInfo): UserError => ({
  code: refusal.code,
  message: refusal.message,
  path: read.pathAsSent(parentType.getFields()[fieldName]!, fieldNodes[0]!, ['input', ...refusal.path]).slice(1),
});

/** The payload: its objects as the transaction sees them, and beside them what never reaches a statement. */
async function answer(road: WriteRoad, { info, planKey }: Mutation, outcome: Outcome<Done, UserError>, run: RunStatement): Promise<Written> {
  const { prepared } = road;
  const done: Done = outcome.ok ? outcome.value : { answer: {} };
  const values = { ...done.answer, ...done.secrets, secretShown: done.secrets !== undefined, userErrors: outcome.ok ? [] : [asSent(outcome.refusal, prepared, info)] };
  const type = getNamedType(info.returnType);
  if (!isObjectType(type)) throw new Error(`${info.fieldName} answers no payload.`);
  const given = { ...prepared.read.given, ...answerValues(done.answer) };
  const { data, objectCount } = await road.read(
    {
      key: planKey,
      type,
      path: [String(info.path.key)],
      admitted: true,
      select: payloadFields(prepared.served.reader, type, info),
    },
    new ReadRequest(given, prepared.read.variables),
    run,
  );
  return { payload: new Payload(markCompiled(JSON.parse(data) as Record<string, unknown>), values), objectCount };
}
