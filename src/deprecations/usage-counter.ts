/**
 * Counts what each operation uses, behind the answers: in memory within bounds, and written each second in
 * one batch. A gateway that is killed loses its last second; one without PostgreSQL counts on, as far
 * as there is room.
 */
import type { Instant } from '../base/clock.ts';
import type { Job } from '../platform/jobs.ts';
import { NO_TENANT, inTransaction, type Database } from '../platform/postgres/database.ts';
import { isUnavailable } from '../platform/postgres/failures.ts';
import type { RequestUses } from './operation-uses.ts';
import { recordUsage, type UsageCount } from './usage.store.ts';

/** Most counts that wait in memory, about 1 kB each: an operation of an integration is one, however often it is sent. */
export const MAX_WAITING_COUNTS = 20_000;

/** Most of one integration: documents without end leave room for the others. */
export const MAX_COUNTS_PER_INTEGRATION = 500;

const KEPT_REQUEST_IDS = 5;
const FLUSH_MS = 1000;
const HOUR_MS = 3_600_000;

/** What a client says of itself is cut here. */
const MAX_CLIENT_LENGTH = 100;

export interface CountedRequest {
  readonly requestId: string;
  /** Wall time. */
  readonly receivedAt: Instant;
  readonly environmentId: string;
  readonly partnerId: string;
  readonly integrationId: string;
  readonly apiVersion: string;
  readonly operationName: string | null;
  readonly documentHash: string;
  readonly client: { readonly name: string; readonly version: string };
  readonly uses: RequestUses;
}

/** A count that was written, with the operation that was counted. */
export interface WrittenCount extends UsageCount {
  readonly request: RequestUses;
}

interface Count extends WrittenCount {
  uses: number;
  lastUsedAt: Instant;
  readonly requestIds: string[];
}

export interface UsageCounter {
  count(request: CountedRequest): void;
  /** Writes what waits. Called each second, and once more before the process ends. */
  flush(): Promise<void>;
  readonly job: Job;
  /** Requests that found no room. */
  readonly dropped: number;
}

/** @param onWritten hears of each batch that was written */
export function openUsageCounter(database: Database, onWritten: (counts: readonly WrittenCount[]) => void = () => undefined): UsageCounter {
  let waiting = new Map<string, Count>();
  let perIntegration = new Map<string, number>();
  let dropped = 0;

  /** The count of that name, the given one where there is none yet; null where there is no room. */
  function place(key: string, fresh: () => Count): Count | null {
    const known = waiting.get(key);
    if (known) return known;
    const count = fresh();
    const ofIntegration = perIntegration.get(count.integrationId) ?? 0;
    if (waiting.size >= MAX_WAITING_COUNTS || ofIntegration >= MAX_COUNTS_PER_INTEGRATION) return null;
    perIntegration.set(count.integrationId, ofIntegration + 1);
    waiting.set(key, count);
    return count;
  }

  async function flush(): Promise<void> {
    if (waiting.size === 0) return;
    const batch = waiting;
    waiting = new Map();
    perIntegration = new Map();
    try {
      await inTransaction(database, NO_TENANT, tx => recordUsage(tx, [...batch.values()]));
    } catch (error) {
      if (isUnavailable(error)) for (const [key, count] of batch) putBack(key, count);
      throw error;
    }
    onWritten([...batch.values()]);
  }

  function putBack(key: string, earlier: Count): void {
    const count = place(key, () => earlier);
    if (!count) dropped += earlier.uses;
    if (!count || count === earlier) return;
    count.uses += earlier.uses;
    count.requestIds.push(...earlier.requestIds.slice(0, KEPT_REQUEST_IDS - count.requestIds.length));
  }

  return {
    count(request) {
      const { requestId, receivedAt, environmentId, integrationId, apiVersion, documentHash, uses } = request;
      const operationName = request.operationName ?? '';
      const clientName = request.client.name.slice(0, MAX_CLIENT_LENGTH);
      const clientVersion = request.client.version.slice(0, MAX_CLIENT_LENGTH);
      const hour = receivedAt - (receivedAt % HOUR_MS);
      // A header holds no line feed, and nothing else here is the caller's to choose freely.
      const key = `${environmentId} ${integrationId} ${hour} ${apiVersion} ${uses.elementSet} ${documentHash} ${operationName}\n${clientName}\n${clientVersion}`;
      const count = place(key, () => ({
        environmentId,
        partnerId: request.partnerId,
        integrationId,
        hour,
        request: uses,
        elementSet: uses.elementSet,
        coordinates: [...uses.uses.keys()],
        apiVersion,
        operationName,
        documentHash,
        clientName,
        clientVersion,
        uses: 0,
        lastUsedAt: receivedAt,
        requestIds: [],
      }));
      if (!count) {
        dropped += 1;
        return;
      }
      count.uses += 1;
      count.lastUsedAt = receivedAt;
      if (count.requestIds.unshift(requestId) > KEPT_REQUEST_IDS) count.requestIds.pop();
    },
    flush,
    job: { name: 'usage.flush', everyMs: FLUSH_MS, run: flush },
    get dropped() {
      return dropped;
    },
  };
}
