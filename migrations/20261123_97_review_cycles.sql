-- Quarterly reviews of what milestones ask. Instants are environment time.
create table portico.review_cycle (
  environment_id portico.id not null references portico.environment (id),
  id portico.id not null,
  -- The quarter that is looked at, once.
  period text collate "C" not null check (period ~ '^[0-9]{4}-Q[1-4]$'),
  opened_by text collate "C" not null,
  opened_at timestamptz not null,
  -- What the quarter came to, a line for each metric and integration, and its SHA-256: frozen once, for good.
  frozen_at timestamptz,
  inputs text,
  inputs_hash text check (inputs_hash = encode(sha256(convert_to(inputs, 'UTF8')), 'hex')),
  published_at timestamptz,
  primary key (environment_id, id),
  unique (environment_id, period),
  check ((frozen_at is null) = (inputs is null) and (inputs is null) = (inputs_hash is null)),
  check (published_at is null or frozen_at is not null)
);
call portico.protect_tenant_table('portico.review_cycle');
grant select, insert on portico.review_cycle to portico_service;
grant update (frozen_at, inputs, inputs_hash, published_at) on portico.review_cycle to portico_service;

create function portico.keep_review_frozen() returns trigger language plpgsql set search_path = '' as $$
begin
  if old.frozen_at is not null and (new.frozen_at, new.inputs, new.inputs_hash) is distinct from (old.frozen_at, old.inputs, old.inputs_hash) or old.published_at is not null then
    raise exception 'review % is frozen: what it decides by never changes', old.id using errcode = 'restrict_violation';
  end if;
  return new;
end $$;
create trigger keep_frozen before update on portico.review_cycle for each row execute function portico.keep_review_frozen();
alter table portico.review_cycle enable always trigger keep_frozen;

-- A change of what a milestone asks, with what speaks for it.
create table portico.target_change (
  environment_id portico.id not null,
  id portico.id not null,
  cycle_id portico.id not null,
  milestone_id portico.id not null,
  rule jsonb not null check (jsonb_typeof(rule) = 'object'),
  effective_on date not null,
  why text not null check (length(btrim(why)) > 0),
  evidence text[] not null check (cardinality(evidence) between 1 and 10),
  attainability_reason text,
  proposed_by text collate "C" not null,
  proposed_at timestamptz not null,
  primary key (environment_id, id),
  foreign key (environment_id, cycle_id) references portico.review_cycle (environment_id, id),
  foreign key (environment_id, milestone_id) references portico.milestone (environment_id, id)
);
create index target_change_of_cycle on portico.target_change (environment_id, cycle_id, proposed_at, id);
call portico.protect_tenant_table('portico.target_change');
call portico.make_append_only('portico.target_change');
create trigger append_only_statement before update or delete on portico.target_change for each statement execute function portico.refuse_change();
grant select, insert on portico.target_change to portico_service;

-- Each person decides once, and never about a proposal of its own.
create table portico.target_change_decision (
  environment_id portico.id not null,
  change_id portico.id not null,
  decided_by text collate "C" not null,
  verdict text not null check (verdict in ('APPROVED', 'REJECTED')),
  reason text not null,
  decided_at timestamptz not null,
  primary key (environment_id, change_id, decided_by),
  foreign key (environment_id, change_id) references portico.target_change (environment_id, id)
);
call portico.protect_tenant_table('portico.target_change_decision');
call portico.make_append_only('portico.target_change_decision');
create trigger append_only_statement before update or delete on portico.target_change_decision for each statement execute function portico.refuse_change();
grant select, insert on portico.target_change_decision to portico_service;
