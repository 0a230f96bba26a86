/** Nothing that one caller can repeat grows without a bound: each bound here is reached on purpose. */
import { MAX_PREPARED } from '../../src/platform/postgres/prepared.ts';
import { inTransaction } from '../../src/platform/postgres/database.ts';
import { KEPT_PER_INTEGRATION, MAX_PER_INTEGRATION, openRequestLog } from '../../src/partners/request-log.service.ts';
import { newId } from '../../src/base/ids.ts';
import { startTestApp, type TestApp } from '../harness/app.ts';
import type { SeededPartner } from '../harness/seed.ts';

let gateway: TestApp;
let partner: SeededPartner;

beforeAll(async () => {
  gateway = await startTestApp({ poolSize: 1 });
  partner = await gateway.seed.partner();
});
afterAll(() => gateway.close());

test('a connection keeps at most 200 statements prepared, however many documents come back', async () => {
  const documents = MAX_PREPARED + 40;
  for (let i = 0; i < documents; i++) {
    // A statement is worth preparing from its third use on.
    for (let use = 0; use < 3; use++) {
      const answer = await partner.query(`{ a${i}: viewer { partner { name } } }`);
      expect(answer.data[`a${i}`].partner.name).toMatch(/^Partner/);
    }
  }
  const { rows } = await gateway.app.database.pool.query<{ reads: number }>("select count(*)::integer as reads from pg_prepared_statements where name like 'read_%'");
  expect(rows[0]!.reads).toBe(MAX_PREPARED);
  // One that was let go of is simply prepared again.
  expect((await partner.query('{ a0: viewer { partner { name } } }')).status).toBe(200);
}, 60_000);

const entry = (integrationId: string, environmentId: string, partnerId: string) => ({
  id: newId('req'),
  environmentId,
  partnerId,
  integrationId,
  receivedAt: gateway.clock.now(),
  apiVersion: '2026-10',
  operationKind: 'QUERY' as const,
  operationName: null,
  documentHash: null,
  status: 200,
  errorCodes: ['THROTTLED', 'BAD_USER_INPUT'],
  objectCount: 1,
  followedCursor: false,
  retryAfterMs: null,
  requestedCost: 12,
  refundedCost: 9,
  durationMs: 1.5,
});

test('the request log holds a flood of one integration to its share of a batch, and counts what it drops', async () => {
  // One who has asked nothing yet, so that the log holds nothing else.
  const flooder = await gateway.seed.partner();
  const requestLog = openRequestLog(gateway.app.database);
  for (let i = 0; i < MAX_PER_INTEGRATION + 10; i++) requestLog.add(entry(flooder.clientId, flooder.environmentId, flooder.partnerId));
  expect(requestLog.dropped).toBe(10);
  await requestLog.flush();
  const charged = await flooder.query('{ rateLimit { charges(last: 2) { operation requested refunded requestId } } }');
  expect(charged.data.rateLimit.charges).toEqual(Array.from({ length: 2 }, () => ({ operation: null, requested: 12, refunded: 9, requestId: expect.stringMatching(/^req_/) })));
  const page = await flooder.query('{ requests(first: 1, filter: { errorCode: "THROTTLED" }) { nodes { errorCodes objectCount durationMs } } }');
  expect(page.data.requests.nodes).toEqual([{ errorCodes: ['THROTTLED', 'BAD_USER_INPUT'], objectCount: 1, durationMs: 1.5 }]);
});

test('the request log forgets what is beyond its newest ten thousand of an integration, and what is old', async () => {
  // One who asks nothing: what others asked may be written at any moment.
  const flooder = await gateway.seed.partner();
  await inTransaction(gateway.app.database, { environmentId: flooder.environmentId, partnerId: flooder.partnerId }, async tx => {
    await tx.query(
      `insert into portico.request_log (environment_id, id, partner_id, integration_id, received_at, api_version, status, duration_ms)
       select $1, 'req_flood' || n, $2, $3, $4::timestamptz - n * interval '1 millisecond', '2026-10', 200, 1 from generate_series(1, $5) n`,
      [flooder.environmentId, flooder.partnerId, flooder.clientId, new Date(gateway.clock.now()), KEPT_PER_INTEGRATION + 500],
    );
    await tx.query('select portico.trim_request_log($1, $2)', [new Date(gateway.clock.now() - 7 * 86_400_000), KEPT_PER_INTEGRATION]);
    const count = async (): Promise<number> => (await tx.query<{ kept: number }[]>('select count(*)::integer as kept from portico.request_log'))[0]!.kept;
    expect(await count()).toBe(KEPT_PER_INTEGRATION);
    await tx.query('select portico.trim_request_log($1, $2)', [new Date(gateway.clock.now() + 1), KEPT_PER_INTEGRATION]);
    expect(await count()).toBe(0);
  });
});

test('what an integration asked is in its own log, by request id, with how it was answered', async () => {
  const asker = await gateway.seed.partner();
  const answer = await asker.query('query Named { viewer { nothing } }');
  const id = answer.headers.get('x-request-id');
  const byId = 'query ($id: ID!) { node(id: $id) { ... on LoggedRequest { id status errorCodes } } }';
  let node: unknown = null;
  // The log is written a second behind the answers.
  for (let i = 0; i < 50 && node === null; i++) {
    await new Promise(resolve => setTimeout(resolve, 100));
    node = (await asker.query(byId, { id })).data.node;
  }
  expect(node).toEqual({ id, status: 400, errorCodes: ['GRAPHQL_VALIDATION_FAILED'] });
  expect((await asker.query('{ requests(first: 100, filter: { errorCode: "GRAPHQL_VALIDATION_FAILED" }) { nodes { id } } }')).data.requests.nodes).toEqual([{ id }]);
  expect((await partner.query(byId, { id })).data.node).toBeNull();
});
