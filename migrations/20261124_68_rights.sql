-- What a person asks of the marketplace about their own data, and what becomes of it after an erasure.

-- Under which key an environment remembers whom it erased, so that nobody comes back under the same
-- reference, and nobody can read from it who that was.
create table portico.erasure_key (
  environment_id portico.id primary key references portico.environment (id),
  key bytea not null check (length(key) = 32)
);
call portico.protect_tenant_table('portico.erasure_key');
grant select, insert on portico.erasure_key to portico_service;

-- What stands in the place of an erased person's reference.
create function portico.erased_reference(key bytea, reference text) returns text
language sql immutable strict parallel safe
return 'erased:' || encode(portico.hmac_sha256(key, convert_to(reference, 'UTF8')), 'hex');

-- The salt of an erased person is gone.
alter table portico.pairwise_subject alter column salt drop not null;
grant update (salt) on portico.pairwise_subject to portico_service;

-- Whose entries of the log are: for the person's own view, and for a breach.
create index subject_key_by_reference on portico.subject_key (environment_id, partner_id, portico.subject_reference(key));

create table portico.rights_request (
  environment_id portico.id not null,
  id portico.id not null,
  -- The marketplace alone reads it.
  held_by text not null default '*' check (held_by = '*'),
  -- Stays as a pseudonym once the person is erased.
  customer_id portico.id not null,
  kind text not null check (kind in ('EXPORT', 'ERASURE', 'OBJECTION', 'CORRECTION')),
  -- What is objected to.
  grant_id portico.id,
  -- What is to be corrected.
  category text collate "C" references portico.data_category (code),
  -- The person's own; an erasure takes them away.
  words text check (length(btrim(words)) between 1 and 1000),
  -- Environment time, all three.
  asked_at timestamptz not null,
  -- Overdue from this instant on.
  due_at timestamptz not null check (due_at >= asked_at),
  settled_at timestamptz check (settled_at >= asked_at),
  outcome text check (outcome in ('GRANTED', 'REFUSED')),
  -- What the person is told, in the words of whoever settled it; null where Portico did so itself.
  answer text check (length(btrim(answer)) between 1 and 1000),
  settled_by portico.id,
  primary key (environment_id, id),
  foreign key (environment_id, customer_id) references portico.customer (environment_id, id),
  foreign key (environment_id, grant_id) references portico.consent_grant (environment_id, id),
  check (num_nulls(settled_at, outcome) in (0, 2)),
  check ((kind = 'OBJECTION') = (grant_id is not null)),
  check ((kind = 'CORRECTION') = (category is not null))
);
create index rights_request_open on portico.rights_request (environment_id, due_at, id) where settled_at is null;
create index rights_request_of_person on portico.rights_request (environment_id, customer_id, asked_at desc, id);
call portico.protect_tenant_table('portico.rights_request', 'held_by');
grant select, insert, update on portico.rights_request to portico_service;
