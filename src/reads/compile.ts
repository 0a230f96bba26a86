/**
 * The compiler: from an operation to one statement that answers it.
 *
 * The statement returns one row of (data, errors, object_count): the JSON text to send, the
 * refusals with their paths, and how many objects it holds; or no row, where the gate is closed.
 * Fields that lead to one row become left joins, lists become lateral sub-selects that aggregate
 * their own text, and every table is confined by its scope. Nothing here knows what is read.
 */
import {
  getNamedType,
  isAbstractType,
  isLeafType,
  isNonNullType,
  isObjectType,
  type FieldNode,
  type GraphQLCompositeType,
  type GraphQLObjectType,
  type SelectionSetNode,
} from 'graphql';
import { compileEmbedded } from './embedded.ts';
import { all, compositeTypeOf, objectTypeOf, responseKey, rowOf, type Compilation, type FieldToRead, type JoinedRelation } from './field.ts';
import { Frame, MISSING_OBJECT, countRows, refusedRows } from './frame.ts';
import { compileDisclosed } from './disclosed.ts';
import { headCoordinate } from './head-form.ts';
import { followsFromMarked, type ChangeMarks } from './kept.ts';
import { jsonText, leafText, orNull, type JsonText } from './json-text.ts';
import {
  ANSWERED,
  columnEquals,
  given,
  rowNamed,
  scopeOf,
  type Cte,
  type FieldRead,
  type FieldRefusal,
  type FieldRow,
  type Match,
  type ReadMapping,
  type RefusableField,
  type Relation,
  type Row,
  type Scope,
  type TableSource,
  type Through,
} from './mapping.ts';
import { compileNode, compileNodes } from './nodes.ts';
import { compilePage, limitOf, orderOf } from './page.ts';
import { inputValue, storable } from './parameters.ts';
import { NotCompilable, badInput } from './refusal.ts';
import { subselections, type Guard, type Specialization } from './selection.ts';
import { identifier, join, literal, raw, render, sql, type Param, type RenderedSql, type Sql } from './sql.ts';
import { valueWriter } from './value-text.ts';

const WHOLE_NUMBERS = new Set(['Int', 'SafeInt']);

/** A statement longer than this would cost PostgreSQL more to plan than any answer is worth. */
export const MAX_STATEMENT_CHARACTERS = 1_000_000;

export interface CompilerOptions {
  readonly mapping: ReadMapping;
  /** The database's schema that holds the tables. */
  readonly databaseSchema: string;
  /** A sub-select of one row while the caller may read at all, of none otherwise. */
  readonly gate: Sql;
  /** Writes null where a non-null field found no row, for graphql-js to propagate. */
  readonly lenient?: boolean;
  /** Tells what would be refused: nothing is shown, so nothing is written down. */
  readonly preview?: boolean;
  /** Whether the answer may be kept, and by what it is known to hold still. */
  readonly marks?: ChangeMarks | undefined;
}

export interface CompiledRead extends RenderedSql {
  readonly guards: readonly Guard[];
  /** The refusals that the statement's `errors` name by their place here. */
  readonly refusals: readonly RefusedField[];
  /** Places of the parameters that the answer depends on, for as long as the version is the same that the
      statement answers as its fourth column; none where the answer depends on more. */
  readonly decisive?: readonly number[] | undefined;
}

/** A field whose value may be refused, where it was asked for. */
export interface RefusedField extends RefusableField {
  /** Response keys, without the places in lists. */
  readonly path: readonly string[];
}

/** Compiles the selection of `type` (a root type) for the request at hand. Throws NotCompilable for
    what only graphql-js can answer, and GraphQLErrors for arguments that cannot be meant. */
export function compileRead(
  options: CompilerOptions,
  specialization: Specialization,
  type: GraphQLObjectType,
  fields: ReadonlyMap<string, readonly FieldNode[]>,
  path: readonly string[] = [],
): CompiledRead {
  const compiler = new Compiler(options, specialization);
  const root = new Frame(null, path);
  const data = compiler.objectOf(type, fields, root);
  const columns = sql`select ${options.preview ? literal('{}') : data.toSql()} as data, ${root.refused ?? raw('null::text')} as errors, (${root.counted ?? raw('0')})::float8 as object_count`;
  const { marks } = options;
  const ungated = marks && render(sql`${compiler.head}${columns}${root.joined}`);
  const isKept = ungated !== undefined && followsFromMarked(ungated, options.databaseSchema, marks!);
  const rendered = render(sql`${compiler.head}${columns}${isKept ? sql`, (${marks!.version}) as version` : raw('')}
from (${options.gate}) gate${root.joined}`);
  if (rendered.text.length > MAX_STATEMENT_CHARACTERS) {
    throw badInput(`The operation is too large: it needs ${rendered.text.length} characters of SQL of at most ${MAX_STATEMENT_CHARACTERS}. Split it.`);
  }
  const decisive = isKept ? [...new Set([...ungated.params, ...render(marks!.version).params])].map(param => rendered.params.indexOf(param)) : undefined;
  return { ...rendered, guards: specialization.guards, refusals: compiler.refusals, decisive };
}

