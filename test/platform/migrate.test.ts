import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import pg from 'pg';
import { assertMigrated, migrate, pendingMigrations } from '../../src/platform/postgres/migrate.ts';
import { testDatabase, type TestDatabase } from '../harness/database.ts';

const log = { info: () => undefined };

let database: TestDatabase;
let folder: string;

beforeEach(async () => {
  database = await testDatabase({ empty: true });
  folder = mkdtempSync(join(tmpdir(), 'portico-migrations-'));
});
afterEach(async () => {
  rmSync(folder, { recursive: true, force: true });
  await database.drop();
});

function file(name: string, sql: string): string {
  writeFileSync(join(folder, name), sql);
  return join(folder, name);
}

const run = (...files: string[]) => migrate({ ownerUrl: database.ownerUrl, files, log });

async function query(sql: string): Promise<Record<string, unknown>[]> {
  const client = new pg.Client({ connectionString: database.ownerUrl });
  await client.connect();
  try {
    return (await client.query(sql)).rows as Record<string, unknown>[];
  } finally {
    await client.end();
  }
}

const tableExists = async (table: string): Promise<boolean> => (await query(`select to_regclass('portico.${table}') is not null as there`))[0]?.['there'] === true;

test('files run in the order of their names, once', async () => {
  const second = file('20261124_01_second.sql', 'alter table portico.first add column b integer;');
  const first = file('20261123_02_first.sql', 'create table portico.first (a integer); insert into portico.first values (1);');
  expect(await run(second, first)).toEqual({ applied: ['20261123_02_first', '20261124_01_second'] });
  expect(await run(second, first)).toEqual({ applied: [] });
  expect(await query('select a, b from portico.first')).toEqual([{ a: 1, b: null }]);
});

test('a file that arrives later runs even where a younger one has landed', async () => {
  const younger = file('20261124_01_younger.sql', 'create table portico.younger ();');
  await run(younger);
  expect(await run(younger, file('20261123_01_older.sql', 'create table portico.older ();'))).toEqual({ applied: ['20261123_01_older'] });
});

test('two processes that migrate at once apply each file once', async () => {
  const files = [1, 2, 3].map(number => file(`20261123_0${number}_step.sql`, `create table portico.step_${number} (); select pg_sleep(0.05);`));
  const results = await Promise.all([run(...files), run(...files), run(...files)]);
  expect(results.flatMap(({ applied }) => applied)).toEqual(['20261123_01_step', '20261123_02_step', '20261123_03_step']);
});

test('a failing file keeps nothing of itself, keeps the earlier ones, and names its line', async () => {
  const good = file('20261123_01_good.sql', 'create table portico.good ();');
  const bad = file('20261123_02_bad.sql', 'create table portico.half ();\n\nalter table portico.nowhere add column a integer;\nselect nonsense;\n');
  await expect(run(good, bad)).rejects.toThrow(/Migration 20261123_02_bad failed.*nowhere.*Nothing of it was kept/);
  expect([await tableExists('good'), await tableExists('half')]).toEqual([true, false]);

  const misspelt = file('20261123_02_bad.sql', 'create table portico.half ();\n\nselect nonsense;\n');
  await expect(run(good, misspelt)).rejects.toThrow('Migration 20261123_02_bad failed, line 3: column "nonsense" does not exist.');

  const mended = file('20261123_02_bad.sql', 'create table portico.half ();');
  expect(await run(good, mended)).toEqual({ applied: ['20261123_02_bad'] });
});

test('a landed file that was edited is refused before anything runs; other line ends are no edit', async () => {
  const landed = file('20261123_01_landed.sql', 'create table\n  portico.landed ();\n');
  await run(landed);
  file('20261123_01_landed.sql', 'create table\r\n  portico.landed ();\r\n');
  expect(await run(landed)).toEqual({ applied: [] });

  file('20261123_01_landed.sql', 'create table portico.landed (a integer);\n');
  const next = file('20261123_02_next.sql', 'create table portico.next ();');
  await expect(run(landed, next)).rejects.toThrow('Migration 20261123_01_landed was edited after it had landed');
  await expect(pendingMigrations(database.serviceUrl, [landed])).rejects.toThrow('was edited');
  expect(await tableExists('next')).toBe(false);
});

test('a process killed in the middle of a file leaves nothing of it, and frees the turn', async () => {
  const first = file('20261123_01_first.sql', 'create table portico.first ();');
  const slow = file('20261123_02_slow.sql', 'create table portico.slow (); select pg_sleep(60);');
  const script = `
    import { migrate } from ${JSON.stringify(new URL('../../src/platform/postgres/migrate.js', import.meta.url).href)};
    await migrate({ ownerUrl: ${JSON.stringify(database.ownerUrl)}, files: ${JSON.stringify([first, slow])}, log: { info() {} } });`;
  const child = spawn(process.execPath, ['--input-type=module', '--eval', script], { stdio: 'ignore' });
  const sleeping = "select from pg_stat_activity where datname = current_database() and wait_event = 'PgSleep'";
  while ((await query(sleeping)).length === 0) await sleep(20);
  child.kill('SIGKILL');
  await once(child, 'exit');

  // The server notices a lost client at the end of the statement at the latest; this is its end.
  await query("select pg_terminate_backend(pid) from pg_stat_activity where datname = current_database() and wait_event = 'PgSleep'");
  expect(await tableExists('slow')).toBe(false);
  file('20261123_02_slow.sql', 'create table portico.slow ();');
  expect(await run(first, slow)).toEqual({ applied: ['20261123_02_slow'] });
});

test('the service role can see what is pending, and a gateway is refused with one clear line', async () => {
  const files = [file('20261123_01_one.sql', 'create table portico.one ();'), file('20261123_02_two.sql', 'create table portico.two ();')];
  expect(await pendingMigrations(database.serviceUrl, files)).toEqual(['20261123_01_one', '20261123_02_two']);
  await run(files[0] as string);
  await expect(assertMigrated(database.serviceUrl, files)).rejects.toThrow('The database is behind this code by 1 migration(s), first 20261123_02_two. Run `npx portico migrate`');
  await run(...files);
  await expect(assertMigrated(database.serviceUrl, files)).resolves.toBeUndefined();
});

test('a landed migration that this code does not know is let be', async () => {
  const [known, newer] = [file('20261123_01_known.sql', 'create table portico.known ();'), file('20270101_01_newer.sql', 'create table portico.newer ();')];
  await run(known, newer);
  expect(await run(known)).toEqual({ applied: [] });
  expect(await pendingMigrations(database.serviceUrl, [known])).toEqual([]);
});

test('a file whose name says no date is refused', async () => {
  await expect(run(file('add_table.sql', 'select 1;'))).rejects.toThrow('must be named like 20261123_01_what_it_does.sql');
});
