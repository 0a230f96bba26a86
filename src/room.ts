/**
 * A room is a folder of one domain. It hands `app.ts` one `Room` object, and `app.ts` composes a
 * list of rooms and nothing else, so a marketplace's own folder (its fields, tables, sample rows)
 * is one more room in the list, without a fork.
 */
import type { FastifyInstance } from 'fastify';
import type { EntityTarget, ObjectLiteral } from 'typeorm';
import type { Clock, Instant } from './base/clock.ts';
import type { Job } from './platform/jobs.ts';
import type { Log } from './platform/log.ts';
import type { Database, Tx } from './platform/postgres/database.ts';
import type { ChangesOf } from './versions/index.ts';

export interface Room {
  readonly name: string;
  /** type-graphql object types, interfaces and resolvers of the partner API, with their read mappings. */
  readonly graphql?: readonly Function[];
  /** How older versions of the API differ in the room's types. */
  readonly changes?: readonly ChangesOf[];
  /** The same for the staff API; its root fields say which roles may use them. */
  readonly adminGraphql?: readonly Function[];
  /** TypeORM entities: the mapping of tables for writes. */
  readonly entities?: readonly EntityTarget<ObjectLiteral>[];
  /** Names of plain-SQL files in `migrations/` (or absolute paths), without order: all rooms' are
      run in the order of their names. */
  readonly migrations?: readonly string[];
  /** Work that goes on beside the requests; each is stopped before the process ends. */
  readonly jobs?: (services: Services) => readonly Job[];
  /** Codes of the data categories that the room's `@Consent` fields may be of. */
  readonly dataCategories?: readonly string[];
  /** Work that falls due on an environment's own time, by kind (`<noun>.<verb>`). */
  readonly dueWork?: Readonly<Record<string, DueHandler>>;
  /** Promises what follows from all that has arrived in an environment by now, though none of the room's
      jobs has come by since: a clock that is moved would pass it. As the marketplace in that environment. */
  readonly catchUp?: (tx: Tx, environmentId: string, now: Instant) => Promise<void>;
  /** HTTP routes of the room's own. */
  readonly routes?: (server: FastifyInstance, services: Services) => void;
  /** Makes the rows that an environment cannot do without, where they are missing. Runs as the
      marketplace in that environment, at each start of a gateway. */
  readonly settle?: (tx: Tx, environmentId: string, clock: Clock) => Promise<void>;
  /** The room's share of a sample world: SQL files under `sandbox/worlds/<world>/`, in order. */
  readonly world?: readonly string[];
  /** What of the room is otherwise in a sandbox than in live. A difference that is not listed is a fault. */
  readonly parity?: readonly Difference[];
}

/** Something that is otherwise in a sandbox than in live, as `/parity.json` tells partners. */
export interface Difference {
  /** Words with hyphens; it stays, unlike the sentences. */
  readonly name: string;
  readonly live: string;
  readonly sandbox: string;
  readonly why: string;
}

/** Does one piece of due work, as the marketplace in its environment, in the transaction that marks it
    done. The clock stands at the instant at which it fell due. Once at most: what it throws undoes it. */
export type DueHandler = (tx: Tx, work: DueWork, clock: Clock) => Promise<void>;

export interface DueWork {
  readonly environmentId: string;
  /** What it is about. */
  readonly subjectId: string;
  /** Environment time. */
  readonly dueAt: Instant;
  readonly payload: Readonly<Record<string, unknown>>;
}

/** What the house gives to its rooms. */
export interface Services {
  readonly database: Database;
  readonly clock: Clock;
  readonly log: Log;
}
