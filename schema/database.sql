-- The database's shape. Generated from the migrations by `npm run schema:write` and compared by
-- `npm run schema:check`: read it in reviews, change it by a new file in migrations/.

create schema portico;
grant usage on schema portico to portico_service;

create domain portico.id as text collate "C"
  constraint id_check CHECK (VALUE ~ '^[a-z]{3}_[0-9a-z_]{1,60}$'::text);

CREATE OR REPLACE FUNCTION portico.client_home(client_id text)
 RETURNS TABLE(environment_id text, partner_id text)
 LANGUAGE sql
 STABLE SECURITY DEFINER
 SET search_path TO ''
AS $function$
  select i.environment_id, i.partner_id
  from portico.integration i
  join portico.environment e on e.id = i.environment_id
  join portico.partner p on p.environment_id = i.environment_id and p.id = i.partner_id
  left join portico.partner owner on owner.environment_id = e.owner_environment_id and owner.id = e.owner_partner_id
  where i.id = client_home.client_id and i.status = 'ACTIVE' and p.status = 'ACTIVE' and e.closed_at is null and owner.status is distinct from 'SUSPENDED'
$function$;
revoke all on function portico.client_home(text) from public;
grant execute on function portico.client_home(text) to portico_service;

CREATE OR REPLACE FUNCTION portico.client_secrets(client_id text, wall_now timestamp with time zone)
 RETURNS TABLE(environment_id text, partner_id text, integration_id text, credential_id text, secret_hmac bytea, salt bytea, scopes text[], client_status text)
 LANGUAGE sql
 STABLE SECURITY DEFINER
 SET search_path TO ''
AS $function$
  select i.environment_id, i.partner_id, i.id, c.id, c.secret_hmac, c.salt, i.scopes,
    case when e.closed_at is not null then 'CLOSED' when p.status <> 'ACTIVE' or owner.status <> 'ACTIVE' then 'PARTNER_SUSPENDED' when i.status <> 'ACTIVE' then 'INTEGRATION_SUSPENDED' else 'ACTIVE' end
  from portico.integration i
  join portico.environment e on e.id = i.environment_id
  join portico.partner p on p.environment_id = i.environment_id and p.id = i.partner_id
  left join portico.partner owner on owner.environment_id = e.owner_environment_id and owner.id = e.owner_partner_id
  join portico.credential c on c.environment_id = i.environment_id and c.integration_id = i.id
  where i.id = client_secrets.client_id and c.revoked_at is null
    and (c.expires_at is null or c.expires_at > client_secrets.wall_now)
$function$;
revoke all on function portico.client_secrets(text,timestamp with time zone) from public;
grant execute on function portico.client_secrets(text,timestamp with time zone) to portico_service;

CREATE OR REPLACE FUNCTION portico.count_environment_revision()
 RETURNS trigger
 LANGUAGE plpgsql
AS $function$
begin
  new.revision := old.revision + 1;
  return new;
end $function$;

CREATE OR REPLACE FUNCTION portico.live_environment_id()
 RETURNS text
 LANGUAGE sql
 STABLE SECURITY DEFINER
 SET search_path TO ''
RETURN (SELECT environment.id FROM portico.environment WHERE (environment.kind = 'LIVE'::text));
revoke all on function portico.live_environment_id() from public;
grant execute on function portico.live_environment_id() to portico_service;

CREATE OR REPLACE PROCEDURE portico.make_append_only(IN append_only_table regclass)
 LANGUAGE plpgsql
AS $procedure$
begin
  execute format('create trigger append_only before update or delete on %s for each row execute function portico.refuse_change()', append_only_table);
  execute format('create trigger append_only_truncate before truncate on %s for each statement execute function portico.refuse_change()', append_only_table);
  execute format('revoke update, delete, truncate on %s from portico_service', append_only_table);
end $procedure$;

CREATE OR REPLACE FUNCTION portico.marketplace_secret(client_id text)
 RETURNS TABLE(environment_id text, secret_hmac bytea, salt bytea)
 LANGUAGE sql
 STABLE SECURITY DEFINER
 SET search_path TO ''
AS $function$
  select c.environment_id, c.secret_hmac, c.salt from portico.marketplace_credential c join portico.environment e on e.id = c.environment_id
  where c.id = marketplace_secret.client_id and c.revoked_at is null and e.closed_at is null
$function$;
revoke all on function portico.marketplace_secret(text) from public;
grant execute on function portico.marketplace_secret(text) to portico_service;

CREATE OR REPLACE FUNCTION portico.money_text(minor_units bigint, currency text)
 RETURNS text
 LANGUAGE sql
 IMMUTABLE PARALLEL SAFE
RETURN CASE WHEN (currency = ANY (ARRAY['JPY'::text, 'KRW'::text, 'CLP'::text, 'ISK'::text, 'VND'::text])) THEN (minor_units)::text WHEN (currency = ANY (ARRAY['BHD'::text, 'JOD'::text, 'KWD'::text, 'OMR'::text, 'TND'::text])) THEN ((((minor_units)::numeric / 1000.0))::numeric(30,3))::text ELSE ((((minor_units)::numeric / 100.0))::numeric(30,2))::text END;

CREATE OR REPLACE FUNCTION portico.owner_in_good_standing(owner_environment_id text, owner_partner_id text)
 RETURNS boolean
 LANGUAGE sql
 STABLE SECURITY DEFINER
 SET search_path TO ''
AS $function$
  select exists (select from portico.partner p where p.environment_id = $1 and p.id = $2 and p.status = 'ACTIVE')
$function$;
revoke all on function portico.owner_in_good_standing(text,text) from public;
grant execute on function portico.owner_in_good_standing(text,text) to portico_service;

CREATE OR REPLACE PROCEDURE portico.protect_tenant_table(IN tenant_table regclass, IN partner_column text DEFAULT NULL::text)
 LANGUAGE plpgsql
AS $procedure$
declare
  visible text := '(environment_id = (select current_setting(''portico.environment_id'', true))) is true';
begin
  if partner_column is not null then
    visible := visible || format(' and (select current_setting(''portico.partner_id'', true)) in (%I, ''*'')', partner_column);
  end if;
  execute format('alter table %s enable row level security', tenant_table);
  execute format('create policy tenant on %s using (%s) with check (%s)', tenant_table, visible, visible);
end $procedure$;

CREATE OR REPLACE FUNCTION portico.refuse_change()
 RETURNS trigger
 LANGUAGE plpgsql
AS $function$
begin
  if current_setting('portico.purging_sandbox', true) = 'yes' and tg_op = 'DELETE' then
    return old;
  end if;
  raise exception '% is append-only: correct it by appending', tg_table_name using errcode = 'restrict_violation';
end $function$;

CREATE OR REPLACE FUNCTION portico.refuse_published_change()
 RETURNS trigger
 LANGUAGE plpgsql
AS $function$
begin
  if old.effective_from is not null and to_jsonb(new) - 'retired_at' is distinct from to_jsonb(old) - 'retired_at' then
    raise exception 'version % of purpose % is published: publish another', old.version, old.purpose using errcode = 'restrict_violation';
  end if;
  return new;
end $function$;

CREATE OR REPLACE FUNCTION portico.sandboxes_of(owner_environment_id text, owner_partner_id text)
 RETURNS TABLE(id text, name text)
 LANGUAGE sql
 STABLE SECURITY DEFINER
 SET search_path TO ''
BEGIN ATOMIC
 SELECT e.id,
     e.name
    FROM portico.environment e
   WHERE (((e.owner_environment_id)::text = sandboxes_of.owner_environment_id) AND ((e.owner_partner_id)::text = sandboxes_of.owner_partner_id) AND (e.closed_at IS NULL))
   ORDER BY e.id;
END;
revoke all on function portico.sandboxes_of(text,text) from public;
grant execute on function portico.sandboxes_of(text,text) to portico_service;

CREATE OR REPLACE FUNCTION portico.seeded_fraction(seed integer, label text, ordinal bigint)
 RETURNS double precision
 LANGUAGE sql
 IMMUTABLE PARALLEL SAFE
RETURN ((((('x'::text || "left"(md5(((((seed || ':'::text) || label) || ':'::text) || ordinal)), 8)))::bit(32))::bigint)::double precision / (4294967296.0)::double precision);

CREATE OR REPLACE FUNCTION portico.seeded_id(prefix text, namespace text, seed integer, ordinal bigint)
 RETURNS text
 LANGUAGE sql
 IMMUTABLE PARALLEL SAFE
RETURN ((prefix || '_'::text) || "left"(encode(sha256(convert_to(((((((namespace || ':'::text) || seed) || ':'::text) || prefix) || ':'::text) || ordinal), 'UTF8'::name)), 'hex'::text), 24));

CREATE OR REPLACE FUNCTION portico.trim_consent_door(oldest timestamp with time zone)
 RETURNS void
 LANGUAGE plpgsql
 SECURITY DEFINER
 SET search_path TO ''
AS $function$
begin
  delete from portico.authorization_code where expires_at < oldest;
  delete from portico.subject_session where expires_at < oldest;
end $function$;
revoke all on function portico.trim_consent_door(timestamp with time zone) from public;
grant execute on function portico.trim_consent_door(timestamp with time zone) to portico_service;

CREATE OR REPLACE FUNCTION portico.trim_credentials(ended_by timestamp with time zone, kept integer)
 RETURNS bigint
 LANGUAGE plpgsql
 SECURITY DEFINER
 SET search_path TO ''
AS $function$
declare
  forgotten bigint;
begin
  with crowded as (
    select environment_id, integration_id from portico.credential group by 1, 2 having count(*) > kept
  ), surplus as (
    select r.environment_id, r.id from crowded c cross join lateral (
      select k.environment_id, k.id from portico.credential k
      where k.environment_id = c.environment_id and k.integration_id = c.integration_id
      order by k.created_at desc, k.id offset kept
    ) r
  )
  delete from portico.credential k using surplus s
  where k.environment_id = s.environment_id and k.id = s.id and (k.revoked_at <= ended_by or k.expires_at <= ended_by);
  get diagnostics forgotten = row_count;
  return forgotten;
end $function$;
revoke all on function portico.trim_credentials(timestamp with time zone,integer) from public;
grant execute on function portico.trim_credentials(timestamp with time zone,integer) to portico_service;

CREATE OR REPLACE FUNCTION portico.trim_idempotency_keys(oldest timestamp with time zone)
 RETURNS bigint
 LANGUAGE plpgsql
 SECURITY DEFINER
 SET search_path TO ''
