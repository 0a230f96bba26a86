-- Harbour Market, consent's share: what partners may ask for, and the people whom they would ask. The
-- catalogue is the same everywhere, so the first world brings it. Nobody has agreed to anything yet.
set local timezone = 'UTC';

insert into portico.purpose_version (purpose, version, title, sentence, benefit, without, dpv_class, categories, max_level, max_lookback_days, max_precision, max_duration_days, useful_days,
  assessment, assessed_by, assessed_at, drafted_by, drafted_at, published_by, effective_from)
values
  ('order_support', 1, '{"en": "Help with your orders", "de": "Hilfe bei Ihren Bestellungen"}',
   '{"en": "To answer your questions about an order and to tell you where it is.", "de": "Um Ihre Fragen zu einer Bestellung zu beantworten und Ihnen zu sagen, wo sie ist."}',
   '{"en": "You get help without having to explain your order again.", "de": "Sie bekommen Hilfe, ohne Ihre Bestellung noch einmal zu erklären."}',
   '{"en": "You can still ask customer service and follow your parcel here.", "de": "Sie können weiter den Kundendienst fragen und Ihr Paket hier verfolgen."}',
   'https://w3id.org/dpv#CustomerCare', array['person.name', 'contact.email', 'contact.phone', 'order.history', 'support.case'], 'RECORD', 180, 'EXACT', 180, 30,
   'DPIA-0001, privacy office', 'Harbour Market', '2025-12-01T00:00:00Z', 'Harbour Market', '2025-12-01T00:00:00Z', 'Harbour Market', '2020-01-01T00:00:00Z'),
  ('delivery_choice', 1, '{"en": "Better delivery choices", "de": "Bessere Auswahl bei der Lieferung"}',
   '{"en": "To offer you delivery days and pick-up places that suit you.", "de": "Um Ihnen passende Liefertage und Abholorte anzubieten."}',
   '{"en": "You see the delivery choices that are near you first.", "de": "Sie sehen zuerst die Angebote in Ihrer Nähe."}',
   '{"en": "You can still choose among all delivery options yourself.", "de": "Sie können weiter selbst unter allen Angeboten wählen."}',
   'https://w3id.org/dpv#ServicePersonalisation', array['location.coarse', 'order.history'], 'RECORD', 365, 'COARSE', 90, 0,
   'DPIA-0002, privacy office', 'Harbour Market', '2025-12-01T00:00:00Z', 'Harbour Market', '2025-12-01T00:00:00Z', 'Harbour Market', '2020-01-01T00:00:00Z'),
  ('personal_picks', 1, '{"en": "Picks that suit you", "de": "Empfehlungen, die zu Ihnen passen"}',
   '{"en": "To suggest products that fit what you like and have bought.", "de": "Um Ihnen Produkte zu empfehlen, die zu Ihren Vorlieben und Käufen passen."}',
   '{"en": "You see fewer suggestions that are of no use to you.", "de": "Sie sehen weniger Empfehlungen, mit denen Sie nichts anfangen können."}',
   '{"en": "You still see the suggestions that everybody sees.", "de": "Sie sehen weiter die Empfehlungen, die alle sehen."}',
   'https://w3id.org/dpv#ProvidePersonalisedRecommendations', array['order.history', 'preference.shopping'], 'RECORD', null, 'EXACT', 365, 90,
   'DPIA-0003, privacy office', 'Harbour Market', '2025-12-01T00:00:00Z', 'Harbour Market', '2025-12-01T00:00:00Z', 'Harbour Market', '2020-01-01T00:00:00Z')
on conflict (purpose, version) do nothing;

insert into portico.recipient_profile (environment_id, partner_id, legal_name, address, storage_countries, contact, privacy_url, verified_at, verified_by)
select p.environment_id, p.id, p.name || ' GmbH', '12 Harbour Road, 20457 Hamburg, Germany', array['DE', 'IE'], 'privacy@' || substring(p.website from '^https://(.*)$'), p.website || '/privacy', p.joined_at, 'Harbour Market'
from portico.partner p where p.environment_id = current_setting('portico.world_environment_id');

