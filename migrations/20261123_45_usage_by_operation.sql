-- Usage is counted by operation: one row for each operation of an integration and hour, instead of one for
-- each of the twenty or more elements that it uses. What an operation uses is said once, as a set. Of the
-- table that this takes the place of, no gateway has ever written a row.
drop table portico.usage_by_hour;
drop function portico.record_usage(text[], text[], text[], timestamptz[], text[], text[], text[], text[], text[], text[], bigint[], timestamptz[], text[]);

-- Elements that operations use together. It says what there is in the API, and of nobody who uses it.
create table portico.element_set (
  -- SHA-256 of the coordinates, hexadecimal.
  id text collate "C" not null,
  coordinate text collate "C" not null,
  primary key (coordinate, id)
);
create index element_set_by_id on portico.element_set (id);
grant select on portico.element_set to portico_service;

create table portico.operation_use (
  environment_id portico.id not null,
  partner_id portico.id not null,
  integration_id portico.id not null,
  -- Wall time, the hour's beginning.
  hour timestamptz not null,
  -- As the version has them.
  element_set text collate "C" not null,
  api_version text collate "C" not null,
  -- Empty where the operation, or the client, says none.
  operation_name text collate "C" not null,
  -- SHA-256, hexadecimal.
  document_hash text collate "C" not null,
  client_name text collate "C" not null,
  client_version text collate "C" not null,
  uses bigint not null check (uses > 0),
  last_used_at timestamptz not null,
  -- The last ones, newest first.
  request_ids text[] not null,
  primary key (environment_id, element_set, integration_id, hour, api_version, operation_name, document_hash, client_name, client_version)
) partition by range (hour);
create index operation_use_by_partner on portico.operation_use (environment_id, partner_id, element_set, hour desc);
call portico.protect_tenant_table('portico.operation_use', 'partner_id');
grant select on portico.operation_use to portico_service;
-- Like the request log it is about the environment's visitors: a copy of the environment begins without it, a reset leaves it.
comment on table portico.operation_use is 'Of the door, not of the world.';

-- By element, for questions. Whoever asks sees what the policies of the table let through.
create view portico.usage_by_hour with (security_invoker = true) as
  select u.environment_id, u.partner_id, u.integration_id, u.hour, u.api_version, e.coordinate, u.operation_name, u.document_hash, u.client_name, u.client_version,
    u.uses, u.last_used_at, u.request_ids
  from portico.operation_use u join portico.element_set e on e.id = u.element_set;
grant select on portico.usage_by_hour to portico_service;

-- Makes the month's partition where it is missing.
create or replace function portico.ensure_usage_month(month timestamptz) returns void
language plpgsql security definer set search_path = '' as $$
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
end $$;

-- Which of the sets nobody has said yet. Until the transaction ends none of the others is forgotten.
create function portico.unknown_element_sets(ids text[]) returns setof text
language plpgsql security definer set search_path = '' as $$
begin
  perform pg_advisory_xact_lock_shared(hashtextextended('portico.element_set', 0));
  return query select i from unnest(ids) i where not exists (select from portico.element_set e where e.id = i);
end $$;
revoke all on function portico.unknown_element_sets(text[]) from public;
grant execute on function portico.unknown_element_sets(text[]) to portico_service;

-- Says of sets what is in them: a pair of arrays.
create function portico.record_element_sets(ids text[], coordinates text[]) returns void
language sql security definer set search_path = ''
begin atomic
  -- Sorted, as are the counts: two gateways that add the same wait for each other instead of both for ever.
  insert into portico.element_set (id, coordinate) select i, c from unnest(ids, coordinates) as s (i, c) order by c, i on conflict do nothing;
end;
revoke all on function portico.record_element_sets(text[], text[]) from public;
grant execute on function portico.record_element_sets(text[], text[]) to portico_service;

-- Adds a batch of counts, of any tenants: one array a column.
create function portico.record_usage(
  environment_ids text[], partner_ids text[], integration_ids text[], hours timestamptz[], element_sets text[], api_versions text[], operation_names text[],
  document_hashes text[], client_names text[], client_versions text[], counts bigint[], last_used timestamptz[], last_request_ids text[]) returns void
language plpgsql security definer set search_path = '' as $$
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
end $$;
revoke all on function portico.record_usage(text[], text[], text[], timestamptz[], text[], text[], text[], text[], text[], text[], bigint[], timestamptz[], text[]) from public;
grant execute on function portico.record_usage(text[], text[], text[], timestamptz[], text[], text[], text[], text[], text[], text[], bigint[], timestamptz[], text[]) to portico_service;

-- Drops the months that ended at `oldest` or before, and answers how many; what no row refers to any more goes with them.
create or replace function portico.trim_usage(oldest timestamptz) returns integer
language plpgsql security definer set search_path = '' as $$
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
    delete from portico.element_set e where not exists (select from portico.operation_use u where u.element_set = e.id);
  end if;
  return dropped;
end $$;
