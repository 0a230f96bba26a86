/** People's rights and breaches, through their own API and the staff's: what is done is done at once, what waits has
    a date, and nothing of an erased person can be read anywhere. */
import pg from 'pg';
import { sealLogs } from '../../src/consent/index.ts';
import { faultOfInclusion, type AuditProofAnswer } from '../../src/consent/proof/verify.ts';
import { openSigningKeys } from '../../src/partners/index.ts';
import { startTestApp, type TestApp } from '../harness/app.ts';
import { ask, type GraphQLAnswer, type SeededPartner, type SeededStaff } from '../harness/seed.ts';
import { Browser, attempt, granted, hiddenFields, registerBack, rows } from './door.ts';
import { exported } from './tampering.ts';

const DAY = 86_400_000;

let gateway: TestApp;
let beside: TestApp;
let partner: SeededPartner;
let officer: SeededStaff;
let shopper = 0;

const somebody = (): string => `shopper-${String((shopper += 1)).padStart(4, '0')}`;

beforeAll(async () => {
  gateway = await startTestApp({ demoMode: true });
  beside = await startTestApp({ beside: gateway, demoMode: true });
  partner = await (await gateway.seed.world())('ParcelPilot');
  officer = await gateway.seed.staff('PRIVACY_OFFICER');
  await registerBack(partner);
});
afterAll(async () => {
  await beside.close();
  await gateway.close();
});

const read = async (query: string, variables: Record<string, unknown> = {}, url = gateway.url): Promise<GraphQLAnswer> =>
  ask(url, { query, variables }, { token: await partner.token({ fresh: true }) });

interface Person {
  readonly login: string;
  readonly ask: <T>(query: string, input?: unknown) => Promise<{ status: number; data: T; errors?: readonly { extensions: { code: string } }[] }>;
}

/** Somebody who has signed in on the pages. */
async function signedIn(login: string): Promise<Person> {
  const browser = new Browser(gateway.url);
  await browser.post('/consent/sign-in', { ...hiddenFields(await browser.get('/consent')), login });
  return {
    login,
    ask: async (query, input) => {
      const response = await browser.send('/graphql/me', {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify({ query, variables: { input } }),
      });
      return { status: response.status, ...((await response.json()) as { data: never }) };
    },
  };
}

const EMAIL = 'query ($id: ID!) { sharedCustomer(id: $id, purpose: "order_support") { email } }';
const reasonOf = ({ errors = [] }: GraphQLAnswer): unknown => errors[0]?.extensions['reason'];

interface MyGrants {
  readonly myGrants: readonly { id: string; state: string; partner: string; purpose: string; scopes: { category: string }[]; receipt: string }[];
}
interface MyLog {
  readonly myAccessLog: readonly { id: string; partnerName: string; purpose: string; fields: string[] }[];
}
interface Asked {
  readonly userErrors: readonly { code: string }[];
  readonly requestId: string | null;
}

test('a person sees what they share and each disclosure, and takes it back by their own API', async () => {
  const login = somebody();
  const { subject } = await granted(gateway, partner, login, { decision: 'yes', duration: '30', scope: 'order.history' });
  await read(EMAIL, { id: subject });
  const person = await signedIn(login);
  const { data } = await person.ask<MyGrants & MyLog>('{ myGrants { id state partner purpose scopes { category } receipt } myAccessLog { id partnerName purpose fields } }');
  expect(data.myGrants).toEqual([expect.objectContaining({ state: 'GIVEN', partner: 'ParcelPilot', purpose: 'order_support', receipt: expect.stringMatching(/^ey/) })]);
  expect(data.myAccessLog).toEqual([{ id: expect.any(String), partnerName: 'ParcelPilot', purpose: 'order_support', fields: ['SharedCustomer.email'] }]);
  const grantId = data.myGrants[0]!.id;
  const narrowed = await person.ask<{ narrowConsent: { grant: { scopes: unknown[] } } }>(
    'mutation ($input: NarrowInput!) { narrowConsent(input: $input) { grant { scopes { category } } } }',
    {
      grantId,
      leaveOut: ['order.history'],
    },
  );
  expect(narrowed.data.narrowConsent.grant.scopes).toEqual([{ category: 'contact.email' }]);
  const another = await signedIn(somebody());
  const foreign = await another.ask<{ withdrawConsent: Asked }>('mutation ($input: GrantInput!) { withdrawConsent(input: $input) { userErrors { code } } }', { grantId });
  expect(foreign.data.withdrawConsent.userErrors).toEqual([{ code: 'NOT_FOUND' }]);
  await person.ask('mutation ($input: GrantInput!) { withdrawConsent(input: $input) { userErrors { code } } }', { grantId });
  expect(reasonOf(await read(EMAIL, { id: subject }))).toBe('WITHDRAWN');
  const stranger = await fetch(`${gateway.url}/graphql/me`, { method: 'POST', headers: { 'content-type': 'application/json' }, body: '{"query":"{ myGrants { id } }"}' });
  expect(stranger.status).toBe(401);
});

