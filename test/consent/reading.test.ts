/** What a partner reads of people, and what it does not: by purpose, as far as each has agreed. */
import { startTestApp, type TestApp } from '../harness/app.ts';
import type { GraphQLAnswer, SeededPartner } from '../harness/seed.ts';
import { actOnGrant, type GrantAct } from '../../src/consent/index.ts';
import { DETAILS, asMarketplace, attempt, consented, exchange, registerBack, rows, yes } from './door.ts';
import { raceWithdrawals } from './race.ts';

const DAY = 86_400_000;
const ONE = 'query ($id: ID!) { sharedCustomer(id: $id, purpose: "order_support") { id email } }';

let gateway: TestApp;
let partner: SeededPartner;
let neighbour: SeededPartner;
let shopper = 0;

const somebody = (): string => `shopper-${String((shopper += 1)).padStart(4, '0')}`;

beforeAll(async () => {
  gateway = await startTestApp({ demoMode: true });
  const partnerOf = await gateway.seed.world();
  partner = await partnerOf('ParcelPilot');
  neighbour = await partnerOf('FairShare');
  await registerBack(partner);
  await registerBack(neighbour);
});
afterAll(() => gateway.close());

interface Given {
  readonly subject: string;
  readonly consent_grant: string;
}

/** A yes to what is asked, ticks included. */
async function give(details: readonly { datatypes: readonly string[] }[] = DETAILS, { who = somebody(), by = partner, duration = '30' } = {}): Promise<Given> {
  const tried = attempt(by, { authorization_details: JSON.stringify(details.map(detail => ({ required: true, ...detail }))) });
  const { code } = await consented(gateway, by, who, { ...yes, duration }, tried);
  return (await exchange(gateway, by, code, tried.verifier)).json as Given;
}

interface OrderPage {
  readonly nodes: readonly { placedAt: string }[];
  readonly pageInfo: { endCursor: string | null; hasNextPage: boolean };
}

const scope = (category: string, lookback = 'P90D', more: object = {}) => ({
  type: 'marketplace_data',
  actions: ['read'],
  datatypes: [category],
  purpose: 'order_support',
  lookback,
  required: true,
  ...more,
});

const ask = async (query: string, variables: Record<string, unknown> = {}, who = partner): Promise<GraphQLAnswer> =>
  who.query(query, variables, { token: await who.token({ fresh: true }) });

/** Each refused path with its reason. */
const reasons = ({ errors = [] }: GraphQLAnswer): string[] => errors.map(({ path, extensions }) => `${path?.join('.')} ${extensions['reason']}`);

const act = (grantId: string, what: GrantAct['act'] & ('WITHDRAW' | 'SUSPEND' | 'RESUME' | 'REVOKE')): Promise<unknown> =>
  asMarketplace(gateway, partner.environmentId, async tx => {
    const clocks = { wall: gateway.clock, environment: gateway.clock };
    const done = await actOnGrant(tx, null, { environmentId: partner.environmentId, grantId, act: { act: what }, actor: 'MARKETPLACE' }, clocks);
    if (!done.ok) throw new Error(done.refusal.message);
  });

test('what the person agreed to is shown, and the rest is null with an error that says how to ask for it', async () => {
  const { subject, consent_grant: grantId } = await give([scope('contact.email')]);
  const answer = await ask('query ($id: ID!) { sharedCustomer(id: $id, purpose: "order_support") { id email phone orders(first: 3) { nodes { id } } location { town } } }', {
    id: subject,
  });
  expect(answer.status).toBe(200);
  expect(answer.data.sharedCustomer).toEqual({ id: subject, email: expect.stringContaining('@mail.example'), phone: null, orders: null, location: null });
  expect(reasons(answer)).toEqual(['sharedCustomer.phone NOT_IN_GRANT', 'sharedCustomer.orders NOT_IN_GRANT', 'sharedCustomer.location PURPOSE_MISMATCH']);
  expect(answer.errors![0]).toMatchObject({
    message: 'Consent required',
    path: ['sharedCustomer', 'phone'],
    extensions: {
      code: 'CONSENT_REQUIRED',
      reason: 'NOT_IN_GRANT',
      category: 'contact.phone',
      purpose: 'order_support',
      grantId,
      consentRequest: { mutation: 'requestConsent', scopes: ['order_support:contact.phone:READ'] },
      requestId: expect.stringMatching(/^req_/),
      retryable: false,
    },
  });
});

