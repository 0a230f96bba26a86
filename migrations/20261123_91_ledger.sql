-- Money, by double entry in integer minor units. A positive amount comes into an account, a negative
-- one leaves it; each transaction's postings sum to zero in every currency. Nothing is ever changed
-- or deleted, by nobody: what was wrong is reversed. Instants are environment time.

-- How a financial reward's amount stood when it was awarded.
alter table portico.award add column amount_minor bigint check (amount_minor > 0), add column currency text check (currency ~ '^[A-Z]{3}$'),
  -- Of the rule that was met; null where there was none.
  add column version integer,
  add constraint award_money check ((amount_minor is null) = (currency is null));

-- Money that leaves for a partner's bank.
create table portico.payout (
  environment_id portico.id not null,
  id portico.id not null,
  partner_id portico.id not null,
  file_id portico.id not null,
  amount_minor bigint not null check (amount_minor > 0),
  currency text not null check (currency ~ '^[A-Z]{3}$'),
  creditor text not null,
  iban text not null,
  sent_at timestamptz not null,
  primary key (environment_id, id),
  unique (environment_id, partner_id, id),
  foreign key (environment_id, partner_id) references portico.partner (environment_id, id)
);
create index payout_newest on portico.payout (environment_id, partner_id, sent_at desc, id);
create index payout_of_file on portico.payout (environment_id, file_id, id);
call portico.protect_tenant_table('portico.payout', 'partner_id');
call portico.make_append_only('portico.payout');
create trigger append_only_statement before update or delete on portico.payout for each statement execute function portico.refuse_change();
grant select, insert on portico.payout to portico_service;

-- SOURCE is where money comes from and the only account that may be below zero. BUDGET is a program's;
-- ACCRUED is what was awarded to a partner and is pending, PAYABLE what it will be paid, CLEARING what
-- is on its way by a payout, PAID what it has, RECEIVABLE what of that it must give back.
create table portico.ledger_account (
  environment_id portico.id not null references portico.environment (id),
  id portico.id not null,
  kind text collate "C" not null check (kind in ('SOURCE', 'BUDGET', 'ACCRUED', 'PAYABLE', 'CLEARING', 'PAID', 'RECEIVABLE')),
  currency text not null check (currency ~ '^[A-Z]{3}$'),
  program_id portico.id,
  partner_id portico.id,
  payout_id portico.id,
  primary key (environment_id, id),
  unique (environment_id, id, currency),
  unique nulls not distinct (environment_id, kind, currency, program_id, partner_id, payout_id),
  check ((kind = 'BUDGET') = (program_id is not null)),
  check ((kind in ('SOURCE', 'BUDGET')) = (partner_id is null)),
  check ((kind = 'CLEARING') = (payout_id is not null)),
  foreign key (environment_id, program_id) references portico.program (environment_id, id),
  foreign key (environment_id, partner_id) references portico.partner (environment_id, id),
  foreign key (environment_id, partner_id, payout_id) references portico.payout (environment_id, partner_id, id)
);
create index ledger_account_of_partner on portico.ledger_account (environment_id, partner_id, kind, currency, id);
call portico.protect_tenant_table('portico.ledger_account', 'partner_id');
grant select, insert on portico.ledger_account to portico_service;

