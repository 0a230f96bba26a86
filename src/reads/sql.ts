/**
 * SQL as a value: text with parameters in it, composed by the tag `sql` and numbered once, at the
 * end, by `render`. Only constants of the code ever become text; whatever a caller sent is a
 * `Param` and reaches PostgreSQL as a bound value.
 */
import type { ReadRequest } from './request.ts';

/** A value that is known when the statement runs. `type` is the PostgreSQL type it is bound as. */
export interface Param {
  readonly type: string;
  /** The name of the value, where it is one that the road knows. */
  readonly given?: string;
  /** Throws a GraphQLError where what the caller sent is no such value. */
  readonly value: (request: ReadRequest) => unknown;
}

export class Sql {
  readonly parts: readonly (string | Param)[];
  constructor(parts: readonly (string | Param)[]) {
    this.parts = parts;
  }
}

export type SqlPart = Sql | Param;

/** Composes SQL. Interpolated values are SQL or parameters, never strings. */
export function sql(texts: TemplateStringsArray, ...values: readonly SqlPart[]): Sql {
  const parts: (string | Param)[] = [];
  texts.forEach((text, i) => {
    if (text !== '') parts.push(text);
    const value = values[i];
    if (value instanceof Sql) parts.push(...value.parts);
    else if (value !== undefined) parts.push(value);
  });
  return new Sql(parts);
}

/** Text of the code's own as SQL. Never give it anything that a caller sent. */
export const raw = (text: string): Sql => new Sql([text]);

/** A quoted identifier. */
export const identifier = (name: string): Sql => raw(/^[a-z_][a-z0-9_]*$/.test(name) ? name : `"${name.replaceAll('"', '""')}"`);

/** A constant of the code as a string literal. */
export const literal = (text: string): Sql => raw(`'${text.replaceAll("'", "''")}'`);

export function join(pieces: readonly SqlPart[], separator: string): Sql {
  const parts: (string | Param)[] = [];
  pieces.forEach((piece, i) => {
    if (i > 0) parts.push(separator);
    if (piece instanceof Sql) parts.push(...piece.parts);
    else parts.push(piece);
  });
  return new Sql(parts);
}

export interface RenderedSql {
  readonly text: string;
  /** In the order of `$1`, `$2`, ... */
  readonly params: readonly Param[];
}

/** Numbers the parameters; one that occurs twice (the same object) is bound once. */
export function render(statement: Sql): RenderedSql {
  const numbers = new Map<Param, number>();
  let text = '';
  for (const part of statement.parts) {
    if (typeof part === 'string') {
      text += part;
      continue;
    }
    let number = numbers.get(part);
    if (number === undefined) {
      number = numbers.size + 1;
      numbers.set(part, number);
    }
    text += `$${number}::${part.type}`;
  }
  return { text, params: [...numbers.keys()] };
}

/** The statement for many askers in one: `values` of each are given together, as a JSON array of objects whose keys
    are `place` and, for the parameters in their order, `c1`, `c2`, ... It answers each asker's rows behind its place. */
export function renderForMany(statement: Sql): RenderedSql {
  const columns = new Map<Param, string>();
  const columnOf = (param: Param): string => {
    const column = columns.get(param) ?? `c${columns.size + 1}`;
    columns.set(param, column);
    return column;
  };
  const text = statement.parts.map(part => (typeof part === 'string' ? part : `asker.${columnOf(part)}`)).join('');
  const declared = [...columns].map(([{ type }, column]) => `, ${column} ${type}`).join('');
  return {
    text: `select asker.place, answer.* from jsonb_to_recordset($1::jsonb) as asker(place integer${declared}) cross join lateral (${text}) answer`,
    params: [...columns.keys()],
  };
}
