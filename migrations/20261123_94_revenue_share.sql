-- Shares of the revenue that integrations bring. Instants are environment time.

-- What of it a partner is given, from the first day of a quarter on until the next version's. Those of one partner
-- stand in the place of the program's. Never changed and never back-dated: an order keeps the terms of the quarter in which it was first placed.
create table portico.revenue_share_terms (
  environment_id portico.id not null references portico.environment (id),
  id portico.id not null,
  -- Null for the program's, which are everybody's.
  partner_id portico.id,
  currency text not null check (currency ~ '^[A-Z]{3}$'),
  version integer not null check (version >= 1),
  -- Hundredths of a percent.
  rate_bps integer not null check (rate_bps between 0 and 10000),
  -- Revenue of a quarter from which on there is a share of all of it.
  threshold_minor bigint not null check (threshold_minor >= 0),
  -- Most that is given for a quarter; null where there is no such limit.
  cap_minor bigint check (cap_minor > 0),
  effective_on date not null check (effective_on = date_trunc('quarter', effective_on::timestamp)::date),
  announced_at timestamptz not null,
  why text not null check (length(btrim(why)) > 0),
  primary key (environment_id, id),
  unique nulls not distinct (environment_id, partner_id, currency, version),
  unique nulls not distinct (environment_id, partner_id, currency, effective_on),
  foreign key (environment_id, partner_id) references portico.partner (environment_id, id)
);
call portico.protect_tenant_table('portico.revenue_share_terms', 'partner_id');
create policy of_the_program on portico.revenue_share_terms for select
  using ((environment_id = (select current_setting('portico.environment_id', true)) and partner_id is null) is true);
call portico.make_append_only('portico.revenue_share_terms');
create trigger append_only_statement before update or delete on portico.revenue_share_terms for each statement execute function portico.refuse_change();
grant select, insert on portico.revenue_share_terms to portico_service;

-- A partner's share of a quarter as it came to at a settlement: the first, and what refunds took back of it later.
create table portico.revenue_share (
  environment_id portico.id not null,
  id portico.id not null,
  partner_id portico.id not null,
  terms_id portico.id not null,
  -- The quarter in which the orders were first placed.
  period text collate "C" not null check (period ~ '^[0-9]{4}-Q[1-4]$'),
  currency text not null check (currency ~ '^[A-Z]{3}$'),
  number integer not null check (number >= 1),
  -- Of the quarter's orders, less what had been refunded by then.
  revenue_minor bigint not null check (revenue_minor >= 0),
  refunded_minor bigint not null check (refunded_minor >= 0),
  -- What it came to by then, and how much that was more or, negative, less than before.
  share_minor bigint not null check (share_minor >= 0),
  amount_minor bigint not null,
  -- The share that a negative amount takes back from.
  reverses_id portico.id,
  settled_at timestamptz not null,
  primary key (environment_id, id),
  unique (environment_id, partner_id, period, currency, number),
  check ((amount_minor < 0) = (reverses_id is not null)),
  foreign key (environment_id, partner_id) references portico.partner (environment_id, id),
  foreign key (environment_id, terms_id) references portico.revenue_share_terms (environment_id, id),
  foreign key (environment_id, reverses_id) references portico.revenue_share (environment_id, id)
);
create index revenue_share_newest on portico.revenue_share (environment_id, partner_id, settled_at desc, id);
call portico.protect_tenant_table('portico.revenue_share', 'partner_id');
call portico.make_append_only('portico.revenue_share');
create trigger append_only_statement before update or delete on portico.revenue_share for each statement execute function portico.refuse_change();
grant select, insert on portico.revenue_share to portico_service;

-- What finance decided about a share. Each person decides once.
create table portico.revenue_share_decision (
  environment_id portico.id not null,
  share_id portico.id not null,
  -- Of the staff, or `SANDBOX` where nobody of it is asked.
  decided_by text collate "C" not null,
  partner_id portico.id not null,
  verdict text not null check (verdict in ('APPROVED', 'VOIDED')),
  reason text not null,
  decided_at timestamptz not null,
  primary key (environment_id, share_id, decided_by),
  foreign key (environment_id, share_id) references portico.revenue_share (environment_id, id)
);
call portico.protect_tenant_table('portico.revenue_share_decision', 'partner_id');
call portico.make_append_only('portico.revenue_share_decision');
create trigger append_only_statement before update or delete on portico.revenue_share_decision for each statement execute function portico.refuse_change();
grant select, insert on portico.revenue_share_decision to portico_service;

-- REVERSAL takes back what a refund took from a share. HOLD sets aside what is in question, pending again, and RELEASE ends that.
alter table portico.ledger_transaction
  drop constraint ledger_transaction_kind_check, drop constraint ledger_transaction_check, drop constraint ledger_transaction_check1,
  add constraint ledger_transaction_kind_check
    check (kind in ('FUNDING', 'ACCRUAL', 'POSTING', 'VOIDING', 'PAYOUT', 'SETTLEMENT', 'RETURN', 'CLAWBACK', 'NETTING', 'REVERSAL', 'HOLD', 'RELEASE')),
  add constraint ledger_transaction_resolves check ((kind in ('POSTING', 'VOIDING', 'SETTLEMENT', 'RETURN', 'RELEASE')) = (resolves_id is not null)),
  add constraint ledger_transaction_reverses check ((kind in ('CLAWBACK', 'REVERSAL')) = (reverses_id is not null));

-- What every environment can report from its first day beside what measurement brings.
create function portico.settle_refunds(environment_id text) returns void
language sql set search_path = '' as $$
  insert into portico.event_type (environment_id, id, name, version, description, data_schema, published_at)
  select e.id, portico.seeded_id('ety', e.id_namespace, 0, 8), 'order.refunded', 1, 'A shopper was given money back for an order, all of it or a part.',
    '{"$schema": "https://json-schema.org/draft/2020-12/schema", "type": "object", "properties": {"order": {"type": "string", "minLength": 1, "maxLength": 100},
      "amount": {"type": "object", "properties": {"minorUnits": {"type": "integer", "minimum": 1, "maximum": 9007199254740991}, "currency": {"type": "string", "pattern": "^[A-Z]{3}$"}},
        "required": ["minorUnits", "currency"], "additionalProperties": false}}, "required": ["order", "amount"], "additionalProperties": false}', e.born_at
  from portico.environment e where e.id = settle_refunds.environment_id
  on conflict do nothing
$$;
