-- Rules of milestones in versions, and progress that follows from the events by them. Dates and
-- instants are environment time unless a column says otherwise.

-- What a milestone asks, from a day on until its next version's day. Never changed and never
-- back-dated: the version in force on the day on which an event counts decides about it.
create table portico.milestone_version (
  environment_id portico.id not null,
  id portico.id not null,
  milestone_id portico.id not null,
  version integer not null check (version >= 1),
  rule jsonb not null check (jsonb_typeof(rule) = 'object'),
  -- SHA-256 of the rule's canonical text, hexadecimal.
  rule_hash text not null check (rule_hash ~ '^[0-9a-f]{64}$'),
  announced_at timestamptz not null,
  effective_on date not null,
  -- What changed and why, for partners.
  why text not null check (length(btrim(why)) > 0),
  -- Of the integrations with enough data in the last whole quarter, how many there were and how many met the rule.
  cohort integer not null check (cohort >= 0),
  cohort_meeting integer not null check (cohort_meeting between 0 and cohort),
  attainability_reason text,
  primary key (environment_id, id),
  unique (environment_id, milestone_id, version),
  unique (environment_id, milestone_id, effective_on),
  foreign key (environment_id, milestone_id) references portico.milestone (environment_id, id)
);
call portico.protect_tenant_table('portico.milestone_version');
call portico.make_append_only('portico.milestone_version');
create trigger append_only_statement before update or delete on portico.milestone_version for each statement execute function portico.refuse_change();
grant select, insert on portico.milestone_version to portico_service;

-- A criterion is a test of one version's rule, in the rule's order. Those that came without a rule
-- are of version 1.
alter table portico.criterion
  add column version integer not null default 1 check (version >= 1),
  add column metric_id portico.id,
  -- `cycle` for the whole period, else days such as `P90D`.
  add column measured_over text collate "C" check (measured_over ~ '^(cycle|P[1-9][0-9]{0,2}D)$'),
  add constraint criterion_metric foreign key (environment_id, metric_id) references portico.metric (environment_id, id),
  drop constraint criterion_environment_id_milestone_id_position_key,
  add constraint criterion_place unique (environment_id, milestone_id, version, position);

alter table portico.milestone_progress
  -- Of the rule that decides in the period; null where progress came without one.
  add column version integer,
  -- When a provisional result counts, unless something is found by then.
  add column confirms_at timestamptz,
  -- Whether it will count if nothing more happens.
  add column is_forecast boolean not null default false;

alter table portico.criterion_progress
  add column missing numeric,
  -- Observations that a value lacks to say something.
  add column missing_count integer check (missing_count >= 0),
  -- Evidence: how many events the value was made from, and between which instants they happened.
  add column events bigint check (events >= 0),
  add column first_occurred_at timestamptz,
  add column last_occurred_at timestamptz,
  add constraint criterion_progress_evidence check ((coalesce(events, 0) = 0) = (first_occurred_at is null) and (first_occurred_at is null) = (last_occurred_at is null));
grant delete on portico.criterion_progress to portico_service;

-- The batch is the watermark here too: one that is measured is judged next, once.
alter table portico.event_batch add column judged_at timestamptz;
comment on column portico.event_batch.judged_at is 'Wall time; null until progress follows from its events.';
grant update (judged_at) on portico.event_batch to portico_service;
create index event_batch_to_judge on portico.event_batch (environment_id, id) where measured_at is not null and judged_at is null;

-- The environments in which measured events wait to be judged, for the job that has no context yet.
create function portico.environments_to_judge() returns setof text
language sql stable security definer set search_path = '' as $$
  select distinct environment_id from portico.event_batch where measured_at is not null and judged_at is null
$$;
revoke all on function portico.environments_to_judge() from public;
grant execute on function portico.environments_to_judge() to portico_service;

-- The program is published once it rewards in all three ways, or somebody says why not.
alter table portico.program add column published_at timestamptz, add column imbalance_reason text;

-- A roadmap item about a milestone whose rule is written already.
alter table portico.roadmap_item
  add column milestone_id portico.id,
  add constraint roadmap_item_milestone foreign key (environment_id, milestone_id) references portico.milestone (environment_id, id);

-- Code of the capability that a reward gives, e.g. DOUBLE_BUDGET; null for rewards that give none.
alter table portico.reward add column feature text check (feature is null or (feature ~ '^[A-Z][A-Z0-9_]{1,59}$' and kind = 'CAPABILITY'));
