/**
 * CloudEvents 1.0 in the JSON format, as all doors take them
 * (https://github.com/cloudevents/spec/blob/v1.0.2/cloudevents/formats/json-format.md). What the
 * specification leaves open is narrowed to what can be measured: the time is required, and the data
 * is a JSON object.
 */
import { isStorableText } from '../base/text.ts';
import type { Instant } from '../base/clock.ts';
import { ok, refused, type Outcome } from '../base/outcome.ts';

/** Most bytes of one event. */
export const MAX_EVENT_BYTES = 64 * 1024;

/** Most characters of a name: id, source, type, subject. */
export const MAX_NAME_LENGTH = 500;

/** How deep data may nest: what reads it recurses. */
const MAX_DEPTH = 20;

export type RejectionCode = 'MALFORMED' | 'TOO_LARGE' | 'UNKNOWN_TYPE' | 'INVALID_DATA' | 'FUTURE' | 'TOO_OLD';

export interface Rejection {
  readonly code: RejectionCode;
  /** JSON Pointer (RFC 6901) into the event. */
  readonly path: string;
  readonly reason: string;
}

export interface CloudEvent {
  readonly id: string;
  readonly source: string;
  readonly type: string;
  /** Of the type; null for the newest. */
  readonly schemaVersion: number | null;
  readonly subject: string | null;
  readonly time: Instant;
  readonly data: Readonly<Record<string, unknown>>;
}

const RFC_3339 = /^\d{4}-(0[1-9]|1[0-2])-(0[1-9]|[12]\d|3[01])T([01]\d|2[0-3]):[0-5]\d:([0-5]\d|60)(\.\d{1,9})?(Z|[+-]([01]\d|2[0-3]):[0-5]\d)$/i;

/** A schema is named as `.../<type>/<version>`. */
const DATA_SCHEMA = /^[^\s]*\/([^/\s]+)\/([1-9]\d{0,8})$/;

const JSON_MEDIA_TYPE = /^application\/(json|[\w.-]+\+json)\s*(;.*)?$/i;

const malformed = (path: string, reason: string): { ok: false; refusal: Rejection } => refused({ code: 'MALFORMED', path, reason });

type Members = Readonly<Record<string, unknown>>;

const isObject = (value: unknown): value is Members => typeof value === 'object' && value !== null && !Array.isArray(value);

/** The event that a JSON value is. Refusals: MALFORMED. */
export function readCloudEvent(value: unknown): Outcome<CloudEvent, Rejection> {
  if (!isObject(value)) return malformed('', 'An event is one JSON object after CloudEvents 1.0.');
  if (value['specversion'] !== '1.0') return malformed('/specversion', 'It must be "1.0", the version of CloudEvents that is taken here.');
  for (const name of ['id', 'source', 'type'] as const) {
    const fault = nameFault(name, value[name]);
    if (fault) return fault;
  }
  if (value['subject'] != null) {
    const fault = nameFault('subject', value['subject']);
    if (fault) return fault;
  }
  const time = typeof value['time'] === 'string' && RFC_3339.test(value['time']) ? Date.parse(value['time']) : NaN;
  if (Number.isNaN(time)) return malformed('/time', 'It must be the instant at which the event happened, after RFC 3339, e.g. "2026-10-01T17:00:00Z".');
  const contentType = value['datacontenttype'];
  if (contentType != null && (typeof contentType !== 'string' || !JSON_MEDIA_TYPE.test(contentType))) return malformed('/datacontenttype', 'Data is taken as JSON only.');
  if (value['data_base64'] != null) return malformed('/data_base64', 'Data is taken as JSON only, in `data`.');
  const { data } = value;
  if (!isObject(data)) return malformed('/data', 'It must be a JSON object.');
  const fault = dataFault(data, '/data', 1);
  if (fault) return refused(fault);
  const schemaVersion = schemaVersionOf(value, value['type'] as string);
  if (schemaVersion === undefined)
    return malformed('/dataschema', `It must end in the event's type and a version, e.g. "/event-types/${String(value['type'])}/1"; without it the newest version is meant.`);
  return ok({
    id: value['id'] as string,
    source: value['source'] as string,
    type: value['type'] as string,
    schemaVersion,
    subject: (value['subject'] as string | null | undefined) ?? null,
    time,
    data,
  });
}

function nameFault(name: string, value: unknown): { ok: false; refusal: Rejection } | null {
  if (typeof value !== 'string' || value === '') return malformed(`/${name}`, 'It must be a text that is not empty.');
  if (value.length > MAX_NAME_LENGTH) return malformed(`/${name}`, `It has ${value.length} characters of at most ${MAX_NAME_LENGTH}.`);
  // CloudEvents 1.0, "Type System": control characters are not allowed in strings.
  return isStorableText(value) && !/\p{Cc}/u.test(value) ? null : malformed(`/${name}`, 'It holds control characters or half of a surrogate pair. Remove them.');
}

/** Null for the newest; undefined where what is said is no version of the type. */
function schemaVersionOf({ dataschema }: Members, type: string): number | null | undefined {
  if (dataschema == null) return null;
  const [, named, version] = (typeof dataschema === 'string' && DATA_SCHEMA.exec(dataschema)) || [];
  return named === type ? Number(version) : undefined;
}

/** A name as a part of a JSON Pointer. */
const pointer = (name: string): string => name.replaceAll('~', '~0').replaceAll('/', '~1');

/** What PostgreSQL cannot hold, or nobody should have to read; null where there is nothing of it. */
function dataFault(value: unknown, path: string, depth: number): Rejection | null {
  if (typeof value === 'string') {
    return isStorableText(value) ? null : { code: 'MALFORMED', path, reason: 'The text holds a NUL character or half of a surrogate pair, which none can. Remove it.' };
  }
  if (typeof value !== 'object' || value === null) return null;
  if (depth > MAX_DEPTH) return { code: 'MALFORMED', path, reason: `The data nests deeper than the ${MAX_DEPTH} levels that are taken.` };
  for (const name in value) {
    const inner = `${path}/${pointer(name)}`;
    if (!isStorableText(name)) return { code: 'MALFORMED', path, reason: 'A name holds a NUL character or half of a surrogate pair, which none can. Remove it.' };
    const fault = dataFault((value as Members)[name], inner, depth + 1);
    if (fault) return fault;
  }
  return null;
}

/** What can be said of a rejected event, cut to what is kept. */
export function namesOf(value: unknown): { readonly id: string | null; readonly source: string | null; readonly type: string | null } {
  const members = isObject(value) ? value : {};
  const name = (key: string): string | null => {
    const text = members[key];
    return typeof text === 'string' ? text.slice(0, MAX_NAME_LENGTH).replaceAll('\0', '\uFFFD').toWellFormed() : null;
  };
  return { id: name('id'), source: name('source'), type: name('type') };
}
