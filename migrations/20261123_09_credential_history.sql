-- Rotation never ends, so the history of an integration's credentials must: beyond its newest
-- `kept`, those that had ended at `ended_by` are forgotten. The list of them is read newest first;
-- its index serves what the older one did.
create index credential_newest on portico.credential (environment_id, integration_id, created_at desc, id);
drop index portico.credential_by_integration;

create function portico.trim_credentials(ended_by timestamptz, kept integer) returns bigint
language plpgsql security definer set search_path = '' as $$
declare
  forgotten bigint;
begin
  with crowded as (
    select environment_id, integration_id from portico.credential group by 1, 2 having count(*) > kept
  ), surplus as (
    select r.environment_id, r.id from crowded c cross join lateral (
      select k.environment_id, k.id from portico.credential k
      where k.environment_id = c.environment_id and k.integration_id = c.integration_id
      order by k.created_at desc, k.id offset kept
    ) r
  )
  delete from portico.credential k using surplus s
  where k.environment_id = s.environment_id and k.id = s.id and (k.revoked_at <= ended_by or k.expires_at <= ended_by);
  get diagnostics forgotten = row_count;
  return forgotten;
end $$;
revoke all on function portico.trim_credentials(timestamptz, integer) from public;
grant execute on function portico.trim_credentials(timestamptz, integer) to portico_service;
