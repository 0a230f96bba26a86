import { mkdtempSync, rmSync } from 'node:fs';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fastify, { type FastifyInstance } from 'fastify';
import { createLocalJWKSet, createRemoteJWKSet, jwtVerify } from 'jose';
import { forgedTokens } from '../../test/api/forged-tokens.ts';
import { done, openIdentity, type Identity } from '../../test/api/identity.ts';
import { tcpProxy } from '../../test/harness/tcp-proxy.ts';
import { wallClock, type Clock } from '../base/clock.ts';
import { newId } from '../base/ids.ts';
import { openGuesses, type Guesses } from '../limits/index.ts';
import {
  accessTokens,
  createPartner,
  createStaff,
  loadCaller,
  openSigningKeys,
  partnersRoom,
  reinstatePartner,
  revokeCredential,
  rotateSigningKeys,
  suspendIntegration,
  suspendPartner,
  suspendStaff,
  type AccessTokens,
  type NewPartner,
  type NewStaff,
  type PartnerClaims,
  type SigningKeys,
} from '../partners/index.ts';
import { inTransaction, NO_TENANT, openDatabase, type Database } from '../platform/postgres/database.ts';
import { oauthRoutes } from './oauth.ts';

const PARTNER = { name: 'ParcelPilot', integration: { name: 'Parcel tracking', category: 'SHIPPING', scopes: ['read', 'consent:write'] } };
const UNIFORM_401 = { error: 'invalid_client', error_description: 'Client authentication failed: check client_id and client_secret.' };

/** The usual ten wrong guesses an address are soon used up by tests about something else. */
const generous = () => openGuesses(wallClock, null, { failures: 1_000, windowMs: 60_000, burst: 100_000, intervalMs: 1 });

interface Gateway {
  readonly url: string;
  readonly tokens: AccessTokens;
  readonly server: FastifyInstance;
}

let identity: Identity;
let directory: string;
let keys: SigningKeys;
let gateway: Gateway;
let partner: NewPartner;
let staff: NewStaff;
const servers: FastifyInstance[] = [];

async function serve(database: Database, guesses: Guesses, clock: Clock = wallClock): Promise<Gateway> {
  // A test says whom it comes from in X-Forwarded-For.
  const server = fastify({ trustProxy: true });
  let url = '';
  const tokens = accessTokens(keys, clock, () => url);
  await server.register(oauthRoutes({ database, keys, tokens, guesses, clock, issuer: () => url }));
  await server.listen({ host: '127.0.0.1', port: 0 });
  url = `http://127.0.0.1:${(server.server.address() as AddressInfo).port}`;
  servers.push(server);
  return { url, tokens, server };
}

const newPartner = (environmentId = identity.liveId) => identity.asMarketplace(async tx => done(await createPartner(tx, PARTNER, wallClock)), environmentId);

beforeAll(async () => {
  identity = await openIdentity();
  directory = mkdtempSync(join(tmpdir(), 'portico-keys-'));
  keys = await openSigningKeys({ directory }, wallClock, { warn: () => undefined });
  gateway = await serve(identity.database, generous());
  partner = await newPartner();
  staff = await inTransaction(identity.database, NO_TENANT, async tx => done(await createStaff(tx, { name: 'Ada', email: 'ada@portico.example', roles: ['SUPPORT'] }, wallClock)));
});

afterAll(async () => {
  await Promise.all(servers.map(server => server.close()));
  await identity.close();
  rmSync(directory, { recursive: true, force: true });
});

interface Answer {
  readonly status: number;
  readonly headers: Headers;
  readonly text: string;
  readonly json: Record<string, unknown>;
}

interface Post {
  readonly to?: Gateway;
  readonly path?: string;
  readonly headers?: Record<string, string>;
}

