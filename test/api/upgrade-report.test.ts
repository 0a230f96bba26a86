/** What another version means for what an integration registered and sent, and that the rewritten operations say the same. */
import { createHash } from 'node:crypto';
import { parse, validate } from 'graphql';
import { buildVersionsOf } from '../../src/app.ts';
import { createIntegration } from '../../src/partners/index.ts';
import { inTransaction } from '../../src/platform/postgres/database.ts';
import { rooms } from '../../src/rooms.ts';
import { upgradesOf } from '../../src/upgrades/upgrades.ts';
import { CHANGES, RELEASES, UpgradePath, type VersionSchema } from '../../src/versions/index.ts';
import { startTestApp, type TestApp } from '../harness/app.ts';
import type { GraphQLAnswer, SeededPartner } from '../harness/seed.ts';
import { asAdmin } from './credential-door.ts';

let gateway: TestApp;
let partner: SeededPartner;
let neighbour: SeededPartner;
let versions: ReadonlyMap<string, VersionSchema>;

beforeAll(async () => {
  versions = await buildVersionsOf(rooms);
  gateway = await startTestApp();
  gateway.clock.moveTo('2026-11-23T12:00:00Z');
  partner = await (await gateway.seed.world())('ParcelPilot');
  neighbour = await gateway.seed.partner();
});
afterAll(() => gateway.close());

const idOf = (text: string): string => `sha256:${createHash('sha256').update(text).digest('hex')}`;

const REPORT = `query Report($from: String, $to: String!, $integrationId: ID, $verdicts: [UpgradeVerdict!], $first: Int, $after: String) {
  upgradeReport(from: $from, to: $to, integrationId: $integrationId, verdicts: $verdicts, first: $first, after: $after) {
    from to summary { broken warned unaffected rewritten } pageInfo { hasNextPage endCursor }
    operations {
      documentId operationName origin lastSentAt from verdict coordinates document rewritten costBefore costAfter
      findings { effect coordinate message todo paths rewriting deprecatedOn changedIn sunsetOn replacement }
    }
  }
}`;

interface Operation {
  readonly documentId: string;
  readonly operationName: string | null;
  readonly origin: string;
  readonly from: string;
  readonly verdict: string;
  readonly coordinates: readonly string[];
  readonly findings: readonly Record<string, unknown>[];
  readonly document: string;
  readonly rewritten: string | null;
  readonly costBefore: number | null;
  readonly costAfter: number | null;
}

interface Report {
  readonly summary: { broken: number; warned: number; unaffected: number; rewritten: number };
  readonly operations: readonly Operation[];
  readonly pageInfo: { hasNextPage: boolean; endCursor: string | null };
}

const asked = (variables: Record<string, unknown>, by = partner): Promise<GraphQLAnswer> => by.query(REPORT, variables, { version: '2026-10' });

async function report(variables: Record<string, unknown>, by = partner): Promise<Report> {
  const { data, errors } = await asked(variables, by);
  expect(errors).toBeUndefined();
  return (data as { upgradeReport: Report }).upgradeReport;
}

async function register(by: SeededPartner, version: string, texts: readonly string[], integrationId?: string): Promise<void> {
  const { data, errors } = await by.query(
    'mutation ($input: RegisterOperationsInput!) { registerOperations(input: $input) { userErrors { message } } }',
    { input: { operations: texts.map(document => ({ document })), ...(integrationId ? { integrationId } : {}) } },
    { version },
  );
  expect([errors, (data as { registerOperations: unknown }).registerOperations]).toEqual([undefined, { userErrors: [] }]);
}

/** Operations of 2026-01, each with a form that says the same in 2027-01. */
const OPERATIONS: Readonly<Record<string, string>> = {
  Shelf: 'query Shelf { milestones(first: 20) { nodes { id text: benefit criteria { id weight } } } }',
  Newest: 'query Newest { integrations(sort: NEWEST) { nodes { id } } }',
  Standing: 'query Standing($id: ID!, $states: [MilestoneProgressState!]) { integration(id: $id) { progress(first: 20, status: $states) { nodes { id } } } }',
  Log: 'query Log { requests(first: 1) { nodes { ... on Request { apiVersion } } } }',
  Rewards: 'query Rewards { program { rewards { id ...Price } } } fragment Price on Reward { amount currency }',
  Fine: 'query Fine { viewer { partner { name } } }',
};

