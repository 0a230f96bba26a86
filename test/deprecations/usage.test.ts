/** What requests use is counted: who, by which operation and client, and how often, for partners and the staff to see. */
import { elementSetOf } from '../../src/deprecations/index.ts';
import { MAX_COUNTS_PER_INTEGRATION, openUsageCounter, type CountedRequest } from '../../src/deprecations/usage-counter.ts';
import { startTestApp, type TestApp } from '../harness/app.ts';
import { ask, type SeededPartner, type SeededStaff } from '../harness/seed.ts';
import { asAdmin } from '../api/credential-door.ts';
import { noticeContent, publish } from '../api/staff-door.ts';

let first: TestApp;
let second: TestApp;
let partner: SeededPartner;
let neighbour: SeededPartner;
let steward: SeededStaff;
let approvers: SeededStaff[];

beforeAll(async () => {
  first = await startTestApp();
  second = await startTestApp({ beside: first });
  [partner, neighbour] = [await first.seed.partner(), await first.seed.partner()];
  steward = await first.seed.staff('API_STEWARD');
  approvers = [await first.seed.staff('API_STEWARD'), await first.seed.staff('API_STEWARD')];
});
afterAll(async () => {
  await second.close();
  await first.close();
});

interface Row {
  readonly uses: number;
  readonly [column: string]: unknown;
}

const rowsOf = (coordinate: string): Promise<Row[]> =>
  asAdmin(first, async client => {
    const { rows } = await client.query<Row>(
      `select integration_id, api_version, operation_name, client_name, client_version, uses::integer as uses, cardinality(request_ids) as requests
       from portico.usage_by_hour where coordinate = $1 order by operation_name, uses`,
      [coordinate],
    );
    return rows;
  });

/** Waits for the flush of each second. */
async function counted(coordinate: string, uses: number): Promise<Row[]> {
  for (let tries = 0; tries < 60; tries++) {
    const rows = await rowsOf(coordinate);
    if (rows.reduce((sum, row) => sum + row.uses, 0) >= uses) return rows;
    await new Promise(resolve => setTimeout(resolve, 100));
  }
  return rowsOf(coordinate);
}

const SORTED = 'query Sorted($sort: IntegrationSort) { integrations(first: 1, sort: $sort) { nodes { id } } }';

test('every use is counted once, on whichever gateway, by operation and client', async () => {
  const client = { 'apollographql-client-name': 'pilot', 'apollographql-client-version': '1.2' };
  const options = { version: '2026-10', headers: client, token: await partner.token() };

  for (let i = 0; i < 12; i++) await ask((i % 2 ? first : second).url, { query: 'query Shelf { milestones(first: 1) { nodes { cadence } } }' }, options);
  const sent = await counted('Milestone.cadence', 12);
  expect(sent).toEqual([{ integration_id: partner.clientId, api_version: '2026-10', operation_name: 'Shelf', client_name: 'pilot', client_version: '1.2', uses: 12, requests: 5 }]);
});

test('what variables hold counts as much as what the text says', async () => {
  for (const sort of ['CREATED_AT_DESC', 'CREATED_AT_DESC', 'NAME_ASC', null]) await partner.query(SORTED, { sort }, { version: '2026-10' });
  expect(await counted('IntegrationSort.CREATED_AT_DESC', 2)).toMatchObject([{ operation_name: 'Sorted', uses: 2 }]);
  expect(await counted('Query.integrations(sort:)', 4)).toMatchObject([{ uses: 1 }, { uses: 1 }, { uses: 2 }]);
});

test('a partner sees within seconds what affects it, and the staff who would break', async () => {
  await publish(steward, approvers, noticeContent(first.clock.now(), { coordinate: 'Milestone.publishedAt', replacement: 'Milestone.title' }));
  const affecting = async (who: SeededPartner) =>
    (
      await who.query('{ deprecations(first: 9, affectingMe: true) { nodes { coordinate uses(first: 2) { nodes { operationName uses requestIds } } } } }', undefined, {
        version: 'unstable',
      })
    ).data.deprecations.nodes;
  expect(await affecting(partner)).toEqual([]);
  const answer = await partner.query('query Dates { milestones(first: 1) { nodes { publishedAt } } }', undefined, { version: '2026-10' });
  await counted('Milestone.publishedAt', 1);
  const requestIds = [answer.headers.get('x-request-id')];
  expect(await affecting(partner)).toEqual([{ coordinate: 'Milestone.publishedAt', uses: { nodes: [{ operationName: 'Dates', uses: 1, requestIds }] } }]);
  expect(await affecting(neighbour)).toEqual([]);
  const { data } = await steward.query('{ deprecationImpact(coordinate: "Milestone.publishedAt") { integrationId operationNames uses requestIds } }');
  expect(data.deprecationImpact).toEqual([{ integrationId: partner.clientId, operationNames: ['Dates'], uses: 1, requestIds }]);
});

test('one integration fills its share of the memory, and not that of others', async () => {
  const counter = openUsageCounter(first.app.database);
  const request = (integrationId: string, i: number): CountedRequest => ({
    requestId: `req_${i}`,
    receivedAt: first.clock.now(),
    environmentId: partner.environmentId,
    partnerId: partner.partnerId,
    integrationId,
    apiVersion: '2026-10',
    operationName: null,
    documentHash: String(i),
    client: { name: '', version: '' },
    uses: { uses: new Map([['Flood.field', []]]), elementSet: elementSetOf(['Flood.field']) },
  });
  for (let i = 0; i < MAX_COUNTS_PER_INTEGRATION + 40; i++) counter.count(request(partner.clientId, i));
  counter.count(request(neighbour.clientId, 0));
  expect(counter.dropped).toBe(40);
  await counter.flush();
  expect((await rowsOf('Flood.field')).length).toBe(MAX_COUNTS_PER_INTEGRATION + 1);
});
