/** First stage: whose token is it? Every failure answers alike, so that nobody learns from one. */
import type { AccessTokens } from '../partners/index.ts';
import { unauthenticated } from './refusal.ts';
import type { Identified, Received } from './stages.ts';

/** RFC 6750, section 2.1. */
const BEARER = /^Bearer +([\w.~+/=-]+) *$/i;

/** The token of an `Authorization` header; undefined where it holds none. */
export const bearerToken = (authorization: string | undefined): string | undefined => BEARER.exec(authorization ?? '')?.[1];

/** Verifies the access token of an `Authorization` header. Throws UNAUTHENTICATED. */
export async function identify(request: Received, authorization: string | undefined, tokens: AccessTokens): Promise<Identified> {
  const token = bearerToken(authorization);
  const verdict = token === undefined ? { ok: false as const, reason: 'no bearer token' } : await tokens.verifyPartnerToken(token);
  if (!verdict.ok) {
    request.log.debug({ reason: verdict.reason }, 'token refused');
    throw unauthenticated();
  }
  return { ...request, claims: verdict.claims, token: token! };
}
