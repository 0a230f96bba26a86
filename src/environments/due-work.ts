/**
 * Due work: what an environment owes on its own time. A room promises it by a row and hands over a
 * handler for its kind; the row is marked done in the transaction that does the work, so whoever is
 * killed in the middle, nothing is lost and nothing is done twice. In LIVE and in a sandbox whose
 * clock runs, time itself brings the work up; a clock that is moved does it on the way. Either way
 * it is this code that does it, in the order in which it falls due.
 */
import type { Clock, Instant } from '../base/clock.ts';
import type { DueHandler, DueWork, Room } from '../room.ts';
import type { DataSource } from 'typeorm';
import type { Database, Tx } from '../platform/postgres/database.ts';

/** What the rooms have to do with due work. */
export interface DueRooms {
  readonly handlers: Readonly<Record<string, DueHandler>>;
  /** Each promises what follows from all that has arrived by now. */
  readonly catchUps: readonly NonNullable<Room['catchUp']>[];
}

export interface Fired {
  readonly kind: string;
  readonly subjectId: string;
  readonly dueAt: Instant;
}

/** By the database that the work is done in: an application's own. */
const roomsByDatabase = new WeakMap<DataSource, DueRooms>();

/** Says who does what falls due in the environments of this database. */
export const handOver = ({ dataSource }: Database, rooms: readonly Room[]): void =>
  void roomsByDatabase.set(dataSource, {
    handlers: Object.assign({}, ...rooms.map(({ dueWork }) => dueWork ?? {})),
    catchUps: rooms.flatMap(({ catchUp }) => catchUp ?? []),
  });

/** Has everything promised that follows from what has arrived by now, as if each job had just come by. */
export async function catchUp(tx: Tx, environmentId: string, now: Instant): Promise<void> {
  for (const each of roomsByDatabase.get(tx.dataSource)?.catchUps ?? []) await each(tx, environmentId, now);
}

/** Makes a promise; the same one again changes nothing, done or not. */
export async function promise(tx: Tx, { environmentId, kind, subjectId, dueAt, payload }: DueWork & { kind: string }): Promise<void> {
  await tx.query('insert into portico.due_work (environment_id, kind, subject_id, due_at, payload) values ($1, $2, $3, $4, $5) on conflict do nothing', [
    environmentId,
    kind,
    subjectId,
    new Date(dueAt),
    JSON.stringify(payload),
  ]);
}

interface DueRow {
  kind: string;
  subject_id: string;
  due_at: Date;
  payload: Record<string, unknown>;
}

/** Does the next work that is due at `now` or before; null where there is none. The caller's
    transaction has the environment locked, so that one does it at a time. */
export async function doNext(tx: Tx, environmentId: string, now: Instant): Promise<Fired | null> {
  const handlers = roomsByDatabase.get(tx.dataSource)?.handlers ?? {};
  const [row] = await tx.query<DueRow[]>(
    `select kind, subject_id, due_at, payload from portico.due_work where environment_id = $1 and done_at is null and due_at <= $2 and kind = any ($3)
     order by due_at, kind, subject_id limit 1`,
    [environmentId, new Date(now), Object.keys(handlers)],
  );
  if (!row) return null;
  const { kind, subject_id: subjectId, payload } = row;
  const dueAt = row.due_at.getTime();
  const standing: Clock = { now: () => dueAt };
  await handlers[kind]!(tx, { environmentId, subjectId, dueAt, payload }, standing);
  await tx.query('update portico.due_work set done_at = $5 where environment_id = $1 and kind = $2 and subject_id = $3 and due_at = $4', [
    environmentId,
    kind,
    subjectId,
    row.due_at,
    new Date(Math.max(now, dueAt)),
  ]);
  return { kind, subjectId, dueAt };
}
