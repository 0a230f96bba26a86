-- Worlds inside PostgreSQL: what makes one, copies one, empties one and tells two apart. All of it
-- walks the catalogue, so that a table which is added tomorrow is copied and emptied tomorrow.

-- An environment's namespace is an order of the 32 letters that ids are written in. The same id in
-- the letters of two environments is two ids, and translating there and back gives the first again:
-- a world keeps its ids through a snapshot and back, and no id stands in two environments.
update portico.environment e set id_namespace = (
  select string_agg(letter, '' order by sha256(convert_to(e.id_namespace || letter, 'UTF8'))) from unnest(string_to_array('0123456789abcdefghjkmnpqrstvwxyz', null)) as letter
);
alter table portico.environment
  add constraint environment_id_namespace_is_an_order_of_the_letters check (id_namespace ~ '^[0-9a-hjkmnp-tv-z]{32}$' and id_namespace !~ '(.).*\1');
create unique index environment_id_namespace on portico.environment (id_namespace);

-- A sandbox may begin in the past, so its time may be behind the wall's; it still only moves forward.
alter table portico.environment drop constraint environment_clock_offset_ms_check;

-- The id that a world's generator gives to the row it numbers `ordinal`: 120 bits of a hash, written
-- in the namespace's letters, each of which stands for two characters of base 64.
create or replace function portico.seeded_id(prefix text, namespace text, seed integer, ordinal bigint) returns text
language sql immutable parallel safe
return prefix || '_' || translate(
  left(encode(sha256(convert_to(seed || ':' || prefix || ':' || ordinal, 'UTF8')), 'base64'), 24),
  'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/', namespace || namespace);

-- An id in another environment's letters. The prefix stays.
create function portico.translated_id(id text, from_namespace text, to_namespace text) returns text
language sql immutable parallel safe
return left(id, 4) || translate(substr(id, 5), from_namespace, to_namespace);

-- A table of the door belongs to an environment but not to its world: credentials, tokens, logs,
-- everything on wall time. Copies leave it out and a reset leaves it standing, so its references
-- into the world are checked when the transaction ends, by when the world is there again.
create procedure portico.keep_at_the_door(door_table regclass)
language plpgsql as $$
declare
  reference record;
begin
  execute format('comment on table %s is %L', door_table, 'Of the door, not of the world.');
  for reference in
    select k.conname from pg_catalog.pg_constraint k
    where k.conrelid = door_table and k.contype = 'f' and exists (select from pg_catalog.pg_attribute a where a.attrelid = k.confrelid and a.attname = 'environment_id')
  loop
    execute format('alter table %s alter constraint %I deferrable initially immediate', door_table, reference.conname);
  end loop;
end $$;
call portico.keep_at_the_door('portico.credential');
call portico.keep_at_the_door('portico.revoked_token');
call portico.keep_at_the_door('portico.request_log');
call portico.keep_at_the_door('portico.idempotency_key');

create function portico.tenant_tables() returns table (tenant_table regclass, of_the_door boolean)
language sql stable set search_path = '' as $$
  select c.oid::regclass, coalesce(pg_catalog.obj_description(c.oid, 'pg_class') = 'Of the door, not of the world.', false)
  from pg_catalog.pg_class c
  where c.relnamespace = 'portico'::regnamespace and c.relkind in ('r', 'p') and not c.relispartition
    and exists (select from pg_catalog.pg_attribute a where a.attrelid = c.oid and a.attname = 'environment_id' and not a.attisdropped)
$$;

-- What a column is in the statement that carries a row into another environment: $1 the environment
-- it comes from, $2 where it goes, $3 and $4 their namespaces.
create function portico.carried_columns(tenant_table regclass) returns table (name name, expression text)
language sql stable set search_path = '' as $$
  select a.attname, case
    when a.attname = 'environment_id' then '$2::portico.id'
    when a.atttypid = 'portico.id'::regtype then format('portico.translated_id(%I, $3, $4)::portico.id', a.attname)
    when a.atttypid = 'portico.id[]'::regtype then format('array(select portico.translated_id(i, $3, $4)::portico.id from unnest(%I) with ordinality as u (i, n) order by n)', a.attname)
    else quote_ident(a.attname)
  end
  from pg_catalog.pg_attribute a
  where a.attrelid = tenant_table and a.attnum > 0 and not a.attisdropped and a.attgenerated = ''
  order by a.attnum
$$;

-- The guard of every function that rewrites an environment, and locks it against a second one at
-- once. LIVE is refused whoever asks; a sandbox, to all but its own context and its owner's.
create function portico.lock_sandbox(environment_id text) returns portico.environment
language plpgsql set search_path = '' as $$
declare
  environment portico.environment;
