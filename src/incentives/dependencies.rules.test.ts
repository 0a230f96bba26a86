import fc from 'fast-check';
import { circleThrough } from './dependencies.rules.ts';

test('a milestone that depends on itself, on what depends on it, or on nothing', () => {
  const known = new Map([
    ['b', ['a']],
    ['c', ['b']],
    ['d', []],
  ]);
  expect(circleThrough('a', ['a'], known)).toEqual(['a', 'a']);
  expect(circleThrough('a', ['d', 'c'], known)).toEqual(['a', 'c', 'b', 'a']);
  expect(circleThrough('c', ['b', 'd'], known)).toBeNull();
  expect(circleThrough('e', [], known)).toBeNull();
});

test('what is let in one after another never makes a circle', () => {
  const edges = fc.array(fc.tuple(fc.nat(7), fc.nat(7)), { maxLength: 40 });
  fc.assert(
    fc.property(edges, asked => {
      const known = new Map<string, string[]>();
      for (const [from, to] of asked) {
        const had = known.get(String(from)) ?? [];
        if (circleThrough(String(from), [...had, String(to)], known) === null) known.set(String(from), [...had, String(to)]);
      }
      const order = (id: string, depth = 0): number => (depth > 8 ? Infinity : Math.max(0, ...(known.get(id) ?? []).map(next => 1 + order(next, depth + 1))));
      for (const id of known.keys()) expect(order(id)).toBeLessThanOrEqual(8);
    }),
  );
});