test('an erasure ends what was given, leaves duties, and nothing that can be read: in no table, log or dump; proofs hold and the ledger balances', async () => {
  const login = somebody();
  const { subject, consent_grant: grantId } = await granted(gateway, partner, login, { decision: 'yes', duration: '30', scope: 'order.history' });
  await read('query ($id: ID!) { sharedCustomer(id: $id, purpose: "order_support") { email orders(first: 2) { nodes { id } } } }', { id: subject });
  const person = await signedIn(login);
  await person.ask('mutation ($input: CorrectInput!) { correct(input: $input) { requestId } }', { category: 'contact.phone', words: `My number is not what you say, ${login}.` });
  const copy = await person.ask<{ exportMyData: { json: string } }>('mutation ($input: ExportInput) { exportMyData(input: $input) { json } }', {});
  const everything = JSON.parse(copy.data.exportMyData.json) as {
    person: { email: string; phone: string; id: string };
    orders: { id: string }[];
    disclosures: unknown[];
    receipts: string[];
  };
  expect(everything.person.id).toBe(login);
  expect({ orders: everything.orders.length > 0, disclosures: everything.disclosures.length, receipts: everything.receipts.length }).toEqual({
    orders: true,
    disclosures: 1,
    receipts: 1,
  });
  const keys = await openSigningKeys({ directory: gateway.keysDir }, gateway.clock, { warn: () => undefined });
  const seal = () => sealLogs({ database: gateway.app.database, clock: gateway.clock, keys, publicUrl: () => gateway.url });
  const [entry] = await rows<{ id: string; subject_reference: string }>(gateway, 'select id, subject_reference from portico.access_entry where grant_id = $1', [grantId]);
  while ((await rows(gateway, 'select from portico.sealed_entry where entry_id = $1', [entry!.id])).length === 0) await seal();
  const logged = gateway.logged.length;

  const unconfirmed = await person.ask<{ eraseMe: Asked }>('mutation ($input: EraseInput!) { eraseMe(input: $input) { userErrors { code } } }', { confirm: false });
  expect(unconfirmed.data.eraseMe.userErrors).toEqual([{ code: 'CONFIRMATION_NEEDED' }]);
  await person.ask('mutation ($input: EraseInput!) { eraseMe(input: $input) { requestId } }', { confirm: true });

  // All that a backup would hold: every column of every row of every table.
  const traces = [everything.person.email, everything.person.phone, login, ...everything.orders.map(({ id }) => id)];
  const pattern = `(^|[^[:alnum:]-])(${traces.map(value => value.replaceAll(/[.+]/g, String.raw`\$&`)).join('|')})($|[^[:alnum:]-])`;
  const tables = await rows<{ name: string }>(
    gateway,
    "select c.oid::regclass::text as name from pg_class c join pg_namespace n on n.oid = c.relnamespace where n.nspname in ('portico', 'portico_worker') and c.relkind = 'r'",
  );
  expect(tables.length).toBeGreaterThan(80);
  const held = `select name from (${tables.map(({ name }) => `select '${name}' as name, to_jsonb(t)::text as row from ${name} t`).join(' union all ')}) x where row ~ $1`;
  expect(await rows(gateway, held, [pattern])).toEqual([]);
  // The search finds somebody who is still there.
  expect(await rows(gateway, held, ['shopper-0200'])).not.toEqual([]);
  expect(gateway.logged.slice(logged).filter(line => traces.some(value => line.includes(value)))).toEqual([]);
  expect(await rows(gateway, 'select from portico.subject_key where subject_id = $1', [subject])).toEqual([]);

  expect(reasonOf(await read(EMAIL, { id: subject }))).toBe('WITHDRAWN');
  expect((await read('{ deletionDuties(first: 50) { nodes { state grant { id } } } }')).data.deletionDuties.nodes).toContainEqual({ state: 'OPEN', grant: { id: grantId } });
  const published = ((await (await fetch(`${gateway.url}/.well-known/log-keys.json`)).json()) as { keys: Parameters<typeof faultOfInclusion>[1] }).keys;
  const { auditProof } = (await read('query ($entry: ID!) { auditProof(entry: $entry) { leafIndex path entry { canonical } checkpoint { signature } } }', { entry: entry!.id }))
    .data;
  expect(await faultOfInclusion(auditProof as AuditProofAnswer, published)).toBeNull();
  expect(await rows(gateway, 'select currency from portico.ledger_posting group by environment_id, currency having sum(amount_minor) <> 0')).toEqual([]);
  const back = new Browser(gateway.url);
  expect((await back.post('/consent/sign-in', { ...hiddenFields(await back.get('/consent')), login })).status).toBe(403);
});

