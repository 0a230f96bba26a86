-- A transaction's place is its environment's own, from 1 on: the same world is made of the same bytes, and
-- what is written on top of a copy comes after what was copied.
alter table portico.ledger_transaction alter column position drop identity;
drop index portico.ledger_transaction_in_order;
alter table portico.ledger_transaction add constraint ledger_transaction_in_order unique (environment_id, position);

create function portico.place_transaction() returns trigger language plpgsql security definer set search_path = '' as $$
begin
  if new.position is null then
    perform pg_advisory_xact_lock(hashtextextended('portico.ledger.' || new.environment_id, 0));
    select coalesce(max(t.position), 0) + 1 into new.position from portico.ledger_transaction t where t.environment_id = new.environment_id;
  end if;
  return new;
end $$;
create trigger place_transaction before insert on portico.ledger_transaction for each row execute function portico.place_transaction();
alter table portico.ledger_transaction enable always trigger place_transaction;
