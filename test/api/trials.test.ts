/** A trial lets an integration into live for a while: once, with one extension, by the environment's clock. */
import { randomUUID } from 'node:crypto';
import pg from 'pg';
import { startTestApp, type TestApp } from '../harness/app.ts';
import type { GraphQLAnswer, SeededPartner, SeededStaff } from '../harness/seed.ts';
import { change } from './sandbox-asking.ts';

const DAY_MS = 86_400_000;
const REDIRECT_URI = 'https://partner.example/back';

let gateway: TestApp;
let newcomer: SeededPartner;
let manager: SeededStaff;
let owner: pg.Client;

beforeAll(async () => {
  gateway = await startTestApp();
  owner = new pg.Client({ connectionString: gateway.database.ownerUrl });
  await owner.connect();
  manager = await gateway.seed.staff('PROGRAM_MANAGER');
});
beforeEach(async () => {
  newcomer = await gateway.seed.partner(undefined, { live: false });
  await manager.token({ fresh: true });
});
afterAll(async () => {
  await owner.end();
  await gateway.close();
});

const codes = ({ errors }: Pick<GraphQLAnswer, 'errors'>): unknown[] => (errors ?? []).map(({ extensions }) => extensions['code']);

interface Payload {
  readonly trial: Record<string, unknown> | null;
  readonly userErrors: readonly { readonly code: string; readonly message: string; readonly path: readonly string[] }[];
}

async function step(name: 'startTrial' | 'extendTrial' | 'promoteTrial' | 'endTrial', terms: Record<string, unknown> = {}): Promise<Payload> {
  const input = { integrationId: newcomer.clientId, reason: 'To see it with real shoppers.', idempotencyKey: randomUUID(), ...terms };
  const type = { startTrial: 'StartTrialInput', extendTrial: 'ExtendTrialInput', promoteTrial: 'TrialStepInput', endTrial: 'TrialStepInput' }[name];
  const answer = await manager.query(`mutation ($input: ${type}!) { ${name}(input: $input) { trial { state from until isReady } userErrors { code message path } } }`, { input });
  expect(answer.errors).toBeUndefined();
  return answer.data[name] as Payload;
}

const start = (days = 30) => step('startTrial', { days, supportOwner: 'Ada, ada@harbour-market.example', exitCriteria: 'Fewer than 2 in 100 requests fail.' });

/** Whether live lets its requests about people through. */
async function isOpen(): Promise<boolean> {
  const token = await newcomer.token({ fresh: true });
  const refused = codes(
    await newcomer.query('mutation { requestConsent(input: { purpose: "order_support", scopes: [], idempotencyKey: "x" }) { userErrors { code } } }', {}, { token }),
  );
  expect(refused.filter(code => code !== 'FORBIDDEN')).toEqual([]);
  return refused.length === 0;
}

const seen = async (): Promise<unknown> => {
  const { data } = await newcomer.query(
    '{ trial { state until supportOwner } viewer { integration { trial { state from extendedAt closedAt exitCriteria } } } }',
    {},
    { token: await newcomer.token({ fresh: true }) },
  );
  return data;
};

/** The newest limits of its own. */
async function ownLimits(): Promise<unknown> {
  const { rows } = await owner.query<{ capacity: number | null }>(
    "select capacity from portico.limit_policy where subject_kind = 'INTEGRATION' and subject = $1 order by id desc limit 1",
    [newcomer.clientId],
  );
  return rows[0];
}

const showEverything = () =>
  owner.query(
    `insert into portico.onboarding_evidence select environment_id, partner_id, step, now(), '{req_1}' from portico.onboarding_step where environment_id = $1 and partner_id = $2`,
    [newcomer.environmentId, newcomer.partnerId],
  );

const inDays = (days: number) => new Date(gateway.clock.now() + days * DAY_MS).toISOString();

test('while it runs live is open with lower limits, and its partner sees until when and who is there to help', async () => {
  expect(await isOpen()).toBe(false);
  expect(await seen()).toEqual({ trial: null, viewer: { integration: { trial: null } } });
  const began = inDays(0);
  expect(await start()).toEqual({ trial: { state: 'RUNNING', from: began, until: inDays(30), isReady: false }, userErrors: [] });
  expect(await isOpen()).toBe(true);
  expect(await ownLimits()).toEqual({ capacity: 500 });
  expect(await seen()).toEqual({
    trial: { state: 'RUNNING', until: inDays(30), supportOwner: 'Ada, ada@harbour-market.example' },
    viewer: { integration: { trial: { state: 'RUNNING', from: began, extendedAt: null, closedAt: null, exitCriteria: 'Fewer than 2 in 100 requests fail.' } } },
  });
});

