-- Harbour Market, the incentives' share: the program, and how far each integration stands in it.
-- Settings and dating are those of partners.sql, whose rows must be there already.
set local timezone = 'UTC';

with world as (
  select current_setting('portico.world_environment_id') as environment_id, current_setting('portico.world_namespace') as namespace, current_setting('portico.world_seed')::integer as seed
)
insert into portico.program (environment_id, id, name, description)
select environment_id, portico.seeded_id('prg', namespace, seed, 1), 'Harbour Partner Program',
  'Harbour Market rewards partners for what shoppers and sellers gain: parcels that arrive when promised, answers in time, reasons to come back. '
  || 'Every milestone says whom it helps, every criterion can be checked, and no reward is paid for activity alone.'
from world;

with world as (
  select current_setting('portico.world_environment_id') as environment_id, current_setting('portico.world_namespace') as namespace, current_setting('portico.world_seed')::integer as seed
)
insert into portico.tier (environment_id, id, program_id, code, name, description, rank)
select w.environment_id, portico.seeded_id('tir', w.namespace, w.seed, t.rank), portico.seeded_id('prg', w.namespace, w.seed, 1), t.code, t.name, t.description, t.rank
from world w
cross join (values
  (1, 'HARBOUR', 'Harbour', 'Where every partner begins: all of the API, a sandbox, and a budget that is enough for a first integration.'),
  (2, 'COASTAL', 'Coastal', 'For partners whose integrations help shoppers in a way that can be measured; twice the budget.'),
  (3, 'OCEAN', 'Ocean', 'For partners who do so reliably, quarter after quarter; four times the budget and more sandboxes.'),
  (4, 'HORIZON', 'Horizon', 'For partners whom others can learn from; ten times the budget and a seat in every pilot.')
) as t (rank, code, name, description);

with world as (
  select current_setting('portico.world_environment_id') as environment_id, current_setting('portico.world_namespace') as namespace,
    current_setting('portico.world_seed')::integer as seed, current_setting('portico.world_born_at')::timestamptz as born_at
)
insert into portico.milestone (environment_id, id, program_id, position, title, user_outcome, category, cadence, published_at)
select w.environment_id, portico.seeded_id('mst', w.namespace, w.seed, m.position), portico.seeded_id('prg', w.namespace, w.seed, 1), m.position, m.title, m.user_outcome, m.category, m.cadence,
  date_trunc('day', w.born_at) - make_interval(days => m.published_days_before)
from world w
cross join (values
  (1, 'First orders served', 'The first shoppers who meet the integration get what it promised them.', 'ONBOARDING', 'ONCE', 1300),
  (2, 'Data that matches what happened', 'What shoppers read about an order is what really happened to it.', 'DATA_QUALITY', 'ONCE', 1300),
  (3, 'A consent people understand', 'Shoppers can say no or change their mind in one step, and it counts at once.', 'ONBOARDING', 'ONCE', 1300),
  (4, 'Answers at any hour', 'Shoppers get what they asked for within a second, at any hour of the day.', 'RELIABILITY', 'QUARTERLY', 1120),
  (5, 'Parcels on the promised day', 'More parcels arrive on the day the shopper was promised.', 'OUTCOME', 'QUARTERLY', 1120),
  (6, 'Money back within five days', 'Shoppers who send something back have their money within five days.', 'OUTCOME', 'QUARTERLY', 940),
  (7, 'Shoppers come back', 'More shoppers come back within 90 days, because their last order went well.', 'OUTCOME', 'QUARTERLY', 940),
  (8, 'Reviews worth reading', 'Shoppers find reviews that answer what they want to know before they buy.', 'OUTCOME', 'QUARTERLY', 940),
  (9, 'Only messages people asked for', 'Shoppers hear from the market only about what they asked to hear about.', 'OUTCOME', 'QUARTERLY', 760),
  (10, 'Small sellers found', 'Shoppers discover small sellers whom they would not have met otherwise.', 'OUTCOME', 'QUARTERLY', 760),
  (11, 'Steady through the rush', 'Nothing breaks on the busiest day of the quarter, when most people shop.', 'RELIABILITY', 'QUARTERLY', 580),
  (12, 'First to try', 'Shoppers get useful new things early, and safely.', 'OUTCOME', 'QUARTERLY', 400)
) as m (position, title, user_outcome, category, cadence, published_days_before);

