-- A sandbox that is emptied while events come: a batch that is committed after the statement began
-- is not seen by it, and its references to what is deleted would end the reset. So whoever writes
-- what is measured shares a lock that the reset takes for itself, and each waits for the other.
create function portico.share_measurement(environment_id text) returns void
language plpgsql set search_path = '' as $$
begin
  perform pg_advisory_xact_lock_shared(hashtextextended('portico.measurement.' || environment_id, 0));
end $$;
revoke all on function portico.share_measurement(text) from public;
grant execute on function portico.share_measurement(text) to portico_service;

create or replace function portico.empty_sandbox(environment_id text, with_the_door boolean) returns void
language plpgsql security definer set search_path = '' as $$
declare
  statement text;
begin
  perform portico.lock_sandbox(environment_id);
  perform pg_advisory_xact_lock(hashtextextended('portico.measurement.' || environment_id, 0));
  set constraints all deferred;
  perform set_config('portico.purging_sandbox', 'yes', true);
  select format('with %s select', string_agg(format('t%s as (delete from %s where environment_id = $1)', n, t.tenant_table), ', ')) into statement
  from (select t.tenant_table, row_number() over (order by t.tenant_table::text) as n from portico.tenant_tables() t where with_the_door or not t.of_the_door) t;
  execute statement using environment_id;
  perform set_config('portico.purging_sandbox', 'no', true);
end $$;
