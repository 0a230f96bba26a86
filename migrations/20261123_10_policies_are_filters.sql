-- The policies of tenant tables, as filters. A bare equation of the column with the setting would be
-- joined with the statement's own equation of the column, and the planner then asks at each visit of
-- an index whether the two values are equal, which costs a read a seventh of its time; `is true` keeps
-- it a condition upon the row. What may be seen is the same.
create or replace procedure portico.protect_tenant_table(tenant_table regclass, partner_column text default null)
language plpgsql as $$
declare
  visible text := '(environment_id = (select current_setting(''portico.environment_id'', true))) is true';
begin
  if partner_column is not null then
    visible := visible || format(' and (select current_setting(''portico.partner_id'', true)) in (%I, ''*'')', partner_column);
  end if;
  execute format('alter table %s enable row level security', tenant_table);
  execute format('create policy tenant on %s using (%s) with check (%s)', tenant_table, visible, visible);
end $$;

do $$
declare
  policy record;
  visible text;
begin
  for policy in
    select p.polrelid::regclass as tenant_table, c.relname, (regexp_match(pg_get_expr(p.polqual, p.polrelid), 'portico\.partner_id[^=]*= \(?(\w+)\)?::text'))[1] as partner_column
    from pg_policy p join pg_class c on c.oid = p.polrelid
    where p.polname = 'tenant' and c.relnamespace = 'portico'::regnamespace
  loop
    visible := format('(%I = (select current_setting(''portico.environment_id'', true))) is true', case policy.relname when 'environment' then 'id' else 'environment_id' end);
    if policy.partner_column is not null then
      visible := visible || format(' and (select current_setting(''portico.partner_id'', true)) in (%I, ''*'')', policy.partner_column);
    end if;
    execute format('alter policy tenant on %s using (%s) with check (%s)', policy.tenant_table, visible, visible);
  end loop;
end $$;
