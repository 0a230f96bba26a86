/** The SQL of sandboxes. What a sandbox's owner sees is in the owner's environment; what is done in
    the sandbox itself is done under its own context. */
import type { EnvironmentClock, Instant } from '../base/clock.ts';
import type { Tx } from '../platform/postgres/database.ts';
import { enterEnvironment } from './environment.store.ts';
import type { InjectedFault } from './fault.rules.ts';
import type { Holdings } from './sandbox.rules.ts';
import type { WorldSize } from './world.ts';

export interface Context {
  readonly environmentId: string;
  readonly partnerId: string;
  readonly kind: 'LIVE' | 'SANDBOX';
}

/** Whose transaction this is. */
export async function contextOf(tx: Tx): Promise<Context> {
  const [row] = await tx.query<{ id: string; partner_id: string; kind: 'LIVE' | 'SANDBOX' }[]>(
    "select id, current_setting('portico.partner_id') as partner_id, kind from portico.environment where id = current_setting('portico.environment_id')",
  );
  if (!row) throw new Error("The transaction's context names no environment that exists: open it with one that does.");
  return { environmentId: row.id, partnerId: row.partner_id, kind: row.kind };
}

/** Does the work as the marketplace in another environment, and comes back. */
export async function inEnvironment<T>(tx: Tx, environmentId: string, work: () => Promise<T>): Promise<T> {
  const [before] = await tx.query<{ environment_id: string; partner_id: string }[]>(
    "select current_setting('portico.environment_id', true) as environment_id, current_setting('portico.partner_id', true) as partner_id",
  );
  await enterEnvironment(tx, environmentId);
  const value = await work();
  await tx.query("select set_config('portico.environment_id', $1, true), set_config('portico.partner_id', $2, true)", [before?.environment_id ?? '', before?.partner_id ?? '']);
  return value;
}

/** What the partner may have and has, with the partner locked: whoever counts next waits until this
    transaction has added or ended something. */
export const lockHoldings = (tx: Tx, context: Context): Promise<Holdings> => readHoldings(tx, context, 'for no key update');

/** The same as it is at the moment, which others may change meanwhile. */
export const findHoldings = (tx: Tx, context: Context): Promise<Holdings> => readHoldings(tx, context, '');

async function readHoldings(tx: Tx, { environmentId, partnerId }: Context, lock: '' | 'for no key update'): Promise<Holdings> {
  const [partner] = await tx.query<{ tier: string }[]>(`select tier from portico.partner where environment_id = $1 and id = $2 ${lock}`, [environmentId, partnerId]);
  const [row] = await tx.query<{ sandboxes: number; snapshots: number; rows: number; days: number; held: number; held_rows: number }[]>(
    `select q.sandboxes, q.snapshots, q.rows::float8 as rows, q.days, (select count(*)::integer from portico.sandbox where environment_id = $1 and partner_id = $2) as held,
       (select coalesce(sum(row_count), 0)::float8 from (
          select row_count from portico.sandbox where environment_id = $1 and partner_id = $2
          union all select row_count from portico.sandbox_snapshot where environment_id = $1 and partner_id = $2) r) as held_rows
     from portico.sandbox_quota q where q.tier in ($3, '*') order by q.tier = '*' limit 1`,
    [environmentId, partnerId, partner?.tier],
  );
  if (!partner || !row) throw new Error('The partner of this context, or the quota of other tiers, is missing.');
  const { sandboxes, snapshots, rows, days } = row;
  return { tier: partner.tier, quota: { sandboxes, snapshots, rows, days }, sandboxes: row.held, rows: row.held_rows };
}

export interface SandboxRecord {
  readonly id: string;
  readonly sandboxEnvironmentId: string;
  readonly name: string;
  readonly world: string;
  readonly size: WorldSize;
  readonly seed: number;
  /** Environment time. */
  readonly startedAt: Date;
  readonly clientId: string;
  readonly rowCount: number;
  /** Wall time, all three. */
  readonly usedAt: Date;
  readonly endsAt: Date;
  readonly expiresAt: Date;
}

const RECORD = `id, sandbox_environment_id as "sandboxEnvironmentId", name, world, size, seed, started_at as "startedAt", client_id as "clientId",
  row_count::float8 as "rowCount", used_at as "usedAt", ends_at as "endsAt", expires_at as "expiresAt"`;

/** The partner's sandbox, locked; null where it has none of that id. */
export async function lockSandbox(tx: Tx, { environmentId, partnerId }: Context, sandboxId: string): Promise<SandboxRecord | null> {
  const [row] = await tx.query<SandboxRecord[]>(`select ${RECORD} from portico.sandbox where environment_id = $1 and partner_id = $2 and id = $3 for no key update`, [
    environmentId,
    partnerId,
    sandboxId,
  ]);
  return row ?? null;
}

