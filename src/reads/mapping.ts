/**
 * Where a GraphQL field's value comes from, said beside the field. A type's class carries `@From`
 * (its table, and what confines its rows to the caller); each field carries one of the decorators
 * below. The compiler turns the mappings of an operation's fields into one statement.
 *
 *   @ObjectType({ implements: Node, description: '...' })
 *   @From('milestone', { scope: ['environment_id'], idPrefix: 'mst' })
 *   export class Milestone extends Node {
 *     @Field({ description: '...' })
 *     @Column()
 *     userOutcome!: string;            // column user_outcome
 *
 *     @Field(() => Reward, { nullable: true, description: '...' })
 *     @One({ on: { milestone_id: 'id' } })
 *     reward!: Reward | null;
 *   }
 *
 * A class's name is its GraphQL type's name. Fields of a class that is not a type of its own (root
 * fields, fields that a room adds to another's type) name the type: `@ReadsOf('Query')`.
 */
import 'reflect-metadata';
import { identifier, sql, type Param, type Sql, type SqlPart } from './sql.ts';

/** One row in the statement. */
export interface Row {
  /** A column of the row, as SQL. */
  col(name: string): Sql;
}

/** A row from which a field is read. */
export interface FieldRow extends Row {
  /** The row of another table that this one points to, NULL throughout where there is none: joined
      once, however many fields read from it. `on` must compare columns that are unique together. */
  of(other: Through): Row;
}

/** The rows of a type. Every table that is read must say what confines it to the caller: `scope`
    maps columns to given values, `['environment_id']` being short for both of that name. */
export interface TableSource {
  readonly table: string;
  readonly scope: Readonly<Record<string, string>>;
  /** Of the type's ids, where it is a Node. */
  readonly idPrefix: string | null;
  /** Stands in the table's place: rows made of it for the row we come from, which is null at the root. */
  readonly rows?: (from: Row) => Sql;
  /** The given value to whose holder the cursors of lists of the type belong alone. */
  readonly cursorsOf?: string;
}

/** The rows of an interface or union: one table, in which a column says each row's type. */
export interface AbstractSource extends TableSource {
  readonly typeColumn: string;
  /** The GraphQL type by the column's value. */
  readonly types: Readonly<Record<string, string>>;
}

/** A value that a column is compared with: a column of the row we come from, an argument of the
    field, or a given value. */
export type Match = string | ArgumentRef | Param;

export interface ArgumentRef {
  readonly argument: string;
}

/** The field's argument of that name. */
export const arg = (argument: string): ArgumentRef => ({ argument });

/** What a mutation answered has a name that begins so; where it was refused there is none of it, and its field is null. */
export const ANSWERED = 'answer.';

const givenParams = new Map<string, Param>();

/** A value that the road has established, by name. One object a name, so that a statement binds it once. */
export function given(name: string, type = 'text'): Param {
  const key = `${name}:${type}`;
  let param = givenParams.get(key);
  if (!param) {
    param = { type, given: name, value: request => request.givenOf(name) };
    givenParams.set(key, param);
  }
  return param;
}

/** A table beside those of types, e.g. between two of a many-to-many relation. */
export interface Through {
  readonly table: string;
  readonly scope: Scope;
  /** The table's columns by what they are compared with. */
  readonly on: Readonly<Record<string, Match>>;
}

export type Scope = readonly string[] | Readonly<Record<string, string>>;

/** Which rows of the target type belong to a field: `on` maps the target's columns to what they
    are compared with (with `through`, to the between table's columns). */
export interface Relation {
  readonly on: Readonly<Record<string, Match>>;
  readonly through?: Through;
  /** Beyond equality: over the target's row and the row we come from, which is null at the root. */
  readonly where?: (row: Row, from: Row | null) => Sql;
}

export interface Order {
  readonly column: string;
  readonly direction: 'asc' | 'desc';
  /** PostgreSQL's type of the column: cursors carry its text and are checked against it. */
  readonly type: OrderType;
  readonly nullable: boolean;
}

export type OrderType = 'text' | 'integer' | 'bigint' | 'numeric' | 'date' | 'timestamptz' | 'boolean';

