/** What the staff may define: rules of event types, metrics and journeys, without I/O. Each answers the
    first fault in words for the person who typed it. */
import { isStorableText } from '../base/text.ts';

type MeasureOperation = 'COUNT' | 'SUM' | 'DISTINCT';
type MetricAggregate = 'COUNT' | 'SUM' | 'DISTINCT' | 'MEAN' | 'RATIO';
type MetricKind = 'LEADING' | 'LAGGING' | 'GUARDRAIL' | 'ACTIVITY';
type MetricPolarity = 'HIGHER_IS_BETTER' | 'LOWER_IS_BETTER';

/** What is wrong, and where in the input. */
export interface Fault {
  readonly code: 'INVALID' | 'NOT_FOUND' | 'RULE_BROKEN';
  readonly message: string;
  readonly path: readonly string[];
}

export const MAX_TITLE_LENGTH = 100;
export const MAX_DESCRIPTION_LENGTH = 1_000;
const MAX_UNIT_LENGTH = 40;
const MAX_SCHEMA_LENGTH = 32_768;
const MAX_MINIMUM_COUNT = 1_000_000;

/** As the touchpoint's field answers them at most. */
export const MAX_TOUCHPOINTS = 6;
export const MAX_METRICS = 6;

const TYPE_NAME = /^[a-z][a-z0-9_]*(\.[a-z][a-z0-9_]*)+$/;
const METRIC_NAME = /^[a-z][a-z0-9_]{1,59}$/;

type JsonObject = Readonly<Record<string, unknown>>;

export const invalid = (message: string, ...path: string[]): Fault => ({ code: 'INVALID', message, path });

const isObject = (value: unknown): value is JsonObject => typeof value === 'object' && value !== null && !Array.isArray(value);

/** A JSON object from its text; undefined where it is none, or PostgreSQL could not hold it. */
export function jsonObject(text: string): JsonObject | undefined {
  try {
    const value: unknown = JSON.parse(text);
    return isObject(value) && !/\\u0000|\\ud[89a-f]/i.test(JSON.stringify(value)) ? value : undefined;
  } catch {
    return undefined;
  }
}

export function textFault(text: string, limit: number, ...path: string[]): Fault | null {
  const length = text.trim().length;
  if (length > 0 && length <= limit && isStorableText(text)) return null;
  return invalid(`It has ${length} characters; give 1 to ${limit}, none of them NUL or half of a surrogate pair.`, ...path);
}

export interface NewEventType {
  readonly name: string;
  readonly description: string;
  /** JSON text. */
  readonly dataSchema: string;
}

/** @param schemaFault why a schema cannot be compiled; null where it can */
export function eventTypeFault({ name, description, dataSchema }: NewEventType, schemaFault: (schema: object) => string | null): Fault | null {
  if (name.length > 100 || !TYPE_NAME.test(name))
    return invalid('Name it like `order.placed`: words of a-z, 0-9 and _, two at least, with dots between them, at most 100 characters.', 'name');
  const described = textFault(description, MAX_DESCRIPTION_LENGTH, 'description');
  if (described) return described;
  if (dataSchema.length > MAX_SCHEMA_LENGTH) return invalid(`It has ${dataSchema.length} characters of at most ${MAX_SCHEMA_LENGTH}. Leave annotations out.`, 'dataSchema');
  const schema = jsonObject(dataSchema);
  if (!schema) return invalid('It must be the text of a JSON object without NUL: a JSON Schema, draft 2020-12.', 'dataSchema');
  if (schema['type'] !== 'object') return invalid('An event’s data is an object: say `"type": "object"`.', 'dataSchema');
  const fault = schemaFault(schema);
  return fault === null ? null : invalid(`It cannot be used as a schema: ${fault}.`, 'dataSchema');
}

export interface NewMeasure {
  readonly eventType: string;
  readonly operation: MeasureOperation;
  readonly field?: readonly string[] | null;
  /** JSON text. */
  readonly condition?: string | null;
}

export interface NewMetric {
  readonly name: string;
  readonly title: string;
  readonly description: string;
  readonly unit: string;
  readonly polarity: MetricPolarity;
  readonly kind: MetricKind;
  readonly aggregate: MetricAggregate;
  /** A decimal number; 1 where it is absent. */
  readonly scale?: string | null;
  readonly minimumCount: number;
  readonly numerator: NewMeasure;
  readonly denominator?: NewMeasure | null;
}

/** What each aggregate is made of: the numerator's operation and the denominator's; null is any, and a
    denominator that is missing is none. */
const SHAPES: Readonly<Record<MetricAggregate, { readonly numerator: MeasureOperation | null; readonly denominator?: MeasureOperation | null }>> = {
  COUNT: { numerator: 'COUNT' },
  SUM: { numerator: 'SUM' },
  DISTINCT: { numerator: 'DISTINCT' },
  MEAN: { numerator: 'SUM', denominator: 'COUNT' },
  RATIO: { numerator: null, denominator: null },
};

