/**
 * What an access token must say to be believed (RFC 9068, with RFC 8725's advice taken literally).
 * Portico alone issues these tokens and knows their every byte, so anything else than what it
 * writes is refused: a header or claim it does not know may restrict the token (`crit`, `cnf`), and
 * to ignore a restriction is to widen it.
 */
import { idPrefix, isId } from '../base/ids.ts';
import type { Instant } from '../base/clock.ts';
import { CLOCK_SKEW_SECONDS, TOKEN_LIFETIME_SECONDS } from './signing-key.rules.ts';

export interface TokenClaims {
  readonly iss: string;
  readonly aud: string;
  /** The client: the id of an integration, of a staff member or of a system of the marketplace's. */
  readonly sub: string;
  readonly client_id: string;
  /** Seconds since the Unix epoch, as is `iat`. */
  readonly exp: number;
  readonly iat: number;
  readonly jti: string;
  /** Separated by spaces; may be empty. */
  readonly scope: string;
  /** The credential that the token was issued for: its end is the token's end. */
  readonly cred: string;
}

export interface PartnerClaims extends TokenClaims {
  /** The one environment in which the token counts. */
  readonly env: string;
  readonly partner: string;
}

export type StaffClaims = TokenClaims;

/** Of the marketplace's own systems. */
export interface MarketplaceClaims extends TokenClaims {
  /** The one environment in which the token counts. */
  readonly env: string;
}

export interface TokenHeader {
  readonly alg: string;
  readonly typ: 'at+jwt';
  readonly kid: string;
}

/** A token of ours has about 800 characters. */
export const MAX_TOKEN_LENGTH = 4_096;

const BASE64URL = /^[A-Za-z0-9_-]+$/;
const THUMBPRINT = /^[A-Za-z0-9_-]{43}$/;
/** RFC 6749, section 3.3. */
const SCOPE = /^$|^[\x21\x23-\x5b\x5d-\x7e]+( [\x21\x23-\x5b\x5d-\x7e]+)*$/;

const COMMON_CLAIMS = ['iss', 'aud', 'sub', 'client_id', 'exp', 'iat', 'jti', 'scope', 'cred'];
const PARTNER_CLAIMS = [...COMMON_CLAIMS, 'env', 'partner'];
const MARKETPLACE_CLAIMS = [...COMMON_CLAIMS, 'env'];

export type Reading<T> = { ok: true; value: T } | { ok: false; reason: string };

const no = (reason: string): { ok: false; reason: string } => ({ ok: false, reason });

export interface TokenParts {
  readonly header: TokenHeader;
  readonly payload: Readonly<Record<string, unknown>>;
}

/** Takes the compact serialisation (RFC 7515, section 7.1) apart; proves nothing about the signature. */
export function readToken(token: string): Reading<TokenParts> {
  if (token.length > MAX_TOKEN_LENGTH) return no(`longer than ${MAX_TOKEN_LENGTH} characters`);
  const [head, body, tail, ...more] = token.split('.');
  if (head === undefined || body === undefined || tail === undefined || more.length > 0) return no('not three parts');
  const header = jsonObjectOf(head);
  if (!header) return no('header is not the JSON that Portico writes');
  if (!hasExactly(header, ['alg', 'typ', 'kid'])) return no('header has other members than alg, typ and kid');
  if (header['typ'] !== 'at+jwt') return no('typ is not at+jwt');
  if (typeof header['alg'] !== 'string') return no('alg is not text');
  if (typeof header['kid'] !== 'string' || !THUMBPRINT.test(header['kid'])) return no('kid is no thumbprint');
  const payload = jsonObjectOf(body);
  if (!payload) return no('payload is not the JSON that Portico writes');
  if (!bytesOf(tail)) return no('signature is not base64url');
  return { ok: true, value: { header: header as unknown as TokenHeader, payload } };
}

export interface ExpectedToken {
  readonly issuer: string;
  readonly audience: string;
}

