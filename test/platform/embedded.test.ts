/** The embedded PostgreSQL under the deaths and races that it promises to outlive, with real processes and real kills. */
import { spawn, spawnSync, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { chmod, chown, mkdir, mkdtemp, readFile, readdir, readlink, realpath, rm, stat, symlink, truncate, writeFile } from 'node:fs/promises';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import pg from 'pg';
import { startEmbeddedPostgres } from '../../src/platform/postgres/embedded.ts';
import { linkLibraries } from '../../src/platform/postgres/embedded-files.ts';
import { runningPostmaster } from '../../src/platform/postgres/embedded-process.ts';

const script = fileURLToPath(new URL('./embedded-child.js', import.meta.url));
const asRoot = process.getuid?.() === 0;
const NOBODY = 65_534;
/** False where this checkout or Node lies in root's own folder. */
const nobodyCanRunNode = asRoot && spawnSync(process.execPath, ['--check', script], { cwd: '/', uid: NOBODY, gid: NOBODY }).status === 0;
const silent = { info: () => undefined, warn: () => undefined };

interface Ready {
  readonly event: 'ready';
  readonly adminUrl: string;
  readonly ownerUrl: string;
  readonly serviceUrl: string;
  readonly port: number;
}

/** A process that keeps an embedded PostgreSQL; see embedded-child.ts. */
class Keeper {
  readonly process: ChildProcess;
  readonly events: { readonly event: string; readonly message?: string }[] = [];
  problem = '';

  constructor(dataDir: string, user?: number) {
    this.process = spawn(process.execPath, [script, dataDir], { cwd: '/', uid: user, gid: user, stdio: ['pipe', 'pipe', 'pipe'] });
    createInterface({ input: this.process.stdout! }).on('line', line => this.events.push(JSON.parse(line)));
    this.process.stderr!.on('data', (text: Buffer) => (this.problem += text.toString()));
  }

  async next<T extends { readonly event: string }>(event: T['event']): Promise<T> {
    const found = await eventually(() => {
      if (this.process.exitCode !== null && this.process.exitCode !== 0) throw new Error(this.problem);
      return this.events.find(it => it.event === event);
    });
    return found as T;
  }

  ready = (): Promise<Ready> => this.next<Ready>('ready');

  async kill(): Promise<void> {
    this.process.kill('SIGKILL');
    if (this.process.exitCode === null && this.process.signalCode === null) await once(this.process, 'exit');
  }

  async stop(): Promise<void> {
    this.process.stdin!.end();
    await once(this.process, 'exit');
  }
}

/** The first truthy answer, asked for until the limit. */
async function eventually<T>(ask: () => T | Promise<T>, limitMs = 10_000): Promise<NonNullable<T>> {
  for (const deadline = Date.now() + limitMs; Date.now() < deadline; await sleep(10)) {
    const answer = await ask();
    if (answer !== undefined && answer !== null && answer !== false) return answer;
  }
  throw new Error(`Not so within ${limitMs} ms: ${ask.toString()}`);
}

const refuses = (port: number): Promise<boolean> =>
  new Promise(resolve => {
    const socket = connect(port, '127.0.0.1', () => resolve(!socket.destroy()));
    socket.once('error', () => resolve(true));
  });

async function query(url: string, text: string): Promise<unknown[]> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    return (await client.query({ text, rowMode: 'array' })).rows;
  } finally {
    await client.end();
  }
}

const folders: string[] = [];
const keepers: Keeper[] = [];

/** A folder that the server's user can pass through: mkdtemp's own mode would close it. */
async function newFolder(mode = 0o711): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'portico-embedded-'));
  await chmod(folder, mode);
  folders.push(folder);
  return folder;
}

function keep(dataDir: string, user?: number): Keeper {
  const keeper = new Keeper(dataDir, user);
  keepers.push(keeper);
  return keeper;
}

const dataOf = (dataDir: string): string => join(dataDir, 'postgres', 'data');
/** Asked by the resolved path, which is what the server is started with. */
const postmasterOf = async (dataDir: string) => runningPostmaster(await realpath(dataOf(dataDir)).catch(() => dataOf(dataDir)));

/** Made once, for the tests that need a cluster and not its first start. */
let shared: string;

beforeAll(async () => {
  shared = await newFolder();
  const server = await startEmbeddedPostgres({ dataDir: shared, log: silent });
  await server.stop();
}, 20_000);

afterEach(async () => {
  for (const keeper of keepers.splice(0)) await keeper.kill();
  for (const folder of folders) await eventually(async () => (await postmasterOf(folder)) === null);
});

