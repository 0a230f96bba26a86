import { createRemoteJWKSet, jwtVerify } from 'jose';
import { basic, claimsOf, credentials, grant, openOAuthGateway, type OAuthGateway } from '../../test/api/oauth-gateway.ts';
import { tcpProxy } from '../../test/harness/tcp-proxy.ts';
import { wallClock } from '../base/clock.ts';
import { newId } from '../base/ids.ts';
import { openGuesses } from '../limits/index.ts';
import { loadCaller, partnersRoom, reinstatePartner, revokeCredential, suspendIntegration, suspendPartner, type NewPartner, type NewStaff } from '../partners/index.ts';
import { openDatabase } from '../platform/postgres/database.ts';

const UNIFORM_401 = { error: 'invalid_client', error_description: 'Client authentication failed: check client_id and client_secret.' };

let gateway: OAuthGateway;
let partner: NewPartner;
let staff: NewStaff;

beforeAll(async () => {
  gateway = await openOAuthGateway();
  ({ partner, staff } = gateway);
});

afterAll(() => gateway.close());

describe('a token', () => {
  test('is given for client_secret_post, not to be stored, for 15 minutes', async () => {
    const answer = await gateway.post(grant(partner));
    expect([answer.status, answer.headers.get('cache-control'), answer.headers.get('pragma')]).toEqual([200, 'no-store', 'no-cache']);
    expect(answer.json).toEqual({ access_token: expect.any(String), token_type: 'Bearer', expires_in: 900, scope: 'read consent:write' });
    expect((await gateway.tokens.verifyPartnerToken(String(answer.json['access_token']))).ok).toBe(true);
  });

  test('is given for client_secret_basic, plain or form-encoded', async () => {
    const encoded = partner.clientSecret
      .split('')
      .map(character => `%${character.charCodeAt(0).toString(16)}`)
      .join('');
    for (const secret of [partner.clientSecret, encoded])
      expect((await gateway.post('grant_type=client_credentials', { headers: basic(partner.clientId, secret) })).status).toBe(200);
    expect((await gateway.post(`grant_type=client_credentials&client_id=${partner.clientId}`, { headers: basic(partner.clientId, partner.clientSecret) })).status).toBe(200);
  });

  test('verifies with a standard library against the published JWKS', async () => {
    const { payload, protectedHeader } = await jwtVerify(await gateway.tokenFor(partner), createRemoteJWKSet(new URL(`${gateway.url}/.well-known/jwks.json`)), {
      issuer: gateway.url,
      audience: `${gateway.url}/graphql`,
      typ: 'at+jwt',
    });
    expect(protectedHeader.alg).toBe('ES256');
    expect(payload).toMatchObject({ sub: partner.clientId, client_id: partner.clientId, env: gateway.identity.liveId, partner: partner.partner.id });
  });

  test('names the environment of its client, which lets it into no other', async () => {
    const sandbox = await gateway.identity.addSandbox(partner.partner.id);
    const inside = await gateway.newPartner(sandbox);
    const claims = claimsOf(await gateway.tokenFor(inside));
    expect(claims.env).toBe(sandbox);
    expect(await loadCaller(gateway.identity.database, claims, Date.now())).toMatchObject({ environment: { id: sandbox, kind: 'SANDBOX' } });
  });

  test('is given to staff for the staff API alone', async () => {
    const token = await gateway.tokenFor(staff);
    expect((await gateway.tokens.verifyStaffToken(token)).ok).toBe(true);
    expect((await gateway.tokens.verifyPartnerToken(token)).ok).toBe(false);
  });

  test.each([
    ['all that the client has when none is asked for', {}, 'read consent:write'],
    ['fewer when fewer are asked for', { scope: 'read' }, 'read'],
    ['each once', { scope: ' read  read ' }, 'read'],
    ['all when the parameter is empty', { scope: '' }, 'read consent:write'],
  ])('carries scopes: %s', async (_title, more, scope) => {
    expect((await gateway.post(grant(partner, more))).json['scope']).toBe(scope);
  });
});

