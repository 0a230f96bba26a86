/** Signing in at the marketplace's OpenID Provider: a real one, on this machine. */
import { randomBytes } from 'node:crypto';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { Provider } from 'oidc-provider';
import { startTestApp, type TestApp } from '../harness/app.ts';
import type { SeededPartner } from '../harness/seed.ts';
import { BACK, Browser, attempt, exchange, hiddenFields, registerBack, yes, type Page } from './door.ts';

const CLIENT = { clientId: 'portico', clientSecret: randomBytes(24).toString('base64url') };

let provider: Server;
let issuer: string;
let gateway: TestApp;
let partner: SeededPartner;

/** The provider, with its own sample sign-in, which takes any login for an account. */
async function startProvider(): Promise<void> {
  provider = createServer();
  await new Promise<void>(resolve => provider.listen(0, '127.0.0.1', resolve));
  issuer = `http://127.0.0.1:${(provider.address() as AddressInfo).port}`;
}

function serveProvider(callback: string): void {
  const oidc = new Provider(issuer, {
    clients: [{ client_id: CLIENT.clientId, client_secret: CLIENT.clientSecret, redirect_uris: [callback], grant_types: ['authorization_code'], response_types: ['code'] }],
    pkce: { required: () => true },
    cookies: { keys: [randomBytes(16).toString('hex')] },
    findAccount: (_context, accountId) => ({ accountId, claims: () => ({ sub: accountId }) }),
  });
  const serve = oidc.callback();
  provider.on('request', (request, response) => void serve(request, response));
}

beforeAll(async () => {
  await startProvider();
  gateway = await startTestApp({ oidc: { issuer, ...CLIENT } });
  serveProvider(`${gateway.url}/consent/callback`);
  partner = await (await gateway.seed.world())('ParcelPilot');
  await registerBack(partner);
});
afterAll(async () => {
  await gateway.close();
  provider.close();
});

/** Signs in at the provider as people do, and returns where it sends the browser back to. */
async function signInAt(start: URL, login: string): Promise<URL> {
  const cookies = new Map<string, string>();
  let url = start;
  let init: RequestInit = {};
  for (let steps = 0; steps < 15; steps++) {
    const response = await fetch(url, {
      ...init,
      redirect: 'manual',
      headers: { ...(init.headers as Record<string, string>), cookie: [...cookies].map(([name, value]) => `${name}=${value}`).join('; ') },
    });
    for (const set of response.headers.getSetCookie()) {
      const [name, value] = set.split(';')[0]!.split(/=(.*)/s) as [string, string];
      cookies.set(name, value);
    }
    const location = response.headers.get('location');
    if (location !== null) {
      url = new URL(location, url);
      init = {};
      if (url.origin === new URL(gateway.url).origin) return url;
      continue;
    }
    const text = await response.text();
    const action = /action="([^"]+)"/.exec(text)?.[1];
    if (!action) throw new Error(`No form at the provider: ${response.status} ${text.slice(0, 500)}`);
    const prompt = /name="prompt" value="([^"]+)"/.exec(text)?.[1] ?? '';
    url = new URL(action, url);
    init = {
      method: 'POST',
      body: new URLSearchParams(prompt === 'login' ? { prompt, login, password: 'any' } : { prompt }),
      headers: { 'content-type': 'application/x-www-form-urlencoded' },
    };
  }
  throw new Error('The provider sends in circles.');
}

async function atProvider(): Promise<{ browser: Browser; page: Page; tried: ReturnType<typeof attempt> }> {
  const browser = new Browser(gateway.url);
  const tried = attempt(partner);
  return { browser, page: await browser.get(tried.path), tried };
}

test('the person signs in at the provider and decides as whom the feed knows', async () => {
  const { browser, page, tried } = await atProvider();
  expect(page.left?.origin).toBe(issuer);
  expect(Object.fromEntries(page.left!.searchParams)).toMatchObject({
    response_type: 'code',
    scope: 'openid',
    code_challenge_method: 'S256',
    nonce: expect.any(String),
    state: expect.any(String),
  });
  const back = await signInAt(page.left!, 'shopper-0003');
  const question = await browser.get(back.pathname + back.search);
  expect(question.text).toContain('May ParcelPilot Shipping see some of your data?');
  const { left } = await browser.post('/consent/decide', { ...hiddenFields(question), ...yes });
  expect((await exchange(gateway, partner, left!.searchParams.get('code')!, tried.verifier)).json['consent_grant']).toMatch(/^cgr_/);
});

test('somebody whom the feed does not know is told so, and nothing is shared', async () => {
  const { browser, page } = await atProvider();
  const back = await signInAt(page.left!, 'a-stranger');
  expect(await browser.get(back.pathname + back.search)).toMatchObject({ status: 403, left: null, text: expect.stringContaining('could not find your customer account') });
});

test.each([
  ['another state', (url: URL) => url.searchParams.set('state', 'other')],
  ['another code', (url: URL) => url.searchParams.set('code', 'other')],
  ['another issuer', (url: URL) => url.searchParams.set('iss', 'https://evil.example')],
  ['an error', (url: URL) => url.searchParams.set('error', 'access_denied')],
])('a callback with %s signs nobody in', async (_what, change) => {
  const { browser, page } = await atProvider();
  const back = await signInAt(page.left!, 'shopper-0004');
  change(back);
  expect((await browser.get(back.pathname + back.search)).status).toBe(400);
  expect((await browser.get('/consent/decide')).status).toBe(400);
});

test("another browser's callback signs nobody in: a sign-in cannot be planted", async () => {
  const [mine, theirs] = [await atProvider(), await atProvider()];
  const back = await signInAt(theirs.page.left!, 'shopper-0005');
  expect((await mine.browser.get(back.pathname + back.search)).status).toBe(400);
});

test('a live environment with a provider offers no sample people, and its sandbox does', async () => {
  const { browser } = await atProvider();
  expect((await browser.get('/consent/sign-in')).status).toBe(404);
  expect((await browser.post('/consent/sign-in', { login: 'shopper-0001' })).status).toBe(404);
  const sandboxId = await gateway.seed.sandboxOf(partner);
  const rehearsing = await (await gateway.seed.world(sandboxId))('ParcelPilot');
  await registerBack(rehearsing);
  const page = await new Browser(gateway.url).get(attempt(rehearsing, { redirect_uri: BACK }).path);
  expect(page.text).toContain('This is sample data');
});

test('without a provider a live environment signs nobody in', async () => {
  const bare = await startTestApp({ beside: gateway });
  const page = await new Browser(bare.url).get(attempt(partner).path);
  expect(page).toMatchObject({ status: 503, left: null, text: expect.stringContaining('not set up here yet') });
  await bare.close();
});