AS $function$
declare
  forgotten bigint;
begin
  delete from portico.idempotency_key where created_at <= oldest;
  get diagnostics forgotten = row_count;
  return forgotten;
end $function$;
revoke all on function portico.trim_idempotency_keys(timestamp with time zone) from public;
grant execute on function portico.trim_idempotency_keys(timestamp with time zone) to portico_service;

CREATE OR REPLACE FUNCTION portico.trim_request_log(oldest timestamp with time zone, kept integer)
 RETURNS bigint
 LANGUAGE plpgsql
 SECURITY DEFINER
 SET search_path TO ''
AS $function$
declare
  forgotten bigint := 0;
  step bigint;
begin
  delete from portico.request_log where received_at < oldest;
  get diagnostics forgotten = row_count;
  with crowded as (
    select environment_id, integration_id from portico.request_log group by 1, 2 having count(*) > kept
  ), surplus as (
    select r.environment_id, r.id from crowded c cross join lateral (
      select l.environment_id, l.id from portico.request_log l
      where l.environment_id = c.environment_id and l.integration_id = c.integration_id
      order by l.received_at desc, l.id offset kept
    ) r
  )
  delete from portico.request_log l using surplus s where l.environment_id = s.environment_id and l.id = s.id;
  get diagnostics step = row_count;
  return forgotten + step;
end $function$;
revoke all on function portico.trim_request_log(timestamp with time zone,integer) from public;
grant execute on function portico.trim_request_log(timestamp with time zone,integer) to portico_service;

create table portico.authorization_code (
  environment_id portico.id not null,
  code_hash bytea not null,
  partner_id portico.id not null,
  integration_id portico.id not null,
  grant_id portico.id not null,
  redirect_uri text not null,
  code_challenge text not null,
  expires_at timestamp with time zone not null,
  used_at timestamp with time zone,
  constraint authorization_code_pkey PRIMARY KEY (environment_id, code_hash),
  constraint authorization_code_code_challenge_check CHECK (code_challenge ~ '^[A-Za-z0-9_-]{43}$'::text),
  constraint authorization_code_code_hash_check CHECK (length(code_hash) = 32),
  constraint authorization_code_environment_id_partner_id_integration_i_fkey FOREIGN KEY (environment_id, partner_id, integration_id) REFERENCES portico.integration(environment_id, partner_id, id) DEFERRABLE
);
CREATE INDEX authorization_code_age ON portico.authorization_code USING btree (expires_at);
alter table portico.authorization_code enable row level security;
create policy tenant on portico.authorization_code for all
  using ((environment_id::text = (( SELECT current_setting('portico.environment_id'::text, true) AS current_setting))) IS TRUE AND ((( SELECT current_setting('portico.partner_id'::text, true) AS current_setting)) = partner_id::text OR (( SELECT current_setting('portico.partner_id'::text, true) AS current_setting)) = '*'::text))
  with check ((environment_id::text = (( SELECT current_setting('portico.environment_id'::text, true) AS current_setting))) IS TRUE AND ((( SELECT current_setting('portico.partner_id'::text, true) AS current_setting)) = partner_id::text OR (( SELECT current_setting('portico.partner_id'::text, true) AS current_setting)) = '*'::text));
grant insert, select, update on portico.authorization_code to portico_service;

create table portico.award (
  environment_id portico.id not null,
  id portico.id not null,
  partner_id portico.id not null,
  integration_id portico.id not null,
  milestone_id portico.id not null,
  reward_id portico.id not null,
  period text collate "C" not null,
  awarded_at timestamp with time zone not null,
  constraint award_pkey PRIMARY KEY (environment_id, id),
  constraint award_environment_id_partner_id_milestone_id_period_key UNIQUE (environment_id, partner_id, milestone_id, period),
  constraint award_environment_id_milestone_id_fkey FOREIGN KEY (environment_id, milestone_id) REFERENCES portico.milestone(environment_id, id),
  constraint award_environment_id_partner_id_integration_id_fkey FOREIGN KEY (environment_id, partner_id, integration_id) REFERENCES portico.integration(environment_id, partner_id, id),
  constraint award_environment_id_reward_id_fkey FOREIGN KEY (environment_id, reward_id) REFERENCES portico.reward(environment_id, id)
);
CREATE INDEX award_newest ON portico.award USING btree (environment_id, partner_id, awarded_at DESC, id);
alter table portico.award enable row level security;
create policy tenant on portico.award for all
  using ((environment_id::text = (( SELECT current_setting('portico.environment_id'::text, true) AS current_setting))) IS TRUE AND ((( SELECT current_setting('portico.partner_id'::text, true) AS current_setting)) = partner_id::text OR (( SELECT current_setting('portico.partner_id'::text, true) AS current_setting)) = '*'::text))
  with check ((environment_id::text = (( SELECT current_setting('portico.environment_id'::text, true) AS current_setting))) IS TRUE AND ((( SELECT current_setting('portico.partner_id'::text, true) AS current_setting)) = partner_id::text OR (( SELECT current_setting('portico.partner_id'::text, true) AS current_setting)) = '*'::text));
CREATE TRIGGER append_only BEFORE DELETE OR UPDATE ON portico.award FOR EACH ROW EXECUTE FUNCTION portico.refuse_change();
CREATE TRIGGER append_only_truncate BEFORE TRUNCATE ON portico.award FOR EACH STATEMENT EXECUTE FUNCTION portico.refuse_change();
grant insert, select on portico.award to portico_service;

create table portico.consent_event (
  environment_id portico.id not null,
  id portico.id not null,
  partner_id portico.id not null,
  customer_id portico.id,
  request_id portico.id,
  grant_id portico.id,
  kind text not null,
  actor text not null,
  grant_version integer,
  detail jsonb default '{}'::jsonb not null,
  at timestamp with time zone not null,
  recorded_at timestamp with time zone not null,
  constraint consent_event_pkey PRIMARY KEY (environment_id, id),
  constraint consent_event_actor_check CHECK (actor = ANY (ARRAY['SUBJECT'::text, 'PARTNER'::text, 'MARKETPLACE'::text, 'PORTICO'::text])),
  constraint consent_event_check CHECK ((grant_id IS NULL) = (grant_version IS NULL)),
  constraint consent_event_kind_check CHECK (kind = ANY (ARRAY['REQUESTED'::text, 'GIVEN'::text, 'REFUSED'::text, 'NARROWED'::text, 'SUSPENDED'::text, 'RESUMED'::text, 'CONSUMED'::text, 'EXPIRED'::text, 'WITHDRAWN'::text, 'REVOKED'::text, 'RELINQUISHED'::text, 'SUPERSEDED'::text, 'INVALIDATED'::text]))
);
CREATE INDEX consent_event_of_person ON portico.consent_event USING btree (environment_id, customer_id, at);
CREATE UNIQUE INDEX consent_event_of_grant ON portico.consent_event USING btree (environment_id, grant_id, grant_version);
alter table portico.consent_event enable row level security;
create policy tenant on portico.consent_event for all
  using ((environment_id::text = (( SELECT current_setting('portico.environment_id'::text, true) AS current_setting))) IS TRUE AND ((( SELECT current_setting('portico.partner_id'::text, true) AS current_setting)) = partner_id::text OR (( SELECT current_setting('portico.partner_id'::text, true) AS current_setting)) = '*'::text))
  with check ((environment_id::text = (( SELECT current_setting('portico.environment_id'::text, true) AS current_setting))) IS TRUE AND ((( SELECT current_setting('portico.partner_id'::text, true) AS current_setting)) = partner_id::text OR (( SELECT current_setting('portico.partner_id'::text, true) AS current_setting)) = '*'::text));
CREATE TRIGGER append_only BEFORE DELETE OR UPDATE ON portico.consent_event FOR EACH ROW EXECUTE FUNCTION portico.refuse_change();
CREATE TRIGGER append_only_truncate BEFORE TRUNCATE ON portico.consent_event FOR EACH STATEMENT EXECUTE FUNCTION portico.refuse_change();
grant insert, select on portico.consent_event to portico_service;

create table portico.consent_grant (
  environment_id portico.id not null,
  id portico.id not null,
  version integer default 1 not null,
  partner_id portico.id not null,
  integration_id portico.id not null,
  customer_id portico.id not null,
  purpose text collate "C" not null,
  purpose_version integer not null,
  request_id portico.id not null,
  one_time boolean default false not null,
  given_at timestamp with time zone not null,
  expires_at timestamp with time zone not null,
  suspended_at timestamp with time zone,
  consumed_at timestamp with time zone,
  ended_at timestamp with time zone,
  end_kind text,
  constraint consent_grant_pkey PRIMARY KEY (environment_id, id),
  constraint consent_grant_check CHECK (expires_at > given_at),
  constraint consent_grant_check1 CHECK ((ended_at IS NULL) = (end_kind IS NULL)),
  constraint consent_grant_check2 CHECK (consumed_at IS NULL OR one_time),
  constraint consent_grant_end_kind_check CHECK (end_kind = ANY (ARRAY['EXPIRED'::text, 'WITHDRAWN'::text, 'REVOKED'::text, 'RELINQUISHED'::text, 'SUPERSEDED'::text, 'INVALIDATED'::text])),
  constraint consent_grant_version_check CHECK (version > 0),
  constraint consent_grant_environment_id_customer_id_fkey FOREIGN KEY (environment_id, customer_id) REFERENCES portico.customer(environment_id, id),
  constraint consent_grant_environment_id_partner_id_integration_id_fkey FOREIGN KEY (environment_id, partner_id, integration_id) REFERENCES portico.integration(environment_id, partner_id, id),
  constraint consent_grant_environment_id_request_id_fkey FOREIGN KEY (environment_id, request_id) REFERENCES portico.consent_request(environment_id, id),
  constraint consent_grant_purpose_purpose_version_fkey FOREIGN KEY (purpose, purpose_version) REFERENCES portico.purpose_version(purpose, version)
);
CREATE INDEX consent_grant_by_customer ON portico.consent_grant USING btree (environment_id, customer_id, given_at DESC, id);
CREATE INDEX consent_grant_newest ON portico.consent_grant USING btree (environment_id, integration_id, given_at DESC, id);
CREATE UNIQUE INDEX consent_grant_standing ON portico.consent_grant USING btree (environment_id, integration_id, customer_id, purpose) WHERE ended_at IS NULL;
alter table portico.consent_grant enable row level security;
create policy tenant on portico.consent_grant for all
  using ((environment_id::text = (( SELECT current_setting('portico.environment_id'::text, true) AS current_setting))) IS TRUE AND ((( SELECT current_setting('portico.partner_id'::text, true) AS current_setting)) = partner_id::text OR (( SELECT current_setting('portico.partner_id'::text, true) AS current_setting)) = '*'::text))
  with check ((environment_id::text = (( SELECT current_setting('portico.environment_id'::text, true) AS current_setting))) IS TRUE AND ((( SELECT current_setting('portico.partner_id'::text, true) AS current_setting)) = partner_id::text OR (( SELECT current_setting('portico.partner_id'::text, true) AS current_setting)) = '*'::text));
