/** `POST /graphql/admin`: the staff API. It has no versions, and takes nobody's token but the staff's. */
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import type { GraphQLError, GraphQLFormattedError } from 'graphql';
import type { Clock } from '../base/clock.ts';
import { formatError, statusOf } from '../graphql/errors.ts';
import type { AccessTokens } from '../partners/index.ts';
import { runStaffOperation, type StaffApi } from './admin-run.ts';
import { identifyStaff, placeStaff, type StaffIdentified } from './admin-stages.ts';
import { headerText } from './arrival.ts';
import { stringifyResult } from './compiled-data.ts';
import { bodyParameters, withText, type DocumentGuard } from './guard.ts';
import { Refusal, negotiateMediaType } from './refusal.ts';

export interface AdminRouteDeps {
  readonly clock: Clock;
  readonly tokens: AccessTokens;
  readonly api: StaffApi;
  readonly guard: DocumentGuard;
}

declare module 'fastify' {
  interface FastifyRequest {
    staffIdentified: StaffIdentified | null;
  }
}

const PATH = '/graphql/admin';

export const adminRoutes =
  (deps: AdminRouteDeps) =>
  async (server: FastifyInstance): Promise<void> => {
    server.decorateRequest('staffIdentified', null);
    // JSON is the only body; Fastify would also take plain text.
    server.removeContentTypeParser('text/plain');
    server.route({
      method: 'POST',
      url: PATH,
      // Before the body is read: nobody whom we do not know can make us parse two megabytes.
      onRequest: async request => {
        request.staffIdentified = await identify(request, deps);
      },
      handler: (request, reply) => answer(request, reply, deps),
    });
    server.route({
      method: ['GET', 'HEAD', 'PUT', 'PATCH', 'DELETE'],
      url: PATH,
      handler: async () => {
        throw new Refusal('BAD_USER_INPUT', 'The staff API takes only POST.', { status: 405, headers: { allow: 'POST' } });
      },
    });
  };

async function identify(request: FastifyRequest, { clock, tokens }: AdminRouteDeps): Promise<StaffIdentified> {
  const mediaType = negotiateMediaType(request.headers.accept);
  if (!mediaType) throw new Refusal('BAD_USER_INPUT', 'Answers are application/json or application/graphql-response+json; the Accept header takes neither.', { status: 406 });
  return {
    requestId: request.id,
    receivedAt: clock.now(),
    idempotencyKey: headerText(request.headers['idempotency-key']),
    mediaType,
    claims: await identifyStaff(request.headers.authorization, tokens),
  };
}

async function answer(request: FastifyRequest, reply: FastifyReply, { clock, api, guard }: AdminRouteDeps): Promise<FastifyReply> {
  const caller = await placeStaff(request.staffIdentified!, api.database, clock);
  const parameters = withText(bodyParameters(request.body));
  const documentHash = guard.check(parameters.query);
  const { data, errors = [] } = await runStaffOperation(api, caller, parameters, documentHash);
  const formatted = errors.map(error => toldToStaff(error, request));
  const codes = formatted.map(error => String(error.extensions?.['code']));
  const status = statusOf(codes, data !== undefined, caller.mediaType);
  if (status === 401) reply.header('www-authenticate', 'Bearer realm="portico", error="invalid_token"');
  if (status === 503) reply.header('retry-after', '1');
  return reply
    .status(status)
    .headers({ 'content-type': caller.mediaType, 'cache-control': 'no-store' })
    .send(stringifyResult({ ...(formatted.length > 0 ? { errors: formatted } : {}), ...(data !== undefined ? { data } : {}) }));
}

/** The error as it leaves; a fault is logged and masked. */
export function toldToStaff(error: GraphQLError, request: FastifyRequest): GraphQLFormattedError {
  const formatted = formatError(error.toJSON(), error);
  if (formatted.extensions?.['code'] === 'INTERNAL') request.log.error({ err: error.originalError ?? error }, 'a request failed by a fault of ours');
  return { ...formatted, extensions: { ...formatted.extensions, requestId: request.id } };
}
