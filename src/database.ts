/** Which PostgreSQL it is: the one that the settings name, or our own. For `main.ts` and the command line. */
import type { Clock } from './base/clock.ts';
import { projectRoot, type Config } from './config.ts';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { SAMPLE_WORLD, ensureLiveEnvironment, installWorlds, worldsAreInstalled, type WorldShare } from './environments/index.ts';
import type { Log } from './platform/log.ts';
import { NO_TENANT, inTransaction, type Database } from './platform/postgres/database.ts';
import { startEmbeddedPostgres } from './platform/postgres/embedded.ts';
import { failureCode } from './platform/postgres/failures.ts';
import { assertMigrated, migrate, pendingMigrations } from './platform/postgres/migrate.ts';
import { installWorker, workerIsInstalled } from './platform/worker.ts';
import { rooms } from './rooms.ts';

export interface Located {
  readonly serviceUrl: string;
  readonly ownerUrl: string;
  readonly isEmbedded: boolean;
  stop(): Promise<void>;
}

export async function locateDatabase(config: Config, log: Log): Promise<Located> {
  if (config.databaseUrl) {
    return { serviceUrl: config.databaseUrl, ownerUrl: config.databaseOwnerUrl ?? asOwner(config.databaseUrl), isEmbedded: false, stop: async () => undefined };
  }
  const embedded = await startEmbeddedPostgres({ dataDir: config.dataDir, log });
  return { serviceUrl: embedded.serviceUrl, ownerUrl: embedded.ownerUrl, isEmbedded: true, stop: () => embedded.stop() };
}

/** The same server as the owner role. */
function asOwner(databaseUrl: string): string {
  const owner = new URL(databaseUrl);
  owner.username = 'portico_owner';
  return owner.href;
}

/** All rooms' migrations. */
export const migrations: readonly string[] = rooms.flatMap(room => room.migrations ?? []);

/** The rooms' shares of the sample world, in the rooms' order. */
export const worldShares = (): WorldShare[] =>
  rooms
    .flatMap(room => room.world ?? [])
    .map((file, position) => ({ world: SAMPLE_WORLD, position, statements: readFileSync(join(projectRoot, 'sandbox/worlds', SAMPLE_WORLD, file), 'utf8') }));

/** What the database must hold before a gateway serves: its shape, the worlds that sandboxes are made
    of, and the queue. Runs as the owner. */
export async function furnish(ownerUrl: string, log: Log): Promise<{ applied: string[] }> {
  const result = await migrate({ ownerUrl, files: migrations, log });
  await installWorlds(ownerUrl, worldShares());
  await installWorker(ownerUrl);
  return result;
}

/** Migrates where something is pending; the owner's login is not needed otherwise. */
export async function bringUpToDate({ serviceUrl, ownerUrl }: Located, log: Log): Promise<void> {
  if ((await pendingMigrations(serviceUrl, migrations)).length === 0 && (await workerIsInstalled(serviceUrl)) && (await worldsAreInstalled(serviceUrl, worldShares()))) return;
  try {
    await furnish(ownerUrl, log);
  } catch (error) {
    if (!failureCode(error)?.startsWith('28')) throw error;
    // Without the owner's login, what is pending is for somebody else to run. Worlds of another release
    // are no reason to stop: gateways are replaced one by one.
    await assertMigrated(serviceUrl, migrations);
  }
}

/** The live environment's id; makes it, and what its rooms cannot do without, where that is missing. */
export async function settleLive(database: Database, clock: Clock): Promise<string> {
  const environmentId = await inTransaction(database, NO_TENANT, tx => ensureLiveEnvironment(tx, clock));
  await inTransaction(database, { environmentId, partnerId: '*' }, async tx => {
    for (const room of rooms) await room.settle?.(tx, environmentId, clock);
  });
  return environmentId;
}
