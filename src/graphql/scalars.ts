/** The custom scalars that every room uses. Their text form is made in SQL for compiled reads
    (reads/json-text.ts) and by these definitions elsewhere; both forms are the same. */
import { GraphQLError, GraphQLScalarType, Kind, valueFromASTUntyped } from 'graphql';
import { durationSeconds, durationText } from '../base/duration.ts';

const RFC_3339 = /^\d{4}-(0[1-9]|1[0-2])-(0[1-9]|[12]\d|3[01])T([01]\d|2[0-3]):[0-5]\d:([0-5]\d|60)(\.\d{1,9})?(Z|[+-]([01]\d|2[0-3]):[0-5]\d)$/i;
const ISO_DATE = /^\d{4}-(0[1-9]|1[0-2])-(0[1-9]|[12]\d|3[01])$/;
const DECIMAL = /^-?\d{1,30}(\.\d{1,12})?$/;

function scalar<T>(options: {
  name: string;
  description: string;
  specifiedByURL?: string;
  parse: (value: unknown) => T;
  serialize: (value: unknown) => unknown;
  kinds: readonly string[];
}): GraphQLScalarType {
  return new GraphQLScalarType({
    name: options.name,
    description: options.description,
    ...(options.specifiedByURL ? { specifiedByURL: options.specifiedByURL } : {}),
    serialize: options.serialize,
    parseValue: options.parse,
    parseLiteral(node) {
      if (!options.kinds.includes(node.kind) || !('value' in node)) throw new GraphQLError(`${options.name} cannot be written as ${node.kind}.`, { nodes: node });
      return options.parse(node.kind === Kind.INT ? Number(node.value) : node.value);
    },
  });
}

export const DateTime = scalar({
  name: 'DateTime',
  description: 'An instant after RFC 3339, always given in UTC, e.g. `2026-10-01T17:00:00.000Z`.',
  specifiedByURL: 'https://scalars.graphql.org/andimarek/date-time',
  kinds: [Kind.STRING],
  parse(value) {
    const instant = typeof value === 'string' && RFC_3339.test(value) ? new Date(value) : null;
    if (!instant || Number.isNaN(instant.getTime())) throw new GraphQLError(`DateTime must be an instant after RFC 3339, e.g. "2026-10-01T17:00:00Z".`);
    return instant;
  },
  serialize: value => (value instanceof Date ? value.toISOString() : typeof value === 'number' ? new Date(value).toISOString() : value),
});

export const DateOnly = scalar({
  name: 'Date',
  description: 'A calendar date, e.g. `2026-10-01`.',
  kinds: [Kind.STRING],
  parse(value) {
    const valid = typeof value === 'string' && ISO_DATE.test(value) && new Date(`${value}T00:00:00Z`).toISOString().startsWith(value);
    if (!valid) throw new GraphQLError(`Date must be a calendar date, e.g. "2026-10-01".`);
    return value;
  },
  serialize: value => (value instanceof Date ? value.toISOString().slice(0, 10) : value),
});

/** Code knows a duration by its seconds, so that `P1D` and `PT24H` are the same. */
export const Duration = scalar({
  name: 'Duration',
  description: 'A length of time after ISO 8601, of days, hours, minutes and whole seconds, e.g. `P1D` or `PT1H30M`. Months and years have no fixed length and are not taken.',
  specifiedByURL: 'https://www.iso.org/standard/70907.html',
  kinds: [Kind.STRING],
  parse(value) {
    const seconds = typeof value === 'string' ? durationSeconds(value) : null;
    if (seconds === null) throw new GraphQLError('Duration must be days, hours, minutes and whole seconds after ISO 8601, e.g. "P1D" or "PT1H30M".');
    return seconds;
  },
  serialize: value => (typeof value === 'number' ? durationText(value) : value),
});

export const Decimal = scalar({
  name: 'Decimal',
  description: 'An exact decimal number, as a string so that no digit is lost, e.g. `"1250.00"`.',
  kinds: [Kind.STRING, Kind.INT, Kind.FLOAT],
  parse(value) {
    const text = typeof value === 'number' ? String(value) : value;
    if (typeof text !== 'string' || !DECIMAL.test(text)) throw new GraphQLError('Decimal must be a decimal number as a string, e.g. "12.50".');
    return text;
  },
  serialize: value => String(value),
});

export const SafeInt = scalar({
  name: 'SafeInt',
  description: 'A whole number of at most 2^53 - 1 in size, which every JSON reader holds exactly.',
  kinds: [Kind.INT],
  parse(value) {
    if (!Number.isSafeInteger(value)) throw new GraphQLError('SafeInt must be a whole number between -9007199254740991 and 9007199254740991.');
    return value as number;
  },
  serialize: value => Number(value),
});

export const CurrencyCode = scalar({
  name: 'CurrencyCode',
  description: 'A currency after ISO 4217, e.g. `EUR`.',
  kinds: [Kind.STRING],
  parse(value) {
    if (typeof value !== 'string' || !/^[A-Z]{3}$/.test(value)) throw new GraphQLError('CurrencyCode must be three capital letters, e.g. "EUR".');
    return value;
  },
  serialize: value => value,
});

export const URLScalar = scalar({
  name: 'URL',
  description: 'An absolute web address, e.g. `https://example.com/help`.',
  specifiedByURL: 'https://url.spec.whatwg.org/',
  kinds: [Kind.STRING],
  parse(value) {
    if (typeof value !== 'string' || !URL.canParse(value)) throw new GraphQLError('URL must be an absolute web address, e.g. "https://example.com/help".');
    return value;
  },
  serialize: value => String(value),
});

/** Read only: nothing that a caller sends is taken without a shape. */
export const JSONValue = new GraphQLScalarType({
  name: 'JSON',
  description: 'Any JSON value. What shape it has, the field says that returns it.',
  specifiedByURL: 'https://www.rfc-editor.org/rfc/rfc8259',
  serialize: value => value,
  parseValue() {
    throw new GraphQLError('JSON is only returned, never taken.');
  },
});

/** An event goes on as JSON text: it is checked with its batch, so that one which is none spoils no other. */
export const CloudEvent = new GraphQLScalarType({
  name: 'CloudEvent',
  description:
    'An event after CloudEvents 1.0 in its JSON format, e.g. `{"specversion": "1.0", "id": "o-1", "source": "/shop", "type": "order.placed", "time": "2026-10-01T17:00:00Z", "data": {...}}`. `time` is required, `data` is an object, and `dataschema`, where it is given, ends in the type and a version.',
  specifiedByURL: 'https://github.com/cloudevents/spec/blob/v1.0.2/cloudevents/formats/json-format.md',
  serialize: value => value,
  parseValue: value => JSON.stringify(value),
  parseLiteral: (node, variables) => JSON.stringify(valueFromASTUntyped(node, variables)),
});
