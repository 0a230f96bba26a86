/**
 * Portico's own PostgreSQL, promised to whoever starts without a `DATABASE_URL`: a real server on
 * 127.0.0.1 that is there as long as this process is, at one address, whatever dies in between.
 *
 * Any number of processes of one machine share a data folder. PostgreSQL's own lock file decides
 * who starts the server; the others attach. A server goes with the process that started it, however
 * that process ended, and whoever is left starts it again on the same port, so that pools recover by
 * themselves. Two machines or containers must not share one: the lock's pids mean nothing elsewhere.
 */
import { copyFile, link, open, readFile, rename, rm, stat, truncate } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import pg from 'pg';
import { EmbeddedPostgresError, freePort, openCluster, type Cluster } from './embedded-files.ts';
import { lockFileOf, postmasterGone, runningPostmaster, spawnGuarded, type Postmaster } from './embedded-process.ts';
import { ensureRoles } from './embedded-roles.ts';
import { isUnavailable } from './failures.ts';

export { EmbeddedPostgresError };

export interface EmbeddedPostgres {
  /** Owner of the database `portico`; runs migrations. */
  readonly ownerUrl: string;
  /** What the gateway works as; row-level security binds it. */
  readonly serviceUrl: string;
  /** Superuser, in the database `postgres`. */
  readonly adminUrl: string;
  readonly port: number;
  /** Stops the server if this process started it. */
  stop(): Promise<void>;
}

export interface EmbeddedOptions {
  readonly dataDir: string;
  readonly log: { info(o: object, m: string): void; warn(o: object, m: string): void };
  /** Called each time the server is back after it went away. */
  readonly onRestart?: () => void;
}

/** The longest that a start waits. A recovery after a crash takes seconds: it replays `max_wal_size` at most twice. */
const START_LIMIT_MS = 60_000;
/** Of each of two files: the log, and the one before it. */
const LOG_LIMIT_BYTES = 8 * 1024 * 1024;

/** Given on the command line: a cluster made by an earlier release gets them too. */
const SETTINGS = {
  listen_addresses: '127.0.0.1',
  unix_socket_directories: '',
  max_connections: '100',
  // A newcomer's laptop has other work to do: modest buffers, no I/O workers.
  shared_buffers: '128MB',
  work_mem: '8MB',
  max_wal_size: '512MB',
  io_method: 'sync',
  // A container that counts huge pages among its limits ends the server with SIGBUS for them.
  huge_pages: 'off',
  // One call for the file system instead of one for each of a thousand files: it is most of a start after a crash.
  ...(process.platform === 'linux' && { recovery_init_sync_method: 'syncfs' }),
  // The partner API's statements take milliseconds; compiling one takes longer than running it.
  jit: 'off',
  random_page_cost: '1.1',
  timezone: 'UTC',
  log_timezone: 'UTC',
  log_line_prefix: '%m [%p] %a ',
  log_checkpoints: 'off',
  // People's data stands in statements and in the details of errors; a log file is no place for it.
  log_min_error_statement: 'panic',
  log_error_verbosity: 'terse',
};

/** What a start may meet that passes by itself: another starter, a port still taken, backends of a
    killed postmaster that hold its shared memory for a moment, and being killed once more. */
const PASSING = /lock file|could not bind|could not create any TCP|shared memory block|ended by SIGKILL/;

interface Server {
  readonly port: number;
  readonly startedHere: boolean;
  /** Resolves when the server has gone; never rejects. */
  readonly gone: Promise<unknown>;
  /** Stops it if it was started here. */
  stop(): Promise<void>;
}

/** A server started here that need not answer yet, nor ever. */
interface Started extends Server {
  readonly pid: number | undefined;
  /** Why it ended by itself; undefined while it runs. */
  failure(): Promise<string | undefined>;
  /** The lock file as it was before. */
  readonly lockBefore: string;
}

/** Starts the server on the cluster at `<dataDir>/postgres`, making the cluster at first, or attaches
    to the server that runs there. Throws `EmbeddedPostgresError`. */
