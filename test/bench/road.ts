/**
 * What each stage of the road costs: a gateway in this process under V8's sampling profiler, the
 * load from another process. A sample counts for the innermost stage on its stack; what no stage
 * owns is the HTTP server's.
 */
import { Session, type Profiler } from 'node:inspector/promises';
import { createApp } from '../../src/app.ts';
import { readConfig } from '../../src/config.ts';
import { createLogger } from '../../src/platform/log.ts';
import { CONNECTIONS, load } from './load.ts';
import type { BenchRequest } from './workload.ts';

const SAMPLE_MICROSECONDS = 200;
const WARM_SECONDS = 3;
const SECONDS = 8;

/** Stages by what their frames are called or where they live, innermost first. */
const STAGES: readonly { stage: string; owns: (frame: { functionName: string; url: string }) => boolean }[] = [
  { stage: 'postgres: one flight', owns: ({ url }) => /\/pg\/|\/pg-protocol\/|\/pg-pool\/|platform\/postgres\//.test(url) },
  { stage: 'plan and parameters', owns: ({ url }) => /\/src\/reads\//.test(url) },
  { stage: 'identify', owns: ({ url }) => /identify\.|access-token|signing-key/.test(url) },
  { stage: 'place', owns: ({ url }) => /http\/place\./.test(url) },
  { stage: 'choose version', owns: ({ url }) => /choose-version|\/src\/versions\//.test(url) },
  { stage: 'guard', owns: ({ url }) => /http\/guard\./.test(url) },
  { stage: 'prepare', owns: ({ url }) => /http\/prepare\./.test(url) },
  { stage: 'run', owns: ({ url }) => /http\/run\./.test(url) },
  { stage: 'text of the answer', owns: ({ url }) => /compiled-data/.test(url) },
  { stage: 'request log', owns: ({ url, functionName }) => /request-log/.test(url) || functionName === 'recordAnswers' },
  { stage: 'metrics', owns: ({ url }) => /platform\/metrics|prom-client/.test(url) },
  { stage: 'apollo', owns: ({ url }) => /@apollo|served-version|\/graphql\//.test(url) },
  { stage: 'headers', owns: ({ url, functionName }) => /helmet|@fastify\/cors/.test(url) && functionName !== 'onSend' },
  { stage: 'route', owns: ({ url }) => /graphql-route/.test(url) },
];

const REST = 'http server (node, fastify)';

/** CPU milliseconds per request, by stage, of the requests asked in a loop by all connections.
    @param headersAt what identifies each partner to the gateway at that URL */
export async function roadByStage(
  dataDir: string,
  serviceUrl: string,
  requests: readonly BenchRequest[],
  headersAt: (url: string) => Promise<Record<string, string>[]>,
): Promise<{ stage: string; cpuMsPerRequest: number; share: string }[]> {
  const config = { ...readConfig({ PORT: '0', PORTICO_DATA_DIR: dataDir }), publicUrl: null };
  const app = await createApp({ config, serviceUrl, log: createLogger({ level: 'silent' }) });
  const url = await app.listen();
  const job = { url: `${url}/graphql`, headers: await headersAt(url), requests, connections: CONNECTIONS, warmSeconds: 0 };
  await load({ ...job, seconds: WARM_SECONDS });
  const session = new Session();
  session.connect();
  await session.post('Profiler.enable');
  await session.post('Profiler.setSamplingInterval', { interval: SAMPLE_MICROSECONDS });
  await session.post('Profiler.start');
  const cpu = process.cpuUsage();
  const result = await load({ ...job, seconds: SECONDS });
  const { user, system } = process.cpuUsage(cpu);
  const { profile } = await session.post('Profiler.stop');
  session.disconnect();
  await app.close();

  const shares = sharesByStage(profile);
  const cpuMs = (user + system) / 1000 / result.requests;
  const stages = [...shares]
    .toSorted(([, a], [, b]) => b - a)
    .map(([stage, share]) => ({ stage, cpuMsPerRequest: Number((cpuMs * share).toFixed(4)), share: `${(share * 100).toFixed(1)} %` }));
  return [...stages, { stage: 'all', cpuMsPerRequest: Number(cpuMs.toFixed(4)), share: '100 %' }];
}

function sharesByStage(profile: Profiler.Profile): Map<string, number> {
  const nodes = new Map(profile.nodes.map(node => [node.id, node]));
  const parents = new Map(profile.nodes.flatMap(node => (node.children ?? []).map(child => [child, node.id] as const)));
  const stageOf = new Map<number, string | null>();
  const find = (id: number): string | null => {
    const known = stageOf.get(id);
    if (known !== undefined) return known;
    const { callFrame } = nodes.get(id)!;
    const parent = parents.get(id);
    const found = callFrame.functionName === '(idle)' ? null : (STAGES.find(({ owns }) => owns(callFrame))?.stage ?? (parent === undefined ? REST : find(parent)));
    stageOf.set(id, found);
    return found;
  };
  const time = new Map<string, number>();
  let busy = 0;
  profile.samples?.forEach((id, i) => {
    const stage = nodes.get(id)!.callFrame.functionName === '(garbage collector)' ? 'garbage collection' : find(id);
    if (stage === null) return;
    const delta = profile.timeDeltas?.[i] ?? 0;
    busy += delta;
    time.set(stage, (time.get(stage) ?? 0) + delta);
  });
  return new Map([...time].map(([stage, spent]) => [stage, spent / busy]));
}