grant insert, select, update on portico.consent_grant to portico_service;

create table portico.consent_grant_scope (
  environment_id portico.id not null,
  partner_id portico.id not null,
  grant_id portico.id not null,
  category text collate "C" not null,
  level text not null,
  lookback_days integer,
  "precision" text not null,
  constraint consent_grant_scope_pkey PRIMARY KEY (environment_id, grant_id, category),
  constraint consent_grant_scope_level_check CHECK (level = ANY (ARRAY['COUNT'::text, 'OVERLAP'::text, 'RECORD'::text])),
  constraint consent_grant_scope_lookback_days_check CHECK (lookback_days > 0),
  constraint consent_grant_scope_precision_check CHECK ("precision" = ANY (ARRAY['COARSE'::text, 'EXACT'::text])),
  constraint consent_grant_scope_category_fkey FOREIGN KEY (category) REFERENCES portico.data_category(code),
  constraint consent_grant_scope_environment_id_grant_id_fkey FOREIGN KEY (environment_id, grant_id) REFERENCES portico.consent_grant(environment_id, id)
);
alter table portico.consent_grant_scope enable row level security;
create policy tenant on portico.consent_grant_scope for all
  using ((environment_id::text = (( SELECT current_setting('portico.environment_id'::text, true) AS current_setting))) IS TRUE AND ((( SELECT current_setting('portico.partner_id'::text, true) AS current_setting)) = partner_id::text OR (( SELECT current_setting('portico.partner_id'::text, true) AS current_setting)) = '*'::text))
  with check ((environment_id::text = (( SELECT current_setting('portico.environment_id'::text, true) AS current_setting))) IS TRUE AND ((( SELECT current_setting('portico.partner_id'::text, true) AS current_setting)) = partner_id::text OR (( SELECT current_setting('portico.partner_id'::text, true) AS current_setting)) = '*'::text));
grant delete, insert, select on portico.consent_grant_scope to portico_service;

create table portico.consent_notice (
  environment_id portico.id not null,
  hash text collate "C" not null,
  document jsonb not null,
  constraint consent_notice_pkey PRIMARY KEY (environment_id, hash),
  constraint consent_notice_hash_check CHECK (hash ~ '^[0-9a-f]{64}$'::text),
  constraint consent_notice_environment_id_fkey FOREIGN KEY (environment_id) REFERENCES portico.environment(id)
);
alter table portico.consent_notice enable row level security;
create policy tenant on portico.consent_notice for all
  using ((environment_id::text = (( SELECT current_setting('portico.environment_id'::text, true) AS current_setting))) IS TRUE)
  with check ((environment_id::text = (( SELECT current_setting('portico.environment_id'::text, true) AS current_setting))) IS TRUE);
grant insert, select on portico.consent_notice to portico_service;

create table portico.consent_receipt (
  environment_id portico.id not null,
  id portico.id not null,
  partner_id portico.id not null,
  grant_id portico.id not null,
  grant_version integer not null,
  jws text not null,
  constraint consent_receipt_pkey PRIMARY KEY (environment_id, id),
  constraint consent_receipt_environment_id_grant_id_grant_version_key UNIQUE (environment_id, grant_id, grant_version),
  constraint consent_receipt_environment_id_grant_id_fkey FOREIGN KEY (environment_id, grant_id) REFERENCES portico.consent_grant(environment_id, id)
);
alter table portico.consent_receipt enable row level security;
create policy tenant on portico.consent_receipt for all
  using ((environment_id::text = (( SELECT current_setting('portico.environment_id'::text, true) AS current_setting))) IS TRUE AND ((( SELECT current_setting('portico.partner_id'::text, true) AS current_setting)) = partner_id::text OR (( SELECT current_setting('portico.partner_id'::text, true) AS current_setting)) = '*'::text))
  with check ((environment_id::text = (( SELECT current_setting('portico.environment_id'::text, true) AS current_setting))) IS TRUE AND ((( SELECT current_setting('portico.partner_id'::text, true) AS current_setting)) = partner_id::text OR (( SELECT current_setting('portico.partner_id'::text, true) AS current_setting)) = '*'::text));
grant insert, select on portico.consent_receipt to portico_service;

create table portico.consent_request (
  environment_id portico.id not null,
  id portico.id not null,
  partner_id portico.id not null,
  integration_id portico.id not null,
  customer_id portico.id,
  purpose text collate "C" not null,
  purpose_version integer not null,
  scopes jsonb not null,
  asked_at timestamp with time zone not null,
  expires_at timestamp with time zone not null,
  decided_at timestamp with time zone,
  decision text,
  grant_id portico.id,
  constraint consent_request_pkey PRIMARY KEY (environment_id, id),
  constraint consent_request_check CHECK ((decided_at IS NULL) = (decision IS NULL)),
  constraint consent_request_check1 CHECK ((grant_id IS NOT NULL) = COALESCE(decision = 'GIVEN'::text, false)),
  constraint consent_request_check2 CHECK (decision IS NULL OR customer_id IS NOT NULL),
  constraint consent_request_decision_check CHECK (decision = ANY (ARRAY['GIVEN'::text, 'REFUSED'::text])),
  constraint consent_request_scopes_check CHECK (jsonb_typeof(scopes) = 'array'::text),
  constraint consent_request_environment_id_customer_id_fkey FOREIGN KEY (environment_id, customer_id) REFERENCES portico.customer(environment_id, id),
  constraint consent_request_environment_id_grant_id_fkey FOREIGN KEY (environment_id, grant_id) REFERENCES portico.consent_grant(environment_id, id) DEFERRABLE INITIALLY DEFERRED,
  constraint consent_request_environment_id_partner_id_integration_id_fkey FOREIGN KEY (environment_id, partner_id, integration_id) REFERENCES portico.integration(environment_id, partner_id, id),
  constraint consent_request_purpose_purpose_version_fkey FOREIGN KEY (purpose, purpose_version) REFERENCES portico.purpose_version(purpose, version)
);
CREATE INDEX consent_request_by_integration ON portico.consent_request USING btree (environment_id, integration_id, asked_at DESC, id);
CREATE INDEX consent_request_refusals ON portico.consent_request USING btree (environment_id, customer_id, partner_id, purpose, decided_at) WHERE decision = 'REFUSED'::text;
alter table portico.consent_request enable row level security;
create policy tenant on portico.consent_request for all
  using ((environment_id::text = (( SELECT current_setting('portico.environment_id'::text, true) AS current_setting))) IS TRUE AND ((( SELECT current_setting('portico.partner_id'::text, true) AS current_setting)) = partner_id::text OR (( SELECT current_setting('portico.partner_id'::text, true) AS current_setting)) = '*'::text))
  with check ((environment_id::text = (( SELECT current_setting('portico.environment_id'::text, true) AS current_setting))) IS TRUE AND ((( SELECT current_setting('portico.partner_id'::text, true) AS current_setting)) = partner_id::text OR (( SELECT current_setting('portico.partner_id'::text, true) AS current_setting)) = '*'::text));
grant insert, select, update on portico.consent_request to portico_service;

create table portico.credential (
  environment_id portico.id not null,
  id portico.id not null,
  partner_id portico.id not null,
  integration_id portico.id not null,
  secret_hmac bytea not null,
  salt bytea not null,
  secret_prefix text not null,
  created_at timestamp with time zone not null,
  expires_at timestamp with time zone,
  revoked_at timestamp with time zone,
  constraint credential_pkey PRIMARY KEY (environment_id, id),
  constraint credential_salt_check CHECK (length(salt) >= 16),
  constraint credential_secret_hmac_check CHECK (length(secret_hmac) = 32),
  constraint credential_environment_id_partner_id_integration_id_fkey FOREIGN KEY (environment_id, partner_id, integration_id) REFERENCES portico.integration(environment_id, partner_id, id)
);
CREATE INDEX credential_newest ON portico.credential USING btree (environment_id, integration_id, created_at DESC, id);
alter table portico.credential enable row level security;
create policy tenant on portico.credential for all
  using ((environment_id::text = (( SELECT current_setting('portico.environment_id'::text, true) AS current_setting))) IS TRUE AND ((( SELECT current_setting('portico.partner_id'::text, true) AS current_setting)) = partner_id::text OR (( SELECT current_setting('portico.partner_id'::text, true) AS current_setting)) = '*'::text))
  with check ((environment_id::text = (( SELECT current_setting('portico.environment_id'::text, true) AS current_setting))) IS TRUE AND ((( SELECT current_setting('portico.partner_id'::text, true) AS current_setting)) = partner_id::text OR (( SELECT current_setting('portico.partner_id'::text, true) AS current_setting)) = '*'::text));
grant insert, select, update on portico.credential to portico_service;

create table portico.criterion (
  environment_id portico.id not null,
  id portico.id not null,
  milestone_id portico.id not null,
  "position" integer not null,
  kind text not null,
  metric text not null,
  description text not null,
  comparison text not null,
  target numeric not null,
  unit text not null,
  window_days integer not null,
  constraint criterion_pkey PRIMARY KEY (environment_id, id),
  constraint criterion_environment_id_milestone_id_position_key UNIQUE (environment_id, milestone_id, "position"),
  constraint criterion_comparison_check CHECK (comparison = ANY (ARRAY['AT_LEAST'::text, 'AT_MOST'::text])),
  constraint criterion_kind_check CHECK (kind = ANY (ARRAY['OUTCOME'::text, 'GUARDRAIL'::text, 'ACTIVITY'::text])),
  constraint criterion_window_days_check CHECK (window_days > 0),
  constraint criterion_environment_id_milestone_id_fkey FOREIGN KEY (environment_id, milestone_id) REFERENCES portico.milestone(environment_id, id)
);
alter table portico.criterion enable row level security;
create policy tenant on portico.criterion for all
  using ((environment_id::text = (( SELECT current_setting('portico.environment_id'::text, true) AS current_setting))) IS TRUE)
  with check ((environment_id::text = (( SELECT current_setting('portico.environment_id'::text, true) AS current_setting))) IS TRUE);
