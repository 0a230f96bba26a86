/** The table of integrations' secrets, for writes. */
import { Column, Entity, PrimaryColumn } from 'typeorm';

@Entity({ schema: 'portico', name: 'credential' })
export class CredentialEntity {
  @PrimaryColumn({ name: 'environment_id', type: 'text' })
  environmentId!: string;

  @PrimaryColumn({ type: 'text' })
  id!: string;

  @Column({ name: 'partner_id', type: 'text' })
  partnerId!: string;

  @Column({ name: 'integration_id', type: 'text' })
  integrationId!: string;

  @Column({ name: 'secret_hmac', type: 'bytea' })
  secretHmac!: Buffer;

  @Column({ type: 'bytea' })
  salt!: Buffer;

  @Column({ name: 'secret_prefix', type: 'text' })
  secretPrefix!: string;

  @Column({ name: 'created_at', type: 'timestamptz' })
  createdAt!: Date;

  @Column({ name: 'expires_at', type: 'timestamptz', nullable: true })
  expiresAt!: Date | null;

  @Column({ name: 'revoked_at', type: 'timestamptz', nullable: true })
  revokedAt!: Date | null;
}
