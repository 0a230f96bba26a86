/** The tables of tokens revoked before their time, for writes. */
import { Column, Entity, PrimaryColumn } from 'typeorm';

@Entity({ schema: 'portico', name: 'revoked_token' })
export class RevokedTokenEntity {
  @PrimaryColumn({ name: 'environment_id', type: 'text' })
  environmentId!: string;

  @PrimaryColumn({ name: 'token_id', type: 'text' })
  tokenId!: string;

  @Column({ name: 'partner_id', type: 'text' })
  partnerId!: string;

  @Column({ name: 'expires_at', type: 'timestamptz' })
  expiresAt!: Date;
}

@Entity({ schema: 'portico', name: 'staff_revoked_token' })
export class StaffRevokedTokenEntity {
  @PrimaryColumn({ name: 'token_id', type: 'text' })
  tokenId!: string;

  @Column({ name: 'expires_at', type: 'timestamptz' })
  expiresAt!: Date;
}
