/** What the staff defines is measured: event types, metrics and journeys, refused where they could not be. */
import { randomUUID } from 'node:crypto';
import { startTestApp, type TestApp } from '../harness/app.ts';
import type { GraphQLAnswer, SeededPartner, SeededStaff } from '../harness/seed.ts';
import { INGEST, event, measure, pointsOf, reportingPartner } from './events.ts';

let gateway: TestApp;
let partner: SeededPartner;
let manager: SeededStaff;

beforeAll(async () => {
  gateway = await startTestApp();
  partner = await reportingPartner(gateway);
  manager = await gateway.seed.staff('PROGRAM_MANAGER');
});
afterAll(() => gateway.close());

type Input = Record<string, unknown>;

const act = (mutation: string, input: Input, selection: string): Promise<GraphQLAnswer> =>
  manager.query(
    `mutation ($input: ${mutation[0]!.toUpperCase()}${mutation.slice(1)}Input!) { ${mutation}(input: $input) { ${selection} userErrors { code path } } }`,
    { input: { reason: 'For a test.', ...input } },
    { headers: { 'idempotency-key': randomUUID() } },
  );

const RETURNED = { type: 'object', properties: { parcel: { type: 'string' }, cost: { type: 'number', minimum: 0 }, free: { type: 'boolean' } }, required: ['parcel', 'cost'] };

const publish = (changes: Input = {}) =>
  act(
    'publishEventType',
    { name: 'parcel.returned', description: 'A parcel came back.', dataSchema: JSON.stringify(RETURNED), ...changes },
    'eventType { name version dataSchema }',
  );

const COST = { eventType: 'parcel.returned', operation: 'SUM', field: ['cost'] };
const COUNT = { eventType: 'parcel.returned', operation: 'COUNT' };

const define = (changes: Input = {}) =>
  act(
    'defineMetric',
    {
      name: 'return_cost',
      title: 'Cost of a return',
      description: 'What a return costs the shopper, on average.',
      unit: 'minor units',
      polarity: 'LOWER_IS_BETTER',
      kind: 'LAGGING',
      aggregate: 'MEAN',
      minimumCount: 2,
      numerator: COST,
      denominator: COUNT,
      ...changes,
    },
    'metric { id name version scale measures { role operation } }',
  );

test('a type that is published can be reported from then on, and its next version beside it', async () => {
  expect((await publish()).data.publishEventType).toEqual({ eventType: { name: 'parcel.returned', version: 1, dataSchema: RETURNED }, userErrors: [] });
  const stricter = { ...RETURNED, required: ['parcel', 'cost', 'free'] };
  expect((await publish({ dataSchema: JSON.stringify(stricter) })).data.publishEventType.eventType.version).toBe(2);
  const plain = event(gateway, 'r-1', 'parcel.returned', { parcel: 'p', cost: 4 });
  const { data } = await partner.query(INGEST, { events: [plain, { ...plain, id: 'r-2', dataschema: 'https://x.example/parcel.returned/1' }] });
  expect(data.ingestEvents).toMatchObject({ accepted: 1, rejected: [{ eventId: 'r-1', code: 'INVALID_DATA', path: '/data' }] });
});

test.each<[string, Input, string[]]>([
  ['no name', { name: 'parcel' }, ['name']],
  ['nothing to say', { description: ' ' }, ['description']],
  ['no JSON', { dataSchema: '{"type":' }, ['dataSchema']],
  ['a list', { dataSchema: '[]' }, ['dataSchema']],
  ['data that is no object', { dataSchema: '{"type": "string"}' }, ['dataSchema']],
  ['a word that no schema has', { dataSchema: '{"type": "object", "propertys": {}}' }, ['dataSchema']],
  ['a schema elsewhere', { dataSchema: '{"type": "object", "$ref": "https://elsewhere.example/schema"}' }, ['dataSchema']],
])('an event type with %s is refused', async (_what, changes, path) => {
  expect((await publish({ name: 'parcel.lost', ...changes })).data.publishEventType).toEqual({ eventType: null, userErrors: [{ code: 'INVALID', path }] });
});

test('a metric that is defined counts the events after it, and partners read it like the others', async () => {
  // What came before is measured before.
  await measure(gateway);
  const { data } = await define();
  expect(data.defineMetric).toMatchObject({
    userErrors: [],
    metric: {
      name: 'return_cost',
      version: 1,
      scale: '1',
      measures: [
        { role: 'NUMERATOR', operation: 'SUM' },
        { role: 'DENOMINATOR', operation: 'COUNT' },
      ],
    },
  });
  const events = [3, 5, 10].map((cost, i) => event(gateway, `cost-${i}`, 'parcel.returned', { parcel: 'p', cost, free: false }));
  expect((await partner.query(INGEST, { events })).data.ingestEvents.accepted).toBe(3);
  await measure(gateway);
  expect(await pointsOf(partner, 'return_cost')).toMatchObject([{ value: '6', denominator: '3', sufficient: true }]);
  expect((await define()).data.defineMetric.metric.version).toBe(2);
});

