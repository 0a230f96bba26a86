/** Events in through `ingestEvents`: each counted once, the bad ones kept, repaired and replayed, and
    the metrics that follow from them. */
import { startTestApp, type TestApp } from '../harness/app.ts';
import type { SeededPartner } from '../harness/seed.ts';
import { INGEST, event, measure, pointsOf, reportingPartner, resolvedCase, type EventJson } from './events.ts';

interface Touchpoint {
  readonly title: string;
  readonly metrics: readonly unknown[];
  readonly integrations: readonly unknown[];
}

let gateway: TestApp;
let partner: SeededPartner;

beforeAll(async () => {
  gateway = await startTestApp();
  partner = await reportingPartner(gateway);
});
afterAll(() => gateway.close());

async function ingest(events: readonly EventJson[], by = partner): Promise<any> {
  const answer = await by.query(INGEST, { events });
  expect(answer.errors).toBeUndefined();
  return answer.data.ingestEvents;
}

test('an event sent ten times counts once', async () => {
  const sent = resolvedCase(gateway, 'ten-times');
  expect(await ingest([sent, sent])).toEqual({ accepted: 1, duplicates: 1, rejected: [], userErrors: [] });
  for (let i = 0; i < 8; i++) expect(await ingest([sent])).toMatchObject({ accepted: 0, duplicates: 1 });
});

test('the name of an event is its own partner’s: nobody can take it up before somebody else', async () => {
  const other = await gateway.seed.partner();
  expect(await ingest([resolvedCase(gateway, 'shared')], other)).toMatchObject({ accepted: 1 });
  expect(await ingest([resolvedCase(gateway, 'shared')])).toMatchObject({ accepted: 1 });
});

test('of a batch whose 500th event is bad, 999 count and the bad one comes back with index, path and reason', async () => {
  const events = Array.from({ length: 1000 }, (_, i) => resolvedCase(gateway, `big-${i}`));
  events[499] = event(gateway, 'big-499', 'case.resolved', { case: 'c', duration: { value: 30, unit: 'hours' }, reopened: false });
  expect(await ingest(events)).toMatchObject({
    accepted: 999,
    duplicates: 0,
    rejected: [{ index: 499, eventId: 'big-499', code: 'INVALID_DATA', path: '/data/duration/unit', reason: 'By the schema of the type it must be equal to constant: "min".' }],
  });
});

test.each<[string, (good: EventJson) => unknown, string, string]>([
  ['no object', () => 7, 'MALFORMED', ''],
  ['an unknown type', good => ({ ...good, type: 'never.published' }), 'UNKNOWN_TYPE', '/type'],
  ['an unknown version', good => ({ ...good, dataschema: 'https://x.example/case.resolved/9' }), 'UNKNOWN_TYPE', '/dataschema'],
  ['the schema of another type', good => ({ ...good, dataschema: 'https://x.example/order.placed/1' }), 'MALFORMED', '/dataschema'],
  ['no id', good => ({ ...good, id: undefined }), 'MALFORMED', '/id'],
  ['NUL in its id', good => ({ ...good, id: 'a\0b' }), 'MALFORMED', '/id'],
  ['NUL in its data', good => ({ ...good, data: { case: 'a\0b' } }), 'MALFORMED', '/data/case'],
  ['half a surrogate pair', good => ({ ...good, data: { case: '\ud800' } }), 'MALFORMED', '/data/case'],
  [
    'a negative amount',
    good => ({ ...good, type: 'order.placed', data: { order: 'o', shopper: 's', repeat: false, amount: { minorUnits: -1, currency: 'EUR' } } }),
    'INVALID_DATA',
    '/data/amount/minorUnits',
  ],
  ['a member too many', good => ({ ...good, data: { ...(good['data'] as object), price: 1 } }), 'INVALID_DATA', '/data'],
  ['data nested beyond reason', good => ({ ...good, data: JSON.parse(`${'{"a":'.repeat(30)}1${'}'.repeat(30)}`) as unknown }), 'MALFORMED', `/data${'/a'.repeat(20)}`],
  ['more than 64 kB', good => ({ ...good, data: { case: 'x'.repeat(66_000) } }), 'TOO_LARGE', ''],
  ['a time without a zone', good => ({ ...good, time: '2026-10-01T12:00:00' }), 'MALFORMED', '/time'],
  ['a time ten minutes ahead', good => ({ ...good, time: new Date(gateway.clock.now() + 600_000).toISOString() }), 'FUTURE', '/time'],
  ['a time two years back', good => ({ ...good, time: new Date(gateway.clock.now() - 730 * 86_400_000).toISOString() }), 'TOO_OLD', '/time'],
])('an event with %s takes nothing else along', async (name, spoil, code, path) => {
  const good = resolvedCase(gateway, `beside ${name}`);
  const { accepted, rejected } = await ingest([spoil({ ...good, id: `bad ${name}` }) as EventJson, good]);
  expect({ accepted, rejected }).toMatchObject({ accepted: 1, rejected: [{ index: 0, code, path }] });
});

