-- What is noted beside the requests of a sandbox may meet the sandbox's deletion: the deletion failed, since rows
-- had come in that still named its partner, or the whole batch of notes did, since the partner had gone. Both
-- hold the environment's row now, as everything else does that is written there: the deletion waits, or nothing is noted.
create or replace function portico.note_onboarding(environment_ids text[], integration_ids text[], since timestamptz) returns void
  language plpgsql security definer set search_path to '' as $$
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
end $$;
