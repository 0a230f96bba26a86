/** Requests in flight, through the door: places are taken, told and given back whatever becomes of
    the request, and nobody takes all connections to the database. */
import { setTimeout as sleep } from 'node:timers/promises';
import { NO_TENANT, inTransaction } from '../../src/platform/postgres/database.ts';
import { setLimits } from '../../src/limits/index.ts';
import { rooms } from '../../src/rooms.ts';
import { startTestApp, type TestApp } from '../harness/app.ts';
import { troublesomeRoom } from '../harness/hammer.ts';
import type { GraphQLAnswer, SeededPartner } from '../harness/seed.ts';

const PLACES = 5;
const TIMEOUT_MS = 700;
const ONE = '{ viewer { apiVersion } }';
/** Reads until the statement's time is over. */
const STUCK = '{ troublesome { stuck } }';

let gateway: TestApp;

beforeAll(async () => {
  gateway = await startTestApp({ limitsAsShipped: true, poolSize: 3, statementTimeoutMs: TIMEOUT_MS, rooms: [...rooms, troublesomeRoom] });
});
afterAll(() => gateway.close());

async function partnerWith(concurrency: number): Promise<SeededPartner> {
  const partner = await gateway.seed.partner();
  const change = {
    subject: { kind: 'INTEGRATION', name: partner.clientId, environments: 'BOTH' },
    limits: { capacity: 10_000, refillPerSecond: 500, maxOperationCost: 1_000, concurrency },
    shadowSeconds: 0,
    decidedBy: 'Ada',
    reason: 'A test.',
  } as const;
  expect((await inTransaction(gateway.app.database, NO_TENANT, tx => setLimits(tx, change, gateway.clock))).ok).toBe(true);
  for (let i = 0; i < 100; i++) {
    if ((await partner.query(ONE)).headers.get('ratelimit-policy')!.includes(`q=${concurrency};qu`)) return partner;
    await sleep(50);
  }
  throw new Error('The limits did not change.');
}

const codes = (answers: readonly GraphQLAnswer[]): string[] => answers.map(({ errors }) => String(errors?.[0]?.extensions['code']));

/** What is left of the places, for whoever asks: its own request takes one. */
const placesLeft = async (partner: SeededPartner): Promise<number> => Number(/"concurrency";r=(\d+)/.exec((await partner.query(ONE)).headers.get('ratelimit')!)![1]);

test('beyond the places of an integration a request is refused by name, and nobody else is', async () => {
  const partner = await partnerWith(PLACES);
  const waiting = Array.from({ length: PLACES }, () => partner.query(STUCK));
  await sleep(200);
  const refused = await partner.query(ONE);
  expect(refused).toMatchObject({ status: 429, data: undefined });
  expect(refused.errors).toEqual([
    {
      message: 'The request was not run: 5 requests of your integration are in flight already. Send it again in 100 ms.',
      extensions: { code: 'THROTTLED', violatedPolicies: ['concurrency'], retryAfterMs: 100, requestId: expect.any(String) },
    },
  ]);
  expect(refused.headers.get('ratelimit')).toMatch(/, "concurrency";r=0$/);
  expect(refused.headers.get('retry-after')).toBe('1');
  // Nothing was drawn for it either.
  const [before, after] = [refused, await partner.query(ONE)].map(({ headers }) => /"cost";r=(\d+)/.exec(headers.get('ratelimit')!)![1]);
  expect(after).toBe(before);
  expect((await (await gateway.seed.partner()).query(ONE)).status).toBe(200);
  expect(new Set(codes(await Promise.all(waiting)))).toEqual(new Set(['UNAVAILABLE']));
  expect(await placesLeft(partner)).toBe(PLACES - 1);
});

test('whatever becomes of a request, its place comes back: it fails, is malformed, or its client leaves', async () => {
  const partner = await partnerWith(PLACES);
  const token = await partner.token();
  const send = (body: string, signal?: AbortSignal): Promise<unknown> =>
    fetch(`${gateway.url}/graphql`, { method: 'POST', signal: signal ?? null, headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' }, body }).then(
      response => response.text(),
      () => null,
    );
  for (let round = 0; round < 20; round++) {
    const leaving = new AbortController();
    const gone = Array.from({ length: 2 }, () => send(JSON.stringify({ query: STUCK }), leaving.signal));
    const others = [JSON.stringify({ query: '{ troublesome { broken } }' }), '{"query": ', JSON.stringify({ query: '{ nothing }' })].map(body => send(body));
    setTimeout(() => leaving.abort(), round * 2);
    await Promise.all([...gone, ...others]);
  }
  for (let i = 0; i < 40 && (await placesLeft(partner)) < PLACES - 1; i++) await sleep(50);
  expect(await placesLeft(partner)).toBe(PLACES - 1);
}, 60_000);

test('whoever waits for too many connections already is refused by name, told when to come back, and pays nothing', async () => {
  const partner = await partnerWith(1_000);
  const leaving = new AbortController();
  const token = await partner.token();
  const send = async (): Promise<{ status: number; headers: Headers; body: unknown } | null> => {
    const response = await fetch(`${gateway.url}/graphql`, {
      method: 'POST',
      signal: leaving.signal,
      headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json', accept: 'application/graphql-response+json' },
      body: JSON.stringify({ query: STUCK }),
    });
    return { status: response.status, headers: response.headers, body: await response.json() };
  };
  const waiting = Array.from({ length: 150 }, () => send().catch(() => null));
  const refused = await Promise.race(waiting.map(async answer => ((await answer)?.status === 429 ? answer : new Promise<null>(() => undefined))));
  leaving.abort();
  await Promise.all(waiting);
  expect(refused!.body).toMatchObject({
    errors: [{ extensions: { code: 'THROTTLED', violatedPolicies: ['database-share'], retryAfterMs: 1_000 } }],
    extensions: { cost: { requestedQueryCost: 1, actualQueryCost: 0 } },
  });
  expect(refused!.headers.get('retry-after')).toBe('1');
}, 60_000);