class Compiler implements Compilation {
  readonly specialization: Specialization;
  readonly refusals: RefusedField[] = [];
  private readonly options: CompilerOptions;
  private readonly ctes: Cte[] = [];
  private aliases = 0;

  constructor(options: CompilerOptions, specialization: Specialization) {
    this.options = options;
    this.specialization = specialization;
  }

  alias(letter: string): string {
    this.aliases += 1;
    return `${letter}${this.aliases}`;
  }

  hoist(...ctes: readonly Cte[]): void {
    this.ctes.push(...ctes);
  }

  /** What comes before the statement's SELECT. */
  get head(): Sql {
    if (this.ctes.length === 0) return raw('');
    return sql`with ${join(
      this.ctes.map(({ name, body }) => sql`${identifier(name)} as (${body})`),
      ',\n',
    )}\n`;
  }

  get gate(): Sql {
    return this.options.gate;
  }

  get preview(): boolean {
    return this.options.preview ?? false;
  }

  get sources(): ReadMapping['sources'] {
    return this.options.mapping.sources;
  }

  table(name: string): Sql {
    return sql`${identifier(this.options.databaseSchema)}.${identifier(name)}`;
  }

  item({ table, rows }: TableSource, alias: string, from: Row | null): Sql {
    if (!rows) return sql`${this.table(table)} ${identifier(alias)}`;
    if (!from) throw new Error(`Rows of ${table} are made for a row that leads to them, and there is none at the root.`);
    return sql`lateral (${rows(from)}) ${identifier(alias)}`;
  }

  source(type: GraphQLCompositeType): TableSource {
    const source = this.options.mapping.sources.get(type.name) ?? this.options.mapping.abstractSources.get(type.name);
    if (!source) throw new Error(`${type.name} has no @From, so the compiler does not know its table.`);
    return source;
  }

  object(type: GraphQLObjectType, selectionSets: readonly SelectionSetNode[], frame: Frame): JsonText {
    return this.objectOf(type, this.specialization.collect(type, selectionSets), frame);
  }

  row(type: GraphQLCompositeType, selectionSets: readonly SelectionSetNode[], frame: Frame): JsonText {
    if (isObjectType(type)) return this.object(type, selectionSets, frame);
    const source = this.options.mapping.abstractSources.get(type.name);
    if (!source) throw new NotCompilable(`the abstract type ${type.name}`);
    const typeColumn = frame.row!.col(source.typeColumn);
    const branches = Object.entries(source.types).map(([value, name]) => {
      const possible = this.specialization.schema.getType(name);
      if (!isObjectType(possible)) throw new Error(`${type.name} names ${name}, which is no object type.`);
      const branch = new Frame(frame.row, frame.path);
      const text = this.object(possible, selectionSets, branch);
      frame.absorb(branch, sql`${typeColumn} = ${literal(value)}`);
      return sql`when ${literal(value)} then ${(this.options.lenient ? sayingType(possible, text) : text).toSql()}`;
    });
    return jsonText(sql`case ${typeColumn} ${join(branches, ' ')} end`);
  }

  objectOf(type: GraphQLObjectType, fields: ReadonlyMap<string, readonly FieldNode[]>, frame: Frame): JsonText {
    const text = jsonText('{');
    let separator = '';
    for (const [key, nodes] of fields) {
      text.add(`${separator}"${key}":`, this.field(type, nodes, frame));
      separator = ',';
    }
    return text.add('}');
  }

  private field(parent: GraphQLObjectType, nodes: readonly FieldNode[], frame: Frame): JsonText {
    const name = nodes[0]!.name.value;
    if (name === '__typename') return jsonText(`"${parent.name}"`);
    const field = parent.getFields()[name];
    const read = this.options.mapping.fields.get(`${parent.name}.${name}`);
    if (!field || !read) throw new NotCompilable(`${parent.name}.${name}`);
    const refusal = this.options.mapping.refusals.get(`${parent.name}.${name}`);
    const at = { parent, field, nodes, frame };
    return refusal ? this.refusable(refusal, read, at) : this.read(read, at);
  }