begin
  select * into environment from portico.environment e where e.id = lock_sandbox.environment_id for no key update;
  if environment.kind is distinct from 'SANDBOX' or not coalesce(current_setting('portico.environment_id', true) = environment.id
      or (current_setting('portico.environment_id', true), current_setting('portico.partner_id', true)) = (environment.owner_environment_id, environment.owner_partner_id), false) then
    raise exception '% is no sandbox of this context: only a sandbox is ever rewritten, and only by its own', environment_id using errcode = 'insufficient_privilege';
  end if;
  return environment;
end $$;

create function portico.world_rows(environment_id text) returns bigint
language plpgsql stable security definer set search_path = '' as $$
declare
  counted bigint;
  statement text;
begin
  select 'select ' || string_agg(format('(select count(*) from %s where environment_id = $1)', t.tenant_table), ' + ') into statement
  from portico.tenant_tables() t where not t.of_the_door;
  execute statement into counted using environment_id;
  return counted;
end $$;

-- Rows of the world, all of them in one statement: references are checked at its end, so that
-- tables may refer to one another in any order and in circles.
create function portico.copy_world(source_id text, target_id text) returns bigint
language plpgsql security definer set search_path = '' as $$
declare
  source portico.environment := portico.lock_sandbox(source_id);
  target portico.environment := portico.lock_sandbox(target_id);
  statement text;
  copied bigint;
begin
  if portico.world_rows(target_id) > 0 then
    raise exception '% holds a world already: a copy goes into an empty sandbox', target_id using errcode = 'object_not_in_prerequisite_state';
  end if;
  select format('with %s select %s', string_agg(format('t%s as (insert into %s (%s) overriding system value select %s from %2$s where environment_id = $1 returning 1)', n, t.tenant_table, c.names, c.expressions), ', '),
    string_agg(format('(select count(*) from t%s)', n), ' + ')) into statement
  from (select t.tenant_table, row_number() over (order by t.tenant_table::text) as n from portico.tenant_tables() t where not t.of_the_door) t
  cross join lateral (select string_agg(quote_ident(name), ', ') as names, string_agg(expression, ', ') as expressions from portico.carried_columns(t.tenant_table)) c;
  execute statement into copied using source_id, target_id, source.id_namespace, target.id_namespace;
  return copied;
end $$;

-- Deletes the rows of a sandbox's world, append-only ones included.
create function portico.empty_sandbox(environment_id text, with_the_door boolean) returns void
language plpgsql security definer set search_path = '' as $$
declare
  statement text;
begin
  perform portico.lock_sandbox(environment_id);
  set constraints all deferred;
  perform set_config('portico.purging_sandbox', 'yes', true);
  select format('with %s select', string_agg(format('t%s as (delete from %s where environment_id = $1)', n, t.tenant_table), ', ')) into statement
  from (select t.tenant_table, row_number() over (order by t.tenant_table::text) as n from portico.tenant_tables() t where with_the_door or not t.of_the_door) t;
  execute statement using environment_id;
  perform set_config('portico.purging_sandbox', 'no', true);
end $$;

-- Deletes a sandbox with all that it holds; the record of whose it was is its owner's row.
create function portico.purge_sandbox(environment_id text) returns void
language plpgsql security definer set search_path = '' as $$
begin
  perform portico.empty_sandbox(environment_id, true);
  delete from portico.environment e where e.id = purge_sandbox.environment_id;
end $$;

-- After a world has been replaced: rows of the door whose integration is gone go, too.
create function portico.settle_door(environment_id text) returns void
language plpgsql security definer set search_path = '' as $$
declare
  reference record;
begin
  perform portico.lock_sandbox(environment_id);
  for reference in
    select k.conrelid::regclass as door_table, k.confrelid::regclass as world_table,
      (select string_agg(format('w.%I = d.%I', there.attname, here.attname), ' and ') from unnest(k.conkey, k.confkey) as pair (h, t)
       join pg_catalog.pg_attribute here on here.attrelid = k.conrelid and here.attnum = h join pg_catalog.pg_attribute there on there.attrelid = k.confrelid and there.attnum = t) as match
    from pg_catalog.pg_constraint k join portico.tenant_tables() d on d.tenant_table = k.conrelid and d.of_the_door join portico.tenant_tables() w on w.tenant_table = k.confrelid and not w.of_the_door
    where k.contype = 'f'
  loop
    execute format('delete from %s d where d.environment_id = $1 and not exists (select from %s w where %s)', reference.door_table, reference.world_table, reference.match) using environment_id;
  end loop;
  set constraints all immediate;
end $$;

