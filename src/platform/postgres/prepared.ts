/**
 * Prepared statements, bounded: each connection keeps the most recently used ones and lets go of
 * the rest, because a large one takes 0.4 MB of its backend's memory and documents never end.
 */
import type pg from 'pg';

/** Most statements that one connection keeps prepared. */
export const MAX_PREPARED = 200;

/** What pg remembers of the statements that a connection has parsed. Letting go of a statement
    must reach it, or pg would execute a name that PostgreSQL no longer knows. */
interface Parsed {
  connection: { parsedStatements: Record<string, unknown>; submittedNamedStatements: Record<string, unknown> };
}

const kept = new WeakMap<pg.PoolClient, Set<string>>();

/** Notes that the connection is about to use the statement; lets go of the one unused the longest
    where there would be too many. Call it before the query is submitted, on the same connection. */
export function usePrepared(client: pg.PoolClient, name: string): void {
  let names = kept.get(client);
  if (!names) {
    names = new Set();
    kept.set(client, names);
  }
  names.delete(name);
  names.add(name);
  if (names.size <= MAX_PREPARED) return;
  const [oldest] = names;
  names.delete(oldest!);
  const { connection } = client as unknown as Parsed;
  // A statement that failed to parse is not there to let go of.
  if (connection.parsedStatements[oldest!] === undefined && connection.submittedNamedStatements[oldest!] === undefined) return;
  delete connection.parsedStatements[oldest!];
  delete connection.submittedNamedStatements[oldest!];
  client.query(`deallocate "${oldest}"`).catch(() => undefined);
}
