/** The table of integrations, for writes. An integration's id is also its OAuth client_id. */
import { Column, Entity, PrimaryColumn } from 'typeorm';
import type { IntegrationCategory } from './partner.rules.ts';

export type IntegrationStatus = 'ACTIVE' | 'SUSPENDED';

@Entity({ schema: 'portico', name: 'integration' })
export class IntegrationEntity {
  @PrimaryColumn({ name: 'environment_id', type: 'text' })
  environmentId!: string;

  @PrimaryColumn({ type: 'text' })
  id!: string;

  @Column({ name: 'partner_id', type: 'text' })
  partnerId!: string;

  @Column({ type: 'text' })
  name!: string;

  @Column({ type: 'text' })
  category!: IntegrationCategory;

  @Column({ type: 'text', default: 'ACTIVE' })
  status!: IntegrationStatus;

  @Column({ type: 'text', array: true, default: '{}' })
  scopes!: string[];

  @Column({ name: 'created_at', type: 'timestamptz' })
  createdAt!: Date;

  @Column({ name: 'live_at', type: 'timestamptz', nullable: true })
  liveAt!: Date | null;

  @Column({ name: 'live_until', type: 'timestamptz', nullable: true })
  liveUntil!: Date | null;
}
