-- Harbour Market, the partners' share: who builds for the market, with whom, and what.
-- A world is made of five settings of the transaction, and the same five make the same rows:
-- portico.world_environment_id, _namespace, _seed, _size (SMALL or FULL) and _born_at (environment
-- time). Everything is dated back from birth. Partner 1 is the one whose credentials a newcomer
-- gets. SMALL is the beginning of FULL: the ten partners whom the scenarios name.
set local timezone = 'UTC';

with world as (
  select current_setting('portico.world_environment_id') as environment_id, current_setting('portico.world_namespace') as namespace,
    current_setting('portico.world_seed')::integer as seed, current_setting('portico.world_born_at')::timestamptz as born_at,
    case current_setting('portico.world_size') when 'SMALL' then 10 else 24 end as partners
)
insert into portico.partner (environment_id, id, name, website, tier, status, joined_at)
select w.environment_id, portico.seeded_id('prt', w.namespace, w.seed, p.ordinal), p.name, 'https://' || lower(p.name) || '.example', p.tier, p.status,
  date_trunc('minute', w.born_at - make_interval(days => p.joined_days_before, mins => floor(1440 * portico.seeded_fraction(w.seed, 'partner joined', p.ordinal))::integer))
from world w
cross join (values
  (1, 'ParcelPilot', 'OCEAN', 'ACTIVE', 790),
  (2, 'GlowRank', 'COASTAL', 'ACTIVE', 720),
  (3, 'TinyTailor', 'HARBOUR', 'ACTIVE', 45),
  (4, 'BunchBros', 'COASTAL', 'ACTIVE', 610),
  (5, 'EchoTags', 'HARBOUR', 'ACTIVE', 450),
  (6, 'PushyPanel', 'HARBOUR', 'ACTIVE', 395),
  (7, 'OldVine', 'OCEAN', 'ACTIVE', 1210),
  (8, 'SleepySync', 'HARBOUR', 'ACTIVE', 540),
  (9, 'FairShare', 'HORIZON', 'ACTIVE', 660),
  (10, 'SoloCohort', 'COASTAL', 'ACTIVE', 275),
  (11, 'LanternPay', 'HORIZON', 'ACTIVE', 980),
  (12, 'TidyReturns', 'OCEAN', 'ACTIVE', 830),
  (13, 'QuayChat', 'COASTAL', 'ACTIVE', 505),
  (14, 'FernFinds', 'COASTAL', 'ACTIVE', 470),
  (15, 'GullPost', 'OCEAN', 'ACTIVE', 900),
  (16, 'HelmReviews', 'COASTAL', 'ACTIVE', 560),
  (17, 'BrightBasket', 'HARBOUR', 'ACTIVE', 330),
  (18, 'JettyLoop', 'HARBOUR', 'ACTIVE', 240),
  (19, 'CargoKind', 'COASTAL', 'ACTIVE', 690),
  (20, 'MoorlightClub', 'COASTAL', 'ACTIVE', 420),
  (21, 'DockDesk', 'HARBOUR', 'ACTIVE', 180),
  (22, 'TideTable', 'HARBOUR', 'ACTIVE', 120),
  (23, 'NorthQuayLabs', 'OCEAN', 'ACTIVE', 755),
  (24, 'DriftwoodDeals', 'HARBOUR', 'SUSPENDED', 365)
) as p (ordinal, name, tier, status, joined_days_before)
where p.ordinal <= w.partners;

-- Two to four people a partner, the first of them its owner. Names are drawn so that no two people
-- of a partner share a first name, which keeps their addresses apart.
with world as (
  select current_setting('portico.world_environment_id') as environment_id, current_setting('portico.world_namespace') as namespace,
    current_setting('portico.world_seed')::integer as seed, current_setting('portico.world_born_at')::timestamptz as born_at
), names as (
  select array['Amara', 'Bela', 'Chidi', 'Dana', 'Elif', 'Farid', 'Greta', 'Hugo', 'Ines', 'Jonas', 'Kavya', 'Liam', 'Mina', 'Noor', 'Oskar', 'Priya', 'Quinn', 'Rosa', 'Sami',
      'Tove', 'Uma', 'Viktor', 'Wanda', 'Yuki', 'Zora'] as first_names,
    array['Abel', 'Brandt', 'Castillo', 'Dahl', 'Eriksen', 'Fontaine', 'Garcia', 'Haddad', 'Ivanov', 'Jensen', 'Kowalski', 'Lindqvist', 'Moreau', 'Nakamura', 'Okafor', 'Petrov', 'Quist',
      'Rossi', 'Silva', 'Tanaka', 'Ueda', 'Vogel', 'Weiss'] as last_names
), people as (
  select w.*, p.id as partner_id, p.joined_at, substring(p.website from '^https://(.*)$') as host, m.place, n.ordinal * 10 + m.place as ordinal,
    first_names[1 + (floor(25 * portico.seeded_fraction(w.seed, 'first name', n.ordinal))::integer + 7 * m.place) % 25] as first_name,
    last_names[1 + floor(23 * portico.seeded_fraction(w.seed, 'last name', n.ordinal * 10 + m.place))::integer] as last_name
  from world w
  cross join names
  cross join generate_series(1, 24) as n (ordinal)
  join portico.partner p on p.environment_id = w.environment_id and p.id = portico.seeded_id('prt', w.namespace, w.seed, n.ordinal)
  cross join lateral generate_series(1, 2 + floor(3 * portico.seeded_fraction(w.seed, 'members', n.ordinal))::integer) as m (place)
)
insert into portico.member (environment_id, id, partner_id, name, email, role, joined_at)
select environment_id, portico.seeded_id('mem', namespace, seed, ordinal), partner_id, first_name || ' ' || last_name,
  lower(first_name || '.' || last_name) || '@' || host, (array['OWNER', 'DEVELOPER', 'ANALYST', 'FINANCE'])[place],
  date_trunc('minute', joined_at + (born_at - joined_at) * (0.15 * (place - 1) * portico.seeded_fraction(seed, 'member joined', ordinal)))