interface Shelf {
  readonly milestones: { readonly nodes: readonly { readonly id: string; readonly text: string; readonly criteria: readonly { readonly id: string }[] }[] };
}
interface Rewards {
  readonly program: {
    readonly rewards: readonly { readonly id: string; readonly amount: { readonly minorUnits: number } | null; readonly currency: { readonly currency: string } | null }[];
  };
}
interface Log {
  readonly requests: { readonly nodes: readonly object[] };
}

const same = (data: unknown): unknown => data;
/** The newest request is another one each time, so that its fields are compared. */
const fieldsOfLog = (data: unknown): unknown => (data as Log).requests.nodes.map(node => Object.keys(node));

/** What the older answer and the rewritten one say, in the words of the older. */
const SAID: readonly (readonly [name: string, older: (data: unknown) => unknown, rewritten: (data: unknown) => unknown])[] = [
  ['Shelf', same, data => ({ milestones: { nodes: (data as Shelf).milestones.nodes.map(node => ({ ...node, criteria: node.criteria.map(({ id }) => ({ id, weight: 1 })) })) } })],
  ['Newest', same, same],
  ['Standing', same, same],
  ['Log', fieldsOfLog, fieldsOfLog],
  [
    'Rewards',
    same,
    data => ({
      program: {
        rewards: (data as Rewards).program.rewards.map(({ id, amount, currency }) => ({ id, amount: amount?.minorUnits ?? null, currency: currency?.currency ?? null })),
      },
    }),
  ],
];

