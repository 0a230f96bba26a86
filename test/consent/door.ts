/** The consent pages as a person's browser and a partner's server meet them, over HTTP. */
import { createHash, randomBytes, randomUUID } from 'node:crypto';
import pg from 'pg';
import { inTransaction } from '../../src/platform/postgres/database.ts';
import type { TestApp } from '../harness/app.ts';
import type { GraphQLAnswer, SeededPartner } from '../harness/seed.ts';

export const BACK = 'https://shop.partner.example/consent/back?kept=1';

export const DETAILS = [
  { type: 'marketplace_data', actions: ['read'], datatypes: ['contact.email'], purpose: 'order_support', lookback: 'P90D', required: true, why: 'So that we can write to you.' },
  { type: 'marketplace_data', actions: ['read'], datatypes: ['order.history'], purpose: 'order_support', lookback: 'P90D' },
];

/** A browser: it keeps cookies, follows redirects within the gateway, and stops at the first that leads away. */
export class Browser {
  readonly cookies = new Map<string, string>();
  private readonly url: string;
  constructor(url: string) {
    this.url = url;
  }

  async get(path: string, headers: Record<string, string> = {}): Promise<Page> {
    return this.follow(await this.send(path, { headers }), path);
  }

  async post(path: string, form: Record<string, string> | URLSearchParams, headers: Record<string, string> = {}): Promise<Page> {
    return this.follow(await this.send(path, { method: 'POST', body: new URLSearchParams(form), headers }), path);
  }

  /** One request, its redirect not followed. */
  async send(path: string, init: RequestInit): Promise<Response> {
    const cookie = [...this.cookies].map(([name, value]) => `${name}=${value}`).join('; ');
    const response = await fetch(new URL(path, this.url), { ...init, redirect: 'manual', headers: { ...(cookie ? { cookie } : {}), ...(init.headers as Record<string, string>) } });
    for (const set of response.headers.getSetCookie()) {
      const [name, value] = set.split(';')[0]!.split('=') as [string, string];
      if (set.includes('Max-Age=0')) this.cookies.delete(name);
      else this.cookies.set(name, value);
    }
    return response;
  }

  private async follow(response: Response, path: string): Promise<Page> {
    const location = response.headers.get('location');
    const target = location === null ? null : new URL(location, new URL(path, this.url));
    if (target && target.origin === new URL(this.url).origin) return this.get(target.pathname + target.search);
    return { path, status: response.status, headers: response.headers, text: await response.text(), left: target };
  }
}

export interface Page {
  readonly path: string;
  readonly status: number;
  readonly headers: Headers;
  readonly text: string;
  /** Where the browser was sent to, away from the gateway. */
  readonly left: URL | null;
}

/** The hidden fields of the page's forms. */
export function hiddenFields({ text }: Page): Record<string, string> {
  return Object.fromEntries([...text.matchAll(/<input type="hidden" name="(\w+)" value="([^"]*)">/g)].map(([, name, value]) => [name!, value!]));
}

export interface Attempt {
  readonly verifier: string;
  readonly state: string;
  readonly path: string;
}

/** An authorization request, as a partner's site makes it. */
export function attempt(partner: SeededPartner, change: Record<string, string | null> = {}): Attempt {
  const verifier = randomBytes(32).toString('base64url');
  const state = randomUUID();
  const parameters = {
    response_type: 'code',
    client_id: partner.clientId,
    redirect_uri: BACK,
    state,
    code_challenge: createHash('sha256').update(verifier).digest('base64url'),
    code_challenge_method: 'S256',
    authorization_details: JSON.stringify(DETAILS),
    ...change,
  };
  const query = new URLSearchParams(Object.entries(parameters).filter((entry): entry is [string, string] => entry[1] !== null));
  return { verifier, state, path: `/oauth/authorize?${query.toString()}` };
}

/** A browser at the question, its person signed in. */
export async function atQuestion(gateway: TestApp, partner: SeededPartner, login: string, { path } = attempt(partner)): Promise<{ browser: Browser; page: Page }> {
  const browser = new Browser(gateway.url);
  const signIn = await browser.get(path);
  const page = await browser.post('/consent/sign-in', { ...hiddenFields(signIn), login });
  return { browser, page };
}

export const yes = { decision: 'yes', duration: '30' };

/** All the way to the code. */
export async function consented(
  gateway: TestApp,
  partner: SeededPartner,
  login: string,
  choice: Record<string, string> = yes,
  tried = attempt(partner),
): Promise<{ code: string; tried: Attempt }> {
  const { browser, page } = await atQuestion(gateway, partner, login, tried);
  const after = page.left ? page : await browser.post('/consent/decide', { ...hiddenFields(page), ...choice });
  const code = after.left?.searchParams.get('code');
  if (!code) throw new Error(`No code: ${after.status} ${after.left?.href} ${after.text}`);
  return { code, tried };
}

export interface TokenAnswer {
  readonly status: number;
  readonly json: Record<string, any>;
}

export async function exchange(gateway: TestApp, partner: SeededPartner, code: string, verifier: string, change: Record<string, string> = {}): Promise<TokenAnswer> {
  const form = { grant_type: 'authorization_code', client_id: partner.clientId, client_secret: partner.clientSecret, code, redirect_uri: BACK, code_verifier: verifier, ...change };
  const response = await fetch(`${gateway.url}/oauth/token`, { method: 'POST', body: new URLSearchParams(form) });
  return { status: response.status, json: (await response.json()) as Record<string, any> };
}

/** A partner's grant, from the question to the exchange. */
export async function granted(gateway: TestApp, partner: SeededPartner, login: string, choice?: Record<string, string>): Promise<Record<string, any>> {
  const { code, tried } = await consented(gateway, partner, login, choice);
  return (await exchange(gateway, partner, code, tried.verifier)).json;
}

export const registerBack = (partner: SeededPartner, redirectUris: readonly string[] = [BACK]): Promise<GraphQLAnswer> =>
  partner.query('mutation ($input: SetRedirectUrisInput!) { setRedirectUris(input: $input) { integration { redirectUris } userErrors { code message path } } }', {
    input: { integrationId: partner.clientId, redirectUris },
  });

export async function stateOf(partner: SeededPartner, grantId: string): Promise<string | undefined> {
  return (await partner.query('query ($id: ID!) { node(id: $id) { ... on ConsentGrant { state } } }', { id: grantId }, { token: await partner.token({ fresh: true }) })).data.node
    ?.state;
}

/** Looks behind row-level security. */
export async function rows<Row extends object>(gateway: TestApp, sql: string, values: unknown[] = []): Promise<Row[]> {
  const client = new pg.Client({ connectionString: gateway.database.adminUrl });
  await client.connect();
  try {
    return (await client.query<Row>(sql, values)).rows;
  } finally {
    await client.end();
  }
}

export const asMarketplace: <T>(gateway: TestApp, environmentId: string, work: Parameters<typeof inTransaction<T>>[2]) => Promise<T> = (gateway, environmentId, work) =>
  inTransaction(gateway.app.database, { environmentId, partnerId: '*' }, work);
