/**
 * Connections: pages of a list by keyset. The page is a sub-select of its own, numbered by its
 * order; what follows it is known by looking one row ahead, so no row beyond the page is joined or
 * counted. Cursors carry the sort values themselves, so a page begins where the last one ended
 * even when rows came or went in between.
 */
import { getNamedType, isInputObjectType, isObjectType, type FieldNode, type GraphQLInputType, type GraphQLObjectType } from 'graphql';
import { bindingOf, cursorText, cursorValues } from './cursor.ts';
import { all, objectTypeOf, type Compilation, type FieldToRead } from './field.ts';
import { Frame, countRows } from './frame.ts';
import { jsonText, orNull, type JsonText } from './json-text.ts';
import { rowNamed, type Filters, type Order, type PageOptions, type Row } from './mapping.ts';
import { inputValue } from './parameters.ts';
import { NotCompilable, badInput } from './refusal.ts';
import type { ReadRequest } from './request.ts';
import { subselections } from './selection.ts';
import { identifier, join, raw, sql, type Param, type Sql } from './sql.ts';

export const MAX_PAGE_SIZE = 100;

/** Columns that the page adds to its rows: a row's number in it, and whether another row follows. */
const PAGE_COLUMNS = new Set(['page_row', 'page_goes_on']);

/** What is asked of one page. */
interface Asked {
  readonly size: Param;
  readonly binding: Param;
  readonly order: readonly Order[];
  /** The sort values to begin after; null at the front. */
  readonly after: readonly Param[] | null;
  readonly filters: readonly ((row: Row) => Sql)[];
}

export function compilePage(compiler: Compilation, options: PageOptions, at: FieldToRead): JsonText {
  const connection = objectTypeOf(at.field);
  const nodeType = getNamedType(connection.getFields()['nodes']?.type);
  if (!isObjectType(nodeType)) throw new NotCompilable(`${connection.name} over an abstract type`);
  const source = compiler.source(nodeType);
  const asked = whatIsAsked(compiler, options, at);

  const tableAlias = compiler.alias('t');
  const table = rowNamed(tableAlias);
  const pageAlias = compiler.alias('p');
  const columns = new Set<string>();
  const row = rowNamed(pageAlias, column => PAGE_COLUMNS.has(column) || columns.add(column));
  const { between, on } = compiler.relation(options, source, table, at);

  const page = new Frame(row);
  const text = connectionText(compiler, connection, nodeType, asked, page, at);
  // The columns are known only now that the text has named them.
  const order = join(
    asked.order.map(key => sql`${sortKey(key, table)} ${raw(directionOf(key))}`),
    ', ',
  );
  const conditions = [...(between ? [between.on] : []), on, ...asked.filters.map(filter => filter(table)), ...(asked.after ? [isBeyond(asked.order, asked.after, table)] : [])];
  const list = compiler.alias('l');
  at.frame.join(sql`left join lateral (
select ${text.toSql()} as j, ${countRows(page)} as n
from (select ${join(
    [...columns].map(column => sql`${table.col(column)}, `),
    '',
  )}row_number() over by_order as page_row, lead(1) over by_order is not null as page_goes_on
from ${between ? sql`${between.item}, ` : raw('')}${compiler.table(source.table)} ${identifier(tableAlias)}
where ${all(conditions)}
window by_order as (order by ${order})
order by ${order}
limit ${asked.size}) ${identifier(pageAlias)}${page.joined}) ${identifier(list)} on true`);
  at.frame.count(sql`(1 + ${identifier(list)}.n)`);
  return jsonText(sql`${identifier(list)}.j`);
}

function whatIsAsked(compiler: Compilation, options: PageOptions, { parent, field, nodes }: FieldToRead): Asked {
  const { specialization } = compiler;
  const node = nodes[0]!;
  const argumentsOf = (request: ReadRequest): Readonly<Record<string, unknown>> => request.arguments(field, node);
  const sort = options.sort ? specialization.decide(request => (argumentsOf(request)['sort'] as string | undefined) ?? '') : '';
  const order = options.sort?.[sort] ?? options.order;
  // All that decides which rows come and in which order; not how many, nor from where.
  const binding = (request: ReadRequest): string => {
    const { first: _first, after: _after, ...rest } = argumentsOf(request);
    return bindingOf(parent.name, field.name, rest);
  };
  const after = specialization.decide(request => argumentsOf(request)['after'] != null);
  return {
    size: { type: 'bigint', value: request => pageSize((argumentsOf(request)['first'] as number | null | undefined) ?? options.defaultFirst, field.name, node) },
    binding: { type: 'text', value: binding },
    order,
    after: after ? order.map(({ type }, i) => ({ type, value: request => cursorValues(argumentsOf(request)['after'] as string, binding(request), order)[i] })) : null,
    filters: [
      ...presentFilters(
        compiler,
        options.filter ?? {},
        request => (argumentsOf(request)['filter'] ?? {}) as Record<string, unknown>,
        inputTypes(field.args.find(({ name }) => name === 'filter')?.type),
      ),
      ...presentFilters(compiler, options.narrow ?? {}, argumentsOf, new Map(field.args.map(({ name, type }) => [name, type]))),
    ],
  };
}

function pageSize(first: number | null | undefined, list: string, node: FieldNode): number {
  if (first == null) throw badInput(`\`${list}\` can be long: say how many items to return, \`first\`: 1 to ${MAX_PAGE_SIZE}.`, node);
  if (first < 1 || first > MAX_PAGE_SIZE) {
    throw badInput(`\`first\` is ${first}; it must be 1 to ${MAX_PAGE_SIZE}. For more, go on with \`after\`: the page's \`endCursor\`.`, node);
  }
  return first;
}