test('one call stops everything that flows to a partner on all gateways, and the people it names are those whom the log proves', async () => {
  const [first, second] = [await granted(gateway, partner, somebody()), await granted(gateway, partner, somebody())];
  for (const { subject } of [first, second]) expect((await read(EMAIL, { id: subject })).errors).toBeUndefined();
  const act = async (mutation: string, type: string, selection: string, input: Record<string, unknown>): Promise<Record<string, unknown>> => {
    const { data, errors } = await officer.query(
      `mutation ($input: ${type}!) { ${mutation}(input: $input) { ${selection} userErrors { code } } }`,
      { input: { reason: 'A breach.', ...input } },
      {
        token: await officer.token({ fresh: true }),
        headers: { 'idempotency-key': `${mutation}-${JSON.stringify(input).length}` },
      },
    );
    expect(errors).toBeUndefined();
    return data[mutation] as Record<string, unknown>;
  };
  const BREACH = 'breach { id state notifyBy isOverdue peopleCount erasedCount people(first: 100) { nodes { subjectReference person subjectId } } notifications { audience } }';
  const reported = await act('reportBreach', 'ReportBreachInput', `suspendedGrants ${BREACH}`, { partnerId: partner.partnerId, summary: 'A laptop was stolen.' });
  interface Told {
    readonly id: string;
    readonly state: string;
    readonly notifyBy: string;
    readonly isOverdue: boolean;
    readonly peopleCount: number;
    readonly erasedCount: number;
    readonly people: { readonly nodes: readonly { subjectReference: string; person: string | null; subjectId: string | null }[] };
  }
  const breach = reported['breach'] as Told;
  expect(reported['suspendedGrants']).toBeGreaterThanOrEqual(2);
  for (const url of [gateway.url, beside.url]) {
    for (const { subject } of [first, second]) expect(reasonOf(await read(EMAIL, { id: subject }, url))).toBe('SUSPENDED');
    expect((await read('{ sharedCustomers(purpose: "order_support", first: 50) { nodes { email } } }', {}, url)).data.sharedCustomers.nodes).toEqual([]);
  }
  const behind = new pg.Client({ connectionString: gateway.database.adminUrl });
  await behind.connect();
  const keys = await openSigningKeys({ directory: gateway.keysDir }, gateway.clock, { warn: () => undefined });
  const unsealed = 'select from portico.access_entry e where not exists (select from portico.sealed_entry s where s.entry_id = e.id)';
  while ((await rows(gateway, unsealed)).length > 0) await sealLogs({ database: gateway.app.database, clock: gateway.clock, keys, publicUrl: () => gateway.url });
  const { lines } = await exported(behind, partner.environmentId);
  await behind.end();
  const proved = new Set(
    lines
      .map(line => JSON.parse(line) as { partner: string; subject: string })
      .filter(line => line.partner === partner.partnerId)
      .map(({ subject }) => subject),
  );
  expect(new Set(breach.people.nodes.map(({ subjectReference }) => subjectReference))).toEqual(proved);
  expect(breach.people.nodes.filter(({ person }) => person !== null)).toHaveLength(breach.peopleCount);
  expect(breach.peopleCount + breach.erasedCount).toBe(proved.size);
  expect(breach.people.nodes.map(({ subjectId }) => subjectId)).toEqual(expect.arrayContaining([first['subject'], second['subject']]));

  expect({ state: breach.state, hours: (Date.parse(breach.notifyBy) - gateway.clock.now()) / 3_600_000 }).toEqual({ state: 'CONTAINED', hours: 72 });
  const blocked = await new Browser(gateway.url).get(attempt(partner).path);
  expect(blocked.left?.searchParams.get('error')).toBe('access_denied');
  expect(await act('closeBreach', 'CloseBreachInput', 'breach { id }', { breachId: breach.id, grants: 'RESUMED', findings: 'Encrypted.' })).toEqual({
    breach: null,
    userErrors: [{ code: 'RULE_BROKEN' }],
  });
  // The partner sees as much of it, and no other partner does.
  const OWN = '{ breaches(first: 5) { nodes { id state peopleCount people(first: 100) { nodes { subjectReference subjectId } } } } }';
  const people = { nodes: breach.people.nodes.map(({ subjectReference, subjectId }) => ({ subjectReference, subjectId })) };
  expect((await read(OWN)).data.breaches.nodes).toEqual([{ id: breach.id, state: 'CONTAINED', peopleCount: breach.peopleCount, people }]);
  const other = await (await gateway.seed.world())('FairShare');
  expect((await other.query(OWN)).data).toEqual({ breaches: { nodes: [] } });
  expect((await other.query('query ($id: ID!) { node(id: $id) { id } }', { id: breach.id })).data).toEqual({ node: null });
  gateway.clock.advance(3 * DAY);
  const later = (await officer.query('query ($id: ID!) { breach(id: $id) { isOverdue } }', { id: breach.id }, { token: await officer.token({ fresh: true }) })).data;
  expect(later).toEqual({ breach: { isOverdue: true } });
  const notified = await act('recordBreachNotification', 'RecordBreachNotificationInput', 'breach { state isOverdue notifications { audience } }', {
    breachId: breach.id,
    audience: 'AUTHORITY',
    how: 'By form.',
  });
  expect(notified).toEqual({ breach: { state: 'NOTIFIED', isOverdue: false, notifications: [{ audience: 'AUTHORITY' }] }, userErrors: [] });
  const closed = await act('closeBreach', 'CloseBreachInput', 'breach { state grants }', { breachId: breach.id, grants: 'RESUMED', findings: 'The disk was encrypted.' });
  expect(closed).toEqual({ breach: { state: 'CLOSED', grants: 'RESUMED' }, userErrors: [] });
  expect((await read(EMAIL, { id: first['subject'] })).errors).toBeUndefined();
});

