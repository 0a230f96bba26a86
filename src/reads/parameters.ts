/** What callers sent, on its way to a bound parameter. */
import { getNamedType, type GraphQLInputType } from 'graphql';
import { isId } from '../base/ids.ts';
import { isStorableText } from '../base/text.ts';
import { badInput } from './refusal.ts';

/** A string, or strings at any depth of lists and objects, that PostgreSQL can hold. Throws BAD_USER_INPUT. */
export function storable<T>(value: T): T {
  if (typeof value === 'string' && !isStorableText(value)) throw badInput('A string holds a NUL character or half of a surrogate pair, which no text can. Remove it.');
  if (typeof value === 'object' && value !== null) Object.values(value).forEach(storable);
  return value;
}

/** An input's value as a parameter: ids that are none match nothing, other strings must be storable. */
export function inputValue(type: GraphQLInputType, value: unknown): unknown {
  if (getNamedType(type).name !== 'ID') return storable(value);
  if (Array.isArray(value)) return value.filter(isId);
  return isId(value) ? value : null;
}
