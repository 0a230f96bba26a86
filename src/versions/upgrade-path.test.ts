import { buildSchema, parse, print, validate, type GraphQLSchema } from 'graphql';
import type { ReadMapping } from '../reads/index.ts';
import { UNSTABLE } from './calendar.ts';
import type { ChangesOf } from './change.ts';
import { removedField, renamedField, retypedField } from './field-changes.ts';
import { replacedInputField } from './input-changes.ts';
import { projectVersions } from './project.ts';
import { addedEnumValue, renamedType } from './type-changes.ts';
import { NoSuchWay, UpgradePath } from './upgrade-path.ts';

const RELEASES = ['2026-01', '2026-04', '2026-07', '2026-10'];

const HEAD = buildSchema(`
  type Query { thing(in: In): Thing }
  type Thing { id: ID! name: String size: Size! state: State! }
  type Size { width: Int }
  enum State { ON OFF LOST }
  input In { span: String }
`);

const told = (title: string) => ({ deprecatedOn: '2026-01-01', reason: `${title}: why`, changelog: { title: `\`${title}\` changes`, who: 'Somebody.', todo: `Do ${title}.` } });
const column = (type: string) => ({ type, description: 'Older.', read: { kind: 'column', column: 'c' } as const });

const CHANGES: readonly ChangesOf[] = [
  {
    version: '2026-07',
    changes: [
      renamedField('Item.title', { to: 'name', ...told('Item.title') }),
      retypedField('Item.size', { before: column('Int!'), ...told('Item.size') }),
      removedField('Item.weight', { before: column('Int'), ...told('Item.weight') }),
      replacedInputField('In.seconds', {
        by: 'span',
        before: { type: 'Int', description: 'Older.' },
        toNewer: seconds => seconds,
        rewrite: () => undefined,
        ...told('In.seconds'),
      }),
    ],
  },
  {
    version: '2026-10',
    changes: [
      renamedType('Item', { to: 'Thing', ...told('Item'), deprecatedOn: '2026-08-01' }),
      addedEnumValue('State.LOST', { fallback: 'OFF', changelog: told('State.LOST').changelog }),
    ],
  },
];

let path: UpgradePath;

beforeAll(() => {
  // Every field and every type is read from somewhere.
  const read = { kind: 'column', column: 'c' } as const;
  const fields = new Map(['Thing.id', 'Thing.name', 'Thing.state'].map(coordinate => [coordinate, read] as const));
  const mapping = {
    sources: new Map([['Thing', { table: 'thing', scope: { environment_id: 'environment_id' }, idPrefix: null }]]),
    abstractSources: new Map(),
    fields: new Map<string, unknown>([...fields, ['Query.thing', { kind: 'one', on: {} }], ['Thing.size', { kind: 'embedded', fields: { width: () => null }, present: null }]]),
    refusals: new Map(),
  } as unknown as ReadMapping;
  path = new UpgradePath(projectVersions({ schema: HEAD, mapping }, RELEASES, CHANGES), CHANGES, RELEASES);
});

const schemaOf = (version: string): GraphQLSchema => path.versions.get(version)!.schema;
const judged = (text: string, from: string, to: string) => {
  const document = parse(text);
  expect(validate(schemaOf(from), document)).toEqual([]);
  const { verdict, findings, rewritten } = path.judge(document, { from, to });
  if (rewritten) expect(validate(schemaOf(to), rewritten)).toEqual([]);
  return {
    verdict,
    told: findings.map(({ effect, coordinate, rewriting }) => `${effect} ${coordinate} ${rewriting}`),
    rewritten: rewritten && print(rewritten).replaceAll(/\s+/g, ' '),
  };
};

