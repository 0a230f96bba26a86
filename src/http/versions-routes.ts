/** What anybody may know about the versions, without a token. */
import type { FastifyInstance } from 'fastify';
import { lexicographicSortSchema, printSchema, type GraphQLSchema } from 'graphql';
import type { Clock } from '../base/clock.ts';
import { RELEASES, standings } from '../versions/index.ts';
import { Refusal } from './refusal.ts';

const iso = (instant: number | null): string | null => (instant === null ? null : new Date(instant).toISOString());

/** @param schemas each version's schema */
export const versionsRoutes =
  (clock: Clock, schemas: ReadonlyMap<string, GraphQLSchema>) =>
  async (server: FastifyInstance): Promise<void> => {
    const sdl = new Map<string, string>();
    server.get('/versions.json', async () => ({
      versions: standings(RELEASES, clock.now()).map(({ version, kind, releasedAt, deprecatedAt, retiresAt }) => ({
        version,
        kind,
        releasedAt: iso(releasedAt),
        deprecatedAt: iso(deprecatedAt),
        retiresAt: iso(retiresAt),
      })),
    }));
    server.get<{ Params: { file: string } }>('/schema/:file', async (request, reply) => {
      const version = request.params.file.replace(/\.graphql$/, '');
      const schema = schemas.get(version);
      if (!schema) throw new Refusal('API_VERSION_UNKNOWN', `There is no API version of that name. Those that exist are ${[...schemas.keys()].join(', ')}.`, { status: 404 });
      let text = sdl.get(version);
      if (text === undefined) {
        text = `${printSchema(lexicographicSortSchema(schema))}\n`;
        sdl.set(version, text);
      }
      return reply.type('text/plain; charset=utf-8').send(text);
    });
  };
