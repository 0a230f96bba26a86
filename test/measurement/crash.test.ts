/** Nothing is lost or doubled, whatever is cut off: events come twice and in any order, by two gateways
    whose connections to PostgreSQL end at random; the sums are then a model's. */
import pg from 'pg';
import { recompute } from '../../src/measurement/index.ts';
import { UnavailableError, inTransaction } from '../../src/platform/postgres/database.ts';
import { startTestApp, type TestApp } from '../harness/app.ts';
import type { SeededPartner } from '../harness/seed.ts';
import { event, measure, pointsOf, reportingPartner } from './events.ts';
import { modelSums, type ModelEvent } from './model.ts';

const EVENTS = 6000;

/** More than a gateway has, each of which may have been cut. */
const MOST_CONNECTIONS = 50;

let gateway: TestApp;
let beside: TestApp;
let partner: SeededPartner;

beforeAll(async () => {
  // Proving is a command's work, which has no deadline; here it has a minute on a busy machine.
  gateway = await startTestApp({ statementTimeoutMs: 60_000 });
  beside = await startTestApp({ beside: gateway });
  partner = await reportingPartner(gateway);
});
afterAll(async () => {
  await beside.close();
  await gateway.close();
});

async function asAdmin<T extends object>(sql: string): Promise<T[]> {
  const client = new pg.Client({ connectionString: gateway.database.adminUrl });
  await client.connect();
  try {
    return (await client.query<T>(sql)).rows;
  } finally {
    await client.end();
  }
}

const reports = Array.from({ length: EVENTS }, (_, i) => i);

/** Sent until it is taken, to one gateway and then the other. */
async function send(ordinals: readonly number[], token: string, lane: number): Promise<void> {
  const body = ordinals
    .map(i =>
      JSON.stringify(
        event(
          gateway,
          `e${i}`,
          'order.placed',
          { order: `o${i}`, shopper: `s${i % 400}`, amount: { minorUnits: i, currency: 'EUR' }, repeat: i % 3 === 0 },
          {
            time: new Date(gateway.clock.now() - (i % 25) * 86_400_000).toISOString(),
          },
        ),
      ),
    )
    .join('\n');
  for (let tries = lane; tries < lane + 50; tries++) {
    const url = tries % 2 === 0 ? gateway.url : beside.url;
    const response = await fetch(`${url}/events/bulk`, { method: 'POST', headers: { 'content-type': 'application/x-ndjson', authorization: `Bearer ${token}` }, body });
    const answer = (await response.json()) as { accepted: number; duplicates: number };
    if (response.ok && answer.accepted + answer.duplicates === ordinals.length) return;
  }
  throw new Error('A batch was not taken in 50 tries.');
}

/** As the job does, which comes again: a connection that was cut last may be the one that it finds. */
async function measureUntilDone(each: TestApp): Promise<void> {
  for (let tries = 1; ; tries++) {
    try {
      await measure(each);
      return;
    } catch (error) {
      if (tries === MOST_CONNECTIONS || !(error instanceof UnavailableError)) throw error;
    }
  }
}

test('every event counts once, and every sum is what the events say', async () => {
  const token = await partner.token();
  // Every fifth again, and all of them in an order that shares names between batches under way.
  const order = [...reports, ...reports.filter(i => i % 5 === 0)].map(i => ({ i, at: (i * 7919) % 6007 })).toSorted((a, b) => a.at - b.at || a.i - b.i);
  let sending = true;
  const cutting = (async () => {
    for (let cut = 0; sending && cut < 12; cut++) {
      await new Promise(resolve => setTimeout(resolve, 60));
      await asAdmin(`select pg_terminate_backend(pid) from pg_stat_activity where usename = 'portico_service' and datname = current_database() and random() < 0.5`);
    }
  })();
  const batches = Array.from({ length: Math.ceil(order.length / 600) }, (_, n) => order.slice(n * 600, n * 600 + 600).map(({ i }) => i));
  await Promise.all(
    [0, 1, 2].map(async lane => {
      for (let n = lane; n < batches.length; n += 3) await send(batches[n]!, token, lane);
    }),
  );
  sending = false;
  await cutting;
  await Promise.all([gateway, beside].map(each => measureUntilDone(each)));

  const events = await asAdmin<ModelEvent>(`select integration_id as "integrationId", type, to_char(counted_on, 'YYYY-MM-DD') as "countedOn", data from portico.event`);
  expect(events.length).toBe(EVENTS);
  const sums = await asAdmin<{ key: string; sum: string }>(`select m.name || ' ' || r.integration_id || ' ' || r.grain || ' ' || to_char(r.starts_on, 'YYYY-MM-DD') as key,
    trim_scale(r.numerator) || '/' || trim_scale(r.denominator) as sum from portico.metric_rollup r join portico.metric m on m.environment_id = r.environment_id and m.id = r.metric_id`);
  expect(Object.fromEntries(sums.map(({ key, sum }) => [key, sum]))).toEqual(Object.fromEntries(modelSums(events)));
}, 60_000);

const recomputed = (mend: boolean) =>
  inTransaction(gateway.app.database, { environmentId: partner.environmentId, partnerId: '*' }, tx => recompute(tx, partner.environmentId, { mend }));

test('recomputing proves the sums, finds one that is not what the events say, and mends it', async () => {
  const before = await pointsOf(partner, 'retention');
  const proven = await recomputed(false);
  expect(proven.sums).toBeGreaterThan(50);
  expect(proven.differences).toEqual([]);
  await asAdmin(`update portico.metric_rollup set numerator = numerator + 1 where grain = 'QUARTER' and metric_id = (select id from portico.metric where name = 'retention')`);
  await asAdmin(
    `delete from portico.metric_rollup where grain = 'DAY' and metric_id = (select id from portico.metric where name = 'orders_placed') and starts_on = (select min(starts_on) from portico.metric_rollup where grain = 'DAY')`,
  );
  expect((await recomputed(false)).differences.map(({ metric, grain }) => `${metric} ${grain}`)).toEqual(expect.arrayContaining(['retention QUARTER', 'orders_placed DAY']));
  await recomputed(true);
  expect((await recomputed(false)).differences).toEqual([]);
  expect(await pointsOf(partner, 'retention')).toEqual(before);
});
