/**
 * Rows that are somebody else's (`Disclosure`). They stand at the head of the statement, because only
 * there may a statement write: found under the caller's gate, released, made into the answer's text, and
 * written down with what that text holds of each. All of it is one statement, so it happens together or
 * not at all, and what goes out is what was written down.
 */
import { objectTypeOf, responseKey, type Compilation, type FieldToRead } from './field.ts';
import { Frame } from './frame.ts';
import { orNull, jsonText, type JsonText } from './json-text.ts';
import { rowNamed, type AskedRows, type Disclosure, type RefusableField } from './mapping.ts';
import { storable } from './parameters.ts';
import { badInput } from './refusal.ts';
import { subselections } from './selection.ts';
import { identifier, join, raw, sql, type Param, type Sql } from './sql.ts';

/** What of the rows is asked for: columns of theirs that go on, those used to choose them, and of these, by filters. */
interface Asking {
  readonly columns: ReadonlySet<string>;
  readonly used?: ReadonlySet<string>;
  readonly searched?: ReadonlySet<string>;
  readonly fields: readonly RefusableField[];
}

function askedRows(compiler: Compilation, { field, nodes }: FieldToRead, { columns, used = new Set(), searched = new Set(), fields }: Asking): AskedRows {
  const parameters = new Map<string, Param>();
  return {
    columns: new Set([...columns, ...used]),
    shown: [...columns],
    searched,
    fields: [...new Map(fields.map(each => [each.coordinate, each])).values()],
    argument(name, type) {
      const known = parameters.get(name) ?? { type, value: request => storable(request.arguments(field, nodes[0]!)[name]) };
      parameters.set(name, known);
      return known;
    },
    name: letter => compiler.alias(letter),
    table: name => compiler.table(name),
  };
}

/** A sub-select of the rows to show with `page_row`, and what makes the one row of their text. */
interface Shown {
  readonly rows: Sql;
  readonly answerOf: (released: Sql) => Sql;
}

/** Puts all steps at the head of the statement; the name of the answer's row. */
function disclose(compiler: Compilation, { release, record, tells }: Disclosure, asked: AskedRows, { rows, answerOf }: Shown): Sql {
  const found = { name: compiler.alias('d'), body: rows };
  const isTold = [...asked.searched].some(tells);
  // Nothing of a preview is written down, so nobody may be found in one by what is theirs.
  if (compiler.preview && isTold) throw badInput('A preview finds nobody by what they share: leave that filter out of it. It changes nothing about which fields are refused.');
  const isShown = !compiler.preview && (asked.fields.length > 0 || isTold);
  const steps = [found, ...(isShown ? release(identifier(found.name), asked) : [])];
  const released = identifier(steps.at(-1)!.name);
  const answer = { name: compiler.alias('a'), body: answerOf(released) };
  compiler.hoist(...steps, answer, ...(isShown ? [record({ rows: released, answer: identifier(answer.name) }, asked)] : []));
  return identifier(answer.name);
}

/** The gate as a condition: the statement's own SELECT asks it too late for what is written at its head. */
const admitted = (compiler: Compilation): Sql => sql`exists (${compiler.gate})`;

const objectsOf = (frame: Frame): Sql => sql`(1${frame.counted ? sql` + ${frame.counted}` : raw('')})`;

/** The text of at most one row. */
export function compileDisclosed(compiler: Compilation, disclosure: Disclosure, at: FieldToRead): JsonText {
  const alias = compiler.alias('p');
  const columns = new Set([...disclosure.needs, 'page_row']);
  const inner = new Frame(
    rowNamed(alias, column => columns.add(column)),
    [...at.frame.path, responseKey(at.nodes)],
  );
  const before = compiler.refusals.length;
  const text = compiler.object(objectTypeOf(at.field), subselections(at.nodes), inner);
  const asked = askedRows(compiler, at, { columns, fields: compiler.refusals.slice(before) });
  const answer = disclose(compiler, disclosure, asked, {
    rows: sql`select ${join([...columns].map(identifier), ', ')} from (select found.*, 1 as page_row from (${disclosure.rows(asked)}) found) found where ${admitted(compiler)}`,
    answerOf: released =>
      sql`select ${text.toSql()} as j, ${objectsOf(inner)} as n${inner.refused ? sql`, ${inner.refused} as e` : raw('')}, array[${objectsOf(inner)}] as counts from ${released} ${identifier(alias)}${inner.joined}`,
  });
  const list = compiler.alias('l');
  at.frame.join(sql`left join ${answer} ${identifier(list)} on true`);
  at.frame.count(sql`coalesce(${identifier(list)}.n, 0)`);
  if (inner.refused) at.frame.refuse(sql`${identifier(list)}.e`);
  return orNull(jsonText(sql`${identifier(list)}.j`));
}

/** A page under construction. */
export interface PageToDisclose {
  readonly fields: readonly RefusableField[];
  /** What its text reads of the rows; what else of the table is used to choose them, and of that, by filters. */
  readonly columns: Set<string>;
  readonly used: ReadonlySet<string>;
  readonly searched: ReadonlySet<string>;
  readonly tableAlias: string;
  /** The page's rows from an item of a FROM clause, under further conditions. */
  readonly rowsOf: (item: Sql, also: readonly Sql[]) => Sql;
  readonly page: Frame;
  readonly pageAlias: string;
  /** A SELECT without its FROM. */
  readonly answer: Sql;
}

/** The name of the row that holds a page's text, count and refusals. */
export function disclosePage(compiler: Compilation, disclosure: Disclosure, at: FieldToRead, shown: PageToDisclose): Sql {
  const { columns, used, searched, fields, tableAlias, rowsOf, page, pageAlias, answer } = shown;
  for (const column of [...disclosure.needs, 'page_row']) columns.add(column);
  const asked = askedRows(compiler, at, { columns, used, searched, fields });
  const { refused } = disclosure;
  if (refused) compiler.refuse(at, refused.refusal, refused.when(asked), refused.extensions(asked));
  return disclose(compiler, disclosure, asked, {
    rows: rowsOf(sql`(${disclosure.rows(asked)}) ${identifier(tableAlias)}`, [admitted(compiler)]),
    answerOf: released =>
      sql`${answer}, array_agg(${objectsOf(page)} order by ${identifier(pageAlias)}.page_row) as counts from ${released} ${identifier(pageAlias)}${page.joined}`,
  });
}
