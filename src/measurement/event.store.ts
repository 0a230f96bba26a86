/** The SQL of ingestion: two statements a batch, whatever its size. */
import type { Tx } from '../platform/postgres/database.ts';
import type { RejectionCode } from './cloud-event.rules.ts';

/** Whose events they are. */
export interface Reporter {
  readonly environmentId: string;
  readonly partnerId: string;
  readonly integrationId: string;
}

/** A valid event, ready to be counted. */
export interface EventRow {
  /** Of its name, as the table `event_key` has it. */
  readonly digest: string;
  readonly source: string;
  readonly eventId: string;
  readonly type: string;
  readonly schemaVersion: number;
  readonly subject: string | null;
  /** RFC 3339. */
  readonly occurredAt: string;
  readonly isLate: boolean;
  readonly countedOn: string;
  /** JSON text. */
  readonly data: string;
}

export interface RejectedRow {
  readonly id: string;
  readonly position: number;
  readonly source: string | null;
  readonly eventId: string | null;
  readonly type: string | null;
  readonly code: RejectionCode;
  readonly path: string;
  readonly reason: string;
  readonly payload: string | null;
}

// Columns come as lines: no name holds a line feed (cloud-event.rules.ts), nor does JSON text as we
// write it, and nothing has to be escaped that PostgreSQL would have to unescape. Ids become ids once,
// not once a row: the check of their grammar would cost as much as an index.
//
// The lock is shared by all that write what is measured, and a sandbox's reset waits for them: what it
// does not see it would not delete.
//
// Keys go in by their order, so that two batches that share some wait for each other in one
// direction only. What another transaction holds is waited for: committed, it is a duplicate here.
const INSERT_EVENTS = `
with reporter as materialized (
  select $1::portico.id as environment_id, $2::portico.id as partner_id, $3::portico.id as integration_id, $4::timestamptz as received_at
  from portico.share_measurement($1)
), incoming as materialized (
  select * from unnest(string_to_array($5, E'\\n')::uuid[], string_to_array($6, E'\\n'), string_to_array($7, E'\\n'), string_to_array($8, E'\\n'), string_to_array($9, E'\\n')::integer[],
    string_to_array($10, E'\\n', ''), string_to_array($11, E'\\n')::timestamptz[], string_to_array($12, E'\\n')::boolean[], string_to_array($13, E'\\n')::date[], string_to_array($14, E'\\n')::jsonb[])
    with ordinality as i (digest, source, event_id, type, schema_version, subject, occurred_at, is_late, counted_on, data, place)
), fresh as (
  insert into portico.event_key (environment_id, partner_id, digest) select r.environment_id, r.partner_id, i.digest from incoming i cross join reporter r order by i.digest
  on conflict do nothing returning digest
), batch as (
  insert into portico.event_batch (environment_id, partner_id, integration_id, received_at, accepted, duplicates, rejected)
  select r.*, (select count(*) from fresh), $15::integer + (select count(*) from incoming) - (select count(*) from fresh), $16::integer from reporter r
  returning id, ingested_at, accepted, duplicates
), events as (
  insert into portico.event (environment_id, partner_id, batch_id, position, integration_id, source, event_id, type, schema_version, subject, occurred_at, received_at, is_late,
    counted_on, data, ingested_at)
  select r.environment_id, r.partner_id, b.id, i.place - 1, r.integration_id, i.source, i.event_id, i.type, i.schema_version, i.subject, i.occurred_at, r.received_at, i.is_late, i.counted_on,
    i.data, b.ingested_at
  from incoming i join fresh using (digest) cross join batch b cross join reporter r
)
select id::text as id, ingested_at, accepted, duplicates from batch`;

export interface BatchRow {
  readonly id: string;
  readonly ingested_at: Date;
  readonly accepted: number;
  readonly duplicates: number;
}

/** Writes the events whose names are new, and the batch that they came in.
    @param beside how many of the request were duplicates of its own events, and how many were rejected */
export async function insertEvents(
  tx: Tx,
  { environmentId, partnerId, integrationId }: Reporter,
  receivedAt: Date,
  events: readonly EventRow[],
  beside: { duplicates: number; rejected: number },
): Promise<BatchRow> {
  const column = (name: keyof EventRow): string => events.map(event => event[name] ?? '').join('\n');
  const [batch] = await tx.query<BatchRow[]>(INSERT_EVENTS, [
    environmentId,
    partnerId,
    integrationId,
    receivedAt,
    column('digest'),
    column('source'),
    column('eventId'),
    column('type'),
    column('schemaVersion'),
    column('subject'),
    column('occurredAt'),
    column('isLate'),
    column('countedOn'),
    column('data'),
    beside.duplicates,
    beside.rejected,
  ]);
  return batch!;
}

export async function insertRejected(tx: Tx, reporter: Reporter, receivedAt: Date, batch: BatchRow, rejected: readonly RejectedRow[]): Promise<void> {
  if (rejected.length === 0) return;
  const column = <K extends keyof RejectedRow>(name: K): RejectedRow[K][] => rejected.map(row => row[name]);
  await tx.query(
    `insert into portico.rejected_event (environment_id, partner_id, integration_id, received_at, batch_id, ingested_at, id, position, source, event_id, type, code, path, reason, payload)
     select $1, $2, $3, $4, $5::bigint, $6, * from unnest($7::text[], $8::bigint[], $9::text[], $10::text[], $11::text[], $12::text[], $13::text[], $14::text[], $15::text[])`,
    [
      reporter.environmentId,
      reporter.partnerId,
      reporter.integrationId,
      receivedAt,
      batch.id,
      batch.ingested_at,
      column('id'),
      column('position'),
      column('source'),
      column('eventId'),
      column('type'),
      column('code'),
      column('path'),
      column('reason'),
      column('payload'),
    ],
  );
}

export const keepPartitions = (tx: Tx, rejectedMonths: number): Promise<unknown> => tx.query('select portico.keep_event_partitions($1)', [rejectedMonths]);

export const settleMeasurement = (tx: Tx, environmentId: string): Promise<unknown> => tx.query('select portico.settle_measurement($1)', [environmentId]);