grant insert, select, update on portico.criterion to portico_service;

create table portico.criterion_progress (
  environment_id portico.id not null,
  partner_id portico.id not null,
  progress_id portico.id not null,
  criterion_id portico.id not null,
  value numeric,
  satisfied boolean not null,
  as_of timestamp with time zone not null,
  constraint criterion_progress_pkey PRIMARY KEY (environment_id, progress_id, criterion_id),
  constraint criterion_progress_environment_id_criterion_id_fkey FOREIGN KEY (environment_id, criterion_id) REFERENCES portico.criterion(environment_id, id),
  constraint criterion_progress_environment_id_partner_id_progress_id_fkey FOREIGN KEY (environment_id, partner_id, progress_id) REFERENCES portico.milestone_progress(environment_id, partner_id, id)
);
alter table portico.criterion_progress enable row level security;
create policy tenant on portico.criterion_progress for all
  using ((environment_id::text = (( SELECT current_setting('portico.environment_id'::text, true) AS current_setting))) IS TRUE AND ((( SELECT current_setting('portico.partner_id'::text, true) AS current_setting)) = partner_id::text OR (( SELECT current_setting('portico.partner_id'::text, true) AS current_setting)) = '*'::text))
  with check ((environment_id::text = (( SELECT current_setting('portico.environment_id'::text, true) AS current_setting))) IS TRUE AND ((( SELECT current_setting('portico.partner_id'::text, true) AS current_setting)) = partner_id::text OR (( SELECT current_setting('portico.partner_id'::text, true) AS current_setting)) = '*'::text));
grant insert, select, update on portico.criterion_progress to portico_service;

create table portico.customer (
  environment_id portico.id not null,
  id portico.id not null,
  reference text collate "C" not null,
  given_name text,
  family_name text,
  email text,
  phone text,
  language text,
  joined_at timestamp with time zone,
  updated_at timestamp with time zone not null,
  erased_at timestamp with time zone,
  constraint customer_pkey PRIMARY KEY (environment_id, id),
  constraint customer_environment_id_reference_key UNIQUE (environment_id, reference),
  constraint customer_check CHECK (erased_at IS NULL OR num_nonnulls(given_name, family_name, email, phone, language, joined_at) = 0),
  constraint customer_reference_check CHECK (length(reference) >= 1 AND length(reference) <= 100),
  constraint customer_environment_id_fkey FOREIGN KEY (environment_id) REFERENCES portico.environment(id)
);
alter table portico.customer enable row level security;
create policy tenant on portico.customer for all
  using ((environment_id::text = (( SELECT current_setting('portico.environment_id'::text, true) AS current_setting))) IS TRUE)
  with check ((environment_id::text = (( SELECT current_setting('portico.environment_id'::text, true) AS current_setting))) IS TRUE);
grant insert, select, update on portico.customer to portico_service;

create table portico.customer_location (
  environment_id portico.id not null,
  customer_id portico.id not null,
  reference text collate "C" not null,
  town text,
  region text,
  country text not null,
  observed_at timestamp with time zone not null,
  updated_at timestamp with time zone not null,
  constraint customer_location_pkey PRIMARY KEY (environment_id, reference),
  constraint customer_location_country_check CHECK (country ~ '^[A-Z]{2}$'::text),
  constraint customer_location_reference_check CHECK (length(reference) >= 1 AND length(reference) <= 100),
  constraint customer_location_environment_id_customer_id_fkey FOREIGN KEY (environment_id, customer_id) REFERENCES portico.customer(environment_id, id)
);
CREATE INDEX customer_location_by_customer ON portico.customer_location USING btree (environment_id, customer_id, observed_at DESC, reference);
alter table portico.customer_location enable row level security;
create policy tenant on portico.customer_location for all
  using ((environment_id::text = (( SELECT current_setting('portico.environment_id'::text, true) AS current_setting))) IS TRUE)
  with check ((environment_id::text = (( SELECT current_setting('portico.environment_id'::text, true) AS current_setting))) IS TRUE);
grant delete, insert, select, update on portico.customer_location to portico_service;

create table portico.customer_order (
  environment_id portico.id not null,
  id portico.id not null,
  customer_id portico.id not null,
  reference text collate "C" not null,
  placed_at timestamp with time zone not null,
  status text not null,
  currency text not null,
  total_minor bigint not null,
  updated_at timestamp with time zone not null,
  constraint customer_order_pkey PRIMARY KEY (environment_id, id),
  constraint customer_order_environment_id_reference_key UNIQUE (environment_id, reference),
  constraint customer_order_currency_check CHECK (currency ~ '^[A-Z]{3}$'::text),
  constraint customer_order_reference_check CHECK (length(reference) >= 1 AND length(reference) <= 100),
  constraint customer_order_status_check CHECK (status = ANY (ARRAY['PLACED'::text, 'SHIPPED'::text, 'DELIVERED'::text, 'RETURNED'::text, 'CANCELLED'::text])),
  constraint customer_order_total_minor_check CHECK (total_minor >= 0),
  constraint customer_order_environment_id_customer_id_fkey FOREIGN KEY (environment_id, customer_id) REFERENCES portico.customer(environment_id, id)
);
CREATE INDEX customer_order_by_customer ON portico.customer_order USING btree (environment_id, customer_id, placed_at DESC, id);
alter table portico.customer_order enable row level security;
create policy tenant on portico.customer_order for all
  using ((environment_id::text = (( SELECT current_setting('portico.environment_id'::text, true) AS current_setting))) IS TRUE)
  with check ((environment_id::text = (( SELECT current_setting('portico.environment_id'::text, true) AS current_setting))) IS TRUE);
grant delete, insert, select, update on portico.customer_order to portico_service;

create table portico.customer_preference (
  environment_id portico.id not null,
  customer_id portico.id not null,
  reference text collate "C" not null,
  name text not null,
  value text not null,
  updated_at timestamp with time zone not null,
  constraint customer_preference_pkey PRIMARY KEY (environment_id, reference),
  constraint customer_preference_reference_check CHECK (length(reference) >= 1 AND length(reference) <= 100),
  constraint customer_preference_environment_id_customer_id_fkey FOREIGN KEY (environment_id, customer_id) REFERENCES portico.customer(environment_id, id)
);
CREATE INDEX customer_preference_by_customer ON portico.customer_preference USING btree (environment_id, customer_id, name, reference);
alter table portico.customer_preference enable row level security;
create policy tenant on portico.customer_preference for all
  using ((environment_id::text = (( SELECT current_setting('portico.environment_id'::text, true) AS current_setting))) IS TRUE)
  with check ((environment_id::text = (( SELECT current_setting('portico.environment_id'::text, true) AS current_setting))) IS TRUE);
grant delete, insert, select, update on portico.customer_preference to portico_service;

create table portico.data_category (
  code text collate "C" not null,
  title jsonb not null,
  example jsonb not null,
  owner text not null,
  sensitivity text not null,
  dpv_class text not null,
  dated boolean not null,
  retention_days integer not null,
  changed_at timestamp with time zone not null,
  changed_by text not null,
  constraint data_category_pkey PRIMARY KEY (code),
  constraint data_category_changed_by_check CHECK (length(btrim(changed_by)) >= 1 AND length(btrim(changed_by)) <= 200),
  constraint data_category_code_check CHECK (code ~ '^[a-z]{2,30}\.[a-z_]{2,30}$'::text),
  constraint data_category_dpv_class_check CHECK (dpv_class ~ '^https://w3id\.org/dpv/'::text),
  constraint data_category_example_check CHECK (example ? 'en'::text AND example ? 'de'::text),
  constraint data_category_owner_check CHECK (length(btrim(owner)) >= 1 AND length(btrim(owner)) <= 200),
  constraint data_category_retention_days_check CHECK (retention_days >= 0 AND retention_days <= 3650),
  constraint data_category_sensitivity_check CHECK (sensitivity = ANY (ARRAY['ORDINARY'::text, 'SENSITIVE'::text, 'SPECIAL'::text])),
  constraint data_category_title_check CHECK (title ? 'en'::text AND title ? 'de'::text)
);
grant insert, select, update on portico.data_category to portico_service;

create table portico.environment (
  id portico.id not null,
  kind text not null,
  name text not null,
  owner_environment_id portico.id,
  owner_partner_id portico.id,
  id_namespace text not null,
  clock_offset_ms bigint default 0 not null,
  clock_frozen_at timestamp with time zone,
  born_at timestamp with time zone not null,
  revision bigint default 1 not null,
  created_at timestamp with time zone not null,
  closed_at timestamp with time zone,
  constraint environment_pkey PRIMARY KEY (id),
  constraint environment_check CHECK (kind = 'SANDBOX'::text OR clock_offset_ms = 0 AND clock_frozen_at IS NULL AND owner_partner_id IS NULL AND closed_at IS NULL),
  constraint environment_check1 CHECK ((owner_environment_id IS NULL) = (owner_partner_id IS NULL)),
  constraint environment_clock_offset_ms_check CHECK (clock_offset_ms >= 0),
  constraint environment_kind_check CHECK (kind = ANY (ARRAY['LIVE'::text, 'SANDBOX'::text])),
  constraint environment_owner_environment_id_owner_partner_id_fkey FOREIGN KEY (owner_environment_id, owner_partner_id) REFERENCES portico.partner(environment_id, id)
);
CREATE INDEX environment_owner ON portico.environment USING btree (owner_environment_id, owner_partner_id, id);
CREATE UNIQUE INDEX environment_one_live ON portico.environment USING btree (kind) WHERE kind = 'LIVE'::text;
alter table portico.environment enable row level security;
create policy tenant on portico.environment for all
  using ((id::text = (( SELECT current_setting('portico.environment_id'::text, true) AS current_setting))) IS TRUE)
  with check ((id::text = (( SELECT current_setting('portico.environment_id'::text, true) AS current_setting))) IS TRUE);
CREATE TRIGGER count_revision BEFORE UPDATE ON portico.environment FOR EACH ROW EXECUTE FUNCTION portico.count_environment_revision();
grant insert, select, update on portico.environment to portico_service;

