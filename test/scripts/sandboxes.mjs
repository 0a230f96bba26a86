/**
 * What sandboxes cost, on this machine: a gateway of its own with the embedded PostgreSQL, a newcomer's
 * way to its first answer, a hundred sandboxes by four clients at once, a flood of one beside live, then
 * reset, snapshot, fork, comparison and clock for both sizes; and a gateway that is killed while it moves
 * a clock.
 *
 *   node test/scripts/sandboxes.mjs [kills]
 *
 * Needs `npm run build`. Prints one line a figure, and ends in an error where a promise is broken.
 */
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import pg from 'pg';

const KILLS = Number(process.argv[2] ?? 6);
const SANDBOXES = 100;
const CLIENTS = 4;
const LIVE_ALONE_MS = 10_000;
const FLOOD_MS = 30_000;

const main = fileURLToPath(new URL('../../dist/src/main.js', import.meta.url));
const dataDir = mkdtempSync(join(tmpdir(), 'portico-sandboxes-'));
const print = (what, figure) => console.log(`${what.padEnd(52)}${figure}`);
const ms = value => `${value.toFixed(0)} ms`;

let gateway;
let demo;

async function start() {
  const began = performance.now();
  gateway = spawn(process.execPath, [main], {
    env: { PATH: process.env.PATH, HOME: process.env.HOME, PORT: '0', PORTICO_DATA_DIR: dataDir, LOG_LEVEL: 'error' },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  let printed = '';
  await new Promise((resolve, reject) => {
    gateway.once('exit', () => reject(new Error(`The gateway did not start:\n${printed}`)));
    gateway.stdout.on('data', chunk => {
      printed += chunk;
      if (printed.includes(`"}'\n`)) resolve();
    });
  });
  demo = JSON.parse(readFileSync(join(dataDir, 'demo.json'), 'utf8'));
  return performance.now() - began;
}

async function tokenOf({ clientId, clientSecret }) {
  const response = await fetch(`${demo.url}/oauth/token`, {
    method: 'POST',
    body: new URLSearchParams({ grant_type: 'client_credentials', client_id: clientId, client_secret: clientSecret }),
  });
  const { access_token: token } = await response.json();
  assert.ok(token, 'a token');
  return token;
}

async function ask(token, query, variables) {
  const response = await fetch(`${demo.url}/graphql`, {
    method: 'POST',
    headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
    body: JSON.stringify({ query, variables }),
  });
  const { data, errors } = await response.json();
  assert.equal(errors, undefined, JSON.stringify(errors));
  return data;
}

async function change(token, mutation, input, selection, type = `${mutation[0].toUpperCase()}${mutation.slice(1)}Input`) {
  const query = `mutation ($input: ${type}!) { ${mutation}(input: $input) { ${selection} userErrors { code message } } }`;
  const { [mutation]: payload } = await ask(token, query, { input: { idempotencyKey: randomUUID(), ...input } });
  assert.deepEqual(payload.userErrors, []);
  return payload;
}

async function asOwner(work) {
  const { ownerUrl } = await locate();
  const client = new pg.Client({ connectionString: ownerUrl });
  await client.connect();
  try {
    return await work(client);
  } finally {
    await client.end();
  }
}

/** The gateway's own server, joined as a second process joins it. */
async function locate() {
  const { startEmbeddedPostgres } = await import('../../dist/src/platform/postgres/embedded.js');
  return startEmbeddedPostgres({ dataDir, log: { info() {}, warn() {} } });
}

async function timed(work) {
  const began = performance.now();
  const value = await work();
  return { took: performance.now() - began, value };
}

const quantile = (values, q) => values.toSorted((a, b) => a - b)[Math.min(values.length - 1, Math.floor(values.length * q))];

const QUESTION = { query: '{ milestones(first: 20) { nodes { id title reward { title } } } }' };

/** One request; whether it was answered, or refused for lack of budget. Anything else is an error. */
async function flows(token) {
  const response = await fetch(`${demo.url}/graphql`, {
    method: 'POST',
    headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json', accept: 'application/graphql-response+json' },
    body: JSON.stringify(QUESTION),
  });
  const { errors } = await response.json();
  assert.ok(response.status === 200 || response.status === 429, `${response.status}: ${JSON.stringify(errors)}`);
  return response.status === 200;
}

/** How long live's answers take, ten a second, while a sandbox is asked as fast as it answers by so many
    connections. Live is refused nothing. */
async function liveBeside(floodToken, durationMs) {
  const end = performance.now() + durationMs;
  const live = await tokenOf(demo.live);
  const [times, counts] = [[], { answered: 0, refused: 0 }];
  const flood = Array.from({ length: floodToken ? 16 : 0 }, async () => {
    while (performance.now() < end) counts[(await flows(floodToken)) ? 'answered' : 'refused'] += 1;
  });
  while (performance.now() < end) {
    const { took, value } = await timed(() => flows(live));
    assert.ok(value, 'live was refused');
    times.push(took);
    await new Promise(resolve => setTimeout(resolve, Math.max(0, 100 - took)));
  }
  await Promise.all(flood);
  return { times, ...counts };
}

const OPENED = 'clientId clientSecret sandbox { id environmentId rowCount }';

try {
  print('first start with sample data', ms(await start()));
  await asOwner(client => client.query('update portico.sandbox_quota set sandboxes = 1000, rows = 100000000'));
  const live = await tokenOf(demo.live);

  const newcomer = await timed(async () => {
    const response = await fetch(`${demo.url}/sandboxes/anonymous`, { method: 'POST' });
    assert.equal(response.status, 201);
    const { milestones } = await ask(await tokenOf(await response.json()), '{ milestones(first: 1) { nodes { title } } }');
    assert.equal(milestones.nodes[0].title, 'First orders served');
  });
  print('anonymous sandbox to first milestone', ms(newcomer.took));
  assert.ok(newcomer.took < 5000);

  const made = [];
  const times = [];
  let left = SANDBOXES;
  const whole = await timed(() =>
    Promise.all(
      Array.from({ length: CLIENTS }, async () => {
        while (left-- > 0) {
          const { took, value } = await timed(() => change(live, 'createSandbox', { name: 'Figures' }, OPENED));
          times.push(took);
          made.push(value);
        }
      }),
    ),
  );
  print(`${SANDBOXES} small sandboxes by ${CLIENTS} clients at once`, `median ${ms(quantile(times, 0.5))}, p99 ${ms(quantile(times, 0.99))}, all ${ms(whole.took)}`);
  assert.ok(quantile(times, 0.5) < 2000);
  const everyId = new Set();
  for (const { clientId, clientSecret, sandbox } of made) {
    const { viewer, milestoneProgress } = await ask(await tokenOf({ clientId, clientSecret }), '{ viewer { environment { id } } milestoneProgress(first: 100) { nodes { id } } }');
    assert.equal(viewer.environment.id, sandbox.environmentId);
    for (const { id } of milestoneProgress.nodes) {
      assert.ok(!everyId.has(id), 'an id stands in two sandboxes');
      everyId.add(id);
    }
  }
  print('ids seen in them, all different', everyId.size);

  const [flooded] = made;
  const alone = await liveBeside(null, LIVE_ALONE_MS);
  const beside = await liveBeside(await tokenOf(flooded), FLOOD_MS);
  const figures = ({ times }) => `p50 ${ms(quantile(times, 0.5))}, p99 ${ms(quantile(times, 0.99))}, ${times.length} requests`;
  print('live alone', figures(alone));
  print(`live beside a sandbox flooded for ${FLOOD_MS / 1000} s`, figures(beside));
  print('the flood by 16 connections', `${beside.answered} answered, ${beside.refused} refused for lack of budget`);
  assert.ok(beside.refused > 0, 'the flood reached its limit');

  for (const size of ['SMALL', 'FULL']) {
    const label = size.toLowerCase();
    const created = await timed(() => change(live, 'createSandbox', { name: 'Figures', size }, OPENED));
    const { sandbox } = created.value;
    print(`${label}: rows`, sandbox.rowCount);
    print(`${label}: create`, ms(created.took));
    const snapshot = await timed(() => change(live, 'snapshotSandbox', { sandboxId: sandbox.id, name: 'x' }, 'snapshot { id }'));
    print(`${label}: snapshot`, ms(snapshot.took));
    const from = snapshot.value.snapshot.id;
    const moved = await timed(() => change(live, 'advanceClock', { sandboxId: sandbox.id, by: 'P400D' }, 'fired { kind }'));
    print(`${label}: clock by 400 days`, `${ms(moved.took)}, ${moved.value.fired.length} fired`);
    assert.ok(moved.took < 10_000);
    print(`${label}: comparison`, ms((await timed(() => change(live, 'sandboxDiff', { from }, 'added removed changed'))).took));
    const reset = await timed(() => change(live, 'resetSandbox', { sandboxId: sandbox.id }, 'environmentId'));
    print(`${label}: reset`, ms(reset.took));
    assert.ok(reset.took < 5000);
    print(`${label}: back to the snapshot`, ms((await timed(() => change(live, 'resetSandbox', { sandboxId: sandbox.id, snapshotId: from }, 'environmentId'))).took));
    const fork = await timed(() => change(live, 'forkSandbox', { snapshotId: from, name: 'x' }, OPENED));
    print(`${label}: fork`, ms(fork.took));
    print(`${label}: delete`, ms((await timed(() => change(live, 'deleteSandbox', { sandboxId: fork.value.sandbox.id }, 'deletedSandboxId'))).took));
  }

  let interrupted = 0;
  for (let kill = 0; kill < KILLS; kill++) {
    const token = await tokenOf(demo.live);
    const { sandbox } = await change(token, 'createSandbox', { name: 'Killed', size: 'FULL' }, OPENED);
    await change(token, 'freezeClock', { sandboxId: sandbox.id }, 'now', 'SandboxClockInput');
    const input = { sandboxId: sandbox.id, by: 'P400D', idempotencyKey: randomUUID() };
    const moving = change(token, 'advanceClock', input, 'fired { kind subjectId }').then(
      () => 'answered',
      () => 'interrupted',
    );
    await new Promise(resolve => setTimeout(resolve, 5 + Math.random() * 120));
    const exited = once(gateway, 'exit');
    gateway.kill('SIGKILL');
    await exited;
    if ((await moving) === 'interrupted') interrupted += 1;
    await start();
    const undone = await asOwner(
      async client =>
        (await client.query('select count(*)::integer as n, count(done_at)::integer as done from portico.due_work where environment_id = $1', [sandbox.environmentId])).rows[0],
    );
    assert.ok(undone.done === 0 || undone.done === undone.n, `half of the work was done: ${undone.done} of ${undone.n}`);
    const { fired } = await change(await tokenOf(demo.live), 'advanceClock', input, 'fired { kind subjectId }');
    assert.equal(fired.length, undone.n);
    assert.equal(new Set(fired.map(({ subjectId }) => subjectId)).size, fired.length);
    const left = await asOwner(
      async client =>
        (await client.query("select count(*)::integer as n from portico.milestone_progress where environment_id = $1 and state = 'PROVISIONAL'", [sandbox.environmentId])).rows[0],
    );
    assert.equal(left.n, 0);
  }
  print(`killed while the clock moved, ${KILLS} times`, `${interrupted} in the middle; nothing lost, nothing twice`);

  const exited = once(gateway, 'exit');
  gateway.kill('SIGTERM');
  await exited;
  const again = await start();
  print('later start', ms(again));
} finally {
  gateway?.kill('SIGTERM');
  if (gateway && gateway.exitCode === null && gateway.signalCode === null) await once(gateway, 'exit');
  rmSync(dataDir, { recursive: true, force: true });
}
