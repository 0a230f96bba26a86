/**
 * Reads that are so small that the way to PostgreSQL costs more than they do: those that come while a
 * flight is under way leave together with the next one. Each has its own context and its own snapshot,
 * taken after it came.
 */
import type { Database, TenantContext } from './database.ts';
import { asUnavailable } from './failures.ts';
import { fly, type Fields, type FlightStatement, type Leg } from './flight.ts';
import { usePrepared } from './prepared.ts';
import { readRow } from './read.ts';

/** Two of them, so that one that PostgreSQL lets wait does not hold up all others. */
const FLIGHTS_AT_ONCE = 2;

/** What one flight holds of a connection is about 3 ms by then. */
const MOST_LEGS = 32;

/** A flight takes its connection by this, in turn with those who take one for themselves. */
export type TakeTurn = <T>(work: () => Promise<T>) => Promise<T>;

interface Passenger extends Leg {
  readonly resolve: (row: Fields | undefined) => void;
  readonly reject: (error: unknown) => void;
}

interface Queue {
  readonly statement: { readonly name: string; readonly text: string };
  readonly waiting: Passenger[];
  flights: number;
  isBoarding: boolean;
}

export class SharedReads {
  private readonly database: Database;
  private readonly takeTurn: TakeTurn;
  /** By the statement's name: few, since what shares a way is one statement for all. */
  private readonly queues = new Map<string, Queue>();

  constructor(database: Database, takeTurn: TakeTurn) {
    this.database = database;
    this.takeTurn = takeTurn;
  }

  /** The statement's first row; undefined where it has none. Throws what `readRow` does. */
  read(context: TenantContext, { name, text, values }: FlightStatement & { readonly name: string }): Promise<Fields | undefined> {
    const queue = this.queues.get(name) ?? { statement: { name, text }, waiting: [], flights: 0, isBoarding: false };
    this.queues.set(name, queue);
    return new Promise((resolve, reject) => {
      queue.waiting.push({ context, values, resolve, reject });
      if (queue.flights === FLIGHTS_AT_ONCE || queue.isBoarding) return;
      // With all whose requests arrived in this turn of the event loop.
      queue.isBoarding = true;
      setImmediate(() => {
        queue.isBoarding = false;
        void this.depart(queue);
      });
    });
  }

  private async depart(queue: Queue): Promise<void> {
    queue.flights += 1;
    while (queue.waiting.length > 0) {
      let legs: Passenger[] = [];
      try {
        const rows = await this.takeTurn(async () => {
          const client = await this.database.pool.connect();
          let broken: Error | undefined;
          try {
            // Whoever came while the connection did comes along; the other flight may have taken all.
            legs = queue.waiting.splice(0, MOST_LEGS);
            if (legs.length === 0) return [];
            usePrepared(client, queue.statement.name);
            return await fly(client, legs, queue.statement, this.database.options.statementTimeoutMs);
          } catch (error) {
            broken = asUnavailable(error) ?? undefined;
            throw error;
          } finally {
            client.release(broken);
          }
        });
        legs.forEach(({ resolve }, place) => resolve(rows[place]));
      } catch {
        // Whose failure it was does not show: each goes by itself.
        if (legs.length === 0) legs = queue.waiting.splice(0, MOST_LEGS);
        for (const { context, values, resolve, reject } of legs) this.takeTurn(() => readRow(this.database, context, { ...queue.statement, values })).then(resolve, reject);
      }
    }
    queue.flights -= 1;
  }
}
