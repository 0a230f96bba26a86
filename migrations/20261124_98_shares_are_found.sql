-- What takes a share back refers to it: found by an index, it costs a sandbox that is emptied no search each.
create index revenue_share_reversals on portico.revenue_share (environment_id, reverses_id) where reverses_id is not null;
