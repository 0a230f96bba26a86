-- The benchmark's partners, in the environment portico.bench_environment_id beside the sample world: those numbered
-- portico.bench_from to portico.bench_to, each with 10 integrations, 8 milestones' progress on each,
-- 3 criteria of each. The first integration has a credential, whose secret all of them share.
-- Run by the owner; the same numbers give the same rows.
insert into portico.milestone (environment_id, id, program_id, position, title, user_outcome, category, cadence, published_at)
select p.environment_id, portico.seeded_id('mst', '0123456789abcdefghjkmnpqrstvwxyz', 0, m), p.id, 1000 + m, 'Measured step ' || m, 'Shoppers notice step ' || m || ' when they need it.', 'OUTCOME', 'QUARTERLY', '2024-01-01'
from portico.program p cross join generate_series(1, 24) m
where p.environment_id = current_setting('portico.bench_environment_id')
on conflict do nothing;

insert into portico.reward (environment_id, id, milestone_id, kind, title, description, amount_minor, currency, lasts_days)
select current_setting('portico.bench_environment_id'), portico.seeded_id('rwd', '0123456789abcdefghjkmnpqrstvwxyz', 0, m), portico.seeded_id('mst', '0123456789abcdefghjkmnpqrstvwxyz', 0, m), r.kind, r.title || m, 'Given for the quarter once its results are confirmed.',
  case r.kind when 'FINANCIAL' then 10000 * m end, case r.kind when 'FINANCIAL' then 'EUR' end, case r.kind when 'FINANCIAL' then null else 90 end
from generate_series(1, 24) m
join (values (0, 'FINANCIAL', 'Payment for step '), (1, 'REPUTATIONAL', 'Badge: Step '), (2, 'CAPABILITY', 'Early access, step ')) as r (turn, kind, title) on r.turn = m % 3
on conflict do nothing;

insert into portico.criterion (environment_id, id, milestone_id, position, kind, metric, description, comparison, target, unit, window_days)
select current_setting('portico.bench_environment_id'), portico.seeded_id('cri', '0123456789abcdefghjkmnpqrstvwxyz', 0, m * 10 + c.position), portico.seeded_id('mst', '0123456789abcdefghjkmnpqrstvwxyz', 0, m), c.position, c.kind, c.metric, c.description, c.comparison, c.target, c.unit, 90
from generate_series(1, 24) m
cross join (values
  (1, 'OUTCOME', 'kept_promise_share', 'Share of promises to shoppers that were kept.', 'AT_LEAST', 97.5, 'percent'),
  (2, 'GUARDRAIL', 'complaint_rate', 'Complaints of shoppers.', 'AT_MOST', 2.0, 'per 10,000 shoppers'),
  (3, 'ACTIVITY', 'shoppers_served', 'Shoppers who took part.', 'AT_LEAST', 500, 'shoppers')
) as c (position, kind, metric, description, comparison, target, unit)
on conflict do nothing;

insert into portico.partner (environment_id, id, name, joined_at)
select current_setting('portico.bench_environment_id'), portico.seeded_id('prt', '0123456789abcdefghjkmnpqrstvwxyz', 0, p), 'Measured Partner ' || p, '2025-01-01'
from generate_series(current_setting('portico.bench_from')::integer, current_setting('portico.bench_to')::integer) p;

insert into portico.integration (environment_id, id, partner_id, name, category, scopes, created_at)
select current_setting('portico.bench_environment_id'), portico.seeded_id('int', '0123456789abcdefghjkmnpqrstvwxyz', 0, p * 10 + i), portico.seeded_id('prt', '0123456789abcdefghjkmnpqrstvwxyz', 0, p), 'Integration ' || chr(65 + i), 'SHIPPING',
  array['program:read', 'requests:read'], timestamptz '2025-01-01' + make_interval(days => i)
from generate_series(current_setting('portico.bench_from')::integer, current_setting('portico.bench_to')::integer) p cross join generate_series(0, 9) i;

insert into portico.credential (environment_id, id, partner_id, integration_id, secret_hmac, salt, secret_prefix, created_at)
select current_setting('portico.bench_environment_id'), portico.seeded_id('crd', '0123456789abcdefghjkmnpqrstvwxyz', 0, p), portico.seeded_id('prt', '0123456789abcdefghjkmnpqrstvwxyz', 0, p), portico.seeded_id('int', '0123456789abcdefghjkmnpqrstvwxyz', 0, p * 10),
  decode(current_setting('portico.bench_secret_hmac'), 'hex'), decode(current_setting('portico.bench_secret_salt'), 'hex'), 'pcs_bench', '2025-01-01'
from generate_series(current_setting('portico.bench_from')::integer, current_setting('portico.bench_to')::integer) p;

with inserted as (
  insert into portico.milestone_progress (environment_id, id, partner_id, integration_id, milestone_id, period, state, percent_complete, opened_at, updated_at)
  select i.environment_id, portico.seeded_id('mpr', '0123456789abcdefghjkmnpqrstvwxyz', 0, i.ordinal * 10 + n), i.partner_id, i.id, m.id,
    case when n < 4 then '2026-Q3' else '2026-Q2' end, (array['OPEN', 'IN_PROGRESS', 'CONFIRMED', 'REWARDED'])[1 + (i.ordinal + n) % 4],
    (13 * i.ordinal + 29 * n) % 101, '2026-04-01', timestamptz '2026-07-01' + make_interval(hours => n, mins => (i.ordinal % 10)::integer)
  from (
    select o.ordinal, i.environment_id, i.id, i.partner_id
    from generate_series(current_setting('portico.bench_from')::bigint * 10, current_setting('portico.bench_to')::bigint * 10 + 9) o (ordinal)
    join portico.integration i on i.id = portico.seeded_id('int', '0123456789abcdefghjkmnpqrstvwxyz', 0, o.ordinal)
  ) i
  cross join generate_series(0, 7) n
  join portico.milestone m on m.environment_id = i.environment_id and m.position = 1001 + (i.ordinal * 5 + n * 3) % 24
  returning environment_id, partner_id, id, milestone_id
)
insert into portico.criterion_progress (environment_id, partner_id, progress_id, criterion_id, value, satisfied, as_of)
select p.environment_id, p.partner_id, p.id, c.id, c.target + 1.5 * c.position, c.kind <> 'GUARDRAIL', '2026-07-01'
from inserted p
join portico.criterion c on c.environment_id = p.environment_id and c.milestone_id = p.milestone_id;
