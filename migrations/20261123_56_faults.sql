-- The faults that a sandbox has on its requests. They stand in the environment's row, as its clock
-- does: a gateway that remembers a caller finds the row's revision changed and looks again, and no
-- request of live asks for them.
alter table portico.environment
  -- [{"kind": ..., "rate": ..., "until": ...}], `until` in wall time.
  add column faults jsonb not null default '[]' check (jsonb_typeof(faults) = 'array'),
  add constraint environment_faults_in_sandboxes check (kind = 'SANDBOX' or faults = '[]');
