/**
 * Work that goes on beside the requests, on wall time. A job never overlaps itself, a failing run is
 * logged and tried again at its next turn, and `stop` returns only once nothing runs any more, so
 * that the pools it works on can be closed.
 */
import type pg from 'pg';
import type { Log } from './log.ts';

/** Work repeated every `everyMs` of wall time; a run that is still going is not started again. */
export interface Job {
  readonly name: string;
  readonly everyMs: number;
  /** Takes turns with the others that say so, because it holds two connections at once. */
  readonly inTurn?: boolean;
  run(): Promise<void>;
}

export interface RunningJobs {
  stop(): Promise<void>;
}

/** Starts each job's first turn after its interval; a turn that falls into a long run is skipped. */
export function startJobs(jobs: readonly Job[], log: Log): RunningJobs {
  const running = new Map<Job, Promise<void>>();
  let last = Promise.resolve();
  let stopped = false;
  const take = (job: Job): void => {
    if (running.has(job)) return;
    const run = (job.inTurn ? last : Promise.resolve())
      .then(() => (stopped ? undefined : job.run()))
      .catch((error: unknown) => log.error({ err: error, job: job.name }, 'a job failed; it is tried again at its next turn'))
      .finally(() => running.delete(job));
    if (job.inTurn) last = run;
    running.set(job, run);
  };
  const timers = jobs.map(job => setInterval(take, job.everyMs, job).unref());
  return {
    async stop() {
      stopped = true;
      for (const timer of timers) clearInterval(timer);
      await Promise.all(running.values());
    },
  };
}

/**
 * The job, run by whichever gateway comes first at each turn and left out by the others meanwhile.
 * The lock is a transaction's, so that it works through a transaction pooler too, and a gateway that
 * dies in the middle gives it back with its connection. The job itself works in transactions of its own.
 */
export const onOneGateway = (pool: pg.Pool, job: Job): Job => ({
  ...job,
  inTurn: true,
  async run() {
    const client = await pool.connect();
    try {
      await client.query('begin');
      const { rows } = await client.query<{ taken: boolean }>('select pg_try_advisory_xact_lock(hashtextextended($1, 0)) as taken', [`portico.job.${job.name}`]);
      if (rows[0]?.taken) await job.run();
      await client.query('commit');
    } catch (error) {
      // Given back before anybody hears of the failure. Where that fails the connection is thrown away, and the lock with it.
      const isGivenBack = await client.query('rollback').then(
        () => true,
        () => false,
      );
      client.release(!isGivenBack);
      throw error;
    }
    client.release();
  },
});
