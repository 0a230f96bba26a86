/** The life of versions by an environment's clock, to the millisecond: kinds, refusals and pins. */
import { GraphQLSchema } from 'graphql';
import { inTransaction } from '../../src/platform/postgres/database.ts';
import { RELEASES, UNSTABLE } from '../../src/versions/index.ts';
import { startTestApp, type TestApp } from '../harness/app.ts';
import type { GraphQLAnswer, SeededPartner } from '../harness/seed.ts';

const VERSIONS = [...RELEASES, UNSTABLE];
const WHICH = '{ viewer { apiVersion environment { now } } }';

let gateway: TestApp;
let partner: SeededPartner;
let sandbox: string;
let rehearsing: SeededPartner;

beforeAll(async () => {
  gateway = await startTestApp();
  gateway.clock.moveTo('2026-11-23T09:30:00Z');
  partner = await gateway.seed.partner();
  sandbox = await gateway.seed.sandboxOf(partner);
  rehearsing = await gateway.seed.partner(sandbox);
});
afterAll(() => gateway.close());

/** Stops the sandbox's clock at an instant. */
const stopAt = (instant: string): Promise<unknown> =>
  inTransaction(gateway.app.database, { environmentId: sandbox, partnerId: '*' }, tx =>
    tx.query('update portico.environment set clock_frozen_at = $2 where id = $1', [sandbox, instant]),
  );

/** One millisecond before the instant. */
const before = (instant: string): string => new Date(Date.parse(instant) - 1).toISOString();

const codes = (answer: GraphQLAnswer): unknown => answer.errors?.map(error => error.extensions['code']);

/** Every step that a version takes from 2026 to 2028: at `at` it becomes `kind`. */
const STEPS: readonly (readonly [at: string, version: string, was: string, kind: string])[] = [
  ['2026-01-01T17:00:00.000Z', '2026-01', 'RELEASE_CANDIDATE', 'CURRENT'],
  ['2026-04-01T17:00:00.000Z', '2026-01', 'CURRENT', 'SUPPORTED'],
  ['2026-04-01T17:00:00.000Z', '2026-04', 'RELEASE_CANDIDATE', 'CURRENT'],
  ['2026-07-01T17:00:00.000Z', '2026-07', 'RELEASE_CANDIDATE', 'CURRENT'],
  ['2026-10-01T17:00:00.000Z', '2026-01', 'SUPPORTED', 'DEPRECATED'],
  ['2026-10-01T17:00:00.000Z', '2026-10', 'RELEASE_CANDIDATE', 'CURRENT'],
  ['2027-01-01T17:00:00.000Z', '2026-01', 'DEPRECATED', 'RETIRED'],
  ['2027-01-01T17:00:00.000Z', '2026-04', 'SUPPORTED', 'DEPRECATED'],
  ['2027-01-01T17:00:00.000Z', '2026-10', 'CURRENT', 'SUPPORTED'],
  ['2027-01-01T17:00:00.000Z', '2027-01', 'RELEASE_CANDIDATE', 'CURRENT'],
  ['2027-04-01T17:00:00.000Z', '2026-04', 'DEPRECATED', 'RETIRED'],
  ['2027-04-01T17:00:00.000Z', '2026-07', 'SUPPORTED', 'DEPRECATED'],
  ['2027-07-01T17:00:00.000Z', '2026-07', 'DEPRECATED', 'RETIRED'],
  ['2027-07-01T17:00:00.000Z', '2026-10', 'SUPPORTED', 'DEPRECATED'],
  ['2027-10-01T17:00:00.000Z', '2026-10', 'DEPRECATED', 'RETIRED'],
  ['2028-12-31T23:59:59.999Z', '2027-01', 'CURRENT', 'CURRENT'],
];

