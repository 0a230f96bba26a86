import { buildClientSchema, buildSchema, introspectionFromSchema } from 'graphql';
import { compareSchemas } from './compare.ts';

const BASE = 'type Query { q: Int }';
const compared = (before: string, after: string): string[] =>
  compareSchemas(buildSchema(`${BASE} ${before}`, { assumeValid: true }), buildSchema(`${BASE} ${after}`, { assumeValid: true })).map(
    ({ criticality, coordinate }) => `${criticality} ${coordinate}`,
  );

test.each([
  // What is read may promise more.
  ['a field that may no longer be null', 'type T { f: Int }', 'type T { f: Int! }', ['SAFE T.f']],
  ['a field that may be null now', 'type T { f: Int! }', 'type T { f: Int }', ['BREAKING T.f']],
  ['a list whose items may be null now', 'type T { f: [Int!]! }', 'type T { f: [Int]! }', ['BREAKING T.f']],
  ['a field that became a list', 'type T { f: Int }', 'type T { f: [Int] }', ['BREAKING T.f']],
  [
    'an interface that became one of its objects',
    'interface I { i: Int } type T implements I { i: Int t: I }',
    'interface I { i: Int } type T implements I { i: Int t: T }',
    ['BREAKING T.t'],
  ],
  // What is sent may ask less.
  ['an argument that became optional', 'type T { f(a: Int!): Int }', 'type T { f(a: Int): Int }', ['SAFE T.f(a:)']],
  ['an argument that became required', 'type T { f(a: Int): Int }', 'type T { f(a: Int!): Int }', ['BREAKING T.f(a:)']],
  ['an argument that became a list', 'type T { f(a: Int): Int }', 'type T { f(a: [Int]): Int }', ['BREAKING T.f(a:)']],
  ['an input field that became required', 'input T { f: Int }', 'input T { f: Int! }', ['BREAKING T.f']],
  ['an input field that became optional', 'input T { f: [Int!]! }', 'input T { f: [Int] }', ['SAFE T.f']],
  ['a required argument', 'type T { f: Int }', 'type T { f(a: Int!): Int }', ['BREAKING T.f(a:)']],
  ['a required argument with a default', 'type T { f: Int }', 'type T { f(a: Int! = 1): Int }', ['DANGEROUS T.f(a:)']],
  ['a required input field', 'input T { f: Int }', 'input T { f: Int g: Int! }', ['BREAKING T.g']],
  ['a required input field with a default', 'input T { f: Int }', 'input T { f: Int g: Int! = 1 }', ['DANGEROUS T.g']],
  ['an input type that takes one field now', 'input T { f: Int g: Int }', 'input T @oneOf { f: Int g: Int }', ['BREAKING T']],
  ['an input type that takes several fields now', 'input T @oneOf { f: Int g: Int }', 'input T { f: Int g: Int }', ['SAFE T']],
  // Default values.
  ['another default', 'type T { f(a: Int = 1): Int }', 'type T { f(a: Int = 2): Int }', ['DANGEROUS T.f(a:)']],
  ['a default less', 'type T { f(a: Int = 1): Int }', 'type T { f(a: Int): Int }', ['DANGEROUS T.f(a:)']],
  ['a default more', 'type T { f(a: Int): Int }', 'type T { f(a: Int = 1): Int }', ['SAFE T.f(a:)']],
  ['a default in another order', 'input I { x: Int y: Int } type T { f(a: I = { x: 1, y: 2 }): Int }', 'input I { x: Int y: Int } type T { f(a: I = { y: 2, x: 1 }): Int }', []],
  ['an item for a list of it', 'type T { f(a: [Int] = 1): Int }', 'type T { f(a: [Int] = [1]): Int }', []],
  ['another enum value in a list', 'enum E { A B } type T { f(a: [E!] = [A]): Int }', 'enum E { A B } type T { f(a: [E!] = [B]): Int }', ['DANGEROUS T.f(a:)']],
  ['an object for a custom scalar', 'scalar J type T { f(a: J = { x: 1, y: 1 }): Int }', 'scalar J type T { f(a: J = { y: 1, x: 2 }): Int }', ['DANGEROUS T.f(a:)']],
  ['null as the default', 'type T { f(a: Int = null): Int }', 'type T { f(a: Int): Int }', ['DANGEROUS T.f(a:)']],
  ['another default of an input field', 'input T { f: Int = 1 }', 'input T { f: Int = 2 }', ['SAFE T.f']],
  // Kinds, members, interfaces.
  ['an object that became an interface', 'type T { f: Int }', 'interface T { f: Int }', ['BREAKING T']],
  ['a scalar that became an enum', 'scalar T', 'enum T { A }', ['BREAKING T']],
  ['a scalar specified elsewhere', 'scalar T @specifiedBy(url: "https://a.example")', 'scalar T @specifiedBy(url: "https://b.example")', ['SAFE T']],
  ['an enum with another value', 'enum T { A B }', 'enum T { A C }', ['BREAKING T.B', 'DANGEROUS T.C']],
  ['a union with another member', 'type A { f: Int } type B { f: Int } union T = A', 'type A { f: Int } type B { f: Int } union T = B', ['BREAKING T', 'DANGEROUS T']],
  ['an interface more, on an interface', 'interface I { f: Int } interface T { f: Int }', 'interface I { f: Int } interface T implements I { f: Int }', ['DANGEROUS T']],
  ['an interface less', 'interface I { f: Int } type T implements I { f: Int }', 'interface I { f: Int } type T { f: Int }', ['BREAKING T']],
  ['the only use of Float', 'type T { f: Int g: Float }', 'type T { f: Int }', ['BREAKING T.g']],
  // Directives.
  ['a directive less', 'directive @d on FIELD', '', ['BREAKING @d']],
  ['a required argument of a directive', 'directive @d on FIELD', 'directive @d(a: Int!) on FIELD', ['BREAKING @d(a:)']],
  ['an optional argument of a directive', 'directive @d on FIELD', 'directive @d(a: Int) on FIELD', ['SAFE @d(a:)']],
  ['another type where clients write the directive', 'directive @d(a: Int) on FIELD', 'directive @d(a: String) on FIELD', ['BREAKING @d(a:)']],
  ['another type where only the schema does', 'directive @d(a: Int) on OBJECT', 'directive @d(a: String) on OBJECT', ['SAFE @d(a:)']],
  ['another location', 'directive @d on FIELD', 'directive @d on QUERY', ['BREAKING @d', 'SAFE @d']],
  ['a directive that repeats no more', 'directive @d repeatable on FIELD', 'directive @d on FIELD', ['BREAKING @d']],
  ['the same where only the schema writes it', 'directive @d repeatable on OBJECT', 'directive @d on OBJECT', ['SAFE @d']],
  // Words.
  ['a description', '"a" type T { "b" f: Int }', '"A" type T { f: Int }', ['SAFE T', 'SAFE T.f']],
  [
    'a deprecation',
    'type T { f(a: Int): Int } enum E { A }',
    'type T { f(a: Int @deprecated): Int @deprecated(reason: "x") } enum E { A @deprecated }',
    ['SAFE E.A', 'SAFE T.f', 'SAFE T.f(a:)'],
  ],
  ['another reason', 'input T { f: Int @deprecated }', 'input T { f: Int @deprecated(reason: "x") }', ['SAFE T.f']],
  // Roots.
  ['mutations', '', 'type Mutation { m: Int }', ['SAFE Mutation', 'SAFE Mutation']],
  ['no mutations any more', 'type Mutation { m: Int }', '', ['BREAKING Mutation', 'SAFE Mutation']],
])('%s', (_, before, after, expected) => {
  expect(compared(before, after)).toEqual(expected);
});

