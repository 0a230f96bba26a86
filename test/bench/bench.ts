/**
 * `npm run bench`: Portico with every feature on beside the limit, interleaved in one run, warmed,
 * medians and ratios; then the cost of the road by stage. `-- --json FILE` writes the rows.
 */
import { fork, spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { fileURLToPath } from 'node:url';
import autocannon from 'autocannon';
import { startEmbeddedPostgres } from '../../src/platform/postgres/embedded.ts';
import { cpuMs, postgresCpuMs, rssMiB } from './processes.ts';
import { roadByStage } from './road.ts';

const ROUNDS = 5;
const SECONDS = 4;
const CONNECTIONS = 32;

export const MILESTONE_PAGE = `query MilestonePage {
  integrations(first: 10) { nodes { id name progress(first: 8) { nodes {
    id state period percentComplete milestone { id title userOutcome reward { kind title amount { amount currency } } }
  } } } }
}`;
export const VERSION_ONLY = '{ viewer { apiVersion } }';

interface Contender {
  readonly name: string;
  readonly url: string;
  readonly pid: number;
  readonly headers: Record<string, string>;
  readonly query: string;
}

interface Sample {
  readonly requestsPerSecond: number;
  readonly p50Ms: number;
  readonly p99Ms: number;
  readonly nodeCpuMs: number;
  readonly postgresCpuMs: number;
  readonly rssMiB: number;
}

const median = (values: readonly number[]): number => values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)]!;
const here = (file: string): string => fileURLToPath(new URL(file, import.meta.url));
const quiet = { info: () => undefined, warn: () => undefined };

async function load({ url, headers, query, pid }: Contender, postmaster: number, seconds: number): Promise<Sample> {
  const [node, postgres] = [cpuMs(pid), postgresCpuMs(postmaster)];
  const result = await autocannon({
    url,
    connections: CONNECTIONS,
    duration: seconds,
    method: 'POST',
    headers: { 'content-type': 'application/json', ...headers },
    body: JSON.stringify({ query }),
  });
  if (result.non2xx > 0 || result.errors > 0) throw new Error(`${url}: ${result.non2xx} refusals and ${result.errors} errors.`);
  const requests = result.requests.total;
  return {
    requestsPerSecond: requests / seconds,
    p50Ms: result.latency.p50,
    p99Ms: result.latency.p99,
    nodeCpuMs: (cpuMs(pid) - node) / requests,
    postgresCpuMs: (postgresCpuMs(postmaster) - postgres) / requests,
    rssMiB: rssMiB(pid),
  };
}

