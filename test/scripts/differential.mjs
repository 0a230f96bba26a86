/**
 * Random operations over hostile worlds, each answered by the gateway and by the reference; no
 * difference may show. Run after a build:
 *
 *   node test/scripts/differential.mjs [operations, 100000 unless given] [seed]
 */
const harness = new URL('../../dist/test/harness/', import.meta.url);
const reads = new URL('../../dist/test/reads/', import.meta.url);
const { default: setup } = await import(new URL('global-setup.js', harness));
const { default: teardown } = await import(new URL('global-teardown.js', harness));
const { compareMany, startBench } = await import(new URL('differential.js', reads));
const { Dice } = await import(new URL('dice.js', reads));

const operations = Number(process.argv[2] ?? 100_000);
const seed = Number(process.argv[3] ?? Date.now() % 1_000_000);
/** New worlds for each part, so that neither their rows nor the reference's memory grow old. */
const PART = 5000;

await setup();
try {
  const begun = performance.now();
  const total = { operations: 0, byVersion: {}, refused: 0, fruitful: 0, largestAnswer: 0 };
  const differences = [];
  for (let part = 0; total.operations < operations && differences.length === 0; part += 1) {
    const dice = new Dice(seed + part);
    const bench = await startBench(dice);
    try {
      const outcome = await compareMany(bench, Math.min(PART, operations - total.operations), dice);
      for (const key of ['operations', 'refused', 'fruitful']) total[key] += outcome[key];
      for (const [version, count] of Object.entries(outcome.byVersion)) total.byVersion[version] = (total.byVersion[version] ?? 0) + count;
      total.largestAnswer = Math.max(total.largestAnswer, outcome.largestAnswer);
      differences.push(...outcome.differences.map(difference => `seed ${seed + part}, ${difference}`));
    } finally {
      await bench.close();
    }
  }
  console.log({ seed, ...total, seconds: Math.round((performance.now() - begun) / 1000) });
  if (differences.length > 0) {
    console.error(differences.join('\n\n'));
    process.exitCode = 1;
  }
} finally {
  await teardown();
}
