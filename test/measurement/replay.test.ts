/** Sums follow from the events and from nothing else: not from their order, nor from the batches they came
    in, nor from which copy of an environment they are counted in. */
import { randomUUID } from 'node:crypto';
import fc from 'fast-check';
import { recompute } from '../../src/measurement/index.ts';
import { inTransaction } from '../../src/platform/postgres/database.ts';
import { change, forkOf, makeSandbox } from '../api/sandbox-asking.ts';
import { startTestApp, type TestApp } from '../harness/app.ts';
import type { SeededPartner } from '../harness/seed.ts';
import { INGEST, event, measure, pointsOf, reportingPartner, type EventJson } from './events.ts';

const DAY_MS = 86_400_000;
const METRICS = ['orders_placed', 'retention', 'ordering_shoppers', 'resolution_time', 'checkout_friction'];
const GRAINS = ['DAY', 'MONTH', 'QUARTER'];

let gateway: TestApp;

beforeAll(async () => {
  gateway = await startTestApp({ statementTimeoutMs: 30_000 });
  await reportingPartner(gateway);
});
afterAll(() => gateway.close());

/** The i-th event; few shoppers, so that they come again, and days of two months. */
function eventOf(i: number): EventJson {
  const [type, data] = [
    ['order.placed', { order: `o${i}`, shopper: `s${i % 7}`, amount: { minorUnits: i, currency: 'EUR' }, repeat: i % 4 === 0 }] as const,
    ['case.resolved', { case: `c${i}`, duration: { value: i / 4, unit: 'min' }, reopened: i % 9 === 0 }] as const,
    ['checkout.finished', { checkout: `k${i}`, outcome: i % 5 === 0 ? 'ABANDONED' : 'ORDERED', duration: { value: i % 60, unit: 's' } }] as const,
  ][i % 3]!;
  return event(gateway, `e${i}`, type, data, { time: new Date(gateway.clock.now() - DAY_MS * ((i * 31) % 25) - 60_000).toISOString() });
}

async function ingest(partner: SeededPartner, ordinals: readonly number[]): Promise<{ accepted: number; duplicates: number }> {
  const { data, text } = await partner.query(INGEST, { events: ordinals.map(eventOf) });
  if (!data?.ingestEvents) throw new Error(text);
  const { accepted, duplicates } = data.ingestEvents as { accepted: number; duplicates: number };
  return { accepted, duplicates };
}

async function sumsOf(partner: SeededPartner): Promise<string> {
  const points: string[] = [];
  for (const metric of METRICS) {
    for (const grain of GRAINS) {
      for (const { asOf: _asOf, ...point } of await pointsOf(partner, metric, grain)) points.push(`${metric} ${grain} ${JSON.stringify(point)}`);
    }
  }
  // Integrations of one period follow one another by id, and a copy's ids are others.
  return points.toSorted().join('\n');
}

const range = (from: number, to: number): number[] => Array.from({ length: to - from }, (_, i) => from + i);

test('the same events in any order, in any batches and with any of them twice come to the same sums', async () => {
  const EVENTS = 60;
  const inOrder = await gateway.seed.partner();
  await ingest(inOrder, range(0, EVENTS));
  await measure(gateway);
  const expected = await sumsOf(inOrder);
  expect(expected.split('\n').length).toBeGreaterThan(50);
  const arrival = fc.record({
    order: fc.shuffledSubarray(range(0, EVENTS), { minLength: EVENTS }),
    twice: fc.subarray(range(0, EVENTS)),
    batch: fc.integer({ min: 7, max: EVENTS }),
    measuredAfter: fc.integer({ min: 0, max: 4 }),
  });
  await fc.assert(
    fc.asyncProperty(arrival, async ({ order, twice, batch, measuredAfter }) => {
      const partner = await gateway.seed.partner();
      const sent = [...order, ...twice];
      for (let at = 0, n = 0; at < sent.length; at += batch, n++) {
        await ingest(partner, sent.slice(at, at + batch));
        if (n === measuredAfter) await measure(gateway);
      }
      await measure(gateway);
      expect(await sumsOf(partner)).toBe(expected);
    }),
    { numRuns: 5, seed: 20261123, endOnFailure: true },
  );
}, 120_000);

describe('copies of an environment', () => {
  const proven = async (environmentId: string) =>
    (await inTransaction(gateway.app.database, { environmentId, partnerId: '*' }, tx => recompute(tx, environmentId, { mend: false }))).differences;

  test('carry events, their names and their sums; a snapshot that is gone back to has those of then', async () => {
    const owner = await gateway.seed.partner();
    const sandbox = await makeSandbox(gateway, owner);
    await measure(gateway);
    expect(await ingest(sandbox.inside, range(0, 30))).toEqual({ accepted: 30, duplicates: 0 });
    await measure(gateway);
    const then = await sumsOf(sandbox.inside);
    const { snapshot } = await change(owner, 'snapshotSandbox', { sandboxId: sandbox.id, name: 'Then' }, 'snapshot { id }');
    expect(await ingest(sandbox.inside, range(20, 60))).toEqual({ accepted: 30, duplicates: 10 });
    await measure(gateway);
    const later = await sumsOf(sandbox.inside);
    expect(later).not.toBe(then);

    const fork = await forkOf(gateway, owner, { snapshotId: snapshot.id });
    expect(await sumsOf(fork.inside)).toBe(then);
    expect(await ingest(fork.inside, range(20, 60))).toEqual({ accepted: 30, duplicates: 10 });
    await measure(gateway);
    expect(await sumsOf(fork.inside)).toBe(later);

    await change(owner, 'resetSandbox', { sandboxId: sandbox.id, snapshotId: snapshot.id }, 'sandbox { id }');
    expect(await sumsOf(sandbox.inside)).toBe(then);
    expect(await ingest(sandbox.inside, range(0, 60))).toEqual({ accepted: 30, duplicates: 30 });
    await measure(gateway);
    expect(await sumsOf(sandbox.inside)).toBe(later);

    const [forked, own] = await Promise.all(
      [fork, sandbox].map(async ({ inside }) => (await inside.query('{ viewer { environment { id } } }')).data.viewer.environment.id as string),
    );
    expect([await proven(forked!), await proven(own!)]).toEqual([[], []]);
  }, 120_000);

  test('are put back while events come and are measured, and no sum is left of what is gone', async () => {
    const owner = await gateway.seed.partner();
    const sandbox = await makeSandbox(gateway, owner);
    const environmentId = (await sandbox.inside.query('{ viewer { environment { id } } }')).data.viewer.environment.id as string;
    for (let round = 0; round < 4; round++) {
      const reset = owner.query('mutation ($input: ResetSandboxInput!) { resetSandbox(input: $input) { userErrors { code } } }', {
        input: { sandboxId: sandbox.id, idempotencyKey: randomUUID() },
      });
      const reporting = [0, 1, 2].map(lane => sandbox.inside.query(INGEST, { events: range(lane * 100, lane * 100 + 100).map(i => ({ ...eventOf(i), id: `${round}-${i}` })) }));
      const [answer] = await Promise.all([reset, measure(gateway), ...reporting]);
      expect(answer.errors).toBeUndefined();
      await measure(gateway);
      expect(await proven(environmentId)).toEqual([]);
    }
  }, 120_000);
});
