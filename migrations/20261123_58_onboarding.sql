-- Onboarding: what a partner has shown in its sandboxes, and since when its integrations are live.

-- What the checklist is derived from, beside what the request log says already.
alter table portico.request_log
  -- Whether a list was asked for from a cursor on that an earlier page had given.
  add column followed_cursor boolean not null default false,
  -- Until the same request may succeed, as its errors said; null where none did.
  add column retry_after_ms integer check (retry_after_ms > 0);

-- From and until when an integration's live credentials open more than the way to live itself: null
-- before it went live, and while no end is set. Sandboxes do not ask.
alter table portico.integration
  add column live_at timestamptz,
  add column live_until timestamptz,
  add check (live_until is null or live_at is not null);
-- Whoever is there already was let in by people.
update portico.integration set live_at = created_at;

-- When a step of the checklist was first seen, and what showed it: it stays when the request log is
-- trimmed. Of the sandbox's own partner, and of the live one that the sandbox belongs to.
create table portico.onboarding_evidence (
  environment_id portico.id not null,
  partner_id portico.id not null,
  step text not null check (step in ('FIRST_QUERY', 'LIST_PAGED', 'THROTTLE_RESPECTED', 'CONSENT_RESPECTED', 'BROWNOUT_SURVIVED')),
  -- Wall time.
  seen_at timestamptz not null,
  request_ids text[] not null,
  primary key (environment_id, partner_id, step),
  foreign key (environment_id, partner_id) references portico.partner (environment_id, id)
);
call portico.protect_tenant_table('portico.onboarding_evidence', 'partner_id');
call portico.keep_at_the_door('portico.onboarding_evidence');
grant select on portico.onboarding_evidence to portico_service;

-- The checklist of each partner, the same steps for all.
create view portico.onboarding_step with (security_invoker = true) as
select p.environment_id, p.id as partner_id, s.step, s.position, e.seen_at, coalesce(e.request_ids, '{}') as request_ids
from portico.partner p
cross join (values (1, 'FIRST_QUERY'), (2, 'LIST_PAGED'), (3, 'THROTTLE_RESPECTED'), (4, 'CONSENT_RESPECTED'), (5, 'BROWNOUT_SURVIVED')) as s (position, step)
left join portico.onboarding_evidence e on e.environment_id = p.environment_id and e.partner_id = p.id and e.step = s.step;
grant select on portico.onboarding_step to portico_service;

-- Sees what these integrations of sandboxes have shown by their newest requests since then, and writes
-- down what had not been seen before. A refusal that was handled shows in the request after its answer.
create function portico.note_onboarding(environment_ids text[], integration_ids text[], since timestamptz) returns void
language plpgsql security definer set search_path = '' as $$
begin
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
revoke all on function portico.note_onboarding(text[], text[], timestamptz) from public;
grant execute on function portico.note_onboarding(text[], text[], timestamptz) to portico_service;

-- A length of time after ISO 8601, in days, hours, minutes and whole seconds.
create function portico.duration_text(length interval) returns text
language sql immutable parallel safe set intervalstyle = 'iso_8601'
return justify_hours(date_trunc('second', length))::text;
