/**
 * `npm run bench`: Portico with every feature on, without Redis and with one, beside the limit and
 * the peers, in one run, interleaved, warmed, medians and ratios; a list of people as far as each has
 * agreed, written down; the cost of a request as the tables grow; the cost of the road by stage; events a
 * second through each door.
 *
 *   npm run bench -- [--json FILE] [--rounds 5] [--seconds 4] [--only mix,'milestone page',list,version,people,growth,road,ingestion]
 */
import { writeFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { startRedis, type RedisServer } from '../harness/redis-server.ts';
import { compareAnswers, startPeer, startPortico, stopContenders, tokensAt, type Contender } from './contenders.ts';
import { measureGrowth } from './growth.ts';
import { IngestionBench } from './ingestion.ts';
import { Measurements, type Row } from './measurements.ts';
import { roadByStage } from './road.ts';
import { startStand, type Stand } from './stand.ts';
import { peopleOf, requestsOf, type BenchRequest } from './workload.ts';

const PARTNERS = 200;

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

/** All contenders of the mixes, with their peers and a Redis. */
async function measureMixes({ dataDir, ownerUrl, postmaster, data, live, limit, portico, keepingNothing }: Stand, names: readonly string[]): Promise<Row[]> {
  const rows: Row[] = [];
  const guests: Contender[] = [];
  let redis: RedisServer | null = null;
  try {
    redis = await startRedis();
    if (redis) guests.push(await startPortico(dataDir, { redisUrl: redis.url }));
    else console.log('There is no redis-server on the path, so the rows with Redis are left out.');
    for (const peer of ['mercurius', 'apollo-typeorm'] as const) guests.push(await startPeer(peer, ownerUrl, live.environmentId));
    const contenders = [limit, portico, keepingNothing, ...guests];
    const partners = await data.partners(PARTNERS);
    const requests = requestsOf(PARTNERS);
    // An answer is kept from the second time on, so that the third one is what was kept.
    for (let times = 0; times < 3; times++) await compareAnswers(contenders, partners, requests.slice(0, 400));
    for (const name of names) rows.push(...(await measurements.take({ name, postmaster, contenders, partners, requests: requests.filter(MIXES[name]!) })));
  } finally {
    await stopContenders(guests);
    await redis?.stop();
  }
  return rows;
}

/** A list of people as far as each has agreed, written down. */
async function measurePeople({ postmaster, data, limit, portico }: Stand): Promise<Row[]> {
  await data.agree();
  const trial = { name: 'people', postmaster, contenders: [limit, portico], partners: await data.partners(PARTNERS), requests: peopleOf(PARTNERS) };
  await compareAnswers(trial.contenders, trial.partners, trial.requests, true);
  return measurements.take(trial);
}

/** The road of a request by stage. */
async function measureRoad({ dataDir, serviceUrl, data }: Stand): Promise<Awaited<ReturnType<typeof roadByStage>>> {
  const partners = await data.partners(PARTNERS);
  return roadByStage(dataDir, serviceUrl, requestsOf(PARTNERS).filter(MIXES['milestone page']!), url => tokensAt(url)(partners));
}

const measurements = new Measurements(effort);
const rows: Row[] = [];
const [stages, ingestion]: [Awaited<ReturnType<typeof measureRoad>>, Awaited<ReturnType<IngestionBench['rows']>>] = [[], []];
let changes: readonly string[] = [];

if (parts.some(part => part !== 'growth')) {
  const stand = await startStand();
  try {
    await stand.data.growTo(PARTNERS);
    const mixes = Object.keys(MIXES).filter(name => parts.includes(name));
    if (mixes.length > 0) rows.push(...(await measureMixes(stand, mixes)));
    if (parts.includes('people')) rows.push(...(await measurePeople(stand)));
    if (parts.includes('road')) stages.push(...(await measureRoad(stand)));
    if (parts.includes('ingestion')) ingestion.push(...(await new IngestionBench(stand.portico, stand.ownerUrl, stand.postmaster, effort).rows(stand.live)));
  } finally {
    await stand.stop();
  }
}
if (parts.includes('growth')) {
  const growth = await measureGrowth(measurements);
  rows.push(...growth.rows);
  ({ changes } = growth);
}

if (rows.length > 0) console.table(rows);
for (const change of changes) console.log(change);
if (stages.length > 0) {
  console.log('The road, CPU of the gateway per request by stage (milestone page):');
  console.table(stages);
}
if (ingestion.length > 0) {
  console.log('Events taken:');
  console.table(ingestion);
}
if (values.json) writeFileSync(values.json, `${JSON.stringify({ rows, stages, ingestion }, null, 2)}\n`);
process.exit(0);
