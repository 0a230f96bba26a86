/** `GET /.well-known/log-keys.json`: every key that ever signed a checkpoint of the access log (RFC 7517), so that
    whoever kept a checkpoint can still check it years later. */
import type { FastifyInstance } from 'fastify';
import { checkpointKeys } from '../consent/index.ts';
import { NO_TENANT, inTransaction, type Database } from '../platform/postgres/database.ts';

export const logKeyRoutes =
  ({ database }: { readonly database: Database }) =>
  async (server: FastifyInstance): Promise<void> => {
    server.get('/.well-known/log-keys.json', async (_request, reply) => {
      const keys = await inTransaction(database, NO_TENANT, checkpointKeys);
      return await reply.header('cache-control', 'public, max-age=300').send({ keys });
    });
  };
