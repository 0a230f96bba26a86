-- What is measured: metrics, their exact sums by day, month and quarter, and the journeys of
-- people that they stand for. Dates and instants are environment time.

-- A definition never changes: what should be measured otherwise is its next version.
create table portico.metric (
  environment_id portico.id not null references portico.environment (id),
  id portico.id not null,
  name text collate "C" not null check (name ~ '^[a-z][a-z0-9_]{1,59}$'),
  version integer not null check (version >= 1),
  title text not null,
  description text not null check (length(btrim(description)) > 0),
  pack text collate "C",
  unit text not null,
  polarity text not null check (polarity in ('HIGHER_IS_BETTER', 'LOWER_IS_BETTER')),
  kind text not null check (kind in ('LEADING', 'LAGGING', 'GUARDRAIL', 'ACTIVITY')),
  aggregate text not null check (aggregate in ('COUNT', 'SUM', 'DISTINCT', 'MEAN', 'RATIO')),
  -- The value is scale x numerator / denominator; without a denominator, scale x numerator.
  scale numeric not null default 1 check (scale > 0),
  -- Below so many in the denominator (without one, the numerator's events) a value says nothing.
  minimum_count integer not null check (minimum_count >= 1),
  defined_at timestamptz not null,
  primary key (environment_id, id),
  unique (environment_id, name, version)
);
call portico.protect_tenant_table('portico.metric');
call portico.make_append_only('portico.metric');
grant select, insert on portico.metric to portico_service;

-- What goes into a metric's numerator and denominator.
create table portico.metric_measure (
  environment_id portico.id not null,
  metric_id portico.id not null,
  role text not null check (role in ('NUMERATOR', 'DENOMINATOR')),
  event_type text collate "C" not null,
  -- How many events; the sum of a field; how many different values a field has.
  operation text not null check (operation in ('COUNT', 'SUM', 'DISTINCT')),
  -- Names that lead to the field in an event's data.
  field text[] check (cardinality(field) >= 1),
  -- Only events whose data contains this.
  condition jsonb check (jsonb_typeof(condition) = 'object'),
  primary key (environment_id, metric_id, role),
  check ((operation = 'COUNT') = (field is null)),
  foreign key (environment_id, metric_id) references portico.metric (environment_id, id)
);
create index metric_measure_by_type on portico.metric_measure (environment_id, event_type);
call portico.protect_tenant_table('portico.metric_measure');
call portico.make_append_only('portico.metric_measure');
grant select, insert on portico.metric_measure to portico_service;

-- Exact sums of what has been measured. Each can be computed anew from the events, and any two can
-- be added, but for the members, of whom a longer period has its own.
create table portico.metric_rollup (
  environment_id portico.id not null,
  partner_id portico.id not null,
  integration_id portico.id not null,
  metric_id portico.id not null,
  grain text collate "C" not null check (grain in ('DAY', 'MONTH', 'QUARTER')),
  -- The first day of the period.
  starts_on date not null,
  numerator numeric not null default 0,
  denominator numeric not null default 0,
  -- Evidence: the events that numerator and denominator were made from.
  numerator_events bigint not null default 0,
  denominator_events bigint not null default 0,
  first_occurred_at timestamptz not null,
  last_occurred_at timestamptz not null,
  primary key (environment_id, partner_id, integration_id, metric_id, grain, starts_on),
  foreign key (environment_id, partner_id, integration_id) references portico.integration (environment_id, partner_id, id),
  foreign key (environment_id, metric_id) references portico.metric (environment_id, id)
) with (fillfactor = 70);
create index metric_rollup_of_metric on portico.metric_rollup (environment_id, partner_id, metric_id, grain, starts_on, integration_id);
call portico.protect_tenant_table('portico.metric_rollup', 'partner_id');
grant select, insert, update, delete on portico.metric_rollup to portico_service;

-- The different values that have been counted, so that none counts twice in a period.
create table portico.metric_member (
  environment_id portico.id not null,
  partner_id portico.id not null,
  integration_id portico.id not null,
  metric_id portico.id not null,
  role text not null check (role in ('NUMERATOR', 'DENOMINATOR')),
  grain text collate "C" not null check (grain in ('DAY', 'MONTH', 'QUARTER')),
  starts_on date not null,
  -- SHA-256 of the value, its first 128 bits: a rollup has no need to know who it was.
  digest uuid not null,
  primary key (environment_id, partner_id, integration_id, metric_id, role, grain, starts_on, digest)
);
call portico.protect_tenant_table('portico.metric_member', 'partner_id');
grant select, insert, delete on portico.metric_member to portico_service;

create table portico.journey (
  environment_id portico.id not null references portico.environment (id),
  id portico.id not null,
  position integer not null check (position >= 1),
  title text not null,
  description text not null,
  primary key (environment_id, id),
  unique (environment_id, position)
);
call portico.protect_tenant_table('portico.journey');
grant select, insert, update on portico.journey to portico_service;

create table portico.touchpoint (
  environment_id portico.id not null,
  id portico.id not null,
  journey_id portico.id not null,
  position integer not null check (position >= 1),
  title text not null,
  description text not null,
  primary key (environment_id, id),
  unique (environment_id, journey_id, position),
  foreign key (environment_id, journey_id) references portico.journey (environment_id, id)
);
call portico.protect_tenant_table('portico.touchpoint');
grant select, insert, update, delete on portico.touchpoint to portico_service;

-- The categories of integrations that people meet there.
create table portico.touchpoint_category (
  environment_id portico.id not null,
  touchpoint_id portico.id not null,
  category text not null check (category in ('CHECKOUT', 'SHIPPING', 'REVIEWS', 'RECOMMENDATIONS', 'SUPPORT_DESK', 'LOYALTY')),
  primary key (environment_id, touchpoint_id, category),
  foreign key (environment_id, touchpoint_id) references portico.touchpoint (environment_id, id) on delete cascade
);
call portico.protect_tenant_table('portico.touchpoint_category');
grant select, insert, delete on portico.touchpoint_category to portico_service;

-- The metrics that tell how a touchpoint goes for people; each touchpoint has one at least.
create table portico.touchpoint_metric (
  environment_id portico.id not null,
  touchpoint_id portico.id not null,
  metric_id portico.id not null,
  primary key (environment_id, touchpoint_id, metric_id),
  foreign key (environment_id, touchpoint_id) references portico.touchpoint (environment_id, id) on delete cascade,
  foreign key (environment_id, metric_id) references portico.metric (environment_id, id)
);
create index touchpoint_metric_of_metric on portico.touchpoint_metric (environment_id, metric_id, touchpoint_id);
call portico.protect_tenant_table('portico.touchpoint_metric');
grant select, insert, delete on portico.touchpoint_metric to portico_service;

create function portico.require_touchpoint_metric() returns trigger language plpgsql as $$
begin
  if exists (select from portico.touchpoint t where t.environment_id = coalesce(new.environment_id, old.environment_id)
      and t.id = case tg_table_name when 'touchpoint' then to_jsonb(new) ->> 'id' else to_jsonb(old) ->> 'touchpoint_id' end
      and not exists (select from portico.touchpoint_metric m where m.environment_id = t.environment_id and m.touchpoint_id = t.id)) then
    raise exception 'a touchpoint needs at least one metric' using errcode = 'check_violation';
  end if;
  return null;
end $$;
create constraint trigger require_metric after insert on portico.touchpoint deferrable initially deferred
  for each row execute function portico.require_touchpoint_metric();
create constraint trigger require_metric after delete on portico.touchpoint_metric deferrable initially deferred
  for each row execute function portico.require_touchpoint_metric();
