import { buildSchema } from 'graphql';
import { mappingFaults } from './check.ts';
import type { FieldRead, TableSource } from './mapping.ts';

const schema = buildSchema(`
  type Query { hello: String }
  type Mutation { change: ChangePayload }
  type ChangePayload { thing: Thing, things: [Thing!]!, done: Boolean!, refusals: [Refusal!]! }
  type Thing { id: ID!, owner: Owner }
  type Owner { id: ID! }
  type Refusal { code: String! }
`);

const sources = new Map<string, TableSource>([['Thing', { table: 'thing', scope: { environment_id: 'environment_id' }, idPrefix: null }]]);
const column = (name: string): FieldRead => ({ kind: 'column', column: name });

test('what a payload shows of the database must be mapped, with all below it; its own values need not be', () => {
  const fields = new Map<string, FieldRead>([
    ['Query.hello', column('hello')],
    ['ChangePayload.thing', { kind: 'one', on: { id: 'id' } }],
    ['Thing.id', column('id')],
    ['Thing.owner', { kind: 'one', on: { id: 'owner_id' } }],
    ['Owner.id', column('id')],
  ]);
  expect(mappingFaults(schema, { sources, fields, abstractSources: new Map(), refusals: new Map() })).toEqual([
    'Thing.owner reads rows of Owner, which names no table.',
    'ChangePayload.things has no read mapping.',
  ]);
});
