-- What a brownout costs while it is open, for all gateways together: it is aborted where it refuses too much.
create table portico.brownout_toll (
  window_id portico.id not null references portico.brownout_window (id),
  -- Wall time, the minute's beginning.
  minute timestamptz not null,
  held_by text not null default '*' check (held_by = '*'),
  -- Requests in live that were answered, and those of them that the brownout refused.
  asked bigint not null check (asked >= 0),
  refused bigint not null check (refused between 0 and asked),
  primary key (window_id, minute)
);
call portico.protect_marketplace_table('portico.brownout_toll');
grant select, insert, update on portico.brownout_toll to portico_service;
