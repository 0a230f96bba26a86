/** What PostgreSQL's failures mean to a caller. */

/** PostgreSQL could not be reached or is going away: try again shortly. */
export class UnavailableError extends Error {
  constructor(cause: unknown) {
    super('The database cannot be reached.', { cause });
    this.name = 'UnavailableError';
  }
}

/** The statement ran longer than it may. */
export const STATEMENT_TIMED_OUT = '57014';

/** SQLSTATEs of a transaction undone because of another one beside it: the next attempt finds its way free. */
const UNDONE_FOR_ANOTHER = /^(40001|40P01)$/;

export const isUndoneForAnother = (error: unknown): boolean => UNDONE_FOR_ANOTHER.test(failureCode(error) ?? '');

const NETWORK = new Set(['ECONNREFUSED', 'ECONNRESET', 'EPIPE', 'ETIMEDOUT', 'ENOENT', 'EHOSTUNREACH', 'ENETUNREACH', 'ENOTFOUND', 'EAI_AGAIN']);

/** Messages of pg and pg-pool, which carry no code, and of TypeORM, which lets go of a connection that
    is lost in the middle of a transaction. */
const CONNECTION_LOST =
  /^(Connection terminated|Client has encountered a connection error|timeout exceeded when trying to connect|Client was closed|Query read timeout|Connection ended unexpectedly|Database connection provided by a query runner was already released|Cannot use a pool after calling end)/i;

/** The failure's code, or undefined: SQLSTATE (PostgreSQL's appendix A) or a system error. */
export const failureCode = (error: unknown): string | undefined => {
  const code = (error as { code?: unknown } | null)?.code;
  return typeof code === 'string' ? code : undefined;
};

/** Class 08 is a lost connection; 57P01 to 57P03 shutdown, crash and start-up; 53 no connection or
    memory left; 25006 a server that has become read-only. */
export function isUnavailable(error: unknown): boolean {
  if (error instanceof UnavailableError) return true;
  const code = failureCode(error);
  if (code !== undefined) return NETWORK.has(code) || /^(08|53)/.test(code) || /^57P0[1-5]$/.test(code) || code === '25006';
  return error instanceof AggregateError ? error.errors.some(isUnavailable) : CONNECTION_LOST.test((error as Error)?.message ?? '');
}

/** The error as an `UnavailableError`, or null where it is something else. */
export const asUnavailable = (error: unknown): UnavailableError | null => (error instanceof UnavailableError ? error : isUnavailable(error) ? new UnavailableError(error) : null);
