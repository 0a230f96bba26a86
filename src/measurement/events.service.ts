/**
 * Ingestion: a batch of events is checked one by one and written as a set, in one transaction. What
 * cannot be counted is kept with its reason and takes nothing else along; what was counted before
 * is counted no second time, however often and by whichever door it comes.
 */
import { hash } from 'node:crypto';
import { isMagic } from '../environments/index.ts';
import { newId } from '../base/ids.ts';
import { isStorableText } from '../base/text.ts';
import type { Instant } from '../base/clock.ts';
import { apiError } from '../graphql/errors.ts';
import { currentEnvironment } from '../partners/index.ts';
import type { Tx } from '../platform/postgres/database.ts';
import { MAX_EVENT_BYTES, namesOf, readCloudEvent, type CloudEvent, type Rejection, type RejectionCode } from './cloud-event.rules.ts';
import { checkData } from './event-schemas.ts';
import { countEvent } from './event-time.rules.ts';
import { meaningOf } from './magic-events.rules.ts';
import { loadEventTypes, type EventType } from './event-type.store.ts';
import { insertEvents, insertRejected, type EventRow, type Reporter } from './event.store.ts';

/** Most events of one transaction, by any door. */
export const MAX_BATCH = 1_000;

/** Longer ones are told about and not kept, so that what is rejected takes less room than what is counted. */
const MAX_KEPT_PAYLOAD = 16 * 1024;

/** An event as it came through a door. */
export interface IncomingEvent {
  /** Place in the request: of a list from 0, of a file the line from 1. */
  readonly position: number;
  /** JSON text; null where it was not even read, and `fault` says why. */
  readonly text: string | null;
  readonly fault?: Rejection;
}

export interface RejectedEvent extends Rejection {
  /** Of the event as it is kept. */
  readonly rejectedEventId: string;
  readonly position: number;
  /** The event's own id, as far as it could be read. */
  readonly id: string | null;
}

export interface IngestionReceipt {
  readonly accepted: number;
  readonly duplicates: number;
  readonly rejected: readonly RejectedEvent[];
}

interface Checked {
  readonly incoming: IncomingEvent;
  readonly names: ReturnType<typeof namesOf>;
  readonly verdict: { readonly ok: true; readonly row: EventRow | null } | { readonly ok: false; readonly rejection: Rejection };
}

/**
 * Takes in a batch of at most MAX_BATCH events for an integration, in a transaction of its context.
 * @param receivedAt environment time
 */
export async function ingest(tx: Tx, reporter: Reporter, incoming: readonly IncomingEvent[], receivedAt: Instant): Promise<IngestionReceipt> {
  const checked = await checkEvents(tx, reporter.environmentId, incoming, receivedAt);
  const rows = new Map<string, EventRow>();
  let repeated = 0;
  for (const { verdict } of checked) {
    if (!verdict.ok) continue;
    // One that is a duplicate by its name, in a sandbox.
    if (verdict.row === null) repeated += 1;
    // Of two with one name in a batch the first one counts, as it would in two batches.
    else if (rows.has(verdict.row.digest)) repeated += 1;
    else rows.set(verdict.row.digest, verdict.row);
  }
  const rejected = checked.flatMap(({ incoming: { position }, names, verdict }) =>
    verdict.ok ? [] : [{ ...verdict.rejection, position, id: names.id, rejectedEventId: newId('rej') }],
  );
  const at = new Date(receivedAt);
  const batch = await insertEvents(tx, reporter, at, [...rows.values()], { duplicates: repeated, rejected: rejected.length });
  const kept = checked.filter(({ verdict }) => !verdict.ok);
  await insertRejected(
    tx,
    reporter,
    at,
    batch,
    rejected.map(({ rejectedEventId, position, code, path, reason }, i) => {
      const { incoming: event, names } = kept[i]!;
      return { id: rejectedEventId, position, source: names.source, eventId: names.id, type: names.type, code, path, reason, payload: keptPayload(event.text) };
    }),
  );
  return { accepted: batch.accepted, duplicates: batch.duplicates, rejected };
}

/** What is wrong with each event, in their order; null where it would be counted. Nothing is written. */
export async function validate(tx: Tx, environmentId: string, incoming: readonly IncomingEvent[], receivedAt: Instant): Promise<(Rejection | null)[]> {
  return (await checkEvents(tx, environmentId, incoming, receivedAt)).map(({ verdict }) => (verdict.ok ? null : verdict.rejection));
}

