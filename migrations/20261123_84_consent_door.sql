-- The way in and out of the consent page: redirect URIs, authorization codes, browsers that are
-- signed in. All instants are wall time.
create table portico.redirect_uri (
  environment_id portico.id not null,
  partner_id portico.id not null,
  integration_id portico.id not null,
  -- Compared byte by byte (RFC 9700, section 2.1).
  uri text collate "C" not null check (length(uri) between 1 and 2000),
  created_at timestamptz not null,
  primary key (environment_id, integration_id, uri),
  foreign key (environment_id, partner_id, integration_id) references portico.integration (environment_id, partner_id, id) deferrable initially immediate
);
call portico.protect_tenant_table('portico.redirect_uri', 'partner_id');
comment on table portico.redirect_uri is 'Of the door, not of the world.';
grant select, insert, delete on portico.redirect_uri to portico_service;

create table portico.authorization_code (
  environment_id portico.id not null,
  -- SHA-256 of the code.
  code_hash bytea not null check (length(code_hash) = 32),
  partner_id portico.id not null,
  integration_id portico.id not null,
  grant_id portico.id not null,
  redirect_uri text not null,
  -- RFC 7636, of the method S256.
  code_challenge text not null check (code_challenge ~ '^[A-Za-z0-9_-]{43}$'),
  expires_at timestamptz not null,
  used_at timestamptz,
  primary key (environment_id, code_hash),
  foreign key (environment_id, partner_id, integration_id) references portico.integration (environment_id, partner_id, id) deferrable initially immediate
);
create index authorization_code_age on portico.authorization_code (expires_at);
call portico.protect_tenant_table('portico.authorization_code', 'partner_id');
comment on table portico.authorization_code is 'Of the door, not of the world.';
grant select, insert, update on portico.authorization_code to portico_service;

-- A browser between the partner's site, the sign-in and the decision.
create table portico.subject_session (
  environment_id portico.id not null references portico.environment (id),
  -- SHA-256 of the cookie's secret.
  secret_hash bytea not null check (length(secret_hash) = 32),
  -- Null until the person has signed in.
  customer_id portico.id,
  -- The OAuth request that the browser came with; null where it came by itself, to review what it has given.
  authorization_request jsonb,
  -- What the sign-in at the OpenID Provider must come back with: {state, nonce, codeVerifier}.
  sign_in jsonb,
  language text not null check (language in ('en', 'de')),
  expires_at timestamptz not null,
  primary key (environment_id, secret_hash)
);
create index subject_session_age on portico.subject_session (expires_at);
call portico.protect_tenant_table('portico.subject_session');
comment on table portico.subject_session is 'Of the door, not of the world.';
grant select, insert, update, delete on portico.subject_session to portico_service;

-- Where a client lives and what may be said of it on a page, before any environment is known. It runs
-- as the owner, so it answers for one client_id only, and nothing for one that may not come in.
create function portico.client_home(client_id text) returns table (environment_id text, partner_id text)
language sql stable security definer set search_path = '' as $$
  select i.environment_id, i.partner_id
  from portico.integration i
  join portico.environment e on e.id = i.environment_id
  join portico.partner p on p.environment_id = i.environment_id and p.id = i.partner_id
  left join portico.partner owner on owner.environment_id = e.owner_environment_id and owner.id = e.owner_partner_id
  where i.id = client_home.client_id and i.status = 'ACTIVE' and p.status = 'ACTIVE' and e.closed_at is null and owner.status is distinct from 'SUSPENDED'
$$;
revoke all on function portico.client_home(text) from public;
grant execute on function portico.client_home(text) to portico_service;

-- Forgets codes and browsers that have ended a while ago.
create function portico.trim_consent_door(oldest timestamptz) returns void
language plpgsql security definer set search_path = '' as $$
begin
  delete from portico.authorization_code where expires_at < oldest;
  delete from portico.subject_session where expires_at < oldest;
end $$;
revoke all on function portico.trim_consent_door(timestamptz) from public;
grant execute on function portico.trim_consent_door(timestamptz) to portico_service;
