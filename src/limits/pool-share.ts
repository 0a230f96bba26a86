/**
 * A fair share of the database connections for each integration of this gateway. A connection that
 * is free goes to whoever holds the fewest; beyond half of them an integration gets one only where
 * nobody else waits, and never the last, so that whoever comes next need not wait for a slow
 * statement of somebody else's.
 */

/** The integration has more work waiting than it may have. */
export class PoolShareExceeded extends Error {
  readonly retryAfterMs = 1_000;
  constructor(maxWaiting: number) {
    super(`${maxWaiting} operations of the integration wait for a database connection already. Send fewer at once.`);
  }
}

export interface PoolShareOptions {
  readonly connections: number;
  /** Operations of one integration that may wait. */
  readonly maxWaiting: number;
}

export interface PoolShare {
  /** Runs the work when the integration's turn comes. Throws PoolShareExceeded, and the signal's
      reason where it is aborted before. */
  run<T>(key: string, work: () => Promise<T>, signal?: AbortSignal): Promise<T>;
  readonly active: number;
  readonly waiting: number;
}

interface Side {
  held: number;
  /** First come, first served. */
  readonly waiting: Set<() => void>;
}

export function poolShare({ connections, maxWaiting }: PoolShareOptions): PoolShare {
  const share = Math.ceil(connections / 2);
  const spare = connections > 1 ? 1 : 0;
  // Only sides that hold or wait are remembered: as many as requests are under way, at most.
  const sides = new Map<string, Side>();
  let active = 0;
  let waiting = 0;

  const mayTake = (side: Side, othersWait: boolean): boolean => active < connections && (side.held < share || (!othersWait && connections - active > spare));

  const take = (side: Side): void => {
    side.held += 1;
    active += 1;
  };

  const next = (): Side | null => {
    let fewest: Side | null = null;
    for (const side of sides.values()) if (side.waiting.size > 0 && (!fewest || side.held < fewest.held)) fewest = side;
    return fewest;
  };

  const release = (key: string, side: Side): void => {
    side.held -= 1;
    active -= 1;
    if (side.held === 0 && side.waiting.size === 0) sides.delete(key);
    for (let turn = next(); turn && mayTake(turn, waiting > turn.waiting.size); turn = next()) {
      const [wake] = turn.waiting;
      turn.waiting.delete(wake!);
      waiting -= 1;
      take(turn);
      wake!();
    }
  };

  const turnOf = (key: string, side: Side, signal: AbortSignal | undefined): Promise<void> =>
    new Promise((resolve, reject) => {
      const leave = (): void => {
        side.waiting.delete(wake);
        waiting -= 1;
        if (side.held === 0 && side.waiting.size === 0) sides.delete(key);
        reject(signal!.reason as Error);
      };
      const wake = (): void => {
        signal?.removeEventListener('abort', leave);
        resolve();
      };
      signal?.addEventListener('abort', leave, { once: true });
      side.waiting.add(wake);
      waiting += 1;
    });

  return {
    async run(key, work, signal) {
      signal?.throwIfAborted();
      const side = sides.get(key) ?? { held: 0, waiting: new Set<() => void>() };
      sides.set(key, side);
      if (side.waiting.size === 0 && mayTake(side, waiting > 0)) take(side);
      else if (side.waiting.size >= maxWaiting) throw new PoolShareExceeded(maxWaiting);
      else await turnOf(key, side, signal);
      try {
        return await work();
      } finally {
        release(key, side);
      }
    },
    get active() {
      return active;
    },
    get waiting() {
      return waiting;
    },
  };
}