test("nobody, another partner's person and one without a grant look alike", async () => {
  const { subject: theirs } = await give([{ ...scope('location.coarse'), purpose: 'delivery_choice' } as never], { by: neighbour }).catch(() => ({ subject: 'sub_none' }));
  const [neighbours] = await rows<{ id: string }>(gateway, 'select id from portico.pairwise_subject where partner_id = $1 limit 1', [neighbour.partnerId]);
  const without = 'query ($id: ID!) { sharedCustomer(id: $id, purpose: "order_support") { id email phone orders { nodes { id } } } }';
  const answers = await Promise.all(['sub_nobodyatall', theirs, neighbours?.id ?? 'sub_x', 'mst_something'].map(async id => ({ id, answer: await ask(without, { id }) })));
  for (const { id, answer } of answers) {
    expect(answer.data.sharedCustomer).toEqual({ id, email: null, phone: null, orders: null });
    expect(reasons(answer)).toEqual(['sharedCustomer.email NO_GRANT', 'sharedCustomer.phone NO_GRANT', 'sharedCustomer.orders NO_GRANT']);
    expect(answer.extensions!['cost'].actualQueryCost).toBe(answers[0]!.answer.extensions!['cost'].actualQueryCost);
  }
  expect((await ask(without, { id: 'no id' })).data).toEqual({ sharedCustomer: null });
});

test('a grant that has ended says how, to the partner that held it, and its person leaves the list', async () => {
  const listed = async (id: string) =>
    (await ask('query ($ids: [ID!]) { sharedCustomers(purpose: "order_support", first: 5, filter: { ids: $ids }) { nodes { email } } }', { ids: [id] })).data.sharedCustomers.nodes
      .length;
  const [withdrawn, revoked, suspended, expiring] = [await give(), await give(), await give(), await give(DETAILS, { duration: 'once' })];
  expect(await listed(withdrawn.subject)).toBe(1);
  await act(withdrawn.consent_grant, 'WITHDRAW');
  await act(revoked.consent_grant, 'REVOKE');
  await act(suspended.consent_grant, 'SUSPEND');
  const reasonOf = async ({ subject }: Given) => reasons(await ask(ONE, { id: subject }));
  expect(await reasonOf(withdrawn)).toEqual(['sharedCustomer.email WITHDRAWN']);
  expect(await reasonOf(revoked)).toEqual(['sharedCustomer.email NO_GRANT']);
  expect(await reasonOf(suspended)).toEqual(['sharedCustomer.email SUSPENDED']);
  expect(await listed(withdrawn.subject)).toBe(0);
  expect(await listed(suspended.subject)).toBe(0);
  await act(suspended.consent_grant, 'RESUME');
  expect(await listed(suspended.subject)).toBe(1);
  gateway.clock.advance(7 * DAY);
  expect(await reasonOf(expiring)).toEqual(['sharedCustomer.email EXPIRED']);
  expect(await listed(expiring.subject)).toBe(0);
});

test('a purpose is the one that was named: a grant for another opens nothing, nor does one without approval', async () => {
  const { subject } = await give();
  expect(reasons(await ask('query ($id: ID!) { sharedCustomer(id: $id, purpose: "delivery_choice") { email } }', { id: subject }))).toEqual([
    'sharedCustomer.email PURPOSE_MISMATCH',
  ]);
  expect(reasons(await ask('query ($id: ID!) { sharedCustomer(id: $id, purpose: "personal_picks") { email } }', { id: subject }))).toEqual([
    'sharedCustomer.email PURPOSE_MISMATCH',
  ]);
  const list = await ask('{ sharedCustomers(purpose: "personal_picks", first: 5) { nodes { id } } }');
  expect(list.data).toEqual({ sharedCustomers: { nodes: [] } });
  expect(reasons(list)).toEqual(['sharedCustomers PURPOSE_MISMATCH']);
  const malformed = await ask('{ sharedCustomers(purpose: "Order support", first: 5) { nodes { id } } }');
  expect(malformed.errors).toMatchObject([{ extensions: { code: 'BAD_USER_INPUT' } }]);
});

test('a withdrawn approval counts from the next statement on', async () => {
  const { subject } = await give();
  await rows(gateway, "update portico.integration_purpose set withdrawn_at = approved_at where integration_id = $1 and purpose = 'order_support'", [partner.clientId]);
  expect(reasons(await ask(ONE, { id: subject }))).toEqual(['sharedCustomer.email PURPOSE_MISMATCH']);
  await rows(gateway, "update portico.integration_purpose set withdrawn_at = null where integration_id = $1 and purpose = 'order_support'", [partner.clientId]);
  expect((await ask(ONE, { id: subject })).errors).toBeUndefined();
});

