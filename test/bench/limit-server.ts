/**
 * The limit that Portico is measured against: node:http and pg with nothing between them. One
 * hand-written statement for the milestone page, its text passed through; no authentication, no
 * tenant context, no versions, no log.
 *
 *   node limit-server.js <database URL> <partner id> <environment id>
 */
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import pg from 'pg';

const [, , url, partnerId, environmentId] = process.argv;
const pool = new pg.Pool({ connectionString: url!, max: 10 });

const MILESTONE_PAGE = `
select '{"data":{"integrations":{"nodes":[' || coalesce(string_agg('{"id":"' || i.id || '","name":' || to_json(i.name)::text || ',"progress":{"nodes":[' || p.j || ']}}', ',' order by i.name collate "C", i.id), '') || ']}}}' as j
from (select id, name from portico.integration where environment_id = $1 and partner_id = $2 order by name collate "C", id limit 10) i
cross join lateral (
  select coalesce(string_agg('{"id":"' || p.id || '","state":"' || p.state || '","period":"' || p.period || '","percentComplete":' || p.percent_complete
    || ',"milestone":{"id":"' || m.id || '","title":' || to_json(m.title)::text || ',"userOutcome":' || to_json(m.user_outcome)::text || ',"reward":'
    || coalesce('{"kind":"' || r.kind || '","title":' || to_json(r.title)::text || ',"amount":' || coalesce('{"amount":"' || portico.money_text(r.amount_minor, r.currency) || '","currency":"' || r.currency || '"}', 'null') || '}', 'null')
    || '}}', ',' order by p.period desc, p.id), '') as j
  from (select id, state, period, percent_complete, milestone_id from portico.milestone_progress
        where environment_id = $1 and partner_id = $2 and integration_id = i.id order by period desc, id limit 8) p
  join portico.milestone m on m.environment_id = $1 and m.id = p.milestone_id
  left join portico.reward r on r.environment_id = $1 and r.milestone_id = m.id
) p`;

const server = createServer((request, response) => {
  const chunks: Buffer[] = [];
  request.on('data', (chunk: Buffer) => chunks.push(chunk));
  request.on('end', () => {
    JSON.parse(Buffer.concat(chunks).toString());
    pool.query<{ j: string }>({ name: 'milestone_page', text: MILESTONE_PAGE, values: [environmentId, partnerId] }).then(
      ({ rows }) => response.writeHead(200, { 'content-type': 'application/json; charset=utf-8' }).end(rows[0]!.j),
      (error: Error) => response.writeHead(500).end(error.message),
    );
  });
});
server.listen(0, '127.0.0.1', () => process.send?.({ port: (server.address() as AddressInfo).port }));
