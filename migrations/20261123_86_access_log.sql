-- What was disclosed, to whom, why and when: an entry for each person in each answer, written by the
-- statement that answers. It names the person by a hash under a key of theirs (the salt of
-- pairwise_subject), and no key points at anybody: an erasure takes the person, not the record.
create table portico.access_entry (
  environment_id portico.id not null references portico.environment (id),
  id portico.id not null,
  partner_id portico.id not null,
  integration_id portico.id not null,
  subject_reference text collate "C" not null check (subject_reference ~ '^[0-9a-f]{64}$'),
  grant_id portico.id not null,
  -- The grant's as it stood when it was read under.
  grant_version integer not null,
  purpose text collate "C" not null,
  -- Head's coordinates of the fields whose values went out, and of the filters that told one.
  fields text[] not null check (cardinality(fields) > 0),
  -- Objects that went out of this person, themselves among them.
  record_count integer not null check (record_count > 0),
  decision text not null check (decision in ('RELEASED')),
  request_id text collate "C" not null,
  -- Environment time, of what business was done by.
  at timestamptz not null,
  -- Wall time.
  recorded_at timestamptz not null,
  primary key (environment_id, id)
);
create index access_entry_of_person on portico.access_entry (environment_id, subject_reference, recorded_at);
call portico.protect_tenant_table('portico.access_entry', 'partner_id');
call portico.make_append_only('portico.access_entry');
call portico.keep_at_the_door('portico.access_entry');
grant select, insert on portico.access_entry to portico_service;