export const asc = (column: string, type: OrderType = 'text', nullable = false): Order => ({ column, direction: 'asc', type, nullable });
export const desc = (column: string, type: OrderType = 'text', nullable = false): Order => ({ column, direction: 'desc', type, nullable });

/** A filter's fields: each present input becomes a predicate over the row and the input's value. */
export type Filters = Readonly<Record<string, FilterField>>;

export interface FilterField {
  /** PostgreSQL's type of the value, `text[]` for a list. */
  readonly type: string;
  readonly predicate: (row: Row, value: Param) => Sql;
}

/** `column = value`. */
export const equals = (column: string, type = 'text'): FilterField => ({ type, predicate: (row, value) => sql`${row.col(column)} = ${value}` });

/** `column` is one of the values. */
export const oneOf = (column: string, type = 'text'): FilterField => ({
  type: `${type}[]`,
  predicate: (row, value) => sql`${row.col(column)} = any (${value})`,
});

export interface PageOptions extends Relation {
  /** Ends in a unique column; the default where `sort` exists but was not asked for. */
  readonly order: readonly Order[];
  /** By value of the argument `sort`. */
  readonly sort?: Readonly<Record<string, readonly Order[]>>;
  /** By field of the argument `filter`. */
  readonly filter?: Filters;
  /** Arguments beside `filter` that narrow the list. */
  readonly narrow?: Filters;
  /** Page size where `first` is absent; without one, `first` is required. */
  readonly defaultFirst?: number;
  /** Of a root field: the rows are another's, and showing them is written down. */
  readonly disclosure?: Disclosure;
}

/** How a root field shows what is somebody else's. Its rows are found first, at the head of the
    statement; what is done about them there feeds the answer, so that the two cannot differ. */
export interface Disclosure {
  /** Columns that are always needed. */
  readonly needs: readonly string[];
  /** The rows, with the asked columns. */
  readonly rows: (asked: AskedRows) => Sql;
  /** CTEs that decide last what of the rows goes out; the last one has their columns. */
  readonly release: (rows: Sql, asked: AskedRows) => readonly Cte[];
  /** A CTE that writes down what goes out. */
  readonly record: (released: Released, asked: AskedRows) => Cte;
  /** Whether whoever searches by the column learns something of whose the row is. */
  readonly tells: (column: string) => boolean;
  /** When the whole list is refused, whatever its rows. */
  readonly refused?: { readonly when: (asked: AskedRows) => Sql; readonly extensions: (asked: AskedRows) => Sql; readonly refusal: FieldRefusal };
}

/** A named sub-select at the head of the statement. */
export interface Cte {
  readonly name: string;
  readonly body: Sql;
}

export interface AskedRows {
  /** Columns that `rows` must have, among others that it does not know. */
  readonly columns: ReadonlySet<string>;
  /** Columns of the rows once they are found. */
  readonly shown: readonly string[];
  /** Columns by which the rows are searched. */
  readonly searched: ReadonlySet<string>;
  /** Fields that may be refused, by head's coordinates, each once. */
  readonly fields: readonly RefusableField[];
  /** The root field's argument. */
  readonly argument: (name: string, type: string) => Param;
  /** A name that the statement has not used. */
  readonly name: (letter: string) => string;
  readonly table: (name: string) => Sql;
}

export interface RefusableField {
  readonly coordinate: string;
  readonly refusal: FieldRefusal;
}

export interface Released {
  /** Rows that go out; their columns, and `page_row` from 1. */
  readonly rows: Sql;
  /** One row, whose array `counts` holds by `page_row` how many objects of it go out. */
  readonly answer: Sql;
}

export interface ManyOptions extends Relation {
  /** By column, or by an expression over the row. */
  readonly order: readonly (Order | ((row: FieldRow) => Sql))[];
  /** Only the first so many, where the rows may become many: always, or as an argument asks. */
  readonly limit?: number | LimitArgument;
  /** As many as there are, which those who write them keep at or below this; said where `limit` is not. */
  readonly atMost?: number;
}

/** An argument with a default, from 1 to `max`. */
export interface LimitArgument extends ArgumentRef {
  readonly max: number;
}

