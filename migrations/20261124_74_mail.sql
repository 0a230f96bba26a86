-- Letters to people that wait to be sent. A letter is its kind and what it is about; where it goes and what it
-- says is found when it is sent, so that nothing of a person stands here, but for the last one: whoever
-- is erased is told so at the address that was just deleted. It goes with the letter.
create table portico.letter (
  environment_id portico.id not null,
  id portico.id not null,
  -- The marketplace alone reads it.
  held_by text not null default '*' check (held_by = '*'),
  kind text not null check (kind in ('GRANT_GIVEN', 'GRANT_REMINDER', 'ERASED')),
  customer_id portico.id not null,
  grant_id portico.id,
  address text,
  language text check (language in ('en', 'de')),
  -- Wall time.
  written_at timestamptz not null,
  next_at timestamptz not null,
  attempts integer not null default 0,
  primary key (environment_id, id),
  check ((kind = 'ERASED') = (address is not null)),
  check ((kind = 'ERASED') = (grant_id is null))
);
create index letter_next on portico.letter (environment_id, next_at, id);
call portico.protect_tenant_table('portico.letter', 'held_by');
call portico.keep_at_the_door('portico.letter');
grant select, insert, update, delete on portico.letter to portico_service;

-- A letter that nobody has sent for days is none any more: no mail server is set, or nobody takes it.
create function portico.trim_letters(oldest timestamptz) returns void
language sql security definer set search_path = '' as $$
  delete from portico.letter where written_at < oldest
$$;
revoke all on function portico.trim_letters(timestamptz) from public;
grant execute on function portico.trim_letters(timestamptz) to portico_service;
