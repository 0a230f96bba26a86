/** What anybody may know about the versions, without a token, by the wall clock: the calendar, every
    version's schema (a retired one's too, for whoever moves away from it), and what changed. */
import type { FastifyInstance } from 'fastify';
import type { GraphQLSchema } from 'graphql';
import type { Clock } from '../base/clock.ts';
import type { ReleaseGate } from '../base/release-gate.ts';
import { RELEASES, standings } from '../versions/index.ts';
import { sendCacheable } from './cacheable.ts';
import { changelogFeed, type ChangeNote } from './changelog-feed.ts';
import { Refusal } from './refusal.ts';
import { sdlOf } from './sdl.ts';

export interface PublicVersions {
  readonly clock: Clock;
  /** The removal gate in live. */
  readonly gate: () => ReleaseGate;
  readonly versions: readonly string[];
  /** A version's schema with what is deprecated in live by now. */
  readonly schemaOf: (version: string) => GraphQLSchema;
  /** What each version changed, by version; one that is missing changed nothing. */
  readonly changes: ReadonlyMap<string, readonly ChangeNote[]>;
  /** The URL that partners use. */
  readonly publicUrl: () => string;
}

export const versionsRoutes =
  ({ clock, gate, versions: names, schemaOf, changes, publicUrl }: PublicVersions) =>
  async (server: FastifyInstance): Promise<void> => {
    server.get('/versions.json', async (request, reply) => {
      const versions = standings(RELEASES, clock.now(), gate()).map(({ version, kind, releasedAt, deprecatedAt, retiresAt }) => ({
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
      if (version === undefined || !names.includes(version)) {
        const files = names.map(known => `/schema/${known}.graphql`).join(', ');
        throw new Refusal('API_VERSION_UNKNOWN', `There is no schema of that name. Those that exist are ${files}.`, { status: 404, extensions: { versions: names } });
      }
      // Not application/graphql, which is nobody's registered type and which browsers would download.
      return sendCacheable(request, reply, 'text/plain; charset=utf-8', sdlOf(schemaOf(version)));
    });

    server.get('/changelog.atom', async (request, reply) => {
      const feed = changelogFeed({ publicUrl: publicUrl(), standings: standings(RELEASES, clock.now(), gate()), changes });
      return sendCacheable(request, reply, 'application/atom+xml; charset=utf-8', feed);
    });
  };

const iso = (instant: number | null): string | null => (instant === null ? null : new Date(instant).toISOString());
