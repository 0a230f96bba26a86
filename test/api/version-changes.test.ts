/** Every named change, from the outside: the same rows through the older form and through the newer. */
import { randomUUID } from 'node:crypto';
import { parse, print, validate } from 'graphql';
import { buildVersionsOf } from '../../src/app.ts';
import { rooms } from '../../src/rooms.ts';
import { CHANGES, RELEASES, UNSTABLE, changesBetween, deprecationsOf, policyFaults, rewriteOperation, type VersionSchema } from '../../src/versions/index.ts';
import { startTestApp, type TestApp } from '../harness/app.ts';
import type { GraphQLAnswer, SeededPartner } from '../harness/seed.ts';
import { asAdmin } from './credential-door.ts';

/** A day on which all versions live but the retired ones of later years. */
const TODAY = Date.parse('2026-11-23T12:00:00Z');
const VERSIONS = [...RELEASES, UNSTABLE];

let gateway: TestApp;
let partner: SeededPartner;
let versions: ReadonlyMap<string, VersionSchema>;

beforeAll(async () => {
  versions = await buildVersionsOf(rooms);
  gateway = await startTestApp();
  gateway.clock.advance(TODAY - gateway.clock.now());
  partner = await (await gateway.seed.world())('ParcelPilot');
  await asAdmin(gateway, async client => {
    // Rows that the changes are about, whatever the world made of them.
    await client.query(
      `with chosen as (
         select id, row_number() over (order by period desc, id) as place from portico.milestone_progress where partner_id = $1 order by place limit 5
       )
       update portico.milestone_progress p set state = (array['LOCKED', 'DISPUTED', 'DISPUTED', 'PROVISIONAL', 'OPEN'])[place] from chosen c where c.id = p.id`,
      [partner.partnerId],
    );
  });
  await partner.query('{ requests(first: 1) { nodes { id } } }');
});
afterAll(() => gateway.close());
beforeEach(async () => {
  // The budget is full again; a token does not last through them all.
  gateway.clock.advance(30_000);
  await partner.token({ fresh: true });
});

interface Form {
  readonly query: string;
  readonly variables?: () => Record<string, unknown>;
  /** What both forms must say alike. */
  readonly pick: (data: any) => unknown;
}

interface Pair {
  readonly older: Form;
  readonly newer: Form;
  /** Whether the older form does not validate any more; else it validates and may say something else. */
  readonly gone: boolean;
  /** Whether older versions have the newer form as well. */
  readonly newerEverywhere: boolean;
  /** What the older operation says once it is rewritten, where it is not read as before. */
  readonly rewritten?: (data: any) => unknown;
}

const inIntegration = (fields: string): Omit<Form, 'pick'> => ({ query: `query ($id: ID!) { integration(id: $id) { ${fields} } }`, variables: () => ({ id: partner.clientId }) });
const rewards = (data: any): any[] => data.program.rewards;
const progressRows = (data: any): any[] => data.milestoneProgress.nodes;
const withoutDispute = (data: any): unknown => progressRows(data).map(({ id, state }) => [id, state === 'DISPUTED' ? 'PROVISIONAL' : state]);
const states = (data: any): string[] => data.integration.progress.nodes.map((node: { id: string; state: string }) => `${node.id} ${node.state}`);