create table portico.feed_deletion (
  environment_id portico.id not null,
  kind text collate "C" not null,
  reference text collate "C" not null,
  updated_at timestamp with time zone not null,
  constraint feed_deletion_pkey PRIMARY KEY (environment_id, kind, reference),
  constraint feed_deletion_kind_check CHECK (kind = ANY (ARRAY['orders'::text, 'preferences'::text, 'locations'::text, 'cases'::text])),
  constraint feed_deletion_environment_id_fkey FOREIGN KEY (environment_id) REFERENCES portico.environment(id)
);
alter table portico.feed_deletion enable row level security;
create policy tenant on portico.feed_deletion for all
  using ((environment_id::text = (( SELECT current_setting('portico.environment_id'::text, true) AS current_setting))) IS TRUE)
  with check ((environment_id::text = (( SELECT current_setting('portico.environment_id'::text, true) AS current_setting))) IS TRUE);
grant insert, select, update on portico.feed_deletion to portico_service;

create table portico.idempotency_key (
  environment_id portico.id not null,
  integration_id portico.id not null,
  key text collate "C" not null,
  partner_id portico.id not null,
  request_hash bytea not null,
  answer jsonb,
  created_at timestamp with time zone not null,
  constraint idempotency_key_pkey PRIMARY KEY (environment_id, integration_id, key),
  constraint idempotency_key_key_check CHECK (key ~ '^[\x20-\x7e]{1,255}$'::text),
  constraint idempotency_key_request_hash_check CHECK (length(request_hash) = 32),
  constraint idempotency_key_environment_id_partner_id_integration_id_fkey FOREIGN KEY (environment_id, partner_id, integration_id) REFERENCES portico.integration(environment_id, partner_id, id)
);
CREATE INDEX idempotency_key_age ON portico.idempotency_key USING btree (created_at);
CREATE INDEX idempotency_key_newest ON portico.idempotency_key USING btree (environment_id, integration_id, created_at);
alter table portico.idempotency_key enable row level security;
create policy tenant on portico.idempotency_key for all
  using ((environment_id::text = (( SELECT current_setting('portico.environment_id'::text, true) AS current_setting))) IS TRUE AND ((( SELECT current_setting('portico.partner_id'::text, true) AS current_setting)) = partner_id::text OR (( SELECT current_setting('portico.partner_id'::text, true) AS current_setting)) = '*'::text))
  with check ((environment_id::text = (( SELECT current_setting('portico.environment_id'::text, true) AS current_setting))) IS TRUE AND ((( SELECT current_setting('portico.partner_id'::text, true) AS current_setting)) = partner_id::text OR (( SELECT current_setting('portico.partner_id'::text, true) AS current_setting)) = '*'::text));
grant insert, select, update on portico.idempotency_key to portico_service;

create table portico.integration (
  environment_id portico.id not null,
  id portico.id not null,
  partner_id portico.id not null,
  name text not null,
  category text not null,
  status text default 'ACTIVE'::text not null,
  scopes text[] default '{}'::text[] not null,
  created_at timestamp with time zone not null,
  pinned_version text collate "C",
  pinned_at timestamp with time zone,
  constraint integration_pkey PRIMARY KEY (environment_id, id),
  constraint integration_environment_id_partner_id_id_key UNIQUE (environment_id, partner_id, id),
  constraint integration_category_check CHECK (category = ANY (ARRAY['CHECKOUT'::text, 'SHIPPING'::text, 'REVIEWS'::text, 'RECOMMENDATIONS'::text, 'SUPPORT_DESK'::text, 'LOYALTY'::text])),
  constraint integration_check CHECK ((pinned_version IS NULL) = (pinned_at IS NULL)),
  constraint integration_pinned_version_check CHECK (pinned_version ~ '^([0-9]{4}-(01|04|07|10)|unstable)$'::text),
  constraint integration_status_check CHECK (status = ANY (ARRAY['ACTIVE'::text, 'SUSPENDED'::text])),
  constraint integration_environment_id_partner_id_fkey FOREIGN KEY (environment_id, partner_id) REFERENCES portico.partner(environment_id, id)
);
CREATE INDEX integration_by_age ON portico.integration USING btree (environment_id, partner_id, created_at, id);
CREATE INDEX integration_by_name ON portico.integration USING btree (environment_id, partner_id, name COLLATE "C", id);
CREATE UNIQUE INDEX integration_client_id ON portico.integration USING btree (id);
alter table portico.integration enable row level security;
create policy tenant on portico.integration for all
  using ((environment_id::text = (( SELECT current_setting('portico.environment_id'::text, true) AS current_setting))) IS TRUE AND ((( SELECT current_setting('portico.partner_id'::text, true) AS current_setting)) = partner_id::text OR (( SELECT current_setting('portico.partner_id'::text, true) AS current_setting)) = '*'::text))
  with check ((environment_id::text = (( SELECT current_setting('portico.environment_id'::text, true) AS current_setting))) IS TRUE AND ((( SELECT current_setting('portico.partner_id'::text, true) AS current_setting)) = partner_id::text OR (( SELECT current_setting('portico.partner_id'::text, true) AS current_setting)) = '*'::text));
grant insert, select, update on portico.integration to portico_service;

create table portico.integration_purpose (
  environment_id portico.id not null,
  partner_id portico.id not null,
  integration_id portico.id not null,
  purpose text collate "C" not null,
  approved_at timestamp with time zone not null,
  withdrawn_at timestamp with time zone,
  approved_by text not null,
  constraint integration_purpose_pkey PRIMARY KEY (environment_id, integration_id, purpose),
  constraint integration_purpose_check CHECK (withdrawn_at >= approved_at),
  constraint integration_purpose_environment_id_partner_id_integration__fkey FOREIGN KEY (environment_id, partner_id, integration_id) REFERENCES portico.integration(environment_id, partner_id, id)
);
alter table portico.integration_purpose enable row level security;
create policy tenant on portico.integration_purpose for all
  using ((environment_id::text = (( SELECT current_setting('portico.environment_id'::text, true) AS current_setting))) IS TRUE AND ((( SELECT current_setting('portico.partner_id'::text, true) AS current_setting)) = partner_id::text OR (( SELECT current_setting('portico.partner_id'::text, true) AS current_setting)) = '*'::text))
  with check ((environment_id::text = (( SELECT current_setting('portico.environment_id'::text, true) AS current_setting))) IS TRUE AND ((( SELECT current_setting('portico.partner_id'::text, true) AS current_setting)) = partner_id::text OR (( SELECT current_setting('portico.partner_id'::text, true) AS current_setting)) = '*'::text));
grant insert, select, update on portico.integration_purpose to portico_service;

create table portico.limit_policy (
  id bigint generated always as identity not null,
  subject_kind text not null,
  subject text not null,
  environment_kind text not null,
  capacity integer,
  refill_per_second integer,
  max_operation_cost integer,
  concurrency integer,
  starts_at timestamp with time zone not null,
  shadow_until timestamp with time zone,
  decided_by text not null,
  reason text not null,
  constraint limit_policy_pkey PRIMARY KEY (id),
  constraint limit_policy_capacity_check CHECK (capacity >= 1 AND capacity <= 1000000),
  constraint limit_policy_check CHECK (max_operation_cost >= 1 AND max_operation_cost <= capacity),
  constraint limit_policy_check1 CHECK (shadow_until > starts_at),
  constraint limit_policy_check2 CHECK (num_nulls(capacity, refill_per_second, max_operation_cost, concurrency) = ANY (ARRAY[0, 4])),
  constraint limit_policy_check3 CHECK (subject_kind <> 'TIER'::text OR capacity IS NOT NULL),
  constraint limit_policy_concurrency_check CHECK (concurrency >= 1 AND concurrency <= 10000),
  constraint limit_policy_decided_by_check CHECK (length(btrim(decided_by)) >= 1 AND length(btrim(decided_by)) <= 200),
  constraint limit_policy_environment_kind_check CHECK (environment_kind = ANY (ARRAY['BOTH'::text, 'LIVE'::text, 'SANDBOX'::text])),
  constraint limit_policy_reason_check CHECK (length(btrim(reason)) >= 1 AND length(btrim(reason)) <= 500),
  constraint limit_policy_refill_per_second_check CHECK (refill_per_second >= 1 AND refill_per_second <= 1000000),
  constraint limit_policy_subject_kind_check CHECK (subject_kind = ANY (ARRAY['TIER'::text, 'PARTNER'::text, 'INTEGRATION'::text]))
);
CREATE INDEX limit_policy_subject ON portico.limit_policy USING btree (subject_kind, subject, environment_kind, id);
CREATE TRIGGER append_only BEFORE DELETE OR UPDATE ON portico.limit_policy FOR EACH ROW EXECUTE FUNCTION portico.refuse_change();
CREATE TRIGGER append_only_truncate BEFORE TRUNCATE ON portico.limit_policy FOR EACH STATEMENT EXECUTE FUNCTION portico.refuse_change();
grant insert, select on portico.limit_policy to portico_service;

create table portico.marketplace_credential (
  environment_id portico.id not null,
  id portico.id not null,
  name text not null,
  secret_hmac bytea not null,
  salt bytea not null,
  secret_prefix text not null,
  created_at timestamp with time zone not null,
  revoked_at timestamp with time zone,
  constraint marketplace_credential_pkey PRIMARY KEY (environment_id, id),
  constraint marketplace_credential_name_check CHECK (length(btrim(name)) >= 1 AND length(btrim(name)) <= 200),
  constraint marketplace_credential_salt_check CHECK (length(salt) >= 16),
  constraint marketplace_credential_secret_hmac_check CHECK (length(secret_hmac) = 32),
  constraint marketplace_credential_environment_id_fkey FOREIGN KEY (environment_id) REFERENCES portico.environment(id)
);
CREATE UNIQUE INDEX marketplace_credential_client_id ON portico.marketplace_credential USING btree (id);
alter table portico.marketplace_credential enable row level security;
create policy tenant on portico.marketplace_credential for all
  using ((environment_id::text = (( SELECT current_setting('portico.environment_id'::text, true) AS current_setting))) IS TRUE)
  with check ((environment_id::text = (( SELECT current_setting('portico.environment_id'::text, true) AS current_setting))) IS TRUE);
grant insert, select, update on portico.marketplace_credential to portico_service;

