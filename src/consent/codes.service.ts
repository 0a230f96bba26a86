/**
 * Authorization codes (RFC 6749, section 4.1, with RFC 7636 and RFC 9700). A code ends in a grant and
 * is no power of its own: exchanged, it tells the integration which grant the person has given. One
 * that comes twice has been stolen, here or on the way, and the grant ends with it.
 */
import { createHash, randomBytes, timingSafeEqual } from 'node:crypto';
import { ok, refused, type Outcome } from '../base/outcome.ts';
import type { Clocks } from '../graphql/writing.ts';
import type { Tx } from '../platform/postgres/database.ts';
import { isActiveAt, type Grant } from './grant.rules.ts';
import { lockGrant } from './grant.store.ts';
import { actOnGrant, type ConsentHouse } from './grants.service.ts';
import { insertCode, lockCode, setCodeUsed } from './request.store.ts';
import { pairwiseSubject } from './subject.store.ts';

/** RFC 6749, section 4.1.2, allows ten minutes; a browser needs a second. */
const CODE_LIFETIME_MS = 60_000;

/** RFC 7636, section 4.1. */
const VERIFIER = /^[A-Za-z0-9._~-]{43,128}$/;

/** RFC 7636, section 4.2, of the method S256. */
export const isCodeChallenge = (text: string): boolean => /^[A-Za-z0-9_-]{43}$/.test(text);

const sha256 = (text: string): Buffer => createHash('sha256').update(text).digest();

/** A code for the grant, to be sent to the redirect URI. */
export async function issueCode(tx: Tx, environmentId: string, grant: Grant, way: { redirectUri: string; codeChallenge: string }, clocks: Clocks): Promise<string> {
  const code = randomBytes(32).toString('base64url');
  await insertCode(tx, environmentId, sha256(code), {
    integrationId: grant.integrationId,
    partnerId: grant.partnerId,
    grantId: grant.id,
    ...way,
    expiresAt: clocks.wall.now() + CODE_LIFETIME_MS,
  });
  return code;
}

export interface Exchange {
  readonly environmentId: string;
  /** The integration that has proved its secret. */
  readonly integrationId: string;
  readonly code: string;
  readonly redirectUri: string;
  readonly codeVerifier: string;
}

export interface Exchanged {
  readonly grant: Grant;
  readonly subjectId: string;
}

/** The refusal says nothing of the code that the client does not know. */
export type ExchangeRefusal = { readonly code: 'INVALID_GRANT'; readonly message: string };

const noGrant = refused<ExchangeRefusal>({
  code: 'INVALID_GRANT',
  message: 'The code is unknown, used or expired, or was issued for another client, redirect_uri or code_verifier.',
});

/** What a code stands for. The caller commits whatever the answer: a replay revokes the grant.
    Refusals: INVALID_GRANT. */
export async function exchangeCode(tx: Tx, house: ConsentHouse, exchange: Exchange, clocks: Clocks): Promise<Outcome<Exchanged, ExchangeRefusal>> {
  const { environmentId } = exchange;
  const codeHash = sha256(exchange.code);
  const code = await lockCode(tx, environmentId, codeHash);
  // Another client's code says nothing about its own client: it neither spends nor revokes it.
  if (!code || code.integrationId !== exchange.integrationId) return noGrant;
  if (code.usedAt !== null) {
    await actOnGrant(tx, house, { environmentId, grantId: code.grantId, act: { act: 'REVOKE' }, actor: 'PORTICO', reason: 'The authorization code was used twice.' }, clocks);
    return noGrant;
  }
  if (clocks.wall.now() >= code.expiresAt || code.redirectUri !== exchange.redirectUri) return noGrant;
  const challenge = sha256(exchange.codeVerifier).toString('base64url');
  if (!VERIFIER.test(exchange.codeVerifier) || !timingSafeEqual(Buffer.from(challenge), Buffer.from(code.codeChallenge))) return noGrant;
  await setCodeUsed(tx, environmentId, codeHash, new Date(clocks.wall.now()));
  const grant = await lockGrant(tx, environmentId, code.grantId);
  if (!grant || !isActiveAt(grant, clocks.environment.now())) return noGrant;
  return ok({ grant, subjectId: await pairwiseSubject(tx, { environmentId, partnerId: grant.partnerId, customerId: grant.customerId }) });
}
