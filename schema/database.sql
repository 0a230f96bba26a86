-- The database's shape. Generated from the migrations by `npm run schema:write` and compared by
-- `npm run schema:check`: read it in reviews, change it by a new file in migrations/.

create schema portico;
grant usage on schema portico to portico_service;

create domain portico.id as text collate "C"
  constraint id_check CHECK (VALUE ~ '^[a-z]{3}_[0-9a-z_]{1,60}$'::text);

CREATE OR REPLACE FUNCTION portico.client_secrets(client_id text, wall_now timestamp with time zone)
 RETURNS TABLE(environment_id text, partner_id text, integration_id text, credential_id text, secret_hmac bytea, salt bytea, scopes text[], client_status text)
 LANGUAGE sql
 STABLE SECURITY DEFINER
 SET search_path TO ''
AS $function$
  select i.environment_id, i.partner_id, i.id, c.id, c.secret_hmac, c.salt, i.scopes,
    case when e.closed_at is not null then 'CLOSED' when p.status <> 'ACTIVE' or owner.status <> 'ACTIVE' then 'PARTNER_SUSPENDED' when i.status <> 'ACTIVE' then 'INTEGRATION_SUSPENDED' else 'ACTIVE' end
  from portico.integration i
  join portico.environment e on e.id = i.environment_id
  join portico.partner p on p.environment_id = i.environment_id and p.id = i.partner_id
  left join portico.partner owner on owner.environment_id = e.owner_environment_id and owner.id = e.owner_partner_id
  join portico.credential c on c.environment_id = i.environment_id and c.integration_id = i.id
  where i.id = client_secrets.client_id and c.revoked_at is null
    and (c.expires_at is null or c.expires_at > client_secrets.wall_now)
$function$;
revoke all on function portico.client_secrets(text,timestamp with time zone) from public;
grant execute on function portico.client_secrets(text,timestamp with time zone) to portico_service;

CREATE OR REPLACE FUNCTION portico.count_environment_revision()
 RETURNS trigger
 LANGUAGE plpgsql
AS $function$
begin
  new.revision := old.revision + 1;
  return new;
end $function$;

CREATE OR REPLACE FUNCTION portico.environments_to_measure()
 RETURNS SETOF text
 LANGUAGE sql
 STABLE SECURITY DEFINER
 SET search_path TO ''
AS $function$
  select distinct environment_id from portico.event_batch where measured_at is null
$function$;
revoke all on function portico.environments_to_measure() from public;
grant execute on function portico.environments_to_measure() to portico_service;

CREATE OR REPLACE FUNCTION portico.keep_event_partitions(rejected_months integer)
 RETURNS void
 LANGUAGE plpgsql
 SECURITY DEFINER
 SET search_path TO ''
AS $function$
declare
  month timestamp;
  parent text;
  partition text;
begin
  -- Of two gateways the second waits, and then finds them made.
  perform pg_advisory_xact_lock(hashtextextended('portico.event_partitions', 0));
  for month in select generate_series(date_trunc('month', now() at time zone 'UTC'), date_trunc('month', now() at time zone 'UTC') + interval '12 months', interval '1 month') loop
    foreach parent in array array['event', 'rejected_event'] loop
      partition := parent || to_char(month, '_YYYY_MM');
      continue when to_regclass('portico.' || partition) is not null;
      execute format('create table portico.%I partition of portico.%I for values from (%L) to (%L)', partition, parent, month at time zone 'UTC', (month + interval '1 month') at time zone 'UTC');
      execute format('call portico.protect_tenant_table(%L, %L)', 'portico.' || partition, 'partner_id');
      execute format('grant select on portico.%I to portico_service', partition);
      -- Its rows have their table's trigger; this one speaks before there are any.
      execute format('create trigger append_only_statement before update or delete or truncate on portico.%I for each statement execute function portico.refuse_change()', partition);
    end loop;
  end loop;
  for partition in
    select c.relname from pg_catalog.pg_inherits i join pg_catalog.pg_class c on c.oid = i.inhrelid
    where i.inhparent = 'portico.rejected_event'::regclass
      and to_date(right(c.relname, 7), 'YYYY_MM') < date_trunc('month', now() at time zone 'UTC') - make_interval(months => rejected_months)
  loop
    execute format('drop table portico.%I', partition);
  end loop;
end $function$;
revoke all on function portico.keep_event_partitions(integer) from public;
grant execute on function portico.keep_event_partitions(integer) to portico_service;

CREATE OR REPLACE FUNCTION portico.live_environment_id()
 RETURNS text
 LANGUAGE sql
 STABLE SECURITY DEFINER
 SET search_path TO ''
RETURN (SELECT environment.id FROM portico.environment WHERE (environment.kind = 'LIVE'::text));
revoke all on function portico.live_environment_id() from public;
grant execute on function portico.live_environment_id() to portico_service;

CREATE OR REPLACE PROCEDURE portico.make_append_only(IN append_only_table regclass)
 LANGUAGE plpgsql
AS $procedure$
begin
  execute format('create trigger append_only before update or delete on %s for each row execute function portico.refuse_change()', append_only_table);
  execute format('create trigger append_only_truncate before truncate on %s for each statement execute function portico.refuse_change()', append_only_table);
  execute format('revoke update, delete, truncate on %s from portico_service', append_only_table);
end $procedure$;

CREATE OR REPLACE FUNCTION portico.money_text(minor_units bigint, currency text)
 RETURNS text
 LANGUAGE sql
 IMMUTABLE PARALLEL SAFE
RETURN CASE WHEN (currency = ANY (ARRAY['JPY'::text, 'KRW'::text, 'CLP'::text, 'ISK'::text, 'VND'::text])) THEN (minor_units)::text WHEN (currency = ANY (ARRAY['BHD'::text, 'JOD'::text, 'KWD'::text, 'OMR'::text, 'TND'::text])) THEN ((((minor_units)::numeric / 1000.0))::numeric(30,3))::text ELSE ((((minor_units)::numeric / 100.0))::numeric(30,2))::text END;

CREATE OR REPLACE FUNCTION portico.owner_in_good_standing(owner_environment_id text, owner_partner_id text)
 RETURNS boolean
 LANGUAGE sql
 STABLE SECURITY DEFINER
 SET search_path TO ''
AS $function$
  select exists (select from portico.partner p where p.environment_id = $1 and p.id = $2 and p.status = 'ACTIVE')
$function$;
revoke all on function portico.owner_in_good_standing(text,text) from public;
grant execute on function portico.owner_in_good_standing(text,text) to portico_service;

CREATE OR REPLACE PROCEDURE portico.protect_tenant_table(IN tenant_table regclass, IN partner_column text DEFAULT NULL::text)
 LANGUAGE plpgsql
AS $procedure$
declare
  visible text := '(environment_id = (select current_setting(''portico.environment_id'', true))) is true';
begin
  if partner_column is not null then
    visible := visible || format(' and (select current_setting(''portico.partner_id'', true)) in (%I, ''*'')', partner_column);
  end if;
  execute format('alter table %s enable row level security', tenant_table);
  execute format('create policy tenant on %s using (%s) with check (%s)', tenant_table, visible, visible);
end $procedure$;

CREATE OR REPLACE FUNCTION portico.refuse_change()
 RETURNS trigger
 LANGUAGE plpgsql
AS $function$
begin
  if current_setting('portico.purging_sandbox', true) = 'yes' and tg_op = 'DELETE' then
    return old;
  end if;
  raise exception '% is append-only: correct it by appending', tg_table_name using errcode = 'restrict_violation';
end $function$;

CREATE OR REPLACE FUNCTION portico.require_touchpoint_metric()
 RETURNS trigger
 LANGUAGE plpgsql
AS $function$
begin
  if exists (select from portico.touchpoint t where t.environment_id = coalesce(new.environment_id, old.environment_id)
      and t.id = case tg_table_name when 'touchpoint' then to_jsonb(new) ->> 'id' else to_jsonb(old) ->> 'touchpoint_id' end
      and not exists (select from portico.touchpoint_metric m where m.environment_id = t.environment_id and m.touchpoint_id = t.id)) then
    raise exception 'a touchpoint needs at least one metric' using errcode = 'check_violation';
  end if;
  return null;
end $function$;

CREATE OR REPLACE FUNCTION portico.sandboxes_of(owner_environment_id text, owner_partner_id text)
 RETURNS TABLE(id text, name text)
 LANGUAGE sql
 STABLE SECURITY DEFINER
 SET search_path TO ''
BEGIN ATOMIC
 SELECT e.id,
     e.name
    FROM portico.environment e
   WHERE (((e.owner_environment_id)::text = sandboxes_of.owner_environment_id) AND ((e.owner_partner_id)::text = sandboxes_of.owner_partner_id) AND (e.closed_at IS NULL))
   ORDER BY e.id;
END;
revoke all on function portico.sandboxes_of(text,text) from public;
grant execute on function portico.sandboxes_of(text,text) to portico_service;

CREATE OR REPLACE FUNCTION portico.seeded_fraction(seed integer, label text, ordinal bigint)
 RETURNS double precision
 LANGUAGE sql
 IMMUTABLE PARALLEL SAFE
RETURN ((((('x'::text || "left"(md5(((((seed || ':'::text) || label) || ':'::text) || ordinal)), 8)))::bit(32))::bigint)::double precision / (4294967296.0)::double precision);

CREATE OR REPLACE FUNCTION portico.seeded_id(prefix text, namespace text, seed integer, ordinal bigint)
 RETURNS text
 LANGUAGE sql
 IMMUTABLE PARALLEL SAFE
RETURN ((prefix || '_'::text) || "left"(encode(sha256(convert_to(((((((namespace || ':'::text) || seed) || ':'::text) || prefix) || ':'::text) || ordinal), 'UTF8'::name)), 'hex'::text), 24));

CREATE OR REPLACE FUNCTION portico.settle_measurement(environment_id text)
 RETURNS void
 LANGUAGE plpgsql
 SET search_path TO ''
AS $function$
declare
  namespace text;
  born timestamptz;