afterAll(async () => {
  for (const folder of folders.toReversed()) {
    const elsewhere = await readlink(join(folder, 'postgres')).catch(() => null);
    if (elsewhere !== null) await rm(elsewhere, { recursive: true, force: true });
    await rm(folder, { recursive: true, force: true });
  }
});

test('row-level security binds the roles, and nobody but this machine reaches the server', async () => {
  const server = await startEmbeddedPostgres({ dataDir: shared, log: silent });
  try {
    const roles = "select rolname, rolsuper or rolbypassrls or rolcreaterole or rolcreatedb from pg_roles where rolname like 'portico%' order by 1";
    expect(await query(server.adminUrl, roles)).toEqual([
      ['portico_owner', false],
      ['portico_service', false],
    ]);
    const settings = ['listen_addresses', 'unix_socket_directories', 'fsync', 'jit', 'timezone', 'server_encoding', 'password_encryption'];
    const answer = await query(server.adminUrl, `select ${settings.map(name => `current_setting('${name}')`).join(', ')}`);
    expect(answer).toEqual([['127.0.0.1', '', 'on', 'off', 'UTC', 'UTF8', 'scram-sha-256']]);
    const database = "select pg_get_userbyid(datdba), datlocale, has_database_privilege('public', oid, 'connect') from pg_database where datname = current_database()";
    expect(await query(server.ownerUrl, database)).toEqual([['portico_owner', 'C.UTF-8', false]]);
    await expect(query(server.serviceUrl.replace(/:[0-9a-f]+@/, ':guess@'), 'select 1')).rejects.toThrow('password authentication failed');
    expect((await stat(join(shared, 'postgres', 'credentials.json'))).mode & 0o777).toBe(0o600);
  } finally {
    await server.stop();
  }
  expect(await refuses(server.port)).toBe(true);
}, 20_000);

test('the server dies with its parent, however that dies, and the next start has its data', async () => {
  const first = keep(shared);
  const { ownerUrl, port } = await first.ready();
  await query(ownerUrl, 'create table if not exists kept (value text); insert into kept values ($$before the kill$$)');
  await first.kill();
  await eventually(async () => (await postmasterOf(shared)) === null && (await refuses(port)), 2_000);
  const { ownerUrl: again } = await keep(shared).ready();
  expect(again).toBe(ownerUrl);
  expect(await query(again, 'select value from kept')).toEqual([['before the kill']]);
}, 20_000);

test('a second process attaches, and takes over on the same port when the first is killed', async () => {
  const first = keep(shared);
  const { serviceUrl } = await first.ready();
  const second = keep(shared);
  expect((await second.ready()).serviceUrl).toBe(serviceUrl);
  expect(second.events[0]?.message).toContain('attached');
  await first.kill();
  await second.next('restarted');
  expect(await query(serviceUrl, 'select 1')).toEqual([[1]]);
}, 20_000);

test('who only attached leaves the server running', async () => {
  const { serviceUrl } = await keep(shared).ready();
  const pid = (await postmasterOf(shared))?.pid;
  const second = await startEmbeddedPostgres({ dataDir: shared, log: silent });
  await second.stop();
  expect(await query(serviceUrl, 'select 1')).toEqual([[1]]);
  expect((await postmasterOf(shared))?.pid).toBe(pid);
}, 20_000);

test('a killed postmaster comes back on the same port for everyone, and a pool recovers by itself', async () => {
  const keeper = keep(shared);
  const { serviceUrl } = await keeper.ready();
  const second = keep(shared);
  await second.ready();
  const pool = new pg.Pool({ connectionString: serviceUrl, max: 4 });
  pool.on('error', () => undefined);
  try {
    await Promise.all([1, 2, 3, 4].map(() => pool.query('select pg_sleep(0.05)')));
    const before = await postmasterOf(shared);
    process.kill(before!.pid, 'SIGKILL');
    await keeper.next('restarted');
    await second.next('restarted');
    const answer = await eventually(() => pool.query('select current_user').catch(() => null));
    expect(answer.rows).toEqual([{ current_user: 'portico_service' }]);
    expect((await postmasterOf(shared))?.pid).not.toBe(before!.pid);
  } finally {
    await pool.end();
  }
}, 20_000);

test('processes that start at once on an empty folder end up with one server', async () => {
  const folder = await newFolder();
  const three = [keep(folder), keep(folder), keep(folder)];
  const urls = new Set((await Promise.all(three.map(keeper => keeper.ready()))).map(ready => ready.ownerUrl));
  expect(urls.size).toBe(1);
  expect(await query([...urls][0]!, 'select current_database()')).toEqual([['portico']]);
  expect(await readdir(folder)).toEqual(['postgres']);
}, 20_000);

