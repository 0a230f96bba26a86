/**
 * Sandboxes without an account: a working small one for a day, which a partner can claim. Nobody
 * stands behind the request, so rows are bounded, not only requests: so many of one address, so many
 * in all, and one is made at a time, which is the share of the database that strangers get. Of each
 * gateway's connections they hold few, and wait for none of those that others hold.
 */
import { createHash, randomBytes } from 'node:crypto';
import type { Clock } from '../base/clock.ts';
import { ok, refused, type Outcome } from '../base/outcome.ts';
import { NO_TENANT, inTransaction, type Database, type Tx } from '../platform/postgres/database.ts';
import { namespaceOf } from './namespace.rules.ts';
import { checkName, refuse, type SandboxRefusal } from './sandbox.rules.ts';
import { contextOf, inEnvironment } from './sandbox.store.ts';
import { openWorld } from './sandbox-making.ts';
import { recordClaimed } from './sandboxes.service.ts';
import { SAMPLE_WORLD, type WorldSize } from './world.ts';

const LIFE_MS = 24 * 60 * 60 * 1000;

/** A household, an office behind one address: enough to begin with, too few to fill a disk with. */
export const MAX_PER_ADDRESS = 3;

/** About 200,000 rows of small worlds in all. */
export const MAX_UNCLAIMED = 100;

const WORLD = { world: SAMPLE_WORLD, size: 'SMALL', seed: 1 } as const;

/** How many of a gateway's connections strangers may hold at once. Another request is refused before it
    asks for one: waiting in line it would, in a flood, keep partners from theirs and run out of time. */
export const CONNECTIONS_FOR_STRANGERS = 1;

/** Where another one is being made just now. */
const BUSY_MS = 1000;

export interface AnonymousSandbox {
  readonly environmentId: string;
  readonly clientId: string;
  /** Both are shown once. */
  readonly clientSecret: string;
  readonly claimToken: string;
  readonly expiresAt: Date;
}

export interface Full {
  readonly retryAfterMs: number;
  readonly reason: 'ADDRESS' | 'ALL' | 'BUSY';
}

const sha256 = (text: string): Buffer => createHash('sha256').update(text).digest();

export interface AnonymousSandboxes {
  /** Makes one for the address, which is kept as a hash only. Throws `UnavailableError`. */
  open(address: string): Promise<Outcome<AnonymousSandbox, Full>>;
}

/** Of one gateway. */
export function anonymousSandboxes(database: Database, wall: Clock): AnonymousSandboxes {
  let asking = 0;
  return {
    async open(address) {
      if (asking >= CONNECTIONS_FOR_STRANGERS) return refused<Full>({ reason: 'BUSY', retryAfterMs: BUSY_MS });
      asking++;
      try {
        return await openOne(database, address, wall);
      } finally {
        asking--;
      }
    },
  };
}

const openOne = (database: Database, address: string, wall: Clock): Promise<Outcome<AnonymousSandbox, Full>> =>
  inTransaction(database, NO_TENANT, async tx => {
    const now = wall.now();
    const addressHash = sha256(address);
    const [lock] = await tx.query<{ taken: boolean }[]>("select pg_try_advisory_xact_lock(hashtextextended('portico.anonymous_sandbox', 0)) as taken");
    const [counts] = await tx.query<{ of_all: number; of_address: number; next_of_all: Date | null; next_of_address: Date | null }[]>(
      'select of_all::integer, of_address::integer, next_of_all, next_of_address from portico.unclaimed_sandboxes($1)',
      [addressHash],
    );
    const until = (next: Date | null | undefined) => Math.max((next?.getTime() ?? now) - now, BUSY_MS);
    if (counts!.of_address >= MAX_PER_ADDRESS) return refused<Full>({ reason: 'ADDRESS', retryAfterMs: until(counts!.next_of_address) });
    if (counts!.of_all >= MAX_UNCLAIMED) return refused<Full>({ reason: 'ALL', retryAfterMs: until(counts!.next_of_all) });
    if (!lock!.taken) return refused<Full>({ reason: 'BUSY', retryAfterMs: BUSY_MS });
    const namespace = namespaceOf(randomBytes(24).toString('hex'));
    const { environmentId, clientId, clientSecret, rowCount } = await openWorld(tx, null, { ...WORLD, name: 'Unclaimed', startAt: now, namespace }, wall);
    const claimToken = `clm_${randomBytes(32).toString('base64url')}`;
    const expiresAt = new Date(now + LIFE_MS);
    await inEnvironment(tx, environmentId, () =>
      tx.query(
        `insert into portico.anonymous_sandbox (environment_id, address_hash, claim_hash, world, size, seed, client_id, row_count, created_at, expires_at)
         values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)`,
        [environmentId, addressHash, sha256(claimToken), WORLD.world, WORLD.size, WORLD.seed, clientId, rowCount, new Date(now), expiresAt],
      ),
    );
    return ok({ environmentId, clientId, clientSecret, claimToken, expiresAt });
  });

/** Makes the sandbox that the token opens the partner's own. Refusals: LIVE_ONLY, NOT_FOUND, INVALID,
    QUOTA_EXCEEDED. */
export async function claimSandbox(tx: Tx, input: { claimToken: string; name: string }, wall: Clock): Promise<Outcome<{ sandboxId: string }, SandboxRefusal>> {
  const owner = await contextOf(tx);
  if (owner.kind !== 'LIVE') return refuse('LIVE_ONLY', 'Use a token of your live integration: a sandbox belongs to a partner, not to another sandbox.');
  const name = checkName(input.name, 'name');
  if (!name.ok) return name;
  const [claimed] = await tx.query<{ sandboxEnvironmentId: string; world: string; size: WorldSize; seed: number; clientId: string; rowCount: number; startedAt: Date }[]>(
    `select sandbox_environment_id as "sandboxEnvironmentId", world, size, seed, client_id as "clientId", row_count::float8 as "rowCount", started_at as "startedAt"
     from portico.claim_sandbox($1, $2)`,
    [sha256(input.claimToken), new Date(wall.now())],
  );
  if (!claimed) return refuse('NOT_FOUND', 'This token opens no unclaimed sandbox: it was claimed before, or its day is over.', 'claimToken');
  return recordClaimed(tx, owner, { ...claimed, name: name.value }, wall);
}