async function post(body: string | Record<string, string>, { to = gateway, path = '/oauth/token', headers = {} }: Post = {}): Promise<Answer> {
  const response = await fetch(to.url + path, {
    method: 'POST',
    headers: { 'content-type': 'application/x-www-form-urlencoded', ...headers },
    body: typeof body === 'string' ? body : new URLSearchParams(body).toString(),
  });
  const text = await response.text();
  return { status: response.status, headers: response.headers, text, json: text === '' ? {} : (JSON.parse(text) as Record<string, unknown>) };
}

const credentials = ({ clientId, clientSecret }: { clientId: string; clientSecret: string }) => ({ client_id: clientId, client_secret: clientSecret });
const grant = (client: { clientId: string; clientSecret: string }, more: Record<string, string> = {}) => ({ grant_type: 'client_credentials', ...credentials(client), ...more });
const basic = (id: string, secret: string) => ({ authorization: `Basic ${Buffer.from(`${id}:${secret}`).toString('base64')}` });
const tokenFor = async (client: { clientId: string; clientSecret: string }) => String((await post(grant(client))).json['access_token']);
const claimsOf = (token: string) => JSON.parse(Buffer.from(token.split('.')[1]!, 'base64url').toString()) as PartnerClaims;

describe('a token', () => {
  test('is given for client_secret_post, not to be stored, for 15 minutes', async () => {
    const answer = await post(grant(partner));
    expect([answer.status, answer.headers.get('cache-control'), answer.headers.get('pragma')]).toEqual([200, 'no-store', 'no-cache']);
    expect(answer.json).toEqual({ access_token: expect.any(String), token_type: 'Bearer', expires_in: 900, scope: 'read consent:write' });
    expect((await gateway.tokens.verifyPartnerToken(String(answer.json['access_token']))).ok).toBe(true);
  });

  test('is given for client_secret_basic, plain or form-encoded', async () => {
    const encoded = [...partner.clientSecret].map(character => `%${character.charCodeAt(0).toString(16)}`).join('');
    for (const secret of [partner.clientSecret, encoded]) expect((await post('grant_type=client_credentials', { headers: basic(partner.clientId, secret) })).status).toBe(200);
    expect((await post(`grant_type=client_credentials&client_id=${partner.clientId}`, { headers: basic(partner.clientId, partner.clientSecret) })).status).toBe(200);
  });

  test('verifies with a standard library against the published JWKS', async () => {
    const { payload, protectedHeader } = await jwtVerify(await tokenFor(partner), createRemoteJWKSet(new URL(`${gateway.url}/.well-known/jwks.json`)), {
      issuer: gateway.url,
      audience: `${gateway.url}/graphql`,
      typ: 'at+jwt',
    });
    expect(protectedHeader.alg).toBe('ES256');
    expect(payload).toMatchObject({ sub: partner.clientId, client_id: partner.clientId, env: identity.liveId, partner: partner.partner.id });
  });

  test('names the environment of its client, which lets it into no other', async () => {
    const sandbox = await identity.addSandbox(partner.partner.id);
    const inside = await newPartner(sandbox);
    const claims = claimsOf(await tokenFor(inside));
    expect(claims.env).toBe(sandbox);
    expect(await loadCaller(identity.database, claims, Date.now())).toMatchObject({ environment: { id: sandbox, kind: 'SANDBOX' } });
  });

  test('is given to staff for the staff API alone', async () => {
    const token = await tokenFor(staff);
    expect((await gateway.tokens.verifyStaffToken(token)).ok).toBe(true);
    expect((await gateway.tokens.verifyPartnerToken(token)).ok).toBe(false);
  });

  test.each([
    ['all that the client has when none is asked for', {}, 'read consent:write'],
    ['fewer when fewer are asked for', { scope: 'read' }, 'read'],
    ['each once', { scope: ' read  read ' }, 'read'],
    ['all when the parameter is empty', { scope: '' }, 'read consent:write'],
  ])('carries scopes: %s', async (_title, more, scope) => {
    expect((await post(grant(partner, more))).json['scope']).toBe(scope);
  });
});

