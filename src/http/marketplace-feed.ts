/**
 * `POST /marketplace/<kind>`: the marketplace's own systems bring people and what belongs to them, as
 * NDJSON. Bad lines are told and left out; the others are written, all or none.
 */
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { environmentInstant, type Clock } from '../base/clock.ts';
import { FEED_KINDS, MAX_FEED_LINES, takeFeed, type ConsentHouse } from '../consent/index.ts';
import { currentEnvironment, loadMarketplaceCaller, type AccessTokens, type MarketplaceClaims } from '../partners/index.ts';
import { inTransaction, type Database } from '../platform/postgres/database.ts';
import { bearerToken } from './identify.ts';
import { Refusal, unauthenticated } from './refusal.ts';

export interface FeedDeps {
  readonly database: Database;
  readonly tokens: AccessTokens;
  readonly clock: Clock;
  readonly house: ConsentHouse;
}

const MAX_FEED_BYTES = 8_000_000;

export const feedRoutes =
  (deps: FeedDeps): ((server: FastifyInstance) => Promise<void>) =>
  async server => {
    // A scope of its own: its body parser must not reach the other routes.
    await server.register(async scope => {
      scope.removeAllContentTypeParsers();
      scope.addContentTypeParser(['application/x-ndjson', 'application/ndjson', 'application/jsonl'], { parseAs: 'string', bodyLimit: MAX_FEED_BYTES }, (_request, body, done) =>
        done(null, body),
      );
      scope.setErrorHandler(error => {
        throw (error as { statusCode?: number }).statusCode === 415
          ? new Refusal('BAD_USER_INPUT', 'The body must be NDJSON, one object a line, with the header "Content-Type: application/x-ndjson".', { status: 415 })
          : error;
      });
      // Before the body is read: nobody's 8 MB are taken in.
      scope.addHook('onRequest', async request => {
        request.marketplace = await identifyMarketplace(request, deps);
      });
      scope.post<{ Params: { kind: string } }>('/marketplace/:kind', (request, reply) => feed(request, reply, deps));
    });
  };

declare module 'fastify' {
  interface FastifyRequest {
    marketplace?: MarketplaceClaims;
  }
}

async function identifyMarketplace(request: FastifyRequest, { tokens, database }: FeedDeps): Promise<MarketplaceClaims> {
  const token = bearerToken(request.headers.authorization);
  const verdict = token === undefined ? null : await tokens.verifyMarketplaceToken(token);
  if (!verdict?.ok || !(await loadMarketplaceCaller(database, verdict.claims))) throw unauthenticated();
  return verdict.claims;
}

async function feed(request: FastifyRequest<{ Params: { kind: string } }>, reply: FastifyReply, { database, clock, house }: FeedDeps): Promise<FastifyReply> {
  const kind = FEED_KINDS.find(each => each === request.params.kind);
  if (!kind) throw new Refusal('NOT_FOUND', `The feed takes ${FEED_KINDS.join(', ')}: POST /marketplace/<kind>.`, { status: 404 });
  const body = typeof request.body === 'string' ? request.body : '';
  const lines = body.split('\n').length;
  if (lines > MAX_FEED_LINES + 1) throw new Refusal('DOCUMENT_TOO_LARGE', `The body has ${lines} lines, and may have ${MAX_FEED_LINES}: send it in parts.`, { status: 413 });
  const environmentId = request.marketplace!.env;
  const wallNow = clock.now();
  const answer = await inTransaction(database, { environmentId, partnerId: '*' }, async tx => {
    const environment = await currentEnvironment(tx);
    const environmentNow = environmentInstant(environment.clock, wallNow);
    return takeFeed(tx, house, environmentId, kind, body, { wall: { now: () => wallNow }, environment: { now: () => environmentNow } });
  });
  return reply.header('cache-control', 'no-store').send(answer);
}
