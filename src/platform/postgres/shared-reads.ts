/**
 * Reads that are so small that the way to PostgreSQL costs more than they do: those that come in one turn of
 * the event loop, or while others are under way, are asked by one statement (`renderForMany`). It begins after
 * the last of them came. It sees the whole environment, so that it is the statement itself that must ask each
 * asker's rows by the asker's own values.
 */
import type { Database } from './database.ts';
import type { Fields } from './flight.ts';
import { readRows } from './read.ts';

/** Two of an environment, so that one that PostgreSQL lets wait does not hold up all others. */
const AT_ONCE = 2;

/** What one statement holds of a connection is about 2 ms by then. */
const MOST_ASKERS = 64;

/** A statement takes its connection by this, in turn with those who take one for themselves. */
export type TakeTurn = <T>(work: () => Promise<T>) => Promise<T>;

export interface SharedStatement {
  readonly name: string;
  readonly text: string;
  /** The asker's own. */
  readonly values: readonly unknown[];
}

interface Asker {
  readonly values: readonly unknown[];
  readonly resolve: (row: Fields | undefined) => void;
  readonly reject: (error: unknown) => void;
}

interface Queue {
  readonly environmentId: string;
  readonly name: string;
  readonly text: string;
  readonly waiting: Asker[];
  underWay: number;
  isGathering: boolean;
}

export class SharedReads {
  private readonly database: Database;
  private readonly takeTurn: TakeTurn;
  /** By environment and statement, as long as somebody asks. */
  private readonly queues = new Map<string, Queue>();

  constructor(database: Database, takeTurn: TakeTurn) {
    this.database = database;
    this.takeTurn = takeTurn;
  }

  /** The asker's first row; undefined where it has none. Throws what `readRows` does. */
  read(environmentId: string, { name, text, values }: SharedStatement): Promise<Fields | undefined> {
    const key = `${environmentId} ${name}`;
    const queue = this.queues.get(key) ?? { environmentId, name, text, waiting: [], underWay: 0, isGathering: false };
    this.queues.set(key, queue);
    return new Promise((resolve, reject) => {
      queue.waiting.push({ values, resolve, reject });
      if (queue.underWay === AT_ONCE || queue.isGathering) return;
      queue.isGathering = true;
      setImmediate(() => {
        queue.isGathering = false;
        void this.ask(queue).finally(() => {
          if (queue.underWay === 0 && queue.waiting.length === 0) this.queues.delete(key);
        });
      });
    });
  }

  private async ask(queue: Queue): Promise<void> {
    queue.underWay += 1;
    while (queue.waiting.length > 0) {
      const askers = queue.waiting.splice(0, MOST_ASKERS);
      try {
        const rows = await this.rowsOf(queue, askers);
        askers.forEach(({ resolve }, place) => resolve(rows.get(place)));
      } catch {
        // Whose failure it was does not show: each asks alone.
        for (const asker of askers) this.rowsOf(queue, [asker]).then(rows => asker.resolve(rows.get(0)), asker.reject);
      }
    }
    queue.underWay -= 1;
  }

  /** The first row of each that has one, by its place. */
  private async rowsOf({ environmentId, name, text }: Queue, askers: readonly Asker[]): Promise<Map<number, Fields>> {
    const asked = askers.map(({ values }, place) => Object.fromEntries([['place', place], ...values.map((value, i) => [`c${i + 1}`, value])]));
    const rows = await this.takeTurn(() => readRows(this.database, { environmentId, partnerId: '*' }, { name, text, values: [JSON.stringify(asked)] }));
    const found = new Map<number, Fields>();
    for (const [place, ...row] of rows) if (!found.has(Number(place))) found.set(Number(place), row);
    return found;
  }
}
