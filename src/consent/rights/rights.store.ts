/** The SQL of people's rights: what was read of them, all that is known of them, and what they have asked. */
import type { Instant } from '../../base/clock.ts';
import { newId } from '../../base/ids.ts';
import type { Tx } from '../../platform/postgres/database.ts';

export interface PersonKey {
  readonly environmentId: string;
  readonly customerId: string;
}

/** Something that was read of the person, and who read it. */
export interface Disclosure {
  readonly id: string;
  readonly at: Date;
  readonly recordedAt: Date;
  readonly partnerName: string;
  readonly integrationName: string;
  readonly purpose: string;
  readonly grantId: string;
  readonly grantVersion: number;
  /** Schema coordinates. */
  readonly fields: string[];
  readonly recordCount: number;
  readonly requestId: string;
  /** Place in the sealed log; null until it has been numbered. */
  readonly leafIndex: number | null;
}

/** What was read of a person, newest first, after the one that a page ended with. */
export async function disclosuresOf(tx: Tx, { environmentId, customerId }: PersonKey, { first, after }: { first: number; after: string | null }): Promise<Disclosure[]> {
  const rows = await tx.query<(Omit<Disclosure, 'leafIndex'> & { leafIndex: string | null })[]>(
    `select e.id, e.at, e.recorded_at as "recordedAt", p.name as "partnerName", i.name as "integrationName", e.purpose, e.grant_id as "grantId", e.grant_version as "grantVersion",
       e.fields, e.record_count as "recordCount", e.request_id as "requestId", l.leaf_index as "leafIndex"
     from portico.pairwise_subject s
     join portico.subject_key k on k.environment_id = s.environment_id and k.subject_id = s.id
     join portico.access_entry e on e.environment_id = s.environment_id and e.subject_reference = portico.subject_reference(k.key)
     join portico.partner p on p.environment_id = e.environment_id and p.id = e.partner_id
     join portico.integration i on i.environment_id = e.environment_id and i.id = e.integration_id
     left join portico.sealed_entry l on l.environment_id = e.environment_id and l.entry_id = e.id
     where s.environment_id = $1 and s.customer_id = $2
       and ($4::text is null or (e.recorded_at, e.id) < (select a.recorded_at, a.id from portico.access_entry a where a.environment_id = $1 and a.id = $4))
     order by e.recorded_at desc, e.id desc limit $3`,
    [environmentId, customerId, first, after],
  );
  return rows.map(row => ({ ...row, leafIndex: row.leafIndex === null ? null : Number(row.leafIndex) }));
}

export interface TimesRead {
  readonly times: number;
  readonly lastAt: Date;
}

/** How often something was read under each of a person's grants, and when last. */
export async function timesRead(tx: Tx, { environmentId, customerId }: PersonKey): Promise<Map<string, TimesRead>> {
  const rows = await tx.query<(TimesRead & { grant: string })[]>(
    `select e.grant_id as "grant", count(*)::integer as times, max(e.at) as "lastAt" from portico.pairwise_subject s
     join portico.subject_key k on k.environment_id = s.environment_id and k.subject_id = s.id
     join portico.access_entry e on e.environment_id = s.environment_id and e.subject_reference = portico.subject_reference(k.key)
     where s.environment_id = $1 and s.customer_id = $2 group by e.grant_id`,
    [environmentId, customerId],
  );
  return new Map(rows.map(({ grant, ...read }) => [grant, read]));
}

/** All that the marketplace's feed has said of a person. */
export async function recordOf(tx: Tx, { environmentId, customerId }: PersonKey): Promise<Record<string, unknown>> {
  const [row] = await tx.query<{ record: Record<string, unknown> }[]>(
    `select json_build_object(
       'person', (select json_build_object('id', c.reference, 'givenName', c.given_name, 'familyName', c.family_name, 'email', c.email, 'phone', c.phone, 'language', c.language, 'joinedAt', c.joined_at)
         from portico.customer c where c.environment_id = $1 and c.id = $2),
       'orders', (select coalesce(json_agg(json_build_object('id', o.reference, 'placedAt', o.placed_at, 'status', o.status, 'currency', o.currency, 'totalMinor', o.total_minor,
           'items', (select coalesce(json_agg(json_build_object('title', n.title, 'department', n.department, 'quantity', n.quantity, 'priceMinor', n.price_minor) order by n.position), '[]')
             from portico.order_item n where n.environment_id = o.environment_id and n.order_id = o.id)) order by o.placed_at, o.id), '[]')
         from portico.customer_order o where o.environment_id = $1 and o.customer_id = $2),
       'preferences', (select coalesce(json_agg(json_build_object('id', f.reference, 'name', f.name, 'value', f.value) order by f.name, f.reference), '[]')
         from portico.customer_preference f where f.environment_id = $1 and f.customer_id = $2),
       'locations', (select coalesce(json_agg(json_build_object('id', l.reference, 'town', l.town, 'region', l.region, 'country', l.country, 'observedAt', l.observed_at) order by l.observed_at, l.reference), '[]')
         from portico.customer_location l where l.environment_id = $1 and l.customer_id = $2),
       'cases', (select coalesce(json_agg(json_build_object('id', s.reference, 'order', s.order_reference, 'subject', s.subject, 'status', s.status, 'openedAt', s.opened_at, 'closedAt', s.closed_at) order by s.opened_at, s.id), '[]')
         from portico.support_case s where s.environment_id = $1 and s.customer_id = $2),
       'receipts', (select coalesce(json_agg(r.jws order by g.given_at, r.grant_version), '[]')
         from portico.consent_grant g join portico.consent_receipt r on r.environment_id = g.environment_id and r.grant_id = g.id where g.environment_id = $1 and g.customer_id = $2)) as record`,
    [environmentId, customerId],
  );
  return row!.record;
}

