/**
 * The version of what a partner reads: it changes when a transaction commits that changed a row of the marked
 * tables in its environment, of its own or of nobody's. An answer that was made of these tables alone is what
 * it was for as long as the version is (decision 0048).
 */
import { NO_TENANT, inTransaction } from '../platform/postgres/database.ts';
import { onOneGateway, type Job } from '../platform/jobs.ts';
import { given, sql, type ChangeMarks } from '../reads/index.ts';
import type { Services } from '../room.ts';

/** Until a minute's marks are put together, each is read with every kept answer of its partner. */
const FOLD_MS = 60_000;

export const changeMarks: ChangeMarks = {
  // The tables that call portico.mark_changes, as a test compares.
  tables: new Set(['integration', 'program', 'milestone', 'milestone_version', 'milestone_dependency', 'criterion', 'reward', 'tier', 'milestone_progress', 'criterion_progress']),
  restless: new Set(['request_id', 'wall_now', 'rate_limit_policies']),
  version: sql`select coalesce(bit_xor(mark), 0)::text from portico.change_mark where environment_id = ${given('environment_id')} and of_partner in (${given('partner_id')}, '')`,
};

export const changeMarkJobs = ({ database }: Services): Job[] => [
  onOneGateway(database.pool, {
    name: 'change_mark.fold',
    everyMs: FOLD_MS,
    run: () => inTransaction(database, NO_TENANT, async tx => void (await tx.query('select portico.fold_change_marks()'))),
  }),
];