begin
  select e.id_namespace, e.born_at into strict namespace, born from portico.environment e where e.id = settle_measurement.environment_id;

  insert into portico.event_type (environment_id, id, name, version, description, data_schema, published_at)
  select settle_measurement.environment_id, portico.seeded_id('ety', namespace, 0, t.ordinal), t.name, 1, t.description,
    jsonb_build_object('$schema', 'https://json-schema.org/draft/2020-12/schema', 'type', 'object', 'properties', t.properties, 'required', t.required, 'additionalProperties', false), born
  from (values
    (1, 'checkout.finished', 'A shopper went through a checkout, to its end or away from it.',
      '{"checkout": {"type": "string", "minLength": 1, "maxLength": 100}, "shopper": {"type": "string", "minLength": 1, "maxLength": 100},
        "outcome": {"enum": ["ORDERED", "ABANDONED", "FAILED"]},
        "duration": {"type": "object", "properties": {"value": {"type": "number", "minimum": 0, "maximum": 86400}, "unit": {"const": "s"}}, "required": ["value", "unit"], "additionalProperties": false}}'::jsonb,
      '["checkout", "outcome", "duration"]'::jsonb),
    (2, 'order.placed', 'A shopper ordered something. `repeat` says whether the same shopper had ordered in the 90 days before.',
      '{"order": {"type": "string", "minLength": 1, "maxLength": 100}, "shopper": {"type": "string", "minLength": 1, "maxLength": 100},
        "amount": {"type": "object", "properties": {"minorUnits": {"type": "integer", "minimum": 0, "maximum": 9007199254740991}, "currency": {"type": "string", "pattern": "^[A-Z]{3}$"}},
          "required": ["minorUnits", "currency"], "additionalProperties": false},
        "repeat": {"type": "boolean"}}',
      '["order", "shopper", "amount", "repeat"]'),
    (3, 'order.delivered', 'An order arrived.',
      '{"order": {"type": "string", "minLength": 1, "maxLength": 100}, "onTime": {"type": "boolean"}, "damaged": {"type": "boolean"}, "deliveredOn": {"type": "string", "format": "date"}}',
      '["order", "onTime", "damaged"]'),
    (4, 'case.resolved', 'A question or complaint of a shopper was settled.',
      '{"case": {"type": "string", "minLength": 1, "maxLength": 100}, "firstContact": {"type": "boolean"}, "reopened": {"type": "boolean"},
        "duration": {"type": "object", "properties": {"value": {"type": "number", "minimum": 0, "maximum": 1000000}, "unit": {"const": "min"}}, "required": ["value", "unit"], "additionalProperties": false}}',
      '["case", "duration", "reopened"]'),
    (5, 'suggestion.shown', 'A shopper was shown a suggestion, and took it up or did not.',
      '{"suggestion": {"type": "string", "minLength": 1, "maxLength": 100}, "shopper": {"type": "string", "minLength": 1, "maxLength": 100}, "accepted": {"type": "boolean"}}',
      '["suggestion", "accepted"]'),
    (6, 'seller.onboarded', 'A seller made the first offer through the integration, so long after signing up.',
      '{"seller": {"type": "string", "minLength": 1, "maxLength": 100}, "unaided": {"type": "boolean"},
        "duration": {"type": "object", "properties": {"value": {"type": "number", "minimum": 0, "maximum": 1000000}, "unit": {"const": "min"}}, "required": ["value", "unit"], "additionalProperties": false}}',
      '["seller", "duration"]'),
    (7, 'requests.served', 'How many requests of shoppers the integration had in a while, and how many of them it answered without an error.',
      '{"requests": {"type": "integer", "minimum": 1, "maximum": 1000000000}, "answered": {"type": "integer", "minimum": 0, "maximum": 1000000000}}',
      '["requests", "answered"]')
  ) as t (ordinal, name, description, properties, required)
  on conflict do nothing;

  insert into portico.metric (environment_id, id, name, version, title, description, pack, unit, polarity, kind, aggregate, scale, minimum_count, defined_at)
  select settle_measurement.environment_id, portico.seeded_id('met', namespace, 0, m.ordinal), m.name, 1, m.title, m.description, 'starter', m.unit, m.polarity, m.kind, m.aggregate, m.scale, m.minimum_count, born
  from (values
    (1, 'checkout_friction', 'Checkout friction', 'Share of checkouts that shoppers left before the end.', 'percent', 'LOWER_IS_BETTER', 'LAGGING', 'RATIO', 100, 50),
    (2, 'checkout_time', 'Time to check out', 'How long a shopper needs to order, on average.', 'seconds', 'LOWER_IS_BETTER', 'LEADING', 'MEAN', 1, 50),
    (3, 'checkout_failure_share', 'Failed checkouts', 'Share of checkouts that ended in an error.', 'percent', 'LOWER_IS_BETTER', 'GUARDRAIL', 'RATIO', 100, 50),
    (4, 'resolution_time', 'Resolution time', 'How long a shopper waits until a question is settled, on average.', 'minutes', 'LOWER_IS_BETTER', 'LAGGING', 'MEAN', 1, 30),
    (5, 'reopened_case_share', 'Reopened cases', 'Share of settled questions that had to be opened again.', 'percent', 'LOWER_IS_BETTER', 'GUARDRAIL', 'RATIO', 100, 30),
    (6, 'retention', 'Retention', 'Share of the shoppers who ordered that had ordered in the 90 days before.', 'percent', 'HIGHER_IS_BETTER', 'LAGGING', 'RATIO', 100, 30),
    (7, 'match_quality', 'Match quality', 'Share of suggestions that shoppers took up.', 'percent', 'HIGHER_IS_BETTER', 'LEADING', 'RATIO', 100, 50),
    (8, 'onboarding_time', 'Onboarding time', 'How long a seller needs from signing up to the first offer, on average.', 'minutes', 'LOWER_IS_BETTER', 'LEADING', 'MEAN', 1, 5),
    (9, 'reliability', 'Reliability', 'Share of shoppers'' requests that were answered without an error.', 'percent', 'HIGHER_IS_BETTER', 'GUARDRAIL', 'RATIO', 100, 1000),
    (10, 'on_time_share', 'Parcels on the promised day', 'Share of orders that arrived when the shopper was told they would.', 'percent', 'HIGHER_IS_BETTER', 'LAGGING', 'RATIO', 100, 30),
    (11, 'damage_share', 'Damaged parcels', 'Share of orders that arrived damaged.', 'percent', 'LOWER_IS_BETTER', 'GUARDRAIL', 'RATIO', 100, 30),
    (12, 'orders_placed', 'Orders', 'Orders that shoppers placed.', 'orders', 'HIGHER_IS_BETTER', 'ACTIVITY', 'COUNT', 1, 1),
    (13, 'ordering_shoppers', 'Shoppers who ordered', 'Different shoppers who placed an order.', 'shoppers', 'HIGHER_IS_BETTER', 'ACTIVITY', 'DISTINCT', 1, 1)
  ) as m (ordinal, name, title, description, unit, polarity, kind, aggregate, scale, minimum_count)
  on conflict do nothing;

  insert into portico.metric_measure (environment_id, metric_id, role, event_type, operation, field, condition)
  select settle_measurement.environment_id, portico.seeded_id('met', namespace, 0, m.metric), m.role, m.event_type, m.operation, m.field, m.condition
  from (values
    (1, 'NUMERATOR', 'checkout.finished', 'COUNT', null::text[], '{"outcome": "ABANDONED"}'::jsonb),
    (1, 'DENOMINATOR', 'checkout.finished', 'COUNT', null, null),
    (2, 'NUMERATOR', 'checkout.finished', 'SUM', '{duration,value}', '{"outcome": "ORDERED"}'),
    (2, 'DENOMINATOR', 'checkout.finished', 'COUNT', null, '{"outcome": "ORDERED"}'),
    (3, 'NUMERATOR', 'checkout.finished', 'COUNT', null, '{"outcome": "FAILED"}'),
    (3, 'DENOMINATOR', 'checkout.finished', 'COUNT', null, null),
    (4, 'NUMERATOR', 'case.resolved', 'SUM', '{duration,value}', null),
    (4, 'DENOMINATOR', 'case.resolved', 'COUNT', null, null),
    (5, 'NUMERATOR', 'case.resolved', 'COUNT', null, '{"reopened": true}'),
    (5, 'DENOMINATOR', 'case.resolved', 'COUNT', null, null),
    (6, 'NUMERATOR', 'order.placed', 'DISTINCT', '{shopper}', '{"repeat": true}'),
    (6, 'DENOMINATOR', 'order.placed', 'DISTINCT', '{shopper}', null),
    (7, 'NUMERATOR', 'suggestion.shown', 'COUNT', null, '{"accepted": true}'),
    (7, 'DENOMINATOR', 'suggestion.shown', 'COUNT', null, null),
    (8, 'NUMERATOR', 'seller.onboarded', 'SUM', '{duration,value}', null),
    (8, 'DENOMINATOR', 'seller.onboarded', 'COUNT', null, null),
    (9, 'NUMERATOR', 'requests.served', 'SUM', '{answered}', null),
    (9, 'DENOMINATOR', 'requests.served', 'SUM', '{requests}', null),
    (10, 'NUMERATOR', 'order.delivered', 'COUNT', null, '{"onTime": true}'),
    (10, 'DENOMINATOR', 'order.delivered', 'COUNT', null, null),
    (11, 'NUMERATOR', 'order.delivered', 'COUNT', null, '{"damaged": true}'),
    (11, 'DENOMINATOR', 'order.delivered', 'COUNT', null, null),
    (12, 'NUMERATOR', 'order.placed', 'COUNT', null, null),
    (13, 'NUMERATOR', 'order.placed', 'DISTINCT', '{shopper}', null)
  ) as m (metric, role, event_type, operation, field, condition)
  on conflict do nothing;

  insert into portico.journey (environment_id, id, position, title, description)
  select settle_measurement.environment_id, portico.seeded_id('jny', namespace, 0, j.position), j.position, j.title, j.description
  from (values
    (1, 'Finding and buying', 'A shopper looks for something, chooses it and pays.'),
    (2, 'Waiting and receiving', 'An order is under way and arrives.'),
    (3, 'Getting help', 'Something is unclear or went wrong, and a shopper asks.'),
    (4, 'Coming back', 'A shopper decides whether to order again.'),
    (5, 'Beginning to sell', 'Somebody signs up as a seller and makes a first offer.')
  ) as j (position, title, description)
  on conflict do nothing;

  insert into portico.touchpoint (environment_id, id, journey_id, position, title, description)
  select settle_measurement.environment_id, portico.seeded_id('tpt', namespace, 0, t.journey * 10 + t.position), portico.seeded_id('jny', namespace, 0, t.journey), t.position, t.title, t.description
  from (values
    (1, 1, 'Suggestions', 'What the shopper is shown without having looked for it.'),
    (1, 2, 'Checkout', 'From the basket to the confirmed order.'),
    (2, 1, 'Delivery', 'The parcel comes, on the promised day or not.'),
    (3, 1, 'Support desk', 'The question is asked and settled.'),
    (4, 1, 'The next order', 'The shopper orders again, or not.'),
    (5, 1, 'First offer', 'The seller describes something and offers it.')
  ) as t (journey, position, title, description)
  on conflict do nothing;

  insert into portico.touchpoint_category (environment_id, touchpoint_id, category)
  select settle_measurement.environment_id, portico.seeded_id('tpt', namespace, 0, t.touchpoint), unnest(t.categories)
  from (values
    (11, '{RECOMMENDATIONS,REVIEWS}'::text[]), (12, '{CHECKOUT,LOYALTY}'), (21, '{SHIPPING}'), (31, '{SUPPORT_DESK}'),
    (41, '{CHECKOUT,SHIPPING,REVIEWS,RECOMMENDATIONS,SUPPORT_DESK,LOYALTY}'), (51, '{CHECKOUT,SHIPPING}')
  ) as t (touchpoint, categories)
  on conflict do nothing;

  insert into portico.touchpoint_metric (environment_id, touchpoint_id, metric_id)
  select settle_measurement.environment_id, portico.seeded_id('tpt', namespace, 0, t.touchpoint), portico.seeded_id('met', namespace, 0, t.metric)
  from (values (11, 7), (12, 1), (12, 2), (12, 3), (12, 9), (21, 10), (21, 11), (31, 4), (31, 5), (41, 6), (51, 8)) as t (touchpoint, metric)
  on conflict do nothing;
