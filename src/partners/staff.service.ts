/** The marketplace's own people and their secrets. They belong to no environment, so these use cases
    run under any context. */
import type { Clock } from '../base/clock.ts';
import { newId } from '../base/ids.ts';
import { ok, refused, type Outcome } from '../base/outcome.ts';
import type { Tx } from '../platform/postgres/database.ts';
import { decideIssue, type TooManyCredentials } from './credential.rules.ts';
import { insertStaffCredential, lockStaffCredentials, setStaffCredentialRevoked } from './credential.store.ts';
import type { IssuedCredential, NotFound } from './credentials.service.ts';
import { checkStaff, type InputRefusal, type Refusal, type StaffInput, type StaffRole } from './partner.rules.ts';
import { newSecret } from './secret.ts';
import type { StaffEntity } from './staff.entity.ts';
import { insertStaff, setStaffStatus } from './staff.store.ts';

export interface NewStaff extends IssuedCredential {
  readonly staff: StaffEntity;
  readonly roles: readonly StaffRole[];
}

/** Creates a staff member with a first credential. Refusals: REQUIRED, TOO_LONG, INVALID, EMAIL_TAKEN. */
export async function createStaff(tx: Tx, input: StaffInput, clock: Clock): Promise<Outcome<NewStaff, InputRefusal | Refusal<'EMAIL_TAKEN'>>> {
  const checked = checkStaff(input);
  if (!checked.ok) return checked;
  const { name, email, roles } = checked.value;
  const staff: StaffEntity = { id: newId('stf'), name, email, status: 'ACTIVE', createdAt: new Date(clock.now()) };
  if (!(await insertStaff(tx, staff, roles))) {
    return refused({ code: 'EMAIL_TAKEN', message: `Somebody on the staff already has the address ${email}: give another.`, path: ['email'] });
  }
  return ok({ staff, roles, ...(await addStaffCredential(tx, staff.id, clock)) });
}

/** Refusals: NOT_FOUND, TOO_MANY_CREDENTIALS. */
export async function issueStaffCredential(tx: Tx, staffId: string, clock: Clock): Promise<Outcome<IssuedCredential, TooManyCredentials | NotFound>> {
  const credentials = await lockStaffCredentials(tx, staffId, clock.now());
  if (!credentials) return noStaff;
  const decision = decideIssue(credentials, clock.now());
  return decision.ok ? ok(await addStaffCredential(tx, staffId, clock)) : decision;
}

/** Ends a credential, and every token issued for it, at once. Refusals: NOT_FOUND. */
export async function revokeStaffCredential(tx: Tx, credentialId: string, clock: Clock): Promise<Outcome<{ revokedAt: Date }, NotFound>> {
  const revokedAt = await setStaffCredentialRevoked(tx, credentialId, new Date(clock.now()));
  return revokedAt ? ok({ revokedAt }) : refused({ code: 'NOT_FOUND', message: 'There is no such credential.', path: ['credentialId'] });
}

/** Closes the staff API to one person at once. Refusals: NOT_FOUND. */
export const suspendStaff = async (tx: Tx, staffId: string): Promise<Outcome<null, NotFound>> => ((await setStaffStatus(tx, staffId, 'SUSPENDED')) ? ok(null) : noStaff);

/** Refusals: NOT_FOUND. */
export const reinstateStaff = async (tx: Tx, staffId: string): Promise<Outcome<null, NotFound>> => ((await setStaffStatus(tx, staffId, 'ACTIVE')) ? ok(null) : noStaff);

const noStaff = refused<NotFound>({ code: 'NOT_FOUND', message: 'There is no such staff member.', path: ['staffId'] });

async function addStaffCredential(tx: Tx, staffId: string, clock: Clock): Promise<IssuedCredential> {
  const { secret, stored } = newSecret();
  const id = newId('scr');
  await insertStaffCredential(tx, {
    id,
    staffId,
    secretHmac: stored.hmac,
    salt: stored.salt,
    secretPrefix: stored.prefix,
    createdAt: new Date(clock.now()),
    expiresAt: null,
    revokedAt: null,
  });
  return { credentialId: id, clientId: staffId, clientSecret: secret, secretPrefix: stored.prefix };
}
