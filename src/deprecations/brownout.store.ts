/** The SQL of brownouts. */
import type { Tx } from '../platform/postgres/database.ts';
import type { BrownoutToll } from './brownout.rules.ts';
import type { BrownoutWindow } from './notice-state.rules.ts';

export interface NewWindow {
  readonly id: string;
  readonly noticeId: string;
  readonly startsAt: Date;
  readonly endsAt: Date;
  readonly staffId: string;
  readonly scheduledAt: Date;
}

export async function insertWindow(tx: Tx, window: NewWindow): Promise<void> {
  await tx.query('insert into portico.brownout_window (id, notice_id, starts_at, ends_at, staff_id, scheduled_at) values ($1, $2, $3, $4, $5, $6)', [
    window.id,
    window.noticeId,
    window.startsAt,
    window.endsAt,
    window.staffId,
    window.scheduledAt,
  ]);
}

interface WindowRow {
  id: string;
  notice_id: string;
  starts_at: Date;
  ends_at: Date;
  aborted_at: Date | null;
}

const windowOf = (row: WindowRow): BrownoutWindow => ({
  id: row.id,
  startsAt: row.starts_at.getTime(),
  endsAt: row.ends_at.getTime(),
  abortedAt: row.aborted_at?.getTime() ?? null,
});

const WINDOWS = `select w.id, w.notice_id, w.starts_at, w.ends_at, a.aborted_at
  from portico.brownout_window w left join portico.brownout_abort a on a.window_id = w.id`;

export async function windowsOf(tx: Tx, noticeId: string): Promise<BrownoutWindow[]> {
  return (await tx.query<WindowRow[]>(`${WINDOWS} where w.notice_id = $1 order by w.starts_at, w.id`, [noticeId])).map(windowOf);
}

export async function findWindow(tx: Tx, id: string): Promise<(BrownoutWindow & { readonly noticeId: string }) | null> {
  const [row] = await tx.query<WindowRow[]>(`${WINDOWS} where w.id = $1`, [id]);
  return row ? { ...windowOf(row), noticeId: row.notice_id } : null;
}

/** Answers false where somebody else was first. */
export async function insertAbort(tx: Tx, abort: { windowId: string; staffId: string | null; reason: string; abortedAt: Date }): Promise<boolean> {
  const inserted = await tx.query<unknown[]>(
    'insert into portico.brownout_abort (window_id, staff_id, reason, aborted_at) values ($1, $2, $3, $4) on conflict do nothing returning window_id',
    [abort.windowId, abort.staffId, abort.reason, abort.abortedAt],
  );
  return inserted.length === 1;
}

/** Of the partner in whose context the transaction is. Answers false where it had opted out already. */
export async function insertOptOut(tx: Tx, optOut: { windowId: string; reason: string; optedOutAt: Date }): Promise<boolean> {
  const inserted = await tx.query<unknown[]>(
    `insert into portico.brownout_opt_out (environment_id, partner_id, window_id, reason, opted_out_at)
     values (current_setting('portico.environment_id'), current_setting('portico.partner_id'), $1, $2, $3) on conflict do nothing returning window_id`,
    [optOut.windowId, optOut.reason, optOut.optedOutAt],
  );
  return inserted.length === 1;
}

/** Adds a gateway's counts to the minute's. */
export async function addToll(tx: Tx, { windowId, minute, asked, refused }: BrownoutToll & { windowId: string; minute: Date }): Promise<void> {
  await tx.query(
    `insert into portico.brownout_toll as t (window_id, minute, asked, refused) values ($1, $2, $3, $4)
     on conflict (window_id, minute) do update set asked = t.asked + excluded.asked, refused = t.refused + excluded.refused`,
    [windowId, minute, asked, refused],
  );
}

export async function tollSince(tx: Tx, windowId: string, since: Date): Promise<BrownoutToll> {
  const [row] = await tx.query<BrownoutToll[]>(
    'select coalesce(sum(asked), 0)::float8 as asked, coalesce(sum(refused), 0)::float8 as refused from portico.brownout_toll where window_id = $1 and minute > $2',
    [windowId, since],
  );
  return row!;
}
