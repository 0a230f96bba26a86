import { parse, print } from 'graphql';
import { upgradeInText, upgradeReport } from './upgrade-report.ts';

const verdictOf = (before: string, after: string, operation: string) => {
  const { operations, problems } = upgradeReport({ name: 'before', text: before }, { name: 'after', text: after }, [{ name: 'op', text: operation }]);
  expect(problems).toEqual([]);
  const [{ verdict, findings }] = operations as [(typeof operations)[0]];
  return [verdict, ...findings.map(({ effect, coordinate }) => `${effect} ${coordinate}`)];
};

const T = (fields: string, rest = ''): string => `type Query { t: T } type T { ${fields} } ${rest}`;

test.each([
  ['a field that is gone', T('f: Int g: Int'), T('g: Int'), '{ t { f } }', ['BROKEN', 'BREAKS T.f']],
  ['a field that others use', T('f: Int g: Int'), T('g: Int'), '{ t { g } }', ['UNAFFECTED']],
  ['an answer of another type, though the text still stands', T('f: Int!'), T('f: Int'), '{ t { f } }', ['BROKEN', 'BREAKS T.f']],
  ['an argument that must be given now', T('f(a: Int): Int'), T('f(a: Int!): Int'), '{ t { f } }', ['BROKEN', 'BREAKS T.f(a:)']],
  ['an argument whose new type takes the same literal', T('f(a: Int): Int'), T('f(a: Int!): Int'), '{ t { f(a: 1) } }', ['WARNED', 'WARNS T.f(a:)']],
  ['a variable that no longer fits', T('f(a: Int): Int'), T('f(a: Int!): Int'), 'query ($a: Int) { t { f(a: $a) } }', ['BROKEN', 'BREAKS T.f(a:)']],
  ['a required argument', T('f: Int'), T('f(a: Int!): Int'), '{ t { f } }', ['BROKEN', 'BREAKS T.f(a:)']],
  ['an optional argument', T('f: Int'), T('f(a: Int): Int'), '{ t { f } }', ['WARNED', 'WARNS T.f(a:)']],
  ['another default, where none is given', T('f(a: Int = 1): Int'), T('f(a: Int = 2): Int'), '{ t { f } }', ['WARNED', 'WARNS T.f(a:)']],
  ['another default, where one is given', T('f(a: Int = 1): Int'), T('f(a: Int = 2): Int'), '{ t { f(a: 1) } }', ['UNAFFECTED']],
  ['another default, where a variable may be left out', T('f(a: Int = 1): Int'), T('f(a: Int = 2): Int'), 'query ($a: Int) { t { f(a: $a) } }', ['WARNED', 'WARNS T.f(a:)']],
  ['an enum value more in an answer', T('f: E', 'enum E { A }'), T('f: E', 'enum E { A B }'), '{ t { f } }', ['WARNED', 'WARNS E.B']],
  ['an enum value more in an argument', T('f(e: E): Int', 'enum E { A }'), T('f(e: E): Int', 'enum E { A B }'), '{ t { f(e: A) } }', ['UNAFFECTED']],
  ['an enum value less, which is sent', T('f(e: E): Int', 'enum E { A B }'), T('f(e: E): Int', 'enum E { A }'), '{ t { f(e: B) } }', ['BROKEN', 'BREAKS E.B']],
  [
    'an enum value less, which a variable may hold',
    T('f(e: E): Int', 'enum E { A B }'),
    T('f(e: E): Int', 'enum E { A }'),
    'query ($e: E) { t { f(e: $e) } }',
    ['BROKEN', 'BREAKS E.B'],
  ],
  ['an enum value less, which was only answered', T('f: E', 'enum E { A B }'), T('f: E', 'enum E { A }'), '{ t { f } }', ['WARNED', 'WARNS E.B']],
  [
    'an input field less, which is sent',
    T('f(i: I): Int', 'input I { a: Int b: Int }'),
    T('f(i: I): Int', 'input I { b: Int }'),
    '{ t { f(i: { a: 1 }) } }',
    ['BROKEN', 'BREAKS I.a'],
  ],
  [
    'an input field less, deep in a variable',
    T('f(i: [I!]): Int', 'input I { a: Int j: I }'),
    T('f(i: [I!]): Int', 'input I { j: I }'),
    'query ($i: [I!]) { t { f(i: $i) } }',
    ['BROKEN', 'BREAKS I.a'],
  ],
  [
    'a required input field, behind a variable',
    T('f(i: I): Int', 'input I { a: Int }'),
    T('f(i: I): Int', 'input I { a: Int b: Int! }'),
    'query ($i: I) { t { f(i: $i) } }',
    ['BROKEN', 'BREAKS I.b'],
  ],
  [
    'a required input field, in a literal',
    T('f(i: I): Int', 'input I { a: Int }'),
    T('f(i: I): Int', 'input I { a: Int b: Int! }'),
    '{ t { f(i: { a: 1 }) } }',
    ['BROKEN', 'BREAKS I.b'],
  ],
  [
    'an input field of a type that takes the same literal',
    T('f(i: I): Int', 'input I { a: Int }'),
    T('f(i: I): Int', 'input I { a: Int! }'),
    '{ t { f(i: { a: 1 }) } }',
    ['WARNED', 'WARNS I.a'],
  ],
  [
    'a oneOf, behind a variable',
    T('f(i: I): Int', 'input I { a: Int b: Int }'),
    T('f(i: I): Int', 'input I @oneOf { a: Int b: Int }'),
    'query ($i: I) { t { f(i: $i) } }',
    ['BROKEN', 'BREAKS I'],
  ],
  ['a member more in a union', T('u: U', 'union U = T | Query'), T('u: U', 'type V { v: Int } union U = T | Query | V'), '{ t { u { __typename } } }', ['WARNED', 'WARNS U']],
  [
    'a member less, which is asked for',
    T('u: U', 'type V { v: Int } union U = T | V'),
    T('u: U', 'type V { v: Int } union U = T'),
    '{ t { u { ... on V { v } } } }',
    ['BROKEN', 'BREAKS U'],
  ],
  ['a member less, which is not', T('u: U', 'type V { v: Int } union U = T | V'), T('u: U', 'type V { v: Int } union U = T'), '{ t { u { __typename } } }', ['WARNED', 'WARNS U']],
  ['a directive less', T('f: Int', 'directive @d on FIELD'), T('f: Int'), '{ t { f @d } }', ['BROKEN', 'BREAKS @d']],
  ['a directive that repeats no more, used once', T('f: Int', 'directive @d repeatable on FIELD'), T('f: Int', 'directive @d on FIELD'), '{ t { f @d } }', ['UNAFFECTED']],
  [
    'a directive that repeats no more, used twice',
    T('f: Int', 'directive @d repeatable on FIELD'),
    T('f: Int', 'directive @d on FIELD'),
    '{ t { f @d @d } }',
    ['BROKEN', 'BREAKS @d'],
  ],
  ['what is deprecated', T('f: Int'), T('f: Int @deprecated(reason: "Use g.")'), '{ t { f } }', ['WARNED', 'WARNS T.f']],
  ['a deprecated argument that is not given', T('f(a: Int): Int'), T('f(a: Int @deprecated): Int'), '{ t { f } }', ['UNAFFECTED']],
  ['no mutations any more', `${T('f: Int')} type Mutation { m: Int }`, T('f: Int'), 'mutation { m }', ['BROKEN', 'BREAKS Mutation']],
  ['a renamed root with the same fields', 'schema { query: Q } type Q { a: Int }', 'type Query { a: Int }', '{ a }', ['UNAFFECTED']],
  ['introspection', T('f: Int g: Int'), T('g: Int'), '{ __schema { types { name } } }', ['UNAFFECTED']],
  [
    'a higher cost',
    T('f: Int @cost(weight: "1")', 'directive @cost(weight: String!) on FIELD_DEFINITION'),
    T('f: Int @cost(weight: "2")', 'directive @cost(weight: String!) on FIELD_DEFINITION'),
    '{ t { f } }',
    ['WARNED', 'WARNS T.f'],
  ],
])('%s', (_, before, after, operation, expected) => {
  expect(verdictOf(before, after, operation)).toEqual(expected);
});

