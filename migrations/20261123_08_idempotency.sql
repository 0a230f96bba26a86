-- What an integration's requests that create or move something were answered, by the key that each
-- names itself with, so that one sent again does its work once. The row goes in before the work, in
-- the same transaction: whoever brings the key meanwhile waits on the primary key.
create table portico.idempotency_key (
  environment_id portico.id not null,
  integration_id portico.id not null,
  key text collate "C" not null check (key ~ '^[\x20-\x7e]{1,255}$'),
  partner_id portico.id not null,
  -- SHA-256 of the mutation and its input.
  request_hash bytea not null check (length(request_hash) = 32),
  -- What the answer is read by; no secret. Null only inside the transaction that does the work.
  answer jsonb,
  -- Wall time.
  created_at timestamptz not null,
  primary key (environment_id, integration_id, key),
  foreign key (environment_id, partner_id, integration_id) references portico.integration (environment_id, partner_id, id)
);
create index idempotency_key_newest on portico.idempotency_key (environment_id, integration_id, created_at);
create index idempotency_key_age on portico.idempotency_key (created_at);
call portico.protect_tenant_table('portico.idempotency_key', 'partner_id');
grant select, insert, update on portico.idempotency_key to portico_service;

-- Forgets the keys taken at `oldest` or before.
create function portico.trim_idempotency_keys(oldest timestamptz) returns bigint
language plpgsql security definer set search_path = '' as $$
declare
  forgotten bigint;
begin
  delete from portico.idempotency_key where created_at <= oldest;
  get diagnostics forgotten = row_count;
  return forgotten;
end $$;
revoke all on function portico.trim_idempotency_keys(timestamptz) from public;
grant execute on function portico.trim_idempotency_keys(timestamptz) to portico_service;
