-- The deprecation registry: what is on its way out of the partner API, by schema coordinate. It follows
-- API versions, so it belongs to no environment; each environment's clock says where a notice stands.
-- Dates are environment time and begin at midnight UTC. What a review has decided is stored; what time
-- decides is not.
create table portico.deprecation_notice (
  id portico.id primary key,
  held_by text not null default '*' check (held_by = '*'),
  -- CHANGE: made from the list of version changes, and reviewed with it.
  origin text not null check (origin in ('STAFF', 'IMPORT', 'CHANGE')),
  -- Null where nobody of the staff wrote it.
  author_id portico.id references portico.staff (id),
  -- The element as the versions before removed_in have it: Type.field, Type.field(arg:), Enum.VALUE, ...
  coordinate text collate "C" not null check (length(coordinate) between 1 and 300),
  description text not null check (length(btrim(description)) > 0),
  reason text not null check (length(btrim(reason)) > 0),
  -- A coordinate, or the written statement that there is none.
  replacement text collate "C",
  no_replacement text,
  -- Markdown.
  migration_guide text not null,
  criticality text not null check (criticality in ('BREAKING', 'DANGEROUS')),
  owner_team text not null check (length(btrim(owner_team)) > 0),
  announced_on date not null,
  deprecated_on date not null,
  -- The first version without the element, or in which it changes; null only where an emergency ends it.
  removed_in text collate "C" check (removed_in ~ '^[0-9]{4}-(01|04|07|10)$'),
  -- The emergency path: it acts in every version.
  emergency_sunset_on date,
  emergency_approver_id portico.id references portico.staff (id),
  emergency_reason text,
  review text not null check (review in ('DRAFT', 'IN_REVIEW', 'APPROVED', 'REJECTED', 'WITHDRAWN')),
  -- Counts submissions; an approval counts for the round it was given in.
  round integer not null default 0 check (round >= 0),
  -- Wall time, all four.
  created_at timestamptz not null,
  updated_at timestamptz not null,
  approved_at timestamptz,
  withdrawn_at timestamptz,
  -- Whoever may read it: partners read what was once approved.
  audience text not null generated always as (case when approved_at is null then 'STAFF' else 'PUBLIC' end) stored,
  check (num_nonnulls(replacement, no_replacement) = 1),
  check (num_nonnulls(emergency_sunset_on, emergency_approver_id, emergency_reason) in (0, 3)),
  check (num_nonnulls(removed_in, emergency_sunset_on) >= 1),
  check ((review in ('APPROVED', 'WITHDRAWN')) = (approved_at is not null)),
  check ((review = 'WITHDRAWN') = (withdrawn_at is not null)),
  check (announced_on <= deprecated_on)
);
-- An element leaves a version once.
create unique index deprecation_notice_one on portico.deprecation_notice (coordinate, coalesce(removed_in, '')) where review not in ('REJECTED', 'WITHDRAWN');
create index deprecation_notice_queue on portico.deprecation_notice (review, updated_at, id);
create index deprecation_notice_public on portico.deprecation_notice (audience, deprecated_on, id);
call portico.protect_marketplace_table('portico.deprecation_notice');
create policy published on portico.deprecation_notice for select using (audience = 'PUBLIC');
grant select, insert, update on portico.deprecation_notice to portico_service;

-- What each approver said, once a round.
create table portico.deprecation_approval (
  notice_id portico.id not null references portico.deprecation_notice (id),
  round integer not null,
  staff_id portico.id not null references portico.staff (id),
  held_by text not null default '*' check (held_by = '*'),
  verdict text not null check (verdict in ('APPROVED', 'REJECTED')),
  reason text not null,
  -- Wall time.
  decided_at timestamptz not null,
  -- A person counts once, whatever credentials that person has.
  primary key (notice_id, round, staff_id)
);
call portico.protect_marketplace_table('portico.deprecation_approval');
grant select, insert on portico.deprecation_approval to portico_service;
call portico.make_append_only('portico.deprecation_approval');

create table portico.deprecation_comment (
  id portico.id primary key,
  notice_id portico.id not null references portico.deprecation_notice (id),
  held_by text not null default '*' check (held_by = '*'),
  staff_id portico.id not null references portico.staff (id),
  text text not null,
  -- Wall time.
  written_at timestamptz not null
);
create index deprecation_comment_of_notice on portico.deprecation_comment (notice_id, written_at, id);
call portico.protect_marketplace_table('portico.deprecation_comment');
grant select, insert on portico.deprecation_comment to portico_service;
call portico.make_append_only('portico.deprecation_comment');

