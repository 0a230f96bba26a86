/** Onboarding is seen in the traffic of sandboxes, stays when the log is trimmed, and nobody declares it. */
import { randomUUID } from 'node:crypto';
import { noteOnboarding } from '../../src/onboarding/index.ts';
import { openRequestLog, type AnsweredRequest } from '../../src/partners/index.ts';
import { NO_TENANT, inTransaction } from '../../src/platform/postgres/database.ts';
import { startTestApp, type TestApp } from '../harness/app.ts';
import { SeededPartner } from '../harness/seed.ts';
import { change, makeSandbox } from './sandbox-asking.ts';

interface Step {
  readonly name: string;
  readonly state: 'OPEN' | 'DONE';
  readonly doneAt: string | null;
  readonly evidence: readonly string[];
}

let gateway: TestApp;
let partner: SeededPartner;

beforeAll(async () => {
  gateway = await startTestApp({ limitsAsShipped: true });
});
beforeEach(async () => {
  partner = await gateway.seed.partner();
});
afterAll(() => gateway.close());

async function stepsOf(asker: SeededPartner): Promise<readonly Step[]> {
  const { data } = await asker.query('{ onboarding { steps { name state doneAt evidence } } }');
  return data.onboarding.steps as readonly Step[];
}

const done = (steps: readonly Step[]): string[] => steps.filter(({ state }) => state === 'DONE').map(({ name }) => name);

/** What the asker has shown, once the log has been written as far as the answer that is expected. */
async function shown(asker: SeededPartner, step: string): Promise<readonly Step[]> {
  for (let tries = 0; tries < 100; tries++) {
    const steps = await stepsOf(asker);
    if (done(steps).includes(step)) return steps;
    await new Promise(resolve => setTimeout(resolve, 50));
  }
  throw new Error(`${step} was not seen within five seconds.`);
}

/** Answers as the log takes them, of an integration in its sandbox. */
async function log(asker: SeededPartner, answers: readonly Partial<AnsweredRequest>[]): Promise<readonly string[]> {
  const { data } = await asker.query('{ viewer { partner { id } } }');
  const requestLog = openRequestLog(gateway.app.database, batch => noteOnboarding(gateway.app.database, batch));
  const ids = answers.map(() => `req_${randomUUID().replaceAll('-', '')}`);
  for (const [i, answer] of answers.entries()) {
    requestLog.add({
      id: ids[i]!,
      environmentId: asker.environmentId,
      partnerId: data.viewer.partner.id,
      integrationId: asker.clientId,
      receivedAt: gateway.clock.now() + i * 1000,
      apiVersion: '2026-10',
      operationKind: 'QUERY',
      operationName: 'Standing',
      documentHash: null,
      status: 200,
      errorCodes: [],
      objectCount: 1,
      followedCursor: false,
      retryAfterMs: null,
      requestedCost: 1,
      refundedCost: 0,
      durationMs: 10,
      ...answer,
    });
  }
  await requestLog.flush();
  return ids;
}

test('a new sandbox has shown nothing, and its first answer shows the first step, by its request id', async () => {
  const { inside } = await makeSandbox(gateway, partner);
  expect(await stepsOf(inside)).toEqual(
    ['FIRST_QUERY', 'LIST_PAGED', 'THROTTLE_RESPECTED', 'CONSENT_RESPECTED', 'BROWNOUT_SURVIVED'].map(name => ({ name, state: 'OPEN', doneAt: null, evidence: [] })),
  );
  const [first] = await shown(inside, 'FIRST_QUERY');
  expect(first).toMatchObject({ doneAt: new Date(gateway.clock.now()).toISOString(), evidence: [expect.stringMatching(/^req_/)] });
});

test('paging by a cursor is seen, and a first page alone is not', async () => {
  const { inside } = await makeSandbox(gateway, partner);
  const page = 'query Page($after: String) { milestones(first: 2, after: $after) { pageInfo { endCursor } } }';
  const first = await inside.query(page);
  expect(done(await shown(inside, 'FIRST_QUERY'))).toEqual(['FIRST_QUERY']);
  const second = await inside.query(page, { after: first.data.milestones.pageInfo.endCursor });
  const steps = await shown(inside, 'LIST_PAGED');
  expect(steps[1]).toMatchObject({ name: 'LIST_PAGED', evidence: [second.headers.get('x-request-id')] });
});

test('waiting as long as a refusal says is seen, and coming back too soon is not', async () => {
  const { inside } = await makeSandbox(gateway, partner);
  const aliases = Array.from({ length: 9 }, (_, i) => `a${i}: milestoneProgress(first: 100) { nodes { state } }`).join(' ');
  const dear = () => inside.query(`query Dear { ${aliases} }`);
  let answer = await dear();
  while (!answer.errors) answer = await dear();
  expect(answer.errors[0]!.extensions['code']).toBe('THROTTLED');
  gateway.clock.advance(answer.errors[0]!.extensions['retryAfterMs'] / 2);
  answer = await dear();
  expect(answer.errors![0]!.extensions['code']).toBe('THROTTLED');
  gateway.clock.advance(answer.errors![0]!.extensions['retryAfterMs']);
  const admitted = await dear();
  expect(admitted.errors).toBeUndefined();
  gateway.clock.advance(1000);
  const steps = await shown(inside, 'THROTTLE_RESPECTED');
  expect(steps[2]!.evidence).toEqual([answer.headers.get('x-request-id'), admitted.headers.get('x-request-id')]);
});

