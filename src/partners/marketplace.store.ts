/** Questions about the marketplace's own systems, their secrets and their tokens. */
import type { Tx } from '../platform/postgres/database.ts';
import type { CandidateSecret } from './credential.store.ts';
import type { StoredSecret } from './secret.ts';

export interface MarketplaceSecret extends CandidateSecret {
  readonly environmentId: string;
}

/** The secret of a client, in whichever environment it lives. */
export const secretsOfMarketplace = (tx: Tx, clientId: string): Promise<MarketplaceSecret[]> =>
  tx.query(`select environment_id as "environmentId", $1::text as "credentialId", secret_hmac as hmac, salt from portico.marketplace_secret($1)`, [clientId]);

export async function insertMarketplaceCredential(tx: Tx, credential: { environmentId: string; id: string; name: string; stored: StoredSecret; createdAt: Date }): Promise<void> {
  const { environmentId, id, name, stored, createdAt } = credential;
  await tx.query('insert into portico.marketplace_credential (environment_id, id, name, secret_hmac, salt, secret_prefix, created_at) values ($1, $2, $3, $4, $5, $6, $7)', [
    environmentId,
    id,
    name,
    stored.hmac,
    stored.salt,
    stored.prefix,
    createdAt,
  ]);
}

export async function isMarketplaceTokenActive(tx: Tx, token: { environmentId: string; clientId: string; tokenId: string }): Promise<boolean> {
  const found = await tx.query<unknown[]>(
    `select from portico.marketplace_credential c join portico.environment e on e.id = c.environment_id
     where c.environment_id = $1 and c.id = $2 and c.revoked_at is null and e.closed_at is null
       and not exists (select from portico.marketplace_revoked_token r where r.environment_id = $1 and r.token_id = $3)`,
    [token.environmentId, token.clientId, token.tokenId],
  );
  return found.length === 1;
}

export async function insertMarketplaceRevokedToken(tx: Tx, token: { environmentId: string; tokenId: string; expiresAt: Date }, forgetBefore: Date): Promise<void> {
  await tx.query('delete from portico.marketplace_revoked_token where environment_id = $1 and expires_at < $2', [token.environmentId, forgetBefore]);
  await tx.query('insert into portico.marketplace_revoked_token (environment_id, token_id, expires_at) values ($1, $2, $3) on conflict do nothing', [
    token.environmentId,
    token.tokenId,
    token.expiresAt,
  ]);
}

/** Answers when it was revoked, which is earlier if it already had been; null where there is none. */
export async function setMarketplaceCredentialRevoked(tx: Tx, environmentId: string, id: string, at: Date): Promise<Date | null> {
  const [rows] = await tx.query<[{ revoked_at: Date }[], number]>(
    'update portico.marketplace_credential set revoked_at = coalesce(revoked_at, $3) where environment_id = $1 and id = $2 returning revoked_at',
    [environmentId, id, at],
  );
  return rows[0]?.revoked_at ?? null;
}