describe('of registered operations', () => {
  /** Sends nothing itself, so that only what is registered is known of it. */
  let integrationId: string;

  beforeAll(async () => {
    const created = await inTransaction(gateway.app.database, { environmentId: partner.environmentId, partnerId: partner.partnerId }, tx =>
      createIntegration(tx, { partnerId: partner.partnerId, name: 'ParcelPilot Quiet', category: 'SHIPPING' }, gateway.clock),
    );
    if (!created.ok) throw new Error(created.refusal.message);
    integrationId = created.value.clientId;
    await register(partner, '2026-01', Object.values(OPERATIONS), integrationId);
  });

  test('each has its verdict, what touches it with dates and advice, and what it costs', async () => {
    const { summary, operations } = await report({ to: '2027-01', integrationId });
    expect(summary).toEqual({ broken: 5, warned: 0, unaffected: 1, rewritten: 5 });
    expect(operations.map(({ verdict }) => verdict)).toEqual(['BROKEN', 'BROKEN', 'BROKEN', 'BROKEN', 'BROKEN', 'UNAFFECTED']);
    expect(operations.find(({ operationName }) => operationName === 'Shelf')).toMatchObject({
      documentId: idOf(OPERATIONS['Shelf']!),
      origin: 'REGISTERED',
      from: '2026-01',
      coordinates: ['Milestone.benefit', 'Criterion.weight'],
      costBefore: expect.any(Number),
      costAfter: expect.any(Number),
      findings: [
        {
          effect: 'BREAKS',
          coordinate: 'Milestone.benefit',
          rewriting: 'REWRITTEN',
          paths: ['milestones.nodes.text'],
          deprecatedOn: '2026-01-01',
          changedIn: '2026-07',
          sunsetOn: '2027-04-01',
          replacement: 'Milestone.userOutcome',
          todo: expect.stringContaining('Read userOutcome'),
        },
        { coordinate: 'Criterion.weight', rewriting: 'TAKEN_OUT', changedIn: '2026-10' },
      ],
    });
    expect(operations.at(-1)).toMatchObject({ operationName: 'Fine', verdict: 'UNAFFECTED', coordinates: [], findings: [], rewritten: null });
  });

  test.each(SAID)('%s says the same in the newer version once it is rewritten', async (name, ofOlder, ofRewritten) => {
    const { operations } = await report({ from: '2026-01', to: '2027-01', integrationId });
    const { rewritten } = operations.find(({ operationName }) => operationName === name)!;
    expect(validate(versions.get('2027-01')!.schema, parse(rewritten!))).toEqual([]);
    const variables = name === 'Standing' ? { id: partner.clientId, states: ['OPEN', 'CONFIRMED'] } : {};
    const older = await partner.query(OPERATIONS[name]!, variables, { version: '2026-01' });
    const newer = await partner.query(rewritten!, variables, { version: '2027-01' });
    expect([older.errors, newer.errors]).toEqual([undefined, undefined]);
    expect(ofRewritten(newer.data)).toEqual(ofOlder(older.data));
  });

  test('nothing is touched on the way to a version that each is written for already', async () => {
    expect((await report({ to: '2026-01', integrationId })).summary).toEqual({ broken: 0, warned: 0, unaffected: 6, rewritten: 0 });
  });

  test('pages and verdicts narrow what is told, not what is counted', async () => {
    const page = await report({ to: '2027-01', integrationId, verdicts: ['BROKEN'], first: 3 });
    expect([page.operations.length, page.pageInfo.hasNextPage, page.summary.unaffected]).toEqual([3, true, 1]);
    const rest = await report({ to: '2027-01', integrationId, verdicts: ['BROKEN'], first: 3, after: page.pageInfo.endCursor });
    expect([rest.operations.length, rest.pageInfo.hasNextPage]).toEqual([2, false]);
    expect(new Set([...page.operations, ...rest.operations].map(({ documentId }) => documentId)).size).toBe(5);
  });

  test('they are told to their own partner alone', async () => {
    for (const foreign of [integrationId, partner.clientId, 'int_nobody']) {
      const { summary, operations } = await report({ to: '2027-01', integrationId: foreign }, neighbour);
      expect([summary, operations]).toEqual([{ broken: 0, warned: 0, unaffected: 0, rewritten: 0 }, []]);
    }
  });

  test('the staff sees whose operations would break, by the same judgement', async () => {
    const auditor = await gateway.seed.staff('AUDITOR');
    const IMPACT = `query ($to: String!, $id: ID) { upgradeImpact(to: $to, integrationId: $id) {
      isComplete integrations { integrationName partnerName broken warned unaffected rewritten operations { operationName coordinates rewritten } }
    } }`;
    const due = (await report({ to: '2027-01', integrationId })).operations.filter(({ verdict }) => verdict === 'BROKEN');
    const { data, errors } = await auditor.query(IMPACT, { to: '2027-01', id: integrationId });
    expect([errors, data]).toEqual([
      undefined,
      {
        upgradeImpact: {
          isComplete: true,
          integrations: [
            {
              integrationName: 'ParcelPilot Quiet',
              partnerName: 'ParcelPilot',
              broken: 5,
              warned: 0,
              unaffected: 1,
              rewritten: 5,
              operations: due.map(({ operationName, coordinates, rewritten }) => ({ operationName, coordinates, rewritten })),
            },
          ],
        },
      },
    ]);
    const all = await auditor.query(IMPACT, { to: '2027-01' });
    expect(all.data.upgradeImpact.integrations[0]).toEqual(data.upgradeImpact.integrations[0]);
    expect((await auditor.query(IMPACT, { to: '2031-01' })).errors).toMatchObject([{ extensions: { code: 'BAD_USER_INPUT' } }]);
  });

  test('a report beside other fields answers them all, and costs by what it reckoned with', async () => {
    const answer = await partner.query(
      `{ viewer { partner { name } } upgradeReport(to: "2027-01", integrationId: "${integrationId}") { summary { broken } } }`,
      {},
      { version: '2026-10' },
    );
    expect(answer.data).toEqual({ viewer: { partner: { name: 'ParcelPilot' } }, upgradeReport: { summary: { broken: 5 } } });
    expect(answer.extensions?.['cost'].requestedQueryCost).toBeGreaterThanOrEqual(200);
    expect(answer.extensions?.['cost'].actualQueryCost).toBeGreaterThanOrEqual(6);
  });
});

test('five hundred operations take less than 2.5 s of CPU, and every rewritten one is valid', async () => {
  const path = new UpgradePath(versions, CHANGES, RELEASES);
  const texts = Object.values(OPERATIONS);
  const known = Array.from({ length: 500 }, (_, n) => {
    const textHash = createHash('sha256').update(String(n)).digest('hex');
    const document = texts[n % texts.length]!.replace(/^query (\w+)/, `query $1${n}`);
    return { origin: 'REGISTERED' as const, documentHash: textHash, textHash, document, apiVersion: '2026-01', lastSentAt: null };
  });
  const before = process.cpuUsage();
  const judged = await upgradesOf(path).judgeAll(known, { from: null, to: '2027-01' });
  const { user, system } = process.cpuUsage(before);
  expect(judged).toHaveLength(500);
  expect((user + system) / 1000).toBeLessThan(2_500);
  const target = versions.get('2027-01')!.schema;
  expect(judged.flatMap(({ rewritten }) => (rewritten === null ? [] : validate(target, parse(rewritten))))).toEqual([]);
}, 60_000);