describe('a refusal', () => {
  const secretOf = (client: { clientSecret: string }) => client.clientSecret;

  test('to authenticate is the same for every reason', async () => {
    const [suspended, revoked, stopped, closed] = await Promise.all([newPartner(), newPartner(), newPartner(), newPartner()]);
    await identity.asMarketplace(tx => suspendPartner(tx, suspended.partner.id));
    await identity.asMarketplace(tx => suspendIntegration(tx, stopped.integration.id));
    await identity.asMarketplace(tx => revokeCredential(tx, revoked.credentialId, wallClock));
    const sandbox = await identity.addSandbox(closed.partner.id);
    const inside = await newPartner(sandbox);
    await identity.asOwner('update portico.environment set closed_at = now() where id = $1', [sandbox]);
    const wrong = secretOf(closed);
    const requests: [string | Record<string, string>, Record<string, string>?][] = [
      [grant({ clientId: partner.clientId, clientSecret: wrong })],
      [grant({ clientId: partner.clientId, clientSecret: `${secretOf(partner)} ` })],
      [grant({ clientId: partner.clientId, clientSecret: 'x'.repeat(10_000) })],
      [grant({ clientId: newId('int'), clientSecret: wrong })],
      [grant({ clientId: newId('stf'), clientSecret: wrong })],
      [grant({ clientId: staff.clientId, clientSecret: wrong })],
      [grant({ clientId: partner.partner.id, clientSecret: secretOf(partner) })],
      [grant({ clientId: '\' or 1=1 --', clientSecret: wrong })],
      [grant({ clientId: '*', clientSecret: '*' })],
      [grant(suspended)],
      [grant(stopped)],
      [grant(revoked)],
      [grant(inside)],
      ['grant_type=client_credentials'],
      [`grant_type=client_credentials&client_id=${partner.clientId}`],
      [`grant_type=client_credentials&client_id=${partner.clientId}&client_secret=`],
      ['grant_type=client_credentials', basic(partner.clientId, wrong)],
      ['grant_type=client_credentials', basic(partner.clientId, '')],
      ['grant_type=client_credentials', basic('', secretOf(partner))],
      ['grant_type=client_credentials', basic(partner.clientId, '%')],
      ['grant_type=client_credentials', basic('%00', '%ff')],
      ['grant_type=client_credentials', { authorization: 'Basic' }],
      ['grant_type=client_credentials', { authorization: 'Basic !!!!' }],
      ['grant_type=client_credentials', { authorization: `Basic ${Buffer.from('no-colon').toString('base64')}` }],
      ['grant_type=client_credentials', { authorization: 'Bearer token' }],
      ['grant_type=client_credentials', { authorization: 'Digest username="x"' }],
    ];
    for (const [body, headers = {}] of requests) {
      const answer = await post(body, { headers });
      expect([body, headers, answer.status, answer.json, answer.headers.get('www-authenticate'), answer.headers.get('cache-control')]).toEqual([
        body,
        headers,
        401,
        UNIFORM_401,
        'Basic realm="portico", charset="UTF-8"',
        'no-store',
      ]);
    }
  });

  test('ends with the suspension', async () => {
    const suspended = await newPartner();
    await identity.asMarketplace(tx => suspendPartner(tx, suspended.partner.id));
    expect((await post(grant(suspended))).status).toBe(401);
    await identity.asMarketplace(tx => reinstatePartner(tx, suspended.partner.id));
    expect((await post(grant(suspended))).status).toBe(200);
  });

  test.each([
    ['no grant_type', {}, 'invalid_request'],
    ['another grant', { grant_type: 'password' }, 'unsupported_grant_type'],
    ['a grant in another letter case', { grant_type: 'CLIENT_CREDENTIALS' }, 'unsupported_grant_type'],
    ['a scope that the client does not have', { grant_type: 'client_credentials', scope: 'read admin' }, 'invalid_scope'],
    ['NUL in a parameter', { grant_type: 'client_credentials', scope: 'a\0' }, 'invalid_request'],
  ])('of %s is 400 with its code', async (_title, parameters, error) => {
    const answer = await post({ ...credentials(partner), ...parameters });
    expect([answer.status, answer.json['error']]).toEqual([400, error]);
    // RFC 6749, section 5.2, on what a description may hold.
    expect(answer.json['error_description']).toMatch(/^[\x20-\x21\x23-\x5b\x5d-\x7e]+$/);
  });

  test('of a parameter that occurs twice is invalid_request, whichever it is', async () => {
    for (const twice of ['grant_type=client_credentials', `client_id=${partner.clientId}`, `client_secret=${partner.clientSecret}`, 'scope=read&scope=read', 'x=1&x=2']) {
      const answer = await post(`${new URLSearchParams(grant(partner)).toString()}&${twice}`);
      expect([twice, answer.status, answer.json['error']]).toEqual([twice, 400, 'invalid_request']);
    }
  });

  test('of two ways to authenticate, and of two names, is invalid_request', async () => {
    const headers = basic(partner.clientId, partner.clientSecret);
    expect((await post(grant(partner), { headers })).json['error']).toBe('invalid_request');
    expect((await post(`grant_type=client_credentials&client_id=${newId('int')}`, { headers })).json['error']).toBe('invalid_request');
  });

  test('of a secret in the URL is that of no secret', async () => {
    expect((await post('grant_type=client_credentials', { path: `/oauth/token?${new URLSearchParams(credentials(partner)).toString()}` })).status).toBe(401);
  });

  test.each(['application/json', 'text/plain', 'multipart/form-data; boundary=x', 'application/x-www-form-urlencodedx', 'nonsense'])('of a body of type %s is 415', async type => {
    expect((await post(JSON.stringify(grant(partner)), { headers: { 'content-type': type } })).status).toBe(415);
  });

  test('of a body past 16 kB is 413, and of one just within it is about its content', async () => {
    expect((await post(`grant_type=client_credentials&pad=${'x'.repeat(16_384)}`)).status).toBe(413);
    expect((await post(`grant_type=client_credentials&pad=${'x'.repeat(16_300)}`)).status).toBe(401);
  });

  test('is a 4xx for whatever a body holds', async () => {
    const bodies = ['', '&', '=', '&&&=&', '%', '%zz=%', 'grant_type=%ff%fe', 'grant_type=client_credentials&client_id=%00&client_secret=%00', 'grant_type=client_credentials&client_id=%ed%a0%80&client_secret=x', '\0', '__proto__=1&constructor=2&grant_type=client_credentials', 'a&'.repeat(8_000), `${'%41'.repeat(5_000)}=1`];
    for (const path of ['/oauth/token', '/oauth/revoke', '/oauth/introspect']) {
      for (const body of bodies) {
        const { status } = await post(body, { path });
        expect([path, body, status >= 400 && status < 500]).toEqual([path, body, true]);
      }
    }
  });

  test('takes as long for an unknown client as for a wrong secret, about', async () => {
    const timeOf = async (clientId: string) => {
      const start = performance.now();
      await post(grant({ clientId, clientSecret: 'pcs_wrong' }));
      return performance.now() - start;
    };
    const median = (times: number[]) => times.sort((a, b) => a - b)[times.length / 2]!;
    const [known, unknown]: [number[], number[]] = [[], []];
    for (let i = 0; i < 100; i++) {
      known.push(await timeOf(partner.clientId));
      unknown.push(await timeOf(newId('int')));
    }
    const ratio = median(unknown) / median(known);
    expect(ratio).toBeGreaterThan(0.5);
    expect(ratio).toBeLessThan(2);
  });
});

