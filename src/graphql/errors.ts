/** Errors as clients see them: always a code of the table, never a stack, SQL or a path. */
import { GraphQLError, type GraphQLErrorExtensions, type GraphQLFormattedError } from 'graphql';
import { ERROR_CODES, isErrorCode, type ErrorCodeName } from './error-codes.ts';

/** An error that the caller is meant to see as it stands. */
export const apiError = (code: ErrorCodeName, message: string, extensions: GraphQLErrorExtensions = {}): GraphQLError =>
  new GraphQLError(message, { extensions: { code, ...extensions } });

/** A document without the operation that is meant. */
export const noOperation = (operationName: string | null | undefined): GraphQLError =>
  apiError('BAD_USER_INPUT', operationName ? 'The document has no operation of the given `operationName`.' : 'The document has several operations: name one in `operationName`.');

/** Apollo's and graphql-js's own codes by the table's. */
const FOREIGN_CODES: Readonly<Record<string, ErrorCodeName>> = {
  BAD_REQUEST: 'BAD_USER_INPUT',
  OPERATION_RESOLUTION_FAILURE: 'BAD_USER_INPUT',
  PERSISTED_QUERY_NOT_FOUND: 'BAD_USER_INPUT',
  PERSISTED_QUERY_NOT_SUPPORTED: 'BAD_USER_INPUT',
};

/** What an error tells: its code, and whether its message may be read outside. An error without a
    code of the table is a fault, except that graphql-js's own (about arguments) carry none. */
function disclosure(formatted: GraphQLFormattedError, original: unknown): { code: ErrorCodeName; told: boolean } {
  const code = formatted.extensions?.['code'];
  if (isErrorCode(code)) return { code, told: true };
  if (typeof code === 'string' && FOREIGN_CODES[code]) return { code: FOREIGN_CODES[code], told: true };
  // graphql-js's own words for a promise of the schema that the data did not keep: a fault of ours.
  if (formatted.message.startsWith('Cannot return null for non-nullable field')) return { code: 'INTERNAL', told: false };
  // What graphql-js throws of an argument as it runs a field, it wraps once more to say the path.
  const thrown = original instanceof GraphQLError && original.originalError instanceof GraphQLError ? original.originalError : original;
  const fromGraphQL =
    thrown instanceof GraphQLError && thrown.originalError === undefined && (code === undefined || code === 'INTERNAL_SERVER_ERROR') && thrown.nodes !== undefined;
  return fromGraphQL ? { code: 'BAD_USER_INPUT', told: true } : { code: 'INTERNAL', told: false };
}

/** graphql-js gives up comparing fields that could be in conflict, and says no more than this. */
const VALIDATION_ABORTED = 'Validation aborted.';

/** The error as it leaves, but for the request id. */
export function formatError(formatted: GraphQLFormattedError, original: unknown): GraphQLFormattedError {
  if (formatted.message === VALIDATION_ABORTED) {
    return { message: 'The document selects the same fields so many times over that they cannot be compared. Select each field once.', extensions: { code: 'DOCUMENT_TOO_WIDE' } };
  }
  const { code, told } = disclosure(formatted, original);
  const { stacktrace: _stacktrace, http: _http, ...extensions } = formatted.extensions ?? {};
  if (!told)
    return { message: 'Something went wrong on our side. Quote the request id if you report it.', ...(formatted.path ? { path: formatted.path } : {}), extensions: { code } };
  return { ...formatted, extensions: { ...extensions, code } };
}

/** The HTTP status of an answer with these errors. `executed` is whether it has a `data` entry. */
export function statusOf(codes: readonly string[], executed: boolean, mediaType: string): number {
  const known = codes.filter(isErrorCode).map(code => ERROR_CODES[code]);
  if (executed || known.length === 0) return 200;
  const [first] = known;
  return mediaType.startsWith('application/graphql-response+json') ? first!.status : first!.jsonStatus;
}
