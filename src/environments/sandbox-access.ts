/** Whose sandbox a use case is about, and what it may do with it: a live partner everything with its
    own, a sandbox little, and that with itself alone. */
import type { Clock } from '../base/clock.ts';
import { isId } from '../base/ids.ts';
import { ok, type Outcome } from '../base/outcome.ts';
import type { Tx } from '../platform/postgres/database.ts';
import { expiryOf, refuse, type SandboxRefusal } from './sandbox.rules.ts';
import { contextOf, lockSandbox, noteUse, type Context, type SandboxRecord } from './sandbox.store.ts';

export type Refusable<T> = Promise<Outcome<T, SandboxRefusal>>;

export const noSandbox = () => refuse('NOT_FOUND', 'There is no such sandbox.', 'sandboxId');
export const noSnapshot = () => refuse('NOT_FOUND', 'There is no such snapshot.', 'snapshotId');
export const liveOnly = () => refuse('LIVE_ONLY', 'Use a token of your live integration: a sandbox resets itself and moves its own clock, and does nothing to other sandboxes.');

/** The live partner of the transaction; refused for a sandbox. */
export async function ownerOf(tx: Tx): Refusable<Context> {
  const context = await contextOf(tx);
  return context.kind === 'LIVE' ? ok(context) : liveOnly();
}

/** The sandbox that a use case is about: with a live token the one that is named, with a sandbox's
    own token that sandbox. Refusals: NOT_FOUND, LIVE_ONLY. */
export async function sandboxMeant(
  tx: Tx,
  sandboxId: string | undefined,
): Refusable<{ readonly environmentId: string; readonly owned: { readonly owner: Context; readonly record: SandboxRecord } | null }> {
  const context = await contextOf(tx);
  if (context.kind === 'SANDBOX') return sandboxId === undefined ? ok({ environmentId: context.environmentId, owned: null }) : liveOnly();
  if (sandboxId === undefined) return refuse('INVALID', 'With a live token, say which sandbox: give `sandboxId`.', 'sandboxId');
  const found = isId(sandboxId) ? await lockSandbox(tx, context, sandboxId) : null;
  return found ? ok({ environmentId: found.sandboxEnvironmentId, owned: { owner: context, record: found } }) : noSandbox();
}

/** Its owner has used it, so it lives on. */
export async function used(tx: Tx, owner: Context, sandbox: SandboxRecord, rowCount: number, wall: Clock): Promise<void> {
  await noteUse(tx, owner, sandbox.id, { rowCount, usedAt: new Date(wall.now()), expiresAt: new Date(expiryOf(wall.now(), sandbox.endsAt.getTime())) });
}