end $function$;
grant execute on function portico.settle_measurement(text) to portico_service;

CREATE OR REPLACE FUNCTION portico.trim_credentials(ended_by timestamp with time zone, kept integer)
 RETURNS bigint
 LANGUAGE plpgsql
 SECURITY DEFINER
 SET search_path TO ''
AS $function$
declare
  forgotten bigint;
begin
  with crowded as (
    select environment_id, integration_id from portico.credential group by 1, 2 having count(*) > kept
  ), surplus as (
    select r.environment_id, r.id from crowded c cross join lateral (
      select k.environment_id, k.id from portico.credential k
      where k.environment_id = c.environment_id and k.integration_id = c.integration_id
      order by k.created_at desc, k.id offset kept
    ) r
  )
  delete from portico.credential k using surplus s
  where k.environment_id = s.environment_id and k.id = s.id and (k.revoked_at <= ended_by or k.expires_at <= ended_by);
  get diagnostics forgotten = row_count;
  return forgotten;
end $function$;
revoke all on function portico.trim_credentials(timestamp with time zone,integer) from public;
grant execute on function portico.trim_credentials(timestamp with time zone,integer) to portico_service;

CREATE OR REPLACE FUNCTION portico.trim_idempotency_keys(oldest timestamp with time zone)
 RETURNS bigint
 LANGUAGE plpgsql
 SECURITY DEFINER
 SET search_path TO ''
AS $function$
declare
  forgotten bigint;
begin
  delete from portico.idempotency_key where created_at <= oldest;
  get diagnostics forgotten = row_count;
  return forgotten;
end $function$;
revoke all on function portico.trim_idempotency_keys(timestamp with time zone) from public;
grant execute on function portico.trim_idempotency_keys(timestamp with time zone) to portico_service;

CREATE OR REPLACE FUNCTION portico.trim_request_log(oldest timestamp with time zone, kept integer)
 RETURNS bigint
 LANGUAGE plpgsql
 SECURITY DEFINER
 SET search_path TO ''
AS $function$
declare
  forgotten bigint := 0;
  step bigint;
begin
  delete from portico.request_log where received_at < oldest;
  get diagnostics forgotten = row_count;
  with crowded as (
    select environment_id, integration_id from portico.request_log group by 1, 2 having count(*) > kept
  ), surplus as (
    select r.environment_id, r.id from crowded c cross join lateral (
      select l.environment_id, l.id from portico.request_log l
      where l.environment_id = c.environment_id and l.integration_id = c.integration_id
      order by l.received_at desc, l.id offset kept
    ) r
  )
  delete from portico.request_log l using surplus s where l.environment_id = s.environment_id and l.id = s.id;
  get diagnostics step = row_count;
  return forgotten + step;
end $function$;
revoke all on function portico.trim_request_log(timestamp with time zone,integer) from public;
grant execute on function portico.trim_request_log(timestamp with time zone,integer) to portico_service;

create table portico.award (
  environment_id portico.id not null,
  id portico.id not null,
  partner_id portico.id not null,
  integration_id portico.id not null,
  milestone_id portico.id not null,
  reward_id portico.id not null,
  period text collate "C" not null,
  awarded_at timestamp with time zone not null,
  constraint award_pkey PRIMARY KEY (environment_id, id),
  constraint award_environment_id_partner_id_milestone_id_period_key UNIQUE (environment_id, partner_id, milestone_id, period),
  constraint award_environment_id_milestone_id_fkey FOREIGN KEY (environment_id, milestone_id) REFERENCES portico.milestone(environment_id, id),
  constraint award_environment_id_partner_id_integration_id_fkey FOREIGN KEY (environment_id, partner_id, integration_id) REFERENCES portico.integration(environment_id, partner_id, id),
  constraint award_environment_id_reward_id_fkey FOREIGN KEY (environment_id, reward_id) REFERENCES portico.reward(environment_id, id)
);
CREATE INDEX award_newest ON portico.award USING btree (environment_id, partner_id, awarded_at DESC, id);
alter table portico.award enable row level security;
create policy tenant on portico.award for all
  using ((environment_id::text = (( SELECT current_setting('portico.environment_id'::text, true) AS current_setting))) IS TRUE AND ((( SELECT current_setting('portico.partner_id'::text, true) AS current_setting)) = partner_id::text OR (( SELECT current_setting('portico.partner_id'::text, true) AS current_setting)) = '*'::text))
  with check ((environment_id::text = (( SELECT current_setting('portico.environment_id'::text, true) AS current_setting))) IS TRUE AND ((( SELECT current_setting('portico.partner_id'::text, true) AS current_setting)) = partner_id::text OR (( SELECT current_setting('portico.partner_id'::text, true) AS current_setting)) = '*'::text));
CREATE TRIGGER append_only BEFORE DELETE OR UPDATE ON portico.award FOR EACH ROW EXECUTE FUNCTION portico.refuse_change();
CREATE TRIGGER append_only_truncate BEFORE TRUNCATE ON portico.award FOR EACH STATEMENT EXECUTE FUNCTION portico.refuse_change();
grant insert, select on portico.award to portico_service;

create table portico.credential (
  environment_id portico.id not null,
  id portico.id not null,
  partner_id portico.id not null,
  integration_id portico.id not null,
  secret_hmac bytea not null,
  salt bytea not null,
  secret_prefix text not null,
  created_at timestamp with time zone not null,
  expires_at timestamp with time zone,
  revoked_at timestamp with time zone,
  constraint credential_pkey PRIMARY KEY (environment_id, id),
  constraint credential_salt_check CHECK (length(salt) >= 16),
  constraint credential_secret_hmac_check CHECK (length(secret_hmac) = 32),
  constraint credential_environment_id_partner_id_integration_id_fkey FOREIGN KEY (environment_id, partner_id, integration_id) REFERENCES portico.integration(environment_id, partner_id, id)
);
CREATE INDEX credential_newest ON portico.credential USING btree (environment_id, integration_id, created_at DESC, id);
alter table portico.credential enable row level security;
create policy tenant on portico.credential for all
  using ((environment_id::text = (( SELECT current_setting('portico.environment_id'::text, true) AS current_setting))) IS TRUE AND ((( SELECT current_setting('portico.partner_id'::text, true) AS current_setting)) = partner_id::text OR (( SELECT current_setting('portico.partner_id'::text, true) AS current_setting)) = '*'::text))
  with check ((environment_id::text = (( SELECT current_setting('portico.environment_id'::text, true) AS current_setting))) IS TRUE AND ((( SELECT current_setting('portico.partner_id'::text, true) AS current_setting)) = partner_id::text OR (( SELECT current_setting('portico.partner_id'::text, true) AS current_setting)) = '*'::text));
grant insert, select, update on portico.credential to portico_service;

create table portico.criterion (
  environment_id portico.id not null,
  id portico.id not null,
  milestone_id portico.id not null,
  "position" integer not null,
  kind text not null,
  metric text not null,
  description text not null,
  comparison text not null,
  target numeric not null,
  unit text not null,
  window_days integer not null,
  constraint criterion_pkey PRIMARY KEY (environment_id, id),
  constraint criterion_environment_id_milestone_id_position_key UNIQUE (environment_id, milestone_id, "position"),
  constraint criterion_comparison_check CHECK (comparison = ANY (ARRAY['AT_LEAST'::text, 'AT_MOST'::text])),
  constraint criterion_kind_check CHECK (kind = ANY (ARRAY['OUTCOME'::text, 'GUARDRAIL'::text, 'ACTIVITY'::text])),
  constraint criterion_window_days_check CHECK (window_days > 0),
  constraint criterion_environment_id_milestone_id_fkey FOREIGN KEY (environment_id, milestone_id) REFERENCES portico.milestone(environment_id, id)
);
alter table portico.criterion enable row level security;
create policy tenant on portico.criterion for all
  using ((environment_id::text = (( SELECT current_setting('portico.environment_id'::text, true) AS current_setting))) IS TRUE)
  with check ((environment_id::text = (( SELECT current_setting('portico.environment_id'::text, true) AS current_setting))) IS TRUE);
grant insert, select, update on portico.criterion to portico_service;

