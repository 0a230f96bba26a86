-- What an integration asked and how it was answered, for the integration itself to look up by
-- request id. Written in batches behind the answers; trimmed by count and age.
create table portico.request_log (
  environment_id portico.id not null,
  -- The request id, as in the header X-Request-Id.
  id portico.id not null,
  partner_id portico.id not null,
  integration_id portico.id not null,
  -- Wall time.
  received_at timestamptz not null,
  api_version text not null,
  operation_kind text check (operation_kind in ('QUERY', 'MUTATION')),
  operation_name text,
  -- SHA-256 of the document, hexadecimal; null where none arrived.
  document_hash text,
  status integer not null,
  error_codes text[] not null default '{}',
  object_count integer not null default 0,
  duration_ms real not null,
  primary key (environment_id, id)
);
create index request_log_newest on portico.request_log (environment_id, integration_id, received_at desc, id);
create index request_log_age on portico.request_log (received_at);
call portico.protect_tenant_table('portico.request_log', 'partner_id');
-- A batch holds requests of many tenants; adding a row shows nobody anything.
create policy append on portico.request_log for insert with check (true);
grant select, insert on portico.request_log to portico_service;

-- Forgets what is older than `oldest` and, of each integration, what is beyond its newest `kept`.
create function portico.trim_request_log(oldest timestamptz, kept integer) returns bigint
language plpgsql security definer set search_path = '' as $$
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
end $$;
revoke all on function portico.trim_request_log(timestamptz, integer) from public;
grant execute on function portico.trim_request_log(timestamptz, integer) to portico_service;
