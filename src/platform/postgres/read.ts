/**
 * One compiled read: BEGIN, the tenant's context, the statement and COMMIT in one flight. The four
 * are pipelined, so they cost one round trip; without the BEGIN the context would be gone before
 * the statement. A statement that a caller no longer waits for is cancelled.
 */
import type { Socket } from 'node:net';
import pg from 'pg';
import { setContext, type Database, type TenantContext } from './database.ts';
import { asUnavailable } from './failures.ts';
import { usePrepared } from './prepared.ts';

export interface ReadStatement {
  readonly text: string;
  readonly values: unknown[];
  readonly name?: string;
}

/** The statement's first row, or undefined where it has none. Throws `UnavailableError` where
    PostgreSQL is gone, and PostgreSQL's own error otherwise.
    @param onEnd hears how many milliseconds the flight took, from a free connection on, however it ended */
export async function readRow<T>(
  database: Database,
  context: TenantContext,
  statement: ReadStatement,
  signal?: AbortSignal,
  onEnd?: (durationMs: number) => void,
): Promise<T | undefined> {
  signal?.throwIfAborted();
  let client: pg.PoolClient;
  try {
    client = await database.pool.connect();
  } catch (error) {
    throw asUnavailable(error) ?? error;
  }
  if (signal?.aborted) {
    client.release();
    throw signal.reason;
  }
  let broken: Error | undefined;
  let cancelled: Promise<void> | undefined;
  const cancel = (): void => {
    cancelled ??= cancelStatement(client, database).catch((error: Error) => {
      broken = error;
    });
  };
  const { stream } = (client as unknown as { connection: { stream: Socket } }).connection;
  const begunAt = performance.now();
  try {
    signal?.addEventListener('abort', cancel, { once: true });
    // One system call for the whole flight instead of one a message.
    stream.cork();
    if (statement.name) usePrepared(client, statement.name);
    const begun = client.query('begin');
    const contextSet = client.query(setContext(context, database.options.statementTimeoutMs));
    const answered = client.query<T & pg.QueryResultRow>({ ...statement });
    const committed = client.query('commit');
    stream.uncork();
    const [, , answer] = await settled([begun, contextSet, answered, committed] as const);
    return answer.rows[0];
  } catch (error) {
    const unavailable = asUnavailable(error);
    if (unavailable) broken = unavailable;
    throw unavailable ?? error;
  } finally {
    onEnd?.(performance.now() - begunAt);
    signal?.removeEventListener('abort', cancel);
    // A cancel that arrived after the connection went to the next tenant would end that one's statement.
    await cancelled;
    // One that hits the COMMIT itself leaves a failed transaction open, which would refuse the next tenant.
    if (client.getTransactionStatus() !== 'I') broken ??= new Error('The transaction did not end.');
    client.release(broken);
  }
}

/** Waits for all, whatever becomes of each, then answers them or throws the first failure: the
    connection may go back only when nothing of this flight is under way on it. */
async function settled<T extends readonly Promise<unknown>[]>(promises: T): Promise<{ -readonly [K in keyof T]: Awaited<T[K]> }> {
  const outcomes = await Promise.allSettled(promises);
  for (const outcome of outcomes) if (outcome.status === 'rejected') throw outcome.reason;
  return outcomes.map(outcome => (outcome as PromiseFulfilledResult<unknown>).value) as { -readonly [K in keyof T]: Awaited<T[K]> };
}

/** Sends PostgreSQL's CancelRequest for what the client runs, over a connection of its own, and
    returns when the server has taken it. */
async function cancelStatement(client: pg.PoolClient, database: Database): Promise<void> {
  const { processID, secretKey } = client as unknown as { processID: number; secretKey: number };
  const Connection = (pg as unknown as { Connection: new (config: object) => CancelConnection }).Connection;
  const { host, port, ssl } = client as unknown as { host: string; port: number; ssl: boolean | object };
  const connection = new Connection({ ssl });
  await new Promise<void>((resolve, reject) => {
    connection.on('error', reject);
    connection.on('end', () => resolve());
    connection.on(ssl ? 'sslconnect' : 'connect', () => connection.cancel(processID, secretKey));
    setTimeout(() => reject(new Error('The cancel request was not answered.')), database.options.connectTimeoutMs).unref();
    if (host.startsWith('/')) connection.connect(`${host}/.s.PGSQL.${port}`);
    else connection.connect(port, host);
  });
}

interface CancelConnection {
  on(event: string, listener: (error: Error) => void): void;
  connect(port: number | string, host?: string): void;
  cancel(processId: number, secretKey: number): void;
}
