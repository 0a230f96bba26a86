/**
 * `POST /graphql/cost` and `/graphql/<version>/cost`: what an operation would cost, by the same guards
 * and the same formula as the road that runs it. Nothing is read and nothing is charged; all that the
 * answer tells follows from the version's public SDL.
 */
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { getOperationAST, parse, validate, type GraphQLError } from 'graphql';
import type { Clock } from '../base/clock.ts';
import type { ErrorCodeName } from '../graphql/error-codes.ts';
import { formatError, statusOf } from '../graphql/errors.ts';
import { requestCost, type RequestCost } from '../limits/index.ts';
import type { AccessTokens } from '../partners/index.ts';
import { throttled } from './admit.ts';
import { placeRequest, receivedFrom } from './arrival.ts';
import { askedDocument, type DocumentDeps } from './asked-document.ts';
import { Charge, type Charging } from './charge.ts';
import type { VersionChoice } from './choose-version.ts';
import { bodyParameters, type GraphQLParameters } from './guard.ts';
import { identify } from './identify.ts';
import { endedElement, sunsetErrors, sunsetVariables, type Lifecycle } from './lifecycle.ts';
import type { Placement } from './place.ts';
import { JSON_TYPE, Refusal, negotiateMediaType } from './refusal.ts';
import type { Identified, Versioned } from './stages.ts';

export interface CostRouteDeps extends VersionChoice, DocumentDeps {
  readonly clock: Clock;
  readonly tokens: AccessTokens;
  readonly placement: Placement;
  readonly charging: Charging;
  readonly lifecycle: Lifecycle;
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

async function answerCost(request: Route, reply: FastifyReply, versioned: Versioned, maximum: number, deps: CostRouteDeps): Promise<FastifyReply> {
  const parameters = await askedDocument(bodyParameters(request.body), versioned, deps);
  deps.guard.check(parameters.query);
  const cost = requestCost(versioned.served.schema, parameters, maximum);
  const gone = goneFrom(cost, parameters, versioned, deps.lifecycle);
  if (gone) return answerErrors(reply, gone, versioned);
  if (cost.ok) return reply.header('content-type', JSON_TYPE).send(JSON.stringify(cost.answer));
  return answerErrors(reply, cost, versioned);
}

/** What has gone from the version is told as the road tells it; null where nothing of that is asked for. */
function goneFrom(cost: RequestCost, { query, operationName, variables }: GraphQLParameters, request: Versioned, lifecycle: Lifecycle): Failure | null {
  if (!cost.ok && cost.code === 'GRAPHQL_PARSE_FAILED') return null;
  const document = parse(query);
  if (!cost.ok && cost.code === 'GRAPHQL_VALIDATION_FAILED') {
    const { schema } = request.served;
    // Once more, since errors are blamed on nodes of this very document.
    const errors = validate(schema, document, undefined, { maxErrors: cost.errors.length });
    const gone = sunsetErrors(errors, schema, document, request, lifecycle);
    return gone.some(error => error !== null) ? { ...cost, errors: errors.map((error, i) => gone[i] ?? error) } : null;
  }
  const operation = getOperationAST(document, operationName);
  if (!operation) return null;
  const error = cost.ok ? endedElement({ document, operation, variables: variables ?? {} }, request, lifecycle) : sunsetVariables(operation, variables ?? {}, request, lifecycle);
  return error && { ok: false, code: 'SUNSET', errors: [error] };
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
    const { extensions, ...told } = formatError({ ...error.toJSON(), extensions: { code, ...error.extensions } }, error);
    return { ...told, extensions: { ...extensions, requestId } };
  });
}
