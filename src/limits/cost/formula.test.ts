import { buildSchema, getOperationAST, getVariableValues, parse, type GraphQLSchema } from 'graphql';
import { BoundlessOperation, MAX_COST, costAnswer, costFormula, requestCost, weightsOf, type CostFormula } from './index.ts';

const SDL = `
  directive @cost(weight: String!) on OBJECT | SCALAR | FIELD_DEFINITION
  directive @listSize(assumedSize: Int, slicingArguments: [String!], sizedFields: [String!], requireOneSlicingArgument: Boolean = true) on FIELD_DEFINITION
  scalar Score @cost(weight: "2")
  interface Node { id: ID! }
  type Shop implements Node { id: ID! name: String! owner: Person score: Score sellers(first: Int = 3): [Person!]! @listSize(slicingArguments: ["first"]) }
  type Person implements Node {
    id: ID!
    name: String!
    friends(first: Int, last: Int): People! @listSize(assumedSize: 20, slicingArguments: ["first", "last"], sizedFields: ["edges", "nodes"], requireOneSlicingArgument: false)
    tags: [Tag!]! @listSize(assumedSize: 5)
  }
  type Tag { text: String! person: Person }
  type People { edges: [PersonEdge!]! nodes: [Person!]! pageInfo: PageInfo! total: Int! }
  type PersonEdge { cursor: String! node: Person! @cost(weight: "0") }
  type PageInfo @cost(weight: "0") { hasNextPage: Boolean! }
  union Found = Shop | Tag
  type Query { me: Person shop: Shop people(first: Int, last: Int): People! @listSize(assumedSize: 20, slicingArguments: ["first", "last"], sizedFields: ["edges", "nodes"]) node(id: ID!): Node nodes(ids: [ID!]!): [Node]! @listSize(assumedSize: 100, slicingArguments: ["ids"]) found: Found }
  type Changed { shop: Shop }
  type Mutation { change: Changed revoke: Changed @cost(weight: "3") }
`;
const schema = buildSchema(SDL);

function formulaOf(query: string, on: GraphQLSchema = schema): CostFormula {
  const document = parse(query, { noLocation: true });
  return costFormula(on, document, getOperationAST(document)!);
}

function costOf(query: string, variables: Record<string, unknown> = {}): number {
  const { coerced, errors } = getVariableValues(schema, getOperationAST(parse(query))!.variableDefinitions ?? [], variables);
  expect(errors).toBeUndefined();
  return formulaOf(query).cost(coerced!);
}

test.each([
  ['an object is 1 and its scalars nothing', '{ me { id name } }', 1],
  ['a weighted scalar is its weight', '{ shop { score } }', 3],
  ['a page is its size times its node, and 1', '{ people(first: 10) { nodes { name } } }', 11],
  ['an edge and its node are one object', '{ people(first: 10) { edges { cursor node { name } } } }', 11],
  ['an edge alone is one, too', '{ people(first: 10) { edges { cursor } } }', 11],
  ['items that are asked for twice count twice', '{ people(first: 10) { nodes { id } edges { node { id } } } }', 21],
  ['a page of which no item is asked is 1', '{ people(first: 10) { total pageInfo { hasNextPage } } }', 1],
  ['pages multiply', '{ people(first: 10) { nodes { friends(first: 5) { nodes { id } } } } }', 1 + 10 * (1 + 1 + 5)],
  ['from the end as from the front', '{ people(last: 7) { nodes { id } } }', 8],
  ['without a size the assumed one', '{ me { friends { nodes { id } } } }', 1 + 1 + 20],
  ['null is no size', '{ people(first: null) { nodes { id } } }', 21],
  ['a negative size is none', '{ people(first: -5) { nodes { id } } }', 1],
  ["an argument's default", '{ shop { sellers { id } } }', 4],
  ['a list without arguments is the assumed size', '{ me { tags { text } } }', 6],
  ['a list of ids is its length', '{ nodes(ids: ["a", "b", "c"]) { id } }', 3],
  ['one id stands for a list of it', '{ nodes(ids: "a") { id } }', 1],
  ['the dearest possible type counts', '{ node(id: "a") { ... on Shop { owner { id } } ... on Person { tags { text } } } }', 6],
  ['of a union, too', '{ found { ... on Shop { owner { id } score } ... on Tag { text } } }', 1 + 1 + 2],
  ['aliases are fields of their own', '{ a: me { id } b: me { id } }', 2],
  ['what has one response key is read once', '{ shop { owner { id } } shop { owner { name } ...O } } fragment O on Shop { owner { tags { text } } }', 2 + 5],
  ['fragments on interfaces apply', '{ shop { ... on Node { ... on Shop { owner { id } } } } }', 2],
  ['and those on other types do not', '{ node(id: "a") { ... on Shop { ... on Person { tags { text } } } } }', 1],
  ['what is skipped is free', '{ me @skip(if: true) { id } shop @include(if: false) { id } }', 0],
  ['a mutation is 10 and what its payload holds', 'mutation { change { shop { owner { id } } } }', 12],
  ['unless it says otherwise', 'mutation { revoke { __typename } }', 3],
  ['the whole schema is 10, and a type of it 1', '{ __schema { types { name fields { name } } } __type(name: "Shop") { name } __typename }', 11],
])('%s', (_rule, query, cost) => {
  expect(costOf(query)).toBe(cost);
});

