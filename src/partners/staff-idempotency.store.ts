/** The SQL of idempotency keys of the staff API: a person's, whatever credential that person uses. */
import type { Tx } from '../platform/postgres/database.ts';
import type { Keyed, KeptAnswer, KeyStore } from './idempotency.store.ts';

export interface KeyedByStaff extends Keyed {
  readonly staffId: string;
}

export const staffKeys: KeyStore<KeyedByStaff> = {
  async take(tx, { staffId, key, requestHash }, now, lapsed) {
    const taken = await tx.query<unknown[]>(
      `insert into portico.staff_idempotency_key as k (staff_id, key, request_hash, created_at) values ($1, $2, $3, $4)
       on conflict (staff_id, key) do update set request_hash = excluded.request_hash, answer = null, created_at = excluded.created_at
       where k.created_at <= $5 returning 1`,
      [staffId, key, requestHash, now, lapsed],
    );
    return taken.length === 1;
  },

  async find(tx, { staffId, key }) {
    const [row] = await tx.query<{ request_hash: Buffer; answer: KeptAnswer }[]>(
      'select request_hash, answer from portico.staff_idempotency_key where staff_id = $1 and key = $2',
      [staffId, key],
    );
    return { requestHash: row!.request_hash, answer: row!.answer };
  },

  async keep(tx, { staffId, key }, answer) {
    await tx.query('update portico.staff_idempotency_key set answer = $3 where staff_id = $1 and key = $2', [staffId, key, JSON.stringify(answer)]);
  },

  async count(tx, { staffId }, lapsed) {
    const [row] = await tx.query<{ live: number; oldest: Date }[]>(
      'select count(*)::integer as live, min(created_at) as oldest from portico.staff_idempotency_key where staff_id = $1 and created_at > $2',
      [staffId, lapsed],
    );
    return { live: row!.live, oldestTakenAt: row!.oldest };
  },
};

/** Forgets the keys taken at `lapsed` or before. */
export async function trimStaffIdempotencyKeys(tx: Tx, lapsed: Date): Promise<void> {
  await tx.query('delete from portico.staff_idempotency_key where created_at <= $1', [lapsed]);
}
