/** Rows that the reference found, and how it comes back to one. */
import { sql, type Param, type Sql } from '../../src/reads/index.ts';
import { comparison, type Cell, type Key } from './cells.ts';
import { text } from './conditions.ts';

/** A row of a table, found. */
export interface Found {
  readonly type: string;
  readonly table: string;
  /** PostgreSQL's own name of the row: nothing is updated while it is held. */
  readonly ctid: string;
  readonly cells: Readonly<Record<string, Cell>>;
}

/** What has no rows of its own: the whole row is its place. */
const VIEWS: ReadonlySet<string> = new Set(['entitlement', 'directory_entry', 'directory_badge', 'onboarding_step', 'checkpoint_pair', 'entry_proof', 'logged_entry']);

export const placeIn = (table: string): Sql => (VIEWS.has(table) ? sql`md5(t::text)` : sql`t.ctid`);

export const placeOf = ({ table, ctid }: Found): Param => text(ctid, VIEWS.has(table) ? 'text' : 'tid');

export const sorted = (rows: readonly Found[], order: readonly Key[], types: ReadonlyMap<string, number>): Found[] => {
  const compare = comparison(order, types);
  return rows.toSorted((a, b) => compare(a.cells, b.cells));
};
