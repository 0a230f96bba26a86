/**
 * The reference: answers a query through graphql-js, each field by a statement of its own from the
 * same mappings that the compiler reads. It is slow on purpose, and owes the compiler nothing: lists
 * are fetched whole and sorted, cut and paged here, and leaves get their form here. What it says the
 * gateway has to say. Its cursors are its own; `Cursors` remembers what a gateway's means.
 */
import {
  GraphQLError,
  TypeInfo,
  defaultFieldResolver,
  execute,
  getArgumentValues,
  getNamedType,
  getOperationAST,
  getVariableValues,
  isInterfaceType,
  isObjectType,
  parse,
  visit,
  visitWithTypeInfo,
  type ASTVisitor,
  type ExecutionResult,
  type GraphQLField,
  type GraphQLFieldResolver,
  type GraphQLResolveInfo,
  type GraphQLSchema,
} from 'graphql';
import pg from 'pg';
import { buildVersionsOf } from '../../src/app.ts';
import { ReadRequest, headFormOf, raw, render, sql, type FieldRow, type GivenValues, type ReadMapping, type Row, type Sql } from '../../src/reads/index.ts';
import type { FieldRead, Order, Relation, Scope, TableSource } from '../../src/reads/mapping.ts';
import type { Room } from '../../src/room.ts';
import type { VersionSchema } from '../../src/versions/index.ts';
import { ID, badInput, isNoText, limitAsked, whatIsAsked, type Arguments, type Condition, type PageArguments } from './asked.ts';
import { comparison, leafOf, type Cell } from './cells.ts';
import { ROW, and, foundRow, matching, sameText } from './conditions.ts';
import type { Cursors } from './cursors.ts';
import { placeIn, placeOf, sorted, type Found } from './found.ts';

/** Whose eyes the reference reads with. */
export interface Reader {
  /** What the road knows of each of the partner's requests, by the names that mappings use. */
  readonly given: GivenValues;
  readonly cursors: Cursors;
  /** The version of the API that is asked. */
  readonly version: string;
}

export interface ReferenceAnswer {
  readonly data: unknown;
  readonly errors: readonly { readonly code: string; readonly path: readonly (string | number)[] }[];
}

/** An object without a table, whose fields are expressions over the row that it is made from. */
class Made {
  readonly row: Found;
  readonly fields: Readonly<Record<string, (row: Row) => Sql>>;
  constructor(row: Found, fields: Readonly<Record<string, (row: Row) => Sql>>) {
    this.row = row;
    this.fields = fields;
  }
}

/** What a field that is read from this very row, or at the root from none, hands on. */
class Inlined {
  readonly row: Found | null;
  constructor(row: Found | null) {
    this.row = row;
  }
}

interface Selected {
  readonly rows: readonly Readonly<Record<string, Cell>>[];
  /** PostgreSQL's types of the columns, by name. */
  readonly types: ReadonlyMap<string, number>;
}

const MAX_NODES = 100;
const TEXT_ARRAY = 1009;

/** Every value as the text that PostgreSQL sends, but for lists of texts. */
const AS_TEXT = { getTypeParser: (oid: number) => (oid === TEXT_ARRAY ? (pg.types.getTypeParser(oid as never) as (text: string) => unknown) : (text: string) => text) };

/** Starts a reference over every version of the rooms' schema, on connections of its own as the service role. */
export async function startReference(rooms: readonly Room[], serviceUrl: string): Promise<Reference> {
  const versions = await buildVersionsOf(rooms);
  for (const { schema } of versions.values()) withoutResolvers(schema);
  return new Reference(versions, new pg.Pool({ connectionString: serviceUrl, max: 2 }));
}

function withoutResolvers(schema: GraphQLSchema): void {
  for (const type of Object.values(schema.getTypeMap())) {
    if (isInterfaceType(type)) type.resolveType = undefined;
    if (!isObjectType(type) || type.name.startsWith('__')) continue;
    type.isTypeOf = undefined;
    for (const field of Object.values(type.getFields())) delete field.resolve;
  }
}

export class Reference {
  private readonly versions: ReadonlyMap<string, VersionSchema>;
  private readonly pool: pg.Pool;
  /** Statements answered, by whose rows they see: these stand still, so asking again would only take time. */
  private readonly answered = new Map<string, Map<string, Promise<Selected>>>();

  constructor(versions: ReadonlyMap<string, VersionSchema>, pool: pg.Pool) {
    this.versions = versions;
    this.pool = pool;
  }

