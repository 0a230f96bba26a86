-- Payouts as files for a bank. Instants are environment time.

-- Where a partner is paid in a currency: the newest counts.
create table portico.payout_account (
  environment_id portico.id not null,
  id portico.id not null,
  partner_id portico.id not null,
  currency text not null check (currency ~ '^[A-Z]{3}$'),
  holder text not null check (length(btrim(holder)) > 0),
  iban text not null check (iban ~ '^[A-Z]{2}[0-9]{2}[A-Z0-9]{10,30}$'),
  since timestamptz not null,
  primary key (environment_id, id),
  foreign key (environment_id, partner_id) references portico.partner (environment_id, id)
);
create index payout_account_newest on portico.payout_account (environment_id, partner_id, currency, since desc, id);
call portico.protect_tenant_table('portico.payout_account', 'partner_id');
call portico.make_append_only('portico.payout_account');
create trigger append_only_statement before update or delete on portico.payout_account for each statement execute function portico.refuse_change();
grant select, insert on portico.payout_account to portico_service;

-- One file holds the payouts of one currency that were made at once.
create table portico.payout_file (
  environment_id portico.id not null references portico.environment (id),
  id portico.id not null,
  currency text not null check (currency ~ '^[A-Z]{3}$'),
  debtor text not null check (length(btrim(debtor)) > 0),
  debtor_iban text not null check (debtor_iban ~ '^[A-Z]{2}[0-9]{2}[A-Z0-9]{10,30}$'),
  made_at timestamptz not null,
  primary key (environment_id, id)
);
call portico.protect_tenant_table('portico.payout_file');
call portico.make_append_only('portico.payout_file');
create trigger append_only_statement before update or delete on portico.payout_file for each statement execute function portico.refuse_change();
grant select, insert on portico.payout_file to portico_service;
alter table portico.payout add constraint payout_in_file foreign key (environment_id, file_id) references portico.payout_file (environment_id, id);
