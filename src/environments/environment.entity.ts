/** The table of environments, for writes. */
import { Column, Entity, PrimaryColumn } from 'typeorm';

@Entity({ name: 'environment', schema: 'portico' })
export class EnvironmentEntity {
  @PrimaryColumn({ type: 'text' })
  id!: string;

  @Column({ type: 'text' })
  kind!: 'LIVE' | 'SANDBOX';

  @Column({ type: 'text' })
  name!: string;

  @Column({ name: 'owner_environment_id', type: 'text', nullable: true })
  ownerEnvironmentId!: string | null;

  @Column({ name: 'owner_partner_id', type: 'text', nullable: true })
  ownerPartnerId!: string | null;

  @Column({ name: 'id_namespace', type: 'text' })
  idNamespace!: string;

  @Column({ name: 'clock_offset_ms', type: 'bigint', default: 0 })
  clockOffsetMs!: string;

  @Column({ name: 'clock_frozen_at', type: 'timestamptz', nullable: true })
  clockFrozenAt!: Date | null;

  @Column({ name: 'born_at', type: 'timestamptz' })
  bornAt!: Date;

  @Column({ type: 'bigint', default: 1 })
  revision!: string;

  @Column({ type: 'jsonb', default: [] })
  faults!: unknown[];

  @Column({ name: 'created_at', type: 'timestamptz' })
  createdAt!: Date;

  @Column({ name: 'closed_at', type: 'timestamptz', nullable: true })
  closedAt!: Date | null;
}
