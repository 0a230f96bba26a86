/** How requests come to PostgreSQL: each in its integration's turn, and those that ask something small together. */
import { poolShare, type PoolShare } from '../limits/index.ts';
import type { Caller } from '../partners/index.ts';
import type { Database } from '../platform/postgres/database.ts';
import { SharedReads } from '../platform/postgres/shared-reads.ts';
import { answerRow, type AnswerRow, type Statement } from '../reads/index.ts';

/** Operations of one integration that may wait for a database connection in this process. */
const MAX_WAITING = 100;

/** Askers of shared statements that are under way or gathered: as many as two statements take. */
const PLACES = 128;

/** As which shared statements stand in line: no integration has an empty id. */
const SHARED = '';

export interface Connections {
  readonly poolShare: PoolShare;
  /** Asks a statement that is for many. Throws PoolShareExceeded, and what `readRows` throws. */
  readonly readAmongMany: (caller: Caller, statement: Statement, signal: AbortSignal) => Promise<AnswerRow | undefined>;
}

export function openConnections(database: Database, connections: number): Connections {
  const share = poolShare({ connections, maxWaiting: MAX_WAITING });
  const places = poolShare({ connections: PLACES, maxWaiting: MAX_WAITING });
  const reads = new SharedReads(database, work => share.run(SHARED, work));
  return {
    poolShare: share,
    async readAmongMany({ integrationId, environment }, { name, text, values }, signal) {
      const row = await places.run(integrationId, () => reads.read(environment.id, { name: name!, text, values }), signal);
      // Nobody waits for it any more.
      signal.throwIfAborted();
      return row && answerRow(row);
    },
  };
}
