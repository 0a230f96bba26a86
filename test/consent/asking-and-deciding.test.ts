/** From the partner's site to the grant, over HTTP: asking, signing in with sample data, deciding, and
    what the code is worth. */
import { jwtVerify, createRemoteJWKSet } from 'jose';
import { startTestApp, type TestApp } from '../harness/app.ts';
import type { SeededPartner } from '../harness/seed.ts';
import { BACK, Browser, DETAILS, atQuestion, attempt, consented, exchange, granted, hiddenFields, registerBack, rows, stateOf, yes } from './door.ts';

const DAY = 86_400_000;

let gateway: TestApp;
let partner: SeededPartner;
let neighbour: SeededPartner;
let shopper = 0;

/** Somebody who has not been asked yet. */
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

const grantQuery = '{ consentGrants(first: 20) { nodes { id state subjectId purpose expiresAt oneTime scopes { category lookbackDays level precision } integration { id } } } }';

test('a yes becomes a grant of what was required and ticked, and the exchange says so', async () => {
  const who = somebody();
  const { browser, page } = await atQuestion(gateway, partner, who);
  expect(page.status).toBe(200);
  expect(page.text).toContain('May ParcelPilot Shipping see some of your data?');
  const tried = attempt(partner);
  const again = await atQuestion(gateway, partner, who, tried);
  const decided = await again.browser.post('/consent/decide', { ...hiddenFields(again.page), ...yes });
  expect(decided.left?.href.startsWith(`${BACK}&`)).toBe(true);
  expect(Object.fromEntries(decided.left!.searchParams)).toEqual({ kept: '1', code: expect.any(String), state: tried.state, iss: gateway.url });
  const { status, json } = await exchange(gateway, partner, decided.left!.searchParams.get('code')!, tried.verifier);
  expect(status).toBe(200);
  expect(json).toMatchObject({
    token_type: 'Bearer',
    consent_grant: expect.stringMatching(/^cgr_/),
    subject: expect.stringMatching(/^sub_/),
    authorization_details: [{ type: 'marketplace_data', actions: ['read'], datatypes: ['contact.email'], purpose: 'order_support' }],
  });
  const grants = (await partner.query(grantQuery)).data.consentGrants.nodes;
  expect(grants).toContainEqual(
    expect.objectContaining({
      id: json['consent_grant'],
      state: 'GIVEN',
      subjectId: json['subject'],
      purpose: 'order_support',
      oneTime: false,
      integration: { id: partner.clientId },
    }),
  );
  // The first browser's question is still open, and asks nothing that has been answered.
  expect((await browser.post('/consent/decide', { ...hiddenFields(page), ...yes })).status).toBe(409);
});

test('two partners know one person by two ids', async () => {
  const who = somebody();
  const [ours, theirs] = [await granted(gateway, partner, who), await granted(gateway, neighbour, who)];
  expect(ours['subject']).not.toBe(theirs['subject']);
  expect(await rows(gateway, 'select distinct customer_id from portico.pairwise_subject where id = any ($1)', [[ours['subject'], theirs['subject']]])).toHaveLength(1);
});

test('who has agreed to all of it is not asked the same again: the browser comes straight back with a code', async () => {
  const who = somebody();
  const first = await granted(gateway, partner, who, { ...yes, scope: 'order.history' });
  const same = attempt(partner);
  const { page } = await atQuestion(gateway, partner, who, same);
  expect(page.left?.searchParams.get('code')).toMatch(/^[\w-]{43}$/);
  expect(await stateOf(partner, first['consent_grant'])).toBe('GIVEN');
});

test('widening shows only the difference, keeps the end, and supersedes what stood', async () => {
  const who = somebody();
  const first = await granted(gateway, partner, who);
  const wider = attempt(partner, {
    authorization_details: JSON.stringify([
      ...DETAILS,
      { type: 'marketplace_data', actions: ['read'], datatypes: ['person.name'], purpose: 'order_support', required: true, lookback: 'P30D' },
    ]),
  });
  const { browser, page } = await atQuestion(gateway, partner, who, wider);
  expect(page.text).toContain('ParcelPilot Shipping would like to see more');
  expect(page.text).toContain('Your name');
  expect(page.text).not.toContain('Your email address');
  expect(page.text).not.toContain('name="duration"');
  const left = (await browser.post('/consent/decide', { ...hiddenFields(page), decision: 'yes' })).left!;
  const { json } = await exchange(gateway, partner, left.searchParams.get('code')!, wider.verifier);
  expect(json['authorization_details'].flatMap((detail: { datatypes: string[] }) => detail.datatypes).toSorted()).toEqual(['contact.email', 'person.name']);
  expect(json['consent_expires_at']).toBe(first['consent_expires_at']);
  expect(await stateOf(partner, first['consent_grant'])).toBe('SUPERSEDED');
});

