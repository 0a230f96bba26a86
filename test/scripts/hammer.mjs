/**
 * Two partners hammer a pool of two through timeouts, cancels and errors; no foreign row may show.
 * Run after a build:
 *
 *   node test/scripts/hammer.mjs [reads, 100000 unless given] [seed]
 */
const harness = new URL('../../dist/test/harness/', import.meta.url);
const { default: setup } = await import(new URL('global-setup.js', harness));
const { default: teardown } = await import(new URL('global-teardown.js', harness));
const { hammer } = await import(new URL('hammer.js', harness));

const reads = Number(process.argv[2] ?? 100_000);
const seed = Number(process.argv[3] ?? Date.now() % 1_000_000);
await setup();
try {
  const begun = performance.now();
  const { wrong, ...toll } = await hammer(reads, 8, seed);
  console.log({ seed, ...toll, seconds: Math.round((performance.now() - begun) / 1000) });
  if (wrong.length > 0) {
    console.error(wrong.join('\n'));
    process.exitCode = 1;
  }
} finally {
  await teardown();
}