-- A milestone depends only on ones before it, so the graph has no circle.
with world as (
  select current_setting('portico.world_environment_id') as environment_id, current_setting('portico.world_namespace') as namespace, current_setting('portico.world_seed')::integer as seed
)
insert into portico.milestone_dependency (environment_id, milestone_id, depends_on_id)
select w.environment_id, portico.seeded_id('mst', w.namespace, w.seed, d.position), portico.seeded_id('mst', w.namespace, w.seed, d.depends_on)
from world w
cross join (values (2, 1), (3, 1), (4, 2), (5, 2), (6, 5), (7, 3), (7, 4), (8, 2), (9, 3), (10, 8), (11, 4), (12, 7), (12, 11)) as d (position, depends_on);

with world as (
  select current_setting('portico.world_environment_id') as environment_id, current_setting('portico.world_namespace') as namespace, current_setting('portico.world_seed')::integer as seed
)
insert into portico.criterion (environment_id, id, milestone_id, position, kind, metric, description, comparison, target, unit, window_days)
select w.environment_id, portico.seeded_id('cri', w.namespace, w.seed, c.milestone * 10 + c.position), portico.seeded_id('mst', w.namespace, w.seed, c.milestone), c.position, c.kind, c.metric,
  c.description, c.comparison, c.target, c.unit, c.window_days
from world w
cross join (values
  (1, 1, 'OUTCOME', 'orders_served_as_promised', 'Orders in which the integration did what it told the shopper it would.', 'AT_LEAST', 50, 'orders', 30),
  (1, 2, 'GUARDRAIL', 'failed_request_share', 'Share of shoppers'' requests that ended in an error.', 'AT_MOST', 2.0, 'percent', 30),
  (2, 1, 'OUTCOME', 'event_match_share', 'Share of reported events that agree with what the order shows.', 'AT_LEAST', 98.0, 'percent', 30),
  (2, 2, 'GUARDRAIL', 'late_event_share', 'Share of events that arrived more than an hour after they happened.', 'AT_MOST', 3.0, 'percent', 30),
  (2, 3, 'ACTIVITY', 'events_accepted', 'Events that were valid and counted once.', 'AT_LEAST', 1000, 'events', 30),
  (3, 1, 'OUTCOME', 'withdrawal_honoured_share', 'Share of withdrawn consents after which nothing more was read.', 'AT_LEAST', 99.9, 'percent', 90),
  (3, 2, 'GUARDRAIL', 'consent_complaint_rate', 'Complaints about how consent was asked for.', 'AT_MOST', 2.0, 'per 10,000 shoppers', 90),
  (4, 1, 'OUTCOME', 'answered_request_share', 'Share of shoppers'' requests that were answered without an error.', 'AT_LEAST', 99.5, 'percent', 90),
  (4, 2, 'GUARDRAIL', 'response_time_p95', 'Time within which 95 of 100 requests were answered.', 'AT_MOST', 800, 'milliseconds', 90),
  (5, 1, 'OUTCOME', 'on_time_share_lift', 'Parcels on the promised day, compared with shoppers who do not get the integration.', 'AT_LEAST', 2.0, 'percentage points', 90),
  (5, 2, 'GUARDRAIL', 'damage_claim_share', 'Share of parcels for which damage was claimed.', 'AT_MOST', 0.8, 'percent', 90),
  (5, 3, 'ACTIVITY', 'parcels_delivered', 'Parcels delivered with the integration.', 'AT_LEAST', 500, 'parcels', 90),
  (6, 1, 'OUTCOME', 'refund_within_five_days_share', 'Share of returns whose money was back within five days.', 'AT_LEAST', 90.0, 'percent', 90),
  (6, 2, 'GUARDRAIL', 'wrong_refund_share', 'Share of refunds that had to be corrected.', 'AT_MOST', 0.5, 'percent', 90),
  (7, 1, 'OUTCOME', 'retention_lift', 'Shoppers back within 90 days, compared with shoppers who do not get the integration.', 'AT_LEAST', 1.5, 'percentage points', 90),
  (7, 2, 'GUARDRAIL', 'early_withdrawal_share', 'Share of consents withdrawn within 24 hours.', 'AT_MOST', 1.0, 'percent', 90),
  (8, 1, 'OUTCOME', 'helpful_review_share', 'Share of shoppers who found the reviews they opened helpful.', 'AT_LEAST', 60.0, 'percent', 90),
  (8, 2, 'GUARDRAIL', 'removed_review_share', 'Share of reviews that had to be removed.', 'AT_MOST', 4.0, 'percent', 90),
  (9, 1, 'OUTCOME', 'unwanted_message_share', 'Share of messages that shoppers marked as unwanted.', 'AT_MOST', 1.5, 'percent', 90),
  (9, 2, 'GUARDRAIL', 'missed_notice_share', 'Share of notices asked for that did not arrive.', 'AT_MOST', 0.5, 'percent', 90),
  (10, 1, 'OUTCOME', 'small_seller_order_lift', 'Orders from small sellers, compared with shoppers who do not get the integration.', 'AT_LEAST', 3.0, 'percentage points', 90),
  (10, 2, 'GUARDRAIL', 'return_share', 'Share of these orders that were sent back.', 'AT_MOST', 12.0, 'percent', 90),
  (11, 1, 'OUTCOME', 'peak_answered_share', 'Share of shoppers'' requests answered without an error on the busiest day.', 'AT_LEAST', 99.0, 'percent', 1),
  (11, 2, 'GUARDRAIL', 'peak_response_time_p99', 'Time within which 99 of 100 requests were answered on the busiest day.', 'AT_MOST', 2000, 'milliseconds', 1),
  (12, 1, 'OUTCOME', 'pilot_kept_share', 'Share of shoppers who kept using what they tried.', 'AT_LEAST', 70.0, 'percent', 90),
  (12, 2, 'GUARDRAIL', 'pilot_complaint_rate', 'Complaints about what was tried.', 'AT_MOST', 3.0, 'per 10,000 shoppers', 90),
  (12, 3, 'ACTIVITY', 'pilot_shoppers', 'Shoppers who took part.', 'AT_LEAST', 200, 'shoppers', 90)
) as c (milestone, position, kind, metric, description, comparison, target, unit, window_days);

