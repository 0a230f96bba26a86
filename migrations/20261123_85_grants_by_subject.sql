-- A grant names its person by the id that the partner knows, so that a page of
-- people comes from an index in the order of the only ids that it shows.
alter table portico.consent_grant add column subject_id portico.id;
insert into portico.pairwise_subject (environment_id, partner_id, customer_id, id, salt)
select distinct on (g.environment_id, g.partner_id, g.customer_id) g.environment_id, g.partner_id, g.customer_id, 'sub_' || replace(gen_random_uuid()::text, '-', ''),
  sha256(convert_to(gen_random_uuid()::text || gen_random_uuid()::text, 'UTF8'))
from portico.consent_grant g
on conflict (environment_id, partner_id, customer_id) do nothing;
update portico.consent_grant g set subject_id = s.id
from portico.pairwise_subject s where s.environment_id = g.environment_id and s.partner_id = g.partner_id and s.customer_id = g.customer_id;
alter table portico.consent_grant
  alter column subject_id set not null,
  add constraint consent_grant_subject foreign key (environment_id, subject_id) references portico.pairwise_subject (environment_id, id);
create index consent_grant_shown on portico.consent_grant (environment_id, integration_id, purpose, subject_id) where ended_at is null;
create index consent_grant_by_subject on portico.consent_grant (environment_id, subject_id, given_at desc);
