/** What becomes of sandboxes by themselves, on wall time: their use is noted, their owners are told
    before they expire, and those whose time is over go, with all that they hold. */
import { onOneGateway, type Job } from '../platform/jobs.ts';
import { NO_TENANT, inTransaction, type Database } from '../platform/postgres/database.ts';
import type { Services } from '../room.ts';
import { removeSandbox } from './sandboxes.service.ts';
import { IDLE_DAYS, TOLD_DAYS_AHEAD } from './sandbox.rules.ts';
import { lockExpired, lockExpiredUnclaimed, purgeEnvironment } from './sandbox.store.ts';

const SWEEP_MS = 60_000;
const DAY_MS = 86_400_000;

/** Most that one turn deletes; the rest waits for the next. */
const MOST = 20;

interface Expired {
  owner_environment_id: string | null;
  owner_partner_id: string | null;
  sandbox_id: string | null;
  sandbox_environment_id: string;
}

export const sandboxJobs = (services: Services): Job[] => [onOneGateway(services.database.pool, { name: 'sandbox.sweep', everyMs: SWEEP_MS, run: () => sweepSandboxes(services) })];

/** One turn of the job. What somebody is using just now is left to the next one, and so is what cannot be
    removed: neither holds up the others. Throws once all have had their turn. */
export async function sweepSandboxes({ database, clock }: Pick<Services, 'database' | 'clock'>): Promise<void> {
  const now = clock.now();
  const expired = await inTransaction(database, NO_TENANT, async tx => {
    await tx.query('select portico.note_sandbox_use(make_interval(hours => $1))', [IDLE_DAYS * 24]);
    await tx.query('select portico.tell_of_expiry($1, $2)', [new Date(now), new Date(now + TOLD_DAYS_AHEAD * DAY_MS)]);
    return tx.query<Expired[]>('select * from portico.expired_sandboxes($1, $2)', [new Date(now), MOST]);
  });
  const failures: unknown[] = [];
  for (const each of expired) await remove(database, each, now).catch((error: unknown) => failures.push(error));
  if (failures.length > 0) throw new AggregateError(failures, `${failures.length} of ${expired.length} expired sandboxes could not be removed.`);
}

function remove(database: Database, expired: Expired, now: number): Promise<void> {
  const { owner_environment_id: environmentId, owner_partner_id: partnerId, sandbox_id: id, sandbox_environment_id: sandboxEnvironmentId } = expired;
  if (environmentId === null || partnerId === null || id === null) {
    return inTransaction(database, { environmentId: sandboxEnvironmentId, partnerId: '*' }, async tx => {
      if (await lockExpiredUnclaimed(tx, sandboxEnvironmentId, now)) await purgeEnvironment(tx, sandboxEnvironmentId);
    });
  }
  const owner = { environmentId, partnerId, kind: 'LIVE' as const };
  return inTransaction(database, owner, async tx => {
    if (await lockExpired(tx, owner, id, now)) await removeSandbox(tx, owner, { id, sandboxEnvironmentId });
  });
}
