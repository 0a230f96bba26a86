-- The key under which the access log names a person, one for each partner that knows them. It stands in
-- a table of its own, so that backups can leave it out and an erasure can destroy it: what the log says
-- stays as it was, and of whom can be told no more.

-- HMAC-SHA-256 (RFC 2104) under a key of 32 bytes: the key is shorter than a block, so it is padded with
-- zeros, of which the exclusive or leaves the pad itself.
create function portico.hmac_sha256(key bytea, message bytea) returns bytea
language sql immutable strict parallel safe
return sha256(
  substring(varbit_send((('x' || encode(key, 'hex'))::bit(256) # ('x' || repeat('5c', 32))::bit(256))::varbit) from 5) || decode(repeat('5c', 32), 'hex')
  || sha256(substring(varbit_send((('x' || encode(key, 'hex'))::bit(256) # ('x' || repeat('36', 32))::bit(256))::varbit) from 5) || decode(repeat('36', 32), 'hex') || message));

create table portico.subject_key (
  environment_id portico.id not null,
  subject_id portico.id not null,
  partner_id portico.id not null,
  key bytea not null check (length(key) = 32),
  primary key (environment_id, subject_id),
  foreign key (environment_id, subject_id) references portico.pairwise_subject (environment_id, id)
);
call portico.protect_tenant_table('portico.subject_key', 'partner_id');
grant select, insert, delete on portico.subject_key to portico_service;

insert into portico.subject_key (environment_id, subject_id, partner_id, key)
select s.environment_id, s.id, s.partner_id, sha256(convert_to(gen_random_uuid()::text || gen_random_uuid()::text, 'UTF8')) from portico.pairwise_subject s;

-- By which name the log knows the person with this key.
create function portico.subject_reference(key bytea) returns text
language sql immutable strict parallel safe
return encode(portico.hmac_sha256(key, 'access'), 'hex');

-- Entries from before are named anew, once and before anything is proved of them.
alter table portico.access_entry disable trigger append_only;
update portico.access_entry e set subject_reference = portico.subject_reference(k.key)
from portico.pairwise_subject s join portico.subject_key k on k.environment_id = s.environment_id and k.subject_id = s.id
where e.environment_id = s.environment_id and e.partner_id = s.partner_id and e.subject_reference = encode(sha256(s.salt || 'access'::bytea), 'hex');
alter table portico.access_entry enable trigger append_only;
