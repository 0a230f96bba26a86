/** Questions about secrets: an integration's, a staff member's, and those that a client of unknown
    environment may have used. */
import type { Instant } from '../base/clock.ts';
import type { Tx } from '../platform/postgres/database.ts';
import { CredentialEntity } from './credential.entity.ts';
import type { CredentialState } from './credential.rules.ts';
import { StaffCredentialEntity } from './staff.entity.ts';

/** What a presented secret is compared with. */
export interface CandidateSecret {
  readonly credentialId: string;
  readonly hmac: Buffer;
  readonly salt: Buffer;
}

export interface IntegrationSecret extends CandidateSecret {
  readonly environmentId: string;
  readonly partnerId: string;
  readonly scopes: readonly string[];
  /** Whether integration, partner and environment are all in good standing. */
  readonly active: boolean;
}

export interface StaffSecret extends CandidateSecret {
  readonly active: boolean;
}

/** The unexpired secrets of an integration, in whichever environment it lives. */
export async function secretsOfIntegration(tx: Tx, clientId: string, wallNow: Instant): Promise<IntegrationSecret[]> {
  return await tx.query(
    `select environment_id as "environmentId", partner_id as "partnerId", credential_id as "credentialId",
       secret_hmac as hmac, salt, scopes, client_status = 'ACTIVE' as active
     from portico.client_secrets($1, $2)`,
    [clientId, new Date(wallNow)],
  );
}

export async function secretsOfStaff(tx: Tx, clientId: string, wallNow: Instant): Promise<StaffSecret[]> {
  return await tx.query(
    `select c.id as "credentialId", c.secret_hmac as hmac, c.salt, s.status = 'ACTIVE' as active
     from portico.staff s join portico.staff_credential c on c.staff_id = s.id
     where s.id = $1 and c.revoked_at is null and (c.expires_at is null or c.expires_at > $2)`,
    [clientId, new Date(wallNow)],
  );
}

export interface LockedIntegration {
  readonly partnerId: string;
  readonly credentials: readonly CredentialState[];
}

/** The integration's credentials that have not ended, with the integration locked: whoever counts
    them next waits until this transaction has added or ended one. */
export async function lockCredentials(tx: Tx, environmentId: string, integrationId: string, wallNow: Instant): Promise<LockedIntegration | null> {
  const [integration] = await tx.query<{ partner_id: string }[]>('select partner_id from portico.integration where environment_id = $1 and id = $2 for no key update', [
    environmentId,
    integrationId,
  ]);
  if (!integration) return null;
  const credentials = await tx.query<CredentialState[]>(
    `select id, secret_prefix as "secretPrefix", expires_at as "expiresAt", revoked_at as "revokedAt" from portico.credential
     where environment_id = $1 and integration_id = $2 and revoked_at is null and (expires_at is null or expires_at > $3)`,
    [environmentId, integrationId, new Date(wallNow)],
  );
  return { partnerId: integration.partner_id, credentials };
}

export async function integrationOfCredential(tx: Tx, environmentId: string, credentialId: string): Promise<string | null> {
  const credential = await tx.findOneBy(CredentialEntity, { environmentId, id: credentialId });
  return credential?.integrationId ?? null;
}

export async function insertCredential(tx: Tx, credential: CredentialEntity): Promise<void> {
  await tx.insert(CredentialEntity, credential);
}

export async function setCredentialExpiry(tx: Tx, environmentId: string, credentialId: string, expiresAt: Date): Promise<void> {
  await tx.update(CredentialEntity, { environmentId, id: credentialId }, { expiresAt });
}

/** Answers when it was revoked, which is earlier if it already had been; null where there is none. */
export async function setCredentialRevoked(tx: Tx, environmentId: string, credentialId: string, revokedAt: Date): Promise<Date | null> {
  const [rows] = await tx.query<[{ revoked_at: Date }[], number]>(
    'update portico.credential set revoked_at = coalesce(revoked_at, $3) where environment_id = $1 and id = $2 returning revoked_at',
    [environmentId, credentialId, revokedAt],
  );
  return rows[0]?.revoked_at ?? null;
}

export async function trimCredentials(tx: Tx, endedBy: Date, kept: number): Promise<void> {
  await tx.query('select portico.trim_credentials($1, $2)', [endedBy, kept]);
}

/** The staff member's credentials that have not ended, with the member locked; null where there is none. */
export async function lockStaffCredentials(tx: Tx, staffId: string, wallNow: Instant): Promise<CredentialState[] | null> {
  const staff = await tx.query<unknown[]>('select from portico.staff where id = $1 for no key update', [staffId]);
  if (staff.length === 0) return null;
  return await tx.query(
    `select id, secret_prefix as "secretPrefix", expires_at as "expiresAt", revoked_at as "revokedAt" from portico.staff_credential
     where staff_id = $1 and revoked_at is null and (expires_at is null or expires_at > $2)`,
    [staffId, new Date(wallNow)],
  );
}

export async function insertStaffCredential(tx: Tx, credential: StaffCredentialEntity): Promise<void> {
  await tx.insert(StaffCredentialEntity, credential);
}

export async function setStaffCredentialRevoked(tx: Tx, credentialId: string, revokedAt: Date): Promise<Date | null> {
  const [rows] = await tx.query<[{ revoked_at: Date }[], number]>('update portico.staff_credential set revoked_at = coalesce(revoked_at, $2) where id = $1 returning revoked_at', [
    credentialId,
    revokedAt,
  ]);
  return rows[0]?.revoked_at ?? null;
}