test('it is extended once, and ends by the clock to the instant; there is no second one', async () => {
  await start(90);
  const until = inDays(180);
  expect(await step('extendTrial', { days: 90 })).toMatchObject({ trial: { state: 'EXTENDED', until }, userErrors: [] });
  expect(await step('extendTrial', { days: 1 })).toMatchObject({
    trial: null,
    userErrors: [{ code: 'RULE_BROKEN', message: expect.stringContaining('once') as string, path: ['integrationId'] }],
  });
  gateway.clock.advance(180 * DAY_MS - 1);
  expect(await isOpen()).toBe(true);
  gateway.clock.advance(1);
  expect(await isOpen()).toBe(false);
  expect(await seen()).toMatchObject({ trial: { state: 'ENDED', until } });
  await manager.token({ fresh: true });
  expect((await step('extendTrial', { days: 1 })).userErrors).toMatchObject([{ code: 'RULE_BROKEN' }]);
  expect((await start()).userErrors).toMatchObject([{ code: 'RULE_BROKEN', message: expect.stringContaining('has had its trial') as string }]);
});

test('it is promoted by the checklist alone, and then has the limits of its tier', async () => {
  await start();
  expect((await step('promoteTrial')).userErrors).toMatchObject([{ code: 'RULE_BROKEN', message: expect.stringContaining('BROWNOUT_SURVIVED') as string }]);
  await showEverything();
  expect(await step('promoteTrial')).toMatchObject({ trial: { state: 'PROMOTED', isReady: true }, userErrors: [] });
  expect(await ownLimits()).toEqual({ capacity: null });
  gateway.clock.advance(365 * DAY_MS);
  expect(await isOpen()).toBe(true);
});

test('its partner promotes it, too: goLive ends the trial well, and leaves limits alone that were decided on meanwhile', async () => {
  await start();
  await owner.query(
    `insert into portico.limit_policy (subject_kind, subject, environment_kind, capacity, refill_per_second, max_operation_cost, concurrency, starts_at, decided_by, reason)
     values ('INTEGRATION', $1, 'LIVE', 777, 77, 777, 7, now(), 'Ada', 'It needs more.')`,
    [newcomer.clientId],
  );
  await showEverything();
  expect((await change(newcomer, 'goLive', {}, 'integration { trial { state } }')) as unknown).toEqual({ integration: { trial: { state: 'PROMOTED' } }, userErrors: [] });
  expect(await ownLimits()).toEqual({ capacity: 777 });
});

test('it is ended at once, and the consent page sends nobody on for it any more', async () => {
  const authorize = async (): Promise<string | null> => {
    const parameters = new URLSearchParams({ client_id: newcomer.clientId, redirect_uri: REDIRECT_URI, state: 's', response_type: 'token' });
    const { headers } = await fetch(`${gateway.url}/oauth/authorize?${parameters.toString()}`, { redirect: 'manual' });
    return new URL(headers.get('location')!).searchParams.get('error');
  };
  await change(newcomer, 'setRedirectUris', { integrationId: newcomer.clientId, redirectUris: [REDIRECT_URI] }, 'integration { id }');
  expect(await authorize()).toBe('unauthorized_client');
  await start();
  // Past the switch, where what is wrong with the request itself is told.
  expect(await authorize()).toBe('unsupported_response_type');
  expect(await step('endTrial')).toMatchObject({ trial: { state: 'ENDED' }, userErrors: [] });
  expect(await isOpen()).toBe(false);
  expect(await authorize()).toBe('unauthorized_client');
  expect((await step('endTrial')).userErrors).toMatchObject([{ code: 'RULE_BROKEN' }]);
});

test('what no trial can be is refused by name, and whoever is not of the program begins none', async () => {
  for (const [terms, path] of [
    [{ days: 91 }, 'days'],
    [{ days: 0 }, 'days'],
    [{ supportOwner: ' ' }, 'supportOwner'],
    [{ exitCriteria: '' }, 'exitCriteria'],
  ] as const) {
    const refused = await step('startTrial', { days: 30, supportOwner: 'Ada', exitCriteria: 'Few errors.', ...terms });
    expect(refused).toMatchObject({ trial: null, userErrors: [{ code: 'INVALID', path: [path] }] });
  }
  expect((await step('endTrial')).userErrors).toMatchObject([{ code: 'NOT_FOUND' }]);
  newcomer = await gateway.seed.partner();
  expect((await start()).userErrors).toMatchObject([{ code: 'RULE_BROKEN', message: expect.stringContaining('live already') as string }]);
  const support = await gateway.seed.staff('SUPPORT');
  const list = await support.query('{ trials(first: 50) { nodes { integrationId partnerId state } } }');
  expect((list.data.trials.nodes as unknown[]).length).toBeGreaterThanOrEqual(1);
  const begun = await support.query(
    'mutation { startTrial(input: { integrationId: "int_x", days: 1, supportOwner: "x", exitCriteria: "x", reason: "x", idempotencyKey: "k" }) { userErrors { code } } }',
  );
  expect(codes(begun)).toEqual(['FORBIDDEN']);
});
