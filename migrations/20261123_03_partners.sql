-- Who comes through the door: partners, their members, their integrations, and their credentials.
create table portico.partner (
  environment_id portico.id not null references portico.environment (id),
  id portico.id not null,
  name text not null,
  website text,
  -- The code of one of the program's tiers; limits and rewards depend on it.
  tier text not null default 'HARBOUR',
  status text not null default 'ACTIVE' check (status in ('ACTIVE', 'SUSPENDED')),
  -- Environment time.
  joined_at timestamptz not null,
  primary key (environment_id, id)
);
call portico.protect_tenant_table('portico.partner', 'id');
grant select, insert, update on portico.partner to portico_service;

create table portico.member (
  environment_id portico.id not null,
  id portico.id not null,
  partner_id portico.id not null,
  name text not null,
  email text not null,
  role text not null check (role in ('OWNER', 'DEVELOPER', 'ANALYST', 'FINANCE')),
  -- Environment time.
  joined_at timestamptz not null,
  primary key (environment_id, id),
  unique (environment_id, partner_id, email),
  foreign key (environment_id, partner_id) references portico.partner (environment_id, id)
);
call portico.protect_tenant_table('portico.member', 'partner_id');
grant select, insert, update, delete on portico.member to portico_service;

create table portico.integration (
  environment_id portico.id not null,
  -- Also the OAuth client_id.
  id portico.id not null,
  partner_id portico.id not null,
  name text not null,
  category text not null check (category in ('CHECKOUT', 'SHIPPING', 'REVIEWS', 'RECOMMENDATIONS', 'SUPPORT_DESK', 'LOYALTY')),
  status text not null default 'ACTIVE' check (status in ('ACTIVE', 'SUSPENDED')),
  -- What its tokens may carry at most (RFC 6749, section 3.3).
  scopes text[] not null default '{}',
  -- Environment time.
  created_at timestamptz not null,
  primary key (environment_id, id),
  unique (environment_id, partner_id, id),
  foreign key (environment_id, partner_id) references portico.partner (environment_id, id)
);
-- A client_id is looked up before its environment is known.
create unique index integration_client_id on portico.integration (id);
create index integration_by_name on portico.integration (environment_id, partner_id, name collate "C", id);
create index integration_by_age on portico.integration (environment_id, partner_id, created_at, id);
call portico.protect_tenant_table('portico.integration', 'partner_id');
grant select, insert, update on portico.integration to portico_service;

-- One secret of an integration; two may be valid while one replaces the other.
create table portico.credential (
  environment_id portico.id not null,
  id portico.id not null,
  partner_id portico.id not null,
  integration_id portico.id not null,
  -- HMAC-SHA-256 of the secret, keyed with the row's salt. The secret has 256 random bits, so a
  -- slow hash would protect nothing and let anybody keep the gateway busy.
  secret_hmac bytea not null check (length(secret_hmac) = 32),
  salt bytea not null check (length(salt) >= 16),
  -- The first characters, for people to tell secrets apart.
  secret_prefix text not null,
  -- Wall time, all three.
  created_at timestamptz not null,
  expires_at timestamptz,
  revoked_at timestamptz,
  primary key (environment_id, id),
  foreign key (environment_id, partner_id, integration_id) references portico.integration (environment_id, partner_id, id)
);
create index credential_by_integration on portico.credential (environment_id, integration_id);
call portico.protect_tenant_table('portico.credential', 'partner_id');
grant select, insert, update on portico.credential to portico_service;

-- Tokens revoked before their time (RFC 7009); a row may go once its token has expired.
create table portico.revoked_token (
  environment_id portico.id not null references portico.environment (id),
  token_id text collate "C" not null,
  partner_id portico.id not null,
  -- Wall time.
  expires_at timestamptz not null,
  primary key (environment_id, token_id)
);
call portico.protect_tenant_table('portico.revoked_token', 'partner_id');
grant select, insert, delete on portico.revoked_token to portico_service;

-- The secrets that an OAuth client could have used, found before any environment is known. It runs
-- as the owner, so it answers for one client_id only and returns nothing that opens a door.
create function portico.client_secrets(client_id text, wall_now timestamptz)
returns table (environment_id text, partner_id text, integration_id text, credential_id text, secret_hmac bytea, salt bytea, scopes text[], client_status text)
language sql stable security definer set search_path = '' as $$
  select i.environment_id, i.partner_id, i.id, c.id, c.secret_hmac, c.salt, i.scopes,
    case when e.closed_at is not null then 'CLOSED' when p.status <> 'ACTIVE' or owner.status <> 'ACTIVE' then 'PARTNER_SUSPENDED' when i.status <> 'ACTIVE' then 'INTEGRATION_SUSPENDED' else 'ACTIVE' end
  from portico.integration i
  join portico.environment e on e.id = i.environment_id
  join portico.partner p on p.environment_id = i.environment_id and p.id = i.partner_id
  left join portico.partner owner on owner.environment_id = e.owner_environment_id and owner.id = e.owner_partner_id
  join portico.credential c on c.environment_id = i.environment_id and c.integration_id = i.id
  where i.id = client_secrets.client_id and c.revoked_at is null
    and (c.expires_at is null or c.expires_at > client_secrets.wall_now)
$$;
revoke all on function portico.client_secrets(text, timestamptz) from public;
grant execute on function portico.client_secrets(text, timestamptz) to portico_service;

-- Whether the live partner that a sandbox belongs to is in good standing: its suspension closes
-- its sandboxes too, and the sandbox's own context cannot see the live row.
create function portico.owner_in_good_standing(owner_environment_id text, owner_partner_id text) returns boolean
language sql stable security definer set search_path = '' as $$
  select exists (select from portico.partner p where p.environment_id = $1 and p.id = $2 and p.status = 'ACTIVE')
$$;
revoke all on function portico.owner_in_good_standing(text, text) from public;
grant execute on function portico.owner_in_good_standing(text, text) to portico_service;

alter table portico.environment
  add foreign key (owner_environment_id, owner_partner_id) references portico.partner (environment_id, id);