const PAIRS: Readonly<Record<string, Pair>> = {
  'Milestone.benefit': {
    older: { query: '{ milestones(first: 50) { nodes { text: benefit } } }', pick: data => data.milestones.nodes },
    newer: { query: '{ milestones(first: 50) { nodes { text: userOutcome } } }', pick: data => data.milestones.nodes },
    gone: true,
    newerEverywhere: true,
  },
  'Reward.amount': {
    older: { query: '{ program { rewards { id amount } } }', pick: data => rewards(data).map(({ id, amount }) => [id, amount]) },
    newer: { query: '{ program { rewards { id amount { minorUnits } } } }', pick: data => rewards(data).map(({ id, amount }) => [id, amount?.minorUnits ?? null]) },
    gone: true,
    newerEverywhere: false,
    rewritten: data => rewards(data).map(({ id, amount }) => [id, amount?.minorUnits ?? null]),
  },
  'Reward.currency': {
    older: { query: '{ program { rewards { id currency } } }', pick: data => rewards(data).map(({ id, currency }) => [id, currency]) },
    newer: { query: '{ program { rewards { id amount { currency } } } }', pick: data => rewards(data).map(({ id, amount }) => [id, amount?.currency ?? null]) },
    gone: true,
    newerEverywhere: false,
    rewritten: data => rewards(data).map(({ id, currency }) => [id, currency?.currency ?? null]),
  },
  'Integration.progress(status:)': {
    older: { ...inIntegration('progress(first: 50, status: [OPEN, CONFIRMED]) { nodes { id state } }'), pick: states },
    newer: { ...inIntegration('progress(first: 50, state: [OPEN, CONFIRMED]) { nodes { id state } }'), pick: states },
    gone: true,
    newerEverywhere: true,
  },
  'Milestone.progress(status:)': {
    older: { query: '{ milestones(first: 5) { nodes { progress(first: 20, status: CONFIRMED) { nodes { id } } } } }', pick: data => data.milestones },
    newer: { query: '{ milestones(first: 5) { nodes { progress(first: 20, state: CONFIRMED) { nodes { id } } } } }', pick: data => data.milestones },
    gone: true,
    newerEverywhere: true,
  },
  'IntegrationSort.NEWEST': {
    older: { query: '{ integrations(sort: NEWEST) { nodes { id } } }', pick: data => data.integrations.nodes },
    newer: { query: '{ integrations(sort: CREATED_AT_DESC) { nodes { id } } }', pick: data => data.integrations.nodes },
    gone: true,
    newerEverywhere: true,
  },
  Request: {
    older: { query: '{ requests(last: 1) { nodes { ... on Request { id apiVersion } } } }', pick: data => data.requests.nodes },
    newer: { query: '{ requests(last: 1) { nodes { ... on LoggedRequest { id apiVersion } } } }', pick: data => data.requests.nodes },
    gone: true,
    newerEverywhere: false,
  },
  'Criterion.weight': {
    older: { query: '{ milestones(first: 1) { nodes { criteria { weight } } } }', pick: data => data.milestones.nodes[0].criteria[0].weight },
    // Nothing took its place: what it always said is in the changelog.
    newer: { query: '{ __typename }', pick: () => 1 },
    gone: true,
    newerEverywhere: true,
    rewritten: data => (data.milestones.nodes[0].criteria[0].__typename === 'Criterion' ? 1 : null),
  },
  'MilestoneProgressState.DISPUTED': {
    older: { query: '{ milestoneProgress(first: 100) { nodes { id state } } }', pick: data => progressRows(data).map(({ id, state }) => [id, state]) },
    newer: { query: '{ milestoneProgress(first: 100) { nodes { id state } } }', pick: withoutDispute },
    gone: false,
    newerEverywhere: true,
    rewritten: withoutDispute,
  },
  'MilestoneProgress.percentComplete': {
    older: {
      query: '{ milestoneProgress(first: 100) { nodes { id percentComplete } } }',
      pick: data => progressRows(data).map(({ id, percentComplete }) => [id, percentComplete]),
    },
    newer: {
      query: '{ milestoneProgress(first: 100) { nodes { id state percentComplete } } }',
      pick: data => progressRows(data).map(({ id, state, percentComplete }) => [id, state === 'LOCKED' ? (percentComplete ?? 0) : percentComplete]),
    },
    gone: false,
    newerEverywhere: true,
    rewritten: data => progressRows(data).map(({ id, percentComplete }) => [id, percentComplete ?? 0]),
  },
  'Integration.credentials': {
    older: { ...inIntegration('credentials { id status }'), pick: data => data.integration.credentials },
    newer: { ...inIntegration('credentials(first: 20) { nodes { id status } }'), pick: data => data.integration.credentials.nodes },
    gone: true,
    newerEverywhere: false,
    rewritten: data => data.integration.credentials.nodes,
  },
  'RotateCredentialInput.overlapSeconds': {
    older: {
      query: 'mutation ($key: String!) { rotateCredential(input: { credentialId: "crd_missing", overlapSeconds: 5, idempotencyKey: $key }) { userErrors { code path } } }',
      variables: () => ({ key: randomUUID() }),
      pick: data => data.rotateCredential,
    },
    newer: {
      query: 'mutation ($key: String!) { rotateCredential(input: { credentialId: "crd_missing", overlap: "PT5S", idempotencyKey: $key }) { userErrors { code path } } }',
      variables: () => ({ key: randomUUID() }),
      pick: data => data.rotateCredential,
    },
    gone: true,
    newerEverywhere: true,
  },
};

