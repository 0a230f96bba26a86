-- The API version that answers an integration's requests which name none: the current one at its
-- first call, until the partner chooses another.
alter table portico.integration
  add column pinned_version text collate "C" check (pinned_version ~ '^([0-9]{4}-(01|04|07|10)|unstable)$'),
  -- Environment time.
  add column pinned_at timestamptz,
  add check ((pinned_version is null) = (pinned_at is null));
