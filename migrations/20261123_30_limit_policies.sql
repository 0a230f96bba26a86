-- How much integrations may ask for, and who decided so. Appended to and never changed: of one
-- subject's rows the newest that is enforced counts, and the whole is the history. No tenant's: a
-- tier's limits are the same for all its partners, and every gateway reads all rows.
create table portico.limit_policy (
  id bigint generated always as identity primary key,
  subject_kind text not null check (subject_kind in ('TIER', 'PARTNER', 'INTEGRATION')),
  -- A tier's code; the id of a partner or an integration, which go before their tier.
  subject text not null,
  -- A row for one kind goes before the one for both.
  environment_kind text not null check (environment_kind in ('BOTH', 'LIVE', 'SANDBOX')),
  -- Tokens. All four are null where the subject has no limits of its own any more.
  capacity integer check (capacity between 1 and 1000000),
  refill_per_second integer check (refill_per_second between 1 and 1000000),
  -- Most that one operation may cost; what the bucket cannot hold would never be admitted.
  max_operation_cost integer check (max_operation_cost between 1 and capacity),
  -- Most requests of one integration in flight.
  concurrency integer check (concurrency between 1 and 10000),
  -- Wall time. Until shadow_until it is counted and shown beside what is enforced; then it is enforced.
  starts_at timestamptz not null,
  shadow_until timestamptz check (shadow_until > starts_at),
  decided_by text not null check (length(btrim(decided_by)) between 1 and 200),
  reason text not null check (length(btrim(reason)) between 1 and 500),
  check (num_nulls(capacity, refill_per_second, max_operation_cost, concurrency) in (0, 4)),
  check (subject_kind <> 'TIER' or capacity is not null)
);
create index limit_policy_subject on portico.limit_policy (subject_kind, subject, environment_kind, id);
call portico.make_append_only('portico.limit_policy');
grant select, insert on portico.limit_policy to portico_service;

insert into portico.limit_policy (subject_kind, subject, environment_kind, capacity, refill_per_second, max_operation_cost, concurrency, starts_at, decided_by, reason)
values
  ('TIER', 'HARBOUR', 'BOTH', 1000, 50, 1000, 50, '2026-01-01T00:00:00Z', 'Portico', 'The limits that Portico comes with.'),
  ('TIER', 'COASTAL', 'BOTH', 2000, 100, 1000, 50, '2026-01-01T00:00:00Z', 'Portico', 'The limits that Portico comes with.'),
  ('TIER', 'OCEAN', 'BOTH', 4000, 200, 1000, 50, '2026-01-01T00:00:00Z', 'Portico', 'The limits that Portico comes with.'),
  ('TIER', 'HORIZON', 'BOTH', 10000, 500, 1000, 50, '2026-01-01T00:00:00Z', 'Portico', 'The limits that Portico comes with.');
