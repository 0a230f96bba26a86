import { hammer } from '../harness/hammer.ts';

test('two partners on a pool of two, through timeouts, cancels and errors, see only their own rows', async () => {
  const toll = await hammer(1500, 8, 20_261_123);
  expect(toll.wrong).toEqual([]);
  expect(toll.answered).toBeGreaterThan(1000);
  for (const trouble of [toll.timedOut, toll.cancelled, toll.failed]) expect(trouble).toBeGreaterThan(0);
}, 120_000);
