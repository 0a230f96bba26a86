/** The SQL of usage: what was used, by whom, when last, kept by the hour. */
import type { Instant } from '../base/clock.ts';
import type { Tx } from '../platform/postgres/database.ts';

/** Uses of the API by one operation of one integration, within an hour. */
export interface UsageCount {
  readonly environmentId: string;
  readonly partnerId: string;
  readonly integrationId: string;
  /** Wall time, any instant of the hour. */
  readonly hour: Instant;
  /** Names the coordinates (`elementSetOf`). */
  readonly elementSet: string;
  /** What each of the uses used. */
  readonly coordinates: readonly string[];
  readonly apiVersion: string;
  /** Empty where there is none, as are the client's. */
  readonly operationName: string;
  readonly documentHash: string;
  readonly clientName: string;
  readonly clientVersion: string;
  readonly uses: number;
  readonly lastUsedAt: Instant;
  /** Newest first; five are kept. */
  readonly requestIds: readonly string[];
}

/** Adds counts of any tenants to what is there. */
export async function recordUsage(tx: Tx, counts: readonly UsageCount[]): Promise<void> {
  if (counts.length === 0) return;
  await recordElementSets(tx, new Map(counts.map(({ elementSet, coordinates }) => [elementSet, coordinates])));
  const column = <T>(of: (count: UsageCount) => T): T[] => counts.map(of);
  await tx.query('select portico.record_usage($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13)', [
    column(count => count.environmentId),
    column(count => count.partnerId),
    column(count => count.integrationId),
    column(count => new Date(count.hour)),
    column(count => count.elementSet),
    column(count => count.apiVersion),
    column(count => count.operationName),
    column(count => count.documentHash),
    column(count => count.clientName),
    column(count => count.clientVersion),
    column(count => count.uses),
    column(count => new Date(count.lastUsedAt)),
    column(count => count.requestIds.join(' ')),
  ]);
}

/** Says of sets what is in them, where nobody has said it yet. */
export async function recordElementSets(tx: Tx, sets: ReadonlyMap<string, readonly string[]>): Promise<void> {
  const unknown = await tx.query<{ id: string }[]>('select id from portico.unknown_element_sets($1) as id', [[...sets.keys()]]);
  if (unknown.length === 0) return;
  const pairs = unknown.flatMap(({ id }) => sets.get(id)!.map(coordinate => ({ id, coordinate })));
  await tx.query('select portico.record_element_sets($1, $2)', [pairs.map(({ id }) => id), pairs.map(({ coordinate }) => coordinate)]);
}

/** Which uses count against an element: of versions that hold it, since an instant. */
export interface UsageQuestion {
  readonly coordinate: string;
  /** Null where every version counts. */
  readonly removedIn: string | null;
  readonly since: Instant;
  /** Only this integration's, or this version's. */
  readonly integrationId?: string;
  readonly apiVersion?: string;
}

/** An integration that would feel the element's end, with its evidence. */
export interface IntegrationUse {
  readonly integrationId: string;
  readonly integrationName: string;
  readonly partnerId: string;
  readonly partnerName: string;
  readonly apiVersions: readonly string[];
  readonly operationNames: readonly string[];
  readonly uses: number;
  readonly lastUsedAt: Date;
  /** The last ones. */
  readonly requestIds: readonly string[];
  /** Whether the partner has acknowledged the notice that is asked about, or signed its date. */
  readonly hasAnswered: boolean;
}

// A version's name sorts before the version that lacks the element, and `unstable` after all.
const COUNTED = `u.environment_id = current_setting('portico.environment_id') and u.coordinate = $1 and ($2::text is null or u.api_version < $2) and u.hour >= $3
  and ($4::text is null or u.integration_id = $4) and ($5::text is null or u.api_version = $5)`;

const parametersOf = ({ coordinate, removedIn, since, integrationId, apiVersion }: UsageQuestion): unknown[] => [
  coordinate,
  removedIn,
  new Date(since),
  integrationId ?? null,
  apiVersion ?? null,
];

/** Who uses the element, in the transaction's environment, the busiest first.
    @param noticeId whose answers count as answered; null where there is no notice yet */
export async function usageOf(tx: Tx, question: UsageQuestion, noticeId: string | null): Promise<IntegrationUse[]> {
  return await tx.query(
    `select i.id as "integrationId", i.name as "integrationName", p.id as "partnerId", p.name as "partnerName", u.versions as "apiVersions", u.operations as "operationNames",
       u.uses::float8 as uses, u.last_used_at as "lastUsedAt", u.request_ids as "requestIds",
       exists (select from portico.deprecation_response r where r.environment_id = i.environment_id and r.partner_id = i.partner_id and r.notice_id = $6
         and r.kind in ('ACKNOWLEDGED', 'SIGNED')) as "hasAnswered"
     from (
       select u.environment_id, u.integration_id, sum(u.uses) as uses, max(u.last_used_at) as last_used_at, array_agg(distinct u.api_version) as versions,
         array_agg(distinct u.operation_name) filter (where u.operation_name <> '') as operations,
         (string_to_array(string_agg(array_to_string(u.request_ids, ' '), ' ' order by u.last_used_at desc), ' '))[1:5] as request_ids
       from portico.usage_by_hour u where ${COUNTED} group by 1, 2
     ) u
     join portico.integration i on i.environment_id = u.environment_id and i.id = u.integration_id
     join portico.partner p on p.environment_id = i.environment_id and p.id = i.partner_id
     order by u.uses desc, i.id`,
    [...parametersOf(question), noticeId],
  );
}

export interface UsageDay {
  /** In UTC. */
  readonly on: string;
  readonly uses: number;
  readonly integrations: number;
}

/** Uses a day, of days that had any, oldest first. */
export async function usageByDay(tx: Tx, question: UsageQuestion): Promise<UsageDay[]> {
  return await tx.query(
    `select (u.hour at time zone 'UTC')::date::text as on, sum(u.uses)::float8 as uses, count(distinct u.integration_id)::integer as integrations
     from portico.usage_by_hour u where ${COUNTED} group by 1 order by 1`,
    parametersOf(question),
  );
}

/** Forgets the months that ended at `oldest` or before. */
export async function trimUsage(tx: Tx, oldest: Date): Promise<void> {
  await tx.query('select portico.trim_usage($1)', [oldest]);
}

/** Makes ready for the month of an instant. */
export async function ensureUsageMonth(tx: Tx, instant: Date): Promise<void> {
  await tx.query('select portico.ensure_usage_month($1)', [instant]);
}
