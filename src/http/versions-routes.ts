/** What anybody may know about the versions, without a token, by the wall clock: the calendar, every
    version's schema (a retired one's too, for whoever moves away from it), and what changed. */
import type { FastifyInstance } from 'fastify';
import type { GraphQLSchema } from 'graphql';
import type { Clock } from '../base/clock.ts';
import { printSdl } from '../graphql/print-schema.ts';
import { RELEASES, standings } from '../versions/index.ts';
import { sendCacheable } from './cacheable.ts';
import { changelogFeed, type ChangeNote } from './changelog-feed.ts';
import { Refusal } from './refusal.ts';

export interface PublicVersions {
  readonly clock: Clock;
  /** Each version's schema. */
  readonly schemas: ReadonlyMap<string, GraphQLSchema>;
  /** What each version changed, by version; one that is missing changed nothing. */
  readonly changes: ReadonlyMap<string, readonly ChangeNote[]>;
  /** The URL that partners use. */
  readonly publicUrl: () => string;
}

export const versionsRoutes =
  ({ clock, schemas, changes, publicUrl }: PublicVersions) =>
  async (server: FastifyInstance): Promise<void> => {
    const sdl = new Map([...schemas].map(([version, schema]) => [version, once(() => printSdl(schema))]));

    server.get('/versions.json', async (request, reply) => {
      const versions = standings(RELEASES, clock.now()).map(({ version, kind, releasedAt, deprecatedAt, retiresAt }) => ({
        version,
        kind,
        releasedAt: iso(releasedAt),
        deprecatedAt: iso(deprecatedAt),
        retiresAt: iso(retiresAt),
      }));
      return sendCacheable(request, reply, 'application/json; charset=utf-8', JSON.stringify({ versions }));
    });

    server.get<{ Params: { file: string } }>('/schema/:file', async (request, reply) => {
      const version = /^(.+)\.graphql$/.exec(request.params.file)?.[1];
      const text = version === undefined ? undefined : sdl.get(version);
      if (!text) {
        const files = [...sdl.keys()].map(known => `/schema/${known}.graphql`).join(', ');
        throw new Refusal('API_VERSION_UNKNOWN', `There is no schema of that name. Those that exist are ${files}.`, { status: 404, extensions: { versions: [...sdl.keys()] } });
      }
      // Not application/graphql, which is nobody's registered type and which browsers would download.
      return sendCacheable(request, reply, 'text/plain; charset=utf-8', text());
    });

    server.get('/changelog.atom', async (request, reply) => {
      const feed = changelogFeed({ publicUrl: publicUrl(), standings: standings(RELEASES, clock.now()), changes });
      return sendCacheable(request, reply, 'application/atom+xml; charset=utf-8', feed);
    });
  };

const iso = (instant: number | null): string | null => (instant === null ? null : new Date(instant).toISOString());

function once<T>(make: () => T): () => T {
  let made: { readonly value: T } | null = null;
  return () => (made ??= { value: make() }).value;
}
