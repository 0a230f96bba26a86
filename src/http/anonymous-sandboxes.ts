/** `POST /sandboxes/anonymous`: a working sandbox for whoever asks, without an account. Requests count
    against their address before anything is asked of PostgreSQL (address-limit.ts), and one is made at a time;
    rows are bounded there. */
import type { FastifyInstance } from 'fastify';
import type { Clock } from '../base/clock.ts';
import { anonymousSandboxes, type Full } from '../environments/index.ts';
import { addressKey } from '../limits/index.ts';
import type { Database } from '../platform/postgres/database.ts';
import { Refusal } from './refusal.ts';

export interface AnonymousSandboxDeps {
  readonly database: Database;
  readonly clock: Clock;
}

const WHY: Readonly<Record<Full['reason'], string>> = {
  ADDRESS: 'This address has as many unclaimed sandboxes as one may have. Claim one with `claimSandbox`, or come back when the oldest has ended.',
  ALL: 'There are as many unclaimed sandboxes as there may be. Come back when one of them has ended, or make one with an account.',
  BUSY: 'Another sandbox is being made just now. Send the same request again shortly.',
};

export const anonymousSandboxRoutes =
  ({ database, clock }: AnonymousSandboxDeps): ((server: FastifyInstance) => Promise<void>) =>
  async server => {
    const sandboxes = anonymousSandboxes(database, clock);
    server.post('/sandboxes/anonymous', async (request, reply) => {
      const made = await sandboxes.open(addressKey(request.ip));
      if (!made.ok) throw throttled(WHY[made.refusal.reason], made.refusal.retryAfterMs);
      const { environmentId, clientId, clientSecret, expiresAt, claimToken } = made.value;
      return reply.status(201).header('cache-control', 'no-store').send({ environmentId, clientId, clientSecret, expiresAt: expiresAt.toISOString(), claimToken });
    });
  };

const throttled = (message: string, retryAfterMs: number): Refusal =>
  new Refusal('THROTTLED', message, { status: 429, headers: { 'retry-after': String(Math.ceil(retryAfterMs / 1000)) }, extensions: { retryAfterMs } });
