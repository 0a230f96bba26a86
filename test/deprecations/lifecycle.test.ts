/** The registry drives the API by clocks alone, on every gateway, for documents old and new. */
import { randomUUID } from 'node:crypto';
import { buildSchema, buildClientSchema, getIntrospectionQuery, printSchema, type GraphQLObjectType } from 'graphql';
import { LEAST_REFUSED } from '../../src/deprecations/brownout.rules.ts';
import { MAX_MARKED_SCHEMAS, settleNotices } from '../../src/deprecations/index.ts';
import { inTransaction } from '../../src/platform/postgres/database.ts';
import { CHANGES, deprecationsOf } from '../../src/versions/index.ts';
import { startTestApp, type TestApp } from '../harness/app.ts';
import { ask, type GraphQLAnswer, type SeededPartner, type SeededStaff } from '../harness/seed.ts';
import { act, dayAfter, noticeContent, publish } from '../api/staff-door.ts';

/** A field as introspection tells it. */
interface Marked {
  readonly name: string;
  readonly isDeprecated: boolean;
}

const DAY_MS = 86_400_000;
const HOUR_MS = 3_600_000;
const VERSION = '2026-10';
const USES_IT = '{ milestones(first: 2) { nodes { id say: category } } }';
const OTHER = '{ milestones(first: 2) { nodes { id title } } }';

let first: TestApp;
let second: TestApp;
let partner: SeededPartner;
let steward: SeededStaff;
let approvers: SeededStaff[];
let noticeId: string;
let start: number;

beforeAll(async () => {
  first = await startTestApp();
  second = await startTestApp({ beside: first });
  first.clock.moveTo('2026-11-23T09:30:00Z');
  start = first.clock.now();
  partner = await first.seed.partner();
  steward = await first.seed.staff('API_STEWARD');
  approvers = [await first.seed.staff('API_STEWARD'), await first.seed.staff('API_STEWARD')];
});
afterAll(async () => {
  await second.close();
  await first.close();
});

/** Both gateways have seen what the registry says now. */
const followed = () => Promise.all([first, second].map(gateway => gateway.app.registry.follow()));

/** The same request to both gateways, which answer the same. */
async function askBoth(query: string, { version = VERSION, who = partner, variables }: { version?: string; who?: SeededPartner; variables?: object } = {}): Promise<GraphQLAnswer> {
  const [one, two] = [
    await ask(first.url, { query, variables }, { token: await who.token(), version }),
    await ask(second.url, { query, variables }, { token: await who.token(), version }),
  ];
  expect({ status: two.status, data: two.data, warnings: two.extensions?.warnings, codes: codes(two) }).toEqual({
    status: one.status,
    data: one.data,
    warnings: one.extensions?.warnings,
    codes: codes(one),
  });
  return two;
}

const codes = (answer: GraphQLAnswer) => answer.errors?.map(({ extensions }) => extensions['code']);
const told = ({ headers, extensions }: GraphQLAnswer) => ({ headers: ['deprecation', 'sunset', 'link'].map(name => headers.get(name)), warnings: extensions?.warnings });
const SILENT = { headers: [null, null, null], warnings: undefined };

/** Tokens live for minutes of the clock that the tests move. */
const comeAgain = async () => {
  for (const person of [partner, steward, ...approvers]) await person.token({ fresh: true });
};

const moveTo = async (day: number) => {
  first.clock.moveTo(new Date(start + day * DAY_MS).toISOString());
  await comeAgain();
};
const sdl = async (version = VERSION) => (await fetch(`${second.url}/schema/${version}.graphql`)).text();
const deprecationIn = (text: string) => (buildSchema(text).getType('Milestone') as GraphQLObjectType).getFields()['category']!.deprecationReason;

test('nothing is said of an element without a notice', async () => {
  expect(told(await askBoth(USES_IT))).toEqual(SILENT);
  expect(deprecationIn(await sdl())).toBeUndefined();
});

test('once it is announced, exactly the requests that use it are warned, known documents too', async () => {
  noticeId = await publish(
    steward,
    approvers,
    noticeContent(start, { coordinate: 'Milestone.category', replacement: 'Milestone.title', deprecatedOn: dayAfter(start, 30), removedIn: '2027-10' }),
  );
  await followed();
  const deprecatedAt = Date.parse(dayAfter(start, 30));
  const link = `${first.url}/lifecycle/${noticeId}`;
  expect(told(await askBoth(USES_IT))).toEqual({
    headers: [`@${deprecatedAt / 1000}`, 'Sat, 01 Jul 2028 17:00:00 GMT', `<${link}>; rel="deprecation"; type="text/html"`],
    warnings: [
      {
        type: 'DEPRECATION',
        message: 'Milestone.category will be deprecated on 2026-12-23, and answers until 2028-07-01T17:00:00.000Z. Use Milestone.title instead. Another field says it better.',
        link,
        data: {
          coordinate: 'Milestone.category',
          paths: ['milestones.nodes.say'],
          deprecatedOn: '2026-12-23',
          sunsetOn: '2028-07-01',
          replacement: 'Milestone.title',
          noticeId,
        },
      },
    ],
  });
  expect(told(await askBoth(OTHER))).toEqual(SILENT);
  expect(deprecationIn(await sdl())).toBeUndefined();
});

