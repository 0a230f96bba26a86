/** Budgets through the door: what a request is charged, what it is told, and what is refused. The
    clock stands unless a test moves it, so every number is exact. */
import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { setTimeout as sleep } from 'node:timers/promises';
import { getIntrospectionQuery } from 'graphql';
import { repositoryRoot } from '../checks/scratch-repository.ts';
import { startTestApp, type TestApp } from '../harness/app.ts';
import { ask, type GraphQLAnswer, type SeededPartner } from '../harness/seed.ts';

let gateway: TestApp;

beforeAll(async () => {
  gateway = await startTestApp({ limitsAsShipped: true });
});
afterAll(() => gateway.close());

/** The first tier's, which a new partner is in. */
const CAPACITY = 1_000;
const RATE = 50;

/** Costs 90, and as much as that in the end. */
const NINETY = `{ ${Array.from({ length: 30 }, (_, i) => `v${i}: viewer { integration { partner { id } } }`).join(' ')} }`;
/** Costs up to 101, and 1 where there are no milestones. */
const PAGE = '{ milestones(first: 100) { nodes { id } } }';
const ONE = '{ viewer { apiVersion } }';

/** A partner who has spent 990 of its 1,000. */
async function spent(): Promise<SeededPartner> {
  const partner = await gateway.seed.partner();
  for (let i = 0; i < 11; i++) expect((await partner.query(NINETY)).errors).toBeUndefined();
  return partner;
}

const limitHeaders = ({ headers }: Pick<GraphQLAnswer, 'headers'>) => [headers.get('ratelimit-policy'), headers.get('ratelimit')];

const POLICY = '"cost";q=1000;w=20, "concurrency";q=50;qu="concurrent-requests"';

const costOf = (partner: SeededPartner, body: object): Promise<Response> => askCost(partner, JSON.stringify(body));

async function askCost(partner: SeededPartner, body: string, contentType = 'application/json'): Promise<Response> {
  return fetch(`${gateway.url}/graphql/cost`, { method: 'POST', headers: { 'content-type': contentType, authorization: `Bearer ${await partner.token()}` }, body });
}