test('an operation that is answered after a brownout of what it uses is seen, by its name', async () => {
  const { inside } = await makeSandbox(gateway, partner);
  const ask = (query: string, headers = {}) => inside.query(query, undefined, { headers });
  const met = await ask('query Rewards { milestones(first: 1) { nodes { userOutcome } } }', { 'sandbox-fault': 'brownout:Milestone.userOutcome' });
  expect(met.errors![0]!.extensions['code']).toBe('BROWNOUT');
  gateway.clock.advance(1000);
  await ask('query Another { viewer { apiVersion } }');
  gateway.clock.advance(1000);
  const answered = await ask('query Rewards { milestones(first: 1) { nodes { title } } }');
  const steps = await shown(inside, 'BROWNOUT_SURVIVED');
  expect(steps[4]!.evidence).toEqual([met, answered].map(({ headers }) => headers.get('x-request-id')));
});

test('going on after a refused reading is seen in the answer that follows it', async () => {
  const { inside } = await makeSandbox(gateway, partner);
  await log(inside, [{ errorCodes: ['CONSENT_REQUIRED'] }]);
  expect(done(await stepsOf(inside))).toEqual([]);
  gateway.clock.advance(60_000);
  const [answered] = await log(inside, [{}]);
  const steps = await shown(inside, 'CONSENT_RESPECTED');
  expect(done(steps)).toEqual(['FIRST_QUERY', 'CONSENT_RESPECTED']);
  expect(steps[3]!.evidence[1]).toBe(answered);
});

test("what sandboxes have shown is their live partner's, and stays when log and sandbox are gone", async () => {
  const other = await gateway.seed.partner();
  const { id, inside } = await makeSandbox(gateway, partner);
  await inside.query('{ viewer { apiVersion } }');
  const [first] = await shown(inside, 'FIRST_QUERY');
  expect((await shown(partner, 'FIRST_QUERY'))[0]).toEqual(first);
  await inTransaction(gateway.app.database, NO_TENANT, tx => tx.query('select portico.trim_request_log($1, 0)', [new Date(gateway.clock.now() + 1000)]));
  expect((await change(partner, 'deleteSandbox', { sandboxId: id }, 'deletedSandboxId')).userErrors).toEqual([]);
  expect((await stepsOf(partner))[0]).toEqual(first);
  expect(done(await stepsOf(other))).toEqual([]);
});

test("what was shown before an account is the partner's who claims the sandbox", async () => {
  const made = (await (await fetch(`${gateway.url}/sandboxes/anonymous`, { method: 'POST' })).json()) as Record<
    'environmentId' | 'clientId' | 'clientSecret' | 'claimToken',
    string
  >;
  const inside = new SeededPartner(gateway.url, { ...made, partnerId: '' });
  const [first] = await shown(inside, 'FIRST_QUERY');
  expect(done(await stepsOf(partner))).toEqual([]);
  expect((await change(partner, 'claimSandbox', { claimToken: made.claimToken, name: 'Found' }, 'sandbox { id }')).userErrors).toEqual([]);
  await inside.query('{ viewer { apiVersion } }');
  expect((await shown(partner, 'FIRST_QUERY'))[0]).toEqual(first);
});

test('live traffic shows nothing: one rehearses in a sandbox', async () => {
  await log(partner, [{}, { followedCursor: true }]);
  expect(done(await stepsOf(partner))).toEqual([]);
});

test("the time to the first value is from the first credential to the first milestone reached, by the environment's clock", async () => {
  const { inside } = await makeSandbox(gateway, partner);
  const { data, errors } = await inside.query(`{
    onboarding { firstCredentialAt firstValueAt timeToFirstValue isComplete }
    integrations(first: 100) { nodes { createdAt } }
    milestoneProgress(first: 100) { nodes { reachedAt } }
  }`);
  expect(errors).toBeUndefined();
  const instants = (nodes: readonly Record<string, string | null>[], name: string): number[] => nodes.flatMap(node => (node[name] ? [Date.parse(node[name])] : []));
  const began = Math.min(...instants(data.integrations.nodes, 'createdAt'));
  const reached = Math.min(...instants(data.milestoneProgress.nodes, 'reachedAt'));
  expect(data.onboarding).toMatchObject({ firstCredentialAt: new Date(began).toISOString(), firstValueAt: new Date(reached).toISOString(), isComplete: false });
  const [, days, hours, minutes, seconds] = /^P(?:(\d+)D)?(?:T(?:(\d+)H)?(?:(\d+)M)?(?:(\d+)S)?)?$/.exec(data.onboarding.timeToFirstValue)!.map(part => Number(part ?? 0));
  expect(((days! * 24 + hours!) * 60 + minutes!) * 60 + seconds!).toBe(Math.floor((reached - began) / 1000));
  expect((await partner.query('{ onboarding { timeToFirstValue } }')).data.onboarding).toEqual({ timeToFirstValue: null });
});
