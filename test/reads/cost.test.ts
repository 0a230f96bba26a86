/** The cost of random operations: reckoned offline from the SDL that the gateway serves, it is what
    the gateway reckons from its own schema; and what comes back is never more than was reckoned. */
import {
  GraphQLError,
  Kind,
  buildSchema,
  getOperationAST,
  getVariableValues,
  parse,
  print,
  validate,
  type DocumentNode,
  type FragmentDefinitionNode,
  type GraphQLSchema,
} from 'graphql';
import { buildVersionsOf } from '../../src/app.ts';
import { costFormula, weightsOf } from '../../src/limits/index.ts';
import { readRow } from '../../src/platform/postgres/read.ts';
import { NotCompilable, Plans, ReadRequest, Reader, answerRow, raw, type Answer } from '../../src/reads/index.ts';
import { rooms } from '../../src/rooms.ts';
import { UNSTABLE, type VersionSchema } from '../../src/versions/index.ts';
import { materialFor, startBench, type Bench } from './differential.ts';
import { Dice } from './dice.ts';
import { operationOf } from './operations.ts';
import type { Asker } from './worlds.ts';

const OPERATIONS = 500;
/** Over HTTP. */
/** Most that one operation may cost in these worlds. */
const MAX_COST = 1_000_000;

const ASKED = 250;
const SEED = 20_261_124;

const dice = new Dice(SEED);
let bench: Bench;
let head: GraphQLSchema;
let reader: Reader;
let versions: ReadonlyMap<string, VersionSchema>;
/** Each version's schema as anybody has it who fetched its SDL. */
let offline: ReadonlyMap<string, GraphQLSchema>;

beforeAll(async () => {
  bench = await startBench(dice);
  versions = await buildVersionsOf(rooms);
  const { schema, mapping } = versions.get(UNSTABLE)!;
  head = schema;
  reader = new Reader({ schema, mapping, databaseSchema: 'portico', gate: raw('select'), plans: new Plans(10_000_000), name: 'cost' });
  const sdlOf = async (version: string): Promise<string> => await (await fetch(`${bench.gateway.url}/schema/${version}.graphql`)).text();
  offline = new Map(await Promise.all([...versions.keys()].map(async (version): Promise<[string, GraphQLSchema]> => [version, buildSchema(await sdlOf(version))])));
});
afterAll(() => bench.close());

test('the SDL says of each type and field what the schema itself does', () => {
  expect(weightsOf(head).lists.size).toBeGreaterThan(10);
  for (const [version, schema] of offline) expect(weightsOf(schema)).toEqual(weightsOf(versions.get(version)!.schema));
});

test('offline cost is the cost, and actual is at most requested', async () => {
  let read = 0;
  let fruitful = 0;
  for (let i = 0; i < OPERATIONS; i += 1) {
    const asker = dice.oneOf(bench.worlds.askers);
    const { query, variables } = operationOf(head, materialFor(bench, asker), dice);
    const document = parse(query);
    const operation = getOperationAST(document)!;
    const { coerced } = getVariableValues(head, operation.variableDefinitions ?? [], variables);
    if (!coerced) continue;
    const formula = costFormula(head, document, operation);
    const requested = formula.cost(coerced);
    // What an older version does not have it cannot reckon, and what it has in another form may cost otherwise.
    for (const [version, schema] of offline) {
      if (validate(schema, document).length > 0) continue;
      const server = costFormula(versions.get(version)!.schema, document, operation).cost(coerced);
      expect({ version, query, cost: costFormula(schema, document, operation).cost(coerced) }).toEqual({ version, query, cost: server });
    }
    const answer = await answerOf(asker, document, coerced);
    if (!answer) continue;
    read += 1;
    if (answer.objectCount > 2) fruitful += 1;
    // Before `actual` cuts off anything: the bounds of the lists hold in these worlds.
    if (answer.objectCount > requested) throw new Error(`${answer.objectCount} objects came back, ${requested} were reckoned:\n${query}\n${JSON.stringify(coerced)}`);
    expect(formula.actual(coerced, answer.objectCount)).toBeLessThanOrEqual(requested);
    expect(answer.objectCount).toBeLessThanOrEqual(objectsIn(JSON.parse(answer.data)));
  }
  expect(read).toBeGreaterThan(OPERATIONS / 2);
  expect(fruitful).toBeGreaterThan(OPERATIONS / 5);
}, 120_000);

