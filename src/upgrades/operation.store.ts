/** The SQL of upgrade reports: what integrations registered and what they were seen to send. */
import type { Tx } from '../platform/postgres/database.ts';
import type { Owner } from './registered-document.store.ts';

export type Origin = 'REGISTERED' | 'OBSERVED';

export interface KnownOperations {
  readonly origin: Origin;
  /** Of the text that was registered, or sent last. */
  readonly documentHash: string;
  readonly document: string;
  /** SHA-256 of `document`, hexadecimal. */
  readonly textHash: string;
  /** The version that it was registered for, or sent to. */
  readonly apiVersion: string;
  /** Wall time; null where it was not seen. */
  readonly lastSentAt: Date | null;
}

/** Of one integration: each document once, and of what is registered no second form; newest first. */
export async function operationsOf(tx: Tx, { environmentId, integrationId }: Owner): Promise<KnownOperations[]> {
  return await tx.query(
    `select 'REGISTERED' as origin, d.document_hash as "documentHash", d.document, d.document_hash as "textHash", d.api_version as "apiVersion",
       (select max(o.last_seen_at) from portico.observed_operation o
        where o.environment_id = $1 and o.integration_id = $2 and o.document_hash = d.document_hash) as "lastSentAt"
     from portico.registered_document d where d.environment_id = $1 and d.integration_id = $2
     union all
     select 'OBSERVED', o.document_hash, o.document, o.shape_hash, o.api_version, o.last_seen_at from portico.observed_operation o
     where o.environment_id = $1 and o.integration_id = $2 and not exists (
       select from portico.registered_document d where d.environment_id = $1 and d.integration_id = $2 and d.document_hash = o.document_hash)
     order by 1 desc, 6 desc nulls last, 2`,
    [environmentId, integrationId],
  );
}

export interface Integration extends Owner {
  readonly integrationName: string;
  readonly partnerId: string;
  readonly partnerName: string;
  readonly pinnedVersion: string | null;
}

/** Integrations of the transaction's environment that have operations, by name; one of them where an id is given. */
export async function integrationsWithOperations(tx: Tx, integrationId: string | null, limit: number): Promise<Integration[]> {
  return await tx.query(
    `select i.environment_id as "environmentId", i.id as "integrationId", i.name as "integrationName", p.id as "partnerId", p.name as "partnerName", i.pinned_version as "pinnedVersion"
     from portico.integration i join portico.partner p on p.environment_id = i.environment_id and p.id = i.partner_id
     where i.environment_id = current_setting('portico.environment_id') and ($2::text is null or i.id = $2) and (
       exists (select from portico.registered_document d where d.environment_id = i.environment_id and d.integration_id = i.id)
       or exists (select from portico.observed_operation o where o.environment_id = i.environment_id and o.integration_id = i.id))
     order by i.name collate "C", i.id limit $1`,
    [limit, integrationId],
  );
}
