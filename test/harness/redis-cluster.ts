/** Redis servers of a test file's own, for what cannot be done to the run's: a cluster of three, and
    one that is stopped and started again. Suites are skipped where there is no `redis-server`. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { Redis } from 'ioredis';
import { freePort, hasRedisBinary, startBinary, type RedisServer } from './redis-server.ts';

const SLOTS = 16_384;
const NODES = 3;

export function describeWithOwnRedis(title: string, suite: () => void): void {
  if (hasRedisBinary()) describe(title, suite);
  else describe.skip(`${title} (needs a redis-server on the path)`, () => test('is skipped without one', () => undefined));
}

export async function startOwnRedis(port?: number, options: readonly string[] = []): Promise<RedisServer & { readonly port: number }> {
  const own = port ?? (await freePort());
  const server = await startBinary(own, options);
  if (!server) throw new Error(`redis-server did not start on port ${own} with ${options.join(' ')}.`);
  return { ...server, port: own };
}

export interface RedisCluster extends RedisServer {
  stopNode(index: number): Promise<void>;
  /** On the same port, with what it knew of the cluster and no keys. */
  startNode(index: number): Promise<void>;
}

/** Three nodes that share the slots; the URL is the first one's. */
export async function startRedisCluster(): Promise<RedisCluster> {
  const directory = await mkdtemp(join(tmpdir(), 'portico-cluster-'));
  const start = (index: number, busPort: number, port?: number) =>
    startOwnRedis(port, ['--cluster-enabled', 'yes', '--cluster-config-file', join(directory, `${index}.conf`), '--cluster-port', String(busPort), '--dir', directory]);
  const nodes = await Promise.all(
    Array.from({ length: NODES }, async (_, index) => {
      const busPort = await freePort();
      return { ...(await start(index, busPort)), busPort };
    }),
  );
  const clients = nodes.map(({ url }) => new Redis(url));
  const first = nodes[0]!;
  for (const [index, client] of clients.entries()) {
    await client.call('CLUSTER', 'ADDSLOTSRANGE', Math.floor((index * SLOTS) / NODES), Math.floor(((index + 1) * SLOTS) / NODES) - 1);
    if (index > 0) await client.call('CLUSTER', 'MEET', '127.0.0.1', first.port, first.busPort);
  }
  const agreed = async (): Promise<boolean> =>
    (await Promise.all(clients.map(client => client.call('CLUSTER', 'INFO') as Promise<string>))).every(
      info => /cluster_state:ok/.test(info) && /cluster_known_nodes:3/.test(info),
    );
  for (let i = 0; i < 200 && !(await agreed()); i++) await sleep(50);
  for (const client of clients) client.disconnect();
  return {
    url: first.url,
    stopNode: index => nodes[index]!.stop(),
    async startNode(index) {
      const { busPort, port } = nodes[index]!;
      nodes[index] = { ...(await start(index, busPort, port)), busPort };
    },
    async stop() {
      await Promise.all(nodes.map(node => node.stop()));
      await rm(directory, { recursive: true, force: true });
    },
  };
}
