/** Small reads that leave together: each is asked as if it had gone alone. */
import { UnavailableError, openDatabase, type Database } from '../../src/platform/postgres/database.ts';
import { SharedReads } from '../../src/platform/postgres/shared-reads.ts';
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

const CONTEXT = {
  name: 'read_context',
  text: "select current_setting('portico.environment_id', true), current_setting('portico.partner_id', true), $1::integer where $1 <> 13",
};

test('each sees its own context and values, an empty answer is nobody else’s, and 200 take few connections', async () => {
  turns = 0;
  const ask = (n: number) => reads.read({ environmentId: `env_${n}`, partnerId: `prt_${n}` }, { ...CONTEXT, values: [n] });
  const seen = await Promise.all(Array.from({ length: 200 }, (_, n) => ask(n)));
  expect(seen).toEqual(Array.from({ length: 200 }, (_, n) => (n === 13 ? undefined : [`env_${n}`, `prt_${n}`, String(n)])));
  // 200 by 32 is 7; two that left with those who were there at first are beside them.
  expect(turns).toBeLessThanOrEqual(9);
  const { rows } = await database.pool.query("select current_setting('portico.environment_id', true) as environment, current_setting('portico.partner_id', true) as partner");
  expect(rows).toEqual([{ environment: '', partner: '' }]);
});

test('what was committed before a read came is in its answer, whoever else is on the flight', async () => {
  const admin = await openDatabase({ url: server.adminUrl, entities: [], poolSize: 1, statementTimeoutMs: 5_000, connectTimeoutMs: 2000 });
  await admin.pool.query('create table public.told (n integer); grant select on public.told to public; insert into public.told values (0)');
  const told = { name: 'read_told', text: 'select max(n) from public.told', values: [] };
  const stale: string[] = [];
  let asking = true;
  const crowd = Array.from({ length: 8 }, async () => {
    while (asking) await reads.read({ environmentId: 'env_x', partnerId: 'prt_x' }, told);
  });
  for (let n = 1; n <= 100; n++) {
    await admin.pool.query('update public.told set n = $1', [n]);
    const seen = await reads.read({ environmentId: 'env_x', partnerId: 'prt_x' }, told);
    if (seen?.[0] !== String(n)) stale.push(`${seen?.[0]} for ${n}`);
  }
  asking = false;
  await Promise.all(crowd);
  await admin.close();
  expect(stale).toEqual([]);
});

test('one that fails fails alone, and one that takes too long holds up nobody for longer than a statement may take', async () => {
  const divided = { name: 'read_divided', text: 'select case when $1 < 0 then (select pg_sleep(5))::text else (100 / $1::integer)::text end' };
  const ask = (n: number) => reads.read({ environmentId: 'env_x', partnerId: 'prt_x' }, { ...divided, values: [n] });
  const outcomes = await Promise.allSettled([5, 0, 20, -1, 50].map(ask));
  expect(outcomes.map(outcome => (outcome.status === 'fulfilled' ? outcome.value : (outcome.reason as { code: string }).code))).toEqual([['20'], '22012', ['5'], '57014', ['2']]);
  expect(await ask(10)).toEqual(['10']);
});

test('where PostgreSQL ends a connection under way, all are told that it is not available, or answered', async () => {
  const held = { name: 'read_held', text: 'select pg_sleep(0.2)::text, $1::integer' };
  const asked = Promise.allSettled(Array.from({ length: 5 }, (_, n) => reads.read({ environmentId: 'env_x', partnerId: 'prt_x' }, { ...held, values: [n] })));
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
  expect(outcomes.map((outcome, n) => (outcome.status === 'fulfilled' ? outcome.value?.[1] === String(n) : true))).toEqual([true, true, true, true, true]);
  expect(await reads.read({ environmentId: 'env_x', partnerId: 'prt_x' }, { ...CONTEXT, values: [1] })).toEqual(['env_x', 'prt_x', '1']);
});