create table portico.marketplace_revoked_token (
  environment_id portico.id not null,
  token_id text collate "C" not null,
  expires_at timestamp with time zone not null,
  constraint marketplace_revoked_token_pkey PRIMARY KEY (environment_id, token_id),
  constraint marketplace_revoked_token_environment_id_fkey FOREIGN KEY (environment_id) REFERENCES portico.environment(id)
);
alter table portico.marketplace_revoked_token enable row level security;
create policy tenant on portico.marketplace_revoked_token for all
  using ((environment_id::text = (( SELECT current_setting('portico.environment_id'::text, true) AS current_setting))) IS TRUE)
  with check ((environment_id::text = (( SELECT current_setting('portico.environment_id'::text, true) AS current_setting))) IS TRUE);
grant delete, insert, select on portico.marketplace_revoked_token to portico_service;

create table portico.member (
  environment_id portico.id not null,
  id portico.id not null,
  partner_id portico.id not null,
  name text not null,
  email text not null,
  role text not null,
  joined_at timestamp with time zone not null,
  constraint member_pkey PRIMARY KEY (environment_id, id),
  constraint member_environment_id_partner_id_email_key UNIQUE (environment_id, partner_id, email),
  constraint member_role_check CHECK (role = ANY (ARRAY['OWNER'::text, 'DEVELOPER'::text, 'ANALYST'::text, 'FINANCE'::text])),
  constraint member_environment_id_partner_id_fkey FOREIGN KEY (environment_id, partner_id) REFERENCES portico.partner(environment_id, id)
);
alter table portico.member enable row level security;
create policy tenant on portico.member for all
  using ((environment_id::text = (( SELECT current_setting('portico.environment_id'::text, true) AS current_setting))) IS TRUE AND ((( SELECT current_setting('portico.partner_id'::text, true) AS current_setting)) = partner_id::text OR (( SELECT current_setting('portico.partner_id'::text, true) AS current_setting)) = '*'::text))
  with check ((environment_id::text = (( SELECT current_setting('portico.environment_id'::text, true) AS current_setting))) IS TRUE AND ((( SELECT current_setting('portico.partner_id'::text, true) AS current_setting)) = partner_id::text OR (( SELECT current_setting('portico.partner_id'::text, true) AS current_setting)) = '*'::text));
grant delete, insert, select, update on portico.member to portico_service;

create table portico.milestone (
  environment_id portico.id not null,
  id portico.id not null,
  program_id portico.id not null,
  "position" integer not null,
  title text not null,
  user_outcome text not null,
  category text not null,
  cadence text not null,
  published_at timestamp with time zone not null,
  retired_at timestamp with time zone,
  constraint milestone_pkey PRIMARY KEY (environment_id, id),
  constraint milestone_environment_id_program_id_position_key UNIQUE (environment_id, program_id, "position"),
  constraint milestone_cadence_check CHECK (cadence = ANY (ARRAY['ONCE'::text, 'QUARTERLY'::text])),
  constraint milestone_category_check CHECK (category = ANY (ARRAY['ONBOARDING'::text, 'OUTCOME'::text, 'RELIABILITY'::text, 'DATA_QUALITY'::text])),
  constraint milestone_user_outcome_check CHECK (length(btrim(user_outcome)) > 0),
  constraint milestone_environment_id_program_id_fkey FOREIGN KEY (environment_id, program_id) REFERENCES portico.program(environment_id, id)
);
alter table portico.milestone enable row level security;
create policy tenant on portico.milestone for all
  using ((environment_id::text = (( SELECT current_setting('portico.environment_id'::text, true) AS current_setting))) IS TRUE)
  with check ((environment_id::text = (( SELECT current_setting('portico.environment_id'::text, true) AS current_setting))) IS TRUE);
grant insert, select, update on portico.milestone to portico_service;

create table portico.milestone_dependency (
  environment_id portico.id not null,
  milestone_id portico.id not null,
  depends_on_id portico.id not null,
  constraint milestone_dependency_pkey PRIMARY KEY (environment_id, milestone_id, depends_on_id),
  constraint milestone_dependency_check CHECK (depends_on_id::text <> milestone_id::text),
  constraint milestone_dependency_environment_id_depends_on_id_fkey FOREIGN KEY (environment_id, depends_on_id) REFERENCES portico.milestone(environment_id, id),
  constraint milestone_dependency_environment_id_milestone_id_fkey FOREIGN KEY (environment_id, milestone_id) REFERENCES portico.milestone(environment_id, id)
);
CREATE INDEX milestone_dependency_unlocks ON portico.milestone_dependency USING btree (environment_id, depends_on_id, milestone_id);
alter table portico.milestone_dependency enable row level security;
create policy tenant on portico.milestone_dependency for all
  using ((environment_id::text = (( SELECT current_setting('portico.environment_id'::text, true) AS current_setting))) IS TRUE)
  with check ((environment_id::text = (( SELECT current_setting('portico.environment_id'::text, true) AS current_setting))) IS TRUE);
grant delete, insert, select on portico.milestone_dependency to portico_service;

create table portico.milestone_progress (
  environment_id portico.id not null,
  id portico.id not null,
  partner_id portico.id not null,
  integration_id portico.id not null,
  milestone_id portico.id not null,
  period text collate "C" not null,
  state text not null,
  percent_complete integer not null,
  opened_at timestamp with time zone,
  reached_at timestamp with time zone,
  confirmed_at timestamp with time zone,
  updated_at timestamp with time zone not null,
  constraint milestone_progress_pkey PRIMARY KEY (environment_id, id),
  constraint milestone_progress_environment_id_partner_id_id_key UNIQUE (environment_id, partner_id, id),
  constraint milestone_progress_environment_id_partner_id_integration_id_key UNIQUE (environment_id, partner_id, integration_id, milestone_id, period),
  constraint milestone_progress_percent_complete_check CHECK (percent_complete >= 0 AND percent_complete <= 100),
  constraint milestone_progress_period_check CHECK (period ~ '^([0-9]{4}-Q[1-4]|ONCE)$'::text),
  constraint milestone_progress_state_check CHECK (state = ANY (ARRAY['LOCKED'::text, 'OPEN'::text, 'IN_PROGRESS'::text, 'PROVISIONAL'::text, 'CONFIRMED'::text, 'REWARDED'::text, 'DISPUTED'::text, 'REVERSED'::text])),
  constraint milestone_progress_environment_id_milestone_id_fkey FOREIGN KEY (environment_id, milestone_id) REFERENCES portico.milestone(environment_id, id),
  constraint milestone_progress_environment_id_partner_id_integration_i_fkey FOREIGN KEY (environment_id, partner_id, integration_id) REFERENCES portico.integration(environment_id, partner_id, id)
);
CREATE INDEX milestone_progress_of_integration ON portico.milestone_progress USING btree (environment_id, partner_id, integration_id, period DESC, id);
CREATE INDEX milestone_progress_of_milestone ON portico.milestone_progress USING btree (environment_id, partner_id, milestone_id, period DESC, id);
CREATE INDEX milestone_progress_of_partner ON portico.milestone_progress USING btree (environment_id, partner_id, period DESC, id);
alter table portico.milestone_progress enable row level security;
create policy tenant on portico.milestone_progress for all
  using ((environment_id::text = (( SELECT current_setting('portico.environment_id'::text, true) AS current_setting))) IS TRUE AND ((( SELECT current_setting('portico.partner_id'::text, true) AS current_setting)) = partner_id::text OR (( SELECT current_setting('portico.partner_id'::text, true) AS current_setting)) = '*'::text))
  with check ((environment_id::text = (( SELECT current_setting('portico.environment_id'::text, true) AS current_setting))) IS TRUE AND ((( SELECT current_setting('portico.partner_id'::text, true) AS current_setting)) = partner_id::text OR (( SELECT current_setting('portico.partner_id'::text, true) AS current_setting)) = '*'::text));
grant insert, select, update on portico.milestone_progress to portico_service;

create table portico.order_item (
  environment_id portico.id not null,
  order_id portico.id not null,
  "position" integer not null,
  title text not null,
  department text,
  quantity integer not null,
  price_minor bigint not null,
  constraint order_item_pkey PRIMARY KEY (environment_id, order_id, "position"),
  constraint order_item_position_check CHECK ("position" >= 0),
  constraint order_item_price_minor_check CHECK (price_minor >= 0),
  constraint order_item_quantity_check CHECK (quantity > 0),
  constraint order_item_environment_id_order_id_fkey FOREIGN KEY (environment_id, order_id) REFERENCES portico.customer_order(environment_id, id) ON DELETE CASCADE
);
alter table portico.order_item enable row level security;
create policy tenant on portico.order_item for all
  using ((environment_id::text = (( SELECT current_setting('portico.environment_id'::text, true) AS current_setting))) IS TRUE)
  with check ((environment_id::text = (( SELECT current_setting('portico.environment_id'::text, true) AS current_setting))) IS TRUE);
grant delete, insert, select on portico.order_item to portico_service;

create table portico.pairwise_subject (
  environment_id portico.id not null,
  partner_id portico.id not null,
  customer_id portico.id not null,
  id portico.id not null,
  salt bytea not null,
  constraint pairwise_subject_pkey PRIMARY KEY (environment_id, partner_id, customer_id),
  constraint pairwise_subject_environment_id_id_key UNIQUE (environment_id, id),
  constraint pairwise_subject_salt_check CHECK (length(salt) = 32),
  constraint pairwise_subject_environment_id_customer_id_fkey FOREIGN KEY (environment_id, customer_id) REFERENCES portico.customer(environment_id, id),
  constraint pairwise_subject_environment_id_partner_id_fkey FOREIGN KEY (environment_id, partner_id) REFERENCES portico.partner(environment_id, id)
);
alter table portico.pairwise_subject enable row level security;
create policy tenant on portico.pairwise_subject for all
  using ((environment_id::text = (( SELECT current_setting('portico.environment_id'::text, true) AS current_setting))) IS TRUE AND ((( SELECT current_setting('portico.partner_id'::text, true) AS current_setting)) = partner_id::text OR (( SELECT current_setting('portico.partner_id'::text, true) AS current_setting)) = '*'::text))
  with check ((environment_id::text = (( SELECT current_setting('portico.environment_id'::text, true) AS current_setting))) IS TRUE AND ((( SELECT current_setting('portico.partner_id'::text, true) AS current_setting)) = partner_id::text OR (( SELECT current_setting('portico.partner_id'::text, true) AS current_setting)) = '*'::text));
grant insert, select on portico.pairwise_subject to portico_service;

