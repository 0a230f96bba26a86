/**
 * Ingestion, maltreated, on a PostgreSQL and gateways of its own: two gateways are killed at random while events
 * come, one in five of them twice, and PostgreSQL four times.
 *
 *   node test/scripts/ingestion.mjs [events] [kills]
 *
 * No event may be lost or doubled, and every sum must be what a model makes of the same events. It ends
 * with 1 where that is not so. How many events a second are taken is told by `npm run bench`.
 */
import { readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { modelSums } from '../../dist/test/measurement/model.js';
import { openHouse } from './maltreated.mjs';

const [eventsText, killsText] = process.argv.slice(2);
const now = Date.now();
const DAY_MS = 86_400_000;
const CRASHES = 4;

/** The i-th event; what it says follows from i alone. All lie in quarters that are open still. */
function eventOf(i) {
  const [type, data] = [
    ['case.resolved', { case: `c${i}`, duration: { value: i % 100, unit: 'min' }, reopened: i % 9 === 0 }],
    ['order.placed', { order: `o${i}`, shopper: `s${(i * 7919) % 5000}`, amount: { minorUnits: i, currency: 'EUR' }, repeat: i % 4 === 0 }],
    ['checkout.finished', { checkout: `k${i}`, outcome: i % 5 === 0 ? 'ABANDONED' : 'ORDERED', duration: { value: i % 60, unit: 's' } }],
  ][i % 3];
  return { specversion: '1.0', id: `e${i}`, source: '/shop', type, time: new Date(now - DAY_MS * ((i * 31) % 20) - 60_000).toISOString(), data };
}

const house = await openHouse('ingestion', 'demo');
const { folder, gateways, query } = house;

/** Room for whatever is sent: what is tried here is not the budget. */
async function widenLimits() {
  await query(`insert into portico.limit_policy (subject_kind, subject, environment_kind, capacity, refill_per_second, max_operation_cost, concurrency, starts_at, decided_by, reason)
    select distinct subject_kind, subject, environment_kind, 1000000, 1000000, 1000, 10000, '2026-01-01'::timestamptz, 'script', 'What is measured is not the limits.' from portico.limit_policy where subject_kind = 'TIER'`);
  await sleep(3000);
}

const demo = () => JSON.parse(readFileSync(join(folder, 'demo.json'), 'utf8'));

async function waitForDemo() {
  for (const end = Date.now() + 60_000; Date.now() < end; await sleep(100)) if (statSync(join(folder, 'demo.json'), { throwIfNoEntry: false })) return;
}

async function allMeasured() {
  while ((await query('select count(*)::int as waiting from portico.event_batch where measured_at is null'))[0].waiting > 0) await sleep(20);
}

/** Ordinals below `events`, and one in five of them again, shuffled; the same each time. */
function shuffled(events) {
  const order = Array.from({ length: events + Math.floor(events / 5) }, (_, i) => (i < events ? i : ((i - events) * 5) % events));
  let state = 42;
  for (let i = order.length - 1; i > 0; i--) {
    state = (state * 1_103_515_245 + 12_345) % 2_147_483_648;
    const j = state % (i + 1);
    [order[i], order[j]] = [order[j], order[i]];
  }
  return order;
}

async function send(order, tokens, ordinals) {
  const body = ordinals.map(i => JSON.stringify(eventOf(i))).join('\n');
  for (let tries = 0; tries < 500; tries++) {
    const gateway = order[tries % 2];
    try {
      tokens.value ??= await gateway.tokenOf(demo().live);
      const response = await fetch(`${gateway.url}/events/bulk`, {
        method: 'POST',
        headers: { 'content-type': 'application/x-ndjson', authorization: `Bearer ${tokens.value}` },
        body,
      });
      const answer = await response.json();
      if (response.ok && answer.accepted + answer.duplicates === ordinals.length) return;
      if (response.ok) throw new Error(`Rejected: ${JSON.stringify(answer.rejected[0])}`);
      if (response.status === 401) tokens.value = null;
    } catch (error) {
      if (error.message.startsWith('Rejected')) throw error;
    }
    await sleep(100);
  }
  throw new Error('A batch was not taken in 500 tries.');
}

async function killRun(events, kills) {
  await gateways[0].start();
  await waitForDemo();
  await gateways[1].start();
  await widenLimits();
  const order = shuffled(events);
  const tokens = { value: null };
  const BATCH = 1500;
  let next = 0;
  let due = 0;
  // The kills are spread over the events: between one and the next no more than a share is sent.
  const mayBeSent = () => (order.length * (due + 1)) / (kills + 1);
  const lanes = [0, 1, 2, 3].map(async () => {
    for (let from = (next += BATCH) - BATCH; from < order.length; from = (next += BATCH) - BATCH) {
      while (from > mayBeSent()) await sleep(20);
      await send(from % (2 * BATCH) ? gateways : gateways.toReversed(), tokens, order.slice(from, from + BATCH));
    }
  });
  const sending = Promise.all(lanes);
  const { killed, crashes } = await house.maltreat({
    kills,
    crashes: CRASHES,
    isOver: () => false,
    async pause(killed) {
      process.stderr.write(`killed ${killed} times, ${Math.min(next, order.length)} of ${order.length} events on their way\n`);
      due = killed;
      // Within what may be sent now, so that events are on their way when it happens.
      await sleep(Math.random() * 300);
    },
  });
  due = kills;
  await sending;
  await sleep(1500);
  await allMeasured();
  const [{ stored, different }] = await query("select count(*)::int as stored, count(distinct event_id)::int as different from portico.event where source = '/shop'");
  const kept = await query(
    `select m.name || ' ' || r.integration_id || ' ' || r.grain || ' ' || to_char(r.starts_on, 'YYYY-MM-DD') as key, trim_scale(r.numerator) || '/' || trim_scale(r.denominator) as sum
    from portico.metric_rollup r join portico.metric m on m.environment_id = r.environment_id and m.id = r.metric_id where r.environment_id = $1`,
    [demo().live.environmentId],
  );
  const all = await query(`select integration_id as "integrationId", type, to_char(counted_on, 'YYYY-MM-DD') as "countedOn", data from portico.event where environment_id = $1`, [
    demo().live.environmentId,
  ]);
  const model = modelSums(all);
  const wrong = kept.filter(({ key, sum }) => model.get(key) !== sum);
  process.stdout.write(
    `${JSON.stringify({ sent: order.length, distinct: events, stored, different, killed, crashes, sums: kept.length, wrongSums: wrong.length, modelSums: model.size }, null, 2)}\n`,
  );
  if (stored !== events || different !== events || wrong.length > 0 || kept.length !== model.size) throw new Error('Events were lost or doubled, or sums are wrong.');
}

try {
  await killRun(Number(eventsText ?? 1_000_000), Number(killsText ?? 50));
} catch (error) {
  process.stderr.write(`${error.message}\n`);
  process.exitCode = 1;
} finally {
  await house.close();
}
