import { buildSchema } from 'graphql';
import { standings, type VersionKind } from './calendar.ts';
import { checkAgainstCommit, checkRemovals, checkSnapshots, countRemovals, type Announcement } from './schema-check.ts';

const schema = (fields: string, rest = '') => buildSchema(`directive @cost(weight: String!) on FIELD_DEFINITION ${rest} type Query { kept: Int ${fields} }`);

describe('a snapshot against what was committed', () => {
  const SAFE = ['f: E', 'f: E g: Int'] as const;
  const DEARER = ['f: E @cost(weight: "1")', 'f: E @cost(weight: "2")'] as const;
  const BREAKING = ['f: E g: Int', 'f: E'] as const;
  const refusals = (kind: VersionKind, [before, after]: readonly [string, string], announcements: readonly Announcement[] = []) =>
    checkAgainstCommit({ version: '2026-10', kind, releasedAt: 0, committed: schema(before, 'enum E { A }'), present: schema(after, 'enum E { A }') }, announcements);

  test.each<[VersionKind, readonly boolean[]]>([
    ['UNSTABLE', [true, true, true]],
    ['RELEASE_CANDIDATE', [true, true, false]],
    ['CURRENT', [true, false, false]],
    ['SUPPORTED', [true, false, false]],
    ['DEPRECATED', [true, false, false]],
    ['RETIRED', [true, false, false]],
  ])('%s: safe, dearer, breaking', (kind, allowed) => {
    expect([SAFE, DEARER, BREAKING].map(change => refusals(kind, change).length === 0)).toEqual(allowed);
  });

  test('a candidate may break by a change that is listed, a released version may not', () => {
    const listed = [{ coordinate: 'Query.g', deprecatedOn: '2026-01-01' }];
    expect(refusals('RELEASE_CANDIDATE', BREAKING, listed)).toEqual([]);
    expect(refusals('CURRENT', BREAKING, listed).map(({ coordinate }) => coordinate)).toEqual(['Query.g']);
  });

  test('the refusal names the version, its state and what to do', () => {
    expect(refusals('CURRENT', DEARER)).toEqual([
      {
        version: '2026-10',
        coordinate: 'Query.f',
        message:
          '@cost(weight: "1") applied to Query.f became @cost(weight: "2"). That is DANGEROUS, and 2026-10 is CURRENT. Let it begin with a later version, by a change in src/versions.',
      },
    ]);
  });

  test('only a retired version may go, and a new one may come', () => {
    const gone = (kind: VersionKind) => checkAgainstCommit({ version: '2026-10', kind, releasedAt: 0, committed: schema(''), present: null });
    expect(gone('RETIRED')).toEqual([]);
    expect(gone('DEPRECATED')[0]!.message).toContain('The snapshot of 2026-10 is gone');
    expect(checkAgainstCommit({ version: '2026-10', kind: 'CURRENT', releasedAt: 0, committed: null, present: schema('') })).toEqual([]);
  });
});

