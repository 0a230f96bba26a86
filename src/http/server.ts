/** The HTTP server around the road: what every answer carries, and what becomes of errors. */
import compress from '@fastify/compress';
import cors from '@fastify/cors';
import fastify, { LogController, type FastifyBaseLogger, type FastifyError, type FastifyInstance, type FastifyRequest } from 'fastify';
import helmet from 'helmet';
import { ServerResponse, type IncomingMessage, type OutgoingHttpHeaders } from 'node:http';
import { constants } from 'node:zlib';
import { newId } from '../base/ids.ts';
import type { Log } from '../platform/log.ts';
import { STATEMENT_TIMED_OUT, asUnavailable, failureCode } from '../platform/postgres/failures.ts';
import { Refusal, sendRefusal } from './refusal.ts';

/** Most bytes of a request body. */
export const MAX_BODY_BYTES = 2_000_000;

/** A client that sends its headers, or a body that is no stream, more slowly than this holds a connection for nothing. */
const SLOWEST_MS = 30_000;

/** Answers shorter than this cost more to compress than to send. */
const COMPRESS_FROM_BYTES = 4096;

export interface ServerOptions {
  readonly log: Log;
  readonly trustProxy: boolean | number | string;
  readonly onResponse: (request: { method: string; route: string; status: number; seconds: number }) => void;
}

export async function createServer({ log, trustProxy, onResponse }: ServerOptions): Promise<FastifyInstance> {
  const loggerInstance: FastifyBaseLogger = log;
  const server = fastify({
    loggerInstance,
    // Each request is logged once, when it is answered, by the hook below.
    logController: new LogController({ disableRequestLogging: true, requestIdLogLabel: 'requestId' }),
    // A number is how many proxies stand in front, nearest first.
    trustProxy: typeof trustProxy === 'number' ? (_address: string, hop: number) => hop < trustProxy : trustProxy,
    bodyLimit: MAX_BODY_BYTES,
    genReqId: () => newId('req'),
    // Node's own would end long streams too; the hook below ends the others.
    requestTimeout: 0,
    http: { headersTimeout: SLOWEST_MS },
    keepAliveTimeout: 75_000,
    routerOptions: { maxParamLength: 200 },
    // Draining is our own (drain.ts): requests that still arrive on open connections are answered.
    return503OnClosing: false,
    forceCloseConnections: 'idle' as const,
  });
  const always = securityHeaders();
  // Before CORS, whose answers to preflight requests carry them, too.
  server.addHook('onRequest', (_request, reply, done) => {
    reply.headers(always);
    done();
  });
  await server.register(cors, {
    origin: '*',
    exposedHeaders: [
      'API-Version',
      'API-Version-Requested',
      'API-Version-Reason',
      'X-Request-Id',
      'RateLimit',
      'RateLimit-Policy',
      'Retry-After',
      'Deprecation',
      'Sunset',
      'Link',
      'Sandbox-Fault',
    ],
    maxAge: 86_400,
  });
  await server.register(compress, {
    threshold: COMPRESS_FROM_BYTES,
    encodings: ['br', 'gzip'],
    zlibOptions: { level: 4 },
    brotliOptions: { params: { [constants.BROTLI_PARAM_QUALITY]: 3 } },
  });
  server.addHook('onRequest', (request, reply, done) => {
    reply.header('x-request-id', request.id);
    done();
  });
  server.addHook('onRequest', (request, _reply, done) => {
    endSlowBody(request);
    done();
  });
  server.addHook('onResponse', (request, reply, done) => {
    const seconds = reply.elapsedTime / 1000;
    const route = request.routeOptions.url ?? 'unknown';
    onResponse({ method: request.method, route, status: reply.statusCode, seconds });
    request.log.debug({ method: request.method, route, status: reply.statusCode, durationMs: reply.elapsedTime }, 'request answered');
    done();
  });
  server.setNotFoundHandler((_request, reply) =>
    sendRefusal(reply, new Refusal('NOT_FOUND', 'Nothing is served at this path. The partner API is POST /graphql.', { status: 404 })),
  );
  server.setErrorHandler((error: FastifyError, request, reply) => sendRefusal(reply, asRefusal(error, request.log as Log)));
  return server;
}

/** Lets go of a connection whose body does not come. */
function endSlowBody({ raw, routeOptions }: FastifyRequest): void {
  const hasBody = raw.headers['content-length'] !== undefined || raw.headers['transfer-encoding'] !== undefined;
  if (!hasBody || routeOptions.config.streams) return;
  const timer = setTimeout(() => raw.destroy(), SLOWEST_MS).unref();
  raw.once('end', () => clearTimeout(timer));
  raw.once('close', () => clearTimeout(timer));
}

/** What helmet sets for an API that serves no pages: the same for every answer, so it is asked once. */
function securityHeaders(): OutgoingHttpHeaders {
  const response = new ServerResponse({ method: 'GET' } as IncomingMessage);
  helmet({
    contentSecurityPolicy: { useDefaults: false, directives: { defaultSrc: ["'none'"], frameAncestors: ["'none'"] } },
    strictTransportSecurity: false,
    crossOriginResourcePolicy: { policy: 'cross-origin' },
  })({} as IncomingMessage, response, () => undefined);
  return { ...response.getHeaders() };
}

/** What a failure says outside. Fastify's own 4xx (too large, malformed, wrong type) are told, in words of ours. */
function asRefusal(error: FastifyError, log: Log): Refusal {
  if (error instanceof Refusal) return error;
  // A statement that runs out of time out here waited for a row that another transaction holds.
  if (asUnavailable(error) || failureCode(error) === STATEMENT_TIMED_OUT)
    return new Refusal('UNAVAILABLE', 'The data cannot be reached at the moment. Send the same request again shortly.');
  const status = error.statusCode ?? 500;
  if (status === 413) return new Refusal('DOCUMENT_TOO_LARGE', `The body is larger than the ${MAX_BODY_BYTES} bytes that one may have.`, { status });
  if (status === 415) return new Refusal('BAD_USER_INPUT', 'The body must be JSON, with the header "Content-Type: application/json".', { status });
  if (status >= 400 && status < 500) return new Refusal('BAD_USER_INPUT', 'The request is malformed: its body must be one JSON object, and its URL well encoded.', { status });
  log.error({ err: error }, 'a request failed by a fault of ours');
  return new Refusal('INTERNAL', 'Something went wrong on our side. Quote the request id if you report it.');
}
