/** `/roadmap` and `/roadmap.json`: the live program's roadmap for anybody; with a partner's access token,
    that of its environment, with its own progress. */
import type { FastifyInstance, FastifyRequest } from 'fastify';
import { environmentInstant, type Clock } from '../base/clock.ts';
import { liveEnvironmentId } from '../environments/index.ts';
import { dayOf, loadRoadmap, roadmapPage, type PublicRoadmapItem } from '../incentives/index.ts';
import { pageHeaders } from '../pages/index.ts';
import { loadCaller, type AccessTokens } from '../partners/index.ts';
import { NO_TENANT, inTransaction, type Database } from '../platform/postgres/database.ts';
import { sendCacheable } from './cacheable.ts';
import { bearerToken } from './identify.ts';
import { unauthenticated } from './refusal.ts';

export interface RoadmapDeps {
  readonly database: Database;
  readonly tokens: AccessTokens;
  readonly clock: Clock;
}

interface Reader {
  readonly environmentId: string;
  readonly partnerId: string | null;
  readonly today: string;
}

export const roadmapRoutes =
  ({ database, tokens, clock }: RoadmapDeps): ((server: FastifyInstance) => Promise<void>) =>
  async server => {
    /** Who asks, and where; null before there is a live environment. Throws UNAUTHENTICATED for a token that does not stand. */
    async function readerOf(request: FastifyRequest): Promise<Reader | null> {
      const token = bearerToken(request.headers.authorization);
      if (token === undefined) {
        const live = await inTransaction(database, NO_TENANT, liveEnvironmentId);
        return live === null ? null : { environmentId: live, partnerId: null, today: dayOf(clock.now()) };
      }
      const verdict = await tokens.verifyPartnerToken(token);
      const caller = verdict.ok ? await loadCaller(database, verdict.claims, clock.now()) : null;
      if (!verdict.ok || !caller) throw unauthenticated();
      return { environmentId: verdict.claims.env, partnerId: verdict.claims.partner, today: dayOf(environmentInstant(caller.environment.clock, clock.now())) };
    }

    async function itemsFor(request: FastifyRequest): Promise<{ items: PublicRoadmapItem[]; isOwn: boolean }> {
      const reader = await readerOf(request);
      if (!reader) return { items: [], isOwn: false };
      const { environmentId, partnerId } = reader;
      const items = await inTransaction(database, { environmentId, partnerId: partnerId ?? '' }, tx => loadRoadmap(tx, environmentId, reader));
      return { items, isOwn: partnerId !== null };
    }

    await server.register(async scope => {
      scope.addHook('onRequest', async (_request, reply) => {
        reply.headers({ ...pageHeaders("'none'"), vary: 'authorization' });
      });

      scope.get('/roadmap', async (request, reply) => {
        const { items, isOwn } = await itemsFor(request);
        const type = 'text/html; charset=utf-8';
        return isOwn ? reply.header('cache-control', 'private, no-store').type(type).send(roadmapPage(items)) : sendCacheable(request, reply, type, roadmapPage(items));
      });

      scope.get('/roadmap.json', async (request, reply) => {
        const { items, isOwn } = await itemsFor(request);
        const type = 'application/json; charset=utf-8';
        const text = JSON.stringify({ roadmap: items });
        return isOwn ? reply.header('cache-control', 'private, no-store').type(type).send(text) : sendCacheable(request, reply, type, text);
      });
    });
  };
