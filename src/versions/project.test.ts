/** Every kind of change, on a small head. */
import {
  buildSchema,
  getArgumentValues,
  graphqlSync,
  parse,
  printSchema,
  print,
  validate,
  type FieldNode,
  type GraphQLField,
  type GraphQLSchema,
  type OperationDefinitionNode,
} from 'graphql';
import { arg, asc, headFormOf, sql, type FieldRead, type ReadMapping } from '../reads/index.ts';
import { UNSTABLE } from './calendar.ts';
import type { VersionChange } from './change.ts';
import { policyFaults } from './deprecations.ts';
import { becameNonNull, becameNullable, listBecameConnection, movedField, removedField, renamedField, retypedField } from './field-changes.ts';
import { argumentBecameRequired, renamedArgument, replacedInputField } from './input-changes.ts';
import { projectVersions, type VersionSchema } from './project.ts';
import { rewriteOperation } from './rewrite-operation.ts';
import { addedEnumValue, removedEnumValue, renamedType } from './type-changes.ts';

const HEAD = `
  interface Named { title: String }
  type Query { ship(id: ID!, purpose: String!): Ship ships(filter: ShipFilter, mood: Mood, first: Int): [Ship!]! }
  type Mutation { paint(input: PaintInput!): Ship }
  type Ship implements Named { id: ID! title: String length: Size crew: Int owner: String! mood: Mood! cargo: CargoConnection! }
  type Size { metres: Int! }
  type Cargo { id: ID! }
  type CargoConnection { nodes: [Cargo!]! }
  input ShipFilter { mood: Mood moods: [Mood!] or: [ShipFilter!] paint: PaintInput }
  input PaintInput { idempotencyKey: String layers: Layers! = 2 colour: String! mood: Mood }
  scalar Layers
  enum Mood { CALM MERRY ROUGH }
`;

const column = (name: string): FieldRead => ({ kind: 'column', column: name });

const mapping: ReadMapping = {
  sources: new Map(['Ship', 'Cargo'].map(type => [type, { table: type.toLowerCase(), scope: { environment_id: 'environment_id' }, idPrefix: null }])),
  abstractSources: new Map(),
  refusals: new Map(),
  fields: new Map<string, FieldRead>([
    ['Query.ship', { kind: 'one', on: { id: arg('id') } }],
    ['Query.ships', { kind: 'many', on: {}, order: [asc('id')], limit: 5 }],
    ...['id', 'title', 'crew', 'owner', 'mood'].map((name): [string, FieldRead] => [`Ship.${name}`, column(name)]),
    ['Ship.length', { kind: 'embedded', fields: { metres: row => row.col('metres') }, present: null }],
    ['Ship.cargo', { kind: 'page', on: { ship_id: 'id' }, order: [asc('id')] }],
    ['Cargo.id', column('id')],
  ]),
};

const TOLD = { deprecatedOn: '2026-01-01', reason: 'Gone.', changelog: { title: 'Title', who: 'Who.', todo: 'Do.' } };

const RELEASES = ['2026-01', '2026-04', '2026-07', '2026-10'];

const versionsWith = (older: readonly VersionChange[], newer: readonly VersionChange[] = []): Map<string, VersionSchema> =>
  projectVersions({ schema: buildSchema(HEAD), mapping }, RELEASES, [
    { version: '2026-07', changes: older },
    { version: '2026-10', changes: newer },
  ]);

const oldest = (...changes: VersionChange[]): VersionSchema => versionsWith(changes).get('2026-01')!;