test.each([
  [
    'a root that is no longer one breaks its operations, though its type stands',
    'schema { query: Q mutation: M } type Q { q: Int } type M { m: Int }',
    'schema { query: Q } type Q { q: Int } type M { m: Int }',
    ['BREAKING M'],
  ],
  ['a renamed root is told once as breaking', 'schema { query: Q } type Q { q: Int }', 'schema { query: R } type R { q: Int }', ['BREAKING Q', 'SAFE Q', 'SAFE R']],
])('%s', (_, before, after, expected) => {
  expect(compareSchemas(buildSchema(before), buildSchema(after)).map(({ criticality, coordinate }) => `${criticality} ${coordinate}`)).toEqual(expected);
});

const COST =
  'directive @cost(weight: String!) on FIELD_DEFINITION | OBJECT directive @listSize(assumedSize: Int, slicingArguments: [String!]) on FIELD_DEFINITION directive @tag(name: String) repeatable on OBJECT';
test.each([
  ['a higher weight', 'type T { f: Int @cost(weight: "9") }', 'type T { f: Int @cost(weight: "10") }', ['DANGEROUS T.f']],
  ['a lower weight', 'type T { f: Int @cost(weight: "10") }', 'type T { f: Int @cost(weight: "9") }', ['SAFE T.f']],
  ['a weight more', 'type T { f: Int }', 'type T @cost(weight: "2") { f: Int }', ['DANGEROUS T']],
  ['a longer list', 'type T { f: [Int] @listSize(assumedSize: 5) }', 'type T { f: [Int] @listSize(assumedSize: 6) }', ['DANGEROUS T.f']],
  ['a shorter list', 'type T { f: [Int] @listSize(assumedSize: 6) }', 'type T { f: [Int] @listSize(assumedSize: 5) }', ['SAFE T.f']],
  [
    'arguments in another order',
    'type T { f: [Int] @listSize(assumedSize: 6, slicingArguments: ["a"]) }',
    'type T { f: [Int] @listSize(slicingArguments: ["a"], assumedSize: 6) }',
    [],
  ],
  ['another directive of the schema', 'type T @tag(name: "a") { f: Int }', 'type T { f: Int } extend type T @tag(name: "b")', ['SAFE T']],
])('applied directives: %s', (_, before, after, expected) => {
  expect(compared(`${COST} ${before}`, `${COST} ${after}`)).toEqual(expected);
});

test('the same schema as SDL and as an introspection answer is the same', () => {
  const sdl = `${COST} type Query { "f" f(a: [Int!]! = [1]): E @cost(weight: "3") @deprecated } enum E { A @deprecated(reason: "x") } input I @oneOf { f: Int } scalar S @specifiedBy(url: "https://a.example")`;
  const schema = buildSchema(sdl);
  const client = buildClientSchema(introspectionFromSchema(schema, { specifiedByUrl: true, directiveIsRepeatable: true, inputValueDeprecation: true, oneOf: true }));
  expect(compareSchemas(schema, client)).toEqual([]);
  expect(compareSchemas(client, schema)).toEqual([]);
});

test('what breaks stands first, and each group is in the order of its coordinates', () => {
  expect(compared('type A { f: Int } type B { f: Int }', 'type B { g: Int } enum C { D }')).toEqual(['BREAKING A', 'BREAKING B.f', 'SAFE B.g', 'SAFE C']);
});