test('orders reach as far back and are as exact as was agreed, in lists, counts and cursors alike', async () => {
  const who = somebody();
  const { subject } = await give([scope('order.history', 'P60D', { precision: 'coarse' })], { who });
  const placed = (
    await rows<{ at: Date }>(
      gateway,
      `select o.placed_at as at from portico.customer_order o join portico.customer c on c.environment_id = o.environment_id and c.id = o.customer_id
       where c.environment_id = $1 and c.reference = $2 and o.placed_at >= $3 order by 1 desc`,
      [partner.environmentId, who, new Date(gateway.clock.now() - 60 * DAY)],
    )
  ).map(({ at }) => `${at.toISOString().slice(0, 7)}-01T00:00:00.000Z`);
  const page =
    'query ($id: ID!, $after: String) { sharedCustomer(id: $id, purpose: "order_support") { orderCount orders(first: 1, after: $after) { nodes { placedAt } pageInfo { endCursor hasNextPage } } } }';
  const seen: string[] = [];
  for (let after: string | null = null, more = true; more;) {
    const { orderCount, orders }: { orderCount: number; orders: OrderPage } = (await ask(page, { id: subject, after })).data.sharedCustomer;
    expect(orderCount).toBe(placed.length);
    seen.push(...orders.nodes.map(({ placedAt }) => placedAt));
    const [, at] = JSON.parse(Buffer.from(orders.pageInfo.endCursor ?? '', 'base64url').toString()) as readonly string[];
    expect(at).toMatch(/-01T00:00:00/);
    [after, more] = [orders.pageInfo.endCursor, orders.pageInfo.hasNextPage];
  }
  expect(seen).toEqual(placed);
});

test('each person of whom anything was shown has an entry with what it was, and nobody else has one', async () => {
  const [shown, other] = [await give([scope('contact.email'), scope('order.history')]), await give([scope('contact.phone')])];
  const answer = await ask(
    'query ($ids: [ID!]) { sharedCustomers(purpose: "order_support", first: 9, filter: { ids: $ids }) { edges { node { id mail: email orders { nodes { total { amount } } } } } } }',
    {
      ids: [shown.subject, other.subject],
    },
  );
  expect(answer.data.sharedCustomers.edges).toHaveLength(2);
  const orders = answer.data.sharedCustomers.edges.find(({ node }: { node: { id: string } }) => node.id === shown.subject).node.orders.nodes.length;
  expect(
    await rows(gateway, 'select grant_id, grant_version, purpose, fields, record_count, decision from portico.access_entry where request_id = $1', [
      answer.headers.get('x-request-id'),
    ]),
  ).toEqual([
    {
      grant_id: shown.consent_grant,
      grant_version: 1,
      purpose: 'order_support',
      fields: ['SharedCustomer.email', 'SharedCustomer.orders', 'SharedOrder.total'],
      // The person, the page and its orders with their totals.
      record_count: 2 + 2 * orders,
      decision: 'RELEASED',
    },
  ]);
  const [nothing, namesOnly] = [
    await ask(ONE, { id: other.subject }),
    await ask('query ($id: ID!) { sharedCustomer(id: $id, purpose: "order_support") { id grant { id } } }', { id: shown.subject }),
  ];
  const ids = [nothing, namesOnly].map(({ headers }) => headers.get('x-request-id'));
  expect(await rows(gateway, 'select from portico.access_entry where request_id = any ($1)', [ids])).toEqual([]);
});

test('a grant for one look discloses once, however many read at once', async () => {
  const { subject, consent_grant: grantId } = await give(DETAILS, { duration: 'once' });
  // Nothing of the person's own is no look.
  await ask('query ($id: ID!) { sharedCustomer(id: $id, purpose: "order_support") { id phone } }', { id: subject });
  const token = await partner.token({ fresh: true });
  const twice =
    'query ($id: ID!) { a: sharedCustomer(id: $id, purpose: "order_support") { email } b: sharedCustomers(purpose: "order_support", first: 3, filter: { ids: [$id] }) { nodes { email } } }';
  const answers = await Promise.all(Array.from({ length: 50 }, (_, i) => partner.query(i % 2 ? ONE : twice, { id: subject }, { token })));
  expect(answers.flatMap(({ text }) => text.match(/@mail\.example/g) ?? [])).toHaveLength(1);
  expect(await rows(gateway, 'select from portico.access_entry where grant_id = $1', [grantId])).toHaveLength(1);
  expect(reasons(await ask(ONE, { id: subject }))).toEqual(['sharedCustomer.email EXPIRED']);
  expect(await rows(gateway, 'select kind, grant_version from portico.consent_event where grant_id = $1 order by 2', [grantId])).toEqual([
    { kind: 'GIVEN', grant_version: 1 },
    { kind: 'CONSUMED', grant_version: 2 },
  ]);
});

