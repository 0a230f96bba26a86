/** The tables of the marketplace's own people, for writes. */
import { Column, Entity, PrimaryColumn } from 'typeorm';
import type { StaffRole } from './partner.rules.ts';

export type StaffStatus = 'ACTIVE' | 'SUSPENDED';

@Entity({ schema: 'portico', name: 'staff' })
export class StaffEntity {
  @PrimaryColumn({ type: 'text' })
  id!: string;

  @Column({ type: 'text' })
  name!: string;

  @Column({ type: 'text' })
  email!: string;

  @Column({ type: 'text', default: 'ACTIVE' })
  status!: StaffStatus;

  @Column({ name: 'created_at', type: 'timestamptz' })
  createdAt!: Date;
}

@Entity({ schema: 'portico', name: 'staff_role' })
export class StaffRoleEntity {
  @PrimaryColumn({ name: 'staff_id', type: 'text' })
  staffId!: string;

  @PrimaryColumn({ type: 'text' })
  role!: StaffRole;
}

@Entity({ schema: 'portico', name: 'staff_credential' })
export class StaffCredentialEntity {
  @PrimaryColumn({ type: 'text' })
  id!: string;

  @Column({ name: 'staff_id', type: 'text' })
  staffId!: string;

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
