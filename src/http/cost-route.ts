/**
 * `POST /graphql/cost` and `/graphql/<version>/cost`: what an operation would cost, by the same guards
 * and the same formula as the road that runs it. Nothing is read and nothing is charged; all that the
 * answer tells follows from the version's public SDL.
 */
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import type { Clock } from '../base/clock.ts';
import { formatError, statusOf } from '../graphql/errors.ts';
import { requestCost, type RequestCost } from '../limits/index.ts';
import type { AccessTokens } from '../partners/index.ts';
import { chooseVersion, versionHeaders, type VersionChoice } from './choose-version.ts';
import { bodyParameters } from './guard.ts';
import { identify } from './identify.ts';
import type { Placement } from './place.ts';
import { JSON_TYPE, Refusal, negotiateMediaType } from './refusal.ts';
import type { Identified, Placed, Received, Versioned } from './stages.ts';

export interface CostRouteDeps extends VersionChoice {
  readonly clock: Clock;
  readonly tokens: AccessTokens;
  readonly placement: Placement;
  readonly guardDocument: (query: string) => void;
  /** What one operation of the caller's may cost. */
  readonly maximumOf: (caller: Placed) => number;
}

declare module 'fastify' {
  interface FastifyRequest {
    costFor: Identified | null;
  }
}

type Route = FastifyRequest<{ Params: { version?: string } }>;

export const costRoutes =
  (deps: CostRouteDeps) =>
  async (server: FastifyInstance): Promise<void> => {
    server.decorateRequest('costFor', null);
    server.removeContentTypeParser('text/plain');
    for (const url of ['/graphql/cost', '/graphql/:version/cost']) {
      server.route<{ Params: { version?: string } }>({
        method: 'POST',
        url,
        // Before the body is read, as on the road.
        onRequest: async request => {
          request.costFor = await identify(received(request, deps.clock), request.headers.authorization, deps.tokens);
        },
        handler: (request, reply) => answer(request, reply, deps),
      });
      server.route({
        method: ['GET', 'PUT', 'PATCH', 'DELETE', 'HEAD'],
        url,
        handler: async () => {
          throw new Refusal('BAD_USER_INPUT', 'Only POST is taken here.', { status: 405, headers: { allow: 'POST' } });
        },
      });
    }
  };

const received = (request: FastifyRequest, clock: Clock): Received => ({
  requestId: request.id,
  receivedAt: clock.now(),
  log: request.log as Received['log'],
  idempotencyKey: undefined,
  mediaType: negotiateMediaType(request.headers.accept) ?? JSON_TYPE,
  // Nothing is begun that would have to be stopped when the client leaves.
  signal: new AbortController().signal,
});

async function answer(request: Route, reply: FastifyReply, deps: CostRouteDeps): Promise<FastifyReply> {
  const versioned = await placeRequest(request, request.costFor!, deps);
  reply.headers(versionHeaders(versioned)).header('cache-control', 'no-store');
  const parameters = bodyParameters(request.body);
  deps.guardDocument(parameters.query);
  const cost = requestCost(versioned.served.schema, parameters, deps.maximumOf(versioned));
  if (cost.ok) return reply.header('content-type', JSON_TYPE).send(JSON.stringify(cost.answer));
  return reply
    .status(statusOf([cost.code], false, versioned.mediaType))
    .header('content-type', versioned.mediaType)
    .send(JSON.stringify({ errors: errorsOf(cost, versioned.requestId) }));
}

/** In the version that would answer, as on the road. */
async function placeRequest(request: Route, identified: Identified, deps: CostRouteDeps): Promise<Versioned> {
  const header = request.headers['api-version'];
  const asked = { path: request.params.version, header: (Array.isArray(header) ? header[0] : header)?.trim() || undefined };
  let chosen = chooseVersion(await deps.placement.place(identified), asked, deps);
  if (chosen instanceof Refusal) {
    deps.placement.forget(identified);
    chosen = chooseVersion(await deps.placement.place(identified), asked, deps);
  }
  if (chosen instanceof Refusal) throw chosen;
  return chosen;
}

function errorsOf({ errors, code }: RequestCost & { ok: false }, requestId: string): readonly unknown[] {
  return errors.map(error => {
    const { extensions, ...told } = formatError({ ...error.toJSON(), extensions: { code } }, error);
    return { ...told, extensions: { ...extensions, requestId } };
  });
}
