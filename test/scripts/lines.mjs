/**
 * One upload of very many lines: the gateway's memory must not grow with it. Run after a build:
 *
 *   node test/scripts/lines.mjs [lines, 10000000 unless given] [different events, as many unless given]
 *
 * It ends with 1 where a line was lost, or the gateway had more memory in the last quarter of the lines than in
 * the second by more than a tenth.
 */
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { openHouse } from './maltreated.mjs';

const [linesText, distinctText] = process.argv.slice(2);
const lines = Number(linesText ?? 10_000_000);
const distinct = Number(distinctText ?? lines);
const BATCH = 1_000;
const TOLD_EVERY = 1_000_000;
const KIB = 1_024;
const DAY_MS = 86_400_000;
const TOLERANCE = 1.1;
/** MiB of heap: with more room V8 lets garbage lie, and a leak could not be told from it. */
const HEAP = 150;
const now = Date.now();

const lineOf = i =>
  `${JSON.stringify({
    specversion: '1.0',
    id: `e${i}`,
    source: '/lines',
    type: 'case.resolved',
    time: new Date(now - DAY_MS * (i % 20) - 60_000).toISOString(),
    data: { case: `c${i}`, duration: { value: i % 100, unit: 'min' }, reopened: i % 9 === 0 },
  })}\n`;

const house = await openHouse('lines', 'demo', `--max-old-space-size=${HEAP}`);
try {
  const [gateway] = house.gateways;
  await gateway.start();
  // The sample world is made beside a gateway that is ready.
  while (!existsSync(join(house.folder, 'demo.json'))) await sleep(100);
  const { live } = JSON.parse(readFileSync(join(house.folder, 'demo.json'), 'utf8'));
  const residentMiB = () => Math.round(Number(/VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${gateway.child.pid}/status`, 'utf8'))[1]) / KIB);
  const most = [0, 0, 0, 0];
  let sent = 0;
  async function* batches() {
    for (; sent < lines; sent += BATCH) {
      const quarter = Math.floor((4 * sent) / lines);
      most[quarter] = Math.max(most[quarter], residentMiB());
      if (sent % TOLD_EVERY === 0) process.stderr.write(`${sent} lines, ${residentMiB()} MiB\n`);
      yield Buffer.from(Array.from({ length: BATCH }, (_, place) => lineOf((sent + place) % distinct)).join(''));
    }
  }
  const begun = performance.now();
  const response = await fetch(`${gateway.url}/events/bulk`, {
    method: 'POST',
    headers: { 'content-type': 'application/x-ndjson', authorization: `Bearer ${await gateway.tokenOf(live)}` },
    body: ReadableStream.from(batches()),
    duplex: 'half',
  });
  const { accepted, duplicates, rejectedCount } = await response.json();
  const perSecond = Math.round(sent / ((performance.now() - begun) / 1_000));
  process.stdout.write(`${JSON.stringify({ status: response.status, lines: sent, accepted, duplicates, rejectedCount, perSecond, mostMiB: most }, null, 2)}\n`);
  if (accepted !== Math.min(lines, distinct) || accepted + duplicates !== lines || most[3] > most[1] * TOLERANCE) process.exitCode = 1;
} finally {
  await house.close();
}
