/** `/graphql` and `/graphql/<version>`: the road, stage by stage, for one HTTP request. */
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import type { Clock } from '../base/clock.ts';
import type { AccessTokens } from '../partners/index.ts';
import { unregisteredWarning } from '../upgrades/index.ts';
import { throttled } from './admit.ts';
import { placeRequest, receivedFrom } from './arrival.ts';
import { askedDocument, cheapHash, type DocumentDeps } from './asked-document.ts';
import { Charge, type Charging } from './charge.ts';
import type { VersionChoice } from './choose-version.ts';
import { bodyParameters, searchParameters } from './guard.ts';
import { identify } from './identify.ts';
import { rememberBodies } from './known-bodies.ts';
import type { Placement } from './place.ts';
import { Refusal, negotiateMediaType } from './refusal.ts';
import { answerOf, newOutcome } from './served-version.ts';
import type { AnswerText, Call, CallOutcome, Identified, Versioned } from './stages.ts';

export interface GraphQLRouteDeps extends VersionChoice, DocumentDeps {
  readonly clock: Clock;
  readonly tokens: AccessTokens;
  readonly placement: Placement;
  readonly charging: Charging;
  /** Hears of each request that was placed, once it is answered. */
  readonly onAnswered: (answered: Answered) => void;
}

/** A request that reached a version, and what became of it. */
export interface Answered {
  readonly request: Versioned;
  readonly outcome: CallOutcome;
  readonly charge: Charge;
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
    rememberBodies(server);
    // What never reached the handler, because its body is none: it is charged as well, and says so.
    server.addHook('onSend', async (request, reply) => {
      if (!request.versioned || reply.hasHeader('ratelimit')) return;
      const charge = new Charge(deps.charging, request.versioned.caller);
      await charge.close();
      reply.headers(charge.headers);
    });
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
  return identify(receivedFrom(request, clock, mediaType, gone.signal), request.headers.authorization, tokens);
}

async function answer(request: Route, reply: FastifyReply, deps: GraphQLRouteDeps): Promise<FastifyReply> {
  const attempt = async (versioned: Versioned): Promise<{ call: Call; response: AnswerText }> => {
    const call = { request: versioned, outcome: newOutcome(), charge: new Charge(deps.charging, versioned.caller) };
    return { call, response: await ask(request, reply, call, deps) };
  };
  let answered = await attempt(request.versioned!);
  for (let placed = 1; answered.call.outcome.gateClosed && placed < MAX_PLACEMENTS; placed++) {
    // Something about the caller had changed since it was remembered; nothing was read or written.
    deps.placement.forget(request.versioned!);
    answered = await attempt(await placeRequest(request, reply, request.versioned!, deps));
  }
  const { call, response } = answered;
  const { outcome, charge } = call;
  const { status } = response;
  report(call, status, deps);
  for (const [name, value] of response.headers) reply.header(name, value);
  if (outcome.retryAfterMs > 0) reply.header('retry-after', String(Math.ceil(outcome.retryAfterMs / 1_000)));
  // Of a budget that refused it says the later instant at which it is full.
  reply.headers(charge.headers);
  if (outcome.advice) reply.headers(outcome.advice.headers);
  if (outcome.gateClosed) reply.header('www-authenticate', 'Bearer realm="portico", error="invalid_token"');
  if (outcome.faults.length > 0) reply.header('sandbox-fault', outcome.faults.join(', '));
  if (status === 503) reply.header('retry-after', '1');
  return reply.status(status).header('content-type', call.request.mediaType).header('cache-control', 'no-store').send(response.text);
}

async function ask(request: Route, reply: FastifyReply, call: Call, deps: GraphQLRouteDeps): Promise<AnswerText> {
  const { outcome, charge } = call;
  const { served } = call.request;
  try {
    const parameters = request.method === 'GET' ? searchParameters(request.query) : bodyParameters(request.body);
    const hash = cheapHash(parameters, deps.guard);
    if (hash === undefined || !served.knows(hash)) {
      // Counting tokens, parsing and validating is work, whatever comes of it.
      const refused = await charge.drawUnknown();
      if (refused) return await answerOf({}, [throttled(refused, charge.requested)], call);
    }
    const { documentHash, unregistered, ...asked } = await askedDocument(parameters, call.request, deps);
    outcome.unregistered = unregistered === null ? null : unregisteredWarning(unregistered, deps.publicUrl());
    outcome.documentHash = documentHash !== undefined && served.knows(documentHash) ? documentHash : deps.guard.check(asked.query);
    return await served.answer({ ...asked, method: request.method as 'GET' | 'POST', documentHash: outcome.documentHash }, call);
  } catch (error) {
    await charge.close();
    reply.headers(charge.headers);
    if (error instanceof Refusal) {
      outcome.errorCodes = [error.code];
      report(call, error.options.status ?? 400, deps);
    }
    throw error;
  }
}

const report = ({ request, outcome, charge }: Call, status: number, { clock, onAnswered }: GraphQLRouteDeps): void =>
  onAnswered({ request, outcome, charge, status, durationMs: clock.now() - request.receivedAt });
