-- Whoever received something of a person that was wrong puts it right, once the marketplace has (GDPR, article 19),
-- and says so. The state follows from these instants and the environment's clock; all are environment time.
create table portico.correction_duty (
  environment_id portico.id not null,
  id portico.id not null,
  partner_id portico.id not null,
  integration_id portico.id not null,
  request_id portico.id not null,
  subject_id portico.id not null,
  category text collate "C" not null references portico.data_category (code),
  arose_at timestamptz not null,
  due_at timestamptz not null check (due_at >= arose_at),
  attested_at timestamptz check (attested_at >= arose_at),
  -- The integration by which the partner said so.
  attested_by portico.id,
  primary key (environment_id, id),
  unique (environment_id, request_id, integration_id),
  foreign key (environment_id, request_id) references portico.rights_request (environment_id, id),
  foreign key (environment_id, subject_id) references portico.pairwise_subject (environment_id, id),
  foreign key (environment_id, partner_id, integration_id) references portico.integration (environment_id, partner_id, id),
  check (num_nulls(attested_at, attested_by) in (0, 2))
);
create index correction_duty_by_partner on portico.correction_duty (environment_id, partner_id, due_at, id);
create index correction_duty_of_subject on portico.correction_duty (environment_id, subject_id);
call portico.protect_tenant_table('portico.correction_duty', 'partner_id');
-- What is left to correct of a person goes with the person.
grant select, insert, update, delete on portico.correction_duty to portico_service;
