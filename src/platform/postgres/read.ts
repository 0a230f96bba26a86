/**
 * One compiled read: a connection, a flight (flight.ts), one round trip. A statement that a caller no
 * longer waits for is cancelled.
 */
import pg from 'pg';
import type { Database, TenantContext } from './database.ts';
import { asUnavailable } from './failures.ts';
import { fly, type Fields, type FlightStatement } from './flight.ts';
import { usePrepared } from './prepared.ts';

/** The statement's rows, their columns in order as PostgreSQL writes them. Throws `UnavailableError` where
    PostgreSQL is gone, and PostgreSQL's own error otherwise.
    @param onEnd hears how many milliseconds the flight took, from a free connection on, however it ended */
export async function readRows(
  database: Database,
  context: TenantContext,
  statement: FlightStatement,
  signal?: AbortSignal,
  onEnd?: (durationMs: number) => void,
): Promise<readonly Fields[]> {
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
  const begunAt = performance.now();
  try {
    signal?.addEventListener('abort', cancel, { once: true });
    if (statement.name) usePrepared(client, statement.name);
    return await fly(client, context, database.options.statementTimeoutMs, statement);
  } catch (error) {
    const unavailable = asUnavailable(error);
    if (unavailable) broken = unavailable;
    throw unavailable ?? error;
  } finally {
    onEnd?.(performance.now() - begunAt);
    signal?.removeEventListener('abort', cancel);
    // A cancel that arrived after the connection went to the next tenant would end that one's statement.
    if (cancelled) await cancelled;
    client.release(broken);
  }
}

/** The statement's first row, or undefined where it has none. Otherwise as `readRows`. */
export async function readRow(...question: Parameters<typeof readRows>): Promise<Fields | undefined> {
  const [row] = await readRows(...question);
  return row;
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
