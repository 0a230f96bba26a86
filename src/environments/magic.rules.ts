/**
 * Values that mean something in a sandbox and are refused in live, whatever they are sent to: a program
 * that was tested with them must not be able to take one along. What each does belongs to its room.
 */

/** Ids that no environment ever makes: a new id holds no second underscore. */
const MAGIC_ID = /^(shp|evt|coh|prt)_test_[a-z0-9_]+$/;

export const isMagic = (value: string): boolean => value.startsWith('_test_', 3) && MAGIC_ID.test(value);

/** The first of them in a value as it was sent, at any depth; null where there is none. */
export function magicIn(value: unknown): string | null {
  if (typeof value === 'string') return isMagic(value) ? value : null;
  if (typeof value !== 'object' || value === null) return null;
  for (const inner of Object.values(value)) {
    const found = magicIn(inner);
    if (found !== null) return found;
  }
  return null;
}
