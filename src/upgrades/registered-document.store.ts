/** The SQL of registered documents. */
import type { Tx } from '../platform/postgres/database.ts';
import type { DocumentMode } from './document.rules.ts';

export interface NewDocument {
  readonly hash: string;
  readonly text: string;
  readonly operationNames: readonly string[];
  readonly elementSet: string;
}

/** Whose documents, in the transaction's environment and of its partner. */
export interface Owner {
  readonly environmentId: string;
  readonly integrationId: string;
}

const owned = ({ environmentId, integrationId }: Owner): string[] => [environmentId, integrationId];

/** Counts a change of the integration's documents, and holds its row until the transaction ends: two that register at once
    take their turns. Answers whose they are, null where there is no such integration. */
export async function holdDocuments(tx: Tx, owner: Owner): Promise<{ partnerId: string; mode: DocumentMode } | null> {
  const [rows] = await tx.query<[{ partnerId: string; mode: DocumentMode }[], number]>(
    `update portico.integration set documents_revision = documents_revision + 1 where environment_id = $1 and id = $2
     returning partner_id as "partnerId", document_mode as mode`,
    owned(owner),
  );
  return rows[0] ?? null;
}

export async function setMode(tx: Tx, owner: Owner, mode: DocumentMode): Promise<void> {
  await tx.query('update portico.integration set document_mode = $3 where environment_id = $1 and id = $2', [...owned(owner), mode]);
}

/** How many are registered, how many of the given ones among them. */
export async function countDocuments(tx: Tx, owner: Owner, hashes: readonly string[]): Promise<{ all: number; known: number }> {
  const [row] = await tx.query<{ all: number; known: number }[]>(
    `select count(*)::integer as all, (count(*) filter (where document_hash = any ($3)))::integer as known
     from portico.registered_document where environment_id = $1 and integration_id = $2`,
    [...owned(owner), hashes],
  );
  return row!;
}

/** Registers documents for a version; one that is registered already is from now on for this one. */
export async function putDocuments(
  tx: Tx,
  owner: Owner,
  { partnerId, apiVersion, at, documents }: { readonly partnerId: string; readonly apiVersion: string; readonly at: Date; readonly documents: readonly NewDocument[] },
): Promise<void> {
  await tx.query(
    `insert into portico.registered_document (environment_id, integration_id, partner_id, api_version, registered_at, document_hash, document, operation_names, element_set)
     select $1, $2, $3, $4, $5, d.hash, d.text, string_to_array(d.names, ' '), d.elements from unnest($6::text[], $7::text[], $8::text[], $9::text[]) as d (hash, text, names, elements)
     on conflict (environment_id, integration_id, document_hash) do update set api_version = excluded.api_version, element_set = excluded.element_set`,
    [
      ...owned(owner),
      partnerId,
      apiVersion,
      at,
      documents.map(({ hash }) => hash),
      documents.map(({ text }) => text),
      documents.map(({ operationNames }) => operationNames.join(' ')),
      documents.map(({ elementSet }) => elementSet),
    ],
  );
}

/** Answers those that were registered. */
export async function removeDocuments(tx: Tx, owner: Owner, hashes: readonly string[]): Promise<string[]> {
  const [rows] = await tx.query<[{ document_hash: string }[], number]>(
    'delete from portico.registered_document where environment_id = $1 and integration_id = $2 and document_hash = any ($3) returning document_hash',
    [...owned(owner), hashes],
  );
  return rows.map(row => row.document_hash);
}

/** Whether a registered document uses the element. */
export async function isElementUsed(tx: Tx, owner: Owner, coordinate: string): Promise<boolean> {
  const rows = await tx.query<unknown[]>(
    `select from portico.registered_document d join portico.element_set e on e.id = d.element_set and e.coordinate = $3
     where d.environment_id = $1 and d.integration_id = $2 limit 1`,
    [...owned(owner), coordinate],
  );
  return rows.length > 0;
}

/** The integration's mode as it is now, and the text of a document where it is registered; null where there is no such integration. */
export async function lookUpDocument(tx: Tx, owner: Owner, hash: string): Promise<{ mode: DocumentMode; text: string | null } | null> {
  const [row] = await tx.query<{ mode: DocumentMode; text: string | null }[]>(
    `select i.document_mode as mode, d.document as text from portico.integration i
     left join portico.registered_document d on d.environment_id = i.environment_id and d.integration_id = i.id and d.document_hash = $3
     where i.environment_id = $1 and i.id = $2`,
    [...owned(owner), hash],
  );
  return row ?? null;
}
