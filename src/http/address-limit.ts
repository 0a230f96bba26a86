/**
 * What may be had without a token counts against the address that asks. The token endpoints and the
 * keys count for themselves (oauth.ts); operators' probes are not for the world and are left alone.
 */
import type { FastifyInstance } from 'fastify';
import { rateLimitHeaders, retryAfterSeconds, type AddressLimits } from '../limits/index.ts';
import { Refusal } from './refusal.ts';

/** Routes that anybody may ask; a path without a route is one, too. */
const PUBLIC = /^\/(versions\.json|parity\.json|schema|explorer|sandboxes|lifecycle)(\/|$)/;

/** Holds for the routes that are added after it. */
export function limitAddresses(server: FastifyInstance, limits: AddressLimits): void {
  server.addHook('onRequest', async (request, reply) => {
    const route = request.routeOptions.url;
    if (route !== undefined && !PUBLIC.test(route)) return;
    const admission = await limits.admit(request.ip);
    const headers = { ...rateLimitHeaders(admission.standings, admission.degraded) };
    if (admission.ok) {
      reply.headers(headers);
      return;
    }
    const { violatedPolicies, retryAfterMs } = admission;
    const seconds = retryAfterSeconds(admission);
    throw new Refusal('THROTTLED', `This address has used up the ${admission.standings[0]!.limit} requests that it may make at once without a token. Try again in ${seconds} s.`, {
      status: 429,
      headers: { ...headers, 'retry-after': String(seconds) },
      extensions: { violatedPolicies, retryAfterMs },
    });
  });
}
