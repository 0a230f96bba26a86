/** The SQL of the removal gate: its evidence, its verdicts, and who overrode them. Contexts are the marketplace's, in live. */
import type { Instant } from '../base/clock.ts';
import type { Tx } from '../platform/postgres/database.ts';
import { RELEASES, versionAfter } from '../versions/index.ts';
import type { Verdict } from './notice-state.rules.ts';
import type { KnownUse, PartnerAnswer, RemovalEvidence, RemovalGate } from './removal.rules.ts';
import { usageOf } from './usage.store.ts';

/** What a verdict is about: an element by its notice before a release, or a version before it retires. */
export interface RemovalSubject {
  readonly gate: RemovalGate;
  readonly version: string;
  /** Null for a retirement. */
  readonly notice: { readonly id: string; readonly coordinate: string } | null;
}

/** Who used it since then or has registered documents that do, and what their partners said. */
export async function usesBefore(tx: Tx, { version, notice }: RemovalSubject, since: Instant): Promise<KnownUse[]> {
  const registered = await registrationsFor(tx, version, notice?.coordinate ?? null);
  if (notice) {
    const used = await usageOf(tx, { coordinate: notice.coordinate, removedIn: version, since }, notice.id);
    return withAnswers(used, registered, await answersTo(tx, [notice.id]), await toldOf(tx, notice.id, ''));
  }
  const successor = RELEASES[RELEASES.indexOf(version) + 1] ?? versionAfter(version, 1);
  const notices = await tx.query<{ id: string }[]>("select id from portico.deprecation_notice where review = 'APPROVED' and removed_in = $1", [successor]);
  const answers = await answersTo(
    tx,
    notices.map(({ id }) => id),
  );
  return withAnswers(await usersOf(tx, version, since), registered, answers, await toldOf(tx, null, reminderOf(version)));
}

/** The title of what partners are told who still use a version that is to retire. */
export const reminderOf = (version: string): string => `API version ${version} is to retire, and you still use it`;

type Used = Pick<KnownUse, 'integrationId' | 'integrationName' | 'partnerId' | 'partnerName' | 'apiVersions' | 'uses' | 'requestIds'> & {
  readonly operationNames: readonly string[] | null;
  readonly lastUsedAt: Date | null;
};

type Registered = Omit<Used, 'uses' | 'requestIds' | 'lastUsedAt'> & { readonly registeredOperations: number };

/** Those who sent it, the busiest first, and then those who have it registered and did not send it. */
function withAnswers(used: readonly Used[], registered: readonly Registered[], answers: ReadonlyMap<string, PartnerAnswer>, told: ReadonlyMap<string, string>): KnownUse[] {
  const registeredBy = new Map(registered.map(registration => [registration.integrationId, registration]));
  const senders = new Set(used.map(({ integrationId }) => integrationId));
  const silent = registered
    .filter(({ integrationId }) => !senders.has(integrationId))
    .map((registration): Used => ({ ...registration, uses: 0, requestIds: [], lastUsedAt: null }));
  return [...used, ...silent].map(({ integrationId, integrationName, partnerId, partnerName, apiVersions, operationNames, uses, lastUsedAt, requestIds }) => ({
    integrationId,
    integrationName,
    partnerId,
    partnerName,
    apiVersions,
    operationNames: operationNames ?? [],
    uses,
    registeredOperations: registeredBy.get(integrationId)?.registeredOperations ?? 0,
    lastUsedAt: lastUsedAt?.toISOString() ?? null,
    requestIds,
    notifiedAt: told.get(partnerId) ?? null,
    answer: answers.get(partnerId) ?? null,
  }));
}

/** Integrations with registered documents that use the element in a version that holds it; without an
    element, that are written for the version itself. */
