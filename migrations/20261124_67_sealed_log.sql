-- The access log as a proof: a Merkle tree after RFC 6962 over the entries of each environment. The
-- sealer alone numbers entries. It takes those of transactions that are older than every one still
-- running, so that an entry which is committed late is never passed over; who writes or reads entries
-- waits for nobody.
alter table portico.access_entry add column written_in xid8 not null default pg_current_xact_id();
create index access_entry_in_order on portico.access_entry (environment_id, written_in, id);

-- How far the sealer has come.
create table portico.sealed_log (
  environment_id portico.id primary key references portico.environment (id),
  size bigint not null default 0 check (size >= 0),
  -- Entries of older transactions have been numbered.
  horizon xid8 not null default '0'
);
call portico.protect_tenant_table('portico.sealed_log');
call portico.keep_at_the_door('portico.sealed_log');
grant select, insert, update on portico.sealed_log to portico_service;

create table portico.sealed_entry (
  environment_id portico.id not null references portico.environment (id),
  -- From 0, without gaps.
  leaf_index bigint not null check (leaf_index >= 0),
  partner_id portico.id not null,
  -- No foreign key: entries may be retired, what was proved of them stays.
  entry_id portico.id not null,
  -- SHA-256 of a zero byte and the entry's canonical text.
  leaf_hash bytea not null check (length(leaf_hash) = 32),
  -- Hashes of the complete subtrees of which this is the last leaf, the smallest (of two leaves) first.
  completes bytea not null check (length(completes) % 32 = 0),
  primary key (environment_id, leaf_index),
  unique (environment_id, entry_id)
);
create index sealed_entry_of_partner on portico.sealed_entry (environment_id, partner_id, leaf_index);
call portico.protect_tenant_table('portico.sealed_entry', 'partner_id');
call portico.make_append_only('portico.sealed_entry');
call portico.keep_at_the_door('portico.sealed_entry');
grant select, insert on portico.sealed_entry to portico_service;

-- The tree's root at a size, signed: whoever keeps one can tell any later change to what it covers.
create table portico.log_checkpoint (
  environment_id portico.id not null references portico.environment (id),
  size bigint not null check (size > 0),
  root bytea not null check (length(root) = 32),
  -- Wall time.
  sealed_at timestamptz not null,
  -- JWS in its compact form (RFC 7515, EdDSA).
  jws text not null,
  primary key (environment_id, size)
);
call portico.protect_tenant_table('portico.log_checkpoint');
call portico.make_append_only('portico.log_checkpoint');
call portico.keep_at_the_door('portico.log_checkpoint');
grant select, insert on portico.log_checkpoint to portico_service;

-- Public keys that checkpoints were signed with, for good.
create table portico.checkpoint_key (
  kid text collate "C" primary key,
  jwk jsonb not null,
  -- Wall time.
  first_used_at timestamptz not null
);
grant select, insert on portico.checkpoint_key to portico_service;