async function checkEvents(tx: Tx, environmentId: string, incoming: readonly IncomingEvent[], receivedAt: Instant): Promise<Checked[]> {
  const read = incoming.map(event => readEvent(event));
  if (read.some(({ event }) => event && isMagic(event.id)) && (await currentEnvironment(tx)).kind === 'LIVE') throw magicInLive(read);
  const named = new Set(read.flatMap(({ event }) => (event ? [event.type] : [])));
  const types = new Map<string, EventType[]>();
  for (const type of named.size > 0 ? await loadEventTypes(tx, environmentId, [...named]) : []) types.set(type.name, [...(types.get(type.name) ?? []), type]);
  return read.map(({ incoming, names, event, fault }) => ({ incoming, names, verdict: event ? checkNamed(event, types, receivedAt) : { ok: false, rejection: fault! } }));
}

interface ReadEvent {
  readonly incoming: IncomingEvent;
  readonly names: ReturnType<typeof namesOf>;
  readonly event: CloudEvent | null;
  readonly fault: Rejection | null;
}

function readEvent(incoming: IncomingEvent): ReadEvent {
  const failed = (fault: Rejection, value: unknown = null): ReadEvent => ({ incoming, names: namesOf(value), event: null, fault });
  const { text, fault } = incoming;
  if (fault || text === null) return failed(fault ?? { code: 'MALFORMED', path: '', reason: 'The event could not be read.' });
  if (Buffer.byteLength(text) > MAX_EVENT_BYTES) {
    return failed({ code: 'TOO_LARGE', path: '', reason: `The event has ${Buffer.byteLength(text)} bytes of at most ${MAX_EVENT_BYTES}. Report less of it, or several events.` });
  }
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return failed({ code: 'MALFORMED', path: '', reason: 'It is no JSON.' });
  }
  const event = readCloudEvent(value);
  return event.ok ? { incoming, names: event.value, event: event.value, fault: null } : failed(event.refusal, value);
}

/** Of a program that was tested with such ids: it should fail on its first call, and count nothing. */
const magicInLive = (read: readonly ReadEvent[]) =>
  apiError(
    'SANDBOX_VALUE_IN_LIVE',
    `\`${read.find(({ event }) => event && isMagic(event.id))!.event!.id}\` means something in sandboxes only. Give each event of live an id of its own.`,
  );

/** Ids that mean something are met in sandboxes alone. */
function checkNamed(event: CloudEvent, types: ReadonlyMap<string, readonly EventType[]>, receivedAt: Instant): Checked['verdict'] {
  const meaning = isMagic(event.id) ? meaningOf(event, receivedAt) : null;
  if (meaning?.kind === 'DUPLICATE') return { ok: true, row: null };
  if (meaning?.kind === 'REJECTED') return { ok: false, rejection: meaning.rejection };
  return checkEvent(meaning?.event ?? event, types, receivedAt);
}

function checkEvent(event: CloudEvent, types: ReadonlyMap<string, readonly EventType[]>, receivedAt: Instant): Checked['verdict'] {
  const refuse = (code: RejectionCode, path: string, reason: string): Checked['verdict'] => ({ ok: false, rejection: { code, path, reason } });
  const versions = types.get(event.type);
  if (!versions) return refuse('UNKNOWN_TYPE', '/type', `No event type has the name ${JSON.stringify(event.type)}. The query \`eventTypes\` lists those that there are.`);
  const type =
    event.schemaVersion === null ? versions.reduce((newest, next) => (next.version > newest.version ? next : newest)) : versions.find(it => it.version === event.schemaVersion);
  if (!type) return refuse('UNKNOWN_TYPE', '/dataschema', `${event.type} has no version ${event.schemaVersion}; it has ${versions.map(it => it.version).join(', ')}.`);
  const counted = countEvent(event.time, receivedAt);
  if (!counted.ok) return refuse(counted.refusal.code, '/time', counted.refusal.reason);
  const fault = checkData(type, event.data);
  if (fault) return { ok: false, rejection: fault };
  return {
    ok: true,
    row: {
      digest: hash('sha256', `${event.source}\n${event.id}`).slice(0, 32),
      source: event.source,
      eventId: event.id,
      type: event.type,
      schemaVersion: type.version,
      subject: event.subject,
      occurredAt: new Date(event.time).toISOString(),
      ...counted.value,
      data: JSON.stringify(event.data),
    },
  };
}

const keptPayload = (text: string | null): string | null => (text !== null && text.length <= MAX_KEPT_PAYLOAD && isStorableText(text) ? text : null);
