/**
 * Cursors: where an item stands in one list under one filter and sort. A cursor is base64url of a
 * JSON array: the list's binding, then the item's sort values at the database's full precision,
 * as text. SQL writes it; this file reads it and believes nothing.
 */
import { createHash } from 'node:crypto';
import { isStorableText } from '../base/text.ts';
import type { Order, OrderType, Row } from './mapping.ts';
import { badInput } from './refusal.ts';
import { join, sql, type Param, type Sql } from './sql.ts';

const MAX_CURSOR_CHARACTERS = 4096;

/** The text form of each type, as PostgreSQL writes it; anything else never came from us. What has
    the form and still is no value (the 31st of February) PostgreSQL refuses, as bad input too. */
const TEXT_FORMS: Readonly<Record<OrderType, RegExp>> = {
  text: /^/,
  integer: /^-?\d{1,10}$/,
  bigint: /^-?\d{1,19}$/,
  numeric: /^-?\d{1,40}(\.\d{1,40})?$/,
  boolean: /^(true|false)$/,
  date: /^\d{4}-\d{2}-\d{2}$/,
  timestamptz: /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}(\.\d{1,6})?[+-]\d{2}(:\d{2}){0,2}$/,
};

/** What a cursor is bound to: the list (its coordinate), its sort and its filter. */
export const bindingOf = (...parts: readonly unknown[]): string => createHash('sha256').update(JSON.stringify(parts)).digest('base64url').slice(0, 12);

/** The cursor of a row, as SQL. base64 breaks lines and pads, base64url does neither. */
export function cursorText(binding: Param, order: readonly Order[], row: Row): Sql {
  const values = order.map(({ column, type, nullable }) => {
    const value = row.col(column);
    const text = type === 'timestamptz' || type === 'date' ? sql`to_json(${value})::text` : sql`to_json(${value}::text)::text`;
    return nullable ? sql`coalesce(${text}, 'null')` : text;
  });
  return sql`translate(encode(convert_to('["' || ${binding} || '",' || ${join(values, " || ',' || ")} || ']', 'UTF8'), 'base64'), E'+/=\n', '-_')`;
}

/** The sort values that a cursor holds. Throws BAD_USER_INPUT for anything that this list, under
    this filter and sort, did not give out. */
export function cursorValues(cursor: string, binding: string, order: readonly Order[]): (string | null)[] {
  const parts = parseCursor(cursor);
  const wellFormed = parts !== null && parts.length === order.length + 1 && parts.slice(1).every((value, i) => fits(value, order[i]!));
  if (!wellFormed) throw badInput('The cursor is not one that Portico gave out. Begin again without a cursor.');
  if (parts[0] !== binding) throw badInput('The cursor belongs to another list, filter or sort. Begin again without a cursor, or ask with the filter and sort that gave it out.');
  return parts.slice(1) as (string | null)[];
}

function parseCursor(cursor: string): unknown[] | null {
  if (cursor.length > MAX_CURSOR_CHARACTERS || !/^[\w-]+$/.test(cursor)) return null;
  try {
    const parts: unknown = JSON.parse(Buffer.from(cursor, 'base64url').toString('utf8'));
    return Array.isArray(parts) ? parts : null;
  } catch {
    return null;
  }
}

function fits(value: unknown, { type, nullable }: Order): boolean {
  if (value === null) return nullable;
  return typeof value === 'string' && TEXT_FORMS[type].test(value) && isStorableText(value);
}