test('a no to more leaves what stands', async () => {
  const who = somebody();
  const first = await granted(gateway, partner, who);
  const wider = attempt(partner, { authorization_details: JSON.stringify([{ ...DETAILS[0], datatypes: ['contact.phone'] }]) });
  const { browser, page } = await atQuestion(gateway, partner, who, wider);
  const left = (await browser.post('/consent/decide', { ...hiddenFields(page), decision: 'no' })).left!;
  expect(left.searchParams.get('error')).toBe('access_denied');
  expect(await stateOf(partner, first['consent_grant'])).toBe('GIVEN');
});

test('after a no the partner may not ask again for 30 days, by any of its integrations', async () => {
  const who = somebody();
  const { browser, page } = await atQuestion(gateway, partner, who);
  await browser.post('/consent/decide', { ...hiddenFields(page), decision: 'no' });
  const { page: again } = await atQuestion(gateway, partner, who);
  expect(again.left?.searchParams.get('error')).toBe('access_denied');
  expect(again.left?.searchParams.get('error_description')).toMatch(/30 days/);
  expect((await atQuestion(gateway, neighbour, who)).page.left).toBeNull();
});

test('a grant expires by the clock alone, and is renewed only by asking', async () => {
  const who = somebody();
  const { consent_grant: id, subject: subjectId } = await granted(gateway, partner, who);
  const ask = () =>
    partner.query('mutation ($input: RequestConsentInput!) { requestConsent(input: $input) { consentRequest { id purpose expiresAt grant { id } } userErrors { code path } } }', {
      input: { purpose: 'order_support', subjectId, idempotencyKey: `${Math.random()}`, scopes: [{ category: 'contact.email', lookback: 'P90D', required: true }] },
    });
  expect((await ask()).data.requestConsent.userErrors).toEqual([{ code: 'CONSENT_ALREADY_GIVEN', path: [] }]);
  gateway.clock.advance(20 * DAY);
  await partner.token({ fresh: true });
  const renewal = await ask();
  expect(renewal.data.requestConsent).toMatchObject({ consentRequest: { id: expect.stringMatching(/^crq_/), purpose: 'order_support', grant: null }, userErrors: [] });
  const tried = attempt(partner, { authorization_details: null, consent_request: renewal.data.requestConsent.consentRequest.id });
  const { browser, page } = await atQuestion(gateway, partner, who, tried);
  expect(page.text).toContain('May ParcelPilot Shipping go on?');
  const left = (await browser.post('/consent/decide', { ...hiddenFields(page), decision: 'yes', duration: '90' })).left!;
  const renewed = (await exchange(gateway, partner, left.searchParams.get('code')!, tried.verifier)).json;
  expect(await stateOf(partner, id)).toBe('SUPERSEDED');
  expect(Date.parse(renewed['consent_expires_at'])).toBe(gateway.clock.now() + 90 * DAY);
  gateway.clock.advance(90 * DAY);
  expect(await stateOf(partner, renewed['consent_grant'])).toBe('EXPIRED');
});

test('a request for somebody else is not shown', async () => {
  const [mine, other] = [somebody(), somebody()];
  const { subject: subjectId } = await granted(gateway, partner, mine);
  await partner.token({ fresh: true });
  const asked = await partner.query('mutation ($input: RequestConsentInput!) { requestConsent(input: $input) { consentRequest { id } userErrors { code } } }', {
    input: { purpose: 'order_support', subjectId, idempotencyKey: 'for-mine', scopes: [{ category: 'contact.phone', lookback: 'P90D' }] },
  });
  const { page } = await atQuestion(gateway, partner, other, attempt(partner, { authorization_details: null, consent_request: asked.data.requestConsent.consentRequest.id }));
  expect(page.status).toBe(403);
  expect(page.text).toContain('somebody else');
});