export type FieldRead =
  | { readonly kind: 'column'; readonly column: string }
  | { readonly kind: 'computed'; readonly expression: (row: FieldRow) => Sql }
  | ({ readonly kind: 'one' } & Relation)
  | ({ readonly kind: 'many' } & ManyOptions)
  | ({ readonly kind: 'page' } & PageOptions)
  | { readonly kind: 'disclosed'; readonly disclosure: Disclosure }
  | { readonly kind: 'embedded'; readonly fields: Readonly<Record<string, (row: Row) => Sql>>; readonly present: ((row: Row) => Sql) | null }
  | { readonly kind: 'inline' }
  | { readonly kind: 'value'; readonly name: string }
  | { readonly kind: 'node'; readonly id: string }
  | { readonly kind: 'nodes'; readonly ids: string };

const FROM = Symbol('portico:from');
const FROM_ANY = Symbol('portico:from-any');
const REFUSALS = Symbol('portico:refusals');
const FIELDS = Symbol('portico:fields');
const READS_OF = Symbol('portico:reads-of');

export const scopeOf = (scope: Scope): Record<string, string> =>
  Array.isArray(scope) ? Object.fromEntries(scope.map(column => [column, column])) : { ...(scope as Record<string, string>) };

/** The table that holds the type's rows. */
export const From =
  (table: string, { scope, idPrefix, ...options }: { scope: Scope; idPrefix?: string } & Pick<TableSource, 'rows' | 'cursorsOf'>): ClassDecorator =>
  target => {
    const source: TableSource = { table, scope: scopeOf(scope), idPrefix: idPrefix ?? null, ...options };
    Reflect.defineMetadata(FROM, source, target);
  };

export interface AbstractRows {
  readonly scope: Scope;
  readonly typeColumn: string;
  /** The GraphQL type by the column's value. */
  readonly types: Readonly<Record<string, string>>;
}

/** The table that holds the rows of an interface. Each possible type's fields are read from the same row. */
export const FromAny =
  (table: string, options: AbstractRows): ClassDecorator =>
  target => {
    const source: AbstractSource = { table, scope: scopeOf(options.scope), idPrefix: null, typeColumn: options.typeColumn, types: options.types };
    Reflect.defineMetadata(FROM_ANY, source, target);
  };

/** The rows of a union, which has no class of its own: stands in a room's list beside its classes. */
export function unionRows(union: string, table: string, options: AbstractRows): Function {
  const rows = function (): void {};
  FromAny(table, options)(rows);
  ReadsOf(union)(rows);
  return rows;
}

/** The type whose fields this class declares, where it is not the class's own. */
export const ReadsOf =
  (typeName: string): ClassDecorator =>
  target =>
    Reflect.defineMetadata(READS_OF, typeName, target);

const declare =
  (read: (property: string) => FieldRead): PropertyDecorator & MethodDecorator =>
  (target: object, property: string | symbol) => {
    const own: Map<string, FieldRead> = Reflect.getOwnMetadata(FIELDS, target) ?? new Map<string, FieldRead>();
    own.set(String(property), read(String(property)));
    Reflect.defineMetadata(FIELDS, own, target);
  };

const snakeCase = (property: string): string => property.replace(/[A-Z]/g, letter => `_${letter.toLowerCase()}`);

/** A column of the type's row; its name is the property's in snake case unless given. */
export const Column = (column?: string) => declare(property => ({ kind: 'column', column: column ?? snakeCase(property) }));

/** An expression over the type's row. */
export const Computed = (expression: (row: FieldRow) => Sql) => declare(() => ({ kind: 'computed', expression }));

/** At most one row of the field's type. `on` must compare columns that are unique together. */
export const One = (relation: Relation) => declare(() => ({ kind: 'one', ...relation }));

/** All rows that belong to the field, or the first of them; where neither their number is small by
    nature nor a few of them are enough, a `Page` is due. */
export const Many = (options: ManyOptions) => declare(() => ({ kind: 'many', ...options }));

/** A Relay connection over the rows that belong to the field. */
export const Page = (options: PageOptions) => declare(() => ({ kind: 'page', ...options }));

/** At most one row that is another's; null where the disclosure finds none. */
export const Disclosed = (disclosure: Disclosure) => declare(() => ({ kind: 'disclosed', disclosure }));

