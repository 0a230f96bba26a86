/** The SQL of environments. */
import type { Tx } from '../platform/postgres/database.ts';
import { EnvironmentEntity } from './environment.entity.ts';

/** The live environment's id, or null before there is one. It is looked up before any context is
    known, so a function of the owner's answers. */
export async function liveEnvironmentId(tx: Tx): Promise<string | null> {
  const [row] = await tx.query<{ id: string | null }[]>('select portico.live_environment_id() as id');
  return row?.id ?? null;
}

/** Gives the transaction the context of an environment that it is about to make. */
export async function enterEnvironment(tx: Tx, environmentId: string): Promise<void> {
  await tx.query("select set_config('portico.environment_id', $1, true), set_config('portico.partner_id', '*', true)", [environmentId]);
}

export const insertEnvironment = (tx: Tx, environment: Omit<EnvironmentEntity, 'revision' | 'faults'>): Promise<unknown> => tx.insert(EnvironmentEntity, environment);

/** Whether an environment that the context sees writes its ids in the namespace. */
export async function namespaceIsTaken(tx: Tx, namespace: string): Promise<boolean> {
  return await tx.existsBy(EnvironmentEntity, { idNamespace: namespace });
}

/** Whether the context's environment is a sandbox. */
export async function isSandbox(tx: Tx, environmentId: string): Promise<boolean> {
  const [row] = await tx.query<{ kind: string }[]>('select kind from portico.environment where id = $1', [environmentId]);
  return row!.kind === 'SANDBOX';
}
