/** Lists as partners page, filter and count them. */
import { startTestApp, type TestApp } from '../harness/app.ts';
import type { SeededPartner } from '../harness/seed.ts';

let gateway: TestApp;
let partner: SeededPartner;

beforeAll(async () => {
  gateway = await startTestApp();
  partner = await (await gateway.seed.world())('ParcelPilot');
});
afterAll(() => gateway.close());

const idsOf = (connection: { nodes: { id: string }[] }): string[] => connection.nodes.map(node => node.id);

test('a list read backwards in pages is the list, and each page keeps its order', async () => {
  const all = idsOf((await partner.query('{ milestoneProgress(first: 100) { nodes { id } } }')).data.milestoneProgress);
  const seen: string[] = [];
  let before: string | null = null;
  do {
    const answer = await partner.query(
      'query ($before: String) { milestoneProgress(last: 9, before: $before) { nodes { id } pageInfo { hasPreviousPage hasNextPage startCursor endCursor } } }',
      { before },
    );
    const page: { nodes: { id: string }[]; pageInfo: { hasPreviousPage: boolean; hasNextPage: boolean; startCursor: string } } = answer.data.milestoneProgress;
    expect(page.pageInfo.hasNextPage).toBe(before !== null);
    seen.unshift(...idsOf(page));
    before = page.pageInfo.hasPreviousPage ? page.pageInfo.startCursor : null;
  } while (before);
  // The world has more than a page of 100: what lies behind it comes first when read from the end.
  expect(seen.slice(0, all.length)).toEqual(all);
});

test('a page between two cursors holds exactly what lies between them', async () => {
  const edges: { cursor: string; node: { id: string } }[] = (await partner.query('{ milestones(first: 12) { edges { cursor node { id } } } }')).data.milestones.edges;
  const between = await partner.query(
    'query ($after: String, $before: String) { milestones(first: 100, after: $after, before: $before) { nodes { id } pageInfo { hasNextPage } } }',
    {
      after: edges[2]!.cursor,
      before: edges[7]!.cursor,
    },
  );
  expect(idsOf(between.data.milestones)).toEqual(edges.slice(3, 7).map(edge => edge.node.id));
});

test('first and last together are refused', async () => {
  const answer = await partner.query('{ milestones(first: 1, last: 1) { nodes { id } } }');
  expect(answer.errors![0]!.extensions['code']).toBe('BAD_USER_INPUT');
});

test("totalCount is the whole list's under the filter, whatever the page", async () => {
  const answer = await partner.query(
    '{ all: milestones(first: 2) { totalCount nodes { id } } some: milestones(first: 1, filter: { cadence: ONCE }) { totalCount } one: milestones(filter: { cadence: ONCE }) { nodes { id } } }',
  );
  expect(answer.data.all.totalCount).toBeGreaterThan(answer.data.all.nodes.length);
  expect(answer.data.some.totalCount).toBe(answer.data.one.nodes.length);
});

type Milestone = { id: string; cadence: string; category: string; reward: { kind: string } | null };

test.each<[string, string, (milestone: Milestone) => boolean]>([
  ['and', '{ and: [{ cadence: QUARTERLY }, { category: OUTCOME }] }', m => m.cadence === 'QUARTERLY' && m.category === 'OUTCOME'],
  ['or', '{ or: [{ cadence: ONCE }, { category: RELIABILITY }] }', m => m.cadence === 'ONCE' || m.category === 'RELIABILITY'],
  ['not', '{ not: { cadence: ONCE } }', m => m.cadence !== 'ONCE'],
  ['not, of what a row may lack', '{ not: { rewardKind: CAPABILITY } }', m => m.reward?.kind !== 'CAPABILITY'],
  [
    'all three, nested',
    '{ category: OUTCOME, not: { or: [{ rewardKind: FINANCIAL }, { and: [{ cadence: ONCE }, { category: OUTCOME }] }] } }',
    m => m.category === 'OUTCOME' && m.reward?.kind !== 'FINANCIAL',
  ],
  ['or of nothing', '{ or: [] }', () => false],
  ['and of nothing', '{ and: [] }', () => true],
  ['an empty condition', '{ or: [{}] }', () => true],
])('filters compose: %s', async (_title, filter, holds) => {
  const fields = 'nodes { id cadence category reward { kind } }';
  const answer = await partner.query(`{ all: milestones(first: 100) { ${fields} } some: milestones(first: 100, filter: ${filter}) { ${fields} } }`);
  expect(answer.errors).toBeUndefined();
  expect(answer.data.some.nodes).toEqual(answer.data.all.nodes.filter(holds));
});

test('a filter of more than thirty conditions is refused', async () => {
  const answer = await partner.query('query ($filter: MilestoneFilter) { milestones(filter: $filter) { nodes { id } } }', {
    filter: { or: Array.from({ length: 31 }, () => ({ cadence: 'ONCE' })) },
  });
  expect(answer.errors![0]!.extensions['code']).toBe('BAD_USER_INPUT');
  expect(answer.errors![0]!.message).toContain('31 conditions of at most 30');
});

test('a cursor with a date that does not exist is refused at its field', async () => {
  const { cursor } = (await partner.query('{ awards(first: 1) { edges { cursor } } }')).data.awards.edges[0];
  const parts = JSON.parse(Buffer.from(cursor, 'base64url').toString()) as string[];
  parts[1] = '2026-02-31T00:00:00+00:00';
  const after = Buffer.from(JSON.stringify(parts)).toString('base64url');
  const answer = await partner.query('query ($after: String) { viewer { apiVersion } awards(first: 1, after: $after) { nodes { id } } }', { after });
  expect(answer.errors).toMatchObject([{ path: ['awards'], extensions: { code: 'BAD_USER_INPUT' } }]);
});
