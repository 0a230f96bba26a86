/**
 * Filters: a whitelist of conditions by input field, which callers compose by `and`, `or` and `not`
 * where the input type has them. What is absent or null does not narrow. The shape of a filter
 * decides the statement's text; its values are parameters.
 */
import { getNamedType, getNullableType, isEnumType, isInputObjectType, type GraphQLInputType } from 'graphql';
import type { Filters, Row } from './mapping.ts';
import { inputValue } from './parameters.ts';
import { badInput } from './refusal.ts';
import type { ReadRequest } from './request.ts';
import type { Specialization } from './selection.ts';
import { join, raw, sql, type Param, type Sql } from './sql.ts';

/** Most conditions in one filter, those inside `and`, `or` and `not` included. */
export const MAX_CONDITIONS = 30;

type Input = Readonly<Record<string, unknown>>;
type Predicate = (row: Row) => Sql;

const COMPOSED = ['and', 'or', 'not'] as const;

/** The predicates of a filter argument; none where it is absent. Throws BAD_USER_INPUT for one too large. */
export function filterPredicates(
  specialization: Specialization,
  filters: Filters,
  argument: { type: GraphQLInputType; value: (request: ReadRequest) => unknown } | null,
): Predicate[] {
  if (!argument) return [];
  const inputsOf = (request: ReadRequest): Input => (argument.value(request) ?? {}) as Input;
  specialization.decide(request => {
    const conditions = countConditions(inputsOf(request));
    if (conditions > MAX_CONDITIONS) throw badInput(`The filter has ${conditions} conditions of at most ${MAX_CONDITIONS}. Ask in several requests, or by a list of values.`);
    return true;
  });
  return [...presentPredicates(specialization, filters, inputsOf, inputTypes(argument.type)), ...composed(specialization, filters, argument.type, inputsOf)];
}

/** The predicates of the inputs that are given. */
export function presentPredicates(
  specialization: Specialization,
  filters: Filters,
  inputsOf: (request: ReadRequest) => Input,
  types: ReadonlyMap<string, GraphQLInputType>,
): Predicate[] {
  return Object.entries(filters)
    .filter(([name]) => specialization.decide(request => inputsOf(request)[name] != null))
    .map(([name, { type, predicate }]) => {
      const inputType = types.get(name)!;
      const ofOne = (valueOf: (request: ReadRequest) => unknown): Predicate => {
        const value: Param = { type, value: request => inputValue(inputType, valueOf(request)) };
        return row => predicate(row, value);
      };
      // One enum value of an older version may stand for several of head's: any of them will do.
      const valuesOf = (request: ReadRequest): readonly unknown[] => [inputsOf(request)[name]].flat();
      const several = isEnumType(getNullableType(inputType)) ? specialization.decide(request => valuesOf(request).length) : 1;
      if (several === 1) return ofOne(request => inputsOf(request)[name]);
      const each = Array.from({ length: several }, (_, i) => ofOne(request => valuesOf(request)[i]));
      return row =>
        sql`(${join(
          each.map(one => one(row)),
          ' or ',
        )})`;
    });
}

function composed(specialization: Specialization, filters: Filters, type: GraphQLInputType, inputsOf: (request: ReadRequest) => Input): Predicate[] {
  const types = inputTypes(type);
  return COMPOSED.filter(operator => types.has(operator) && specialization.decide(request => inputsOf(request)[operator] != null)).map(operator => {
    const partsOf = (request: ReadRequest): Input[] => [inputsOf(request)[operator] as Input | Input[]].flat();
    const count = specialization.decide(request => partsOf(request).length);
    const parts = Array.from({ length: count }, (_, i) => {
      const partOf = (request: ReadRequest): Input => partsOf(request)[i] ?? {};
      return [...presentPredicates(specialization, filters, partOf, types), ...composed(specialization, filters, type, partOf)];
    });
    return row =>
      compose(
        operator,
        parts.map(predicates => conjunction(predicates.map(predicate => predicate(row)))),
      );
  });
}

/** An `or` of nothing holds for no row, an `and` of nothing for each. A condition that is neither
    true nor false, because the row has no value, counts as false, so that `not` finds that row. */
function compose(operator: (typeof COMPOSED)[number], parts: readonly Sql[]): Sql {
  if (operator === 'not') return sql`not coalesce(${conjunction(parts)}, false)`;
  if (parts.length === 0) return raw(operator === 'and' ? 'true' : 'false');
  return sql`(${join(parts, ` ${operator} `)})`;
}

const conjunction = (parts: readonly Sql[]): Sql => (parts.length === 0 ? raw('true') : sql`(${join(parts, ' and ')})`);

function countConditions(input: Input): number {
  return Object.entries(input).reduce((sum, [name, value]) => {
    if (value == null) return sum;
    const inner = (COMPOSED as readonly string[]).includes(name) ? [value as Input | Input[]].flat() : null;
    return sum + (inner ? inner.reduce((count, part) => count + Math.max(1, countConditions(part)), 0) : 1);
  }, 0);
}

/** The fields of an input type by name; none for other types. */
export const inputTypes = (type: GraphQLInputType): ReadonlyMap<string, GraphQLInputType> => {
  const named = getNamedType(type);
  return new Map(isInputObjectType(named) ? Object.values(named.getFields()).map(field => [field.name, field.type]) : []);
};
