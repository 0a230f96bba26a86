/**
 * The road to PostgreSQL: one pool, shared by TypeORM (writes) and by compiled reads. Every
 * transaction begins by setting its tenant context, for itself only: a setting that outlived its
 * transaction would reach the next tenant through the pool.
 */
import type pg from 'pg';
import { DataSource, type EntityManager, type EntityTarget, type ObjectLiteral } from 'typeorm';
import { asUnavailable, isUndoneForAnother } from './failures.ts';

/** Whose rows a transaction may see. `partnerId: '*'` is the marketplace itself. */
export interface TenantContext {
  readonly environmentId: string;
  readonly partnerId: string;
}

/** A context for work that belongs to no tenant: no tenant row is visible in it. */
export const NO_TENANT: TenantContext = { environmentId: '', partnerId: '' };

export type Tx = EntityManager;

export interface DatabaseOptions {
  readonly url: string;
  readonly entities: readonly EntityTarget<ObjectLiteral>[];
  readonly poolSize: number;
  /** Longest that a statement may run, in milliseconds. */
  readonly statementTimeoutMs: number;
  /** Longest that a request waits for a connection, in milliseconds. */
  readonly connectTimeoutMs: number;
  readonly applicationName?: string;
}

/** Beyond a statement's own timeout, how long to wait for a server that no longer answers. */
const SILENCE_MS = 1000;

export interface Database {
  readonly dataSource: DataSource;
  readonly pool: pg.Pool;
  readonly options: DatabaseOptions;
  close(): Promise<void>;
}

const unheard = (): void => undefined;

/** Opens the pool; throws where PostgreSQL does not answer. Later losses are met request by request. */
export async function openDatabase(options: DatabaseOptions): Promise<Database> {
  const dataSource = new DataSource({
    type: 'postgres',
    url: options.url,
    schema: 'portico',
    entities: [...(options.entities as never[])],
    logging: false,
    applicationName: options.applicationName ?? 'portico',
    poolSize: options.poolSize,
    connectTimeoutMS: options.connectTimeoutMs,
    // A server that is stopped or cut off never answers: only a deadline of ours ends the wait, and
    // pg then destroys the connection.
    extra: { pipeline: true, idleTimeoutMillis: 60_000, keepAlive: true, query_timeout: options.statementTimeoutMs + SILENCE_MS },
    poolErrorHandler: () => undefined,
  });
  await dataSource.initialize();
  const pool = (dataSource.driver as unknown as { master: pg.Pool }).master;
  // A connection lost while it is in use fails its queries; unheard, its own event would end the process.
  // Heard when it is taken: the first was made before there was a pool to listen to.
  pool.on('acquire', client => client.listeners('error').includes(unheard) || client.on('error', unheard));
  return { dataSource, pool, options, close: () => dataSource.destroy() };
}

const SET_CONTEXT = {
  name: 'portico_set_context',
  text: "select set_config('portico.environment_id', $1, true), set_config('portico.partner_id', $2, true), set_config('statement_timeout', $3, true)",
};

/** The statement that gives a transaction its context. */
export const setContext = (context: TenantContext, statementTimeoutMs: number) => ({
  ...SET_CONTEXT,
  values: [context.environmentId, context.partnerId, String(statementTimeoutMs)],
});

/** How often a transaction that was undone for another one is tried in all. */
const MAX_TRIES = 3;

/** Runs `work` in one transaction under the context; throws `UnavailableError` where PostgreSQL is gone.
    Of two transactions that wait for each other PostgreSQL undoes one, and that one is run anew: `work`
    may be called again, and keeps nothing outside of its transaction. */
export async function inTransaction<T>(database: Database, context: TenantContext, work: (tx: Tx) => Promise<T>): Promise<T> {
  for (let tries = 1; ; tries++) {
    try {
      return await database.dataSource.transaction(async tx => {
        const { text, values } = setContext(context, database.options.statementTimeoutMs);
        await tx.query(text, values);
        return await work(tx);
      });
    } catch (error) {
      if (tries === MAX_TRIES || !isUndoneForAnother(error)) throw asUnavailable(error) ?? error;
    }
  }
}

export { UnavailableError } from './failures.ts';
