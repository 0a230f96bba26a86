/** The limit's statements, written by hand for the documents of workload.ts; each answers one row
    with one column `j`, the whole response. */
export interface LimitRequest {
  readonly operationName: string;
  readonly variables: { integrations: number; rows: number; states: string[]; first: number; filter: { state: string[] } };
}

interface LimitStatement {
  readonly name: string;
  readonly text: string;
  readonly values: (environmentId: string, partnerId: string, variables: LimitRequest['variables']) => unknown[];
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

const pageValues: LimitStatement['values'] = (environmentId, partnerId, { integrations, rows, states }) => [environmentId, partnerId, integrations, rows, states];

export const LIMIT_STATEMENTS: Readonly<Record<string, LimitStatement>> = {
  MilestonePage: { name: 'milestone_page', text: page('integrations', 'progress'), values: pageValues },
  Dashboard: { name: 'dashboard', text: page('mine', 'standing'), values: pageValues },
  Standing: { name: 'standing', text: LIST, values: (environmentId, partnerId, { first, filter }) => [environmentId, partnerId, first, filter.state] },
  Version: { name: 'version', text: `select '{"data":{"viewer":{"apiVersion":"' || $1::text || '"}}}' as j`, values: () => ['2026-10'] },
};