create table portico.partner (
  environment_id portico.id not null,
  id portico.id not null,
  name text not null,
  website text,
  tier text default 'HARBOUR'::text not null,
  status text default 'ACTIVE'::text not null,
  joined_at timestamp with time zone not null,
  constraint partner_pkey PRIMARY KEY (environment_id, id),
  constraint partner_status_check CHECK (status = ANY (ARRAY['ACTIVE'::text, 'SUSPENDED'::text])),
  constraint partner_environment_id_fkey FOREIGN KEY (environment_id) REFERENCES portico.environment(id)
);
alter table portico.partner enable row level security;
create policy tenant on portico.partner for all
  using ((environment_id::text = (( SELECT current_setting('portico.environment_id'::text, true) AS current_setting))) IS TRUE AND ((( SELECT current_setting('portico.partner_id'::text, true) AS current_setting)) = id::text OR (( SELECT current_setting('portico.partner_id'::text, true) AS current_setting)) = '*'::text))
  with check ((environment_id::text = (( SELECT current_setting('portico.environment_id'::text, true) AS current_setting))) IS TRUE AND ((( SELECT current_setting('portico.partner_id'::text, true) AS current_setting)) = id::text OR (( SELECT current_setting('portico.partner_id'::text, true) AS current_setting)) = '*'::text));
grant insert, select, update on portico.partner to portico_service;

create table portico.portico_migration (
  id integer generated always as identity not null,
  "timestamp" bigint not null,
  name text not null,
  checksum text default current_setting('portico.migration_checksum'::text) not null,
  applied_at timestamp with time zone default now() not null,
  constraint portico_migration_pkey PRIMARY KEY (id),
  constraint portico_migration_name_key UNIQUE (name)
);
grant select on portico.portico_migration to portico_service;

create table portico.program (
  environment_id portico.id not null,
  id portico.id not null,
  name text not null,
  description text not null,
  constraint program_pkey PRIMARY KEY (environment_id, id),
  constraint program_environment_id_fkey FOREIGN KEY (environment_id) REFERENCES portico.environment(id)
);
CREATE UNIQUE INDEX program_one ON portico.program USING btree (environment_id);
alter table portico.program enable row level security;
create policy tenant on portico.program for all
  using ((environment_id::text = (( SELECT current_setting('portico.environment_id'::text, true) AS current_setting))) IS TRUE)
  with check ((environment_id::text = (( SELECT current_setting('portico.environment_id'::text, true) AS current_setting))) IS TRUE);
grant insert, select, update on portico.program to portico_service;

create table portico.purpose_version (
  purpose text collate "C" not null,
  version integer not null,
  title jsonb not null,
  sentence jsonb not null,
  benefit jsonb not null,
  without jsonb not null,
  dpv_class text not null,
  categories text[] not null,
  max_level text not null,
  max_lookback_days integer,
  max_precision text not null,
  max_duration_days integer not null,
  useful_days integer not null,
  assessment text,
  assessed_by text,
  assessed_at timestamp with time zone,
  drafted_by text not null,
  drafted_at timestamp with time zone not null,
  published_by text,
  effective_from timestamp with time zone,
  retired_at timestamp with time zone,
  constraint purpose_version_pkey PRIMARY KEY (purpose, version),
  constraint purpose_version_assessment_check CHECK (length(btrim(assessment)) >= 1 AND length(btrim(assessment)) <= 500),
  constraint purpose_version_benefit_check CHECK (benefit ? 'en'::text AND benefit ? 'de'::text),
  constraint purpose_version_categories_check CHECK (cardinality(categories) > 0),
  constraint purpose_version_check CHECK (useful_days >= 0 AND useful_days <= max_duration_days),
  constraint purpose_version_check1 CHECK (num_nulls(assessment, assessed_by, assessed_at) = ANY (ARRAY[0, 3])),
  constraint purpose_version_check2 CHECK ((effective_from IS NULL) = (published_by IS NULL)),
  constraint purpose_version_dpv_class_check CHECK (dpv_class ~ '^https://w3id\.org/dpv'::text),
  constraint purpose_version_max_duration_days_check CHECK (max_duration_days >= 1 AND max_duration_days <= 365),
  constraint purpose_version_max_level_check CHECK (max_level = ANY (ARRAY['COUNT'::text, 'OVERLAP'::text, 'RECORD'::text])),
  constraint purpose_version_max_lookback_days_check CHECK (max_lookback_days > 0),
  constraint purpose_version_max_precision_check CHECK (max_precision = ANY (ARRAY['COARSE'::text, 'EXACT'::text])),
  constraint purpose_version_needs_assessment CHECK (effective_from IS NULL OR assessment IS NOT NULL),
  constraint purpose_version_purpose_check CHECK (purpose ~ '^[a-z][a-z0-9_]{2,39}$'::text),
  constraint purpose_version_sentence_check CHECK (sentence ? 'en'::text AND sentence ? 'de'::text),
  constraint purpose_version_title_check CHECK (title ? 'en'::text AND title ? 'de'::text),
  constraint purpose_version_version_check CHECK (version > 0),
  constraint purpose_version_without_check CHECK (without ? 'en'::text AND without ? 'de'::text)
);
CREATE TRIGGER published_stays BEFORE UPDATE ON portico.purpose_version FOR EACH ROW EXECUTE FUNCTION portico.refuse_published_change();
grant insert, select, update on portico.purpose_version to portico_service;

create table portico.receipt_key (
  kid text collate "C" not null,
  jwk jsonb not null,
  first_used_at timestamp with time zone not null,
  constraint receipt_key_pkey PRIMARY KEY (kid)
);
grant insert, select on portico.receipt_key to portico_service;

create table portico.recipient_profile (
  environment_id portico.id not null,
  partner_id portico.id not null,
  legal_name text not null,
  address text not null,
  storage_countries text[] not null,
  contact text not null,
  privacy_url text not null,
  verified_at timestamp with time zone not null,
  verified_by text not null,
  constraint recipient_profile_pkey PRIMARY KEY (environment_id, partner_id),
  constraint recipient_profile_address_check CHECK (length(btrim(address)) >= 1 AND length(btrim(address)) <= 500),
  constraint recipient_profile_contact_check CHECK (length(btrim(contact)) >= 1 AND length(btrim(contact)) <= 200),
  constraint recipient_profile_legal_name_check CHECK (length(btrim(legal_name)) >= 1 AND length(btrim(legal_name)) <= 200),
  constraint recipient_profile_privacy_url_check CHECK (privacy_url ~ '^https://'::text),
  constraint recipient_profile_storage_countries_check CHECK (cardinality(storage_countries) >= 1 AND cardinality(storage_countries) <= 50),
  constraint recipient_profile_environment_id_partner_id_fkey FOREIGN KEY (environment_id, partner_id) REFERENCES portico.partner(environment_id, id)
);
alter table portico.recipient_profile enable row level security;
create policy tenant on portico.recipient_profile for all
  using ((environment_id::text = (( SELECT current_setting('portico.environment_id'::text, true) AS current_setting))) IS TRUE AND ((( SELECT current_setting('portico.partner_id'::text, true) AS current_setting)) = partner_id::text OR (( SELECT current_setting('portico.partner_id'::text, true) AS current_setting)) = '*'::text))
  with check ((environment_id::text = (( SELECT current_setting('portico.environment_id'::text, true) AS current_setting))) IS TRUE AND ((( SELECT current_setting('portico.partner_id'::text, true) AS current_setting)) = partner_id::text OR (( SELECT current_setting('portico.partner_id'::text, true) AS current_setting)) = '*'::text));
grant insert, select, update on portico.recipient_profile to portico_service;

create table portico.redirect_uri (
  environment_id portico.id not null,
  partner_id portico.id not null,
  integration_id portico.id not null,
  uri text collate "C" not null,
  created_at timestamp with time zone not null,
  constraint redirect_uri_pkey PRIMARY KEY (environment_id, integration_id, uri),
  constraint redirect_uri_uri_check CHECK (length(uri) >= 1 AND length(uri) <= 2000),
  constraint redirect_uri_environment_id_partner_id_integration_id_fkey FOREIGN KEY (environment_id, partner_id, integration_id) REFERENCES portico.integration(environment_id, partner_id, id) DEFERRABLE
);
alter table portico.redirect_uri enable row level security;
create policy tenant on portico.redirect_uri for all
  using ((environment_id::text = (( SELECT current_setting('portico.environment_id'::text, true) AS current_setting))) IS TRUE AND ((( SELECT current_setting('portico.partner_id'::text, true) AS current_setting)) = partner_id::text OR (( SELECT current_setting('portico.partner_id'::text, true) AS current_setting)) = '*'::text))
  with check ((environment_id::text = (( SELECT current_setting('portico.environment_id'::text, true) AS current_setting))) IS TRUE AND ((( SELECT current_setting('portico.partner_id'::text, true) AS current_setting)) = partner_id::text OR (( SELECT current_setting('portico.partner_id'::text, true) AS current_setting)) = '*'::text));
grant delete, insert, select on portico.redirect_uri to portico_service;

create table portico.request_log (
  environment_id portico.id not null,
  id portico.id not null,
  partner_id portico.id not null,
  integration_id portico.id not null,
  received_at timestamp with time zone not null,
  api_version text not null,
  operation_kind text,
  operation_name text,
  document_hash text,
  status integer not null,
  error_codes text[] default '{}'::text[] not null,
  object_count integer default 0 not null,
  duration_ms real not null,
  requested_cost integer,
  refunded_cost integer,
  constraint request_log_pkey PRIMARY KEY (environment_id, id),
  constraint request_log_operation_kind_check CHECK (operation_kind = ANY (ARRAY['QUERY'::text, 'MUTATION'::text])),
  constraint request_log_refunded_cost_check CHECK (refunded_cost >= 0),
  constraint request_log_requested_cost_check CHECK (requested_cost >= 0)
);
CREATE INDEX request_log_age ON portico.request_log USING btree (received_at);
CREATE INDEX request_log_charges ON portico.request_log USING btree (environment_id, integration_id, received_at DESC, id) WHERE requested_cost IS NOT NULL;
CREATE INDEX request_log_newest ON portico.request_log USING btree (environment_id, integration_id, received_at DESC, id);
alter table portico.request_log enable row level security;
create policy append on portico.request_log for insert
  with check (true);
