/** `node` and `nodes`: objects of whichever kind, by ids whose prefixes say it. */
import { isObjectType, type GraphQLObjectType } from 'graphql';
import { idPrefix, isId } from '../base/ids.ts';
import type { Compilation, FieldToRead } from './field.ts';
import { Frame, refusedRows } from './frame.ts';
import { jsonText, type JsonText } from './json-text.ts';
import { rowNamed } from './mapping.ts';
import { badInput } from './refusal.ts';
import { identifier, join, literal, raw, sql, type Param } from './sql.ts';

/** Most ids that `nodes` takes at once. */
export const MAX_NODES = 100;

export function compileNode(compiler: Compilation, argument: string, at: FieldToRead): JsonText {
  const { specialization } = compiler;
  const typeName = specialization.decide(request => typeWith(compiler, idPrefix(request.arguments(at.field, at.nodes[0]!)[argument]))?.name ?? '');
  const type = specialization.schema.getType(typeName);
  return isObjectType(type) ? compiler.one({ on: { id: { argument } } }, at, type, false) : jsonText('null');
}

export function compileNodes(compiler: Compilation, argument: string, at: FieldToRead): JsonText {
  const { specialization } = compiler;
  const ids: Param = {
    type: 'text[]',
    value: request => {
      const values = request.arguments(at.field, at.nodes[0]!)[argument] as string[];
      if (values.length > MAX_NODES) throw badInput(`\`${argument}\` holds ${values.length} ids of at most ${MAX_NODES}. Ask for the rest in another request.`, at.nodes[0]);
      return values.map(value => (isId(value) ? value : null));
    },
  };
  // Which kinds of object are asked for decides the joins; sorted, so that their order does not.
  const kinds = specialization.decide(request => {
    const values = request.arguments(at.field, at.nodes[0]!)[argument] as string[];
    const names = new Set(values.map(value => typeWith(compiler, idPrefix(value))?.name ?? ''));
    return [...names]
      .filter(name => name !== '')
      .toSorted()
      .join(' ');
  });
  const asked = compiler.alias('u');
  const position = rowNamed(asked);
  const inner = new Frame(position, at.frame.path);
  const texts = kinds.split(' ').flatMap(name => {
    const type = specialization.schema.getType(name);
    return isObjectType(type) ? [compiler.one({ on: { id: 'id' } }, { ...at, frame: inner }, type, false).toSql()] : [];
  });
  // Each id is found by one kind at most; the others say null.
  const text = sql`coalesce(${join([...texts.map(one => sql`nullif(${one}, 'null')`), literal('null')], ', ')})`;
  const list = compiler.alias('l');
  at.frame.join(sql`left join lateral (
select '[' || coalesce(string_agg(${text}, ',' order by ${position.col('position')}), '') || ']' as j, ${inner.counted ? sql`coalesce(sum(${inner.counted}), 0)` : raw('0')} as n${refusedRows(inner)}
from unnest(${ids}) with ordinality ${identifier(asked)} (id, position)${inner.joined}) ${identifier(list)} on true`);
  at.frame.count(sql`${identifier(list)}.n`);
  if (inner.refused) at.frame.refuse(sql`${identifier(list)}.e`);
  return jsonText(sql`${identifier(list)}.j`);
}

/** The Node type whose ids have the prefix. */
function typeWith({ sources, specialization }: Compilation, prefix: string | null): GraphQLObjectType | null {
  if (prefix === null) return null;
  for (const [name, source] of sources) {
    const type = specialization.schema.getType(name);
    if (source.idPrefix === prefix && isObjectType(type) && type.getInterfaces().some(candidate => candidate.name === 'Node')) return type;
  }
  return null;
}
