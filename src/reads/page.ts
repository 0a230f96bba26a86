/**
 * Connections: pages of a list by keyset. The page is a sub-select of its own, numbered by its
 * order; what follows it is known by looking one row ahead, so no row beyond the page is joined or
 * counted. Cursors carry the sort values themselves, so a page begins where the last one ended
 * even when rows came or went in between.
 */
import { getNamedType, isCompositeType, type FieldNode, type GraphQLCompositeType, type GraphQLObjectType } from 'graphql';
import { bindingOf, cursorText, cursorValues } from './cursor.ts';
import { disclosePage } from './disclosed.ts';
import { all, objectTypeOf, responseKey, type Compilation, type FieldToRead } from './field.ts';
import { filterPredicates, presentPredicates } from './filters.ts';
import { Frame, countRows, refusedRows } from './frame.ts';
import { headArguments, headCoordinate } from './head-form.ts';
import { jsonText, orNull, type JsonText } from './json-text.ts';
import { rowNamed, type LimitArgument, type Order, type PageOptions, type Row, type TableSource } from './mapping.ts';
import { NotCompilable, badInput } from './refusal.ts';
import type { ReadRequest } from './request.ts';
import { subselections } from './selection.ts';
import { identifier, join, raw, sql, type Param, type Sql, type SqlPart } from './sql.ts';

export const MAX_PAGE_SIZE = 100;

/** Columns that the page adds to its rows where they are used, since a window costs PostgreSQL a
    tenth of a statement: a row's number in the page, and whether another row follows. */
const PAGE_COLUMNS: ReadonlyMap<string, Sql> = new Map([
  ['page_row', raw('row_number() over by_order as page_row')],
  ['page_goes_on', raw('lead(1) over by_order is not null as page_goes_on')],
]);

/** Nothing, as an aggregate: of a page of which no row goes out the sub-select still makes one row. */
const NO_ROWS = raw('0 * count(*)');

/** What is asked of one page. */
interface Asked {
  readonly size: Param;
  readonly binding: Param;
  readonly order: readonly Order[];
  /** Whether the page is taken from the end of the list (`last`); its items keep the list's order. */
  readonly backward: boolean;
  /** The sort values between which the page lies; null where that end is open. */
  readonly after: readonly Param[] | null;
  readonly before: readonly Param[] | null;
  readonly filters: readonly ((row: Row) => Sql)[];
}

export function compilePage(compiler: Compilation, options: PageOptions, at: FieldToRead): JsonText {
  const connection = objectTypeOf(at.field);
  const nodeType = getNamedType(connection.getFields()['nodes']?.type);
  if (!isCompositeType(nodeType)) throw new Error(`${connection.name} is no connection: it has no \`nodes\` of objects.`);
  const source = compiler.source(nodeType);
  const asked = whatIsAsked(compiler, options, source, at);

  const tableAlias = compiler.alias('t');
  const used = new Set<string>();
  const table = rowNamed(tableAlias, column => used.add(column));
  const filters = asked.filters.map(filter => filter(table));
  const searched = new Set(used);
  const pageAlias = compiler.alias('p');
  const columns = new Set<string>();
  const row = rowNamed(pageAlias, column => columns.add(column));
  const { between, on } = compiler.relation(options, source, table, at);

  const page = new Frame(row, [...at.frame.path, responseKey(at.nodes)]);
  const belongs = [...(between ? [between.on] : []), on, ...filters];
  const tables = (item: Sql): Sql => sql`${between ? sql`${between.item}, ` : raw('')}${item}`;
  const total = (): Sql => sql`(select count(*) from ${tables(compiler.item(source, tableAlias, at.frame.row))} where ${all(belongs)})`;
  const returned = { rows: false };
  const before = compiler.refusals.length;
  const text = connectionText(compiler, connection, nodeType, asked, page, total, at, returned);
  const conditions = [
    ...belongs,
    ...(asked.after ? [lies('after', asked.order, asked.after, table)] : []),
    ...(asked.before ? [lies('before', asked.order, asked.before, table)] : []),
  ];
  const order = orderOf(asked.order, table, asked.backward);
  // The columns are known only now that the text has named them.
  const rowsOf = (item: Sql, also: readonly Sql[] = []): Sql => sql`
select ${join(
    [...columns].map(column => PAGE_COLUMNS.get(column) ?? table.col(column)),
    ', ',
  )}
from ${tables(item)}
where ${all([...conditions, ...also])}
window by_order as (order by ${order})
order by ${order}
limit ${asked.size}`;
  const answer = sql`select ${text.toSql()} as j, ${returned.rows ? countRows(page) : NO_ROWS} as n${refusedRows(page)}`;
  const list = compiler.alias('l');
  if (options.disclosure) {
    const fields = compiler.refusals.slice(before);
    const name = disclosePage(compiler, options.disclosure, at, { fields, columns, used, searched, tableAlias, rowsOf, page, pageAlias, answer });
    at.frame.join(sql`left join ${name} ${identifier(list)} on true`);
  } else {
    at.frame.join(sql`left join lateral (
${answer}
from (${rowsOf(compiler.item(source, tableAlias, at.frame.row))}) ${identifier(pageAlias)}${page.joined}) ${identifier(list)} on true`);
  }
  at.frame.count(sql`(1 + ${identifier(list)}.n)`);
  if (page.refused) at.frame.refuse(sql`${identifier(list)}.e`);
  return jsonText(sql`${identifier(list)}.j`);
}

