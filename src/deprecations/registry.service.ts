/**
 * The registry in a gateway's memory: loaded at start, and anew whenever its revision has moved on.
 * PostgreSQL tells at once over a connection of its own; where that is lost, or a pooler swallows it,
 * asking every second and a half finds the change within the two seconds that are promised.
 */
import pg from 'pg';
import type { Job } from '../platform/jobs.ts';
import type { Log } from '../platform/log.ts';
import { NO_TENANT, inTransaction, type Database } from '../platform/postgres/database.ts';
import type { RegistrySnapshot } from './registry.rules.ts';
import { loadRegistry, registryRevision } from './registry.store.ts';

const POLL_MS = 1500;

const CHANNEL = 'portico_registry';

export interface Registry {
  /** The picture to answer by; the same object until the registry changes. */
  current(): RegistrySnapshot;
  /** Looks whether the registry has changed, and follows it. */
  follow(): Promise<void>;
  readonly job: Job;
  close(): Promise<void>;
}

/** Loads the registry and follows it. Throws `UnavailableError`.
    @param listenUrl a login to PostgreSQL that no transaction pooler stands in front of */
export async function openRegistry(database: Database, listenUrl: string, log: Log): Promise<Registry> {
  let snapshot = await inTransaction(database, NO_TENANT, loadRegistry);
  let listener: pg.Client | null = null;
  let isClosed = false;

  const follow = async (): Promise<void> => {
    const next = await inTransaction(database, NO_TENANT, async tx => ((await registryRevision(tx)) === snapshot.revision ? null : await loadRegistry(tx)));
    // Two looks at once may end in the other order; an older picture must not come back.
    if (next && BigInt(next.revision) > BigInt(snapshot.revision)) snapshot = next;
  };

  const listen = async (): Promise<void> => {
    if (listener || isClosed) return;
    const client = new pg.Client({ connectionString: listenUrl, application_name: 'portico registry', connectionTimeoutMillis: database.options.connectTimeoutMs });
    listener = client;
    const lose = (): void => {
      if (listener === client) listener = null;
    };
    client.on('error', lose);
    client.on('end', lose);
    client.on('notification', () => void follow().catch((error: unknown) => log.warn({ err: error }, 'the registry could not be read; it is asked again shortly')));
    try {
      await client.connect();
      await client.query(`listen ${CHANNEL}`);
    } catch (error) {
      lose();
      log.debug({ err: error }, 'no news of the registry for now; it is asked for them instead');
      await client.end().catch(() => undefined);
    }
  };

  await listen();
  return {
    current: () => snapshot,
    follow,
    job: {
      name: 'registry.follow',
      everyMs: POLL_MS,
      run: async () => {
        await listen();
        await follow();
      },
    },
    async close() {
      isClosed = true;
      await listener?.end().catch(() => undefined);
    },
  };
}
