/** The SQL of the sealed log: which entries are to be numbered next, what was numbered, and what of it
    goes out to whoever verifies. */
import type { JWK } from 'jose';
import type { Tx } from '../../platform/postgres/database.ts';
import { subtreesOf, Tree } from './merkle.rules.ts';

/** What reading takes of a transaction. */
export type Asking = Pick<Tx, 'query'>;

/** Environments whose sealer has something to do. */
export async function unsealedEnvironments(tx: Tx): Promise<string[]> {
  const rows = await tx.query<{ id: string }[]>('select id from portico.unsealed_environments() as id');
  return rows.map(({ id }) => id);
}

export interface LogHead {
  readonly size: number;
  /** A transaction's id (xid8): entries of older ones have been numbered. */
  readonly horizon: string;
}

/** The log's head, locked: whoever numbers next waits for this transaction. Its environment first, as whoever purges
    that does; null where it is gone or going. */
export async function lockLog(tx: Tx, environmentId: string): Promise<LogHead | null> {
  const there = await tx.query<unknown[]>('select from portico.environment where id = $1 for key share skip locked', [environmentId]);
  if (there.length === 0) return null;
  await tx.query('insert into portico.sealed_log (environment_id) values ($1) on conflict do nothing', [environmentId]);
  const [row] = await tx.query<{ size: string; horizon: string }[]>('select size, horizon::text from portico.sealed_log where environment_id = $1 for update', [environmentId]);
  return { size: Number(row!.size), horizon: row!.horizon };
}

/** How many entries have been numbered. */
export async function logSize(tx: Asking, environmentId: string): Promise<number> {
  const [row] = await tx.query<{ size: string }[]>('select size from portico.sealed_log where environment_id = $1', [environmentId]);
  return Number(row?.size ?? 0);
}

/** The tree as it stands, by the hashes that growing takes. */
export async function loadTree(tx: Tx, environmentId: string, size: number): Promise<Tree> {
  const wanted = subtreesOf(size);
  const rows = await tx.query<{ leaf_index: string; leaf_hash: Buffer; completes: Buffer }[]>(
    'select leaf_index, leaf_hash, completes from portico.sealed_entry where environment_id = $1 and leaf_index = any ($2)',
    [environmentId, wanted.map(({ lastLeaf }) => lastLeaf)],
  );
  const found = new Map(rows.map(row => [Number(row.leaf_index), row]));
  const hashes = wanted.map(({ leaves, lastLeaf }) => {
    const row = found.get(lastLeaf);
    const hash = leaves === 1 ? row?.leaf_hash : row?.completes.subarray((Math.log2(leaves) - 1) * 32, Math.log2(leaves) * 32);
    if (hash?.length !== 32) throw new Error(`The sealed log of ${environmentId} has no subtree of ${leaves} leaves that ends in leaf ${lastLeaf}: it was changed from outside.`);
    return hash;
  });
  return new Tree(size, hashes);
}

export interface UnsealedEntry {
  readonly id: string;
  readonly partner_id: string;
  readonly canonical: string;
  readonly written_in: string;
}

/** The next entries that no running transaction can come before, oldest first, and the horizon up to which
    there are no others where they are fewer than asked for. Both are of one snapshot. A horizon ahead of
    all that runs is another server's, so everything is looked at again; transactions from beyond the
    snapshot are another server's, too. */
export async function unsealedEntries(tx: Tx, environmentId: string, horizon: string, limit: number): Promise<{ entries: UnsealedEntry[]; horizon: string }> {
  const [row] = await tx.query<{ entries: UnsealedEntry[]; horizon: string }[]>(
    `with running as (select pg_snapshot_xmin(s) as oldest, pg_snapshot_xmax(s) as next from pg_current_snapshot() as s),
     found as (
       select e.id, e.partner_id, portico.canonical_entry(e) as canonical, e.written_in from portico.access_entry e, running r
       where e.environment_id = $1 and e.written_in >= case when $2::xid8 > r.oldest then '0'::xid8 else $2::xid8 end and (e.written_in < r.oldest or e.written_in >= r.next)
         and not exists (select from portico.sealed_entry s where s.environment_id = $1 and s.entry_id = e.id)
       order by e.written_in, e.id limit $3)
     select r.oldest::text as horizon,
       (select coalesce(json_agg(json_build_object('id', id, 'partner_id', partner_id, 'canonical', canonical, 'written_in', written_in::text) order by written_in, id), '[]') from found) as entries
     from running r`,
    [environmentId, horizon, limit],
  );
  return row!;
}

