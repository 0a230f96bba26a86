import { createLocalJWKSet, jwtVerify } from 'jose';
import { forgedTokens } from '../../test/api/forged-tokens.ts';
import { claimsOf, credentials, openOAuthGateway, type Client, type OAuthGateway } from '../../test/api/oauth-gateway.ts';
import { wallClock } from '../base/clock.ts';
import { loadCaller, rotateSigningKeys, suspendIntegration, suspendStaff, type NewPartner, type NewStaff } from '../partners/index.ts';
import { inTransaction, NO_TENANT } from '../platform/postgres/database.ts';

let gateway: OAuthGateway;
let partner: NewPartner;
let staff: NewStaff;

beforeAll(async () => {
  gateway = await openOAuthGateway();
  ({ partner, staff } = gateway);
});

afterAll(() => gateway.close());

describe('revocation', () => {
  const revoke = (token: string, client: Client = partner) => gateway.post({ ...credentials(client), token, token_type_hint: 'access_token' }, { path: '/oauth/revoke' });

  test("ends one token at once and leaves the client's others", async () => {
    const [ended, other] = [await gateway.tokenFor(partner), await gateway.tokenFor(partner)];
    const answer = await revoke(ended);
    expect([answer.status, answer.text]).toEqual([200, '']);
    expect(await loadCaller(gateway.identity.database, claimsOf(ended), Date.now())).toBeNull();
    expect(await loadCaller(gateway.identity.database, claimsOf(other), Date.now())).not.toBeNull();
    expect((await revoke(ended)).status).toBe(200);
  });

  test('of a token that is worth nothing is already done', async () => {
    for (const token of ['nonsense', 'a.b.c', '..', await gateway.tokenFor(staff)]) expect((await revoke(token)).status).toBe(200);
  });

  test("of another client's token is refused, and changes nothing", async () => {
    const foreign = await gateway.tokenFor(await gateway.newPartner());
    expect((await revoke(foreign)).json['error']).toBe('invalid_grant');
    expect(await loadCaller(gateway.identity.database, claimsOf(foreign), Date.now())).not.toBeNull();
  });

  test('needs a token, and a client that proves itself', async () => {
    expect((await gateway.post(credentials(partner), { path: '/oauth/revoke' })).json['error']).toBe('invalid_request');
    expect((await gateway.post({ token: await gateway.tokenFor(partner) }, { path: '/oauth/revoke' })).status).toBe(401);
  });

  test('works for staff', async () => {
    const token = await gateway.tokenFor(staff);
    expect((await revoke(token, staff)).status).toBe(200);
    expect((await gateway.post({ ...credentials(staff), token }, { path: '/oauth/introspect' })).json).toEqual({ active: false });
  });
});

describe('introspection', () => {
  const introspect = async (token: string, client: Client = partner) => (await gateway.post({ ...credentials(client), token }, { path: '/oauth/introspect' })).json;

  test('tells a client about its own token', async () => {
    const token = await gateway.tokenFor(partner);
    const { iss, aud, exp, iat, jti } = claimsOf(token);
    expect(await introspect(token)).toEqual({
      active: true,
      token_type: 'Bearer',
      scope: 'read consent:write',
      client_id: partner.clientId,
      sub: partner.clientId,
      iss,
      aud,
      exp,
      iat,
      jti,
    });
  });

  test("tells nothing about another's token, a forged one, or one that no longer opens the gate", async () => {
    const other = await gateway.newPartner();
    const token = await gateway.tokenFor(other);
    expect(await introspect(token)).toEqual({ active: false });
    expect(await introspect(token, other)).toMatchObject({ active: true });
    await gateway.identity.asMarketplace(tx => suspendIntegration(tx, other.integration.id));
    const own = await gateway.tokenFor(partner);
    for (const forgery of forgedTokens({ signer: gateway.keys.signer(), claims: claimsOf(own) })) {
      if (forgery.token === '') continue;
      const answer = await gateway.post({ ...credentials(partner), token: forgery.token }, { path: '/oauth/introspect' });
      expect([forgery.title, answer.status < 500, answer.json['active'] ?? false]).toEqual([forgery.title, true, false]);
    }
    expect(await introspect(own)).toMatchObject({ active: true });
  });

  test("of a suspended member's token is closed to the member", async () => {
    const token = await gateway.tokenFor(staff);
    expect(await introspect(token, staff)).toMatchObject({ active: true, sub: staff.clientId });
    await inTransaction(gateway.identity.database, NO_TENANT, tx => suspendStaff(tx, staff.clientId));
    expect((await gateway.post({ ...credentials(staff), token }, { path: '/oauth/introspect' })).status).toBe(401);
  });
});

describe('what is public', () => {
  test('the metadata names the endpoints, which answer', async () => {
    const metadata = (await (await fetch(`${gateway.url}/.well-known/oauth-authorization-server`)).json()) as Record<string, unknown>;
    expect(metadata).toMatchObject({
      issuer: gateway.url,
      grant_types_supported: ['client_credentials', 'authorization_code'],
      response_types_supported: ['code'],
      code_challenge_methods_supported: ['S256'],
      authorization_response_iss_parameter_supported: true,
      authorization_details_types_supported: ['marketplace_data'],
      token_endpoint_auth_methods_supported: ['client_secret_basic', 'client_secret_post'],
    });
    for (const name of ['token_endpoint', 'revocation_endpoint', 'introspection_endpoint'])
      expect((await fetch(String(metadata[name]), { method: 'POST' })).status).toBeLessThan(404);
    expect((await fetch(String(metadata['jwks_uri']))).status).toBe(200);
  });

  test('a new key is in the JWKS before it signs, and may be cached for less than that', async () => {
    const { added } = await rotateSigningKeys(gateway.keysDir, wallClock);
    await gateway.keys.refresh();
    const response = await fetch(`${gateway.url}/.well-known/jwks.json`);
    const jwks = (await response.json()) as { keys: { kid: string }[] };
    expect(jwks.keys.map(key => key.kid)).toEqual([gateway.keys.signer().kid, added]);
    expect(response.headers.get('cache-control')).toBe('public, max-age=240');
    expect(JSON.stringify(jwks)).not.toContain('"d"');
    await jwtVerify(await gateway.tokenFor(partner), createLocalJWKSet(jwks));
  });
});