describe('what leaves with a version', () => {
  const released = new Map(standings(['2026-01', '2026-04', '2026-07'], 0).map(({ version, releasedAt }) => [version, releasedAt ?? 0]));
  const dated = (version: string, fields: string, rest = '') => ({ version, releasedAt: released.get(version)!, schema: schema(fields, rest) });
  const OLD = 'f: Int @deprecated';
  const refused = (january: string, april: string, july: string, announcements: readonly Announcement[] = [], [before, after] = ['', '']) =>
    checkRemovals([dated('2026-01', january, before), dated('2026-04', april, before)], dated('2026-07', july, after), announcements).map(({ coordinate }) => coordinate);

  test('was deprecated in the two versions before it', () => {
    expect(refused(OLD, OLD, '')).toEqual([]);
    expect(refused('f: Int', OLD, '')).toEqual(['Query.f']);
    expect(refused(OLD, 'f: Int', '')).toEqual(['Query.f']);
    expect(refused('', OLD, '')).toEqual(['Query.f']);
  });

  test('and six months earlier, to the day', () => {
    expect(refused(OLD, OLD, '', [{ coordinate: 'Query.f', deprecatedOn: '2026-01-01' }])).toEqual([]);
    expect(refused(OLD, OLD, '', [{ coordinate: 'Query.f', deprecatedOn: '2026-01-02' }])).toEqual(['Query.f']);
  });

  test('an announcement alone does not do where @deprecated can stand', () => {
    expect(refused('f: Int', 'f: Int', '', [{ coordinate: 'Query.f', deprecatedOn: '2025-10-01' }])).toEqual(['Query.f']);
  });

  test('with fewer than two versions before, nothing leaves', () => {
    const refusals = checkRemovals([dated('2026-01', OLD)], dated('2026-04', ''));
    expect(refusals.map(({ message }) => message)).toEqual([
      'Query.f was removed. There are not two versions before 2026-04 in which it could be deprecated. Let it leave with a later version.',
    ]);
    expect(checkRemovals([], dated('2026-01', ''))).toEqual([]);
  });

  test.each([
    ['a field of another type', 'f: Int!', 'f: Int', 'Query.f'],
    ['a required argument', 'f: Int', 'f(a: Int!): Int', 'Query.f(a:)'],
    ['a required argument that goes', 'f(a: Int!): Int', 'f: Int', 'Query.f(a:)'],
  ])('%s is announced in time, for nothing can be marked', (_, before, after, coordinate) => {
    expect(refused(before, before, after)).toEqual([coordinate]);
    expect(refused(before, before, after, [{ coordinate, deprecatedOn: '2025-12-31' }])).toEqual([]);
    expect(refused(before, before, after, [{ coordinate, deprecatedOn: '2026-02-01' }])).toEqual([coordinate]);
  });

  test('a type leaves by itself once only deprecated fields lead to it', () => {
    const types = ['type T { f: E u: U } enum E { A } union U = T', ''] as [string, string];
    expect(refused('t: T @deprecated', 't: T @deprecated', '', [], types)).toEqual([]);
    expect(refused('t: T', 't: T @deprecated', '', [], types)).toEqual(['E', 'Query.t', 'T', 'U']);
    expect(refused('t: T @deprecated e: E', 't: T @deprecated e: E', 'e: Int', [], types)).toContain('E');
  });

  test('the announcement of a renamed type speaks for the fields that answer with it', () => {
    const types = ['type T { f: Int }', 'type U { f: Int }'] as [string, string];
    expect(refused('t: T', 't: T', 't: U', [], types)).toEqual(['Query.t', 'T']);
    expect(refused('t: T', 't: T', 't: U', [{ coordinate: 'T', deprecatedOn: '2026-01-01' }], types)).toEqual([]);
  });

  test('the announcement of an input field speaks for the one that must be sent in its place', () => {
    const types = ['input I { old: Int @deprecated new: Int }', 'input I { new: Int! }'] as [string, string];
    const [field, announced] = ['f(i: I): Int', { coordinate: 'I.old', deprecatedOn: '2026-01-01' }];
    expect(refused(field, field, field, [{ ...announced, replacement: 'I.new' }], types)).toEqual([]);
    expect(refused(field, field, field, [announced], types)).toEqual(['I.new']);
  });

  test('enum values, arguments, input fields and directives follow the same rule', () => {
    const before = (mark: string) => `enum E { A B ${mark} } input I { a: Int b: Int ${mark} } directive @d on FIELD`;
    const after = 'enum E { A } input I { a: Int }';
    const field = (mark: string) => `f(e: E, i: I, x: Int ${mark}): Int`;
    expect(refused(field(''), field(''), 'f(e: E, i: I): Int', [], [before(''), after])).toEqual(['@d', 'E.B', 'I.b', 'Query.f(x:)']);
    expect(refused(field('@deprecated'), field('@deprecated'), 'f(e: E, i: I): Int', [{ coordinate: '@d', deprecatedOn: '2026-01-01' }], [before('@deprecated'), after])).toEqual(
      [],
    );
  });

  test('every dated version is compared with the one before it, the head with none', () => {
    const snapshot = (version: string, fields: string, kind: VersionKind, releasedAt: number | null) => ({ version, kind, releasedAt, committed: null, present: schema(fields) });
    const snapshots = [
      snapshot('2026-01', OLD, 'SUPPORTED', released.get('2026-01')!),
      snapshot('2026-04', OLD, 'SUPPORTED', released.get('2026-04')!),
      snapshot('2026-07', '', 'CURRENT', released.get('2026-07')!),
      snapshot('unstable', '', 'UNSTABLE', null),
    ];
    expect(checkSnapshots(snapshots)).toEqual([]);
    expect(countRemovals(snapshots)).toEqual({ removals: 1, announced: 1 });
    const early = snapshots.with(0, snapshot('2026-01', 'f: Int', 'SUPPORTED', released.get('2026-01')!));
    expect(countRemovals(early)).toEqual({ removals: 1, announced: 0 });
    expect(checkSnapshots(snapshots.with(0, snapshot('2026-01', 'f: Int', 'SUPPORTED', released.get('2026-01')!))).map(({ version }) => version)).toEqual(['2026-07']);
  });
});