const CHANGE_OF = new Map(CHANGES.flatMap(({ version, changes }) => changes.map(({ coordinate }) => [coordinate, version] as const)));

const asked = (form: Form, version: string, query = form.query): Promise<GraphQLAnswer> => partner.query(query, form.variables?.(), { version });

async function picked(form: Form, version: string): Promise<unknown> {
  const answer = await asked(form, version);
  expect(answer.errors).toBeUndefined();
  return form.pick(answer.data);
}

const isInvalid = ({ status, errors = [] }: GraphQLAnswer): boolean =>
  status === 400 && errors.length > 0 && errors.every(({ extensions }) => extensions['code'] === 'GRAPHQL_VALIDATION_FAILED');

test('every change has its two forms here', () => {
  expect(Object.keys(PAIRS).toSorted()).toEqual([...CHANGE_OF.keys()].toSorted());
});

describe.each(Object.entries(PAIRS))('%s', (coordinate, { older, newer, gone, newerEverywhere, rewritten }) => {
  const since = VERSIONS.indexOf(CHANGE_OF.get(coordinate)!);
  const [before, after] = [VERSIONS.slice(0, since), VERSIONS.slice(since)];

  test('says the same through both forms, in every version that has them', async () => {
    const expected = await picked(newer, after[0]!);
    expect(JSON.stringify(expected)).toMatch(/\w/);
    for (const version of after) expect(await picked(newer, version)).toEqual(expected);
    for (const version of before) expect(await picked(older, version)).toEqual(expected);
    for (const version of newerEverywhere ? before : []) expect(await picked(newer, version)).toEqual(expected);
  });

  test('says the same beside introspection, where no statement answers the whole', async () => {
    const beside = (query: string): string => query.replace(/\}$/, ' __schema { queryType { name } } }');
    const reads = !older.query.startsWith('mutation');
    const answer = await asked(older, before[0]!, reads ? beside(older.query) : older.query);
    expect(answer.errors).toBeUndefined();
    expect(older.pick(answer.data)).toEqual(await picked(older, before[0]!));
  });

  test('is rewritten into an operation that says the same', async () => {
    const { document, uses } = rewriteOperation(parse(older.query), { from: before.at(-1)!, to: after[0]! }, versions, CHANGES);
    expect(new Set(uses.map(({ change }) => change.coordinate))).toEqual(new Set([coordinate]));
    expect(validate(versions.get(after[0]!)!.schema, document)).toEqual([]);
    const answer = await asked(older, after[0]!, print(document));
    expect(answer.errors).toBeUndefined();
    const said = (rewritten ?? older.pick)(answer.data);
    const due = await picked(older, before[0]!);
    expect(said).toEqual(due);
  });

  test('can be asked where it is, and nowhere else', async () => {
    for (const version of before) expect(isInvalid(await asked(older, version))).toBe(false);
    for (const version of after) expect(isInvalid(await asked(older, version))).toBe(gone);
    for (const version of before) expect(isInvalid(await asked(newer, version))).toBe(!newerEverywhere);
  });
});

test('an operation full of older forms is taken through all versions at once', async () => {
  const older = `query Old($id: ID!, $states: [MilestoneProgressState!], $sort: IntegrationSort) {
    integrations(sort: NEWEST) { nodes { id } }
    sorted: integrations(sort: $sort) { nodes { id } }
    integration(id: $id) { all: credentials { id ...Secret } progress(status: $states, first: 3) { nodes { percentComplete milestone { benefit criteria { weight } } } } }
    program { rewards { price: amount currency } }
    requests(first: 1) { nodes { ...Asked } }
  }
  fragment Secret on Credential { secretPrefix }
  fragment Asked on Request { id }`;
  const variables = { id: partner.clientId, states: ['CONFIRMED'], sort: 'NAME_ASC' };
  expect((await partner.query(older, variables, { version: '2026-01' })).errors).toBeUndefined();
  const { document, uses } = rewriteOperation(parse(older), { from: '2026-01', to: UNSTABLE }, versions, CHANGES);
  expect(validate(versions.get(UNSTABLE)!.schema, document)).toEqual([]);
  const answer = await partner.query(print(document), variables, { version: UNSTABLE });
  expect(answer.errors).toBeUndefined();
  expect(answer.data.integration.progress.nodes[0].milestone.benefit).toEqual(expect.any(String));
  expect(Object.keys(answer.data.program.rewards[0])).toEqual(['price', 'currency']);
  const how = uses.map(({ change, rewriting }) => `${change.coordinate} ${rewriting}`);
  // What a variable holds is not in the document.
  expect(how).toEqual(
    expect.arrayContaining(['IntegrationSort.NEWEST REWRITTEN', 'IntegrationSort.NEWEST BY_HAND', 'Criterion.weight TAKEN_OUT', 'MilestoneProgress.percentComplete AS_BEFORE']),
  );
});

