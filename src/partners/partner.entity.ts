/** The table of partners, for writes. */
import { Column, Entity, PrimaryColumn } from 'typeorm';

export type PartnerStatus = 'ACTIVE' | 'SUSPENDED';

@Entity({ schema: 'portico', name: 'partner' })
export class PartnerEntity {
  @PrimaryColumn({ name: 'environment_id', type: 'text' })
  environmentId!: string;

  @PrimaryColumn({ type: 'text' })
  id!: string;

  @Column({ type: 'text' })
  name!: string;

  @Column({ type: 'text', nullable: true })
  website!: string | null;

  @Column({ type: 'text', default: 'HARBOUR' })
  tier!: string;

  @Column({ type: 'text', default: 'ACTIVE' })
  status!: PartnerStatus;

  @Column({ name: 'joined_at', type: 'timestamptz' })
  joinedAt!: Date;
}
