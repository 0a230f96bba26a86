/**
 * `kill -9` at random moments, the first start included: of the gateway, or of its PostgreSQL under
 * it. Each next start must answer a partner's query, with the rows that were there before.
 *
 *   node test/scripts/kill-gateway.mjs [times, 20 unless given]
 */
import { spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';

const times = Number(process.argv[2] ?? 20);
const main = fileURLToPath(new URL('../../dist/src/main.js', import.meta.url));
const dataDir = mkdtempSync(join(tmpdir(), 'portico-kill-'));

const freePort = () =>
  new Promise(resolve => {
    const server = createServer().listen(0, '127.0.0.1', () => {
      const { port } = server.address();
      server.close(() => resolve(port));
    });
  });

async function start() {
  const port = await freePort();
  const child = spawn(process.execPath, [main], {
    env: { PATH: process.env.PATH, HOME: process.env.HOME, PORT: String(port), PORTICO_DATA_DIR: dataDir, LOG_LEVEL: 'warn' },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let output = '';
  child.stdout.on('data', chunk => (output += chunk));
  child.stderr.on('data', chunk => (output += chunk));
  const exited = new Promise(resolve => child.once('exit', resolve));
  return { child, exited, port, output: () => output };
}

const postmasterPid = () => Number(readFileSync(join(dataDir, 'postgres', 'data', 'postmaster.pid'), 'utf8').split('\n')[0]);

async function firstAnswer({ port, output, child }) {
  const begun = performance.now();
  while (performance.now() - begun < 30_000) {
    if (child.exitCode !== null) throw new Error(`The gateway ended by itself:\n${output()}`);
    try {
      const { live } = JSON.parse(readFileSync(join(dataDir, 'demo.json'), 'utf8'));
      const token = await fetch(`http://127.0.0.1:${port}/oauth/token`, {
        method: 'POST',
        body: new URLSearchParams({ grant_type: 'client_credentials', client_id: live.clientId, client_secret: live.clientSecret }),
      }).then(response => response.json());
      const answer = await fetch(`http://127.0.0.1:${port}/graphql`, {
        method: 'POST',
        headers: { authorization: `Bearer ${token.access_token}`, 'content-type': 'application/json' },
        body: JSON.stringify({ query: '{ milestones(first: 100) { nodes { id } } }' }),
      }).then(response => response.json());
      if (answer.data?.milestones.nodes.length > 0) return { ms: performance.now() - begun, milestones: answer.data.milestones.nodes.map(node => node.id).join() };
    } catch {
      // Not there yet.
    }
    await sleep(25);
  }
  throw new Error(`No answer within 30 s:\n${output()}`);
}

let rows = null;
const answered = [];
try {
  for (let i = 0; i < times; i++) {
    const victim = i % 2 === 0 ? 'gateway' : 'postgresql';
    const delay = Math.round(Math.random() * (i < 4 ? 2500 : 1500));
    const gateway = await start();
    await sleep(delay);
    let hit = victim;
    try {
      process.kill(victim === 'gateway' ? gateway.child.pid : postmasterPid(), 'SIGKILL');
    } catch {
      // Its PostgreSQL was not up yet.
      hit = 'gateway (no postgresql yet)';
      gateway.child.kill('SIGKILL');
    }
    await sleep(Math.random() * 300);
    gateway.child.kill('SIGKILL');
    await gateway.exited;
    const next = await start();
    const { ms, milestones } = await firstAnswer(next);
    if (rows !== null && rows !== milestones) throw new Error('The rows changed.');
    rows = milestones;
    answered.push(ms);
    console.log(`${String(i + 1).padStart(2)}. kill -9 of ${hit} after ${delay} ms: the next start answered in ${Math.round(ms)} ms`);
    next.child.kill(i % 3 === 0 ? 'SIGKILL' : 'SIGTERM');
    await next.exited;
  }
  console.log(`${times} of ${times} starts answered; the slowest took ${Math.round(Math.max(...answered))} ms.`);
} finally {
  await sleep(1500);
  rmSync(dataDir, { recursive: true, force: true });
}
