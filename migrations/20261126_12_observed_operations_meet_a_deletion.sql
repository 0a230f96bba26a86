-- As before, and it holds the environments' rows: an integration that is being deleted is waited for, and then
-- nothing is noted of it, where the whole batch failed for naming an integration that had gone.
create or replace function portico.record_observed_operations(
  environment_ids text[], partner_ids text[], integration_ids text[], api_versions text[], shape_hashes text[], document_hashes text[], operation_names text[],
  documents text[], seen timestamptz[]) returns void
language sql security definer set search_path = ''
begin atomic
  select count(*) from (select from portico.environment e where e.id = any (environment_ids) order by e.id for key share) held;
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
