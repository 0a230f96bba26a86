/**
 * Access tokens (JWTs after RFC 9068): issued to clients by the token endpoint, verified for every
 * request. A verdict is data; its reason is for the log, never for the caller, whom it would teach.
 */
import { hash } from 'node:crypto';
import jwt from 'jsonwebtoken';
import { LRUCache } from 'lru-cache';
import type { Clock, Instant } from '../base/clock.ts';
import { newId } from '../base/ids.ts';
import {
  checkMarketplaceClaims,
  checkPartnerClaims,
  checkStaffClaims,
  isUnexpired,
  readToken,
  type ExpectedToken,
  type MarketplaceClaims,
  type PartnerClaims,
  type Reading,
  type StaffClaims,
  type TokenClaims,
} from './access-token.rules.ts';
import { CLOCK_SKEW_SECONDS, TOKEN_LIFETIME_SECONDS } from './signing-key.rules.ts';
import type { SigningKeys } from './signing-keys.ts';

export type TokenVerdict<Claims> = { ok: true; claims: Claims } | { ok: false; reason: string };

export interface IssuedToken {
  readonly token: string;
  readonly expiresInSeconds: number;
}

export interface AccessTokens {
  issueToPartner(client: { integrationId: string; partnerId: string; environmentId: string; credentialId: string; scopes: readonly string[] }): IssuedToken;
  issueToStaff(client: { staffId: string; credentialId: string }): IssuedToken;
  issueToMarketplace(client: { clientId: string; environmentId: string }): IssuedToken;
  verifyPartnerToken(token: string): Promise<TokenVerdict<PartnerClaims>>;
  verifyStaffToken(token: string): Promise<TokenVerdict<StaffClaims>>;
  verifyMarketplaceToken(token: string): Promise<TokenVerdict<MarketplaceClaims>>;
}

/** An entry takes about 1 kB. */
const MAX_REMEMBERED_TOKENS = 10_000;

type MintedClaim = 'iss' | 'exp' | 'iat' | 'jti';

type ClaimsCheck<Claims> = (payload: Readonly<Record<string, unknown>>, expected: ExpectedToken, now: Instant) => Reading<Claims>;

/** `issuer` is the gateway's public URL; it is asked anew each time, as it is known only once the gateway listens. */
export function accessTokens(keys: SigningKeys, clock: Clock, issuer: () => string): AccessTokens {
  const partnerAudience = () => `${issuer()}/graphql`;
  const staffAudience = () => `${issuer()}/graphql/admin`;
  const marketplaceAudience = () => `${issuer()}/marketplace`;

  function issue(claims: Omit<StaffClaims, MintedClaim> | Omit<PartnerClaims, MintedClaim> | Omit<MarketplaceClaims, MintedClaim>): IssuedToken {
    const { kid, algorithm, privateKey } = keys.signer();
    const iat = Math.floor(clock.now() / 1000);
    const payload = { iss: issuer(), ...claims, iat, exp: iat + TOKEN_LIFETIME_SECONDS, jti: newId('tok') };
    const token = jwt.sign(payload, privateKey, { algorithm, keyid: kid, header: { alg: algorithm, typ: 'at+jwt' } });
    return { token, expiresInSeconds: TOKEN_LIFETIME_SECONDS };
  }

  async function verify<Claims>(token: string, expected: ExpectedToken, checkClaims: ClaimsCheck<Claims>): Promise<TokenVerdict<Claims>> {
    const parts = readToken(token);
    if (!parts.ok) return parts;
    const { header, payload } = parts.value;
    // Cheap refusals first; a signature costs more than the rest of the road.
    const claims = checkClaims(payload, expected, clock.now());
    if (!claims.ok) return claims;
    const key = await keys.verifier(header.kid);
    if (!key) return { ok: false, reason: 'kid is unknown' };
    try {
      jwt.verify(token, key.publicKey, {
        algorithms: [key.algorithm],
        issuer: expected.issuer,
        audience: expected.audience,
        clockTimestamp: Math.floor(clock.now() / 1000),
        clockTolerance: CLOCK_SKEW_SECONDS,
      });
    } catch (error) {
      return { ok: false, reason: (error as Error).message };
    }
    return { ok: true, claims: claims.value };
  }

  /** Verified tokens by their SHA-256, so that the memory holds no token, until they expire. Only
      verified ones are kept: forgeries are endless. */
  function remembering<Claims extends TokenClaims>(verifyAnew: (token: string) => Promise<TokenVerdict<Claims>>): (token: string) => Promise<TokenVerdict<Claims>> {
    const verified = new LRUCache<string, Claims>({ max: MAX_REMEMBERED_TOKENS });
    let revision = keys.revision();
    return async token => {
      if (revision !== keys.revision()) {
        verified.clear();
        revision = keys.revision();
      }
      const digest = hash('sha256', token, 'base64url');
      const known = verified.get(digest);
      if (known) return isUnexpired(known.exp, clock.now()) ? { ok: true, claims: known } : { ok: false, reason: 'expired' };
      const revisionBefore = revision;
      const verdict = await verifyAnew(token);
      if (verdict.ok && revisionBefore === keys.revision()) verified.set(digest, verdict.claims);
      return verdict;
    };
  }

  return {
    issueToPartner: client =>
      issue({
        aud: partnerAudience(),
        sub: client.integrationId,
        client_id: client.integrationId,
        scope: client.scopes.join(' '),
        cred: client.credentialId,
        env: client.environmentId,
        partner: client.partnerId,
      }),
    issueToStaff: client => issue({ aud: staffAudience(), sub: client.staffId, client_id: client.staffId, scope: '', cred: client.credentialId }),
    issueToMarketplace: ({ clientId, environmentId }) => issue({ aud: marketplaceAudience(), sub: clientId, client_id: clientId, scope: '', cred: clientId, env: environmentId }),
    verifyPartnerToken: remembering(token => verify(token, { issuer: issuer(), audience: partnerAudience() }, checkPartnerClaims)),
    verifyStaffToken: remembering(token => verify(token, { issuer: issuer(), audience: staffAudience() }, checkStaffClaims)),
    verifyMarketplaceToken: remembering(token => verify(token, { issuer: issuer(), audience: marketplaceAudience() }, checkMarketplaceClaims)),
  };
}
