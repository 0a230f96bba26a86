/** `/lifecycle`: the versions and what is on its way out, as pages for anybody, by the wall clock. They
    are made of the registry's picture, so that they are there while PostgreSQL is not. */
import type { FastifyInstance } from 'fastify';
import type { Clock } from '../base/clock.ts';
import { lifecyclePage, noSuchPage, noticePage, type Effect, type Registry, type VersionNote } from '../deprecations/index.ts';
import { pageHeaders } from '../pages/index.ts';
import { RELEASES, standings } from '../versions/index.ts';
import { sendCacheable } from './cacheable.ts';

export interface LifecycleDeps {
  readonly clock: Clock;
  readonly registry: Registry;
  /** What each version changed, by version. */
  readonly changes: ReadonlyMap<string, readonly VersionNote[]>;
}

const HTML = 'text/html; charset=utf-8';

/** Pages are counted from 1; null for what counts none. */
const pageNumber = (text: unknown): number | null => (text === undefined ? 1 : typeof text === 'string' && /^[1-9]\d{0,5}$/.test(text) ? Number(text) : null);

export const lifecycleRoutes =
  ({ clock, registry, changes }: LifecycleDeps): ((server: FastifyInstance) => Promise<void>) =>
  async server => {
    await server.register(async scope => {
      scope.addHook('onRequest', async (_request, reply) => {
        reply.headers(pageHeaders("'none'"));
      });
      const notices = (now: number): Effect[] => registry.current().allAt({ now, assumesPass: false });

      scope.get<{ Querystring: { page?: unknown } }>('/lifecycle', async (request, reply) => {
        const now = clock.now();
        const page = pageNumber(request.query.page);
        const text = page === null ? null : lifecyclePage({ standings: standings(RELEASES, now), changes, notices: notices(now), now }, page);
        return text === null ? reply.status(404).header('cache-control', 'no-store').type(HTML).send(noSuchPage()) : sendCacheable(request, reply, HTML, text);
      });

      // What a warning in an answer links to: it stays, whatever page of the list the notice is on.
      scope.get<{ Params: { noticeId: string } }>('/lifecycle/:noticeId', async (request, reply) => {
        const found = notices(clock.now()).find(({ notice }) => notice.id === request.params.noticeId);
        return found ? sendCacheable(request, reply, HTML, noticePage(found)) : reply.status(404).header('cache-control', 'no-store').type(HTML).send(noSuchPage());
      });
    });
  };