export async function startEmbeddedPostgres(options: EmbeddedOptions): Promise<EmbeddedPostgres> {
  try {
    return await startSupervised(options);
  } catch (error) {
    if (error instanceof EmbeddedPostgresError) throw error;
    throw new EmbeddedPostgresError(`The embedded PostgreSQL in ${options.dataDir} did not start: ${(error as Error).message}`, error);
  }
}

async function startSupervised({ dataDir, log, onRestart }: EmbeddedOptions): Promise<EmbeddedPostgres> {
  const cluster = await openCluster(dataDir);
  const stopping = new AbortController();
  let server = await bringUp(cluster, undefined, stopping.signal);
  const { port } = server;
  const how = server.startedHere ? 'embedded PostgreSQL started' : 'attached to the embedded PostgreSQL of another process';
  log.info({ port, data: cluster.data, log: cluster.logFile }, how);

  const supervise = async (): Promise<void> => {
    for (;;) {
      await server.gone;
      if (stopping.signal.aborted) return;
      log.warn({ port, log: cluster.logFile }, 'embedded PostgreSQL has gone away, bringing it back');
      const back = await bringBack(cluster, port, log, stopping.signal);
      if (back === null) return;
      server = back;
      log.info({ port, startedHere: server.startedHere }, 'embedded PostgreSQL is back');
      onRestart?.();
    }
  };
  const supervising = supervise();
  const { admin, owner, service } = cluster.credentials;
  return {
    adminUrl: urlOf('postgres', admin, port, 'postgres'),
    ownerUrl: urlOf('portico_owner', owner, port, 'portico'),
    serviceUrl: urlOf('portico_service', service, port, 'portico'),
    port,
    stop: async () => {
      stopping.abort();
      await server.stop();
      await supervising;
    },
  };
}

const urlOf = (user: string, password: string, port: number, database: string): string => `postgres://${user}:${password}@127.0.0.1:${port}/${database}`;

/** Brings the server up on the port, or on any where none is given: starts it, or attaches to the one that runs. */
async function bringUp(cluster: Cluster, port: number | undefined, signal: AbortSignal): Promise<Server> {
  const deadline = Date.now() + START_LIMIT_MS;
  let problem = 'it did not answer';
  let started: Started | undefined;
  try {
    for (; Date.now() < deadline; await sleep(20, undefined, { signal })) {
      const running = await runningPostmaster(cluster.data);
      if (running !== null) {
        if (!(await isPrepared(cluster, running, port))) continue;
        if (running.pid === started?.pid) return started;
        await started?.stop();
        return attach(cluster, running, signal);
      }
      started ??= await start(cluster, port ?? (await freePort(cluster.credentials.port)));
      const failure = await started.failure();
      if (failure === undefined) continue;
      problem = failure;
      if (!PASSING.test(problem)) break;
      if (/lock file/.test(problem)) await removeStaleLock(cluster.data, started.lockBefore);
      started = undefined;
      await sleep(100, undefined, { signal });
    }
    throw new EmbeddedPostgresError(`The embedded PostgreSQL in ${cluster.data} did not start (${problem}). See ${cluster.logFile}`);
  } catch (error) {
    await started?.stop();
    throw error;
  }
}

/** Whether the server answers and has its roles. Its answer proves that it is ours: in SCRAM the
    server too has to know the password (RFC 5802). */
async function isPrepared(cluster: Cluster, running: Postmaster, port: number | undefined): Promise<boolean> {
  if (running.status !== 'ready') return false;
  if (port !== undefined && running.port !== port) {
    throw new EmbeddedPostgresError(
      `Another process has started the embedded PostgreSQL in ${cluster.data} on port ${running.port}, here it was ${port}. Start this process again`,
    );
  }
  const connectionString = urlOf('postgres', cluster.credentials.admin, running.port, 'postgres');
  const admin = new pg.Client({ connectionString, connectionTimeoutMillis: 5_000, statement_timeout: 30_000 });
  admin.on('error', () => undefined);
  try {
    await admin.connect();
    await ensureRoles(admin, cluster.credentials);
    return true;
  } catch (error) {
    if (isUnavailable(error)) return false;
    throw error;
  } finally {
    await admin.end().catch(() => undefined);
  }
}

