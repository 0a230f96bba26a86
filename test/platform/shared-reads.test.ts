/** Small reads that are asked by one statement: each gets what it would have got alone. */
import { UnavailableError, openDatabase, type Database } from '../../src/platform/postgres/database.ts';
import type { Fields } from '../../src/platform/postgres/flight.ts';
import { SharedReads } from '../../src/platform/postgres/shared-reads.ts';
import { raw, renderForMany, sql, type Param } from '../../src/reads/sql.ts';
import { testDatabase, type TestDatabase } from '../harness/database.ts';

let server: TestDatabase;
let database: Database;
/** How often a connection was taken. */
let turns = 0;
let reads: SharedReads;

beforeAll(async () => {
  server = await testDatabase();
  database = await openDatabase({ url: server.serviceUrl, entities: [], poolSize: 3, statementTimeoutMs: 300, connectTimeoutMs: 2000 });
  reads = new SharedReads(database, work => {
    turns += 1;
    return work();
  });
});
afterAll(async () => {
  await database.close();
  await server.drop();
});

const n: Param = { type: 'integer', value: () => undefined };
const word: Param = { type: 'text', value: () => undefined };

/** Asks for the number and the word. */
function asking(name: string, statement: ReturnType<typeof sql>): (number: number, text?: string | null, environmentId?: string) => Promise<Fields | undefined> {
  const { text: many, params } = renderForMany(statement);
  return (number, text = null, environmentId = 'env_x') => reads.read(environmentId, { name, text: many, values: params.map(param => (param === n ? number : text)) });
}

test('each gets the answer to its own values, none where it has none, in its own environment; and 200 take few connections', async () => {
  const ask = asking('read_told', sql`select ${n} * 2 as twice, ${word} as word, current_setting('portico.environment_id') as environment where ${n} <> 13`);
  const words = ['x', null, "it's", '"\\\n', '{"a": 1}', 'ü漢🙂'];
  turns = 0;
  const seen = await Promise.all(Array.from({ length: 200 }, (_, i) => ask(i, words[i % words.length], `env_${i % 2}`)));
  expect(seen).toEqual(Array.from({ length: 200 }, (_, i) => (i === 13 ? undefined : [String(i * 2), words[i % words.length], `env_${i % 2}`])));
  expect(turns).toBeLessThanOrEqual(4);
  const { rows } = await database.pool.query("select current_setting('portico.environment_id', true) as environment, current_setting('portico.partner_id', true) as partner");
  expect(rows).toEqual([{ environment: '', partner: '' }]);
});

test('of several rows the first counts, and one asker’s rows are nobody else’s', async () => {
  const ask = asking('read_rows', sql`select g from generate_series(${n}, ${n} + 2) g`);
  expect(await Promise.all([5, 50, 500].map(i => ask(i)))).toEqual([['5'], ['50'], ['500']]);
});

test('what was committed before a read came is in its answer, whoever else asks', async () => {
  const admin = await openDatabase({ url: server.adminUrl, entities: [], poolSize: 1, statementTimeoutMs: 5_000, connectTimeoutMs: 2000 });
  await admin.pool.query('create table public.told (n integer); grant select on public.told to public; insert into public.told values (0)');
  const ask = asking('read_newest', sql`select max(t.n) from public.told t where ${n} = 1`);
  const stale: string[] = [];
  let isOpen = true;
  const crowd = Array.from({ length: 8 }, async () => {
    while (isOpen) await ask(1);
  });
  for (let i = 1; i <= 100; i++) {
    await admin.pool.query('update public.told set n = $1', [i]);
    const seen = await ask(1);
    if (seen?.[0] !== String(i)) stale.push(`${seen?.[0]} for ${i}`);
  }
  isOpen = false;
  await Promise.all(crowd);
  await admin.close();
  expect(stale).toEqual([]);
});

test('one that fails fails alone, and so does one that takes too long', async () => {
  const ask = asking('read_divided', sql`select case when ${n} < 0 then (select pg_sleep(5))::text else (100 / ${n})::text end`);
  const outcomes = await Promise.allSettled([5, 0, 20, -1, 50].map(i => ask(i)));
  expect(outcomes.map(outcome => (outcome.status === 'fulfilled' ? outcome.value : (outcome.reason as { code: string }).code))).toEqual([['20'], '22012', ['5'], '57014', ['2']]);
  expect(await ask(10)).toEqual(['10']);
});

test('where PostgreSQL ends a connection under way, each is told that it is not available, or answered', async () => {
  const ask = asking('read_held', sql`select ${n} from ${raw('pg_sleep(0.2)')}`);
  const asked = Promise.allSettled(Array.from({ length: 5 }, (_, i) => ask(i)));
  const admin = await openDatabase({ url: server.adminUrl, entities: [], poolSize: 1, statementTimeoutMs: 5_000, connectTimeoutMs: 2000 });
  const ended = async (): Promise<number> =>
    (
      await admin.pool.query(
        "select pg_terminate_backend(pid) from pg_stat_activity where datname = current_database() and query like '%pg_sleep(0.2)%' and pid <> pg_backend_pid()",
      )
    ).rowCount ?? 0;
  while ((await ended()) === 0);
  const outcomes = await asked;
  await admin.close();
  expect(outcomes.filter(outcome => outcome.status === 'rejected').every(({ reason }) => reason instanceof UnavailableError)).toBe(true);
  expect(outcomes.map((outcome, i) => (outcome.status === 'fulfilled' ? outcome.value?.[0] === String(i) : true))).toEqual([true, true, true, true, true]);
  expect(await asking('read_after', sql`select ${n}`)(1)).toEqual(['1']);
});
