/** Real histories, one change at a time, beside graphql-js and graphql-inspector. */
import { findBreakingChanges, findDangerousChanges, resolveSchemaCoordinate } from 'graphql';
import { compareSchemas, diffSchemas, readSchema, type Criticality } from '../../src/versions/diff/index.ts';
import { history, inspectorBreaking, PAIRS } from './histories.ts';

describe.each(PAIRS)('%s -> %s', (from, to, breaking, dangerous) => {
  const [before, after] = [from, to].map(name => readSchema(history(name)).schema) as [ReturnType<typeof readSchema>['schema'], ReturnType<typeof readSchema>['schema']];
  const changes = compareSchemas(before, after);
  const only = (criticality: Criticality) => changes.filter(change => change.criticality === criticality);

  test('breaking is what graphql-js and graphql-inspector both call so', async () => {
    expect(
      only('BREAKING')
        .map(({ message }) => message)
        .toSorted(),
    ).toEqual(
      findBreakingChanges(before, after)
        .map(({ description }) => description)
        .toSorted(),
    );
    expect(
      only('BREAKING')
        .map(({ coordinate }) => coordinate)
        .toSorted(),
    ).toEqual((await inspectorBreaking(before, after)).toSorted());
    expect(only('BREAKING')).toHaveLength(breaking);
  });

  test('dangerous is what graphql-js calls so', () => {
    expect(
      only('DANGEROUS')
        .map(({ message }) => message)
        .toSorted(),
    ).toEqual(
      findDangerousChanges(before, after)
        .map(({ description }) => description)
        .toSorted(),
    );
    expect(only('DANGEROUS')).toHaveLength(dangerous);
  });

  test('every coordinate is one of the specification, in one of the two schemas', () => {
    const resolves = (schema: typeof before, coordinate: string): boolean => {
      try {
        return resolveSchemaCoordinate(schema, coordinate) !== undefined;
      } catch {
        // It throws where the parent is unknown to this schema.
        return false;
      }
    };
    expect(changes.filter(({ coordinate }) => !resolves(before, coordinate) && !resolves(after, coordinate))).toEqual([]);
  });

  test('the way back breaks what the way there added', () => {
    const back = compareSchemas(after, before).filter(({ criticality }) => criticality === 'BREAKING');
    const added = changes.filter(({ message }) => /\b(was added, an? |was added: )/.test(message));
    expect(added.length).toBeGreaterThan(0);
    expect(added.filter(({ coordinate }) => !back.some(change => change.coordinate === coordinate))).toEqual([]);
  });
});

test('a published schema that defines fields twice is compared, and the places are told', () => {
  const twice = history('github/2020-05-28.graphql');
  const faulty = { name: 'faulty.graphql', text: twice.text.replace('\ntype App implements Node {\n', '\ntype App implements Node {\n  id: ID!\n  name: String!\n') };
  const line = faulty.text.slice(0, faulty.text.indexOf('\ntype App implements Node {\n')).split('\n').length + 1;
  const { changes, problems } = diffSchemas(twice, faulty);
  expect(changes).toEqual([]);
  expect(problems.map(problem => problem.replace(/:\d+:\d+/, ''))).toEqual([
    'faulty.graphql: Field "App.id" can only be defined once.',
    'faulty.graphql: Field "App.name" can only be defined once.',
  ]);
  for (const problem of problems) expect(Number(/:(\d+):/.exec(problem)![1])).toBeGreaterThan(line + 2);
});