with world as (
  select current_setting('portico.world_environment_id') as environment_id, current_setting('portico.world_namespace') as namespace, current_setting('portico.world_seed')::integer as seed
)
insert into portico.reward (environment_id, id, milestone_id, kind, title, description, amount_minor, currency, lasts_days)
select w.environment_id, portico.seeded_id('rwd', w.namespace, w.seed, r.milestone), portico.seeded_id('mst', w.namespace, w.seed, r.milestone), r.kind, r.title, r.description, r.amount_minor, r.currency, r.lasts_days
from world w
cross join (values
  (1, 'CAPABILITY', 'An engineer at your side', 'An engineer of the market answers your questions within one working day.', null, null, 180),
  (3, 'REPUTATIONAL', 'Badge: Asks fairly', 'A badge beside your name wherever shoppers are asked for consent.', null, null, 365),
  (4, 'CAPABILITY', 'Double request budget', 'Twice the request budget of your tier, for the integration that earned it.', null, null, 90),
  (5, 'FINANCIAL', 'On-time payment', 'Paid for the quarter once its results are confirmed.', 250000, 'EUR', null),
  (6, 'FINANCIAL', 'Easy-returns payment', 'Paid for the quarter once its results are confirmed.', 180000, 'USD', null),
  (7, 'FINANCIAL', 'Come-back payment', 'Paid for the quarter once its results are confirmed.', 1000000, 'EUR', null),
  (8, 'FINANCIAL', 'Good-reviews payment', 'Paid for the quarter once its results are confirmed.', 300000, 'JPY', null),
  (9, 'REPUTATIONAL', 'Badge: Quiet and useful', 'A badge in the directory and on every message settings page.', null, null, 180),
  (10, 'FINANCIAL', 'Small-sellers payment', 'Paid for the quarter once its results are confirmed.', 220000, 'USD', null),
  (11, 'REPUTATIONAL', 'Badge: Rush-proof', 'A badge in the directory through the next quarter.', null, null, 90),
  (12, 'CAPABILITY', 'A seat in the next pilots', 'Early access to what the market tries out next quarter.', null, null, 90)
) as r (milestone, kind, title, description, amount_minor, currency, lasts_days);