/** @param schemas the newest schema of each event type that is named */
export function metricFault(metric: NewMetric, schemas: ReadonlyMap<string, object>): Fault | null {
  const { name, title, description, unit, scale, minimumCount, aggregate, numerator, denominator } = metric;
  if (!METRIC_NAME.test(name)) return invalid('Name it like `checkout_friction`: 2 to 60 of a-z, 0-9 and _, a letter first.', 'name');
  const fault = textFault(title, MAX_TITLE_LENGTH, 'title') ?? textFault(description, MAX_DESCRIPTION_LENGTH, 'description') ?? textFault(unit, MAX_UNIT_LENGTH, 'unit');
  if (fault) return fault;
  if (scale != null && !(Number(scale) > 0 && Number(scale) <= 1_000_000)) return invalid('It must be more than 0 and at most 1000000, e.g. 100 for percent.', 'scale');
  if (minimumCount < 1 || minimumCount > MAX_MINIMUM_COUNT) return invalid(`It must be 1 to ${MAX_MINIMUM_COUNT}.`, 'minimumCount');
  const shape = SHAPES[aggregate];
  if (shape.numerator && numerator.operation !== shape.numerator) return invalid(`The numerator of ${aggregate} is a ${shape.numerator}.`, 'numerator', 'operation');
  if (shape.denominator === undefined && denominator) return invalid(`${aggregate} has no denominator: leave it out, or define a RATIO.`, 'denominator');
  if (shape.denominator !== undefined && !denominator) return invalid(`${aggregate} needs a denominator.`, 'denominator');
  if (shape.denominator && denominator?.operation !== shape.denominator) return invalid(`The denominator of ${aggregate} is a ${shape.denominator}.`, 'denominator', 'operation');
  return measureFault(numerator, schemas, 'numerator') ?? (denominator ? measureFault(denominator, schemas, 'denominator') : null);
}

function measureFault({ eventType, operation, field, condition }: NewMeasure, schemas: ReadonlyMap<string, object>, path: string): Fault | null {
  const schema = schemas.get(eventType);
  if (!schema)
    return {
      code: 'NOT_FOUND',
      message: `No event type has the name ${JSON.stringify(eventType.slice(0, 100))}. The query \`eventTypes\` lists those that there are.`,
      path: [path, 'eventType'],
    };
  if (operation === 'COUNT' && field) return invalid('Events are counted whole: leave the field out.', path, 'field');
  if (operation !== 'COUNT') {
    if (!field || field.length === 0) return invalid('Say which field of `data`, by the names that lead to it.', path, 'field');
    const found = memberOf(schema, field);
    if (!found) return invalid(`The newest schema of ${eventType} has no field ${field.join('.')}.`, path, 'field');
    if (operation === 'SUM' && found['type'] !== 'number' && found['type'] !== 'integer')
      return invalid(`${field.join('.')} is no number by the schema of ${eventType}, and only numbers add up.`, path, 'field');
  }
  if (condition == null) return null;
  const members = jsonObject(condition);
  if (!members || Object.keys(members).length === 0)
    return invalid('It must be the text of a JSON object with at least one member, e.g. `{"outcome": "ORDERED"}`.', path, 'condition');
  const stranger = Object.keys(members).find(name => !memberOf(schema, [name]));
  return stranger === undefined ? null : invalid(`The newest schema of ${eventType} has no field ${stranger}, so no event would ever count.`, path, 'condition');
}

/** The schema of the member that names lead to. */
function memberOf(schema: object, names: readonly string[]): JsonObject | undefined {
  let found: unknown = schema;
  for (const name of names) {
    const properties = isObject(found) ? found['properties'] : undefined;
    found = isObject(properties) && Object.hasOwn(properties, name) ? properties[name] : undefined;
  }
  return isObject(found) ? found : undefined;
}

export interface NewTouchpoint {
  readonly touchpointId?: string | null;
  readonly title: string;
  readonly description: string;
  readonly categories: readonly string[];
  readonly metricIds: readonly string[];
}

export interface NewJourney {
  readonly journeyId?: string | null;
  readonly title: string;
  readonly description: string;
  readonly touchpoints: readonly NewTouchpoint[];
}

export function journeyFault({ title, description, touchpoints }: NewJourney): Fault | null {
  const fault = textFault(title, MAX_TITLE_LENGTH, 'title') ?? textFault(description, MAX_DESCRIPTION_LENGTH, 'description');
  if (fault) return fault;
  if (touchpoints.length < 1 || touchpoints.length > MAX_TOUCHPOINTS)
    return invalid(`A journey has 1 to ${MAX_TOUCHPOINTS} touchpoints, and this one ${touchpoints.length}.`, 'touchpoints');
  for (const [i, touchpoint] of touchpoints.entries()) {
    const at = ['touchpoints', String(i)];
    const wrong = textFault(touchpoint.title, MAX_TITLE_LENGTH, ...at, 'title') ?? textFault(touchpoint.description, MAX_DESCRIPTION_LENGTH, ...at, 'description');
    if (wrong) return wrong;
    if (touchpoint.metricIds.length === 0) {
      return { code: 'RULE_BROKEN', message: 'A touchpoint needs at least one metric: what is not measured cannot be made better.', path: [...at, 'metricIds'] };
    }
    const metrics = new Set(touchpoint.metricIds).size;
    if (metrics > MAX_METRICS || metrics !== touchpoint.metricIds.length) return invalid(`Name 1 to ${MAX_METRICS} metrics, each once.`, ...at, 'metricIds');
    if (new Set(touchpoint.categories).size !== touchpoint.categories.length) return invalid('Name each category once.', ...at, 'categories');
  }
  const ids = touchpoints.flatMap(({ touchpointId }) => touchpointId ?? []);
  return new Set(ids).size === ids.length ? null : invalid('Two touchpoints have the same id.', 'touchpoints');
}
