/** Answers that get lost on the way: the connection to PostgreSQL ends in the middle of a mutation,
    and the partner sends the same request again. */
import { startTestApp, type TestApp } from '../harness/app.ts';
import type { GraphQLAnswer, SeededPartner } from '../harness/seed.ts';
import { tcpProxy, type TcpProxy } from '../harness/tcp-proxy.ts';
import { asAdmin, issue, keyed, opens, rowsOf, untilWaiting, whileHeld } from './credential-door.ts';

let gateway: TestApp;
let road: TcpProxy;
let partner: SeededPartner;

beforeAll(async () => {
  gateway = await startTestApp({
    statementTimeoutMs: 1000,
    databasePort: async port => {
      road = await tcpProxy(port);
      return road.port;
    },
  });
});
afterAll(async () => {
  await gateway.close();
  await road.close();
});
beforeEach(async () => {
  partner = await gateway.seed.partner();
  // A first call pins the integration; what is cut off or held below is to be the mutation itself.
  await partner.query('{ __typename }');
});

const attempt = (): Promise<GraphQLAnswer> => issue(partner, partner.clientId, keyed('the same'));

/** Sends it again until it is answered, as a client does. */
async function again(): Promise<GraphQLAnswer> {
  for (let i = 0; i < 50; i++) {
    const answer = await attempt();
    if (answer.status === 200) return answer;
    expect(answer.errors![0]!.extensions['code']).toBe('UNAVAILABLE');
  }
  throw new Error('The gateway did not recover.');
}

const expectUnavailable = (answer: GraphQLAnswer): void => {
  expect({ status: answer.status, codes: answer.errors?.map(error => error.extensions['code']), data: answer.data }).toEqual({
    status: 503,
    codes: ['UNAVAILABLE'],
    data: undefined,
  });
  expect(answer.headers.get('retry-after')).toBe('1');
};

test('cut off in the middle of the work, nothing is done; the repetition does it, once', async () => {
  const cut = await whileHeld(gateway, partner.clientId, attempt, async () => {
    await road.cut();
    // The answer does not wait for the lock that the work waits for.
    await new Promise(resolve => setTimeout(resolve, 50));
  });
  expectUnavailable(cut);
  await road.restore();
  const answer = await again();
  expect(answer.data.issueCredential).toMatchObject({ secretShown: true, userErrors: [] });
  expect(await opens(gateway, partner.clientId, answer.data.issueCredential.clientSecret)).toBe(true);
  expect(await rowsOf(gateway, partner)).toEqual({ credentials: 2, keys: 1 });
});

test('cut off after the commit was sent, the work is done; the repetition answers it, without the secret', async () => {
  await asAdmin(gateway, async client => {
    await client.query(`create function public.slow() returns trigger language plpgsql as 'begin perform pg_sleep(0.5); return null; end'`);
    await client.query('create constraint trigger slow_commit after insert on portico.idempotency_key deferrable initially deferred for each row execute function public.slow()');
    const answering = attempt();
    await untilWaiting(client, 'PgSleep');
    await road.cut();
    expectUnavailable(await answering);
    await road.restore();
    await client.query('drop trigger slow_commit on portico.idempotency_key');
  });
  const answer = await again();
  expect(answer.data.issueCredential).toMatchObject({ credential: { status: 'ACTIVE' }, clientSecret: null, secretShown: false, userErrors: [] });
  expect(await rowsOf(gateway, partner)).toEqual({ credentials: 2, keys: 1 });
});

test('a mutation that waits too long for another is undone, and says that it can be sent again', async () => {
  const answer = await whileHeld(gateway, partner.clientId, attempt, () => new Promise(resolve => setTimeout(resolve, 1200)));
  expectUnavailable(answer);
  expect(answer.errors![0]!.message).toContain('1000 ms');
  expect(await rowsOf(gateway, partner)).toEqual({ credentials: 1, keys: 0 });
  expect((await again()).data.issueCredential.secretShown).toBe(true);
});

test('a PostgreSQL that swallows every byte holds a mutation no longer than its timeout and a second or two', async () => {
  road.stall();
  const begun = performance.now();
  expectUnavailable(await attempt());
  expect(performance.now() - begun).toBeLessThan(4000);
  await road.restore();
  expect((await again()).data.issueCredential.secretShown).toBe(true);
});

test('none of this left a fault in the log', () => {
  expect(gateway.logged.filter(line => line.includes('fault of ours'))).toEqual([]);
});
