/** What a partner finds out before anybody is asked, and with people of a sandbox who decide by themselves. */
import { makeSandbox } from '../api/sandbox-asking.ts';
import { startTestApp, type TestApp } from '../harness/app.ts';
import type { GraphQLAnswer, SeededPartner } from '../harness/seed.ts';
import { registerBack, rows } from './door.ts';

const PREVIEW = `query ($query: String!, $variables: String, $operationName: String, $scopes: [String!]) {
  consentPreview(query: $query, variables: $variables, operationName: $operationName, scopes: $scopes) {
    fields { path category level purpose scope isOpen } denied { path reason category purpose grantId count } scopes
  }
}`;

const PAGE = '{ sharedCustomers(purpose: "order_support", first: 9) { nodes { id email phone orderCount location { town } } } viewer { apiVersion } }';

let gateway: TestApp;
let partner: SeededPartner;

beforeAll(async () => {
  gateway = await startTestApp({ demoMode: true });
  partner = await (await gateway.seed.world())('ParcelPilot');
});
afterAll(() => gateway.close());

interface Preview {
  readonly fields: readonly { path: string[]; scope: string; isOpen: boolean; level: string }[];
  readonly denied: readonly { path: string[]; reason: string; count: number }[];
  readonly scopes: readonly string[];
}

const ask = async (query: string, variables: Record<string, unknown> = {}): Promise<GraphQLAnswer> =>
  partner.query(query, variables, { token: await partner.token({ fresh: true }) });

async function preview(query: string, more: { variables?: string; scopes?: string[]; operationName?: string } = {}): Promise<Preview> {
  const answer = await ask(PREVIEW, { query, ...more });
  expect(answer.errors).toBeUndefined();
  return (answer.data as { consentPreview: Preview }).consentPreview;
}

/** What the query is answered when it is sent. */
const refusals = ({ errors = [] }: GraphQLAnswer): unknown[] =>
  errors.map(({ path, extensions: { reason, category, purpose, grantId, count } }) => ({ path, reason, category, purpose, grantId, count }));

test('a preview says what each field needs, and refuses what the query would be refused, of every page and person alike', async () => {
  const told = await preview(PAGE);
  expect(told.fields).toEqual([
    { path: ['sharedCustomers', 'nodes', 'email'], category: 'contact.email', level: 'RECORD', purpose: 'order_support', scope: 'order_support:contact.email:READ', isOpen: true },
    { path: ['sharedCustomers', 'nodes', 'phone'], category: 'contact.phone', level: 'RECORD', purpose: 'order_support', scope: 'order_support:contact.phone:READ', isOpen: true },
    {
      path: ['sharedCustomers', 'nodes', 'orderCount'],
      category: 'order.history',
      level: 'COUNT',
      purpose: 'order_support',
      scope: 'order_support:order.history:READ',
      isOpen: true,
    },
    {
      path: ['sharedCustomers', 'nodes', 'location'],
      category: 'location.coarse',
      level: 'RECORD',
      purpose: 'order_support',
      scope: 'order_support:location.coarse:READ',
      isOpen: false,
    },
    expect.objectContaining({ path: ['sharedCustomers', 'nodes', 'location', 'town'] }),
  ]);
  expect(told.denied.length).toBeGreaterThan(1);
  expect(told.denied).toEqual(refusals(await ask(PAGE)));
  const { data } = await ask('{ consentGrants(first: 100) { nodes { subjectId purpose state } } }');
  const one = 'query One($id: ID!) { them: sharedCustomer(id: $id, purpose: "order_support") { email orders(first: 3) { nodes { total { amount } } } } }';
  for (const { subjectId: id } of (data as { consentGrants: { nodes: { subjectId: string }[] } }).consentGrants.nodes.slice(0, 6)) {
    const { denied } = await preview(`${one} query Two { viewer { apiVersion } }`, { variables: JSON.stringify({ id }), operationName: 'One' });
    expect(denied).toEqual(refusals(await ask(one, { id })));
  }
});

test('what people are taken to have agreed to opens that much, and nothing beyond the purpose', async () => {
  const { fields, scopes } = await preview(PAGE, { scopes: ['order_support:contact.email:READ', 'order_support:location.coarse:READ'] });
  expect(fields.filter(({ isOpen }) => isOpen).map(({ path }) => path.at(-1))).toEqual(['email']);
  expect(scopes).toEqual(['contact.email', 'contact.phone', 'order.history', 'location.coarse'].map(category => `order_support:${category}:READ`));
  const unapproved = await preview('{ sharedCustomers(purpose: "personal_picks", first: 2) { nodes { orderCount } } }');
  expect(unapproved).toMatchObject({ fields: [{ isOpen: false }], denied: [{ path: ['sharedCustomers'], reason: 'PURPOSE_MISMATCH' }] });
});

