-- What a request was charged: the tokens reserved before it ran, and how many of them came back.
-- Null where nothing was charged.
alter table portico.request_log
  add column requested_cost integer check (requested_cost >= 0),
  add column refunded_cost integer check (refunded_cost >= 0);
create index request_log_charges on portico.request_log (environment_id, integration_id, received_at desc, id) where requested_cost is not null;
