-- One order of locks for what changes a sandbox: its record, its environment, what is measured and
-- judged in it, its rows. Whoever sweeps holds many records at once, so it takes those that are free
-- and leaves the others, which somebody is using just now, to its next turn.

create or replace function portico.note_sandbox_use(idle interval) returns void
language sql security definer set search_path = '' as $$
  with free as materialized (
    select s.environment_id, s.id, l.last from portico.sandbox s
    join (select r.environment_id, max(r.received_at) as last from portico.request_log r group by 1) l on l.environment_id = s.sandbox_environment_id and l.last > s.used_at
    for no key update of s skip locked
  )
  update portico.sandbox s set used_at = f.last, expires_at = least(s.ends_at, f.last + idle), told_at = null
  from free f where f.environment_id = s.environment_id and f.id = s.id
$$;

create or replace function portico.tell_of_expiry(wall_now timestamptz, soon timestamptz) returns bigint
language plpgsql security definer set search_path = '' as $$
declare
  told bigint;
begin
  with free as materialized (select s.environment_id, s.id from portico.sandbox s where s.told_at is null and s.expires_at <= soon for no key update skip locked)
  update portico.sandbox s set told_at = wall_now from free f where f.environment_id = s.environment_id and f.id = s.id;
  get diagnostics told = row_count;
  return told;
end $$;

create or replace function portico.claim_sandbox(claim_hash bytea, wall_now timestamptz)
returns table (sandbox_environment_id text, world text, size text, seed integer, client_id text, row_count bigint, started_at timestamptz)
language plpgsql security definer set search_path = '' as $$
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
end $$;

-- Whoever measures or judges in an environment locks rows of it in an order of its own, so its world is
-- emptied while nobody does.
create function portico.lock_world(environment_id text) returns void
language plpgsql set search_path = '' as $$
begin
  perform portico.lock_sandbox(environment_id);
  perform pg_advisory_xact_lock(hashtextextended('portico.measurement.' || environment_id, 0));
  perform pg_advisory_xact_lock(hashtextextended('portico.progress.' || environment_id, 0));
end $$;
revoke all on function portico.lock_world(text) from public;

create function portico.empty_world(environment_id text) returns void
language plpgsql security definer set search_path = '' as $$
begin
  perform portico.lock_world(environment_id);
  perform portico.empty_sandbox(environment_id, false);
end $$;
revoke all on function portico.empty_world(text) from public;
grant execute on function portico.empty_world(text) to portico_service;

create or replace function portico.purge_sandbox(environment_id text) returns void
language plpgsql security definer set search_path = '' as $$
begin
  perform portico.lock_world(environment_id);
  -- What is being written in it holds the environment's row by its reference. It is waited for while none of
  -- the rows is locked that it may need yet.
  perform from portico.environment e where e.id = purge_sandbox.environment_id for update;
  perform portico.empty_sandbox(environment_id, true);
  delete from portico.environment e where e.id = purge_sandbox.environment_id;
end $$;