/** The lines of the oldest version's schema that head's has not. */
const ownLines = ({ schema }: VersionSchema): string[] => {
  const lines = new Set(printSchema(buildSchema(HEAD)).split('\n'));
  return printSchema(schema)
    .split('\n')
    .filter(line => !lines.has(line) && !/^(\s*"|$)/.test(line))
    .map(line => line.trim());
};

const GONE = '@deprecated(reason: "Gone.")';
const older = { description: 'As it was.', read: (): ReturnType<typeof sql> => sql`1` };

test.each<[string, VersionChange, string[]]>([
  ['a renamed field', renamedField('Ship.owners', { to: 'owner', ...TOLD }), [`owners: String! ${GONE}`]],
  ['a renamed field of an interface', renamedField('Named.label', { to: 'title', ...TOLD }), [`label: String ${GONE}`, 'label: String']],
  ['a retyped field', retypedField('Ship.length', { before: { type: 'Int!', ...older }, ...TOLD }), [`length: Int! ${GONE}`]],
  ['a moved field', movedField('Ship.metres', { at: 'length.metres', to: 'Size.metres', before: { type: 'Int', ...older }, ...TOLD }), [`metres: Int ${GONE}`]],
  ['a removed field', removedField('Ship.masts', { before: { type: 'Int', ...older }, ...TOLD }), [`masts: Int ${GONE}`]],
  ['a field that became nullable', becameNullable('Ship.crew', { otherwise: sql`0`, description: 'Crew.', ...TOLD }), [`crew: Int! ${GONE}`]],
  ['a field that is no longer null', becameNonNull('Ship.owner', { description: 'Owner.', changelog: TOLD.changelog }), ['owner: String']],
  [
    'a list that became a connection',
    listBecameConnection('Ship.cargo', { before: { type: '[Cargo!]!', description: 'Cargo.', read: { kind: 'many', on: {}, order: [asc('id')], limit: 5 } }, first: 5, ...TOLD }),
    [`cargo: [Cargo!]! ${GONE}`],
  ],
  ['a renamed argument', renamedArgument('Query.ships(feeling:)', { to: 'mood', ...TOLD }), [`ships(filter: ShipFilter, mood: Mood, first: Int, feeling: Mood ${GONE}): [Ship!]!`]],
  ['a renamed argument that is required', renamedArgument('Query.ship(why:)', { to: 'purpose', ...TOLD }), ['ship(', 'id: ID!', 'why: String!', '): Ship']],
  ['an argument that became required', argumentBecameRequired('Query.ship(purpose:)', { otherwise: '"any"', ...TOLD }), [`ship(id: ID!, purpose: String! = "any" ${GONE}): Ship`]],
  ['an added enum value', addedEnumValue('Mood.MERRY', { fallback: 'CALM', changelog: TOLD.changelog }), []],
  ['a removed enum value', removedEnumValue('Mood.WILD', { meaning: 'ROUGH', description: 'Wild.', ...TOLD }), [`WILD ${GONE}`]],
  ['a renamed type', renamedType('Freight', { to: 'Cargo', ...TOLD }), ['type Freight {', 'nodes: [Freight!]!']],
  [
    'a replaced input field',
    replacedInputField('PaintInput.coats', { by: 'layers', before: { type: 'Int!', description: 'Coats.' }, toNewer: coats => coats, rewrite: field => field, ...TOLD }),
    ['coats: Int!', 'layers: Layers'],
  ],
])('%s is as it was in older versions', (_title, change, expected) => {
  const version = oldest(change);
  expect(ownLines(version).toSorted()).toEqual(expected.toSorted());
  expect(printSchema(versionsWith([change]).get('2026-07')!.schema)).toBe(printSchema(buildSchema(HEAD)));
});

function fieldIn(schema: GraphQLSchema, type: 'Query' | 'Mutation', name: string): GraphQLField<unknown, unknown> {
  return schema.getRootType(type.toLowerCase() as never)!.getFields()[name]!;
}

/** What the field's arguments, as they are written, are to head. */
function inHead({ schema }: VersionSchema, operation: string, type: 'Query' | 'Mutation' = 'Query'): unknown {
  const document = parse(operation);
  expect(validate(schema, document)).toEqual([]);
  const [node] = (document.definitions[0] as OperationDefinitionNode).selectionSet.selections as FieldNode[];
  const field = fieldIn(schema, type, node!.name.value);
  const sent = getArgumentValues(field, node!);
  return JSON.parse(JSON.stringify(headFormOf(field)?.toHead?.(sent) ?? sent));
}

describe('input of an older version', () => {
  const moods = [addedEnumValue('Mood.MERRY', { fallback: 'CALM', changelog: TOLD.changelog }), removedEnumValue('Mood.WILD', { meaning: 'ROUGH', description: 'Wild.', ...TOLD })];

  test('finds later values by what stands for them, wherever the value stands', () => {
    const version = oldest(...moods);
    expect(inHead(version, '{ ships(mood: CALM, filter: { moods: [WILD, CALM], or: [{ mood: CALM }, { moods: CALM }, { mood: null }] }) { id } }')).toEqual({
      mood: ['CALM', 'MERRY'],
      filter: { moods: ['ROUGH', 'CALM', 'MERRY'], or: [{ mood: ['CALM', 'MERRY'] }, { moods: ['CALM', 'MERRY'] }, { mood: null }] },
    });
  });

  test('writes the value itself and not all that it finds', () => {
    expect(inHead(oldest(...moods), 'mutation { paint(input: { colour: "red", mood: CALM }) { id } }', 'Mutation')).toEqual({ input: { layers: 2, colour: 'red', mood: 'CALM' } });
  });

  test('passes through every version on its way, in the order of head', () => {
    const versions = versionsWith(
      [renamedArgument('Query.ships(feeling:)', { to: 'mood', ...TOLD }), removedEnumValue('Mood.STORMY', { meaning: 'WILD', description: 'Stormy.', ...TOLD })],
      [removedEnumValue('Mood.WILD', { meaning: 'ROUGH', description: 'Wild.', ...TOLD }), renamedField('Query.boats', { to: 'ships', ...TOLD })],
    );
    expect(inHead(versions.get('2026-01')!, '{ ships(feeling: STORMY, filter: { moods: [STORMY, WILD] }) { id } }')).toEqual({
      filter: { moods: ['ROUGH', 'ROUGH'] },
      mood: 'ROUGH',
    });
    expect(inHead(versions.get('2026-01')!, '{ boats(mood: WILD) { id } }')).toEqual({ mood: 'ROUGH' });
    expect(headFormOf(fieldIn(versions.get('2026-01')!.schema, 'Query', 'boats'))!.coordinate).toBe('Query.ships');
  });

  const coats = replacedInputField('PaintInput.coats', {
    by: 'layers',
    before: { type: 'Int!', description: 'Coats.', defaultValue: 1 },
    toNewer: value => Number(value) * 10,
    rewrite: field => field,
    ...TOLD,
  });

  test.each([
    ['coats: 3', { layers: 30 }],
    ['layers: 4', { layers: 4 }],
    ['layers: null', { layers: 10 }],
    ['', { layers: 10 }],
  ])('replaces { %s }', (given, expected) => {
    expect(inHead(oldest(coats), `mutation { paint(input: { colour: "red" ${given} }) { id } }`, 'Mutation')).toEqual({ input: { ...expected, colour: 'red' } });
  });

  test('is named in refusals as the caller wrote it, nested too', () => {
    const { schema } = oldest(coats, renamedArgument('Query.ships(feeling:)', { to: 'mood', ...TOLD }));
    const paint = headFormOf(fieldIn(schema, 'Mutation', 'paint'))!;
    expect(paint.pathAsSent(['input', 'layers'], { input: { coats: 3 } })).toEqual(['input', 'coats']);
    expect(paint.pathAsSent(['input', 'layers'], { input: { coats: 3, layers: 1 } })).toEqual(['input', 'layers']);
    const ships = headFormOf(fieldIn(schema, 'Query', 'ships'))!;
    expect(ships.pathAsSent(['mood'], { feeling: 'CALM' })).toEqual(['feeling']);
    expect(ships.pathAsSent(['filter', 'or', '1', 'paint', 'layers'], { filter: { or: [{}, { paint: { coats: 1 } }] } })).toEqual(['filter', 'or', '1', 'paint', 'coats']);
  });
});

test('an older version says what stands for a later value, of what no statement read as well', () => {
  const { schema } = oldest(addedEnumValue('Mood.MERRY', { fallback: 'CALM', changelog: TOLD.changelog }));
  const rootValue = { ships: [{ id: '1', mood: 'MERRY' }] };
  expect(graphqlSync({ schema, source: '{ ships { mood } }', rootValue }).data).toEqual({ ships: [{ mood: 'CALM' }] });
});

test('without a difference two versions are one schema', () => {
  const versions = versionsWith([], [removedField('Ship.masts', { before: { type: 'Int', ...older }, ...TOLD })]);
  expect(versions.get('2026-10')).toBe(versions.get(UNSTABLE));
  expect(versions.get('2026-04')).toBe(versions.get('2026-07'));
  expect(versions.get('2026-07')).not.toBe(versions.get('2026-10'));
});

test('an older form is deprecated in the versions released since it is', () => {
  const masts = removedField('Ship.masts', { before: { type: 'Int', ...older }, ...TOLD, deprecatedOn: '2026-02-01' });
  const versions = versionsWith([], [masts]);
  expect(printSchema(versions.get('2026-01')!.schema)).toContain('masts: Int\n');
  expect(printSchema(versions.get('2026-04')!.schema)).toContain(`masts: Int ${GONE}\n`);
});

test.each<[string, () => VersionChange, string]>([
  ['what head lacks', () => renamedField('Ship.a', { to: 'b', ...TOLD }), 'Ship.b'],
  ['an unknown type', () => removedField('Ship.a', { before: { type: 'Nothing', ...older }, ...TOLD }), 'Nothing'],
  ['no coordinate', () => removedField('Ship a', { before: { type: 'Int', ...older }, ...TOLD }), 'is no schema coordinate'],
  ['an argument that means the same everywhere', () => renamedArgument('Query.ships(size:)', { to: 'first', ...TOLD }), 'means the same everywhere'],
  ['a fallback that is not there', () => addedEnumValue('Mood.MERRY', { fallback: 'WILD', changelog: TOLD.changelog }), 'WILD'],
  ['a null of what is no value', () => becameNullable('Ship.length', { otherwise: sql`0`, description: 'Length.', ...TOLD }), 'retypedField'],
  ['a field of a made object', () => removedField('Size.feet', { before: { type: 'Int', ...older }, ...TOLD }), 'does not say where Size.feet comes from'],
])('a change that names %s stops the start', (_title, change, message) => {
  expect(() => oldest(change())).toThrow(message);
});

test('changes for what is no release stop the start', () => {
  expect(() => projectVersions({ schema: buildSchema(HEAD), mapping }, RELEASES, [{ version: '2026-08', changes: [] }])).toThrow('2026-08');
});

test.each([
  ['2026-07', '2026-01-01', 0],
  ['2026-07', '2026-01-02', 1],
  ['2026-10', '2026-04-01', 0],
  ['2026-10', '2026-04-02', 1],
  ['2026-04', '2025-01-01', 1],
])('what leaves in %s and is deprecated on %s breaks the promise %i times', (version, deprecatedOn, faults) => {
  expect(policyFaults(RELEASES, [{ version, changes: [removedField('Ship.masts', { before: { type: 'Int', ...older }, ...TOLD, deprecatedOn })] }])).toHaveLength(faults);
});

test('an argument that became required is written where it was left out', () => {
  const changes = [{ version: '2026-07', changes: [argumentBecameRequired('Query.ship(purpose:)', { otherwise: '"any"', ...TOLD })] }];
  const versions = projectVersions({ schema: buildSchema(HEAD), mapping }, RELEASES, changes);
  const rewrite = (text: string): string => print(rewriteOperation(parse(text), { from: '2026-01', to: '2026-07' }, versions, changes).document).replaceAll(/\s+/g, ' ');
  expect(rewrite('{ ship(id: 1) { id } }')).toBe('{ ship(id: 1, purpose: "any") { id } }');
  expect(rewrite('{ ship(id: 1, purpose: "mine") { id } }')).toBe('{ ship(id: 1, purpose: "mine") { id } }');
});

test('what is taken out leaves a valid operation behind', () => {
  const changes = [
    { version: '2026-07', changes: [removedField('Ship.masts', { before: { type: 'Int', args: { tall: { type: 'Boolean', description: 'Tall.' } }, ...older }, ...TOLD })] },
  ];
  const versions = projectVersions({ schema: buildSchema(HEAD), mapping }, RELEASES, changes);
  const { document } = rewriteOperation(
    parse('query ($tall: Boolean, $mood: Mood) { ships(mood: $mood) { masts(tall: $tall) } }'),
    { from: '2026-04', to: '2026-07' },
    versions,
    changes,
  );
  expect(print(document).replaceAll(/\s+/g, ' ')).toBe('query ($mood: Mood) { ships(mood: $mood) { __typename } }');
  expect(validate(versions.get('2026-07')!.schema, document)).toEqual([]);
});