export interface NumberedEntry {
  readonly partnerId: string;
  readonly entryId: string;
  readonly leafHash: Buffer;
  readonly completes: Buffer;
}

/** Appends numbered entries from an index on. */
export async function appendSealed(tx: Tx, environmentId: string, from: number, entries: readonly NumberedEntry[]): Promise<void> {
  await tx.query(
    `insert into portico.sealed_entry (environment_id, leaf_index, partner_id, entry_id, leaf_hash, completes)
     select $1::text, $2::bigint + n - 1, partner_id, entry_id, leaf_hash, completes
     from unnest($3::text[], $4::text[], $5::bytea[], $6::bytea[]) with ordinality as l (partner_id, entry_id, leaf_hash, completes, n)`,
    [environmentId, from, entries.map(entry => entry.partnerId), entries.map(entry => entry.entryId), entries.map(entry => entry.leafHash), entries.map(entry => entry.completes)],
  );
}

export async function saveLog(tx: Tx, environmentId: string, { size, horizon }: LogHead): Promise<void> {
  await tx.query('update portico.sealed_log set size = $2, horizon = $3::xid8 where environment_id = $1', [environmentId, size, horizon]);
}

export interface SignedCheckpoint {
  readonly size: number;
  readonly root: Buffer;
  readonly sealedAt: Date;
  readonly jws: string;
}

export async function insertCheckpoint(tx: Tx, environmentId: string, { size, root, sealedAt, jws }: SignedCheckpoint, key: JWK): Promise<void> {
  await tx.query('insert into portico.checkpoint_key (kid, jwk, first_used_at) values ($1, $2, $3) on conflict do nothing', [key.kid, JSON.stringify(key), sealedAt]);
  await tx.query('insert into portico.log_checkpoint (environment_id, size, root, sealed_at, jws) values ($1, $2, $3, $4, $5)', [environmentId, size, root, sealedAt, jws]);
}

export async function checkpointKeys(tx: Asking): Promise<JWK[]> {
  const rows = await tx.query<{ jwk: JWK }[]>('select jwk from portico.checkpoint_key order by first_used_at, kid');
  return rows.map(({ jwk }) => jwk);
}

export async function newestCheckpoint(tx: Asking, environmentId: string): Promise<{ size: number; jws: string } | null> {
  const [row] = await tx.query<{ size: string; jws: string }[]>('select size, jws from portico.log_checkpoint where environment_id = $1 order by size desc limit 1', [
    environmentId,
  ]);
  return row ? { size: Number(row.size), jws: row.jws } : null;
}

export interface ExportedLeaf {
  readonly leafIndex: number;
  readonly leafHash: string;
  /** Null where the entry is gone. */
  readonly canonical: string | null;
}

/** Leaves of an environment's log from an index on, in their order. */
export async function exportedLeaves(tx: Asking, environmentId: string, from: number, limit: number): Promise<ExportedLeaf[]> {
  const rows = await tx.query<{ leaf_index: string; leaf_hash: string; canonical: string | null }[]>(
    `select s.leaf_index, encode(s.leaf_hash, 'hex') as leaf_hash, case when e.id is not null then portico.canonical_entry(e) end as canonical
     from portico.sealed_entry s left join portico.access_entry e on e.environment_id = s.environment_id and e.id = s.entry_id
     where s.environment_id = $1 and s.leaf_index >= $2 order by s.leaf_index limit $3`,
    [environmentId, from, limit],
  );
  return rows.map(row => ({ leafIndex: Number(row.leaf_index), leafHash: row.leaf_hash, canonical: row.canonical }));
}
