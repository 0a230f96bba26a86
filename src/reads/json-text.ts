/**
 * JSON text made in SQL. Pieces are concatenated by `||`, which costs PostgreSQL about two thirds
 * of json_build_object; a NULL in a chain would swallow the rest of it, so whatever may be NULL is
 * coalesced to `null` here.
 */
import { getNamedType, isEnumType, isListType, isNonNullType, type GraphQLEnumType, type GraphQLOutputType } from 'graphql';
import { fallbacksOf } from './head-form.ts';
import { literal, join, sql, type Sql } from './sql.ts';

/** JSON text under construction: constants and SQL expressions of type text, in order. */
export class JsonText {
  private readonly pieces: (string | Sql)[] = [];

  add(...pieces: readonly (string | Sql | JsonText)[]): this {
    for (const piece of pieces) {
      if (piece instanceof JsonText) this.add(...piece.pieces);
      else if (typeof piece === 'string' && typeof this.pieces.at(-1) === 'string') this.pieces.push(`${this.pieces.pop() as string}${piece}`);
      else this.pieces.push(piece);
    }
    return this;
  }

  /** The text where it needs no SQL at all, else null. */
  get constant(): string | null {
    const [first = '', ...others] = this.pieces;
    return others.length === 0 && typeof first === 'string' ? first : null;
  }

  /** The whole as one SQL expression of type text. */
  toSql(): Sql {
    const parts = this.pieces.map(piece => (typeof piece === 'string' ? literal(piece) : piece));
    return parts.length === 1 ? parts[0]! : sql`(${join(parts, ' || ')})`;
  }
}

export const jsonText = (...pieces: readonly (string | Sql | JsonText)[]): JsonText => new JsonText().add(...pieces);

const plain = (value: Sql): JsonText => jsonText(sql`${value}::text`);
const quoted = (value: Sql): JsonText => jsonText('"', value, '"');
const escaped = (value: Sql): JsonText => jsonText(sql`to_json(${value})::text`);

/** What a leaf's value needs to become JSON text, by the name of its GraphQL type. Ids hold no
    character that JSON escapes: the database's domain `portico.id` says so. */
const LEAVES: Readonly<Record<string, (value: Sql) => JsonText>> = {
  ID: quoted,
  String: escaped,
  URL: escaped,
  Duration: escaped,
  Int: plain,
  SafeInt: plain,
  Float: value => escaped(sql`${value}::float8`),
  Boolean: plain,
  Decimal: value => quoted(sql`${value}::text`),
  CurrencyCode: quoted,
  Date: value => quoted(sql`to_char(${value}, 'YYYY-MM-DD')`),
  JSON: plain,
  DateTime: value => quoted(sql`to_char(${value} at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"')`),
};

/** A leaf field's value, or list of values, as JSON text. */
export function leafText(type: GraphQLOutputType, value: Sql): JsonText {
  const nullable = !isNonNullType(type);
  const named = getNamedType(type);
  const list = isListType(isNonNullType(type) ? type.ofType : type);
  const known = isEnumType(named) ? knownValue(named, value, list) : value;
  // Enum values are names of the schema, which need no escaping; a list's elements are escaped anyway.
  const leaf = list ? escaped : isEnumType(named) ? quoted : LEAVES[named.name];
  if (!leaf) throw new Error(`No JSON text is known for the scalar ${named.name}: add it to reads/json-text.ts.`);
  return nullable ? orNull(leaf(known)) : leaf(known);
}

/** An enum's value, or values, as the version at hand knows them. */
function knownValue(type: GraphQLEnumType, value: Sql, list: boolean): Sql {
  const fallbacks = Object.entries(fallbacksOf(type));
  if (fallbacks.length === 0) return value;
  if (list) return fallbacks.reduce((values, [later, known]) => sql`array_replace(${values}, ${literal(later)}, ${literal(known)})`, value);
  const branches = fallbacks.map(([later, known]) => sql`when ${literal(later)} then ${literal(known)}`);
  return sql`case ${value} ${join(branches, ' ')} else ${value} end`;
}

/** `null` where the text is NULL. */
export const orNull = (text: JsonText): JsonText => jsonText(sql`coalesce(${text.toSql()}, 'null')`);
