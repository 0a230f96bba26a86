/**
 * What a partner with a token can make Portico remember: 50,000 distinct documents, each fifth one
 * often enough to become a prepared statement. Reports the memory of the gateway and of
 * PostgreSQL's backends on the way, and fails where the gateway's outgrows 250 MB.
 *
 *   node test/scripts/documents.mjs [documents, 50,000 unless given]
 */
import { execFileSync, spawn } from 'node:child_process';
import { closeSync, mkdtempSync, openSync, readFileSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';

const MAX_GATEWAY_MB = 250;
const REPORTS = 20;
const CONNECTIONS = 16;
/** One more than Portico waits for before it prepares a statement, on one of its connections. */
const USES = 4;
const START_LIMIT_MS = 60_000;
const TOKEN_USE_MS = 10 * 60_000;

const documents = Number(process.argv[2] ?? 50_000);
const main = fileURLToPath(new URL('../../dist/src/main.js', import.meta.url));
const dataDir = mkdtempSync(join(tmpdir(), 'portico-documents-'));
const logFile = join(dataDir, 'gateway.log');

async function start() {
  const output = openSync(logFile, 'w');
  const child = spawn(process.execPath, ['--max-old-space-size=320', '--max-semi-space-size=4', main], {
    env: { PATH: process.env.PATH, HOME: process.env.HOME, PORT: '0', PORTICO_DATA_DIR: dataDir, LOG_LEVEL: 'warn' },
    stdio: ['ignore', output, output],
  });
  closeSync(output);
  const begun = performance.now();
  while (!readFileSync(logFile, 'utf8').includes('Ask it something')) {
    if (child.exitCode !== null || performance.now() - begun > START_LIMIT_MS) throw new Error(`The gateway did not start:\n${readFileSync(logFile, 'utf8')}`);
    await sleep(50);
  }
  return child;
}

const statusOf = (pid, name) => Number(new RegExp(`^${name}:\\s+(\\d+) kB`, 'm').exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1] ?? 0) / 1000;
const parentOf = pid => Number(/^PPid:\s+(\d+)/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1]);

/** Memory of each backend in MB, without the buffers that all of them share. */
function backends() {
  const postmaster = Number(readFileSync(join(dataDir, 'postgres', 'data', 'postmaster.pid'), 'utf8').split('\n')[0]);
  return readdirSync('/proc')
    .filter(name => /^\d+$/.test(name))
    .flatMap(pid => {
      try {
        return parentOf(pid) === postmaster && readFileSync(`/proc/${pid}/cmdline`, 'utf8').includes('portico_service') ? [statusOf(pid, 'RssAnon')] : [];
      } catch {
        // It ended while we looked.
        return [];
      }
    });
}

/** Distinct by its aliases, which are part of the statement's text too; of three shapes. */
function documentOf(number) {
  const alias = `d${number}`;
  return [
    `{ ${alias}: milestones(first: 5) { nodes { id title userOutcome reward { kind title amount { amount currency } } } } }`,
    `{ ${alias}: integrations(first: 10) { nodes { id name progress(first: 8) { nodes { id state period percentComplete milestone { id title reward { kind title } } } } } } }`,
    `{ viewer { ${alias}: apiVersion integration { name } } milestoneProgress(first: 10) { nodes { ${alias}: state criteria { value satisfied target unit } } } }`,
  ][number % 3];
}

const gateway = await start();
const { url, live } = JSON.parse(readFileSync(join(dataDir, 'demo.json'), 'utf8'));

// One partner may not ask so much; what is measured is another bound.
const portico = fileURLToPath(new URL('../../bin/portico.js', import.meta.url));
const numbers = ['--capacity', '1000000', '--refill', '1000000', '--max-operation-cost', '1000', '--concurrency', '1000'];
execFileSync(process.execPath, [portico, 'limits', 'set', '--integration', live.clientId, ...numbers, '--by', 'documents.mjs', '--reason', 'Memory is measured.'], {
  env: { PATH: process.env.PATH, HOME: process.env.HOME, PORTICO_DATA_DIR: dataDir },
});
// The gateway looks for new limits every second.
await sleep(2_000);

let token = null;
async function authorization() {
  if (!token || token.until < performance.now()) {
    const body = new URLSearchParams({ grant_type: 'client_credentials', client_id: live.clientId, client_secret: live.clientSecret });
    const { access_token: text } = await (await fetch(`${url}/oauth/token`, { method: 'POST', body })).json();
    token = { text, until: performance.now() + TOKEN_USE_MS };
  }
  return `Bearer ${token.text}`;
}

async function ask(number) {
  const response = await fetch(`${url}/graphql`, {
    method: 'POST',
    headers: { authorization: await authorization(), 'content-type': 'application/json' },
    body: JSON.stringify({ query: documentOf(number) }),
  });
  const { data, errors } = await response.json();
  if (response.status !== 200 || !data || errors) throw new Error(`Document ${number} was answered with ${response.status}: ${JSON.stringify(errors)}`);
}

let highest = 0;
function report(asked) {
  const own = backends();
  const rss = statusOf(gateway.pid, 'VmRSS');
  highest = Math.max(highest, rss);
  const sum = own.reduce((total, mb) => total + mb, 0);
  console.log(
    `${String(asked).padStart(6)} documents: gateway ${rss.toFixed(0)} MB; ${own.length} PostgreSQL backends, the largest ${Math.max(0, ...own).toFixed(0)} MB, together ${sum.toFixed(0)} MB`,
  );
}

try {
  report(0);
  let next = 0;
  const every = Math.max(1, Math.floor(documents / REPORTS));
  await Promise.all(
    Array.from({ length: CONNECTIONS }, async () => {
      while (next < documents) {
        const number = next++;
        for (let use = 0; use < (number % 5 === 0 ? USES : 1); use++) await ask(number);
        if ((number + 1) % every === 0) report(number + 1);
      }
    }),
  );
  const peak = statusOf(gateway.pid, 'VmHWM');
  console.log(`Highest seen ${highest.toFixed(0)} MB, peak ${peak.toFixed(0)} MB; the gateway may have ${MAX_GATEWAY_MB} MB.`);
  if (peak > MAX_GATEWAY_MB) process.exitCode = 1;
} finally {
  gateway.kill('SIGTERM');
  await new Promise(resolve => gateway.once('exit', resolve));
  rmSync(dataDir, { recursive: true, force: true });
}
