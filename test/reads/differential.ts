/**
 * The differential: random operations over hostile worlds, each answered by the gateway over HTTP
 * and by the reference. Data must be the same to the order of keys, errors the same in code and
 * path. What differs is cut down to the smallest operation that still does.
 */
import { getOperationAST, parse, print, visit, type DocumentNode } from 'graphql';
import { rooms } from '../../src/rooms.ts';
import pg from 'pg';
import { startTestApp, type TestApp } from '../harness/app.ts';
import type { GraphQLAnswer } from '../harness/seed.ts';
import { isReferenceCursor, type Cursors } from './cursors.ts';
import type { Dice } from './dice.ts';
import { isAdmissible, operationOf, type Material, type Operation } from './operations.ts';
import { startReference, type Reference, type ReferenceAnswer } from './reference.ts';
import { askingIn, makeWorlds, type Asker, type Worlds } from './worlds.ts';

export interface Outcome {
  operations: number;
  readonly byVersion: Record<string, number>;
  /** Answered with errors, by both alike. */
  refused: number;
  /** Answered with data that holds at least one row's id. */
  fruitful: number;
  /** In characters. */
  largestAnswer: number;
  readonly differences: string[];
}

export interface Bench {
  readonly gateway: TestApp;
  readonly reference: Reference;
  readonly worlds: Worlds;
  /** Each of the worlds' askers in every version that answers it. */
  readonly askers: readonly Asker[];
  close(): Promise<void>;
}

/** A gateway, its worlds, and the reference beside it. */
export async function startBench(dice: Dice): Promise<Bench> {
  const gateway = await startTestApp({ poolSize: 2, maxOperationCost: 1_000_000 });
  const worlds = await makeWorlds(gateway, dice);
  await widenLimits(gateway, worlds);
  const reference = await startReference(rooms, gateway.database.serviceUrl);
  return {
    gateway,
    reference,
    worlds,
    askers: worlds.askers.flatMap(asker => asker.versions.map(version => askingIn(asker, version))),
    async close() {
      await reference.close();
      await gateway.close();
    },
  };
}

/** Hostile worlds name tiers that nobody gave limits. Gateways look each second for new ones. */
async function widenLimits({ database }: TestApp, { askers }: Worlds): Promise<void> {
  const client = new pg.Client({ connectionString: database.adminUrl });
  await client.connect();
  await client.query(
    `insert into portico.limit_policy (subject_kind, subject, environment_kind, capacity, refill_per_second, max_operation_cost, concurrency, starts_at, decided_by, reason)
     select 'PARTNER', id, 'BOTH', 1000000, 1000000, 1000000, 10000, '2026-01-01', 'tests', 'What is tested is not the limits.' from portico.partner`,
  );
  await client.end();
  for (const { partner } of askers) {
    const available = async (): Promise<number> => (await partner.query('{ __typename }')).extensions!['cost'].throttleStatus.maximumAvailable as number;
    while ((await available()) < 1_000_000);
  }
}

const TEXTS = [
  'ONCE',
  '2026-Q1',
  '2026-Q2',
  '2026-Q3',
  '2026-Q4',
  'THROTTLED',
  'BAD_USER_INPUT',
  'plain',
  'null',
  '"quoted" and \\back\\slashed\\',
  '\u2028\u2029',
  '👩‍👩‍👧‍👦 🏳️‍🌈 𝔘𝔫𝔦',
  '',
];

export const materialFor = (bench: Bench, { cursors }: Asker): Material => ({
  ids: bench.worlds.ids,
  texts: TEXTS,
  cursors: coordinate => cursors.of(coordinate).map(cursor => ({ cursor, args: cursors.meaningOf(cursor)!.args })),
});

