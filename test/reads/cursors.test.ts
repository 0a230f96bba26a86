/** Whatever a caller sends as a cursor, a filter or a variable: the answer is a right page of the
    caller's own list or a refusal of the input, never a fault and never a foreign row. */
import type { GraphQLAnswer } from '../harness/seed.ts';
import { startBench, type Bench } from './differential.ts';
import { Dice } from './dice.ts';
import type { Asker } from './worlds.ts';

const SEED = 7;
const CURSORS = 1200;
const VARIABLES = 600;

const LISTS = [
  'integrations',
  'integrations(sort: NAME_DESC)',
  'integrations(sort: CREATED_AT_ASC)',
  'integrations(sort: CREATED_AT_DESC, filter: { status: ACTIVE })',
  'milestones',
  'milestones(filter: { category: OUTCOME })',
  'milestoneProgress',
  'milestoneProgress(filter: { period: "2026-Q2" })',
  'awards',
  'requests',
] as const;

type List = (typeof LISTS)[number];

let bench: Bench;
const dice = new Dice(SEED);
/** Each asker's whole lists, and the cursors in them. */
const whole = new Map<Asker, Map<List, { ids: string[]; cursors: string[] }>>();
/** Ids that an asker may see. */
const own = new Map<Asker, Set<string>>();

const paged = (list: List, paging: string): string => (list.includes('(') ? list.replace('(', `(${paging}, `) : `${list}(${paging})`);
const idsIn = (text: string): string[] => text.match(/\b[a-z]{3}_[0-9a-z]{20,}\b/g) ?? [];

beforeAll(async () => {
  bench = await startBench(dice);
  for (const asker of bench.worlds.askers) {
    const lists = new Map<List, { ids: string[]; cursors: string[] }>();
    for (const list of LISTS) {
      const found = { ids: [] as string[], cursors: [] as string[] };
      for (let after: string | null = null, more = true; more;) {
        const answer: GraphQLAnswer = await asker.partner.query(
          `query ($after: String) { page: ${paged(list, 'first: 40, after: $after')} { edges { cursor node { id } } pageInfo { hasNextPage endCursor } } }`,
          { after },
        );
        expect(answer.errors).toBeUndefined();
        const { edges, pageInfo } = answer.data.page;
        found.ids.push(...edges.map((edge: { node: { id: string } }) => edge.node.id));
        found.cursors.push(...edges.map((edge: { cursor: string }) => edge.cursor));
        [after, more] = [pageInfo.endCursor, pageInfo.hasNextPage];
      }
      lists.set(list, found);
    }
    whole.set(asker, lists);
    own.set(asker, new Set([...lists.values()].flatMap(({ ids }) => ids)));
  }
});
afterAll(() => bench.close());

const decoded = (cursor: string): unknown[] => JSON.parse(Buffer.from(cursor, 'base64url').toString()) as unknown[];
const encoded = (parts: unknown): string => Buffer.from(JSON.stringify(parts)).toString('base64url');

const ODD = [
  null,
  true,
  0,
  -1.5,
  [],
  {},
  '',
  '\0',
  '\ud800',
  'infinity',
  '-infinity',
  'NaN',
  '2026-02-31T00:00:00+00:00',
  '2026-03-04T05:06:07.000001+00:00',
  '294277-01-01T00:00:00+00:00',
  '99999999999999999999',
  "' or true --",
  'x'.repeat(3000),
];

/** Ways to spoil a cursor, or to leave it as it is. */
const SPOILERS: readonly ((cursor: string) => string)[] = [
  cursor => cursor,
  cursor => cursor.slice(0, dice.between(0, cursor.length)),
  cursor => cursor.slice(dice.between(1, cursor.length)),
  cursor => `${cursor}${dice.oneOf(['=', 'A', '==', ' ', '\n', '\0', cursor])}`,
  cursor =>
    Array.from(cursor)
      .with(dice.between(0, cursor.length - 1), dice.oneOf(Array.from('ABCabc019-_+/= %"é')))
      .join(''),
  cursor => encoded(decoded(cursor).with(dice.between(0, 1), dice.oneOf(ODD))),
  cursor => encoded([...decoded(cursor).slice(0, -1), dice.oneOf(ODD)]),
  cursor => encoded(decoded(cursor).slice(0, -1)),
  cursor => encoded([...decoded(cursor), dice.oneOf(ODD)]),
  cursor => encoded([...decoded(cursor).slice(0, -1), dice.oneOf(bench.worlds.ids)]),
  cursor => encoded(decoded(cursor).toReversed()),
  () => encoded(dice.oneOf(ODD)),
  () => Buffer.from(dice.times(dice.between(1, 60), () => dice.between(0, 255))).toString('base64url'),
  () => '',
  () => 'A'.repeat(dice.oneOf([4096, 4097, 90_000])),
];

/** What is wrong with an answer: nothing where it is an own, unbroken piece of the list. */
function wrongIn(answer: GraphQLAnswer, asker: Asker, list: List, size: number): string | null {
  if (answer.status === 400) return answer.errors?.every(error => error.extensions['code'] === 'BAD_USER_INPUT') ? null : 'refused for another reason';
  if (answer.status !== 200 || answer.errors) return `status ${answer.status}`;
  const { nodes, pageInfo } = answer.data.page as { nodes: { id: string }[]; pageInfo: { hasNextPage: boolean } };
  const { ids } = whole.get(asker)!.get(list)!;
  if (nodes.length === 0) return pageInfo.hasNextPage ? 'an empty page that goes on' : null;
  const from = ids.indexOf(nodes[0]!.id);
  if (nodes.some(({ id }, i) => ids[from + i] !== id)) return 'not a piece of the list';
  if (nodes.length > size || pageInfo.hasNextPage !== from + nodes.length < ids.length) return 'not the piece that was asked for';
  return null;
}

