-- The catalogue in the staff API, which reads what the marketplace holds and names each thing by an id.
-- A purpose's grammar is one of ids, so the ids follow from the names.
alter table portico.data_category
  add column held_by text not null default '*' check (held_by = '*'),
  add column id portico.id generated always as ('dcy_' || replace(code, '.', '_')) stored;
alter table portico.purpose_version
  add column held_by text not null default '*' check (held_by = '*'),
  add column id portico.id generated always as ('pur_' || purpose || '_' || version::text) stored;
create unique index purpose_version_id on portico.purpose_version (id);

-- A generated column is not there yet when a row is about to change.
create or replace function portico.refuse_published_change() returns trigger language plpgsql as $$
begin
  if old.effective_from is not null and to_jsonb(new) - array['retired_at', 'id'] is distinct from to_jsonb(old) - array['retired_at', 'id'] then
    raise exception 'version % of purpose % is published: publish another', old.version, old.purpose using errcode = 'restrict_violation';
  end if;
  return new;
end $$;