test('a filter tells nothing of who has not agreed, nor of who agreed to one look, and what it tells is written down', async () => {
  const [agreed, not, once] = [somebody(), somebody(), somebody()];
  const given = await give([scope('contact.email')], { who: agreed });
  await give([scope('contact.phone')], { who: not });
  await give([scope('contact.email')], { who: once, duration: 'once' });
  const emailOf = async (who: string) =>
    (await rows<{ email: string }>(gateway, 'select email from portico.customer where environment_id = $1 and reference = $2', [partner.environmentId, who]))[0]!.email;
  const found = async (email: string) =>
    ask('query ($email: String) { sharedCustomers(purpose: "order_support", first: 5, filter: { email: $email }) { nodes { id } } }', { email });
  const hit = await found(await emailOf(agreed));
  expect(hit.data.sharedCustomers.nodes).toEqual([{ id: given.subject }]);
  expect((await found(await emailOf(not))).data.sharedCustomers.nodes).toEqual([]);
  expect((await found(await emailOf(once))).data.sharedCustomers.nodes).toEqual([]);
  expect(await rows(gateway, 'select fields from portico.access_entry where request_id = $1', [hit.headers.get('x-request-id')])).toEqual([
    { fields: ['SharedCustomerFilter.contact.email'] },
  ]);
});

test('two partners who pool what they received cannot join a person: no id, no order id, no cursor, no order in common', async () => {
  const details = (purpose: string) => [{ ...scope('order.history', 'P90D'), purpose }];
  const people = [somebody(), somebody(), somebody(), somebody()];
  const query = 'query ($purpose: String!) { sharedCustomers(purpose: $purpose, first: 20) { edges { cursor node { id orders(first: 10) { edges { cursor node { id } } } } } } }';
  const [ours, theirs] = [partner, neighbour];
  const received: string[][] = [];
  for (const by of [ours, theirs]) {
    for (const who of people)
      await give(
        details('delivery_choice').map(detail => ({ ...detail, precision: 'coarse' })),
        { who, by },
      );
    received.push((await ask(query, { purpose: 'delivery_choice' }, by)).text.match(/"(sub_|ord_)?[\w-]{20,}"/g)!);
  }
  expect(received[0]!.length).toBeGreaterThan(2 * people.length);
  expect(received[0]!.filter(id => received[1]!.includes(id))).toEqual([]);
  const cursor = (await ask(query, { purpose: 'delivery_choice' }, ours)).data.sharedCustomers.edges[0].cursor;
  const borrowed = await ask('query ($after: String) { sharedCustomers(purpose: "delivery_choice", first: 5, after: $after) { nodes { id } } }', { after: cursor }, theirs);
  expect(borrowed.errors).toMatchObject([{ extensions: { code: 'BAD_USER_INPUT' } }]);
});

test.each([
  ['an alias', '{ x: email }'],
  ['a fragment', '{ ...on SharedCustomer { email } }'],
  ['a named fragment below a condition', '{ ...F @include(if: true) }'],
  ['introspection beside it', '{ __typename email }'],
])('%s is no road round the rule', async (_how, selection) => {
  const { subject } = await give([scope('contact.phone')]);
  const fragment = selection.includes('...F') ? 'fragment F on SharedCustomer { email }' : '';
  for (const version of ['2026-01', '2026-07', 'unstable']) {
    const answer = await partner.query(
      `query ($id: ID!) { __schema { queryType { name } } sharedCustomer(id: $id, purpose: "order_support") ${selection} sharedCustomers(purpose: "order_support", first: 9, filter: { ids: [$id] }) { edges { node ${selection} } } } ${fragment}`,
      { id: subject },
      { version, token: await partner.token({ fresh: true }) },
    );
    expect(answer.text).not.toContain('@mail.example');
    expect(reasons(answer).filter(reason => reason.endsWith('NOT_IN_GRANT'))).toHaveLength(2);
  }
});

test('a person is no Node', async () => {
  const { subject } = await give();
  expect((await ask('query ($id: ID!) { node(id: $id) { id } nodes(ids: [$id]) { id } }', { id: subject })).data).toEqual({ node: null, nodes: [null] });
});

test('reads that begin after a withdrawal returned show nothing, on two gateways', async () => {
  const beside = await startTestApp({ beside: gateway, demoMode: true });
  const outcome = await raceWithdrawals({ gateways: [gateway, beside], partner, people: [somebody(), somebody(), somebody()], readsPerPerson: 100, atOnce: 6 });
  await beside.close();
  expect(outcome).toMatchObject({ reads: 300, leaked: 0, unlogged: 0 });
  expect(outcome.disclosed).toBeGreaterThan(0);
  expect(outcome.late).toBeGreaterThan(0);
});
