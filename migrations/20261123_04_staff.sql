-- The marketplace's own people. They belong to no environment.
create table portico.staff (
  id portico.id primary key,
  name text not null,
  email text not null unique,
  status text not null default 'ACTIVE' check (status in ('ACTIVE', 'SUSPENDED')),
  -- Wall time.
  created_at timestamptz not null
);
grant select, insert, update on portico.staff to portico_service;

create table portico.staff_role (
  staff_id portico.id not null references portico.staff (id),
  role text not null check (role in ('API_STEWARD', 'PROGRAM_MANAGER', 'PRIVACY_OFFICER', 'FINANCE', 'SUPPORT', 'AUDITOR')),
  primary key (staff_id, role)
);
grant select, insert, delete on portico.staff_role to portico_service;

create table portico.staff_credential (
  id portico.id primary key,
  staff_id portico.id not null references portico.staff (id),
  secret_hmac bytea not null check (length(secret_hmac) = 32),
  salt bytea not null check (length(salt) >= 16),
  secret_prefix text not null,
  -- Wall time, all three.
  created_at timestamptz not null,
  expires_at timestamptz,
  revoked_at timestamptz
);
create index staff_credential_by_staff on portico.staff_credential (staff_id);
grant select, insert, update on portico.staff_credential to portico_service;

create table portico.staff_revoked_token (
  token_id text collate "C" primary key,
  -- Wall time.
  expires_at timestamptz not null
);
grant select, insert, delete on portico.staff_revoked_token to portico_service;
