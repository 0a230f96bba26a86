-- What partners say is wrong, and what was decided about it. Instants are environment time.
create table portico.dispute (
  environment_id portico.id not null,
  id portico.id not null,
  partner_id portico.id not null,
  -- What it is about: an award, or how an integration stands.
  award_id portico.id,
  progress_id portico.id,
  reason text not null check (length(btrim(reason)) > 0),
  opened_at timestamptz not null,
  -- When it ends by itself, and everything stands as before.
  decide_by timestamptz not null check (decide_by > opened_at),
  -- Where the result stood before; null for an award.
  state_before text check (state_before in ('OPEN', 'IN_PROGRESS', 'PROVISIONAL', 'CONFIRMED')),
  -- What was payable of the award, and is held until it is decided.
  held_minor bigint not null default 0 check (held_minor >= 0),
  currency text check (currency ~ '^[A-Z]{3}$'),
  decided_at timestamptz,
  verdict text check (verdict in ('UPHELD', 'REJECTED', 'LAPSED')),
  verdict_reason text,
  -- What the partner is given on top.
  correction_minor bigint not null default 0 check (correction_minor >= 0),
  primary key (environment_id, id),
  check ((award_id is null) <> (progress_id is null) and (progress_id is null) = (state_before is null)),
  check ((decided_at is null) = (verdict is null) and (verdict is null) = (verdict_reason is null)),
  foreign key (environment_id, partner_id) references portico.partner (environment_id, id),
  foreign key (environment_id, award_id) references portico.award (environment_id, id),
  foreign key (environment_id, partner_id, progress_id) references portico.milestone_progress (environment_id, partner_id, id)
);
create index dispute_newest on portico.dispute (environment_id, partner_id, opened_at desc, id);
-- One at a time about the same thing.
create unique index dispute_open_about_award on portico.dispute (environment_id, award_id) where verdict is null and award_id is not null;
create unique index dispute_open_about_progress on portico.dispute (environment_id, progress_id) where verdict is null and progress_id is not null;
create index dispute_of_progress on portico.dispute (environment_id, progress_id, id);
create index dispute_of_award on portico.dispute (environment_id, award_id, id);
call portico.protect_tenant_table('portico.dispute', 'partner_id');
grant select, insert on portico.dispute to portico_service;
grant update (decided_at, verdict, verdict_reason, correction_minor) on portico.dispute to portico_service;

-- Each person of the staff says once what is right; where two are needed, they say the same.
create table portico.dispute_decision (
  environment_id portico.id not null,
  dispute_id portico.id not null,
  decided_by text collate "C" not null,
  partner_id portico.id not null,
  is_upheld boolean not null,
  correction_minor bigint not null check (correction_minor >= 0),
  reason text not null,
  decided_at timestamptz not null,
  primary key (environment_id, dispute_id, decided_by),
  foreign key (environment_id, dispute_id) references portico.dispute (environment_id, id)
);
call portico.protect_tenant_table('portico.dispute_decision', 'partner_id');
call portico.make_append_only('portico.dispute_decision');
create trigger append_only_statement before update or delete on portico.dispute_decision for each statement execute function portico.refuse_change();
grant select, insert on portico.dispute_decision to portico_service;

-- CORRECTION is what a partner is given on top, once a dispute is decided in its favour.
alter table portico.ledger_transaction
  drop constraint ledger_transaction_kind_check,
  add constraint ledger_transaction_kind_check
    check (kind in ('FUNDING', 'ACCRUAL', 'POSTING', 'VOIDING', 'PAYOUT', 'SETTLEMENT', 'RETURN', 'CLAWBACK', 'NETTING', 'REVERSAL', 'HOLD', 'RELEASE', 'CORRECTION'));