const BEFORE = { name: 'before.graphql', text: 'type Query { old: Int kept: Int }' };
const AFTER = { name: 'after.graphql', text: 'type Query { new: Int kept: Int @deprecated(reason: "Soon.") }' };

test("fragments are found in the same file and in the others, and the place is the fragment's", () => {
  const { operations } = upgradeReport(BEFORE, AFTER, [
    { name: 'a.graphql', text: 'query A {\n  ...Shared\n  ...Own\n}\nfragment Own on Query { kept }' },
    { name: 'b.graphql', text: '\nfragment Shared on Query {\n  old\n}\nfragment Own on Query { old }' },
  ]);
  expect(operations).toHaveLength(1);
  expect(operations[0]!.findings.map(({ coordinate, places }) => [coordinate, places.map(({ at }) => `${at!.source}:${at!.line}:${at!.column}`)])).toEqual([
    ['Query.old', ['b.graphql:3:3']],
    ['Query.kept', ['a.graphql:5:25']],
  ]);
});

test('an operation that cannot be read is told with its place, and the others are judged', () => {
  const report = upgradeReport(BEFORE, AFTER, [
    { name: 'bad.graphql', text: 'query {' },
    { name: 'unknown.graphql', text: 'query U {\n  nope\n}\nquery V { kept }' },
    { name: 'fragment.graphql', text: '{ ...Nowhere }' },
  ]);
  expect(report.problems).toEqual([
    'bad.graphql:1:8: Syntax Error: Expected Name, found <EOF>.',
    'unknown.graphql:2:3: Cannot query field "nope" on type "Query".',
    'fragment.graphql:1:6: Unknown fragment "Nowhere".',
  ]);
  expect(report.incomplete).toBe(true);
  expect(report.operations.map(({ operation, verdict, line }) => [operation, verdict, line])).toEqual([['V', 'WARNED', 4]]);
});