test('what the gateway draws in each version that answers is what its SDL says, and what it keeps is at most that', async () => {
  // Some live in a sandbox's time, in which other versions answer.
  const doors = await Promise.all(
    bench.worlds.askers.flatMap(asker =>
      [...offline].map(async ([version, schema]) => ({
        asker,
        version,
        schema,
        answers: (await asker.partner.query('{ viewer { apiVersion } }', {}, { version })).status === 200,
      })),
    ),
  );
  const answering = doors.filter(({ answers }) => answers);
  const differences: unknown[] = [];
  const compared = new Map(answering.map(({ version }) => [version, 0]));
  expect(compared.size).toBeGreaterThan(1);
  let refunded = 0;
  for (let i = 0; i < ASKED; i += 1) {
    const { asker, version, schema } = dice.oneOf(answering);
    const { query, variables } = operationOf(schema, materialFor(bench, asker), dice);
    const document = parse(query);
    const operation = getOperationAST(document)!;
    const { coerced } = getVariableValues(schema, operation.variableDefinitions ?? [], variables);
    if (!coerced) continue;
    const { errors, extensions } = await asker.partner.query(query, { ...variables }, { version });
    const told = extensions?.['cost'] ?? {};
    const requested: unknown = errors?.[0]?.extensions['code'] === 'COST_LIMIT_EXCEEDED' ? errors[0].extensions['requestedQueryCost'] : told.requestedQueryCost;
    const expected = costFormula(schema, document, operation).cost(coerced);
    // A page larger than any can be is refused by its list, for what the largest would have cost.
    if (expected > MAX_COST && errors?.[0]?.extensions['code'] === 'BAD_USER_INPUT') continue;
    if (requested !== expected || told.actualQueryCost > expected) differences.push({ version, query, variables, expected, told, errors });
    if (told.actualQueryCost < expected) refunded += 1;
    compared.set(version, compared.get(version)! + 1);
  }
  expect(differences).toEqual([]);
  expect(Math.min(...compared.values())).toBeGreaterThan(0);
  expect(refunded).toBeGreaterThan(ASKED / 5);
}, 120_000);

/** What the operation reads, or null for what is refused or read by graphql-js. */
async function answerOf(asker: Asker, document: DocumentNode, variables: Readonly<Record<string, unknown>>): Promise<Answer | null> {
  const operation = getOperationAST(document)!;
  const type = head.getQueryType()!;
  const fragments = Object.fromEntries(
    document.definitions.filter(definition => definition.kind === Kind.FRAGMENT_DEFINITION).map((one: FragmentDefinitionNode) => [one.name.value, one]),
  );
  const context = { environmentId: String(asker.given['environment_id']), partnerId: String(asker.given['partner_id']) };
  try {
    return await reader.read(
      { key: print(document), type, fragments, select: specialization => specialization.collect(type, [operation.selectionSet]) },
      new ReadRequest(asker.given, variables),
      async statement => {
        const row = await readRow(bench.gateway.app.database, context, statement);
        return row && answerRow(row);
      },
    );
  } catch (error) {
    if (error instanceof NotCompilable || error instanceof GraphQLError) return null;
    throw error;
  }
}

/** Objects of any kind below the root: as many as could be counted. */
function objectsIn(value: unknown, isRoot = true): number {
  if (typeof value !== 'object' || value === null) return 0;
  const below = Object.values(value).reduce<number>((sum, inner) => sum + objectsIn(inner, false), 0);
  return below + (isRoot || Array.isArray(value) ? 0 : 1);
}