test('a cursor, spoilt in whatever way, opens a right page of the own list or is refused', async () => {
  const toll = { pages: 0, refused: 0 };
  for (let i = 0; i < CURSORS; i += 1) {
    const [asker, giver] = [dice.oneOf(bench.worlds.askers), dice.oneOf(bench.worlds.askers)];
    const list = dice.oneOf(LISTS);
    const { cursors } = whole.get(dice.happens(0.7) ? asker : giver)!.get(dice.happens(0.8) ? list : dice.oneOf(LISTS))!;
    const cursor = dice.oneOf(SPOILERS)(cursors.length > 0 ? dice.oneOf(cursors) : encoded(['binding', 'value']));
    const size = dice.between(1, 5);
    const answer = await asker.partner.query(`query ($after: String) { page: ${paged(list, `first: ${size}, after: $after`)} { nodes { id } pageInfo { hasNextPage } } }`, {
      after: cursor,
    });
    const isGood = whole.get(asker)!.get(list)!.cursors.includes(cursor);
    const wrong = isGood && answer.status !== 200 ? 'a good cursor refused' : wrongIn(answer, asker, list, size);
    expect({ wrong, list, asker: asker.name, cursor, answer: wrong && answer.text.slice(0, 500) }).toMatchObject({ wrong: null });
    toll[answer.status === 200 ? 'pages' : 'refused'] += 1;
  }
  expect(Math.min(toll.pages, toll.refused)).toBeGreaterThan(CURSORS / 10);
}, 60_000);

/** Any JSON, or what the schema would take. */
function anything(depth = 0): unknown {
  const kind = dice.fraction();
  if (kind < 0.5 || depth > 3)
    return dice.oneOf([...ODD, 1, 3, 101, 1e300, 2 ** 53, 'ACTIVE', 'OPEN', 'OUTCOME', '2026-Q1', 'NAME_ASC', ...bench.worlds.ids.slice(0, 5), dice.oneOf(bench.worlds.ids)]);
  if (kind < 0.65) return dice.times(dice.between(0, 4), () => anything(depth + 1));
  const names = ['status', 'category', 'cadence', 'state', 'period', 'integrationId', 'milestoneId', 'and', 'or', 'not', 'receivedAfter', 'errorCode', '__proto__', 'x'];
  return Object.fromEntries(dice.times(dice.between(0, 3), () => [dice.oneOf(names), anything(depth + 1)]));
}

const QUERIES = [
  'query ($v: IntegrationFilter) { integrations(filter: $v) { nodes { id } } }',
  'query ($v: IntegrationSort) { integrations(sort: $v) { nodes { id } } }',
  'query ($v: Int) { integrations(first: $v) { nodes { id } } }',
  'query ($v: Int) { milestoneProgress(last: $v) { nodes { id } } }',
  'query ($v: MilestoneFilter) { milestones(filter: $v) { nodes { id } totalCount } }',
  'query ($v: [MilestoneFilter!]) { milestones(filter: { or: $v }) { nodes { id } } }',
  'query ($v: MilestoneProgressFilter) { milestoneProgress(first: 50, filter: $v) { nodes { id } } }',
  'query ($v: ID) { milestoneProgress(first: 50, filter: { integrationId: $v }) { nodes { id } } }',
  'query ($v: [MilestoneProgressState!]) { integrations { nodes { id progress(state: $v) { nodes { id } } } } }',
  'query ($v: RequestFilter) { requests(first: 50, filter: $v) { nodes { id } } }',
  'query ($v: String) { requests(first: 50, filter: { operationName: $v, errorCode: $v }) { nodes { id } } }',
  'query ($v: ID!) { integration(id: $v) { id } node(id: $v) { __typename } }',
  'query ($v: [ID!]!) { nodes(ids: $v) { __typename ... on Integration { name } } }',
  'query ($v: Boolean! = true) { integrations @include(if: $v) { nodes { id @skip(if: $v) name } } }',
];

test('a variable of whatever value is taken as the schema says or refused, and opens no foreign row', async () => {
  const toll = { answered: 0, refused: 0 };
  for (let i = 0; i < VARIABLES; i += 1) {
    const asker = dice.oneOf(bench.worlds.askers);
    const query = dice.oneOf(QUERIES);
    const v = anything();
    const answer = await asker.partner.query(query, { v });
    const codes = (answer.errors ?? []).map(error => error.extensions['code']);
    const said = { query, v, asker: asker.name, answer: answer.text.slice(0, 500) };
    expect({ ...said, isAllowed: [200, 400].includes(answer.status) && codes.every(code => code === 'BAD_USER_INPUT') }).toMatchObject({ isAllowed: true });
    const foreign = idsIn(JSON.stringify(answer.data ?? null)).filter(id => !own.get(asker)!.has(id));
    expect({ ...said, foreign }).toMatchObject({ foreign: [] });
    toll[codes.length === 0 ? 'answered' : 'refused'] += 1;
  }
  expect(Math.min(toll.answered, toll.refused)).toBeGreaterThan(VARIABLES / 10);
}, 60_000);