export type RightsKind = 'EXPORT' | 'ERASURE' | 'OBJECTION' | 'CORRECTION';

export interface RightsRequest {
  readonly id: string;
  readonly kind: RightsKind;
  readonly grantId: string | null;
  readonly category: string | null;
  readonly words: string | null;
  readonly askedAt: Date;
  readonly dueAt: Date;
  readonly settledAt: Date | null;
  readonly outcome: 'GRANTED' | 'REFUSED' | null;
  readonly answer: string | null;
}

const REQUEST = `id, kind, grant_id as "grantId", category, words, asked_at as "askedAt", due_at as "dueAt", settled_at as "settledAt", outcome, answer`;

/** What a person has asked, newest first. */
export const requestsOf = (tx: Tx, { environmentId, customerId }: PersonKey, limit: number): Promise<RightsRequest[]> =>
  tx.query(`select ${REQUEST} from portico.rights_request where environment_id = $1 and customer_id = $2 order by asked_at desc, id limit $3`, [environmentId, customerId, limit]);

export interface NewRightsRequest extends PersonKey {
  readonly kind: RightsKind;
  readonly grantId?: string;
  readonly category?: string;
  readonly words?: string;
  readonly askedAt: Instant;
  readonly dueAt: Instant;
  /** Whether it was done with the asking. */
  readonly isSettled: boolean;
}

/** Writes down what a person asks; an open request that says the same stands for it. Answers its id. */
export async function insertRightsRequest(tx: Tx, request: NewRightsRequest): Promise<string> {
  const { environmentId, customerId, kind, grantId = null, category = null, words = null, isSettled } = request;
  const [open] = await tx.query<{ id: string }[]>(
    `select id from portico.rights_request where environment_id = $1 and customer_id = $2 and kind = $3 and settled_at is null
       and grant_id is not distinct from $4 and category is not distinct from $5 and ($4::text is not null or words is not distinct from $6)`,
    [environmentId, customerId, kind, grantId, category, words],
  );
  if (open) return open.id;
  const id = newId('rrq');
  const askedAt = new Date(request.askedAt);
  await tx.query(
    `insert into portico.rights_request (environment_id, id, customer_id, kind, grant_id, category, words, asked_at, due_at, settled_at, outcome)
     values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)`,
    [environmentId, id, customerId, kind, grantId, category, words, askedAt, new Date(request.dueAt), isSettled ? askedAt : null, isSettled ? 'GRANTED' : null],
  );
  return id;
}

/** A request that waits for an answer, locked. */
export async function lockOpenRequest(tx: Tx, environmentId: string, id: string): Promise<(RightsRequest & { readonly customerId: string }) | null> {
  const [row] = await tx.query<(RightsRequest & { customerId: string })[]>(
    `select ${REQUEST}, customer_id as "customerId" from portico.rights_request where environment_id = $1 and id = $2 and settled_at is null for update`,
    [environmentId, id],
  );
  return row ?? null;
}

export async function settleRequest(
  tx: Tx,
  environmentId: string,
  id: string,
  by: { staffId: string; outcome: 'GRANTED' | 'REFUSED'; answer: string; at: Instant },
): Promise<void> {
  await tx.query('update portico.rights_request set settled_at = $3, outcome = $4, answer = $5, settled_by = $6 where environment_id = $1 and id = $2', [
    environmentId,
    id,
    new Date(by.at),
    by.outcome,
    by.answer,
    by.staffId,
  ]);
}
