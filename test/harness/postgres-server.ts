/**
 * One PostgreSQL for the whole run, in a folder of its own, with
 * the template that every test database is cloned from.
 */
import { mkdirSync, readdirSync, rmSync, statfsSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import pg from 'pg';
import { startEmbeddedPostgres } from '../../src/platform/postgres/embedded.ts';
import { furnish } from '../../src/database.ts';
import { createLogger } from '../../src/platform/log.ts';
import { inDatabase } from './run.ts';

export interface PostgresServer {
  readonly adminUrl: string;
  readonly ownerUrl: string;
  readonly serviceUrl: string;
  readonly templateDatabase: string;
  stop(): Promise<void>;
}

const FOLDER = 'portico-test-';
const RAM_DISK = '/dev/shm';
/** Bytes: more than a run has ever taken, its log of writes included. */
const ROOM_IN_MEMORY = 6 * 1024 ** 3;
const TEMPLATE = 'portico_template';
const QUIET = { info: () => undefined, warn: () => undefined };

/** Where the data stands: in memory where there is room, because a database per test file is written for each of them. */
function dataRoot(): string {
  try {
    const { bavail, bsize } = statfsSync(RAM_DISK);
    return bavail * bsize >= ROOM_IN_MEMORY ? RAM_DISK : tmpdir();
  } catch {
    return tmpdir();
  }
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}

/** A run that was killed leaves its folder behind; the folder's name ends in the run's process id. */
function removeLeftovers(root: string): void {
  for (const name of readdirSync(root)) {
    const pid = new RegExp(`^${FOLDER}(\\d+)$`).exec(name)?.[1];
    if (pid !== undefined && !isAlive(Number(pid))) rmSync(join(root, name), { recursive: true, force: true });
  }
}

export async function startPostgres(): Promise<PostgresServer> {
  const root = dataRoot();
  removeLeftovers(root);
  const folder = join(root, `${FOLDER}${process.pid}`);
  mkdirSync(folder, { mode: 0o755 });
  const server = await startEmbeddedPostgres({ dataDir: folder, log: QUIET });
  const stop = async () => {
    await server.stop();
    rmSync(folder, { recursive: true, force: true });
  };
  try {
    const admin = new pg.Client({ connectionString: server.adminUrl });
    await admin.connect();
    try {
      // These databases live for seconds: nothing of them has to survive a power cut.
      for (const setting of ['fsync', 'synchronous_commit', 'full_page_writes']) await admin.query(`alter system set ${setting} = off`);
      await admin.query('select pg_reload_conf()');
      await admin.query(`create database ${TEMPLATE} owner portico_owner`);
    } finally {
      await admin.end();
    }
    await furnish(inDatabase(server.ownerUrl, TEMPLATE), createLogger({ level: 'silent' }));
  } catch (error) {
    await stop();
    throw error;
  }
  return { adminUrl: server.adminUrl, ownerUrl: server.ownerUrl, serviceUrl: server.serviceUrl, templateDatabase: TEMPLATE, stop };
}
