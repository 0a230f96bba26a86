import { Kind, buildSchema, parse, validate, type OperationDefinitionNode } from 'graphql';
import { coordinatesBehindVariables, coordinatesOf, coordinatesOfVariables, type Uses } from './coordinates.ts';

const schema = buildSchema(`
  directive @tagged(as: Tag) on FIELD | QUERY | VARIABLE_DEFINITION
  enum Tag { ONE TWO }
  scalar Any
  interface Node { id: ID! self: Node }
  type Shop implements Node { id: ID! self: Shop items(first: Int = 10, filter: Filter, tags: [Tag!]): [Item!] }
  type Item implements Node { id: ID! self: Item shop(any: Any): Shop }
  union Found = Shop | Item
  input Filter { tag: Tag size: Range = { from: 1 } sizes: [Range!] not: Filter any: Any }
  input Range { from: Int to: Int }
  type Query { node(id: ID!): Node found: [Found!] shop: Shop }
`);

function operationIn(text: string) {
  const document = parse(text);
  expect(validate(schema, document)).toEqual([]);
  const operation = document.definitions.find((node): node is OperationDefinitionNode => node.kind === Kind.OPERATION_DEFINITION)!;
  return { document, operation };
}

function usesOf(text: string): Uses {
  const { document, operation } = operationIn(text);
  return coordinatesOf(schema, document, operation);
}

const sorted = (uses: ReadonlyMap<string, unknown>): string[] => [...uses.keys()].toSorted();

test.each([
  ['fields and the types of their answers', '{ shop { id } }', ['ID', 'Query.shop', 'Shop', 'Shop.id']],
  ['fields of the type that was asked, not of those it may have', '{ node(id: 1) { id } }', ['ID', 'Node', 'Node.id', 'Query.node', 'Query.node(id:)']],
  ['type conditions', '{ node(id: 1) { ... on Item { id } } }', ['ID', 'Item', 'Item.id', 'Node', 'Query.node', 'Query.node(id:)']],
  ['members of unions', '{ found { __typename ... on Shop { id } } }', ['Found', 'ID', 'Query.found', 'Shop', 'Shop.id']],
  [
    'arguments that are given, not those with a default',
    '{ shop { items(tags: ONE) { id } } }',
    ['ID', 'Item', 'Item.id', 'Query.shop', 'Shop', 'Shop.items', 'Shop.items(tags:)', 'Tag', 'Tag.ONE'],
  ],
  [
    'input fields and enum values at every depth',
    '{ shop { items(filter: { not: { tag: TWO }, sizes: [{ to: 1 }] }) { __typename } } }',
    ['Filter', 'Filter.not', 'Filter.sizes', 'Filter.tag', 'Int', 'Item', 'Query.shop', 'Range', 'Range.to', 'Shop', 'Shop.items', 'Shop.items(filter:)', 'Tag', 'Tag.TWO'],
  ],
  [
    'nothing inside a custom scalar',
    '{ shop { items(filter: { any: { tag: TWO } }) { __typename } } }',
    ['Any', 'Filter', 'Filter.any', 'Item', 'Query.shop', 'Shop', 'Shop.items', 'Shop.items(filter:)'],
  ],
  [
    'directives, and variables with their types and defaults',
    'query ($tag: Tag = ONE @tagged(as: TWO)) { shop @tagged(as: $tag) { __typename } }',
    ['@tagged', '@tagged(as:)', 'Query.shop', 'Shop', 'Tag', 'Tag.ONE', 'Tag.TWO'],
  ],
  ['skipped fields, for another request asks them', '{ shop @skip(if: true) { id } }', ['@skip', '@skip(if:)', 'Boolean', 'ID', 'Query.shop', 'Shop', 'Shop.id']],
  ['no introspection', '{ __schema { types { name } } __typename }', []],
])('%s', (_, text, expected) => {
  expect(sorted(usesOf(text))).toEqual(expected);
});

test('each use has its response path and its place', () => {
  const uses = usesOf('{ a: shop { id }\n  b: shop { ...F } }\nfragment F on Shop {\n  id }');
  const at = (line: number, column: number) => ({ source: 'GraphQL request', line, column });
  expect(uses.get('Shop.id')).toEqual([
    { path: 'a.id', at: at(1, 13) },
    { path: 'b.id', at: at(4, 3) },
  ]);
  expect(uses.get('Query.shop')!.map(({ path }) => path)).toEqual(['a', 'b']);
});

test('fragments that unfold to thousands of millions of fields are read in a blink, and none is missed', () => {
  const fragments = Array.from({ length: 30 }, (_, i) => `fragment F${i} on Node { a${i}: self { ...F${i + 1} } b${i}: self { ...F${i + 1} } }`);
  const hostile = parse(`{ shop { ...F0 } } ${fragments.join(' ')} fragment F30 on Node { ... on Shop { items(first: 1) { id } } }`);
  const began = performance.now();
  const uses = coordinatesOf(schema, hostile, hostile.definitions[0] as OperationDefinitionNode);
  expect(performance.now() - began).toBeLessThan(1000);
  expect(uses.has('Shop.items(first:)')).toBe(true);
  expect(uses.get('Node.self')!.length).toBeLessThanOrEqual(100);
});

describe('variables', () => {
  const { operation } = operationIn('query ($filter: Filter!, $tags: [Tag!]) { shop { items(filter: $filter, tags: $tags) { id } } }');
  const definitions = operation.variableDefinitions!;

  test('what their values hold is counted, with its path', () => {
    const uses = coordinatesOfVariables(schema, definitions, { filter: { not: { tag: 'ONE' }, sizes: { to: 3 }, any: { tag: 'TWO' } }, tags: 'TWO' });
    expect([...uses].map(([coordinate, places]) => [coordinate, places[0]!.path])).toEqual([
      ['Filter.not', '$filter.not'],
      ['Filter.tag', '$filter.not.tag'],
      ['Tag.ONE', '$filter.not.tag'],
      ['Filter.sizes', '$filter.sizes'],
      ['Range.to', '$filter.sizes.to'],
      ['Filter.any', '$filter.any'],
      ['Tag.TWO', '$tags'],
    ]);
  });

  test('nothing is counted for what is not sent', () => {
    expect(sorted(coordinatesOfVariables(schema, definitions, { filter: {} }))).toEqual([]);
    expect(sorted(coordinatesOfVariables(schema, definitions, { filter: { size: null }, tags: null }))).toEqual(['Filter.size']);
  });

  test('what they could hold is known by their types', () => {
    const behind = coordinatesBehindVariables(schema, definitions);
    expect(behind.get('Range.from')).toBe('$filter');
    expect(behind.get('Tag.TWO')).toBe('$filter');
    expect(sorted(coordinatesBehindVariables(schema, definitions.slice(1)))).toEqual(['Tag', 'Tag.ONE', 'Tag.TWO']);
  });
});