from people;

with world as (
  select current_setting('portico.world_environment_id') as environment_id, current_setting('portico.world_namespace') as namespace,
    current_setting('portico.world_seed')::integer as seed, current_setting('portico.world_born_at')::timestamptz as born_at
)
insert into portico.integration (environment_id, id, partner_id, name, category, status, scopes, created_at)
select w.environment_id, portico.seeded_id('int', w.namespace, w.seed, i.ordinal), p.id, i.name, i.category, i.status,
  case when i.category in ('CHECKOUT', 'SHIPPING', 'SUPPORT_DESK') then array['program:read', 'requests:read', 'customers:read', 'events:write']
    else array['program:read', 'requests:read', 'events:write'] end,
  date_trunc('minute', greatest(p.joined_at, w.born_at - make_interval(days => i.created_days_before, mins => floor(1440 * portico.seeded_fraction(w.seed, 'integration created', i.ordinal))::integer)))
from world w
cross join (values
  (1, 1, 'ParcelPilot Shipping', 'SHIPPING', 'ACTIVE', 760),
  (2, 1, 'ParcelPilot Delivery Dates', 'CHECKOUT', 'ACTIVE', 480),
  (3, 1, 'ParcelPilot Help', 'SUPPORT_DESK', 'ACTIVE', 160),
  (4, 2, 'GlowRank Picks', 'RECOMMENDATIONS', 'ACTIVE', 690),
  (5, 2, 'GlowRank Stars', 'REVIEWS', 'ACTIVE', 400),
  (6, 3, 'TinyTailor Fit', 'RECOMMENDATIONS', 'ACTIVE', 38),
  (7, 4, 'BunchBros Rewards', 'LOYALTY', 'ACTIVE', 590),
  (8, 4, 'BunchBros Pay', 'CHECKOUT', 'ACTIVE', 450),
  (9, 5, 'EchoTags Finder', 'RECOMMENDATIONS', 'ACTIVE', 430),
  (10, 6, 'PushyPanel Club', 'LOYALTY', 'ACTIVE', 380),
  (11, 7, 'OldVine Reviews', 'REVIEWS', 'ACTIVE', 1150),
  (12, 7, 'OldVine Post', 'SHIPPING', 'SUSPENDED', 1100),
  (13, 8, 'SleepySync Desk', 'SUPPORT_DESK', 'ACTIVE', 520),
  (14, 9, 'FairShare Returns', 'SHIPPING', 'ACTIVE', 640),
  (15, 10, 'SoloCohort Gifts', 'RECOMMENDATIONS', 'ACTIVE', 260),
  (16, 11, 'LanternPay Checkout', 'CHECKOUT', 'ACTIVE', 950),
  (17, 11, 'LanternPay Later', 'CHECKOUT', 'ACTIVE', 540),
  (18, 12, 'TidyReturns Labels', 'SHIPPING', 'ACTIVE', 800),
  (19, 12, 'TidyReturns Desk', 'SUPPORT_DESK', 'ACTIVE', 350),
  (20, 13, 'QuayChat', 'SUPPORT_DESK', 'ACTIVE', 490),
  (21, 14, 'FernFinds', 'RECOMMENDATIONS', 'ACTIVE', 455),
  (22, 15, 'GullPost Parcels', 'SHIPPING', 'ACTIVE', 870),
  (23, 15, 'GullPost Lockers', 'SHIPPING', 'ACTIVE', 210),
  (24, 16, 'HelmReviews', 'REVIEWS', 'ACTIVE', 550),
  (25, 16, 'HelmReviews Video', 'REVIEWS', 'ACTIVE', 95),
  (26, 17, 'BrightBasket', 'CHECKOUT', 'ACTIVE', 315),
  (27, 18, 'JettyLoop Points', 'LOYALTY', 'ACTIVE', 225),
  (28, 19, 'CargoKind Carbon', 'SHIPPING', 'ACTIVE', 670),
  (29, 19, 'CargoKind Checkout', 'CHECKOUT', 'ACTIVE', 300),
  (30, 20, 'Moorlight Club', 'LOYALTY', 'ACTIVE', 410),
  (31, 20, 'Moorlight Gifts', 'RECOMMENDATIONS', 'ACTIVE', 190),
  (32, 21, 'DockDesk', 'SUPPORT_DESK', 'ACTIVE', 170),
  (33, 22, 'TideTable Times', 'SHIPPING', 'ACTIVE', 110),
  (34, 23, 'NorthQuay Match', 'RECOMMENDATIONS', 'ACTIVE', 730),
  (35, 23, 'NorthQuay Voices', 'REVIEWS', 'ACTIVE', 365),
  (36, 24, 'Driftwood Deals', 'LOYALTY', 'ACTIVE', 340)
) as i (ordinal, partner_ordinal, name, category, status, created_days_before)
join portico.partner p on p.environment_id = w.environment_id and p.id = portico.seeded_id('prt', w.namespace, w.seed, i.partner_ordinal);

-- Who is there has gone live.
update portico.integration set live_at = created_at where environment_id = current_setting('portico.world_environment_id');
