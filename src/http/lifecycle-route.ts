/** `/lifecycle`: the versions and what is on its way out, as pages for anybody, by the wall clock. They
    are made of the registry's picture, so that they are there while PostgreSQL is not. */
import type { FastifyInstance, FastifyReply } from 'fastify';
import type { Clock } from '../base/clock.ts';
import { announced, lifecyclePage, noSuchPage, noticePage, type Effect, type Registry, type VersionNote } from '../deprecations/index.ts';
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
      const current = remembered({ clock, registry, changes });

      scope.get<{ Querystring: { page?: unknown } }>('/lifecycle', async (request, reply) => {
        const page = pageNumber(request.query.page);
        const text = page === null ? null : current().page(page);
        return text === null ? nothing(reply) : sendCacheable(request, reply, HTML, text);
      });

      // What a warning in an answer links to: it stays, whatever page of the list the notice is on.
      scope.get<{ Params: { noticeId: string } }>('/lifecycle/:noticeId', async (request, reply) => {
        const found = current().byId.get(request.params.noticeId);
        return found ? sendCacheable(request, reply, HTML, noticePage(found)) : nothing(reply);
      });
    });
  };

const nothing = (reply: FastifyReply): FastifyReply => reply.status(404).header('cache-control', 'no-store').type(HTML).send(noSuchPage());

const MINUTE_MS = 60_000;

interface Made {
  readonly byId: ReadonlyMap<string, Effect>;
  /** Null where there is no such page. */
  page(page: number): string | null;
}

/** What the picture of the registry says by this minute. A page takes milliseconds to make and may be kept
    for a minute by whoever asks, so it is made once for all of them. */
function remembered({ clock, registry, changes }: LifecycleDeps): () => Made {
  let made: (Made & { readonly key: string }) | null = null;
  return () => {
    const now = clock.now();
    const picture = registry.current();
    const key = `${picture.revision} ${Math.floor(now / MINUTE_MS)}`;
    if (made?.key === key) return made;
    const effects = picture.allAt({ now, assumesPass: false });
    const lifecycle = { standings: standings(RELEASES, now, picture.gateAt({ assumesPass: false })), changes, notices: announced(effects), now };
    const pages = new Map<number, string>();
    made = {
      key,
      byId: new Map(effects.map(effect => [effect.notice.id, effect])),
      page(page) {
        const text = pages.get(page) ?? lifecyclePage(lifecycle, page);
        if (text !== null) pages.set(page, text);
        return text;
      },
    };
    return made;
  };
}
