/**
 * Jobs that must not be lost, through graphile-worker: a queue in PostgreSQL, so that whichever
 * gateway is there does them, and a gateway that dies gives them back. What a job is for stands in
 * tables of ours; the queue only says that there is something to do.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { Logger, run, runMigrations, type Runner, type TaskList } from 'graphile-worker';
import pg from 'pg';
import type { Log } from './log.ts';

const SCHEMA = 'portico_worker';

/** What made the schema; the owner brings it up to date when it is another. */
export const WORKER_VERSION = '0.17.3';

/** graphile-worker puts its tables behind row-level security without a policy, for its owner alone.
    The service is the worker here; the queue holds no tenant's data. */
const OPEN_TO_SERVICE = `
  do $$
  declare
    queue_table record;
  begin
    grant usage on schema ${SCHEMA} to portico_service;
    grant select, insert, update, delete on all tables in schema ${SCHEMA} to portico_service;
    grant usage, select, update on all sequences in schema ${SCHEMA} to portico_service;
    grant execute on all functions in schema ${SCHEMA} to portico_service;
    for queue_table in select oid::regclass as name from pg_catalog.pg_class where relnamespace = '${SCHEMA}'::regnamespace and relkind = 'r' and relrowsecurity loop
      execute format('drop policy if exists service on %s', queue_table.name);
      execute format('create policy service on %s to portico_service using (true) with check (true)', queue_table.name);
    end loop;
    comment on schema ${SCHEMA} is 'graphile-worker ${WORKER_VERSION}';
  end $$`;

async function ask<Row extends object>(url: string, sql: string): Promise<Row[]> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    return (await client.query<Row>(sql)).rows;
  } finally {
    await client.end();
  }
}

/** Whether the queue is there, as this code knows it. */
export async function workerIsInstalled(url: string): Promise<boolean> {
  const [row] = await ask<{ made_by: string | null }>(url, `select obj_description(oid, 'pg_namespace') as made_by from pg_catalog.pg_namespace where nspname = '${SCHEMA}'`);
  return row?.made_by === `graphile-worker ${WORKER_VERSION}`;
}

/** Makes the queue, or brings it up to date, as the database's owner. */
export async function installWorker(ownerUrl: string): Promise<void> {
  await runMigrations({ connectionString: ownerUrl, schema: SCHEMA, logger: new Logger(() => () => undefined) });
  await ask(ownerUrl, OPEN_TO_SERVICE);
}

export interface Worker {
  /** Returns once nothing runs any more. */
  stop(): Promise<void>;
}

export interface WorkerOptions {
  /** The service's URL, past any transaction pooler: a worker listens. */
  readonly url: string;
  readonly tasks: TaskList;
  /** The task that is done whenever the queue begins to be worked on, be it anew. */
  readonly first: string;
  /** Lines of crontab: what comes up by itself. */
  readonly crontab: string;
  readonly log: Log;
}

/** Two at once: one long job does not hold up all others, and requests keep most of PostgreSQL. */
const CONCURRENCY = 2;

/** How soon a runner that PostgreSQL's end took along is followed by another. */
const AGAIN_MS = 1_000;

export async function startWorker({ url, tasks, first, crontab, log }: WorkerOptions): Promise<Worker> {
  const pool = new pg.Pool({ connectionString: url, max: CONCURRENCY + 2, application_name: 'portico worker' });
  // A connection that is lost is replaced; unheard, its event would end the process.
  pool.on('error', () => undefined);
  pool.on('connect', client => client.on('error', () => undefined));
  const logger = new Logger(() => (level: string, message, meta) => {
    if (level === 'error') log.error({ ...meta }, message);
    else if (level === 'warning') log.warn({ ...meta }, message);
  });
  // Telling the queue what became of a job fails where PostgreSQL has just gone. At once, that is a rejection that
  // nobody hears, which ends the process; in batches, be they of one, the runner hears it and ends itself alone.
  const preset = { worker: { completeJobBatchDelay: 0, failJobBatchDelay: 0 } };
  const begin = async (): Promise<Runner> => {
    const begun = await run({ preset, pgPool: pool, schema: SCHEMA, taskList: tasks, crontab, concurrency: CONCURRENCY, pollInterval: 5_000, noHandleSignals: true, logger });
    try {
      await begun.addJob(first, {}, { jobKey: first });
      return begun;
    } catch (error) {
      await begun.stop().catch(() => undefined);
      throw error;
    }
  };
  let runner: Runner;
  try {
    runner = await begin();
  } catch (error) {
    await pool.end();
    throw error;
  }
  const stopping = new AbortController();
  const { signal } = stopping;
  // A runner that has ended stays ended, so that a beginning that fails is followed by the next.
  const running = (async () => {
    for (;;) {
      await runner.promise.catch(() => undefined);
      await sleep(AGAIN_MS, undefined, { signal }).catch(() => undefined);
      if (signal.aborted) return;
      try {
        runner = await begin();
        log.warn({}, 'the queue of due work is worked on again');
      } catch (error) {
        log.warn({ err: error }, 'the queue of due work cannot be worked on; it is tried again');
      }
      // Whoever stopped us meanwhile saw the runner before.
      if (signal.aborted) await runner.stop().catch(() => undefined);
    }
  })();
  return {
    async stop() {
      stopping.abort();
      // It rejects where it has ended by itself.
      await runner.stop().catch(() => undefined);
      await running;
      await pool.end();
    },
  };
}