test('a request with more than 1,000 events is refused whole', async () => {
  const { accepted, userErrors } = await ingest(Array.from({ length: 1001 }, (_, i) => resolvedCase(gateway, `many-${i}`)));
  expect({ accepted, userErrors }).toEqual({
    accepted: null,
    userErrors: [{ code: 'TOO_MANY_EVENTS', message: expect.stringContaining('1001 events of at most 1000') as string }],
  });
});

test('a rejected event is kept as it was sent, is repaired once, and counts then', async () => {
  const wrong = resolvedCase(gateway, 'to-repair');
  const sent = { ...wrong, data: { ...(wrong['data'] as object), reopened: 'no' } };
  const { rejected } = await ingest([sent]);
  const [{ rejectedEventId }] = rejected;
  const kept = await partner.query('query ($id: ID!) { node(id: $id) { ... on RejectedEvent { code path eventId type payload repairedAt } } }', { id: rejectedEventId });
  expect(kept.data.node).toMatchObject({ code: 'INVALID_DATA', path: '/data/reopened', eventId: 'to-repair', type: 'case.resolved', repairedAt: null });
  expect(JSON.parse(kept.data.node.payload)).toEqual(sent);
  const REPAIR = `mutation ($id: ID!, $event: CloudEvent) { repairRejectedEvent(input: { rejectedEventId: $id, event: $event }) {
    rejectedEvent { repairedAt } wasDuplicate userErrors { code path } } }`;
  const repair = async (id: string, event: unknown, by = partner) => (await by.query(REPAIR, { id, event })).data.repairRejectedEvent;
  expect(await repair(rejectedEventId, null)).toMatchObject({ rejectedEvent: null, userErrors: [{ code: 'INVALID' }] });
  expect(await repair(rejectedEventId, wrong, await gateway.seed.partner())).toMatchObject({ userErrors: [{ code: 'NOT_FOUND' }] });
  const both = await Promise.all([repair(rejectedEventId, wrong), repair(rejectedEventId, wrong)]);
  expect(both.map(({ userErrors }): string => userErrors[0]?.code ?? 'REPAIRED').toSorted((a, b) => a.localeCompare(b))).toEqual(['ALREADY_REPAIRED', 'REPAIRED']);
  expect(await ingest([wrong])).toMatchObject({ accepted: 0, duplicates: 1 });
  const listed = await partner.query('{ rejectedEvents(first: 5, filter: { repaired: true }) { nodes { id repairedAt } } }');
  expect(listed.data.rejectedEvents.nodes).toEqual([{ id: rejectedEventId, repairedAt: expect.any(String) as string }]);
});

test('an event is tried without being counted', async () => {
  const VALIDATE = 'mutation ($event: CloudEvent!) { validateEvent(input: { event: $event }) { valid fault { code path } } }';
  const good = resolvedCase(gateway, 'tried');
  expect((await partner.query(VALIDATE, { event: good })).data.validateEvent).toEqual({ valid: true, fault: null });
  expect((await partner.query(VALIDATE, { event: { ...good, data: {} } })).data.validateEvent).toEqual({ valid: false, fault: { code: 'INVALID_DATA', path: '/data' } });
  expect(await ingest([good])).toMatchObject({ accepted: 1 });
});