create table portico.ledger_transaction (
  environment_id portico.id not null,
  id portico.id not null,
  kind text collate "C" not null check (kind in ('FUNDING', 'ACCRUAL', 'POSTING', 'VOIDING', 'PAYOUT', 'SETTLEMENT', 'RETURN', 'CLAWBACK', 'NETTING')),
  -- The award, payout, clawback or funding that it is about: each of them does a thing once.
  source_id portico.id not null,
  -- Whose money it is; null where it is nobody's yet.
  partner_id portico.id,
  -- The pending transaction that this one ends: at most one does.
  resolves_id portico.id,
  -- The transaction that this one takes back, wholly or in part.
  reverses_id portico.id,
  occurred_at timestamptz not null,
  memo text not null,
  primary key (environment_id, id),
  unique (environment_id, kind, source_id),
  unique (environment_id, resolves_id),
  check ((kind in ('POSTING', 'VOIDING', 'SETTLEMENT', 'RETURN')) = (resolves_id is not null)),
  check ((kind = 'CLAWBACK') = (reverses_id is not null)),
  foreign key (environment_id, partner_id) references portico.partner (environment_id, id),
  foreign key (environment_id, resolves_id) references portico.ledger_transaction (environment_id, id),
  foreign key (environment_id, reverses_id) references portico.ledger_transaction (environment_id, id)
);
create index ledger_transaction_newest on portico.ledger_transaction (environment_id, partner_id, occurred_at desc, id);
create index ledger_transaction_reversals on portico.ledger_transaction (environment_id, reverses_id) where reverses_id is not null;
create index ledger_transaction_source on portico.ledger_transaction (environment_id, source_id, kind);
call portico.protect_tenant_table('portico.ledger_transaction', 'partner_id');
grant select, insert on portico.ledger_transaction to portico_service;

-- Postings of an account are a chain: each says what the account holds after it, so that a balance
-- is read without adding up, and every one of them can be computed again.
create table portico.ledger_posting (
  environment_id portico.id not null,
  account_id portico.id not null,
  -- From 1, without gaps.
  sequence bigint not null,
  transaction_id portico.id not null,
  -- The account's.
  partner_id portico.id,
  currency text not null,
  amount_minor bigint not null check (amount_minor <> 0),
  balance_minor bigint not null,
  primary key (environment_id, account_id, sequence),
  foreign key (environment_id, account_id, currency) references portico.ledger_account (environment_id, id, currency),
  foreign key (environment_id, transaction_id) references portico.ledger_transaction (environment_id, id)
);
create index ledger_posting_of_transaction on portico.ledger_posting (environment_id, transaction_id, account_id);
call portico.protect_tenant_table('portico.ledger_posting', 'partner_id');
grant select, insert on portico.ledger_posting to portico_service;

-- Puts a posting at the end of its account's chain. One transaction writes an environment's ledger at
-- a time: all accruals meet in one budget anyway, and one lock cannot be taken in two orders. A copy of
-- an environment brings its places along.
create function portico.place_posting() returns trigger language plpgsql security definer set search_path = '' as $$
declare
  account portico.ledger_account;
  last portico.ledger_posting;
begin
  select * into account from portico.ledger_account a where a.environment_id = new.environment_id and a.id = new.account_id;
  if new.sequence is null then
    perform pg_advisory_xact_lock(hashtextextended('portico.ledger.' || new.environment_id, 0));
    select * into last from portico.ledger_posting p where p.environment_id = new.environment_id and p.account_id = new.account_id order by p.sequence desc limit 1;
    new.sequence := coalesce(last.sequence, 0) + 1;
    new.balance_minor := coalesce(last.balance_minor, 0) + new.amount_minor;
    new.partner_id := account.partner_id;
    new.currency := account.currency;
  end if;
  if new.balance_minor < 0 and account.kind <> 'SOURCE' then
    raise exception 'the % account % holds %, which is less than the % that leave it', account.kind, new.account_id, new.balance_minor - new.amount_minor, -new.amount_minor
      using errcode = 'check_violation', constraint = 'ledger_posting_not_below_zero';
  end if;
  return new;
end $$;
create trigger place_posting before insert on portico.ledger_posting for each row execute function portico.place_posting();

-- What must hold when a database transaction ends, whoever wrote. It looks as the owner: by then the context
-- may be one that sees one side of the transaction only. The chain is whole, and every
-- ledger transaction has postings that sum to zero and reverses no more than there was.
create function portico.require_balance() returns trigger language plpgsql security definer set search_path = '' as $$
declare
  written portico.ledger_transaction;