with world as (
  select current_setting('portico.world_environment_id') as environment_id, current_setting('portico.world_namespace') as namespace,
    current_setting('portico.world_seed')::integer as seed, current_setting('portico.world_born_at')::timestamptz::date as born_on
)
insert into portico.roadmap_item (environment_id, id, program_id, title, user_outcome, criteria_summary, reward_kind, announced_on, opens_on, closes_on)
select w.environment_id, portico.seeded_id('rmi', w.namespace, w.seed, r.ordinal), portico.seeded_id('prg', w.namespace, w.seed, 1), r.title, r.user_outcome, r.criteria_summary, r.reward_kind,
  w.born_on + r.announced, w.born_on + r.opens, w.born_on + r.closes
from world w
cross join (values
  (1, 'One-page checkout', 'Shoppers pay on one page, without typing anything twice.', 'At least 3 percentage points more finished checkouts than without; no more wrong orders.', 'FINANCIAL', -420, -330, -150),
  (2, 'Plain prices', 'Shoppers see the whole price from the start.', 'No cost that appears after the basket in 99.9 percent of orders; no fewer orders.', 'REPUTATIONAL', -300, -210, -30),
  (3, 'Quieter winter', 'Shoppers get half as many messages in the busiest weeks.', 'At most 2 messages an order; no more questions at the support desk.', 'REPUTATIONAL', -120, -30, 60),
  (4, 'Repairs before returns', 'Shoppers are offered a repair before they send something back.', 'At least 15 percent of faults repaired; satisfied shoppers in 80 percent of them.', 'FINANCIAL', -100, -10, 170),
  (5, 'Reviews in your language', 'Shoppers read every review in their own language.', 'At least 60 percent find translated reviews helpful; at most 1 percent reported as wrong.', 'FINANCIAL', -20, 70, 250),
  (6, 'Answers by voice', 'Shoppers who cannot read a screen get the same answers by voice.', 'At least 95 percent of questions answered as well as on screen; no longer waits.', 'CAPABILITY', -5, 100, 280),
  (7, 'Gifts that fit', 'People who receive a gift can change its size without telling the giver.', 'To be settled with partners: fewer gift returns, no giver told.', 'FINANCIAL', 45, 190, null),
  (8, 'Shared parcels', 'Neighbours'' orders come together, with fewer vans in the street.', 'To be settled with partners: fewer trips, no later deliveries.', 'CAPABILITY', null, 280, null)
) as r (ordinal, title, user_outcome, criteria_summary, reward_kind, announced, opens, closes);