create table portico.criterion_progress (
  environment_id portico.id not null,
  partner_id portico.id not null,
  progress_id portico.id not null,
  criterion_id portico.id not null,
  value numeric,
  satisfied boolean not null,
  as_of timestamp with time zone not null,
  constraint criterion_progress_pkey PRIMARY KEY (environment_id, progress_id, criterion_id),
  constraint criterion_progress_environment_id_criterion_id_fkey FOREIGN KEY (environment_id, criterion_id) REFERENCES portico.criterion(environment_id, id),
  constraint criterion_progress_environment_id_partner_id_progress_id_fkey FOREIGN KEY (environment_id, partner_id, progress_id) REFERENCES portico.milestone_progress(environment_id, partner_id, id)
);
alter table portico.criterion_progress enable row level security;
create policy tenant on portico.criterion_progress for all
  using ((environment_id::text = (( SELECT current_setting('portico.environment_id'::text, true) AS current_setting))) IS TRUE AND ((( SELECT current_setting('portico.partner_id'::text, true) AS current_setting)) = partner_id::text OR (( SELECT current_setting('portico.partner_id'::text, true) AS current_setting)) = '*'::text))
  with check ((environment_id::text = (( SELECT current_setting('portico.environment_id'::text, true) AS current_setting))) IS TRUE AND ((( SELECT current_setting('portico.partner_id'::text, true) AS current_setting)) = partner_id::text OR (( SELECT current_setting('portico.partner_id'::text, true) AS current_setting)) = '*'::text));
grant insert, select, update on portico.criterion_progress to portico_service;

create table portico.environment (
  id portico.id not null,
  kind text not null,
  name text not null,
  owner_environment_id portico.id,
  owner_partner_id portico.id,
  id_namespace text not null,
  clock_offset_ms bigint default 0 not null,
  clock_frozen_at timestamp with time zone,
  born_at timestamp with time zone not null,
  revision bigint default 1 not null,
  created_at timestamp with time zone not null,
  closed_at timestamp with time zone,
  constraint environment_pkey PRIMARY KEY (id),
  constraint environment_check CHECK (kind = 'SANDBOX'::text OR clock_offset_ms = 0 AND clock_frozen_at IS NULL AND owner_partner_id IS NULL AND closed_at IS NULL),
  constraint environment_check1 CHECK ((owner_environment_id IS NULL) = (owner_partner_id IS NULL)),
  constraint environment_clock_offset_ms_check CHECK (clock_offset_ms >= 0),
  constraint environment_kind_check CHECK (kind = ANY (ARRAY['LIVE'::text, 'SANDBOX'::text])),
  constraint environment_owner_environment_id_owner_partner_id_fkey FOREIGN KEY (owner_environment_id, owner_partner_id) REFERENCES portico.partner(environment_id, id)
);
CREATE INDEX environment_owner ON portico.environment USING btree (owner_environment_id, owner_partner_id, id);
CREATE UNIQUE INDEX environment_one_live ON portico.environment USING btree (kind) WHERE kind = 'LIVE'::text;
alter table portico.environment enable row level security;
create policy tenant on portico.environment for all
  using ((id::text = (( SELECT current_setting('portico.environment_id'::text, true) AS current_setting))) IS TRUE)
  with check ((id::text = (( SELECT current_setting('portico.environment_id'::text, true) AS current_setting))) IS TRUE);
CREATE TRIGGER count_revision BEFORE UPDATE ON portico.environment FOR EACH ROW EXECUTE FUNCTION portico.count_environment_revision();
grant insert, select, update on portico.environment to portico_service;

create table portico.event (
  environment_id portico.id not null,
  partner_id portico.id not null,
  batch_id bigint not null,
  "position" integer not null,
  integration_id portico.id not null,
  source text not null,
  event_id text not null,
  type text collate "C" not null,
  schema_version integer not null,
  subject text,
  occurred_at timestamp with time zone not null,
  received_at timestamp with time zone not null,
  is_late boolean not null,
  counted_on date not null,
  data jsonb not null,
  ingested_at timestamp with time zone not null,
  constraint event_pkey PRIMARY KEY (environment_id, partner_id, batch_id, "position", ingested_at)
) partition by range (ingested_at);
alter table portico.event enable row level security;
create policy tenant on portico.event for all
  using ((environment_id::text = (( SELECT current_setting('portico.environment_id'::text, true) AS current_setting))) IS TRUE AND ((( SELECT current_setting('portico.partner_id'::text, true) AS current_setting)) = partner_id::text OR (( SELECT current_setting('portico.partner_id'::text, true) AS current_setting)) = '*'::text))
  with check ((environment_id::text = (( SELECT current_setting('portico.environment_id'::text, true) AS current_setting))) IS TRUE AND ((( SELECT current_setting('portico.partner_id'::text, true) AS current_setting)) = partner_id::text OR (( SELECT current_setting('portico.partner_id'::text, true) AS current_setting)) = '*'::text));
CREATE TRIGGER append_only BEFORE DELETE OR UPDATE ON portico.event FOR EACH ROW EXECUTE FUNCTION portico.refuse_change();
CREATE TRIGGER append_only_truncate BEFORE TRUNCATE ON portico.event FOR EACH STATEMENT EXECUTE FUNCTION portico.refuse_change();
grant insert, select on portico.event to portico_service;

create table portico.event_batch (
  environment_id portico.id not null,
  id bigint generated by default as identity not null,
  partner_id portico.id not null,
  integration_id portico.id not null,
  received_at timestamp with time zone not null,
  ingested_at timestamp with time zone default now() not null,
  accepted integer not null,
  duplicates integer not null,
  rejected integer not null,
  measured_at timestamp with time zone,
  constraint event_batch_pkey PRIMARY KEY (environment_id, id),
  constraint event_batch_accepted_check CHECK (accepted >= 0),
  constraint event_batch_duplicates_check CHECK (duplicates >= 0),
  constraint event_batch_rejected_check CHECK (rejected >= 0),
  constraint event_batch_environment_id_partner_id_integration_id_fkey FOREIGN KEY (environment_id, partner_id, integration_id) REFERENCES portico.integration(environment_id, partner_id, id)
);
CREATE INDEX event_batch_to_measure ON portico.event_batch USING btree (environment_id, id) WHERE measured_at IS NULL;
alter table portico.event_batch enable row level security;
create policy tenant on portico.event_batch for all
  using ((environment_id::text = (( SELECT current_setting('portico.environment_id'::text, true) AS current_setting))) IS TRUE AND ((( SELECT current_setting('portico.partner_id'::text, true) AS current_setting)) = partner_id::text OR (( SELECT current_setting('portico.partner_id'::text, true) AS current_setting)) = '*'::text))
  with check ((environment_id::text = (( SELECT current_setting('portico.environment_id'::text, true) AS current_setting))) IS TRUE AND ((( SELECT current_setting('portico.partner_id'::text, true) AS current_setting)) = partner_id::text OR (( SELECT current_setting('portico.partner_id'::text, true) AS current_setting)) = '*'::text));
grant insert, select on portico.event_batch to portico_service;
grant update (measured_at) on portico.event_batch to portico_service;

create table portico.event_key (
  environment_id portico.id not null,
  partner_id portico.id not null,
  digest uuid not null,
  constraint event_key_pkey PRIMARY KEY (environment_id, partner_id, digest)
);
alter table portico.event_key enable row level security;
create policy tenant on portico.event_key for all
  using ((environment_id::text = (( SELECT current_setting('portico.environment_id'::text, true) AS current_setting))) IS TRUE AND ((( SELECT current_setting('portico.partner_id'::text, true) AS current_setting)) = partner_id::text OR (( SELECT current_setting('portico.partner_id'::text, true) AS current_setting)) = '*'::text))
  with check ((environment_id::text = (( SELECT current_setting('portico.environment_id'::text, true) AS current_setting))) IS TRUE AND ((( SELECT current_setting('portico.partner_id'::text, true) AS current_setting)) = partner_id::text OR (( SELECT current_setting('portico.partner_id'::text, true) AS current_setting)) = '*'::text));
CREATE TRIGGER append_only BEFORE DELETE OR UPDATE ON portico.event_key FOR EACH ROW EXECUTE FUNCTION portico.refuse_change();
CREATE TRIGGER append_only_truncate BEFORE TRUNCATE ON portico.event_key FOR EACH STATEMENT EXECUTE FUNCTION portico.refuse_change();
grant insert, select on portico.event_key to portico_service;

create table portico.event_repair (
  environment_id portico.id not null,
  rejected_event_id portico.id not null,
  partner_id portico.id not null,
  integration_id portico.id not null,
  repaired_at timestamp with time zone not null,
  constraint event_repair_pkey PRIMARY KEY (environment_id, rejected_event_id),
  constraint event_repair_environment_id_partner_id_integration_id_fkey FOREIGN KEY (environment_id, partner_id, integration_id) REFERENCES portico.integration(environment_id, partner_id, id)
);
alter table portico.event_repair enable row level security;
create policy tenant on portico.event_repair for all
  using ((environment_id::text = (( SELECT current_setting('portico.environment_id'::text, true) AS current_setting))) IS TRUE AND ((( SELECT current_setting('portico.partner_id'::text, true) AS current_setting)) = partner_id::text OR (( SELECT current_setting('portico.partner_id'::text, true) AS current_setting)) = '*'::text))
  with check ((environment_id::text = (( SELECT current_setting('portico.environment_id'::text, true) AS current_setting))) IS TRUE AND ((( SELECT current_setting('portico.partner_id'::text, true) AS current_setting)) = partner_id::text OR (( SELECT current_setting('portico.partner_id'::text, true) AS current_setting)) = '*'::text));
CREATE TRIGGER append_only BEFORE DELETE OR UPDATE ON portico.event_repair FOR EACH ROW EXECUTE FUNCTION portico.refuse_change();
CREATE TRIGGER append_only_statement BEFORE DELETE OR UPDATE ON portico.event_repair FOR EACH STATEMENT EXECUTE FUNCTION portico.refuse_change();
CREATE TRIGGER append_only_truncate BEFORE TRUNCATE ON portico.event_repair FOR EACH STATEMENT EXECUTE FUNCTION portico.refuse_change();
grant insert, select on portico.event_repair to portico_service;

