-- Harbour Market, the ledger's share: a budget in each currency, twice what has been awarded from it, and
-- each award of money, which finance approved two days later. Settings are those of partners.sql; the
-- awards must be there already.
set local timezone = 'UTC';

create temporary table world_money on commit drop as
select a.environment_id, a.id as award_id, a.partner_id, m.program_id, a.amount_minor, a.currency, a.awarded_at, a.period, a.awarded_at + interval '2 days' as posted_at,
  row_number() over (order by a.awarded_at, a.id collate "C") as place
from portico.award a join portico.milestone m on m.environment_id = a.environment_id and m.id = a.milestone_id
where a.environment_id = current_setting('portico.world_environment_id') and a.amount_minor is not null;

create temporary table world_account on commit drop as
with world as (
  select current_setting('portico.world_environment_id') as environment_id, current_setting('portico.world_namespace') as namespace, current_setting('portico.world_seed')::integer as seed
), needed (kind, currency, program_id, partner_id) as (
  select distinct 'SOURCE', currency, null::portico.id, null::portico.id from world_money
  union select distinct 'BUDGET', currency, program_id, null from world_money
  union select distinct 'ACCRUED', currency, null, partner_id from world_money
  union select distinct 'PAYABLE', currency, null, partner_id from world_money where posted_at <= current_setting('portico.world_born_at')::timestamptz
)
select w.environment_id, portico.seeded_id('lac', w.namespace, w.seed, row_number() over (order by n.kind, n.currency, n.partner_id collate "C")) as id, n.* from world w cross join needed n;

insert into portico.ledger_account (environment_id, id, kind, currency, program_id, partner_id) select environment_id, id, kind, currency, program_id, partner_id from world_account;

-- Each step once: what it is about, from which account to which.
create temporary table world_step on commit drop as
with world as (
  select current_setting('portico.world_namespace') as namespace, current_setting('portico.world_seed')::integer as seed, current_setting('portico.world_born_at')::timestamptz as born_at
), step as (
  select 'FUNDING' as kind, 0 as part, row_number() over (order by currency) as place, environment_id, null::portico.id as award_id, null::portico.id as partner_id, min(program_id collate "C") as program_id, currency,
    2 * sum(amount_minor)::bigint as amount_minor, min(awarded_at) - interval '1 day' as at, 'Funding of the program' as memo, 'SOURCE' as from_kind, 'BUDGET' as to_kind
  from world_money group by environment_id, currency
  union all
  select 'ACCRUAL', 1, place, environment_id, award_id, partner_id, program_id, currency, amount_minor, awarded_at, 'Award for ' || period, 'BUDGET', 'ACCRUED' from world_money
  union all
  select 'POSTING', 2, place, environment_id, award_id, partner_id, program_id, currency, amount_minor, posted_at, 'Approved', 'ACCRUED', 'PAYABLE' from world_money cross join world where posted_at <= born_at
)
select s.*, portico.seeded_id('ltx', w.namespace, w.seed, s.part * 1000000 + s.place) as id, coalesce(s.award_id, portico.seeded_id('fnd', w.namespace, w.seed, s.place)::portico.id) as source_id,
  case when s.kind = 'POSTING' then portico.seeded_id('ltx', w.namespace, w.seed, 1000000 + s.place) end as resolves_id
from step s cross join world w;

-- Their places are negative, before those that are given out from 1, and the same in every world of these settings.
insert into portico.ledger_transaction (environment_id, id, kind, source_id, partner_id, resolves_id, occurred_at, memo, position)
select environment_id, id, kind, source_id, partner_id, resolves_id, at, memo, row_number() over (order by at, part, place) - count(*) over () - 1 from world_step order by at, part, place;

insert into portico.ledger_posting (environment_id, account_id, transaction_id, amount_minor)
select s.environment_id, a.id, s.id, case a.kind when s.from_kind then -s.amount_minor else s.amount_minor end
from world_step s join world_account a on a.currency = s.currency and a.kind in (s.from_kind, s.to_kind) and (a.partner_id is null or a.partner_id = s.partner_id)
order by s.at, s.part, s.place, a.kind = s.to_kind;

insert into portico.award_decision (environment_id, award_id, decided_by, partner_id, verdict, reason, decided_at)
select environment_id, award_id, 'SANDBOX', partner_id, 'APPROVED', memo, at from world_step where kind = 'POSTING';

-- Orders earn a share: 3 % of what is first placed in this quarter, 2 % from the next one on.
insert into portico.revenue_share_terms (environment_id, id, currency, version, rate_bps, threshold_minor, effective_on, announced_at, why)
select current_setting('portico.world_environment_id'), portico.seeded_id('rst', current_setting('portico.world_namespace'), current_setting('portico.world_seed')::integer, t.version), 'EUR', t.version, t.rate_bps, 0,
  t.effective_on, t.effective_on - interval '100 days', t.why
from (select date_trunc('quarter', current_setting('portico.world_born_at')::timestamptz)::date as first_day) q
cross join lateral (values (1, 300, q.first_day, 'You bring orders, and take part in them.'), (2, 200, (q.first_day + interval '3 months')::date, 'More partners share in the same budget.'))
  as t (version, rate_bps, effective_on, why);

insert into portico.due_work (environment_id, kind, subject_id, due_at, payload)
select p.environment_id, 'revenue.settle', p.id, q.next_quarter + interval '30 days', jsonb_build_object('period', to_char(q.next_quarter - interval '1 day', 'YYYY"-Q"Q'))
from portico.program p cross join (select date_trunc('quarter', current_setting('portico.world_born_at')::timestamptz) + interval '3 months' as next_quarter) q
where p.environment_id = current_setting('portico.world_environment_id');

-- What partners report beside what measurement brings.
select portico.settle_refunds(current_setting('portico.world_environment_id'));

drop table world_step, world_account, world_money;
