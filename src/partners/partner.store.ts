/** Questions about partners, their members and integrations. Each statement names the environment of
    the transaction's context, so that it is right for the owner too, whom row-level security ignores. */
import type { EnvironmentClock } from '../base/clock.ts';
import type { Tx } from '../platform/postgres/database.ts';
import { IntegrationEntity, type IntegrationStatus } from './integration.entity.ts';
import { MemberEntity } from './member.entity.ts';
import { PartnerEntity, type PartnerStatus } from './partner.entity.ts';

export interface CurrentEnvironment {
  readonly id: string;
  readonly kind: 'LIVE' | 'SANDBOX';
  readonly clock: EnvironmentClock;
}

/** The environment of the transaction's context; null where it names none that exists. */
export async function findEnvironment(tx: Tx): Promise<CurrentEnvironment | null> {
  const [row] = await tx.query<{ id: string; kind: CurrentEnvironment['kind']; offset_ms: number; frozen_at: Date | null }[]>(
    `select id, kind, clock_offset_ms::float8 as offset_ms, clock_frozen_at as frozen_at
     from portico.environment where id = current_setting('portico.environment_id', true)`,
  );
  return row ? { id: row.id, kind: row.kind, clock: { offsetMs: row.offset_ms, frozenAt: row.frozen_at?.getTime() ?? null } } : null;
}

/** The same where a transaction without one is a fault of the caller. */
export async function currentEnvironment(tx: Tx): Promise<CurrentEnvironment> {
  const environment = await findEnvironment(tx);
  if (!environment) throw new Error("The transaction's context names no environment that exists: open it with one that does.");
  return environment;
}

/** Whether an integration of the context's environment may do in live, at that environment's instant, what
    touches people. Sandboxes do not ask. */
export async function isLiveAt(tx: Tx, { id, kind }: CurrentEnvironment, integrationId: string, environmentNow: Date): Promise<boolean> {
  if (kind === 'SANDBOX') return true;
  const rows = await tx.query<unknown[]>(
    'select from portico.integration where environment_id = $1 and id = $2 and live_at is not null and (live_until is null or live_until > $3)',
    [id, integrationId, environmentNow],
  );
  return rows.length > 0;
}

export async function insertPartner(tx: Tx, partner: PartnerEntity): Promise<void> {
  await tx.insert(PartnerEntity, partner);
}

export async function insertMember(tx: Tx, member: MemberEntity): Promise<void> {
  await tx.insert(MemberEntity, member);
}

export async function insertIntegration(tx: Tx, integration: IntegrationEntity): Promise<void> {
  await tx.insert(IntegrationEntity, integration);
}

export async function partnerExists(tx: Tx, environmentId: string, partnerId: string): Promise<boolean> {
  return await tx.existsBy(PartnerEntity, { environmentId, id: partnerId });
}

/** Whose integration it is; null where there is none. */
export async function partnerOfIntegration(tx: Tx, environmentId: string, integrationId: string): Promise<string | null> {
  const integration = await tx.findOneBy(IntegrationEntity, { environmentId, id: integrationId });
  return integration?.partnerId ?? null;
}

/** Answers whether the partner exists. */
export async function setPartnerStatus(tx: Tx, environmentId: string, partnerId: string, status: PartnerStatus): Promise<boolean> {
  const { affected } = await tx.update(PartnerEntity, { environmentId, id: partnerId }, { status });
  return affected === 1;
}

/** Answers whether the integration exists. */
export async function setIntegrationStatus(tx: Tx, environmentId: string, integrationId: string, status: IntegrationStatus): Promise<boolean> {
  const { affected } = await tx.update(IntegrationEntity, { environmentId, id: integrationId }, { status });
  return affected === 1;
}
