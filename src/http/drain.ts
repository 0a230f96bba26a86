/**
 * Going away without a failed request. From the first moment each answer asks its client to close
 * the connection and readiness says no, so that load balancers and clients leave; after the grace
 * nobody is on their way to us any more, and the server closes when the last answer is out.
 */
import type { FastifyInstance } from 'fastify';

export interface Drain {
  readonly isDraining: () => boolean;
  /** Returns once the server is closed. */
  drain(graceMs: number): Promise<void>;
}

export function draining(server: FastifyInstance): Drain {
  let isDraining = false;
  server.addHook('onSend', async (_request, reply) => {
    if (isDraining) reply.header('connection', 'close');
  });
  return {
    isDraining: () => isDraining,
    async drain(graceMs) {
      isDraining = true;
      await new Promise(resolve => setTimeout(resolve, graceMs));
      await server.close();
    },
  };
}