insert into portico.integration_purpose (environment_id, partner_id, integration_id, purpose, approved_at, approved_by)
select i.environment_id, i.partner_id, i.id, u.purpose, i.created_at, 'Harbour Market'
from portico.integration i
join (values ('SHIPPING', 'order_support'), ('SHIPPING', 'delivery_choice'), ('CHECKOUT', 'delivery_choice'), ('SUPPORT_DESK', 'order_support'), ('RECOMMENDATIONS', 'personal_picks'),
  ('LOYALTY', 'personal_picks')) as u (category, purpose) on u.category = i.category
where i.environment_id = current_setting('portico.world_environment_id');

-- 200 people in SMALL, 2,000 in FULL.
with world as (
  select current_setting('portico.world_environment_id') as environment_id, current_setting('portico.world_namespace') as namespace,
    current_setting('portico.world_seed')::integer as seed, current_setting('portico.world_born_at')::timestamptz as born_at,
    case current_setting('portico.world_size') when 'SMALL' then 200 else 2000 end as people
), names as (
  select array['Amara', 'Bela', 'Chidi', 'Dana', 'Elif', 'Farid', 'Greta', 'Hugo', 'Ines', 'Jonas', 'Kavya', 'Liam', 'Mina', 'Noor', 'Oskar', 'Priya', 'Quinn', 'Rosa', 'Sami',
      'Tove', 'Uma', 'Viktor', 'Wanda', 'Yuki', 'Zora'] as first_names,
    array['Abel', 'Brandt', 'Castillo', 'Dahl', 'Eriksen', 'Fontaine', 'Garcia', 'Haddad', 'Ivanov', 'Jensen', 'Kowalski', 'Lindqvist', 'Moreau', 'Nakamura', 'Okafor', 'Petrov', 'Quist',
      'Rossi', 'Silva', 'Tanaka', 'Ueda', 'Vogel', 'Weiss'] as last_names
), people as (
  select w.*, n.ordinal, first_names[1 + floor(25 * portico.seeded_fraction(w.seed, 'shopper first name', n.ordinal))::integer] as first_name,
    last_names[1 + floor(23 * portico.seeded_fraction(w.seed, 'shopper last name', n.ordinal))::integer] as last_name
  from world w cross join names cross join lateral generate_series(1, w.people) as n (ordinal)
)
insert into portico.customer (environment_id, id, reference, given_name, family_name, email, phone, language, joined_at, updated_at)
select environment_id, portico.seeded_id('shp', namespace, seed, ordinal), 'shopper-' || lpad(ordinal::text, 4, '0'), first_name, last_name,
  lower(first_name || '.' || last_name) || ordinal || '@mail.example', '+49 30 555' || lpad(ordinal::text, 4, '0'), case when portico.seeded_fraction(seed, 'language', ordinal) < 0.6 then 'de' else 'en' end,
  date_trunc('minute', born_at - make_interval(days => 30 + floor(700 * portico.seeded_fraction(seed, 'shopper joined', ordinal))::integer)), date_trunc('minute', born_at)
from people;

with world as (
  select current_setting('portico.world_environment_id') as environment_id, current_setting('portico.world_namespace') as namespace,
    current_setting('portico.world_seed')::integer as seed, current_setting('portico.world_born_at')::timestamptz as born_at
), orders as (
  select w.*, c.id as customer_id, c.joined_at, p.ordinal * 10 + o.place as ordinal
  from world w
  join portico.customer c on c.environment_id = w.environment_id
  cross join lateral (select substring(c.reference from 9)::integer as ordinal) p
  cross join lateral generate_series(1, 1 + floor(6 * portico.seeded_fraction(w.seed, 'orders', p.ordinal))::integer) as o (place)
)
insert into portico.customer_order (environment_id, id, customer_id, reference, placed_at, status, currency, total_minor, updated_at)
select environment_id, portico.seeded_id('ord', namespace, seed, ordinal), customer_id, 'order-' || ordinal,
  date_trunc('minute', joined_at + (born_at - joined_at) * portico.seeded_fraction(seed, 'placed', ordinal)),
  (array['DELIVERED', 'DELIVERED', 'DELIVERED', 'SHIPPED', 'PLACED', 'RETURNED', 'CANCELLED'])[1 + floor(7 * portico.seeded_fraction(seed, 'order status', ordinal))::integer],
  (array['EUR', 'EUR', 'USD'])[1 + floor(3 * portico.seeded_fraction(seed, 'currency', ordinal))::integer],
  2 * (500 + floor(10000 * portico.seeded_fraction(seed, 'price', ordinal))::bigint), date_trunc('minute', born_at)