  schemaOf({ version }: Reader): GraphQLSchema {
    return this.versions.get(version)!.schema;
  }

  close(): Promise<void> {
    return this.pool.end();
  }

  /** Whether some field of the document has arguments that cannot be meant, read or not. */
  holdsBadInput(reader: Reader, query: string, variables: Readonly<Record<string, unknown>>): boolean {
    const document = parse(query);
    const { schema, mapping } = this.versions.get(reader.version)!;
    const { coerced = {} } = getVariableValues(schema, getOperationAST(document)!.variableDefinitions ?? [], variables);
    const typeInfo = new TypeInfo(schema);
    let bad = false;
    const visitor: ASTVisitor = {
      Field: node => {
        const [parent, field] = [typeInfo.getParentType(), typeInfo.getFieldDef()];
        const read = field && mapping.fields.get(`${parent!.name}.${field.name}`);
        try {
          const args = field ? inHeadForm(field, getArgumentValues(field, node, coerced)) : {};
          if (read?.kind === 'page') whatIsAsked(read, parent!.name, field!, args, reader.cursors);
          if (read?.kind === 'many') limitAsked(read.limit, args);
          if (read && 'on' in read) bad ||= Object.values(read.on).some(key => typeof key === 'object' && 'argument' in key && isNoText(args[key.argument]));
          bad ||= read?.kind === 'nodes' && (args[read.ids] as string[]).length > MAX_NODES;
        } catch (error) {
          if (!(error instanceof GraphQLError)) throw error;
          bad = true;
        }
      },
    };
    visit(document, visitWithTypeInfo(typeInfo, visitor));
    return bad;
  }

  async answer(reader: Reader, query: string, variables: Readonly<Record<string, unknown>>): Promise<ReferenceAnswer> {
    const client = await this.pool.connect();
    let broken = true;
    try {
      await client.query('begin isolation level repeatable read read only');
      await client.query("select set_config('portico.environment_id', $1, true), set_config('portico.partner_id', $2, true), set_config('TimeZone', 'UTC', true)", [
        reader.given['environment_id'],
        reader.given['partner_id'],
      ]);
      const { schema, mapping } = this.versions.get(reader.version)!;
      const whose = `${String(reader.given['environment_id'])} ${String(reader.given['partner_id'])}`;
      let memory = this.answered.get(whose);
      if (!memory) this.answered.set(whose, (memory = new Map()));
      const answering = new Answering(mapping, reader, client, memory);
      const result = await execute({
        schema,
        document: parse(query),
        variableValues: variables,
        fieldResolver: answering.resolve,
        typeResolver: value => (value as Found).type,
      });
      // A null that went up leaves fields behind that nobody waits for.
      await answering.settled();
      await client.query('commit');
      broken = false;
      return { data: result.data, errors: errorsOf(result) };
    } finally {
      client.release(broken);
    }
  }
}

function errorsOf({ errors = [] }: ExecutionResult): ReferenceAnswer['errors'] {
  return errors.map(error => {
    const { originalError } = error;
    if (originalError && !(originalError instanceof GraphQLError)) throw originalError;
    // graphql-js's own errors are about arguments and variables, but for a null where none may be.
    const code = (error.extensions['code'] as string | undefined) ?? (error.message.startsWith('Cannot return null') ? 'INTERNAL' : 'BAD_USER_INPUT');
    return { code, path: error.path ?? [] };
  });
}

/** One answer under way. */
class Answering {
  private readonly mapping: ReadMapping;
  private readonly reader: Reader;
  private readonly client: pg.PoolClient;
  private readonly memory: Map<string, Promise<Selected>>;
  private last: Promise<unknown> = Promise.resolve();
  private isOver = false;

  constructor(mapping: ReadMapping, reader: Reader, client: pg.PoolClient, memory: Map<string, Promise<Selected>>) {
    this.mapping = mapping;
    this.reader = reader;
    this.client = client;
    this.memory = memory;
  }

  /** Ends when no statement is under way; none begins after. */
  async settled(): Promise<void> {
    for (let waited: unknown = null; waited !== this.last;) await (waited = this.last);
    this.isOver = true;
  }

  readonly resolve: GraphQLFieldResolver<unknown, unknown> = (source, sent, context, info) => {
    const args = inHeadForm(info.parentType.getFields()[info.fieldName]!, sent as Arguments);
    if (source instanceof Made) return this.leaf(source.row, source.fields[info.fieldName]!, info);
    const read = this.mapping.fields.get(`${info.parentType.name}.${info.fieldName}`);
    if (read?.kind === 'disclosed') throw new Error('No operation here asks for people.');
    return read ? this.read(read, source instanceof Inlined ? source.row : ((source as Found | undefined) ?? null), args, info) : defaultFieldResolver(source, args, context, info);
  };

