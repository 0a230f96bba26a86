import { buildSchema, getOperationAST, parse, validate } from 'graphql';
import { observedForm } from './observed-form.ts';

const schema = buildSchema(`
  scalar Day
  enum Sort { NEW OLD }
  input Filter { name: String on: Day sort: Sort count: Int any: [Filter!] ids: [ID!] }
  type Query { thing(id: ID!, first: Int, sort: Sort = NEW, filter: Filter, ids: [ID!], share: Float, note: String = "none"): Thing }
  type Thing { id: ID! other(id: ID): Thing }
`);

function form(text: string, operationName?: string): string {
  const document = parse(text);
  expect(validate(schema, document)).toEqual([]);
  const observed = observedForm(schema, document, getOperationAST(document, operationName)!);
  expect(validate(schema, parse(observed))).toEqual([]);
  expect(observed).not.toMatch(/"/);
  return observed.replaceAll(/\s+/g, ' ');
}

test.each([
  ['strings and ids become variables', '{ thing(id: "int_ada") { id } }', 'query ($id: ID!) { thing(id: $id) { id } }'],
  ['an id that is written as a number, too', '{ thing(id: 4711) { id } }', 'query ($id: ID!) { thing(id: $id) { id } }'],
  [
    'enum values, page sizes and null stay',
    'query Q { thing(id: "x", first: 3, sort: OLD, note: null) { id } }',
    'query Q($id: ID!) { thing(id: $id, first: 3, sort: OLD, note: null) { id } }',
  ],
  [
    'fields of input objects count each for itself',
    '{ thing(id: "x", filter: { name: "Ada", on: "1815-12-10", sort: NEW, count: 2, any: [{ ids: ["a", "b"] }] }) { id } }',
    'query ($id: ID!, $name: String!, $on: Day!, $ids: [ID!]!) { thing( id: $id filter: {name: $name, on: $on, sort: NEW, count: 2, any: [{ids: $ids}]} ) { id } }',
  ],
  ['variables stay, also among values', 'query ($a: ID!) { thing(id: $a, ids: [$a, "b"]) { id } }', 'query ($a: ID!, $item: ID!) { thing(id: $a, ids: [$a, $item]) { id } }'],
  [
    'defaults go, unless they are harmless',
    'query ($a: ID = "ada", $n: Int = 3) { thing(id: $a, first: $n) { id } }',
    'query ($a: ID!, $n: Int = 3) { thing(id: $a, first: $n) { id } }',
  ],
  [
    'fragments are looked into, and names that are taken are not given again',
    'query ($id: ID!) { thing(id: $id) { ...F } } fragment F on Thing { other(id: "ada") { id } }',
    'query ($id: ID!, $id2: ID!) { thing(id: $id) { ...F } } fragment F on Thing { other(id: $id2) { id } }',
  ],
  ['numbers of other types could be anything', '{ thing(id: "x", share: 0.25) { id } }', 'query ($id: ID!, $share: Float!) { thing(id: $id, share: $share) { id } }'],
])('%s', (_what, text, expected) => {
  expect(form(text)).toBe(expected);
});

test('of a document with several operations only the one that was sent is kept', () => {
  const text = 'query A { thing(id: "a") { ...F } } query B { thing(id: "b") { id } } fragment F on Thing { id }';
  expect(form(text, 'B')).toBe('query B($id: ID!) { thing(id: $id) { id } }');
  expect(form(text, 'A')).toContain('...F');
});

test('the same operation with other values has the same form', () => {
  expect(form('{ thing(id: "ada", filter: { name: "x" }) { id } }')).toBe(form('{ thing(id: 7, filter: { name: "y" }) { id } } # of somebody else'));
});