test('deprecated, it says so in SDL and introspection, and goes on answering', async () => {
  await moveTo(31);
  const answer = await askBoth(USES_IT);
  expect(answer.errors).toBeUndefined();
  expect(answer.extensions!.warnings[0].message).toContain('is deprecated since 2026-12-23');
  expect(deprecationIn(await sdl())).toBe('Use Milestone.title instead. Another field says it better.');
  const { data } = await askBoth(getIntrospectionQuery({ inputValueDeprecation: true }));
  expect(deprecationIn(printSchema(buildClientSchema(data)))).toBe('Use Milestone.title instead. Another field says it better.');
  const mixed = await askBoth(
    '{ __type(name: "Milestone") { fields(includeDeprecated: true) { name isDeprecated } } viewer { apiVersion } milestones(first: 1) { nodes { category } } }',
  );
  expect(mixed.data.__type.fields).toContainEqual({ name: 'category', isDeprecated: true });
  expect(mixed.data.viewer.apiVersion).toBe(VERSION);
});

const schedule = async (fromDay: number, hours: number) => {
  const startsAt = new Date(start + fromDay * DAY_MS);
  const input = { noticeId, startsAt: startsAt.toISOString(), endsAt: new Date(startsAt.getTime() + hours * HOUR_MS).toISOString() };
  const { data } = await act(steward, 'scheduleBrownout', input, 'brownout { id } userErrors { code message }');
  expect(data.scheduleBrownout.userErrors).toEqual([]);
  await followed();
  return data.scheduleBrownout.brownout.id as string;
};

test('in a brownout its requests are refused whole, before they run, and others go on', async () => {
  const neighbour = await first.seed.partner();
  await schedule(50, 2);
  await moveTo(50);
  const refused = await askBoth(USES_IT);
  expect(refused).toMatchObject({ status: 400, data: undefined });
  expect(refused.errors).toMatchObject([{ extensions: { code: 'BROWNOUT', coordinate: 'Milestone.category', replacement: 'Milestone.title', noticeId } }]);
  expect(refused.errors![0]!.message).toContain('is switched off until 2027-01-12T11:30:00.000Z');
  expect(told(refused).headers[0]).toMatch(/^@/);
  expect(told(await askBoth(OTHER))).toEqual(SILENT);
  expect(deprecationIn(await sdl())).toContain('Use Milestone.title');

  const { data } = await partner.query('query ($id: ID!) { node(id: $id) { ... on DeprecationNotice { brownouts { id } } } }', { id: noticeId }, { version: 'unstable' });
  const optOut = await partner.query(
    'mutation ($input: OptOutOfBrownoutInput!) { optOutOfBrownout(input: $input) { userErrors { code message } } }',
    { input: { windowId: data.node.brownouts[0].id, reason: 'We ship on Friday.' } },
    { headers: { 'idempotency-key': randomUUID() }, version: 'unstable' },
  );
  expect(optOut.data?.optOutOfBrownout.userErrors).toEqual([]);
  await followed();
  expect(codes(await askBoth(USES_IT))).toBeUndefined();
  expect(codes(await askBoth(USES_IT, { who: neighbour }))).toEqual(['BROWNOUT']);
  first.clock.advance(2 * HOUR_MS);
  await neighbour.token({ fresh: true });
  await comeAgain();
  expect(codes(await askBoth(USES_IT, { who: neighbour }))).toBeUndefined();
});

test('an aborted brownout is over at once', async () => {
  const windowId = await schedule(70, 3);
  await moveTo(70);
  expect(codes(await askBoth(USES_IT))).toEqual(['BROWNOUT']);
  await act(steward, 'abortBrownout', { windowId }, 'userErrors { code }');
  await followed();
  expect(codes(await askBoth(USES_IT))).toBeUndefined();
});

