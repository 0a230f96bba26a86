/** Tokens revoked before their time. What has expired by itself is forgotten on the way, so that the
    tables hold no more than what was revoked within one token's life. */
import type { Tx } from '../platform/postgres/database.ts';
import type { RevokedTokenEntity, StaffRevokedTokenEntity } from './revoked-token.entity.ts';

export async function insertRevokedToken(tx: Tx, token: RevokedTokenEntity, forgetBefore: Date): Promise<void> {
  await tx.query('delete from portico.revoked_token where environment_id = $1 and partner_id = $2 and expires_at < $3', [token.environmentId, token.partnerId, forgetBefore]);
  await tx.query('insert into portico.revoked_token (environment_id, token_id, partner_id, expires_at) values ($1, $2, $3, $4) on conflict do nothing', [
    token.environmentId,
    token.tokenId,
    token.partnerId,
    token.expiresAt,
  ]);
}

export async function insertStaffRevokedToken(tx: Tx, token: StaffRevokedTokenEntity, forgetBefore: Date): Promise<void> {
  await tx.query('delete from portico.staff_revoked_token where expires_at < $1', [forgetBefore]);
  await tx.query('insert into portico.staff_revoked_token (token_id, expires_at) values ($1, $2) on conflict do nothing', [token.tokenId, token.expiresAt]);
}