test('a preview shows nothing, leaves no entry, and finds nobody by what is theirs', async () => {
  const before = await rows(gateway, 'select id from portico.access_entry');
  const [person] = await rows<{ email: string }>(gateway, 'select email from portico.customer where environment_id = $1 order by reference limit 1', [partner.environmentId]);
  const answer = await ask(PREVIEW, { query: PAGE });
  expect(answer.text).not.toMatch(/@mail\.example|sub_/);
  const searched = await ask(PREVIEW, { query: `{ sharedCustomers(purpose: "order_support", first: 5, filter: { email: "${person!.email}" }) { nodes { phone } } }` });
  expect(searched.errors).toMatchObject([{ message: expect.stringContaining('finds nobody'), extensions: { code: 'BAD_USER_INPUT' } }]);
  expect(await rows(gateway, 'select id from portico.access_entry')).toEqual(before);
});

test.each([
  ['no query', 'mutation { relinquishConsent(input: { grantId: "cgr_1" }) { userErrors { code } } }', {}, 'Only queries'],
  ['one that is not valid', '{ sharedCustomers(first: 3) { nodes { id } } }', {}, 'refused itself'],
  ['one of several operations', 'query A { viewer { apiVersion } } query B { viewer { apiVersion } }', {}, 'several operations'],
  ['one beyond its cost', '{ sharedCustomers(purpose: "order_support", first: 100) { nodes { orders(first: 100) { nodes { id } } } } }', {}, 'smaller pages'],
  ['variables that are none', PAGE, { variables: '[1]' }, 'JSON object'],
  ['variables that do not fit', 'query ($id: ID!) { sharedCustomer(id: $id, purpose: "order_support") { email } }', {}, 'variables'],
  ['a scope that is none', PAGE, { scopes: ['contact.email'] }, 'A scope is'],
])('a preview of %s is refused with what to do', async (_what, query, more, told) => {
  const { status, errors } = await ask(PREVIEW, { query, ...more });
  expect(status).toBeLessThan(500);
  expect(errors).toMatchObject([{ message: expect.stringContaining(told), extensions: { code: 'BAD_USER_INPUT' } }]);
});

const ASK = 'mutation ($input: RequestConsentInput!) { requestConsent(input: $input) { consentRequest { grant { id state expiresAt } } userErrors { code } } }';

interface Asked {
  readonly consentRequest: { readonly grant: { readonly id: string; readonly state: string; readonly expiresAt: string } | null } | null;
  readonly userErrors: readonly { readonly code: string }[];
}

/** A sandbox of the partner's, in which people can be asked. */
async function rehearsal(): Promise<{
  inside: SeededPartner;
  ask: (subjectId: string) => Promise<Asked>;
  reasons: (subjectId: string) => Promise<unknown[]>;
  advance: (by: string) => Promise<string[]>;
}> {
  const { inside } = await makeSandbox(gateway, partner);
  await registerBack(inside);
  const send = async (query: string, variables: Record<string, unknown>) => inside.query(query, variables, { token: await inside.token({ fresh: true }) });
  let asked = 0;
  return {
    inside,
    ask: async subjectId => {
      const input = { subjectId, purpose: 'order_support', scopes: [{ category: 'contact.email' }], idempotencyKey: `ask-${(asked += 1)}` };
      return ((await send(ASK, { input })).data as { requestConsent: Asked }).requestConsent;
    },
    reasons: async id => {
      const answer = await send('query ($id: ID!) { sharedCustomer(id: $id, purpose: "order_support") { email } }', { id });
      return answer.errors ? answer.errors.map(({ extensions: { reason } }) => reason) : [(answer.data as { sharedCustomer: { email: string } }).sharedCustomer.email];
    },
    advance: async by => {
      const { data } = await send('mutation ($input: AdvanceClockInput!) { advanceClock(input: $input) { fired { kind } userErrors { message } } }', {
        input: { by, idempotencyKey: `move-${by}-${asked}` },
      });
      const moved = (data as { advanceClock: { fired: { kind: string }[]; userErrors: unknown[] } }).advanceClock;
      expect(moved.userErrors).toEqual([]);
      return moved.fired.map(({ kind }) => kind);
    },
  };
}

