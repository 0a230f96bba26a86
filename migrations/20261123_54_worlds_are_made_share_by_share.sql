-- A sandbox's world is made share by share, a statement each: none of them comes near the longest that a
-- statement may run, on a busy machine either, and together they are still one transaction.
create function portico.fill_sandbox_share(environment_id text, world text, seed integer, size text, share integer) returns boolean
language plpgsql security definer set search_path = '' as $$
declare
  environment portico.environment := portico.lock_sandbox(environment_id);
  made text;
begin
  if share = 0 and portico.world_rows(environment_id) > 0 then
    raise exception '% holds a world already: empty it first', environment_id using errcode = 'object_not_in_prerequisite_state';
  end if;
  select s.statements into made from portico.world_share s where s.world = fill_sandbox_share.world and s.position = share;
  if not found then
    return false;
  end if;
  perform set_config('portico.world_environment_id', environment.id, true), set_config('portico.world_namespace', environment.id_namespace, true),
    set_config('portico.world_seed', seed::text, true), set_config('portico.world_size', size, true), set_config('portico.world_born_at', environment.born_at::text, true);
  execute made;
  return true;
end $$;
revoke all on function portico.fill_sandbox_share(text, text, integer, text, integer) from public;
grant execute on function portico.fill_sandbox_share(text, text, integer, text, integer) to portico_service;

drop function portico.fill_sandbox(text, text, integer, text);
