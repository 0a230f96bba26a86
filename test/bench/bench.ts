/**
 * `npm run bench`: Portico with every feature on, without Redis and with one, beside the limit and
 * the peers, in one run, interleaved, warmed, medians and ratios; a list of people as far as each has
 * agreed, written down; the cost of a request as the tables grow; the cost of the road by stage; events a
 * second through each door.
 *
 *   npm run bench -- [--json FILE] [--rounds 5] [--seconds 4] [--only mix,'milestone page',list,version,people,growth,road,ingestion]
 */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { startEmbeddedPostgres } from '../../src/platform/postgres/embedded.ts';
import { widenLimits } from '../harness/limits.ts';
import { startRedis, type RedisServer } from '../harness/redis-server.ts';
import { compareAnswers, startLimit, startPeer, startPortico, stopContenders, tokensAt, type Contender } from './contenders.ts';
import { BenchData, type BenchPartner } from './data.ts';
import { IngestionBench } from './ingestion.ts';
import { Measurements, type Row } from './measurements.ts';
import { roadByStage } from './road.ts';
import { peopleOf, requestsOf, type BenchRequest } from './workload.ts';

const PARTNERS = 200;
const GROWTH = [10, 1_000, 10_000];
/** Growth must not change the cost of a request by more than this share. */
const FLAT_WITHIN = 0.2;

const MIXES: Readonly<Record<string, (request: BenchRequest) => boolean>> = {
  mix: () => true,
  'milestone page': ({ query }) => query === 'milestone page',
  list: ({ query }) => query === 'list',
  version: ({ query }) => query === 'version',
};
const PARTS = [...Object.keys(MIXES), 'people', 'growth', 'road', 'ingestion'];

const { values } = parseArgs({
  options: { json: { type: 'string' }, rounds: { type: 'string', default: '5' }, seconds: { type: 'string', default: '4' }, only: { type: 'string' } },
});
const parts = values.only?.split(',') ?? PARTS;
const unknown = parts.find(part => !PARTS.includes(part));
if (unknown !== undefined) throw new Error(`The benchmark has no part ${unknown}: --only takes ${PARTS.join(', ')}.`);
const effort = { rounds: Number(values.rounds), seconds: Number(values.seconds) };

const dataDir = mkdtempSync(join(tmpdir(), 'portico-bench-'));
const contenders: Contender[] = [];
let redis: RedisServer | null = null;
try {
  const portico = await startPortico(dataDir);
  const keepingNothing = await startPortico(dataDir, { keeps: false });
  contenders.push(portico, keepingNothing);
  const demo = JSON.parse(readFileSync(join(dataDir, 'demo.json'), 'utf8')) as { live: BenchPartner & { environmentId: string } };
  const postgres = await startEmbeddedPostgres({ dataDir, log: { info: () => undefined, warn: () => undefined } });
  const postmaster = Number(readFileSync(join(dataDir, 'postgres/data/postmaster.pid'), 'utf8').split('\n')[0]);
  // Limits stay on, and refuse nobody: what is measured is what they cost.
  await widenLimits(postgres.ownerUrl);
  const limit = await startLimit(postgres.ownerUrl, demo.live.environmentId);
  contenders.unshift(limit);
  const data = new BenchData(postgres.ownerUrl, demo.live.environmentId);
  const measurements = new Measurements(postmaster, effort);
  const rows: Row[] = [];

  const grown = async (size: number): Promise<void> => {
    if (!parts.includes('growth')) return;
    await data.growTo(size);
    rows.push(...(await measurements.take([limit, portico, keepingNothing], await data.partners(PARTNERS), requestsOf(Math.min(size, PARTNERS)), `mix, ${size} partners`)));
  };

  await grown(GROWTH[0]!);
  await data.growTo(PARTNERS);
  const partners = await data.partners(PARTNERS);
  const requests = requestsOf(PARTNERS);
  const mixes = Object.entries(MIXES).filter(([name]) => parts.includes(name));
  if (mixes.length > 0) {
    redis = await startRedis();
    if (redis) contenders.push(await startPortico(dataDir, { redisUrl: redis.url }));
    else console.log('There is no redis-server on the path, so the rows with Redis are left out.');
    for (const peer of ['mercurius', 'apollo-typeorm'] as const) contenders.push(await startPeer(peer, postgres.ownerUrl, demo.live.environmentId));
    // An answer is kept from the second time on, so that the third one is what was kept.
    for (let times = 0; times < 3; times++) await compareAnswers(contenders, partners, requests.slice(0, 400));
    for (const [name, belongs] of mixes) rows.push(...(await measurements.take(contenders, partners, requests.filter(belongs), name)));
    await stopContenders(contenders.splice(3));
  }
  if (parts.includes('people')) {
    await data.agree();
    const asked = peopleOf(PARTNERS);
    await compareAnswers([limit, portico], partners, asked, true);
    rows.push(...(await measurements.take([limit, portico], partners, asked, 'people')));
  }
  const stages = parts.includes('road') ? await roadByStage(dataDir, postgres.serviceUrl, requests.filter(MIXES['milestone page']!), url => tokensAt(url)(partners)) : [];
  const ingestion = parts.includes('ingestion') ? await new IngestionBench(portico, postgres.ownerUrl, postmaster, effort).rows(demo.live) : [];
  for (const size of GROWTH.slice(1)) await grown(size);

  if (rows.length > 0) console.table(rows);
  if (parts.includes('growth')) {
    for (const { name: contender } of [portico, keepingNothing]) {
      const costs = GROWTH.map(size => rows.find(({ name }) => name === `${contender}: mix, ${size} partners`)!.cpuMsPerRequest);
      const change = Math.max(...costs) / Math.min(...costs) - 1;
      console.log(`${contender}: from ${GROWTH[0]} to ${GROWTH.at(-1)} partners the cost of a request changes by ${(change * 100).toFixed(0)} % (${FLAT_WITHIN * 100} % may be).`);
    }
  }
  if (stages.length > 0) {
    console.log('The road, CPU of the gateway per request by stage (milestone page):');
    console.table(stages);
  }
  if (ingestion.length > 0) {
    console.log('Events taken:');
    console.table(ingestion);
  }
  if (values.json) writeFileSync(values.json, `${JSON.stringify({ rows, stages, ingestion }, null, 2)}\n`);
} finally {
  await stopContenders(contenders);
  await redis?.stop();
  rmSync(dataDir, { recursive: true, force: true });
}
process.exit(0);
