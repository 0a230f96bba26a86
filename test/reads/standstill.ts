/** What makes a database of worlds stand still, and what its door has noted by then. */

export const STAND_STILL = `create function portico.log_nothing() returns trigger language plpgsql as 'begin return null; end';
  create trigger log_nothing before insert on portico.request_log for each row when (current_user = 'portico_service') execute function portico.log_nothing();
  create or replace function portico.trim_request_log(oldest timestamptz, kept integer) returns bigint language sql as 'select 0::bigint';
  create or replace function portico.trim_credentials(ended_by timestamptz, kept integer) returns bigint language sql as 'select 0::bigint';
  create or replace function portico.note_onboarding(environment_ids text[], integration_ids text[], since timestamptz) returns void language sql as 'select'`;

/** What requests have shown of each partner, since none shows more while all stands still. */
export const EVIDENCE = `insert into portico.onboarding_evidence (environment_id, partner_id, step, seen_at, request_ids)
  select environment_id, id, step, '2026-05-01T12:00:00.001Z', array['req_' || n || 'shown'] from portico.partner cross join (values (1, 'FIRST_QUERY'), (2, 'THROTTLE_RESPECTED')) shown (n, step)`;
