-- Harbour Market, the measurement's share: what its integrations reported in the quarters before
-- birth. Of every thousand reports 15 are invalid, 20 late and 5 sent twice; the answer key that the
-- tests hold the API to follows from the same rows. A request makes a world within seconds, so it makes
-- some thousands of reports; `portico seed --reports 400000` makes as many as eighteen months bring.
set local timezone = 'UTC';

select portico.settle_measurement(current_setting('portico.world_environment_id'));

-- Each report by its ordinal. The last events lie a day before birth, so that none is in the future.
create temporary table world_report on commit drop as
with world as (
  select current_setting('portico.world_environment_id') as environment_id, current_setting('portico.world_namespace') as namespace, current_setting('portico.world_seed')::integer as seed,
    current_setting('portico.world_born_at')::timestamptz as born_at,
    coalesce(nullif(current_setting('portico.world_reports', true), '')::integer, case current_setting('portico.world_size') when 'SMALL' then 2000 else 6000 end) as reports
), reporters as (
  select i.*, row_number() over (order by i.name collate "C") - 1 as place, count(*) over () as total
  from world w join portico.integration i on i.environment_id = w.environment_id and i.created_at < w.born_at - interval '30 days'
), hashed as materialized (
  select w.*, o.ordinal, md5(w.seed || ':event:' || o.ordinal) as hash from world w cross join lateral generate_series(1, w.reports) as o (ordinal)
), drawn as materialized (
  -- Five dice of one hash: one each would cost as much as writing the event.
  select *, ('x' || substr(hash, 1, 6))::bit(24)::integer / 16777216.0::float8 as reporter, ('x' || substr(hash, 7, 6))::bit(24)::integer / 16777216.0::float8 as at,
    ('x' || substr(hash, 13, 6))::bit(24)::integer / 16777216.0::float8 as fate, ('x' || substr(hash, 19, 6))::bit(24)::integer / 16777216.0::float8 as value,
    ('x' || substr(hash, 25, 6))::bit(24)::integer / 16777216.0::float8 as shopper
  from hashed
), placed as (
  -- Of the eighteen months, or of as many as there has been an integration.
  select d.*, i.id as integration_id, i.partner_id, i.category,
    date_trunc('second', d.born_at - interval '1 day' - d.at * least(interval '540 days', d.born_at - interval '1 day' - i.created_at)) as occurred_at
  from drawn d join reporters i on i.place = floor(d.reporter * i.total)::integer
)
select p.*, 'shopper-' || floor(2000 * power(p.shopper, 1.3))::integer as shopper_id,
  case when fate < 0.015 then 'INVALID' when fate < 0.035 then 'LATE' when fate < 0.040 then 'TWICE' else 'PLAIN' end as kind,
  case category
    when 'CHECKOUT' then 'checkout.finished' when 'SHIPPING' then case ordinal % 3 when 0 then 'seller.onboarded' else 'order.delivered' end
    when 'SUPPORT_DESK' then 'case.resolved' when 'LOYALTY' then 'order.placed'
    when 'RECOMMENDATIONS' then case ordinal % 4 when 0 then 'order.placed' else 'suggestion.shown' end else case ordinal % 2 when 0 then 'requests.served' else 'suggestion.shown' end
  end as type
from placed p;

-- Reports came in by the month and integration. What came a day later is late.
create temporary table world_event on commit drop as
select r.*, 'evt-' || ordinal as event_id, 'https://' || replace(r.integration_id, '_', '-') || '.example' as source,
  case kind when 'LATE' then occurred_at + interval '26 hours' else occurred_at + interval '5 minutes' end as received_at,
  case type
    when 'checkout.finished' then jsonb_build_object('checkout', 'c-' || ordinal, 'shopper', shopper_id, 'outcome', case when value < 0.22 then 'ABANDONED' when value < 0.24 then 'FAILED' else 'ORDERED' end,
      'duration', jsonb_build_object('value', 20 + floor(160 * value), 'unit', 's'))
    when 'order.placed' then jsonb_build_object('order', 'o-' || ordinal, 'shopper', shopper_id, 'amount', jsonb_build_object('minorUnits', 500 + floor(19500 * value), 'currency', (array['EUR', 'USD', 'JPY'])[1 + ordinal % 3]),
      'repeat', shopper < 0.4)
    when 'order.delivered' then jsonb_build_object('order', 'o-' || ordinal, 'onTime', value < 0.93, 'damaged', value > 0.994)
    when 'case.resolved' then jsonb_build_object('case', 'q-' || ordinal, 'reopened', value > 0.95, 'duration', jsonb_build_object('value', floor(600 * value * value), 'unit', 'min'))
    when 'suggestion.shown' then jsonb_build_object('suggestion', 's-' || ordinal, 'shopper', shopper_id, 'accepted', value < 0.18)
    when 'seller.onboarded' then jsonb_build_object('seller', 'v-' || ordinal, 'unaided', value < 0.7, 'duration', jsonb_build_object('value', 30 + floor(900 * value), 'unit', 'min'))
    else jsonb_build_object('requests', 1000, 'answered', 1000 - floor(8 * value))
  end as data
