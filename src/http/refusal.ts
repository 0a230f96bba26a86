/** A refusal on the road, before or beside GraphQL's own: thrown by a stage, answered in one place. */
import type { FastifyReply } from 'fastify';
import { LRUCache } from 'lru-cache';
import Negotiator from 'negotiator';
import { ERROR_CODES, type ErrorCodeName } from '../graphql/error-codes.ts';
import { statusOf } from '../graphql/errors.ts';

export interface RefusalOptions {
  /** Where the request is no GraphQL request at all, its status does not depend on the media type. */
  readonly status?: number;
  readonly headers?: Readonly<Record<string, string>>;
  readonly extensions?: Readonly<Record<string, unknown>>;
}

export class Refusal extends Error {
  readonly code: ErrorCodeName;
  readonly options: RefusalOptions;

  constructor(code: ErrorCodeName, message: string, options: RefusalOptions = {}) {
    super(message);
    this.code = code;
    this.options = options;
  }
}

/** One answer for every reason (none sent, unknown, expired, revoked, suspended), so that it teaches nobody. */
export const unauthenticated = (): Refusal =>
  new Refusal('UNAUTHENTICATED', 'The access token is missing or no longer valid. Get a new one at POST /oauth/token and send it as "Authorization: Bearer <token>".');

export const JSON_TYPE = 'application/json; charset=utf-8';
export const GRAPHQL_TYPE = 'application/graphql-response+json; charset=utf-8';

/** What was negotiated, by Accept header: clients send few, and none is longer than node's 16 kB of headers. */
const negotiated = new LRUCache<string, { readonly mediaType: string | null }>({ max: 100 });

/** The media type that the caller prefers of the two that we speak; null where it takes neither. */
export function negotiateMediaType(accept = '*/*'): string | null {
  let known = negotiated.get(accept);
  if (!known) {
    known = { mediaType: new Negotiator({ headers: { accept } }).mediaType([JSON_TYPE, GRAPHQL_TYPE]) ?? null };
    negotiated.set(accept, known);
  }
  return known.mediaType;
}

/** How long a client waits before it tries again what is retryable. */
const RETRY_AFTER_SECONDS = '1';

/** Answers a refusal as GraphQL does: one error with its code, in the media type asked for. */
export function sendRefusal(reply: FastifyReply, refusal: Refusal): FastifyReply {
  const { code, message, options } = refusal;
  const mediaType = negotiateMediaType(reply.request.headers.accept) ?? JSON_TYPE;
  const requestId = reply.request.id;
  return reply
    .status(options.status ?? statusOf([code], false, mediaType))
    .headers({
      'content-type': mediaType,
      'cache-control': 'no-store',
      ...(code === 'UNAUTHENTICATED' ? { 'www-authenticate': 'Bearer realm="portico", error="invalid_token"' } : {}),
      ...(ERROR_CODES[code].retryable ? { 'retry-after': RETRY_AFTER_SECONDS } : {}),
      ...options.headers,
    })
    .send(JSON.stringify({ errors: [{ message, extensions: { code, ...options.extensions, requestId } }] }));
}