const attach = (cluster: Cluster, { pid, port }: Postmaster, signal: AbortSignal): Server => ({
  port,
  startedHere: false,
  gone: postmasterGone(pid, cluster.data, signal),
  stop: () => Promise.resolve(),
});

async function start(cluster: Cluster, port: number): Promise<Started> {
  await boundLog(cluster.logFile);
  const lockBefore = await readFile(lockFileOf(cluster.data), 'utf8').catch(() => '');
  const output = await open(cluster.logFile, 'a', 0o600);
  const logStart = (await output.stat()).size;
  const settings = Object.entries(SETTINGS).flatMap(([name, value]) => ['-c', `${name}=${value}`]);
  const program = spawnGuarded([join(cluster.bin, 'postgres'), '-D', cluster.data, '-p', String(port), ...settings], cluster.user, output.fd);
  program.unref();
  await output.close();
  const bounding = setInterval(() => void boundLog(cluster.logFile).catch(() => undefined), 60_000).unref();
  let ending: string | null | undefined;
  const gone = program.ended.then(how => {
    ending = how;
    clearInterval(bounding);
  });
  return {
    port,
    pid: program.pid,
    startedHere: true,
    gone,
    lockBefore,
    failure: async () => (ending === undefined ? undefined : `it ${ending ?? 'ended'}: ${await complaints(cluster.logFile, logStart)}`),
    stop: async () => {
      program.kill('SIGINT');
      const impatience = setInterval(() => program.kill('SIGQUIT'), 10_000);
      await gone;
      clearInterval(impatience);
    },
  };
}

/** What the server complained of in its log since it was started. */
async function complaints(logFile: string, from: number): Promise<string> {
  const lines = (await readFile(logFile)).subarray(from).toString('utf8').trim().split('\n');
  const grave = lines.filter(line => /FATAL|PANIC|could not/.test(line)).map(line => line.replace(/^.*?(?=FATAL|PANIC|could not)/, ''));
  return (grave.length > 0 ? grave : lines.slice(-1)).join('; ');
}

/** Removes a lock file that no server holds. PostgreSQL does so where its pid runs no more; after a
    restart of the machine or container the pid may be another process's, and a crash may have left
    the file empty. It is moved before it is compared: one that a new server has just written goes back. */
async function removeStaleLock(data: string, seen: string): Promise<void> {
  const lock = lockFileOf(data);
  const aside = `${lock}.${process.pid}`;
  if ((await runningPostmaster(data)) !== null) return;
  const moved = await rename(lock, aside).then(
    () => true,
    () => false,
  );
  if (!moved) return;
  if ((await readFile(aside, 'utf8')) !== seen) await link(aside, lock).catch(() => undefined);
  await rm(aside, { force: true });
}

/** The server appends to the file, so it may be emptied in place. */
async function boundLog(logFile: string): Promise<void> {
  const size = await stat(logFile).then(
    found => found.size,
    () => 0,
  );
  if (size < LOG_LIMIT_BYTES) return;
  await copyFile(logFile, `${logFile}.1`);
  await truncate(logFile);
}

/** Brings the server back for as long as it takes; null once this process no longer wants it. */
async function bringBack(cluster: Cluster, port: number, log: EmbeddedOptions['log'], signal: AbortSignal): Promise<Server | null> {
  for (let pauseMs = 500; ; pauseMs = Math.min(2 * pauseMs, 10_000)) {
    try {
      const server = await bringUp(cluster, port, signal);
      if (!signal.aborted) return server;
      await server.stop();
    } catch (error) {
      if (!signal.aborted) log.warn({ port, problem: (error as Error).message }, 'embedded PostgreSQL did not come back, trying again');
      await sleep(pauseMs, undefined, { ref: false, signal }).catch(() => undefined);
    }
    if (signal.aborted) return null;
  }
}
