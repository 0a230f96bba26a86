/** Objects without a table of their own, made from the row that they stand in. */
import { objectTypeOf, rowOf, type Compilation, type FieldToRead } from './field.ts';
import { headName } from './head-form.ts';
import { jsonText, leafText, orNull, type JsonText } from './json-text.ts';
import type { FieldRead } from './mapping.ts';
import { NotCompilable } from './refusal.ts';
import { subselections } from './selection.ts';
import { raw, sql } from './sql.ts';

/** Null where `present` is not true. */
export function compileEmbedded({ specialization }: Compilation, read: FieldRead & { kind: 'embedded' }, at: FieldToRead): JsonText {
  const type = objectTypeOf(at.field);
  const row = rowOf(at);
  const text = jsonText('{');
  let separator = '';
  for (const [key, nodes] of specialization.collect(type, subselections(at.nodes))) {
    const name = nodes[0]!.name.value;
    const field = type.getFields()[name];
    const expression = field && read.fields[headName(field)];
    text.add(`${separator}"${key}":`);
    if (name === '__typename') text.add(`"${type.name}"`);
    else if (expression) text.add(leafText(field.type, expression(row)));
    else throw new NotCompilable(`${type.name}.${name}`);
    separator = ',';
  }
  text.add('}');
  if (!read.present) {
    at.frame.count(raw('1'));
    return text;
  }
  const present = read.present(row);
  at.frame.count(sql`(case when ${present} then 1 else 0 end)`);
  return orNull(jsonText(sql`case when ${present} then ${text.toSql()} end`));
}