export async function insertSandbox(tx: Tx, { environmentId, partnerId }: Context, sandbox: SandboxRecord): Promise<void> {
  await tx.query(
    `insert into portico.sandbox (environment_id, partner_id, id, sandbox_environment_id, name, world, size, seed, started_at, client_id, row_count, created_at, used_at, ends_at, expires_at)
     values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $12, $13, $14)`,
    [
      environmentId,
      partnerId,
      sandbox.id,
      sandbox.sandboxEnvironmentId,
      sandbox.name,
      sandbox.world,
      sandbox.size,
      sandbox.seed,
      sandbox.startedAt,
      sandbox.clientId,
      sandbox.rowCount,
      sandbox.usedAt,
      sandbox.endsAt,
      sandbox.expiresAt,
    ],
  );
}

/** Its owner has used it: it holds so many rows, and lives on. */
export async function noteUse(tx: Tx, { environmentId }: Context, sandboxId: string, use: { rowCount: number; usedAt: Date; expiresAt: Date }): Promise<void> {
  await tx.query('update portico.sandbox set row_count = $3, used_at = $4, expires_at = $5, told_at = null where environment_id = $1 and id = $2', [
    environmentId,
    sandboxId,
    use.rowCount,
    use.usedAt,
    use.expiresAt,
  ]);
}

export async function deleteSandboxRecord(tx: Tx, { environmentId }: Context, sandboxId: string): Promise<void> {
  await tx.query('delete from portico.sandbox where environment_id = $1 and id = $2', [environmentId, sandboxId]);
}

/** Whether it is still there and expired; it is locked then. One that is in use just now is not waited for. */
export async function lockExpired(tx: Tx, { environmentId }: Context, sandboxId: string, wallNow: Instant): Promise<boolean> {
  const rows = await tx.query<unknown[]>('select from portico.sandbox where environment_id = $1 and id = $2 and expires_at <= $3 for update skip locked', [
    environmentId,
    sandboxId,
    new Date(wallNow),
  ]);
  return rows.length > 0;
}

/** The same of a sandbox that nobody has claimed, whose environment's context this is. */
export async function lockExpiredUnclaimed(tx: Tx, environmentId: string, wallNow: Instant): Promise<boolean> {
  const locked = await tx.query<unknown[]>('select from portico.environment where id = $1 for no key update skip locked', [environmentId]);
  if (locked.length === 0) return false;
  // Asked once the lock is held: a claim that came first has taken the row away.
  const rows = await tx.query<unknown[]>('select from portico.anonymous_sandbox where environment_id = $1 and expires_at <= $2', [environmentId, new Date(wallNow)]);
  return rows.length > 0;
}

export interface SnapshotRecord {
  readonly id: string;
  readonly sandboxId: string;
  readonly snapshotEnvironmentId: string;
  readonly name: string;
  readonly rowCount: number;
  /** Wall time. */
  readonly takenAt: Date;
}

const SNAPSHOT = 'id, sandbox_id as "sandboxId", snapshot_environment_id as "snapshotEnvironmentId", name, row_count::float8 as "rowCount", taken_at as "takenAt"';

export async function findSnapshot(tx: Tx, { environmentId, partnerId }: Context, snapshotId: string): Promise<SnapshotRecord | null> {
  const [row] = await tx.query<SnapshotRecord[]>(`select ${SNAPSHOT} from portico.sandbox_snapshot where environment_id = $1 and partner_id = $2 and id = $3`, [
    environmentId,
    partnerId,
    snapshotId,
  ]);
  return row ?? null;
}

export const snapshotsOf = (tx: Tx, { environmentId, partnerId }: Context, sandboxId: string): Promise<SnapshotRecord[]> =>
  tx.query(`select ${SNAPSHOT} from portico.sandbox_snapshot where environment_id = $1 and partner_id = $2 and sandbox_id = $3 order by id`, [environmentId, partnerId, sandboxId]);

export async function insertSnapshot(tx: Tx, { environmentId, partnerId }: Context, snapshot: SnapshotRecord): Promise<void> {
  await tx.query(
    'insert into portico.sandbox_snapshot (environment_id, partner_id, id, sandbox_id, snapshot_environment_id, name, row_count, taken_at) values ($1, $2, $3, $4, $5, $6, $7, $8)',
    [environmentId, partnerId, snapshot.id, snapshot.sandboxId, snapshot.snapshotEnvironmentId, snapshot.name, snapshot.rowCount, snapshot.takenAt],
  );
}

export async function deleteSnapshotRecord(tx: Tx, { environmentId }: Context, snapshotId: string): Promise<void> {
  await tx.query('delete from portico.sandbox_snapshot where environment_id = $1 and id = $2', [environmentId, snapshotId]);
}

export async function worldExists(tx: Tx, world: string): Promise<boolean> {
  const [row] = await tx.query<{ there: boolean }[]>('select exists (select from portico.world_share where world = $1) as there', [world]);
  return row!.there;
}

/** Makes the world share by share, a statement each; answers how many rows it has. */
export async function fillSandbox(tx: Tx, environmentId: string, { world, seed, size }: { world: string; seed: number; size: WorldSize }): Promise<number> {
  for (let share = 0, made = true; made; share++) {
    [{ made }] = await tx.query<[{ made: boolean }]>('select portico.fill_sandbox_share($1, $2, $3, $4, $5) as made', [environmentId, world, seed, size, share]);
  }
  const [{ rows }] = await tx.query<[{ rows: number }]>('select portico.world_rows($1)::float8 as rows', [environmentId]);
  return rows;
}

