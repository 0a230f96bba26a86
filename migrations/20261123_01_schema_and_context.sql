-- The schema, the grammar of ids, and the two walls that every tenant table stands behind.
create schema if not exists portico;
grant usage on schema portico to portico_service;

-- Three letters, an underscore, characters that need no escaping in JSON, URLs or logs.
create domain portico.id as text collate "C" check (value ~ '^[a-z]{3}_[0-9a-z_]{1,60}$');

-- Puts a tenant table behind row-level security. Its rows are visible only in a transaction whose
-- context names their environment and, where the table has a partner column, their partner; the
-- partner '*' is the marketplace itself (jobs, staff). The sub-selects make the settings one
-- evaluation a statement instead of one a row. Without a context no row is visible.
create procedure portico.protect_tenant_table(tenant_table regclass, partner_column text default null)
language plpgsql as $$
declare
  visible text := 'environment_id = (select current_setting(''portico.environment_id'', true))';
begin
  if partner_column is not null then
    visible := visible || format(' and (select current_setting(''portico.partner_id'', true)) in (%I, ''*'')', partner_column);
  end if;
  execute format('alter table %s enable row level security', tenant_table);
  execute format('create policy tenant on %s using (%s) with check (%s)', tenant_table, visible, visible);
end $$;

-- Append-only tables refuse UPDATE and DELETE from everybody but a purge of a sandbox, which runs
-- as the owner and says so.
create function portico.refuse_change() returns trigger language plpgsql as $$
begin
  if current_setting('portico.purging_sandbox', true) = 'yes' and tg_op = 'DELETE' then
    return old;
  end if;
  raise exception '% is append-only: correct it by appending', tg_table_name using errcode = 'restrict_violation';
end $$;

create procedure portico.make_append_only(append_only_table regclass)
language plpgsql as $$
begin
  execute format('create trigger append_only before update or delete on %s for each row execute function portico.refuse_change()', append_only_table);
  execute format('create trigger append_only_truncate before truncate on %s for each statement execute function portico.refuse_change()', append_only_table);
  execute format('revoke update, delete, truncate on %s from portico_service', append_only_table);
end $$;

-- An id that a world's generator gives to the row it numbers `ordinal`: the same namespace, seed,
-- kind and ordinal give the same id, and a random namespace keeps it unique to one environment.
create function portico.seeded_id(prefix text, namespace text, seed integer, ordinal bigint) returns text
language sql immutable parallel safe
return prefix || '_' || left(encode(sha256(convert_to(namespace || ':' || seed || ':' || prefix || ':' || ordinal, 'UTF8')), 'hex'), 24);

-- A number in [0, 1) that depends on nothing but its arguments; the generator's only dice.
create function portico.seeded_fraction(seed integer, label text, ordinal bigint) returns double precision
language sql immutable parallel safe
return (('x' || left(md5(seed || ':' || label || ':' || ordinal), 8))::bit(32)::bigint)::double precision / 4294967296.0;

-- Minor units as a decimal string in the currency's own number of digits (ISO 4217).
create function portico.money_text(minor_units bigint, currency text) returns text
language sql immutable parallel safe
return case
  when currency in ('JPY', 'KRW', 'CLP', 'ISK', 'VND') then minor_units::text
  when currency in ('BHD', 'JOD', 'KWD', 'OMR', 'TND') then (minor_units / 1000.0)::numeric(30, 3)::text
  else (minor_units / 100.0)::numeric(30, 2)::text
end;
