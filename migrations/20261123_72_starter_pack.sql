-- What every environment can measure from its first day: event types, metrics and journeys. Adds
-- what is missing and changes nothing, so it can be called at each start.
create function portico.settle_measurement(environment_id text) returns void
language plpgsql set search_path = '' as $$
declare
  namespace text;
  born timestamptz;
begin
  select e.id_namespace, e.born_at into strict namespace, born from portico.environment e where e.id = settle_measurement.environment_id;

  insert into portico.event_type (environment_id, id, name, version, description, data_schema, published_at)
  select settle_measurement.environment_id, portico.seeded_id('ety', namespace, 0, t.ordinal), t.name, 1, t.description,
    jsonb_build_object('$schema', 'https://json-schema.org/draft/2020-12/schema', 'type', 'object', 'properties', t.properties, 'required', t.required, 'additionalProperties', false), born
  from (values
    (1, 'checkout.finished', 'A shopper went through a checkout, to its end or away from it.',
      '{"checkout": {"type": "string", "minLength": 1, "maxLength": 100}, "shopper": {"type": "string", "minLength": 1, "maxLength": 100},
        "outcome": {"enum": ["ORDERED", "ABANDONED", "FAILED"]},
        "duration": {"type": "object", "properties": {"value": {"type": "number", "minimum": 0, "maximum": 86400}, "unit": {"const": "s"}}, "required": ["value", "unit"], "additionalProperties": false}}'::jsonb,
      '["checkout", "outcome", "duration"]'::jsonb),
    (2, 'order.placed', 'A shopper ordered something. `repeat` says whether the same shopper had ordered in the 90 days before.',
      '{"order": {"type": "string", "minLength": 1, "maxLength": 100}, "shopper": {"type": "string", "minLength": 1, "maxLength": 100},
        "amount": {"type": "object", "properties": {"minorUnits": {"type": "integer", "minimum": 0, "maximum": 9007199254740991}, "currency": {"type": "string", "pattern": "^[A-Z]{3}$"}},
          "required": ["minorUnits", "currency"], "additionalProperties": false},
        "repeat": {"type": "boolean"}}',
      '["order", "shopper", "amount", "repeat"]'),
    (3, 'order.delivered', 'An order arrived.',
      '{"order": {"type": "string", "minLength": 1, "maxLength": 100}, "onTime": {"type": "boolean"}, "damaged": {"type": "boolean"}, "deliveredOn": {"type": "string", "format": "date"}}',
      '["order", "onTime", "damaged"]'),
    (4, 'case.resolved', 'A question or complaint of a shopper was settled.',
      '{"case": {"type": "string", "minLength": 1, "maxLength": 100}, "firstContact": {"type": "boolean"}, "reopened": {"type": "boolean"},
        "duration": {"type": "object", "properties": {"value": {"type": "number", "minimum": 0, "maximum": 1000000}, "unit": {"const": "min"}}, "required": ["value", "unit"], "additionalProperties": false}}',
      '["case", "duration", "reopened"]'),
    (5, 'suggestion.shown', 'A shopper was shown a suggestion, and took it up or did not.',
      '{"suggestion": {"type": "string", "minLength": 1, "maxLength": 100}, "shopper": {"type": "string", "minLength": 1, "maxLength": 100}, "accepted": {"type": "boolean"}}',
      '["suggestion", "accepted"]'),
    (6, 'seller.onboarded', 'A seller made the first offer through the integration, so long after signing up.',
      '{"seller": {"type": "string", "minLength": 1, "maxLength": 100}, "unaided": {"type": "boolean"},
        "duration": {"type": "object", "properties": {"value": {"type": "number", "minimum": 0, "maximum": 1000000}, "unit": {"const": "min"}}, "required": ["value", "unit"], "additionalProperties": false}}',
      '["seller", "duration"]'),
    (7, 'requests.served', 'How many requests of shoppers the integration had in a while, and how many of them it answered without an error.',
      '{"requests": {"type": "integer", "minimum": 1, "maximum": 1000000000}, "answered": {"type": "integer", "minimum": 0, "maximum": 1000000000}}',
      '["requests", "answered"]')
  ) as t (ordinal, name, description, properties, required)
  on conflict do nothing;

  insert into portico.metric (environment_id, id, name, version, title, description, pack, unit, polarity, kind, aggregate, scale, minimum_count, defined_at)
  select settle_measurement.environment_id, portico.seeded_id('met', namespace, 0, m.ordinal), m.name, 1, m.title, m.description, 'starter', m.unit, m.polarity, m.kind, m.aggregate, m.scale, m.minimum_count, born
  from (values
    (1, 'checkout_friction', 'Checkout friction', 'Share of checkouts that shoppers left before the end.', 'percent', 'LOWER_IS_BETTER', 'LAGGING', 'RATIO', 100, 50),
    (2, 'checkout_time', 'Time to check out', 'How long a shopper needs to order, on average.', 'seconds', 'LOWER_IS_BETTER', 'LEADING', 'MEAN', 1, 50),
    (3, 'checkout_failure_share', 'Failed checkouts', 'Share of checkouts that ended in an error.', 'percent', 'LOWER_IS_BETTER', 'GUARDRAIL', 'RATIO', 100, 50),
    (4, 'resolution_time', 'Resolution time', 'How long a shopper waits until a question is settled, on average.', 'minutes', 'LOWER_IS_BETTER', 'LAGGING', 'MEAN', 1, 30),
    (5, 'reopened_case_share', 'Reopened cases', 'Share of settled questions that had to be opened again.', 'percent', 'LOWER_IS_BETTER', 'GUARDRAIL', 'RATIO', 100, 30),
    (6, 'retention', 'Retention', 'Share of the shoppers who ordered that had ordered in the 90 days before.', 'percent', 'HIGHER_IS_BETTER', 'LAGGING', 'RATIO', 100, 30),
    (7, 'match_quality', 'Match quality', 'Share of suggestions that shoppers took up.', 'percent', 'HIGHER_IS_BETTER', 'LEADING', 'RATIO', 100, 50),
    (8, 'onboarding_time', 'Onboarding time', 'How long a seller needs from signing up to the first offer, on average.', 'minutes', 'LOWER_IS_BETTER', 'LEADING', 'MEAN', 1, 5),
    (9, 'reliability', 'Reliability', 'Share of shoppers'' requests that were answered without an error.', 'percent', 'HIGHER_IS_BETTER', 'GUARDRAIL', 'RATIO', 100, 1000),
    (10, 'on_time_share', 'Parcels on the promised day', 'Share of orders that arrived when the shopper was told they would.', 'percent', 'HIGHER_IS_BETTER', 'LAGGING', 'RATIO', 100, 30),
    (11, 'damage_share', 'Damaged parcels', 'Share of orders that arrived damaged.', 'percent', 'LOWER_IS_BETTER', 'GUARDRAIL', 'RATIO', 100, 30),
    (12, 'orders_placed', 'Orders', 'Orders that shoppers placed.', 'orders', 'HIGHER_IS_BETTER', 'ACTIVITY', 'COUNT', 1, 1),
    (13, 'ordering_shoppers', 'Shoppers who ordered', 'Different shoppers who placed an order.', 'shoppers', 'HIGHER_IS_BETTER', 'ACTIVITY', 'DISTINCT', 1, 1)
  ) as m (ordinal, name, title, description, unit, polarity, kind, aggregate, scale, minimum_count)
  on conflict do nothing;

  insert into portico.metric_measure (environment_id, metric_id, role, event_type, operation, field, condition)
  select settle_measurement.environment_id, portico.seeded_id('met', namespace, 0, m.metric), m.role, m.event_type, m.operation, m.field, m.condition
  from (values
    (1, 'NUMERATOR', 'checkout.finished', 'COUNT', null::text[], '{"outcome": "ABANDONED"}'::jsonb),
    (1, 'DENOMINATOR', 'checkout.finished', 'COUNT', null, null),
    (2, 'NUMERATOR', 'checkout.finished', 'SUM', '{duration,value}', '{"outcome": "ORDERED"}'),
    (2, 'DENOMINATOR', 'checkout.finished', 'COUNT', null, '{"outcome": "ORDERED"}'),
    (3, 'NUMERATOR', 'checkout.finished', 'COUNT', null, '{"outcome": "FAILED"}'),
    (3, 'DENOMINATOR', 'checkout.finished', 'COUNT', null, null),
    (4, 'NUMERATOR', 'case.resolved', 'SUM', '{duration,value}', null),
    (4, 'DENOMINATOR', 'case.resolved', 'COUNT', null, null),
    (5, 'NUMERATOR', 'case.resolved', 'COUNT', null, '{"reopened": true}'),
    (5, 'DENOMINATOR', 'case.resolved', 'COUNT', null, null),
    (6, 'NUMERATOR', 'order.placed', 'DISTINCT', '{shopper}', '{"repeat": true}'),
    (6, 'DENOMINATOR', 'order.placed', 'DISTINCT', '{shopper}', null),
    (7, 'NUMERATOR', 'suggestion.shown', 'COUNT', null, '{"accepted": true}'),
    (7, 'DENOMINATOR', 'suggestion.shown', 'COUNT', null, null),
    (8, 'NUMERATOR', 'seller.onboarded', 'SUM', '{duration,value}', null),
    (8, 'DENOMINATOR', 'seller.onboarded', 'COUNT', null, null),
    (9, 'NUMERATOR', 'requests.served', 'SUM', '{answered}', null),
    (9, 'DENOMINATOR', 'requests.served', 'SUM', '{requests}', null),
    (10, 'NUMERATOR', 'order.delivered', 'COUNT', null, '{"onTime": true}'),
    (10, 'DENOMINATOR', 'order.delivered', 'COUNT', null, null),
    (11, 'NUMERATOR', 'order.delivered', 'COUNT', null, '{"damaged": true}'),
    (11, 'DENOMINATOR', 'order.delivered', 'COUNT', null, null),
    (12, 'NUMERATOR', 'order.placed', 'COUNT', null, null),
    (13, 'NUMERATOR', 'order.placed', 'DISTINCT', '{shopper}', null)
  ) as m (metric, role, event_type, operation, field, condition)
  on conflict do nothing;

  insert into portico.journey (environment_id, id, position, title, description)
  select settle_measurement.environment_id, portico.seeded_id('jny', namespace, 0, j.position), j.position, j.title, j.description
  from (values
    (1, 'Finding and buying', 'A shopper looks for something, chooses it and pays.'),
    (2, 'Waiting and receiving', 'An order is under way and arrives.'),
    (3, 'Getting help', 'Something is unclear or went wrong, and a shopper asks.'),
    (4, 'Coming back', 'A shopper decides whether to order again.'),
    (5, 'Beginning to sell', 'Somebody signs up as a seller and makes a first offer.')
  ) as j (position, title, description)
  on conflict do nothing;

  insert into portico.touchpoint (environment_id, id, journey_id, position, title, description)
  select settle_measurement.environment_id, portico.seeded_id('tpt', namespace, 0, t.journey * 10 + t.position), portico.seeded_id('jny', namespace, 0, t.journey), t.position, t.title, t.description
  from (values
    (1, 1, 'Suggestions', 'What the shopper is shown without having looked for it.'),
    (1, 2, 'Checkout', 'From the basket to the confirmed order.'),
    (2, 1, 'Delivery', 'The parcel comes, on the promised day or not.'),
    (3, 1, 'Support desk', 'The question is asked and settled.'),
    (4, 1, 'The next order', 'The shopper orders again, or not.'),
    (5, 1, 'First offer', 'The seller describes something and offers it.')
  ) as t (journey, position, title, description)
  on conflict do nothing;

  insert into portico.touchpoint_category (environment_id, touchpoint_id, category)
  select settle_measurement.environment_id, portico.seeded_id('tpt', namespace, 0, t.touchpoint), unnest(t.categories)
  from (values
    (11, '{RECOMMENDATIONS,REVIEWS}'::text[]), (12, '{CHECKOUT,LOYALTY}'), (21, '{SHIPPING}'), (31, '{SUPPORT_DESK}'),
    (41, '{CHECKOUT,SHIPPING,REVIEWS,RECOMMENDATIONS,SUPPORT_DESK,LOYALTY}'), (51, '{CHECKOUT,SHIPPING}')
  ) as t (touchpoint, categories)
  on conflict do nothing;

  insert into portico.touchpoint_metric (environment_id, touchpoint_id, metric_id)
  select settle_measurement.environment_id, portico.seeded_id('tpt', namespace, 0, t.touchpoint), portico.seeded_id('met', namespace, 0, t.metric)
  from (values (11, 7), (12, 1), (12, 2), (12, 3), (12, 9), (21, 10), (21, 11), (31, 4), (31, 5), (41, 6), (51, 8)) as t (touchpoint, metric)
  on conflict do nothing;
end $$;
grant execute on function portico.settle_measurement(text) to portico_service;
