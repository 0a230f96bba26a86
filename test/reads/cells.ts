/** PostgreSQL's values as the text that it sends, their order and their form: what the reference
    sorts by and answers. */
import { getNamedType, isEnumType, type GraphQLResolveInfo } from 'graphql';

/** A value of a column: its text, a list of texts, or NULL. */
export type Cell = string | readonly string[] | null;

const INTEGERS = new Set([20, 21, 23]);
const NUMERIC = 1700;
const FRACTION_DIGITS = 60;

/** Text is ordered by code point, whose order UTF-8 keeps. Instants and dates (in UTC, of years with
    four digits) and booleans (`f`, `t`) are ordered as their texts are.
    @param type PostgreSQL's oid of the type */
function compareCells(a: string, b: string, type: number): number {
  if (INTEGERS.has(type) || type === NUMERIC) {
    const difference = scaled(a) - scaled(b);
    return difference < 0n ? -1 : difference > 0n ? 1 : 0;
  }
  return Buffer.compare(Buffer.from(a), Buffer.from(b));
}

/** A decimal number as an integer of its smallest digits. */
function scaled(decimal: string): bigint {
  const negative = decimal.startsWith('-');
  const [whole, fraction = ''] = decimal.replace('-', '').split('.');
  const size = BigInt(`${whole}${fraction.padEnd(FRACTION_DIGITS, '0')}`);
  return negative ? -size : size;
}

export interface Key {
  readonly column: string;
  readonly direction: 'asc' | 'desc';
}

/** Rows in order, NULLs last either way. */
export const comparison =
  (order: readonly Key[], types: ReadonlyMap<string, number>) =>
  (a: Readonly<Record<string, Cell>>, b: Readonly<Record<string, Cell>>): number => {
    for (const { column, direction } of order) {
      const [left, right] = [a[column]!, b[column]!];
      if (left === null || right === null) {
        if (left === right) continue;
        return left === null ? 1 : -1;
      }
      const outcome = compareCells(String(left), String(right), types.get(column)!);
      if (outcome !== 0) return direction === 'asc' ? outcome : -outcome;
    }
    return 0;
  };

/** PostgreSQL's text in the form that graphql-js serializes. */
export function leafOf(info: GraphQLResolveInfo, cell: Cell): unknown {
  if (typeof cell !== 'string') return cell;
  const type = getNamedType(info.returnType);
  if (isEnumType(type)) return cell;
  switch (type.name) {
    case 'Int':
    case 'SafeInt':
    case 'Float':
      return Number(cell);
    case 'Boolean':
      return cell === 't';
    case 'JSON':
      return JSON.parse(cell) as unknown;
    case 'DateTime': {
      const [, day, time, fraction = ''] = /^(\d{4}-\d{2}-\d{2}) (\d{2}:\d{2}:\d{2})(?:\.(\d{1,6}))?\+00$/.exec(cell) ?? [];
      return `${day}T${time}.${fraction.padEnd(3, '0').slice(0, 3)}Z`;
    }
    default:
      return cell;
  }
}