  private async read(read: Exclude<FieldRead, { kind: 'disclosed' }>, row: Found | null, args: Arguments, info: GraphQLResolveInfo): Promise<unknown> {
    switch (read.kind) {
      case 'column':
        return leafOf(info, row!.cells[read.column]!);
      case 'computed':
        return this.leaf(row!, read.expression, info);
      case 'one':
        return (await this.rows(read, nodeTypeOf(info), row, args)).found[0] ?? null;
      case 'many':
        return this.many(read, row, args, info);
      case 'page':
        return this.page(read, row, args, info);
      case 'embedded':
        return read.present && (await this.value(row!, read.present)) !== 't' ? null : new Made(row!, read.fields);
      case 'inline':
        return new Inlined(row);
      case 'value':
        return this.reader.given[read.name];
      case 'node':
        return this.node(args[read.id] as string);
      case 'nodes': {
        const ids = args[read.ids] as string[];
        if (ids.length > MAX_NODES) throw badInput('too many ids');
        return Promise.all(ids.map(id => this.node(id)));
      }
    }
  }

  private async node(id: string): Promise<Found | null> {
    const prefix = ID.exec(id)?.[1];
    const [type] = [...this.mapping.sources].find(([, { idPrefix }]) => idPrefix !== null && idPrefix === prefix) ?? [];
    return type === undefined ? null : ((await this.rows({ on: { id: { argument: 'id' } } }, type, null, { id })).found[0] ?? null);
  }

  private async many(read: FieldRead & { kind: 'many' }, row: Found | null, args: Arguments, info: GraphQLResolveInfo): Promise<readonly Found[]> {
    const expressions = read.order.filter(key => typeof key === 'function');
    const { found, types } = await this.rows(read, nodeTypeOf(info), row, args, { expressions });
    const keys = read.order.map(key => (typeof key === 'function' ? { column: expressionName(expressions.indexOf(key)), direction: 'asc' as const } : key));
    return sorted(found, keys, types).slice(0, limitAsked(read.limit, args));
  }

  private async page(read: FieldRead & { kind: 'page' }, row: Found | null, args: Arguments, info: GraphQLResolveInfo): Promise<unknown> {
    const { after, before, last } = args as PageArguments;
    const { coordinate, size, list, rest, from, to, conditions } = whatIsAsked(read, info.parentType.name, info.parentType.getFields()[info.fieldName]!, args, this.reader.cursors);
    const order: readonly Order[] = read.sort?.[String(args['sort'])] ?? read.order;
    const { found, types } = await this.rows(read, connectedTypeOf(info), row, args);
    const passes = await this.filtered(read, conditions, row, args, info);
    const all = sorted(found.filter(passes), order, types);
    const compare = comparison(order, types);
    const between = all.filter(({ cells }) => (!from || compare(cells, from.cells) > 0) && (!to || compare(cells, to.cells) < 0));
    const nodes = last == null ? between.slice(0, size) : between.slice(-size);
    const goesOn = between.length > nodes.length;
    const cursorOf = (item: Found): string => this.reader.cursors.giveOut({ list, coordinate, args: rest, row: `${item.table} ${item.ctid}`, cells: item.cells });
    return {
      nodes,
      edges: nodes.map(node => ({ node, cursor: cursorOf(node) })),
      // On the side that paging goes towards it is known; on the other, a cursor says that there is something.
      pageInfo: {
        hasNextPage: last == null ? goesOn : before != null,
        hasPreviousPage: last == null ? after != null : goesOn,
        startCursor: nodes.length > 0 ? cursorOf(nodes[0]!) : null,
        endCursor: nodes.length > 0 ? cursorOf(nodes.at(-1)!) : null,
      },
      totalCount: all.length,
    };
  }

