import { setTimeout as sleep } from 'node:timers/promises';
import pg from 'pg';
import { onOneGateway, startJobs } from '../../src/platform/jobs.ts';
import { createLogger } from '../../src/platform/log.ts';
import { testDatabase, type TestDatabase } from '../harness/database.ts';

const silent = createLogger({ level: 'silent' });

async function until(condition: () => boolean): Promise<void> {
  while (!condition()) await sleep(5);
}

test('a job never overlaps itself, and stop waits for the run that goes on', async () => {
  let running = 0;
  let most = 0;
  let ended = 0;
  const jobs = startJobs(
    [
      {
        name: 'slow',
        everyMs: 5,
        async run() {
          running += 1;
          most = Math.max(most, running);
          await sleep(40);
          running -= 1;
          ended += 1;
        },
      },
    ],
    silent,
  );
  await until(() => ended === 2 && running === 1);
  await jobs.stop();
  expect({ running, most, ended }).toEqual({ running: 0, most: 1, ended: 3 });
  await sleep(30);
  expect(ended).toBe(3);
});

test('a failing run is logged, not thrown, and the job has its next turn', async () => {
  const logged: unknown[] = [];
  const log = createLogger({ level: 'error', destination: { write: (line: string) => logged.push(JSON.parse(line)) } });
  let turns = 0;
  const jobs = startJobs(
    [
      {
        name: 'flaky',
        everyMs: 5,
        run() {
          turns += 1;
          if (turns === 1) throw new Error('not yet');
          return Promise.reject(new Error('still not'));
        },
      },
    ],
    log,
  );
  await until(() => turns === 3);
  await jobs.stop();
  expect(logged.slice(0, 2)).toMatchObject([
    { job: 'flaky', err: { message: 'not yet' } },
    { job: 'flaky', err: { message: 'still not' } },
  ]);
});

describe('a job for one gateway', () => {
  let database: TestDatabase;
  let pools: pg.Pool[];

  beforeAll(async () => {
    database = await testDatabase();
    pools = [1, 2, 3].map(() => new pg.Pool({ connectionString: database.serviceUrl, max: 1 }));
  });
  afterAll(async () => {
    await Promise.all(pools.map(pool => pool.end()));
    await database.drop();
  });

  test('runs on one of three at a time, and on another at its next turn', async () => {
    const turns: number[] = [];
    const gateways = pools.map((pool, gateway) =>
      onOneGateway(pool, {
        name: 'sweep',
        everyMs: 1_000,
        async run() {
          turns.push(gateway);
          await sleep(100);
        },
      }),
    );
    await Promise.all(gateways.map(job => job.run()));
    expect(turns).toHaveLength(1);
    await gateways[2]?.run();
    expect(turns).toHaveLength(2);
  });

  test('gives its turn back when it fails', async () => {
    const [first, second] = pools as [pg.Pool, pg.Pool];
    const failing = onOneGateway(first, { name: 'fail', everyMs: 1_000, run: () => Promise.reject(new Error('no')) });
    await expect(failing.run()).rejects.toThrow('no');
    let ran = false;
    const next = onOneGateway(second, {
      name: 'fail',
      everyMs: 1_000,
      async run() {
        ran = true;
      },
    });
    await next.run();
    expect(ran).toBe(true);
  });

  test('takes turns with its like in a gateway, so that two connections are enough for all of them', async () => {
    const pool = new pg.Pool({ connectionString: database.serviceUrl, max: 2, connectionTimeoutMillis: 2_000 });
    const ended: string[] = [];
    const sweepers = ['a', 'b', 'c'].map(name =>
      onOneGateway(pool, {
        name,
        everyMs: 5,
        async run() {
          // A connection beside the lock's.
          await pool.query('select pg_sleep(0.02)');
          ended.push(name);
        },
      }),
    );
    const logged: string[] = [];
    const jobs = startJobs(sweepers, createLogger({ level: 'error', destination: { write: (line: string) => logged.push(line) } }));
    await until(() => new Set(ended).size === 3);
    await jobs.stop();
    await pool.end();
    expect(logged).toEqual([]);
  });
});
