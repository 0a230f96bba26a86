-- Events as the measures see them, a row for each measure of an event. A value of another kind than the
-- measure adds up counts as none.
create view portico.event_as_measured with (security_invoker = true) as
select b.environment_id, b.id as batch_id, b.measured_at, e.partner_id, e.integration_id, m.metric_id, m.role, m.operation, e.counted_on as day, e.occurred_at,
  case when m.operation = 'SUM' and jsonb_typeof(e.data #> m.field) = 'number' then (e.data #>> m.field)::numeric end as amount,
  case when m.operation = 'DISTINCT' and e.data #> m.field <> 'null' then left(encode(sha256(convert_to(e.data #>> m.field, 'UTF8')), 'hex'), 32)::uuid end as member
from portico.event_batch b
join portico.event e on e.environment_id = b.environment_id and e.partner_id = b.partner_id and e.batch_id = b.id and e.ingested_at = b.ingested_at
join portico.metric_measure m on m.environment_id = b.environment_id and m.event_type = e.type and (m.condition is null or e.data @> m.condition);
grant select on portico.event_as_measured to portico_service;

-- Adds batches' events to the sums of all metrics: the one way by which they are kept, for events that
-- come in and for those that a world begins with. Who calls marks the batches as measured, in the same
-- transaction.
create function portico.fold_batches(environment_id text, batch_ids bigint[]) returns void
language sql set search_path = '' as $$
with by_day as materialized (
  select partner_id, integration_id, metric_id, role, operation, day, member, count(*) as events, sum(amount) as amount, min(occurred_at) as first, max(occurred_at) as last
  from portico.event_as_measured s where s.environment_id = fold_batches.environment_id and s.batch_id = any (fold_batches.batch_ids) group by 1, 2, 3, 4, 5, 6, 7
), spread as (
  select s.*, g.grain, date_trunc(g.unit, day::timestamp)::date as starts_on from by_day s cross join (values ('DAY', 'day'), ('MONTH', 'month'), ('QUARTER', 'quarter')) as g (grain, unit)
), members as (
  insert into portico.metric_member (environment_id, partner_id, integration_id, metric_id, grain, starts_on, role, digest)
  select distinct fold_batches.environment_id, partner_id, integration_id, metric_id, grain, starts_on, role, member from spread where member is not null
  on conflict do nothing returning partner_id, integration_id, metric_id, grain, starts_on, role
), added as (
  select partner_id, integration_id, metric_id, grain, starts_on, role, case operation when 'COUNT' then events when 'SUM' then coalesce(amount, 0) else 0 end as amount, events, first, last from spread
  union all
  select partner_id, integration_id, metric_id, grain, starts_on, role, 1, 0, null, null from members
)
insert into portico.metric_rollup as r (environment_id, partner_id, integration_id, metric_id, grain, starts_on, numerator, denominator, numerator_events, denominator_events, first_occurred_at, last_occurred_at)
select fold_batches.environment_id, partner_id, integration_id, metric_id, grain, starts_on, coalesce(sum(amount) filter (where role = 'NUMERATOR'), 0), coalesce(sum(amount) filter (where role = 'DENOMINATOR'), 0),
  coalesce(sum(events) filter (where role = 'NUMERATOR'), 0), coalesce(sum(events) filter (where role = 'DENOMINATOR'), 0), min(first), max(last)
from added group by partner_id, integration_id, metric_id, grain, starts_on
on conflict (environment_id, partner_id, integration_id, metric_id, grain, starts_on) do update set
  numerator = r.numerator + excluded.numerator, denominator = r.denominator + excluded.denominator,
  numerator_events = r.numerator_events + excluded.numerator_events, denominator_events = r.denominator_events + excluded.denominator_events,
  first_occurred_at = least(r.first_occurred_at, excluded.first_occurred_at), last_occurred_at = greatest(r.last_occurred_at, excluded.last_occurred_at)
$$;
revoke all on function portico.fold_batches(text, bigint[]) from public;
grant execute on function portico.fold_batches(text, bigint[]) to portico_service;