-- A while in which a deprecated element is switched off. Only approved notices have one.
create table portico.brownout_window (
  id portico.id primary key,
  notice_id portico.id not null references portico.deprecation_notice (id),
  audience text not null default 'PUBLIC' check (audience = 'PUBLIC'),
  -- Environment time, half-open.
  starts_at timestamptz not null,
  ends_at timestamptz not null check (ends_at > starts_at),
  staff_id portico.id not null references portico.staff (id),
  -- Wall time.
  scheduled_at timestamptz not null
);
create index brownout_window_of_notice on portico.brownout_window (notice_id, starts_at, id);
grant select, insert on portico.brownout_window to portico_service;
call portico.make_append_only('portico.brownout_window');

-- The end of a window before its time, or its calling off.
create table portico.brownout_abort (
  window_id portico.id primary key references portico.brownout_window (id),
  -- Null where too many errors aborted it.
  staff_id portico.id references portico.staff (id),
  reason text not null check (length(btrim(reason)) > 0),
  -- Environment time of live, which is the wall's.
  aborted_at timestamptz not null
);
grant select, insert on portico.brownout_abort to portico_service;
call portico.make_append_only('portico.brownout_abort');

-- What the removal gate found before a version that lacks the element was released, or before the
-- last version that holds it retired.
create table portico.removal_verdict (
  id portico.id primary key,
  held_by text not null default '*' check (held_by = '*'),
  notice_id portico.id not null references portico.deprecation_notice (id),
  -- The version that was to be released or to retire.
  version text collate "C" not null,
  verdict text not null check (verdict in ('PASSED', 'REFUSED', 'OVERRIDDEN')),
  -- Who still uses it, how much, when last, who was told and who answered.
  evidence jsonb not null,
  -- Why it was overridden, for partners, and by whom.
  override_reason text,
  overridden_by text[] not null default '{}',
  decided_at timestamptz not null,
  check ((verdict = 'OVERRIDDEN') = (override_reason is not null)),
  check (verdict <> 'OVERRIDDEN' or cardinality(overridden_by) >= 2)
);
create index removal_verdict_of_notice on portico.removal_verdict (notice_id, decided_at, id);
grant select, insert on portico.removal_verdict to portico_service;
call portico.make_append_only('portico.removal_verdict');

-- Counts every change that can alter what the API does; gateways follow it by asking, and sooner where
-- they are told.
create table portico.registry_revision (
  only_row boolean primary key default true check (only_row),
  revision bigint not null
);
insert into portico.registry_revision (revision) values (1);
grant select on portico.registry_revision to portico_service;

create function portico.count_registry_revision() returns trigger
language plpgsql security definer set search_path = '' as $$
begin
  update portico.registry_revision set revision = revision + 1;
  notify portico_registry;
  return null;
end $$;
create trigger count_revision after insert or update on portico.deprecation_notice for each statement execute function portico.count_registry_revision();
create trigger count_revision after insert on portico.brownout_window for each statement execute function portico.count_registry_revision();
create trigger count_revision after insert on portico.brownout_abort for each statement execute function portico.count_registry_revision();
create trigger count_revision after insert on portico.removal_verdict for each statement execute function portico.count_registry_revision();

-- When the last version that holds the element retires: nine months after the release of the first one
-- that lacks it, at 17:00 UTC (src/versions/calendar.ts says the same). An emergency says its own day.
create function portico.notice_sunset_at(removed_in text, emergency_sunset_on date) returns timestamptz
language sql immutable parallel safe
return coalesce(
  emergency_sunset_on::timestamp at time zone 'UTC',
  (make_date(left(removed_in, 4)::integer, right(removed_in, 2)::integer, 1) + interval '9 months 17 hours') at time zone 'UTC');

-- Where a notice stands at an instant (src/deprecations/notice-state.rules.ts says the same). Without a
-- verdict that lets it go the element stays, unless one is assumed, as in a sandbox ahead in time.
create function portico.notice_stage(notice_id text, at timestamptz, assumes_pass boolean) returns text
language sql stable parallel safe set search_path = ''
begin atomic
  select case
      when n.review = 'WITHDRAWN' then 'WITHDRAWN'
      when $2 >= portico.notice_sunset_at(n.removed_in, n.emergency_sunset_on) and ($3 or n.emergency_sunset_on is not null or exists (
        select from portico.removal_verdict v where v.notice_id = n.id and v.verdict in ('PASSED', 'OVERRIDDEN') and v.decided_at <= $2)) then 'SUNSET'
      when exists (
        select from portico.brownout_window w left join portico.brownout_abort a on a.window_id = w.id
        where w.notice_id = n.id and w.starts_at <= $2 and $2 < least(w.ends_at, a.aborted_at)) then 'BROWNOUT'
      when $2 >= n.deprecated_on::timestamp at time zone 'UTC' then 'DEPRECATED'
      when $2 >= n.announced_on::timestamp at time zone 'UTC' then 'ANNOUNCED'
      else 'PLANNED'
    end
  from portico.deprecation_notice n where n.id = $1;
end;