-- Progress, criterion by criterion, and awards, in one statement over one set of rows: `standing`.
-- A milestone's first success follows from its dependencies' (the longest path through the graph);
-- later quarters are decided by the dice; the values are then drawn so that they agree.
with recursive world as (
  select current_setting('portico.world_environment_id') as environment_id, current_setting('portico.world_namespace') as namespace,
    current_setting('portico.world_seed')::integer as seed, current_setting('portico.world_born_at')::timestamptz as born_at,
    -- How long a result is held for late data and checks before it counts.
    interval '14 days' as hold
), character (partner, pace, steadiness, weakness, out_of_reach) as (
  -- `pace` stretches the time that things take, `steadiness` is the chance to repeat a success,
  -- `weakness` is the kind of criterion that fails first. Other partners than these are ordinary.
  values
    (1, 0.8, 0.92, 'OUTCOME', '{}'::integer[]),
    (2, 0.9, 0.85, 'OUTCOME', '{7,8,10}'), -- GlowRank: much activity, no lift.
    (4, 0.9, 0.95, 'OUTCOME', '{}'), -- BunchBros: always just over the threshold.
    (5, 0.7, 0.90, 'OUTCOME', '{}'), -- EchoTags: replayed events, found out later.
    (6, 0.8, 0.80, 'GUARDRAIL', '{3}'), -- PushyPanel: consent obtained by pushing.
    (7, 1.3, 0.55, 'OUTCOME', '{12}'), -- OldVine: slowly losing ground.
    (8, 1.0, 0.35, 'OUTCOME', '{11}'), -- SleepySync: its endpoint is often down.
    (9, 0.7, 0.95, 'OUTCOME', '{}') -- FairShare: gives and gets.
), target (milestone, effort_days, categories) as (
  -- How many days a milestone takes once it is open, and whose milestone it is.
  values
    (1, 20, null::text[]), (2, 25, null), (3, 35, null), (4, 20, null), (7, 60, null), (11, 45, null), (12, 70, null),
    (5, 35, '{SHIPPING,CHECKOUT}'), (6, 60, '{SHIPPING,CHECKOUT}'), (8, 40, '{REVIEWS,RECOMMENDATIONS}'), (10, 55, '{REVIEWS,RECOMMENDATIONS}'), (9, 40, '{LOYALTY,SUPPORT_DESK}')
), builder as materialized (
  select n.ordinal, portico.seeded_id('int', w.namespace, w.seed, n.ordinal) as id from world w cross join generate_series(1, 36) as n (ordinal)
), owner as materialized (
  select n.ordinal, portico.seeded_id('prt', w.namespace, w.seed, n.ordinal) as id from world w cross join generate_series(1, 24) as n (ordinal)
), attempt as (
  -- An integration on a milestone that is for its category.
  select b.ordinal as integration, i.id as integration_id, o.ordinal as partner, i.partner_id, m.position as milestone, m.id as milestone_id, m.cadence,
    greatest(i.created_at, m.published_at) as possible_since,
    case when m.position <> all (coalesce(c.out_of_reach, '{}')) then
      make_interval(mins => floor(1440 * t.effort_days * coalesce(c.pace, 0.8 + 0.6 * portico.seeded_fraction(w.seed, 'pace', o.ordinal))
        * (0.5 + portico.seeded_fraction(w.seed, 'effort', b.ordinal * 100 + m.position)))::integer)
    end as effort,
    coalesce(c.steadiness, 0.6 + 0.3 * portico.seeded_fraction(w.seed, 'steadiness', o.ordinal)) as steadiness, coalesce(c.weakness, 'OUTCOME') as weakness
  from world w
  cross join builder b
  join portico.integration i on i.environment_id = w.environment_id and i.id = b.id
  join owner o on o.id = i.partner_id
  join target t on t.categories is null or i.category = any (t.categories)
  join portico.milestone m on m.environment_id = w.environment_id and m.position = t.milestone
  left join character c on c.partner = o.ordinal
), path as (
  -- Every way through the graph; what is out of reach happens at infinity.
  select a.integration, a.milestone, a.milestone_id, a.possible_since as opens_at, o.reached_at, o.confirmed_at
  from world w
  cross join attempt a
  cross join lateral (select coalesce(a.possible_since + a.effort, 'infinity') as reached_at, coalesce(a.possible_since + a.effort, 'infinity') + w.hold as confirmed_at) o
  where a.milestone = 1
  union all
  select a.integration, a.milestone, a.milestone_id, o.opens_at, r.reached_at, case a.cadence when 'ONCE' then r.reached_at else date_trunc('quarter', r.reached_at) + interval '3 months' end + w.hold
  from world w
  cross join path f
  join portico.milestone_dependency d on d.environment_id = w.environment_id and d.depends_on_id = f.milestone_id
  join attempt a on a.integration = f.integration and a.milestone_id = d.milestone_id
  cross join lateral (select greatest(f.confirmed_at, a.possible_since) as opens_at) o
  cross join lateral (select coalesce(o.opens_at + a.effort, 'infinity') as reached_at) r
), first_success as (
  select integration, milestone, max(opens_at) as opens_at, max(reached_at) as reached_at from path group by integration, milestone
), period (ordinal, label, cadence, starts_at, ends_at) as (
  select 9, 'ONCE', 'ONCE', '-infinity'::timestamptz, 'infinity'::timestamptz
  union all
  select q.ordinal, to_char(s.starts_at, 'YYYY"-Q"Q'), 'QUARTERLY', s.starts_at, s.starts_at + interval '3 months'
  from world w
  cross join generate_series(0, 5) as q (ordinal)
  cross join lateral (select date_trunc('quarter', w.born_at) - make_interval(months => 3 * q.ordinal) as starts_at) s
), course as (
  -- What happened, with the future cut off.
  select a.*, p.label as period, p.ends_at, w.born_at, (a.integration * 100 + a.milestone) * 10 + p.ordinal as ordinal, greatest(a.possible_since, p.starts_at) as listed_at,
    case when greatest(f.opens_at, p.starts_at) < least(p.ends_at, w.born_at) then greatest(f.opens_at, p.starts_at) end as opened_at,
    case when r.reached_at <= w.born_at then r.reached_at end as reached_at, c.confirmed_at,
    c.confirmed_at <= w.born_at and a.partner = 5 and a.milestone = 10 as is_reversed,
    r.reached_at <= w.born_at and a.partner = 4 and a.milestone in (6, 9, 12) and p.ordinal = 1 as is_disputed
  from world w
  cross join attempt a
  join first_success f on f.integration = a.integration and f.milestone = a.milestone
  join period p on p.cadence = a.cadence and p.ends_at > a.possible_since
  cross join lateral (
    select case
      when f.reached_at >= p.starts_at and f.reached_at < p.ends_at then f.reached_at
      when f.reached_at < p.starts_at and portico.seeded_fraction(w.seed, 'again', (a.integration * 100 + a.milestone) * 10 + p.ordinal) < a.steadiness
        then date_trunc('minute', p.starts_at + (p.ends_at - p.starts_at) * (0.35 + 0.6 * portico.seeded_fraction(w.seed, 'when', (a.integration * 100 + a.milestone) * 10 + p.ordinal)))
      end as reached_at
  ) r
  cross join lateral (select case when r.reached_at <= w.born_at then case a.cadence when 'ONCE' then r.reached_at else p.ends_at end + w.hold end as confirmed_at) c
), result as (
  select c.*, w.environment_id, w.namespace, w.seed, portico.seeded_id('mpr', w.namespace, w.seed, c.ordinal) as id,
    case when c.confirmed_at <= c.born_at and not c.is_disputed then c.confirmed_at end as confirmed,
    case
      when c.opened_at is null then 'LOCKED'
      when c.reached_at is null and (c.opened_at > c.born_at - interval '5 days' or portico.seeded_fraction(w.seed, 'idle', c.ordinal) < 0.08) then 'OPEN'
      when c.reached_at is null then 'IN_PROGRESS'
      when c.is_disputed then 'DISPUTED'
      when c.is_reversed then 'REVERSED'
      when c.confirmed_at <= c.born_at then 'CONFIRMED'
      else 'PROVISIONAL'
    end as state
  from world w
  cross join course c
), claim as (
  -- The reward goes to the first of a partner's integrations to be confirmed, a day or two later.
  select r.*, case
      when r.state = 'CONFIRMED' and row_number() over (partition by r.partner_id, r.milestone_id, r.period, r.state order by r.confirmed, r.reached_at, r.integration) = 1
        then r.confirmed + make_interval(mins => 1440 + floor(1440 * portico.seeded_fraction(r.seed, 'awarded', r.ordinal))::integer)
    end as awarded_at
  from result r
), standing as (
  select c.*, w.id as reward_id, case when w.id is null then c.state else 'REWARDED' end as final_state,
    case when c.opened_at is null then c.listed_at when c.cadence = 'ONCE' then coalesce(c.reached_at, c.born_at) else least(c.ends_at, c.born_at) end as as_of
  from claim c
  left join portico.reward w on w.environment_id = c.environment_id and w.milestone_id = c.milestone_id and c.awarded_at <= c.born_at
), draw as (
  select s.*, c.id as criterion_id, c.position, c.kind, c.metric, c.comparison, c.target, c.unit, d.dice,
    power(10::numeric, -scale(c.target)) as step,
    case
      when s.final_state in ('LOCKED', 'OPEN') then null
      when s.final_state in ('IN_PROGRESS', 'REVERSED') and c.kind = case s.final_state when 'REVERSED' then 'OUTCOME' else s.weakness end then false
      when s.final_state = 'IN_PROGRESS' then portico.seeded_fraction(s.seed, 'met', s.ordinal * 10 + c.position) < 0.75
      else true
    end as is_met
  from standing s
  join portico.criterion c on c.environment_id = s.environment_id and c.milestone_id = s.milestone_id
  cross join lateral (select portico.seeded_fraction(s.seed, 'value', s.ordinal * 10 + c.position)::numeric as dice) d
), measured as (
  -- Values have as many digits as their target. Rounding must not carry a miss over the target.
  select d.*, round(case
    when is_met and comparison = 'AT_LEAST' then case
      when partner = 2 and kind = 'ACTIVITY' then target * (6 + 4 * dice)
      when unit = 'percent' then target + (100 - target) * case when partner = 4 then 0.1 * dice else 0.05 + 0.9 * dice end
      else target * case when partner = 4 then 1 + 0.01 * dice else 1.05 + 0.7 * dice end end
    when is_met then target * case when partner = 4 then 1 - 0.02 * dice else 0.9 - 0.7 * dice end
    when not is_met and comparison = 'AT_LEAST' then least(target - step, case
      when partner = 2 and metric like '%\_lift' then 0.4 * (dice - 0.5)
      when unit = 'percent' then target - least(2 * (100 - target), 0.35 * target) * (0.1 + 0.9 * dice)
      else target * (0.3 + 0.65 * dice) end)
    when not is_met then greatest(target + step, target * (1.08 + 0.7 * dice))
    end, scale(target)) as value
  from draw d
), judged as (
  select m.*, coalesce(case comparison when 'AT_LEAST' then value >= target else value <= target end, false) as satisfied,
    case
      when value is null then 0
      when comparison = 'AT_LEAST' then least(100, floor(100 * greatest(value, 0) / target))
      when value <= target then 100
      else floor(100 * target / value)
    end as percent
  from measured m
), scored as (
  select j.*, min(percent) over (partition by id) as percent_complete from judged j
), progress as (
  insert into portico.milestone_progress (environment_id, id, partner_id, integration_id, milestone_id, period, state, percent_complete, opened_at, reached_at, confirmed_at, confirms_at, is_forecast, updated_at)
  select environment_id, id, partner_id, integration_id, milestone_id, period, final_state, percent_complete, opened_at, reached_at, confirmed,
    case when final_state = 'PROVISIONAL' then confirmed_at end, final_state = 'PROVISIONAL', greatest(as_of, opened_at, reached_at, confirmed, case when reward_id is not null then awarded_at end,
    case final_state when 'REVERSED' then least(born_at, confirmed + interval '20 days') end)
  from scored
  where position = 1
), promise as (
  -- What was reached in a period that has not been confirmed yet will be, when its hold is over.
  insert into portico.due_work (environment_id, kind, subject_id, due_at)
  select environment_id, 'progress.confirm', id, confirmed_at
  from scored
  where position = 1 and final_state = 'PROVISIONAL'
), award as (
  insert into portico.award (environment_id, id, partner_id, integration_id, milestone_id, reward_id, period, awarded_at, amount_minor, currency)
  select s.environment_id, portico.seeded_id('awd', s.namespace, s.seed, s.ordinal), s.partner_id, s.integration_id, s.milestone_id, s.reward_id, s.period, s.awarded_at, r.amount_minor, r.currency
  from scored s join portico.reward r on r.environment_id = s.environment_id and r.id = s.reward_id
  where s.position = 1
)
insert into portico.criterion_progress (environment_id, partner_id, progress_id, criterion_id, value, satisfied, as_of)
select environment_id, partner_id, id, criterion_id, value, satisfied, as_of from scored;

-- The world's progress is drawn, not judged: its events have no more to say.
update portico.event_batch set judged_at = measured_at where environment_id = current_setting('portico.world_environment_id');
