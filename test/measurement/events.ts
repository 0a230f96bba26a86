/** Events for tests, and an environment in which they can be measured. */
import { settleLive } from '../../src/database.ts';
import { measureWaiting } from '../../src/measurement/index.ts';
import type { TestApp } from '../harness/app.ts';
import type { SeededPartner } from '../harness/seed.ts';

export type EventJson = Record<string, unknown>;

/** A partner in a live environment with the starter pack. */
export async function reportingPartner(gateway: TestApp): Promise<SeededPartner> {
  await settleLive(gateway.app.database, gateway.clock);
  return gateway.seed.partner();
}

export const event = (gateway: TestApp, id: string, type: string, data: unknown, more: EventJson = {}): EventJson => ({
  specversion: '1.0',
  id,
  source: '/shop',
  type,
  time: new Date(gateway.clock.now() - 60_000).toISOString(),
  data,
  ...more,
});

export const resolvedCase = (gateway: TestApp, id: string, minutes = 30, more: EventJson = {}): EventJson =>
  event(gateway, id, 'case.resolved', { case: id, duration: { value: minutes, unit: 'min' }, reopened: false }, more);

export const INGEST = `mutation ($events: [CloudEvent!]!) { ingestEvents(input: { events: $events }) {
  accepted duplicates rejected { index eventId code path reason rejectedEventId } userErrors { code message } } }`;

export const measure = (gateway: TestApp): Promise<number> => measureWaiting(gateway.app.database);

/** Points of a metric by grain and first day. */
export async function pointsOf(partner: SeededPartner, name: string, grain = 'QUARTER'): Promise<any[]> {
  const answer = await partner.query(
    `query ($name: String, $grain: MetricGrain) { metrics(first: 1, filter: { name: $name }) { nodes { series(grain: $grain) {
      nodes { startsOn value numerator denominator sufficient asOf evidence { numeratorEvents denominatorEvents } } } } } }`,
    { name, grain },
  );
  if (answer.errors) throw new Error(answer.text);
  return answer.data.metrics.nodes[0].series.nodes;
}
