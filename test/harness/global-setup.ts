/** Starts the run's real servers before the first test file; `global-teardown.ts` stops them. */
import { startPostgres } from './postgres-server.ts';
import { startRedis } from './redis-server.ts';
import { publishRun } from './run.ts';

const NO_REDIS =
  'No Redis: the suites that need one are SKIPPED. Set REDIS_URL, put a redis-server on the path (apt-get install redis-server, brew install redis), or start Docker.';

export default async function setUp(): Promise<void> {
  const [postgres, redis] = await Promise.all([startPostgres(), startRedis()]);
  globalThis.porticoTestServers = redis ? [postgres, redis] : [postgres];
  if (!redis) {
    if (process.env['CI']) {
      await postgres.stop();
      throw new Error(NO_REDIS);
    }
    console.error(`\n${NO_REDIS}\n`);
  }
  const { adminUrl, ownerUrl, serviceUrl, templateDatabase } = postgres;
  publishRun({ adminUrl, ownerUrl, serviceUrl, templateDatabase, redisUrl: redis?.url ?? null });
}
