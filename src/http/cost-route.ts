/**
 * `POST /graphql/cost` and `/graphql/<version>/cost`: what an operation would cost, by the same guards
 * and the same formula as the road that runs it. Nothing is read and nothing is charged; all that the
 * answer tells follows from the version's public SDL.
 */
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import type { GraphQLError } from 'graphql';
import type { Clock } from '../base/clock.ts';
import type { ErrorCodeName } from '../graphql/error-codes.ts';
import { formatError, statusOf } from '../graphql/errors.ts';
import { requestCost } from '../limits/index.ts';
import type { AccessTokens } from '../partners/index.ts';
import { throttled } from './admit.ts';
import { placeRequest, receivedFrom } from './arrival.ts';
import { Charge, type Charging } from './charge.ts';
import type { VersionChoice } from './choose-version.ts';
import { bodyParameters, type DocumentGuard } from './guard.ts';
import { identify } from './identify.ts';
import type { Placement } from './place.ts';
import { JSON_TYPE, Refusal, negotiateMediaType } from './refusal.ts';
import type { Identified, Versioned } from './stages.ts';

export interface CostRouteDeps extends VersionChoice {
  readonly clock: Clock;
  readonly tokens: AccessTokens;
  readonly placement: Placement;
  readonly guard: DocumentGuard;
  readonly charging: Charging;
}

declare module 'fastify' {
  interface FastifyRequest {
    costFor: Versioned | null;
  }
}

type Route = FastifyRequest<{ Params: { version?: string } }>;

export const costRoutes =
  (deps: CostRouteDeps) =>
  async (server: FastifyInstance): Promise<void> => {
    server.decorateRequest('costFor', null);
    server.removeContentTypeParser('text/plain');
    // What never reached the handler, because its body is none, says where its integration stands, too.
    server.addHook('onSend', async (request, reply) => {
      if (!request.costFor || reply.hasHeader('ratelimit')) return;
      const charge = new Charge(deps.charging, request.costFor.caller);
      await charge.draw(0);
      charge.settle(0);
      reply.headers(charge.headers);
    });
    for (const url of ['/graphql/cost', '/graphql/:version/cost']) {
      server.route<{ Params: { version?: string } }>({
        method: 'POST',
        url,
        // Before the body is read, as on the road.
        onRequest: async (request, reply) => {
          request.costFor = await placeRequest(request, reply, await identifyRequest(request, deps), deps);
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

function identifyRequest(request: FastifyRequest, { clock, tokens }: CostRouteDeps): Promise<Identified> {
  // Nothing is begun that would have to be stopped when the client leaves.
  const { signal } = new AbortController();
  return identify(receivedFrom(request, clock, negotiateMediaType(request.headers.accept) ?? JSON_TYPE, signal), request.headers.authorization, tokens);
}

async function answer(request: Route, reply: FastifyReply, deps: CostRouteDeps): Promise<FastifyReply> {
  const versioned = request.costFor!;
  reply.header('cache-control', 'no-store');
  const charge = new Charge(deps.charging, versioned.caller);
  const refused = await charge.drawCheck();
  reply.headers(charge.headers);
  if (refused) return answerErrors(reply, { ok: false, code: 'THROTTLED', errors: [throttled(refused, 1)] }, versioned);
  try {
    return await answerCost(request, reply, versioned, charge.limits.maxOperationCost, deps);
  } finally {
    charge.settle(0);
  }
}

async function answerCost(request: Route, reply: FastifyReply, versioned: Versioned, maximum: number, { guard }: CostRouteDeps): Promise<FastifyReply> {
  const parameters = bodyParameters(request.body);
  guard.check(parameters.query);
  const cost = requestCost(versioned.served.schema, parameters, maximum);
  if (cost.ok) return reply.header('content-type', JSON_TYPE).send(JSON.stringify(cost.answer));
  return answerErrors(reply, cost, versioned);
}

interface Failure {
  readonly ok: false;
  readonly code: ErrorCodeName;
  readonly errors: readonly GraphQLError[];
}

const answerErrors = (reply: FastifyReply, failure: Failure, { mediaType, requestId }: Versioned): FastifyReply =>
  reply
    .status(statusOf([failure.code], false, mediaType))
    .header('content-type', mediaType)
    .send(JSON.stringify({ errors: errorsOf(failure, requestId) }));

function errorsOf({ errors, code }: Failure, requestId: string): readonly unknown[] {
  return errors.map(error => {
    const { extensions, ...told } = formatError({ ...error.toJSON(), extensions: { ...error.extensions, code } }, error);
    return { ...told, extensions: { ...extensions, requestId } };
  });
}
