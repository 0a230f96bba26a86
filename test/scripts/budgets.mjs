/**
 * Budgets over four gateway processes, on one Redis and on a Redis Cluster of three nodes: 2,000
 * requests of cost 10 at once against a bucket of 1,000 with 50 a second, and then as many as come.
 * Then what hostile documents cost: how soon each is refused, and what a neighbour's 99th percentile
 * is beside a flood of them. Run after a build:
 *
 *   node test/scripts/budgets.mjs
 */
import { execFileSync, spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { Agent, request } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';

const GATEWAYS = 4;
const AT_ONCE = 2_000;
const [CAPACITY, RATE, PRICE] = [1_000, 50, 10];
const GOES_ON_MS = 10_000;
const ATTEMPTS = 5;
const START_LIMIT_MS = 30_000;

const root = fileURLToPath(new URL('../../', import.meta.url));
const harness = new URL('../../dist/test/harness/', import.meta.url);
const { default: setup } = await import(new URL('global-setup.js', harness));
const { default: teardown } = await import(new URL('global-teardown.js', harness));
const { testDatabase } = await import(new URL('database.js', harness));
const { freePort } = await import(new URL('redis-server.js', harness));
const { startOwnRedis, startRedisCluster } = await import(new URL('redis-cluster.js', harness));

const agent = new Agent({ keepAlive: true, maxSockets: AT_ONCE });

function post(url, headers, body) {
  const begun = performance.now();
  return new Promise((resolve, reject) => {
    const outgoing = request(url, { method: 'POST', agent, headers }, response => {
      let text = '';
      response.setEncoding('utf8').on('data', chunk => (text += chunk));
      response.on('end', () => resolve({ status: response.statusCode, headers: response.headers, text, ms: performance.now() - begun, at: performance.now() }));
    });
    outgoing.on('error', reject).end(body);
  });
}

/** Gateways as operators start them, and partners made and limited by the command line. */
async function platform(redisUrl, cluster) {
  const database = await testDatabase();
  const keysDir = mkdtempSync(join(tmpdir(), 'portico-budgets-'));
  const ports = await Promise.all(Array.from({ length: GATEWAYS }, () => freePort()));
  const environment = {
    PATH: process.env.PATH,
    DATABASE_URL: database.serviceUrl,
    DATABASE_OWNER_URL: database.ownerUrl,
    REDIS_URL: redisUrl,
    REDIS_CLUSTER: String(cluster),
    GATEWAY_COUNT: String(GATEWAYS),
    SIGNING_KEYS_DIR: keysDir,
    PUBLIC_URL: `http://127.0.0.1:${ports[0]}`,
    LOG_LEVEL: 'warn',
  };
  const portico = (...args) => JSON.parse(execFileSync(process.execPath, [join(root, 'bin/portico.js'), ...args, '--json'], { env: environment, encoding: 'utf8' }));
  const urls = ports.map(port => `http://127.0.0.1:${port}`);
  const gateways = [];
  for (const [i, port] of ports.entries()) {
    gateways.push(spawn(process.execPath, [join(root, 'dist/src/main.js')], { env: { ...environment, PORT: String(port) }, stdio: ['ignore', 'ignore', 'inherit'] }));
    for (const begun = performance.now(); !(await fetch(`${urls[i]}/readyz`).catch(() => null))?.ok; await sleep(50)) {
      if (performance.now() - begun > START_LIMIT_MS) throw new Error('A gateway did not start.');
    }
  }
  return {
    urls,
    async partner(name, { capacity, refill }) {
      const made = portico('partner', 'create', '--name', name, '--integration', `${name} One`, '--category', 'SHIPPING');
      const numbers = ['--capacity', capacity, '--refill', refill, '--max-operation-cost', capacity, '--concurrency', 10_000].map(String);
      portico('limits', 'set', '--integration', made.clientId, ...numbers, '--by', 'budgets.mjs', '--reason', 'Concurrency is not what is measured.');
      // Each gateway looks for new limits every second.
      await sleep(2_000);
      const form = new URLSearchParams({ grant_type: 'client_credentials', client_id: made.clientId, client_secret: made.clientSecret });
      const { access_token: token } = await (await fetch(`${urls[0]}/oauth/token`, { method: 'POST', body: form })).json();
      const headers = { authorization: `Bearer ${token}`, 'content-type': 'application/json', accept: 'application/graphql-response+json' };
      return (gateway, query) => post(`${urls[gateway % GATEWAYS]}/graphql`, headers, JSON.stringify({ query }));
    },
    async stop() {
      for (const gateway of gateways) gateway.kill('SIGTERM');
      await Promise.all(gateways.map(gateway => gateway.exitCode ?? new Promise(resolve => gateway.once('exit', resolve))));
      await database.drop();
      rmSync(keysDir, { recursive: true, force: true });
    },
  };
}

/** Costs 10, and as much in the end. */
const TEN = `{ ${[1, 2, 3, 4, 5].map(i => `v${i}: viewer { integration { name } }`).join(' ')} }`;
const ONE = '{ viewer { apiVersion } }';

/** Gateways and their connections as they are in the middle of a day. */
async function warm({ partner }) {
  const ask = await partner('Warm', { capacity: 1_000_000, refill: 1_000_000 });
  for (let round = 0; round < 20; round++) await Promise.all(Array.from({ length: 200 }, (_, i) => ask(i, TEN)));
}

/** Until Redis has decided all of it: on a machine that is busy with other things, a request may well
    wait for longer than a gateway does, and is counted elsewhere then. */
async function oneBucket(gateways) {
  await warm(gateways);
  let row;
  for (let attempt = 1; attempt <= ATTEMPTS; attempt++) {
    row = { attempt, ...(await measureBucket(await gateways.partner(`Asker ${attempt}`, { capacity: CAPACITY, refill: RATE }))) };
    if (row.degraded === 0) break;
  }
  return row;
}

async function measureBucket(ask) {
  const answers = [];
  const begun = performance.now();
  const wave = await Promise.all(Array.from({ length: AT_ONCE }, (_, i) => ask(i, TEN)));
  const waveMs = performance.now() - begun;
  answers.push(...wave);
  await Promise.all(
    Array.from({ length: 8 }, async (_, side) => {
      for (let i = side; performance.now() - begun < waveMs + GOES_ON_MS; i++) {
        answers.push(await ask(i, TEN));
        await sleep(10);
      }
    }),
  );
  const seconds = (performance.now() - begun) / 1_000;
  const admittedOf = list => list.filter(({ status }) => status === 200).length;
  return {
    asked: answers.length,
    'admitted of the first 2,000': admittedOf(wave),
    'in seconds': Number((waveMs / 1_000).toFixed(2)),
    'admitted in all': admittedOf(answers),
    'in all seconds': Number(seconds.toFixed(2)),
    'the bucket holds': Number(((CAPACITY + RATE * seconds) / PRICE).toFixed(1)),
    'neither admitted nor throttled': answers.filter(({ status }) => status !== 200 && status !== 429).length,
    degraded: answers.filter(({ headers }) => headers['ratelimit-policy'].includes(';degraded')).length,
  };
}

/** Within one request of what the bucket holds, and never more. */
function judge(name, row) {
  const missing = row['the bucket holds'] - row['admitted in all'];
  if (row.degraded === 0 && row['neither admitted nor throttled'] === 0 && missing >= 0 && missing <= 2) return;
  process.exitCode = 1;
  console.error(row.degraded > 0 ? `${name}: Redis did not answer in time, so gateways counted alone.` : `${name}: ${missing} requests off.`);
}

const repeat = (times, of) => Array.from({ length: times }, (_, i) => of(i)).join(' ');

/** Each is another document each time, so that nothing about it is known. */
const HOSTILE = {
  deep: () => `{ viewer ${'{ integration { partner '.repeat(100)}{ id }${' } }'.repeat(100)} }`,
  wide: () => `{ ${repeat(400, () => 'viewer { apiVersion }')} }`,
  aliased: () => `{ ${repeat(300, i => `a${i}: viewer { apiVersion }`)} }`,
  duplicated: () => `{ viewer { ${repeat(1_900, () => 'apiVersion')} } }`,
  'directive-laden': () => `{ viewer ${repeat(250, () => '@include(if: true)')} { apiVersion } }`,
  'recursive through real fields': () => `{ integrations(first: 100) { nodes ${'{ progress(first: 100) { nodes { integration '.repeat(20)}{ id }${' } } }'.repeat(20)} } }`,
  'fragments that stand for 2^26 fields': () =>
    `{ viewer { ...F26 } } ${repeat(26, i => `fragment F${i + 1} on Viewer { ...F${i} ...F${i} }`)} fragment F0 on Viewer { apiVersion }`,
  'more tokens than may be': () => `{ viewer { ${repeat(20_000, () => 'id')} } }`,
};

const quantile = (times, share) => Number(times.toSorted((a, b) => a - b)[Math.floor(times.length * share)].toFixed(1));

async function refusals({ partner }) {
  const [flooder, neighbour] = [await partner('Flooder', { capacity: 1_000_000, refill: 1_000_000 }), await partner('Neighbour', { capacity: 1_000_000, refill: 1_000_000 })];
  const neighbourP99 = async until => {
    const times = [];
    while (performance.now() < until) times.push((await neighbour(0, ONE)).ms);
    return quantile(times, 0.99);
  };
  await neighbourP99(performance.now() + 1_000);
  const rows = {};
  let sent = 0;
  for (const [name, documentOf] of Object.entries(HOSTILE)) {
    const hostile = () => flooder(0, `${documentOf()} # ${sent++}`);
    const alone = await neighbourP99(performance.now() + 2_000);
    const times = [];
    let code = '';
    for (let i = 0; i < 30; i++) {
      const { text, ms } = await hostile();
      code = JSON.parse(text).errors[0].extensions.code;
      times.push(ms);
    }
    const until = performance.now() + 3_000;
    const before = sent;
    const flood = Array.from({ length: 4 }, async () => {
      while (performance.now() < until) await hostile();
    });
    const beside = await neighbourP99(until);
    await Promise.all(flood);
    rows[name] = { code, 'refused in ms': quantile(times, 0.5), 'flood a second': Math.round((sent - before) / 3), "neighbour's p99, ms": alone, 'beside the flood, ms': beside };
  }
  return rows;
}

async function on(redis, cluster, work) {
  const gateways = await platform(redis.url, cluster);
  try {
    return await work(gateways);
  } finally {
    await gateways.stop();
    await redis.stop();
  }
}

await setup();
try {
  const single = await on(await startOwnRedis(), false, async gateways => ({ bucket: await oneBucket(gateways), refused: await refusals(gateways) }));
  const rows = { 'one Redis': single.bucket, 'a cluster of three': await on(await startRedisCluster(), true, oneBucket) };
  console.table(rows);
  for (const [name, row] of Object.entries(rows)) judge(name, row);
  console.table(single.refused);
} finally {
  agent.destroy();
  await teardown();
}
