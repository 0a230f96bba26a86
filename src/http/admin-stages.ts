/** The first two stages of the staff's road: whose token is it, and may that person come in? */
import type { Clock, Instant } from '../base/clock.ts';
import { liveEnvironmentId } from '../environments/index.ts';
import { findStaffCaller, type AccessTokens, type StaffCaller, type StaffClaims } from '../partners/index.ts';
import { NO_TENANT, inTransaction, type Database } from '../platform/postgres/database.ts';
import { unauthenticated } from './refusal.ts';

export interface StaffIdentified {
  readonly requestId: string;
  /** Wall time. */
  readonly receivedAt: Instant;
  /** The header `Idempotency-Key`, as it was sent. */
  readonly idempotencyKey: string | undefined;
  /** What the client prefers of the media types that we speak. */
  readonly mediaType: string;
  readonly claims: StaffClaims;
}

export interface StaffPlaced extends StaffIdentified {
  readonly staff: StaffCaller;
  /** Empty before there is one. */
  readonly liveEnvironmentId: string;
}

/** RFC 6750, section 2.1. */
const BEARER = /^Bearer +([\w.~+/=-]+) *$/i;

/** The claims of a staff token. A partner's token is refused like any other that is none. Throws UNAUTHENTICATED. */
export async function identifyStaff(authorization: string | undefined, tokens: AccessTokens): Promise<StaffClaims> {
  const token = BEARER.exec(authorization ?? '')?.[1];
  const verdict = token === undefined ? null : await tokens.verifyStaffToken(token);
  if (!verdict?.ok) throw unauthenticated();
  return verdict.claims;
}

/** The person, as of now: nothing of the staff is remembered between requests. Throws UNAUTHENTICATED
    and UnavailableError. */
export async function placeStaff(identified: StaffIdentified, database: Database, clock: Clock): Promise<StaffPlaced> {
  return inTransaction(database, NO_TENANT, async tx => {
    const staff = await findStaffCaller(tx, identified.claims, clock.now());
    if (!staff) throw unauthenticated();
    return { ...identified, staff, liveEnvironmentId: (await liveEnvironmentId(tx)) ?? '' };
  });
}
