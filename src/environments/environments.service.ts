/** Making environments: the one live, and sandboxes. */
import { randomBytes } from 'node:crypto';
import type { Clock } from '../base/clock.ts';
import { newId } from '../base/ids.ts';
import type { Tx } from '../platform/postgres/database.ts';
import { enterEnvironment, insertEnvironment, liveEnvironmentId } from './environment.store.ts';
import { namespaceOf } from './namespace.rules.ts';

/** The live environment's id; makes it where there is none. Two gateways at once make one: the
    second waits on the table's unique index and then finds the first one's. */
export async function ensureLiveEnvironment(tx: Tx, clock: Clock): Promise<string> {
  const existing = await liveEnvironmentId(tx);
  if (existing) return existing;
  return makeEnvironment(tx, { kind: 'LIVE', name: 'Live', owner: null }, clock);
}

export interface Owner {
  readonly environmentId: string;
  readonly partnerId: string;
}

/** A sandbox environment of a live partner's, without rows and without a record of the owner's, with a
    running clock that stands at the wall's time: for those who bring rows of their own. */
export const openEmptySandbox = (tx: Tx, sandbox: { name: string; owner: Owner }, clock: Clock): Promise<string> => makeEnvironment(tx, { kind: 'SANDBOX', ...sandbox }, clock);

async function makeEnvironment(tx: Tx, { kind, name, owner }: { kind: 'LIVE' | 'SANDBOX'; name: string; owner: Owner | null }, clock: Clock): Promise<string> {
  const id = newId('env');
  const now = new Date(clock.now());
  await enterEnvironment(tx, id);
  await insertEnvironment(tx, {
    id,
    kind,
    name,
    ownerEnvironmentId: owner?.environmentId ?? null,
    ownerPartnerId: owner?.partnerId ?? null,
    idNamespace: namespaceOf(randomBytes(24).toString('hex')),
    clockOffsetMs: '0',
    clockFrozenAt: null,
    bornAt: now,
    createdAt: now,
    closedAt: null,
  });
  return id;
}
