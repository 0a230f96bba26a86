/** One flight per read: whatever becomes of it, the connection goes back fit for the next tenant. */
import { openDatabase, type Database } from '../../src/platform/postgres/database.ts';
import { readRow } from '../../src/platform/postgres/read.ts';
import { testDatabase, type TestDatabase } from '../harness/database.ts';

let server: TestDatabase;
let database: Database;

beforeAll(async () => {
  server = await testDatabase();
  database = await openDatabase({ url: server.serviceUrl, entities: [], poolSize: 2, statementTimeoutMs: 300, connectTimeoutMs: 2000 });
});
afterAll(async () => {
  await database.close();
  await server.drop();
});

const CONTEXT = "select current_setting('portico.environment_id', true) as environment, current_setting('portico.partner_id', true) as partner";

test('a read sees its own context, and no context outlives its flight', async () => {
  const seen = await Promise.all(Array.from({ length: 50 }, (_, i) => readRow(database, { environmentId: `env_${i}`, partnerId: `prt_${i}` }, { text: CONTEXT, values: [] })));
  expect(seen).toEqual(Array.from({ length: 50 }, (_, i) => [`env_${i}`, `prt_${i}`]));
  for (let i = 0; i < 4; i++) {
    const { rows } = await database.pool.query(CONTEXT);
    expect(rows).toEqual([{ environment: '', partner: '' }]);
  }
});

test('cancels at random moments fail nobody but the one who left', async () => {
  const failures: unknown[] = [];
  let cancelled = 0;
  const until = performance.now() + 3000;
  const reader = async (name: string): Promise<void> => {
    for (let i = 0; performance.now() < until; i++) {
      const leaving = new AbortController();
      if (i % 2 === 0) setTimeout(() => leaving.abort(new Error('left')), Math.random() * 4);
      try {
        const row = await readRow(
          database,
          { environmentId: name, partnerId: '*' },
          { text: "select current_setting('portico.environment_id') as environment, pg_sleep(0.001)", values: [] },
          leaving.signal,
        );
        if (row?.[0] !== name) failures.push(row);
      } catch (error) {
        if (leaving.signal.aborted) cancelled += 1;
        else failures.push(error);
      }
    }
  };
  await Promise.all(['a', 'b', 'c', 'd'].map(reader));
  expect(failures).toEqual([]);
  expect(cancelled).toBeGreaterThan(50);
});

test('a statement that runs too long is stopped, and its connection serves on', async () => {
  await expect(readRow(database, { environmentId: 'x', partnerId: '*' }, { text: 'select pg_sleep(5)', values: [] })).rejects.toMatchObject({ code: '57014' });
  expect(await readRow(database, { environmentId: 'x', partnerId: '*' }, { text: 'select 1 as one', values: [] })).toEqual(['1']);
});

test('a named statement that fails to parse can be tried again under the same name', async () => {
  const broken = { name: 'read_broken', text: 'select nothing_of_this_name', values: [] };
  for (let i = 0; i < 3; i++) await expect(readRow(database, { environmentId: 'x', partnerId: '*' }, broken)).rejects.toMatchObject({ code: '42703' });
  expect(await readRow(database, { environmentId: 'x', partnerId: '*' }, { text: 'select 1 as one', values: [] })).toEqual(['1']);
});
