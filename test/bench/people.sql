-- The benchmark's grants: of each of the partners portico.bench_from to portico.bench_to, 60 people of the sample
-- world have agreed to what its first integration asks for order_support, each to something else; every sixth has
-- taken it back; everybody has ordered three times of late. Run by the owner after data.sql.
set local timezone = 'UTC';

insert into portico.integration_purpose (environment_id, partner_id, integration_id, purpose, approved_at, approved_by)
select current_setting('portico.bench_environment_id'), portico.seeded_id('prt', '0123456789abcdefghjkmnpqrstvwxyz', 0, p), portico.seeded_id('int', '0123456789abcdefghjkmnpqrstvwxyz', 0, p * 10), 'order_support', '2025-01-01', 'Harbour Market'
from generate_series(current_setting('portico.bench_from')::integer, current_setting('portico.bench_to')::integer) p;

insert into portico.customer_order (environment_id, id, customer_id, reference, placed_at, status, currency, total_minor, updated_at)
select c.environment_id, portico.seeded_id('ord', '0123456789abcdefghjkmnpqrstvwxyz', 1, c.place * 3 + n), c.id, 'measured-order-' || c.place * 3 + n, date_trunc('minute', now()) - make_interval(days => (3 + 17 * n)::integer, mins => (c.place % 1000)::integer),
  'DELIVERED', 'EUR', 1000 + c.place, now()
from (select environment_id, id, row_number() over (order by reference) as place from portico.customer where environment_id = current_setting('portico.bench_environment_id')) c
cross join generate_series(0, 2) n;

create temporary table bench_people on commit drop as
with people as (
  select id, row_number() over (order by reference) - 1 as place, count(*) over () as number from portico.customer where environment_id = current_setting('portico.bench_environment_id')
)
select current_setting('portico.bench_environment_id') as environment_id, portico.seeded_id('prt', '0123456789abcdefghjkmnpqrstvwxyz', 0, p) as partner_id,
  portico.seeded_id('int', '0123456789abcdefghjkmnpqrstvwxyz', 0, p * 10) as integration_id, c.id as customer_id, n, p * 100 + n as ordinal
from generate_series(current_setting('portico.bench_from')::bigint, current_setting('portico.bench_to')::bigint) p
cross join generate_series(0, 59) n
join people c on c.place = (p * 60 + n) % c.number;

insert into portico.pairwise_subject (environment_id, partner_id, customer_id, id, salt)
select environment_id, partner_id, customer_id, portico.seeded_id('sub', '0123456789abcdefghjkmnpqrstvwxyz', 1, ordinal), sha256(convert_to('salt:' || ordinal, 'UTF8'))
from bench_people;

insert into portico.subject_key (environment_id, subject_id, partner_id, key)
select environment_id, portico.seeded_id('sub', '0123456789abcdefghjkmnpqrstvwxyz', 1, ordinal), partner_id, sha256(convert_to('key:' || ordinal, 'UTF8'))
from bench_people;

insert into portico.consent_request (environment_id, id, partner_id, integration_id, customer_id, purpose, purpose_version, scopes, asked_at, expires_at, decided_at, decision, grant_id)
select environment_id, portico.seeded_id('crq', '0123456789abcdefghjkmnpqrstvwxyz', 1, ordinal), partner_id, integration_id, customer_id, 'order_support', 1, '[]', now() - interval '20 days',
  now() - interval '20 days', now() - interval '20 days', 'GIVEN', portico.seeded_id('cgr', '0123456789abcdefghjkmnpqrstvwxyz', 1, ordinal)
from bench_people;

insert into portico.consent_grant (environment_id, id, partner_id, integration_id, customer_id, subject_id, purpose, purpose_version, request_id, given_at, expires_at, ended_at, end_kind)
select environment_id, portico.seeded_id('cgr', '0123456789abcdefghjkmnpqrstvwxyz', 1, ordinal), partner_id, integration_id, customer_id, portico.seeded_id('sub', '0123456789abcdefghjkmnpqrstvwxyz', 1, ordinal), 'order_support', 1,
  portico.seeded_id('crq', '0123456789abcdefghjkmnpqrstvwxyz', 1, ordinal), now() - interval '20 days', now() + interval '160 days', case when n % 6 = 5 then now() - interval '9 days' end, case when n % 6 = 5 then 'WITHDRAWN' end
from bench_people;

insert into portico.consent_grant_scope (environment_id, partner_id, grant_id, category, level, lookback_days, precision)
select environment_id, partner_id, portico.seeded_id('cgr', '0123456789abcdefghjkmnpqrstvwxyz', 1, ordinal), s.category, 'RECORD', s.lookback_days, s.precision
from bench_people
cross join lateral (values
  ('person.name', true, null, 'EXACT'),
  ('contact.email', n % 2 = 0, null, 'EXACT'),
  ('contact.phone', n % 5 = 0, null, 'EXACT'),
  ('order.history', n % 3 <> 2, (array[60, 120, 180])[1 + n % 3], case when n % 4 = 0 then 'COARSE' else 'EXACT' end)
) as s (category, agreed, lookback_days, precision)
where s.agreed;

update portico.integration set live_at = '2025-01-01' where environment_id = current_setting('portico.bench_environment_id') and (partner_id, id) in (select partner_id, integration_id from bench_people);
