-- Secrets of the marketplace's own systems, which feed an environment with its people. Each is an
-- OAuth client of its own.
create table portico.marketplace_credential (
  environment_id portico.id not null references portico.environment (id),
  -- Also the OAuth client_id.
  id portico.id not null,
  name text not null check (length(btrim(name)) between 1 and 200),
  secret_hmac bytea not null check (length(secret_hmac) = 32),
  salt bytea not null check (length(salt) >= 16),
  secret_prefix text not null,
  -- Wall time, both.
  created_at timestamptz not null,
  revoked_at timestamptz,
  primary key (environment_id, id)
);
create unique index marketplace_credential_client_id on portico.marketplace_credential (id);
call portico.protect_tenant_table('portico.marketplace_credential');
comment on table portico.marketplace_credential is 'Of the door, not of the world.';
grant select, insert, update on portico.marketplace_credential to portico_service;

create table portico.marketplace_revoked_token (
  environment_id portico.id not null references portico.environment (id),
  token_id text collate "C" not null,
  -- Wall time.
  expires_at timestamptz not null,
  primary key (environment_id, token_id)
);
call portico.protect_tenant_table('portico.marketplace_revoked_token');
comment on table portico.marketplace_revoked_token is 'Of the door, not of the world.';
grant select, insert, delete on portico.marketplace_revoked_token to portico_service;

-- The secret of a client of the marketplace's, found before any environment is known. It runs as the
-- owner, so it answers for one client_id only and returns nothing that opens a door.
create function portico.marketplace_secret(client_id text) returns table (environment_id text, secret_hmac bytea, salt bytea)
language sql stable security definer set search_path = '' as $$
  select c.environment_id, c.secret_hmac, c.salt from portico.marketplace_credential c join portico.environment e on e.id = c.environment_id
  where c.id = marketplace_secret.client_id and c.revoked_at is null and e.closed_at is null
$$;
revoke all on function portico.marketplace_secret(text) from public;
grant execute on function portico.marketplace_secret(text) to portico_service;
