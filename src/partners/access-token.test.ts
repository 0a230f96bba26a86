import { generateKeyPairSync } from 'node:crypto';
import jwt from 'jsonwebtoken';
import { forgedTokens } from '../../test/api/forged-tokens.ts';
import { accessTokens } from './access-token.ts';
import type { PartnerClaims } from './access-token.rules.ts';
import { openSigningKeys, type SigningKey, type SigningKeys } from './signing-keys.ts';

const ISSUER = 'https://portico.example';
const CLIENT = { integrationId: 'int_parcel', partnerId: 'prt_pilot', environmentId: 'env_live', credentialId: 'crd_first', scopes: ['read', 'consent:write'] };

const quiet = { warn: () => undefined };
const clock = { at: Date.parse('2026-11-23T10:00:00.250Z'), now: () => clock.at };

const pemOf = (kind: 'ec' | 'rsa') =>
  (kind === 'ec' ? generateKeyPairSync('ec', { namedCurve: 'P-256' }) : generateKeyPairSync('rsa', { modulusLength: 2048 })).privateKey.export({
    type: 'pkcs8',
    format: 'pem',
  }) as string;

const keysOf = (pem: string): Promise<SigningKeys> => openSigningKeys({ pem }, clock, quiet);
const claimsOf = (token: string): PartnerClaims => jwt.decode(token) as unknown as PartnerClaims;

beforeEach(() => {
  clock.at = Date.parse('2026-11-23T10:00:00.250Z');
});

describe('a token that Portico issued', () => {
  test.each(['ec', 'rsa'] as const)('is accepted, signed with an %s key', async kind => {
    const tokens = accessTokens(await keysOf(pemOf(kind)), clock, () => ISSUER);
    const { token, expiresInSeconds } = tokens.issueToPartner(CLIENT);
    expect(expiresInSeconds).toBe(900);
    const verdict = await tokens.verifyPartnerToken(token);
    expect(verdict).toMatchObject({
      ok: true,
      claims: {
        iss: ISSUER,
        aud: `${ISSUER}/graphql`,
        sub: 'int_parcel',
        client_id: 'int_parcel',
        env: 'env_live',
        partner: 'prt_pilot',
        cred: 'crd_first',
        scope: 'read consent:write',
      },
    });
    expect(jwt.decode(token, { complete: true })?.header).toEqual({ alg: kind === 'ec' ? 'ES256' : 'RS256', typ: 'at+jwt', kid: expect.stringMatching(/^[\w-]{43}$/) });
  });

  test('is accepted for its audience only', async () => {
    const tokens = accessTokens(await keysOf(pemOf('ec')), clock, () => ISSUER);
    const partner = tokens.issueToPartner(CLIENT).token;
    const staff = tokens.issueToStaff({ staffId: 'stf_ada', credentialId: 'scr_first' }).token;
    expect((await tokens.verifyStaffToken(staff)).ok).toBe(true);
    expect((await tokens.verifyStaffToken(partner)).ok).toBe(false);
    expect((await tokens.verifyPartnerToken(staff)).ok).toBe(false);
  });

  test('lives 15 minutes and 5 seconds of skew, to the millisecond, remembered or not', async () => {
    const tokens = accessTokens(await keysOf(pemOf('ec')), clock, () => ISSUER);
    const { token } = tokens.issueToPartner(CLIENT);
    const end = (claimsOf(token).exp + 5) * 1000;
    clock.at = end - 1;
    expect((await tokens.verifyPartnerToken(token)).ok).toBe(true);
    clock.at = end;
    expect(await tokens.verifyPartnerToken(token)).toEqual({ ok: false, reason: 'expired' });
    const fresh = accessTokens(await keysOf(pemOf('ec')), clock, () => ISSUER);
    expect((await fresh.verifyPartnerToken(token)).ok).toBe(false);
  });

  test('is accepted by a gateway whose clock is 5 seconds behind, and not by one further behind', async () => {
    const keys = await keysOf(pemOf('ec'));
    const { token } = accessTokens(keys, clock, () => ISSUER).issueToPartner(CLIENT);
    const iat = claimsOf(token).iat * 1000;
    clock.at = iat - 5_000;
    expect((await accessTokens(keys, clock, () => ISSUER).verifyPartnerToken(token)).ok).toBe(true);
    clock.at = iat - 5_001;
    expect((await accessTokens(keys, clock, () => ISSUER).verifyPartnerToken(token)).ok).toBe(false);
  });

  test('is verified once and then remembered, until the keys change', async () => {
    const keys = await keysOf(pemOf('ec'));
    let revision = 0;
    let asked = 0;
    const watched: SigningKeys = { ...keys, revision: () => revision, verifier: kid => ((asked += 1), keys.verifier(kid)) };
    const tokens = accessTokens(watched, clock, () => ISSUER);
    const { token } = tokens.issueToPartner(CLIENT);
    await tokens.verifyPartnerToken(token);
    await tokens.verifyPartnerToken(token);
    expect(asked).toBe(1);
    revision = 1;
    await tokens.verifyPartnerToken(token);
    expect(asked).toBe(2);
  });

  test('is refused by another issuer with the same key, and by another key of the same issuer', async () => {
    const pem = pemOf('ec');
    const { token } = accessTokens(await keysOf(pem), clock, () => ISSUER).issueToPartner(CLIENT);
    expect((await accessTokens(await keysOf(pem), clock, () => 'https://sandbox.example').verifyPartnerToken(token)).ok).toBe(false);
    expect((await accessTokens(await keysOf(pemOf('ec')), clock, () => ISSUER).verifyPartnerToken(token)).ok).toBe(false);
  });
});

describe('forged tokens', () => {
  test('are refused, every one, cold and with a valid token remembered', async () => {
    const keys = await keysOf(pemOf('ec'));
    const tokens = accessTokens(keys, clock, () => ISSUER);
    const { token } = tokens.issueToPartner(CLIENT);
    const forgeries = [...forgedTokens({ signer: keys.signer(), claims: claimsOf(token) })];
    const accepted: string[] = [];
    for (const round of ['cold', 'warm']) {
      for (const forgery of forgeries) if ((await tokens.verifyPartnerToken(forgery.token)).ok) accepted.push(`${round}: ${forgery.title}`);
      await tokens.verifyPartnerToken(token);
    }
    expect(accepted).toEqual([]);
    expect((await tokens.verifyPartnerToken(token)).ok).toBe(true);
  });

  test('are at least 131 different ones with a title each, most of which fit into a header', async () => {
    const signer: SigningKey = (await keysOf(pemOf('ec'))).signer();
    const tokens = accessTokens(await keysOf(pemOf('ec')), clock, () => ISSUER);
    const forgeries = [...forgedTokens({ signer, claims: claimsOf(tokens.issueToPartner(CLIENT).token) })];
    expect(new Set(forgeries.map(forgery => forgery.token)).size).toBe(forgeries.length);
    expect(new Set(forgeries.map(forgery => forgery.title)).size).toBe(forgeries.length);
    expect(forgeries.filter(forgery => forgery.sendable).length).toBeGreaterThanOrEqual(131);
  });
});
