/** What failures on the last stage mean to the caller. Whatever is not told here is a fault of ours,
    and masked. */
import { GraphQLError } from 'graphql';
import { apiError } from '../graphql/errors.ts';
import { STATEMENT_TIMED_OUT, UnavailableError, failureCode, isUndoneForAnother } from '../platform/postgres/failures.ts';

/** The caller was let in by what was remembered of it, and the statement found that it no longer holds. */
export class GateClosed extends Error {}

/** SQLSTATEs of values that have the right form and are none: the 31st of February in a cursor. */
const NO_SUCH_VALUE = /^(22003|22007|22008|22P02)$/;

/** A cursor or an argument of the right form that no value has. */
export class NoSuchValue extends GraphQLError {
  constructor() {
    super('A cursor or an argument holds a value that does not exist, such as the 31st of February. Begin again without the cursor, or correct the argument.', {
      extensions: { code: 'BAD_USER_INPUT' },
    });
  }
}

/** What a statement's failure says about the request; the failure itself where it says nothing.
    @param tooLong what to tell when the statement ran out of time */
export function statementFailure(error: unknown, tooLong: string): unknown {
  const code = failureCode(error);
  if (code === undefined) return error;
  if (NO_SUCH_VALUE.test(code)) return new NoSuchValue();
  if (code === STATEMENT_TIMED_OUT) return apiError('UNAVAILABLE', tooLong);
  return isUndoneForAnother(error) ? new UnavailableError(error) : error;
}

/** Whether the failure ends the whole request, as soon as nothing of it has been answered. */
export const endsRequest = (error: unknown): boolean => error instanceof GateClosed || error instanceof UnavailableError;

/** The failure in the caller's words; null for a fault of ours. */
export function toldFailure(error: unknown): GraphQLError | null {
  if (error instanceof GateClosed) return apiError('UNAUTHENTICATED', 'The access token is no longer valid.');
  if (error instanceof UnavailableError) return apiError('UNAVAILABLE', 'The data cannot be reached at the moment. Send the same request again shortly.');
  return error instanceof GraphQLError ? error : null;
}

/** A field's error with its failure in the caller's words. */
export function toldError(error: GraphQLError): GraphQLError {
  const failure = endsRequest(error.originalError) ? toldFailure(error.originalError) : null;
  return failure ? new GraphQLError(failure.message, { nodes: error.nodes, path: error.path, extensions: failure.extensions }) : error;
}
