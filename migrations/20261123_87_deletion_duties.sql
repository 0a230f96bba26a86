-- Whoever held a grant deletes what it received once the grant has ended, and says so. The state is not
-- stored: it follows from these instants and the environment's clock. All instants are environment time.
create table portico.deletion_duty (
  environment_id portico.id not null,
  id portico.id not null,
  partner_id portico.id not null,
  integration_id portico.id not null,
  grant_id portico.id not null,
  subject_id portico.id not null,
  arose_at timestamptz not null,
  -- Overdue from this instant on, and until it is attested the partner is given nothing new.
  due_at timestamptz not null check (due_at >= arose_at),
  attested_at timestamptz check (attested_at >= arose_at),
  -- The integration by which the partner said so, and in which words.
  attested_by portico.id,
  statement text check (length(btrim(statement)) between 1 and 1000),
  primary key (environment_id, id),
  unique (environment_id, grant_id),
  foreign key (environment_id, grant_id) references portico.consent_grant (environment_id, id),
  foreign key (environment_id, subject_id) references portico.pairwise_subject (environment_id, id),
  foreign key (environment_id, partner_id, integration_id) references portico.integration (environment_id, partner_id, id),
  check (num_nulls(attested_at, attested_by, statement) in (0, 3))
);
create index deletion_duty_open on portico.deletion_duty (environment_id, partner_id, due_at) where attested_at is null;
create index deletion_duty_by_partner on portico.deletion_duty (environment_id, partner_id, due_at, id);
call portico.protect_tenant_table('portico.deletion_duty', 'partner_id');
grant select, insert, update on portico.deletion_duty to portico_service;