describe('revocation', () => {
  const revoke = (token: string, client = partner as { clientId: string; clientSecret: string }) => post({ ...credentials(client), token, token_type_hint: 'access_token' }, { path: '/oauth/revoke' });

  test('ends one token at once and leaves the client\'s others', async () => {
    const [ended, other] = [await tokenFor(partner), await tokenFor(partner)];
    const answer = await revoke(ended);
    expect([answer.status, answer.text]).toEqual([200, '']);
    expect(await loadCaller(identity.database, claimsOf(ended), Date.now())).toBeNull();
    expect(await loadCaller(identity.database, claimsOf(other), Date.now())).not.toBeNull();
    expect((await revoke(ended)).status).toBe(200);
  });

  test('of a token that is worth nothing is already done', async () => {
    for (const token of ['nonsense', 'a.b.c', '..', await tokenFor(staff)]) expect((await revoke(token)).status).toBe(200);
  });

  test('of another client\'s token is refused, and changes nothing', async () => {
    const foreign = await tokenFor(await newPartner());
    expect((await revoke(foreign)).json['error']).toBe('invalid_grant');
    expect(await loadCaller(identity.database, claimsOf(foreign), Date.now())).not.toBeNull();
  });

  test('needs a token, and a client that proves itself', async () => {
    expect((await post(credentials(partner), { path: '/oauth/revoke' })).json['error']).toBe('invalid_request');
    expect((await post({ token: await tokenFor(partner) }, { path: '/oauth/revoke' })).status).toBe(401);
  });

  test('works for staff', async () => {
    const token = await tokenFor(staff);
    expect((await revoke(token, staff)).status).toBe(200);
    expect((await post({ ...credentials(staff), token }, { path: '/oauth/introspect' })).json).toEqual({ active: false });
  });
});

