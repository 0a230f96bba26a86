/**
 * A frame is one FROM clause under construction: the row whose fields are read, the joins that
 * they need, and the expressions that count the objects they return.
 */
import type { Row, Through } from './mapping.ts';
import { join, raw, sql, type Sql } from './sql.ts';

/** What an object counts that a non-null field promised and that is not there: more than any answer
    can hold, so that one column tells both how much was read and whether the specification's null
    propagation is called for. */
export const MISSING_OBJECT = 1_000_000_000_000;

export class Frame {
  /** Null at the root, which reads from no row. */
  readonly row: Row | null;
  /** Response keys that lead here, without the places in lists. */
  readonly path: readonly string[];
  private readonly joins: Sql[] = [];
  private readonly counts: Sql[] = [];
  private readonly refusals: Sql[] = [];
  /** Rows of other tables that the frame's row points to, by what joins them. */
  readonly reached = new Map<Through, Row>();

  constructor(row: Row | null, path: readonly string[]) {
    this.row = row;
    this.path = path;
  }

  /** The same frame, to which further response keys lead. */
  below(...keys: readonly string[]): Frame {
    return Object.assign(Object.create(Frame.prototype) as Frame, this, { path: [...this.path, ...keys] });
  }

  join(clause: Sql): void {
    this.joins.push(clause);
  }

  /** Counts objects beside the frame's own row: an integer expression, never NULL. */
  count(objects: Sql): void {
    this.counts.push(objects);
  }

  /** Notes a refusal: text of JSON entries separated by commas, NULL where nothing is refused. */
  refuse(entries: Sql): void {
    this.refusals.push(entries);
  }

  /** Takes over what a frame over the same FROM clause needs, counts and refuses; of the latter two,
      what holds while `present` does. */
  absorb(inner: Frame, present: Sql | null): void {
    this.join(inner.joined);
    if (inner.counted) this.count(present ? sql`(case when ${present} then ${inner.counted} else 0 end)` : inner.counted);
    if (inner.refused) this.refuse(present ? sql`(case when ${present} then ${inner.refused} end)` : inner.refused);
  }

  get joined(): Sql {
    return join([raw(''), ...this.joins], '\n');
  }

  /** Objects that one row of the frame returns beside itself; null where it returns none. */
  get counted(): Sql | null {
    return this.counts.length === 0 ? null : sql`${join(this.counts, ' + ')}`;
  }

  /** The refusals of one row of the frame, NULL or text; null where none can occur. */
  get refused(): Sql | null {
    if (this.refusals.length <= 1) return this.refusals[0] ?? null;
    return sql`nullif(concat_ws(',', ${join(this.refusals, ', ')}), '')`;
  }
}

/** The refusals of a list's rows, as a column of its sub-select; nothing where none can occur. */
export const refusedRows = (frame: Frame): Sql => (frame.refused ? sql`, string_agg(${frame.refused}, ',') as e` : raw(''));

/** The objects in a list of the frame's rows, as an aggregate. */
export const countRows = (frame: Frame): Sql => (frame.counted ? sql`(count(*) + coalesce(sum(${frame.counted}), 0))` : sql`count(*)`);
