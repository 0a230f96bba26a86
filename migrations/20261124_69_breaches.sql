-- A breach at a partner: from the report on nothing flows to it, and a clock of 72 hours runs (GDPR,
-- article 33). State and deadline follow from these instants. All of them are environment time.
create table portico.breach (
  environment_id portico.id not null,
  id portico.id not null,
  -- The marketplace alone reads it.
  held_by text not null default '*' check (held_by = '*'),
  partner_id portico.id not null,
  summary text not null check (length(btrim(summary)) between 1 and 2000),
  -- From when on what the partner received may have been seen by others; null is from the first on.
  affected_since timestamptz,
  discovered_at timestamptz not null,
  reported_at timestamptz not null check (reported_at >= discovered_at),
  reported_by portico.id not null,
  closed_at timestamptz check (closed_at >= reported_at),
  closed_by portico.id,
  -- What became of the grants that it had suspended.
  grants text check (grants in ('RESUMED', 'REVOKED')),
  findings text check (length(btrim(findings)) between 1 and 2000),
  primary key (environment_id, id),
  foreign key (environment_id, partner_id) references portico.partner (environment_id, id),
  check (num_nulls(closed_at, closed_by, grants, findings) in (0, 4))
);
create unique index breach_open on portico.breach (environment_id, partner_id) where closed_at is null;
create index breach_newest on portico.breach (environment_id, reported_at desc, id);
call portico.protect_tenant_table('portico.breach', 'held_by');
grant select, insert, update on portico.breach to portico_service;

create table portico.breach_notification (
  environment_id portico.id not null,
  id portico.id not null,
  held_by text not null default '*' check (held_by = '*'),
  breach_id portico.id not null,
  audience text not null check (audience in ('AUTHORITY', 'PEOPLE', 'PARTNER')),
  -- How they were told, and where it is kept.
  how text not null check (length(btrim(how)) between 1 and 1000),
  notified_at timestamptz not null,
  recorded_by portico.id not null,
  primary key (environment_id, id),
  foreign key (environment_id, breach_id) references portico.breach (environment_id, id)
);
create index breach_notification_of_breach on portico.breach_notification (environment_id, breach_id, notified_at, id);
call portico.protect_tenant_table('portico.breach_notification', 'held_by');
call portico.make_append_only('portico.breach_notification');
grant select, insert on portico.breach_notification to portico_service;

-- Everybody of whom the partner received anything that the breach may concern, by the log alone; whom an
-- entry is about is told by the key, where there still is one.
create view portico.breach_person with (security_invoker = true) as
select p.environment_id, p.held_by, p.breach_id, p.subject_reference, p.disclosures, p.first_at, p.last_at, k.subject_id, c.reference as person
from (
  select b.environment_id, b.held_by, b.id as breach_id, b.partner_id, e.subject_reference, count(*) as disclosures, min(e.at) as first_at, max(e.at) as last_at
  from portico.breach b join portico.access_entry e on e.environment_id = b.environment_id and e.partner_id = b.partner_id and e.at >= coalesce(b.affected_since, '-infinity')
  group by b.environment_id, b.held_by, b.id, b.partner_id, e.subject_reference
) p
left join portico.subject_key k on k.environment_id = p.environment_id and k.partner_id = p.partner_id and portico.subject_reference(k.key) = p.subject_reference
left join portico.pairwise_subject s on s.environment_id = k.environment_id and s.id = k.subject_id
left join portico.customer c on c.environment_id = s.environment_id and c.id = s.customer_id;
grant select on portico.breach_person to portico_service;