async function registrationsFor(tx: Tx, version: string, coordinate: string | null): Promise<Registered[]> {
  return await tx.query(
    `select i.id as "integrationId", i.name as "integrationName", p.id as "partnerId", p.name as "partnerName", r.versions as "apiVersions", r.documents as "registeredOperations",
       (select array_agg(distinct name order by name) from unnest(string_to_array(r.names, ' ')) as n (name) where name <> '') as "operationNames"
     from (
       select d.environment_id, d.integration_id, count(*)::integer as documents, array_agg(distinct d.api_version) as versions,
         string_agg(array_to_string(d.operation_names, ' '), ' ') as names
       from portico.registered_document d
       where d.environment_id = current_setting('portico.environment_id')
         and case when $2::text is null then d.api_version = $1
           else d.api_version < $1 and exists (select from portico.element_set e where e.coordinate = $2 and e.id = d.element_set) end
       group by 1, 2
     ) r
     join portico.integration i on i.environment_id = r.environment_id and i.id = r.integration_id
     join portico.partner p on p.environment_id = i.environment_id and p.id = i.partner_id
     order by i.id`,
    [version, coordinate],
  );
}

/** Integrations that asked a version since then, the busiest first. */
async function usersOf(tx: Tx, version: string, since: Instant): Promise<Used[]> {
  return await tx.query(
    `select i.id as "integrationId", i.name as "integrationName", p.id as "partnerId", p.name as "partnerName", array[$1] as "apiVersions", u.operations as "operationNames",
       u.uses::float8 as uses, u.last_used_at as "lastUsedAt", u.request_ids as "requestIds"
     from (
       select u.environment_id, u.integration_id, sum(u.uses) as uses, max(u.last_used_at) as last_used_at,
         array_agg(distinct u.operation_name) filter (where u.operation_name <> '') as operations,
         (string_to_array(string_agg(array_to_string(u.request_ids, ' '), ' ' order by u.last_used_at desc), ' '))[1:5] as request_ids
       from portico.operation_use u where u.environment_id = current_setting('portico.environment_id') and u.api_version = $1 and u.hour >= $2 group by 1, 2
     ) u
     join portico.integration i on i.environment_id = u.environment_id and i.id = u.integration_id
     join portico.partner p on p.environment_id = i.environment_id and p.id = i.partner_id
     order by u.uses desc, i.id`,
    [version, new Date(since)],
  );
}

/** All requests since then. */
export async function requestsSince(tx: Tx, since: Instant): Promise<number> {
  const [row] = await tx.query<{ requests: number }[]>(
    "select coalesce(sum(u.uses), 0)::float8 as requests from portico.operation_use u where u.environment_id = current_setting('portico.environment_id') and u.hour >= $1",
    [new Date(since)],
  );
  return row!.requests;
}

/** What each partner said last to any of the notices. */
async function answersTo(tx: Tx, noticeIds: readonly string[]): Promise<Map<string, PartnerAnswer>> {
  const rows = await tx.query<(Omit<PartnerAnswer, 'respondedAt'> & { partnerId: string; respondedAt: Date })[]>(
    `select distinct on (r.partner_id) r.partner_id as "partnerId", r.kind, cardinality(r.rewritten) as "rewrittenOperations", r.on_date::text as "onDate", r.responded_at as "respondedAt"
     from portico.deprecation_response r
     where r.environment_id = current_setting('portico.environment_id') and r.notice_id = any ($1)
     order by r.partner_id, r.responded_at desc, cardinality(r.rewritten) desc, r.id`,
    [noticeIds],
  );
  return new Map(rows.map(({ partnerId, respondedAt, ...answer }) => [partnerId, { ...answer, respondedAt: respondedAt.toISOString() }]));
}

/** When each partner was last told of the notice, or by that title. */
async function toldOf(tx: Tx, noticeId: string | null, title: string): Promise<Map<string, string>> {
  const rows = await tx.query<{ partnerId: string; at: Date }[]>(
    `select n.partner_id as "partnerId", max(n.notified_at) as at from portico.notification n
     where n.environment_id = current_setting('portico.environment_id') and (n.notice_id = $1 or (n.kind = 'RETIREMENT_REMINDER' and n.title = $2)) group by 1`,
    [noticeId, title],
  );
  return new Map(rows.map(({ partnerId, at }) => [partnerId, at.toISOString()]));
}