create table portico.event_type (
  environment_id portico.id not null,
  id portico.id not null,
  name text collate "C" not null,
  version integer not null,
  description text not null,
  data_schema jsonb not null,
  published_at timestamp with time zone not null,
  constraint event_type_pkey PRIMARY KEY (environment_id, id),
  constraint event_type_environment_id_name_version_key UNIQUE (environment_id, name, version),
  constraint event_type_data_schema_check CHECK (jsonb_typeof(data_schema) = 'object'::text),
  constraint event_type_description_check CHECK (length(btrim(description)) > 0),
  constraint event_type_name_check CHECK (name ~ '^[a-z][a-z0-9_]*(\.[a-z][a-z0-9_]*)+$'::text AND length(name) <= 100),
  constraint event_type_version_check CHECK (version >= 1),
  constraint event_type_environment_id_fkey FOREIGN KEY (environment_id) REFERENCES portico.environment(id)
);
alter table portico.event_type enable row level security;
create policy tenant on portico.event_type for all
  using ((environment_id::text = (( SELECT current_setting('portico.environment_id'::text, true) AS current_setting))) IS TRUE)
  with check ((environment_id::text = (( SELECT current_setting('portico.environment_id'::text, true) AS current_setting))) IS TRUE);
CREATE TRIGGER append_only BEFORE DELETE OR UPDATE ON portico.event_type FOR EACH ROW EXECUTE FUNCTION portico.refuse_change();
CREATE TRIGGER append_only_truncate BEFORE TRUNCATE ON portico.event_type FOR EACH STATEMENT EXECUTE FUNCTION portico.refuse_change();
grant insert, select on portico.event_type to portico_service;

create table portico.idempotency_key (
  environment_id portico.id not null,
  integration_id portico.id not null,
  key text collate "C" not null,
  partner_id portico.id not null,
  request_hash bytea not null,
  answer jsonb,
  created_at timestamp with time zone not null,
  constraint idempotency_key_pkey PRIMARY KEY (environment_id, integration_id, key),
  constraint idempotency_key_key_check CHECK (key ~ '^[\x20-\x7e]{1,255}$'::text),
  constraint idempotency_key_request_hash_check CHECK (length(request_hash) = 32),
  constraint idempotency_key_environment_id_partner_id_integration_id_fkey FOREIGN KEY (environment_id, partner_id, integration_id) REFERENCES portico.integration(environment_id, partner_id, id)
);
CREATE INDEX idempotency_key_age ON portico.idempotency_key USING btree (created_at);
CREATE INDEX idempotency_key_newest ON portico.idempotency_key USING btree (environment_id, integration_id, created_at);
alter table portico.idempotency_key enable row level security;
create policy tenant on portico.idempotency_key for all
  using ((environment_id::text = (( SELECT current_setting('portico.environment_id'::text, true) AS current_setting))) IS TRUE AND ((( SELECT current_setting('portico.partner_id'::text, true) AS current_setting)) = partner_id::text OR (( SELECT current_setting('portico.partner_id'::text, true) AS current_setting)) = '*'::text))
  with check ((environment_id::text = (( SELECT current_setting('portico.environment_id'::text, true) AS current_setting))) IS TRUE AND ((( SELECT current_setting('portico.partner_id'::text, true) AS current_setting)) = partner_id::text OR (( SELECT current_setting('portico.partner_id'::text, true) AS current_setting)) = '*'::text));
grant insert, select, update on portico.idempotency_key to portico_service;

create table portico.integration (
  environment_id portico.id not null,
  id portico.id not null,
  partner_id portico.id not null,
  name text not null,
  category text not null,
  status text default 'ACTIVE'::text not null,
  scopes text[] default '{}'::text[] not null,
  created_at timestamp with time zone not null,
  pinned_version text collate "C",
  pinned_at timestamp with time zone,
  constraint integration_pkey PRIMARY KEY (environment_id, id),
  constraint integration_environment_id_partner_id_id_key UNIQUE (environment_id, partner_id, id),
  constraint integration_category_check CHECK (category = ANY (ARRAY['CHECKOUT'::text, 'SHIPPING'::text, 'REVIEWS'::text, 'RECOMMENDATIONS'::text, 'SUPPORT_DESK'::text, 'LOYALTY'::text])),
  constraint integration_check CHECK ((pinned_version IS NULL) = (pinned_at IS NULL)),
  constraint integration_pinned_version_check CHECK (pinned_version ~ '^([0-9]{4}-(01|04|07|10)|unstable)$'::text),
  constraint integration_status_check CHECK (status = ANY (ARRAY['ACTIVE'::text, 'SUSPENDED'::text])),
  constraint integration_environment_id_partner_id_fkey FOREIGN KEY (environment_id, partner_id) REFERENCES portico.partner(environment_id, id)
);
CREATE INDEX integration_by_age ON portico.integration USING btree (environment_id, partner_id, created_at, id);
CREATE INDEX integration_by_name ON portico.integration USING btree (environment_id, partner_id, name COLLATE "C", id);
CREATE UNIQUE INDEX integration_client_id ON portico.integration USING btree (id);
alter table portico.integration enable row level security;
create policy tenant on portico.integration for all
  using ((environment_id::text = (( SELECT current_setting('portico.environment_id'::text, true) AS current_setting))) IS TRUE AND ((( SELECT current_setting('portico.partner_id'::text, true) AS current_setting)) = partner_id::text OR (( SELECT current_setting('portico.partner_id'::text, true) AS current_setting)) = '*'::text))
  with check ((environment_id::text = (( SELECT current_setting('portico.environment_id'::text, true) AS current_setting))) IS TRUE AND ((( SELECT current_setting('portico.partner_id'::text, true) AS current_setting)) = partner_id::text OR (( SELECT current_setting('portico.partner_id'::text, true) AS current_setting)) = '*'::text));
grant insert, select, update on portico.integration to portico_service;

create table portico.journey (
  environment_id portico.id not null,
  id portico.id not null,
  "position" integer not null,
  title text not null,
  description text not null,
  constraint journey_pkey PRIMARY KEY (environment_id, id),
  constraint journey_environment_id_position_key UNIQUE (environment_id, "position"),
  constraint journey_position_check CHECK ("position" >= 1),
  constraint journey_environment_id_fkey FOREIGN KEY (environment_id) REFERENCES portico.environment(id)
);
alter table portico.journey enable row level security;
create policy tenant on portico.journey for all
  using ((environment_id::text = (( SELECT current_setting('portico.environment_id'::text, true) AS current_setting))) IS TRUE)
  with check ((environment_id::text = (( SELECT current_setting('portico.environment_id'::text, true) AS current_setting))) IS TRUE);
grant insert, select, update on portico.journey to portico_service;

create table portico.limit_policy (
  id bigint generated always as identity not null,
  subject_kind text not null,
  subject text not null,
  environment_kind text not null,
  capacity integer,
  refill_per_second integer,
  max_operation_cost integer,
  concurrency integer,
  starts_at timestamp with time zone not null,
  shadow_until timestamp with time zone,
  decided_by text not null,
  reason text not null,
  constraint limit_policy_pkey PRIMARY KEY (id),
  constraint limit_policy_capacity_check CHECK (capacity >= 1 AND capacity <= 1000000),
  constraint limit_policy_check CHECK (max_operation_cost >= 1 AND max_operation_cost <= capacity),
  constraint limit_policy_check1 CHECK (shadow_until > starts_at),
  constraint limit_policy_check2 CHECK (num_nulls(capacity, refill_per_second, max_operation_cost, concurrency) = ANY (ARRAY[0, 4])),
  constraint limit_policy_check3 CHECK (subject_kind <> 'TIER'::text OR capacity IS NOT NULL),
  constraint limit_policy_concurrency_check CHECK (concurrency >= 1 AND concurrency <= 10000),
  constraint limit_policy_decided_by_check CHECK (length(btrim(decided_by)) >= 1 AND length(btrim(decided_by)) <= 200),
  constraint limit_policy_environment_kind_check CHECK (environment_kind = ANY (ARRAY['BOTH'::text, 'LIVE'::text, 'SANDBOX'::text])),
  constraint limit_policy_reason_check CHECK (length(btrim(reason)) >= 1 AND length(btrim(reason)) <= 500),
  constraint limit_policy_refill_per_second_check CHECK (refill_per_second >= 1 AND refill_per_second <= 1000000),
  constraint limit_policy_subject_kind_check CHECK (subject_kind = ANY (ARRAY['TIER'::text, 'PARTNER'::text, 'INTEGRATION'::text]))
);
CREATE INDEX limit_policy_subject ON portico.limit_policy USING btree (subject_kind, subject, environment_kind, id);
CREATE TRIGGER append_only BEFORE DELETE OR UPDATE ON portico.limit_policy FOR EACH ROW EXECUTE FUNCTION portico.refuse_change();
CREATE TRIGGER append_only_truncate BEFORE TRUNCATE ON portico.limit_policy FOR EACH STATEMENT EXECUTE FUNCTION portico.refuse_change();
grant insert, select on portico.limit_policy to portico_service;

create table portico.member (
  environment_id portico.id not null,
  id portico.id not null,
  partner_id portico.id not null,
  name text not null,
  email text not null,
  role text not null,
  joined_at timestamp with time zone not null,
  constraint member_pkey PRIMARY KEY (environment_id, id),
  constraint member_environment_id_partner_id_email_key UNIQUE (environment_id, partner_id, email),
  constraint member_role_check CHECK (role = ANY (ARRAY['OWNER'::text, 'DEVELOPER'::text, 'ANALYST'::text, 'FINANCE'::text])),
  constraint member_environment_id_partner_id_fkey FOREIGN KEY (environment_id, partner_id) REFERENCES portico.partner(environment_id, id)
);
alter table portico.member enable row level security;
create policy tenant on portico.member for all
  using ((environment_id::text = (( SELECT current_setting('portico.environment_id'::text, true) AS current_setting))) IS TRUE AND ((( SELECT current_setting('portico.partner_id'::text, true) AS current_setting)) = partner_id::text OR (( SELECT current_setting('portico.partner_id'::text, true) AS current_setting)) = '*'::text))
  with check ((environment_id::text = (( SELECT current_setting('portico.environment_id'::text, true) AS current_setting))) IS TRUE AND ((( SELECT current_setting('portico.partner_id'::text, true) AS current_setting)) = partner_id::text OR (( SELECT current_setting('portico.partner_id'::text, true) AS current_setting)) = '*'::text));
grant delete, insert, select, update on portico.member to portico_service;

