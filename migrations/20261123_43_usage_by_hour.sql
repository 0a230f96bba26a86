-- How often each element of the API was used, by hour: the evidence before anything is taken away.
-- Partitioned by month, so that forgetting a month is dropping a table.
create table portico.usage_by_hour (
  environment_id portico.id not null,
  partner_id portico.id not null,
  integration_id portico.id not null,
  -- Wall time, the hour's beginning.
  hour timestamptz not null,
  api_version text collate "C" not null,
  -- As that version has it.
  coordinate text collate "C" not null,
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
  primary key (environment_id, coordinate, integration_id, hour, api_version, operation_name, document_hash, client_name, client_version)
) partition by range (hour);
create index usage_by_partner on portico.usage_by_hour (environment_id, partner_id, coordinate, hour desc);
create index usage_by_version on portico.usage_by_hour (environment_id, api_version, coordinate, hour desc);
call portico.protect_tenant_table('portico.usage_by_hour', 'partner_id');
grant select on portico.usage_by_hour to portico_service;

-- Makes the month's partition where it is missing.
create function portico.ensure_usage_month(month timestamptz) returns void
language plpgsql security definer set search_path = '' as $$
declare
  first_day date := date_trunc('month', month at time zone 'UTC');
  partition text := 'portico.usage_by_hour_' || to_char(first_day, 'YYYY_MM');
begin
  if to_regclass(partition) is not null then
    return;
  end if;
  -- Two gateways at the turn of a month make it once.
  perform pg_advisory_xact_lock(hashtextextended('portico.usage_by_hour', 0));
  -- Asked of the table itself: waiting for that lock lets to_regclass go on not knowing what was made meanwhile.
  if not exists (select from pg_catalog.pg_class c where c.relnamespace = 'portico'::regnamespace and 'portico.' || c.relname = partition) then
    execute format('create table %s partition of portico.usage_by_hour for values from (%L) to (%L)', partition,
      first_day::timestamp at time zone 'UTC', (first_day + interval '1 month') at time zone 'UTC');
    call portico.protect_tenant_table(partition, 'partner_id');
    execute format('grant select on %s to portico_service', partition);
  end if;
end $$;
revoke all on function portico.ensure_usage_month(timestamptz) from public;
grant execute on function portico.ensure_usage_month(timestamptz) to portico_service;

-- Adds a batch of counts, of any tenants: one array a column. Sorted, so that two gateways which add
-- the same rows at once wait for each other instead of both for ever.
create function portico.record_usage(
  environment_ids text[], partner_ids text[], integration_ids text[], hours timestamptz[], api_versions text[], coordinates text[], operation_names text[],
  document_hashes text[], client_names text[], client_versions text[], counts bigint[], last_used timestamptz[], last_request_ids text[]) returns void
language plpgsql security definer set search_path = '' as $$
begin
  perform portico.ensure_usage_month(month) from (select distinct date_trunc('month', h, 'UTC') as month from unnest(hours) h) months;
  insert into portico.usage_by_hour as u (environment_id, partner_id, integration_id, hour, api_version, coordinate, operation_name, document_hash, client_name,
    client_version, uses, last_used_at, request_ids)
  select b.environment_id, b.partner_id, b.integration_id, date_trunc('hour', b.hour, 'UTC'), b.api_version, b.coordinate, b.operation_name, b.document_hash, b.client_name,
    b.client_version, sum(b.uses), max(b.last_used_at), (string_to_array(string_agg(b.request_ids, ' ' order by b.last_used_at desc), ' '))[1:5]
  from unnest(environment_ids, partner_ids, integration_ids, hours, api_versions, coordinates, operation_names, document_hashes, client_names, client_versions, counts,
    last_used, last_request_ids)
    as b (environment_id, partner_id, integration_id, hour, api_version, coordinate, operation_name, document_hash, client_name, client_version, uses, last_used_at, request_ids)
  group by 1, 2, 3, 4, 5, 6, 7, 8, 9, 10
  order by 1, 6, 3, 4, 5, 7, 8, 9, 10
  on conflict (environment_id, coordinate, integration_id, hour, api_version, operation_name, document_hash, client_name, client_version) do update
    set uses = u.uses + excluded.uses, last_used_at = greatest(u.last_used_at, excluded.last_used_at), request_ids = (excluded.request_ids || u.request_ids)[1:5];
end $$;
revoke all on function portico.record_usage(text[], text[], text[], timestamptz[], text[], text[], text[], text[], text[], text[], bigint[], timestamptz[], text[]) from public;
grant execute on function portico.record_usage(text[], text[], text[], timestamptz[], text[], text[], text[], text[], text[], text[], bigint[], timestamptz[], text[]) to portico_service;

-- Drops the months that ended at `oldest` or before, and answers how many.
create function portico.trim_usage(oldest timestamptz) returns integer
language plpgsql security definer set search_path = '' as $$
declare
  partition regclass;
  dropped integer := 0;
begin
  for partition in
    select c.oid::regclass from pg_catalog.pg_inherits i join pg_catalog.pg_class c on c.oid = i.inhrelid
    where i.inhparent = 'portico.usage_by_hour'::regclass
      and (to_date(right(c.relname, 7), 'YYYY_MM') + interval '1 month') at time zone 'UTC' <= oldest
  loop
    execute format('drop table %s', partition);
    dropped := dropped + 1;
  end loop;
  return dropped;
end $$;
revoke all on function portico.trim_usage(timestamptz) from public;
grant execute on function portico.trim_usage(timestamptz) to portico_service;
