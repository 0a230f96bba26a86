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
  let underWay = 0;
  let lastAnswered: () => void = () => undefined;
  server.addHook('onRequest', (_request, reply, done) => {
    underWay += 1;
    // Comes for answers that went out and for clients that left alike.
    reply.raw.once('close', () => {
      underWay -= 1;
      if (underWay === 0) lastAnswered();
    });
    done();
  });
  server.addHook('onSend', (_request, reply, payload, done) => {
    if (isDraining) reply.header('connection', 'close');
    done(null, payload);
  });
  return {
    isDraining: () => isDraining,
    async drain(graceMs) {
      isDraining = true;
      await new Promise(resolve => setTimeout(resolve, graceMs));
      const closed = server.close();
      if (underWay > 0) await new Promise<void>(resolve => (lastAnswered = resolve));
      // What is still open carries nothing. Connections on which no request ever came are not idle
      // to node:http, and would keep the server until their clients let go of them.
      server.server.closeAllConnections();
      await closed;
    },
  };
}
