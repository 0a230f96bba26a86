/** The limit's statements, written by hand for the documents of workload.ts; each answers one row
    with one column `j`, the whole response. */
export interface LimitRequest {
  readonly operationName: string;
  readonly variables: { integrations: number; rows: number; states: string[]; first: number; filter: { state: string[] } };
}

export interface LimitAsker {
  readonly environmentId: string;
  readonly partnerId: string;
  readonly integrationId: string;
}

interface LimitStatement {
  readonly name: string;
  readonly text: string;
  readonly values: (asker: LimitAsker, variables: LimitRequest['variables']) => unknown[];
}

/** Parameters: environment, partner, integrations, rows of each, states. */
const page = (integrations: string, progress: string): string => `
select '{"data":{"${integrations}":{"nodes":[' || coalesce(string_agg('{"id":"' || i.id || '","name":' || to_json(i.name)::text || ',"${progress}":{"nodes":[' || p.j || ']}}', ',' order by i.name collate "C", i.id), '') || ']}}}' as j
from (select id, name from portico.integration where environment_id = $1 and partner_id = $2 order by name collate "C", id limit $3) i
cross join lateral (
  select coalesce(string_agg('{"id":"' || p.id || '","state":"' || p.state || '","period":"' || p.period || '","percentComplete":' || p.percent_complete
    || ',"milestone":{"title":' || to_json(m.title)::text || ',"reward":' || coalesce('{"kind":"' || r.kind || '","title":' || to_json(r.title)::text || '}', 'null')
    || '}}', ',' order by p.period desc, p.id), '') as j
  from (select id, state, period, percent_complete, milestone_id from portico.milestone_progress
        where environment_id = $1 and partner_id = $2 and integration_id = i.id and state = any ($5::text[]) order by period desc, id limit $4) p
  join portico.milestone m on m.environment_id = $1 and m.id = p.milestone_id
  left join portico.reward r on r.environment_id = $1 and r.milestone_id = m.id
) p`;

/** Parameters: environment, partner, rows, states. */
const LIST = `
select '{"data":{"milestoneProgress":{"nodes":[' || coalesce(string_agg('{"id":"' || p.id || '","state":"' || p.state || '","period":"' || p.period || '","percentComplete":' || p.percent_complete
  || ',"updatedAt":"' || to_char(p.updated_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"') || '","criteria":[' || c.j || ']}', ',' order by p.period desc, p.id), '') || ']}}}' as j
from (select id, state, period, percent_complete, updated_at from portico.milestone_progress
      where environment_id = $1 and partner_id = $2 and state = any ($4::text[]) order by period desc, id limit $3) p
cross join lateral (
  select coalesce(string_agg('{"value":' || coalesce('"' || q.value || '"', 'null') || ',"satisfied":' || q.satisfied || ',"target":"' || c.target || '","unit":' || to_json(c.unit)::text || '}', ',' order by c.position), '') as j
  from portico.criterion_progress q
  join portico.criterion c on c.environment_id = $1 and c.id = q.criterion_id
  where q.environment_id = $1 and q.partner_id = $2 and q.progress_id = p.id
) c`;

/** Whether a scope of the grant and the policy of its purpose let a category be read. */
const open = (scope: string, category: string): string => `(coalesce(${scope}.level = 'RECORD', false) and '${category}' = any (v.categories) and v.max_level = 'RECORD')`;

/**
 * A list of people by the rules of consent: the approval, grants that stand, what each person agreed to, within the
 * purpose's policy, orders within the agreed time and as exact as was agreed, ids of the partner's own; and an entry in
 * the access log for everybody of whom anything is shown. It says nothing of what it does not show.
 * Parameters: environment, partner, integration, purpose, people, orders of each.
 */