test("a sandbox's people decide by themselves, each in their own way; in live there are none", async () => {
  const { inside, ask: asks, reasons, advance } = await rehearsal();
  const nobody = { consentRequest: null, userErrors: [{ code: 'NOT_FOUND' }] };
  expect([await asks('shp_test_erased'), await asks('shp_test_somebody_else')]).toEqual([nobody, nobody]);
  expect((await asks('shp_test_suspended')).consentRequest!.grant!.state).toBe('SUSPENDED');
  expect(await reasons('shp_test_suspended')).toEqual(['SUSPENDED']);
  for (const no of ['shp_test_minor', 'shp_test_refuse']) {
    expect(await asks(no)).toEqual({ consentRequest: { grant: null }, userErrors: [] });
    expect(await asks(no)).toEqual({ consentRequest: null, userErrors: [{ code: 'CONSENT_RESTING' }] });
  }
  expect(await asks('shp_test_slow_decision')).toEqual({ consentRequest: { grant: null }, userErrors: [] });
  expect(await reasons('shp_test_slow_decision')).toEqual(['NO_GRANT']);
  const withdrawn = await inside.query(
    '{ sharedCustomer(id: "shp_test_suspended", purpose: "order_support") { email } sharedCustomers(purpose: "order_support", first: 3) { nodes { id } } }',
    {},
    { headers: { 'sandbox-fault': 'consent_withdrawn' } },
  );
  expect(withdrawn.errors).toMatchObject([{ extensions: { reason: 'WITHDRAWN' } }]);
  expect(withdrawn.data).toEqual({ sharedCustomer: { email: null }, sharedCustomers: { nodes: [] } });
  expect(withdrawn.headers.get('sandbox-fault')).toBe('consent_withdrawn');
  expect(await advance('PT10M')).toContain('consent.decide');
  expect(await reasons('shp_test_slow_decision')).toEqual(['slow.decision@mail.example']);
  const live = await ask(ASK, { input: { subjectId: 'shp_test_allow_all', purpose: 'order_support', scopes: [{ category: 'contact.email' }], idempotencyKey: 'live' } });
  expect(live.errors).toMatchObject([{ extensions: { code: 'SANDBOX_VALUE_IN_LIVE' } }]);
});

test('in live nobody plays the person or the marketplace', async () => {
  for (const [mutation, fields] of [
    ['rehearseErasure', 'subjectId: "sub_nobody"'],
    ['rehearseBreach', 'summary: "None."'],
    ['rehearseBreachNotification', 'breachId: "brc_none", audience: AUTHORITY'],
    ['rehearseBreachEnd', 'breachId: "brc_none", grants: REVOKED'],
  ]) {
    const { errors } = await ask(`mutation { ${mutation}(input: { ${fields}, idempotencyKey: "${mutation}" }) { userErrors { code } } }`);
    expect(errors).toMatchObject([{ message: expect.stringContaining('token of a sandbox'), extensions: { code: 'SANDBOX_VALUE_IN_LIVE' } }]);
  }
});

test('whoever shares for longer is reminded every 90 days, and a partner is asked to give up what it does not use', async () => {
  const { inside, ask: asks, reasons, advance } = await rehearsal();
  const used = (await asks('shp_test_allow_all')).consentRequest!.grant!;
  await asks('shp_test_slow_decision');
  await advance('PT10M');
  const standing = async (): Promise<{ subjectId: string; remindedAt: string | null; relinquishAskedAt: string | null }[]> =>
    (
      await inside.query('{ consentGrants(first: 9, state: GIVEN) { nodes { subjectId remindedAt relinquishAskedAt } } }', {}, { token: await inside.token({ fresh: true }) })
    ).data.consentGrants.nodes.filter(({ subjectId }: { subjectId: string }) => subjectId.startsWith('shp_test'));
  expect((await standing()).map(({ remindedAt }) => remindedAt)).toEqual([null, null]);
  expect(Date.parse(used.expiresAt) - gateway.clock.now()).toBe(180 * 86_400_000);
  expect(await reasons('shp_test_allow_all')).toEqual(['allow.all@mail.example']);
  expect((await advance('P91D')).filter(kind => kind === 'grant.remind')).toHaveLength(2);
  const reminded = await standing();
  expect(reminded.find(({ subjectId }) => subjectId === 'shp_test_allow_all')).toMatchObject({ remindedAt: expect.any(String), relinquishAskedAt: null });
  const idle = reminded.find(({ subjectId }) => subjectId === 'shp_test_slow_decision')!;
  expect(idle.relinquishAskedAt).toBe(idle.remindedAt);
  expect(await advance('P90D')).not.toContain('grant.remind');
});