test('a rewrite is shown where it is valid on the new schema', () => {
  const files = [{ name: 'op', text: 'query A { old } query B { kept }' }];
  const rewritten = (from: string, to: string) =>
    upgradeReport(BEFORE, AFTER, files, { rewrite: document => parse(print(document).replaceAll(from, to)) }).operations.map(
      operation => operation.rewritten?.replaceAll(/\s+/g, ' ') ?? null,
    );
  expect(rewritten('old', 'new')[0]).toBe('query A { new }');
  expect(rewritten('old', 'nowhere')[0]).toBeNull();
});

test('the report is data, text and Markdown', () => {
  const report = upgradeReport(BEFORE, AFTER, [{ name: 'op.graphql', text: 'query A { old }\nquery B { kept }\nquery C { __typename }' }]);
  expect(report.summary).toEqual({ unaffected: 1, warned: 1, broken: 1 });
  expect(JSON.parse(upgradeInText(report, 'json')).operations[0]).toEqual({
    file: 'op.graphql',
    line: 1,
    operation: 'A',
    verdict: 'BROKEN',
    findings: [{ effect: 'BREAKS', coordinate: 'Query.old', message: 'Query.old was removed.', places: [{ path: 'old', at: { source: 'op.graphql', line: 1, column: 11 } }] }],
    rewritten: null,
  });
  expect(upgradeInText(report, 'human').split('\n').slice(0, 5)).toEqual([
    'Operations: 1 broken, 1 warned, 1 unaffected.',
    '',
    'BROKEN  A  op.graphql:1',
    '  Query.old: Query.old was removed.',
    '    op.graphql:1:11  old',
  ]);
  expect(upgradeInText(report, 'markdown')).toContain('| `Query.old` | Query.old was removed. | op.graphql:1:11  old |');
});