test.each([
  [{}, 21],
  [{ n: null }, 21],
  [{ n: 4 }, 5],
  [{ n: 0 }, 1],
])('a size in a variable is that of the request: %j', (variables, cost) => {
  expect(costOf('query ($n: Int) { people(first: $n) { nodes { id } } }', variables)).toBe(cost);
});

test('a variable has its default where the request leaves it out, and an argument where its variable is left out', () => {
  expect(costOf('query ($n: Int = 6) { people(first: $n) { nodes { id } } }')).toBe(7);
  expect(costOf('query ($n: Int) { shop { sellers(first: $n) { id } } }')).toBe(4);
  expect(costOf('query ($ids: [ID!]!, $id: ID!) { a: nodes(ids: $ids) { id } b: nodes(ids: [$id, $id]) { id } }', { ids: ['x', 'y', 'z'], id: 'w' })).toBe(5);
});

test.each([
  [false, false, 0],
  [true, false, 2],
  [false, true, 6],
  [true, true, 7],
])('selections of one key are merged as those that stand: %s, %s', (a, b, cost) => {
  const query = `query ($a: Boolean!, $b: Boolean!) {
    shop @include(if: $a) { owner { id } }
    ...S
  } fragment S on Query { shop @include(if: $b) { sellers(first: 5) { id } } }`;
  expect(costOf(query, { a, b })).toBe(cost);
});

test('a formula is made once and answers for every request', () => {
  const formula = formulaOf('query ($n: Int, $w: Boolean!) { people(first: $n) { nodes { tags @include(if: $w) { text } } } }');
  expect([1, 2, 50].map(n => formula.cost({ n, w: false }))).toEqual([2, 3, 51]);
  expect([1, 2, 50].map(n => formula.cost({ n, w: true }))).toEqual([7, 13, 301]);
});

test('actual is what came back, with what is not paid by the object, and never above what was asked', () => {
  expect(formulaOf('{ people(first: 10) { nodes { id } } }').actual({}, 4)).toBe(4);
  expect(formulaOf('{ people(first: 10) { nodes { id } } }').actual({}, 400)).toBe(11);
  expect(formulaOf('mutation { change { shop { id } } b: change { shop { id } } }').actual({}, 1)).toBe(21);
  expect(formulaOf('query ($w: Boolean!) { __schema @include(if: $w) { types { name } } me { id } }').actual({ w: true }, 0)).toBe(10);
  expect(formulaOf('query ($w: Boolean!) { __schema @include(if: $w) { types { name } } me { id } }').actual({ w: false }, 0)).toBe(0);
});

test('costs beyond reckoning are the largest whole number, never less, nothing or no number', () => {
  const levels = (n: number): string => (n === 0 ? 'id' : `friends(first: 2147483647) { nodes { ${levels(n - 1)} } }`);
  expect(costOf(`{ me { ${levels(40)} } }`)).toBe(MAX_COST);
  const answer = costAnswer(formulaOf(`{ me { ${levels(40)} } }`), {}, 1000);
  expect(answer.fields[0]).toEqual({ path: 'me', cost: MAX_COST });
});

/** Each fragment spreads the one before it twice, under two keys: 2 to the power of `levels` fields. */
function doubling(levels: number, directive: (level: number) => string = () => ''): string {
  const fragments = Array.from(
    { length: levels },
    (_, i) => `fragment F${i + 1} on Person { a: friends(first: 1) { nodes { ...F${i} } } b: friends(first: 1) ${directive(i)} { nodes { ...F${i} } } }`,
  );
  return `{ me { ...F${levels} } } fragment F0 on Person { id } ${fragments.join(' ')}`;
}

test('fragments that make 2 to the power of 26 fields cost what they say, at once', () => {
  const started = performance.now();
  const formula = formulaOf(doubling(26));
  expect(formula.cost({})).toBe(1 + 4 * (2 ** 26 - 1));
  expect(costAnswer(formula, {}, 1000).fields).toHaveLength(5);
  expect(formula.steps.length).toBeLessThan(500);
  expect(performance.now() - started).toBeLessThan(500);
});

test('conditions at each level change neither the time nor the bound', () => {
  const levels = Array.from({ length: 26 }, (_, i) => i);
  const query = `query (${levels.map(i => `$v${i}: Boolean!`).join(' ')}) ${doubling(26, i => `@include(if: $v${i})`)}`;
  const started = performance.now();
  const formula = formulaOf(query);
  const all = (value: boolean): Record<string, boolean> => Object.fromEntries(levels.map(i => [`v${i}`, value]));
  expect(formula.cost(all(true))).toBe(1 + 4 * (2 ** 26 - 1));
  expect(formula.cost(all(false))).toBe(1 + 2 * 26);
  expect(performance.now() - started).toBeLessThan(500);
});

