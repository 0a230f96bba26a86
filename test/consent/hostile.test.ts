/** The consent pages against whoever means harm: open redirects, forged forms, text that wants to be
    HTML, frames, planted cookies, PKCE left out. */
import { startTestApp, type TestApp } from '../harness/app.ts';
import type { SeededPartner } from '../harness/seed.ts';
import { BACK, Browser, DETAILS, atQuestion, attempt, hiddenFields, registerBack, rows, yes, type Page } from './door.ts';

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
});
afterAll(() => gateway.close());

/** What every page says, whatever its status. */
function expectGuarded({ headers }: Page): void {
  expect(headers.get('x-frame-options')).toBe('DENY');
  expect(headers.get('content-security-policy')).toMatch(
    /^default-src 'none'; style-src 'sha256-[\w+/=]+'; form-action 'self'( https:\/\/shop\.partner\.example)?; base-uri 'none'; frame-ancestors 'none'$/,
  );
  expect(headers.get('cache-control')).toBe('no-store');
  expect(headers.get('referrer-policy')).toBe('no-referrer');
  expect(headers.get('x-content-type-options')).toBe('nosniff');
  expect(headers.get('access-control-allow-origin')).toBeNull();
  expect(headers.get('content-type')).toBe('text/html; charset=utf-8');
}

const host = 'shop.partner.example';

/** A valid URI, changed as people have changed them to be sent elsewhere. */
const MUTATIONS: string[] = [
  `${BACK}&more=1`,
  `${BACK}#`,
  `${BACK}#fragment`,
  `${BACK} `,
  ` ${BACK}`,
  `${BACK}%20`,
  `${BACK}/`,
  `${BACK}%00`,
  `${BACK}\t`,
  `${BACK}\n`,
  `${BACK}&`,
  `${BACK}%26`,
  BACK.slice(0, -1),
  BACK.toUpperCase(),
  BACK.replace('https', 'http'),
  BACK.replace('https', 'HTTPS'),
  BACK.replace('https://', '//'),
  BACK.replace('https://', 'https:'),
  BACK.replace('https://', 'https:/'),
  BACK.replace('https://', 'https:///'),
  BACK.replace('https://', 'https:\\\\'),
  BACK.replace('https://', 'javascript://'),
  BACK.replace('https://', 'data:text/html,'),
  BACK.replace(host, host.toUpperCase()),
  BACK.replace(host, `${host}.`),
  BACK.replace(host, `${host}:443`),
  BACK.replace(host, `${host}:444`),
  BACK.replace(host, `${host}.evil.example`),
  BACK.replace(host, `evil.example`),
  BACK.replace(host, `evil.example#${host}`),
  BACK.replace(host, `evil.example?${host}`),
  BACK.replace(host, `evil.example\\${host}`),
  BACK.replace(host, `evil.example/${host}`),
  BACK.replace(host, `${host}@evil.example`),
  BACK.replace(host, `user@${host}`),
  BACK.replace(host, `user:pass@${host}`),
  BACK.replace(host, `a.${host}`),
  BACK.replace(host, `evil${host}`),
  BACK.replace(host, 'partner.example'),
  BACK.replace(host, 'shop.partner.example%2eevil.example'),
  BACK.replace(host, 'shop%2epartner.example'),
  BACK.replace(host, 'shop。partner.example'),
  BACK.replace(host, 'ѕhop.partner.example'),
  BACK.replace(host, '127.0.0.1'),
  BACK.replace('/consent/back', ''),
  BACK.replace('/consent/back', '/'),
  BACK.replace('/consent/back', '/consent/../consent/back'),
  BACK.replace('/consent/back', '/consent/./back'),
  BACK.replace('/consent/back', '/consent//back'),
  BACK.replace('/consent/back', '//consent/back'),
  BACK.replace('/consent/back', '/consent/back/../../evil'),
  BACK.replace('/consent/back', '/consent/back;x'),
  BACK.replace('/consent/back', '/consent%2fback'),
  BACK.replace('/consent/back', '/consent/%62ack'),
  BACK.replace('/consent/back', '/Consent/back'),
  BACK.replace('/consent/back', '/consent/back\\'),
  BACK.replace('?kept=1', ''),
  BACK.replace('?kept=1', '?'),
  BACK.replace('?kept=1', '?kept=2'),
  BACK.replace('?kept=1', '?kept=1&kept=1'),
  BACK.replace('?kept=1', '?KEPT=1'),
  BACK.replace('?kept=1', '??kept=1'),
  `${BACK}\u0000`,
  '',
];

test(`none of ${MUTATIONS.length} mutations of a registered redirect URI is followed, nor mistaken for it`, async () => {
  expect(new Set(MUTATIONS).size).toBeGreaterThanOrEqual(60);
  for (const redirectUri of MUTATIONS) {
    const page = await new Browser(gateway.url).get(attempt(partner, { redirect_uri: redirectUri }).path);
    expect({ redirectUri, status: page.status, left: page.left }).toEqual({ redirectUri, status: 400, left: null });
    expectGuarded(page);
  }
  const registered = await new Browser(gateway.url).get(attempt(partner).path);
  expect(registered.status).toBe(200);
});