test('a brownout that refuses too much of the traffic is aborted by itself, on record and told', async () => {
  const windowId = await schedule(90, 3);
  await moveTo(90);
  for (let i = 0; i < LEAST_REFUSED - 2; i++) await askBoth(i % 2 === 0 ? USES_IT : OTHER);
  for (const { app } of [first, second]) await app.brownouts.flush();
  await followed();
  expect(codes(await askBoth(USES_IT))).toEqual(['BROWNOUT']);
  // With this question both gateways together have refused enough, which neither has alone.
  await askBoth(USES_IT);
  // Who is told follows from what was used, which a gateway writes each second.
  for (const { app } of [first, second]) await app.usage.flush();
  for (const { app } of [first, second]) await app.brownouts.flush();
  await followed();
  expect(codes(await askBoth(USES_IT))).toBeUndefined();

  const { data } = await steward.query('query ($id: ID!) { deprecationNotice(id: $id) { brownouts { id abortedAt } history { operation staff { id } reason } } }', {
    id: noticeId,
  });
  const { brownouts, history } = data.deprecationNotice as { brownouts: { id: string; abortedAt: string }[]; history: { operation: string; staff: unknown; reason: string }[] };
  expect(brownouts.find(({ id }) => id === windowId)!.abortedAt).toBe(new Date(first.clock.now()).toISOString());
  expect(history[0]).toMatchObject({ operation: 'abortBrownout', staff: null, reason: expect.stringMatching(/^It refused 2\d of \d+ requests within 5 minutes/) });
  const told = await partner.query('{ notifications(first: 1) { nodes { kind body notice { id } } } }');
  expect(told.data.notifications.nodes).toEqual([{ kind: 'BROWNOUT_ABORTED', body: history[0]!.reason, notice: { id: noticeId } }]);
});

describe('what has gone from a version', () => {
  const gone: readonly [version: string, coordinate: string, query: string, variables?: object][] = [
    ['2026-07', 'Milestone.benefit', '{ milestones(first: 1) { nodes { benefit } } }'],
    ['2026-10', 'Milestone.benefit', '{ milestones(first: 1) { nodes { ...A } } } fragment A on Milestone { benefit }'],
    ['2026-07', 'Reward.amount', '{ milestones(first: 1) { nodes { reward { amount } } } }'],
    ['2026-07', 'Reward.currency', '{ milestones(first: 1) { nodes { reward { currency } } } }'],
    ['2026-07', 'Milestone.progress(status:)', '{ milestones(first: 1) { nodes { progress(first: 1, status: OPEN) { nodes { id } } } } }'],
    ['2026-07', 'IntegrationSort.NEWEST', '{ integrations(first: 1, sort: NEWEST) { nodes { id } } }'],
    ['2026-07', 'IntegrationSort.NEWEST', 'query ($sort: IntegrationSort) { integrations(first: 1, sort: $sort) { nodes { id } } }', { sort: 'NEWEST' }],
    ['2026-10', 'Request', '{ requests(first: 1) { nodes { ... on Request { id } } } }'],
    ['2026-10', 'Criterion.weight', '{ milestones(first: 1) { nodes { criteria { weight } } } }'],
    ['2027-01', 'RotateCredentialInput.overlapSeconds', 'mutation { rotateCredential(input: { credentialId: "c", overlapSeconds: 5 }) { userErrors { code } } }'],
    [
      '2027-01',
      'RotateCredentialInput.overlapSeconds',
      'mutation ($i: RotateCredentialInput!) { rotateCredential(input: $i) { userErrors { code } } }',
      { i: { credentialId: 'c', overlapSeconds: 5 } },
    ],
  ];

  beforeAll(async () => {
    await inTransaction(first.app.database, { environmentId: partner.environmentId, partnerId: '*' }, tx =>
      settleNotices(tx, deprecationsOf(CHANGES), new Date(first.clock.now())),
    );
    await followed();
  });

  test.each(gone)('%s says SUNSET of %s: %s', async (...[version, coordinate, query, variables]) => {
    const answer = await askBoth(query, { version, ...(variables ? { variables } : {}) });
    expect(answer.status).toBe(400);
    const sunset = answer.errors!.find(({ extensions }) => extensions['code'] === 'SUNSET')!;
    expect(sunset.extensions).toMatchObject({ coordinate, removedIn: expect.any(String), guide: expect.any(String), link: expect.stringContaining('/lifecycle/dpn_') });
    expect(sunset.message).toMatch(
      new RegExp(`^${coordinate.replace(/[().]/g, '[$&]')} is not in version ${version}: it was deprecated on 202\\d-\\d\\d-01, and is gone since version 202`),
    );
  });

  test.each(gone)('asked for its cost, %s says SUNSET of %s: %s', async (...[version, coordinate, query, variables]) => {
    const response = await fetch(`${first.url}/graphql/${version}/cost`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', authorization: `Bearer ${await partner.token()}` },
      body: JSON.stringify({ query, variables }),
    });
    const { errors } = (await response.json()) as { errors: { extensions: Record<string, unknown> }[] };
    expect(errors.map(({ extensions }) => extensions).find(({ code }) => code === 'SUNSET')).toMatchObject({ coordinate, guide: expect.any(String) });
  });

  test.each([
    ['2026-07', '{ milestones(first: 1) { nodes { benefits } } }'],
    ['2026-07', '{ milestones(first: 1) { nodes { reward { amount(in: "EUR") { minorUnits } } } } }'],
    ['2026-07', '{ milestones(first: 1) { nodes { progress(first: 1, states: OPEN) { nodes { id } } } } }'],
  ])('%s says that no such thing ever was: %s', async (version, query) => {
    expect(codes(await askBoth(query, { version }))).toEqual(['GRAPHQL_VALIDATION_FAILED']);
  });

  test('in the versions that hold it, its requests are warned', async () => {
    const answer = await askBoth('query ($sort: IntegrationSort) { integrations(first: 1, sort: $sort) { nodes { id } } }', { version: '2026-04', variables: { sort: 'NEWEST' } });
    expect(answer.extensions!.warnings).toMatchObject([{ data: { coordinate: 'IntegrationSort.NEWEST', paths: ['$sort'], sunsetOn: '2027-04-01' } }]);
    const otherwise = await askBoth('query ($sort: IntegrationSort) { integrations(first: 1, sort: $sort) { nodes { id } } }', {
      version: '2026-04',
      variables: { sort: 'CREATED_AT_DESC' },
    });
    expect(told(otherwise)).toEqual(SILENT);
  });
});

