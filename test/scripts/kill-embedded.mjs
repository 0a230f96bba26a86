/**
 * Kills the embedded PostgreSQL and the process that keeps it at random moments, while rows are
 * being written. After each kill the next start has to answer with every row that was acknowledged.
 * Run after a build: node test/scripts/kill-embedded.mjs [rounds] [seed]
 */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmod, mkdtemp, realpath, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import pg from 'pg';

const built = new URL('../../dist/', import.meta.url);
const { runningPostmaster } = await import(new URL('src/platform/postgres/embedded-process.js', built).href);

const rounds = Number(process.argv[2] ?? 20);
let seed = Number(process.argv[3] ?? Date.now() % 1_000_000);
console.log(`${rounds} rounds, seed ${seed}`);

/** A number in [0, 1): a linear congruential generator, so that a failed run can be repeated. */
const random = () => (seed = (seed * 1_103_515_245 + 12_345) % 2 ** 31) / 2 ** 31;

const dataDir = await realpath(await mkdtemp(join(tmpdir(), 'portico-kill-')));
await chmod(dataDir, 0o711);
const data = join(dataDir, 'postgres', 'data');

function keep() {
  const child = spawn(process.execPath, [fileURLToPath(new URL('test/platform/embedded-child.js', built)), dataDir], { stdio: ['pipe', 'pipe', 'inherit'] });
  const ready = new Promise((resolve, reject) => {
    createInterface({ input: child.stdout }).on('line', line => {
      const event = JSON.parse(line);
      if (event.event === 'ready') resolve(event);
    });
    child.once('exit', code => reject(new Error(`the keeper ended with ${code}`)));
  });
  ready.catch(() => undefined);
  return { child, ready };
}

async function kill(child) {
  if (child.exitCode !== null || child.signalCode !== null) return;
  child.kill('SIGKILL');
  await once(child, 'exit');
}

async function killPostmaster() {
  const postmaster = await runningPostmaster(data);
  if (postmaster !== null) process.kill(postmaster.pid, 'SIGKILL');
}

/** Writes rows until `signal`, through whatever dies meanwhile; returns the last number that was acknowledged. */
async function write(url, from, signal) {
  const pool = new pg.Pool({ connectionString: url, max: 1, connectionTimeoutMillis: 1_000 });
  pool.on('error', () => undefined);
  let acknowledged = from;
  while (!signal.aborted) {
    const written = await pool.query('insert into written values ($1) on conflict do nothing', [acknowledged + 1]).then(
      () => true,
      () => false,
    );
    if (written) acknowledged += 1;
    else await sleep(20);
  }
  await pool.end();
  return acknowledged;
}

async function answer(url, text) {
  const client = new pg.Client({ connectionString: url, connectionTimeoutMillis: 2_000 });
  client.on('error', () => undefined);
  await client.connect();
  const { rows } = await client.query({ text, rowMode: 'array' });
  await client.end();
  return rows;
}

let acknowledged = 0;
const startTimes = [];
for (let round = 1; round <= rounds; round += 1) {
  const first = keep();
  const { ownerUrl, tookMs } = await first.ready;
  startTimes.push(tookMs);
  await answer(ownerUrl, 'create table if not exists written (number integer primary key)');
  const [[found]] = await answer(ownerUrl, 'select count(*)::int from written');
  // One more is possible: written, and killed before it was acknowledged.
  if (found < acknowledged) throw new Error(`round ${round}: ${acknowledged} rows were acknowledged, ${found} are there`);
  acknowledged = found;

  const second = random() < 0.5 ? keep() : null;
  const writing = new AbortController();
  const written = write(ownerUrl, acknowledged, writing.signal);
  await sleep(random() * 800);
  const kind = ['the postmaster', 'the keeper', 'the postmaster, then the keeper', 'the keeper, then the postmaster'][Math.floor(random() * 4)];
  if (kind.startsWith('the postmaster')) await killPostmaster();
  if (kind !== 'the postmaster') {
    await sleep(random() * 200);
    await kill(first.child);
  }
  if (kind.endsWith('then the postmaster')) {
    await sleep(random() * 200);
    await killPostmaster();
  }
  await sleep(random() * 600);
  writing.abort();
  acknowledged = await written;
  await kill(first.child);
  if (second !== null) await kill(second.child);
  console.log(`${round}: started in ${tookMs} ms, killed ${kind}${second ? ', with a second process attached' : ''}; ${acknowledged} rows`);
}

for (let tries = 0; (await runningPostmaster(data)) !== null; tries += 1) {
  if (tries > 200) throw new Error('a server is left over two seconds after the last kill');
  await sleep(10);
}
await rm(dataDir, { recursive: true });
startTimes.sort((a, b) => a - b);
console.log(`every start answered, with every acknowledged row: median ${startTimes[Math.floor(rounds / 2)]} ms, longest ${startTimes.at(-1)} ms`);
