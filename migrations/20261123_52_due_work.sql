-- What is due in an environment, on its own time. The row is the promise; whoever carries it out
-- marks it in the same transaction as the work, so that it is done once and in order.
create table portico.due_work (
  environment_id portico.id not null references portico.environment (id),
  kind text collate "C" not null check (kind ~ '^[a-z_]+\.[a-z_]+$'),
  -- What the work is about.
  subject_id portico.id not null,
  -- Environment time, both.
  due_at timestamptz not null,
  done_at timestamptz,
  -- What else the handler must know; ids do not belong here, since copies leave it as it is.
  payload jsonb not null default '{}',
  primary key (environment_id, kind, subject_id, due_at)
);
create index due_work_next on portico.due_work (environment_id, due_at, kind, subject_id) where done_at is null;
call portico.protect_tenant_table('portico.due_work');
grant select, insert, update on portico.due_work to portico_service;

-- The open environments whose clock runs and has passed the next work's instant.
create function portico.environments_with_due_work(wall_now timestamptz) returns setof text
language sql stable security definer set search_path = '' as $$
  select e.id from portico.environment e
  where e.closed_at is null and e.clock_frozen_at is null
    and exists (select from portico.due_work w where w.environment_id = e.id and w.done_at is null and w.due_at <= wall_now + e.clock_offset_ms * interval '1 millisecond')
$$;
revoke all on function portico.environments_with_due_work(timestamptz) from public;
grant execute on function portico.environments_with_due_work(timestamptz) to portico_service;
