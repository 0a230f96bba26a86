-- What a kept answer is held against: one mark for each transaction that changed something of a partner's, or of
-- a whole environment. The marks of both together, xor-ed, are the version of all that the tables
-- below hold for a partner: it changes when such a transaction commits, and by nothing else. A mark is a row of
-- its own, since a counter would make writers wait for each other.
create table portico.change_mark (
  environment_id portico.id not null,
  -- Whose rows they were; '' for what is the environment's.
  of_partner text collate "C" not null,
  -- The transaction, so that it leaves one mark however much it changes; 0 for those that were put together.
  transaction xid8 not null,
  -- By chance, so that no two histories come to the same version, that of a restored backup included.
  mark bigint not null,
  primary key (environment_id, of_partner, transaction)
);
comment on table portico.change_mark is 'Of the door, not of the world.';
alter table portico.change_mark enable row level security;
create policy tenant on portico.change_mark
  using ((environment_id = (select current_setting('portico.environment_id', true))) is true and (of_partner = '' or (select current_setting('portico.partner_id', true)) in (of_partner, '*')));
grant select on portico.change_mark to portico_service;

-- Marks are left whoever writes, and whatever rows it may see. A row that moves marks where it was and where it is.
create function portico.leave_partner_mark() returns trigger language plpgsql security definer set search_path to '' as $$
begin
  if tg_op = 'UPDATE' then
    insert into portico.change_mark (environment_id, of_partner, transaction, mark)
    select environment_id, partner_id, pg_current_xact_id(), hashtextextended(gen_random_uuid()::text, 0)
    from (select environment_id, partner_id from changed union select environment_id, partner_id from before) rows
    on conflict do nothing;
  else
    insert into portico.change_mark (environment_id, of_partner, transaction, mark)
    select environment_id, partner_id, pg_current_xact_id(), hashtextextended(gen_random_uuid()::text, 0)
    from (select distinct environment_id, partner_id from changed) rows
    on conflict do nothing;
  end if;
  return null;
end $$;
revoke all on function portico.leave_partner_mark() from public;

create function portico.leave_world_mark() returns trigger language plpgsql security definer set search_path to '' as $$
begin
  if tg_op = 'UPDATE' then
    insert into portico.change_mark (environment_id, of_partner, transaction, mark)
    select environment_id, '', pg_current_xact_id(), hashtextextended(gen_random_uuid()::text, 0)
    from (select environment_id from changed union select environment_id from before) rows
    on conflict do nothing;
  else
    insert into portico.change_mark (environment_id, of_partner, transaction, mark)
    select environment_id, '', pg_current_xact_id(), hashtextextended(gen_random_uuid()::text, 0)
    from (select distinct environment_id from changed) rows
    on conflict do nothing;
  end if;
  return null;
end $$;
revoke all on function portico.leave_world_mark() from public;

-- Whatever changes in the table leaves a mark: of its rows' partners, where it has a column of them.
create procedure portico.mark_changes(marked_table regclass) language plpgsql as $$
declare
  of_partners boolean := exists (select from pg_catalog.pg_attribute where attrelid = marked_table and attname = 'partner_id' and not attisdropped);
  leaving text := case when of_partners then 'portico.leave_partner_mark()' else 'portico.leave_world_mark()' end;
begin
  execute format('create trigger marks_insert after insert on %s referencing new table as changed for each statement execute function %s', marked_table, leaving);
  execute format('create trigger marks_delete after delete on %s referencing old table as changed for each statement execute function %s', marked_table, leaving);
  execute format('create trigger marks_update after update on %s referencing new table as changed old table as before for each statement execute function %s', marked_table, leaving);
end $$;

call portico.mark_changes('portico.integration');
call portico.mark_changes('portico.program');
call portico.mark_changes('portico.milestone');
call portico.mark_changes('portico.milestone_version');
call portico.mark_changes('portico.milestone_dependency');
call portico.mark_changes('portico.criterion');
call portico.mark_changes('portico.reward');
call portico.mark_changes('portico.tier');
call portico.mark_changes('portico.milestone_progress');
call portico.mark_changes('portico.criterion_progress');

-- Puts marks together, which leaves each version as it is, and drops those of environments that are gone.
create function portico.fold_change_marks() returns void language sql security definer set search_path to '' as $$
  delete from portico.change_mark m where not exists (select from portico.environment e where e.id = m.environment_id);
  with many as (select environment_id, of_partner from portico.change_mark group by environment_id, of_partner having count(*) > 1),
  gone as (delete from portico.change_mark m using many where m.environment_id = many.environment_id and m.of_partner = many.of_partner returning m.*)
  insert into portico.change_mark (environment_id, of_partner, transaction, mark)
  select environment_id, of_partner, '0'::xid8, bit_xor(mark) from gone group by environment_id, of_partner;
$$;
revoke all on function portico.fold_change_marks() from public;
grant execute on function portico.fold_change_marks() to portico_service;