const inputTypes = (type: GraphQLInputType | undefined): ReadonlyMap<string, GraphQLInputType> => {
  const named = getNamedType(type);
  return new Map(isInputObjectType(named) ? Object.values(named.getFields()).map(field => [field.name, field.type]) : []);
};

/** The predicates of the inputs that are given; one that is absent or null does not narrow. */
function presentFilters(
  compiler: Compilation,
  filters: Filters,
  inputsOf: (request: ReadRequest) => Readonly<Record<string, unknown>>,
  types: ReadonlyMap<string, GraphQLInputType>,
): ((row: Row) => Sql)[] {
  return Object.entries(filters)
    .filter(([name]) => compiler.specialization.decide(request => inputsOf(request)[name] != null))
    .map(([name, { type, predicate }]) => {
      const value: Param = { type, value: request => inputValue(types.get(name)!, inputsOf(request)[name]) };
      return row => predicate(row, value);
    });
}

/** A sort key as it is ordered by: text by code point, the same on every server. */
const sortKey = ({ column, type }: Order, row: Row): Sql => (type === 'text' ? sql`${row.col(column)} collate "C"` : row.col(column));

/** NULLs come last either way; unsaid where there are none, because an index on `desc` says nothing of them. */
const directionOf = ({ direction, nullable }: Order): string => (nullable ? `${direction} nulls last` : direction);

/** Whether a row comes after the one whose sort values are given; NULLs come last either way. */
function isBeyond(order: readonly Order[], values: readonly Param[], row: Row): Sql {
  const beyondFrom = (i: number): Sql => {
    const { direction, nullable } = order[i]!;
    const key = sortKey(order[i]!, row);
    const value = values[i]!;
    const further = sql`${key} ${raw(direction === 'asc' ? '>' : '<')} ${value}`;
    const beyond = nullable ? sql`(${further} or (${key} is null and ${value} is not null))` : further;
    if (i === order.length - 1) return beyond;
    const same = nullable ? sql`${key} is not distinct from ${value}` : sql`${key} = ${value}`;
    return sql`(${beyond} or (${same} and ${beyondFrom(i + 1)}))`;
  };
  const [first] = order;
  if (order.length === 1 || !first || first.nullable) return beyondFrom(0);
  // The bound on the first key alone is implied, and is what an index can begin at.
  return sql`${sortKey(first, row)} ${raw(first.direction === 'asc' ? '>=' : '<=')} ${values[0]!} and ${beyondFrom(0)}`;
}

/** The connection object's text, aggregated over the page's rows. */
function connectionText(compiler: Compilation, connection: GraphQLObjectType, nodeType: GraphQLObjectType, asked: Asked, page: Frame, at: FieldToRead): JsonText {
  const row = page.row!;
  const inOrder = (text: JsonText): Sql => sql`coalesce(string_agg(${text.toSql()}, ',' order by ${row.col('page_row')}), '')`;
  return eachField(compiler, connection, at.nodes, (name, nodes) => {
    switch (name) {
      case 'nodes':
        return jsonText('[', inOrder(compiler.object(nodeType, subselections(nodes), page)), ']');
      case 'edges':
        return jsonText('[', inOrder(edgeText(compiler, connection, nodeType, asked, page, nodes)), ']');
      case 'pageInfo':
        return pageInfoText(compiler, connection, asked, row, nodes);
      default:
        throw new NotCompilable(`${connection.name}.${name}`);
    }
  });
}

function edgeText(compiler: Compilation, connection: GraphQLObjectType, nodeType: GraphQLObjectType, asked: Asked, page: Frame, nodes: readonly FieldNode[]): JsonText {
  const edge = objectTypeOf(connection.getFields()['edges']!);
  return eachField(compiler, edge, nodes, (name, inner) => {
    if (name === 'node') return compiler.object(nodeType, subselections(inner), page);
    if (name === 'cursor') return jsonText('"', cursorText(asked.binding, asked.order, page.row!), '"');
    throw new NotCompilable(`${edge.name}.${name}`);
  });
}

function pageInfoText(compiler: Compilation, connection: GraphQLObjectType, asked: Asked, row: Row, nodes: readonly FieldNode[]): JsonText {
  const pageInfo = objectTypeOf(connection.getFields()['pageInfo']!);
  const cursorAt = (end: 'asc' | 'desc'): JsonText =>
    orNull(jsonText(sql`'"' || (array_agg(${cursorText(asked.binding, asked.order, row)} order by ${row.col('page_row')} ${raw(end)}))[1] || '"'`));
  return eachField(compiler, pageInfo, nodes, name => {
    switch (name) {
      case 'hasNextPage':
        // Every row but the last has one after it, so they all have exactly if the last has.
        return jsonText(sql`coalesce(bool_and(${row.col('page_goes_on')}), false)::text`);
      case 'hasPreviousPage':
        return jsonText(asked.after ? 'true' : 'false');
      case 'startCursor':
        return cursorAt('asc');
      case 'endCursor':
        return cursorAt('desc');
      default:
        throw new NotCompilable(`${pageInfo.name}.${name}`);
    }
  });
}

/** The text of an object whose fields are made here rather than mapped. */
function eachField(compiler: Compilation, type: GraphQLObjectType, nodes: readonly FieldNode[], textOf: (name: string, nodes: readonly FieldNode[]) => JsonText): JsonText {
  const text = jsonText('{');
  let separator = '';
  for (const [key, merged] of compiler.specialization.collect(type, subselections(nodes))) {
    const name = merged[0]!.name.value;
    text.add(`${separator}"${key}":`, name === '__typename' ? `"${type.name}"` : textOf(name, merged));
    separator = ',';
  }
  return text.add('}');
}