create policy tenant on portico.request_log for all
  using ((environment_id::text = (( SELECT current_setting('portico.environment_id'::text, true) AS current_setting))) IS TRUE AND ((( SELECT current_setting('portico.partner_id'::text, true) AS current_setting)) = partner_id::text OR (( SELECT current_setting('portico.partner_id'::text, true) AS current_setting)) = '*'::text))
  with check ((environment_id::text = (( SELECT current_setting('portico.environment_id'::text, true) AS current_setting))) IS TRUE AND ((( SELECT current_setting('portico.partner_id'::text, true) AS current_setting)) = partner_id::text OR (( SELECT current_setting('portico.partner_id'::text, true) AS current_setting)) = '*'::text));
grant insert, select on portico.request_log to portico_service;

create table portico.revoked_token (
  environment_id portico.id not null,
  token_id text collate "C" not null,
  partner_id portico.id not null,
  expires_at timestamp with time zone not null,
  constraint revoked_token_pkey PRIMARY KEY (environment_id, token_id),
  constraint revoked_token_environment_id_fkey FOREIGN KEY (environment_id) REFERENCES portico.environment(id)
);
alter table portico.revoked_token enable row level security;
create policy tenant on portico.revoked_token for all
  using ((environment_id::text = (( SELECT current_setting('portico.environment_id'::text, true) AS current_setting))) IS TRUE AND ((( SELECT current_setting('portico.partner_id'::text, true) AS current_setting)) = partner_id::text OR (( SELECT current_setting('portico.partner_id'::text, true) AS current_setting)) = '*'::text))
  with check ((environment_id::text = (( SELECT current_setting('portico.environment_id'::text, true) AS current_setting))) IS TRUE AND ((( SELECT current_setting('portico.partner_id'::text, true) AS current_setting)) = partner_id::text OR (( SELECT current_setting('portico.partner_id'::text, true) AS current_setting)) = '*'::text));
grant delete, insert, select on portico.revoked_token to portico_service;

create table portico.reward (
  environment_id portico.id not null,
  id portico.id not null,
  milestone_id portico.id not null,
  kind text not null,
  title text not null,
  description text not null,
  amount_minor bigint,
  currency text,
  lasts_days integer,
  constraint reward_pkey PRIMARY KEY (environment_id, id),
  constraint reward_amount_minor_check CHECK (amount_minor > 0),
  constraint reward_check CHECK ((kind = 'FINANCIAL'::text) = (amount_minor IS NOT NULL)),
  constraint reward_check1 CHECK ((amount_minor IS NULL) = (currency IS NULL)),
  constraint reward_currency_check CHECK (currency ~ '^[A-Z]{3}$'::text),
  constraint reward_kind_check CHECK (kind = ANY (ARRAY['FINANCIAL'::text, 'REPUTATIONAL'::text, 'CAPABILITY'::text])),
  constraint reward_lasts_days_check CHECK (lasts_days > 0),
  constraint reward_environment_id_milestone_id_fkey FOREIGN KEY (environment_id, milestone_id) REFERENCES portico.milestone(environment_id, id)
);
CREATE UNIQUE INDEX reward_one ON portico.reward USING btree (environment_id, milestone_id);
alter table portico.reward enable row level security;
create policy tenant on portico.reward for all
  using ((environment_id::text = (( SELECT current_setting('portico.environment_id'::text, true) AS current_setting))) IS TRUE)
  with check ((environment_id::text = (( SELECT current_setting('portico.environment_id'::text, true) AS current_setting))) IS TRUE);
grant insert, select, update on portico.reward to portico_service;

create table portico.roadmap_item (
  environment_id portico.id not null,
  id portico.id not null,
  program_id portico.id not null,
  title text not null,
  user_outcome text not null,
  criteria_summary text not null,
  reward_kind text not null,
  announced_on date,
  opens_on date not null,
  closes_on date,
  constraint roadmap_item_pkey PRIMARY KEY (environment_id, id),
  constraint roadmap_item_check CHECK (announced_on <= opens_on AND opens_on < closes_on),
  constraint roadmap_item_reward_kind_check CHECK (reward_kind = ANY (ARRAY['FINANCIAL'::text, 'REPUTATIONAL'::text, 'CAPABILITY'::text])),
  constraint roadmap_item_user_outcome_check CHECK (length(btrim(user_outcome)) > 0),
  constraint roadmap_item_environment_id_program_id_fkey FOREIGN KEY (environment_id, program_id) REFERENCES portico.program(environment_id, id)
);
CREATE INDEX roadmap_item_order ON portico.roadmap_item USING btree (environment_id, program_id, opens_on, id);
alter table portico.roadmap_item enable row level security;
create policy tenant on portico.roadmap_item for all
  using ((environment_id::text = (( SELECT current_setting('portico.environment_id'::text, true) AS current_setting))) IS TRUE)
  with check ((environment_id::text = (( SELECT current_setting('portico.environment_id'::text, true) AS current_setting))) IS TRUE);
grant insert, select, update on portico.roadmap_item to portico_service;

create table portico.staff (
  id portico.id not null,
  name text not null,
  email text not null,
  status text default 'ACTIVE'::text not null,
  created_at timestamp with time zone not null,
  constraint staff_pkey PRIMARY KEY (id),
  constraint staff_email_key UNIQUE (email),
  constraint staff_status_check CHECK (status = ANY (ARRAY['ACTIVE'::text, 'SUSPENDED'::text]))
);
grant insert, select, update on portico.staff to portico_service;

create table portico.staff_credential (
  id portico.id not null,
  staff_id portico.id not null,
  secret_hmac bytea not null,
  salt bytea not null,
  secret_prefix text not null,
  created_at timestamp with time zone not null,
  expires_at timestamp with time zone,
  revoked_at timestamp with time zone,
  constraint staff_credential_pkey PRIMARY KEY (id),
  constraint staff_credential_salt_check CHECK (length(salt) >= 16),
  constraint staff_credential_secret_hmac_check CHECK (length(secret_hmac) = 32),
  constraint staff_credential_staff_id_fkey FOREIGN KEY (staff_id) REFERENCES portico.staff(id)
);
CREATE INDEX staff_credential_by_staff ON portico.staff_credential USING btree (staff_id);
grant insert, select, update on portico.staff_credential to portico_service;

create table portico.staff_revoked_token (
  token_id text collate "C" not null,
  expires_at timestamp with time zone not null,
  constraint staff_revoked_token_pkey PRIMARY KEY (token_id)
);
grant delete, insert, select on portico.staff_revoked_token to portico_service;

create table portico.staff_role (
  staff_id portico.id not null,
  role text not null,
  constraint staff_role_pkey PRIMARY KEY (staff_id, role),
  constraint staff_role_role_check CHECK (role = ANY (ARRAY['API_STEWARD'::text, 'PROGRAM_MANAGER'::text, 'PRIVACY_OFFICER'::text, 'FINANCE'::text, 'SUPPORT'::text, 'AUDITOR'::text])),
  constraint staff_role_staff_id_fkey FOREIGN KEY (staff_id) REFERENCES portico.staff(id)
);
grant delete, insert, select on portico.staff_role to portico_service;

create table portico.subject_session (
  environment_id portico.id not null,
  secret_hash bytea not null,
  customer_id portico.id,
  authorization_request jsonb,
  sign_in jsonb,
  language text not null,
  expires_at timestamp with time zone not null,
  constraint subject_session_pkey PRIMARY KEY (environment_id, secret_hash),
  constraint subject_session_language_check CHECK (language = ANY (ARRAY['en'::text, 'de'::text])),
  constraint subject_session_secret_hash_check CHECK (length(secret_hash) = 32),
  constraint subject_session_environment_id_fkey FOREIGN KEY (environment_id) REFERENCES portico.environment(id)
);
CREATE INDEX subject_session_age ON portico.subject_session USING btree (expires_at);
alter table portico.subject_session enable row level security;
create policy tenant on portico.subject_session for all
  using ((environment_id::text = (( SELECT current_setting('portico.environment_id'::text, true) AS current_setting))) IS TRUE)
  with check ((environment_id::text = (( SELECT current_setting('portico.environment_id'::text, true) AS current_setting))) IS TRUE);
grant delete, insert, select, update on portico.subject_session to portico_service;

create table portico.support_case (
  environment_id portico.id not null,
  id portico.id not null,
  customer_id portico.id not null,
  reference text collate "C" not null,
  order_reference text collate "C",
  subject text not null,
  status text not null,
  opened_at timestamp with time zone not null,
  closed_at timestamp with time zone,
  updated_at timestamp with time zone not null,
  constraint support_case_pkey PRIMARY KEY (environment_id, id),
  constraint support_case_environment_id_reference_key UNIQUE (environment_id, reference),
  constraint support_case_check CHECK (closed_at >= opened_at),
  constraint support_case_reference_check CHECK (length(reference) >= 1 AND length(reference) <= 100),
  constraint support_case_status_check CHECK (status = ANY (ARRAY['OPEN'::text, 'WAITING'::text, 'SOLVED'::text])),
  constraint support_case_environment_id_customer_id_fkey FOREIGN KEY (environment_id, customer_id) REFERENCES portico.customer(environment_id, id)
);
CREATE INDEX support_case_by_customer ON portico.support_case USING btree (environment_id, customer_id, opened_at DESC, id);
alter table portico.support_case enable row level security;
create policy tenant on portico.support_case for all
  using ((environment_id::text = (( SELECT current_setting('portico.environment_id'::text, true) AS current_setting))) IS TRUE)
  with check ((environment_id::text = (( SELECT current_setting('portico.environment_id'::text, true) AS current_setting))) IS TRUE);
grant delete, insert, select, update on portico.support_case to portico_service;

create table portico.tier (
  environment_id portico.id not null,
  id portico.id not null,
  program_id portico.id not null,
  code text not null,
  name text not null,
  description text not null,
  rank integer not null,
  constraint tier_pkey PRIMARY KEY (environment_id, id),
  constraint tier_environment_id_code_key UNIQUE (environment_id, code),
  constraint tier_environment_id_program_id_rank_key UNIQUE (environment_id, program_id, rank),
  constraint tier_rank_check CHECK (rank >= 1),
  constraint tier_environment_id_program_id_fkey FOREIGN KEY (environment_id, program_id) REFERENCES portico.program(environment_id, id)
);
alter table portico.tier enable row level security;
create policy tenant on portico.tier for all
  using ((environment_id::text = (( SELECT current_setting('portico.environment_id'::text, true) AS current_setting))) IS TRUE)
  with check ((environment_id::text = (( SELECT current_setting('portico.environment_id'::text, true) AS current_setting))) IS TRUE);
grant insert, select, update on portico.tier to portico_service;