  /** Whether a row meets all conditions. Each is asked by itself; and, or and not are reckoned here. */
  private async filtered(
    read: FieldRead & { kind: 'page' },
    conditions: readonly Condition[],
    row: Found | null,
    args: Arguments,
    info: GraphQLResolveInfo,
  ): Promise<(item: Found) => boolean> {
    const tests = await Promise.all(
      conditions.map(async condition => {
        if (!('operator' in condition)) {
          const { found } = await this.rows(read, connectedTypeOf(info), row, args, { where: [condition.predicate] });
          const met = new Set(found.map(({ ctid }) => ctid));
          return (item: Found) => met.has(item.ctid);
        }
        const parts = await Promise.all(condition.parts.map(part => this.filtered(read, part, row, args, info)));
        if (condition.operator === 'or') return (item: Found) => parts.some(part => part(item));
        return (item: Found) => parts.every(part => part(item)) === (condition.operator === 'and');
      }),
    );
    return item => tests.every(test => test(item));
  }

  private async leaf(row: Found, expression: (row: FieldRow) => Sql, info: GraphQLResolveInfo): Promise<unknown> {
    return leafOf(info, await this.value(row, expression));
  }

  /** An expression's value over one row. */
  private async value(row: Found, expression: (row: FieldRow) => Sql): Promise<Cell> {
    const { rows } = await this.select(sql`select ${expression(ROW)} as value from portico.${raw(row.table)} t where ${placeIn(row.table)} = ${placeOf(row)}`);
    return rows[0]!['value']!;
  }

  /** The rows of a relation, in no order. What is between is fetched first, then what belongs to each row of it. */
  private async rows(
    relation: Relation,
    type: string,
    from: Found | null,
    args: Arguments,
    { where = [], expressions = [] }: { where?: readonly ((row: Row) => Sql)[]; expressions?: readonly ((row: FieldRow) => Sql)[] } = {},
  ): Promise<{ found: Found[]; types: ReadonlyMap<string, number> }> {
    const source = this.mapping.sources.get(type)!;
    const { through } = relation;
    const origins = through
      ? (await this.select(sql`select t.* from portico.${raw(through.table)} t where ${and([...this.scoped(through.scope), ...matching(through.on, from?.cells, args)])}`)).rows
      : [from?.cells];
    const found: Found[] = [];
    let types: ReadonlyMap<string, number> = new Map();
    for (const origin of origins) {
      const conditions = [
        ...this.scoped(source.scope),
        ...matching(relation.on, origin, args),
        ...(relation.where ? [relation.where(ROW, from && foundRow(from.cells))] : []),
        ...where.map(condition => condition(ROW)),
      ];
      const selected = await this.select(
        sql`select ${placeIn(source.table)} as ctid, t.*${and(
          expressions.map((expression, i) => sql`, ${expression(ROW)} as ${raw(expressionName(i))}`),
          '',
        )} from portico.${raw(source.table)} t where ${and(conditions)}`,
      );
      types = selected.types;
      found.push(...selected.rows.map(cells => ({ type, table: source.table, ctid: String(cells['ctid']), cells })));
    }
    return { found, types };
  }

  private scoped(scope: Scope | TableSource['scope']): Sql[] {
    const names = Array.isArray(scope) ? scope.map((column: string) => [column, column] as const) : Object.entries(scope as Readonly<Record<string, string>>);
    return names.map(([column, name]) => sameText(column, this.reader.given[name]));
  }

  private select(statement: Sql): Promise<Selected> {
    const rendered = render(statement);
    const request = new ReadRequest(this.reader.given, {});
    const values = rendered.params.map(param => param.value(request));
    const key = JSON.stringify([rendered.text, values]);
    let answer = this.memory.get(key);
    if (!answer) {
      // Outside its transaction a statement would see no row. Nobody waits for this one.
      if (this.isOver) return new Promise(() => undefined);
      // One at a time: the client runs no two statements at once.
      answer = this.last.then(async () => {
        const { rows, fields } = await this.client.query<Record<string, Cell>>({ text: rendered.text, values, types: AS_TEXT });
        return { rows, types: new Map(fields.map(({ name, dataTypeID }) => [name, dataTypeID])) };
      });
      this.last = answer.catch(() => undefined);
      this.memory.set(key, answer);
    }
    return answer;
  }
}

/** What an older version's arguments are to head's mappings. */
const inHeadForm = (field: GraphQLField<unknown, unknown>, sent: Arguments): Arguments => headFormOf(field)?.toHead?.(sent) ?? sent;

const expressionName = (i: number): string => `expression_${i}`;

const nodeTypeOf = (info: GraphQLResolveInfo): string => getNamedType(info.returnType).name;

const connectedTypeOf = (info: GraphQLResolveInfo): string => {
  const connection = getNamedType(info.returnType);
  return isObjectType(connection) ? getNamedType(connection.getFields()['nodes']!.type).name : '';
};