-- The text of an entry that is hashed: JSON without spaces, names in their order, instants in UTC to
-- the microsecond. It must never change: proofs that people keep are of this text.
create function portico.canonical_entry(entry portico.access_entry) returns text
language sql stable parallel safe
return '{"at":"' || to_char((entry).at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"') || '","decision":' || to_json((entry).decision)
  || ',"environment":' || to_json((entry).environment_id::text) || ',"fields":' || array_to_json((entry).fields)
  || ',"grant":' || to_json((entry).grant_id::text) || ',"grantVersion":' || (entry).grant_version || ',"id":' || to_json((entry).id::text)
  || ',"integration":' || to_json((entry).integration_id::text) || ',"partner":' || to_json((entry).partner_id::text) || ',"purpose":' || to_json((entry).purpose)
  || ',"recordCount":' || (entry).record_count || ',"recordedAt":"' || to_char((entry).recorded_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"')
  || '","request":' || to_json((entry).request_id) || ',"subject":' || to_json((entry).subject_reference) || '}';

-- Environments with entries that have not been numbered, and those whose horizon lies ahead of
-- everything that happens: they were restored from a backup into a server that counts anew.
create function portico.unsealed_environments() returns setof text
language sql stable security definer set search_path = '' as $$
  select e.id from portico.environment e left join portico.sealed_log l on l.environment_id = e.id
  where l.horizon > pg_catalog.pg_snapshot_xmin(pg_catalog.pg_current_snapshot())
    or exists (select from portico.access_entry a where a.environment_id = e.id and a.written_in >= coalesce(l.horizon, '0'::xid8))
$$;
revoke all on function portico.unsealed_environments() from public;
grant execute on function portico.unsealed_environments() to portico_service;

-- Hash of the tree over `size` leaves from `first` on (RFC 6962, section 2.1), where `first` is one at
-- which a subtree of that size can begin. The functions below run as the owner, because a partner's
-- proof goes through hashes of all partners' entries: of the context's environment, and hashes only.
create function portico.log_hash(first bigint, size bigint) returns bytea
language plpgsql stable security definer set search_path = '' as $$
declare
  ends bigint := first + size;
  rest bigint := size;
  part bigint;
  below bytea;
  hash bytea;
begin
  -- The complete subtrees that it is made of, from the right, where the smallest stands.
  while rest > 0 loop
    part := rest & -rest;
    select case part when 1 then s.leaf_hash else substring(s.completes from 32 * (63 - position('1' in part::bit(64)::text)) + 1 for 32) end into strict below
    from portico.sealed_entry s where s.environment_id = (select current_setting('portico.environment_id', true)) and s.leaf_index = ends - 1;
    hash := case when hash is null then below else sha256('\x01'::bytea || below || hash) end;
    ends := ends - part;
    rest := rest - part;
  end loop;
  return hash;
end $$;

-- The largest power of two below a number.
create function portico.power_below(number bigint) returns bigint
language plpgsql immutable strict parallel safe set search_path = '' as $$
declare
  power bigint := 1;
begin
  while power * 2 < number loop
    power := power * 2;
  end loop;
  return power;
end $$;

-- The audit path of a leaf in the tree of a size (RFC 6962, section 2.1.1), hexadecimal.
create function portico.inclusion_path(leaf_index bigint, tree_size bigint) returns text[]
language plpgsql stable security definer set search_path = '' as $$
declare
  first bigint := 0;
  size bigint := tree_size;
  split bigint;
  path text[] := '{}';
begin
  while size > 1 loop
    split := portico.power_below(size);
    if leaf_index - first < split then
      path := encode(portico.log_hash(first + split, size - split), 'hex') || path;
      size := split;
    else
      path := encode(portico.log_hash(first, split), 'hex') || path;
      first := first + split;
      size := size - split;
    end if;
  end loop;
  return path;
end $$;

-- The proof that the tree of one size continues that of a smaller one (RFC 6962, section 2.1.2).
create function portico.consistency_path(from_size bigint, to_size bigint) returns text[]
language plpgsql stable security definer set search_path = '' as $$
declare
  first bigint := 0;
  rest bigint := from_size;
  size bigint := to_size;
  split bigint;
  path text[] := '{}';
begin
  while rest < size loop
    split := portico.power_below(size);
    if rest <= split then
      path := encode(portico.log_hash(first + split, size - split), 'hex') || path;
      size := split;
    else
      path := encode(portico.log_hash(first, split), 'hex') || path;
      first := first + split;
      rest := rest - split;
      size := size - split;
    end if;
  end loop;
  -- A whole tree that both share from its first leaf on is known to whoever has the smaller root.
  return case when first = 0 then path else encode(portico.log_hash(first, size), 'hex') || path end;
end $$;

revoke all on function portico.log_hash(bigint, bigint), portico.inclusion_path(bigint, bigint), portico.consistency_path(bigint, bigint) from public;
grant execute on function portico.log_hash(bigint, bigint), portico.inclusion_path(bigint, bigint), portico.consistency_path(bigint, bigint) to portico_service;

-- Entries in the order of the log.
create view portico.logged_entry with (security_invoker = true) as
select s.environment_id, s.partner_id, s.leaf_index, encode(s.leaf_hash, 'hex') as leaf_hash, s.entry_id as id, e.integration_id, e.subject_reference, e.grant_id, e.grant_version,
  e.purpose, e.fields, e.record_count, e.request_id, e.at, e.recorded_at, portico.canonical_entry(e) as canonical
from portico.sealed_entry s join portico.access_entry e on e.environment_id = s.environment_id and e.id = s.entry_id;
grant select on portico.logged_entry to portico_service;

-- Each entry with the newest checkpoint that covers it.
create view portico.entry_proof with (security_invoker = true) as
select s.environment_id, s.partner_id, s.entry_id, s.leaf_index, encode(s.leaf_hash, 'hex') as leaf_hash, l.size
from portico.sealed_entry s join portico.sealed_log l on l.environment_id = s.environment_id;
grant select on portico.entry_proof to portico_service;

-- Each two checkpoints.
create view portico.checkpoint_pair with (security_invoker = true) as
select o.environment_id, o.size as from_size, n.size as to_size
from portico.log_checkpoint o join portico.log_checkpoint n on n.environment_id = o.environment_id and n.size >= o.size;
grant select on portico.checkpoint_pair to portico_service;