async function startGateway(dataDir: string): Promise<ChildProcess> {
  const gateway = spawn(process.execPath, [here('../../src/main.js')], {
    env: { PATH: process.env['PATH'], HOME: process.env['HOME'], PORT: '0', PORTICO_DATA_DIR: dataDir, LOG_LEVEL: 'info' },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  let output = '';
  for await (const chunk of gateway.stdout) {
    output += String(chunk);
    if (output.includes('Ask it something')) break;
  }
  if (!existsSync(join(dataDir, 'demo.json'))) throw new Error(`The gateway did not start:\n${output}`);
  gateway.stdout.resume();
  return gateway;
}

const { values } = parseArgs({ options: { json: { type: 'string' } } });
const dataDir = mkdtempSync(join(tmpdir(), 'portico-bench-'));
const children: ChildProcess[] = [];
try {
  const gateway = await startGateway(dataDir);
  children.push(gateway);
  const { url, live } = JSON.parse(readFileSync(join(dataDir, 'demo.json'), 'utf8')) as { url: string; live: { environmentId: string; clientId: string; clientSecret: string } };
  const postgres = await startEmbeddedPostgres({ dataDir, log: quiet });
  const postmaster = Number(readFileSync(join(dataDir, 'postgres/data/postmaster.pid'), 'utf8').split('\n')[0]);
  const ask = async <T>(path: string, body: string | URLSearchParams, headers: Record<string, string> = {}): Promise<T> =>
    (await fetch(`${url}${path}`, { method: 'POST', body, headers })).json() as Promise<T>;
  const { access_token: token } = await ask<{ access_token: string }>(
    '/oauth/token',
    new URLSearchParams({ grant_type: 'client_credentials', client_id: live.clientId, client_secret: live.clientSecret }),
  );
  const headers = { authorization: `Bearer ${token}` };
  const asJson = { ...headers, 'content-type': 'application/json' };
  const viewer = await ask<{ data: { viewer: { partner: { id: string } } } }>('/graphql', JSON.stringify({ query: '{ viewer { partner { id } } }' }), asJson);

  const limit = fork(here('limit-server.js'), [postgres.ownerUrl, viewer.data.viewer.partner.id, live.environmentId]);
  children.push(limit);
  const [{ port }] = (await once(limit, 'message')) as [{ port: number }];
  const contenders: Contender[] = [
    { name: 'limit: milestone page', url: `http://127.0.0.1:${port}/`, pid: limit.pid!, headers: {}, query: MILESTONE_PAGE },
    { name: 'portico: milestone page', url: `${url}/graphql`, pid: gateway.pid!, headers, query: MILESTONE_PAGE },
    { name: 'portico: viewer { apiVersion }', url: `${url}/graphql`, pid: gateway.pid!, headers, query: VERSION_ONLY },
  ];
  const answers = await Promise.all(
    contenders
      .slice(0, 2)
      .map(
        async contender =>
          ((await (await fetch(contender.url, { method: 'POST', headers: asJson, body: JSON.stringify({ query: contender.query }) })).json()) as { data: unknown }).data,
      ),
  );
  if (JSON.stringify(answers[0]) !== JSON.stringify(answers[1])) throw new Error('The limit and Portico do not answer alike.');

  const samples = new Map<string, Sample[]>(contenders.map(({ name }) => [name, []]));
  for (const contender of contenders) await load(contender, postmaster, 3);
  for (let round = 0; round < ROUNDS; round++) {
    for (const contender of contenders) samples.get(contender.name)!.push(await load(contender, postmaster, SECONDS));
  }
  const middle = (name: string, of: (sample: Sample) => number): number => median(samples.get(name)!.map(of));
  const limitRate = middle(contenders[0]!.name, sample => sample.requestsPerSecond);
  const rows = contenders.map(({ name }) => ({
    name,
    requestsPerSecond: Math.round(middle(name, sample => sample.requestsPerSecond)),
    ratioToLimit: Number((middle(name, sample => sample.requestsPerSecond) / limitRate).toFixed(3)),
    p50Ms: middle(name, sample => sample.p50Ms),
    p99Ms: middle(name, sample => sample.p99Ms),
    cpuMsPerRequest: Number(middle(name, sample => sample.nodeCpuMs + sample.postgresCpuMs).toFixed(3)),
    nodeCpuMsPerRequest: Number(middle(name, sample => sample.nodeCpuMs).toFixed(3)),
    postgresCpuMsPerRequest: Number(middle(name, sample => sample.postgresCpuMs).toFixed(3)),
    rssMiB: Math.round(middle(name, sample => sample.rssMiB)),
  }));
  console.table(rows);
  const stages = await roadByStage(dataDir, postgres.serviceUrl, MILESTONE_PAGE);
  console.log('The road, CPU of the gateway per request by stage (milestone page):');
  console.table(stages);
  if (values.json) writeFileSync(values.json, `${JSON.stringify({ rows, stages }, null, 2)}\n`);
} finally {
  for (const child of children) child.kill('SIGTERM');
  for (const child of children) if (child.exitCode === null && child.signalCode === null) await once(child, 'exit');
  rmSync(dataDir, { recursive: true, force: true });
}
process.exit(0);
