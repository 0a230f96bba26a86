import { ofFrozen } from './of-frozen.ts';

test('it is made once for what is frozen, undefined as well, and anew for what may change', () => {
  let times = 0;
  const sum = ofFrozen((values: readonly number[]) => {
    times += 1;
    return values.length === 0 ? undefined : values.reduce((a, b) => a + b, 0);
  });
  const frozen = Object.freeze([1, 2]);
  const none = Object.freeze<number[]>([]);
  const open = [1, 2];
  expect([sum(frozen), sum(frozen), sum(none), sum(none), sum(open)]).toEqual([3, 3, undefined, undefined, 3]);
  expect(times).toBe(3);
  open.push(3);
  expect(sum(open)).toBe(6);
});