create table portico.metric (
  environment_id portico.id not null,
  id portico.id not null,
  name text collate "C" not null,
  version integer not null,
  title text not null,
  description text not null,
  pack text collate "C",
  unit text not null,
  polarity text not null,
  kind text not null,
  aggregate text not null,
  scale numeric default 1 not null,
  minimum_count integer not null,
  defined_at timestamp with time zone not null,
  constraint metric_pkey PRIMARY KEY (environment_id, id),
  constraint metric_environment_id_name_version_key UNIQUE (environment_id, name, version),
  constraint metric_aggregate_check CHECK (aggregate = ANY (ARRAY['COUNT'::text, 'SUM'::text, 'DISTINCT'::text, 'MEAN'::text, 'RATIO'::text])),
  constraint metric_description_check CHECK (length(btrim(description)) > 0),
  constraint metric_kind_check CHECK (kind = ANY (ARRAY['LEADING'::text, 'LAGGING'::text, 'GUARDRAIL'::text, 'ACTIVITY'::text])),
  constraint metric_minimum_count_check CHECK (minimum_count >= 1),
  constraint metric_name_check CHECK (name ~ '^[a-z][a-z0-9_]{1,59}$'::text),
  constraint metric_polarity_check CHECK (polarity = ANY (ARRAY['HIGHER_IS_BETTER'::text, 'LOWER_IS_BETTER'::text])),
  constraint metric_scale_check CHECK (scale > 0::numeric),
  constraint metric_version_check CHECK (version >= 1),
  constraint metric_environment_id_fkey FOREIGN KEY (environment_id) REFERENCES portico.environment(id)
);
alter table portico.metric enable row level security;
create policy tenant on portico.metric for all
  using ((environment_id::text = (( SELECT current_setting('portico.environment_id'::text, true) AS current_setting))) IS TRUE)
  with check ((environment_id::text = (( SELECT current_setting('portico.environment_id'::text, true) AS current_setting))) IS TRUE);
CREATE TRIGGER append_only BEFORE DELETE OR UPDATE ON portico.metric FOR EACH ROW EXECUTE FUNCTION portico.refuse_change();
CREATE TRIGGER append_only_truncate BEFORE TRUNCATE ON portico.metric FOR EACH STATEMENT EXECUTE FUNCTION portico.refuse_change();
grant insert, select on portico.metric to portico_service;

create table portico.metric_measure (
  environment_id portico.id not null,
  metric_id portico.id not null,
  role text not null,
  event_type text collate "C" not null,
  operation text not null,
  field text[],
  condition jsonb,
  constraint metric_measure_pkey PRIMARY KEY (environment_id, metric_id, role),
  constraint metric_measure_check CHECK ((operation = 'COUNT'::text) = (field IS NULL)),
  constraint metric_measure_condition_check CHECK (jsonb_typeof(condition) = 'object'::text),
  constraint metric_measure_field_check CHECK (cardinality(field) >= 1),
  constraint metric_measure_operation_check CHECK (operation = ANY (ARRAY['COUNT'::text, 'SUM'::text, 'DISTINCT'::text])),
  constraint metric_measure_role_check CHECK (role = ANY (ARRAY['NUMERATOR'::text, 'DENOMINATOR'::text])),
  constraint metric_measure_environment_id_metric_id_fkey FOREIGN KEY (environment_id, metric_id) REFERENCES portico.metric(environment_id, id)
);
CREATE INDEX metric_measure_by_type ON portico.metric_measure USING btree (environment_id, event_type);
alter table portico.metric_measure enable row level security;
create policy tenant on portico.metric_measure for all
  using ((environment_id::text = (( SELECT current_setting('portico.environment_id'::text, true) AS current_setting))) IS TRUE)
  with check ((environment_id::text = (( SELECT current_setting('portico.environment_id'::text, true) AS current_setting))) IS TRUE);
CREATE TRIGGER append_only BEFORE DELETE OR UPDATE ON portico.metric_measure FOR EACH ROW EXECUTE FUNCTION portico.refuse_change();
CREATE TRIGGER append_only_truncate BEFORE TRUNCATE ON portico.metric_measure FOR EACH STATEMENT EXECUTE FUNCTION portico.refuse_change();
grant insert, select on portico.metric_measure to portico_service;

create table portico.metric_member (
  environment_id portico.id not null,
  partner_id portico.id not null,
  integration_id portico.id not null,
  metric_id portico.id not null,
  role text not null,
  grain text collate "C" not null,
  starts_on date not null,
  digest uuid not null,
  constraint metric_member_pkey PRIMARY KEY (environment_id, partner_id, integration_id, metric_id, role, grain, starts_on, digest),
  constraint metric_member_grain_check CHECK (grain = ANY (ARRAY['DAY'::text, 'MONTH'::text, 'QUARTER'::text])),
  constraint metric_member_role_check CHECK (role = ANY (ARRAY['NUMERATOR'::text, 'DENOMINATOR'::text]))
);
alter table portico.metric_member enable row level security;
create policy tenant on portico.metric_member for all
  using ((environment_id::text = (( SELECT current_setting('portico.environment_id'::text, true) AS current_setting))) IS TRUE AND ((( SELECT current_setting('portico.partner_id'::text, true) AS current_setting)) = partner_id::text OR (( SELECT current_setting('portico.partner_id'::text, true) AS current_setting)) = '*'::text))
  with check ((environment_id::text = (( SELECT current_setting('portico.environment_id'::text, true) AS current_setting))) IS TRUE AND ((( SELECT current_setting('portico.partner_id'::text, true) AS current_setting)) = partner_id::text OR (( SELECT current_setting('portico.partner_id'::text, true) AS current_setting)) = '*'::text));
grant delete, insert, select on portico.metric_member to portico_service;

create table portico.metric_rollup (
  environment_id portico.id not null,
  partner_id portico.id not null,
  integration_id portico.id not null,
  metric_id portico.id not null,
  grain text collate "C" not null,
  starts_on date not null,
  numerator numeric default 0 not null,
  denominator numeric default 0 not null,
  numerator_events bigint default 0 not null,
  denominator_events bigint default 0 not null,
  first_occurred_at timestamp with time zone not null,
  last_occurred_at timestamp with time zone not null,
  constraint metric_rollup_pkey PRIMARY KEY (environment_id, partner_id, integration_id, metric_id, grain, starts_on),
  constraint metric_rollup_grain_check CHECK (grain = ANY (ARRAY['DAY'::text, 'MONTH'::text, 'QUARTER'::text])),
  constraint metric_rollup_environment_id_metric_id_fkey FOREIGN KEY (environment_id, metric_id) REFERENCES portico.metric(environment_id, id),
  constraint metric_rollup_environment_id_partner_id_integration_id_fkey FOREIGN KEY (environment_id, partner_id, integration_id) REFERENCES portico.integration(environment_id, partner_id, id)
);
CREATE INDEX metric_rollup_of_metric ON portico.metric_rollup USING btree (environment_id, partner_id, metric_id, grain, starts_on, integration_id);
alter table portico.metric_rollup enable row level security;
create policy tenant on portico.metric_rollup for all
  using ((environment_id::text = (( SELECT current_setting('portico.environment_id'::text, true) AS current_setting))) IS TRUE AND ((( SELECT current_setting('portico.partner_id'::text, true) AS current_setting)) = partner_id::text OR (( SELECT current_setting('portico.partner_id'::text, true) AS current_setting)) = '*'::text))
  with check ((environment_id::text = (( SELECT current_setting('portico.environment_id'::text, true) AS current_setting))) IS TRUE AND ((( SELECT current_setting('portico.partner_id'::text, true) AS current_setting)) = partner_id::text OR (( SELECT current_setting('portico.partner_id'::text, true) AS current_setting)) = '*'::text));
grant delete, insert, select, update on portico.metric_rollup to portico_service;

create table portico.milestone (
  environment_id portico.id not null,
  id portico.id not null,
  program_id portico.id not null,
  "position" integer not null,
  title text not null,
  user_outcome text not null,
  category text not null,
  cadence text not null,
  published_at timestamp with time zone not null,
  retired_at timestamp with time zone,
  constraint milestone_pkey PRIMARY KEY (environment_id, id),
  constraint milestone_environment_id_program_id_position_key UNIQUE (environment_id, program_id, "position"),
  constraint milestone_cadence_check CHECK (cadence = ANY (ARRAY['ONCE'::text, 'QUARTERLY'::text])),
  constraint milestone_category_check CHECK (category = ANY (ARRAY['ONBOARDING'::text, 'OUTCOME'::text, 'RELIABILITY'::text, 'DATA_QUALITY'::text])),
  constraint milestone_user_outcome_check CHECK (length(btrim(user_outcome)) > 0),
  constraint milestone_environment_id_program_id_fkey FOREIGN KEY (environment_id, program_id) REFERENCES portico.program(environment_id, id)
);
alter table portico.milestone enable row level security;
create policy tenant on portico.milestone for all
  using ((environment_id::text = (( SELECT current_setting('portico.environment_id'::text, true) AS current_setting))) IS TRUE)
  with check ((environment_id::text = (( SELECT current_setting('portico.environment_id'::text, true) AS current_setting))) IS TRUE);
grant insert, select, update on portico.milestone to portico_service;

create table portico.milestone_dependency (
  environment_id portico.id not null,
  milestone_id portico.id not null,
  depends_on_id portico.id not null,
  constraint milestone_dependency_pkey PRIMARY KEY (environment_id, milestone_id, depends_on_id),
  constraint milestone_dependency_check CHECK (depends_on_id::text <> milestone_id::text),
  constraint milestone_dependency_environment_id_depends_on_id_fkey FOREIGN KEY (environment_id, depends_on_id) REFERENCES portico.milestone(environment_id, id),
  constraint milestone_dependency_environment_id_milestone_id_fkey FOREIGN KEY (environment_id, milestone_id) REFERENCES portico.milestone(environment_id, id)
);
CREATE INDEX milestone_dependency_unlocks ON portico.milestone_dependency USING btree (environment_id, depends_on_id, milestone_id);
alter table portico.milestone_dependency enable row level security;
create policy tenant on portico.milestone_dependency for all
  using ((environment_id::text = (( SELECT current_setting('portico.environment_id'::text, true) AS current_setting))) IS TRUE)
  with check ((environment_id::text = (( SELECT current_setting('portico.environment_id'::text, true) AS current_setting))) IS TRUE);