const PEOPLE = `
with people as (
  select g.subject_id as id, g.id as grant_id, g.version, ps.salt, ps.customer_id, c.email, c.phone, ${open('e', 'contact.email')} as has_email, ${open('t', 'contact.phone')} as has_phone,
    ${open('o', 'order.history')} as has_orders, o.precision = 'EXACT' and v.max_precision = 'EXACT' as exact,
    coalesce(now() - make_interval(days => least(o.lookback_days, v.max_lookback_days)), '-infinity') as since
  from portico.consent_grant g
  join portico.pairwise_subject ps on ps.environment_id = $1 and ps.partner_id = $2 and ps.id = g.subject_id
  join portico.customer c on c.environment_id = $1 and c.id = ps.customer_id
  join portico.purpose_version v on v.purpose = g.purpose and v.version = g.purpose_version
  left join portico.consent_grant_scope e on e.environment_id = $1 and e.grant_id = g.id and e.category = 'contact.email'
  left join portico.consent_grant_scope t on t.environment_id = $1 and t.grant_id = g.id and t.category = 'contact.phone'
  left join portico.consent_grant_scope o on o.environment_id = $1 and o.grant_id = g.id and o.category = 'order.history'
  where g.environment_id = $1 and g.integration_id = $3 and g.purpose = $4 and g.ended_at is null and g.consumed_at is null and g.suspended_at is null and g.given_at <= now() and g.expires_at > now()
    and exists (select from portico.integration_purpose a where a.environment_id = $1 and a.integration_id = $3 and a.purpose = $4 and a.withdrawn_at is null)
  order by g.subject_id limit $5
), answer as (
  select p.*, o.j, o.n
  from people p left join lateral (
    select '{"nodes":[' || coalesce(string_agg('{"id":"' || b.id || '","placedAt":"' || to_char(b.placed_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"') || '","status":"' || b.status
      || '","total":{"amount":"' || round(b.total_minor / 100.0, 2) || '","currency":"' || b.currency || '"}}', ',' order by b.placed_at desc, b.id), '') || ']}' as j, count(*) as n
    from (
      select 'ord_' || left(encode(sha256(p.salt || convert_to(b.id, 'UTF8')), 'hex'), 32) as id, case when p.exact then b.placed_at else date_trunc('month', b.placed_at, 'UTC') end as placed_at,
        b.status, b.total_minor, b.currency
      from portico.customer_order b where b.environment_id = $1 and b.customer_id = p.customer_id and b.placed_at >= p.since
      order by 2 desc, 1 limit $6
    ) b
  ) o on p.has_orders
), written as (
  insert into portico.access_entry (environment_id, id, partner_id, integration_id, subject_reference, grant_id, grant_version, purpose, fields, record_count, decision, request_id, at, recorded_at)
  select $1, 'acc_' || replace(gen_random_uuid()::text, '-', ''), $2, $3, portico.subject_reference(k.key), a.grant_id, a.version, $4,
    array_remove(array[case when has_email then 'SharedCustomer.email' end, case when has_phone then 'SharedCustomer.phone' end, case when has_orders then 'SharedCustomer.orders' end], null),
    1 + coalesce(a.n, 0), 'RELEASED', 'req_limit', now(), now()
  from answer a join portico.subject_key k on k.environment_id = $1 and k.subject_id = a.id where has_email or has_phone or has_orders
)
select '{"data":{"sharedCustomers":{"nodes":[' || coalesce(string_agg('{"id":"' || id || '","email":' || case when has_email then coalesce(to_json(email)::text, 'null') else 'null' end
  || ',"phone":' || case when has_phone then coalesce(to_json(phone)::text, 'null') else 'null' end || ',"orders":' || coalesce(j, 'null') || '}', ',' order by id), '') || ']}}}' as j
from answer`;

const pageValues: LimitStatement['values'] = ({ environmentId, partnerId }, { integrations, rows, states }) => [environmentId, partnerId, integrations, rows, states];

export const LIMIT_STATEMENTS: Readonly<Record<string, LimitStatement>> = {
  MilestonePage: { name: 'milestone_page', text: page('integrations', 'progress'), values: pageValues },
  Dashboard: { name: 'dashboard', text: page('mine', 'standing'), values: pageValues },
  Standing: { name: 'standing', text: LIST, values: ({ environmentId, partnerId }, { first, filter }) => [environmentId, partnerId, first, filter.state] },
  People: {
    name: 'people',
    text: PEOPLE,
    values: ({ environmentId, partnerId, integrationId }, { first, rows }) => [environmentId, partnerId, integrationId, 'order_support', first, rows],
  },
  Version: { name: 'version', text: `select '{"data":{"viewer":{"apiVersion":"' || $1::text || '"}}}' as j`, values: () => ['2026-10'] },
};