test.each([
  ['a purpose that it is not approved for', { purpose: 'personal_picks', scopes: [{ category: 'order.history' }] }, 'PURPOSE_NOT_APPROVED'],
  ['a purpose that does not exist', { purpose: 'world_peace', scopes: [{ category: 'order.history' }] }, 'NOT_FOUND'],
  ['a category beyond the purpose', { purpose: 'order_support', scopes: [{ category: 'location.coarse' }] }, 'PURPOSE_EXCEEDED'],
  ['a person whom it does not know', { purpose: 'order_support', subjectId: 'sub_nobody', scopes: [{ category: 'contact.email', lookback: 'P1D' }] }, 'NOT_FOUND'],
])('an integration is refused %s', async (_what, input, code) => {
  await partner.token({ fresh: true });
  const answer = await partner.query('mutation ($input: RequestConsentInput!) { requestConsent(input: $input) { userErrors { code message } } }', {
    input: { ...input, idempotencyKey: _what },
  });
  expect(answer.data.requestConsent.userErrors).toEqual([{ code, message: expect.any(String) }]);
});

describe('a code', () => {
  test('that comes twice ends its grant', async () => {
    const { code, tried } = await consented(gateway, partner, somebody());
    const { json } = await exchange(gateway, partner, code, tried.verifier);
    expect(await stateOf(partner, json['consent_grant'])).toBe('GIVEN');
    expect(await exchange(gateway, partner, code, tried.verifier)).toMatchObject({ status: 400, json: { error: 'invalid_grant' } });
    expect(await stateOf(partner, json['consent_grant'])).toBe('REVOKED');
  });

  test('that two exchange at once is exchanged once', async () => {
    const { code, tried } = await consented(gateway, partner, somebody());
    const answers = await Promise.all(Array.from({ length: 6 }, () => exchange(gateway, partner, code, tried.verifier)));
    expect(answers.filter(({ status }) => status === 200)).toHaveLength(1);
    expect(answers.filter(({ status }) => status === 400)).toHaveLength(5);
  });

  test('is nothing to another client, who cannot end the grant with it either', async () => {
    const { code, tried } = await consented(gateway, partner, somebody());
    expect(await exchange(gateway, neighbour, code, tried.verifier)).toMatchObject({ status: 400, json: { error: 'invalid_grant' } });
    expect((await exchange(gateway, partner, code, tried.verifier)).status).toBe(200);
    expect(await exchange(gateway, neighbour, code, tried.verifier)).toMatchObject({ status: 400 });
  });

  test.each([
    ['without a verifier', { code_verifier: '' }, 'invalid_request'],
    ['with another verifier', { code_verifier: 'a'.repeat(43) }, 'invalid_grant'],
    ['with the challenge for a verifier', { code_verifier: 'short' }, 'invalid_grant'],
    ['with another redirect URI', { redirect_uri: `${BACK}x` }, 'invalid_grant'],
  ])('is not exchanged %s', async (_how, change, error) => {
    const { code, tried } = await consented(gateway, partner, somebody());
    expect(await exchange(gateway, partner, code, tried.verifier, change)).toMatchObject({ status: 400, json: { error } });
  });

  test('lives a minute', async () => {
    const { code, tried } = await consented(gateway, partner, somebody());
    gateway.clock.advance(60_000);
    expect(await exchange(gateway, partner, code, tried.verifier)).toMatchObject({ status: 400, json: { error: 'invalid_grant' } });
  });
});

test('a question lapses after 15 minutes, and a browser after 20', async () => {
  const { browser, page } = await atQuestion(gateway, partner, somebody());
  gateway.clock.advance(15 * 60_000);
  const late = await browser.post('/consent/decide', { ...hiddenFields(page), ...yes });
  expect(late.status).toBe(400);
  expect(late.text).toContain('no longer open');
  gateway.clock.advance(5 * 60_000);
  expect((await browser.get('/consent/decide')).text).toContain('away for too long');
});

test('of 10 decisions at once one counts', async () => {
  const who = somebody();
  const { browser, page } = await atQuestion(gateway, partner, who);
  const answers = await Promise.all(Array.from({ length: 10 }, () => browser.post('/consent/decide', { ...hiddenFields(page), ...yes })));
  expect(answers.filter(({ left }) => left?.searchParams.has('code'))).toHaveLength(1);
  expect(
    await rows(gateway, 'select from portico.consent_grant g join portico.customer c on c.environment_id = g.environment_id and c.id = g.customer_id where c.reference = $1', [
      who,
    ]),
  ).toHaveLength(1);
});

