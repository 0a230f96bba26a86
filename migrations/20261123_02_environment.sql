-- An environment is an isolated world with its own clock: the one live, and any number of sandboxes.
create table portico.environment (
  id portico.id primary key,
  kind text not null check (kind in ('LIVE', 'SANDBOX')),
  name text not null,
  -- The live partner that a sandbox belongs to.
  owner_environment_id portico.id,
  owner_partner_id portico.id,
  -- Part of every id that a world's generator makes here.
  id_namespace text not null,
  -- Environment time is wall time plus the offset, or stands still at frozen_at (environment time).
  clock_offset_ms bigint not null default 0 check (clock_offset_ms >= 0),
  clock_frozen_at timestamptz,
  -- Environment time at which the environment came to be.
  born_at timestamptz not null,
  -- Counts every change of this row; a request placed by an older revision is placed again.
  revision bigint not null default 1,
  -- Wall time.
  created_at timestamptz not null,
  closed_at timestamptz,
  check (kind = 'SANDBOX' or (clock_offset_ms = 0 and clock_frozen_at is null and owner_partner_id is null and closed_at is null)),
  check ((owner_environment_id is null) = (owner_partner_id is null))
);
create unique index environment_one_live on portico.environment (kind) where kind = 'LIVE';
create index environment_owner on portico.environment (owner_environment_id, owner_partner_id, id);

alter table portico.environment enable row level security;
create policy tenant on portico.environment
  using (id = (select current_setting('portico.environment_id', true)))
  with check (id = (select current_setting('portico.environment_id', true)));
grant select, insert, update on portico.environment to portico_service;

create function portico.count_environment_revision() returns trigger language plpgsql as $$
begin
  new.revision := old.revision + 1;
  return new;
end $$;
create trigger count_revision before update on portico.environment for each row execute function portico.count_environment_revision();

-- The live environment's id, for those who have no context yet: it names no secret.
create function portico.live_environment_id() returns text
language sql stable security definer set search_path = ''
return (select id from portico.environment where kind = 'LIVE');
revoke all on function portico.live_environment_id() from public;
grant execute on function portico.live_environment_id() to portico_service;

-- The open sandboxes of a live partner, for work that has no context of theirs yet.
create function portico.sandboxes_of(owner_environment_id text, owner_partner_id text) returns table (id text, name text)
language sql stable security definer set search_path = ''
begin atomic
  select e.id, e.name from portico.environment e where e.owner_environment_id = $1 and e.owner_partner_id = $2 and e.closed_at is null order by e.id;
end;
revoke all on function portico.sandboxes_of(text, text) from public;
grant execute on function portico.sandboxes_of(text, text) to portico_service;