test('an objection suspends at once, a correction waits, both have a month, and the staff sees what is overdue', async () => {
  const login = somebody();
  const { subject, consent_grant: grantId } = await granted(gateway, partner, login);
  const person = await signedIn(login);
  const objected = await person.ask<{ object: Asked }>('mutation ($input: ObjectInput!) { object(input: $input) { requestId userErrors { code } } }', {
    grantId,
    words: 'Not for this.',
  });
  const corrected = await person.ask<{ correct: Asked }>('mutation ($input: CorrectInput!) { correct(input: $input) { requestId userErrors { code } } }', {
    category: 'contact.email',
    words: 'It has another letter.',
  });
  expect([objected.data.object.userErrors, corrected.data.correct.userErrors]).toEqual([[], []]);
  expect(reasonOf(await read(EMAIL, { id: subject }))).toBe('SUSPENDED');
  const requests = async (state: string) =>
    (
      await officer.query(
        `query ($state: DutyState) { rightsRequests(first: 10, state: $state) { nodes { id kind state person words dueAt } } }`,
        { state },
        { token: await officer.token({ fresh: true }) },
      )
    ).data.rightsRequests.nodes as { id: string; kind: string; dueAt: string }[];
  expect(new Set((await requests('OPEN')).map(({ id }) => id))).toEqual(new Set([objected.data.object.requestId, corrected.data.correct.requestId]));
  const settled = await officer.query(
    'mutation ($input: SettleRightsRequestInput!) { settleRightsRequest(input: $input) { request { state outcome } userErrors { code } } }',
    { input: { requestId: objected.data.object.requestId, outcome: 'GRANTED', answer: 'We stopped it.', reason: 'Art. 21' } },
    { token: await officer.token({ fresh: true }), headers: { 'idempotency-key': 'settle-1' } },
  );
  expect(settled.data.settleRightsRequest).toEqual({ request: { state: 'DONE', outcome: 'GRANTED' }, userErrors: [] });
  const again = await person.ask<{ myRequests: unknown[]; myGrants: unknown[] }>('{ myRequests { kind outcome answer } myGrants { state } }');
  expect(again.data.myRequests).toEqual(
    expect.arrayContaining([
      { kind: 'OBJECTION', outcome: 'GRANTED', answer: 'We stopped it.' },
      { kind: 'CORRECTION', outcome: null, answer: null },
    ]),
  );
  expect(again.data.myGrants).toEqual([{ state: 'REVOKED' }]);
  gateway.clock.advance(30 * DAY - 1);
  expect(await requests('OVERDUE')).toEqual([]);
  gateway.clock.advance(1);
  expect((await requests('OVERDUE')).map(({ id }) => id)).toEqual([corrected.data.correct.requestId]);
});