describe('a bucket', () => {
  test('is drawn from by what answers hold, and every answer says what is left', async () => {
    const partner = await gateway.seed.partner();
    const first = await partner.query(NINETY);
    expect(limitHeaders(first)).toEqual([POLICY, '"cost";r=910;t=2, "concurrency";r=49']);
    expect(first.extensions).toMatchObject({
      cost: { requestedQueryCost: 90, actualQueryCost: 90, throttleStatus: { maximumAvailable: CAPACITY, currentlyAvailable: 910, restoreRate: RATE } },
    });
    expect((await partner.query(ONE)).extensions!['cost']).toMatchObject({ throttleStatus: { currentlyAvailable: 909 } });
  });

  test('that is drained refuses by name, with the time to wait, and is full again when the headers said', async () => {
    const partner = await spent();
    const refused = await partner.query(NINETY);
    expect(refused).toMatchObject({ status: 429, data: undefined });
    expect(refused.errors).toEqual([
      {
        message: 'The request was not run: it costs 90 and 10 of 1000 are left. Send it again in 1600 ms.',
        extensions: { code: 'THROTTLED', violatedPolicies: ['cost'], retryAfterMs: 1_600, requestId: refused.headers.get('x-request-id') },
      },
    ]);
    expect(refused.extensions).toMatchObject({ cost: { requestedQueryCost: 90, actualQueryCost: null, throttleStatus: { currentlyAvailable: 10 } } });
    expect(limitHeaders(refused)).toEqual([POLICY, '"cost";r=10;t=20, "concurrency";r=50']);
    expect(refused.headers.get('retry-after')).toBe('20');

    const inJson = await partner.query(NINETY, {}, { headers: { accept: 'application/json' } });
    expect([inJson.status, inJson.errors![0]!.extensions['code'], inJson.headers.get('retry-after')]).toEqual([200, 'THROTTLED', '20']);

    gateway.clock.advance(1_599);
    expect((await partner.query(NINETY)).errors![0]!.extensions).toMatchObject({ code: 'THROTTLED', retryAfterMs: 1 });
    gateway.clock.advance(1);
    const admitted = await partner.query(NINETY);
    expect([admitted.status, ...limitHeaders(admitted)]).toEqual([200, POLICY, '"cost";r=0;t=20, "concurrency";r=49']);
    gateway.clock.advance(20_000);
    expect((await partner.query(ONE)).extensions!['cost']).toMatchObject({ throttleStatus: { currentlyAvailable: CAPACITY - 1 } });
  });

  test('gets back what the answer did not hold, as `extensions.cost` and the charges say', async () => {
    const partner = await gateway.seed.partner();
    const answer = await partner.query(`query Page ${PAGE}`);
    expect(answer.extensions).toMatchObject({ cost: { requestedQueryCost: 101, actualQueryCost: 1, throttleStatus: { currentlyAvailable: CAPACITY - 1 } } });
    const requestId = answer.headers.get('x-request-id');
    // The log is written a second behind the answers, and holds the questions about it, too.
    let charge: unknown;
    for (let i = 0; i < 40 && !charge; i++) {
      await sleep(100);
      const { data } = await partner.query('{ rateLimit { charges(last: 100) { operation requested refunded at requestId } } }');
      charge = data.rateLimit.charges.find((one: { requestId: string }) => one.requestId === requestId);
    }
    expect(charge).toEqual({ operation: 'Page', requested: 101, refunded: 100, at: new Date(gateway.clock.now()).toISOString(), requestId });
  });

  test('is told alike by `rateLimit { policies }`, the headers and `extensions.cost`', async () => {
    const partner = await spent();
    const answer = await partner.query('{ rateLimit { policies { name limit remaining resetAt enforced } } }');
    // Before the refund of what this very request did not cost: 4 policies were reckoned with, 2 came back.
    const { requestedQueryCost, actualQueryCost, throttleStatus } = answer.extensions!['cost'];
    expect([requestedQueryCost, actualQueryCost, throttleStatus.currentlyAvailable]).toEqual([5, 3, 7]);
    expect(answer.data.rateLimit.policies).toEqual([
      { name: 'cost', limit: CAPACITY, remaining: 5, resetAt: new Date(gateway.clock.now() + 19_900).toISOString(), enforced: true },
      { name: 'concurrency', limit: 50, remaining: 49, resetAt: null, enforced: true },
    ]);
    expect(limitHeaders(answer)).toEqual([POLICY, '"cost";r=7;t=20, "concurrency";r=49']);
  });

  test("is the integration's own in each environment: neither another's nor its sandbox's", async () => {
    const partner = await spent();
    const [other, inSandbox] = [await gateway.seed.partner(), await gateway.seed.partner(await gateway.seed.sandboxOf(partner))];
    for (const fresh of [other, inSandbox]) expect((await fresh.query(NINETY)).headers.get('ratelimit')).toMatch(/^"cost";r=910;/);
    expect((await partner.query(NINETY)).status).toBe(429);
  });
});

describe('an operation dearer than one may be', () => {
  const DEAR = '{ integrations(first: 100) { nodes { progress(first: 100) { nodes { id } } } } }';

  test('is refused before it runs, whatever is left, with the numbers that the free answer gives', async () => {
    const partner = await gateway.seed.partner();
    const refused = await partner.query(DEAR);
    const [error] = refused.errors!;
    expect([refused.status, error!.extensions['code']]).toEqual([400, 'COST_LIMIT_EXCEEDED']);
    expect(error!.message).toBe('The operation may cost 10201, and one operation at most 1000. ' + error!.extensions['hints'][0]);
    const { code: _code, requestId: _requestId, ...numbers } = error!.extensions;
    expect(numbers).toMatchObject({ requestedQueryCost: 10_201, maximumAvailable: 1_000, fields: expect.any(Array), hints: expect.any(Array) });
    expect(refused.headers.get('ratelimit')).toMatch(/^"cost";r=999;/);

    const free = await costOf(partner, { query: DEAR });
    expect(await free.json()).toEqual(numbers);
    // Charged for the refusal, not for asking what it would cost.
    expect(limitHeaders(free)).toEqual([`${POLICY}, "cost-checks";q=1000;w=20`, '"cost";r=999;t=1, "concurrency";r=49, "cost-checks";r=999;t=1']);
  });

  test('is told for free, as often as requests of cost 1 might be sent, and the budget is not touched by it', async () => {
    const partner = await gateway.seed.partner();
    const asked = await Promise.all(Array.from({ length: 40 }, () => costOf(partner, { query: DEAR })));
    expect(new Set(asked.map(({ status }) => status))).toEqual(new Set([200]));
    for (let i = 40; i < CAPACITY; i += 40) await Promise.all(Array.from({ length: 40 }, () => costOf(partner, { query: ONE })));
    const refused = await costOf(partner, { query: ONE });
    expect(await refused.json()).toMatchObject({ errors: [{ extensions: { code: 'THROTTLED', violatedPolicies: ['cost-checks'], retryAfterMs: 20 } }] });
    expect([refused.headers.get('ratelimit'), refused.headers.get('retry-after')]).toEqual(['"cost";r=1000;t=0, "concurrency";r=49, "cost-checks";r=0;t=20', '20']);
    expect((await partner.query(NINETY)).headers.get('ratelimit')).toMatch(/^"cost";r=910;/);
    gateway.clock.advance(20);
    expect((await costOf(partner, { query: ONE })).status).toBe(200);
  });
});

