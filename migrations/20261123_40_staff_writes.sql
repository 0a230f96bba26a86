-- What the marketplace's own people do through the staff API, and the keys that they name it by.

-- Rows of the marketplace's own, as opposed to a partner's, are held by the partner '*': the staff API
-- reads them in that context, and no other context matches.
create procedure portico.protect_marketplace_table(marketplace_table regclass)
language plpgsql as $$
declare
  visible text := '(held_by = (select current_setting(''portico.partner_id'', true))) is true';
begin
  execute format('alter table %s enable row level security', marketplace_table);
  execute format('create policy marketplace on %s using (%s) with check (%s)', marketplace_table, visible, visible);
end $$;

alter table portico.staff add column held_by text not null default '*' check (held_by = '*');

-- Each write of the staff API: who, when, what, why. It goes in with the write, in one transaction.
create table portico.staff_journal (
  id portico.id primary key,
  held_by text not null default '*' check (held_by = '*'),
  -- Wall time.
  written_at timestamptz not null,
  -- Null where an operator's command or the start of a gateway wrote.
  staff_id portico.id references portico.staff (id),
  -- The mutation's name.
  operation text not null,
  -- The id of what was changed.
  subject_id portico.id not null,
  -- Why, in the person's words.
  reason text not null check (length(btrim(reason)) > 0),
  -- The mutation's input.
  details jsonb not null,
  -- As in the header X-Request-Id; null where no request wrote.
  request_id portico.id
);
create index staff_journal_newest on portico.staff_journal (written_at desc, id);
create index staff_journal_of_subject on portico.staff_journal (subject_id, written_at desc, id);
create index staff_journal_of_staff on portico.staff_journal (staff_id, written_at desc, id);
call portico.protect_marketplace_table('portico.staff_journal');
grant select, insert on portico.staff_journal to portico_service;
call portico.make_append_only('portico.staff_journal');

-- As portico.idempotency_key, for members of staff, who belong to no environment.
create table portico.staff_idempotency_key (
  staff_id portico.id not null references portico.staff (id),
  key text collate "C" not null check (key ~ '^[\x20-\x7e]{1,255}$'),
  -- SHA-256 of the mutation and its input.
  request_hash bytea not null check (length(request_hash) = 32),
  -- What the answer is read by; no secret. Null only inside the transaction that does the work.
  answer jsonb,
  -- Wall time.
  created_at timestamptz not null,
  primary key (staff_id, key)
);
create index staff_idempotency_key_age on portico.staff_idempotency_key (created_at);
grant select, insert, update, delete on portico.staff_idempotency_key to portico_service;