test('what cannot be merged within the bound is refused, not reckoned for minutes', () => {
  const merged = (levels: number): string => {
    const fragments = Array.from({ length: levels }, (_, i) => {
      const spread = (variable: string): string => `friends @include(if: $${variable}${i}) { nodes { ...F${i} } }`;
      return `fragment F${i + 1} on Person { ${spread('a')} ${spread('b')} }`;
    });
    const variables = Array.from({ length: levels }, (_, i) => `$a${i}: Boolean! $b${i}: Boolean!`).join(' ');
    return `query (${variables}) { me { ...F${levels} } } fragment F0 on Person { id } ${fragments.join(' ')}`;
  };
  const started = performance.now();
  expect(() => formulaOf(merged(26))).toThrow(BoundlessOperation);
  expect(performance.now() - started).toBeLessThan(3000);
});

test('fragments in a circle are refused, also where nobody has validated them', () => {
  expect(() => formulaOf('{ me { ...F } } fragment F on Person { friends { nodes { ...F } } }')).toThrow(BoundlessOperation);
  expect(() => formulaOf('{ me { ...F } } fragment F on Person { id ...F }')).not.toThrow();
});

test('the dearest fields are told, each with what stands below it, and a page by its own field', () => {
  const query = '{ people(first: 10) { edges { node { tags { text } mates: friends(first: 2) { nodes { id } } } } } shop { id } }';
  expect(costAnswer(formulaOf(query), {}, 1000)).toEqual({
    requestedQueryCost: 92,
    maximumAvailable: 1000,
    fields: [
      { path: 'people', cost: 91 },
      { path: 'people.edges.node.tags', cost: 50 },
      { path: 'people.edges.node.mates', cost: 30 },
      { path: 'shop', cost: 1 },
    ],
    hints: [],
  });
});

test.each([
  [
    '{ people(first: 100) { nodes { friends(first: 100) { nodes { id } } } } }',
    [
      '`people(first: 100)` is 10,201 of 10,201: ask for `first: 9` there to fit 1,000.',
      '`people(first: 100).friends(first: 100)` is 10,100 of 10,201: ask for `first: 7` there to fit 1,000.',
      'Without `people(first: 100).friends(first: 100)`, which is 10,100 of 10,201, it costs 101.',
    ],
  ],
  [
    '{ shop { sellers(first: 2000) { id } } }',
    ['`shop.sellers(first: 2000)` is 2,000 of 2,001: ask for `first: 999` there to fit 1,000.', 'Without `shop.sellers(first: 2000)`, which is 2,000 of 2,001, it costs 1.'],
  ],
])('hints say what would fit: %s', (query, expected) => {
  expect(costAnswer(formulaOf(query), {}, 1000).hints).toEqual(expected);
});

test('where no page alone is to blame, one size for all is told, and it fits', () => {
  const query = (a: number, b: number): string =>
    `{ a: people(first: ${a}) { nodes { friends(first: ${b}) { nodes { tags { text } } } } } b: people(first: ${a}) { nodes { friends(first: ${b}) { nodes { tags { text } } } } } }`;
  const { hints } = costAnswer(formulaOf(query(100, 100)), {}, 1000);
  expect(hints[0]).toBe('No page alone is to blame: with at most 8 items in each it costs 802.');
  expect(formulaOf(query(8, 8)).cost({})).toBe(802);
  expect(formulaOf(query(9, 9)).cost({})).toBeGreaterThan(1000);
});

test('an operation that fits gets no hints', () => {
  expect(costAnswer(formulaOf('{ people(first: 100) { nodes { id } } }'), {}, 1000).hints).toEqual([]);
});

test('a weight must be a number of 0 or more', () => {
  expect(() => weightsOf(buildSchema('directive @cost(weight: String!) on FIELD_DEFINITION type Query { a: Int @cost(weight: "-1") }'))).toThrow(
    '@cost of Query.a has the weight "-1"; it must be a number of 0 or more, such as "1".',
  );
  expect(weightsOf(buildSchema('directive @cost(weight: Int!) on FIELD_DEFINITION type Query { a: Int @cost(weight: 7) }')).fields).toEqual(new Map([['Query.a', 7]]));
});

test.each([
  ['{ me {', 'GRAPHQL_PARSE_FAILED'],
  ['{ you }', 'GRAPHQL_VALIDATION_FAILED'],
  ['query A { me { id } } query B { me { id } }', 'BAD_USER_INPUT'],
  ['query ($n: Int) { people(first: $n) { total } }', 'BAD_USER_INPUT'],
])('a request that the gateway would refuse has no cost: %s', (query, code) => {
  expect(requestCost(schema, { query, variables: { n: 'many' } }, 1000)).toMatchObject({ ok: false, code });
});