test('the world has the rows that the changes are about', async () => {
  const { data } = await partner.query('{ milestoneProgress(first: 100) { nodes { state } } program { rewards { kind } } }', {}, { version: '2027-01' });
  expect(progressRows(data).map(({ state }) => state)).toEqual(expect.arrayContaining(['LOCKED', 'DISPUTED', 'PROVISIONAL', 'OPEN', 'CONFIRMED']));
  expect(rewards(data).map(({ kind }) => kind)).toEqual(expect.arrayContaining(['FINANCIAL', 'CAPABILITY']));
});

test('__typename and node ids speak the version asked', async () => {
  const { requests } = (await partner.query('{ requests(first: 1) { nodes { id } } }')).data;
  const { id } = requests.nodes[0];
  const query = 'query ($id: ID!) { node(id: $id) { __typename id } __type(name: "LoggedRequest") { name } }';
  expect((await partner.query(query, { id }, { version: '2026-07' })).data).toEqual({ node: { __typename: 'Request', id }, __type: null });
  expect((await partner.query(query, { id }, { version: '2026-10' })).data).toEqual({ node: { __typename: 'LoggedRequest', id }, __type: { name: 'LoggedRequest' } });
});

test('what stands for a later value is found by it, and by nothing else, however filters are composed', async () => {
  const idsBy = async (filter: string, version: string): Promise<string[]> =>
    progressRows((await partner.query(`{ milestoneProgress(first: 100, filter: ${filter}) { nodes { id } } }`, {}, { version })).data).map(({ id }) => id);
  expect(await idsBy('{ state: PROVISIONAL }', '2026-01')).toEqual(await idsBy('{ state: [PROVISIONAL, DISPUTED] }', '2026-10'));
  expect(await idsBy('{ not: { state: [PROVISIONAL] } }', '2026-01')).toEqual(await idsBy('{ not: { state: [PROVISIONAL, DISPUTED] } }', '2026-10'));
  expect(await idsBy('{ or: [{ state: [PROVISIONAL] }, { state: OPEN }] }', '2026-01')).toEqual(await idsBy('{ state: [OPEN, PROVISIONAL, DISPUTED] }', '2026-10'));
});

test('a later value is no input of an older version', async () => {
  const query = '{ milestoneProgress(first: 1, filter: { state: [DISPUTED] }) { nodes { id } } }';
  expect(isInvalid(await partner.query(query, {}, { version: '2026-07' }))).toBe(true);
  expect(isInvalid(await partner.query(query, {}, { version: '2026-10' }))).toBe(false);
});

test('a cursor of an older version goes on in a newer one', async () => {
  const cursorOf = (data: any): string => data.integrations.pageInfo.endCursor;
  const page = (sort: string): string => `query ($after: String) { integrations(first: 1, after: $after, sort: ${sort}) { nodes { id } pageInfo { endCursor } } }`;
  const first = await partner.query(page('NEWEST'), {}, { version: '2026-01' });
  const inOlder = await partner.query(page('NEWEST'), { after: cursorOf(first.data) }, { version: '2026-01' });
  const inNewer = await partner.query(page('CREATED_AT_DESC'), { after: cursorOf(first.data) }, { version: '2027-01' });
  expect(inNewer.errors).toBeUndefined();
  expect(inNewer.data.integrations.nodes).toHaveLength(1);
  expect(inNewer.data).toEqual(inOlder.data);
});

test('an argument under both its names is refused by them', async () => {
  const answer = await partner.query(
    'query ($id: ID!) { integration(id: $id) { progress(status: [OPEN], state: [OPEN]) { nodes { id } } } }',
    { id: partner.clientId },
    { version: '2026-01' },
  );
  expect(answer.errors).toMatchObject([{ message: expect.stringMatching(/`status` and `state` of `progress`/), extensions: { code: 'BAD_USER_INPUT' } }]);
});

