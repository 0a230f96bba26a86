-- The life of sandboxes: what a partner may have, what it has, its snapshots, and those that nobody
-- has claimed yet.

-- An environment is visible to its owner too, which reads its clock there and changes nothing.
create policy owned on portico.environment for select
  using (owner_environment_id = (select current_setting('portico.environment_id', true)) and owner_partner_id = (select current_setting('portico.partner_id', true)));

-- What a partner of a tier may have at once; `*` is every other tier's.
create table portico.sandbox_quota (
  tier text primary key,
  sandboxes integer not null check (sandboxes >= 0),
  -- Of each sandbox.
  snapshots integer not null check (snapshots >= 0),
  -- Of all its sandboxes and snapshots together.
  rows bigint not null check (rows >= 0),
  -- Longest that a sandbox lives, used or not.
  days integer not null check (days > 0)
);
insert into portico.sandbox_quota (tier, sandboxes, snapshots, rows, days) values
  ('*', 3, 3, 250000, 180), ('HARBOUR', 3, 3, 250000, 180), ('COASTAL', 5, 5, 500000, 270), ('OCEAN', 10, 5, 1000000, 365), ('HORIZON', 25, 10, 2500000, 730);
grant select on portico.sandbox_quota to portico_service;

-- A partner's sandbox, in the environment of its owner: the sandbox itself is another environment.
create table portico.sandbox (
  environment_id portico.id not null,
  id portico.id not null,
  partner_id portico.id not null,
  -- Its own environment.
  sandbox_environment_id portico.id not null unique references portico.environment (id),
  name text not null,
  world text not null,
  size text not null check (size in ('SMALL', 'FULL')),
  seed integer not null,
  -- Environment time of the sandbox.
  started_at timestamptz not null,
  -- The integration there whose credentials its owner gets.
  client_id portico.id not null,
  row_count bigint not null,
  -- Wall time, all of them.
  created_at timestamptz not null,
  used_at timestamptz not null,
  -- When it ends however much it is used, and when it ends unless it is used.
  ends_at timestamptz not null,
  expires_at timestamptz not null check (expires_at <= ends_at),
  -- When its owner was told that it will expire soon; null while it will not.
  told_at timestamptz,
  primary key (environment_id, id),
  unique (environment_id, partner_id, id),
  foreign key (environment_id, partner_id) references portico.partner (environment_id, id)
);
create index sandbox_newest on portico.sandbox (environment_id, partner_id, created_at desc, id);
create index sandbox_by_end on portico.sandbox (expires_at);
call portico.protect_tenant_table('portico.sandbox', 'partner_id');
call portico.keep_at_the_door('portico.sandbox');
grant select, insert, update, delete on portico.sandbox to portico_service;

-- A sandbox as it was: a copy of its world in a closed environment that nobody can enter.
create table portico.sandbox_snapshot (
  environment_id portico.id not null,
  id portico.id not null,
  partner_id portico.id not null,
  sandbox_id portico.id not null,
  snapshot_environment_id portico.id not null unique references portico.environment (id),
  name text not null,
  row_count bigint not null,
  -- Wall time.
  taken_at timestamptz not null,
  primary key (environment_id, id),
  foreign key (environment_id, partner_id, sandbox_id) references portico.sandbox (environment_id, partner_id, id)
);
create index sandbox_snapshot_newest on portico.sandbox_snapshot (environment_id, partner_id, sandbox_id, taken_at desc, id);
call portico.protect_tenant_table('portico.sandbox_snapshot', 'partner_id');
call portico.keep_at_the_door('portico.sandbox_snapshot');
grant select, insert, delete on portico.sandbox_snapshot to portico_service;