test('the person finds what they share, takes one category back, then all, with a receipt of each step', async () => {
  const who = somebody();
  const { consent_grant: id } = await granted(gateway, partner, who, { ...yes, scope: 'order.history' });
  const browser = new Browser(gateway.url);
  const signIn = await browser.get('/consent');
  const shared = await browser.post('/consent/sign-in', { ...hiddenFields(signIn), login: who });
  expect(shared.text).toContain('ParcelPilot Shipping by ParcelPilot');
  const keys = createRemoteJWKSet(new URL(`${gateway.url}/.well-known/receipt-keys.json`));
  const receipt = async () => (await jwtVerify((await browser.get(`/consent/receipts/${id}`)).text, keys, { typ: 'consent-receipt+jwt' })).payload as Record<string, any>;
  const first = await receipt();
  expect(first).toMatchObject({ schema_version: 'ISO/IEC TS 27560:2023', record_id: id, record_version: 1, events: [{ type: 'GIVEN', state: 'ConsentGiven' }] });
  expect(first['notice'].hash).toMatch(/^[0-9a-f]{64}$/);
  // Nothing that was read under it stands before that place in the log.
  expect(first['leaf_index']).toBeGreaterThanOrEqual(0);
  await browser.post('/consent/withdraw', { ...hiddenFields(shared), grant: id, category: 'order.history' });
  expect((await receipt())['purposes'][0].pii.map((pii: { category: string }) => pii.category)).toEqual(['contact.email']);
  await browser.post('/consent/withdraw', { ...hiddenFields(shared), grant: id, all: 'yes' });
  expect(await stateOf(partner, id)).toBe('WITHDRAWN');
  const last = await receipt();
  expect(last).toMatchObject({ record_version: 3, events: [{ type: 'WITHDRAWN', state: 'ConsentWithdrawn' }] });
  await browser.post('/consent/withdraw', { ...hiddenFields(shared), grant: id, all: 'yes' });
  expect(await receipt()).toEqual(last);
  const events = await rows<{ kind: string; grant_version: number }>(gateway, 'select kind, grant_version from portico.consent_event where grant_id = $1 order by grant_version', [
    id,
  ]);
  expect(events).toEqual([
    { kind: 'GIVEN', grant_version: 1 },
    { kind: 'NARROWED', grant_version: 2 },
    { kind: 'WITHDRAWN', grant_version: 3 },
  ]);
});

test('a partner gives a grant up, and only its own', async () => {
  const { consent_grant: grantId } = await granted(gateway, partner, somebody());
  const relinquish = async (who: SeededPartner) =>
    who.query(
      'mutation ($input: RelinquishConsentInput!) { relinquishConsent(input: $input) { grant { id state } userErrors { code } } }',
      { input: { grantId } },
      { token: await who.token({ fresh: true }) },
    );
  expect((await relinquish(neighbour)).data.relinquishConsent).toEqual({ grant: null, userErrors: [{ code: 'NOT_FOUND' }] });
  expect((await relinquish(partner)).data.relinquishConsent).toEqual({ grant: { id: grantId, state: 'RELINQUISHED' }, userErrors: [] });
  expect((await relinquish(partner)).data.relinquishConsent).toEqual({ grant: { id: grantId, state: 'RELINQUISHED' }, userErrors: [] });
});

test('the list of grants is narrowed by the state that the clock gives', async () => {
  const { consent_grant: id } = await granted(gateway, neighbour, somebody(), { decision: 'yes', duration: 'once' });
  const idsIn = async (state: string) =>
    (
      await neighbour.query(
        'query ($state: ConsentGrantState) { consentGrants(first: 100, state: $state) { nodes { id } } }',
        { state },
        { token: await neighbour.token({ fresh: true }) },
      )
    ).data.consentGrants.nodes.map((node: { id: string }) => node.id);
  expect(await idsIn('GIVEN')).toContain(id);
  expect(await idsIn('EXPIRED')).not.toContain(id);
  gateway.clock.advance(7 * DAY);
  expect(await idsIn('GIVEN')).not.toContain(id);
  expect(await idsIn('EXPIRED')).toContain(id);
});