test('the same idempotency key answers the same, without another look at the events', async () => {
  const headers = { 'idempotency-key': 'batch-1' };
  const events = [resolvedCase(gateway, 'keyed'), { ...resolvedCase(gateway, 'keyed-bad'), data: {} }];
  const first = await partner.query(INGEST, { events }, { headers });
  const second = await partner.query(INGEST, { events }, { headers });
  expect(first.data.ingestEvents).toMatchObject({ accepted: 1, rejected: [{ index: 1, path: '/data' }] });
  expect(second.data).toEqual(first.data);
});

describe('metrics', () => {
  let reporter: SeededPartner;
  beforeAll(async () => {
    reporter = await gateway.seed.partner();
  });

  test('a mean is the exact sum by the exact count, and says from which events', async () => {
    await ingest(
      [10, 20, 60.5].map((minutes, i) => resolvedCase(gateway, `mean-${i}`, minutes)),
      reporter,
    );
    await measure(gateway);
    const now = new Date(gateway.clock.now()).toISOString();
    for (const grain of ['DAY', 'MONTH', 'QUARTER']) {
      expect(await pointsOf(reporter, 'resolution_time', grain)).toEqual([
        {
          startsOn: expect.any(String) as string,
          value: '30.166667',
          numerator: '90.5',
          denominator: '3',
          sufficient: false,
          asOf: now,
          evidence: { numeratorEvents: 3, denominatorEvents: 3 },
        },
      ]);
    }
  });

  test('different values count once a period, in whichever batch they come', async () => {
    const order = (id: string, shopper: string, repeat: boolean) =>
      event(gateway, id, 'order.placed', { order: id, shopper, amount: { minorUnits: 100, currency: 'EUR' }, repeat });
    await ingest([order('o1', 'ann', false), order('o2', 'ann', true), order('o3', 'bob', false)], reporter);
    await measure(gateway);
    await ingest([order('o4', 'bob', true), order('o5', 'cem', false), order('o6', 'ann', true)], reporter);
    await measure(gateway);
    expect(await pointsOf(reporter, 'retention')).toMatchObject([{ numerator: '2', denominator: '3', value: '66.666667', evidence: { numeratorEvents: 3, denominatorEvents: 6 } }]);
    expect(await pointsOf(reporter, 'ordering_shoppers')).toMatchObject([{ numerator: '3', value: '3', sufficient: true }]);
  });

  test('what waits to be measured holds `asOf` back', async () => {
    const before = gateway.clock.now();
    await ingest([resolvedCase(gateway, 'waiting')], reporter);
    gateway.clock.advance(5000);
    expect(await pointsOf(reporter, 'resolution_time')).toMatchObject([{ asOf: new Date(before).toISOString() }]);
    await measure(gateway);
    expect(await pointsOf(reporter, 'resolution_time')).toMatchObject([{ asOf: new Date(gateway.clock.now()).toISOString() }]);
  });

  test('another partner’s events are in nobody else’s metrics, nor in their lists', async () => {
    const stranger = await gateway.seed.partner();
    expect(await pointsOf(stranger, 'resolution_time')).toEqual([]);
    expect((await stranger.query('{ events(first: 5) { nodes { eventId } } rejectedEvents(first: 5) { nodes { id } } }')).data).toEqual({
      events: { nodes: [] },
      rejectedEvents: { nodes: [] },
    });
    const own = await reporter.query('{ events(first: 2, filter: { type: "order.placed" }) { nodes { eventId data late integration { name } } } }');
    expect(own.data.events.nodes).toMatchObject([{ eventId: 'o6', late: false, data: { shopper: 'ann' } }, { eventId: 'o5' }]);
  });

  test('each touchpoint has a metric, and shows the integrations of yours that people meet there', async () => {
    const { data, text } = await reporter.query('{ journeys { nodes { title touchpoints { title categories metrics { name } integrations { name } } } } }');
    expect(text).not.toContain('errors');
    const touchpoints = data.journeys.nodes.flatMap((journey: { touchpoints: Touchpoint[] }) => journey.touchpoints);
    expect(touchpoints.length).toBeGreaterThan(4);
    expect(touchpoints.filter((touchpoint: Touchpoint) => touchpoint.metrics.length === 0)).toEqual([]);
    expect(touchpoints.filter((touchpoint: Touchpoint) => touchpoint.integrations.length > 0).map((touchpoint: Touchpoint) => touchpoint.title)).toEqual([
      'Delivery',
      'The next order',
      'First offer',
    ]);
  });
});
