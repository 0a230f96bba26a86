-- Harbour Market, milestones that events decide from birth on: what a program rehearses, from a rule to the
-- money. The others' standing is drawn, and stands as it came. What measurement brings must be there already.
set local timezone = 'UTC';

create temporary table world_rule on commit drop as
with world as (
  select current_setting('portico.world_environment_id') as environment_id, current_setting('portico.world_namespace') as namespace,
    current_setting('portico.world_seed')::integer as seed, date_trunc('day', current_setting('portico.world_born_at')::timestamptz) as born_on
)
select w.*, r.*, portico.seeded_id('mst', w.namespace, w.seed, r.position) as milestone_id
from world w
cross join (values
  (13, 'Questions settled the same day', 'Whoever asks has an answer within four hours, and one that holds.', '240', '10', 'e8658ba1112744171acecafaea65deafc1132cc4ec5981f3aaff4ed6f08b7a13', 'Same-day payment', 40000),
  -- The last digits of its reward say that it is taken back after a month: that is rehearsed with it.
  (14, 'Questions settled within the hour', 'Whoever asks has an answer within an hour, and seldom asks again.', '60', '5', 'ac38704613f5b9d5cacbbe2c0376a2581240c96f8bd67f93756151901d03bdb3', 'Within-the-hour payment', 10004)
) as r (position, title, user_outcome, minutes, reopened, rule_hash, reward, amount_minor);

insert into portico.milestone (environment_id, id, program_id, position, title, user_outcome, category, cadence, published_at)
select environment_id, milestone_id, portico.seeded_id('prg', namespace, seed, 1), position, title, user_outcome, 'OUTCOME', 'ONCE', born_on from world_rule;

insert into portico.milestone_version (environment_id, id, milestone_id, version, rule, rule_hash, announced_at, effective_on, why, cohort, cohort_meeting)
select environment_id, portico.seeded_id('msv', namespace, seed, position), milestone_id, 1,
  jsonb_build_object('all', jsonb_build_array(
    jsonb_build_object('metric', jsonb_build_object('id', 'resolution_time@1', 'window', 'cycle', 'cmp', 'AT_MOST', 'value', minutes, 'unit', 'minutes')),
    jsonb_build_object('guardrail', jsonb_build_object('metric', 'reopened_case_share@1', 'window', 'cycle', 'cmp', 'AT_MOST', 'value', reopened, 'unit', 'percent')))),
  rule_hash, born_on, born_on::date, 'An answer that comes late is none.', 0, 0
from world_rule;

insert into portico.criterion (environment_id, id, milestone_id, version, position, kind, metric, metric_id, description, comparison, target, unit, window_days, measured_over)
select w.environment_id, portico.seeded_id('cri', w.namespace, w.seed, w.position * 10 + c.position), w.milestone_id, 1, c.position, c.kind, m.name || '@' || m.version, m.id, m.title || ': ' || m.description,
  'AT_MOST', c.target::numeric, m.unit, 92, 'cycle'
from world_rule w
cross join lateral (values (1, 'OUTCOME', 'resolution_time', w.minutes), (2, 'GUARDRAIL', 'reopened_case_share', w.reopened)) as c (position, kind, metric, target)
join portico.metric m on m.environment_id = w.environment_id and m.name = c.metric and m.version = 1;

insert into portico.reward (environment_id, id, milestone_id, kind, title, description, amount_minor, currency)
select environment_id, portico.seeded_id('rwd', namespace, seed, position), milestone_id, 'FINANCIAL', reward, 'Paid once the result has held for thirty days.', amount_minor, 'EUR' from world_rule;

drop table world_rule;