describe('a refusal', () => {
  const secretOf = (client: { clientSecret: string }) => client.clientSecret;

  test('to authenticate is the same for every reason', async () => {
    const [suspended, revoked, stopped, closed] = await Promise.all([gateway.newPartner(), gateway.newPartner(), gateway.newPartner(), gateway.newPartner()]);
    await gateway.identity.asMarketplace(tx => suspendPartner(tx, suspended.partner.id));
    await gateway.identity.asMarketplace(tx => suspendIntegration(tx, stopped.integration.id));
    await gateway.identity.asMarketplace(tx => revokeCredential(tx, revoked.credentialId, wallClock));
    const sandbox = await gateway.identity.addSandbox(closed.partner.id);
    const inside = await gateway.newPartner(sandbox);
    await gateway.identity.asOwner('update portico.environment set closed_at = now() where id = $1', [sandbox]);
    const wrong = secretOf(closed);
    const requests: [string | Record<string, string>, Record<string, string>?][] = [
      [grant({ clientId: partner.clientId, clientSecret: wrong })],
      [grant({ clientId: partner.clientId, clientSecret: `${secretOf(partner)} ` })],
      [grant({ clientId: partner.clientId, clientSecret: 'x'.repeat(10_000) })],
      [grant({ clientId: newId('int'), clientSecret: wrong })],
      [grant({ clientId: newId('stf'), clientSecret: wrong })],
      [grant({ clientId: staff.clientId, clientSecret: wrong })],
      [grant({ clientId: partner.partner.id, clientSecret: secretOf(partner) })],
      [grant({ clientId: "' or 1=1 --", clientSecret: wrong })],
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
      const answer = await gateway.post(body, { headers });
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
    const suspended = await gateway.newPartner();
    await gateway.identity.asMarketplace(tx => suspendPartner(tx, suspended.partner.id));
    expect((await gateway.post(grant(suspended))).status).toBe(401);
    await gateway.identity.asMarketplace(tx => reinstatePartner(tx, suspended.partner.id));
    expect((await gateway.post(grant(suspended))).status).toBe(200);
  });

  test.each([
    ['no grant_type', {}, 'invalid_request'],
    ['another grant', { grant_type: 'password' }, 'unsupported_grant_type'],
    ['a grant in another letter case', { grant_type: 'CLIENT_CREDENTIALS' }, 'unsupported_grant_type'],
    ['a scope that the client does not have', { grant_type: 'client_credentials', scope: 'read admin' }, 'invalid_scope'],
    ['NUL in a parameter', { grant_type: 'client_credentials', scope: 'a\0' }, 'invalid_request'],
  ])('of %s is 400 with its code', async (_title, parameters, error) => {
    const answer = await gateway.post({ ...credentials(partner), ...parameters });
    expect([answer.status, answer.json['error']]).toEqual([400, error]);
    // RFC 6749, section 5.2, on what a description may hold.
    expect(answer.json['error_description']).toMatch(/^[\x20-\x21\x23-\x5b\x5d-\x7e]+$/);
  });

  test('of a parameter that occurs twice is invalid_request, whichever it is', async () => {
    for (const twice of ['grant_type=client_credentials', `client_id=${partner.clientId}`, `client_secret=${partner.clientSecret}`, 'scope=read&scope=read', 'x=1&x=2']) {
      const answer = await gateway.post(`${new URLSearchParams(grant(partner)).toString()}&${twice}`);
      expect([twice, answer.status, answer.json['error']]).toEqual([twice, 400, 'invalid_request']);
    }
  });

  test('of two ways to authenticate, and of two names, is invalid_request', async () => {
    const headers = basic(partner.clientId, partner.clientSecret);
    expect((await gateway.post(grant(partner), { headers })).json['error']).toBe('invalid_request');
    expect((await gateway.post(`grant_type=client_credentials&client_id=${newId('int')}`, { headers })).json['error']).toBe('invalid_request');
  });

  test('of a secret in the URL is that of no secret', async () => {
    expect((await gateway.post('grant_type=client_credentials', { path: `/oauth/token?${new URLSearchParams(credentials(partner)).toString()}` })).status).toBe(401);
  });

  test.each(['application/json', 'text/plain', 'multipart/form-data; boundary=x', 'application/x-www-form-urlencodedx', 'nonsense'])('of a body of type %s is 415', async type => {
    expect((await gateway.post(JSON.stringify(grant(partner)), { headers: { 'content-type': type } })).status).toBe(415);
  });

  test('of a body past 16 kB is 413, and of one just within it is about its content', async () => {
    expect((await gateway.post(`grant_type=client_credentials&pad=${'x'.repeat(16_384)}`)).status).toBe(413);
    expect((await gateway.post(`grant_type=client_credentials&pad=${'x'.repeat(16_300)}`)).status).toBe(401);
  });

  test('is a 4xx for whatever a body holds', async () => {
    const bodies = [
      '',
      '&',
      '=',
      '&&&=&',
      '%',
      '%zz=%',
      'grant_type=%ff%fe',
      'grant_type=client_credentials&client_id=%00&client_secret=%00',
      'grant_type=client_credentials&client_id=%ed%a0%80&client_secret=x',
      '\0',
      '__proto__=1&constructor=2&grant_type=client_credentials',
      'a&'.repeat(8_000),
      `${'%41'.repeat(5_000)}=1`,
    ];
    for (const path of ['/oauth/token', '/oauth/revoke', '/oauth/introspect']) {
      for (const body of bodies) {
        const { status } = await gateway.post(body, { path });
        expect([path, body, status >= 400 && status < 500]).toEqual([path, body, true]);
      }
    }
  });

  test('takes as long for an unknown client as for a wrong secret, about', async () => {
    const timeOf = async (clientId: string) => {
      const start = performance.now();
      await gateway.post(grant({ clientId, clientSecret: 'pcs_wrong' }));
      return performance.now() - start;
    };
    const median = (times: number[]) => times.toSorted((a, b) => a - b)[times.length / 2]!;
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

describe('guesses', () => {
  const from = (address: string) => ({ 'x-forwarded-for': address });

  test('ten wrong ones from an address end in 429, before any other; another address and another client are not concerned', async () => {
    const limited = await gateway.serve(openGuesses(wallClock, null));
    const wrong = grant({ clientId: partner.clientId, clientSecret: 'pcs_wrong' });
    const statuses: number[] = [];
    for (let i = 0; i < 12; i++) statuses.push((await gateway.post(wrong, { to: limited, headers: from('192.0.2.1') })).status);
    expect(statuses).toEqual([...Array<number>(10).fill(401), 429, 429]);
    const right = await gateway.post(grant(partner), { to: limited, headers: from('192.0.2.1') });
    expect([right.status, right.json['error']]).toEqual([429, 'too_many_requests']);
    expect(Number(right.headers.get('retry-after'))).toBeGreaterThan(290);
    expect((await gateway.post(grant(partner), { to: limited, headers: from('192.0.2.2') })).status).toBe(200);
    expect((await gateway.post(grant(await gateway.newPartner()), { to: limited, headers: from('192.0.2.1') })).status).toBe(200);
  });

  test('right secrets sent at once are all answered, however many', async () => {
    const limited = await gateway.serve(openGuesses(wallClock, null));
    const answers = await Promise.all(Array.from({ length: 40 }, () => gateway.post(grant(partner), { to: limited, headers: from('192.0.2.3') })));
    expect(answers.map(answer => answer.status)).toEqual(Array<number>(40).fill(200));
  });

  test('an address that asks too often is told when to come back', async () => {
    const limited = await gateway.serve(openGuesses({ now: () => 0 }, null));
    const statuses = await Promise.all(Array.from({ length: 110 }, async () => (await fetch(`${limited.url}/.well-known/jwks.json`, { headers: from('192.0.2.4') })).status));
    expect(statuses.filter(status => status === 200)).toHaveLength(100);
    const refused = await fetch(`${limited.url}/.well-known/jwks.json`, { headers: from('192.0.2.4') });
    expect([refused.status, refused.headers.get('retry-after')]).toEqual([429, '1']);
    expect((await fetch(`${limited.url}/.well-known/jwks.json`, { headers: from('192.0.2.5') })).status).toBe(200);
  });
});

test('without PostgreSQL the answer is 503 with Retry-After, within a second, and no guess is counted', async () => {
  const direct = new URL(gateway.identity.serviceUrl);
  const road = await tcpProxy(Number(direct.port));
  direct.port = String(road.port);
  const database = await openDatabase({ url: direct.href, entities: partnersRoom.entities ?? [], poolSize: 2, statementTimeoutMs: 1_000, connectTimeoutMs: 1_000 });
  try {
    const broken = await gateway.serve(openGuesses(wallClock, null), database);
    expect((await gateway.post(grant(partner), { to: broken })).status).toBe(200);
    await road.cut();
    for (let i = 0; i < 12; i++) {
      const start = performance.now();
      const answer = await gateway.post(grant({ clientId: partner.clientId, clientSecret: 'pcs_wrong' }), { to: broken });
      expect([answer.status, answer.json['error'], answer.headers.get('retry-after')]).toEqual([503, 'temporarily_unavailable', '1']);
      expect(performance.now() - start).toBeLessThan(1_000);
    }
    await road.restore();
    expect((await gateway.post(grant(partner), { to: broken })).status).toBe(200);
  } finally {
    await database.close();
    await road.close();
  }
});