test.each([
  ['nothing that it uses changes', '{ thing { id } }', '2026-04', '2026-07', { verdict: 'UNAFFECTED', told: [], rewritten: null }],
  ['a field is renamed', '{ thing { title } }', '2026-04', '2026-07', { verdict: 'BROKEN', told: ['BREAKS Item.title REWRITTEN'], rewritten: '{ thing { title: name } }' }],
  ['a field is gone', '{ thing { weight } }', '2026-04', '2026-07', { verdict: 'BROKEN', told: ['BREAKS Item.weight TAKEN_OUT'], rewritten: '{ thing { __typename } }' }],
  [
    'a type is renamed that it names',
    '{ thing { ... on Item { id } } }',
    '2026-07',
    '2026-10',
    { verdict: 'BROKEN', told: ['BREAKS Item REWRITTEN', 'WARNS Item AS_BEFORE'], rewritten: '{ thing { ... on Thing { id } } }' },
  ],
  ['a type is renamed that it does not name', '{ thing { id } }', '2026-07', '2026-10', { verdict: 'WARNED', told: ['WARNS Item AS_BEFORE'], rewritten: null }],
  ['an enum has a value more', '{ thing { state } }', '2026-07', '2026-10', { verdict: 'WARNED', told: ['WARNS State.LOST AS_BEFORE', 'WARNS Item AS_BEFORE'], rewritten: null }],
  ['what it uses is on its way out', '{ thing { title } }', '2026-01', '2026-04', { verdict: 'WARNED', told: ['WARNS Item.title null'], rewritten: null }],
] as const)('where %s', (_what, text, from, to, expected) => {
  const { told: findings, ...rest } = judged(text, from, to);
  const { told: due, ...others } = expected;
  expect(rest).toEqual(others);
  expect(new Set(findings)).toEqual(new Set<string>(due));
});

test('what no rule rewrites is not handed over as rewritten, and says what to do', () => {
  const text = '{ thing(in: { seconds: 3 }) { title } }';
  expect(judged(text, '2026-04', '2026-07')).toMatchObject({ verdict: 'BROKEN', rewritten: null });
  const { findings } = path.judge(parse(text), { from: '2026-04', to: '2026-07' });
  expect(findings.find(({ coordinate }) => coordinate === 'In.seconds')).toMatchObject({
    effect: 'BREAKS',
    rewriting: 'BY_HAND',
    todo: 'Do In.seconds.',
    places: [{ path: 'thing' }],
  });
});

test('what a variable may hold is said by the variable, and the text is handed over', () => {
  const { verdict, findings, rewritten } = path.judge(parse('query ($in: In) { thing(in: $in) { id } }'), { from: '2026-04', to: '2026-07' });
  expect([verdict, rewritten !== null]).toEqual(['BROKEN', true]);
  expect(findings).toEqual([
    expect.objectContaining({ coordinate: 'In.seconds', message: expect.stringContaining('$in holds In.seconds'), places: [expect.objectContaining({ path: '$in' })] }),
  ]);
});

test('a change that no rule covers leaves the operation to a person, with the reason', () => {
  expect(judged('{ thing { size } }', '2026-04', '2026-07')).toMatchObject({ verdict: 'BROKEN', told: expect.arrayContaining(['BREAKS Item.size BY_HAND']), rewritten: null });
});

test('dates come with the element: deprecated, otherwise from, gone with the last version that holds it', () => {
  const { findings } = path.judge(parse('fragment F on Item { title } { thing { ...F } }'), { from: '2026-04', to: UNSTABLE });
  expect(findings.find(({ coordinate }) => coordinate === 'Item.title')).toMatchObject({
    deprecatedOn: '2026-01-01',
    changedIn: '2026-07',
    sunsetOn: '2027-04-01',
    replacement: 'Item.name',
    places: [{ path: '...F.title', at: { line: 1 } }],
  });
});

test('there is no way back, and none to what does not exist', () => {
  for (const way of [
    { from: '2026-10', to: '2026-01' },
    { from: '2026-01', to: '2026-02' },
  ])
    expect(() => path.judge(parse('{ thing { id } }'), way)).toThrow(NoSuchWay);
});