export interface NewVerdict {
  readonly id: string;
  readonly subject: RemovalSubject;
  readonly verdict: Verdict['verdict'];
  readonly evidence: RemovalEvidence;
  /** Of an override: why, for partners, and by whom. */
  readonly override: { readonly reason: string; readonly by: readonly string[] } | null;
  readonly decidedAt: Date;
}

export async function insertVerdict(tx: Tx, { id, subject, verdict, evidence, override, decidedAt }: NewVerdict): Promise<void> {
  await tx.query(
    'insert into portico.removal_verdict (id, gate, version, notice_id, verdict, evidence, override_reason, overridden_by, decided_at) values ($1, $2, $3, $4, $5, $6, $7, $8, $9)',
    [id, subject.gate, subject.version, subject.notice?.id ?? null, verdict, JSON.stringify(evidence), override?.reason ?? null, override?.by ?? [], decidedAt],
  );
}

export interface StoredVerdict {
  readonly id: string;
  readonly subject: RemovalSubject;
  readonly verdict: Verdict['verdict'];
  readonly evidence: RemovalEvidence;
}

interface VerdictRow {
  id: string;
  gate: RemovalGate;
  version: string;
  notice_id: string | null;
  coordinate: string | null;
  verdict: Verdict['verdict'];
  evidence: RemovalEvidence;
}

const VERDICTS = `select v.id, v.gate, v.version, v.notice_id, n.coordinate, v.verdict, v.evidence
  from portico.removal_verdict v left join portico.deprecation_notice n on n.id = v.notice_id`;

const verdictOf = ({ id, gate, version, notice_id: noticeId, coordinate, verdict, evidence }: VerdictRow): StoredVerdict => ({
  id,
  subject: { gate, version, notice: noticeId === null ? null : { id: noticeId, coordinate: coordinate! } },
  verdict,
  evidence,
});

/** What was decided last on it; null where nothing was. */
export async function lastVerdict(tx: Tx, { gate, version, notice }: RemovalSubject): Promise<StoredVerdict | null> {
  const [row] = await tx.query<VerdictRow[]>(
    `${VERDICTS} where v.gate = $1 and v.version = $2 and v.notice_id is not distinct from $3 order by v.decided_at desc, v.id desc limit 1`,
    [gate, version, notice?.id ?? null],
  );
  return row ? verdictOf(row) : null;
}

export async function findVerdict(tx: Tx, id: string): Promise<StoredVerdict | null> {
  const [row] = await tx.query<VerdictRow[]>(`${VERDICTS} where v.id = $1`, [id]);
  return row ? verdictOf(row) : null;
}

/** One gateway or person at a time decides, until the transaction ends. */
export async function lockGate(tx: Tx): Promise<void> {
  await tx.query("select pg_advisory_xact_lock(hashtextextended('portico.removal_gate', 0))");
}

/** Answers false where the person was counted already. */
export async function insertOverride(tx: Tx, override: { verdictId: string; staffId: string; publicReason: string; decidedAt: Date }): Promise<boolean> {
  const inserted = await tx.query<unknown[]>(
    'insert into portico.removal_override (verdict_id, staff_id, public_reason, decided_at) values ($1, $2, $3, $4) on conflict do nothing returning staff_id',
    [override.verdictId, override.staffId, override.publicReason, override.decidedAt],
  );
  return inserted.length === 1;
}

/** Who would override the verdict, the first one first. */
export const overridesOf = (tx: Tx, verdictId: string): Promise<{ staffId: string; publicReason: string }[]> =>
  tx.query('select staff_id as "staffId", public_reason as "publicReason" from portico.removal_override where verdict_id = $1 order by decided_at, staff_id', [verdictId]);