test.each([
  [{ to: '2026-02' }, /no API version "2026-02"/],
  [{ from: '2027-01', to: '2026-10' }, /upgrades lead forward/],
  [{ to: '2027-01', first: 0 }, /1 to 250/],
  [{ to: '2027-01', after: 'nonsense' }, /no cursor/],
])('a report with %j cannot be meant', async (variables, message) => {
  const { errors } = await asked(variables);
  expect(errors).toMatchObject([{ message: expect.stringMatching(message), extensions: { code: 'BAD_USER_INPUT' } }]);
});

describe('of operations that were sent', () => {
  const SECRET = 'int_of_ada_lovelace';
  const OBSERVED = `query ($id: ID!) { integration(id: $id) { observedOperations(first: 10) { nodes { documentId operationName document apiVersion isRegistered firstSeenAt lastSeenAt } } } }`;

  interface Observed {
    readonly documentId: string;
    readonly operationName: string | null;
    readonly document: string;
    readonly apiVersion: string;
    readonly isRegistered: boolean;
  }

  /** Waits until an operation of that name was written down, as happens each second. */
  async function observed(name: string): Promise<Observed> {
    for (let tries = 0; tries < 100; tries++) {
      const { data } = await neighbour.query(OBSERVED, { id: neighbour.clientId }, { version: '2026-10' });
      const found = (data as { integration: { observedOperations: { nodes: Observed[] } } }).integration.observedOperations.nodes.find(
        ({ operationName }) => operationName === name,
      );
      if (found) return found;
      await new Promise(resolve => setTimeout(resolve, 100));
    }
    throw new Error(`${name} was not observed.`);
  }

  test('values are not kept, and the report is about the operation all the same', async () => {
    const text = `query Peek { integration(id: "${SECRET}") { progress(first: 7, status: OPEN) { nodes { id } } } }`;
    expect((await neighbour.query(text, {}, { version: '2026-04' })).errors).toBeUndefined();
    const { document, ...seen } = await observed('Peek');
    expect(seen).toMatchObject({ documentId: idOf(text), apiVersion: '2026-04', isRegistered: false });
    expect(document.replaceAll(/\s+/g, ' ')).toBe('query Peek($id: ID!) { integration(id: $id) { progress(first: 7, status: OPEN) { nodes { id } } } }');
    const { rows } = await asAdmin(gateway, client => client.query('select o::text as row from portico.observed_operation o where integration_id = $1', [neighbour.clientId]));
    expect(JSON.stringify(rows)).not.toContain(SECRET);
    const { operations } = await report({ to: '2027-01' }, neighbour);
    expect(operations.find(({ operationName }) => operationName === 'Peek')).toMatchObject({
      origin: 'OBSERVED',
      from: '2026-04',
      verdict: 'BROKEN',
      lastSentAt: expect.any(String),
      rewritten: expect.stringContaining('state: OPEN'),
    });
  });

  test('one that is registered, too, is told once', async () => {
    const text = 'query Twice { milestones(first: 1) { nodes { benefit } } }';
    await register(neighbour, '2026-04', [text]);
    await neighbour.query(text, {}, { version: '2026-04' });
    expect(await observed('Twice')).toMatchObject({ isRegistered: true });
    const { operations } = await report({ to: '2027-01' }, neighbour);
    expect(operations.filter(({ operationName }) => operationName === 'Twice')).toMatchObject([{ origin: 'REGISTERED', lastSentAt: expect.any(String) }]);
  });

  test('what was refused before it ran is not kept', async () => {
    await neighbour.query('query Nothing { nothing }', {}, { version: '2026-04' });
    await neighbour.query('query After { viewer { apiVersion } }', {}, { version: '2026-04' });
    await observed('After');
    const { operations } = await report({ to: '2027-01' }, neighbour);
    expect(operations.map(({ operationName }) => operationName)).not.toContain('Nothing');
  });
});
