import { LEAST_REFUSED, tollVerdict } from './brownout.rules.ts';

test.each([
  [0, 0, true],
  [LEAST_REFUSED - 1, LEAST_REFUSED - 1, true],
  [LEAST_REFUSED, LEAST_REFUSED, false],
  [400, 20, true],
  [399, 20, false],
  [100_000, 5_000, true],
  [100_000, 5_001, false],
])('of %d requests it may refuse %d: %s', (asked, refused, goesOn) => {
  expect(tollVerdict({ asked, refused }).ok).toBe(goesOn);
});

test('partners are told the figures, the limit and what to do', () => {
  expect(tollVerdict({ asked: 200, refused: 50 })).toMatchObject({
    refusal: { reason: expect.stringMatching(/^It refused 50 of 200 requests within 5 minutes, which is 25\.0 % where 5 % is the limit\. .*move away from it/) },
  });
});
