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

// Keys go in by their order, so that two batches that share some wait for each other in one
// direction only. What another transaction holds is waited for: committed, it is a duplicate here.
const INSERT_EVENTS = `
with incoming as materialized (
  select * from unnest($5::uuid[], $6::text[], $7::text[], $8::text[], $9::integer[], $10::text[], $11::timestamptz[], $12::boolean[], $13::date[], $14::jsonb[])
    with ordinality as i (digest, source, event_id, type, schema_version, subject, occurred_at, is_late, counted_on, data, place)
), fresh as (
  insert into portico.event_key (environment_id, partner_id, digest) select $1, $2, digest from incoming order by digest
  on conflict do nothing returning digest
), batch as (
  insert into portico.event_batch (environment_id, partner_id, integration_id, received_at, accepted, duplicates, rejected)
  select $1, $2, $3, $4, (select count(*) from fresh), $15::integer + cardinality($5::uuid[]) - (select count(*) from fresh), $16::integer
  returning id, ingested_at, accepted, duplicates
), events as (
  insert into portico.event (environment_id, partner_id, batch_id, position, integration_id, source, event_id, type, schema_version, subject, occurred_at, received_at, is_late,
    counted_on, data, ingested_at)
  select $1, $2, b.id, i.place - 1, $3, i.source, i.event_id, i.type, i.schema_version, i.subject, i.occurred_at, $4, i.is_late, i.counted_on, i.data, b.ingested_at
  from incoming i join fresh using (digest) cross join batch b
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
  const column = <K extends keyof EventRow>(name: K): EventRow[K][] => events.map(event => event[name]);
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