function whatIsAsked(compiler: Compilation, options: PageOptions, source: TableSource, { parent, field, nodes }: FieldToRead): Asked {
  const { specialization } = compiler;
  const node = nodes[0]!;
  const argumentsOf = (request: ReadRequest): Readonly<Record<string, unknown>> => request.arguments(field, node);
  const sort = options.sort ? specialization.decide(request => (argumentsOf(request)['sort'] as string | undefined) ?? '') : '';
  const order = options.sort?.[sort] ?? options.order;
  const coordinate = headCoordinate(parent.name, field);
  const args = headArguments(field);
  // All that decides which rows come and in which order; not how many, nor from where.
  const binding = (request: ReadRequest): string => {
    const { first: _first, after: _after, last: _last, before: _before, ...rest } = argumentsOf(request);
    // By head's name and form, so that a cursor of one version goes on in another.
    return source.cursorsOf ? bindingOf(coordinate, rest, request.givenOf(source.cursorsOf)) : bindingOf(coordinate, rest);
  };
  const valuesOf = (place: 'after' | 'before'): readonly Param[] | null =>
    specialization.decide(request => argumentsOf(request)[place] != null) ? order.map(({ type }, i) => ({ type, value: request => followed(request, place)[i] })) : null;
  const followed = (request: ReadRequest, place: 'after' | 'before'): (string | null)[] => {
    const values = cursorValues(argumentsOf(request)[place] as string, binding(request), order);
    request.followedCursor = true;
    return values;
  };
  const filter = args.find(({ name }) => name === 'filter');
  return {
    size: { type: 'bigint', value: request => pageSize(argumentsOf(request), options.defaultFirst, field.name, node) },
    binding: { type: 'text', value: binding },
    order,
    backward: specialization.decide(request => argumentsOf(request)['last'] != null),
    after: valuesOf('after'),
    before: valuesOf('before'),
    filters: [
      ...filterPredicates(specialization, options.filter ?? {}, filter ? { type: filter.type, value: request => argumentsOf(request)['filter'] } : null),
      ...presentPredicates(specialization, options.narrow ?? {}, argumentsOf, new Map(args.map(({ name, type }) => [name, type]))),
    ],
  };
}

interface Sizes {
  readonly first?: number | null;
  readonly last?: number | null;
}

function pageSize({ first, last }: Sizes, defaultFirst: number | undefined, list: string, node: FieldNode): number {
  if (first != null && last != null) throw badInput(`\`first\` and \`last\` of \`${list}\` were both given. Ask for a page from one end of the list.`, node);
  const size = first ?? last ?? defaultFirst;
  if (size === undefined) throw badInput(`\`${list}\` can be long: say how many items to return, \`first\` or \`last\`: 1 to ${MAX_PAGE_SIZE}.`, node);
  if (size < 1 || size > MAX_PAGE_SIZE) {
    const [name, more] = last == null ? ['first', "`after`: the page's `endCursor`"] : ['last', "`before`: the page's `startCursor`"];
    throw badInput(`\`${name}\` of \`${list}\` is ${size}; it must be 1 to ${MAX_PAGE_SIZE}. For more, go on with ${more}.`, node);
  }
  return size;
}

/** How many rows of a list that is no connection: the number, or the argument's. */
export function limitOf(limit: number | LimitArgument, { field, nodes }: FieldToRead): SqlPart {
  if (typeof limit === 'number') return raw(String(limit));
  const { argument, max } = limit;
  const node = nodes[0]!;
  return {
    type: 'bigint',
    value: request => {
      const size = Number(request.arguments(field, node)[argument]);
      if (size < 1 || size > max) throw badInput(`\`${argument}\` of \`${field.name}\` is ${size}; it must be 1 to ${max}.`, node);
      return size;
    },
  };
}

/** A sort key as it is ordered by: text by code point, the same on every server. */
const sortKey = ({ column, type }: Order, row: Row): Sql => (type === 'text' ? sql`${row.col(column)} collate "C"` : row.col(column));

/** NULLs are the list's last either way; unsaid where there are none, because an index on `desc`
    says nothing of them. */
function directionOf({ direction, nullable }: Order, backward: boolean): string {
  if (!backward) return nullable ? `${direction} nulls last` : direction;
  const reversed = direction === 'asc' ? 'desc' : 'asc';
  return nullable ? `${reversed} nulls first` : reversed;
}