  /** The value, or null and an entry among the errors. The value's own text is not even made then. */
  private refusable(refusal: FieldRefusal, read: FieldRead, at: FieldToRead): JsonText {
    const row = rowOf(at);
    const refused = sql`${refusal.when(row)} is not false`;
    this.refuse(at, refusal, refused, refusal.extensions?.(row) ?? literal('{}'));
    const value = new Frame(row, at.frame.path);
    const text = this.read(read, { ...at, frame: value });
    at.frame.absorb(value, sql`not (${refused})`);
    return jsonText(sql`case when ${refused} then 'null' else ${text.toSql()} end`);
  }

  refuse(at: FieldToRead, refusal: FieldRefusal, when: Sql, extensions: Sql): void {
    const place = this.refusals.push({ path: [...at.frame.path, responseKey(at.nodes)], coordinate: headCoordinate(at.parent.name, at.field), refusal }) - 1;
    at.frame.refuse(sql`(case when ${when} then '{"refusal":${raw(String(place))},"extensions":' || ${extensions} || '}' end)`);
  }

  private read(read: FieldRead, at: FieldToRead): JsonText {
    switch (read.kind) {
      case 'column':
        return leafText(at.field.type, rowOf(at).col(read.column));
      case 'computed':
        return leafText(at.field.type, read.expression(this.reaching(at.frame, at)));
      case 'one':
        return this.one(read, at, compositeTypeOf(at.field), isNonNullType(at.field.type) && !this.options.lenient);
      case 'many':
        return this.many(read, at);
      case 'page':
        return compilePage(this, read, at);
      case 'disclosed':
        return compileDisclosed(this, read.disclosure, at);
      case 'embedded':
        return compileEmbedded(this, read, at);
      case 'inline':
        return this.inline(at);
      case 'value':
        return this.value(read.name, at);
      case 'node':
        return compileNode(this, read.id, at);
      case 'nodes':
        return compileNodes(this, read.ids, at);
    }
  }

  private inline(at: FieldToRead): JsonText {
    const inner = new Frame(at.frame.row, [...at.frame.path, responseKey(at.nodes)]);
    const text = this.object(objectTypeOf(at.field), subselections(at.nodes), inner);
    at.frame.count(raw('1'));
    at.frame.absorb(inner, null);
    return text;
  }

  /** The clauses that confine a table's row to the caller. */
  private scope(row: Row, scope: Scope | TableSource['scope']): Sql[] {
    return Object.entries(scopeOf(scope)).map(([column, name]) => columnEquals(row, column, given(name)));
  }

  /** The frame's row, from which others are reached by joins. */
  private reaching(frame: Frame, at: FieldToRead): FieldRow {
    const from = rowOf({ ...at, frame });
    const of = (other: Through): Row => {
      let row = frame.reached.get(other);
      if (!row) {
        const alias = this.alias('r');
        row = rowNamed(alias);
        frame.reached.set(other, row);
        frame.join(sql`left join ${this.table(other.table)} ${identifier(alias)} on ${all([...this.scope(row, other.scope), ...this.matches(row, other.on, from, at)])}`);
      }
      return row;
    };
    return { col: name => from.col(name), of };
  }

  /** The clauses that tie a row to the field it is read for. */
  private matches(row: Row, on: Relation['on'], from: Row | null, at: FieldToRead): Sql[] {
    return Object.entries(on).map(([column, match]) => columnEquals(row, column, this.match(match, from, at)));
  }

  private match(match: Match, from: Row | null, at: FieldToRead): Sql | Param {
    if (typeof match === 'string') {
      if (!from) throw new Error(`${at.parent.name}.${at.field.name} is read from no row, so it cannot match its column ${match}.`);
      return from.col(match);
    }
    return 'argument' in match ? this.argument(match.argument, at) : match;
  }

  /** An argument as it can be compared; an id that is malformed is NULL, which equals nothing. */
  private argument(name: string, { field, nodes }: FieldToRead): Param {
    const { type } = field.args.find(each => each.name === name)!;
    return { type: WHOLE_NUMBERS.has(getNamedType(type).name) ? 'bigint' : 'text', value: request => inputValue(type, request.arguments(field, nodes[0]!)[name]) };
  }

  relation(relation: Relation, source: TableSource, row: Row, at: FieldToRead): JoinedRelation {
    let from = at.frame.row;
    let between: JoinedRelation['between'] = null;
    if (relation.through) {
      const { table, scope, on } = relation.through;
      const alias = this.alias('b');
      const betweenRow = rowNamed(alias);
      between = { item: sql`${this.table(table)} ${identifier(alias)}`, on: all([...this.scope(betweenRow, scope), ...this.matches(betweenRow, on, from, at)]) };
      from = betweenRow;
    }
    const on = all([...this.scope(row, source.scope), ...this.matches(row, relation.on, from, at), ...(relation.where ? [relation.where(row, at.frame.row)] : [])]);
    return { between, on };
  }

