import { RELEASES, UNSTABLE } from '../../src/versions/index.ts';
import { compareMany, startBench, type Bench } from './differential.ts';
import { Dice } from './dice.ts';

const OPERATIONS = 1500;
const SEED = 20_261_123;

let bench: Bench;
const dice = new Dice(SEED);
beforeAll(async () => {
  bench = await startBench(dice);
});
afterAll(() => bench.close());

test('compiled reads answer what plain execution of the same mappings does, over hostile worlds, in every version', async () => {
  const { differences, ...outcome } = await compareMany(bench, OPERATIONS, dice);
  expect(differences.join('\n\n')).toBe('');
  expect(outcome.fruitful).toBeGreaterThan(OPERATIONS / 4);
  expect(outcome.refused).toBeGreaterThan(OPERATIONS / 100);
  // Of 21 askers in their versions four ask 2026-01 at least.
  for (const version of [...RELEASES, UNSTABLE]) expect(outcome.byVersion[version]).toBeGreaterThan(OPERATIONS / 20);
}, 300_000);
