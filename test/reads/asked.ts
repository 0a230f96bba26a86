/** What a list's arguments ask for, as the reference reads them, and which of them cannot be meant. */
import { GraphQLError, getNamedType, isInputObjectType, type GraphQLField, type GraphQLInputType } from 'graphql';
import { headFormOf, type Filters, type Row, type Sql } from '../../src/reads/index.ts';
import type { FieldRead } from '../../src/reads/mapping.ts';
import type { CursorMeaning, Cursors } from './cursors.ts';

const MAX_PAGE_SIZE = 100;
const MAX_CONDITIONS = 30;

/** An id with the prefix of its kind. */
export const ID = /^([a-z]{3})_[0-9a-z_]{1,60}$/;

export type Arguments = Readonly<Record<string, unknown>>;

export const badInput = (message: string): GraphQLError => new GraphQLError(message, { extensions: { code: 'BAD_USER_INPUT' } });

/** What a page's arguments ask for. Throws BAD_USER_INPUT for what cannot be meant. */
export function whatIsAsked(read: FieldRead & { kind: 'page' }, parent: string, field: GraphQLField<unknown, unknown>, args: Arguments, cursors: Cursors) {
  const headArgs = headFormOf(field)?.args ?? field.args;
  const coordinate = `${parent}.${field.name}`;
  const { first, last, after, before, ...rest } = args as PageArguments;
  const size = first ?? last ?? read.defaultFirst;
  if ((first != null && last != null) || size === undefined || size < 1 || size > MAX_PAGE_SIZE) throw badInput('no such page size');
  const filter = (args['filter'] ?? {}) as Arguments;
  if (conditionsOf(filter) > MAX_CONDITIONS) throw badInput('too many conditions');
  const list = JSON.stringify([coordinate, rest]);
  const placeOf = (cursor: string | null | undefined): CursorMeaning | null => {
    if (cursor == null) return null;
    const meaning = cursors.meaningOf(cursor);
    if (meaning?.list !== list) throw badInput('no such cursor');
    return meaning;
  };
  const filterType = getNamedType(headArgs.find(({ name }) => name === 'filter')?.type);
  const conditions = [
    ...(isInputObjectType(filterType) ? conditionsIn(read.filter ?? {}, filter, Object.values(filterType.getFields()), true) : []),
    ...conditionsIn(read.narrow ?? {}, args, headArgs, false),
  ];
  return { coordinate, size, list, rest, from: placeOf(after), to: placeOf(before), conditions };
}

export interface PageArguments {
  readonly first?: number | null;
  readonly last?: number | null;
  readonly after?: string | null;
  readonly before?: string | null;
}

/** One condition of a filter, or several under an operator. */
export type Condition = { readonly predicate: (row: Row) => Sql } | { readonly operator: 'and' | 'or' | 'not'; readonly parts: readonly (readonly Condition[])[] };

const OPERATORS = ['and', 'or', 'not'] as const;

/** The conditions of the inputs that are present. */
function conditionsIn(filters: Filters, inputs: Arguments, types: readonly { name: string; type: GraphQLInputType }[], composable: boolean): Condition[] {
  const simple = Object.entries(filters).flatMap(([name, { type, predicate }]) => {
    const value = inputs[name];
    if (value == null) return [];
    const isId = getNamedType(types.find(input => input.name === name)!.type).name === 'ID';
    if (!isId && [value].flat().some(isNoText)) throw badInput('no text');
    // What is no id is nobody's.
    const bound = isId && !(typeof value === 'string' && ID.test(value)) ? null : value;
    return [{ predicate: (row: Row) => predicate(row, { type, value: () => bound }) }];
  });
  if (!composable) return simple;
  const composed = OPERATORS.filter(operator => inputs[operator] != null).map(operator => ({
    operator,
    parts: [inputs[operator] as Arguments | readonly Arguments[]].flat().map(part => conditionsIn(filters, part, types, true)),
  }));
  return [...simple, ...composed];
}

/** Conditions count where they stand; an empty one inside an operator counts as one. */
function conditionsOf(inputs: Arguments): number {
  const present = Object.entries(inputs).filter(([, value]) => value != null);
  return present.reduce((sum, [name, value]) => {
    if (!(OPERATORS as readonly string[]).includes(name)) return sum + 1;
    return [value as Arguments | readonly Arguments[]].flat().reduce((inner, part) => inner + Math.max(1, conditionsOf(part)), sum);
  }, 0);
}

/** PostgreSQL's text holds neither NUL nor half of a surrogate pair. */
export const isNoText = (value: unknown): boolean => typeof value === 'string' && /\0|[\ud800-\udbff](?![\udc00-\udfff])|(?<![\ud800-\udbff])[\udc00-\udfff]/.test(value);

/** How many items of a plain list; undefined for all. */
export function limitAsked(limit: (FieldRead & { kind: 'many' })['limit'], args: Arguments): number | undefined {
  if (typeof limit !== 'object') return limit;
  const asked = args[limit.argument] as number;
  if (asked < 1 || asked > limit.max) throw badInput(`${limit.argument} must be 1 to ${limit.max}`);
  return asked;
}