test.each([
  ['no redirect URI', { redirect_uri: null }],
  ['an unknown client', { client_id: 'int_000000000000000000000000' }],
  ['a client that is no id', { client_id: "int_' or true" }],
  ['no client', { client_id: null }],
])('with %s nobody is sent anywhere', async (_what, change) => {
  const page = await new Browser(gateway.url).get(attempt(partner, change).path);
  expect(page).toMatchObject({ status: 400, left: null });
  expectGuarded(page);
});

test("another integration's redirect URI is none of one's own", async () => {
  const page = await new Browser(gateway.url).get(attempt(neighbour).path);
  expect(page).toMatchObject({ status: 400, left: null });
});

test.each([
  ['two redirect URIs', '&redirect_uri=https%3A%2F%2Fevil.example'],
  ['two clients', '&client_id=int_x'],
])('%s are none', async (_what, more) => {
  const page = await new Browser(gateway.url).get(attempt(partner).path + more);
  expect(page).toMatchObject({ status: 400, left: null });
});

test.each([
  ['without PKCE', { code_challenge: null, code_challenge_method: null }, 'invalid_request'],
  ['with PKCE in plain text', { code_challenge_method: 'plain' }, 'invalid_request'],
  ['with a challenge and no method', { code_challenge_method: null }, 'invalid_request'],
  ['with a challenge of another length', { code_challenge: 'a'.repeat(42) }, 'invalid_request'],
  ['for a token at once', { response_type: 'token' }, 'unsupported_response_type'],
  ['in a fragment', { response_mode: 'fragment' }, 'invalid_request'],
  ['with a state of a book', { state: 'x'.repeat(1001) }, 'invalid_request'],
  ['for nothing', { authorization_details: null }, 'invalid_request'],
  ['for what is no list', { authorization_details: '{}' }, 'invalid_authorization_details'],
  ['for another type', { authorization_details: JSON.stringify([{ ...DETAILS[0], type: 'payment' }]) }, 'invalid_authorization_details'],
  ['for two purposes at once', { authorization_details: JSON.stringify([DETAILS[0], { ...DETAILS[1], purpose: 'delivery_choice' }]) }, 'invalid_authorization_details'],
  ['to write', { authorization_details: JSON.stringify([{ ...DETAILS[0], actions: ['write'] }]) }, 'invalid_authorization_details'],
  ['for a purpose of others', { authorization_details: JSON.stringify([{ ...DETAILS[0], purpose: 'personal_picks' }]) }, 'unauthorized_client'],
  ['for a request that is not there', { authorization_details: null, consent_request: 'crq_nothing' }, 'invalid_request'],
])('asking %s is told to the redirect URI, with the issuer', async (_how, change, error) => {
  const tried = attempt(partner, change);
  const { left } = await new Browser(gateway.url).get(tried.path);
  expect(left?.href.startsWith(`${BACK}&error=${error}`)).toBe(true);
  expect(left?.searchParams.get('iss')).toBe(gateway.url);
  expect(left?.searchParams.get('state')).toBe('state' in change ? change.state : tried.state);
});

describe('a forged form', () => {
  const grantsOf = (login: string) =>
    rows(gateway, 'select from portico.consent_grant g join portico.customer c on c.environment_id = g.environment_id and c.id = g.customer_id where c.reference = $1', [login]);

  test.each([
    ['without a token', (fields: Record<string, string>) => ({ ...fields, csrf: '' }), {}],
    ["with another browser's token", (fields: Record<string, string>) => ({ ...fields, csrf: 'A'.repeat(43) }), {}],
    ['that another site sends, token and all', (fields: Record<string, string>) => fields, { 'sec-fetch-site': 'cross-site' }],
    ['that a sister site sends, token and all', (fields: Record<string, string>) => fields, { 'sec-fetch-site': 'same-site' }],
  ])('%s decides nothing', async (_how, change, headers) => {
    const login = somebody();
    const { browser, page } = await atQuestion(gateway, partner, login);
    const answer = await browser.post('/consent/decide', { ...change(hiddenFields(page)), ...yes }, headers);
    expect(answer).toMatchObject({ status: 403, left: null });
    expectGuarded(answer);
    expect(await grantsOf(login)).toHaveLength(0);
  });

  test('without the cookie decides nothing', async () => {
    const login = somebody();
    const { page } = await atQuestion(gateway, partner, login);
    const answer = await new Browser(gateway.url).post('/consent/decide', { ...hiddenFields(page), ...yes });
    expect(answer).toMatchObject({ status: 400, left: null });
    expect(await grantsOf(login)).toHaveLength(0);
  });

  test('for another notice than the one that was read is shown that one first', async () => {
    const login = somebody();
    const { browser, page } = await atQuestion(gateway, partner, login);
    const answer = await browser.post('/consent/decide', { ...hiddenFields(page), ...yes, notice: 'a'.repeat(64) });
    expect(answer).toMatchObject({ status: 409, left: null });
    expectGuarded(answer);
    expect(await grantsOf(login)).toHaveLength(0);
  });

  test('signing in gives the browser another secret, and the planted one is worth nothing', async () => {
    const browser = new Browser(gateway.url);
    const signIn = await browser.get(attempt(partner).path);
    const planted = new Browser(gateway.url);
    for (const [name, value] of browser.cookies) planted.cookies.set(name, value);
    await browser.post('/consent/sign-in', { ...hiddenFields(signIn), login: somebody() });
    expect((await planted.get('/consent/decide')).status).toBe(400);
  });

  test("takes nobody else's grant back", async () => {
    const [mine, other] = [somebody(), somebody()];
    const { browser, page } = await atQuestion(gateway, partner, mine);
    await browser.post('/consent/decide', { ...hiddenFields(page), ...yes });
    const [grant] = await rows<{ id: string }>(
      gateway,
      'select g.id from portico.consent_grant g join portico.customer c on c.environment_id = g.environment_id and c.id = g.customer_id where c.reference = $1',
      [mine],
    );
    const thief = new Browser(gateway.url);
    const shared = await thief.post('/consent/sign-in', { ...hiddenFields(await thief.get('/consent')), login: other });
    // Nothing to take back means no form; the token is made of the cookie, so it is in the page of a grant only.
    expect(shared.text).not.toContain(grant!.id);
    expect((await thief.get(`/consent/receipts/${grant!.id}`)).status).toBe(404);
  });
});