describe('whatever reaches a version', () => {
  const DEEP = `{ viewer ${'{ integration { partner '.repeat(8)}{ id }${' } }'.repeat(8)} }`;

  test.each([
    ['does not parse', { query: '{ viewer {' }, 400, 'GRAPHQL_PARSE_FAILED'],
    ['does not fit the schema', { query: '{ viewer { shoeSize } }' }, 400, 'GRAPHQL_VALIDATION_FAILED'],
    ['is too deep', { query: DEEP }, 400, 'DOCUMENT_TOO_DEEP'],
    ['is too wide', { query: `{ ${'viewer { apiVersion } '.repeat(31)} }` }, 400, 'DOCUMENT_TOO_WIDE'],
    ['is too long', { query: `{ viewer { apiVersion } } #${'x'.repeat(100_000)}` }, 413, 'DOCUMENT_TOO_LARGE'],
    ['has wrong variables', { query: 'query ($n: Int!) { milestones(first: $n) { nodes { id } } }', variables: { n: 'all' } }, 400, 'BAD_USER_INPUT'],
    ['names no operation of its document', { query: `query A ${ONE}`, operationName: 'B' }, 400, 'BAD_USER_INPUT'],
    ['is a list of requests', [{ query: ONE }], 400, 'BAD_USER_INPUT'],
    ['is no JSON', '{"query": ', 400, 'BAD_USER_INPUT'],
    ['is larger than a body may be', `{"query": "${'x'.repeat(2_000_001)}"}`, 413, 'DOCUMENT_TOO_LARGE'],
  ])('and %s is charged 1, each time, and told where it stands', async (_what, body, status, code) => {
    const partner = await gateway.seed.partner();
    const token = await partner.token();
    for (const left of [CAPACITY - 1, CAPACITY - 2]) {
      const answer = await ask(gateway.url, body, { token });
      expect([answer.status, answer.errors![0]!.extensions['code'], ...limitHeaders(answer)]).toEqual([status, code, POLICY, `"cost";r=${left};t=1, "concurrency";r=49`]);
    }
  });

  test('and is of another media type is charged 1 and told where it stands', async () => {
    const partner = await gateway.seed.partner();
    const answer = await ask(gateway.url, ONE, { token: await partner.token(), headers: { 'content-type': 'text/plain' } });
    expect([answer.status, ...limitHeaders(answer)]).toEqual([415, POLICY, '"cost";r=999;t=1, "concurrency";r=49']);
  });

  test('is refused for its budget alone once that is spent, before it is parsed', async () => {
    const partner = await spent();
    for (let i = 0; i < 10; i++) expect((await partner.query('{ viewer {')).status).toBe(400);
    const refused = await partner.query('{ viewer {');
    expect([refused.status, refused.errors![0]!.extensions['violatedPolicies'], ...limitHeaders(refused)]).toEqual([429, ['cost'], POLICY, '"cost";r=0;t=20, "concurrency";r=50']);
    expect((await partner.query('query ($n: Int!) { milestones(first: $n) { nodes { id } } }', { n: 'all' })).status).toBe(429);
  });

  test.each([
    ['no JSON', '{"query": ', 'application/json', 400],
    ['another media type', ONE, 'text/xml', 415],
    ['larger than a body may be', `{"query": "${'x'.repeat(2_000_001)}"}`, 'application/json', 413],
  ])('is free where only its cost is asked, and told where it stands, even if the body is %s', async (_what, body, contentType, status) => {
    const answer = await askCost(await gateway.seed.partner(), body, contentType);
    expect([answer.status, ...limitHeaders(answer)]).toEqual([status, POLICY, '"cost";r=1000;t=0, "concurrency";r=49']);
  });
});

