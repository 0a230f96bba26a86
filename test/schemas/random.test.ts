/** Schemas made by chance, compared beside graphql-js and graphql-inspector: kinds of change that no
    history holds. Where the two differ, the exceptions below are all there are. */
import { buildSchema, findBreakingChanges, findDangerousChanges } from 'graphql';
import { BREAKING_KINDS, DANGEROUS_KINDS } from '../../src/versions/diff/change.ts';
import { compareSchemas, type ChangeKind } from '../../src/versions/diff/index.ts';
import { Dice } from '../reads/dice.ts';
import { inspectorBreaking } from './histories.ts';

const KINDS = ['type', 'type', 'interface', 'input', 'enum', 'union', 'scalar'] as const;
const TYPES = Array.from({ length: 7 }, (_, i) => `T${i}`);
const LOCATIONS = ['QUERY', 'FIELD', 'OBJECT', 'ARGUMENT_DEFINITION'];

function schemaBy(dice: Dice): string {
  const some = <T>(items: readonly T[], probability: number): T[] => items.filter(() => dice.happens(probability));
  const kinds = new Map(some(TYPES, 0.8).map(name => [name, dice.oneOf(KINDS)]));
  const wrapped = (name: string): string => dice.oneOf([name, `${name}!`, `[${name}]`, `[${name}!]`, `[${name}]!`, `[${name}!]!`]);
  const named = (allowed: readonly string[]): string[] => [...kinds].filter(([, kind]) => allowed.includes(kind)).map(([name]) => name);
  const read = ['Int', 'String', ...named(['type', 'interface', 'enum', 'union', 'scalar'])];
  const sent = ['Int', 'String', 'Float', ...named(['input', 'enum', 'scalar'])];
  const defaultOf = (type: string): string => (!dice.happens(0.4) ? '' : /^\[?Int/.test(type) ? ` = ${dice.between(1, 2)}` : /^\[?String/.test(type) ? ' = "a"' : '');
  const value = (name: string): string => {
    const type = wrapped(dice.oneOf(sent));
    return `${name}: ${type}${defaultOf(type)}`;
  };
  const args = (): string => {
    const list = some(['a', 'b'], 0.4).map(value);
    return list.length > 0 ? `(${list.join(', ')})` : '';
  };
  const fields = (): string =>
    `{ id: ID ${some(['f', 'g', 'h'], 0.7)
      .map(name => `${name}${args()}: ${wrapped(dice.oneOf(read))}`)
      .join(' ')} }`;
  const interfaces = (own: string): string => {
    const list = some(named(['interface']), 0.5).filter(name => name !== own);
    return list.length > 0 ? ` implements ${list.join(' & ')}` : '';
  };
  const members = (): string => ['Query', ...some(named(['type']), 0.7)].join(' | ');
  const definitions = [...kinds].map(([name, kind]) => {
    if (kind === 'scalar') return `scalar ${name}`;
    if (kind === 'union') return `union ${name} = ${members()}`;
    if (kind === 'enum') return `enum ${name} { X ${some(['Y', 'Z'], 0.6).join(' ')} }`;
    if (kind === 'input') return `input ${name} { x: Int ${some(['f', 'g', 'h'], 0.6).map(value).join(' ')} }`;
    return `${kind} ${name}${interfaces(name)} ${fields()}`;
  });
  const directives = some(['d', 'e'], 0.7).map(
    name => `directive @${name}${args()} ${dice.happens(0.3) ? 'repeatable ' : ''}on ${['FIELD_DEFINITION', ...some(LOCATIONS, 0.5)].join(' | ')}`,
  );
  return ['type Query { id: ID }', ...definitions, ...directives].join('\n');
}

/** Told by us alone, or by graphql-js alone of the two: see docs/guides/schema-tools.md. */
const OURS = new Set<ChangeKind>(['DIRECTIVE_ARG_CHANGED_KIND', 'DIRECTIVE_REPEATABLE_REMOVED']);

const met = new Set<ChangeKind>();

test.each([1, 2, 3, 4])('what breaks is what both call so (%i)', async seed => {
  for (let i = 0; i < 120; i += 1) {
    const dice = new Dice(seed * 1000 + i);
    const [before, after] = [schemaBy(dice), schemaBy(dice)].map(sdl => buildSchema(sdl, { assumeValid: true }));
    const changes = compareSchemas(before!, after!);
    for (const { kind } of changes) met.add(kind);

    const breaking = changes.filter(({ criticality }) => criticality === 'BREAKING');
    const byGraphqlJs = findBreakingChanges(before!, after!).filter(({ description }) => !/^Standard scalar|^Repeatable flag/.test(description));
    expect(texts(breaking.filter(({ kind }) => !OURS.has(kind)).map(({ message }) => message))).toEqual(texts(byGraphqlJs.map(({ description }) => description)));

    const inspector = await inspectorBreaking(
      before!,
      after!,
      // graphql-inspector calls a required argument of a directive breaking even with a default value.
      ({ type, meta }) =>
        type === 'DIRECTIVE_ARGUMENT_TYPE_CHANGED' || (type === 'DIRECTIVE_ARGUMENT_ADDED' && (meta as Record<string, unknown>)['addedDirectiveDefaultValue'] !== undefined),
    );
    expect(texts(breaking.filter(({ kind }) => !OURS.has(kind)).map(({ coordinate }) => coordinate))).toEqual(texts(inspector));

    const dangerous = changes.filter(({ criticality }) => criticality === 'DANGEROUS');
    expect(texts(dangerous.map(({ message }) => message))).toEqual(texts(findDangerousChanges(before!, after!).map(({ description }) => description)));
  }
});

test('the dice have thrown every kind that both know', () => {
  const elsewhere: readonly ChangeKind[] = ['ROOT_TYPE_CHANGED', 'ONE_OF_ADDED', 'COST_RAISED'];
  expect([...BREAKING_KINDS, ...DANGEROUS_KINDS].filter(kind => !met.has(kind))).toEqual(elsewhere);
});

const texts = (list: readonly string[]): string[] => list.toSorted();