from orders;

insert into portico.order_item (environment_id, order_id, position, title, department, quantity, price_minor)
select o.environment_id, o.id, 0, (array['Rain jacket', 'Tea pot', 'Desk lamp', 'Trail shoes', 'Wool scarf', 'Notebook'])[1 + floor(6 * portico.seeded_fraction(current_setting('portico.world_seed')::integer, o.reference, 0))::integer],
  (array['Clothing', 'Kitchen', 'Home', 'Outdoor'])[1 + floor(4 * portico.seeded_fraction(current_setting('portico.world_seed')::integer, o.reference, 1))::integer], 2, o.total_minor / 2
from portico.customer_order o where o.environment_id = current_setting('portico.world_environment_id');

insert into portico.customer_preference (environment_id, customer_id, reference, name, value, updated_at)
select c.environment_id, c.id, 'preference-' || c.reference, 'Shoe size', (36 + floor(10 * portico.seeded_fraction(current_setting('portico.world_seed')::integer, c.reference, 2))::integer)::text, c.updated_at
from portico.customer c where c.environment_id = current_setting('portico.world_environment_id');

insert into portico.customer_location (environment_id, customer_id, reference, town, region, country, observed_at, updated_at)
select c.environment_id, c.id, 'location-' || c.reference, t.town, t.region, t.country, c.updated_at, c.updated_at
from portico.customer c
join (values (0, 'Leipzig', 'Saxony', 'DE'), (1, 'Hamburg', 'Hamburg', 'DE'), (2, 'Graz', 'Styria', 'AT'), (3, 'Cork', 'Munster', 'IE')) as t (n, town, region, country)
  on t.n = floor(4 * portico.seeded_fraction(current_setting('portico.world_seed')::integer, c.reference, 3))::integer
where c.environment_id = current_setting('portico.world_environment_id');

insert into portico.support_case (environment_id, id, customer_id, reference, order_reference, subject, status, opened_at, closed_at, updated_at)
select o.environment_id, portico.seeded_id('cas', current_setting('portico.world_namespace'), current_setting('portico.world_seed')::integer, substring(o.reference from 7)::bigint), o.customer_id, 'case-' || o.reference,
  o.reference, 'Where is my parcel?', 'SOLVED', o.placed_at + interval '3 days', o.placed_at + interval '4 days', o.updated_at
from portico.customer_order o
where o.environment_id = current_setting('portico.world_environment_id') and portico.seeded_fraction(current_setting('portico.world_seed')::integer, o.reference, 4) < 0.2;

-- Who has been asked: everybody from number 151 on by one integration, in turn. One in four took it back,
-- one in four let it run out, one in eight said no.
create temporary table consent_story as
with world as (
  select current_setting('portico.world_environment_id') as environment_id, current_setting('portico.world_namespace') as namespace,
    current_setting('portico.world_seed')::integer as seed, current_setting('portico.world_born_at')::timestamptz as born_at
)
select w.*, c.id as customer_id, n.ordinal, i.partner_id, i.id as integration_id, u.purpose, u.category,
  case when n.ordinal % 8 = 7 then 'REFUSED' when n.ordinal % 4 = 1 then 'WITHDRAWN' when n.ordinal % 4 = 2 then 'EXPIRED' else 'GIVEN' end as outcome,
  date_trunc('minute', w.born_at - make_interval(days => case when n.ordinal % 4 = 2 then 120 else 20 end + floor(9 * portico.seeded_fraction(w.seed, 'asked', n.ordinal))::integer)) as asked_at
from world w
join portico.customer c on c.environment_id = w.environment_id
cross join lateral (select substring(c.reference from 9)::integer as ordinal) n
join (values (0, 1, 'order_support', 'contact.email'), (1, 4, 'personal_picks', 'order.history'), (2, 3, 'order_support', 'order.history')) as u (turn, integration_ordinal, purpose, category)
  on u.turn = n.ordinal % 3
join portico.integration i on i.environment_id = w.environment_id and i.id = portico.seeded_id('int', w.namespace, w.seed, u.integration_ordinal)
where n.ordinal > 150;