test('a first start killed at any moment does not stand in the way of the next', async () => {
  const folder = await newFolder();
  for (const afterMs of [150, 400, 650, 900]) {
    const keeper = keep(folder);
    await sleep(afterMs);
    await keeper.kill();
  }
  const keeper = keep(folder);
  const { ownerUrl } = await keeper.ready();
  expect(await query(ownerUrl, 'select current_database()')).toEqual([['portico']]);
  // What a killed initdb was still writing while this start swept, the next one removes.
  await keeper.stop();
  await keep(folder).ready();
  expect(await readdir(folder)).toEqual(['postgres']);
}, 30_000);

test('a lock file that a crash left empty, or whose pid is now somebody else, does not stop a start', async () => {
  const lock = join(dataOf(shared), 'postmaster.pid');
  const keeper = keep(shared);
  await keeper.ready();
  const written = await readFile(lock, 'utf8');
  await keeper.stop();
  const { uid, gid } = await stat(dataOf(shared));
  // Of the server's own user: PostgreSQL ignores a process that belongs to another.
  const other = spawn('sleep', ['60'], asRoot ? { uid, gid } : {});
  try {
    for (const content of ['', written.replace(/^\d+/, String(other.pid))]) {
      await writeFile(lock, content);
      if (asRoot) await chown(lock, uid, gid);
      const again = keep(shared);
      expect(await query((await again.ready()).serviceUrl, 'select 1')).toEqual([[1]]);
      await again.stop();
    }
  } finally {
    other.kill();
  }
}, 20_000);

test('a log that has grown past its bound is kept once and begun anew', async () => {
  const log = join(shared, 'postgres', 'postgres.log');
  await truncate(log, 9 * 1024 * 1024);
  const keeper = keep(shared);
  await keeper.ready();
  await keeper.stop();
  expect((await stat(`${log}.1`)).size).toBe(9 * 1024 * 1024);
  expect((await stat(log)).size).toBeLessThan(100_000);
}, 20_000);

test('links between libraries that an install without scripts lacks are made, once', async () => {
  const native = await newFolder();
  await mkdir(join(native, 'lib'));
  await writeFile(join(native, 'lib', 'libpq.so.5.18'), 'library');
  await writeFile(join(native, 'pg-symlinks.json'), JSON.stringify([{ source: 'native/lib/libpq.so.5.18', target: 'native/lib/libpq.so.5' }]));
  await linkLibraries(native);
  await linkLibraries(native);
  expect(await readFile(join(native, 'lib', 'libpq.so.5'), 'utf8')).toBe('library');
});

test('a link to a cluster that is gone is an error that says what to do', async () => {
  const folder = await newFolder();
  await symlink(join(folder, 'nowhere'), join(folder, 'postgres'));
  await expect(startEmbeddedPostgres({ dataDir: folder, log: silent })).rejects.toThrow(/remove the link.*DATABASE_URL/);
});

(asRoot ? describe : describe.skip)('started by root', () => {
  test('a closed data folder lets the server pass and stays closed to others', async () => {
    const folder = await newFolder(0o700);
    const { serviceUrl } = await keep(folder).ready();
    expect(await query(serviceUrl, 'select 1')).toEqual([[1]]);
    expect((await stat(folder)).mode & 0o777).toBe(0o710);
  }, 20_000);

  test('a data folder inside a closed one holds a link to a cluster that the server can reach', async () => {
    const folder = join(await newFolder(0o700), 'data');
    folders.push(folder);
    const { serviceUrl } = await keep(folder).ready();
    expect(await query(serviceUrl, 'select 1')).toEqual([[1]]);
    expect(await readlink(join(folder, 'postgres'))).toMatch(/^\/var\/lib\/portico\/[0-9a-f]{16}-[0-9a-f]{8}$/);
  }, 20_000);
});

(nobodyCanRunNode ? describe : describe.skip)('started by a user who is not root', () => {
  test('a start needs nothing of root, who can take over what it made', async () => {
    const folder = await newFolder(0o700);
    await chown(folder, NOBODY, NOBODY);
    const keeper = keep(folder, NOBODY);
    const { ownerUrl } = await keeper.ready();
    expect(await query(ownerUrl, 'select current_user')).toEqual([['portico_owner']]);
    expect((await stat(dataOf(folder))).uid).toBe(NOBODY);
    await keeper.stop();
    const { ownerUrl: byRoot } = await keep(folder).ready();
    expect(byRoot).toBe(ownerUrl);
  }, 20_000);
});