-- A sandbox that somebody without an account has made, until a partner claims it or it expires.
create table portico.anonymous_sandbox (
  environment_id portico.id not null primary key references portico.environment (id),
  -- SHA-256 of the address it was made from.
  address_hash bytea not null check (length(address_hash) = 32),
  -- SHA-256 of the claim token, which has 256 random bits.
  claim_hash bytea not null unique check (length(claim_hash) = 32),
  world text not null,
  size text not null check (size in ('SMALL', 'FULL')),
  seed integer not null,
  client_id portico.id not null,
  row_count bigint not null,
  -- Wall time, both.
  created_at timestamptz not null,
  expires_at timestamptz not null
);
create index anonymous_sandbox_by_address on portico.anonymous_sandbox (address_hash, expires_at);
create index anonymous_sandbox_by_end on portico.anonymous_sandbox (expires_at);
call portico.protect_tenant_table('portico.anonymous_sandbox');
call portico.keep_at_the_door('portico.anonymous_sandbox');
grant select, insert on portico.anonymous_sandbox to portico_service;

-- How many unclaimed sandboxes there are, how many of one address, and when the next of them goes.
create function portico.unclaimed_sandboxes(address_hash bytea) returns table (of_all bigint, of_address bigint, next_of_all timestamptz, next_of_address timestamptz)
language sql stable security definer set search_path = '' as $$
  select count(*), count(*) filter (where a.address_hash = $1), min(a.expires_at), min(a.expires_at) filter (where a.address_hash = $1) from portico.anonymous_sandbox a
$$;

-- Makes the unclaimed sandbox that the token opens the context's partner's own, and answers what is
-- known of it; no row where the token opens none.
create function portico.claim_sandbox(claim_hash bytea, wall_now timestamptz)
returns table (sandbox_environment_id text, world text, size text, seed integer, client_id text, row_count bigint, started_at timestamptz)
language plpgsql security definer set search_path = '' as $$
declare
  claimed portico.anonymous_sandbox;
begin
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

-- Notes of each sandbox when it was last used, from the request log: it lives on for `idle` then.
create function portico.note_sandbox_use(idle interval) returns void
language sql security definer set search_path = '' as $$
  update portico.sandbox s set used_at = l.last, expires_at = least(s.ends_at, l.last + idle), told_at = null
  from (select r.environment_id, max(r.received_at) as last from portico.request_log r group by 1) l
  where l.environment_id = s.sandbox_environment_id and l.last > s.used_at
$$;

-- Tells of the sandboxes that expire by `soon`, each once.
create function portico.tell_of_expiry(wall_now timestamptz, soon timestamptz) returns bigint
language plpgsql security definer set search_path = '' as $$
declare
  told bigint;
begin
  update portico.sandbox s set told_at = wall_now where s.told_at is null and s.expires_at <= soon;
  get diagnostics told = row_count;
  return told;
end $$;

-- The sandboxes whose time is over: of partners with their owner and snapshots, and unclaimed ones.
create function portico.expired_sandboxes(wall_now timestamptz, most integer) returns table (owner_environment_id text, owner_partner_id text, sandbox_id text, sandbox_environment_id text)
language sql stable security definer set search_path = '' as $$
  (select s.environment_id::text, s.partner_id::text, s.id::text, s.sandbox_environment_id::text from portico.sandbox s
   where s.expires_at <= wall_now order by s.expires_at limit most)
  union all
  (select null, null, null, a.environment_id::text from portico.anonymous_sandbox a where a.expires_at <= wall_now order by a.expires_at limit most)
$$;

-- The sandbox whose environment is the context's, as its owner's record or the unclaimed one's says.
create function portico.sandbox_of_context() returns table (world text, size text, seed integer)
language sql stable security definer set search_path = '' as $$
  select s.world, s.size, s.seed from portico.sandbox s where s.sandbox_environment_id = current_setting('portico.environment_id', true)
  union all
  select a.world, a.size, a.seed from portico.anonymous_sandbox a where a.environment_id = current_setting('portico.environment_id', true)
$$;

revoke all on function portico.sandbox_of_context(), portico.unclaimed_sandboxes(bytea), portico.claim_sandbox(bytea, timestamptz), portico.note_sandbox_use(interval), portico.tell_of_expiry(timestamptz, timestamptz),
  portico.expired_sandboxes(timestamptz, integer) from public;
grant execute on function portico.sandbox_of_context(), portico.unclaimed_sandboxes(bytea), portico.claim_sandbox(bytea, timestamptz), portico.note_sandbox_use(interval), portico.tell_of_expiry(timestamptz, timestamptz),
  portico.expired_sandboxes(timestamptz, integer) to portico_service;