/** Answers how many rows were copied. */
export async function copyWorld(tx: Tx, sourceId: string, targetId: string): Promise<number> {
  const [row] = await tx.query<{ rows: number }[]>('select portico.copy_world($1, $2)::float8 as rows', [sourceId, targetId]);
  return row!.rows;
}

/** Empties a sandbox's world; its credentials stay until `settleDoor`. */
export const emptyWorld = (tx: Tx, environmentId: string): Promise<unknown> => tx.query('select portico.empty_world($1)', [environmentId]);

/** Ends the credentials whose integration the new world does not have. */
export const settleDoor = (tx: Tx, environmentId: string): Promise<unknown> => tx.query('select portico.settle_door($1)', [environmentId]);

export const purgeEnvironment = (tx: Tx, environmentId: string): Promise<unknown> => tx.query('select portico.purge_sandbox($1)', [environmentId]);

/** The id that a world gives to its first integration, whose credentials its newcomers get. */
export async function firstClient(tx: Tx, namespace: string, seed: number): Promise<string> {
  const [row] = await tx.query<{ id: string }[]>("select portico.seeded_id('int', $1, $2, 1) as id", [namespace, seed]);
  return row!.id;
}

export async function translatedId(tx: Tx, id: string, fromNamespace: string, toNamespace: string): Promise<string> {
  const [row] = await tx.query<{ id: string }[]>('select portico.translated_id($1, $2, $3) as id', [id, fromNamespace, toNamespace]);
  return row!.id;
}

export interface OwnEnvironment {
  readonly id: string;
  readonly idNamespace: string;
  readonly clock: EnvironmentClock;
  /** Environment time. */
  readonly bornAt: Instant;
  readonly faults: readonly InjectedFault[];
}

interface EnvironmentRow {
  id: string;
  id_namespace: string;
  offset_ms: number;
  frozen_at: Date | null;
  born_at: Date;
  faults: InjectedFault[];
}

/** An environment that the context sees: its own, or a sandbox that it owns. */
export async function findEnvironment(tx: Tx, environmentId: string): Promise<OwnEnvironment> {
  const [row] = await tx.query<EnvironmentRow[]>(
    'select id, id_namespace, clock_offset_ms::float8 as offset_ms, clock_frozen_at as frozen_at, born_at, faults from portico.environment where id = $1',
    [environmentId],
  );
  if (!row) throw new Error(`The context does not see the environment ${environmentId}.`);
  return {
    id: row.id,
    idNamespace: row.id_namespace,
    clock: { offsetMs: row.offset_ms, frozenAt: row.frozen_at?.getTime() ?? null },
    bornAt: row.born_at.getTime(),
    faults: row.faults,
  };
}

/** The context's own environment, locked: its clock moves one step at a time. */
export async function lockEnvironment(tx: Tx, environmentId: string): Promise<OwnEnvironment> {
  await tx.query('select from portico.environment where id = $1 for no key update', [environmentId]);
  return findEnvironment(tx, environmentId);
}

export async function setClock(tx: Tx, environmentId: string, { offsetMs, frozenAt }: EnvironmentClock): Promise<void> {
  await tx.query('update portico.environment set clock_offset_ms = $2, clock_frozen_at = $3 where id = $1', [
    environmentId,
    offsetMs,
    frozenAt === null ? null : new Date(frozenAt),
  ]);
}

/** The database refuses them in LIVE. */
export const setFaults = (tx: Tx, environmentId: string, faults: readonly InjectedFault[]): Promise<unknown> =>
  tx.query('update portico.environment set faults = $2 where id = $1', [environmentId, JSON.stringify(faults)]);

/** What the sandbox whose context this is was made of; null where it is no recorded sandbox. */
export async function ownWorld(tx: Tx): Promise<{ world: string; size: WorldSize; seed: number } | null> {
  const [row] = await tx.query<{ world: string; size: WorldSize; seed: number }[]>('select world, size, seed from portico.sandbox_of_context()');
  return row ?? null;
}

export interface Difference {
  readonly noun: string;
  readonly id: string;
  readonly change: 'ADDED' | 'REMOVED' | 'CHANGED';
  readonly columns: readonly string[];
}

export interface Differences {
  readonly counts: Readonly<Partial<Record<Difference['change'], number>>>;
  /** In the order of nouns and ids. */
  readonly first: readonly Difference[];
}

export async function differences(tx: Tx, sourceId: string, targetId: string, most: number): Promise<Differences> {
  const [row] = await tx.query<Differences[]>(
    `with d as materialized (select * from portico.world_differences($1, $2))
     select (select coalesce(jsonb_object_agg(change, n), '{}') from (select change, count(*) as n from d group by change) c) as counts,
       (select coalesce(jsonb_agg(to_jsonb(f)), '[]') from (select * from d order by noun collate "C", id collate "C" limit $3) f) as first`,
    [sourceId, targetId, most],
  );
  return row!;
}
