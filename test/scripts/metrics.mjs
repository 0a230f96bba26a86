/**
 * Harbour Market's metrics, whole: every partner asks for its own through the API, and the answers are
 * held against a model of the same events and, where it has that many reports, against the answer key.
 * Run after a build:
 *
 *   node test/scripts/metrics.mjs [reports] [--write]    400000 reports unless said otherwise; --write writes what the API says into the key
 *
 * It ends with 1 where something differs.
 */
import { writeFileSync } from 'node:fs';
import { isDeepStrictEqual, parseArgs } from 'node:util';
import pg from 'pg';

const { default: setup } = await import('../../dist/test/harness/global-setup.js');
const { default: teardown } = await import('../../dist/test/harness/global-teardown.js');
const { startTestApp } = await import('../../dist/test/harness/app.js');
const { measure } = await import('../../dist/test/measurement/events.js');
const { modelSums } = await import('../../dist/test/measurement/model.js');
const { METRICS_KEY_FILE, metricTotals, metricsKey } = await import('../../dist/test/worlds/metric-totals.js');

const { values, positionals } = parseArgs({ options: { write: { type: 'boolean', default: false } }, allowPositionals: true });
const reports = Number(positionals[0] ?? 400_000);
const said = (what, begun) => process.stderr.write(`${what}: ${((performance.now() - begun) / 1000).toFixed(1)} s\n`);

/** The sums that are kept, and what a model makes of the same events. */
async function keptAndModelled(client) {
  const { rows: kept } = await client.query(`select m.name || ' ' || r.integration_id || ' ' || r.grain || ' ' || to_char(r.starts_on, 'YYYY-MM-DD') as key,
    trim_scale(r.numerator) || '/' || trim_scale(r.denominator) as sum from portico.metric_rollup r join portico.metric m on m.environment_id = r.environment_id and m.id = r.metric_id`);
  const { rows: events } = await client.query(`select integration_id as "integrationId", type, to_char(counted_on, 'YYYY-MM-DD') as "countedOn", data from portico.event`);
  return { events: events.length, kept: new Map(kept.map(({ key, sum }) => [key, sum])), modelled: modelSums(events) };
}

/** All time by integration and metric, of those integrations whose partners asked. */
function totalsOf(modelled, names, asked) {
  const sums = new Map();
  for (const [key, sum] of modelled) {
    const [metric, integrationId, grain] = key.split(' ');
    const name = names.get(integrationId);
    if (grain !== 'QUARTER' || !(name in asked) || !(metric in asked[name])) continue;
    const [above, below] = sums.get(`${name}\n${metric}`) ?? [0, 0];
    const [numerator, denominator] = sum.split('/').map(Number);
    sums.set(`${name}\n${metric}`, [above + numerator, below + denominator]);
  }
  const totals = {};
  for (const [key, [above, below]] of sums) {
    const [name, metric] = key.split('\n');
    (totals[name] ??= {})[metric] = `${above}/${below}`;
  }
  return totals;
}

await setup();
try {
  const gateway = await startTestApp({ statementTimeoutMs: 120_000 });
  const client = new pg.Client({ connectionString: gateway.database.adminUrl });
  await client.connect();
  try {
    let begun = performance.now();
    const partnerOf = await gateway.seed.world(undefined, reports);
    said(`${reports} reports made`, begun);
    begun = performance.now();
    await measure(gateway);
    said('measured', begun);
    begun = performance.now();
    const { rows: names } = await client.query('select name from portico.partner where status = \'ACTIVE\' order by name collate "C"');
    const totals = {};
    for (const { name } of names) Object.assign(totals, await metricTotals(await partnerOf(name)));
    said(`asked by ${names.length} partners`, begun);
    const { events, kept, modelled } = await keptAndModelled(client);
    const sumsDiffer = !isDeepStrictEqual(kept, modelled);
    const { rows: integrations } = await client.query('select id, name from portico.integration');
    const answersDiffer = !isDeepStrictEqual(totals, totalsOf(modelled, new Map(integrations.map(({ id, name: its }) => [id, its])), totals));
    const key = metricsKey();
    const keyDiffers = reports in key.totals && !isDeepStrictEqual(totals, key.totals[reports]);
    if (values.write) writeFileSync(METRICS_KEY_FILE, `${JSON.stringify({ ...key, totals: { ...key.totals, [reports]: totals } }, null, 2)}\n`);
    const metrics = Object.values(totals).reduce((sum, its) => sum + Object.keys(its).length, 0);
    process.stdout.write(
      `${JSON.stringify({ reports, events, integrations: Object.keys(totals).length, totals: metrics, sums: kept.size, sumsDiffer, answersDiffer, keyDiffers }, null, 2)}\n`,
    );
    if (sumsDiffer || answersDiffer || (keyDiffers && !values.write)) process.exitCode = 1;
  } finally {
    await client.end();
    await gateway.close();
  }
} finally {
  await teardown();
}
