/** A transaction of a placed caller's, outside GraphQL: under its context, once the gate is found open in it. */
import { callerGate } from '../partners/index.ts';
import { inTransaction, type Database, type Tx } from '../platform/postgres/database.ts';
import { ReadRequest, render } from '../reads/index.ts';
import { GateClosed } from './failures.ts';
import type { Placed } from './stages.ts';

const GATE = render(callerGate);

/** Throws GateClosed, UnavailableError, and what the work throws.
    @param wallNow an instant at which the caller is to be let in */
export const inCallersTransaction = <T>(database: Database, { caller, claims }: Placed, wallNow: number, work: (tx: Tx) => Promise<T>): Promise<T> =>
  inTransaction(database, { environmentId: caller.environment.id, partnerId: caller.partnerId }, async tx => {
    const asking = new ReadRequest(
      {
        environment_id: caller.environment.id,
        partner_id: caller.partnerId,
        integration_id: caller.integrationId,
        credential_id: claims.cred,
        token_id: claims.jti,
        environment_revision: caller.environment.revision,
        // No API version answers here.
        pinned_version: null,
        wall_now: new Date(wallNow).toISOString(),
      },
      {},
    );
    const open = await tx.query<unknown[]>(
      GATE.text,
      GATE.params.map(param => param.value(asking)),
    );
    if (open.length === 0) throw new GateClosed();
    return await work(tx);
  });