/** An object without a table of its own, made from this row; null where `present` is not true. */
export const Embedded = (fields: Record<string, (row: Row) => Sql>, present?: (row: Row) => Sql) => declare(() => ({ kind: 'embedded', fields, present: present ?? null }));

/** An object whose fields are read from this very row (or, at the root, from none). */
export const Inline = () => declare(() => ({ kind: 'inline' }));

/** A value known before the statement runs: any JSON-like structure, by its given name. */
export const Value = (name: string) => declare(() => ({ kind: 'value', name }));

/** Any Node by the argument that holds its id. */
export const NodeById = (argument: string) => declare(() => ({ kind: 'node', id: argument }));

/** Any Nodes, in the order of the ids. */
export const NodesById = (argument: string) => declare(() => ({ kind: 'nodes', ids: argument }));

/** When a nullable field answers an error and null instead of its value. The value never leaves
    PostgreSQL then. */
export interface FieldRefusal {
  /** Whether the row's value is refused; NULL counts as refused. */
  readonly when: (row: Row) => Sql;
  readonly code: string;
  readonly message: string;
  /** JSON text of the error's further extensions, per row; rows with the same make one error. */
  readonly extensions?: (row: Row) => Sql;
  /** The extensions as partners read them, where rows need not say all of it. */
  readonly tell?: (extensions: Readonly<Record<string, unknown>>) => Readonly<Record<string, unknown>>;
}

/** Refuses a field's value by a rule of its row. Stands beside the field's read. */
export const RefusedWhen =
  (refusal: FieldRefusal): PropertyDecorator =>
  (target, property) => {
    const own: Map<string, FieldRefusal> = Reflect.getOwnMetadata(REFUSALS, target) ?? new Map<string, FieldRefusal>();
    own.set(String(property), refusal);
    Reflect.defineMetadata(REFUSALS, own, target);
  };

/** The mappings of a schema: tables by type name, reads and refusals by coordinate (`Type.field`). */
export interface ReadMapping {
  readonly sources: ReadonlyMap<string, TableSource>;
  readonly abstractSources: ReadonlyMap<string, AbstractSource>;
  readonly fields: ReadonlyMap<string, FieldRead>;
  readonly refusals: ReadonlyMap<string, FieldRefusal>;
}

/** Collects what the classes declare; inherited fields count for the inheriting type. */
export function readMappingOf(classes: readonly Function[]): ReadMapping {
  const sources = new Map<string, TableSource>();
  const abstractSources = new Map<string, AbstractSource>();
  const fields = new Map<string, FieldRead>();
  const refusals = new Map<string, FieldRefusal>();
  for (const type of classes) {
    const typeName: string = Reflect.getOwnMetadata(READS_OF, type) ?? type.name;
    const source: TableSource | undefined = Reflect.getOwnMetadata(FROM, type);
    if (source) sources.set(typeName, source);
    const abstractSource: AbstractSource | undefined = Reflect.getOwnMetadata(FROM_ANY, type);
    if (abstractSource) abstractSources.set(typeName, abstractSource);
    for (let prototype = type.prototype; prototype && prototype !== Object.prototype; prototype = Object.getPrototypeOf(prototype)) {
      const own: Map<string, FieldRead> | undefined = Reflect.getOwnMetadata(FIELDS, prototype);
      for (const [property, read] of own ?? []) {
        const coordinate = `${typeName}.${property}`;
        if (!fields.has(coordinate)) fields.set(coordinate, read);
      }
      const refused: Map<string, FieldRefusal> | undefined = Reflect.getOwnMetadata(REFUSALS, prototype);
      for (const [property, refusal] of refused ?? []) {
        const coordinate = `${typeName}.${property}`;
        if (!refusals.has(coordinate)) refusals.set(coordinate, refusal);
      }
    }
  }
  return { sources, abstractSources, fields, refusals };
}

/** Compares a row's column with SQL. */
export const columnEquals = (row: Row, column: string, value: SqlPart): Sql => sql`${row.col(column)} = ${value}`;

/** A row under an alias. `onUse` hears of each column that the statement needs. */
export function rowNamed(alias: string, onUse?: (column: string) => void): Row {
  return {
    col(column) {
      onUse?.(column);
      return sql`${identifier(alias)}.${identifier(column)}`;
    },
  };
}
