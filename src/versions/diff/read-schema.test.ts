import { buildSchema, introspectionFromSchema } from 'graphql';
import { diffSchemas } from './diff.ts';
import { readSchema } from './read-schema.ts';
import { UnusableSchema } from './schema-text.ts';

const problemsOf = (text: string): readonly string[] => readSchema({ name: 's', text }).problems;

test.each([
  ['a field twice', 'type Query {\n  a: Int\n  a: Int\n}', ['s:3:3: Field "Query.a" can only be defined once.']],
  ['a type twice', 'type Query { a: Int }\nenum E { A }\nenum E { B }', ['s:3:6: There can be only one type named "E".']],
  ['an unknown type', 'type Query { a: Nope b: [Int] }', ['s:1:17: Unknown type "Nope".']],
  ['an unknown directive', 'type Query { a: Int @nope }', ['s:1:21: Unknown directive "@nope".']],
  ['a broken promise', 'interface I { a: Int b: Int }\ntype Query implements I { a: Int }', ['s:2:1: Interface field I.b expected but Query does not provide it.']],
  ['an input type in an answer', 'input I { a: Int }\ntype Query { a: I }', ['s:2:17: The type of Query.a must be Output Type but got: I.']],
  ['no queries', 'type Thing { a: Int }', ['s: Query root type must be provided.']],
  ['a reason that is no text', 'type Query { a: Int @deprecated(reason: 5) }', ['s:1:41: Argument "reason" has invalid value 5.']],
  ['a default where there can be none', 'type Query { a(b: Query = { a: 1 }): Int }', ['s:1:27: Query is no input type, so that there can be no default value.']],
  ['an extension of nothing', 'type Query { a: Int }\nextend type T { a: Int }', ['s:2:13: Cannot extend type "T" because it is not defined.']],
])('%s is told with its place, and the rest is read', (_, text, expected) => {
  expect(problemsOf(text)).toEqual(expected);
});

test('what is not defined is neither added nor removed when it gets its definition', () => {
  const before = { name: 'a', text: 'type Query { a: Gone b: Int }' };
  const after = { name: 'b', text: 'type Query { a: Gone } type Gone { x: Int }' };
  const { changes, problems } = diffSchemas(before, after);
  expect(changes.map(({ criticality, coordinate, message }) => [criticality, coordinate, message])).toEqual([
    ['BREAKING', 'Query.b', 'Query.b was removed.'],
    ['SAFE', 'Gone', 'Gone was added, an Object type.'],
  ]);
  expect(problems).toEqual(['a:1:17: Unknown type "Gone".']);
});

test('a schema of extensions alone, as a subgraph has, is compared', () => {
  const { changes } = diffSchemas({ name: 'a', text: 'extend type Query { a: Int } extend type Query { b: Int }' }, { name: 'b', text: 'type Query { b: Int }' });
  expect(changes.map(({ coordinate }) => coordinate)).toEqual(['Query.a']);
});

test.each([
  ['half a document', 'type Query {\n  a: }', 's:2:6: Syntax Error: Expected Name, found "}".'],
  ['nothing', '', 's:1:1: Syntax Error: Unexpected <EOF>.'],
  ['an operation', 'query Q { a }', 's: It defines no types.'],
  ['half an answer', '{"data": ', 's: Unexpected end of JSON input.'],
  [
    'another answer',
    '{"errors": [{"message": "Introspection is off"}]}',
    's: It holds no introspection answer: there is no __schema.types in it, but the error "Introspection is off".',
  ],
  ['a list', '[1]', 's: It holds no introspection answer'],
  [
    'an answer without arguments',
    '{"__schema": {"queryType": {"name": "Query"}, "types": [{"kind": "OBJECT", "name": "Query", "interfaces": [], "fields": [{"name": "a", "type": {"kind": "SCALAR", "name": "Int"}}]}], "directives": []}}',
    's: Introspection result missing field args',
  ],
])('%s is refused with its place', (_, text, message) => {
  expect(() => readSchema({ name: 's', text })).toThrow(UnusableSchema);
  expect(() => readSchema({ name: 's', text })).toThrow(message);
});

describe('introspection answers', () => {
  const schema = buildSchema('type Query { a(first: Int = 1): Thing } type Thing { b: Float }');
  /** As far as the tests spoil it. */
  interface Answer {
    readonly __schema: { types: { readonly name: string; readonly fields: { readonly args: { defaultValue: string }[] }[] }[] };
  }
  const answer = (): Answer => introspectionFromSchema(schema) as unknown as Answer;

  test('are read with and without "data", and with a byte order mark', () => {
    for (const text of [JSON.stringify(answer()), JSON.stringify({ data: answer() }), `\uFEFF${JSON.stringify({ data: answer() })}`]) {
      expect(problemsOf(text)).toEqual([]);
      expect(diffSchemas({ name: 'a', text }, { name: 'b', text: 'type Query { a(first: Int = 1): Thing } type Thing { b: Float }' }).changes).toEqual([]);
    }
  });

  test('that lack a type are compared without it', () => {
    const partial = answer();
    partial.__schema.types = partial.__schema.types.filter(({ name }) => name !== 'Thing' && name !== 'Int');
    expect(problemsOf(JSON.stringify(partial))).toEqual(['s: Unknown type "Thing": the answer refers to it and does not describe it.']);
  });

  test('with a default value that is no GraphQL are compared without it', () => {
    const odd = answer();
    odd.__schema.types.find(({ name }) => name === 'Query')!.fields[0]!.args[0]!.defaultValue = '{"a": 1}';
    expect(problemsOf(JSON.stringify(odd))[0]).toContain('s: Query.a(first:) has the default value {"a": 1}, which is no GraphQL value: ');
  });
});