test.each(STEPS)('at %s %s is no longer %s but %s', async (at, version, was, kind) => {
  for (const [instant, expected] of [
    [before(at), was],
    [at, kind],
  ] as const) {
    await stopAt(instant);
    const listed = await rehearsing.query('{ apiVersions { version kind releasedAt supportedUntil } }', {}, { version: 'unstable' });
    const standing = listed.data.apiVersions.find((each: { version: string }) => each.version === version);
    expect({ instant, kind: standing.kind, retired: Date.parse(standing.supportedUntil) <= Date.parse(instant) }).toEqual({
      instant,
      kind: expected,
      retired: expected === 'RETIRED',
    });

    const answer = await rehearsing.query(WHICH, {}, { version });
    const served = { status: 200, data: { viewer: { apiVersion: version, environment: { now: instant } } }, codes: undefined };
    const gone = { status: 410, data: undefined, codes: ['API_VERSION_RETIRED'] };
    expect({ status: answer.status, data: answer.data, codes: codes(answer) }).toEqual(expected === 'RETIRED' ? gone : served);
  }
});

test.each([
  ['2026-04-01T17:00:00.000Z', '2026-01', '2026-04'],
  ['2026-10-01T17:00:00.000Z', '2026-07', '2026-10'],
  ['2027-01-01T17:00:00.000Z', '2026-10', '2027-01'],
])('first calls before and from %s on are pinned to %s and %s', async (at, older, newer) => {
  for (const [instant, version] of [
    [before(at), older],
    [at, newer],
  ] as const) {
    const newcomer = await gateway.seed.partner(sandbox);
    await stopAt(instant);
    const answer = await newcomer.query('{ viewer { apiVersion integration { pinnedVersion pinnedAt } } }');
    expect(answer.data.viewer).toEqual({ apiVersion: version, integration: { pinnedVersion: version, pinnedAt: instant } });
    expect(answer.headers.get('api-version-reason')).toBe('pinned');
  }
});

test('before the first release nothing is pinned and the head answers; the release then pins', async () => {
  const early = await gateway.seed.partner(sandbox);
  await stopAt('2026-01-01T16:59:59.999Z');
  const answer = await early.query('{ viewer { apiVersion integration { pinnedVersion } } }');
  expect([answer.headers.get('api-version-reason'), answer.data.viewer]).toEqual(['current', { apiVersion: 'unstable', integration: { pinnedVersion: null } }]);
  await stopAt('2026-01-01T17:00:00.000Z');
  const later = await early.query('{ viewer { apiVersion integration { pinnedVersion } } }');
  expect([later.headers.get('api-version-reason'), later.data.viewer]).toEqual(['pinned', { apiVersion: '2026-01', integration: { pinnedVersion: '2026-01' } }]);
});

