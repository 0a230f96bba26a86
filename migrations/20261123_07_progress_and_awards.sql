-- How far each integration stands, and what was given for it. Instants are environment time.
create table portico.milestone_progress (
  environment_id portico.id not null,
  id portico.id not null,
  partner_id portico.id not null,
  integration_id portico.id not null,
  milestone_id portico.id not null,
  -- `2026-Q4` for a quarterly milestone, `ONCE` for one reached once.
  period text collate "C" not null check (period ~ '^([0-9]{4}-Q[1-4]|ONCE)$'),
  state text not null check (state in ('LOCKED', 'OPEN', 'IN_PROGRESS', 'PROVISIONAL', 'CONFIRMED', 'REWARDED', 'DISPUTED', 'REVERSED')),
  -- Share of the way to the target, 0 to 100, of the criterion that is furthest from it.
  percent_complete integer not null check (percent_complete between 0 and 100),
  opened_at timestamptz,
  reached_at timestamptz,
  confirmed_at timestamptz,
  updated_at timestamptz not null,
  primary key (environment_id, id),
  unique (environment_id, partner_id, id),
  unique (environment_id, partner_id, integration_id, milestone_id, period),
  foreign key (environment_id, partner_id, integration_id) references portico.integration (environment_id, partner_id, id),
  foreign key (environment_id, milestone_id) references portico.milestone (environment_id, id)
);
create index milestone_progress_of_integration on portico.milestone_progress (environment_id, partner_id, integration_id, period desc, id);
create index milestone_progress_of_partner on portico.milestone_progress (environment_id, partner_id, period desc, id);
create index milestone_progress_of_milestone on portico.milestone_progress (environment_id, partner_id, milestone_id, period desc, id);
call portico.protect_tenant_table('portico.milestone_progress', 'partner_id');
grant select, insert, update on portico.milestone_progress to portico_service;

create table portico.criterion_progress (
  environment_id portico.id not null,
  partner_id portico.id not null,
  progress_id portico.id not null,
  criterion_id portico.id not null,
  value numeric,
  satisfied boolean not null,
  as_of timestamptz not null,
  primary key (environment_id, progress_id, criterion_id),
  foreign key (environment_id, partner_id, progress_id) references portico.milestone_progress (environment_id, partner_id, id),
  foreign key (environment_id, criterion_id) references portico.criterion (environment_id, id)
);
call portico.protect_tenant_table('portico.criterion_progress', 'partner_id');
grant select, insert, update on portico.criterion_progress to portico_service;

create table portico.award (
  environment_id portico.id not null,
  id portico.id not null,
  partner_id portico.id not null,
  integration_id portico.id not null,
  milestone_id portico.id not null,
  reward_id portico.id not null,
  period text collate "C" not null,
  awarded_at timestamptz not null,
  primary key (environment_id, id),
  -- The key that makes a reward be given once, whoever reaches this line at once.
  unique (environment_id, partner_id, milestone_id, period),
  foreign key (environment_id, partner_id, integration_id) references portico.integration (environment_id, partner_id, id),
  foreign key (environment_id, milestone_id) references portico.milestone (environment_id, id),
  foreign key (environment_id, reward_id) references portico.reward (environment_id, id)
);
create index award_newest on portico.award (environment_id, partner_id, awarded_at desc, id);
call portico.protect_tenant_table('portico.award', 'partner_id');
grant select, insert on portico.award to portico_service;
call portico.make_append_only('portico.award');
