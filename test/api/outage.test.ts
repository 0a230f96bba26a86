/** PostgreSQL comes and goes; the gateway says so quickly and recovers by itself. */
import { startTestApp, type TestApp } from '../harness/app.ts';
import { ask, type SeededPartner } from '../harness/seed.ts';
import { tcpProxy, type TcpProxy } from '../harness/tcp-proxy.ts';

let gateway: TestApp;
let road: TcpProxy;
let partner: SeededPartner;

beforeAll(async () => {
  gateway = await startTestApp({
    statementTimeoutMs: 500,
    databasePort: async port => {
      road = await tcpProxy(port);
      return road.port;
    },
  });
  partner = await gateway.seed.partner();
  await partner.token();
});
afterAll(async () => {
  await gateway.close();
  await road.close();
});
afterEach(() => road.restore());

const question = '{ viewer { integration { name } } }';

async function recovers(): Promise<void> {
  for (let attempt = 0; attempt < 50; attempt++) {
    if ((await partner.query(question)).status === 200) return;
  }
  throw new Error('The gateway did not recover.');
}

test('with PostgreSQL gone a read answers UNAVAILABLE within a second, and reads again once it is back', async () => {
  expect((await partner.query(question)).status).toBe(200);
  await road.cut();
  const begun = performance.now();
  const answer = await partner.query(question);
  expect(performance.now() - begun).toBeLessThan(1000);
  expect(answer.status).toBe(503);
  expect(answer.headers.get('retry-after')).toBe('1');
  expect(answer.errors![0]!.extensions['code']).toBe('UNAVAILABLE');
  await road.restore();
  await recovers();
});

test('with PostgreSQL gone the token endpoint says 503 and readiness says no, while liveness says yes', async () => {
  await road.cut();
  const token = await fetch(`${gateway.url}/oauth/token`, {
    method: 'POST',
    body: new URLSearchParams({ grant_type: 'client_credentials', client_id: partner.clientId, client_secret: partner.clientSecret }),
  });
  expect(token.status).toBe(503);
  expect((await fetch(`${gateway.url}/readyz`)).status).toBe(503);
  expect((await fetch(`${gateway.url}/livez`)).status).toBe(200);
  await road.restore();
  await recovers();
});

test('a PostgreSQL that swallows every byte holds a request no longer than the statement timeout and a second', async () => {
  road.stall();
  const begun = performance.now();
  const answer = await partner.query(question);
  expect(performance.now() - begun).toBeLessThan(3000);
  expect(answer.errors![0]!.extensions['code']).toBe('UNAVAILABLE');
  await road.restore();
  await recovers();
});

test('a PostgreSQL that swallows every byte does not hold the token endpoint either', async () => {
  road.stall();
  const begun = performance.now();
  const token = await fetch(`${gateway.url}/oauth/token`, {
    method: 'POST',
    body: new URLSearchParams({ grant_type: 'client_credentials', client_id: partner.clientId, client_secret: partner.clientSecret }),
  });
  expect(token.status).toBe(503);
  expect(performance.now() - begun).toBeLessThan(4000);
  await road.restore();
  await recovers();
});

test('a request without a token is refused as such while PostgreSQL is gone', async () => {
  await road.cut();
  expect((await ask(gateway.url, { query: question })).status).toBe(401);
});
