/**
 * Values that mean something in a sandbox and are refused in live, whatever they are sent to: a program
 * that was tested with them must not be able to take one along. What each does belongs to its room.
 */

/** Ids that no environment ever makes: a new id holds no second underscore. */
const MAGIC_ID = /^(shp|evt|coh|prt)_test_[a-z0-9_]+$/;

export const isMagic = (value: string): boolean => value.startsWith('_test_', 3) && MAGIC_ID.test(value);

/** No input of the API nests deeper; what is sent may, to make whoever reads it run out of stack. */
const MAX_DEPTH = 25;

/** The first of them in a value as it was sent; null where there is none. */
export function magicIn(value: unknown, depth = 0): string | null {
  if (typeof value === 'string') return isMagic(value) ? value : null;
  if (typeof value !== 'object' || value === null || depth > MAX_DEPTH) return null;
  for (const name in value) {
    const found = magicIn((value as Readonly<Record<string, unknown>>)[name], depth + 1);
    if (found !== null) return found;
  }
  return null;
}
