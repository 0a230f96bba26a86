/** Which PostgreSQL it is: the one that the settings name, or our own. For `main.ts` and the command line. */
import type { Config } from './config.ts';
import type { Log } from './platform/log.ts';
import { startEmbeddedPostgres } from './platform/postgres/embedded.ts';
import { migrate, pendingMigrations } from './platform/postgres/migrate.ts';
import { rooms } from './rooms.ts';

export interface Located {
  readonly serviceUrl: string;
  readonly ownerUrl: string;
  readonly isEmbedded: boolean;
  stop(): Promise<void>;
}

export async function locateDatabase(config: Config, log: Log): Promise<Located> {
  if (config.databaseUrl && config.databaseOwnerUrl) {
    return { serviceUrl: config.databaseUrl, ownerUrl: config.databaseOwnerUrl, isEmbedded: false, stop: async () => undefined };
  }
  const embedded = await startEmbeddedPostgres({ dataDir: config.dataDir, log });
  return { serviceUrl: embedded.serviceUrl, ownerUrl: embedded.ownerUrl, isEmbedded: true, stop: () => embedded.stop() };
}

/** All rooms' migrations. */
export const migrations: readonly string[] = rooms.flatMap(room => room.migrations ?? []);

/** Migrates where something is pending; the owner's login is not needed otherwise. */
export async function bringUpToDate({ serviceUrl, ownerUrl }: Located, log: Log): Promise<void> {
  const pending = await pendingMigrations(serviceUrl, migrations);
  if (pending.length > 0) await migrate({ ownerUrl, files: migrations, log });
}
