/** The SQL of observed operations. */
import type { Tx } from '../platform/postgres/database.ts';

export interface ObservedOperation {
  readonly environmentId: string;
  readonly partnerId: string;
  readonly integrationId: string;
  readonly apiVersion: string;
  /** SHA-256 of `document`, hexadecimal. */
  readonly shapeHash: string;
  /** SHA-256 of the document that was sent. */
  readonly documentHash: string;
  /** Empty where it says none. */
  readonly operationName: string;
  readonly document: string;
  readonly seenAt: Date;
}

/** Writes down operations of any tenants. */
export async function recordObserved(tx: Tx, operations: readonly ObservedOperation[]): Promise<void> {
  const column = <T>(of: (operation: ObservedOperation) => T): T[] => operations.map(of);
  await tx.query('select portico.record_observed_operations($1, $2, $3, $4, $5, $6, $7, $8, $9)', [
    column(operation => operation.environmentId),
    column(operation => operation.partnerId),
    column(operation => operation.integrationId),
    column(operation => operation.apiVersion),
    column(operation => operation.shapeHash),
    column(operation => operation.documentHash),
    column(operation => operation.operationName),
    column(operation => operation.document),
    column(operation => operation.seenAt),
  ]);
}

/** Forgets what was not seen since `oldest`, and what is beyond the newest `kept` of an integration or `keptOfAll`. */
export async function trimObserved(tx: Tx, { oldest, kept, keptOfAll }: { readonly oldest: Date; readonly kept: number; readonly keptOfAll: number }): Promise<void> {
  await tx.query('select portico.trim_observed_operations($1, $2, $3)', [oldest, kept, keptOfAll]);
}
