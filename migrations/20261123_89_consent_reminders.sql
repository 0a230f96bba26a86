-- Whoever shares for longer is reminded of it every 90 days. What a reminder says follows from the grant; here is
-- that it was due, and whether anything had been read meanwhile. Environment time.
create table portico.consent_reminder (
  environment_id portico.id not null,
  grant_id portico.id not null,
  partner_id portico.id not null,
  at timestamptz not null,
  -- Nothing was read under the grant since it was given or last reminded of: the partner is asked to give it up.
  unused boolean not null,
  primary key (environment_id, grant_id, at),
  foreign key (environment_id, grant_id) references portico.consent_grant (environment_id, id)
);
call portico.protect_tenant_table('portico.consent_reminder', 'partner_id');
call portico.make_append_only('portico.consent_reminder');
grant select, insert on portico.consent_reminder to portico_service;