grant delete, insert, select on portico.milestone_dependency to portico_service;

create table portico.milestone_progress (
  environment_id portico.id not null,
  id portico.id not null,
  partner_id portico.id not null,
  integration_id portico.id not null,
  milestone_id portico.id not null,
  period text collate "C" not null,
  state text not null,
  percent_complete integer not null,
  opened_at timestamp with time zone,
  reached_at timestamp with time zone,
  confirmed_at timestamp with time zone,
  updated_at timestamp with time zone not null,
  constraint milestone_progress_pkey PRIMARY KEY (environment_id, id),
  constraint milestone_progress_environment_id_partner_id_id_key UNIQUE (environment_id, partner_id, id),
  constraint milestone_progress_environment_id_partner_id_integration_id_key UNIQUE (environment_id, partner_id, integration_id, milestone_id, period),
  constraint milestone_progress_percent_complete_check CHECK (percent_complete >= 0 AND percent_complete <= 100),
  constraint milestone_progress_period_check CHECK (period ~ '^([0-9]{4}-Q[1-4]|ONCE)$'::text),
  constraint milestone_progress_state_check CHECK (state = ANY (ARRAY['LOCKED'::text, 'OPEN'::text, 'IN_PROGRESS'::text, 'PROVISIONAL'::text, 'CONFIRMED'::text, 'REWARDED'::text, 'DISPUTED'::text, 'REVERSED'::text])),
  constraint milestone_progress_environment_id_milestone_id_fkey FOREIGN KEY (environment_id, milestone_id) REFERENCES portico.milestone(environment_id, id),
  constraint milestone_progress_environment_id_partner_id_integration_i_fkey FOREIGN KEY (environment_id, partner_id, integration_id) REFERENCES portico.integration(environment_id, partner_id, id)
);
CREATE INDEX milestone_progress_of_integration ON portico.milestone_progress USING btree (environment_id, partner_id, integration_id, period DESC, id);
CREATE INDEX milestone_progress_of_milestone ON portico.milestone_progress USING btree (environment_id, partner_id, milestone_id, period DESC, id);
CREATE INDEX milestone_progress_of_partner ON portico.milestone_progress USING btree (environment_id, partner_id, period DESC, id);
alter table portico.milestone_progress enable row level security;
create policy tenant on portico.milestone_progress for all
  using ((environment_id::text = (( SELECT current_setting('portico.environment_id'::text, true) AS current_setting))) IS TRUE AND ((( SELECT current_setting('portico.partner_id'::text, true) AS current_setting)) = partner_id::text OR (( SELECT current_setting('portico.partner_id'::text, true) AS current_setting)) = '*'::text))
  with check ((environment_id::text = (( SELECT current_setting('portico.environment_id'::text, true) AS current_setting))) IS TRUE AND ((( SELECT current_setting('portico.partner_id'::text, true) AS current_setting)) = partner_id::text OR (( SELECT current_setting('portico.partner_id'::text, true) AS current_setting)) = '*'::text));
grant insert, select, update on portico.milestone_progress to portico_service;

create table portico.partner (
  environment_id portico.id not null,
  id portico.id not null,
  name text not null,
  website text,
  tier text default 'HARBOUR'::text not null,
  status text default 'ACTIVE'::text not null,
  joined_at timestamp with time zone not null,
  constraint partner_pkey PRIMARY KEY (environment_id, id),
  constraint partner_status_check CHECK (status = ANY (ARRAY['ACTIVE'::text, 'SUSPENDED'::text])),
  constraint partner_environment_id_fkey FOREIGN KEY (environment_id) REFERENCES portico.environment(id)
);
alter table portico.partner enable row level security;
create policy tenant on portico.partner for all
  using ((environment_id::text = (( SELECT current_setting('portico.environment_id'::text, true) AS current_setting))) IS TRUE AND ((( SELECT current_setting('portico.partner_id'::text, true) AS current_setting)) = id::text OR (( SELECT current_setting('portico.partner_id'::text, true) AS current_setting)) = '*'::text))
  with check ((environment_id::text = (( SELECT current_setting('portico.environment_id'::text, true) AS current_setting))) IS TRUE AND ((( SELECT current_setting('portico.partner_id'::text, true) AS current_setting)) = id::text OR (( SELECT current_setting('portico.partner_id'::text, true) AS current_setting)) = '*'::text));
grant insert, select, update on portico.partner to portico_service;

create table portico.portico_migration (
  id integer generated always as identity not null,
  "timestamp" bigint not null,
  name text not null,
  checksum text default current_setting('portico.migration_checksum'::text) not null,
  applied_at timestamp with time zone default now() not null,
  constraint portico_migration_pkey PRIMARY KEY (id),
  constraint portico_migration_name_key UNIQUE (name)
);
grant select on portico.portico_migration to portico_service;

create table portico.program (
  environment_id portico.id not null,
  id portico.id not null,
  name text not null,
  description text not null,
  constraint program_pkey PRIMARY KEY (environment_id, id),
  constraint program_environment_id_fkey FOREIGN KEY (environment_id) REFERENCES portico.environment(id)
);
CREATE UNIQUE INDEX program_one ON portico.program USING btree (environment_id);
alter table portico.program enable row level security;
create policy tenant on portico.program for all
  using ((environment_id::text = (( SELECT current_setting('portico.environment_id'::text, true) AS current_setting))) IS TRUE)
  with check ((environment_id::text = (( SELECT current_setting('portico.environment_id'::text, true) AS current_setting))) IS TRUE);
grant insert, select, update on portico.program to portico_service;

create table portico.rejected_event (
  environment_id portico.id not null,
  id portico.id not null,
  partner_id portico.id not null,
  integration_id portico.id not null,
  batch_id bigint not null,
  "position" bigint not null,
  source text,
  event_id text,
  type text,
  code text not null,
  path text not null,
  reason text not null,
  payload text,
  received_at timestamp with time zone not null,
  ingested_at timestamp with time zone not null,
  constraint rejected_event_pkey PRIMARY KEY (environment_id, id, ingested_at),
  constraint rejected_event_code_check CHECK (code = ANY (ARRAY['MALFORMED'::text, 'TOO_LARGE'::text, 'UNKNOWN_TYPE'::text, 'INVALID_DATA'::text, 'FUTURE'::text, 'TOO_OLD'::text]))
) partition by range (ingested_at);
CREATE INDEX rejected_event_newest ON ONLY portico.rejected_event USING btree (environment_id, partner_id, received_at DESC, id);
alter table portico.rejected_event enable row level security;
create policy tenant on portico.rejected_event for all
  using ((environment_id::text = (( SELECT current_setting('portico.environment_id'::text, true) AS current_setting))) IS TRUE AND ((( SELECT current_setting('portico.partner_id'::text, true) AS current_setting)) = partner_id::text OR (( SELECT current_setting('portico.partner_id'::text, true) AS current_setting)) = '*'::text))
  with check ((environment_id::text = (( SELECT current_setting('portico.environment_id'::text, true) AS current_setting))) IS TRUE AND ((( SELECT current_setting('portico.partner_id'::text, true) AS current_setting)) = partner_id::text OR (( SELECT current_setting('portico.partner_id'::text, true) AS current_setting)) = '*'::text));
CREATE TRIGGER append_only BEFORE DELETE OR UPDATE ON portico.rejected_event FOR EACH ROW EXECUTE FUNCTION portico.refuse_change();
CREATE TRIGGER append_only_truncate BEFORE TRUNCATE ON portico.rejected_event FOR EACH STATEMENT EXECUTE FUNCTION portico.refuse_change();
grant insert, select on portico.rejected_event to portico_service;

create table portico.request_log (
  environment_id portico.id not null,
  id portico.id not null,
  partner_id portico.id not null,
  integration_id portico.id not null,
  received_at timestamp with time zone not null,
  api_version text not null,
  operation_kind text,
  operation_name text,
  document_hash text,
  status integer not null,
  error_codes text[] default '{}'::text[] not null,
  object_count integer default 0 not null,
  duration_ms real not null,
  requested_cost integer,
  refunded_cost integer,
  constraint request_log_pkey PRIMARY KEY (environment_id, id),
  constraint request_log_operation_kind_check CHECK (operation_kind = ANY (ARRAY['QUERY'::text, 'MUTATION'::text])),
  constraint request_log_refunded_cost_check CHECK (refunded_cost >= 0),
  constraint request_log_requested_cost_check CHECK (requested_cost >= 0)
);
CREATE INDEX request_log_age ON portico.request_log USING btree (received_at);
CREATE INDEX request_log_charges ON portico.request_log USING btree (environment_id, integration_id, received_at DESC, id) WHERE requested_cost IS NOT NULL;
CREATE INDEX request_log_newest ON portico.request_log USING btree (environment_id, integration_id, received_at DESC, id);
alter table portico.request_log enable row level security;
create policy append on portico.request_log for insert
  with check (true);
create policy tenant on portico.request_log for all
  using ((environment_id::text = (( SELECT current_setting('portico.environment_id'::text, true) AS current_setting))) IS TRUE AND ((( SELECT current_setting('portico.partner_id'::text, true) AS current_setting)) = partner_id::text OR (( SELECT current_setting('portico.partner_id'::text, true) AS current_setting)) = '*'::text))
  with check ((environment_id::text = (( SELECT current_setting('portico.environment_id'::text, true) AS current_setting))) IS TRUE AND ((( SELECT current_setting('portico.partner_id'::text, true) AS current_setting)) = partner_id::text OR (( SELECT current_setting('portico.partner_id'::text, true) AS current_setting)) = '*'::text));
grant insert, select on portico.request_log to portico_service;

create table portico.revoked_token (
  environment_id portico.id not null,
  token_id text collate "C" not null,
  partner_id portico.id not null,
  expires_at timestamp with time zone not null,
  constraint revoked_token_pkey PRIMARY KEY (environment_id, token_id),
  constraint revoked_token_environment_id_fkey FOREIGN KEY (environment_id) REFERENCES portico.environment(id)
);
alter table portico.revoked_token enable row level security;
create policy tenant on portico.revoked_token for all
  using ((environment_id::text = (( SELECT current_setting('portico.environment_id'::text, true) AS current_setting))) IS TRUE AND ((( SELECT current_setting('portico.partner_id'::text, true) AS current_setting)) = partner_id::text OR (( SELECT current_setting('portico.partner_id'::text, true) AS current_setting)) = '*'::text))
  with check ((environment_id::text = (( SELECT current_setting('portico.environment_id'::text, true) AS current_setting))) IS TRUE AND ((( SELECT current_setting('portico.partner_id'::text, true) AS current_setting)) = partner_id::text OR (( SELECT current_setting('portico.partner_id'::text, true) AS current_setting)) = '*'::text));