test('text of a partner is text, whatever it holds', async () => {
  const why = `<script>alert(1)</script>"><img src=x onerror=alert(1)>' & {{x}} \u202e`;
  await rows(gateway, `update portico.recipient_profile set legal_name = '<b>Evil</b> "Corp"', address = '<svg onload=alert(1)>' where partner_id = $1`, [partner.partnerId]);
  await rows(gateway, `update portico.integration set name = '<i>App</i>' where id = $1`, [partner.clientId]);
  const { page } = await atQuestion(gateway, partner, somebody(), attempt(partner, { authorization_details: JSON.stringify([{ ...DETAILS[0], why }]) }));
  expect(page.status).toBe(200);
  expect(page.text).toContain('&lt;script&gt;alert(1)&lt;/script&gt;&quot;&gt;&lt;img src=x onerror=alert(1)&gt;&#39; &amp; {{x}}');
  expect(page.text).toContain('&lt;b&gt;Evil&lt;/b&gt; &quot;Corp&quot;');
  expect(page.text).not.toMatch(/<(script|img|svg|b|i)[\s>]/);
  expectGuarded(page);
});

test.each([
  ['a page', 'GET', '/consent/decide', 400],
  ['a page that is not there', 'GET', '/consent/nowhere', 404],
  ['a method that no page has', 'DELETE', '/consent/decide', 404],
  ['a body of another type', 'POST', '/consent/decide', 415],
  ['a callback of nobody', 'GET', '/consent/callback?code=x&state=y', 400],
  ['an environment that is none', 'GET', '/consent?environment=nothing', 404],
  ['an environment that does not exist', 'GET', '/consent?environment=env_nothing', 404],
  ['a receipt of nobody', 'GET', '/consent/receipts/cgr_x', 400],
])('%s is guarded whatever its status', async (_what, method, path, status) => {
  const response = await fetch(gateway.url + path, { method, redirect: 'manual', ...(method === 'POST' ? { body: '{}', headers: { 'content-type': 'application/json' } } : {}) });
  expect(response.status).toBe(status);
  expectGuarded({ path, status, headers: response.headers, text: await response.text(), left: null });
});

test('a cookie that somebody made up opens nothing', async () => {
  const browser = new Browser(gateway.url);
  for (const value of ['x', `${partner.environmentId}.${'a'.repeat(43)}`, `${partner.environmentId}.short`]) {
    browser.cookies.set('portico-person', value);
    const page = await browser.get('/consent/decide');
    expect(page.status).toBe(400);
    expectGuarded(page);
  }
  browser.cookies.set('portico-person', `env_nothing.${'a'.repeat(43)}`);
  expect((await browser.get('/consent/decide')).status).toBe(404);
});

test.each([
  ['plain http', 'http://partner.example/'],
  ['a fragment', 'https://partner.example/#a'],
  ['a wildcard', 'https://*.partner.example/'],
  ['a user', 'https://a@partner.example/'],
  ['a script', 'javascript:alert(1)'],
  ['no address', 'partner.example'],
  ['capitals', 'https://Partner.example/'],
  ['dots', 'https://partner.example/a/../b'],
])('a redirect URI with %s is not registered', async (_what, uri) => {
  const answer = await registerBack(neighbour, [uri]);
  expect(answer.data.setRedirectUris).toEqual({ integration: null, userErrors: [{ code: 'INVALID', message: expect.any(String), path: ['redirectUris', '0'] }] });
});