begin
  if tg_table_name = 'ledger_posting' then
    if not exists (select from portico.ledger_posting p where p.environment_id = new.environment_id and p.account_id = new.account_id
        and p.sequence = new.sequence - 1 and p.balance_minor + new.amount_minor = new.balance_minor)
      and not (new.sequence = 1 and new.balance_minor = new.amount_minor) then
      raise exception 'posting % of account % does not follow from the one before it', new.sequence, new.account_id using errcode = 'check_violation', constraint = 'ledger_posting_chain';
    end if;
    select * into written from portico.ledger_transaction t where t.environment_id = new.environment_id and t.id = new.transaction_id;
  else
    written := new;
  end if;
  if not exists (select from portico.ledger_posting p where p.environment_id = written.environment_id and p.transaction_id = written.id)
    or exists (select from portico.ledger_posting p where p.environment_id = written.environment_id and p.transaction_id = written.id group by p.currency having sum(p.amount_minor) <> 0) then
    raise exception 'the postings of transaction % do not sum to zero', written.id using errcode = 'check_violation', constraint = 'ledger_transaction_balance';
  end if;
  if written.reverses_id is not null and (
    select sum(p.amount_minor) from portico.ledger_transaction t join portico.ledger_posting p on p.environment_id = t.environment_id and p.transaction_id = t.id
    where t.environment_id = written.environment_id and t.reverses_id = written.reverses_id and p.amount_minor > 0
  ) > (select sum(p.amount_minor) from portico.ledger_posting p where p.environment_id = written.environment_id and p.transaction_id = written.reverses_id and p.amount_minor > 0) then
    raise exception 'more of transaction % would be reversed than it moved', written.reverses_id using errcode = 'check_violation', constraint = 'ledger_transaction_reversals';
  end if;
  return null;
end $$;
create constraint trigger require_balance after insert on portico.ledger_transaction deferrable initially deferred for each row execute function portico.require_balance();
create constraint trigger require_balance after insert on portico.ledger_posting deferrable initially deferred for each row execute function portico.require_balance();

-- As append-only as a table can be made: nobody changes it, and only a sandbox is ever emptied.
create function portico.refuse_ledger_change() returns trigger language plpgsql security definer set search_path = '' as $$
begin
  if tg_op = 'DELETE' and current_setting('portico.purging_sandbox', true) = 'yes'
    and exists (select from portico.environment e where e.id = old.environment_id and e.kind = 'SANDBOX') then
    return old;
  end if;
  raise exception '% is append-only: correct it by a transaction that reverses', tg_table_name using errcode = 'restrict_violation';
end $$;
do $$
declare
  ledger_table text;
begin
  foreach ledger_table in array array['ledger_account', 'ledger_transaction', 'ledger_posting'] loop
    execute format('create trigger append_only before update or delete on portico.%I for each row execute function portico.refuse_ledger_change()', ledger_table);
    execute format('create trigger append_only_truncate before truncate on portico.%I for each statement execute function portico.refuse_ledger_change()', ledger_table);
    execute format('alter table portico.%I enable always trigger append_only, enable always trigger append_only_truncate', ledger_table);
  end loop;
  alter table portico.ledger_posting enable always trigger place_posting, enable always trigger require_balance;
  alter table portico.ledger_transaction enable always trigger require_balance;
end $$;

-- What the staff decided about an award's money. Each person decides once.
create table portico.award_decision (
  environment_id portico.id not null,
  award_id portico.id not null,
  -- Of the staff, or `SANDBOX` where nobody of it is asked.
  decided_by text collate "C" not null,
  partner_id portico.id not null,
  verdict text not null check (verdict in ('APPROVED', 'VOIDED')),
  reason text not null,
  decided_at timestamptz not null,
  primary key (environment_id, award_id, decided_by),
  foreign key (environment_id, award_id) references portico.award (environment_id, id)
);
call portico.protect_tenant_table('portico.award_decision', 'partner_id');
call portico.make_append_only('portico.award_decision');
create trigger append_only_statement before update or delete on portico.award_decision for each statement execute function portico.refuse_change();
grant select, insert on portico.award_decision to portico_service;

