/** The SQL of idempotency keys. */
import type { Tx } from '../platform/postgres/database.ts';

/** A request that names itself. */
export interface Keyed {
  readonly key: string;
  readonly requestHash: Buffer;
}

export interface KeyedRequest extends Keyed {
  readonly environmentId: string;
  readonly partnerId: string;
  /** Whose key it is: another integration's key of the same name is another key. */
  readonly integrationId: string;
}

/** Answers what a request was answered by; JSON, without secrets. */
export type KeptAnswer = Readonly<Record<string, unknown>>;

/** Where the keys of one kind of caller are kept. */
export interface KeyStore<Request extends Keyed> {
  /** Takes the key for this transaction: true where it named nothing, or what it named has lapsed.
      Waits for a transaction that has taken it and not ended, and locks what it finds, so that nobody
      forgets it before it is read. */
  take(tx: Tx, request: Request, now: Date, lapsed: Date): Promise<boolean>;
  /** What stands under a key that could not be taken. */
  find(tx: Tx, request: Request): Promise<{ requestHash: Buffer; answer: KeptAnswer }>;
  keep(tx: Tx, request: Request, answer: KeptAnswer): Promise<void>;
  /** How many of the caller's keys have not lapsed, and when the oldest of them was taken. */
  count(tx: Tx, request: Request, lapsed: Date): Promise<{ live: number; oldestTakenAt: Date }>;
}

async function takeKey(tx: Tx, request: KeyedRequest, now: Date, lapsed: Date): Promise<boolean> {
  const taken = await tx.query<unknown[]>(
    `insert into portico.idempotency_key as k (environment_id, integration_id, key, partner_id, request_hash, created_at) values ($1, $2, $3, $4, $5, $6)
     on conflict (environment_id, integration_id, key) do update set request_hash = excluded.request_hash, answer = null, created_at = excluded.created_at
     where k.created_at <= $7 returning 1`,
    [request.environmentId, request.integrationId, request.key, request.partnerId, request.requestHash, now, lapsed],
  );
  return taken.length === 1;
}

async function findAnswer(tx: Tx, { environmentId, integrationId, key }: KeyedRequest): Promise<{ requestHash: Buffer; answer: KeptAnswer }> {
  const [row] = await tx.query<{ request_hash: Buffer; answer: KeptAnswer }[]>(
    'select request_hash, answer from portico.idempotency_key where environment_id = $1 and integration_id = $2 and key = $3',
    [environmentId, integrationId, key],
  );
  return { requestHash: row!.request_hash, answer: row!.answer };
}

async function keepAnswer(tx: Tx, { environmentId, integrationId, key }: KeyedRequest, answer: KeptAnswer): Promise<void> {
  await tx.query('update portico.idempotency_key set answer = $4 where environment_id = $1 and integration_id = $2 and key = $3', [
    environmentId,
    integrationId,
    key,
    JSON.stringify(answer),
  ]);
}

async function countLiveKeys(tx: Tx, { environmentId, integrationId }: KeyedRequest, lapsed: Date): Promise<{ live: number; oldestTakenAt: Date }> {
  const [row] = await tx.query<{ live: number; oldest: Date }[]>(
    'select count(*)::integer as live, min(created_at) as oldest from portico.idempotency_key where environment_id = $1 and integration_id = $2 and created_at > $3',
    [environmentId, integrationId, lapsed],
  );
  return { live: row!.live, oldestTakenAt: row!.oldest };
}

export const integrationKeys: KeyStore<KeyedRequest> = { take: takeKey, find: findAnswer, keep: keepAnswer, count: countLiveKeys };

export async function trimIdempotencyKeys(tx: Tx, lapsed: Date): Promise<void> {
  await tx.query('select portico.trim_idempotency_keys($1)', [lapsed]);
}