describe('introspection', () => {
  const introspect = async (token: string, client: { clientId: string; clientSecret: string } = partner) => (await post({ ...credentials(client), token }, { path: '/oauth/introspect' })).json;

  test('tells a client about its own token', async () => {
    const token = await tokenFor(partner);
    const { iss, aud, exp, iat, jti } = claimsOf(token);
    expect(await introspect(token)).toEqual({ active: true, token_type: 'Bearer', scope: 'read consent:write', client_id: partner.clientId, sub: partner.clientId, iss, aud, exp, iat, jti });
  });

  test('tells nothing about another\'s token, a forged one, or one that no longer opens the gate', async () => {
    const other = await newPartner();
    const token = await tokenFor(other);
    expect(await introspect(token)).toEqual({ active: false });
    expect(await introspect(token, other)).toMatchObject({ active: true });
    await identity.asMarketplace(tx => suspendIntegration(tx, other.integration.id));
    const own = await tokenFor(partner);
    for (const forgery of forgedTokens({ signer: keys.signer(), claims: claimsOf(own) })) {
      if (forgery.token === '') continue;
      const answer = await post({ ...credentials(partner), token: forgery.token }, { path: '/oauth/introspect' });
      expect([forgery.title, answer.status < 500, answer.json['active'] ?? false]).toEqual([forgery.title, true, false]);
    }
    expect(await introspect(own)).toMatchObject({ active: true });
  });

  test('of a suspended member\'s token is closed to the member', async () => {
    const token = await tokenFor(staff);
    expect(await introspect(token, staff)).toMatchObject({ active: true, sub: staff.clientId });
    await inTransaction(identity.database, NO_TENANT, tx => suspendStaff(tx, staff.clientId));
    expect((await post({ ...credentials(staff), token }, { path: '/oauth/introspect' })).status).toBe(401);
  });
});

describe('what is public', () => {
  test('the metadata names the endpoints, which answer', async () => {
    const metadata = (await (await fetch(`${gateway.url}/.well-known/oauth-authorization-server`)).json()) as Record<string, unknown>;
    expect(metadata).toMatchObject({ issuer: gateway.url, grant_types_supported: ['client_credentials'], response_types_supported: [], token_endpoint_auth_methods_supported: ['client_secret_basic', 'client_secret_post'] });
    for (const name of ['token_endpoint', 'revocation_endpoint', 'introspection_endpoint']) expect((await fetch(String(metadata[name]), { method: 'POST' })).status).toBeLessThan(404);
    expect((await fetch(String(metadata['jwks_uri']))).status).toBe(200);
  });

  test('a new key is in the JWKS before it signs, and may be cached for less than that', async () => {
    const { added } = await rotateSigningKeys(directory, wallClock);
    await keys.refresh();
    const response = await fetch(`${gateway.url}/.well-known/jwks.json`);
    const jwks = (await response.json()) as { keys: { kid: string }[] };
    expect(jwks.keys.map(key => key.kid)).toEqual([keys.signer().kid, added]);
    expect(response.headers.get('cache-control')).toBe('public, max-age=240');
    expect(JSON.stringify(jwks)).not.toContain('"d"');
    await jwtVerify(await tokenFor(partner), createLocalJWKSet(jwks));
  });
});

