/** The first two stages of the staff's road: whose token is it, and may that person come in? */
import type { Clock } from '../base/clock.ts';
import { liveEnvironmentId } from '../environments/index.ts';
import { findStaffCaller, type AccessTokens, type StaffCaller, type StaffClaims } from '../partners/index.ts';
import { NO_TENANT, inTransaction, type Database } from '../platform/postgres/database.ts';
import { bearerToken } from './identify.ts';
import { unauthenticated } from './refusal.ts';
import type { Received } from './stages.ts';

export interface StaffIdentified extends Pick<Received, 'requestId' | 'receivedAt' | 'idempotencyKey' | 'mediaType'> {
  readonly claims: StaffClaims;
}

export interface StaffPlaced extends StaffIdentified {
  readonly staff: StaffCaller;
  /** Empty before there is one. */
  readonly liveEnvironmentId: string;
}

/** The claims of a staff token. A partner's token is refused like any other that is none. Throws UNAUTHENTICATED. */
export async function identifyStaff(authorization: string | undefined, tokens: AccessTokens): Promise<StaffClaims> {
  const token = bearerToken(authorization);
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
