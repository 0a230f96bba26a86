/** Namespaces of ids. An environment writes its ids in an order of the 32 letters that is its own, so
    that no id stands in two environments and a copy's ids can be told from its origin's. */
import { createHash } from 'node:crypto';

const LETTERS = '0123456789abcdefghjkmnpqrstvwxyz';

/** The order that a name stands for; the same for the same name, for ever. */
export const namespaceOf = (name: string): string =>
  LETTERS.split('')
    .map(letter => ({ letter, place: createHash('sha256').update(`${name}${letter}`).digest('hex') }))
    .toSorted((a, b) => (a.place < b.place ? -1 : 1))
    .map(({ letter }) => letter)
    .join('');
