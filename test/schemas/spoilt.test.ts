/** Schemas spoilt by chance: each is refused as unusable, or compared; nothing else may happen. */
import { buildSchema, introspectionFromSchema } from 'graphql';
import { UnusableSchema, diffSchemas, type SchemaDiff, type SchemaText } from '../../src/versions/diff/index.ts';
import { Dice } from '../reads/dice.ts';

const SDL = `
  schema { query: Query mutation: Mutation }
  directive @d(a: [Int!] = [1], b: In) repeatable on FIELD | OBJECT | ENUM_VALUE
  directive @cost(weight: String!) on FIELD_DEFINITION
  interface Node { id: ID! }
  interface Named implements Node { id: ID! name: String @deprecated(reason: "x") }
  type Query implements Node { id: ID! node(id: ID! = "a", in: In = { a: 1, e: [A, B] }): Node @cost(weight: "3") named: [Named!]! u: U e(e: E = A): E j(j: J = { a: [1] }): J }
  type Mutation { m(in: In!): Boolean }
  type Thing implements Named & Node @d { id: ID! name: String s: S }
  union U = Thing | Query
  enum E { A B @deprecated }
  input In { a: Int = 1 e: [E!] in: In j: J }
  input One @oneOf { a: Int b: String }
  scalar J
  scalar S @specifiedBy(url: "https://a.example")
  extend type Thing { more: One2 }
  type One2 { f(one: One): Float }
`;
const TOKENS = SDL.match(/"[^"]*"|\w+|[^\s\w]/g)!;
// graphql-js cannot introspect a custom scalar's default that is an object.
const JSON_TEXT = JSON.stringify(introspectionFromSchema(buildSchema(SDL.replace('j: J = { a: [1] }', 'j: J'))));
const JSON_TOKENS = JSON_TEXT.match(/"[^"]*"|\w+|[^\w]/g)!;

/** A few tokens are dropped, doubled, or replaced by others. */
function spoilt(tokens: readonly string[], dice: Dice, glue: string): string {
  const words = [...tokens];
  for (let i = dice.between(1, 3); i > 0; i -= 1) {
    const at = dice.between(0, words.length - 1);
    words.splice(at, dice.between(0, 1), ...dice.times(dice.between(0, 1), () => dice.oneOf(tokens)));
  }
  return words.join(glue);
}

/** Null where it was refused. */
function outcome(before: SchemaText, after: SchemaText): SchemaDiff | null {
  try {
    return diffSchemas(before, after);
  } catch (error) {
    if (error instanceof UnusableSchema) return null;
    throw error;
  }
}

test.each([
  ['SDL', 600, TOKENS, ' '],
  ['an introspection answer', 300, JSON_TOKENS, ''],
])('%s', (_, count, tokens, glue) => {
  const dice = new Dice(11);
  const valid = { name: 'valid', text: tokens.join(glue) };
  const outcomes = dice
    .times(count, () => {
      const faulty = { name: 'faulty', text: spoilt(tokens, dice, glue) };
      return [outcome(valid, faulty), outcome(faulty, valid)];
    })
    .flat();
  const compared = outcomes.filter(result => result !== null);
  expect(compared.length).toBeGreaterThan(count / 20);
  expect(compared.some(({ problems }) => problems.length > 0)).toBe(true);
  expect(compared.some(({ problems, changes }) => problems.length === 0 && changes.length > 0)).toBe(true);
});
