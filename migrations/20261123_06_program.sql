-- What a partner can reach and what it earns: the program, its tiers, its milestones, its roadmap.
-- All instants and dates of this file are environment time.
create table portico.program (
  environment_id portico.id not null references portico.environment (id),
  id portico.id not null,
  name text not null,
  description text not null,
  primary key (environment_id, id)
);
-- One program an environment, for now.
create unique index program_one on portico.program (environment_id);
call portico.protect_tenant_table('portico.program');
grant select, insert, update on portico.program to portico_service;

create table portico.tier (
  environment_id portico.id not null,
  id portico.id not null,
  program_id portico.id not null,
  -- What partner.tier names.
  code text not null,
  name text not null,
  description text not null,
  -- 1 is the first.
  rank integer not null check (rank >= 1),
  primary key (environment_id, id),
  unique (environment_id, code),
  unique (environment_id, program_id, rank),
  foreign key (environment_id, program_id) references portico.program (environment_id, id)
);
call portico.protect_tenant_table('portico.tier');
grant select, insert, update on portico.tier to portico_service;

create table portico.milestone (
  environment_id portico.id not null,
  id portico.id not null,
  program_id portico.id not null,
  position integer not null,
  title text not null,
  -- Plain language, for people who use the marketplace; a milestone without it cannot exist.
  user_outcome text not null check (length(btrim(user_outcome)) > 0),
  category text not null check (category in ('ONBOARDING', 'OUTCOME', 'RELIABILITY', 'DATA_QUALITY')),
  cadence text not null check (cadence in ('ONCE', 'QUARTERLY')),
  published_at timestamptz not null,
  retired_at timestamptz,
  primary key (environment_id, id),
  unique (environment_id, program_id, position),
  foreign key (environment_id, program_id) references portico.program (environment_id, id)
);
call portico.protect_tenant_table('portico.milestone');
grant select, insert, update on portico.milestone to portico_service;

create table portico.milestone_dependency (
  environment_id portico.id not null,
  milestone_id portico.id not null,
  depends_on_id portico.id not null check (depends_on_id <> milestone_id),
  primary key (environment_id, milestone_id, depends_on_id),
  foreign key (environment_id, milestone_id) references portico.milestone (environment_id, id),
  foreign key (environment_id, depends_on_id) references portico.milestone (environment_id, id)
);
create index milestone_dependency_unlocks on portico.milestone_dependency (environment_id, depends_on_id, milestone_id);
call portico.protect_tenant_table('portico.milestone_dependency');
grant select, insert, delete on portico.milestone_dependency to portico_service;

create table portico.criterion (
  environment_id portico.id not null,
  id portico.id not null,
  milestone_id portico.id not null,
  position integer not null,
  kind text not null check (kind in ('OUTCOME', 'GUARDRAIL', 'ACTIVITY')),
  metric text not null,
  description text not null,
  comparison text not null check (comparison in ('AT_LEAST', 'AT_MOST')),
  target numeric not null,
  unit text not null,
  window_days integer not null check (window_days > 0),
  primary key (environment_id, id),
  unique (environment_id, milestone_id, position),
  foreign key (environment_id, milestone_id) references portico.milestone (environment_id, id)
);
call portico.protect_tenant_table('portico.criterion');
grant select, insert, update on portico.criterion to portico_service;

create table portico.reward (
  environment_id portico.id not null,
  id portico.id not null,
  milestone_id portico.id not null,
  kind text not null check (kind in ('FINANCIAL', 'REPUTATIONAL', 'CAPABILITY')),
  title text not null,
  description text not null,
  amount_minor bigint check (amount_minor > 0),
  currency text check (currency ~ '^[A-Z]{3}$'),
  -- How long a badge or a capability lasts; null for money.
  lasts_days integer check (lasts_days > 0),
  primary key (environment_id, id),
  -- Exactly money for a financial reward, exactly none for the others.
  check ((kind = 'FINANCIAL') = (amount_minor is not null)),
  check ((amount_minor is null) = (currency is null)),
  foreign key (environment_id, milestone_id) references portico.milestone (environment_id, id)
);
create unique index reward_one on portico.reward (environment_id, milestone_id);
call portico.protect_tenant_table('portico.reward');
grant select, insert, update on portico.reward to portico_service;

create table portico.roadmap_item (
  environment_id portico.id not null,
  id portico.id not null,
  program_id portico.id not null,
  title text not null,
  user_outcome text not null check (length(btrim(user_outcome)) > 0),
  criteria_summary text not null,
  reward_kind text not null check (reward_kind in ('FINANCIAL', 'REPUTATIONAL', 'CAPABILITY')),
  -- Its state (planned, announced, open, closed) follows from these dates and the clock.
  announced_on date,
  opens_on date not null,
  closes_on date,
  primary key (environment_id, id),
  check (announced_on <= opens_on and opens_on < closes_on),
  foreign key (environment_id, program_id) references portico.program (environment_id, id)
);
create index roadmap_item_order on portico.roadmap_item (environment_id, program_id, opens_on, id);
call portico.protect_tenant_table('portico.roadmap_item');
grant select, insert, update on portico.roadmap_item to portico_service;
