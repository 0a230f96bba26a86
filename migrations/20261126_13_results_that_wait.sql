-- Results that count and wait for the budget are found in the order in which a funding gives them.
create index milestone_progress_waiting on portico.milestone_progress (environment_id, (coalesce(confirmed_at, 'infinity'::timestamptz)), id) where state = 'CONFIRMED';
