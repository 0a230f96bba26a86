/** `/graphql` and `/graphql/<version>`: the road, stage by stage, for one HTTP request. */
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import type { Clock } from '../base/clock.ts';
import type { AccessTokens } from '../partners/index.ts';
import { chooseVersion, versionHeaders, type VersionChoice } from './choose-version.ts';
import { bodyParameters, searchParameters, type GraphQLParameters } from './guard.ts';
import { identify } from './identify.ts';
import type { Placement } from './place.ts';
import { Refusal, negotiateMediaType } from './refusal.ts';
import { newOutcome } from './served-version.ts';
import type { AnswerText, CallOutcome, Identified, Received, Versioned } from './stages.ts';

export interface GraphQLRouteDeps extends VersionChoice {
  readonly clock: Clock;
  readonly tokens: AccessTokens;
  readonly placement: Placement;
  readonly guardDocument: (query: string) => string;
  /** Hears of each request that was placed, once it is answered. */
  readonly onAnswered: (answered: Answered) => void;
}

/** A request that reached a version, and what became of it. */
export interface Answered {
  readonly request: Versioned;
  readonly outcome: CallOutcome;
  readonly status: number;
  readonly durationMs: number;
}

declare module 'fastify' {
  interface FastifyRequest {
    versioned: Versioned | null;
  }
}

/** Whoever is placed anew and finds the gate closed again is told that it may not come in. A pin that
    is moved from one request to the next can do that to somebody who may, though hardly thrice. */
const MAX_PLACEMENTS = 4;

type Route = FastifyRequest<{ Params: { version?: string }; Querystring: Record<string, unknown> }>;

export const graphqlRoutes =
  (deps: GraphQLRouteDeps) =>
  async (server: FastifyInstance): Promise<void> => {
    server.decorateRequest('versioned', null);
    // JSON is the only body; Fastify would also take plain text.
    server.removeContentTypeParser('text/plain');
    for (const url of ['/graphql', '/graphql/:version']) {
      server.route<{ Params: { version?: string }; Querystring: Record<string, unknown> }>({
        method: ['GET', 'POST'],
        url,
        exposeHeadRoute: false,
        // Before the body is read: nobody whom we do not know can make us parse two megabytes, and
        // what is refused of a body says by which version.
        onRequest: async (request, reply) => {
          request.versioned = await placeRequest(request, reply, await identifyRequest(request, reply, deps), deps);
        },
        handler: (request, reply) => answer(request, reply, deps),
      });
      server.route({
        method: ['PUT', 'PATCH', 'DELETE', 'HEAD'],
        url,
        handler: async () => {
          throw new Refusal('BAD_USER_INPUT', 'Only GET and POST are taken here.', { status: 405, headers: { allow: 'GET, POST' } });
        },
      });
    }
  };

function identifyRequest(request: FastifyRequest, reply: FastifyReply, { clock, tokens }: GraphQLRouteDeps): Promise<Identified> {
  const gone = new AbortController();
  reply.raw.once('close', () => {
    // It comes also after a complete answer, when there is nothing left to abort.
    if (!reply.raw.writableFinished) gone.abort(new Error('The client left.'));
  });
  const mediaType = negotiateMediaType(request.headers.accept);
  if (!mediaType) throw new Refusal('BAD_USER_INPUT', 'Answers are application/json or application/graphql-response+json; the Accept header takes neither.', { status: 406 });
  const received: Received = {
    requestId: request.id,
    receivedAt: clock.now(),
    log: request.log as Received['log'],
    idempotencyKey: headerText(request.headers['idempotency-key']),
    mediaType,
    signal: gone.signal,
  };
  return identify(received, request.headers.authorization, tokens);
}

/** Where the request belongs and which version answers it; the reply says so from here on. */
async function placeRequest(request: Route, reply: FastifyReply, identified: Identified, deps: GraphQLRouteDeps): Promise<Versioned> {
  const asked = { path: request.params.version, header: headerText(request.headers['api-version']) };
  const choose = async (): Promise<Versioned | Refusal> => chooseVersion(await deps.placement.place(identified), asked, deps);
  let chosen = await choose();
  if (chosen instanceof Refusal) {
    // The pin or the clock that is remembered may have been moved since, and no statement will ask.
    deps.placement.forget(identified);
    chosen = await choose();
  }
  if (chosen instanceof Refusal) throw chosen;
  reply.headers(versionHeaders(chosen));
  return chosen;
}

async function answer(request: Route, reply: FastifyReply, deps: GraphQLRouteDeps): Promise<FastifyReply> {
  const attempt = async (versioned: Versioned): Promise<{ versioned: Versioned; outcome: CallOutcome; response: AnswerText }> => {
    const outcome = newOutcome();
    return { versioned, outcome, response: await ask(request, versioned, outcome, deps) };
  };
  let answered = await attempt(request.versioned!);
  for (let placed = 1; answered.outcome.gateClosed && placed < MAX_PLACEMENTS; placed++) {
    // Something about the caller had changed since it was remembered; nothing was read or written.
    deps.placement.forget(request.versioned!);
    answered = await attempt(await placeRequest(request, reply, request.versioned!, deps));
  }
  const { versioned, outcome, response } = answered;
  const { status } = response;
  deps.onAnswered({ request: versioned, outcome, status, durationMs: deps.clock.now() - versioned.receivedAt });
  for (const [name, value] of response.headers) reply.header(name, value);
  if (outcome.gateClosed) reply.header('www-authenticate', 'Bearer realm="portico", error="invalid_token"');
  if (status === 503) reply.header('retry-after', '1');
  return reply.status(status).header('content-type', versioned.mediaType).header('cache-control', 'no-store').send(response.text);
}

async function ask(request: Route, versioned: Versioned, outcome: CallOutcome, deps: GraphQLRouteDeps): Promise<AnswerText> {
  let parameters: GraphQLParameters;
  try {
    parameters = request.method === 'GET' ? searchParameters(request.query) : bodyParameters(request.body);
    outcome.documentHash = deps.guardDocument(parameters.query);
  } catch (error) {
    if (error instanceof Refusal) {
      outcome.errorCodes = [error.code];
      deps.onAnswered({ request: versioned, outcome, status: error.options.status ?? 400, durationMs: deps.clock.now() - versioned.receivedAt });
    }
    throw error;
  }
  return versioned.served.answer({ ...parameters, method: request.method as 'GET' | 'POST', documentHash: outcome.documentHash }, { request: versioned, outcome });
}

const headerText = (header: string | string[] | undefined): string | undefined => (Array.isArray(header) ? header[0] : header)?.trim() || undefined;
