/** SQL of the reference's own over the row `t`: every comparison by the values' text. */
import { given, raw, sql, type FieldRow, type Param, type Row, type Sql } from '../../src/reads/index.ts';
import { scopeOf, type Match } from '../../src/reads/mapping.ts';
import { ID, type Arguments } from './asked.ts';
import type { Cell } from './cells.ts';

/** The row at hand. Each column of another that it points to is looked up by itself. */
export const ROW: FieldRow = {
  col: name => raw(`t."${name}"`),
  of: ({ table, scope, on }) => ({
    col(name) {
      const own = Object.entries(scopeOf(scope)).map(([column, value]) => sql`x.${raw(column)} = ${given(value)}`);
      const tied = Object.entries(on).map(([column, match]) => sql`x.${raw(column)} = t.${raw(match as string)}`);
      return sql`(select x.${raw(name)} from portico.${raw(table)} x where ${and([...own, ...tied])})`;
    },
  }),
};

/** The cells of a row that was found, as a row that others belong to. */
export const foundRow = (cells: Readonly<Record<string, Cell>>): Row => ({ col: name => sql`${text(cells[name])}` });

export const text = (value: unknown, type = 'text'): Param => ({ type, value: () => value });

export const sameText = (column: string, value: unknown): Sql => sql`${ROW.col(column)}::text = ${text(value)}`;

export const and = (conditions: readonly Sql[], separator = ' and '): Sql =>
  conditions.length === 0 ? raw(separator === '' ? '' : 'true') : conditions.reduce((left, right) => sql`${left}${raw(separator)}${right}`);

/** A relation's conditions: columns against those of the row it comes from, arguments, or given values. */
export const matching = (on: Readonly<Record<string, Match>>, origin: Readonly<Record<string, Cell>> | undefined, args: Arguments): Sql[] =>
  Object.entries(on).map(([column, match]) => {
    if (typeof match === 'string') return sameText(column, origin![match]);
    if ('argument' in match) {
      const id = args[match.argument];
      return sameText(column, typeof id === 'string' && ID.test(id) ? id : null);
    }
    return sql`${ROW.col(column)}::text = ${match}::text`;
  });
