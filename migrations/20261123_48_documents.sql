-- Documents of integrations: those that they registered, and those that they were seen to send.

alter table portico.integration
  -- Which documents are answered: all; all, and the answer says which are not registered; the registered ones alone.
  add column document_mode text not null default 'OPEN' check (document_mode in ('OPEN', 'LOGGED', 'REGISTERED_ONLY')),
  -- Counts the changes of the mode and of what is registered: what a gateway remembers under an older one is looked up again.
  add column documents_revision bigint not null default 0;

-- Of the world, as the integration and its pin are: a copy of an environment may do what the original may.
create table portico.registered_document (
  environment_id portico.id not null,
  integration_id portico.id not null,
  -- SHA-256 of the text, hexadecimal: what `documentId` names it by.
  document_hash text collate "C" not null check (document_hash ~ '^[0-9a-f]{64}$'),
  partner_id portico.id not null,
  -- The version that it was written for, and valid in.
  api_version text collate "C" not null,
  document text not null,
  operation_names text[] not null,
  -- Names the elements that it uses in that version: portico.element_set.
  element_set text collate "C" not null,
  -- Environment time.
  registered_at timestamptz not null,
  primary key (environment_id, integration_id, document_hash),
  foreign key (environment_id, partner_id, integration_id) references portico.integration (environment_id, partner_id, id)
);
create index registered_document_in_order on portico.registered_document (environment_id, integration_id, registered_at, document_hash);
create index registered_document_by_elements on portico.registered_document (environment_id, element_set);
call portico.protect_tenant_table('portico.registered_document', 'partner_id');
grant select, insert, update, delete on portico.registered_document to portico_service;

-- Operations that an integration sent and that were run, without the values in them.
create table portico.observed_operation (
  environment_id portico.id not null,
  integration_id portico.id not null,
  api_version text collate "C" not null,
  -- SHA-256 of `document`, hexadecimal.
  shape_hash text collate "C" not null,
  partner_id portico.id not null,
  -- SHA-256 of the document as it was sent last.
  document_hash text collate "C" not null,
  -- Empty where it says none.
  operation_name text collate "C" not null,
  -- One operation with its fragments; values that could be personal stand in variables.
  document text not null,
  -- Wall time.
  first_seen_at timestamptz not null,
  last_seen_at timestamptz not null,
  primary key (environment_id, integration_id, api_version, shape_hash),
  -- A reset of the world replaces the integration that this refers to.
  foreign key (environment_id, partner_id, integration_id) references portico.integration (environment_id, partner_id, id) deferrable initially immediate
);
create index observed_operation_newest on portico.observed_operation (environment_id, integration_id, last_seen_at desc, shape_hash, api_version);
create index observed_operation_age on portico.observed_operation (last_seen_at);
call portico.protect_tenant_table('portico.observed_operation', 'partner_id');
-- Like the request log it is about the environment's visitors: a copy of the environment begins without it, a reset leaves it.
comment on table portico.observed_operation is 'Of the door, not of the world.';
grant select on portico.observed_operation to portico_service;

-- Writes down a batch of observations, of any tenants: one array a column. An integration that is gone by then is left out.
create function portico.record_observed_operations(
  environment_ids text[], partner_ids text[], integration_ids text[], api_versions text[], shape_hashes text[], document_hashes text[], operation_names text[],
  documents text[], seen timestamptz[]) returns void
language sql security definer set search_path = ''
begin atomic
  insert into portico.observed_operation as o (environment_id, partner_id, integration_id, api_version, shape_hash, document_hash, operation_name, document, first_seen_at, last_seen_at)
  select distinct on (1, 3, 4, 5) b.environment_id, b.partner_id, b.integration_id, b.api_version, b.shape_hash, b.document_hash, b.operation_name, b.document, b.seen_at, b.seen_at
  from unnest(environment_ids, partner_ids, integration_ids, api_versions, shape_hashes, document_hashes, operation_names, documents, seen)
    as b (environment_id, partner_id, integration_id, api_version, shape_hash, document_hash, operation_name, document, seen_at)
  join portico.integration i on i.environment_id = b.environment_id and i.partner_id = b.partner_id and i.id = b.integration_id
  -- Sorted: two gateways that write the same wait for each other instead of both for ever.
  order by 1, 3, 4, 5, b.seen_at desc
  on conflict (environment_id, integration_id, api_version, shape_hash) do update
    set document_hash = excluded.document_hash, last_seen_at = greatest(o.last_seen_at, excluded.last_seen_at);
end;
revoke all on function portico.record_observed_operations(text[], text[], text[], text[], text[], text[], text[], text[], timestamptz[]) from public;
grant execute on function portico.record_observed_operations(text[], text[], text[], text[], text[], text[], text[], text[], timestamptz[]) to portico_service;

-- Forgets what was not seen since `oldest`, what of each integration is beyond its newest `kept`, and what is beyond the newest `kept_of_all`.
create function portico.trim_observed_operations(oldest timestamptz, kept integer, kept_of_all integer) returns bigint
language plpgsql security definer set search_path = '' as $$
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
end $$;
revoke all on function portico.trim_observed_operations(timestamptz, integer, integer) from public;
grant execute on function portico.trim_observed_operations(timestamptz, integer, integer) to portico_service;

-- As before, and what a registered document refers to stays.
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
    delete from portico.element_set e
    where not exists (select from portico.operation_use u where u.element_set = e.id) and not exists (select from portico.registered_document r where r.element_set = e.id);
  end if;
  return dropped;
end $$;