export const orderOf = (order: readonly Order[], row: Row, backward: boolean): Sql =>
  join(
    order.map(key => sql`${sortKey(key, row)} ${raw(directionOf(key, backward))}`),
    ', ',
  );

/** Whether a row lies after, or before, the one whose sort values are given. */
function lies(place: 'after' | 'before', order: readonly Order[], values: readonly Param[], row: Row): Sql {
  const furtherIn = ({ direction }: Order): string => ((direction === 'asc') === (place === 'after') ? '>' : '<');
  const beyondFrom = (i: number): Sql => {
    const key = sortKey(order[i]!, row);
    const value = values[i]!;
    const { nullable } = order[i]!;
    const further = sql`${key} ${raw(furtherIn(order[i]!))} ${value}`;
    // NULLs come last: after any value, and any value before them.
    const [isLast, isNot] = place === 'after' ? [sql`${key} is null`, sql`${value} is not null`] : [sql`${value} is null`, sql`${key} is not null`];
    const beyond = nullable ? sql`(${further} or (${isLast} and ${isNot}))` : further;
    if (i === order.length - 1) return beyond;
    const same = nullable ? sql`${key} is not distinct from ${value}` : sql`${key} = ${value}`;
    return sql`(${beyond} or (${same} and ${beyondFrom(i + 1)}))`;
  };
  const [first] = order;
  if (order.length === 1 || !first || first.nullable) return beyondFrom(0);
  // The bound on the first key alone is implied, and is what an index can begin at.
  return sql`${sortKey(first, row)} ${raw(`${furtherIn(first)}=`)} ${values[0]!} and ${beyondFrom(0)}`;
}

/** The connection object's text, aggregated over the page's rows; notes whether any of these go out. */
function connectionText(
  compiler: Compilation,
  connection: GraphQLObjectType,
  nodeType: GraphQLCompositeType,
  asked: Asked,
  page: Frame,
  total: () => Sql,
  at: FieldToRead,
  returned: { rows: boolean },
): JsonText {
  const row = page.row!;
  // By the list's keys, in whose order the rows of a page from the front come already: nothing is sorted again.
  const inOrder = (text: JsonText): Sql => sql`coalesce(string_agg(${text.toSql()}, ',' order by ${orderOf(asked.order, row, false)}), '')`;
  return eachField(compiler, connection, at.nodes, (name, nodes) => {
    returned.rows ||= name === 'nodes' || name === 'edges';
    switch (name) {
      case 'nodes':
        return jsonText('[', inOrder(compiler.row(nodeType, subselections(nodes), page.below(responseKey(nodes)))), ']');
      case 'edges':
        return jsonText('[', inOrder(edgeText(compiler, connection, nodeType, asked, page.below(responseKey(nodes)), nodes)), ']');
      case 'pageInfo':
        return pageInfoText(compiler, connection, asked, row, nodes);
      case 'totalCount':
        return jsonText(sql`${total()}::text`);
      default:
        throw new NotCompilable(`${connection.name}.${name}`);
    }
  });
}

function edgeText(compiler: Compilation, connection: GraphQLObjectType, nodeType: GraphQLCompositeType, asked: Asked, page: Frame, nodes: readonly FieldNode[]): JsonText {
  const edge = objectTypeOf(connection.getFields()['edges']!);
  return eachField(compiler, edge, nodes, (name, inner) => {
    if (name === 'node') return compiler.row(nodeType, subselections(inner), page.below(responseKey(inner)));
    if (name === 'cursor') return jsonText('"', cursorText(asked.binding, asked.order, page.row!), '"');
    throw new NotCompilable(`${edge.name}.${name}`);
  });
}

function pageInfoText(compiler: Compilation, connection: GraphQLObjectType, asked: Asked, row: Row, nodes: readonly FieldNode[]): JsonText {
  const pageInfo = objectTypeOf(connection.getFields()['pageInfo']!);
  const cursorAt = (end: 'asc' | 'desc'): JsonText =>
    orNull(jsonText(sql`'"' || (array_agg(${cursorText(asked.binding, asked.order, row)} order by ${row.col('page_row')} ${raw(end)}))[1] || '"'`));
  // Every row but the last has one after it, so they all have exactly if the last has.
  const goesOn = jsonText(sql`coalesce(bool_and(${row.col('page_goes_on')}), false)::text`);
  // The other way lies what the cursor was taken from.
  const given = (place: readonly Param[] | null): JsonText => jsonText(place ? 'true' : 'false');
  return eachField(compiler, pageInfo, nodes, name => {
    switch (name) {
      case 'hasNextPage':
        return asked.backward ? given(asked.before) : goesOn;
      case 'hasPreviousPage':
        return asked.backward ? goesOn : given(asked.after);
      case 'startCursor':
        return cursorAt(asked.backward ? 'desc' : 'asc');
      case 'endCursor':
        return cursorAt(asked.backward ? 'asc' : 'desc');
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