describe('what has a price of its own', () => {
  test.each([
    ['introspection, whatever is asked of it', getIntrospectionQuery(), 10],
    ['one type', '{ __type(name: "Query") { fields { name } } }', 1],
    ['a mutation that is refused', 'mutation { revokeCredential(input: { credentialId: "crd_none" }) { userErrors { code } } }', 10],
  ])('%s costs as much in the end', async (_what, query, price) => {
    const partner = await gateway.seed.partner();
    const { extensions, errors } = await partner.query(query);
    expect(errors).toBeUndefined();
    expect(extensions!['cost']).toMatchObject({ requestedQueryCost: price, actualQueryCost: price, throttleStatus: { currentlyAvailable: CAPACITY - price } });
  });

  test('a mutation beyond the budget is not done', async () => {
    const partner = await spent();
    await partner.query(ONE);
    const issue = `mutation { issueCredential(input: { integrationId: "${partner.clientId}", idempotencyKey: "one" }) { credential { id } } }`;
    expect((await partner.query(issue)).errors![0]!.extensions).toMatchObject({ code: 'THROTTLED', violatedPolicies: ['cost'] });
    gateway.clock.advance(20_000);
    expect((await partner.query('{ viewer { integration { credentials { id } } } }')).data.viewer.integration.credentials).toHaveLength(1);
  });
});

describe('limits that staff change', () => {
  async function setLimits(partner: SeededPartner, [capacity, refill, concurrency]: readonly number[], shadowHours = 0): Promise<void> {
    const env = { PATH: process.env['PATH'], DATABASE_URL: gateway.database.serviceUrl, DATABASE_OWNER_URL: gateway.database.ownerUrl };
    const numbers = ['--capacity', capacity, '--refill', refill, '--max-operation-cost', capacity, '--concurrency', concurrency, '--shadow-hours', shadowHours].map(String);
    const command = [join(repositoryRoot, 'bin/portico.js'), 'limits', 'set', '--integration', partner.clientId, ...numbers, '--by', 'Ada', '--reason', 'A test.'];
    await promisify(execFile)(process.execPath, command, { env });
    // The command's clock is the wall's, and the gateway's stands.
    gateway.clock.advance(Math.max(0, Date.now() - gateway.clock.now()));
  }

  /** The policy of the answers, once it is not the one that it was. */
  async function policyAfter(partner: SeededPartner, before: string): Promise<{ policy: string; withinMs: number }> {
    const begun = performance.now();
    for (;;) {
      const policy = (await partner.query(ONE)).headers.get('ratelimit-policy')!;
      const withinMs = performance.now() - begun;
      if (policy !== before || withinMs > 10_000) return { policy, withinMs };
      await sleep(20);
    }
  }

  test('count within two seconds, without a restart', async () => {
    const partner = await gateway.seed.partner();
    await partner.query(ONE);
    await setLimits(partner, [80, 4, 5]);
    const { policy, withinMs } = await policyAfter(partner, POLICY);
    expect(policy).toBe('"cost";q=80;w=20, "concurrency";q=5;qu="concurrent-requests"');
    expect(withinMs).toBeLessThanOrEqual(2_000);
    expect((await partner.query(NINETY)).errors![0]!.extensions).toMatchObject({ code: 'COST_LIMIT_EXCEEDED', maximumAvailable: 80 });
  }, 60_000);

  test('stand in the shadow first: counted and shown, and nobody is refused for them', async () => {
    const partner = await gateway.seed.partner();
    await setLimits(partner, [100, 5, 5], 1);
    const { policy } = await policyAfter(partner, POLICY);
    expect(policy).toBe(`${POLICY}, "cost-shadow";q=100;w=20;shadow, "concurrency-shadow";q=5;qu="concurrent-requests";shadow`);
    gateway.clock.advance(60_000);
    for (const left of ['"cost-shadow";r=10;t=18', '"cost-shadow";r=10;t=18', '"cost-shadow";r=10;t=18']) {
      const answer = await partner.query(NINETY);
      expect([answer.status, answer.headers.get('ratelimit')]).toEqual([200, expect.stringContaining(left)]);
    }
    const { data } = await partner.query('{ rateLimit { policies { name limit enforced } } }');
    expect(data.rateLimit.policies.slice(2)).toEqual([
      { name: 'cost-shadow', limit: 100, enforced: false },
      { name: 'concurrency-shadow', limit: 5, enforced: false },
    ]);
    const metrics = await (await fetch(`${gateway.url}/metrics`)).text();
    expect(metrics).toContain('portico_limit_decisions_total{policy="cost-shadow",decision="shadow_refused"} 2');
  }, 60_000);
});