describe('guesses', () => {
  const from = (address: string) => ({ 'x-forwarded-for': address });

  test('ten wrong ones from an address end in 429, before any other; another address and another client are not concerned', async () => {
    const limited = await serve(identity.database, openGuesses(wallClock, null));
    const wrong = grant({ clientId: partner.clientId, clientSecret: 'pcs_wrong' });
    const statuses: number[] = [];
    for (let i = 0; i < 12; i++) statuses.push((await post(wrong, { to: limited, headers: from('192.0.2.1') })).status);
    expect(statuses).toEqual([...Array<number>(10).fill(401), 429, 429]);
    const right = await post(grant(partner), { to: limited, headers: from('192.0.2.1') });
    expect([right.status, right.json['error']]).toEqual([429, 'too_many_requests']);
    expect(Number(right.headers.get('retry-after'))).toBeGreaterThan(290);
    expect((await post(grant(partner), { to: limited, headers: from('192.0.2.2') })).status).toBe(200);
    expect((await post(grant(await newPartner()), { to: limited, headers: from('192.0.2.1') })).status).toBe(200);
  });

  test('right secrets sent at once are all answered, however many', async () => {
    const limited = await serve(identity.database, openGuesses(wallClock, null));
    const answers = await Promise.all(Array.from({ length: 40 }, () => post(grant(partner), { to: limited, headers: from('192.0.2.3') })));
    expect(answers.map(answer => answer.status)).toEqual(Array<number>(40).fill(200));
  });

  test('an address that asks too often is told when to come back', async () => {
    const limited = await serve(identity.database, openGuesses({ now: () => 0 }, null));
    const statuses = await Promise.all(Array.from({ length: 110 }, async () => (await fetch(`${limited.url}/.well-known/jwks.json`, { headers: from('192.0.2.4') })).status));
    expect(statuses.filter(status => status === 200)).toHaveLength(100);
    const refused = await fetch(`${limited.url}/.well-known/jwks.json`, { headers: from('192.0.2.4') });
    expect([refused.status, refused.headers.get('retry-after')]).toEqual([429, '1']);
    expect((await fetch(`${limited.url}/.well-known/jwks.json`, { headers: from('192.0.2.5') })).status).toBe(200);
  });
});

test('without PostgreSQL the answer is 503 with Retry-After, within a second, and no guess is counted', async () => {
  const direct = new URL(identity.serviceUrl);
  const road = await tcpProxy(Number(direct.port));
  direct.port = String(road.port);
  const database = await openDatabase({ url: direct.href, entities: partnersRoom.entities ?? [], poolSize: 2, statementTimeoutMs: 1_000, connectTimeoutMs: 1_000 });
  try {
    const broken = await serve(database, openGuesses(wallClock, null));
    expect((await post(grant(partner), { to: broken })).status).toBe(200);
    await road.cut();
    for (let i = 0; i < 12; i++) {
      const start = performance.now();
      const answer = await post(grant({ clientId: partner.clientId, clientSecret: 'pcs_wrong' }), { to: broken });
      expect([answer.status, answer.json['error'], answer.headers.get('retry-after')]).toEqual([503, 'temporarily_unavailable', '1']);
      expect(performance.now() - start).toBeLessThan(1_000);
    }
    await road.restore();
    expect((await post(grant(partner), { to: broken })).status).toBe(200);
  } finally {
    await database.close();
    await road.close();
  }
});