-- Where two sandboxes of one descent differ, in the target's ids: a row for each row that was added
-- to, removed from or changed in the target since the source was taken.
create function portico.world_differences(source_id text, target_id text) returns table (noun text, id text, change text, columns text[])
language plpgsql security definer set search_path = '' as $$
declare
  source portico.environment := portico.lock_sandbox(source_id);
  target portico.environment := portico.lock_sandbox(target_id);
  compared record;
begin
  for compared in
    select t.tenant_table, c.relname,
      (select string_agg(format('%s as %I', expression, name), ', ') from portico.carried_columns(t.tenant_table)) as carried,
      (select string_agg(quote_ident(name), ', ') from portico.carried_columns(t.tenant_table)) as names,
      (select string_agg(format('s.%I = t.%1$I', a.attname), ' and ') from pg_catalog.pg_attribute a where a.attrelid = t.tenant_table and a.attnum = any (k.conkey)) as match,
      (select string_agg(format('coalesce(s.%I, t.%1$I)', a.attname), ' || '' '' || ' order by array_position(k.conkey, a.attnum))
       from pg_catalog.pg_attribute a where a.attrelid = t.tenant_table and a.attnum = any (k.conkey) and a.attname <> 'environment_id') as key
    from portico.tenant_tables() t
    join pg_catalog.pg_class c on c.oid = t.tenant_table
    join pg_catalog.pg_constraint k on k.conrelid = t.tenant_table and k.contype = 'p'
    where not t.of_the_door
    order by c.relname
  loop
    return query execute format(
      'select %1$L::text, (%2$s)::text, case when s.environment_id is null then ''ADDED'' when t.environment_id is null then ''REMOVED'' else ''CHANGED'' end,
         case when s.environment_id is not null and t.environment_id is not null then array(
           select o.key from jsonb_each(to_jsonb(s)) o join jsonb_each(to_jsonb(t)) n on n.key = o.key where o.value is distinct from n.value order by 1) else ''{}''::text[] end
       from (select %3$s from %4$s where environment_id = $1) s
       full join (select %5$s from %4$s where environment_id = $2) t on %6$s
       where s is distinct from t order by 2',
      compared.relname, coalesce(compared.key, ''''''), compared.carried, compared.tenant_table, compared.names, compared.match)
      using source_id, target_id, source.id_namespace, target.id_namespace;
  end loop;
end $$;

-- The rooms' shares of the sample worlds, as the code brings them: SQL that runs as the owner, which
-- is why only the owner writes here.
create table portico.world_share (
  world text not null check (world ~ '^[a-z][a-z0-9-]{0,39}$'),
  position integer not null,
  statements text not null,
  primary key (world, position)
);
grant select on portico.world_share to portico_service;

-- Makes a world in an empty environment; the same world, seed, size, namespace and instant of birth
-- make the same rows.
create function portico.generate_world(environment_id text, world text, seed integer, size text) returns void
language plpgsql set search_path = '' as $$
declare
  environment portico.environment;
  share record;
begin
  select * into strict environment from portico.environment e where e.id = generate_world.environment_id;
  perform set_config('portico.world_environment_id', environment.id, true), set_config('portico.world_namespace', environment.id_namespace, true),
    set_config('portico.world_seed', seed::text, true), set_config('portico.world_size', size, true), set_config('portico.world_born_at', environment.born_at::text, true);
  for share in select s.statements from portico.world_share s where s.world = generate_world.world order by s.position loop
    execute share.statements;
  end loop;
  if not found then
    raise exception 'there is no world %', world using errcode = 'invalid_parameter_value';
  end if;
end $$;
revoke all on function portico.generate_world(text, text, integer, text) from public;

create function portico.fill_sandbox(environment_id text, world text, seed integer, size text) returns bigint
language plpgsql security definer set search_path = '' as $$
begin
  perform portico.lock_sandbox(environment_id);
  if portico.world_rows(environment_id) > 0 then
    raise exception '% holds a world already: empty it first', environment_id using errcode = 'object_not_in_prerequisite_state';
  end if;
  perform portico.generate_world(environment_id, world, seed, size);
  return portico.world_rows(environment_id);
end $$;

revoke all on function portico.lock_sandbox(text), portico.world_rows(text), portico.copy_world(text, text), portico.empty_sandbox(text, boolean), portico.purge_sandbox(text),
  portico.settle_door(text), portico.world_differences(text, text), portico.fill_sandbox(text, text, integer, text) from public;
grant execute on function portico.world_rows(text), portico.copy_world(text, text), portico.empty_sandbox(text, boolean), portico.purge_sandbox(text), portico.settle_door(text),
  portico.world_differences(text, text), portico.fill_sandbox(text, text, integer, text) to portico_service;
