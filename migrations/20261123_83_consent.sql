-- Asking and deciding. All instants are environment time unless a comment says otherwise.
create table portico.consent_request (
  environment_id portico.id not null,
  id portico.id not null,
  partner_id portico.id not null,
  integration_id portico.id not null,
  -- Null until the person is known: the partner named nobody, and nobody has signed in.
  customer_id portico.id,
  purpose text collate "C" not null,
  purpose_version integer not null,
  -- What is asked: [{category, level, lookbackDays, precision, required, why}].
  scopes jsonb not null check (jsonb_typeof(scopes) = 'array'),
  asked_at timestamptz not null,
  -- Wall time: how long the link is good.
  expires_at timestamptz not null,
  decided_at timestamptz,
  decision text check (decision in ('GIVEN', 'REFUSED')),
  grant_id portico.id,
  primary key (environment_id, id),
  foreign key (environment_id, partner_id, integration_id) references portico.integration (environment_id, partner_id, id),
  foreign key (environment_id, customer_id) references portico.customer (environment_id, id),
  foreign key (purpose, purpose_version) references portico.purpose_version (purpose, version),
  check ((decided_at is null) = (decision is null)),
  check ((grant_id is not null) = coalesce(decision = 'GIVEN', false)),
  check (decision is null or customer_id is not null)
);
-- The rest after a refusal is asked for by person, partner and purpose.
create index consent_request_refusals on portico.consent_request (environment_id, customer_id, partner_id, purpose, decided_at) where decision = 'REFUSED';
create index consent_request_by_integration on portico.consent_request (environment_id, integration_id, asked_at desc, id);
call portico.protect_tenant_table('portico.consent_request', 'partner_id');
grant select, insert, update on portico.consent_request to portico_service;

-- A grant as its events have made it. Its state is not stored: it follows from these instants and the
-- environment's clock, so that nothing has to happen for a grant to end in time.
create table portico.consent_grant (
  environment_id portico.id not null,
  id portico.id not null,
  -- Counts what has happened to it, so that an entry of the access log can say under which wording.
  version integer not null default 1 check (version > 0),
  partner_id portico.id not null,
  integration_id portico.id not null,
  customer_id portico.id not null,
  purpose text collate "C" not null,
  purpose_version integer not null,
  request_id portico.id not null,
  one_time boolean not null default false,
  given_at timestamptz not null,
  -- It has ended at this instant, not after it.
  expires_at timestamptz not null check (expires_at > given_at),
  suspended_at timestamptz,
  -- Of a ONE_TIME grant: when it was used up.
  consumed_at timestamptz,
  ended_at timestamptz,
  end_kind text check (end_kind in ('EXPIRED', 'WITHDRAWN', 'REVOKED', 'RELINQUISHED', 'SUPERSEDED', 'INVALIDATED')),
  primary key (environment_id, id),
  foreign key (environment_id, partner_id, integration_id) references portico.integration (environment_id, partner_id, id),
  foreign key (environment_id, customer_id) references portico.customer (environment_id, id),
  foreign key (environment_id, request_id) references portico.consent_request (environment_id, id),
  foreign key (purpose, purpose_version) references portico.purpose_version (purpose, version),
  check ((ended_at is null) = (end_kind is null)),
  check (consumed_at is null or one_time)
);
-- At most one stands for a person, a recipient and a purpose: what a read looks up. One that has
-- expired gives way when the next is given, and only then is its end written down.
create unique index consent_grant_standing on portico.consent_grant (environment_id, integration_id, customer_id, purpose) where ended_at is null;
create index consent_grant_by_customer on portico.consent_grant (environment_id, customer_id, given_at desc, id);
create index consent_grant_newest on portico.consent_grant (environment_id, integration_id, given_at desc, id);
call portico.protect_tenant_table('portico.consent_grant', 'partner_id');
grant select, insert, update on portico.consent_grant to portico_service;

alter table portico.consent_request
  add foreign key (environment_id, grant_id) references portico.consent_grant (environment_id, id) deferrable initially deferred;

-- What the person chose, one row a category.
create table portico.consent_grant_scope (
  environment_id portico.id not null,
  partner_id portico.id not null,
  grant_id portico.id not null,
  category text collate "C" not null references portico.data_category (code),
  level text not null check (level in ('COUNT', 'OVERLAP', 'RECORD')),
  -- How many days back; null is without end.
  lookback_days integer check (lookback_days > 0),
  precision text not null check (precision in ('COARSE', 'EXACT')),
  primary key (environment_id, grant_id, category),
  foreign key (environment_id, grant_id) references portico.consent_grant (environment_id, id)
);
call portico.protect_tenant_table('portico.consent_grant_scope', 'partner_id');
grant select, insert, delete on portico.consent_grant_scope to portico_service;

-- Everything that happened between a person and a recipient. Appended to, never changed; a grant is
-- what its events add up to. No key points at the person: an erasure takes the person, not the record.
create table portico.consent_event (
  environment_id portico.id not null,
  id portico.id not null,
  partner_id portico.id not null,
  customer_id portico.id,
  request_id portico.id,
  grant_id portico.id,
  kind text not null check (kind in ('REQUESTED', 'GIVEN', 'REFUSED', 'NARROWED', 'SUSPENDED', 'RESUMED', 'CONSUMED', 'EXPIRED', 'WITHDRAWN', 'REVOKED', 'RELINQUISHED', 'SUPERSEDED', 'INVALIDATED')),
  actor text not null check (actor in ('SUBJECT', 'PARTNER', 'MARKETPLACE', 'PORTICO')),
  -- Of a grant's events: its version after this one.
  grant_version integer,
  -- What was given or is left, the reason, the hash of the notice.
  detail jsonb not null default '{}',
  at timestamptz not null,
  -- Wall time.
  recorded_at timestamptz not null,
  primary key (environment_id, id),
  check ((grant_id is null) = (grant_version is null))
);
create unique index consent_event_of_grant on portico.consent_event (environment_id, grant_id, grant_version);
create index consent_event_of_person on portico.consent_event (environment_id, customer_id, at);
call portico.protect_tenant_table('portico.consent_event', 'partner_id');
call portico.make_append_only('portico.consent_event');
grant select, insert on portico.consent_event to portico_service;

-- What a person was shown, word for word, by its hash.
create table portico.consent_notice (
  environment_id portico.id not null references portico.environment (id),
  -- SHA-256 of the document, hexadecimal.
  hash text collate "C" not null check (hash ~ '^[0-9a-f]{64}$'),
  document jsonb not null,
  primary key (environment_id, hash)
);
call portico.protect_tenant_table('portico.consent_notice');
grant select, insert on portico.consent_notice to portico_service;

-- The receipt of each decision, signed: ISO/IEC TS 27560 in a JWS.
create table portico.consent_receipt (
  environment_id portico.id not null,
  id portico.id not null,
  partner_id portico.id not null,
  grant_id portico.id not null,
  grant_version integer not null,
  jws text not null,
  primary key (environment_id, id),
  unique (environment_id, grant_id, grant_version),
  foreign key (environment_id, grant_id) references portico.consent_grant (environment_id, id)
);
call portico.protect_tenant_table('portico.consent_receipt', 'partner_id');
grant select, insert on portico.consent_receipt to portico_service;

-- Public keys that receipts were signed with. Signing keys rotate within weeks; a receipt is shown to
-- an authority years later.
create table portico.receipt_key (
  kid text collate "C" primary key,
  jwk jsonb not null,
  -- Wall time.
  first_used_at timestamptz not null
);
grant select, insert on portico.receipt_key to portico_service;
