/** How requests come to PostgreSQL: each in its integration's turn, and those that ask something small together. */
import { poolShare, type PoolShare } from '../limits/index.ts';
import type { Database, TenantContext } from '../platform/postgres/database.ts';
import { SharedReads } from '../platform/postgres/shared-reads.ts';
import { answerRow, type AnswerRow, type Statement } from '../reads/index.ts';

/** Operations of one integration that may wait for a database connection in this process. */
const MAX_WAITING = 100;

/** Small reads that are under way or about to leave: as many as two flights hold. */
const PLACES = 64;

/** As which the flights of small reads stand in line: no integration has an empty id. */
const FLIGHTS = '';

export interface Connections {
  readonly poolShare: PoolShare;
  /** Reads what may share its way to PostgreSQL. Throws PoolShareExceeded, and what `readRow` throws. */
  readonly readShared: (integrationId: string, context: TenantContext, statement: Statement, signal: AbortSignal) => Promise<AnswerRow | undefined>;
}

export function openConnections(database: Database, connections: number): Connections {
  const share = poolShare({ connections, maxWaiting: MAX_WAITING });
  const places = poolShare({ connections: PLACES, maxWaiting: MAX_WAITING });
  const reads = new SharedReads(database, work => share.run(FLIGHTS, work));
  return {
    poolShare: share,
    async readShared(integrationId, context, { name, text, values }, signal) {
      const row = await places.run(integrationId, () => reads.read(context, { name: name!, text, values }), signal);
      // Nobody waits for it any more.
      signal.throwIfAborted();
      return row && answerRow(row);
    },
  };
}
