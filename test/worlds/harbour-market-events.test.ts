/** Harbour Market's events and the answer key of its metrics: what the API reports is what a model
    makes of the same events, and the totals are those that were written down. */
import pg from 'pg';
import { modelSums, type ModelEvent } from '../measurement/model.ts';
import { measure } from '../measurement/events.ts';
import { startTestApp, type TestApp } from '../harness/app.ts';
import type { SeededPartner } from '../harness/seed.ts';
import { metricTotals, metricsKey } from './metric-totals.ts';

let gateway: TestApp;
let parcelPilot: SeededPartner;

async function rows<T extends object>(sql: string): Promise<T[]> {
  const client = new pg.Client({ connectionString: gateway.database.adminUrl });
  await client.connect();
  try {
    return (await client.query<T>(sql)).rows;
  } finally {
    await client.end();
  }
}

beforeAll(async () => {
  gateway = await startTestApp();
  parcelPilot = await (await gateway.seed.world())('ParcelPilot');
  await measure(gateway);
}, 60_000);
afterAll(() => gateway.close());

test('of its reports 1.5 % are invalid, 2 % late and 0.5 % duplicate, and none is counted twice', async () => {
  const [counts] = await rows<Record<string, number>>(`select sum(accepted)::int as accepted, sum(duplicates)::int as duplicates, sum(rejected)::int as rejected,
    (select count(*)::int from portico.event) as events, (select count(*)::int from portico.event_key) as keys, (select count(*)::int from portico.event where is_late) as late,
    (select count(*)::int from portico.rejected_event) as kept from portico.event_batch`);
  const { accepted, duplicates, rejected, events, keys, late, kept } = counts!;
  expect(accepted! + rejected!).toBe(2000);
  expect([events, keys, kept]).toEqual([accepted, accepted, rejected]);
  expect(rejected! / 2000).toBeCloseTo(0.015, 2);
  expect(late! / 2000).toBeCloseTo(0.02, 2);
  expect(duplicates! / 2000).toBeCloseTo(0.005, 2);
});

test('every sum is what a model makes of the same events', async () => {
  const events = await rows<ModelEvent>(`select integration_id as "integrationId", type, to_char(counted_on, 'YYYY-MM-DD') as "countedOn", data from portico.event`);
  const sums = await rows<{ key: string; sum: string }>(`select m.name || ' ' || r.integration_id || ' ' || r.grain || ' ' || to_char(r.starts_on, 'YYYY-MM-DD') as key,
    trim_scale(r.numerator) || '/' || trim_scale(r.denominator) as sum from portico.metric_rollup r join portico.metric m using (environment_id) where m.id = r.metric_id`);
  expect(Object.fromEntries(sums.map(({ key, sum }) => [key, sum]))).toEqual(Object.fromEntries(modelSums(events)));
});

test('the API reports what the answer key says', async () => {
  const due = Object.entries(metricsKey().totals['2000']!).filter(([integration]) => integration.startsWith('ParcelPilot'));
  expect(due.length).toBeGreaterThan(0);
  expect(await metricTotals(parcelPilot)).toEqual(Object.fromEntries(due));
});

test('the program shows the journeys that it is to make better, each with touchpoints that are measured', async () => {
  const { data } = await parcelPilot.query('{ program { journeys { title touchpoints { metrics { name } } } } }');
  const journeys = data.program.journeys as readonly { readonly title: string; readonly touchpoints: readonly { readonly metrics: readonly unknown[] }[] }[];
  expect(journeys.map(({ title }) => title)).toEqual(['Finding and buying', 'Waiting and receiving', 'Getting help', 'Coming back', 'Beginning to sell']);
  expect(journeys.flatMap(({ touchpoints }) => touchpoints).filter(({ metrics }) => metrics.length === 0)).toEqual([]);
});
