-- What partners and the marketplace say to each other about notices. All of it stays on record.
create table portico.deprecation_response (
  environment_id portico.id not null,
  id portico.id not null,
  partner_id portico.id not null,
  notice_id portico.id not null references portico.deprecation_notice (id),
  kind text not null check (kind in ('ACKNOWLEDGED', 'EXTENSION_REQUESTED', 'SIGNED')),
  -- Why an extension is needed, or a word with the rest.
  message text,
  -- Until when the element is asked for, or from when on the partner does without it.
  on_date date,
  -- Who of the partner's signed.
  signed_by text,
  -- Environment time.
  responded_at timestamptz not null,
  primary key (environment_id, id),
  check ((kind = 'ACKNOWLEDGED') = (on_date is null)),
  check ((kind = 'SIGNED') = (signed_by is not null)),
  check (kind <> 'EXTENSION_REQUESTED' or message is not null),
  foreign key (environment_id, partner_id) references portico.partner (environment_id, id)
);
create index deprecation_response_of_notice on portico.deprecation_response (environment_id, notice_id, responded_at desc, id);
create index deprecation_response_of_partner on portico.deprecation_response (environment_id, partner_id, notice_id, responded_at desc, id);
call portico.protect_tenant_table('portico.deprecation_response', 'partner_id');
grant select, insert on portico.deprecation_response to portico_service;
call portico.make_append_only('portico.deprecation_response');

-- A partner's wish to be left out of one brownout.
create table portico.brownout_opt_out (
  environment_id portico.id not null,
  window_id portico.id not null references portico.brownout_window (id),
  partner_id portico.id not null,
  reason text not null,
  -- Environment time.
  opted_out_at timestamptz not null,
  primary key (environment_id, window_id, partner_id),
  foreign key (environment_id, partner_id) references portico.partner (environment_id, id)
);
call portico.protect_tenant_table('portico.brownout_opt_out', 'partner_id');
grant select, insert on portico.brownout_opt_out to portico_service;
call portico.make_append_only('portico.brownout_opt_out');
create trigger count_revision after insert on portico.brownout_opt_out for each statement execute function portico.count_registry_revision();

-- What partners are told. They read it through the API.
create table portico.notification (
  environment_id portico.id not null,
  id portico.id not null,
  partner_id portico.id not null,
  kind text not null check (kind in ('DEPRECATION_ANNOUNCED', 'DEPRECATION_REMINDER', 'DEPRECATION_WITHDRAWN', 'BROWNOUT_SCHEDULED', 'BROWNOUT_ABORTED')),
  title text not null,
  body text not null,
  notice_id portico.id references portico.deprecation_notice (id),
  -- Environment time.
  notified_at timestamptz not null,
  primary key (environment_id, id),
  foreign key (environment_id, partner_id) references portico.partner (environment_id, id)
);
create index notification_newest on portico.notification (environment_id, partner_id, notified_at desc, id);
create index notification_of_notice on portico.notification (environment_id, notice_id, notified_at desc, id);
call portico.protect_tenant_table('portico.notification', 'partner_id');
grant select, insert on portico.notification to portico_service;
call portico.make_append_only('portico.notification');

-- Every opt-out of a brownout, for the gateways' picture of the registry: it says who, and not why.
create function portico.opted_out() returns table ("environmentId" text, "partnerId" text, "windowId" text)
language sql stable security definer set search_path = ''
begin atomic
  select o.environment_id, o.partner_id, o.window_id from portico.brownout_opt_out o;
end;
revoke all on function portico.opted_out() from public;
grant execute on function portico.opted_out() to portico_service;