  one(relation: Relation, at: FieldToRead, type: GraphQLCompositeType, promised: boolean): JsonText {
    const source = this.source(type);
    const alias = this.alias('o');
    const row = rowNamed(alias);
    const { between, on } = this.relation(relation, source, row, at);
    if (between) at.frame.join(sql`left join ${between.item} on ${between.on}`);
    at.frame.join(sql`left join ${this.item(source, alias, at.frame.row)} on ${on}`);
    // A scope column equals something in every joined row, so it is NULL exactly where no row joined.
    const present = sql`${row.col(Object.keys(source.scope)[0]!)} is not null`;
    const inner = new Frame(row, [...at.frame.path, responseKey(at.nodes)]);
    const text = this.row(type, subselections(at.nodes), inner);
    at.frame.join(inner.joined);
    if (inner.refused) at.frame.refuse(sql`(case when ${present} then ${inner.refused} end)`);
    at.frame.count(sql`(case when ${present} then 1${inner.counted ? sql` + ${inner.counted}` : raw('')} else ${raw(String(promised ? MISSING_OBJECT : 0))} end)`);
    const whole = sql`case when ${present} then ${this.typed(type, at, text).toSql()} end`;
    return promised ? jsonText(sql`(${whole})`) : orNull(jsonText(whole));
  }

  /** The object's text, which for graphql-js says its type where the field's type is abstract. */
  private typed(type: GraphQLCompositeType, at: FieldToRead, text: JsonText): JsonText {
    return this.options.lenient && isObjectType(type) && isAbstractType(getNamedType(at.field.type)) ? sayingType(type, text) : text;
  }

  private many(read: FieldRead & { kind: 'many' }, at: FieldToRead): JsonText {
    const type = compositeTypeOf(at.field);
    const source = this.source(type);
    const alias = this.alias('m');
    const row = rowNamed(alias);
    const { between, on } = this.relation(read, source, row, at);
    const inner = new Frame(row, [...at.frame.path, responseKey(at.nodes)]);
    const order = join(
      read.order.map(key => (typeof key === 'function' ? key(this.reaching(inner, at)) : orderOf([key], row, false))),
      ', ',
    );
    if (read.limit !== undefined && inner.reached.size > 0)
      throw new Error(`${at.parent.name}.${at.field.name} is cut off where the rows that it is ordered by are not joined yet.`);
    const text = this.row(type, subselections(at.nodes), inner);
    const list = this.alias('l');
    const table = this.item(source, alias, at.frame.row);
    const rows = between ? sql`${between.item} join ${table} on ${on}` : table;
    const belongs = between ? between.on : on;
    const from =
      read.limit === undefined
        ? sql`${rows}${inner.joined}\nwhere ${belongs}`
        : sql`(select ${identifier(alias)}.* from ${rows} where ${belongs} order by ${order} limit ${limitOf(read.limit, at)}) ${identifier(alias)}${inner.joined}`;
    at.frame.join(sql`left join lateral (
select '[' || coalesce(string_agg(${text.toSql()}, ',' order by ${order}), '') || ']' as j, ${countRows(inner)} as n${refusedRows(inner)}
from ${from}) ${identifier(list)} on true`);
    at.frame.count(sql`${identifier(list)}.n`);
    if (inner.refused) at.frame.refuse(sql`${identifier(list)}.e`);
    return jsonText(sql`${identifier(list)}.j`);
  }

  private value(name: string, at: FieldToRead): JsonText {
    // What is found by more than a statement is found by a resolver, which then reads it from here.
    if (!name.startsWith(ANSWERED) && !(name in this.specialization.request.given)) throw new NotCompilable(`the value ${name}, which nobody has found yet`);
    const write = valueWriter(this.specialization, at.field.type, subselections(at.nodes));
    if (!isLeafType(getNamedType(at.field.type))) at.frame.count(sql`${{ type: 'integer', given: name, value: request => write(request.givenOf(name)).objects }}`);
    return jsonText(sql`${{ type: 'text', given: name, value: request => storable(write(request.givenOf(name)).text) }}`);
  }
}

/** Adds `__typename` to an object's text. */
const sayingType = (type: GraphQLObjectType, text: JsonText): JsonText =>
  text.constant === '{}' ? jsonText(`{"__typename":"${type.name}"}`) : jsonText(`{"__typename":"${type.name}",`, sql`substr(${text.toSql()}, 2)`);
