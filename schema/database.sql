-- The database's shape. Generated from the migrations by `npm run schema:write` and compared by
-- `npm run schema:check`: read it in reviews, change it by a new file in migrations/.

create schema portico;
grant usage on schema portico to portico_service;

create domain portico.id as text collate "C"
  constraint id_check CHECK (VALUE ~ '^[a-z]{3}_[0-9a-z_]+$'::text AND octet_length(VALUE) <= 64);

CREATE OR REPLACE FUNCTION portico.canonical_entry(entry portico.access_entry)
 RETURNS text
 LANGUAGE sql
 STABLE PARALLEL SAFE
RETURN (((((((((((((((((((((((((((('{"at":"'::text || to_char(((entry).at AT TIME ZONE 'UTC'::text), 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"'::text)) || '","decision":'::text) || to_json((entry).decision)) || ',"environment":'::text) || to_json(((entry).environment_id)::text)) || ',"fields":'::text) || array_to_json((entry).fields)) || ',"grant":'::text) || to_json(((entry).grant_id)::text)) || ',"grantVersion":'::text) || (entry).grant_version) || ',"id":'::text) || to_json(((entry).id)::text)) || ',"integration":'::text) || to_json(((entry).integration_id)::text)) || ',"partner":'::text) || to_json(((entry).partner_id)::text)) || ',"purpose":'::text) || to_json((entry).purpose)) || ',"recordCount":'::text) || (entry).record_count) || ',"recordedAt":"'::text) || to_char(((entry).recorded_at AT TIME ZONE 'UTC'::text), 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"'::text)) || '","request":'::text) || to_json((entry).request_id)) || ',"subject":'::text) || to_json((entry).subject_reference)) || '}'::text);

CREATE OR REPLACE FUNCTION portico.carried_columns(tenant_table regclass)
 RETURNS TABLE(name name, expression text)
 LANGUAGE sql
 STABLE
 SET search_path TO ''
AS $function$
  select a.attname, case
    when a.attname = 'environment_id' then '$2::portico.id'
    when a.atttypid = 'portico.id'::regtype then format('portico.translated_id(%I, $3, $4)::portico.id', a.attname)
    when a.atttypid = 'portico.id[]'::regtype then format('array(select portico.translated_id(i, $3, $4)::portico.id from unnest(%I) with ordinality as u (i, n) order by n)', a.attname)
    else quote_ident(a.attname)
  end
  from pg_catalog.pg_attribute a
  where a.attrelid = tenant_table and a.attnum > 0 and not a.attisdropped and a.attgenerated = ''
  order by a.attnum
$function$;

CREATE OR REPLACE FUNCTION portico.claim_sandbox(claim_hash bytea, wall_now timestamp with time zone)
 RETURNS TABLE(sandbox_environment_id text, world text, size text, seed integer, client_id text, row_count bigint, started_at timestamp with time zone)
 LANGUAGE plpgsql
 SECURITY DEFINER
 SET search_path TO ''
AS $function$
declare
  claimed portico.anonymous_sandbox;
begin
  -- Its environment first, as whoever purges it does.
  perform from portico.environment e where e.id = (select a.environment_id from portico.anonymous_sandbox a where a.claim_hash = $1) for no key update;
  delete from portico.anonymous_sandbox a where a.claim_hash = $1 and a.expires_at > $2 returning * into claimed;
  if not found then
    return;
  end if;
  update portico.environment e set owner_environment_id = current_setting('portico.environment_id'), owner_partner_id = current_setting('portico.partner_id')
  where e.id = claimed.environment_id and exists (select from portico.environment l where l.id = current_setting('portico.environment_id') and l.kind = 'LIVE');
  if not found then
    raise exception 'only a partner in live claims a sandbox' using errcode = 'insufficient_privilege';
  end if;
  return query select claimed.environment_id::text, claimed.world, claimed.size, claimed.seed, claimed.client_id::text, claimed.row_count, e.born_at
    from portico.environment e where e.id = claimed.environment_id;
end $function$;
revoke all on function portico.claim_sandbox(bytea,timestamp with time zone) from public;
grant execute on function portico.claim_sandbox(bytea,timestamp with time zone) to portico_service;

CREATE OR REPLACE FUNCTION portico.client_home(client_id text)
 RETURNS TABLE(environment_id text, partner_id text)
 LANGUAGE sql
 STABLE SECURITY DEFINER
 SET search_path TO ''
AS $function$
  select i.environment_id, i.partner_id
  from portico.integration i
  join portico.environment e on e.id = i.environment_id
  join portico.partner p on p.environment_id = i.environment_id and p.id = i.partner_id
  left join portico.partner owner on owner.environment_id = e.owner_environment_id and owner.id = e.owner_partner_id
  where i.id = client_home.client_id and i.status = 'ACTIVE' and p.status = 'ACTIVE' and e.closed_at is null and owner.status is distinct from 'SUSPENDED'
$function$;
revoke all on function portico.client_home(text) from public;
grant execute on function portico.client_home(text) to portico_service;

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

CREATE OR REPLACE FUNCTION portico.consistency_path(from_size bigint, to_size bigint)
 RETURNS text[]
 LANGUAGE plpgsql
 STABLE SECURITY DEFINER
 SET search_path TO ''
AS $function$
declare
  first bigint := 0;
  rest bigint := from_size;
  size bigint := to_size;
  split bigint;
  path text[] := '{}';
begin
  while rest < size loop
    split := portico.power_below(size);
    if rest <= split then
      path := encode(portico.log_hash(first + split, size - split), 'hex') || path;
      size := split;
    else
      path := encode(portico.log_hash(first, split), 'hex') || path;
      first := first + split;
      rest := rest - split;
      size := size - split;
    end if;
  end loop;
  -- A whole tree that both share from its first leaf on is known to whoever has the smaller root.
  return case when first = 0 then path else encode(portico.log_hash(first, size), 'hex') || path end;
end $function$;
revoke all on function portico.consistency_path(bigint,bigint) from public;
grant execute on function portico.consistency_path(bigint,bigint) to portico_service;

CREATE OR REPLACE FUNCTION portico.copy_world(source_id text, target_id text)
 RETURNS bigint
 LANGUAGE plpgsql
 SECURITY DEFINER
 SET search_path TO ''
AS $function$
declare
  source portico.environment := portico.lock_sandbox(source_id);
  target portico.environment := portico.lock_sandbox(target_id);
  statement text;
  copied bigint;
begin
  if portico.world_rows(target_id) > 0 then
    raise exception '% holds a world already: a copy goes into an empty sandbox', target_id using errcode = 'object_not_in_prerequisite_state';
  end if;
  select format('with %s select %s', string_agg(format('t%s as (insert into %s (%s) overriding system value select %s from %2$s where environment_id = $1 returning 1)', n, t.tenant_table, c.names, c.expressions), ', '),
    string_agg(format('(select count(*) from t%s)', n), ' + ')) into statement
  from (select t.tenant_table, row_number() over (order by t.tenant_table::text) as n from portico.tenant_tables() t where not t.of_the_door) t
  cross join lateral (select string_agg(quote_ident(name), ', ') as names, string_agg(expression, ', ') as expressions from portico.carried_columns(t.tenant_table)) c;
  execute statement into copied using source_id, target_id, source.id_namespace, target.id_namespace;
  return copied;
end $function$;
revoke all on function portico.copy_world(text,text) from public;
grant execute on function portico.copy_world(text,text) to portico_service;

CREATE OR REPLACE FUNCTION portico.count_environment_revision()
 RETURNS trigger
 LANGUAGE plpgsql
AS $function$
begin
  new.revision := old.revision + 1;
  return new;
end $function$;

CREATE OR REPLACE FUNCTION portico.count_registry_revision()
 RETURNS trigger
 LANGUAGE plpgsql
 SECURITY DEFINER
 SET search_path TO ''
AS $function$
begin
  update portico.registry_revision set revision = revision + 1;
  notify portico_registry;
  return null;
end $function$;

CREATE OR REPLACE FUNCTION portico.duration_text(length interval)
 RETURNS text
 LANGUAGE sql
 IMMUTABLE PARALLEL SAFE
 SET "IntervalStyle" TO 'iso_8601'
RETURN (justify_hours(date_trunc('second'::text, length)))::text;

CREATE OR REPLACE FUNCTION portico.empty_sandbox(environment_id text, with_the_door boolean)
 RETURNS void
 LANGUAGE plpgsql
 SECURITY DEFINER
 SET search_path TO ''
AS $function$
declare
  statement text;
begin
  perform portico.lock_sandbox(environment_id);
  perform pg_advisory_xact_lock(hashtextextended('portico.measurement.' || environment_id, 0));
  set constraints all deferred;
  perform set_config('portico.purging_sandbox', 'yes', true);
  select format('with %s select', string_agg(format('t%s as (delete from %s where environment_id = $1)', n, t.tenant_table), ', ')) into statement
  from (select t.tenant_table, row_number() over (order by t.tenant_table::text) as n from portico.tenant_tables() t where with_the_door or not t.of_the_door) t;
  execute statement using environment_id;
  perform set_config('portico.purging_sandbox', 'no', true);
end $function$;
revoke all on function portico.empty_sandbox(text,boolean) from public;
grant execute on function portico.empty_sandbox(text,boolean) to portico_service;

CREATE OR REPLACE FUNCTION portico.empty_world(environment_id text)
 RETURNS void
 LANGUAGE plpgsql
 SECURITY DEFINER
 SET search_path TO ''
AS $function$
begin
  perform portico.lock_world(environment_id);
  perform portico.empty_sandbox(environment_id, false);
end $function$;
revoke all on function portico.empty_world(text) from public;
grant execute on function portico.empty_world(text) to portico_service;

CREATE OR REPLACE FUNCTION portico.ensure_usage_month(month timestamp with time zone)
 RETURNS void
 LANGUAGE plpgsql
 SECURITY DEFINER
 SET search_path TO ''
AS $function$
declare
  first_day date := date_trunc('month', month at time zone 'UTC');
  partition text := 'portico.operation_use_' || to_char(first_day, 'YYYY_MM');
begin
  if to_regclass(partition) is not null then
    return;
  end if;
  -- Two gateways at the turn of a month make it once.
  perform pg_advisory_xact_lock(hashtextextended('portico.operation_use', 0));
  -- Asked of the table itself: waiting for that lock lets to_regclass go on not knowing what was made meanwhile.
  if not exists (select from pg_catalog.pg_class c where c.relnamespace = 'portico'::regnamespace and 'portico.' || c.relname = partition) then
    execute format('create table %s partition of portico.operation_use for values from (%L) to (%L)', partition,
      first_day::timestamp at time zone 'UTC', (first_day + interval '1 month') at time zone 'UTC');
    call portico.protect_tenant_table(partition, 'partner_id');
    execute format('grant select on %s to portico_service', partition);
  end if;
end $function$;
revoke all on function portico.ensure_usage_month(timestamp with time zone) from public;
grant execute on function portico.ensure_usage_month(timestamp with time zone) to portico_service;

CREATE OR REPLACE FUNCTION portico.environments_to_judge()
 RETURNS SETOF text
 LANGUAGE sql
 STABLE SECURITY DEFINER
 SET search_path TO ''
AS $function$
  select distinct environment_id from portico.event_batch where measured_at is not null and judged_at is null
$function$;
revoke all on function portico.environments_to_judge() from public;
grant execute on function portico.environments_to_judge() to portico_service;

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

CREATE OR REPLACE FUNCTION portico.environments_with_due_work(wall_now timestamp with time zone)
 RETURNS SETOF text
 LANGUAGE sql
 STABLE SECURITY DEFINER
 SET search_path TO ''
AS $function$
  select e.id from portico.environment e
  where e.closed_at is null and e.clock_frozen_at is null
    and exists (select from portico.due_work w where w.environment_id = e.id and w.done_at is null and w.due_at <= wall_now + e.clock_offset_ms * interval '1 millisecond')
$function$;
revoke all on function portico.environments_with_due_work(timestamp with time zone) from public;
grant execute on function portico.environments_with_due_work(timestamp with time zone) to portico_service;

CREATE OR REPLACE FUNCTION portico.erased_reference(key bytea, reference text)
 RETURNS text
 LANGUAGE sql
 IMMUTABLE PARALLEL SAFE STRICT
RETURN ('erased:'::text || encode(portico.hmac_sha256(key, convert_to(reference, 'UTF8'::name)), 'hex'::text));

CREATE OR REPLACE FUNCTION portico.expired_sandboxes(wall_now timestamp with time zone, most integer)
 RETURNS TABLE(owner_environment_id text, owner_partner_id text, sandbox_id text, sandbox_environment_id text)
 LANGUAGE sql
 STABLE SECURITY DEFINER
 SET search_path TO ''
AS $function$
  (select s.environment_id::text, s.partner_id::text, s.id::text, s.sandbox_environment_id::text from portico.sandbox s
   where s.expires_at <= wall_now order by s.expires_at limit most)
  union all
  (select null, null, null, a.environment_id::text from portico.anonymous_sandbox a where a.expires_at <= wall_now order by a.expires_at limit most)
$function$;
revoke all on function portico.expired_sandboxes(timestamp with time zone,integer) from public;
grant execute on function portico.expired_sandboxes(timestamp with time zone,integer) to portico_service;

CREATE OR REPLACE FUNCTION portico.fill_sandbox_share(environment_id text, world text, seed integer, size text, share integer)
 RETURNS boolean
 LANGUAGE plpgsql
 SECURITY DEFINER
 SET search_path TO ''
AS $function$
declare
  environment portico.environment := portico.lock_sandbox(environment_id);
  made text;
begin
  if share = 0 and portico.world_rows(environment_id) > 0 then
    raise exception '% holds a world already: empty it first', environment_id using errcode = 'object_not_in_prerequisite_state';
  end if;
  select s.statements into made from portico.world_share s where s.world = fill_sandbox_share.world and s.position = share;
  if not found then
    return false;
  end if;
  perform set_config('portico.world_environment_id', environment.id, true), set_config('portico.world_namespace', environment.id_namespace, true),
    set_config('portico.world_seed', seed::text, true), set_config('portico.world_size', size, true), set_config('portico.world_born_at', environment.born_at::text, true);
  execute made;
  return true;
end $function$;
revoke all on function portico.fill_sandbox_share(text,text,integer,text,integer) from public;
grant execute on function portico.fill_sandbox_share(text,text,integer,text,integer) to portico_service;

CREATE OR REPLACE FUNCTION portico.fold_batches(environment_id text, batch_ids bigint[])
 RETURNS void
 LANGUAGE sql
 SET search_path TO ''
AS $function$
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
$function$;
revoke all on function portico.fold_batches(text,bigint[]) from public;
grant execute on function portico.fold_batches(text,bigint[]) to portico_service;

CREATE OR REPLACE FUNCTION portico.fold_change_marks()
 RETURNS void
 LANGUAGE sql
 SECURITY DEFINER
 SET search_path TO ''
AS $function$
  delete from portico.change_mark m where not exists (select from portico.environment e where e.id = m.environment_id);
  with many as (select environment_id, of_partner from portico.change_mark group by environment_id, of_partner having count(*) > 1),
  gone as (delete from portico.change_mark m using many where m.environment_id = many.environment_id and m.of_partner = many.of_partner returning m.*)
  insert into portico.change_mark (environment_id, of_partner, transaction, mark)
  select environment_id, of_partner, '0'::xid8, bit_xor(mark) from gone group by environment_id, of_partner;
$function$;
revoke all on function portico.fold_change_marks() from public;
grant execute on function portico.fold_change_marks() to portico_service;

CREATE OR REPLACE FUNCTION portico.generate_world(environment_id text, world text, seed integer, size text)
 RETURNS void
 LANGUAGE plpgsql
 SET search_path TO ''
AS $function$
declare
  environment portico.environment;
  share record;
begin
  select * into strict environment from portico.environment e where e.id = generate_world.environment_id;
  perform set_config('portico.world_environment_id', environment.id, true), set_config('portico.world_namespace', environment.id_namespace, true),
    set_config('portico.world_seed', seed::text, true), set_config('portico.world_size', size, true), set_config('portico.world_born_at', environment.born_at::text, true);
  for share in select s.statements from portico.world_share s where s.world = generate_world.world order by s.position loop
    execute share.statements;
  end loop;
  if not found then
    raise exception 'there is no world %', world using errcode = 'invalid_parameter_value';
  end if;
end $function$;
revoke all on function portico.generate_world(text,text,integer,text) from public;

CREATE OR REPLACE FUNCTION portico.hmac_sha256(key bytea, message bytea)
 RETURNS bytea
 LANGUAGE sql
 IMMUTABLE PARALLEL SAFE STRICT
RETURN sha256(((SUBSTRING(varbit_send((((('x'::text || encode(key, 'hex'::text)))::bit(256) # (('x'::text || repeat('5c'::text, 32)))::bit(256)))::bit varying) FROM 5) || decode(repeat('5c'::text, 32), 'hex'::text)) || sha256(((SUBSTRING(varbit_send((((('x'::text || encode(key, 'hex'::text)))::bit(256) # (('x'::text || repeat('36'::text, 32)))::bit(256)))::bit varying) FROM 5) || decode(repeat('36'::text, 32), 'hex'::text)) || message))));

CREATE OR REPLACE FUNCTION portico.inclusion_path(leaf_index bigint, tree_size bigint)
 RETURNS text[]
 LANGUAGE plpgsql
 STABLE SECURITY DEFINER
 SET search_path TO ''
AS $function$
declare
  first bigint := 0;
  size bigint := tree_size;
  split bigint;
  path text[] := '{}';
begin
  while size > 1 loop
    split := portico.power_below(size);
    if leaf_index - first < split then
      path := encode(portico.log_hash(first + split, size - split), 'hex') || path;
      size := split;
    else
      path := encode(portico.log_hash(first, split), 'hex') || path;
      first := first + split;
      size := size - split;
    end if;
  end loop;
  return path;
end $function$;
revoke all on function portico.inclusion_path(bigint,bigint) from public;
grant execute on function portico.inclusion_path(bigint,bigint) to portico_service;

CREATE OR REPLACE PROCEDURE portico.keep_at_the_door(IN door_table regclass)
 LANGUAGE plpgsql
AS $procedure$
declare
  reference record;
begin
  execute format('comment on table %s is %L', door_table, 'Of the door, not of the world.');
  for reference in
    select k.conname from pg_catalog.pg_constraint k
    where k.conrelid = door_table and k.contype = 'f' and exists (select from pg_catalog.pg_attribute a where a.attrelid = k.confrelid and a.attname = 'environment_id')
  loop
    execute format('alter table %s alter constraint %I deferrable initially immediate', door_table, reference.conname);
  end loop;
end $procedure$;

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

CREATE OR REPLACE FUNCTION portico.keep_review_frozen()
 RETURNS trigger
 LANGUAGE plpgsql
 SET search_path TO ''
AS $function$
begin
  if old.frozen_at is not null and (new.frozen_at, new.inputs, new.inputs_hash) is distinct from (old.frozen_at, old.inputs, old.inputs_hash) or old.published_at is not null then
    raise exception 'review % is frozen: what it decides by never changes', old.id using errcode = 'restrict_violation';
  end if;
  return new;
end $function$;

CREATE OR REPLACE FUNCTION portico.leave_partner_mark()
 RETURNS trigger
 LANGUAGE plpgsql
 SECURITY DEFINER
 SET search_path TO ''
AS $function$
begin
  if tg_op = 'UPDATE' then
    insert into portico.change_mark (environment_id, of_partner, transaction, mark)
    select environment_id, partner_id, pg_current_xact_id(), hashtextextended(gen_random_uuid()::text, 0)
    from (select environment_id, partner_id from changed union select environment_id, partner_id from before) rows
    on conflict do nothing;
  else
    insert into portico.change_mark (environment_id, of_partner, transaction, mark)
    select environment_id, partner_id, pg_current_xact_id(), hashtextextended(gen_random_uuid()::text, 0)
    from (select distinct environment_id, partner_id from changed) rows
    on conflict do nothing;
  end if;
  return null;
end $function$;
revoke all on function portico.leave_partner_mark() from public;

CREATE OR REPLACE FUNCTION portico.leave_world_mark()
 RETURNS trigger
 LANGUAGE plpgsql
 SECURITY DEFINER
 SET search_path TO ''
AS $function$
begin
  if tg_op = 'UPDATE' then
    insert into portico.change_mark (environment_id, of_partner, transaction, mark)
    select environment_id, '', pg_current_xact_id(), hashtextextended(gen_random_uuid()::text, 0)
    from (select environment_id from changed union select environment_id from before) rows
    on conflict do nothing;
  else
    insert into portico.change_mark (environment_id, of_partner, transaction, mark)
    select environment_id, '', pg_current_xact_id(), hashtextextended(gen_random_uuid()::text, 0)
    from (select distinct environment_id from changed) rows
    on conflict do nothing;
  end if;
  return null;
end $function$;
revoke all on function portico.leave_world_mark() from public;

CREATE OR REPLACE FUNCTION portico.live_environment_id()
 RETURNS text
 LANGUAGE sql
 STABLE SECURITY DEFINER
 SET search_path TO ''
RETURN (SELECT environment.id FROM portico.environment WHERE (environment.kind = 'LIVE'::text));
revoke all on function portico.live_environment_id() from public;
grant execute on function portico.live_environment_id() to portico_service;

CREATE OR REPLACE FUNCTION portico.lock_sandbox(environment_id text)
 RETURNS portico.environment
 LANGUAGE plpgsql
 SET search_path TO ''
AS $function$
declare
  environment portico.environment;
begin
  select * into environment from portico.environment e where e.id = lock_sandbox.environment_id for no key update;
  if environment.kind is distinct from 'SANDBOX' or not coalesce(current_setting('portico.environment_id', true) = environment.id
      or (current_setting('portico.environment_id', true), current_setting('portico.partner_id', true)) = (environment.owner_environment_id, environment.owner_partner_id), false) then
    raise exception '% is no sandbox of this context: only a sandbox is ever rewritten, and only by its own', environment_id using errcode = 'insufficient_privilege';
  end if;
  return environment;
end $function$;
revoke all on function portico.lock_sandbox(text) from public;

CREATE OR REPLACE FUNCTION portico.lock_world(environment_id text)
 RETURNS void
 LANGUAGE plpgsql
 SET search_path TO ''
AS $function$
begin
  perform portico.lock_sandbox(environment_id);
  perform pg_advisory_xact_lock(hashtextextended('portico.measurement.' || environment_id, 0));
  perform pg_advisory_xact_lock(hashtextextended('portico.progress.' || environment_id, 0));
end $function$;
revoke all on function portico.lock_world(text) from public;

CREATE OR REPLACE FUNCTION portico.log_hash(first bigint, size bigint)
 RETURNS bytea
 LANGUAGE plpgsql
 STABLE SECURITY DEFINER
 SET search_path TO ''
AS $function$
declare
  ends bigint := first + size;
  rest bigint := size;
  part bigint;
  below bytea;
  hash bytea;
begin
  -- The complete subtrees that it is made of, from the right, where the smallest stands.
  while rest > 0 loop
    part := rest & -rest;
    select case part when 1 then s.leaf_hash else substring(s.completes from 32 * (63 - position('1' in part::bit(64)::text)) + 1 for 32) end into strict below
    from portico.sealed_entry s where s.environment_id = (select current_setting('portico.environment_id', true)) and s.leaf_index = ends - 1;
    hash := case when hash is null then below else sha256('\x01'::bytea || below || hash) end;
    ends := ends - part;
    rest := rest - part;
  end loop;
  return hash;
end $function$;
revoke all on function portico.log_hash(bigint,bigint) from public;
grant execute on function portico.log_hash(bigint,bigint) to portico_service;

CREATE OR REPLACE PROCEDURE portico.make_append_only(IN append_only_table regclass)
 LANGUAGE plpgsql
AS $procedure$
begin
  execute format('create trigger append_only before update or delete on %s for each row execute function portico.refuse_change()', append_only_table);
  execute format('create trigger append_only_truncate before truncate on %s for each statement execute function portico.refuse_change()', append_only_table);
  execute format('revoke update, delete, truncate on %s from portico_service', append_only_table);
end $procedure$;

CREATE OR REPLACE PROCEDURE portico.mark_changes(IN marked_table regclass)
 LANGUAGE plpgsql
AS $procedure$
declare
  of_partners boolean := exists (select from pg_catalog.pg_attribute where attrelid = marked_table and attname = 'partner_id' and not attisdropped);
  leaving text := case when of_partners then 'portico.leave_partner_mark()' else 'portico.leave_world_mark()' end;
begin
  execute format('create trigger marks_insert after insert on %s referencing new table as changed for each statement execute function %s', marked_table, leaving);
  execute format('create trigger marks_delete after delete on %s referencing old table as changed for each statement execute function %s', marked_table, leaving);
  execute format('create trigger marks_update after update on %s referencing new table as changed old table as before for each statement execute function %s', marked_table, leaving);
end $procedure$;

CREATE OR REPLACE FUNCTION portico.marketplace_secret(client_id text)
 RETURNS TABLE(environment_id text, secret_hmac bytea, salt bytea)
 LANGUAGE sql
 STABLE SECURITY DEFINER
 SET search_path TO ''
AS $function$
  select c.environment_id, c.secret_hmac, c.salt from portico.marketplace_credential c join portico.environment e on e.id = c.environment_id
  where c.id = marketplace_secret.client_id and c.revoked_at is null and e.closed_at is null
$function$;
revoke all on function portico.marketplace_secret(text) from public;
grant execute on function portico.marketplace_secret(text) to portico_service;

CREATE OR REPLACE FUNCTION portico.money_text(minor_units bigint, currency text)
 RETURNS text
 LANGUAGE sql
 IMMUTABLE PARALLEL SAFE
RETURN CASE WHEN (currency = ANY (ARRAY['JPY'::text, 'KRW'::text, 'CLP'::text, 'ISK'::text, 'VND'::text])) THEN (minor_units)::text WHEN (currency = ANY (ARRAY['BHD'::text, 'JOD'::text, 'KWD'::text, 'OMR'::text, 'TND'::text])) THEN ((((minor_units)::numeric / 1000.0))::numeric(30,3))::text ELSE ((((minor_units)::numeric / 100.0))::numeric(30,2))::text END;

CREATE OR REPLACE FUNCTION portico.months_after(instant timestamp with time zone, months integer)
 RETURNS timestamp with time zone
 LANGUAGE sql
 IMMUTABLE PARALLEL SAFE
RETURN (((instant AT TIME ZONE 'UTC'::text) + make_interval(months => months)) AT TIME ZONE 'UTC'::text);

CREATE OR REPLACE FUNCTION portico.note_onboarding(environment_ids text[], integration_ids text[], since timestamp with time zone)
 RETURNS void
 LANGUAGE plpgsql
 SECURITY DEFINER
 SET search_path TO ''
AS $function$
begin
  perform from portico.environment e where e.id = any (environment_ids) order by e.id for key share;

  with rehearsing as (
    select distinct e.id as environment_id, b.integration_id
    from unnest(environment_ids, integration_ids) as b (environment_id, integration_id)
    join portico.environment e on e.id = b.environment_id and e.kind = 'SANDBOX'
    where (select count(*) from portico.onboarding_evidence o where o.environment_id = e.id) < 5
  ), recent as (
    select r.*, r.received_at + r.duration_ms * interval '1 millisecond' as answered_at
    from rehearsing w cross join lateral (
      select l.* from portico.request_log l
      where l.environment_id = w.environment_id and l.integration_id = w.integration_id and l.received_at >= since
      order by l.received_at desc, l.id limit 200
    ) r
  ), shown as (
    select environment_id, partner_id, 'FIRST_QUERY' as step, received_at as seen_at, array[id::text] as request_ids
    from recent where operation_kind = 'QUERY' and error_codes = '{}' and object_count > 0
    union all
    select environment_id, partner_id, 'LIST_PAGED', received_at, array[id::text]
    from recent where followed_cursor and error_codes = '{}'
    union all
    select t.environment_id, t.partner_id, 'THROTTLE_RESPECTED', n.received_at, array[t.id::text, n.id::text]
    from recent t cross join lateral (
      select * from recent n where n.integration_id = t.integration_id and n.environment_id = t.environment_id and n.received_at >= t.answered_at and n.id <> t.id
      order by n.received_at, n.id limit 1
    ) n
    where 'THROTTLED' = any (t.error_codes) and n.received_at >= t.received_at + t.retry_after_ms * interval '1 millisecond' and 'THROTTLED' <> all (n.error_codes)
    union all
    select t.environment_id, t.partner_id, 'CONSENT_RESPECTED', n.received_at, array[t.id::text, n.id::text]
    from recent t join recent n on n.environment_id = t.environment_id and n.integration_id = t.integration_id and n.received_at >= t.answered_at and n.error_codes = '{}'
    where 'CONSENT_REQUIRED' = any (t.error_codes)
    union all
    select t.environment_id, t.partner_id, 'BROWNOUT_SURVIVED', n.received_at, array[t.id::text, n.id::text]
    from recent t join recent n on n.environment_id = t.environment_id and n.integration_id = t.integration_id and n.received_at >= t.answered_at and n.error_codes = '{}'
      and n.operation_name is not distinct from t.operation_name
    where 'BROWNOUT' = any (t.error_codes)
  )
  insert into portico.onboarding_evidence (environment_id, partner_id, step, seen_at, request_ids)
  select distinct on (environment_id, partner_id, step) * from shown order by environment_id, partner_id, step, seen_at, request_ids
  on conflict do nothing;

  insert into portico.onboarding_evidence (environment_id, partner_id, step, seen_at, request_ids)
  select distinct on (e.owner_environment_id, e.owner_partner_id, o.step) e.owner_environment_id, e.owner_partner_id, o.step, o.seen_at, o.request_ids
  from portico.environment e join portico.onboarding_evidence o on o.environment_id = e.id
  where e.id = any (environment_ids) and e.kind = 'SANDBOX' and e.owner_partner_id is not null
  order by e.owner_environment_id, e.owner_partner_id, o.step, o.seen_at
  on conflict do nothing;
end $function$;
revoke all on function portico.note_onboarding(text[],text[],timestamp with time zone) from public;
grant execute on function portico.note_onboarding(text[],text[],timestamp with time zone) to portico_service;

CREATE OR REPLACE FUNCTION portico.note_sandbox_use(idle interval)
 RETURNS void
 LANGUAGE sql
 SECURITY DEFINER
 SET search_path TO ''
AS $function$
  with free as materialized (
    select s.environment_id, s.id, l.last from portico.sandbox s
    join (select r.environment_id, max(r.received_at) as last from portico.request_log r group by 1) l on l.environment_id = s.sandbox_environment_id and l.last > s.used_at
    for no key update of s skip locked
  )
  update portico.sandbox s set used_at = f.last, expires_at = least(s.ends_at, f.last + idle), told_at = null
  from free f where f.environment_id = s.environment_id and f.id = s.id
$function$;
revoke all on function portico.note_sandbox_use(interval) from public;
grant execute on function portico.note_sandbox_use(interval) to portico_service;

CREATE OR REPLACE FUNCTION portico.notice_stage(notice_id text, at timestamp with time zone, assumes_pass boolean)
 RETURNS text
 LANGUAGE sql
 STABLE PARALLEL SAFE
 SET search_path TO ''
BEGIN ATOMIC
 SELECT
         CASE
             WHEN (n.review = 'WITHDRAWN'::text) THEN 'WITHDRAWN'::text
             WHEN ((notice_stage.at >= portico.notice_sunset_at(n.removed_in, n.emergency_sunset_on)) AND ((n.emergency_sunset_on IS NOT NULL) OR (((portico.version_releasable_from(n.removed_in) <= notice_stage.at) OR (notice_stage.assumes_pass AND (portico.version_releasable_from(n.removed_in) IS NULL))) AND (notice_stage.assumes_pass OR (EXISTS ( SELECT
                FROM portico.removal_verdict v
               WHERE ((v.version = portico.version_before(n.removed_in)) AND (v.gate = 'RETIREMENT'::text) AND (v.verdict <> 'REFUSED'::text) AND (v.decided_at <= notice_stage.at)))))))) THEN 'SUNSET'::text
             WHEN (EXISTS ( SELECT
                FROM (portico.brownout_window w
                  LEFT JOIN portico.brownout_abort a ON (((a.window_id)::text = (w.id)::text)))
               WHERE (((w.notice_id)::text = (n.id)::text) AND (w.starts_at <= notice_stage.at) AND (notice_stage.at < LEAST(w.ends_at, a.aborted_at))))) THEN 'BROWNOUT'::text
             WHEN (notice_stage.at >= ((n.deprecated_on)::timestamp without time zone AT TIME ZONE 'UTC'::text)) THEN 'DEPRECATED'::text
             WHEN (notice_stage.at >= ((n.announced_on)::timestamp without time zone AT TIME ZONE 'UTC'::text)) THEN 'ANNOUNCED'::text
             ELSE 'PLANNED'::text
         END AS "case"
    FROM portico.deprecation_notice n
   WHERE ((n.id)::text = notice_stage.notice_id);
END;

CREATE OR REPLACE FUNCTION portico.notice_sunset_at(removed_in text, emergency_sunset_on date)
 RETURNS timestamp with time zone
 LANGUAGE sql
 STABLE PARALLEL SAFE
 SET search_path TO ''
BEGIN ATOMIC
 SELECT COALESCE(((emergency_sunset_on)::timestamp without time zone AT TIME ZONE 'UTC'::text), GREATEST(portico.months_after(GREATEST(portico.version_due_at(removed_in), portico.version_releasable_from(removed_in)), 9), portico.months_after(GREATEST(portico.version_due_at(portico.version_before(removed_in)), portico.version_releasable_from(portico.version_before(removed_in))), 12))) AS "coalesce";
END;

CREATE OR REPLACE FUNCTION portico.opted_out()
 RETURNS TABLE("environmentId" text, "partnerId" text, "windowId" text)
 LANGUAGE sql
 STABLE SECURITY DEFINER
 SET search_path TO ''
BEGIN ATOMIC
 SELECT o.environment_id,
     o.partner_id,
     o.window_id
    FROM portico.brownout_opt_out o;
END;
revoke all on function portico.opted_out() from public;
grant execute on function portico.opted_out() to portico_service;

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

CREATE OR REPLACE FUNCTION portico.place_posting()
 RETURNS trigger
 LANGUAGE plpgsql
 SECURITY DEFINER
 SET search_path TO ''
AS $function$
declare
  account portico.ledger_account;
  last portico.ledger_posting;
begin
  select * into account from portico.ledger_account a where a.environment_id = new.environment_id and a.id = new.account_id;
  if new.sequence is null then
    perform pg_advisory_xact_lock(hashtextextended('portico.ledger.' || new.environment_id, 0));
    select * into last from portico.ledger_posting p where p.environment_id = new.environment_id and p.account_id = new.account_id order by p.sequence desc limit 1;
    new.sequence := coalesce(last.sequence, 0) + 1;
    new.balance_minor := coalesce(last.balance_minor, 0) + new.amount_minor;
    new.partner_id := account.partner_id;
    new.currency := account.currency;
  end if;
  if new.balance_minor < 0 and account.kind <> 'SOURCE' then
    raise exception 'the % account % holds %, which is less than the % that leave it', account.kind, new.account_id, new.balance_minor - new.amount_minor, -new.amount_minor
      using errcode = 'check_violation', constraint = 'ledger_posting_not_below_zero';
  end if;
  return new;
end $function$;

CREATE OR REPLACE FUNCTION portico.place_transaction()
 RETURNS trigger
 LANGUAGE plpgsql
 SECURITY DEFINER
 SET search_path TO ''
AS $function$
begin
  if new.position is null then
    perform pg_advisory_xact_lock(hashtextextended('portico.ledger.' || new.environment_id, 0));
    select coalesce(max(t.position), 0) + 1 into new.position from portico.ledger_transaction t where t.environment_id = new.environment_id;
  end if;
  return new;
end $function$;

CREATE OR REPLACE FUNCTION portico.power_below(number bigint)
 RETURNS bigint
 LANGUAGE plpgsql
 IMMUTABLE PARALLEL SAFE STRICT
 SET search_path TO ''
AS $function$
declare
  power bigint := 1;
begin
  while power * 2 < number loop
    power := power * 2;
  end loop;
  return power;
end $function$;

CREATE OR REPLACE PROCEDURE portico.protect_marketplace_table(IN marketplace_table regclass)
 LANGUAGE plpgsql
AS $procedure$
declare
  visible text := '(held_by = (select current_setting(''portico.partner_id'', true))) is true';
begin
  execute format('alter table %s enable row level security', marketplace_table);
  execute format('create policy marketplace on %s using (%s) with check (%s)', marketplace_table, visible, visible);
end $procedure$;

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

CREATE OR REPLACE FUNCTION portico.purge_sandbox(environment_id text)
 RETURNS void
 LANGUAGE plpgsql
 SECURITY DEFINER
 SET search_path TO ''
AS $function$
begin
  perform portico.lock_world(environment_id);
  -- What is being written in it holds the environment's row by its reference. It is waited for while none of
  -- the rows is locked that it may need yet.
  perform from portico.environment e where e.id = purge_sandbox.environment_id for update;
  perform portico.empty_sandbox(environment_id, true);
  delete from portico.environment e where e.id = purge_sandbox.environment_id;
end $function$;
revoke all on function portico.purge_sandbox(text) from public;
grant execute on function portico.purge_sandbox(text) to portico_service;

CREATE OR REPLACE FUNCTION portico.record_element_sets(ids text[], coordinates text[])
 RETURNS void
 LANGUAGE sql
 SECURITY DEFINER
 SET search_path TO ''
BEGIN ATOMIC
 INSERT INTO portico.element_set (id, coordinate)  SELECT s.i,
             s.c
            FROM UNNEST(record_element_sets.ids, record_element_sets.coordinates) s(i, c)
           ORDER BY s.c, s.i ON CONFLICT DO NOTHING;
END;
revoke all on function portico.record_element_sets(text[],text[]) from public;
grant execute on function portico.record_element_sets(text[],text[]) to portico_service;

CREATE OR REPLACE FUNCTION portico.record_observed_operations(environment_ids text[], partner_ids text[], integration_ids text[], api_versions text[], shape_hashes text[], document_hashes text[], operation_names text[], documents text[], seen timestamp with time zone[])
 RETURNS void
 LANGUAGE sql
 SECURITY DEFINER
 SET search_path TO ''
BEGIN ATOMIC
 SELECT count(*) AS count
    FROM ( SELECT
            FROM portico.environment e
           WHERE ((e.id)::text = ANY (record_observed_operations.environment_ids))
           ORDER BY e.id
          FOR KEY SHARE OF e) held;
 INSERT INTO portico.observed_operation AS o (environment_id, partner_id, integration_id, api_version, shape_hash, document_hash, operation_name, document, first_seen_at, last_seen_at)  SELECT DISTINCT ON (b.environment_id, b.integration_id, b.api_version, b.shape_hash) b.environment_id,
             b.partner_id,
             b.integration_id,
             b.api_version,
             b.shape_hash,
             b.document_hash,
             b.operation_name,
             b.document,
             b.seen_at,
             b.seen_at
            FROM (UNNEST(record_observed_operations.environment_ids, record_observed_operations.partner_ids, record_observed_operations.integration_ids, record_observed_operations.api_versions, record_observed_operations.shape_hashes, record_observed_operations.document_hashes, record_observed_operations.operation_names, record_observed_operations.documents, record_observed_operations.seen) b(environment_id, partner_id, integration_id, api_version, shape_hash, document_hash, operation_name, document, seen_at)
              JOIN portico.integration i ON ((((i.environment_id)::text = b.environment_id) AND ((i.partner_id)::text = b.partner_id) AND ((i.id)::text = b.integration_id))))
           ORDER BY b.environment_id, b.integration_id, b.api_version, b.shape_hash, b.seen_at DESC ON CONFLICT(environment_id, integration_id, api_version, shape_hash) DO UPDATE SET document_hash = excluded.document_hash, last_seen_at = GREATEST(o.last_seen_at, excluded.last_seen_at);
END;
revoke all on function portico.record_observed_operations(text[],text[],text[],text[],text[],text[],text[],text[],timestamp with time zone[]) from public;
grant execute on function portico.record_observed_operations(text[],text[],text[],text[],text[],text[],text[],text[],timestamp with time zone[]) to portico_service;

CREATE OR REPLACE FUNCTION portico.record_usage(environment_ids text[], partner_ids text[], integration_ids text[], hours timestamp with time zone[], element_sets text[], api_versions text[], operation_names text[], document_hashes text[], client_names text[], client_versions text[], counts bigint[], last_used timestamp with time zone[], last_request_ids text[])
 RETURNS void
 LANGUAGE plpgsql
 SECURITY DEFINER
 SET search_path TO ''
AS $function$
begin
  perform portico.ensure_usage_month(month) from (select distinct date_trunc('month', h, 'UTC') as month from unnest(hours) h) months;
  insert into portico.operation_use as u (environment_id, partner_id, integration_id, hour, element_set, api_version, operation_name, document_hash, client_name,
    client_version, uses, last_used_at, request_ids)
  select b.environment_id, b.partner_id, b.integration_id, date_trunc('hour', b.hour, 'UTC'), b.element_set, b.api_version, b.operation_name, b.document_hash, b.client_name,
    b.client_version, sum(b.uses), max(b.last_used_at), (string_to_array(string_agg(b.request_ids, ' ' order by b.last_used_at desc), ' '))[1:5]
  from unnest(environment_ids, partner_ids, integration_ids, hours, element_sets, api_versions, operation_names, document_hashes, client_names, client_versions, counts,
    last_used, last_request_ids)
    as b (environment_id, partner_id, integration_id, hour, element_set, api_version, operation_name, document_hash, client_name, client_version, uses, last_used_at, request_ids)
  group by 1, 2, 3, 4, 5, 6, 7, 8, 9, 10
  order by 1, 5, 3, 4, 6, 7, 8, 9, 10
  on conflict (environment_id, element_set, integration_id, hour, api_version, operation_name, document_hash, client_name, client_version) do update
    set uses = u.uses + excluded.uses, last_used_at = greatest(u.last_used_at, excluded.last_used_at), request_ids = (excluded.request_ids || u.request_ids)[1:5];
end $function$;
revoke all on function portico.record_usage(text[],text[],text[],timestamp with time zone[],text[],text[],text[],text[],text[],text[],bigint[],timestamp with time zone[],text[]) from public;
grant execute on function portico.record_usage(text[],text[],text[],timestamp with time zone[],text[],text[],text[],text[],text[],text[],bigint[],timestamp with time zone[],text[]) to portico_service;

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

CREATE OR REPLACE FUNCTION portico.refuse_ledger_change()
 RETURNS trigger
 LANGUAGE plpgsql
 SECURITY DEFINER
 SET search_path TO ''
AS $function$
begin
  if tg_op = 'DELETE' and current_setting('portico.purging_sandbox', true) = 'yes'
    and exists (select from portico.environment e where e.id = old.environment_id and e.kind = 'SANDBOX') then
    return old;
  end if;
  raise exception '% is append-only: correct it by a transaction that reverses', tg_table_name using errcode = 'restrict_violation';
end $function$;

CREATE OR REPLACE FUNCTION portico.refuse_published_change()
 RETURNS trigger
 LANGUAGE plpgsql
AS $function$
begin
  if old.effective_from is not null and to_jsonb(new) - array['retired_at', 'id'] is distinct from to_jsonb(old) - array['retired_at', 'id'] then
    raise exception 'version % of purpose % is published: publish another', old.version, old.purpose using errcode = 'restrict_violation';
  end if;
  return new;
end $function$;

CREATE OR REPLACE FUNCTION portico.require_balance()
 RETURNS trigger
 LANGUAGE plpgsql
 SECURITY DEFINER
 SET search_path TO ''
AS $function$
declare
  written portico.ledger_transaction;
begin
  if tg_table_name = 'ledger_posting' then
    if not exists (select from portico.ledger_posting p where p.environment_id = new.environment_id and p.account_id = new.account_id
        and p.sequence = new.sequence - 1 and p.balance_minor + new.amount_minor = new.balance_minor)
      and not (new.sequence = 1 and new.balance_minor = new.amount_minor) then
      raise exception 'posting % of account % does not follow from the one before it', new.sequence, new.account_id using errcode = 'check_violation', constraint = 'ledger_posting_chain';
    end if;
    select * into written from portico.ledger_transaction t where t.environment_id = new.environment_id and t.id = new.transaction_id;
  else
    written := new;
  end if;
  if not exists (select from portico.ledger_posting p where p.environment_id = written.environment_id and p.transaction_id = written.id)
    or exists (select from portico.ledger_posting p where p.environment_id = written.environment_id and p.transaction_id = written.id group by p.currency having sum(p.amount_minor) <> 0) then
    raise exception 'the postings of transaction % do not sum to zero', written.id using errcode = 'check_violation', constraint = 'ledger_transaction_balance';
  end if;
  if written.reverses_id is not null and (
    select sum(p.amount_minor) from portico.ledger_transaction t join portico.ledger_posting p on p.environment_id = t.environment_id and p.transaction_id = t.id
    where t.environment_id = written.environment_id and t.reverses_id = written.reverses_id and p.amount_minor > 0
  ) > (select sum(p.amount_minor) from portico.ledger_posting p where p.environment_id = written.environment_id and p.transaction_id = written.reverses_id and p.amount_minor > 0) then
    raise exception 'more of transaction % would be reversed than it moved', written.reverses_id using errcode = 'check_violation', constraint = 'ledger_transaction_reversals';
  end if;
  return null;
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

CREATE OR REPLACE FUNCTION portico.sandbox_of_context()
 RETURNS TABLE(world text, size text, seed integer)
 LANGUAGE sql
 STABLE SECURITY DEFINER
 SET search_path TO ''
AS $function$
  select s.world, s.size, s.seed from portico.sandbox s where s.sandbox_environment_id = current_setting('portico.environment_id', true)
  union all
  select a.world, a.size, a.seed from portico.anonymous_sandbox a where a.environment_id = current_setting('portico.environment_id', true)
$function$;
revoke all on function portico.sandbox_of_context() from public;
grant execute on function portico.sandbox_of_context() to portico_service;

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
RETURN ((((('x'::text || "left"(md5((((((seed)::text || ':'::text) || label) || ':'::text) || (ordinal)::text)), 8)))::bit(32))::bigint)::double precision / (4294967296.0)::double precision);

CREATE OR REPLACE FUNCTION portico.seeded_id(prefix text, namespace text, seed integer, ordinal bigint)
 RETURNS text
 LANGUAGE sql
 IMMUTABLE PARALLEL SAFE
RETURN ((prefix || '_'::text) || translate("left"(encode(sha256(((((((seed)::text || ':'::text) || prefix) || ':'::text) || (ordinal)::text))::bytea), 'base64'::text), 24), 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/'::text, (namespace || namespace)));

CREATE OR REPLACE FUNCTION portico.settle_door(environment_id text)
 RETURNS void
 LANGUAGE plpgsql
 SECURITY DEFINER
 SET search_path TO ''
AS $function$
declare
  reference record;
begin
  perform portico.lock_sandbox(environment_id);
  for reference in
    select k.conrelid::regclass as door_table, k.confrelid::regclass as world_table,
      (select string_agg(format('w.%I = d.%I', there.attname, here.attname), ' and ') from unnest(k.conkey, k.confkey) as pair (h, t)
       join pg_catalog.pg_attribute here on here.attrelid = k.conrelid and here.attnum = h join pg_catalog.pg_attribute there on there.attrelid = k.confrelid and there.attnum = t) as match
    from pg_catalog.pg_constraint k join portico.tenant_tables() d on d.tenant_table = k.conrelid and d.of_the_door join portico.tenant_tables() w on w.tenant_table = k.confrelid and not w.of_the_door
    where k.contype = 'f'
  loop
    execute format('delete from %s d where d.environment_id = $1 and not exists (select from %s w where %s)', reference.door_table, reference.world_table, reference.match) using environment_id;
  end loop;
  set constraints all immediate;
end $function$;
revoke all on function portico.settle_door(text) from public;
grant execute on function portico.settle_door(text) to portico_service;

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

CREATE OR REPLACE FUNCTION portico.settle_refunds(environment_id text)
 RETURNS void
 LANGUAGE sql
 SET search_path TO ''
AS $function$
  insert into portico.event_type (environment_id, id, name, version, description, data_schema, published_at)
  select e.id, portico.seeded_id('ety', e.id_namespace, 0, 8), 'order.refunded', 1, 'A shopper was given money back for an order, all of it or a part.',
    '{"$schema": "https://json-schema.org/draft/2020-12/schema", "type": "object", "properties": {"order": {"type": "string", "minLength": 1, "maxLength": 100},
      "amount": {"type": "object", "properties": {"minorUnits": {"type": "integer", "minimum": 1, "maximum": 9007199254740991}, "currency": {"type": "string", "pattern": "^[A-Z]{3}$"}},
        "required": ["minorUnits", "currency"], "additionalProperties": false}}, "required": ["order", "amount"], "additionalProperties": false}', e.born_at
  from portico.environment e where e.id = settle_refunds.environment_id
  on conflict do nothing
$function$;

CREATE OR REPLACE FUNCTION portico.share_measurement(environment_id text)
 RETURNS void
 LANGUAGE plpgsql
 SET search_path TO ''
AS $function$
begin
  perform pg_advisory_xact_lock_shared(hashtextextended('portico.measurement.' || environment_id, 0));
end $function$;
revoke all on function portico.share_measurement(text) from public;
grant execute on function portico.share_measurement(text) to portico_service;

CREATE OR REPLACE FUNCTION portico.subject_reference(key bytea)
 RETURNS text
 LANGUAGE sql
 IMMUTABLE PARALLEL SAFE STRICT
RETURN encode(portico.hmac_sha256(key, '\x616363657373'::bytea), 'hex'::text);

CREATE OR REPLACE FUNCTION portico.tell_of_expiry(wall_now timestamp with time zone, soon timestamp with time zone)
 RETURNS bigint
 LANGUAGE plpgsql
 SECURITY DEFINER
 SET search_path TO ''
AS $function$
declare
  told bigint;
begin
  with free as materialized (select s.environment_id, s.id from portico.sandbox s where s.told_at is null and s.expires_at <= soon for no key update skip locked)
  update portico.sandbox s set told_at = wall_now from free f where f.environment_id = s.environment_id and f.id = s.id;
  get diagnostics told = row_count;
  return told;
end $function$;
revoke all on function portico.tell_of_expiry(timestamp with time zone,timestamp with time zone) from public;
grant execute on function portico.tell_of_expiry(timestamp with time zone,timestamp with time zone) to portico_service;

CREATE OR REPLACE FUNCTION portico.tenant_tables()
 RETURNS TABLE(tenant_table regclass, of_the_door boolean)
 LANGUAGE sql
 STABLE
 SET search_path TO ''
AS $function$
  select c.oid::regclass, coalesce(pg_catalog.obj_description(c.oid, 'pg_class') = 'Of the door, not of the world.', false)
  from pg_catalog.pg_class c
  where c.relnamespace = 'portico'::regnamespace and c.relkind in ('r', 'p') and not c.relispartition
    and exists (select from pg_catalog.pg_attribute a where a.attrelid = c.oid and a.attname = 'environment_id' and not a.attisdropped)
$function$;

CREATE OR REPLACE FUNCTION portico.translated_id(id text, from_namespace text, to_namespace text)
 RETURNS text
 LANGUAGE sql
 IMMUTABLE PARALLEL SAFE
RETURN ("left"(id, 4) || translate(substr(id, 5), from_namespace, to_namespace));

CREATE OR REPLACE FUNCTION portico.trim_consent_door(oldest timestamp with time zone)
 RETURNS void
 LANGUAGE plpgsql
 SECURITY DEFINER
 SET search_path TO ''
AS $function$
begin
  delete from portico.authorization_code where expires_at < oldest;
  delete from portico.subject_session where expires_at < oldest;
end $function$;
revoke all on function portico.trim_consent_door(timestamp with time zone) from public;
grant execute on function portico.trim_consent_door(timestamp with time zone) to portico_service;

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

CREATE OR REPLACE FUNCTION portico.trim_letters(oldest timestamp with time zone)
 RETURNS void
 LANGUAGE sql
 SECURITY DEFINER
 SET search_path TO ''
AS $function$
  delete from portico.letter where written_at < oldest
$function$;
revoke all on function portico.trim_letters(timestamp with time zone) from public;
grant execute on function portico.trim_letters(timestamp with time zone) to portico_service;

CREATE OR REPLACE FUNCTION portico.trim_observed_operations(oldest timestamp with time zone, kept integer, kept_of_all integer)
 RETURNS bigint
 LANGUAGE plpgsql
 SECURITY DEFINER
 SET search_path TO ''
AS $function$
declare
  forgotten bigint := 0;
  step bigint;
begin
  delete from portico.observed_operation where last_seen_at < oldest;
  get diagnostics forgotten = row_count;
  with placed as (
    select ctid, row_number() over (partition by environment_id, integration_id order by last_seen_at desc, shape_hash, api_version) as place,
      row_number() over (order by last_seen_at desc, shape_hash, api_version) as place_of_all
    from portico.observed_operation
  )
  delete from portico.observed_operation o using placed p where o.ctid = p.ctid and (p.place > kept or p.place_of_all > kept_of_all);
  get diagnostics step = row_count;
  return forgotten + step;
end $function$;
revoke all on function portico.trim_observed_operations(timestamp with time zone,integer,integer) from public;
grant execute on function portico.trim_observed_operations(timestamp with time zone,integer,integer) to portico_service;

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

CREATE OR REPLACE FUNCTION portico.trim_usage(oldest timestamp with time zone)
 RETURNS integer
 LANGUAGE plpgsql
 SECURITY DEFINER
 SET search_path TO ''
AS $function$
declare
  partition regclass;
  dropped integer := 0;
begin
  for partition in
    select c.oid::regclass from pg_catalog.pg_inherits i join pg_catalog.pg_class c on c.oid = i.inhrelid
    where i.inhparent = 'portico.operation_use'::regclass
      and (to_date(right(c.relname, 7), 'YYYY_MM') + interval '1 month') at time zone 'UTC' <= oldest
  loop
    execute format('drop table %s', partition);
    dropped := dropped + 1;
  end loop;
  if dropped > 0 then
    -- A batch on its way finds its sets known, and must find them there when it is done.
    perform pg_advisory_xact_lock(hashtextextended('portico.element_set', 0));
    delete from portico.element_set e
    where not exists (select from portico.operation_use u where u.element_set = e.id) and not exists (select from portico.registered_document r where r.element_set = e.id);
  end if;
  return dropped;
end $function$;
revoke all on function portico.trim_usage(timestamp with time zone) from public;
grant execute on function portico.trim_usage(timestamp with time zone) to portico_service;

CREATE OR REPLACE FUNCTION portico.unclaimed_sandboxes(address_hash bytea)
 RETURNS TABLE(of_all bigint, of_address bigint, next_of_all timestamp with time zone, next_of_address timestamp with time zone)
 LANGUAGE sql
 STABLE SECURITY DEFINER
 SET search_path TO ''
AS $function$
  select count(*), count(*) filter (where a.address_hash = $1), min(a.expires_at), min(a.expires_at) filter (where a.address_hash = $1) from portico.anonymous_sandbox a
$function$;
revoke all on function portico.unclaimed_sandboxes(bytea) from public;
grant execute on function portico.unclaimed_sandboxes(bytea) to portico_service;

CREATE OR REPLACE FUNCTION portico.unknown_element_sets(ids text[])
 RETURNS SETOF text
 LANGUAGE plpgsql
 SECURITY DEFINER
 SET search_path TO ''
AS $function$
begin
  perform pg_advisory_xact_lock_shared(hashtextextended('portico.element_set', 0));
  return query select i from unnest(ids) i where not exists (select from portico.element_set e where e.id = i);
end $function$;
revoke all on function portico.unknown_element_sets(text[]) from public;
grant execute on function portico.unknown_element_sets(text[]) to portico_service;

CREATE OR REPLACE FUNCTION portico.unsealed_environments()
 RETURNS SETOF text
 LANGUAGE sql
 STABLE SECURITY DEFINER
 SET search_path TO ''
AS $function$
  select e.id from portico.environment e left join portico.sealed_log l on l.environment_id = e.id
  where l.horizon > pg_catalog.pg_snapshot_xmin(pg_catalog.pg_current_snapshot())
    or exists (select from portico.access_entry a where a.environment_id = e.id and a.written_in >= coalesce(l.horizon, '0'::xid8))
$function$;
revoke all on function portico.unsealed_environments() from public;
grant execute on function portico.unsealed_environments() to portico_service;

CREATE OR REPLACE FUNCTION portico.version_before(version text)
 RETURNS text
 LANGUAGE sql
 IMMUTABLE PARALLEL SAFE
RETURN to_char((make_date(("left"(version, 4))::integer, ("right"(version, 2))::integer, 1) - '3 mons'::interval), 'YYYY-MM'::text);

CREATE OR REPLACE FUNCTION portico.version_due_at(version text)
 RETURNS timestamp with time zone
 LANGUAGE sql
 IMMUTABLE PARALLEL SAFE
RETURN ((make_date(("left"(version, 4))::integer, ("right"(version, 2))::integer, 1) + '17:00:00'::interval) AT TIME ZONE 'UTC'::text);

CREATE OR REPLACE FUNCTION portico.version_releasable_from(version text)
 RETURNS timestamp with time zone
 LANGUAGE sql
 STABLE PARALLEL SAFE
 SET search_path TO ''
BEGIN ATOMIC
 SELECT
         CASE
             WHEN bool_or((g.let_go_at IS NULL)) THEN NULL::timestamp with time zone
             ELSE COALESCE(max(g.let_go_at), '-infinity'::timestamp with time zone)
         END AS "coalesce"
    FROM ( SELECT ( SELECT min(v.decided_at) AS min
                    FROM portico.removal_verdict v
                   WHERE (((v.notice_id)::text = (n.id)::text) AND (v.verdict <> 'REFUSED'::text))) AS let_go_at
            FROM portico.deprecation_notice n
           WHERE ((n.review = 'APPROVED'::text) AND (n.emergency_sunset_on IS NULL) AND (n.removed_in <= version_releasable_from.version) AND (n.approved_at < portico.version_due_at(n.removed_in)))) g;
END;

CREATE OR REPLACE FUNCTION portico.world_differences(source_id text, target_id text)
 RETURNS TABLE(noun text, id text, change text, columns text[])
 LANGUAGE plpgsql
 SECURITY DEFINER
 SET search_path TO ''
AS $function$
declare
  source portico.environment := portico.lock_sandbox(source_id);
  target portico.environment := portico.lock_sandbox(target_id);
  compared record;
begin
  for compared in
    select t.tenant_table, c.relname,
      (select string_agg(format('%s as %I', expression, name), ', ') from portico.carried_columns(t.tenant_table)) as carried,
      (select string_agg(quote_ident(name), ', ') from portico.carried_columns(t.tenant_table)) as names,
      (select string_agg(format('s.%I = t.%1$I', a.attname), ' and ') from pg_catalog.pg_attribute a where a.attrelid = t.tenant_table and a.attnum = any (k.conkey)) as match,
      (select string_agg(format('coalesce(s.%I, t.%1$I)', a.attname), ' || '' '' || ' order by array_position(k.conkey, a.attnum))
       from pg_catalog.pg_attribute a where a.attrelid = t.tenant_table and a.attnum = any (k.conkey) and a.attname <> 'environment_id') as key
    from portico.tenant_tables() t
    join pg_catalog.pg_class c on c.oid = t.tenant_table
    join pg_catalog.pg_constraint k on k.conrelid = t.tenant_table and k.contype = 'p'
    where not t.of_the_door
    order by c.relname
  loop
    return query execute format(
      'select %1$L::text, (%2$s)::text, case when s.environment_id is null then ''ADDED'' when t.environment_id is null then ''REMOVED'' else ''CHANGED'' end,
         case when s.environment_id is not null and t.environment_id is not null then array(
           select o.key from jsonb_each(to_jsonb(s)) o join jsonb_each(to_jsonb(t)) n on n.key = o.key where o.value is distinct from n.value order by 1) else ''{}''::text[] end
       from (select %3$s from %4$s where environment_id = $1) s
       full join (select %5$s from %4$s where environment_id = $2) t on %6$s
       where s is distinct from t order by 2',
      compared.relname, coalesce(compared.key, ''''''), compared.carried, compared.tenant_table, compared.names, compared.match)
      using source_id, target_id, source.id_namespace, target.id_namespace;
  end loop;
end $function$;
revoke all on function portico.world_differences(text,text) from public;
grant execute on function portico.world_differences(text,text) to portico_service;

CREATE OR REPLACE FUNCTION portico.world_rows(environment_id text)
 RETURNS bigint
 LANGUAGE plpgsql
 STABLE SECURITY DEFINER
 SET search_path TO ''
AS $function$
declare
  counted bigint;
  statement text;
begin
  select 'select ' || string_agg(format('(select count(*) from %s where environment_id = $1)', t.tenant_table), ' + ') into statement
  from portico.tenant_tables() t where not t.of_the_door;
  execute statement into counted using environment_id;
  return counted;
end $function$;
revoke all on function portico.world_rows(text) from public;
grant execute on function portico.world_rows(text) to portico_service;

create table portico.access_entry (
  environment_id portico.id not null,
  id portico.id not null,
  partner_id portico.id not null,
  integration_id portico.id not null,
  subject_reference text collate "C" not null,
  grant_id portico.id not null,
  grant_version integer not null,
  purpose text collate "C" not null,
  fields text[] not null,
  record_count integer not null,
  decision text not null,
  request_id text collate "C" not null,
  at timestamp with time zone not null,
  recorded_at timestamp with time zone not null,
  written_in xid8 default pg_current_xact_id() not null,
  constraint access_entry_pkey PRIMARY KEY (environment_id, id),
  constraint access_entry_decision_check CHECK (decision = 'RELEASED'::text),
  constraint access_entry_fields_check CHECK (cardinality(fields) > 0),
  constraint access_entry_record_count_check CHECK (record_count > 0),
  constraint access_entry_subject_reference_check CHECK (subject_reference ~ '^[0-9a-f]{64}$'::text),
  constraint access_entry_environment_id_fkey FOREIGN KEY (environment_id) REFERENCES portico.environment(id)
);
CREATE INDEX access_entry_in_order ON portico.access_entry USING btree (environment_id, written_in, id);
CREATE INDEX access_entry_of_person ON portico.access_entry USING btree (environment_id, subject_reference, recorded_at);
alter table portico.access_entry enable row level security;
create policy tenant on portico.access_entry for all
  using ((environment_id::text = (( SELECT current_setting('portico.environment_id'::text, true) AS current_setting))) IS TRUE AND ((( SELECT current_setting('portico.partner_id'::text, true) AS current_setting)) = partner_id::text OR (( SELECT current_setting('portico.partner_id'::text, true) AS current_setting)) = '*'::text))
  with check ((environment_id::text = (( SELECT current_setting('portico.environment_id'::text, true) AS current_setting))) IS TRUE AND ((( SELECT current_setting('portico.partner_id'::text, true) AS current_setting)) = partner_id::text OR (( SELECT current_setting('portico.partner_id'::text, true) AS current_setting)) = '*'::text));
CREATE TRIGGER append_only BEFORE DELETE OR UPDATE ON portico.access_entry FOR EACH ROW EXECUTE FUNCTION portico.refuse_change();
CREATE TRIGGER append_only_truncate BEFORE TRUNCATE ON portico.access_entry FOR EACH STATEMENT EXECUTE FUNCTION portico.refuse_change();
comment on table portico.access_entry is 'Of the door, not of the world.';
grant insert, select on portico.access_entry to portico_service;

create table portico.anonymous_sandbox (
  environment_id portico.id not null,
  address_hash bytea not null,
  claim_hash bytea not null,
  world text not null,
  size text not null,
  seed integer not null,
  client_id portico.id not null,
  row_count bigint not null,
  created_at timestamp with time zone not null,
  expires_at timestamp with time zone not null,
  constraint anonymous_sandbox_pkey PRIMARY KEY (environment_id),
  constraint anonymous_sandbox_claim_hash_key UNIQUE (claim_hash),
  constraint anonymous_sandbox_address_hash_check CHECK (length(address_hash) = 32),
  constraint anonymous_sandbox_claim_hash_check CHECK (length(claim_hash) = 32),
  constraint anonymous_sandbox_size_check CHECK (size = ANY (ARRAY['SMALL'::text, 'FULL'::text])),
  constraint anonymous_sandbox_environment_id_fkey FOREIGN KEY (environment_id) REFERENCES portico.environment(id)
);
CREATE INDEX anonymous_sandbox_by_address ON portico.anonymous_sandbox USING btree (address_hash, expires_at);
CREATE INDEX anonymous_sandbox_by_end ON portico.anonymous_sandbox USING btree (expires_at);
alter table portico.anonymous_sandbox enable row level security;
create policy tenant on portico.anonymous_sandbox for all
  using ((environment_id::text = (( SELECT current_setting('portico.environment_id'::text, true) AS current_setting))) IS TRUE)
  with check ((environment_id::text = (( SELECT current_setting('portico.environment_id'::text, true) AS current_setting))) IS TRUE);
comment on table portico.anonymous_sandbox is 'Of the door, not of the world.';
grant insert, select on portico.anonymous_sandbox to portico_service;

create table portico.authorization_code (
  environment_id portico.id not null,
  code_hash bytea not null,
  partner_id portico.id not null,
  integration_id portico.id not null,
  grant_id portico.id not null,
  redirect_uri text not null,
  code_challenge text not null,
  expires_at timestamp with time zone not null,
  used_at timestamp with time zone,
  constraint authorization_code_pkey PRIMARY KEY (environment_id, code_hash),
  constraint authorization_code_code_challenge_check CHECK (code_challenge ~ '^[A-Za-z0-9_-]{43}$'::text),
  constraint authorization_code_code_hash_check CHECK (length(code_hash) = 32),
  constraint authorization_code_environment_id_partner_id_integration_i_fkey FOREIGN KEY (environment_id, partner_id, integration_id) REFERENCES portico.integration(environment_id, partner_id, id) DEFERRABLE
);
CREATE INDEX authorization_code_age ON portico.authorization_code USING btree (expires_at);
alter table portico.authorization_code enable row level security;
create policy tenant on portico.authorization_code for all
  using ((environment_id::text = (( SELECT current_setting('portico.environment_id'::text, true) AS current_setting))) IS TRUE AND ((( SELECT current_setting('portico.partner_id'::text, true) AS current_setting)) = partner_id::text OR (( SELECT current_setting('portico.partner_id'::text, true) AS current_setting)) = '*'::text))
  with check ((environment_id::text = (( SELECT current_setting('portico.environment_id'::text, true) AS current_setting))) IS TRUE AND ((( SELECT current_setting('portico.partner_id'::text, true) AS current_setting)) = partner_id::text OR (( SELECT current_setting('portico.partner_id'::text, true) AS current_setting)) = '*'::text));
comment on table portico.authorization_code is 'Of the door, not of the world.';
grant insert, select, update on portico.authorization_code to portico_service;

create table portico.award (
  environment_id portico.id not null,
  id portico.id not null,
  partner_id portico.id not null,
  integration_id portico.id not null,
  milestone_id portico.id not null,
  reward_id portico.id not null,
  period text collate "C" not null,
  awarded_at timestamp with time zone not null,
  amount_minor bigint,
  currency text,
  version integer,
  constraint award_pkey PRIMARY KEY (environment_id, id),
  constraint award_environment_id_partner_id_milestone_id_period_key UNIQUE (environment_id, partner_id, milestone_id, period),
  constraint award_amount_minor_check CHECK (amount_minor > 0),
  constraint award_currency_check CHECK (currency ~ '^[A-Z]{3}$'::text),
  constraint award_money CHECK ((amount_minor IS NULL) = (currency IS NULL)),
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

create table portico.award_decision (
  environment_id portico.id not null,
  award_id portico.id not null,
  decided_by text collate "C" not null,
  partner_id portico.id not null,
  verdict text not null,
  reason text not null,
  decided_at timestamp with time zone not null,
  constraint award_decision_pkey PRIMARY KEY (environment_id, award_id, decided_by),
  constraint award_decision_verdict_check CHECK (verdict = ANY (ARRAY['APPROVED'::text, 'VOIDED'::text])),
  constraint award_decision_environment_id_award_id_fkey FOREIGN KEY (environment_id, award_id) REFERENCES portico.award(environment_id, id)
);
alter table portico.award_decision enable row level security;
create policy tenant on portico.award_decision for all
  using ((environment_id::text = (( SELECT current_setting('portico.environment_id'::text, true) AS current_setting))) IS TRUE AND ((( SELECT current_setting('portico.partner_id'::text, true) AS current_setting)) = partner_id::text OR (( SELECT current_setting('portico.partner_id'::text, true) AS current_setting)) = '*'::text))
  with check ((environment_id::text = (( SELECT current_setting('portico.environment_id'::text, true) AS current_setting))) IS TRUE AND ((( SELECT current_setting('portico.partner_id'::text, true) AS current_setting)) = partner_id::text OR (( SELECT current_setting('portico.partner_id'::text, true) AS current_setting)) = '*'::text));
CREATE TRIGGER append_only BEFORE DELETE OR UPDATE ON portico.award_decision FOR EACH ROW EXECUTE FUNCTION portico.refuse_change();
CREATE TRIGGER append_only_statement BEFORE DELETE OR UPDATE ON portico.award_decision FOR EACH STATEMENT EXECUTE FUNCTION portico.refuse_change();
CREATE TRIGGER append_only_truncate BEFORE TRUNCATE ON portico.award_decision FOR EACH STATEMENT EXECUTE FUNCTION portico.refuse_change();
grant insert, select on portico.award_decision to portico_service;

create table portico.award_reversal (
  environment_id portico.id not null,
  award_id portico.id not null,
  partner_id portico.id not null,
  reason text not null,
  reversed_at timestamp with time zone not null,
  constraint award_reversal_pkey PRIMARY KEY (environment_id, award_id),
  constraint award_reversal_environment_id_award_id_fkey FOREIGN KEY (environment_id, award_id) REFERENCES portico.award(environment_id, id)
);
alter table portico.award_reversal enable row level security;
create policy tenant on portico.award_reversal for all
  using ((environment_id::text = (( SELECT current_setting('portico.environment_id'::text, true) AS current_setting))) IS TRUE AND ((( SELECT current_setting('portico.partner_id'::text, true) AS current_setting)) = partner_id::text OR (( SELECT current_setting('portico.partner_id'::text, true) AS current_setting)) = '*'::text))
  with check ((environment_id::text = (( SELECT current_setting('portico.environment_id'::text, true) AS current_setting))) IS TRUE AND ((( SELECT current_setting('portico.partner_id'::text, true) AS current_setting)) = partner_id::text OR (( SELECT current_setting('portico.partner_id'::text, true) AS current_setting)) = '*'::text));
CREATE TRIGGER append_only BEFORE DELETE OR UPDATE ON portico.award_reversal FOR EACH ROW EXECUTE FUNCTION portico.refuse_change();
CREATE TRIGGER append_only_statement BEFORE DELETE OR UPDATE ON portico.award_reversal FOR EACH STATEMENT EXECUTE FUNCTION portico.refuse_change();
CREATE TRIGGER append_only_truncate BEFORE TRUNCATE ON portico.award_reversal FOR EACH STATEMENT EXECUTE FUNCTION portico.refuse_change();
grant insert, select on portico.award_reversal to portico_service;

create table portico.breach (
  environment_id portico.id not null,
  id portico.id not null,
  held_by text default '*'::text not null,
  partner_id portico.id not null,
  summary text not null,
  affected_since timestamp with time zone,
  discovered_at timestamp with time zone not null,
  reported_at timestamp with time zone not null,
  reported_by portico.id not null,
  closed_at timestamp with time zone,
  closed_by portico.id,
  grants text,
  findings text,
  constraint breach_pkey PRIMARY KEY (environment_id, id),
  constraint breach_check CHECK (reported_at >= discovered_at),
  constraint breach_check1 CHECK (closed_at >= reported_at),
  constraint breach_check2 CHECK (num_nulls(closed_at, closed_by, grants, findings) = ANY (ARRAY[0, 4])),
  constraint breach_findings_check CHECK (length(btrim(findings)) >= 1 AND length(btrim(findings)) <= 2000),
  constraint breach_grants_check CHECK (grants = ANY (ARRAY['RESUMED'::text, 'REVOKED'::text])),
  constraint breach_held_by_check CHECK (held_by = '*'::text),
  constraint breach_summary_check CHECK (length(btrim(summary)) >= 1 AND length(btrim(summary)) <= 2000),
  constraint breach_environment_id_partner_id_fkey FOREIGN KEY (environment_id, partner_id) REFERENCES portico.partner(environment_id, id)
);
CREATE INDEX breach_newest ON portico.breach USING btree (environment_id, reported_at DESC, id);
CREATE UNIQUE INDEX breach_open ON portico.breach USING btree (environment_id, partner_id) WHERE closed_at IS NULL;
alter table portico.breach enable row level security;
create policy recipient on portico.breach for select
  using ((environment_id::text = (( SELECT current_setting('portico.environment_id'::text, true) AS current_setting))) IS TRUE AND (( SELECT current_setting('portico.partner_id'::text, true) AS current_setting)) = partner_id::text);
create policy tenant on portico.breach for all
  using ((environment_id::text = (( SELECT current_setting('portico.environment_id'::text, true) AS current_setting))) IS TRUE AND ((( SELECT current_setting('portico.partner_id'::text, true) AS current_setting)) = held_by OR (( SELECT current_setting('portico.partner_id'::text, true) AS current_setting)) = '*'::text))
  with check ((environment_id::text = (( SELECT current_setting('portico.environment_id'::text, true) AS current_setting))) IS TRUE AND ((( SELECT current_setting('portico.partner_id'::text, true) AS current_setting)) = held_by OR (( SELECT current_setting('portico.partner_id'::text, true) AS current_setting)) = '*'::text));
grant insert, select, update on portico.breach to portico_service;

create table portico.breach_notification (
  environment_id portico.id not null,
  id portico.id not null,
  held_by text default '*'::text not null,
  breach_id portico.id not null,
  audience text not null,
  how text not null,
  notified_at timestamp with time zone not null,
  recorded_by portico.id not null,
  constraint breach_notification_pkey PRIMARY KEY (environment_id, id),
  constraint breach_notification_audience_check CHECK (audience = ANY (ARRAY['AUTHORITY'::text, 'PEOPLE'::text, 'PARTNER'::text])),
  constraint breach_notification_held_by_check CHECK (held_by = '*'::text),
  constraint breach_notification_how_check CHECK (length(btrim(how)) >= 1 AND length(btrim(how)) <= 1000),
  constraint breach_notification_environment_id_breach_id_fkey FOREIGN KEY (environment_id, breach_id) REFERENCES portico.breach(environment_id, id)
);
CREATE INDEX breach_notification_of_breach ON portico.breach_notification USING btree (environment_id, breach_id, notified_at, id);
alter table portico.breach_notification enable row level security;
create policy recipient on portico.breach_notification for select
  using ((environment_id::text = (( SELECT current_setting('portico.environment_id'::text, true) AS current_setting))) IS TRUE AND (EXISTS ( SELECT
   FROM portico.breach b
  WHERE b.environment_id::text = breach_notification.environment_id::text AND b.id::text = breach_notification.breach_id::text)));
create policy tenant on portico.breach_notification for all
  using ((environment_id::text = (( SELECT current_setting('portico.environment_id'::text, true) AS current_setting))) IS TRUE AND ((( SELECT current_setting('portico.partner_id'::text, true) AS current_setting)) = held_by OR (( SELECT current_setting('portico.partner_id'::text, true) AS current_setting)) = '*'::text))
  with check ((environment_id::text = (( SELECT current_setting('portico.environment_id'::text, true) AS current_setting))) IS TRUE AND ((( SELECT current_setting('portico.partner_id'::text, true) AS current_setting)) = held_by OR (( SELECT current_setting('portico.partner_id'::text, true) AS current_setting)) = '*'::text));
CREATE TRIGGER append_only BEFORE DELETE OR UPDATE ON portico.breach_notification FOR EACH ROW EXECUTE FUNCTION portico.refuse_change();
CREATE TRIGGER append_only_truncate BEFORE TRUNCATE ON portico.breach_notification FOR EACH STATEMENT EXECUTE FUNCTION portico.refuse_change();
grant insert, select on portico.breach_notification to portico_service;

create table portico.brownout_abort (
  window_id portico.id not null,
  staff_id portico.id,
  reason text not null,
  aborted_at timestamp with time zone not null,
  constraint brownout_abort_pkey PRIMARY KEY (window_id),
  constraint brownout_abort_reason_check CHECK (length(btrim(reason)) > 0),
  constraint brownout_abort_staff_id_fkey FOREIGN KEY (staff_id) REFERENCES portico.staff(id),
  constraint brownout_abort_window_id_fkey FOREIGN KEY (window_id) REFERENCES portico.brownout_window(id)
);
CREATE TRIGGER append_only BEFORE DELETE OR UPDATE ON portico.brownout_abort FOR EACH ROW EXECUTE FUNCTION portico.refuse_change();
CREATE TRIGGER append_only_truncate BEFORE TRUNCATE ON portico.brownout_abort FOR EACH STATEMENT EXECUTE FUNCTION portico.refuse_change();
CREATE TRIGGER count_revision AFTER INSERT ON portico.brownout_abort FOR EACH STATEMENT EXECUTE FUNCTION portico.count_registry_revision();
grant insert, select on portico.brownout_abort to portico_service;

create table portico.brownout_opt_out (
  environment_id portico.id not null,
  window_id portico.id not null,
  partner_id portico.id not null,
  reason text not null,
  opted_out_at timestamp with time zone not null,
  constraint brownout_opt_out_pkey PRIMARY KEY (environment_id, window_id, partner_id),
  constraint brownout_opt_out_environment_id_partner_id_fkey FOREIGN KEY (environment_id, partner_id) REFERENCES portico.partner(environment_id, id),
  constraint brownout_opt_out_window_id_fkey FOREIGN KEY (window_id) REFERENCES portico.brownout_window(id)
);
alter table portico.brownout_opt_out enable row level security;
create policy tenant on portico.brownout_opt_out for all
  using ((environment_id::text = (( SELECT current_setting('portico.environment_id'::text, true) AS current_setting))) IS TRUE AND ((( SELECT current_setting('portico.partner_id'::text, true) AS current_setting)) = partner_id::text OR (( SELECT current_setting('portico.partner_id'::text, true) AS current_setting)) = '*'::text))
  with check ((environment_id::text = (( SELECT current_setting('portico.environment_id'::text, true) AS current_setting))) IS TRUE AND ((( SELECT current_setting('portico.partner_id'::text, true) AS current_setting)) = partner_id::text OR (( SELECT current_setting('portico.partner_id'::text, true) AS current_setting)) = '*'::text));
CREATE TRIGGER append_only BEFORE DELETE OR UPDATE ON portico.brownout_opt_out FOR EACH ROW EXECUTE FUNCTION portico.refuse_change();
CREATE TRIGGER append_only_truncate BEFORE TRUNCATE ON portico.brownout_opt_out FOR EACH STATEMENT EXECUTE FUNCTION portico.refuse_change();
CREATE TRIGGER count_revision AFTER INSERT ON portico.brownout_opt_out FOR EACH STATEMENT EXECUTE FUNCTION portico.count_registry_revision();
grant insert, select on portico.brownout_opt_out to portico_service;

create table portico.brownout_toll (
  window_id portico.id not null,
  minute timestamp with time zone not null,
  held_by text default '*'::text not null,
  asked bigint not null,
  refused bigint not null,
  constraint brownout_toll_pkey PRIMARY KEY (window_id, minute),
  constraint brownout_toll_asked_check CHECK (asked >= 0),
  constraint brownout_toll_check CHECK (refused >= 0 AND refused <= asked),
  constraint brownout_toll_held_by_check CHECK (held_by = '*'::text),
  constraint brownout_toll_window_id_fkey FOREIGN KEY (window_id) REFERENCES portico.brownout_window(id)
);
alter table portico.brownout_toll enable row level security;
create policy marketplace on portico.brownout_toll for all
  using ((held_by = (( SELECT current_setting('portico.partner_id'::text, true) AS current_setting))) IS TRUE)
  with check ((held_by = (( SELECT current_setting('portico.partner_id'::text, true) AS current_setting))) IS TRUE);
grant insert, select, update on portico.brownout_toll to portico_service;

create table portico.brownout_window (
  id portico.id not null,
  notice_id portico.id not null,
  audience text default 'PUBLIC'::text not null,
  starts_at timestamp with time zone not null,
  ends_at timestamp with time zone not null,
  staff_id portico.id not null,
  scheduled_at timestamp with time zone not null,
  constraint brownout_window_pkey PRIMARY KEY (id),
  constraint brownout_window_audience_check CHECK (audience = 'PUBLIC'::text),
  constraint brownout_window_check CHECK (ends_at > starts_at),
  constraint brownout_window_notice_id_fkey FOREIGN KEY (notice_id) REFERENCES portico.deprecation_notice(id),
  constraint brownout_window_staff_id_fkey FOREIGN KEY (staff_id) REFERENCES portico.staff(id)
);
CREATE INDEX brownout_window_of_notice ON portico.brownout_window USING btree (notice_id, starts_at, id);
CREATE TRIGGER append_only BEFORE DELETE OR UPDATE ON portico.brownout_window FOR EACH ROW EXECUTE FUNCTION portico.refuse_change();
CREATE TRIGGER append_only_truncate BEFORE TRUNCATE ON portico.brownout_window FOR EACH STATEMENT EXECUTE FUNCTION portico.refuse_change();
CREATE TRIGGER count_revision AFTER INSERT ON portico.brownout_window FOR EACH STATEMENT EXECUTE FUNCTION portico.count_registry_revision();
grant insert, select on portico.brownout_window to portico_service;

create table portico.change_mark (
  environment_id portico.id not null,
  of_partner text collate "C" not null,
  transaction xid8 not null,
  mark bigint not null,
  constraint change_mark_pkey PRIMARY KEY (environment_id, of_partner, transaction)
);
alter table portico.change_mark enable row level security;
create policy tenant on portico.change_mark for all
  using ((environment_id::text = (( SELECT current_setting('portico.environment_id'::text, true) AS current_setting))) IS TRUE AND (of_partner = ''::text OR (( SELECT current_setting('portico.partner_id'::text, true) AS current_setting)) = of_partner OR (( SELECT current_setting('portico.partner_id'::text, true) AS current_setting)) = '*'::text));
comment on table portico.change_mark is 'Of the door, not of the world.';
grant select on portico.change_mark to portico_service;

create table portico.checkpoint_key (
  kid text collate "C" not null,
  jwk jsonb not null,
  first_used_at timestamp with time zone not null,
  constraint checkpoint_key_pkey PRIMARY KEY (kid)
);
grant insert, select on portico.checkpoint_key to portico_service;

create table portico.clawback (
  environment_id portico.id not null,
  id portico.id not null,
  partner_id portico.id not null,
  award_id portico.id not null,
  amount_minor bigint not null,
  reason text not null,
  announced_by text collate "C" not null,
  announced_at timestamp with time zone not null,
  executes_at timestamp with time zone not null,
  appealed_at timestamp with time zone,
  appeal text,
  decided_at timestamp with time zone,
  verdict text,
  verdict_reason text,
  constraint clawback_pkey PRIMARY KEY (environment_id, id),
  constraint clawback_amount_minor_check CHECK (amount_minor > 0),
  constraint clawback_check CHECK (executes_at > announced_at),
  constraint clawback_check1 CHECK ((appealed_at IS NULL) = (appeal IS NULL)),
  constraint clawback_check2 CHECK ((decided_at IS NULL) = (verdict IS NULL) AND (verdict IS NULL) = (verdict_reason IS NULL)),
  constraint clawback_reason_check CHECK (length(btrim(reason)) > 0),
  constraint clawback_verdict_check CHECK (verdict = ANY (ARRAY['EXECUTED'::text, 'DROPPED'::text])),
  constraint clawback_environment_id_award_id_fkey FOREIGN KEY (environment_id, award_id) REFERENCES portico.award(environment_id, id),
  constraint clawback_environment_id_partner_id_fkey FOREIGN KEY (environment_id, partner_id) REFERENCES portico.partner(environment_id, id)
);
CREATE INDEX clawback_newest ON portico.clawback USING btree (environment_id, partner_id, announced_at DESC, id);
CREATE INDEX clawback_of_award ON portico.clawback USING btree (environment_id, award_id, id);
alter table portico.clawback enable row level security;
create policy tenant on portico.clawback for all
  using ((environment_id::text = (( SELECT current_setting('portico.environment_id'::text, true) AS current_setting))) IS TRUE AND ((( SELECT current_setting('portico.partner_id'::text, true) AS current_setting)) = partner_id::text OR (( SELECT current_setting('portico.partner_id'::text, true) AS current_setting)) = '*'::text))
  with check ((environment_id::text = (( SELECT current_setting('portico.environment_id'::text, true) AS current_setting))) IS TRUE AND ((( SELECT current_setting('portico.partner_id'::text, true) AS current_setting)) = partner_id::text OR (( SELECT current_setting('portico.partner_id'::text, true) AS current_setting)) = '*'::text));
grant insert, select on portico.clawback to portico_service;
grant update (appeal), update (appealed_at), update (decided_at), update (verdict), update (verdict_reason) on portico.clawback to portico_service;

create table portico.consent_event (
  environment_id portico.id not null,
  id portico.id not null,
  partner_id portico.id not null,
  customer_id portico.id,
  request_id portico.id,
  grant_id portico.id,
  kind text not null,
  actor text not null,
  grant_version integer,
  detail jsonb default '{}'::jsonb not null,
  at timestamp with time zone not null,
  recorded_at timestamp with time zone not null,
  constraint consent_event_pkey PRIMARY KEY (environment_id, id),
  constraint consent_event_actor_check CHECK (actor = ANY (ARRAY['SUBJECT'::text, 'PARTNER'::text, 'MARKETPLACE'::text, 'PORTICO'::text])),
  constraint consent_event_check CHECK ((grant_id IS NULL) = (grant_version IS NULL)),
  constraint consent_event_kind_check CHECK (kind = ANY (ARRAY['REQUESTED'::text, 'GIVEN'::text, 'REFUSED'::text, 'NARROWED'::text, 'SUSPENDED'::text, 'RESUMED'::text, 'CONSUMED'::text, 'EXPIRED'::text, 'WITHDRAWN'::text, 'REVOKED'::text, 'RELINQUISHED'::text, 'SUPERSEDED'::text, 'INVALIDATED'::text]))
);
CREATE INDEX consent_event_of_person ON portico.consent_event USING btree (environment_id, customer_id, at);
CREATE UNIQUE INDEX consent_event_of_grant ON portico.consent_event USING btree (environment_id, grant_id, grant_version);
alter table portico.consent_event enable row level security;
create policy tenant on portico.consent_event for all
  using ((environment_id::text = (( SELECT current_setting('portico.environment_id'::text, true) AS current_setting))) IS TRUE AND ((( SELECT current_setting('portico.partner_id'::text, true) AS current_setting)) = partner_id::text OR (( SELECT current_setting('portico.partner_id'::text, true) AS current_setting)) = '*'::text))
  with check ((environment_id::text = (( SELECT current_setting('portico.environment_id'::text, true) AS current_setting))) IS TRUE AND ((( SELECT current_setting('portico.partner_id'::text, true) AS current_setting)) = partner_id::text OR (( SELECT current_setting('portico.partner_id'::text, true) AS current_setting)) = '*'::text));
CREATE TRIGGER append_only BEFORE DELETE OR UPDATE ON portico.consent_event FOR EACH ROW EXECUTE FUNCTION portico.refuse_change();
CREATE TRIGGER append_only_truncate BEFORE TRUNCATE ON portico.consent_event FOR EACH STATEMENT EXECUTE FUNCTION portico.refuse_change();
grant insert, select on portico.consent_event to portico_service;

create table portico.consent_grant (
  environment_id portico.id not null,
  id portico.id not null,
  version integer default 1 not null,
  partner_id portico.id not null,
  integration_id portico.id not null,
  customer_id portico.id not null,
  purpose text collate "C" not null,
  purpose_version integer not null,
  request_id portico.id not null,
  one_time boolean default false not null,
  given_at timestamp with time zone not null,
  expires_at timestamp with time zone not null,
  suspended_at timestamp with time zone,
  consumed_at timestamp with time zone,
  ended_at timestamp with time zone,
  end_kind text,
  subject_id portico.id not null,
  constraint consent_grant_pkey PRIMARY KEY (environment_id, id),
  constraint consent_grant_check CHECK (expires_at > given_at),
  constraint consent_grant_check1 CHECK ((ended_at IS NULL) = (end_kind IS NULL)),
  constraint consent_grant_check2 CHECK (consumed_at IS NULL OR one_time),
  constraint consent_grant_end_kind_check CHECK (end_kind = ANY (ARRAY['EXPIRED'::text, 'WITHDRAWN'::text, 'REVOKED'::text, 'RELINQUISHED'::text, 'SUPERSEDED'::text, 'INVALIDATED'::text])),
  constraint consent_grant_version_check CHECK (version > 0),
  constraint consent_grant_environment_id_customer_id_fkey FOREIGN KEY (environment_id, customer_id) REFERENCES portico.customer(environment_id, id),
  constraint consent_grant_environment_id_partner_id_integration_id_fkey FOREIGN KEY (environment_id, partner_id, integration_id) REFERENCES portico.integration(environment_id, partner_id, id),
  constraint consent_grant_environment_id_request_id_fkey FOREIGN KEY (environment_id, request_id) REFERENCES portico.consent_request(environment_id, id),
  constraint consent_grant_purpose_purpose_version_fkey FOREIGN KEY (purpose, purpose_version) REFERENCES portico.purpose_version(purpose, version),
  constraint consent_grant_subject FOREIGN KEY (environment_id, subject_id) REFERENCES portico.pairwise_subject(environment_id, id)
);
CREATE INDEX consent_grant_by_customer ON portico.consent_grant USING btree (environment_id, customer_id, given_at DESC, id);
CREATE INDEX consent_grant_by_subject ON portico.consent_grant USING btree (environment_id, subject_id, given_at DESC);
CREATE INDEX consent_grant_newest ON portico.consent_grant USING btree (environment_id, integration_id, given_at DESC, id);
CREATE INDEX consent_grant_of_request ON portico.consent_grant USING btree (environment_id, request_id);
CREATE INDEX consent_grant_shown ON portico.consent_grant USING btree (environment_id, integration_id, purpose, subject_id) WHERE ended_at IS NULL;
CREATE UNIQUE INDEX consent_grant_standing ON portico.consent_grant USING btree (environment_id, integration_id, customer_id, purpose) WHERE ended_at IS NULL;
alter table portico.consent_grant enable row level security;
create policy tenant on portico.consent_grant for all
  using ((environment_id::text = (( SELECT current_setting('portico.environment_id'::text, true) AS current_setting))) IS TRUE AND ((( SELECT current_setting('portico.partner_id'::text, true) AS current_setting)) = partner_id::text OR (( SELECT current_setting('portico.partner_id'::text, true) AS current_setting)) = '*'::text))
  with check ((environment_id::text = (( SELECT current_setting('portico.environment_id'::text, true) AS current_setting))) IS TRUE AND ((( SELECT current_setting('portico.partner_id'::text, true) AS current_setting)) = partner_id::text OR (( SELECT current_setting('portico.partner_id'::text, true) AS current_setting)) = '*'::text));
grant insert, select, update on portico.consent_grant to portico_service;

create table portico.consent_grant_scope (
  environment_id portico.id not null,
  partner_id portico.id not null,
  grant_id portico.id not null,
  category text collate "C" not null,
  level text not null,
  lookback_days integer,
  "precision" text not null,
  constraint consent_grant_scope_pkey PRIMARY KEY (environment_id, grant_id, category),
  constraint consent_grant_scope_level_check CHECK (level = ANY (ARRAY['COUNT'::text, 'OVERLAP'::text, 'RECORD'::text])),
  constraint consent_grant_scope_lookback_days_check CHECK (lookback_days > 0),
  constraint consent_grant_scope_precision_check CHECK ("precision" = ANY (ARRAY['COARSE'::text, 'EXACT'::text])),
  constraint consent_grant_scope_category_fkey FOREIGN KEY (category) REFERENCES portico.data_category(code),
  constraint consent_grant_scope_environment_id_grant_id_fkey FOREIGN KEY (environment_id, grant_id) REFERENCES portico.consent_grant(environment_id, id)
);
alter table portico.consent_grant_scope enable row level security;
create policy tenant on portico.consent_grant_scope for all
  using ((environment_id::text = (( SELECT current_setting('portico.environment_id'::text, true) AS current_setting))) IS TRUE AND ((( SELECT current_setting('portico.partner_id'::text, true) AS current_setting)) = partner_id::text OR (( SELECT current_setting('portico.partner_id'::text, true) AS current_setting)) = '*'::text))
  with check ((environment_id::text = (( SELECT current_setting('portico.environment_id'::text, true) AS current_setting))) IS TRUE AND ((( SELECT current_setting('portico.partner_id'::text, true) AS current_setting)) = partner_id::text OR (( SELECT current_setting('portico.partner_id'::text, true) AS current_setting)) = '*'::text));
grant delete, insert, select on portico.consent_grant_scope to portico_service;

create table portico.consent_notice (
  environment_id portico.id not null,
  hash text collate "C" not null,
  document jsonb not null,
  constraint consent_notice_pkey PRIMARY KEY (environment_id, hash),
  constraint consent_notice_hash_check CHECK (hash ~ '^[0-9a-f]{64}$'::text),
  constraint consent_notice_environment_id_fkey FOREIGN KEY (environment_id) REFERENCES portico.environment(id)
);
alter table portico.consent_notice enable row level security;
create policy tenant on portico.consent_notice for all
  using ((environment_id::text = (( SELECT current_setting('portico.environment_id'::text, true) AS current_setting))) IS TRUE)
  with check ((environment_id::text = (( SELECT current_setting('portico.environment_id'::text, true) AS current_setting))) IS TRUE);
grant insert, select on portico.consent_notice to portico_service;

create table portico.consent_receipt (
  environment_id portico.id not null,
  id portico.id not null,
  partner_id portico.id not null,
  grant_id portico.id not null,
  grant_version integer not null,
  jws text not null,
  constraint consent_receipt_pkey PRIMARY KEY (environment_id, id),
  constraint consent_receipt_environment_id_grant_id_grant_version_key UNIQUE (environment_id, grant_id, grant_version),
  constraint consent_receipt_environment_id_grant_id_fkey FOREIGN KEY (environment_id, grant_id) REFERENCES portico.consent_grant(environment_id, id)
);
alter table portico.consent_receipt enable row level security;
create policy tenant on portico.consent_receipt for all
  using ((environment_id::text = (( SELECT current_setting('portico.environment_id'::text, true) AS current_setting))) IS TRUE AND ((( SELECT current_setting('portico.partner_id'::text, true) AS current_setting)) = partner_id::text OR (( SELECT current_setting('portico.partner_id'::text, true) AS current_setting)) = '*'::text))
  with check ((environment_id::text = (( SELECT current_setting('portico.environment_id'::text, true) AS current_setting))) IS TRUE AND ((( SELECT current_setting('portico.partner_id'::text, true) AS current_setting)) = partner_id::text OR (( SELECT current_setting('portico.partner_id'::text, true) AS current_setting)) = '*'::text));
grant insert, select on portico.consent_receipt to portico_service;

create table portico.consent_reminder (
  environment_id portico.id not null,
  grant_id portico.id not null,
  partner_id portico.id not null,
  at timestamp with time zone not null,
  unused boolean not null,
  constraint consent_reminder_pkey PRIMARY KEY (environment_id, grant_id, at),
  constraint consent_reminder_environment_id_grant_id_fkey FOREIGN KEY (environment_id, grant_id) REFERENCES portico.consent_grant(environment_id, id)
);
alter table portico.consent_reminder enable row level security;
create policy tenant on portico.consent_reminder for all
  using ((environment_id::text = (( SELECT current_setting('portico.environment_id'::text, true) AS current_setting))) IS TRUE AND ((( SELECT current_setting('portico.partner_id'::text, true) AS current_setting)) = partner_id::text OR (( SELECT current_setting('portico.partner_id'::text, true) AS current_setting)) = '*'::text))
  with check ((environment_id::text = (( SELECT current_setting('portico.environment_id'::text, true) AS current_setting))) IS TRUE AND ((( SELECT current_setting('portico.partner_id'::text, true) AS current_setting)) = partner_id::text OR (( SELECT current_setting('portico.partner_id'::text, true) AS current_setting)) = '*'::text));
CREATE TRIGGER append_only BEFORE DELETE OR UPDATE ON portico.consent_reminder FOR EACH ROW EXECUTE FUNCTION portico.refuse_change();
CREATE TRIGGER append_only_truncate BEFORE TRUNCATE ON portico.consent_reminder FOR EACH STATEMENT EXECUTE FUNCTION portico.refuse_change();
grant insert, select on portico.consent_reminder to portico_service;

create table portico.consent_request (
  environment_id portico.id not null,
  id portico.id not null,
  partner_id portico.id not null,
  integration_id portico.id not null,
  customer_id portico.id,
  purpose text collate "C" not null,
  purpose_version integer not null,
  scopes jsonb not null,
  asked_at timestamp with time zone not null,
  expires_at timestamp with time zone not null,
  decided_at timestamp with time zone,
  decision text,
  grant_id portico.id,
  constraint consent_request_pkey PRIMARY KEY (environment_id, id),
  constraint consent_request_check CHECK ((decided_at IS NULL) = (decision IS NULL)),
  constraint consent_request_check1 CHECK ((grant_id IS NOT NULL) = COALESCE(decision = 'GIVEN'::text, false)),
  constraint consent_request_check2 CHECK (decision IS NULL OR customer_id IS NOT NULL),
  constraint consent_request_decision_check CHECK (decision = ANY (ARRAY['GIVEN'::text, 'REFUSED'::text])),
  constraint consent_request_scopes_check CHECK (jsonb_typeof(scopes) = 'array'::text),
  constraint consent_request_environment_id_customer_id_fkey FOREIGN KEY (environment_id, customer_id) REFERENCES portico.customer(environment_id, id),
  constraint consent_request_environment_id_grant_id_fkey FOREIGN KEY (environment_id, grant_id) REFERENCES portico.consent_grant(environment_id, id) DEFERRABLE INITIALLY DEFERRED,
  constraint consent_request_environment_id_partner_id_integration_id_fkey FOREIGN KEY (environment_id, partner_id, integration_id) REFERENCES portico.integration(environment_id, partner_id, id),
  constraint consent_request_purpose_purpose_version_fkey FOREIGN KEY (purpose, purpose_version) REFERENCES portico.purpose_version(purpose, version)
);
CREATE INDEX consent_request_by_integration ON portico.consent_request USING btree (environment_id, integration_id, asked_at DESC, id);
CREATE INDEX consent_request_of_customer ON portico.consent_request USING btree (environment_id, customer_id);
CREATE INDEX consent_request_of_grant ON portico.consent_request USING btree (environment_id, grant_id) WHERE grant_id IS NOT NULL;
CREATE INDEX consent_request_refusals ON portico.consent_request USING btree (environment_id, customer_id, partner_id, purpose, decided_at) WHERE decision = 'REFUSED'::text;
alter table portico.consent_request enable row level security;
create policy tenant on portico.consent_request for all
  using ((environment_id::text = (( SELECT current_setting('portico.environment_id'::text, true) AS current_setting))) IS TRUE AND ((( SELECT current_setting('portico.partner_id'::text, true) AS current_setting)) = partner_id::text OR (( SELECT current_setting('portico.partner_id'::text, true) AS current_setting)) = '*'::text))
  with check ((environment_id::text = (( SELECT current_setting('portico.environment_id'::text, true) AS current_setting))) IS TRUE AND ((( SELECT current_setting('portico.partner_id'::text, true) AS current_setting)) = partner_id::text OR (( SELECT current_setting('portico.partner_id'::text, true) AS current_setting)) = '*'::text));
grant insert, select, update on portico.consent_request to portico_service;

create table portico.correction_duty (
  environment_id portico.id not null,
  id portico.id not null,
  partner_id portico.id not null,
  integration_id portico.id not null,
  request_id portico.id not null,
  subject_id portico.id not null,
  category text collate "C" not null,
  arose_at timestamp with time zone not null,
  due_at timestamp with time zone not null,
  attested_at timestamp with time zone,
  attested_by portico.id,
  constraint correction_duty_pkey PRIMARY KEY (environment_id, id),
  constraint correction_duty_environment_id_request_id_integration_id_key UNIQUE (environment_id, request_id, integration_id),
  constraint correction_duty_check CHECK (due_at >= arose_at),
  constraint correction_duty_check1 CHECK (attested_at >= arose_at),
  constraint correction_duty_check2 CHECK (num_nulls(attested_at, attested_by) = ANY (ARRAY[0, 2])),
  constraint correction_duty_category_fkey FOREIGN KEY (category) REFERENCES portico.data_category(code),
  constraint correction_duty_environment_id_partner_id_integration_id_fkey FOREIGN KEY (environment_id, partner_id, integration_id) REFERENCES portico.integration(environment_id, partner_id, id),
  constraint correction_duty_environment_id_request_id_fkey FOREIGN KEY (environment_id, request_id) REFERENCES portico.rights_request(environment_id, id),
  constraint correction_duty_environment_id_subject_id_fkey FOREIGN KEY (environment_id, subject_id) REFERENCES portico.pairwise_subject(environment_id, id)
);
CREATE INDEX correction_duty_by_partner ON portico.correction_duty USING btree (environment_id, partner_id, due_at, id);
CREATE INDEX correction_duty_of_subject ON portico.correction_duty USING btree (environment_id, subject_id);
alter table portico.correction_duty enable row level security;
create policy tenant on portico.correction_duty for all
  using ((environment_id::text = (( SELECT current_setting('portico.environment_id'::text, true) AS current_setting))) IS TRUE AND ((( SELECT current_setting('portico.partner_id'::text, true) AS current_setting)) = partner_id::text OR (( SELECT current_setting('portico.partner_id'::text, true) AS current_setting)) = '*'::text))
  with check ((environment_id::text = (( SELECT current_setting('portico.environment_id'::text, true) AS current_setting))) IS TRUE AND ((( SELECT current_setting('portico.partner_id'::text, true) AS current_setting)) = partner_id::text OR (( SELECT current_setting('portico.partner_id'::text, true) AS current_setting)) = '*'::text));
grant delete, insert, select, update on portico.correction_duty to portico_service;

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
  constraint credential_environment_id_partner_id_integration_id_fkey FOREIGN KEY (environment_id, partner_id, integration_id) REFERENCES portico.integration(environment_id, partner_id, id) DEFERRABLE
);
CREATE INDEX credential_newest ON portico.credential USING btree (environment_id, integration_id, created_at DESC, id);
alter table portico.credential enable row level security;
create policy tenant on portico.credential for all
  using ((environment_id::text = (( SELECT current_setting('portico.environment_id'::text, true) AS current_setting))) IS TRUE AND ((( SELECT current_setting('portico.partner_id'::text, true) AS current_setting)) = partner_id::text OR (( SELECT current_setting('portico.partner_id'::text, true) AS current_setting)) = '*'::text))
  with check ((environment_id::text = (( SELECT current_setting('portico.environment_id'::text, true) AS current_setting))) IS TRUE AND ((( SELECT current_setting('portico.partner_id'::text, true) AS current_setting)) = partner_id::text OR (( SELECT current_setting('portico.partner_id'::text, true) AS current_setting)) = '*'::text));
comment on table portico.credential is 'Of the door, not of the world.';
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
  version integer default 1 not null,
  metric_id portico.id,
  measured_over text collate "C",
  constraint criterion_pkey PRIMARY KEY (environment_id, id),
  constraint criterion_place UNIQUE (environment_id, milestone_id, version, "position"),
  constraint criterion_comparison_check CHECK (comparison = ANY (ARRAY['AT_LEAST'::text, 'AT_MOST'::text])),
  constraint criterion_kind_check CHECK (kind = ANY (ARRAY['OUTCOME'::text, 'GUARDRAIL'::text, 'ACTIVITY'::text])),
  constraint criterion_measured_over_check CHECK (measured_over ~ '^(cycle|P[1-9][0-9]{0,2}D)$'::text),
  constraint criterion_version_check CHECK (version >= 1),
  constraint criterion_window_days_check CHECK (window_days > 0),
  constraint criterion_environment_id_milestone_id_fkey FOREIGN KEY (environment_id, milestone_id) REFERENCES portico.milestone(environment_id, id),
  constraint criterion_metric FOREIGN KEY (environment_id, metric_id) REFERENCES portico.metric(environment_id, id)
);
alter table portico.criterion enable row level security;
create policy tenant on portico.criterion for all
  using ((environment_id::text = (( SELECT current_setting('portico.environment_id'::text, true) AS current_setting))) IS TRUE)
  with check ((environment_id::text = (( SELECT current_setting('portico.environment_id'::text, true) AS current_setting))) IS TRUE);
CREATE TRIGGER marks_delete AFTER DELETE ON portico.criterion REFERENCING OLD TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION portico.leave_world_mark();
CREATE TRIGGER marks_insert AFTER INSERT ON portico.criterion REFERENCING NEW TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION portico.leave_world_mark();
CREATE TRIGGER marks_update AFTER UPDATE ON portico.criterion REFERENCING OLD TABLE AS before NEW TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION portico.leave_world_mark();
grant insert, select, update on portico.criterion to portico_service;

create table portico.criterion_progress (
  environment_id portico.id not null,
  partner_id portico.id not null,
  progress_id portico.id not null,
  criterion_id portico.id not null,
  value numeric,
  satisfied boolean not null,
  as_of timestamp with time zone not null,
  missing numeric,
  missing_count integer,
  events bigint,
  first_occurred_at timestamp with time zone,
  last_occurred_at timestamp with time zone,
  constraint criterion_progress_pkey PRIMARY KEY (environment_id, progress_id, criterion_id),
  constraint criterion_progress_events_check CHECK (events >= 0),
  constraint criterion_progress_evidence CHECK ((COALESCE(events, 0::bigint) = 0) = (first_occurred_at IS NULL) AND (first_occurred_at IS NULL) = (last_occurred_at IS NULL)),
  constraint criterion_progress_missing_count_check CHECK (missing_count >= 0),
  constraint criterion_progress_environment_id_criterion_id_fkey FOREIGN KEY (environment_id, criterion_id) REFERENCES portico.criterion(environment_id, id),
  constraint criterion_progress_environment_id_partner_id_progress_id_fkey FOREIGN KEY (environment_id, partner_id, progress_id) REFERENCES portico.milestone_progress(environment_id, partner_id, id)
);
alter table portico.criterion_progress enable row level security;
create policy tenant on portico.criterion_progress for all
  using ((environment_id::text = (( SELECT current_setting('portico.environment_id'::text, true) AS current_setting))) IS TRUE AND ((( SELECT current_setting('portico.partner_id'::text, true) AS current_setting)) = partner_id::text OR (( SELECT current_setting('portico.partner_id'::text, true) AS current_setting)) = '*'::text))
  with check ((environment_id::text = (( SELECT current_setting('portico.environment_id'::text, true) AS current_setting))) IS TRUE AND ((( SELECT current_setting('portico.partner_id'::text, true) AS current_setting)) = partner_id::text OR (( SELECT current_setting('portico.partner_id'::text, true) AS current_setting)) = '*'::text));
CREATE TRIGGER marks_delete AFTER DELETE ON portico.criterion_progress REFERENCING OLD TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION portico.leave_partner_mark();
CREATE TRIGGER marks_insert AFTER INSERT ON portico.criterion_progress REFERENCING NEW TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION portico.leave_partner_mark();
CREATE TRIGGER marks_update AFTER UPDATE ON portico.criterion_progress REFERENCING OLD TABLE AS before NEW TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION portico.leave_partner_mark();
grant delete, insert, select, update on portico.criterion_progress to portico_service;

create table portico.customer (
  environment_id portico.id not null,
  id portico.id not null,
  reference text collate "C" not null,
  given_name text,
  family_name text,
  email text,
  phone text,
  language text,
  joined_at timestamp with time zone,
  updated_at timestamp with time zone not null,
  erased_at timestamp with time zone,
  constraint customer_pkey PRIMARY KEY (environment_id, id),
  constraint customer_environment_id_reference_key UNIQUE (environment_id, reference),
  constraint customer_check CHECK (erased_at IS NULL OR num_nonnulls(given_name, family_name, email, phone, language, joined_at) = 0),
  constraint customer_reference_check CHECK (length(reference) >= 1 AND length(reference) <= 100),
  constraint customer_environment_id_fkey FOREIGN KEY (environment_id) REFERENCES portico.environment(id)
);
alter table portico.customer enable row level security;
create policy tenant on portico.customer for all
  using ((environment_id::text = (( SELECT current_setting('portico.environment_id'::text, true) AS current_setting))) IS TRUE)
  with check ((environment_id::text = (( SELECT current_setting('portico.environment_id'::text, true) AS current_setting))) IS TRUE);
grant insert, select, update on portico.customer to portico_service;

create table portico.customer_location (
  environment_id portico.id not null,
  customer_id portico.id not null,
  reference text collate "C" not null,
  town text,
  region text,
  country text not null,
  observed_at timestamp with time zone not null,
  updated_at timestamp with time zone not null,
  constraint customer_location_pkey PRIMARY KEY (environment_id, reference),
  constraint customer_location_country_check CHECK (country ~ '^[A-Z]{2}$'::text),
  constraint customer_location_reference_check CHECK (length(reference) >= 1 AND length(reference) <= 100),
  constraint customer_location_environment_id_customer_id_fkey FOREIGN KEY (environment_id, customer_id) REFERENCES portico.customer(environment_id, id)
);
CREATE INDEX customer_location_by_customer ON portico.customer_location USING btree (environment_id, customer_id, observed_at DESC, reference);
alter table portico.customer_location enable row level security;
create policy tenant on portico.customer_location for all
  using ((environment_id::text = (( SELECT current_setting('portico.environment_id'::text, true) AS current_setting))) IS TRUE)
  with check ((environment_id::text = (( SELECT current_setting('portico.environment_id'::text, true) AS current_setting))) IS TRUE);
grant delete, insert, select, update on portico.customer_location to portico_service;

create table portico.customer_order (
  environment_id portico.id not null,
  id portico.id not null,
  customer_id portico.id not null,
  reference text collate "C" not null,
  placed_at timestamp with time zone not null,
  status text not null,
  currency text not null,
  total_minor bigint not null,
  updated_at timestamp with time zone not null,
  constraint customer_order_pkey PRIMARY KEY (environment_id, id),
  constraint customer_order_environment_id_reference_key UNIQUE (environment_id, reference),
  constraint customer_order_currency_check CHECK (currency ~ '^[A-Z]{3}$'::text),
  constraint customer_order_reference_check CHECK (length(reference) >= 1 AND length(reference) <= 100),
  constraint customer_order_status_check CHECK (status = ANY (ARRAY['PLACED'::text, 'SHIPPED'::text, 'DELIVERED'::text, 'RETURNED'::text, 'CANCELLED'::text])),
  constraint customer_order_total_minor_check CHECK (total_minor >= 0),
  constraint customer_order_environment_id_customer_id_fkey FOREIGN KEY (environment_id, customer_id) REFERENCES portico.customer(environment_id, id)
);
CREATE INDEX customer_order_by_customer ON portico.customer_order USING btree (environment_id, customer_id, placed_at DESC, id);
alter table portico.customer_order enable row level security;
create policy tenant on portico.customer_order for all
  using ((environment_id::text = (( SELECT current_setting('portico.environment_id'::text, true) AS current_setting))) IS TRUE)
  with check ((environment_id::text = (( SELECT current_setting('portico.environment_id'::text, true) AS current_setting))) IS TRUE);
grant delete, insert, select, update on portico.customer_order to portico_service;

create table portico.customer_preference (
  environment_id portico.id not null,
  customer_id portico.id not null,
  reference text collate "C" not null,
  name text not null,
  value text not null,
  updated_at timestamp with time zone not null,
  constraint customer_preference_pkey PRIMARY KEY (environment_id, reference),
  constraint customer_preference_reference_check CHECK (length(reference) >= 1 AND length(reference) <= 100),
  constraint customer_preference_environment_id_customer_id_fkey FOREIGN KEY (environment_id, customer_id) REFERENCES portico.customer(environment_id, id)
);
CREATE INDEX customer_preference_by_customer ON portico.customer_preference USING btree (environment_id, customer_id, name, reference);
alter table portico.customer_preference enable row level security;
create policy tenant on portico.customer_preference for all
  using ((environment_id::text = (( SELECT current_setting('portico.environment_id'::text, true) AS current_setting))) IS TRUE)
  with check ((environment_id::text = (( SELECT current_setting('portico.environment_id'::text, true) AS current_setting))) IS TRUE);
grant delete, insert, select, update on portico.customer_preference to portico_service;

create table portico.data_category (
  code text collate "C" not null,
  title jsonb not null,
  example jsonb not null,
  owner text not null,
  sensitivity text not null,
  dpv_class text not null,
  dated boolean not null,
  retention_days integer not null,
  changed_at timestamp with time zone not null,
  changed_by text not null,
  held_by text default '*'::text not null,
  id portico.id generated always as ('dcy_'::text || replace(code, '.'::text, '_'::text)) stored,
  constraint data_category_pkey PRIMARY KEY (code),
  constraint data_category_changed_by_check CHECK (length(btrim(changed_by)) >= 1 AND length(btrim(changed_by)) <= 200),
  constraint data_category_code_check CHECK (code ~ '^[a-z]{2,30}\.[a-z_]{2,30}$'::text),
  constraint data_category_dpv_class_check CHECK (dpv_class ~ '^https://w3id\.org/dpv/'::text),
  constraint data_category_example_check CHECK (example ? 'en'::text AND example ? 'de'::text),
  constraint data_category_held_by_check CHECK (held_by = '*'::text),
  constraint data_category_owner_check CHECK (length(btrim(owner)) >= 1 AND length(btrim(owner)) <= 200),
  constraint data_category_retention_days_check CHECK (retention_days >= 0 AND retention_days <= 3650),
  constraint data_category_sensitivity_check CHECK (sensitivity = ANY (ARRAY['ORDINARY'::text, 'SENSITIVE'::text, 'SPECIAL'::text])),
  constraint data_category_title_check CHECK (title ? 'en'::text AND title ? 'de'::text)
);
grant insert, select, update on portico.data_category to portico_service;

create table portico.deletion_duty (
  environment_id portico.id not null,
  id portico.id not null,
  partner_id portico.id not null,
  integration_id portico.id not null,
  grant_id portico.id not null,
  subject_id portico.id not null,
  arose_at timestamp with time zone not null,
  due_at timestamp with time zone not null,
  attested_at timestamp with time zone,
  attested_by portico.id,
  statement text,
  constraint deletion_duty_pkey PRIMARY KEY (environment_id, id),
  constraint deletion_duty_environment_id_grant_id_key UNIQUE (environment_id, grant_id),
  constraint deletion_duty_check CHECK (due_at >= arose_at),
  constraint deletion_duty_check1 CHECK (attested_at >= arose_at),
  constraint deletion_duty_check2 CHECK (num_nulls(attested_at, attested_by, statement) = ANY (ARRAY[0, 3])),
  constraint deletion_duty_statement_check CHECK (length(btrim(statement)) >= 1 AND length(btrim(statement)) <= 1000),
  constraint deletion_duty_environment_id_grant_id_fkey FOREIGN KEY (environment_id, grant_id) REFERENCES portico.consent_grant(environment_id, id),
  constraint deletion_duty_environment_id_partner_id_integration_id_fkey FOREIGN KEY (environment_id, partner_id, integration_id) REFERENCES portico.integration(environment_id, partner_id, id),
  constraint deletion_duty_environment_id_subject_id_fkey FOREIGN KEY (environment_id, subject_id) REFERENCES portico.pairwise_subject(environment_id, id)
);
CREATE INDEX deletion_duty_by_partner ON portico.deletion_duty USING btree (environment_id, partner_id, due_at, id);
CREATE INDEX deletion_duty_of_subject ON portico.deletion_duty USING btree (environment_id, subject_id);
CREATE INDEX deletion_duty_open ON portico.deletion_duty USING btree (environment_id, partner_id, due_at) WHERE attested_at IS NULL;
alter table portico.deletion_duty enable row level security;
create policy tenant on portico.deletion_duty for all
  using ((environment_id::text = (( SELECT current_setting('portico.environment_id'::text, true) AS current_setting))) IS TRUE AND ((( SELECT current_setting('portico.partner_id'::text, true) AS current_setting)) = partner_id::text OR (( SELECT current_setting('portico.partner_id'::text, true) AS current_setting)) = '*'::text))
  with check ((environment_id::text = (( SELECT current_setting('portico.environment_id'::text, true) AS current_setting))) IS TRUE AND ((( SELECT current_setting('portico.partner_id'::text, true) AS current_setting)) = partner_id::text OR (( SELECT current_setting('portico.partner_id'::text, true) AS current_setting)) = '*'::text));
grant insert, select, update on portico.deletion_duty to portico_service;

create table portico.deprecation_approval (
  notice_id portico.id not null,
  round integer not null,
  staff_id portico.id not null,
  held_by text default '*'::text not null,
  verdict text not null,
  reason text not null,
  decided_at timestamp with time zone not null,
  constraint deprecation_approval_pkey PRIMARY KEY (notice_id, round, staff_id),
  constraint deprecation_approval_held_by_check CHECK (held_by = '*'::text),
  constraint deprecation_approval_verdict_check CHECK (verdict = ANY (ARRAY['APPROVED'::text, 'REJECTED'::text])),
  constraint deprecation_approval_notice_id_fkey FOREIGN KEY (notice_id) REFERENCES portico.deprecation_notice(id),
  constraint deprecation_approval_staff_id_fkey FOREIGN KEY (staff_id) REFERENCES portico.staff(id)
);
alter table portico.deprecation_approval enable row level security;
create policy marketplace on portico.deprecation_approval for all
  using ((held_by = (( SELECT current_setting('portico.partner_id'::text, true) AS current_setting))) IS TRUE)
  with check ((held_by = (( SELECT current_setting('portico.partner_id'::text, true) AS current_setting))) IS TRUE);
CREATE TRIGGER append_only BEFORE DELETE OR UPDATE ON portico.deprecation_approval FOR EACH ROW EXECUTE FUNCTION portico.refuse_change();
CREATE TRIGGER append_only_truncate BEFORE TRUNCATE ON portico.deprecation_approval FOR EACH STATEMENT EXECUTE FUNCTION portico.refuse_change();
grant insert, select on portico.deprecation_approval to portico_service;

create table portico.deprecation_comment (
  id portico.id not null,
  notice_id portico.id not null,
  held_by text default '*'::text not null,
  staff_id portico.id not null,
  text text not null,
  written_at timestamp with time zone not null,
  constraint deprecation_comment_pkey PRIMARY KEY (id),
  constraint deprecation_comment_held_by_check CHECK (held_by = '*'::text),
  constraint deprecation_comment_notice_id_fkey FOREIGN KEY (notice_id) REFERENCES portico.deprecation_notice(id),
  constraint deprecation_comment_staff_id_fkey FOREIGN KEY (staff_id) REFERENCES portico.staff(id)
);
CREATE INDEX deprecation_comment_of_notice ON portico.deprecation_comment USING btree (notice_id, written_at, id);
alter table portico.deprecation_comment enable row level security;
create policy marketplace on portico.deprecation_comment for all
  using ((held_by = (( SELECT current_setting('portico.partner_id'::text, true) AS current_setting))) IS TRUE)
  with check ((held_by = (( SELECT current_setting('portico.partner_id'::text, true) AS current_setting))) IS TRUE);
CREATE TRIGGER append_only BEFORE DELETE OR UPDATE ON portico.deprecation_comment FOR EACH ROW EXECUTE FUNCTION portico.refuse_change();
CREATE TRIGGER append_only_truncate BEFORE TRUNCATE ON portico.deprecation_comment FOR EACH STATEMENT EXECUTE FUNCTION portico.refuse_change();
grant insert, select on portico.deprecation_comment to portico_service;

create table portico.deprecation_notice (
  id portico.id not null,
  held_by text default '*'::text not null,
  origin text not null,
  author_id portico.id,
  coordinate text collate "C" not null,
  description text not null,
  reason text not null,
  replacement text collate "C",
  no_replacement text,
  migration_guide text not null,
  criticality text not null,
  owner_team text not null,
  announced_on date not null,
  deprecated_on date not null,
  removed_in text collate "C",
  emergency_sunset_on date,
  emergency_approver_id portico.id,
  emergency_reason text,
  review text not null,
  round integer default 0 not null,
  created_at timestamp with time zone not null,
  updated_at timestamp with time zone not null,
  approved_at timestamp with time zone,
  withdrawn_at timestamp with time zone,
  audience text generated always as (
CASE
    WHEN approved_at IS NULL THEN 'STAFF'::text
    ELSE 'PUBLIC'::text
END) stored not null,
  constraint deprecation_notice_pkey PRIMARY KEY (id),
  constraint deprecation_notice_check CHECK (num_nonnulls(replacement, no_replacement) = 1),
  constraint deprecation_notice_check1 CHECK (num_nonnulls(emergency_sunset_on, emergency_approver_id, emergency_reason) = ANY (ARRAY[0, 3])),
  constraint deprecation_notice_check2 CHECK (num_nonnulls(removed_in, emergency_sunset_on) >= 1),
  constraint deprecation_notice_check3 CHECK ((review = ANY (ARRAY['APPROVED'::text, 'WITHDRAWN'::text])) = (approved_at IS NOT NULL)),
  constraint deprecation_notice_check4 CHECK ((review = 'WITHDRAWN'::text) = (withdrawn_at IS NOT NULL)),
  constraint deprecation_notice_check5 CHECK (announced_on <= deprecated_on),
  constraint deprecation_notice_coordinate_check CHECK (length(coordinate) >= 1 AND length(coordinate) <= 300),
  constraint deprecation_notice_criticality_check CHECK (criticality = ANY (ARRAY['BREAKING'::text, 'DANGEROUS'::text])),
  constraint deprecation_notice_description_check CHECK (length(btrim(description)) > 0),
  constraint deprecation_notice_held_by_check CHECK (held_by = '*'::text),
  constraint deprecation_notice_origin_check CHECK (origin = ANY (ARRAY['STAFF'::text, 'IMPORT'::text, 'CHANGE'::text])),
  constraint deprecation_notice_owner_team_check CHECK (length(btrim(owner_team)) > 0),
  constraint deprecation_notice_reason_check CHECK (length(btrim(reason)) > 0),
  constraint deprecation_notice_removed_in_check CHECK (removed_in ~ '^[0-9]{4}-(01|04|07|10)$'::text),
  constraint deprecation_notice_review_check CHECK (review = ANY (ARRAY['DRAFT'::text, 'IN_REVIEW'::text, 'APPROVED'::text, 'REJECTED'::text, 'WITHDRAWN'::text])),
  constraint deprecation_notice_round_check CHECK (round >= 0),
  constraint deprecation_notice_author_id_fkey FOREIGN KEY (author_id) REFERENCES portico.staff(id),
  constraint deprecation_notice_emergency_approver_id_fkey FOREIGN KEY (emergency_approver_id) REFERENCES portico.staff(id)
);
CREATE INDEX deprecation_notice_public ON portico.deprecation_notice USING btree (audience, deprecated_on, id);
CREATE INDEX deprecation_notice_queue ON portico.deprecation_notice USING btree (review, updated_at, id);
CREATE UNIQUE INDEX deprecation_notice_one ON portico.deprecation_notice USING btree (coordinate, COALESCE(removed_in, ''::text)) WHERE review <> ALL (ARRAY['REJECTED'::text, 'WITHDRAWN'::text]);
alter table portico.deprecation_notice enable row level security;
create policy marketplace on portico.deprecation_notice for all
  using ((held_by = (( SELECT current_setting('portico.partner_id'::text, true) AS current_setting))) IS TRUE)
  with check ((held_by = (( SELECT current_setting('portico.partner_id'::text, true) AS current_setting))) IS TRUE);
create policy published on portico.deprecation_notice for select
  using (audience = 'PUBLIC'::text);
CREATE TRIGGER count_revision AFTER INSERT OR UPDATE ON portico.deprecation_notice FOR EACH STATEMENT EXECUTE FUNCTION portico.count_registry_revision();
grant insert, select, update on portico.deprecation_notice to portico_service;

create table portico.deprecation_response (
  environment_id portico.id not null,
  id portico.id not null,
  partner_id portico.id not null,
  notice_id portico.id not null,
  kind text not null,
  message text,
  on_date date,
  signed_by text,
  responded_at timestamp with time zone not null,
  rewritten text[] default '{}'::text[] not null,
  constraint deprecation_response_pkey PRIMARY KEY (environment_id, id),
  constraint deprecation_response_check CHECK ((kind = 'ACKNOWLEDGED'::text) = (on_date IS NULL)),
  constraint deprecation_response_check1 CHECK ((kind = 'SIGNED'::text) = (signed_by IS NOT NULL)),
  constraint deprecation_response_check2 CHECK (kind <> 'EXTENSION_REQUESTED'::text OR message IS NOT NULL),
  constraint deprecation_response_check3 CHECK (kind = 'ACKNOWLEDGED'::text OR rewritten = '{}'::text[]),
  constraint deprecation_response_kind_check CHECK (kind = ANY (ARRAY['ACKNOWLEDGED'::text, 'EXTENSION_REQUESTED'::text, 'SIGNED'::text])),
  constraint deprecation_response_environment_id_partner_id_fkey FOREIGN KEY (environment_id, partner_id) REFERENCES portico.partner(environment_id, id),
  constraint deprecation_response_notice_id_fkey FOREIGN KEY (notice_id) REFERENCES portico.deprecation_notice(id)
);
CREATE INDEX deprecation_response_of_notice ON portico.deprecation_response USING btree (environment_id, notice_id, responded_at DESC, id);
CREATE INDEX deprecation_response_of_partner ON portico.deprecation_response USING btree (environment_id, partner_id, notice_id, responded_at DESC, id);
alter table portico.deprecation_response enable row level security;
create policy tenant on portico.deprecation_response for all
  using ((environment_id::text = (( SELECT current_setting('portico.environment_id'::text, true) AS current_setting))) IS TRUE AND ((( SELECT current_setting('portico.partner_id'::text, true) AS current_setting)) = partner_id::text OR (( SELECT current_setting('portico.partner_id'::text, true) AS current_setting)) = '*'::text))
  with check ((environment_id::text = (( SELECT current_setting('portico.environment_id'::text, true) AS current_setting))) IS TRUE AND ((( SELECT current_setting('portico.partner_id'::text, true) AS current_setting)) = partner_id::text OR (( SELECT current_setting('portico.partner_id'::text, true) AS current_setting)) = '*'::text));
CREATE TRIGGER append_only BEFORE DELETE OR UPDATE ON portico.deprecation_response FOR EACH ROW EXECUTE FUNCTION portico.refuse_change();
CREATE TRIGGER append_only_truncate BEFORE TRUNCATE ON portico.deprecation_response FOR EACH STATEMENT EXECUTE FUNCTION portico.refuse_change();
grant insert, select on portico.deprecation_response to portico_service;

create table portico.dispute (
  environment_id portico.id not null,
  id portico.id not null,
  partner_id portico.id not null,
  award_id portico.id,
  progress_id portico.id,
  reason text not null,
  opened_at timestamp with time zone not null,
  decide_by timestamp with time zone not null,
  state_before text,
  held_minor bigint default 0 not null,
  currency text,
  decided_at timestamp with time zone,
  verdict text,
  verdict_reason text,
  correction_minor bigint default 0 not null,
  constraint dispute_pkey PRIMARY KEY (environment_id, id),
  constraint dispute_check CHECK (decide_by > opened_at),
  constraint dispute_check1 CHECK ((award_id IS NULL) <> (progress_id IS NULL) AND (progress_id IS NULL) = (state_before IS NULL)),
  constraint dispute_check2 CHECK ((decided_at IS NULL) = (verdict IS NULL) AND (verdict IS NULL) = (verdict_reason IS NULL)),
  constraint dispute_correction_minor_check CHECK (correction_minor >= 0),
  constraint dispute_currency_check CHECK (currency ~ '^[A-Z]{3}$'::text),
  constraint dispute_held_minor_check CHECK (held_minor >= 0),
  constraint dispute_reason_check CHECK (length(btrim(reason)) > 0),
  constraint dispute_state_before_check CHECK (state_before = ANY (ARRAY['OPEN'::text, 'IN_PROGRESS'::text, 'PROVISIONAL'::text, 'CONFIRMED'::text])),
  constraint dispute_verdict_check CHECK (verdict = ANY (ARRAY['UPHELD'::text, 'REJECTED'::text, 'LAPSED'::text])),
  constraint dispute_environment_id_award_id_fkey FOREIGN KEY (environment_id, award_id) REFERENCES portico.award(environment_id, id),
  constraint dispute_environment_id_partner_id_fkey FOREIGN KEY (environment_id, partner_id) REFERENCES portico.partner(environment_id, id),
  constraint dispute_environment_id_partner_id_progress_id_fkey FOREIGN KEY (environment_id, partner_id, progress_id) REFERENCES portico.milestone_progress(environment_id, partner_id, id)
);
CREATE INDEX dispute_newest ON portico.dispute USING btree (environment_id, partner_id, opened_at DESC, id);
CREATE INDEX dispute_of_award ON portico.dispute USING btree (environment_id, award_id, id);
CREATE INDEX dispute_of_progress ON portico.dispute USING btree (environment_id, progress_id, id);
CREATE UNIQUE INDEX dispute_open_about_award ON portico.dispute USING btree (environment_id, award_id) WHERE verdict IS NULL AND award_id IS NOT NULL;
CREATE UNIQUE INDEX dispute_open_about_progress ON portico.dispute USING btree (environment_id, progress_id) WHERE verdict IS NULL AND progress_id IS NOT NULL;
alter table portico.dispute enable row level security;
create policy tenant on portico.dispute for all
  using ((environment_id::text = (( SELECT current_setting('portico.environment_id'::text, true) AS current_setting))) IS TRUE AND ((( SELECT current_setting('portico.partner_id'::text, true) AS current_setting)) = partner_id::text OR (( SELECT current_setting('portico.partner_id'::text, true) AS current_setting)) = '*'::text))
  with check ((environment_id::text = (( SELECT current_setting('portico.environment_id'::text, true) AS current_setting))) IS TRUE AND ((( SELECT current_setting('portico.partner_id'::text, true) AS current_setting)) = partner_id::text OR (( SELECT current_setting('portico.partner_id'::text, true) AS current_setting)) = '*'::text));
grant insert, select on portico.dispute to portico_service;
grant update (correction_minor), update (decided_at), update (verdict), update (verdict_reason) on portico.dispute to portico_service;

create table portico.dispute_decision (
  environment_id portico.id not null,
  dispute_id portico.id not null,
  decided_by text collate "C" not null,
  partner_id portico.id not null,
  is_upheld boolean not null,
  correction_minor bigint not null,
  reason text not null,
  decided_at timestamp with time zone not null,
  constraint dispute_decision_pkey PRIMARY KEY (environment_id, dispute_id, decided_by),
  constraint dispute_decision_correction_minor_check CHECK (correction_minor >= 0),
  constraint dispute_decision_environment_id_dispute_id_fkey FOREIGN KEY (environment_id, dispute_id) REFERENCES portico.dispute(environment_id, id)
);
alter table portico.dispute_decision enable row level security;
create policy tenant on portico.dispute_decision for all
  using ((environment_id::text = (( SELECT current_setting('portico.environment_id'::text, true) AS current_setting))) IS TRUE AND ((( SELECT current_setting('portico.partner_id'::text, true) AS current_setting)) = partner_id::text OR (( SELECT current_setting('portico.partner_id'::text, true) AS current_setting)) = '*'::text))
  with check ((environment_id::text = (( SELECT current_setting('portico.environment_id'::text, true) AS current_setting))) IS TRUE AND ((( SELECT current_setting('portico.partner_id'::text, true) AS current_setting)) = partner_id::text OR (( SELECT current_setting('portico.partner_id'::text, true) AS current_setting)) = '*'::text));
CREATE TRIGGER append_only BEFORE DELETE OR UPDATE ON portico.dispute_decision FOR EACH ROW EXECUTE FUNCTION portico.refuse_change();
CREATE TRIGGER append_only_statement BEFORE DELETE OR UPDATE ON portico.dispute_decision FOR EACH STATEMENT EXECUTE FUNCTION portico.refuse_change();
CREATE TRIGGER append_only_truncate BEFORE TRUNCATE ON portico.dispute_decision FOR EACH STATEMENT EXECUTE FUNCTION portico.refuse_change();
grant insert, select on portico.dispute_decision to portico_service;

create table portico.due_work (
  environment_id portico.id not null,
  kind text collate "C" not null,
  subject_id portico.id not null,
  due_at timestamp with time zone not null,
  done_at timestamp with time zone,
  payload jsonb default '{}'::jsonb not null,
  constraint due_work_pkey PRIMARY KEY (environment_id, kind, subject_id, due_at),
  constraint due_work_kind_check CHECK (kind ~ '^[a-z_]+\.[a-z_]+$'::text),
  constraint due_work_environment_id_fkey FOREIGN KEY (environment_id) REFERENCES portico.environment(id)
);
CREATE INDEX due_work_next ON portico.due_work USING btree (environment_id, due_at, kind, subject_id) WHERE done_at IS NULL;
alter table portico.due_work enable row level security;
create policy tenant on portico.due_work for all
  using ((environment_id::text = (( SELECT current_setting('portico.environment_id'::text, true) AS current_setting))) IS TRUE)
  with check ((environment_id::text = (( SELECT current_setting('portico.environment_id'::text, true) AS current_setting))) IS TRUE);
grant insert, select, update on portico.due_work to portico_service;

create table portico.element_set (
  id text collate "C" not null,
  coordinate text collate "C" not null,
  constraint element_set_pkey PRIMARY KEY (coordinate, id)
);
CREATE INDEX element_set_by_id ON portico.element_set USING btree (id);
grant select on portico.element_set to portico_service;

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
  faults jsonb default '[]'::jsonb not null,
  constraint environment_pkey PRIMARY KEY (id),
  constraint environment_check CHECK (kind = 'SANDBOX'::text OR clock_offset_ms = 0 AND clock_frozen_at IS NULL AND owner_partner_id IS NULL AND closed_at IS NULL),
  constraint environment_check1 CHECK ((owner_environment_id IS NULL) = (owner_partner_id IS NULL)),
  constraint environment_faults_check CHECK (jsonb_typeof(faults) = 'array'::text),
  constraint environment_faults_in_sandboxes CHECK (kind = 'SANDBOX'::text OR faults = '[]'::jsonb),
  constraint environment_id_namespace_is_an_order_of_the_letters CHECK (id_namespace ~ '^[0-9a-hjkmnp-tv-z]{32}$'::text AND id_namespace !~ '(.).*\1'::text),
  constraint environment_kind_check CHECK (kind = ANY (ARRAY['LIVE'::text, 'SANDBOX'::text])),
  constraint environment_owner_environment_id_owner_partner_id_fkey FOREIGN KEY (owner_environment_id, owner_partner_id) REFERENCES portico.partner(environment_id, id)
);
CREATE INDEX environment_owner ON portico.environment USING btree (owner_environment_id, owner_partner_id, id);
CREATE UNIQUE INDEX environment_id_namespace ON portico.environment USING btree (id_namespace);
CREATE UNIQUE INDEX environment_one_live ON portico.environment USING btree (kind) WHERE kind = 'LIVE'::text;
alter table portico.environment enable row level security;
create policy owned on portico.environment for select
  using (owner_environment_id::text = (( SELECT current_setting('portico.environment_id'::text, true) AS current_setting)) AND owner_partner_id::text = (( SELECT current_setting('portico.partner_id'::text, true) AS current_setting)));
create policy tenant on portico.environment for all
  using ((id::text = (( SELECT current_setting('portico.environment_id'::text, true) AS current_setting))) IS TRUE)
  with check ((id::text = (( SELECT current_setting('portico.environment_id'::text, true) AS current_setting))) IS TRUE);
CREATE TRIGGER count_revision BEFORE UPDATE ON portico.environment FOR EACH ROW EXECUTE FUNCTION portico.count_environment_revision();
grant insert, select, update on portico.environment to portico_service;

create table portico.erasure_key (
  environment_id portico.id not null,
  key bytea not null,
  constraint erasure_key_pkey PRIMARY KEY (environment_id),
  constraint erasure_key_key_check CHECK (length(key) = 32),
  constraint erasure_key_environment_id_fkey FOREIGN KEY (environment_id) REFERENCES portico.environment(id)
);
alter table portico.erasure_key enable row level security;
create policy tenant on portico.erasure_key for all
  using ((environment_id::text = (( SELECT current_setting('portico.environment_id'::text, true) AS current_setting))) IS TRUE)
  with check ((environment_id::text = (( SELECT current_setting('portico.environment_id'::text, true) AS current_setting))) IS TRUE);
grant insert, select on portico.erasure_key to portico_service;

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
  judged_at timestamp with time zone,
  constraint event_batch_pkey PRIMARY KEY (environment_id, id),
  constraint event_batch_accepted_check CHECK (accepted >= 0),
  constraint event_batch_duplicates_check CHECK (duplicates >= 0),
  constraint event_batch_rejected_check CHECK (rejected >= 0),
  constraint event_batch_environment_id_partner_id_integration_id_fkey FOREIGN KEY (environment_id, partner_id, integration_id) REFERENCES portico.integration(environment_id, partner_id, id)
);
CREATE INDEX event_batch_to_judge ON portico.event_batch USING btree (environment_id, id) WHERE measured_at IS NOT NULL AND judged_at IS NULL;
CREATE INDEX event_batch_to_measure ON portico.event_batch USING btree (environment_id, id) WHERE measured_at IS NULL;
alter table portico.event_batch enable row level security;
create policy tenant on portico.event_batch for all
  using ((environment_id::text = (( SELECT current_setting('portico.environment_id'::text, true) AS current_setting))) IS TRUE AND ((( SELECT current_setting('portico.partner_id'::text, true) AS current_setting)) = partner_id::text OR (( SELECT current_setting('portico.partner_id'::text, true) AS current_setting)) = '*'::text))
  with check ((environment_id::text = (( SELECT current_setting('portico.environment_id'::text, true) AS current_setting))) IS TRUE AND ((( SELECT current_setting('portico.partner_id'::text, true) AS current_setting)) = partner_id::text OR (( SELECT current_setting('portico.partner_id'::text, true) AS current_setting)) = '*'::text));
grant insert, select on portico.event_batch to portico_service;
grant update (judged_at), update (measured_at) on portico.event_batch to portico_service;

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

create table portico.feed_deletion (
  environment_id portico.id not null,
  kind text collate "C" not null,
  reference text collate "C" not null,
  updated_at timestamp with time zone not null,
  constraint feed_deletion_pkey PRIMARY KEY (environment_id, kind, reference),
  constraint feed_deletion_kind_check CHECK (kind = ANY (ARRAY['orders'::text, 'preferences'::text, 'locations'::text, 'cases'::text])),
  constraint feed_deletion_environment_id_fkey FOREIGN KEY (environment_id) REFERENCES portico.environment(id)
);
alter table portico.feed_deletion enable row level security;
create policy tenant on portico.feed_deletion for all
  using ((environment_id::text = (( SELECT current_setting('portico.environment_id'::text, true) AS current_setting))) IS TRUE)
  with check ((environment_id::text = (( SELECT current_setting('portico.environment_id'::text, true) AS current_setting))) IS TRUE);
grant insert, select, update on portico.feed_deletion to portico_service;

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
  constraint idempotency_key_environment_id_partner_id_integration_id_fkey FOREIGN KEY (environment_id, partner_id, integration_id) REFERENCES portico.integration(environment_id, partner_id, id) DEFERRABLE
);
CREATE INDEX idempotency_key_age ON portico.idempotency_key USING btree (created_at);
CREATE INDEX idempotency_key_newest ON portico.idempotency_key USING btree (environment_id, integration_id, created_at);
alter table portico.idempotency_key enable row level security;
create policy tenant on portico.idempotency_key for all
  using ((environment_id::text = (( SELECT current_setting('portico.environment_id'::text, true) AS current_setting))) IS TRUE AND ((( SELECT current_setting('portico.partner_id'::text, true) AS current_setting)) = partner_id::text OR (( SELECT current_setting('portico.partner_id'::text, true) AS current_setting)) = '*'::text))
  with check ((environment_id::text = (( SELECT current_setting('portico.environment_id'::text, true) AS current_setting))) IS TRUE AND ((( SELECT current_setting('portico.partner_id'::text, true) AS current_setting)) = partner_id::text OR (( SELECT current_setting('portico.partner_id'::text, true) AS current_setting)) = '*'::text));
comment on table portico.idempotency_key is 'Of the door, not of the world.';
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
  document_mode text default 'OPEN'::text not null,
  documents_revision bigint default 0 not null,
  live_at timestamp with time zone,
  live_until timestamp with time zone,
  constraint integration_pkey PRIMARY KEY (environment_id, id),
  constraint integration_environment_id_partner_id_id_key UNIQUE (environment_id, partner_id, id),
  constraint integration_category_check CHECK (category = ANY (ARRAY['CHECKOUT'::text, 'SHIPPING'::text, 'REVIEWS'::text, 'RECOMMENDATIONS'::text, 'SUPPORT_DESK'::text, 'LOYALTY'::text])),
  constraint integration_check CHECK ((pinned_version IS NULL) = (pinned_at IS NULL)),
  constraint integration_check1 CHECK (live_until IS NULL OR live_at IS NOT NULL),
  constraint integration_document_mode_check CHECK (document_mode = ANY (ARRAY['OPEN'::text, 'LOGGED'::text, 'REGISTERED_ONLY'::text])),
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
CREATE TRIGGER marks_delete AFTER DELETE ON portico.integration REFERENCING OLD TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION portico.leave_partner_mark();
CREATE TRIGGER marks_insert AFTER INSERT ON portico.integration REFERENCING NEW TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION portico.leave_partner_mark();
CREATE TRIGGER marks_update AFTER UPDATE ON portico.integration REFERENCING OLD TABLE AS before NEW TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION portico.leave_partner_mark();
grant insert, select, update on portico.integration to portico_service;

create table portico.integration_purpose (
  environment_id portico.id not null,
  partner_id portico.id not null,
  integration_id portico.id not null,
  purpose text collate "C" not null,
  approved_at timestamp with time zone not null,
  withdrawn_at timestamp with time zone,
  approved_by text not null,
  constraint integration_purpose_pkey PRIMARY KEY (environment_id, integration_id, purpose),
  constraint integration_purpose_check CHECK (withdrawn_at >= approved_at),
  constraint integration_purpose_environment_id_partner_id_integration__fkey FOREIGN KEY (environment_id, partner_id, integration_id) REFERENCES portico.integration(environment_id, partner_id, id)
);
alter table portico.integration_purpose enable row level security;
create policy tenant on portico.integration_purpose for all
  using ((environment_id::text = (( SELECT current_setting('portico.environment_id'::text, true) AS current_setting))) IS TRUE AND ((( SELECT current_setting('portico.partner_id'::text, true) AS current_setting)) = partner_id::text OR (( SELECT current_setting('portico.partner_id'::text, true) AS current_setting)) = '*'::text))
  with check ((environment_id::text = (( SELECT current_setting('portico.environment_id'::text, true) AS current_setting))) IS TRUE AND ((( SELECT current_setting('portico.partner_id'::text, true) AS current_setting)) = partner_id::text OR (( SELECT current_setting('portico.partner_id'::text, true) AS current_setting)) = '*'::text));
grant insert, select, update on portico.integration_purpose to portico_service;

create table portico.integration_trial (
  environment_id portico.id not null,
  integration_id portico.id not null,
  partner_id portico.id not null,
  started_at timestamp with time zone not null,
  ends_at timestamp with time zone not null,
  extended_at timestamp with time zone,
  closed_at timestamp with time zone,
  is_promoted boolean default false not null,
  support_owner text not null,
  exit_criteria text not null,
  limit_policy_id bigint not null,
  constraint integration_trial_pkey PRIMARY KEY (environment_id, integration_id),
  constraint integration_trial_check CHECK (ends_at > started_at),
  constraint integration_trial_check1 CHECK (NOT is_promoted OR closed_at IS NOT NULL),
  constraint integration_trial_exit_criteria_check CHECK (length(btrim(exit_criteria)) >= 1 AND length(btrim(exit_criteria)) <= 2000),
  constraint integration_trial_support_owner_check CHECK (length(btrim(support_owner)) >= 1 AND length(btrim(support_owner)) <= 200),
  constraint integration_trial_environment_id_partner_id_integration_id_fkey FOREIGN KEY (environment_id, partner_id, integration_id) REFERENCES portico.integration(environment_id, partner_id, id),
  constraint integration_trial_limit_policy_id_fkey FOREIGN KEY (limit_policy_id) REFERENCES portico.limit_policy(id)
);
CREATE INDEX integration_trial_newest ON portico.integration_trial USING btree (environment_id, started_at DESC, integration_id);
alter table portico.integration_trial enable row level security;
create policy tenant on portico.integration_trial for all
  using ((environment_id::text = (( SELECT current_setting('portico.environment_id'::text, true) AS current_setting))) IS TRUE AND ((( SELECT current_setting('portico.partner_id'::text, true) AS current_setting)) = partner_id::text OR (( SELECT current_setting('portico.partner_id'::text, true) AS current_setting)) = '*'::text))
  with check ((environment_id::text = (( SELECT current_setting('portico.environment_id'::text, true) AS current_setting))) IS TRUE AND ((( SELECT current_setting('portico.partner_id'::text, true) AS current_setting)) = partner_id::text OR (( SELECT current_setting('portico.partner_id'::text, true) AS current_setting)) = '*'::text));
grant insert, select on portico.integration_trial to portico_service;
grant update (closed_at), update (ends_at), update (extended_at), update (is_promoted) on portico.integration_trial to portico_service;

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

create table portico.ledger_account (
  environment_id portico.id not null,
  id portico.id not null,
  kind text collate "C" not null,
  currency text not null,
  program_id portico.id,
  partner_id portico.id,
  payout_id portico.id,
  constraint ledger_account_pkey PRIMARY KEY (environment_id, id),
  constraint ledger_account_environment_id_id_currency_key UNIQUE (environment_id, id, currency),
  constraint ledger_account_environment_id_kind_currency_program_id_part_key UNIQUE NULLS NOT DISTINCT (environment_id, kind, currency, program_id, partner_id, payout_id),
  constraint ledger_account_check CHECK ((kind = 'BUDGET'::text) = (program_id IS NOT NULL)),
  constraint ledger_account_check1 CHECK ((kind = ANY (ARRAY['SOURCE'::text, 'BUDGET'::text])) = (partner_id IS NULL)),
  constraint ledger_account_check2 CHECK ((kind = 'CLEARING'::text) = (payout_id IS NOT NULL)),
  constraint ledger_account_currency_check CHECK (currency ~ '^[A-Z]{3}$'::text),
  constraint ledger_account_kind_check CHECK (kind = ANY (ARRAY['SOURCE'::text, 'BUDGET'::text, 'ACCRUED'::text, 'PAYABLE'::text, 'CLEARING'::text, 'PAID'::text, 'RECEIVABLE'::text])),
  constraint ledger_account_environment_id_fkey FOREIGN KEY (environment_id) REFERENCES portico.environment(id),
  constraint ledger_account_environment_id_partner_id_fkey FOREIGN KEY (environment_id, partner_id) REFERENCES portico.partner(environment_id, id),
  constraint ledger_account_environment_id_partner_id_payout_id_fkey FOREIGN KEY (environment_id, partner_id, payout_id) REFERENCES portico.payout(environment_id, partner_id, id),
  constraint ledger_account_environment_id_program_id_fkey FOREIGN KEY (environment_id, program_id) REFERENCES portico.program(environment_id, id)
);
CREATE INDEX ledger_account_of_partner ON portico.ledger_account USING btree (environment_id, partner_id, kind, currency, id);
alter table portico.ledger_account enable row level security;
create policy tenant on portico.ledger_account for all
  using ((environment_id::text = (( SELECT current_setting('portico.environment_id'::text, true) AS current_setting))) IS TRUE AND ((( SELECT current_setting('portico.partner_id'::text, true) AS current_setting)) = partner_id::text OR (( SELECT current_setting('portico.partner_id'::text, true) AS current_setting)) = '*'::text))
  with check ((environment_id::text = (( SELECT current_setting('portico.environment_id'::text, true) AS current_setting))) IS TRUE AND ((( SELECT current_setting('portico.partner_id'::text, true) AS current_setting)) = partner_id::text OR (( SELECT current_setting('portico.partner_id'::text, true) AS current_setting)) = '*'::text));
CREATE TRIGGER append_only BEFORE DELETE OR UPDATE ON portico.ledger_account FOR EACH ROW EXECUTE FUNCTION portico.refuse_ledger_change();
CREATE TRIGGER append_only_truncate BEFORE TRUNCATE ON portico.ledger_account FOR EACH STATEMENT EXECUTE FUNCTION portico.refuse_ledger_change();
grant insert, select on portico.ledger_account to portico_service;

create table portico.ledger_posting (
  environment_id portico.id not null,
  account_id portico.id not null,
  sequence bigint not null,
  transaction_id portico.id not null,
  partner_id portico.id,
  currency text not null,
  amount_minor bigint not null,
  balance_minor bigint not null,
  constraint ledger_posting_pkey PRIMARY KEY (environment_id, account_id, sequence),
  constraint ledger_posting_amount_minor_check CHECK (amount_minor <> 0),
  constraint ledger_posting_environment_id_account_id_currency_fkey FOREIGN KEY (environment_id, account_id, currency) REFERENCES portico.ledger_account(environment_id, id, currency),
  constraint ledger_posting_environment_id_transaction_id_fkey FOREIGN KEY (environment_id, transaction_id) REFERENCES portico.ledger_transaction(environment_id, id)
);
CREATE INDEX ledger_posting_of_transaction ON portico.ledger_posting USING btree (environment_id, transaction_id, account_id);
alter table portico.ledger_posting enable row level security;
create policy tenant on portico.ledger_posting for all
  using ((environment_id::text = (( SELECT current_setting('portico.environment_id'::text, true) AS current_setting))) IS TRUE AND ((( SELECT current_setting('portico.partner_id'::text, true) AS current_setting)) = partner_id::text OR (( SELECT current_setting('portico.partner_id'::text, true) AS current_setting)) = '*'::text))
  with check ((environment_id::text = (( SELECT current_setting('portico.environment_id'::text, true) AS current_setting))) IS TRUE AND ((( SELECT current_setting('portico.partner_id'::text, true) AS current_setting)) = partner_id::text OR (( SELECT current_setting('portico.partner_id'::text, true) AS current_setting)) = '*'::text));
CREATE CONSTRAINT TRIGGER require_balance AFTER INSERT ON portico.ledger_posting DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION portico.require_balance();
CREATE TRIGGER append_only BEFORE DELETE OR UPDATE ON portico.ledger_posting FOR EACH ROW EXECUTE FUNCTION portico.refuse_ledger_change();
CREATE TRIGGER append_only_truncate BEFORE TRUNCATE ON portico.ledger_posting FOR EACH STATEMENT EXECUTE FUNCTION portico.refuse_ledger_change();
CREATE TRIGGER place_posting BEFORE INSERT ON portico.ledger_posting FOR EACH ROW EXECUTE FUNCTION portico.place_posting();
grant insert, select on portico.ledger_posting to portico_service;

create table portico.ledger_transaction (
  environment_id portico.id not null,
  id portico.id not null,
  kind text collate "C" not null,
  source_id portico.id not null,
  partner_id portico.id,
  resolves_id portico.id,
  reverses_id portico.id,
  occurred_at timestamp with time zone not null,
  memo text not null,
  "position" bigint not null,
  constraint ledger_transaction_pkey PRIMARY KEY (environment_id, id),
  constraint ledger_transaction_environment_id_kind_source_id_key UNIQUE (environment_id, kind, source_id),
  constraint ledger_transaction_environment_id_resolves_id_key UNIQUE (environment_id, resolves_id),
  constraint ledger_transaction_in_order UNIQUE (environment_id, "position"),
  constraint ledger_transaction_kind_check CHECK (kind = ANY (ARRAY['FUNDING'::text, 'ACCRUAL'::text, 'POSTING'::text, 'VOIDING'::text, 'PAYOUT'::text, 'SETTLEMENT'::text, 'RETURN'::text, 'CLAWBACK'::text, 'NETTING'::text, 'REVERSAL'::text, 'HOLD'::text, 'RELEASE'::text, 'CORRECTION'::text])),
  constraint ledger_transaction_resolves CHECK ((kind = ANY (ARRAY['POSTING'::text, 'VOIDING'::text, 'SETTLEMENT'::text, 'RETURN'::text, 'RELEASE'::text])) = (resolves_id IS NOT NULL)),
  constraint ledger_transaction_reverses CHECK ((kind = ANY (ARRAY['CLAWBACK'::text, 'REVERSAL'::text])) = (reverses_id IS NOT NULL)),
  constraint ledger_transaction_environment_id_partner_id_fkey FOREIGN KEY (environment_id, partner_id) REFERENCES portico.partner(environment_id, id),
  constraint ledger_transaction_environment_id_resolves_id_fkey FOREIGN KEY (environment_id, resolves_id) REFERENCES portico.ledger_transaction(environment_id, id),
  constraint ledger_transaction_environment_id_reverses_id_fkey FOREIGN KEY (environment_id, reverses_id) REFERENCES portico.ledger_transaction(environment_id, id)
);
CREATE INDEX ledger_transaction_newest ON portico.ledger_transaction USING btree (environment_id, partner_id, occurred_at DESC, id);
CREATE INDEX ledger_transaction_reversals ON portico.ledger_transaction USING btree (environment_id, reverses_id) WHERE reverses_id IS NOT NULL;
CREATE INDEX ledger_transaction_source ON portico.ledger_transaction USING btree (environment_id, source_id, kind);
alter table portico.ledger_transaction enable row level security;
create policy tenant on portico.ledger_transaction for all
  using ((environment_id::text = (( SELECT current_setting('portico.environment_id'::text, true) AS current_setting))) IS TRUE AND ((( SELECT current_setting('portico.partner_id'::text, true) AS current_setting)) = partner_id::text OR (( SELECT current_setting('portico.partner_id'::text, true) AS current_setting)) = '*'::text))
  with check ((environment_id::text = (( SELECT current_setting('portico.environment_id'::text, true) AS current_setting))) IS TRUE AND ((( SELECT current_setting('portico.partner_id'::text, true) AS current_setting)) = partner_id::text OR (( SELECT current_setting('portico.partner_id'::text, true) AS current_setting)) = '*'::text));
CREATE CONSTRAINT TRIGGER require_balance AFTER INSERT ON portico.ledger_transaction DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION portico.require_balance();
CREATE TRIGGER append_only BEFORE DELETE OR UPDATE ON portico.ledger_transaction FOR EACH ROW EXECUTE FUNCTION portico.refuse_ledger_change();
CREATE TRIGGER append_only_truncate BEFORE TRUNCATE ON portico.ledger_transaction FOR EACH STATEMENT EXECUTE FUNCTION portico.refuse_ledger_change();
CREATE TRIGGER place_transaction BEFORE INSERT ON portico.ledger_transaction FOR EACH ROW EXECUTE FUNCTION portico.place_transaction();
grant insert, select on portico.ledger_transaction to portico_service;

create table portico.letter (
  environment_id portico.id not null,
  id portico.id not null,
  held_by text default '*'::text not null,
  kind text not null,
  customer_id portico.id not null,
  grant_id portico.id,
  address text,
  language text,
  written_at timestamp with time zone not null,
  next_at timestamp with time zone not null,
  attempts integer default 0 not null,
  constraint letter_pkey PRIMARY KEY (environment_id, id),
  constraint letter_check CHECK ((kind = 'ERASED'::text) = (address IS NOT NULL)),
  constraint letter_check1 CHECK ((kind = 'ERASED'::text) = (grant_id IS NULL)),
  constraint letter_held_by_check CHECK (held_by = '*'::text),
  constraint letter_kind_check CHECK (kind = ANY (ARRAY['GRANT_GIVEN'::text, 'GRANT_REMINDER'::text, 'ERASED'::text])),
  constraint letter_language_check CHECK (language = ANY (ARRAY['en'::text, 'de'::text]))
);
CREATE INDEX letter_next ON portico.letter USING btree (environment_id, next_at, id);
alter table portico.letter enable row level security;
create policy tenant on portico.letter for all
  using ((environment_id::text = (( SELECT current_setting('portico.environment_id'::text, true) AS current_setting))) IS TRUE AND ((( SELECT current_setting('portico.partner_id'::text, true) AS current_setting)) = held_by OR (( SELECT current_setting('portico.partner_id'::text, true) AS current_setting)) = '*'::text))
  with check ((environment_id::text = (( SELECT current_setting('portico.environment_id'::text, true) AS current_setting))) IS TRUE AND ((( SELECT current_setting('portico.partner_id'::text, true) AS current_setting)) = held_by OR (( SELECT current_setting('portico.partner_id'::text, true) AS current_setting)) = '*'::text));
comment on table portico.letter is 'Of the door, not of the world.';
grant delete, insert, select, update on portico.letter to portico_service;

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

create table portico.log_checkpoint (
  environment_id portico.id not null,
  size bigint not null,
  root bytea not null,
  sealed_at timestamp with time zone not null,
  jws text not null,
  constraint log_checkpoint_pkey PRIMARY KEY (environment_id, size),
  constraint log_checkpoint_root_check CHECK (length(root) = 32),
  constraint log_checkpoint_size_check CHECK (size > 0),
  constraint log_checkpoint_environment_id_fkey FOREIGN KEY (environment_id) REFERENCES portico.environment(id)
);
alter table portico.log_checkpoint enable row level security;
create policy tenant on portico.log_checkpoint for all
  using ((environment_id::text = (( SELECT current_setting('portico.environment_id'::text, true) AS current_setting))) IS TRUE)
  with check ((environment_id::text = (( SELECT current_setting('portico.environment_id'::text, true) AS current_setting))) IS TRUE);
CREATE TRIGGER append_only BEFORE DELETE OR UPDATE ON portico.log_checkpoint FOR EACH ROW EXECUTE FUNCTION portico.refuse_change();
CREATE TRIGGER append_only_truncate BEFORE TRUNCATE ON portico.log_checkpoint FOR EACH STATEMENT EXECUTE FUNCTION portico.refuse_change();
comment on table portico.log_checkpoint is 'Of the door, not of the world.';
grant insert, select on portico.log_checkpoint to portico_service;

create table portico.marketplace_credential (
  environment_id portico.id not null,
  id portico.id not null,
  name text not null,
  secret_hmac bytea not null,
  salt bytea not null,
  secret_prefix text not null,
  created_at timestamp with time zone not null,
  revoked_at timestamp with time zone,
  constraint marketplace_credential_pkey PRIMARY KEY (environment_id, id),
  constraint marketplace_credential_name_check CHECK (length(btrim(name)) >= 1 AND length(btrim(name)) <= 200),
  constraint marketplace_credential_salt_check CHECK (length(salt) >= 16),
  constraint marketplace_credential_secret_hmac_check CHECK (length(secret_hmac) = 32),
  constraint marketplace_credential_environment_id_fkey FOREIGN KEY (environment_id) REFERENCES portico.environment(id)
);
CREATE UNIQUE INDEX marketplace_credential_client_id ON portico.marketplace_credential USING btree (id);
alter table portico.marketplace_credential enable row level security;
create policy tenant on portico.marketplace_credential for all
  using ((environment_id::text = (( SELECT current_setting('portico.environment_id'::text, true) AS current_setting))) IS TRUE)
  with check ((environment_id::text = (( SELECT current_setting('portico.environment_id'::text, true) AS current_setting))) IS TRUE);
comment on table portico.marketplace_credential is 'Of the door, not of the world.';
grant insert, select, update on portico.marketplace_credential to portico_service;

create table portico.marketplace_revoked_token (
  environment_id portico.id not null,
  token_id text collate "C" not null,
  expires_at timestamp with time zone not null,
  constraint marketplace_revoked_token_pkey PRIMARY KEY (environment_id, token_id),
  constraint marketplace_revoked_token_environment_id_fkey FOREIGN KEY (environment_id) REFERENCES portico.environment(id)
);
alter table portico.marketplace_revoked_token enable row level security;
create policy tenant on portico.marketplace_revoked_token for all
  using ((environment_id::text = (( SELECT current_setting('portico.environment_id'::text, true) AS current_setting))) IS TRUE)
  with check ((environment_id::text = (( SELECT current_setting('portico.environment_id'::text, true) AS current_setting))) IS TRUE);
comment on table portico.marketplace_revoked_token is 'Of the door, not of the world.';
grant delete, insert, select on portico.marketplace_revoked_token to portico_service;

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
CREATE TRIGGER marks_delete AFTER DELETE ON portico.milestone REFERENCING OLD TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION portico.leave_world_mark();
CREATE TRIGGER marks_insert AFTER INSERT ON portico.milestone REFERENCING NEW TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION portico.leave_world_mark();
CREATE TRIGGER marks_update AFTER UPDATE ON portico.milestone REFERENCING OLD TABLE AS before NEW TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION portico.leave_world_mark();
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
CREATE TRIGGER marks_delete AFTER DELETE ON portico.milestone_dependency REFERENCING OLD TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION portico.leave_world_mark();
CREATE TRIGGER marks_insert AFTER INSERT ON portico.milestone_dependency REFERENCING NEW TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION portico.leave_world_mark();
CREATE TRIGGER marks_update AFTER UPDATE ON portico.milestone_dependency REFERENCING OLD TABLE AS before NEW TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION portico.leave_world_mark();
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
  version integer,
  confirms_at timestamp with time zone,
  is_forecast boolean default false not null,
  judged_as_of timestamp with time zone,
  counted_until timestamp with time zone,
  constraint milestone_progress_pkey PRIMARY KEY (environment_id, id),
  constraint milestone_progress_environment_id_partner_id_id_key UNIQUE (environment_id, partner_id, id),
  constraint milestone_progress_environment_id_partner_id_integration_id_key UNIQUE (environment_id, partner_id, integration_id, milestone_id, period),
  constraint milestone_progress_judged CHECK ((judged_as_of IS NULL) = (counted_until IS NULL)),
  constraint milestone_progress_percent_complete_check CHECK (percent_complete >= 0 AND percent_complete <= 100),
  constraint milestone_progress_period_check CHECK (period ~ '^([0-9]{4}-Q[1-4]|ONCE)$'::text),
  constraint milestone_progress_state_check CHECK (state = ANY (ARRAY['LOCKED'::text, 'OPEN'::text, 'IN_PROGRESS'::text, 'PROVISIONAL'::text, 'CONFIRMED'::text, 'REWARDED'::text, 'DISPUTED'::text, 'REVERSED'::text])),
  constraint milestone_progress_environment_id_milestone_id_fkey FOREIGN KEY (environment_id, milestone_id) REFERENCES portico.milestone(environment_id, id),
  constraint milestone_progress_environment_id_partner_id_integration_i_fkey FOREIGN KEY (environment_id, partner_id, integration_id) REFERENCES portico.integration(environment_id, partner_id, id)
);
CREATE INDEX milestone_progress_of_integration ON portico.milestone_progress USING btree (environment_id, partner_id, integration_id, period DESC, id);
CREATE INDEX milestone_progress_of_milestone ON portico.milestone_progress USING btree (environment_id, partner_id, milestone_id, period DESC, id);
CREATE INDEX milestone_progress_of_partner ON portico.milestone_progress USING btree (environment_id, partner_id, period DESC, id);
CREATE INDEX milestone_progress_waiting ON portico.milestone_progress USING btree (environment_id, COALESCE(confirmed_at, 'infinity'::timestamp with time zone), id) WHERE state = 'CONFIRMED'::text;
alter table portico.milestone_progress enable row level security;
create policy tenant on portico.milestone_progress for all
  using ((environment_id::text = (( SELECT current_setting('portico.environment_id'::text, true) AS current_setting))) IS TRUE AND ((( SELECT current_setting('portico.partner_id'::text, true) AS current_setting)) = partner_id::text OR (( SELECT current_setting('portico.partner_id'::text, true) AS current_setting)) = '*'::text))
  with check ((environment_id::text = (( SELECT current_setting('portico.environment_id'::text, true) AS current_setting))) IS TRUE AND ((( SELECT current_setting('portico.partner_id'::text, true) AS current_setting)) = partner_id::text OR (( SELECT current_setting('portico.partner_id'::text, true) AS current_setting)) = '*'::text));
CREATE TRIGGER marks_delete AFTER DELETE ON portico.milestone_progress REFERENCING OLD TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION portico.leave_partner_mark();
CREATE TRIGGER marks_insert AFTER INSERT ON portico.milestone_progress REFERENCING NEW TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION portico.leave_partner_mark();
CREATE TRIGGER marks_update AFTER UPDATE ON portico.milestone_progress REFERENCING OLD TABLE AS before NEW TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION portico.leave_partner_mark();
grant insert, select, update on portico.milestone_progress to portico_service;

create table portico.milestone_version (
  environment_id portico.id not null,
  id portico.id not null,
  milestone_id portico.id not null,
  version integer not null,
  rule jsonb not null,
  rule_hash text not null,
  announced_at timestamp with time zone not null,
  effective_on date not null,
  why text not null,
  cohort integer not null,
  cohort_meeting integer not null,
  attainability_reason text,
  constraint milestone_version_pkey PRIMARY KEY (environment_id, id),
  constraint milestone_version_environment_id_milestone_id_effective_on_key UNIQUE (environment_id, milestone_id, effective_on),
  constraint milestone_version_environment_id_milestone_id_version_key UNIQUE (environment_id, milestone_id, version),
  constraint milestone_version_check CHECK (cohort_meeting >= 0 AND cohort_meeting <= cohort),
  constraint milestone_version_cohort_check CHECK (cohort >= 0),
  constraint milestone_version_rule_check CHECK (jsonb_typeof(rule) = 'object'::text),
  constraint milestone_version_rule_hash_check CHECK (rule_hash ~ '^[0-9a-f]{64}$'::text),
  constraint milestone_version_version_check CHECK (version >= 1),
  constraint milestone_version_why_check CHECK (length(btrim(why)) > 0),
  constraint milestone_version_environment_id_milestone_id_fkey FOREIGN KEY (environment_id, milestone_id) REFERENCES portico.milestone(environment_id, id)
);
alter table portico.milestone_version enable row level security;
create policy tenant on portico.milestone_version for all
  using ((environment_id::text = (( SELECT current_setting('portico.environment_id'::text, true) AS current_setting))) IS TRUE)
  with check ((environment_id::text = (( SELECT current_setting('portico.environment_id'::text, true) AS current_setting))) IS TRUE);
CREATE TRIGGER append_only BEFORE DELETE OR UPDATE ON portico.milestone_version FOR EACH ROW EXECUTE FUNCTION portico.refuse_change();
CREATE TRIGGER append_only_statement BEFORE DELETE OR UPDATE ON portico.milestone_version FOR EACH STATEMENT EXECUTE FUNCTION portico.refuse_change();
CREATE TRIGGER append_only_truncate BEFORE TRUNCATE ON portico.milestone_version FOR EACH STATEMENT EXECUTE FUNCTION portico.refuse_change();
CREATE TRIGGER marks_delete AFTER DELETE ON portico.milestone_version REFERENCING OLD TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION portico.leave_world_mark();
CREATE TRIGGER marks_insert AFTER INSERT ON portico.milestone_version REFERENCING NEW TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION portico.leave_world_mark();
CREATE TRIGGER marks_update AFTER UPDATE ON portico.milestone_version REFERENCING OLD TABLE AS before NEW TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION portico.leave_world_mark();
grant insert, select on portico.milestone_version to portico_service;

create table portico.notification (
  environment_id portico.id not null,
  id portico.id not null,
  partner_id portico.id not null,
  kind text not null,
  title text not null,
  body text not null,
  notice_id portico.id,
  notified_at timestamp with time zone not null,
  constraint notification_pkey PRIMARY KEY (environment_id, id),
  constraint notification_kind_check CHECK (kind = ANY (ARRAY['DEPRECATION_ANNOUNCED'::text, 'DEPRECATION_REMINDER'::text, 'DEPRECATION_WITHDRAWN'::text, 'BROWNOUT_SCHEDULED'::text, 'BROWNOUT_ABORTED'::text, 'RETIREMENT_REMINDER'::text, 'REMOVAL_OVERRIDDEN'::text])),
  constraint notification_environment_id_partner_id_fkey FOREIGN KEY (environment_id, partner_id) REFERENCES portico.partner(environment_id, id),
  constraint notification_notice_id_fkey FOREIGN KEY (notice_id) REFERENCES portico.deprecation_notice(id)
);
CREATE INDEX notification_newest ON portico.notification USING btree (environment_id, partner_id, notified_at DESC, id);
CREATE INDEX notification_of_notice ON portico.notification USING btree (environment_id, notice_id, notified_at DESC, id);
alter table portico.notification enable row level security;
create policy tenant on portico.notification for all
  using ((environment_id::text = (( SELECT current_setting('portico.environment_id'::text, true) AS current_setting))) IS TRUE AND ((( SELECT current_setting('portico.partner_id'::text, true) AS current_setting)) = partner_id::text OR (( SELECT current_setting('portico.partner_id'::text, true) AS current_setting)) = '*'::text))
  with check ((environment_id::text = (( SELECT current_setting('portico.environment_id'::text, true) AS current_setting))) IS TRUE AND ((( SELECT current_setting('portico.partner_id'::text, true) AS current_setting)) = partner_id::text OR (( SELECT current_setting('portico.partner_id'::text, true) AS current_setting)) = '*'::text));
CREATE TRIGGER append_only BEFORE DELETE OR UPDATE ON portico.notification FOR EACH ROW EXECUTE FUNCTION portico.refuse_change();
CREATE TRIGGER append_only_truncate BEFORE TRUNCATE ON portico.notification FOR EACH STATEMENT EXECUTE FUNCTION portico.refuse_change();
grant insert, select on portico.notification to portico_service;

create table portico.observed_operation (
  environment_id portico.id not null,
  integration_id portico.id not null,
  api_version text collate "C" not null,
  shape_hash text collate "C" not null,
  partner_id portico.id not null,
  document_hash text collate "C" not null,
  operation_name text collate "C" not null,
  document text not null,
  first_seen_at timestamp with time zone not null,
  last_seen_at timestamp with time zone not null,
  constraint observed_operation_pkey PRIMARY KEY (environment_id, integration_id, api_version, shape_hash),
  constraint observed_operation_environment_id_partner_id_integration_i_fkey FOREIGN KEY (environment_id, partner_id, integration_id) REFERENCES portico.integration(environment_id, partner_id, id) DEFERRABLE
);
CREATE INDEX observed_operation_age ON portico.observed_operation USING btree (last_seen_at);
CREATE INDEX observed_operation_newest ON portico.observed_operation USING btree (environment_id, integration_id, last_seen_at DESC, shape_hash, api_version);
alter table portico.observed_operation enable row level security;
create policy tenant on portico.observed_operation for all
  using ((environment_id::text = (( SELECT current_setting('portico.environment_id'::text, true) AS current_setting))) IS TRUE AND ((( SELECT current_setting('portico.partner_id'::text, true) AS current_setting)) = partner_id::text OR (( SELECT current_setting('portico.partner_id'::text, true) AS current_setting)) = '*'::text))
  with check ((environment_id::text = (( SELECT current_setting('portico.environment_id'::text, true) AS current_setting))) IS TRUE AND ((( SELECT current_setting('portico.partner_id'::text, true) AS current_setting)) = partner_id::text OR (( SELECT current_setting('portico.partner_id'::text, true) AS current_setting)) = '*'::text));
comment on table portico.observed_operation is 'Of the door, not of the world.';
grant select on portico.observed_operation to portico_service;

create table portico.onboarding_evidence (
  environment_id portico.id not null,
  partner_id portico.id not null,
  step text not null,
  seen_at timestamp with time zone not null,
  request_ids text[] not null,
  constraint onboarding_evidence_pkey PRIMARY KEY (environment_id, partner_id, step),
  constraint onboarding_evidence_step_check CHECK (step = ANY (ARRAY['FIRST_QUERY'::text, 'LIST_PAGED'::text, 'THROTTLE_RESPECTED'::text, 'CONSENT_RESPECTED'::text, 'BROWNOUT_SURVIVED'::text])),
  constraint onboarding_evidence_environment_id_partner_id_fkey FOREIGN KEY (environment_id, partner_id) REFERENCES portico.partner(environment_id, id) DEFERRABLE
);
alter table portico.onboarding_evidence enable row level security;
create policy tenant on portico.onboarding_evidence for all
  using ((environment_id::text = (( SELECT current_setting('portico.environment_id'::text, true) AS current_setting))) IS TRUE AND ((( SELECT current_setting('portico.partner_id'::text, true) AS current_setting)) = partner_id::text OR (( SELECT current_setting('portico.partner_id'::text, true) AS current_setting)) = '*'::text))
  with check ((environment_id::text = (( SELECT current_setting('portico.environment_id'::text, true) AS current_setting))) IS TRUE AND ((( SELECT current_setting('portico.partner_id'::text, true) AS current_setting)) = partner_id::text OR (( SELECT current_setting('portico.partner_id'::text, true) AS current_setting)) = '*'::text));
comment on table portico.onboarding_evidence is 'Of the door, not of the world.';
grant select on portico.onboarding_evidence to portico_service;

create table portico.operation_use (
  environment_id portico.id not null,
  partner_id portico.id not null,
  integration_id portico.id not null,
  hour timestamp with time zone not null,
  element_set text collate "C" not null,
  api_version text collate "C" not null,
  operation_name text collate "C" not null,
  document_hash text collate "C" not null,
  client_name text collate "C" not null,
  client_version text collate "C" not null,
  uses bigint not null,
  last_used_at timestamp with time zone not null,
  request_ids text[] not null,
  constraint operation_use_pkey PRIMARY KEY (environment_id, element_set, integration_id, hour, api_version, operation_name, document_hash, client_name, client_version),
  constraint operation_use_uses_check CHECK (uses > 0)
) partition by range (hour);
CREATE INDEX operation_use_by_partner ON ONLY portico.operation_use USING btree (environment_id, partner_id, element_set, hour DESC);
alter table portico.operation_use enable row level security;
create policy tenant on portico.operation_use for all
  using ((environment_id::text = (( SELECT current_setting('portico.environment_id'::text, true) AS current_setting))) IS TRUE AND ((( SELECT current_setting('portico.partner_id'::text, true) AS current_setting)) = partner_id::text OR (( SELECT current_setting('portico.partner_id'::text, true) AS current_setting)) = '*'::text))
  with check ((environment_id::text = (( SELECT current_setting('portico.environment_id'::text, true) AS current_setting))) IS TRUE AND ((( SELECT current_setting('portico.partner_id'::text, true) AS current_setting)) = partner_id::text OR (( SELECT current_setting('portico.partner_id'::text, true) AS current_setting)) = '*'::text));
comment on table portico.operation_use is 'Of the door, not of the world.';
grant select on portico.operation_use to portico_service;

create table portico.order_item (
  environment_id portico.id not null,
  order_id portico.id not null,
  "position" integer not null,
  title text not null,
  department text,
  quantity integer not null,
  price_minor bigint not null,
  constraint order_item_pkey PRIMARY KEY (environment_id, order_id, "position"),
  constraint order_item_position_check CHECK ("position" >= 0),
  constraint order_item_price_minor_check CHECK (price_minor >= 0),
  constraint order_item_quantity_check CHECK (quantity > 0),
  constraint order_item_environment_id_order_id_fkey FOREIGN KEY (environment_id, order_id) REFERENCES portico.customer_order(environment_id, id) ON DELETE CASCADE
);
alter table portico.order_item enable row level security;
create policy tenant on portico.order_item for all
  using ((environment_id::text = (( SELECT current_setting('portico.environment_id'::text, true) AS current_setting))) IS TRUE)
  with check ((environment_id::text = (( SELECT current_setting('portico.environment_id'::text, true) AS current_setting))) IS TRUE);
grant delete, insert, select on portico.order_item to portico_service;

create table portico.pairwise_subject (
  environment_id portico.id not null,
  partner_id portico.id not null,
  customer_id portico.id not null,
  id portico.id not null,
  salt bytea,
  constraint pairwise_subject_pkey PRIMARY KEY (environment_id, partner_id, customer_id),
  constraint pairwise_subject_environment_id_id_key UNIQUE (environment_id, id),
  constraint pairwise_subject_salt_check CHECK (length(salt) = 32),
  constraint pairwise_subject_environment_id_customer_id_fkey FOREIGN KEY (environment_id, customer_id) REFERENCES portico.customer(environment_id, id),
  constraint pairwise_subject_environment_id_partner_id_fkey FOREIGN KEY (environment_id, partner_id) REFERENCES portico.partner(environment_id, id)
);
CREATE INDEX pairwise_subject_of_customer ON portico.pairwise_subject USING btree (environment_id, customer_id);
alter table portico.pairwise_subject enable row level security;
create policy tenant on portico.pairwise_subject for all
  using ((environment_id::text = (( SELECT current_setting('portico.environment_id'::text, true) AS current_setting))) IS TRUE AND ((( SELECT current_setting('portico.partner_id'::text, true) AS current_setting)) = partner_id::text OR (( SELECT current_setting('portico.partner_id'::text, true) AS current_setting)) = '*'::text))
  with check ((environment_id::text = (( SELECT current_setting('portico.environment_id'::text, true) AS current_setting))) IS TRUE AND ((( SELECT current_setting('portico.partner_id'::text, true) AS current_setting)) = partner_id::text OR (( SELECT current_setting('portico.partner_id'::text, true) AS current_setting)) = '*'::text));
grant insert, select on portico.pairwise_subject to portico_service;
grant update (salt) on portico.pairwise_subject to portico_service;

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

create table portico.payout (
  environment_id portico.id not null,
  id portico.id not null,
  partner_id portico.id not null,
  file_id portico.id not null,
  amount_minor bigint not null,
  currency text not null,
  creditor text not null,
  iban text not null,
  sent_at timestamp with time zone not null,
  constraint payout_pkey PRIMARY KEY (environment_id, id),
  constraint payout_environment_id_partner_id_id_key UNIQUE (environment_id, partner_id, id),
  constraint payout_amount_minor_check CHECK (amount_minor > 0),
  constraint payout_currency_check CHECK (currency ~ '^[A-Z]{3}$'::text),
  constraint payout_environment_id_partner_id_fkey FOREIGN KEY (environment_id, partner_id) REFERENCES portico.partner(environment_id, id),
  constraint payout_in_file FOREIGN KEY (environment_id, file_id) REFERENCES portico.payout_file(environment_id, id)
);
CREATE INDEX payout_newest ON portico.payout USING btree (environment_id, partner_id, sent_at DESC, id);
CREATE INDEX payout_of_file ON portico.payout USING btree (environment_id, file_id, id);
alter table portico.payout enable row level security;
create policy tenant on portico.payout for all
  using ((environment_id::text = (( SELECT current_setting('portico.environment_id'::text, true) AS current_setting))) IS TRUE AND ((( SELECT current_setting('portico.partner_id'::text, true) AS current_setting)) = partner_id::text OR (( SELECT current_setting('portico.partner_id'::text, true) AS current_setting)) = '*'::text))
  with check ((environment_id::text = (( SELECT current_setting('portico.environment_id'::text, true) AS current_setting))) IS TRUE AND ((( SELECT current_setting('portico.partner_id'::text, true) AS current_setting)) = partner_id::text OR (( SELECT current_setting('portico.partner_id'::text, true) AS current_setting)) = '*'::text));
CREATE TRIGGER append_only BEFORE DELETE OR UPDATE ON portico.payout FOR EACH ROW EXECUTE FUNCTION portico.refuse_change();
CREATE TRIGGER append_only_statement BEFORE DELETE OR UPDATE ON portico.payout FOR EACH STATEMENT EXECUTE FUNCTION portico.refuse_change();
CREATE TRIGGER append_only_truncate BEFORE TRUNCATE ON portico.payout FOR EACH STATEMENT EXECUTE FUNCTION portico.refuse_change();
grant insert, select on portico.payout to portico_service;

create table portico.payout_account (
  environment_id portico.id not null,
  id portico.id not null,
  partner_id portico.id not null,
  currency text not null,
  holder text not null,
  iban text not null,
  since timestamp with time zone not null,
  constraint payout_account_pkey PRIMARY KEY (environment_id, id),
  constraint payout_account_currency_check CHECK (currency ~ '^[A-Z]{3}$'::text),
  constraint payout_account_holder_check CHECK (length(btrim(holder)) > 0),
  constraint payout_account_iban_check CHECK (iban ~ '^[A-Z]{2}[0-9]{2}[A-Z0-9]{10,30}$'::text),
  constraint payout_account_environment_id_partner_id_fkey FOREIGN KEY (environment_id, partner_id) REFERENCES portico.partner(environment_id, id)
);
CREATE INDEX payout_account_newest ON portico.payout_account USING btree (environment_id, partner_id, currency, since DESC, id);
alter table portico.payout_account enable row level security;
create policy tenant on portico.payout_account for all
  using ((environment_id::text = (( SELECT current_setting('portico.environment_id'::text, true) AS current_setting))) IS TRUE AND ((( SELECT current_setting('portico.partner_id'::text, true) AS current_setting)) = partner_id::text OR (( SELECT current_setting('portico.partner_id'::text, true) AS current_setting)) = '*'::text))
  with check ((environment_id::text = (( SELECT current_setting('portico.environment_id'::text, true) AS current_setting))) IS TRUE AND ((( SELECT current_setting('portico.partner_id'::text, true) AS current_setting)) = partner_id::text OR (( SELECT current_setting('portico.partner_id'::text, true) AS current_setting)) = '*'::text));
CREATE TRIGGER append_only BEFORE DELETE OR UPDATE ON portico.payout_account FOR EACH ROW EXECUTE FUNCTION portico.refuse_change();
CREATE TRIGGER append_only_statement BEFORE DELETE OR UPDATE ON portico.payout_account FOR EACH STATEMENT EXECUTE FUNCTION portico.refuse_change();
CREATE TRIGGER append_only_truncate BEFORE TRUNCATE ON portico.payout_account FOR EACH STATEMENT EXECUTE FUNCTION portico.refuse_change();
grant insert, select on portico.payout_account to portico_service;

create table portico.payout_file (
  environment_id portico.id not null,
  id portico.id not null,
  currency text not null,
  debtor text not null,
  debtor_iban text not null,
  made_at timestamp with time zone not null,
  constraint payout_file_pkey PRIMARY KEY (environment_id, id),
  constraint payout_file_currency_check CHECK (currency ~ '^[A-Z]{3}$'::text),
  constraint payout_file_debtor_check CHECK (length(btrim(debtor)) > 0),
  constraint payout_file_debtor_iban_check CHECK (debtor_iban ~ '^[A-Z]{2}[0-9]{2}[A-Z0-9]{10,30}$'::text),
  constraint payout_file_environment_id_fkey FOREIGN KEY (environment_id) REFERENCES portico.environment(id)
);
alter table portico.payout_file enable row level security;
create policy tenant on portico.payout_file for all
  using ((environment_id::text = (( SELECT current_setting('portico.environment_id'::text, true) AS current_setting))) IS TRUE)
  with check ((environment_id::text = (( SELECT current_setting('portico.environment_id'::text, true) AS current_setting))) IS TRUE);
CREATE TRIGGER append_only BEFORE DELETE OR UPDATE ON portico.payout_file FOR EACH ROW EXECUTE FUNCTION portico.refuse_change();
CREATE TRIGGER append_only_statement BEFORE DELETE OR UPDATE ON portico.payout_file FOR EACH STATEMENT EXECUTE FUNCTION portico.refuse_change();
CREATE TRIGGER append_only_truncate BEFORE TRUNCATE ON portico.payout_file FOR EACH STATEMENT EXECUTE FUNCTION portico.refuse_change();
grant insert, select on portico.payout_file to portico_service;

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
  published_at timestamp with time zone,
  imbalance_reason text,
  constraint program_pkey PRIMARY KEY (environment_id, id),
  constraint program_environment_id_fkey FOREIGN KEY (environment_id) REFERENCES portico.environment(id)
);
CREATE UNIQUE INDEX program_one ON portico.program USING btree (environment_id);
alter table portico.program enable row level security;
create policy tenant on portico.program for all
  using ((environment_id::text = (( SELECT current_setting('portico.environment_id'::text, true) AS current_setting))) IS TRUE)
  with check ((environment_id::text = (( SELECT current_setting('portico.environment_id'::text, true) AS current_setting))) IS TRUE);
CREATE TRIGGER marks_delete AFTER DELETE ON portico.program REFERENCING OLD TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION portico.leave_world_mark();
CREATE TRIGGER marks_insert AFTER INSERT ON portico.program REFERENCING NEW TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION portico.leave_world_mark();
CREATE TRIGGER marks_update AFTER UPDATE ON portico.program REFERENCING OLD TABLE AS before NEW TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION portico.leave_world_mark();
grant insert, select, update on portico.program to portico_service;

create table portico.purpose_version (
  purpose text collate "C" not null,
  version integer not null,
  title jsonb not null,
  sentence jsonb not null,
  benefit jsonb not null,
  without jsonb not null,
  dpv_class text not null,
  categories text[] not null,
  max_level text not null,
  max_lookback_days integer,
  max_precision text not null,
  max_duration_days integer not null,
  useful_days integer not null,
  assessment text,
  assessed_by text,
  assessed_at timestamp with time zone,
  drafted_by text not null,
  drafted_at timestamp with time zone not null,
  published_by text,
  effective_from timestamp with time zone,
  retired_at timestamp with time zone,
  held_by text default '*'::text not null,
  id portico.id generated always as ((('pur_'::text || purpose) || '_'::text) || version::text) stored,
  constraint purpose_version_pkey PRIMARY KEY (purpose, version),
  constraint purpose_version_assessment_check CHECK (length(btrim(assessment)) >= 1 AND length(btrim(assessment)) <= 500),
  constraint purpose_version_benefit_check CHECK (benefit ? 'en'::text AND benefit ? 'de'::text),
  constraint purpose_version_categories_check CHECK (cardinality(categories) > 0),
  constraint purpose_version_check CHECK (useful_days >= 0 AND useful_days <= max_duration_days),
  constraint purpose_version_check1 CHECK (num_nulls(assessment, assessed_by, assessed_at) = ANY (ARRAY[0, 3])),
  constraint purpose_version_check2 CHECK ((effective_from IS NULL) = (published_by IS NULL)),
  constraint purpose_version_dpv_class_check CHECK (dpv_class ~ '^https://w3id\.org/dpv'::text),
  constraint purpose_version_held_by_check CHECK (held_by = '*'::text),
  constraint purpose_version_max_duration_days_check CHECK (max_duration_days >= 1 AND max_duration_days <= 365),
  constraint purpose_version_max_level_check CHECK (max_level = ANY (ARRAY['COUNT'::text, 'OVERLAP'::text, 'RECORD'::text])),
  constraint purpose_version_max_lookback_days_check CHECK (max_lookback_days > 0),
  constraint purpose_version_max_precision_check CHECK (max_precision = ANY (ARRAY['COARSE'::text, 'EXACT'::text])),
  constraint purpose_version_needs_assessment CHECK (effective_from IS NULL OR assessment IS NOT NULL),
  constraint purpose_version_purpose_check CHECK (purpose ~ '^[a-z][a-z0-9_]{2,39}$'::text),
  constraint purpose_version_sentence_check CHECK (sentence ? 'en'::text AND sentence ? 'de'::text),
  constraint purpose_version_title_check CHECK (title ? 'en'::text AND title ? 'de'::text),
  constraint purpose_version_version_check CHECK (version > 0),
  constraint purpose_version_without_check CHECK (without ? 'en'::text AND without ? 'de'::text)
);
CREATE UNIQUE INDEX purpose_version_id ON portico.purpose_version USING btree (id);
CREATE TRIGGER published_stays BEFORE UPDATE ON portico.purpose_version FOR EACH ROW EXECUTE FUNCTION portico.refuse_published_change();
grant insert, select, update on portico.purpose_version to portico_service;

create table portico.receipt_key (
  kid text collate "C" not null,
  jwk jsonb not null,
  first_used_at timestamp with time zone not null,
  constraint receipt_key_pkey PRIMARY KEY (kid)
);
grant insert, select on portico.receipt_key to portico_service;

create table portico.recipient_profile (
  environment_id portico.id not null,
  partner_id portico.id not null,
  legal_name text not null,
  address text not null,
  storage_countries text[] not null,
  contact text not null,
  privacy_url text not null,
  verified_at timestamp with time zone not null,
  verified_by text not null,
  constraint recipient_profile_pkey PRIMARY KEY (environment_id, partner_id),
  constraint recipient_profile_address_check CHECK (length(btrim(address)) >= 1 AND length(btrim(address)) <= 500),
  constraint recipient_profile_contact_check CHECK (length(btrim(contact)) >= 1 AND length(btrim(contact)) <= 200),
  constraint recipient_profile_legal_name_check CHECK (length(btrim(legal_name)) >= 1 AND length(btrim(legal_name)) <= 200),
  constraint recipient_profile_privacy_url_check CHECK (privacy_url ~ '^https://'::text),
  constraint recipient_profile_storage_countries_check CHECK (cardinality(storage_countries) >= 1 AND cardinality(storage_countries) <= 50),
  constraint recipient_profile_environment_id_partner_id_fkey FOREIGN KEY (environment_id, partner_id) REFERENCES portico.partner(environment_id, id)
);
alter table portico.recipient_profile enable row level security;
create policy tenant on portico.recipient_profile for all
  using ((environment_id::text = (( SELECT current_setting('portico.environment_id'::text, true) AS current_setting))) IS TRUE AND ((( SELECT current_setting('portico.partner_id'::text, true) AS current_setting)) = partner_id::text OR (( SELECT current_setting('portico.partner_id'::text, true) AS current_setting)) = '*'::text))
  with check ((environment_id::text = (( SELECT current_setting('portico.environment_id'::text, true) AS current_setting))) IS TRUE AND ((( SELECT current_setting('portico.partner_id'::text, true) AS current_setting)) = partner_id::text OR (( SELECT current_setting('portico.partner_id'::text, true) AS current_setting)) = '*'::text));
grant insert, select, update on portico.recipient_profile to portico_service;

create table portico.redirect_uri (
  environment_id portico.id not null,
  partner_id portico.id not null,
  integration_id portico.id not null,
  uri text collate "C" not null,
  created_at timestamp with time zone not null,
  constraint redirect_uri_pkey PRIMARY KEY (environment_id, integration_id, uri),
  constraint redirect_uri_uri_check CHECK (length(uri) >= 1 AND length(uri) <= 2000),
  constraint redirect_uri_environment_id_partner_id_integration_id_fkey FOREIGN KEY (environment_id, partner_id, integration_id) REFERENCES portico.integration(environment_id, partner_id, id) DEFERRABLE
);
alter table portico.redirect_uri enable row level security;
create policy tenant on portico.redirect_uri for all
  using ((environment_id::text = (( SELECT current_setting('portico.environment_id'::text, true) AS current_setting))) IS TRUE AND ((( SELECT current_setting('portico.partner_id'::text, true) AS current_setting)) = partner_id::text OR (( SELECT current_setting('portico.partner_id'::text, true) AS current_setting)) = '*'::text))
  with check ((environment_id::text = (( SELECT current_setting('portico.environment_id'::text, true) AS current_setting))) IS TRUE AND ((( SELECT current_setting('portico.partner_id'::text, true) AS current_setting)) = partner_id::text OR (( SELECT current_setting('portico.partner_id'::text, true) AS current_setting)) = '*'::text));
comment on table portico.redirect_uri is 'Of the door, not of the world.';
grant delete, insert, select on portico.redirect_uri to portico_service;

create table portico.registered_document (
  environment_id portico.id not null,
  integration_id portico.id not null,
  document_hash text collate "C" not null,
  partner_id portico.id not null,
  api_version text collate "C" not null,
  document text not null,
  operation_names text[] not null,
  element_set text collate "C" not null,
  registered_at timestamp with time zone not null,
  constraint registered_document_pkey PRIMARY KEY (environment_id, integration_id, document_hash),
  constraint registered_document_document_hash_check CHECK (document_hash ~ '^[0-9a-f]{64}$'::text),
  constraint registered_document_environment_id_partner_id_integration__fkey FOREIGN KEY (environment_id, partner_id, integration_id) REFERENCES portico.integration(environment_id, partner_id, id)
);
CREATE INDEX registered_document_by_elements ON portico.registered_document USING btree (environment_id, element_set);
CREATE INDEX registered_document_in_order ON portico.registered_document USING btree (environment_id, integration_id, registered_at, document_hash);
alter table portico.registered_document enable row level security;
create policy tenant on portico.registered_document for all
  using ((environment_id::text = (( SELECT current_setting('portico.environment_id'::text, true) AS current_setting))) IS TRUE AND ((( SELECT current_setting('portico.partner_id'::text, true) AS current_setting)) = partner_id::text OR (( SELECT current_setting('portico.partner_id'::text, true) AS current_setting)) = '*'::text))
  with check ((environment_id::text = (( SELECT current_setting('portico.environment_id'::text, true) AS current_setting))) IS TRUE AND ((( SELECT current_setting('portico.partner_id'::text, true) AS current_setting)) = partner_id::text OR (( SELECT current_setting('portico.partner_id'::text, true) AS current_setting)) = '*'::text));
grant delete, insert, select, update on portico.registered_document to portico_service;

create table portico.registry_revision (
  only_row boolean default true not null,
  revision bigint not null,
  constraint registry_revision_pkey PRIMARY KEY (only_row),
  constraint registry_revision_only_row_check CHECK (only_row)
);
grant select on portico.registry_revision to portico_service;

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

create table portico.removal_override (
  verdict_id portico.id not null,
  staff_id portico.id not null,
  held_by text default '*'::text not null,
  public_reason text not null,
  decided_at timestamp with time zone not null,
  constraint removal_override_pkey PRIMARY KEY (verdict_id, staff_id),
  constraint removal_override_held_by_check CHECK (held_by = '*'::text),
  constraint removal_override_public_reason_check CHECK (length(btrim(public_reason)) > 0),
  constraint removal_override_staff_id_fkey FOREIGN KEY (staff_id) REFERENCES portico.staff(id),
  constraint removal_override_verdict_id_fkey FOREIGN KEY (verdict_id) REFERENCES portico.removal_verdict(id)
);
alter table portico.removal_override enable row level security;
create policy marketplace on portico.removal_override for all
  using ((held_by = (( SELECT current_setting('portico.partner_id'::text, true) AS current_setting))) IS TRUE)
  with check ((held_by = (( SELECT current_setting('portico.partner_id'::text, true) AS current_setting))) IS TRUE);
CREATE TRIGGER append_only BEFORE DELETE OR UPDATE ON portico.removal_override FOR EACH ROW EXECUTE FUNCTION portico.refuse_change();
CREATE TRIGGER append_only_truncate BEFORE TRUNCATE ON portico.removal_override FOR EACH STATEMENT EXECUTE FUNCTION portico.refuse_change();
grant insert, select on portico.removal_override to portico_service;

create table portico.removal_verdict (
  id portico.id not null,
  held_by text default '*'::text not null,
  notice_id portico.id,
  version text collate "C" not null,
  verdict text not null,
  evidence jsonb not null,
  override_reason text,
  overridden_by text[] default '{}'::text[] not null,
  decided_at timestamp with time zone not null,
  gate text not null,
  constraint removal_verdict_pkey PRIMARY KEY (id),
  constraint removal_verdict_check CHECK ((verdict = 'OVERRIDDEN'::text) = (override_reason IS NOT NULL)),
  constraint removal_verdict_check1 CHECK (verdict <> 'OVERRIDDEN'::text OR cardinality(overridden_by) >= 2),
  constraint removal_verdict_check2 CHECK ((gate = 'RELEASE'::text) = (notice_id IS NOT NULL)),
  constraint removal_verdict_gate_check CHECK (gate = ANY (ARRAY['RELEASE'::text, 'RETIREMENT'::text])),
  constraint removal_verdict_held_by_check CHECK (held_by = '*'::text),
  constraint removal_verdict_verdict_check CHECK (verdict = ANY (ARRAY['PASSED'::text, 'REFUSED'::text, 'OVERRIDDEN'::text])),
  constraint removal_verdict_notice_id_fkey FOREIGN KEY (notice_id) REFERENCES portico.deprecation_notice(id)
);
CREATE INDEX removal_verdict_of_notice ON portico.removal_verdict USING btree (notice_id, decided_at, id);
CREATE INDEX removal_verdict_of_version ON portico.removal_verdict USING btree (version, gate, decided_at, id);
CREATE TRIGGER append_only BEFORE DELETE OR UPDATE ON portico.removal_verdict FOR EACH ROW EXECUTE FUNCTION portico.refuse_change();
CREATE TRIGGER append_only_truncate BEFORE TRUNCATE ON portico.removal_verdict FOR EACH STATEMENT EXECUTE FUNCTION portico.refuse_change();
CREATE TRIGGER count_revision AFTER INSERT ON portico.removal_verdict FOR EACH STATEMENT EXECUTE FUNCTION portico.count_registry_revision();
grant insert, select on portico.removal_verdict to portico_service;

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
  followed_cursor boolean default false not null,
  retry_after_ms integer,
  constraint request_log_pkey PRIMARY KEY (environment_id, id),
  constraint request_log_operation_kind_check CHECK (operation_kind = ANY (ARRAY['QUERY'::text, 'MUTATION'::text])),
  constraint request_log_refunded_cost_check CHECK (refunded_cost >= 0),
  constraint request_log_requested_cost_check CHECK (requested_cost >= 0),
  constraint request_log_retry_after_ms_check CHECK (retry_after_ms > 0)
);
CREATE INDEX request_log_age ON portico.request_log USING btree (received_at);
CREATE INDEX request_log_newest ON portico.request_log USING btree (environment_id, integration_id, received_at DESC, id);
alter table portico.request_log enable row level security;
create policy append on portico.request_log for insert
  with check (true);
create policy tenant on portico.request_log for all
  using ((environment_id::text = (( SELECT current_setting('portico.environment_id'::text, true) AS current_setting))) IS TRUE AND ((( SELECT current_setting('portico.partner_id'::text, true) AS current_setting)) = partner_id::text OR (( SELECT current_setting('portico.partner_id'::text, true) AS current_setting)) = '*'::text))
  with check ((environment_id::text = (( SELECT current_setting('portico.environment_id'::text, true) AS current_setting))) IS TRUE AND ((( SELECT current_setting('portico.partner_id'::text, true) AS current_setting)) = partner_id::text OR (( SELECT current_setting('portico.partner_id'::text, true) AS current_setting)) = '*'::text));
comment on table portico.request_log is 'Of the door, not of the world.';
grant insert, select on portico.request_log to portico_service;

create table portico.revenue_share (
  environment_id portico.id not null,
  id portico.id not null,
  partner_id portico.id not null,
  terms_id portico.id not null,
  period text collate "C" not null,
  currency text not null,
  number integer not null,
  revenue_minor bigint not null,
  refunded_minor bigint not null,
  share_minor bigint not null,
  amount_minor bigint not null,
  reverses_id portico.id,
  settled_at timestamp with time zone not null,
  constraint revenue_share_pkey PRIMARY KEY (environment_id, id),
  constraint revenue_share_environment_id_partner_id_period_currency_num_key UNIQUE (environment_id, partner_id, period, currency, number),
  constraint revenue_share_check CHECK ((amount_minor < 0) = (reverses_id IS NOT NULL)),
  constraint revenue_share_currency_check CHECK (currency ~ '^[A-Z]{3}$'::text),
  constraint revenue_share_number_check CHECK (number >= 1),
  constraint revenue_share_period_check CHECK (period ~ '^[0-9]{4}-Q[1-4]$'::text),
  constraint revenue_share_refunded_minor_check CHECK (refunded_minor >= 0),
  constraint revenue_share_revenue_minor_check CHECK (revenue_minor >= 0),
  constraint revenue_share_share_minor_check CHECK (share_minor >= 0),
  constraint revenue_share_environment_id_partner_id_fkey FOREIGN KEY (environment_id, partner_id) REFERENCES portico.partner(environment_id, id),
  constraint revenue_share_environment_id_reverses_id_fkey FOREIGN KEY (environment_id, reverses_id) REFERENCES portico.revenue_share(environment_id, id),
  constraint revenue_share_environment_id_terms_id_fkey FOREIGN KEY (environment_id, terms_id) REFERENCES portico.revenue_share_terms(environment_id, id)
);
CREATE INDEX revenue_share_newest ON portico.revenue_share USING btree (environment_id, partner_id, settled_at DESC, id);
CREATE INDEX revenue_share_reversals ON portico.revenue_share USING btree (environment_id, reverses_id) WHERE reverses_id IS NOT NULL;
alter table portico.revenue_share enable row level security;
create policy tenant on portico.revenue_share for all
  using ((environment_id::text = (( SELECT current_setting('portico.environment_id'::text, true) AS current_setting))) IS TRUE AND ((( SELECT current_setting('portico.partner_id'::text, true) AS current_setting)) = partner_id::text OR (( SELECT current_setting('portico.partner_id'::text, true) AS current_setting)) = '*'::text))
  with check ((environment_id::text = (( SELECT current_setting('portico.environment_id'::text, true) AS current_setting))) IS TRUE AND ((( SELECT current_setting('portico.partner_id'::text, true) AS current_setting)) = partner_id::text OR (( SELECT current_setting('portico.partner_id'::text, true) AS current_setting)) = '*'::text));
CREATE TRIGGER append_only BEFORE DELETE OR UPDATE ON portico.revenue_share FOR EACH ROW EXECUTE FUNCTION portico.refuse_change();
CREATE TRIGGER append_only_statement BEFORE DELETE OR UPDATE ON portico.revenue_share FOR EACH STATEMENT EXECUTE FUNCTION portico.refuse_change();
CREATE TRIGGER append_only_truncate BEFORE TRUNCATE ON portico.revenue_share FOR EACH STATEMENT EXECUTE FUNCTION portico.refuse_change();
grant insert, select on portico.revenue_share to portico_service;

create table portico.revenue_share_decision (
  environment_id portico.id not null,
  share_id portico.id not null,
  decided_by text collate "C" not null,
  partner_id portico.id not null,
  verdict text not null,
  reason text not null,
  decided_at timestamp with time zone not null,
  constraint revenue_share_decision_pkey PRIMARY KEY (environment_id, share_id, decided_by),
  constraint revenue_share_decision_verdict_check CHECK (verdict = ANY (ARRAY['APPROVED'::text, 'VOIDED'::text])),
  constraint revenue_share_decision_environment_id_share_id_fkey FOREIGN KEY (environment_id, share_id) REFERENCES portico.revenue_share(environment_id, id)
);
alter table portico.revenue_share_decision enable row level security;
create policy tenant on portico.revenue_share_decision for all
  using ((environment_id::text = (( SELECT current_setting('portico.environment_id'::text, true) AS current_setting))) IS TRUE AND ((( SELECT current_setting('portico.partner_id'::text, true) AS current_setting)) = partner_id::text OR (( SELECT current_setting('portico.partner_id'::text, true) AS current_setting)) = '*'::text))
  with check ((environment_id::text = (( SELECT current_setting('portico.environment_id'::text, true) AS current_setting))) IS TRUE AND ((( SELECT current_setting('portico.partner_id'::text, true) AS current_setting)) = partner_id::text OR (( SELECT current_setting('portico.partner_id'::text, true) AS current_setting)) = '*'::text));
CREATE TRIGGER append_only BEFORE DELETE OR UPDATE ON portico.revenue_share_decision FOR EACH ROW EXECUTE FUNCTION portico.refuse_change();
CREATE TRIGGER append_only_statement BEFORE DELETE OR UPDATE ON portico.revenue_share_decision FOR EACH STATEMENT EXECUTE FUNCTION portico.refuse_change();
CREATE TRIGGER append_only_truncate BEFORE TRUNCATE ON portico.revenue_share_decision FOR EACH STATEMENT EXECUTE FUNCTION portico.refuse_change();
grant insert, select on portico.revenue_share_decision to portico_service;

create table portico.revenue_share_terms (
  environment_id portico.id not null,
  id portico.id not null,
  partner_id portico.id,
  currency text not null,
  version integer not null,
  rate_bps integer not null,
  threshold_minor bigint not null,
  cap_minor bigint,
  effective_on date not null,
  announced_at timestamp with time zone not null,
  why text not null,
  constraint revenue_share_terms_pkey PRIMARY KEY (environment_id, id),
  constraint revenue_share_terms_environment_id_partner_id_currency_effe_key UNIQUE NULLS NOT DISTINCT (environment_id, partner_id, currency, effective_on),
  constraint revenue_share_terms_environment_id_partner_id_currency_vers_key UNIQUE NULLS NOT DISTINCT (environment_id, partner_id, currency, version),
  constraint revenue_share_terms_cap_minor_check CHECK (cap_minor > 0),
  constraint revenue_share_terms_currency_check CHECK (currency ~ '^[A-Z]{3}$'::text),
  constraint revenue_share_terms_effective_on_check CHECK (effective_on = date_trunc('quarter'::text, effective_on::timestamp without time zone)::date),
  constraint revenue_share_terms_rate_bps_check CHECK (rate_bps >= 0 AND rate_bps <= 10000),
  constraint revenue_share_terms_threshold_minor_check CHECK (threshold_minor >= 0),
  constraint revenue_share_terms_version_check CHECK (version >= 1),
  constraint revenue_share_terms_why_check CHECK (length(btrim(why)) > 0),
  constraint revenue_share_terms_environment_id_fkey FOREIGN KEY (environment_id) REFERENCES portico.environment(id),
  constraint revenue_share_terms_environment_id_partner_id_fkey FOREIGN KEY (environment_id, partner_id) REFERENCES portico.partner(environment_id, id)
);
alter table portico.revenue_share_terms enable row level security;
create policy of_the_program on portico.revenue_share_terms for select
  using ((environment_id::text = (( SELECT current_setting('portico.environment_id'::text, true) AS current_setting)) AND partner_id IS NULL) IS TRUE);
create policy tenant on portico.revenue_share_terms for all
  using ((environment_id::text = (( SELECT current_setting('portico.environment_id'::text, true) AS current_setting))) IS TRUE AND ((( SELECT current_setting('portico.partner_id'::text, true) AS current_setting)) = partner_id::text OR (( SELECT current_setting('portico.partner_id'::text, true) AS current_setting)) = '*'::text))
  with check ((environment_id::text = (( SELECT current_setting('portico.environment_id'::text, true) AS current_setting))) IS TRUE AND ((( SELECT current_setting('portico.partner_id'::text, true) AS current_setting)) = partner_id::text OR (( SELECT current_setting('portico.partner_id'::text, true) AS current_setting)) = '*'::text));
CREATE TRIGGER append_only BEFORE DELETE OR UPDATE ON portico.revenue_share_terms FOR EACH ROW EXECUTE FUNCTION portico.refuse_change();
CREATE TRIGGER append_only_statement BEFORE DELETE OR UPDATE ON portico.revenue_share_terms FOR EACH STATEMENT EXECUTE FUNCTION portico.refuse_change();
CREATE TRIGGER append_only_truncate BEFORE TRUNCATE ON portico.revenue_share_terms FOR EACH STATEMENT EXECUTE FUNCTION portico.refuse_change();
grant insert, select on portico.revenue_share_terms to portico_service;

create table portico.review_cycle (
  environment_id portico.id not null,
  id portico.id not null,
  period text collate "C" not null,
  opened_by text collate "C" not null,
  opened_at timestamp with time zone not null,
  frozen_at timestamp with time zone,
  inputs text,
  inputs_hash text,
  published_at timestamp with time zone,
  constraint review_cycle_pkey PRIMARY KEY (environment_id, id),
  constraint review_cycle_environment_id_period_key UNIQUE (environment_id, period),
  constraint review_cycle_check CHECK (inputs_hash = encode(sha256(convert_to(inputs, 'UTF8'::name)), 'hex'::text)),
  constraint review_cycle_check1 CHECK ((frozen_at IS NULL) = (inputs IS NULL) AND (inputs IS NULL) = (inputs_hash IS NULL)),
  constraint review_cycle_check2 CHECK (published_at IS NULL OR frozen_at IS NOT NULL),
  constraint review_cycle_period_check CHECK (period ~ '^[0-9]{4}-Q[1-4]$'::text),
  constraint review_cycle_environment_id_fkey FOREIGN KEY (environment_id) REFERENCES portico.environment(id)
);
alter table portico.review_cycle enable row level security;
create policy tenant on portico.review_cycle for all
  using ((environment_id::text = (( SELECT current_setting('portico.environment_id'::text, true) AS current_setting))) IS TRUE)
  with check ((environment_id::text = (( SELECT current_setting('portico.environment_id'::text, true) AS current_setting))) IS TRUE);
CREATE TRIGGER keep_frozen BEFORE UPDATE ON portico.review_cycle FOR EACH ROW EXECUTE FUNCTION portico.keep_review_frozen();
grant insert, select on portico.review_cycle to portico_service;
grant update (frozen_at), update (inputs), update (inputs_hash), update (published_at) on portico.review_cycle to portico_service;

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
comment on table portico.revoked_token is 'Of the door, not of the world.';
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
  feature text,
  constraint reward_pkey PRIMARY KEY (environment_id, id),
  constraint reward_amount_minor_check CHECK (amount_minor > 0),
  constraint reward_check CHECK ((kind = 'FINANCIAL'::text) = (amount_minor IS NOT NULL)),
  constraint reward_check1 CHECK ((amount_minor IS NULL) = (currency IS NULL)),
  constraint reward_check2 CHECK (feature IS NULL OR feature ~ '^[A-Z][A-Z0-9_]{1,59}$'::text AND kind = 'CAPABILITY'::text),
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
CREATE TRIGGER marks_delete AFTER DELETE ON portico.reward REFERENCING OLD TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION portico.leave_world_mark();
CREATE TRIGGER marks_insert AFTER INSERT ON portico.reward REFERENCING NEW TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION portico.leave_world_mark();
CREATE TRIGGER marks_update AFTER UPDATE ON portico.reward REFERENCING OLD TABLE AS before NEW TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION portico.leave_world_mark();
grant insert, select, update on portico.reward to portico_service;

create table portico.rights_request (
  environment_id portico.id not null,
  id portico.id not null,
  held_by text default '*'::text not null,
  customer_id portico.id not null,
  kind text not null,
  grant_id portico.id,
  category text collate "C",
  words text,
  asked_at timestamp with time zone not null,
  due_at timestamp with time zone not null,
  settled_at timestamp with time zone,
  outcome text,
  answer text,
  settled_by portico.id,
  constraint rights_request_pkey PRIMARY KEY (environment_id, id),
  constraint rights_request_answer_check CHECK (length(btrim(answer)) >= 1 AND length(btrim(answer)) <= 1000),
  constraint rights_request_check CHECK (due_at >= asked_at),
  constraint rights_request_check1 CHECK (settled_at >= asked_at),
  constraint rights_request_check2 CHECK (num_nulls(settled_at, outcome) = ANY (ARRAY[0, 2])),
  constraint rights_request_check3 CHECK ((kind = 'OBJECTION'::text) = (grant_id IS NOT NULL)),
  constraint rights_request_check4 CHECK ((kind = 'CORRECTION'::text) = (category IS NOT NULL)),
  constraint rights_request_held_by_check CHECK (held_by = '*'::text),
  constraint rights_request_kind_check CHECK (kind = ANY (ARRAY['EXPORT'::text, 'ERASURE'::text, 'OBJECTION'::text, 'CORRECTION'::text])),
  constraint rights_request_outcome_check CHECK (outcome = ANY (ARRAY['GRANTED'::text, 'REFUSED'::text])),
  constraint rights_request_words_check CHECK (length(btrim(words)) >= 1 AND length(btrim(words)) <= 1000),
  constraint rights_request_category_fkey FOREIGN KEY (category) REFERENCES portico.data_category(code),
  constraint rights_request_environment_id_customer_id_fkey FOREIGN KEY (environment_id, customer_id) REFERENCES portico.customer(environment_id, id),
  constraint rights_request_environment_id_grant_id_fkey FOREIGN KEY (environment_id, grant_id) REFERENCES portico.consent_grant(environment_id, id)
);
CREATE INDEX rights_request_of_grant ON portico.rights_request USING btree (environment_id, grant_id) WHERE grant_id IS NOT NULL;
CREATE INDEX rights_request_of_person ON portico.rights_request USING btree (environment_id, customer_id, asked_at DESC, id);
CREATE INDEX rights_request_open ON portico.rights_request USING btree (environment_id, due_at, id) WHERE settled_at IS NULL;
alter table portico.rights_request enable row level security;
create policy tenant on portico.rights_request for all
  using ((environment_id::text = (( SELECT current_setting('portico.environment_id'::text, true) AS current_setting))) IS TRUE AND ((( SELECT current_setting('portico.partner_id'::text, true) AS current_setting)) = held_by OR (( SELECT current_setting('portico.partner_id'::text, true) AS current_setting)) = '*'::text))
  with check ((environment_id::text = (( SELECT current_setting('portico.environment_id'::text, true) AS current_setting))) IS TRUE AND ((( SELECT current_setting('portico.partner_id'::text, true) AS current_setting)) = held_by OR (( SELECT current_setting('portico.partner_id'::text, true) AS current_setting)) = '*'::text));
grant insert, select, update on portico.rights_request to portico_service;

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
  milestone_id portico.id,
  constraint roadmap_item_pkey PRIMARY KEY (environment_id, id),
  constraint roadmap_item_check CHECK (announced_on <= opens_on AND opens_on < closes_on),
  constraint roadmap_item_reward_kind_check CHECK (reward_kind = ANY (ARRAY['FINANCIAL'::text, 'REPUTATIONAL'::text, 'CAPABILITY'::text])),
  constraint roadmap_item_user_outcome_check CHECK (length(btrim(user_outcome)) > 0),
  constraint roadmap_item_environment_id_program_id_fkey FOREIGN KEY (environment_id, program_id) REFERENCES portico.program(environment_id, id),
  constraint roadmap_item_milestone FOREIGN KEY (environment_id, milestone_id) REFERENCES portico.milestone(environment_id, id)
);
CREATE INDEX roadmap_item_order ON portico.roadmap_item USING btree (environment_id, program_id, opens_on, id);
alter table portico.roadmap_item enable row level security;
create policy tenant on portico.roadmap_item for all
  using ((environment_id::text = (( SELECT current_setting('portico.environment_id'::text, true) AS current_setting))) IS TRUE)
  with check ((environment_id::text = (( SELECT current_setting('portico.environment_id'::text, true) AS current_setting))) IS TRUE);
grant insert, select, update on portico.roadmap_item to portico_service;

create table portico.sandbox (
  environment_id portico.id not null,
  id portico.id not null,
  partner_id portico.id not null,
  sandbox_environment_id portico.id not null,
  name text not null,
  world text not null,
  size text not null,
  seed integer not null,
  started_at timestamp with time zone not null,
  client_id portico.id not null,
  row_count bigint not null,
  created_at timestamp with time zone not null,
  used_at timestamp with time zone not null,
  ends_at timestamp with time zone not null,
  expires_at timestamp with time zone not null,
  told_at timestamp with time zone,
  constraint sandbox_pkey PRIMARY KEY (environment_id, id),
  constraint sandbox_environment_id_partner_id_id_key UNIQUE (environment_id, partner_id, id),
  constraint sandbox_sandbox_environment_id_key UNIQUE (sandbox_environment_id),
  constraint sandbox_check CHECK (expires_at <= ends_at),
  constraint sandbox_size_check CHECK (size = ANY (ARRAY['SMALL'::text, 'FULL'::text])),
  constraint sandbox_environment_id_partner_id_fkey FOREIGN KEY (environment_id, partner_id) REFERENCES portico.partner(environment_id, id) DEFERRABLE,
  constraint sandbox_sandbox_environment_id_fkey FOREIGN KEY (sandbox_environment_id) REFERENCES portico.environment(id)
);
CREATE INDEX sandbox_by_end ON portico.sandbox USING btree (expires_at);
CREATE INDEX sandbox_newest ON portico.sandbox USING btree (environment_id, partner_id, created_at DESC, id);
alter table portico.sandbox enable row level security;
create policy tenant on portico.sandbox for all
  using ((environment_id::text = (( SELECT current_setting('portico.environment_id'::text, true) AS current_setting))) IS TRUE AND ((( SELECT current_setting('portico.partner_id'::text, true) AS current_setting)) = partner_id::text OR (( SELECT current_setting('portico.partner_id'::text, true) AS current_setting)) = '*'::text))
  with check ((environment_id::text = (( SELECT current_setting('portico.environment_id'::text, true) AS current_setting))) IS TRUE AND ((( SELECT current_setting('portico.partner_id'::text, true) AS current_setting)) = partner_id::text OR (( SELECT current_setting('portico.partner_id'::text, true) AS current_setting)) = '*'::text));
comment on table portico.sandbox is 'Of the door, not of the world.';
grant delete, insert, select, update on portico.sandbox to portico_service;

create table portico.sandbox_quota (
  tier text not null,
  sandboxes integer not null,
  snapshots integer not null,
  rows bigint not null,
  days integer not null,
  constraint sandbox_quota_pkey PRIMARY KEY (tier),
  constraint sandbox_quota_days_check CHECK (days > 0),
  constraint sandbox_quota_rows_check CHECK (rows >= 0),
  constraint sandbox_quota_sandboxes_check CHECK (sandboxes >= 0),
  constraint sandbox_quota_snapshots_check CHECK (snapshots >= 0)
);
grant select on portico.sandbox_quota to portico_service;

create table portico.sandbox_snapshot (
  environment_id portico.id not null,
  id portico.id not null,
  partner_id portico.id not null,
  sandbox_id portico.id not null,
  snapshot_environment_id portico.id not null,
  name text not null,
  row_count bigint not null,
  taken_at timestamp with time zone not null,
  constraint sandbox_snapshot_pkey PRIMARY KEY (environment_id, id),
  constraint sandbox_snapshot_snapshot_environment_id_key UNIQUE (snapshot_environment_id),
  constraint sandbox_snapshot_environment_id_partner_id_sandbox_id_fkey FOREIGN KEY (environment_id, partner_id, sandbox_id) REFERENCES portico.sandbox(environment_id, partner_id, id) DEFERRABLE,
  constraint sandbox_snapshot_snapshot_environment_id_fkey FOREIGN KEY (snapshot_environment_id) REFERENCES portico.environment(id)
);
CREATE INDEX sandbox_snapshot_newest ON portico.sandbox_snapshot USING btree (environment_id, partner_id, sandbox_id, taken_at DESC, id);
alter table portico.sandbox_snapshot enable row level security;
create policy tenant on portico.sandbox_snapshot for all
  using ((environment_id::text = (( SELECT current_setting('portico.environment_id'::text, true) AS current_setting))) IS TRUE AND ((( SELECT current_setting('portico.partner_id'::text, true) AS current_setting)) = partner_id::text OR (( SELECT current_setting('portico.partner_id'::text, true) AS current_setting)) = '*'::text))
  with check ((environment_id::text = (( SELECT current_setting('portico.environment_id'::text, true) AS current_setting))) IS TRUE AND ((( SELECT current_setting('portico.partner_id'::text, true) AS current_setting)) = partner_id::text OR (( SELECT current_setting('portico.partner_id'::text, true) AS current_setting)) = '*'::text));
comment on table portico.sandbox_snapshot is 'Of the door, not of the world.';
grant delete, insert, select on portico.sandbox_snapshot to portico_service;

create table portico.sealed_entry (
  environment_id portico.id not null,
  leaf_index bigint not null,
  partner_id portico.id not null,
  entry_id portico.id not null,
  leaf_hash bytea not null,
  completes bytea not null,
  constraint sealed_entry_pkey PRIMARY KEY (environment_id, leaf_index),
  constraint sealed_entry_environment_id_entry_id_key UNIQUE (environment_id, entry_id),
  constraint sealed_entry_completes_check CHECK ((length(completes) % 32) = 0),
  constraint sealed_entry_leaf_hash_check CHECK (length(leaf_hash) = 32),
  constraint sealed_entry_leaf_index_check CHECK (leaf_index >= 0),
  constraint sealed_entry_environment_id_fkey FOREIGN KEY (environment_id) REFERENCES portico.environment(id)
);
CREATE INDEX sealed_entry_of_partner ON portico.sealed_entry USING btree (environment_id, partner_id, leaf_index);
alter table portico.sealed_entry enable row level security;
create policy tenant on portico.sealed_entry for all
  using ((environment_id::text = (( SELECT current_setting('portico.environment_id'::text, true) AS current_setting))) IS TRUE AND ((( SELECT current_setting('portico.partner_id'::text, true) AS current_setting)) = partner_id::text OR (( SELECT current_setting('portico.partner_id'::text, true) AS current_setting)) = '*'::text))
  with check ((environment_id::text = (( SELECT current_setting('portico.environment_id'::text, true) AS current_setting))) IS TRUE AND ((( SELECT current_setting('portico.partner_id'::text, true) AS current_setting)) = partner_id::text OR (( SELECT current_setting('portico.partner_id'::text, true) AS current_setting)) = '*'::text));
CREATE TRIGGER append_only BEFORE DELETE OR UPDATE ON portico.sealed_entry FOR EACH ROW EXECUTE FUNCTION portico.refuse_change();
CREATE TRIGGER append_only_truncate BEFORE TRUNCATE ON portico.sealed_entry FOR EACH STATEMENT EXECUTE FUNCTION portico.refuse_change();
comment on table portico.sealed_entry is 'Of the door, not of the world.';
grant insert, select on portico.sealed_entry to portico_service;

create table portico.sealed_log (
  environment_id portico.id not null,
  size bigint default 0 not null,
  horizon xid8 default '0'::xid8 not null,
  constraint sealed_log_pkey PRIMARY KEY (environment_id),
  constraint sealed_log_size_check CHECK (size >= 0),
  constraint sealed_log_environment_id_fkey FOREIGN KEY (environment_id) REFERENCES portico.environment(id)
);
alter table portico.sealed_log enable row level security;
create policy tenant on portico.sealed_log for all
  using ((environment_id::text = (( SELECT current_setting('portico.environment_id'::text, true) AS current_setting))) IS TRUE)
  with check ((environment_id::text = (( SELECT current_setting('portico.environment_id'::text, true) AS current_setting))) IS TRUE);
comment on table portico.sealed_log is 'Of the door, not of the world.';
grant insert, select, update on portico.sealed_log to portico_service;

create table portico.staff (
  id portico.id not null,
  name text not null,
  email text not null,
  status text default 'ACTIVE'::text not null,
  created_at timestamp with time zone not null,
  held_by text default '*'::text not null,
  constraint staff_pkey PRIMARY KEY (id),
  constraint staff_email_key UNIQUE (email),
  constraint staff_held_by_check CHECK (held_by = '*'::text),
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

create table portico.staff_idempotency_key (
  staff_id portico.id not null,
  key text collate "C" not null,
  request_hash bytea not null,
  answer jsonb,
  created_at timestamp with time zone not null,
  constraint staff_idempotency_key_pkey PRIMARY KEY (staff_id, key),
  constraint staff_idempotency_key_key_check CHECK (key ~ '^[\x20-\x7e]{1,255}$'::text),
  constraint staff_idempotency_key_request_hash_check CHECK (length(request_hash) = 32),
  constraint staff_idempotency_key_staff_id_fkey FOREIGN KEY (staff_id) REFERENCES portico.staff(id)
);
CREATE INDEX staff_idempotency_key_age ON portico.staff_idempotency_key USING btree (created_at);
grant delete, insert, select, update on portico.staff_idempotency_key to portico_service;

create table portico.staff_journal (
  id portico.id not null,
  held_by text default '*'::text not null,
  written_at timestamp with time zone not null,
  staff_id portico.id,
  operation text not null,
  subject_id portico.id not null,
  reason text not null,
  details jsonb not null,
  request_id portico.id,
  constraint staff_journal_pkey PRIMARY KEY (id),
  constraint staff_journal_held_by_check CHECK (held_by = '*'::text),
  constraint staff_journal_reason_check CHECK (length(btrim(reason)) > 0),
  constraint staff_journal_staff_id_fkey FOREIGN KEY (staff_id) REFERENCES portico.staff(id)
);
CREATE INDEX staff_journal_newest ON portico.staff_journal USING btree (written_at DESC, id);
CREATE INDEX staff_journal_of_staff ON portico.staff_journal USING btree (staff_id, written_at DESC, id);
CREATE INDEX staff_journal_of_subject ON portico.staff_journal USING btree (subject_id, written_at DESC, id);
alter table portico.staff_journal enable row level security;
create policy marketplace on portico.staff_journal for all
  using ((held_by = (( SELECT current_setting('portico.partner_id'::text, true) AS current_setting))) IS TRUE)
  with check ((held_by = (( SELECT current_setting('portico.partner_id'::text, true) AS current_setting))) IS TRUE);
CREATE TRIGGER append_only BEFORE DELETE OR UPDATE ON portico.staff_journal FOR EACH ROW EXECUTE FUNCTION portico.refuse_change();
CREATE TRIGGER append_only_truncate BEFORE TRUNCATE ON portico.staff_journal FOR EACH STATEMENT EXECUTE FUNCTION portico.refuse_change();
grant insert, select on portico.staff_journal to portico_service;

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

create table portico.subject_key (
  environment_id portico.id not null,
  subject_id portico.id not null,
  partner_id portico.id not null,
  key bytea not null,
  constraint subject_key_pkey PRIMARY KEY (environment_id, subject_id),
  constraint subject_key_key_check CHECK (length(key) = 32),
  constraint subject_key_environment_id_subject_id_fkey FOREIGN KEY (environment_id, subject_id) REFERENCES portico.pairwise_subject(environment_id, id)
);
CREATE INDEX subject_key_by_reference ON portico.subject_key USING btree (environment_id, partner_id, portico.subject_reference(key));
alter table portico.subject_key enable row level security;
create policy tenant on portico.subject_key for all
  using ((environment_id::text = (( SELECT current_setting('portico.environment_id'::text, true) AS current_setting))) IS TRUE AND ((( SELECT current_setting('portico.partner_id'::text, true) AS current_setting)) = partner_id::text OR (( SELECT current_setting('portico.partner_id'::text, true) AS current_setting)) = '*'::text))
  with check ((environment_id::text = (( SELECT current_setting('portico.environment_id'::text, true) AS current_setting))) IS TRUE AND ((( SELECT current_setting('portico.partner_id'::text, true) AS current_setting)) = partner_id::text OR (( SELECT current_setting('portico.partner_id'::text, true) AS current_setting)) = '*'::text));
grant delete, insert, select on portico.subject_key to portico_service;

create table portico.subject_session (
  environment_id portico.id not null,
  secret_hash bytea not null,
  customer_id portico.id,
  authorization_request jsonb,
  sign_in jsonb,
  language text not null,
  expires_at timestamp with time zone not null,
  constraint subject_session_pkey PRIMARY KEY (environment_id, secret_hash),
  constraint subject_session_language_check CHECK (language = ANY (ARRAY['en'::text, 'de'::text])),
  constraint subject_session_secret_hash_check CHECK (length(secret_hash) = 32),
  constraint subject_session_environment_id_fkey FOREIGN KEY (environment_id) REFERENCES portico.environment(id)
);
CREATE INDEX subject_session_age ON portico.subject_session USING btree (expires_at);
alter table portico.subject_session enable row level security;
create policy tenant on portico.subject_session for all
  using ((environment_id::text = (( SELECT current_setting('portico.environment_id'::text, true) AS current_setting))) IS TRUE)
  with check ((environment_id::text = (( SELECT current_setting('portico.environment_id'::text, true) AS current_setting))) IS TRUE);
comment on table portico.subject_session is 'Of the door, not of the world.';
grant delete, insert, select, update on portico.subject_session to portico_service;

create table portico.support_case (
  environment_id portico.id not null,
  id portico.id not null,
  customer_id portico.id not null,
  reference text collate "C" not null,
  order_reference text collate "C",
  subject text not null,
  status text not null,
  opened_at timestamp with time zone not null,
  closed_at timestamp with time zone,
  updated_at timestamp with time zone not null,
  constraint support_case_pkey PRIMARY KEY (environment_id, id),
  constraint support_case_environment_id_reference_key UNIQUE (environment_id, reference),
  constraint support_case_check CHECK (closed_at >= opened_at),
  constraint support_case_reference_check CHECK (length(reference) >= 1 AND length(reference) <= 100),
  constraint support_case_status_check CHECK (status = ANY (ARRAY['OPEN'::text, 'WAITING'::text, 'SOLVED'::text])),
  constraint support_case_environment_id_customer_id_fkey FOREIGN KEY (environment_id, customer_id) REFERENCES portico.customer(environment_id, id)
);
CREATE INDEX support_case_by_customer ON portico.support_case USING btree (environment_id, customer_id, opened_at DESC, id);
alter table portico.support_case enable row level security;
create policy tenant on portico.support_case for all
  using ((environment_id::text = (( SELECT current_setting('portico.environment_id'::text, true) AS current_setting))) IS TRUE)
  with check ((environment_id::text = (( SELECT current_setting('portico.environment_id'::text, true) AS current_setting))) IS TRUE);
grant delete, insert, select, update on portico.support_case to portico_service;

create table portico.target_change (
  environment_id portico.id not null,
  id portico.id not null,
  cycle_id portico.id not null,
  milestone_id portico.id not null,
  rule jsonb not null,
  effective_on date not null,
  why text not null,
  evidence text[] not null,
  attainability_reason text,
  proposed_by text collate "C" not null,
  proposed_at timestamp with time zone not null,
  constraint target_change_pkey PRIMARY KEY (environment_id, id),
  constraint target_change_evidence_check CHECK (cardinality(evidence) >= 1 AND cardinality(evidence) <= 10),
  constraint target_change_rule_check CHECK (jsonb_typeof(rule) = 'object'::text),
  constraint target_change_why_check CHECK (length(btrim(why)) > 0),
  constraint target_change_environment_id_cycle_id_fkey FOREIGN KEY (environment_id, cycle_id) REFERENCES portico.review_cycle(environment_id, id),
  constraint target_change_environment_id_milestone_id_fkey FOREIGN KEY (environment_id, milestone_id) REFERENCES portico.milestone(environment_id, id)
);
CREATE INDEX target_change_of_cycle ON portico.target_change USING btree (environment_id, cycle_id, proposed_at, id);
alter table portico.target_change enable row level security;
create policy tenant on portico.target_change for all
  using ((environment_id::text = (( SELECT current_setting('portico.environment_id'::text, true) AS current_setting))) IS TRUE)
  with check ((environment_id::text = (( SELECT current_setting('portico.environment_id'::text, true) AS current_setting))) IS TRUE);
CREATE TRIGGER append_only BEFORE DELETE OR UPDATE ON portico.target_change FOR EACH ROW EXECUTE FUNCTION portico.refuse_change();
CREATE TRIGGER append_only_statement BEFORE DELETE OR UPDATE ON portico.target_change FOR EACH STATEMENT EXECUTE FUNCTION portico.refuse_change();
CREATE TRIGGER append_only_truncate BEFORE TRUNCATE ON portico.target_change FOR EACH STATEMENT EXECUTE FUNCTION portico.refuse_change();
grant insert, select on portico.target_change to portico_service;

create table portico.target_change_decision (
  environment_id portico.id not null,
  change_id portico.id not null,
  decided_by text collate "C" not null,
  verdict text not null,
  reason text not null,
  decided_at timestamp with time zone not null,
  constraint target_change_decision_pkey PRIMARY KEY (environment_id, change_id, decided_by),
  constraint target_change_decision_verdict_check CHECK (verdict = ANY (ARRAY['APPROVED'::text, 'REJECTED'::text])),
  constraint target_change_decision_environment_id_change_id_fkey FOREIGN KEY (environment_id, change_id) REFERENCES portico.target_change(environment_id, id)
);
alter table portico.target_change_decision enable row level security;
create policy tenant on portico.target_change_decision for all
  using ((environment_id::text = (( SELECT current_setting('portico.environment_id'::text, true) AS current_setting))) IS TRUE)
  with check ((environment_id::text = (( SELECT current_setting('portico.environment_id'::text, true) AS current_setting))) IS TRUE);
CREATE TRIGGER append_only BEFORE DELETE OR UPDATE ON portico.target_change_decision FOR EACH ROW EXECUTE FUNCTION portico.refuse_change();
CREATE TRIGGER append_only_statement BEFORE DELETE OR UPDATE ON portico.target_change_decision FOR EACH STATEMENT EXECUTE FUNCTION portico.refuse_change();
CREATE TRIGGER append_only_truncate BEFORE TRUNCATE ON portico.target_change_decision FOR EACH STATEMENT EXECUTE FUNCTION portico.refuse_change();
grant insert, select on portico.target_change_decision to portico_service;

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
CREATE TRIGGER marks_delete AFTER DELETE ON portico.tier REFERENCING OLD TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION portico.leave_world_mark();
CREATE TRIGGER marks_insert AFTER INSERT ON portico.tier REFERENCING NEW TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION portico.leave_world_mark();
CREATE TRIGGER marks_update AFTER UPDATE ON portico.tier REFERENCING OLD TABLE AS before NEW TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION portico.leave_world_mark();
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

create table portico.world_share (
  world text not null,
  "position" integer not null,
  statements text not null,
  constraint world_share_pkey PRIMARY KEY (world, "position"),
  constraint world_share_world_check CHECK (world ~ '^[a-z][a-z0-9-]{0,39}$'::text)
);
grant select on portico.world_share to portico_service;

create view portico.breach_person with (security_invoker=true) as
 SELECT p.environment_id,
    p.held_by,
    p.breach_id,
    p.subject_reference,
    p.disclosures,
    p.first_at,
    p.last_at,
    k.subject_id,
    c.reference AS person
   FROM ( SELECT b.environment_id,
            b.held_by,
            b.id AS breach_id,
            b.partner_id,
            e.subject_reference,
            count(*) AS disclosures,
            min(e.at) AS first_at,
            max(e.at) AS last_at
           FROM portico.breach b
             JOIN portico.access_entry e ON e.environment_id::text = b.environment_id::text AND e.partner_id::text = b.partner_id::text AND e.at >= COALESCE(b.affected_since, '-infinity'::timestamp with time zone)
          GROUP BY b.environment_id, b.held_by, b.id, b.partner_id, e.subject_reference) p
     LEFT JOIN portico.subject_key k ON k.environment_id::text = p.environment_id::text AND k.partner_id::text = p.partner_id::text AND portico.subject_reference(k.key) = p.subject_reference
     LEFT JOIN portico.pairwise_subject s ON s.environment_id::text = k.environment_id::text AND s.id::text = k.subject_id::text
     LEFT JOIN portico.customer c ON c.environment_id::text = s.environment_id::text AND c.id::text = s.customer_id::text;
grant select on portico.breach_person to portico_service;

create view portico.checkpoint_pair with (security_invoker=true) as
 SELECT o.environment_id,
    o.size AS from_size,
    n.size AS to_size
   FROM portico.log_checkpoint o
     JOIN portico.log_checkpoint n ON n.environment_id::text = o.environment_id::text AND n.size >= o.size;
grant select on portico.checkpoint_pair to portico_service;

create view portico.directory_badge as
 SELECT a.environment_id,
    ('bdg_'::text || substr(a.id::text, 5))::portico.id AS id,
    a.partner_id AS entry_id,
    a.milestone_id,
    a.period,
    a.version,
    r.title,
    r.description,
    a.awarded_at AS starts_at,
    LEAST(a.awarded_at + make_interval(days => LEAST(r.lasts_days, 36500)), v.reversed_at) AS ends_at
   FROM portico.award a
     JOIN portico.reward r ON r.environment_id::text = a.environment_id::text AND r.id::text = a.reward_id::text AND r.kind = 'REPUTATIONAL'::text
     LEFT JOIN portico.award_reversal v ON v.environment_id::text = a.environment_id::text AND v.award_id::text = a.id::text
  WHERE a.environment_id::text = current_setting('portico.environment_id'::text, true);
grant select on portico.directory_badge to portico_service;

create view portico.directory_entry as
 SELECT environment_id,
    id,
    name,
    website,
    tier,
    joined_at
   FROM portico.partner p
  WHERE environment_id::text = current_setting('portico.environment_id'::text, true) AND status = 'ACTIVE'::text;
grant select on portico.directory_entry to portico_service;

create view portico.entitlement with (security_invoker=true) as
 SELECT a.environment_id,
    ('ent_'::text || substr(a.id::text, 5))::portico.id AS id,
    a.partner_id,
    a.integration_id,
    a.id AS award_id,
    a.reward_id,
    a.milestone_id,
    a.version,
    r.kind,
    COALESCE(r.feature, upper(TRIM(BOTH '_'::text FROM regexp_replace(r.title, '[^A-Za-z0-9]+'::text, '_'::text, 'g'::text)))) AS feature,
    r.title,
    a.awarded_at AS starts_at,
    LEAST(a.awarded_at + make_interval(days => LEAST(r.lasts_days, 36500)), v.reversed_at) AS ends_at,
    v.reversed_at IS NOT NULL AS is_reversed
   FROM portico.award a
     JOIN portico.reward r ON r.environment_id::text = a.environment_id::text AND r.id::text = a.reward_id::text AND r.kind <> 'FINANCIAL'::text
     LEFT JOIN portico.award_reversal v ON v.environment_id::text = a.environment_id::text AND v.award_id::text = a.id::text;
grant select on portico.entitlement to portico_service;

create view portico.entry_proof with (security_invoker=true) as
 SELECT s.environment_id,
    s.partner_id,
    s.entry_id,
    s.leaf_index,
    encode(s.leaf_hash, 'hex'::text) AS leaf_hash,
    l.size
   FROM portico.sealed_entry s
     JOIN portico.sealed_log l ON l.environment_id::text = s.environment_id::text;
grant select on portico.entry_proof to portico_service;

create view portico.event_as_measured with (security_invoker=true) as
 SELECT b.environment_id,
    b.id AS batch_id,
    b.measured_at,
    e.partner_id,
    e.integration_id,
    m.metric_id,
    m.role,
    m.operation,
    e.counted_on AS day,
    e.occurred_at,
        CASE
            WHEN m.operation = 'SUM'::text AND jsonb_typeof(e.data #> m.field) = 'number'::text THEN (e.data #>> m.field)::numeric
            ELSE NULL::numeric
        END AS amount,
        CASE
            WHEN m.operation = 'DISTINCT'::text AND (e.data #> m.field) <> 'null'::jsonb THEN "left"(encode(sha256(convert_to(e.data #>> m.field, 'UTF8'::name)), 'hex'::text), 32)::uuid
            ELSE NULL::uuid
        END AS member
   FROM portico.event_batch b
     JOIN portico.event e ON e.environment_id::text = b.environment_id::text AND e.partner_id::text = b.partner_id::text AND e.batch_id = b.id AND e.ingested_at = b.ingested_at
     JOIN portico.metric_measure m ON m.environment_id::text = b.environment_id::text AND m.event_type = e.type AND (m.condition IS NULL OR e.data @> m.condition);
grant select on portico.event_as_measured to portico_service;

create view portico.logged_entry with (security_invoker=true) as
 SELECT s.environment_id,
    s.partner_id,
    s.leaf_index,
    encode(s.leaf_hash, 'hex'::text) AS leaf_hash,
    s.entry_id AS id,
    e.integration_id,
    e.subject_reference,
    e.grant_id,
    e.grant_version,
    e.purpose,
    e.fields,
    e.record_count,
    e.request_id,
    e.at,
    e.recorded_at,
    portico.canonical_entry(e.*) AS canonical
   FROM portico.sealed_entry s
     JOIN portico.access_entry e ON e.environment_id::text = s.environment_id::text AND e.id::text = s.entry_id::text;
grant select on portico.logged_entry to portico_service;

create view portico.onboarding_step with (security_invoker=true) as
 SELECT p.environment_id,
    p.id AS partner_id,
    s.step,
    s."position",
    e.seen_at,
    COALESCE(e.request_ids, '{}'::text[]) AS request_ids
   FROM portico.partner p
     CROSS JOIN ( VALUES (1,'FIRST_QUERY'::text), (2,'LIST_PAGED'::text), (3,'THROTTLE_RESPECTED'::text), (4,'CONSENT_RESPECTED'::text), (5,'BROWNOUT_SURVIVED'::text)) s("position", step)
     LEFT JOIN portico.onboarding_evidence e ON e.environment_id::text = p.environment_id::text AND e.partner_id::text = p.id::text AND e.step = s.step;
grant select on portico.onboarding_step to portico_service;

create view portico.usage_by_hour with (security_invoker=true) as
 SELECT u.environment_id,
    u.partner_id,
    u.integration_id,
    u.hour,
    u.api_version,
    e.coordinate,
    u.operation_name,
    u.document_hash,
    u.client_name,
    u.client_version,
    u.uses,
    u.last_used_at,
    u.request_ids
   FROM portico.operation_use u
     JOIN portico.element_set e ON e.id = u.element_set;
grant select on portico.usage_by_hour to portico_service;
