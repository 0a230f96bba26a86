/**
 * A frame is one FROM clause under construction: the row whose fields are read, the joins that
 * they need, and the expressions that count the objects they return.
 */
import type { Row } from './mapping.ts';
import { join, raw, sql, type Sql } from './sql.ts';

/** What an object counts that a non-null field promised and that is not there: more than any answer
    can hold, so that one column tells both how much was read and whether the specification's null
    propagation is called for. */
export const MISSING_OBJECT = 1_000_000_000_000;

export class Frame {
  /** Null at the root, which reads from no row. */
  readonly row: Row | null;
  private readonly joins: Sql[] = [];
  private readonly counts: Sql[] = [];

  constructor(row: Row | null) {
    this.row = row;
  }

  join(clause: Sql): void {
    this.joins.push(clause);
  }

  /** Counts objects beside the frame's own row: an integer expression, never NULL. */
  count(objects: Sql): void {
    this.counts.push(objects);
  }

  get joined(): Sql {
    return join([raw(''), ...this.joins], '\n');
  }

  /** Objects that one row of the frame returns beside itself; null where it returns none. */
  get counted(): Sql | null {
    return this.counts.length === 0 ? null : sql`${join(this.counts, ' + ')}`;
  }
}

/** The objects in a list of the frame's rows, as an aggregate. */
export const countRows = (frame: Frame): Sql => (frame.counted ? sql`(count(*) + coalesce(sum(${frame.counted}), 0))` : sql`count(*)`);
