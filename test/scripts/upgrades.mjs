/**
 * An upgrade report over a thousand registered operations: how long it takes, how long others wait meanwhile,
 * and whether every rewritten operation is valid on the target. Beside it, what a document costs that is sent by
 * its id and by its text. Fails where the report takes 5 s, a rewritten operation is not valid, or another
 * request waits a quarter of a second for its turn.
 *
 *   node test/scripts/upgrades.mjs
 */
import { spawn } from 'node:child_process';
import { closeSync, mkdtempSync, openSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { buildSchema, parse, validate } from 'graphql';

const OPERATIONS = 1_000;
const FROM = '2026-01';
const TO = '2027-01';
const MAX_REPORT_MS = 5_000;
const MAX_WAIT_MS = 250;
/** By text and by id in turns, so that what else the machine does falls on both. */
const ROUNDS = 9;
const REQUESTS = 100;
const START_LIMIT_MS = 60_000;

const main = fileURLToPath(new URL('../../dist/src/main.js', import.meta.url));
const dataDir = mkdtempSync(join(tmpdir(), 'portico-upgrades-'));
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

/** Each fourth is untouched, the others are touched in one to four ways. */
const SHAPES = [
  n => `query Q${n} { viewer { apiVersion partner { id name } } integrations(first: ${1 + (n % 50)}) { nodes { id name } } }`,
  n => `query Q${n} { milestones(first: ${1 + (n % 50)}) { nodes { id title benefit criteria { id weight } reward { id amount currency } } } }`,
  n =>
    `query Q${n}($id: ID!, $states: [MilestoneProgressState!]) { integration(id: $id) { credentials { id ...F } progress(first: ${1 + (n % 50)}, status: $states) { nodes { id state percentComplete } } } } fragment F on Credential { secretPrefix }`,
  n =>
    `query Q${n} { requests(first: ${1 + (n % 50)}) { nodes { ... on Request { id apiVersion status } } } integrations(sort: NEWEST) { nodes { id } } program { rewards { price: amount currency } } }`,
];

const REPORT = `query ($after: String) { upgradeReport(from: "${FROM}", to: "${TO}", first: 250, after: $after) {
  summary { broken warned unaffected rewritten } pageInfo { hasNextPage endCursor }
  operations { operationName origin verdict coordinates document rewritten costBefore costAfter findings { coordinate message todo paths deprecatedOn changedIn sunsetOn } }
} }`;

/** User and system time of a process, in ms. */
const cpuOf = pid =>
  readFileSync(`/proc/${pid}/stat`, 'utf8')
    .split(') ')[1]
    .split(' ')
    .slice(11, 13)
    .reduce((sum, ticks) => sum + Number(ticks) * 10, 0);

const median = values => values.toSorted((a, b) => a - b)[values.length >> 1];

async function measure(url, { clientId, clientSecret }, cpuMs) {
  const grant = new URLSearchParams({ grant_type: 'client_credentials', client_id: clientId, client_secret: clientSecret });
  const { access_token: token } = await (await fetch(`${url}/oauth/token`, { method: 'POST', body: grant })).json();
  const ask = async (body, version = FROM) => {
    for (;;) {
      const response = await fetch(`${url}/graphql/${version}`, {
        method: 'POST',
        headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
        body: JSON.stringify(body),
      });
      const answer = await response.json();
      if (!answer.errors?.some(({ extensions }) => extensions.code === 'THROTTLED')) return answer;
      // Long enough for many requests to find room, so that few are refused.
      await sleep(2_000);
    }
  };
  const told = answer => {
    if (answer.errors) throw new Error(JSON.stringify(answer.errors));
    return answer.data;
  };

  const texts = Array.from({ length: OPERATIONS }, (_, n) => SHAPES[n % SHAPES.length](n));
  const ids = [];
  for (let i = 0; i < texts.length; i += 100) {
    const input = { operations: texts.slice(i, i + 100).map(document => ({ document })) };
    const { registerOperations } = told(
      await ask({
        query: 'mutation ($input: RegisterOperationsInput!) { registerOperations(input: $input) { operations { documentId } userErrors { message } } }',
        variables: { input },
      }),
    );
    if (registerOperations.userErrors.length > 0) throw new Error(JSON.stringify(registerOperations.userErrors));
    ids.push(...registerOperations.operations.map(({ documentId }) => documentId));
  }
  console.log(`registered ${ids.length} documents for ${FROM}`);

  const waits = [];
  let isOver = false;
  const others = (async () => {
    while (!isOver) {
      const begun = performance.now();
      await (await fetch(`${url}/livez`)).text();
      waits.push(performance.now() - begun);
    }
  })();
  const begun = performance.now();
  const cpuBefore = cpuMs();
  const operations = [];
  let summary;
  for (let after = null, more = true; more;) {
    const { upgradeReport } = told(await ask({ query: REPORT, variables: { after } }, '2026-10'));
    operations.push(...upgradeReport.operations);
    ({ summary } = upgradeReport);
    [after, more] = [upgradeReport.pageInfo.endCursor, upgradeReport.pageInfo.hasNextPage];
  }
  const reportMs = performance.now() - begun;
  const cpu = cpuMs() - cpuBefore;
  isOver = true;
  await others;
  const target = buildSchema(await (await fetch(`${url}/schema/${TO}.graphql`)).text());
  const registered = operations.filter(({ origin }) => origin === 'REGISTERED');
  const invalid = registered.flatMap(({ rewritten }) => (rewritten ? validate(target, parse(rewritten)) : []));
  const unsaid = registered.filter(({ verdict, rewritten }) => verdict === 'BROKEN' && rewritten === null);
  console.log(
    `report ${FROM} -> ${TO}: ${Math.round(reportMs)} ms, ${Math.round(cpu)} ms of the gateway's CPU, ${JSON.stringify(summary)}, ${invalid.length} rewritten operations that are not valid there, ${unsaid.length} broken ones without a rewritten form`,
  );
  const longest = Math.max(...waits);
  console.log(`another request meanwhile: median ${median(waits).toFixed(1)} ms, longest ${longest.toFixed(1)} ms of ${waits.length}`);

  const [text, documentId] = [texts[0], ids[0]];
  const spent = { text: 0, id: 0 };
  for (let round = 0; round < ROUNDS; round++) {
    for (const [name, body] of [
      ['text', { query: text }],
      ['id', { documentId }],
    ]) {
      const before = cpuMs();
      for (let i = 0; i < REQUESTS; i++) told(await ask(body));
      // What the first round compiles is paid by whoever comes first.
      if (round > 0) spent[name] += cpuMs() - before;
    }
  }
  const each = ms => (ms / (ROUNDS - 1) / REQUESTS).toFixed(3);
  console.log(`the gateway's CPU for a request: ${each(spent.text)} ms by text, ${each(spent.id)} ms by id`);
  return reportMs < MAX_REPORT_MS && longest < MAX_WAIT_MS && invalid.length === 0 && registered.length === OPERATIONS;
}

const child = await start();
let held = false;
try {
  const { url, live } = JSON.parse(readFileSync(join(dataDir, 'demo.json'), 'utf8'));
  held = await measure(url, live, () => cpuOf(child.pid));
} finally {
  child.kill('SIGTERM');
  await new Promise(resolve => child.once('exit', resolve));
  rmSync(dataDir, { recursive: true, force: true });
}
console.log(held ? 'It holds.' : 'It does not hold.');
process.exitCode = held ? 0 : 1;