test('a pin outlives its version: 410 with the way out, which moves it, and never an answer from another', async () => {
  await stopAt('2026-12-01T00:00:00Z');
  const pinned = await gateway.seed.partner(sandbox);
  const move = (version: string, by: string | undefined) =>
    pinned.query('mutation ($version: String!) { pinApiVersion(input: { version: $version }) { userErrors { code } } }', { version }, by ? { version: by } : {});
  expect((await move('2026-01', undefined)).data.pinApiVersion.userErrors).toEqual([]);
  await stopAt('2027-01-01T16:59:59.999Z');
  expect((await pinned.query(WHICH)).data.viewer.apiVersion).toBe('2026-01');

  await stopAt('2027-01-01T17:00:00.000Z');
  for (const options of [{}, { headers: { accept: 'application/json' } }]) {
    const answer = await pinned.query(WHICH, {}, options);
    expect({ status: answer.status, data: answer.data, errors: answer.errors }).toEqual({
      status: 410,
      data: undefined,
      errors: [
        {
          message: expect.stringMatching(
            /which this sandbox assumes, being ahead in time.*`mutation \{ pinApiVersion\(input: \{ version: "2027-01" \}\) \{ userErrors \{ message \} \} \}`/,
          ),
          extensions: {
            code: 'API_VERSION_RETIRED',
            retiredVersion: '2026-01',
            retiredAt: '2027-01-01T17:00:00.000Z',
            successor: '2027-01',
            link: expect.stringContaining(`${gateway.url}/graphql/2027-01?query=`),
            explorer: `${gateway.url}/explorer?version=2027-01`,
            assumesRemovalGatePasses: true,
            requestId: expect.any(String),
          },
        },
      ],
    });
    expect(Object.fromEntries(['api-version', 'api-version-requested', 'api-version-reason', 'link'].map(name => [name, answer.headers.get(name)]))).toEqual({
      'api-version': '2026-01',
      'api-version-requested': '2026-01',
      'api-version-reason': 'pinned',
      link: `<${gateway.url}/graphql/2027-01>; rel="successor-version", <${answer.errors![0]!.extensions['link']}>; rel="help"`,
    });
  }
  // By the retired version itself the pin cannot be moved, nor to another retired one.
  expect((await move('2027-01', undefined)).status).toBe(410);
  expect((await move('2026-01', 'unstable')).data.pinApiVersion.userErrors).toEqual([{ code: 'VERSION_RETIRED' }]);
  expect((await pinned.query(WHICH)).status).toBe(410);

  expect((await move('2026-10', '2027-01')).data.pinApiVersion.userErrors).toEqual([]);
  expect((await pinned.query(WHICH)).data.viewer.apiVersion).toBe('2026-10');
});

test('the way out of a retired version leads to pages that exist', async () => {
  await stopAt('2027-01-01T17:00:00.000Z');
  const { errors, headers } = await rehearsing.query(WHICH, {}, { version: '2026-01' });
  expect(headers.get('api-version-reason')).toBe('path');
  const urls = [...errors![0]!.message.matchAll(/http:\S+?(?=[.;:]?(?:\s|$))/g)].map(([url]) => url);
  expect(urls.length).toBeGreaterThan(1);
  for (const url of urls) expect((await fetch(url)).status).not.toBe(404);
  const report = await fetch(String(errors![0]!.extensions['link']), { headers: { authorization: `Bearer ${await rehearsing.token()}` } });
  expect([report.status, await report.json()]).toEqual([200, expect.objectContaining({ data: { upgradeReport: { summary: expect.any(Object), operations: expect.any(Array) } } })]);
});

test('no schema is built for a clock', async () => {
  let built = 0;
  // Every schema is given its description by its constructor, and so says that it was built.
  Object.defineProperty(GraphQLSchema.prototype, 'description', {
    configurable: true,
    set() {
      built += 1;
    },
  });
  for (const instant of ['2026-05-05T00:00:00Z', '2026-11-11T00:00:00Z', '2027-03-03T00:00:00Z', '2028-02-02T00:00:00Z']) {
    await stopAt(instant);
    for (const version of VERSIONS) await rehearsing.query('{ viewer { apiVersion } __schema { types { name } } }', {}, { version });
  }
  expect(built).toBe(0);
  expect([new GraphQLSchema({}), built]).toEqual([expect.anything(), 1]);
  Reflect.deleteProperty(GraphQLSchema.prototype, 'description');
});

test("live goes by the wall, whatever a sandbox's clock says", async () => {
  await stopAt('2028-06-01T00:00:00Z');
  expect((await rehearsing.query(WHICH, {}, { version: '2026-01' })).status).toBe(410);
  expect((await partner.query(WHICH, {}, { version: '2026-01' })).status).toBe(200);
  // The gate decides a day ahead.
  gateway.clock.moveTo('2026-12-31T17:00:00Z');
  await gateway.app.decideRemovals();
  gateway.clock.moveTo('2027-01-01T16:59:59.999Z');
  expect((await partner.query(WHICH, {}, { version: '2026-01', token: await partner.token({ fresh: true }) })).status).toBe(200);
  gateway.clock.advance(1);
  expect((await partner.query(WHICH, {}, { version: '2026-01' })).status).toBe(410);
});
