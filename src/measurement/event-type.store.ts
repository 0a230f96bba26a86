/** The SQL of event types. */
import type { Tx } from '../platform/postgres/database.ts';
import type { DataSchema } from './event-schemas.ts';

export interface EventType extends DataSchema {
  readonly name: string;
  readonly version: number;
}

/** All versions of the named types in the transaction's environment. */
export async function loadEventTypes(tx: Tx, environmentId: string, names: readonly string[]): Promise<EventType[]> {
  const rows = await tx.query<{ name: string; version: number; key: string; schema: object }[]>(
    `select name, version, encode(sha256(convert_to(data_schema::text, 'UTF8')), 'hex') as key, data_schema as schema
     from portico.event_type where environment_id = $1 and name = any ($2)`,
    [environmentId, names],
  );
  return rows;
}

export async function insertEventType(
  tx: Tx,
  type: { environmentId: string; id: string; name: string; version: number; description: string; schema: object; publishedAt: Date },
): Promise<boolean> {
  const inserted = await tx.query<unknown[]>(
    `insert into portico.event_type (environment_id, id, name, version, description, data_schema, published_at) values ($1, $2, $3, $4, $5, $6, $7)
     on conflict (environment_id, name, version) do nothing returning 1`,
    [type.environmentId, type.id, type.name, type.version, type.description, JSON.stringify(type.schema), type.publishedAt],
  );
  return inserted.length === 1;
}