-- What is taken back of an award after it was paid or promised: told first, then open to an appeal.
create table portico.clawback (
  environment_id portico.id not null,
  id portico.id not null,
  partner_id portico.id not null,
  award_id portico.id not null,
  amount_minor bigint not null check (amount_minor > 0),
  reason text not null check (length(btrim(reason)) > 0),
  announced_by text collate "C" not null,
  announced_at timestamptz not null,
  -- When it is carried out unless the partner appeals before.
  executes_at timestamptz not null check (executes_at > announced_at),
  appealed_at timestamptz,
  appeal text,
  decided_at timestamptz,
  verdict text check (verdict in ('EXECUTED', 'DROPPED')),
  verdict_reason text,
  primary key (environment_id, id),
  check ((appealed_at is null) = (appeal is null)),
  check ((decided_at is null) = (verdict is null) and (verdict is null) = (verdict_reason is null)),
  foreign key (environment_id, partner_id) references portico.partner (environment_id, id),
  foreign key (environment_id, award_id) references portico.award (environment_id, id)
);
create index clawback_newest on portico.clawback (environment_id, partner_id, announced_at desc, id);
create index clawback_of_award on portico.clawback (environment_id, award_id, id);
call portico.protect_tenant_table('portico.clawback', 'partner_id');
grant select, insert on portico.clawback to portico_service;
grant update (appealed_at, appeal, decided_at, verdict, verdict_reason) on portico.clawback to portico_service;

-- An award whose milestone was taken back gives nothing from then on.
create table portico.award_reversal (
  environment_id portico.id not null,
  award_id portico.id not null,
  partner_id portico.id not null,
  reason text not null,
  reversed_at timestamptz not null,
  primary key (environment_id, award_id),
  foreign key (environment_id, award_id) references portico.award (environment_id, id)
);
call portico.protect_tenant_table('portico.award_reversal', 'partner_id');
call portico.make_append_only('portico.award_reversal');
create trigger append_only_statement before update or delete on portico.award_reversal for each statement execute function portico.refuse_change();
grant select, insert on portico.award_reversal to portico_service;

-- What awards other than money give, and until when. It is derived and nothing else, so nobody can
-- have what no award stands behind, and it ends with its source.
-- A hundred years are as good as for ever, and a date that there is.
create view portico.entitlement with (security_invoker = true) as
select a.environment_id, ('ent_' || substr(a.id, 5))::portico.id as id, a.partner_id, a.integration_id, a.id as award_id, a.reward_id, a.milestone_id, a.version, r.kind,
  coalesce(r.feature, upper(trim('_' from regexp_replace(r.title, '[^A-Za-z0-9]+', '_', 'g')))) as feature, r.title, a.awarded_at as starts_at,
  least(a.awarded_at + make_interval(days => least(r.lasts_days, 36500)), v.reversed_at) as ends_at, v.reversed_at is not null as is_reversed
from portico.award a
join portico.reward r on r.environment_id = a.environment_id and r.id = a.reward_id and r.kind <> 'FINANCIAL'
left join portico.award_reversal v on v.environment_id = a.environment_id and v.award_id = a.id;
grant select on portico.entitlement to portico_service;

-- The directory shows every partner of an environment to all of them: name, tier and badges, no more.
-- The views read past the wall between partners, so they keep the one between environments themselves.
create view portico.directory_entry as
select p.environment_id, p.id, p.name, p.website, p.tier, p.joined_at from portico.partner p
where p.environment_id = current_setting('portico.environment_id', true) and p.status = 'ACTIVE';
grant select on portico.directory_entry to portico_service;

create view portico.directory_badge as
select a.environment_id, ('bdg_' || substr(a.id, 5))::portico.id as id, a.partner_id as entry_id, a.milestone_id, a.period, a.version, r.title, r.description, a.awarded_at as starts_at,
  least(a.awarded_at + make_interval(days => least(r.lasts_days, 36500)), v.reversed_at) as ends_at
from portico.award a
join portico.reward r on r.environment_id = a.environment_id and r.id = a.reward_id and r.kind = 'REPUTATIONAL'
left join portico.award_reversal v on v.environment_id = a.environment_id and v.award_id = a.id
where a.environment_id = current_setting('portico.environment_id', true);
grant select on portico.directory_badge to portico_service;