describe('a mutation in its older form', () => {
  const HOUR = 3600;
  const PAYLOAD = '{ clientSecret secretShown credential { id } replacedCredential { id expiresAt } userErrors { code message path } }';
  const ROTATE = `mutation ($input: RotateCredentialInput!) { rotateCredential(input: $input) ${PAYLOAD} }`;

  /** The id of the caller's one credential. */
  const ownCredential = async (caller: SeededPartner): Promise<string> => {
    const { data } = await caller.query('query ($id: ID!) { integration(id: $id) { credentials { id } } }', { id: caller.clientId }, { version: '2026-10' });
    return data.integration.credentials[0].id;
  };
  const rotate = async (caller: SeededPartner, version: string, input: Record<string, unknown>): Promise<any> => {
    const { data, errors } = await caller.query(ROTATE, { input }, { version });
    expect(errors).toBeUndefined();
    return data.rotateCredential;
  };

  test.each([
    ['2026-01', { overlapSeconds: HOUR }, HOUR],
    ['2026-10', { overlapSeconds: HOUR }, HOUR],
    ['2026-10', { overlap: 'PT1H' }, HOUR],
    ['2026-10', { overlap: 'PT1H', overlapSeconds: 5 }, HOUR],
    ['2026-10', { overlap: null }, 24 * HOUR],
    ['2026-10', {}, 24 * HOUR],
    ['2027-01', { overlap: 'PT60M' }, HOUR],
    ['2027-01', {}, 24 * HOUR],
  ])('on %s: %j lets the replaced credential go on for %i seconds', async (version, overlap, seconds) => {
    const caller = await gateway.seed.partner();
    const credentialId = await ownCredential(caller);
    const payload = await rotate(caller, version, { credentialId, idempotencyKey: randomUUID(), ...overlap });
    expect(payload.userErrors).toEqual([]);
    expect(Date.parse(payload.replacedCredential.expiresAt)).toBe(gateway.clock.now() + seconds * 1000);
  });

  test('is refused with the path that the caller wrote', async () => {
    const caller = await gateway.seed.partner();
    const credentialId = await ownCredential(caller);
    const refusedOn = async (version: string, overlap: Record<string, unknown>): Promise<unknown> =>
      (await rotate(caller, version, { credentialId, idempotencyKey: randomUUID(), ...overlap })).userErrors;
    const invalid = (path: string): unknown => [{ code: 'INVALID', message: expect.stringContaining('2592000'), path: [path] }];
    expect(await refusedOn('2026-01', { overlapSeconds: -1 })).toEqual(invalid('overlapSeconds'));
    expect(await refusedOn('2026-01', { overlap: 'P31D' })).toEqual(invalid('overlap'));
    expect(await refusedOn('2027-01', { overlap: 'P31D' })).toEqual(invalid('overlap'));
  });

  test('under the same idempotency key is the same request as its newer form', async () => {
    const caller = await gateway.seed.partner();
    const input = { credentialId: await ownCredential(caller), idempotencyKey: randomUUID() };
    const first = await rotate(caller, '2026-01', { ...input, overlapSeconds: HOUR });
    const again = await rotate(caller, '2027-01', { ...input, overlap: 'PT1H' });
    expect(first.userErrors).toEqual([]);
    expect(again).toEqual({ ...first, clientSecret: null, secretShown: false });
    const other = await caller.query(ROTATE, { input: { ...input, overlap: 'PT2H' } }, { version: '2027-01' });
    expect(other.errors).toMatchObject([{ extensions: { code: 'IDEMPOTENCY_CONFLICT' } }]);
  });
});

test('nothing leaves before 2026-07, nor sooner than six months and two versions after it was deprecated', () => {
  expect(policyFaults(RELEASES, CHANGES)).toEqual([]);
  expect(deprecationsOf(CHANGES).filter(({ removedIn }) => removedIn < '2026-07')).toEqual([]);
  expect(changesBetween('2026-01', '2026-04', RELEASES, CHANGES)).toEqual([]);
  expect(changesBetween('2026-01', UNSTABLE, RELEASES, CHANGES).length).toBeGreaterThanOrEqual(8);
});