insert into portico.pairwise_subject (environment_id, partner_id, customer_id, id, salt)
select environment_id, partner_id, customer_id, portico.seeded_id('sub', namespace, seed, ordinal), sha256(convert_to(namespace || ':salt:' || seed || ':' || ordinal, 'UTF8'))
from consent_story;

insert into portico.subject_key (environment_id, subject_id, partner_id, key)
select environment_id, portico.seeded_id('sub', namespace, seed, ordinal), partner_id, sha256(convert_to(namespace || ':subject key:' || seed || ':' || ordinal, 'UTF8'))
from consent_story;

insert into portico.consent_request (environment_id, id, partner_id, integration_id, customer_id, purpose, purpose_version, scopes, asked_at, expires_at, decided_at, decision, grant_id)
select environment_id, portico.seeded_id('crq', namespace, seed, ordinal), partner_id, integration_id, customer_id, purpose, 1,
  jsonb_build_array(jsonb_build_object('category', category, 'level', 'RECORD', 'lookbackDays', case when category = 'contact.email' then null else 90 end, 'precision', 'EXACT', 'required', true, 'why', null)),
  asked_at, asked_at + interval '15 minutes', asked_at + interval '2 minutes', case outcome when 'REFUSED' then 'REFUSED' else 'GIVEN' end,
  case outcome when 'REFUSED' then null else portico.seeded_id('cgr', namespace, seed, ordinal) end
from consent_story;

insert into portico.consent_grant (environment_id, id, version, partner_id, integration_id, customer_id, subject_id, purpose, purpose_version, request_id, given_at, expires_at, ended_at, end_kind)
select environment_id, portico.seeded_id('cgr', namespace, seed, ordinal), case outcome when 'WITHDRAWN' then 2 else 1 end, partner_id, integration_id, customer_id, portico.seeded_id('sub', namespace, seed, ordinal), purpose, 1,
  portico.seeded_id('crq', namespace, seed, ordinal), asked_at + interval '2 minutes', asked_at + interval '2 minutes' + interval '90 days',
  case outcome when 'WITHDRAWN' then asked_at + interval '5 days' end, case outcome when 'WITHDRAWN' then 'WITHDRAWN' end
from consent_story where outcome <> 'REFUSED';

-- Time ends those that still stand, and writes it down as for any other.
insert into portico.due_work (environment_id, kind, subject_id, due_at)
select environment_id, 'grant.expire', portico.seeded_id('cgr', namespace, seed, ordinal), asked_at + interval '2 minutes' + interval '90 days'
from consent_story where outcome = 'GIVEN';

insert into portico.consent_grant_scope (environment_id, partner_id, grant_id, category, level, lookback_days, precision)
select environment_id, partner_id, portico.seeded_id('cgr', namespace, seed, ordinal), category, 'RECORD', case when category = 'contact.email' then null else 90 end, 'EXACT'
from consent_story where outcome <> 'REFUSED';

insert into portico.consent_event (environment_id, id, partner_id, customer_id, request_id, grant_id, kind, actor, grant_version, at, recorded_at)
select s.environment_id, portico.seeded_id('cev', s.namespace, s.seed, s.ordinal * 10 + e.place), s.partner_id, s.customer_id, portico.seeded_id('crq', s.namespace, s.seed, s.ordinal),
  case when e.version is null then null else portico.seeded_id('cgr', s.namespace, s.seed, s.ordinal) end, e.kind, e.actor, e.version, s.asked_at + e.later, s.asked_at + e.later
from consent_story s
join (values (1, 'REQUESTED', 'PARTNER', null, interval '0', array['REFUSED', 'WITHDRAWN', 'EXPIRED', 'GIVEN']), (2, 'REFUSED', 'SUBJECT', null, interval '2 minutes', array['REFUSED']),
  (2, 'GIVEN', 'SUBJECT', 1, interval '2 minutes', array['WITHDRAWN', 'EXPIRED', 'GIVEN']), (3, 'WITHDRAWN', 'SUBJECT', 2, interval '5 days', array['WITHDRAWN'])) as e (place, kind, actor, version, later, outcomes)
  on s.outcome = any (e.outcomes);

-- Two worlds may be made in one transaction.
drop table consent_story;
