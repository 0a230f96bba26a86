-- The removal gate on the calendar. A version that lacks an element comes out on its date or when the gate
-- lets the element go, whichever is later; a version retires once the gate lets it go.
alter table portico.removal_verdict
  alter column notice_id drop not null,
  -- RELEASE: of the first version without a notice's element. RETIREMENT: of a version.
  add column gate text not null default 'RELEASE' check (gate in ('RELEASE', 'RETIREMENT')),
  add check ((gate = 'RELEASE') = (notice_id is not null));
alter table portico.removal_verdict alter column gate drop default;
create index removal_verdict_of_version on portico.removal_verdict (version, gate, decided_at, id);

-- Who of the staff would let go of what a verdict refused. Two persons make a verdict that overrides it.
create table portico.removal_override (
  verdict_id portico.id not null references portico.removal_verdict (id),
  staff_id portico.id not null references portico.staff (id),
  held_by text not null default '*' check (held_by = '*'),
  -- For partners to read.
  public_reason text not null check (length(btrim(public_reason)) > 0),
  -- Wall time.
  decided_at timestamptz not null,
  -- A person counts once.
  primary key (verdict_id, staff_id)
);
call portico.protect_marketplace_table('portico.removal_override');
grant select, insert on portico.removal_override to portico_service;
call portico.make_append_only('portico.removal_override');

-- What a partner's operations look like without the element: documents that are valid in the first version
-- without it.
alter table portico.deprecation_response
  add column rewritten text[] not null default '{}',
  add check (kind = 'ACKNOWLEDGED' or rewritten = '{}');

alter table portico.notification drop constraint notification_kind_check;
alter table portico.notification add constraint notification_kind_check check (kind in ('DEPRECATION_ANNOUNCED', 'DEPRECATION_REMINDER', 'DEPRECATION_WITHDRAWN',
  'BROWNOUT_SCHEDULED', 'BROWNOUT_ABORTED', 'RETIREMENT_REMINDER', 'REMOVAL_OVERRIDDEN'));

-- When a version is due to come out (src/versions/calendar.ts says the same).
create function portico.version_due_at(version text) returns timestamptz
language sql immutable parallel safe
return (make_date(left(version, 4)::integer, right(version, 2)::integer, 1) + interval '17 hours') at time zone 'UTC';

-- From when on a version may be out, whatever it lacks: minus infinity where the gate holds nothing of it,
-- null while it holds something (src/deprecations/registry.rules.ts says the same).
create function portico.version_releasable_from(version text) returns timestamptz
language sql stable parallel safe set search_path = ''
begin atomic
  select case when bool_or(g.let_go_at is null) then null else coalesce(max(g.let_go_at), '-infinity') end
  from (
    select (select min(v.decided_at) from portico.removal_verdict v where v.notice_id = n.id and v.verdict <> 'REFUSED') as let_go_at
    from portico.deprecation_notice n
    where n.review = 'APPROVED' and n.emergency_sunset_on is null and n.removed_in <= $1 and n.approved_at < portico.version_due_at(n.removed_in)
  ) g;
end;

-- When the version before came out, or is due to.
create function portico.version_before(version text) returns text
language sql immutable parallel safe
return to_char(make_date(left(version, 4)::integer, right(version, 2)::integer, 1) - interval '3 months', 'YYYY-MM');

-- The instant so many months later, by the calendar of UTC.
create function portico.months_after(instant timestamptz, months integer) returns timestamptz
language sql immutable parallel safe
return ((instant at time zone 'UTC') + make_interval(months => months)) at time zone 'UTC';

create or replace function portico.notice_sunset_at(removed_in text, emergency_sunset_on date) returns timestamptz
language sql stable parallel safe set search_path = ''
begin atomic
  select coalesce(
    $2::timestamp at time zone 'UTC',
    greatest(
      portico.months_after(greatest(portico.version_due_at($1), portico.version_releasable_from($1)), 9),
      portico.months_after(greatest(portico.version_due_at(portico.version_before($1)), portico.version_releasable_from(portico.version_before($1))), 12)));
end;

create or replace function portico.notice_stage(notice_id text, at timestamptz, assumes_pass boolean) returns text
language sql stable parallel safe set search_path = ''
begin atomic
  select case
      when n.review = 'WITHDRAWN' then 'WITHDRAWN'
      when $2 >= portico.notice_sunset_at(n.removed_in, n.emergency_sunset_on) and (n.emergency_sunset_on is not null
        or ((portico.version_releasable_from(n.removed_in) <= $2 or ($3 and portico.version_releasable_from(n.removed_in) is null))
          and ($3 or exists (
            select from portico.removal_verdict v
            where v.version = portico.version_before(n.removed_in) and v.gate = 'RETIREMENT' and v.verdict <> 'REFUSED' and v.decided_at <= $2)))) then 'SUNSET'
      when exists (
        select from portico.brownout_window w left join portico.brownout_abort a on a.window_id = w.id
        where w.notice_id = n.id and w.starts_at <= $2 and $2 < least(w.ends_at, a.aborted_at)) then 'BROWNOUT'
      when $2 >= n.deprecated_on::timestamp at time zone 'UTC' then 'DEPRECATED'
      when $2 >= n.announced_on::timestamp at time zone 'UTC' then 'ANNOUNCED'
      else 'PLANNED'
    end
  from portico.deprecation_notice n where n.id = $1;
end;
