/** Due work as time passes: in LIVE, and in every sandbox whose clock runs. The queue wakes whoever is
    there; what is to be done, and whether it was, stands in `portico.due_work` alone. */
import { environmentInstant, type Clock } from '../base/clock.ts';
import type { Log } from '../platform/log.ts';
import { NO_TENANT, inTransaction, type Database } from '../platform/postgres/database.ts';
import { startWorker, type Worker } from '../platform/worker.ts';
import { doNext } from './due-work.ts';
import { findEnvironment } from './sandbox.store.ts';

const SWEEP = 'due_work_sweep';
const RUN = 'due_work_run';

/** Each minute: what falls due is for people, who count in days. */
const CRONTAB = `* * * * * ${SWEEP}`;

export interface DueWorkOptions {
  readonly database: Database;
  /** Past any transaction pooler. */
  readonly url: string;
  readonly clock: Clock;
  readonly log: Log;
}

/** Looks for due work now and each minute from now on. */
export function startDueWork({ database, url, clock, log }: DueWorkOptions): Promise<Worker> {
  return startWorker({
    url,
    log,
    first: SWEEP,
    crontab: CRONTAB,
    tasks: {
      async [SWEEP](_payload, { addJob }) {
        const environments = await inTransaction(database, NO_TENANT, tx =>
          tx.query<{ id: string }[]>('select id from portico.environments_with_due_work($1) as id', [new Date(clock.now())]),
        );
        // The key merges those that wait. Not a queue of the environment's own: one that a dead worker
        // has locked stays so for hours, and the environment's row keeps the order anyway.
        for (const { id } of environments) await addJob(RUN, { environmentId: id }, { jobKey: `${RUN} ${id}` });
      },
      async [RUN](payload) {
        const { environmentId } = payload as { environmentId: string };
        while (await runOne(database, environmentId, clock));
      },
    },
  });
}

/** Does one piece of work in a transaction of its own; answers whether there was one. */
const runOne = (database: Database, environmentId: string, wall: Clock): Promise<boolean> =>
  inTransaction(database, { environmentId, partnerId: '*' }, async tx => {
    const [open] = await tx.query<unknown[]>('select from portico.environment where id = $1 and closed_at is null and clock_frozen_at is null for no key update', [environmentId]);
    if (!open) return false;
    const { clock } = await findEnvironment(tx, environmentId);
    return (await doNext(tx, environmentId, environmentInstant(clock, wall.now()))) !== null;
  });