export function checkPartnerClaims(payload: Readonly<Record<string, unknown>>, expected: ExpectedToken, now: Instant): Reading<PartnerClaims> {
  if (!hasExactly(payload, PARTNER_CLAIMS)) return no("claims are not those of a partner's token");
  if (!isId(payload['env'])) return no('env is no id');
  if (!isId(payload['partner'])) return no('partner is no id');
  const problem = problemOfCommonClaims(payload, expected, 'int', now);
  return problem ? no(problem) : { ok: true, value: payload as unknown as PartnerClaims };
}

export function checkStaffClaims(payload: Readonly<Record<string, unknown>>, expected: ExpectedToken, now: Instant): Reading<StaffClaims> {
  if (!hasExactly(payload, COMMON_CLAIMS)) return no('claims are not those of a staff token');
  const problem = problemOfCommonClaims(payload, expected, 'stf', now);
  return problem ? no(problem) : { ok: true, value: payload as unknown as StaffClaims };
}

export function checkMarketplaceClaims(payload: Readonly<Record<string, unknown>>, expected: ExpectedToken, now: Instant): Reading<MarketplaceClaims> {
  if (!hasExactly(payload, MARKETPLACE_CLAIMS)) return no("claims are not those of a marketplace's token");
  if (!isId(payload['env'])) return no('env is no id');
  const problem = problemOfCommonClaims(payload, expected, 'mkt', now);
  return problem ? no(problem) : { ok: true, value: payload as unknown as MarketplaceClaims };
}

/** Whether a token with that expiry is still good. Skew is given once, here: a token that one
    gateway has just issued must not be refused by another whose clock is ahead. */
export const isUnexpired = (exp: number, now: Instant): boolean => now < (exp + CLOCK_SKEW_SECONDS) * 1000;

function problemOfCommonClaims(payload: Readonly<Record<string, unknown>>, expected: ExpectedToken, subjectPrefix: string, now: Instant): string | null {
  const { iss, aud, sub, client_id: clientId, exp, iat, jti, scope, cred } = payload;
  if (iss !== expected.issuer) return 'iss is another issuer';
  if (aud !== expected.audience) return 'aud is another audience';
  if (idPrefix(sub) !== subjectPrefix) return 'sub is no such client';
  if (clientId !== sub) return 'client_id differs from sub';
  if (idPrefix(jti) !== 'tok') return 'jti is no token id';
  if (!isId(cred)) return 'cred is no id';
  if (typeof scope !== 'string' || !SCOPE.test(scope)) return 'scope is malformed';
  if (!isSeconds(iat) || !isSeconds(exp)) return 'iat or exp is no whole number of seconds';
  if (exp <= iat || exp - iat > TOKEN_LIFETIME_SECONDS) return 'lives longer than a token may';
  if (iat * 1000 > now + CLOCK_SKEW_SECONDS * 1000) return 'issued in the future';
  return isUnexpired(exp, now) ? null : 'expired';
}

const isSeconds = (value: unknown): value is number => Number.isSafeInteger(value) && (value as number) > 0;

const hasExactly = (object: Readonly<Record<string, unknown>>, names: readonly string[]): boolean =>
  Object.keys(object).length === names.length && names.every(name => Object.hasOwn(object, name));

/** Bytes of canonical base64url; null for anything else. Without the comparison, bits beyond the
    last byte would let one signature be written in several ways. */
function bytesOf(text: string): Buffer | null {
  if (!BASE64URL.test(text)) return null;
  const bytes = Buffer.from(text, 'base64url');
  return bytes.toString('base64url') === text ? bytes : null;
}

/** The object that JSON text in base64url stands for, if that is exactly how Portico would write it.
    This leaves no room for duplicate names, which two readers may resolve in two ways. */
function jsonObjectOf(part: string): Record<string, unknown> | null {
  const text = bytesOf(part)?.toString('utf8');
  if (!text?.startsWith('{')) return null;
  try {
    const value = JSON.parse(text) as Record<string, unknown>;
    return JSON.stringify(value) === text ? value : null;
  } catch {
    return null;
  }
}