grant delete, insert, select on portico.revoked_token to portico_service;

create table portico.reward (
  environment_id portico.id not null,
  id portico.id not null,
  milestone_id portico.id not null,
  kind text not null,
  title text not null,
  description text not null,
  amount_minor bigint,
  currency text,
  lasts_days integer,
  constraint reward_pkey PRIMARY KEY (environment_id, id),
  constraint reward_amount_minor_check CHECK (amount_minor > 0),
  constraint reward_check CHECK ((kind = 'FINANCIAL'::text) = (amount_minor IS NOT NULL)),
  constraint reward_check1 CHECK ((amount_minor IS NULL) = (currency IS NULL)),
  constraint reward_currency_check CHECK (currency ~ '^[A-Z]{3}$'::text),
  constraint reward_kind_check CHECK (kind = ANY (ARRAY['FINANCIAL'::text, 'REPUTATIONAL'::text, 'CAPABILITY'::text])),
  constraint reward_lasts_days_check CHECK (lasts_days > 0),
  constraint reward_environment_id_milestone_id_fkey FOREIGN KEY (environment_id, milestone_id) REFERENCES portico.milestone(environment_id, id)
);
CREATE UNIQUE INDEX reward_one ON portico.reward USING btree (environment_id, milestone_id);
alter table portico.reward enable row level security;
create policy tenant on portico.reward for all
  using ((environment_id::text = (( SELECT current_setting('portico.environment_id'::text, true) AS current_setting))) IS TRUE)
  with check ((environment_id::text = (( SELECT current_setting('portico.environment_id'::text, true) AS current_setting))) IS TRUE);
grant insert, select, update on portico.reward to portico_service;

create table portico.roadmap_item (
  environment_id portico.id not null,
  id portico.id not null,
  program_id portico.id not null,
  title text not null,
  user_outcome text not null,
  criteria_summary text not null,
  reward_kind text not null,
  announced_on date,
  opens_on date not null,
  closes_on date,
  constraint roadmap_item_pkey PRIMARY KEY (environment_id, id),
  constraint roadmap_item_check CHECK (announced_on <= opens_on AND opens_on < closes_on),
  constraint roadmap_item_reward_kind_check CHECK (reward_kind = ANY (ARRAY['FINANCIAL'::text, 'REPUTATIONAL'::text, 'CAPABILITY'::text])),
  constraint roadmap_item_user_outcome_check CHECK (length(btrim(user_outcome)) > 0),
  constraint roadmap_item_environment_id_program_id_fkey FOREIGN KEY (environment_id, program_id) REFERENCES portico.program(environment_id, id)
);
CREATE INDEX roadmap_item_order ON portico.roadmap_item USING btree (environment_id, program_id, opens_on, id);
alter table portico.roadmap_item enable row level security;
create policy tenant on portico.roadmap_item for all
  using ((environment_id::text = (( SELECT current_setting('portico.environment_id'::text, true) AS current_setting))) IS TRUE)
  with check ((environment_id::text = (( SELECT current_setting('portico.environment_id'::text, true) AS current_setting))) IS TRUE);
grant insert, select, update on portico.roadmap_item to portico_service;

create table portico.staff (
  id portico.id not null,
  name text not null,
  email text not null,
  status text default 'ACTIVE'::text not null,
  created_at timestamp with time zone not null,
  constraint staff_pkey PRIMARY KEY (id),
  constraint staff_email_key UNIQUE (email),
  constraint staff_status_check CHECK (status = ANY (ARRAY['ACTIVE'::text, 'SUSPENDED'::text]))
);
grant insert, select, update on portico.staff to portico_service;

create table portico.staff_credential (
  id portico.id not null,
  staff_id portico.id not null,
  secret_hmac bytea not null,
  salt bytea not null,
  secret_prefix text not null,
  created_at timestamp with time zone not null,
  expires_at timestamp with time zone,
  revoked_at timestamp with time zone,
  constraint staff_credential_pkey PRIMARY KEY (id),
  constraint staff_credential_salt_check CHECK (length(salt) >= 16),
  constraint staff_credential_secret_hmac_check CHECK (length(secret_hmac) = 32),
  constraint staff_credential_staff_id_fkey FOREIGN KEY (staff_id) REFERENCES portico.staff(id)
);
CREATE INDEX staff_credential_by_staff ON portico.staff_credential USING btree (staff_id);
grant insert, select, update on portico.staff_credential to portico_service;

create table portico.staff_revoked_token (
  token_id text collate "C" not null,
  expires_at timestamp with time zone not null,
  constraint staff_revoked_token_pkey PRIMARY KEY (token_id)
);
grant delete, insert, select on portico.staff_revoked_token to portico_service;

create table portico.staff_role (
  staff_id portico.id not null,
  role text not null,
  constraint staff_role_pkey PRIMARY KEY (staff_id, role),
  constraint staff_role_role_check CHECK (role = ANY (ARRAY['API_STEWARD'::text, 'PROGRAM_MANAGER'::text, 'PRIVACY_OFFICER'::text, 'FINANCE'::text, 'SUPPORT'::text, 'AUDITOR'::text])),
  constraint staff_role_staff_id_fkey FOREIGN KEY (staff_id) REFERENCES portico.staff(id)
);
grant delete, insert, select on portico.staff_role to portico_service;

create table portico.tier (
  environment_id portico.id not null,
  id portico.id not null,
  program_id portico.id not null,
  code text not null,
  name text not null,
  description text not null,
  rank integer not null,
  constraint tier_pkey PRIMARY KEY (environment_id, id),
  constraint tier_environment_id_code_key UNIQUE (environment_id, code),
  constraint tier_environment_id_program_id_rank_key UNIQUE (environment_id, program_id, rank),
  constraint tier_rank_check CHECK (rank >= 1),
  constraint tier_environment_id_program_id_fkey FOREIGN KEY (environment_id, program_id) REFERENCES portico.program(environment_id, id)
);
alter table portico.tier enable row level security;
create policy tenant on portico.tier for all
  using ((environment_id::text = (( SELECT current_setting('portico.environment_id'::text, true) AS current_setting))) IS TRUE)
  with check ((environment_id::text = (( SELECT current_setting('portico.environment_id'::text, true) AS current_setting))) IS TRUE);
grant insert, select, update on portico.tier to portico_service;

create table portico.touchpoint (
  environment_id portico.id not null,
  id portico.id not null,
  journey_id portico.id not null,
  "position" integer not null,
  title text not null,
  description text not null,
  constraint touchpoint_pkey PRIMARY KEY (environment_id, id),
  constraint touchpoint_environment_id_journey_id_position_key UNIQUE (environment_id, journey_id, "position"),
  constraint touchpoint_position_check CHECK ("position" >= 1),
  constraint touchpoint_environment_id_journey_id_fkey FOREIGN KEY (environment_id, journey_id) REFERENCES portico.journey(environment_id, id)
);
alter table portico.touchpoint enable row level security;
create policy tenant on portico.touchpoint for all
  using ((environment_id::text = (( SELECT current_setting('portico.environment_id'::text, true) AS current_setting))) IS TRUE)
  with check ((environment_id::text = (( SELECT current_setting('portico.environment_id'::text, true) AS current_setting))) IS TRUE);
CREATE CONSTRAINT TRIGGER require_metric AFTER INSERT ON portico.touchpoint DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION portico.require_touchpoint_metric();
grant delete, insert, select, update on portico.touchpoint to portico_service;

create table portico.touchpoint_category (
  environment_id portico.id not null,
  touchpoint_id portico.id not null,
  category text not null,
  constraint touchpoint_category_pkey PRIMARY KEY (environment_id, touchpoint_id, category),
  constraint touchpoint_category_category_check CHECK (category = ANY (ARRAY['CHECKOUT'::text, 'SHIPPING'::text, 'REVIEWS'::text, 'RECOMMENDATIONS'::text, 'SUPPORT_DESK'::text, 'LOYALTY'::text])),
  constraint touchpoint_category_environment_id_touchpoint_id_fkey FOREIGN KEY (environment_id, touchpoint_id) REFERENCES portico.touchpoint(environment_id, id) ON DELETE CASCADE
);
alter table portico.touchpoint_category enable row level security;
create policy tenant on portico.touchpoint_category for all
  using ((environment_id::text = (( SELECT current_setting('portico.environment_id'::text, true) AS current_setting))) IS TRUE)
  with check ((environment_id::text = (( SELECT current_setting('portico.environment_id'::text, true) AS current_setting))) IS TRUE);
grant delete, insert, select on portico.touchpoint_category to portico_service;

create table portico.touchpoint_metric (
  environment_id portico.id not null,
  touchpoint_id portico.id not null,
  metric_id portico.id not null,
  constraint touchpoint_metric_pkey PRIMARY KEY (environment_id, touchpoint_id, metric_id),
  constraint touchpoint_metric_environment_id_metric_id_fkey FOREIGN KEY (environment_id, metric_id) REFERENCES portico.metric(environment_id, id),
  constraint touchpoint_metric_environment_id_touchpoint_id_fkey FOREIGN KEY (environment_id, touchpoint_id) REFERENCES portico.touchpoint(environment_id, id) ON DELETE CASCADE
);
CREATE INDEX touchpoint_metric_of_metric ON portico.touchpoint_metric USING btree (environment_id, metric_id, touchpoint_id);
alter table portico.touchpoint_metric enable row level security;
create policy tenant on portico.touchpoint_metric for all
  using ((environment_id::text = (( SELECT current_setting('portico.environment_id'::text, true) AS current_setting))) IS TRUE)
  with check ((environment_id::text = (( SELECT current_setting('portico.environment_id'::text, true) AS current_setting))) IS TRUE);
CREATE CONSTRAINT TRIGGER require_metric AFTER DELETE ON portico.touchpoint_metric DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION portico.require_touchpoint_metric();
grant delete, insert, select on portico.touchpoint_metric to portico_service;
