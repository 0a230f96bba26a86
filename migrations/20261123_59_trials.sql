-- The trial of an integration: live for a while before its checklist holds, with lower limits and somebody
-- of the marketplace beside it. Once for each integration, which is the key.
create table portico.integration_trial (
  environment_id portico.id not null,
  integration_id portico.id not null,
  partner_id portico.id not null,
  -- Environment time, all of them.
  started_at timestamptz not null,
  ends_at timestamptz not null check (ends_at > started_at),
  -- When it was given more time, which happens once.
  extended_at timestamptz,
  -- When it was promoted or ended before its time was over.
  closed_at timestamptz,
  is_promoted boolean not null default false check (not is_promoted or closed_at is not null),
  support_owner text not null check (length(btrim(support_owner)) between 1 and 200),
  exit_criteria text not null check (length(btrim(exit_criteria)) between 1 and 2000),
  -- The limits that go with it.
  limit_policy_id bigint not null references portico.limit_policy (id),
  primary key (environment_id, integration_id),
  foreign key (environment_id, partner_id, integration_id) references portico.integration (environment_id, partner_id, id)
);
create index integration_trial_newest on portico.integration_trial (environment_id, started_at desc, integration_id);
call portico.protect_tenant_table('portico.integration_trial', 'partner_id');
grant select, insert on portico.integration_trial to portico_service;
grant update (ends_at, extended_at, closed_at, is_promoted) on portico.integration_trial to portico_service;