from world_report r;

-- Their numbers are negative, out of the way of those that are given out from 1.
create temporary table world_batch on commit drop as
select environment_id, partner_id, integration_id, date_trunc('month', received_at) as month, max(received_at) as received_at,
  row_number() over (order by date_trunc('month', received_at), integration_id collate "C") - count(*) over () - 1 as place,
  count(*) filter (where kind <> 'INVALID') as accepted, count(*) filter (where kind = 'TWICE') as duplicates, count(*) filter (where kind = 'INVALID') as rejected
from world_event group by 1, 2, 3, 4;

insert into portico.event_batch (environment_id, id, partner_id, integration_id, received_at, accepted, duplicates, rejected, measured_at)
select environment_id, place, partner_id, integration_id, received_at, accepted, duplicates, rejected, now() from world_batch order by place;

insert into portico.event_key (environment_id, partner_id, digest)
select environment_id, partner_id, left(encode(sha256(convert_to(source || E'\n' || event_id, 'UTF8')), 'hex'), 32)::uuid as digest from world_event where kind <> 'INVALID'
order by digest;

-- A quarter is closed 30 days after its end: what came later counts in the earliest that was open.
insert into portico.event (environment_id, partner_id, batch_id, position, integration_id, source, event_id, type, schema_version, subject, occurred_at, received_at, is_late, counted_on, data, ingested_at)
select e.environment_id, e.partner_id, b.place, row_number() over (partition by b.place order by e.ordinal) - 1, e.integration_id, e.source, e.event_id, e.type, 1, null, e.occurred_at, e.received_at,
  e.received_at - e.occurred_at > interval '1 hour', greatest(e.occurred_at::date, date_trunc('quarter', e.received_at - interval '30 days')::date), e.data, now()
from world_event e join world_batch b on b.integration_id = e.integration_id and b.month = date_trunc('month', e.received_at)
where e.kind <> 'INVALID';

-- Every second of the invalid ones names a unit that its type does not have, the others a type that there is not.
insert into portico.rejected_event (environment_id, id, partner_id, integration_id, batch_id, position, source, event_id, type, code, path, reason, payload, received_at, ingested_at)
select e.environment_id, portico.seeded_id('rej', e.namespace, e.seed, e.ordinal), e.partner_id, e.integration_id, b.place, e.ordinal, e.source, e.event_id, f.type,
  case when f.type = e.type then 'INVALID_DATA' else 'UNKNOWN_TYPE' end, case when f.type = e.type then '/data' else '/type' end,
  case when f.type = e.type then 'By the schema of the type it must NOT have additional properties: "unit".'
    else 'No event type has the name ' || to_json(f.type) || '. The query `eventTypes` lists those that there are.' end,
  jsonb_build_object('specversion', '1.0', 'id', e.event_id, 'source', e.source, 'type', f.type, 'time', to_char(e.occurred_at, 'YYYY-MM-DD"T"HH24:MI:SS"Z"'), 'data', e.data || '{"unit": "parsec"}')::text,
  e.received_at, now()
from world_event e join world_batch b on b.integration_id = e.integration_id and b.month = date_trunc('month', e.received_at)
cross join lateral (select case e.ordinal % 2 when 0 then e.type else e.type || '_typo' end as type) f
where e.kind = 'INVALID';

-- A world is whole from its first moment, its sums included: nothing in it moves by itself.
select portico.fold_batches(current_setting('portico.world_environment_id'), array(select place from world_batch));
