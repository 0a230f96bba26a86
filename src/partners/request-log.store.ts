/** The request log's SQL: one statement a batch. */
import type { Instant } from '../base/clock.ts';
import type { Tx } from '../platform/postgres/database.ts';

export interface AnsweredRequest {
  readonly id: string;
  readonly environmentId: string;
  readonly partnerId: string;
  readonly integrationId: string;
  readonly receivedAt: Instant;
  readonly apiVersion: string;
  readonly operationKind: 'QUERY' | 'MUTATION' | null;
  readonly operationName: string | null;
  readonly documentHash: string | null;
  readonly status: number;
  readonly errorCodes: readonly string[];
  readonly objectCount: number;
  readonly followedCursor: boolean;
  /** Until the same request may succeed, as its errors said; null where none did. */
  readonly retryAfterMs: number | null;
  /** Null where nothing was charged. */
  readonly requestedCost: number | null;
  /** How much of it was given back. */
  readonly refundedCost: number | null;
  readonly durationMs: number;
}

export async function insertAnsweredRequests(tx: Tx, entries: readonly AnsweredRequest[]): Promise<void> {
  // As JSON, because error codes are an array each, and unnest would flatten arrays of arrays.
  const rows = entries.map(entry => ({
    environment_id: entry.environmentId,
    id: entry.id,
    partner_id: entry.partnerId,
    integration_id: entry.integrationId,
    received_at: new Date(entry.receivedAt).toISOString(),
    api_version: entry.apiVersion,
    operation_kind: entry.operationKind,
    operation_name: entry.operationName,
    document_hash: entry.documentHash,
    status: entry.status,
    error_codes: entry.errorCodes,
    object_count: entry.objectCount,
    followed_cursor: entry.followedCursor,
    retry_after_ms: entry.retryAfterMs,
    requested_cost: entry.requestedCost,
    refunded_cost: entry.refundedCost,
    duration_ms: entry.durationMs,
  }));
  await tx.query('insert into portico.request_log select * from jsonb_populate_recordset(null::portico.request_log, $1::jsonb) on conflict do nothing', [JSON.stringify(rows)]);
}

export async function trimRequestLog(tx: Tx, oldest: Date, kept: number): Promise<void> {
  await tx.query('select portico.trim_request_log($1, $2)', [oldest, kept]);
}
