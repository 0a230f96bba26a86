/**
 * Reads that race withdrawals on two gateways: none that begins after a withdrawal has returned may show
 * anything, and none may show what nobody wrote down. Run after a build:
 *
 *   node test/scripts/withdrawals.mjs [reads, 10000 unless given]
 */
const harness = new URL('../../dist/test/harness/', import.meta.url);
const consent = new URL('../../dist/test/consent/', import.meta.url);
const { default: setup } = await import(new URL('global-setup.js', harness));
const { default: teardown } = await import(new URL('global-teardown.js', harness));
const { startTestApp } = await import(new URL('app.js', harness));
const { registerBack } = await import(new URL('door.js', consent));
const { raceWithdrawals } = await import(new URL('race.js', consent));

const PEOPLE = 20;
const AT_ONCE = 12;
const reads = Number(process.argv[2] ?? 10_000);

await setup();
try {
  const gateway = await startTestApp({ demoMode: true });
  const beside = await startTestApp({ beside: gateway, demoMode: true });
  try {
    const partner = await (await gateway.seed.world())('ParcelPilot');
    await registerBack(partner);
    const people = Array.from({ length: PEOPLE }, (_, i) => `shopper-${String(i + 1).padStart(4, '0')}`);
    const begun = performance.now();
    const outcome = await raceWithdrawals({ gateways: [gateway, beside], partner, people, readsPerPerson: Math.ceil(reads / PEOPLE), atOnce: AT_ONCE });
    console.log({ withdrawals: PEOPLE, ...outcome, seconds: Math.round((performance.now() - begun) / 1000) });
    if (outcome.leaked + outcome.unlogged > 0) process.exitCode = 1;
  } finally {
    await beside.close();
    await gateway.close();
  }
} finally {
  await teardown();
}