test('an emergency ends an element on its day, in every version', async () => {
  const now = first.clock.now();
  const emergency = { sunsetOn: dayAfter(now, 3), approverId: approvers[0]!.staffId, publicReason: 'It shows what nobody may see.' };
  const content = {
    coordinate: 'Milestone.cadence',
    removedIn: null,
    announcedOn: dayAfter(now, 0),
    deprecatedOn: dayAfter(now, 0),
    replacement: null,
    noReplacement: 'Do without it.',
    emergency,
  };
  await publish(steward, approvers, noticeContent(now, content));
  await followed();
  const query = '{ milestones(first: 1) { nodes { cadence } } }';
  for (const version of [VERSION, 'unstable']) expect((await askBoth(query, { version })).extensions!.warnings).toHaveLength(1);
  await moveTo(Math.ceil((Date.parse(emergency.sunsetOn) - start) / DAY_MS));
  for (const version of [VERSION, 'unstable']) expect(codes(await askBoth(query, { version }))).toEqual(['SUNSET']);
});

test('sandbox clocks on 400 days are told each of its own day, out of one bounded memory', async () => {
  const now = first.clock.now();
  for (const [i, field] of ['title', 'reward', 'unlocks', 'criteria'].entries()) {
    const dates = { announcedOn: dayAfter(now, 0), deprecatedOn: dayAfter(now, 80 * (i + 1)), removedIn: `${new Date(now).getUTCFullYear() + 3}-01` };
    await publish(steward, approvers, noticeContent(now, { coordinate: `Milestone.${field}`, replacement: 'Milestone.userOutcome', ...dates }));
  }
  await followed();
  const live = await first.seed.partner();
  const asked = '{ __type(name: "Milestone") { fields(includeDeprecated: true) { name isDeprecated } } viewer { environment { now } } }';
  const environmentId = await first.seed.sandboxOf(live);
  const rehearsing = await first.seed.partner(environmentId);
  for (let day = 0; day < 400; day++) {
    await inTransaction(first.app.database, { environmentId, partnerId: '*' }, tx =>
      tx.query('update portico.environment set clock_offset_ms = $2 where id = $1', [environmentId, day * DAY_MS]),
    );
    const { data } = await rehearsing.query(asked, undefined, { version: '2027-01' });
    const deprecated = data.__type.fields.filter((field: Marked) => field.isDeprecated && field.name !== 'category' && field.name !== 'cadence').map((field: Marked) => field.name);
    expect(deprecated).toHaveLength(Math.min(4, Math.floor((Date.parse(data.viewer.environment.now.slice(0, 10)) - Date.parse(dayAfter(now, 0))) / DAY_MS / 80)));
  }
  const kept = Number(/^portico_marked_schemas (\d+)$/m.exec(await (await fetch(`${first.url}/metrics`)).text())![1]);
  expect(kept).toBeGreaterThan(1);
  expect(kept).toBeLessThanOrEqual(MAX_MARKED_SCHEMAS);
}, 60_000);
