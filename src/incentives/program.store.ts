/** The SQL of programs. */
import { newId } from '../base/ids.ts';
import type { Tx } from '../platform/postgres/database.ts';

/** An environment has a program from the first day, if an empty one: partners' queries begin there. */
export async function ensureProgram(tx: Tx, environmentId: string): Promise<void> {
  await tx.query('insert into portico.program (environment_id, id, name, description) values ($1, $2, $3, $4) on conflict (environment_id) do nothing', [
    environmentId,
    newId('prg'),
    'Partner program',
    'Milestones and rewards appear here as they are published.',
  ]);
}

export async function partnerIsThere(tx: Tx, environmentId: string, partnerId: string): Promise<boolean> {
  return (await tx.query<unknown[]>('select 1 from portico.partner where environment_id = $1 and id = $2', [environmentId, partnerId])).length > 0;
}

/** What partners report of orders beside what measurement has from the first day: that they were refunded. */
export const ensureRefunds = (tx: Tx, environmentId: string): Promise<unknown> => tx.query('select portico.settle_refunds($1)', [environmentId]);
