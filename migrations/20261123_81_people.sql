-- The marketplace's people and what belongs to them, as its feed brings them. Every row is named by
-- the marketplace's own reference, and knows of when it is, so that what arrives twice or late does no
-- harm. Partners never see these ids: they get others, of their own (pairwise_subject).
create table portico.customer (
  environment_id portico.id not null references portico.environment (id),
  id portico.id not null,
  -- The marketplace's id of the person: the `sub` by which its OpenID Provider knows them, too.
  reference text collate "C" not null check (length(reference) between 1 and 100),
  given_name text,
  family_name text,
  email text,
  phone text,
  language text,
  -- The marketplace's own instant.
  joined_at timestamptz,
  -- Of when the row is, by the marketplace's word; an older one never takes the place of a newer one.
  updated_at timestamptz not null,
  -- Environment time. An erased person is nobody's: nothing but the ids is left.
  erased_at timestamptz,
  primary key (environment_id, id),
  unique (environment_id, reference),
  check (erased_at is null or num_nonnulls(given_name, family_name, email, phone, language, joined_at) = 0)
);
call portico.protect_tenant_table('portico.customer');
grant select, insert, update on portico.customer to portico_service;

create table portico.customer_order (
  environment_id portico.id not null,
  id portico.id not null,
  customer_id portico.id not null,
  reference text collate "C" not null check (length(reference) between 1 and 100),
  placed_at timestamptz not null,
  status text not null check (status in ('PLACED', 'SHIPPED', 'DELIVERED', 'RETURNED', 'CANCELLED')),
  currency text not null check (currency ~ '^[A-Z]{3}$'),
  total_minor bigint not null check (total_minor >= 0),
  updated_at timestamptz not null,
  primary key (environment_id, id),
  unique (environment_id, reference),
  foreign key (environment_id, customer_id) references portico.customer (environment_id, id)
);
create index customer_order_by_customer on portico.customer_order (environment_id, customer_id, placed_at desc, id);
call portico.protect_tenant_table('portico.customer_order');
grant select, insert, update, delete on portico.customer_order to portico_service;

create table portico.order_item (
  environment_id portico.id not null,
  order_id portico.id not null,
  position integer not null check (position >= 0),
  title text not null,
  department text,
  quantity integer not null check (quantity > 0),
  price_minor bigint not null check (price_minor >= 0),
  primary key (environment_id, order_id, position),
  foreign key (environment_id, order_id) references portico.customer_order (environment_id, id) on delete cascade
);
call portico.protect_tenant_table('portico.order_item');
grant select, insert, delete on portico.order_item to portico_service;

create table portico.customer_preference (
  environment_id portico.id not null,
  customer_id portico.id not null,
  reference text collate "C" not null check (length(reference) between 1 and 100),
  name text not null,
  value text not null,
  updated_at timestamptz not null,
  primary key (environment_id, reference),
  foreign key (environment_id, customer_id) references portico.customer (environment_id, id)
);
create index customer_preference_by_customer on portico.customer_preference (environment_id, customer_id, name, reference);
call portico.protect_tenant_table('portico.customer_preference');
grant select, insert, update, delete on portico.customer_preference to portico_service;

-- Where a person is, no finer than a town.
create table portico.customer_location (
  environment_id portico.id not null,
  customer_id portico.id not null,
  reference text collate "C" not null check (length(reference) between 1 and 100),
  town text,
  region text,
  country text not null check (country ~ '^[A-Z]{2}$'),
  observed_at timestamptz not null,
  updated_at timestamptz not null,
  primary key (environment_id, reference),
  foreign key (environment_id, customer_id) references portico.customer (environment_id, id)
);
create index customer_location_by_customer on portico.customer_location (environment_id, customer_id, observed_at desc, reference);
call portico.protect_tenant_table('portico.customer_location');
grant select, insert, update, delete on portico.customer_location to portico_service;

create table portico.support_case (
  environment_id portico.id not null,
  id portico.id not null,
  customer_id portico.id not null,
  reference text collate "C" not null check (length(reference) between 1 and 100),
  order_reference text collate "C",
  subject text not null,
  status text not null check (status in ('OPEN', 'WAITING', 'SOLVED')),
  opened_at timestamptz not null,
  closed_at timestamptz check (closed_at >= opened_at),
  updated_at timestamptz not null,
  primary key (environment_id, id),
  unique (environment_id, reference),
  foreign key (environment_id, customer_id) references portico.customer (environment_id, id)
);
create index support_case_by_customer on portico.support_case (environment_id, customer_id, opened_at desc, id);
call portico.protect_tenant_table('portico.support_case');
grant select, insert, update, delete on portico.support_case to portico_service;

-- The name by which one partner knows a person: random, so that two partners cannot join what they
-- know. The salt makes ids of what belongs to the person (orders, cases) the partner's own as well.
create table portico.pairwise_subject (
  environment_id portico.id not null,
  partner_id portico.id not null,
  customer_id portico.id not null,
  id portico.id not null,
  salt bytea not null check (length(salt) = 32),
  primary key (environment_id, partner_id, customer_id),
  unique (environment_id, id),
  foreign key (environment_id, partner_id) references portico.partner (environment_id, id),
  foreign key (environment_id, customer_id) references portico.customer (environment_id, id)
);
call portico.protect_tenant_table('portico.pairwise_subject', 'partner_id');
grant select, insert on portico.pairwise_subject to portico_service;

-- What the feed has deleted: a line from before the deletion that arrives after it brings nothing back.
create table portico.feed_deletion (
  environment_id portico.id not null references portico.environment (id),
  kind text collate "C" not null check (kind in ('orders', 'preferences', 'locations', 'cases')),
  reference text collate "C" not null,
  updated_at timestamptz not null,
  primary key (environment_id, kind, reference)
);
call portico.protect_tenant_table('portico.feed_deletion');
grant select, insert, update on portico.feed_deletion to portico_service;