test.each<[string, Input, string, string[]]>([
  ['no name', { name: 'Return Cost' }, 'INVALID', ['name']],
  ['a scale of nothing', { scale: '0' }, 'INVALID', ['scale']],
  ['a minimum of none', { minimumCount: 0 }, 'INVALID', ['minimumCount']],
  ['a mean of counts', { numerator: COUNT }, 'INVALID', ['numerator', 'operation']],
  ['a mean by nothing', { denominator: null }, 'INVALID', ['denominator']],
  ['a count by something', { aggregate: 'COUNT', numerator: COUNT }, 'INVALID', ['denominator']],
  ['a type that there is not', { numerator: { ...COST, eventType: 'never.published' } }, 'NOT_FOUND', ['numerator', 'eventType']],
  ['a field that there is not', { numerator: { ...COST, field: ['price'] } }, 'INVALID', ['numerator', 'field']],
  ['a sum of texts', { numerator: { ...COST, field: ['parcel'] } }, 'INVALID', ['numerator', 'field']],
  ['a field beside a count', { denominator: { ...COUNT, field: ['parcel'] } }, 'INVALID', ['denominator', 'field']],
  ['a condition that never holds', { denominator: { ...COUNT, condition: '{"gratis": true}' } }, 'INVALID', ['denominator', 'condition']],
])('a metric with %s is refused', async (_what, changes, code, path) => {
  expect((await define({ name: 'refused_metric', ...changes })).data.defineMetric).toEqual({ metric: null, userErrors: [{ code, path }] });
});

describe('a journey', () => {
  const SELECTED = 'journey { id title touchpoints { id title categories metrics { name } } }';
  const touchpoint = (metricIds: string[], more: Input = {}) => ({ title: 'Return', description: 'A parcel goes back.', categories: ['SHIPPING'], metricIds, ...more });
  const journey = (touchpoints: unknown[], more: Input = {}) =>
    act('upsertJourney', { title: 'Sending back', description: 'Something did not fit.', touchpoints, ...more }, SELECTED);
  const metricId = async (name: string): Promise<string> =>
    (await manager.query('query ($name: String) { metrics(first: 1, filter: { name: $name }) { nodes { id } } }', { name })).data.metrics.nodes[0].id;

  test('is written with its touchpoints, and written again', async () => {
    const [damage, retention] = [await metricId('damage_share'), await metricId('retention')];
    const first = await journey([touchpoint([damage]), touchpoint([retention], { title: 'Refund' })]);
    expect(first.errors).toBeUndefined();
    const { journey: made } = first.data.upsertJourney;
    expect(made.touchpoints).toMatchObject([{ title: 'Return', categories: ['SHIPPING'], metrics: [{ name: 'damage_share' }] }, { title: 'Refund' }]);
    const again = await journey([touchpoint([retention], { title: 'Refund', touchpointId: made.touchpoints[1].id })], { journeyId: made.id, title: 'Returns' });
    expect(again.data.upsertJourney.journey).toMatchObject({ id: made.id, title: 'Returns', touchpoints: [{ id: made.touchpoints[1].id, metrics: [{ name: 'retention' }] }] });
    const { journeys } = (await partner.query('{ journeys { nodes { title } } }')).data;
    expect(journeys.nodes.at(-1)).toEqual({ title: 'Returns' });
  });

  test.each<[string, () => Promise<unknown[]> | unknown[], Input, string, string[]]>([
    ['a touchpoint without a metric', () => [touchpoint([])], {}, 'RULE_BROKEN', ['touchpoints', '0', 'metricIds']],
    ['no touchpoint', () => [], {}, 'INVALID', ['touchpoints']],
    ['a metric that there is not', () => [touchpoint(['met_nowhere'])], {}, 'NOT_FOUND', ['touchpoints', '0', 'metricIds']],
    ['an id of none', async () => [touchpoint([await metricId('retention')])], { journeyId: 'jny_nowhere' }, 'NOT_FOUND', ['journeyId']],
    ['a strange touchpoint', async () => [touchpoint([await metricId('retention')], { touchpointId: 'tpt_nowhere' })], {}, 'INVALID', ['touchpoints', '0', 'touchpointId']],
  ])('with %s is refused', async (_what, touchpoints, more, code, path) => {
    expect((await journey(await touchpoints(), more)).data.upsertJourney).toEqual({ journey: null, userErrors: [{ code, path }] });
  });
});
