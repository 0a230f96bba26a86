/**
 * The programs of the embedded PostgreSQL, promised to the supervisor: what is started here cannot
 * outlive this process, and what another process started is recognised beyond doubt.
 */
import { execFile, spawn } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Socket } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { promisify } from 'node:util';

/** Whom the programs run as, where that is not whoever runs this process. */
export interface ServerUser {
  readonly uid: number;
  readonly gid: number;
}

export interface Guarded {
  readonly pid: number | undefined;
  /** Null once the program has ended well, else what went wrong; never rejects. */
  readonly ended: Promise<string | null>;
  kill(signal: 'SIGINT' | 'SIGQUIT'): void;
  /** Lets this process end although the program runs. */
  unref(): void;
}

/** The shell leaves a guard behind and becomes the program, so that the program is our own child.
    The guard reads the pipe: a line releases it; the end of the pipe is our death, however we died.
    A fast shutdown then has 0.7 s before an immediate one, which costs the next start a recovery.
    The guard is an orphan on purpose: the postmaster takes the crash of a child it does not know
    for the crash of a backend, and would drop every session. */
const GUARDED = `
( ( read -r released <&3 && exit
    kill -INT $$
    for tenth in 1 2 3 4 5 6 7; do sleep 0.1; kill -0 $$ || exit; done
    kill -QUIT $$ ) >/dev/null 2>&1 & )
exec "$@" 3<&-`;

/** Nothing of our own environment: PGOPTIONS, PGDATA or a locale would change what the programs do. */
const ENVIRONMENT = { PATH: '/usr/local/bin:/usr/bin:/bin', LC_ALL: 'C', TZ: 'UTC' };

/** Starts a program that ends when this process does. What it prints goes to the file descriptor
    `output`. */
export function spawnGuarded(command: readonly string[], user: ServerUser | undefined, output: number): Guarded {
  const child = spawn('/bin/sh', ['-c', GUARDED, 'sh', ...command], {
    ...user,
    cwd: '/',
    env: ENVIRONMENT,
    // Ctrl-C reaches a whole process group: the server would go while requests are still being drained.
    detached: true,
    stdio: ['ignore', output, output, 'pipe'],
  });
  const pipe = child.stdio[3] as Socket | undefined;
  pipe?.on('error', () => undefined);
  const ended = new Promise<string | null>(resolve => {
    child.once('error', error => resolve(`could not be run (${error.message})`));
    child.once('exit', (code, signal) => {
      pipe?.end('\n', () => pipe.destroy());
      resolve(code === 0 ? null : code === null ? `was ended by ${signal}` : `ended with exit code ${code}`);
    });
  });
  return {
    pid: child.pid,
    ended,
    kill: signal => void child.kill(signal),
    unref: () => {
      child.unref();
      pipe?.unref();
    },
  };
}

/** Runs a short program as `user` and returns what it printed; rejects as the promise of `execFile` does. */
export async function run(file: string, args: readonly string[], user?: ServerUser): Promise<string> {
  const { stdout } = await promisify(execFile)(file, args, { ...user, cwd: '/', env: ENVIRONMENT, timeout: 10_000 });
  return stdout;
}

/** What PostgreSQL writes into `postmaster.pid` (src/include/utils/pidfile.h). */
export interface Postmaster {
  readonly pid: number;
  readonly port: number;
  readonly status: string;
}

export const lockFileOf = (data: string): string => join(data, 'postmaster.pid');

/** The postmaster that runs on the data folder, whoever started it, or null. The file alone proves
    nothing: it outlives `kill -9` and a restart of the machine, after which its pid may be anybody's. */
export async function runningPostmaster(data: string): Promise<Postmaster | null> {
  const lines = (await readFile(lockFileOf(data), 'utf8').catch(() => '')).split('\n');
  const pid = Number(lines[0]);
  if (!Number.isInteger(pid) || pid < 2 || !(await isPostmaster(pid, data))) return null;
  return { pid, port: Number(lines[3] ?? 0), status: (lines[7] ?? 'starting').trim() };
}

/** The guard carries the same arguments as the server, but behind the shell's name. */
async function isPostmaster(pid: number, data: string): Promise<boolean> {
  const command = await commandLine(pid);
  return command.includes(`/postgres -D ${data} `) && !command.startsWith('/bin/sh ');
}

/** Empty where no such process runs; a zombie has no command line either. */
async function commandLine(pid: number): Promise<string> {
  if (process.platform === 'linux') return (await readFile(`/proc/${pid}/cmdline`, 'utf8').catch(() => '')).replaceAll('\0', ' ');
  return run('/bin/ps', ['-ww', '-o', 'args=', '-p', String(pid)]).catch(() => '');
}

/** Resolves once the process is no longer the data folder's postmaster, or `signal` ends the watch.
    It does not keep this process alive. */
export async function postmasterGone(pid: number, data: string, signal: AbortSignal): Promise<void> {
  while (!signal.aborted && (await isPostmaster(pid, data))) await sleep(100, undefined, { ref: false, signal }).catch(() => undefined);
}
