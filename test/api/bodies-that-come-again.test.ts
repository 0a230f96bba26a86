/** A body that comes again is answered as if nobody had ever sent it: what was made of it belongs to its text alone. */
import { startTestApp, type TestApp } from '../harness/app.ts';
import type { SeededPartner } from '../harness/seed.ts';

let gateway: TestApp;
let live: SeededPartner;
let other: SeededPartner;
let sandbox: SeededPartner;

beforeAll(async () => {
  gateway = await startTestApp();
  const named = await gateway.seed.world(undefined, 300);
  live = await named('ParcelPilot');
  other = await named('GlowRank');
  sandbox = await (await gateway.seed.world(await gateway.seed.sandboxOf(live), 300))('ParcelPilot');
});
afterAll(() => gateway.close());

async function send(partner: SeededPartner, body: string, version = ''): Promise<{ status: number; told: unknown }> {
  const response = await fetch(`${gateway.url}/graphql${version}`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', authorization: `Bearer ${await partner.token()}` },
    body,
  });
  const { data, errors } = (await response.json()) as { data?: unknown; errors?: { message: string; extensions: { code: string } }[] };
  return { status: response.status, told: { data, errors: errors?.map(({ message, extensions: { code } }) => ({ message, code })) } };
}

const PAGE = `query Page($first: Int!, $states: [MilestoneProgressState!], $filter: MilestoneProgressFilter) {
  milestoneProgress(first: $first, filter: $filter) { nodes { id state } } integrations(first: $first) { nodes { id progress(first: $first, state: $states) { nodes { id state } } } } }`;
const of = (variables: unknown, query = PAGE): string => JSON.stringify({ query, variables });

test.each([
  ['an answer', of({ first: 3, states: ['OPEN', 'IN_PROGRESS'], filter: { state: ['IN_PROGRESS'] } }), 200, undefined],
  ['variables that do not fit', of({ first: 'x' }), 200, 'BAD_USER_INPUT'],
  ['a page that is too dear', of({ first: 101 }), 200, 'COST_LIMIT_EXCEEDED'],
  ['a document that does not parse', of({}, '{ viewer {'), 200, 'GRAPHQL_PARSE_FAILED'],
  ['a field that is not there', of({}, '{ nothing }'), 200, 'GRAPHQL_VALIDATION_FAILED'],
  ['a value of sandboxes', of({ id: 'shp_test_allow_all' }, 'query ($id: ID!) { node(id: $id) { id } }'), 200, 'SANDBOX_VALUE_IN_LIVE'],
  ['a polluted prototype', '{"__proto__": {"query": "{ __typename }"}, "query": "{ __typename }"}', 400, 'BAD_USER_INPUT'],
  ['no JSON', '{"query": ', 400, 'BAD_USER_INPUT'],
])('%s comes out the same each time', async (_title, body, status, code) => {
  const first = await send(live, body);
  expect(first).toMatchObject({ status, told: code === undefined ? { errors: undefined } : { errors: [{ code }] } });
  for (let i = 0; i < 3; i++) expect(await send(live, body)).toEqual(first);
});

test('who asks, where, and which version are not of the body', async () => {
  const body = of({ first: 5, states: null, filter: { state: ['IN_PROGRESS', 'REWARDED', 'CONFIRMED', 'OPEN'] } });
  const askers = [live, other, sandbox];
  const alone = await Promise.all(askers.map(each => send(each, body)));
  expect(new Set(alone.map(({ told }) => JSON.stringify(told))).size).toBe(3);
  const again = await Promise.all(askers.flatMap(each => ['/2026-07', '/2027-01', ''].map(version => send(each, body, version))));
  expect(again.map(({ told }) => told)).toEqual(alone.flatMap(({ told }) => [told, told, told]));
  // A value of sandboxes is refused in live whatever a sandbox has made of the same body.
  const magic = of({ id: 'shp_test_allow_all' }, 'query ($id: ID!) { node(id: $id) { id } }');
  expect((await send(sandbox, magic)).told).toMatchObject({ errors: undefined });
  expect((await send(live, magic)).told).toMatchObject({ errors: [{ code: 'SANDBOX_VALUE_IN_LIVE' }] });
});

test('the text of a mutation is not kept: the same again is the same write, told by its key', async () => {
  const body = JSON.stringify({
    query: 'mutation { createIntegration(input: { name: "Second", category: SHIPPING, idempotencyKey: "once" }) { integration { id } userErrors { code } } }',
  });
  const first = await send(sandbox, body);
  expect(first.status).toBe(200);
  expect(await send(sandbox, body)).toEqual(first);
});