/** Compares so many operations; stops at the fifth difference. */
export async function compareMany(bench: Bench, operations: number, dice: Dice): Promise<Outcome> {
  const outcome: Outcome = { operations: 0, byVersion: {}, refused: 0, fruitful: 0, largestAnswer: 0, differences: [] };
  while (outcome.operations < operations && outcome.differences.length < 5) {
    outcome.operations += 1;
    const asker = dice.oneOf(bench.askers);
    const operation = operationOf(bench.reference.schemaOf(asker), materialFor(bench, asker), dice);
    const { difference, answer } = await compare(bench, asker, operation);
    outcome.byVersion[asker.version] = (outcome.byVersion[asker.version] ?? 0) + 1;
    if (difference !== null) outcome.differences.push(`${difference}\n${answer.text.slice(0, 2000)}\nor in short: ${await smallest(bench, asker, operation)}`);
    if (answer.errors) outcome.refused += 1;
    if (/"[a-z]{3}_[0-9a-z]{20}/.test(answer.text)) outcome.fruitful += 1;
    outcome.largestAnswer = Math.max(outcome.largestAnswer, answer.text.length);
  }
  return outcome;
}

export async function compare(bench: Bench, asker: Asker, { query, variables }: Operation): Promise<{ difference: string | null; answer: GraphQLAnswer }> {
  const answer = await asker.partner.query(query, { ...variables }, { version: asker.version });
  // What is too dear is not run; that this is so is said elsewhere.
  if (answer.errors?.[0]?.extensions['code'] === 'COST_LIMIT_EXCEEDED') return { difference: null, answer };
  const expected = await bench.reference.answer(asker, query, variables);
  // Input that cannot be meant is refused before its root field is read, whether its own field would have been reached or not.
  const codes = (answer.errors ?? []).map(error => error.extensions['code']);
  if (codes.length > 0 && codes.every(code => code === 'BAD_USER_INPUT') && bench.reference.holdsBadInput(asker, query, variables)) {
    return { difference: differenceInRest(answer.data, expected.data, asker.cursors), answer };
  }
  return { difference: differenceOf(answer, expected, asker.cursors), answer };
}

/** What differs in the root fields that were answered. */
function differenceInRest(found: Readonly<Record<string, unknown>> | null | undefined, due: unknown, cursors: Cursors): string | null {
  for (const [key, value] of Object.entries(found ?? {})) {
    const difference = value === null ? null : differenceIn(value, (due as Record<string, unknown> | null)?.[key], `.${key}`, cursors);
    if (difference !== null) return difference;
  }
  return null;
}

/** What differs between the gateway's answer and the reference's; null where nothing does. */
function differenceOf(answer: GraphQLAnswer, expected: ReferenceAnswer, cursors: Cursors): string | null {
  const errors = (answer.errors ?? []).map(error => ({ code: String(error.extensions['code']), path: error.path ?? [] }));
  const [found, due] = [errorTexts(errors), errorTexts(expected.errors)];
  if (found !== due) return `errors: ${found} instead of ${due}`;
  return differenceIn(answer.data, expected.data, '', cursors);
}

/** Errors have no order of their own (section 7.1.2 of the GraphQL specification). */
const errorTexts = (errors: ReferenceAnswer['errors']): string =>
  errors
    .map(({ code, path }) => `${code} ${path.join('.')}`)
    .toSorted()
    .join(', ') || 'none';

function differenceIn(found: unknown, due: unknown, path: string, cursors: Cursors): string | null {
  if (isReferenceCursor(due)) return cursors.areSame(found, due) ? null : `${path}: another cursor, ${JSON.stringify(found)} for ${due}`;
  if (typeof due !== 'object' || due === null || typeof found !== 'object' || found === null || Array.isArray(found) !== Array.isArray(due)) {
    return Object.is(found, due) ? null : `${path}: ${JSON.stringify(found)} instead of ${JSON.stringify(due)}`;
  }
  const [foundKeys, dueKeys] = [Object.keys(found), Object.keys(due)];
  if (foundKeys.join() !== dueKeys.join()) return `${path}: the keys ${foundKeys.join()} instead of ${dueKeys.join()}`;
  for (const key of dueKeys) {
    const difference = differenceIn((found as Record<string, unknown>)[key], (due as Record<string, unknown>)[key], `${path}.${key}`, cursors);
    if (difference !== null) return difference;
  }
  return null;
}

/** The smallest operation found that still differs, told in full. */
async function smallest(bench: Bench, asker: Asker, operation: Operation): Promise<string> {
  let current = operation;
  for (let smaller: Operation | null = current; smaller;) {
    smaller = null;
    for (const candidate of cuts(current)) {
      if (!isAdmissible(bench.reference.schemaOf(asker), candidate.query) || (await compare(bench, asker, candidate)).difference === null) continue;
      smaller = current = candidate;
      break;
    }
  }
  const { difference, answer } = await compare(bench, asker, current);
  return `${asker.name}: ${difference}\n${current.query}\nvariables: ${JSON.stringify(current.variables)}\nstatus ${answer.status}: ${answer.text.slice(0, 600)}`;
}

const CUTTABLE = new Set(['Field', 'FragmentSpread', 'InlineFragment', 'Directive', 'Argument', 'ObjectField', 'FragmentDefinition', 'VariableDefinition']);

/** The operation with one piece less, each way; what became invalid is dropped by the caller. */
function* cuts({ query, variables }: Operation): Generator<Operation> {
  const document = parse(query);
  let pieces = 0;
  visit(document, { enter: node => void (pieces += CUTTABLE.has(node.kind) ? 1 : 0) });
  for (let cut = 0; cut < pieces; cut += 1) {
    let piece = -1;
    const cutDocument = visit(document, {
      enter(node) {
        if (!CUTTABLE.has(node.kind)) return undefined;
        piece += 1;
        return piece === cut ? null : undefined;
      },
    });
    yield { query: print(withoutUnused(cutDocument)), variables };
  }
}

/** Without the fragments and variables that nothing refers to any more. */
function withoutUnused(document: DocumentNode): DocumentNode {
  const spread = new Set<string>();
  const used = new Set<string>();
  visit(document, {
    FragmentSpread: node => void spread.add(node.name.value),
    VariableDefinition: () => false,
    Variable: node => void used.add(node.name.value),
  });
  const kept = visit(document, {
    FragmentDefinition: node => (spread.has(node.name.value) ? undefined : null),
    VariableDefinition: node => (used.has(node.variable.name.value) ? undefined : null),
  });
  return getOperationAST(kept) && print(kept) !== print(document) ? withoutUnused(kept) : kept;
}
