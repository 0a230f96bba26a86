/** For operators: is the process alive, can it take requests, how does it fare. */
import type { FastifyInstance } from 'fastify';
import type { Metrics } from '../platform/metrics.ts';
import type { Database } from '../platform/postgres/database.ts';

export interface OperationsDeps {
  readonly database: Database;
  readonly metrics: Metrics;
  readonly isDraining: () => boolean;
}

/** How long readiness waits for PostgreSQL. */
const READY_MS = 1000;

export const operationsRoutes =
  ({ database, metrics, isDraining }: OperationsDeps) =>
  async (server: FastifyInstance): Promise<void> => {
    server.get('/livez', async () => ({ status: 'alive' }));
    server.get('/readyz', async (_request, reply) => {
      if (isDraining()) return reply.status(503).send({ status: 'draining' });
      return (await isDatabaseThere(database)) ? { status: 'ready' } : reply.status(503).send({ status: 'waiting', for: ['postgresql'] });
    });
    server.get('/metrics', async (_request, reply) => reply.type(metrics.contentType).send(await metrics.text()));
  };

async function isDatabaseThere(database: Database): Promise<boolean> {
  const deadline = new Promise<false>(resolve => setTimeout(resolve, READY_MS, false).unref());
  const asked = database.pool.query('select 1').then(
    () => true,
    () => false,
  );
  return Promise.race([asked, deadline]);
}
