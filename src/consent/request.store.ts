/** The SQL of consent requests, redirect URIs and authorization codes. */
import type { Instant } from '../base/clock.ts';
import type { Tx } from '../platform/postgres/database.ts';
import type { AskedScope } from './asking.rules.ts';

export interface ConsentRequest {
  readonly id: string;
  readonly partnerId: string;
  readonly integrationId: string;
  readonly customerId: string | null;
  readonly purpose: string;
  readonly purposeVersion: number;
  readonly scopes: readonly AskedScope[];
  /** Wall time. */
  readonly expiresAt: Instant;
  readonly decision: 'GIVEN' | 'REFUSED' | null;
  readonly grantId: string | null;
}

export async function insertRequest(tx: Tx, environmentId: string, request: Omit<ConsentRequest, 'decision' | 'grantId'>, askedAt: Instant): Promise<void> {
  await tx.query(
    `insert into portico.consent_request (environment_id, id, partner_id, integration_id, customer_id, purpose, purpose_version, scopes, asked_at, expires_at)
     values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)`,
    [
      environmentId,
      request.id,
      request.partnerId,
      request.integrationId,
      request.customerId,
      request.purpose,
      request.purposeVersion,
      JSON.stringify(request.scopes),
      new Date(askedAt),
      new Date(request.expiresAt),
    ],
  );
}

export const findRequest = (tx: Tx, environmentId: string, id: string): Promise<ConsentRequest | null> => readRequest(tx, environmentId, id, '');

/** The request, locked: of two decisions at once, the second finds the first. */
export const lockRequest = (tx: Tx, environmentId: string, id: string): Promise<ConsentRequest | null> => readRequest(tx, environmentId, id, 'for update');

async function readRequest(tx: Tx, environmentId: string, id: string, lock: 'for update' | ''): Promise<ConsentRequest | null> {
  const [row] = await tx.query<(Omit<ConsentRequest, 'expiresAt'> & { expiresAt: Date })[]>(
    `select id, partner_id as "partnerId", integration_id as "integrationId", customer_id as "customerId", purpose, purpose_version as "purposeVersion", scopes,
       expires_at as "expiresAt", decision, grant_id as "grantId"
     from portico.consent_request where environment_id = $1 and id = $2 ${lock}`,
    [environmentId, id],
  );
  return row ? { ...row, expiresAt: row.expiresAt.getTime() } : null;
}

export async function setRequestCustomer(tx: Tx, environmentId: string, id: string, customerId: string): Promise<void> {
  await tx.query('update portico.consent_request set customer_id = $3 where environment_id = $1 and id = $2', [environmentId, id, customerId]);
}

export async function setDecision(tx: Tx, environmentId: string, id: string, decision: 'GIVEN' | 'REFUSED', grantId: string | null, at: Instant): Promise<void> {
  await tx.query('update portico.consent_request set decision = $3, grant_id = $4, decided_at = $5 where environment_id = $1 and id = $2', [
    environmentId,
    id,
    decision,
    grantId,
    new Date(at),
  ]);
}

/** When the person last refused the partner the purpose. */
export async function lastRefusal(tx: Tx, key: { environmentId: string; customerId: string; partnerId: string; purpose: string }): Promise<Instant | null> {
  const [row] = await tx.query<{ at: Date | null }[]>(
    `select max(decided_at) as at from portico.consent_request where environment_id = $1 and customer_id = $2 and partner_id = $3 and purpose = $4 and decision = 'REFUSED'`,
    [key.environmentId, key.customerId, key.partnerId, key.purpose],
  );
  return row?.at?.getTime() ?? null;
}

export interface ClientHome {
  readonly environmentId: string;
  readonly partnerId: string;
}

/** Where a client lives, asked before any context is known; null where it may not come in. */
export async function clientHome(tx: Tx, clientId: string): Promise<ClientHome | null> {
  const [row] = await tx.query<{ environment_id: string; partner_id: string }[]>('select environment_id, partner_id from portico.client_home($1)', [clientId]);
  return row ? { environmentId: row.environment_id, partnerId: row.partner_id } : null;
}

export async function redirectUrisOf(tx: Tx, environmentId: string, integrationId: string): Promise<string[]> {
  const rows = await tx.query<{ uri: string }[]>('select uri from portico.redirect_uri where environment_id = $1 and integration_id = $2 order by uri', [
    environmentId,
    integrationId,
  ]);
  return rows.map(({ uri }) => uri);
}

export async function replaceRedirectUris(
  tx: Tx,
  owner: { environmentId: string; partnerId: string; integrationId: string },
  uris: readonly string[],
  wallNow: Date,
): Promise<void> {
  await tx.query('delete from portico.redirect_uri where environment_id = $1 and integration_id = $2 and uri <> all ($3)', [owner.environmentId, owner.integrationId, uris]);
  await tx.query(
    `insert into portico.redirect_uri (environment_id, partner_id, integration_id, uri, created_at) select $1, $2, $3, uri, $5 from unnest($4::text[]) as uri on conflict do nothing`,
    [owner.environmentId, owner.partnerId, owner.integrationId, uris, wallNow],
  );
}

export interface AuthorizationCode {
  readonly integrationId: string;
  readonly partnerId: string;
  readonly grantId: string;
  readonly redirectUri: string;
  readonly codeChallenge: string;
  /** Wall time, both. */
  readonly expiresAt: Instant;
  readonly usedAt: Instant | null;
}

export async function insertCode(tx: Tx, environmentId: string, codeHash: Buffer, code: Omit<AuthorizationCode, 'usedAt'>): Promise<void> {
  await tx.query(
    `insert into portico.authorization_code (environment_id, code_hash, partner_id, integration_id, grant_id, redirect_uri, code_challenge, expires_at) values ($1, $2, $3, $4, $5, $6, $7, $8)`,
    [environmentId, codeHash, code.partnerId, code.integrationId, code.grantId, code.redirectUri, code.codeChallenge, new Date(code.expiresAt)],
  );
}

/** The code of that hash, locked: of two exchanges at once, the second is a replay. */
export async function lockCode(tx: Tx, environmentId: string, codeHash: Buffer): Promise<AuthorizationCode | null> {
  const [row] = await tx.query<(Omit<AuthorizationCode, 'expiresAt' | 'usedAt'> & { expiresAt: Date; usedAt: Date | null })[]>(
    `select integration_id as "integrationId", partner_id as "partnerId", grant_id as "grantId", redirect_uri as "redirectUri", code_challenge as "codeChallenge",
       expires_at as "expiresAt", used_at as "usedAt"
     from portico.authorization_code where environment_id = $1 and code_hash = $2 for update`,
    [environmentId, codeHash],
  );
  return row ? { ...row, expiresAt: row.expiresAt.getTime(), usedAt: row.usedAt?.getTime() ?? null } : null;
}

export async function setCodeUsed(tx: Tx, environmentId: string, codeHash: Buffer, at: Date): Promise<void> {
  await tx.query('update portico.authorization_code set used_at = $3 where environment_id = $1 and code_hash = $2', [environmentId, codeHash, at]);
}

export async function liveEnvironment(tx: Tx): Promise<string | null> {
  const [row] = await tx.query<{ id: string | null }[]>('select portico.live_environment_id() as id');
  return row?.id ?? null;
}
