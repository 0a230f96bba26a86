/** What anybody may know about the versions, without a token, by the wall clock: the calendar, every
    version's schema (a retired one's too, for whoever moves away from it), and what changed. */
import { createHash } from 'node:crypto';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import type { GraphQLSchema } from 'graphql';
import type { Clock } from '../base/clock.ts';
import { printSdl } from '../graphql/print-schema.ts';
import { RELEASES, standings } from '../versions/index.ts';
import { changelogFeed, type ChangeNote } from './changelog-feed.ts';
import { Refusal } from './refusal.ts';

/** How long a copy is used unasked, in seconds: a version's kind changes at an instant, and the head's
    schema with any start. Asking again costs a 304. */
const MAX_AGE_SECONDS = 60;

export interface PublicVersions {
  readonly clock: Clock;
  readonly versions: readonly string[];
  /** A version's schema with what is deprecated in live by now. */
  readonly schemaOf: (version: string) => GraphQLSchema;
  /** What each version changed, by version; one that is missing changed nothing. */
  readonly changes: ReadonlyMap<string, readonly ChangeNote[]>;
  /** The URL that partners use. */
  readonly publicUrl: () => string;
}

export const versionsRoutes =
  ({ clock, versions: names, schemaOf, changes, publicUrl }: PublicVersions) =>
  async (server: FastifyInstance): Promise<void> => {
    const texts = new WeakMap<GraphQLSchema, string>();
    const sdlOf = (schema: GraphQLSchema): string => {
      const text = texts.get(schema) ?? printSdl(schema);
      texts.set(schema, text);
      return text;
    };

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
      if (version === undefined || !names.includes(version)) {
        const files = names.map(known => `/schema/${known}.graphql`).join(', ');
        throw new Refusal('API_VERSION_UNKNOWN', `There is no schema of that name. Those that exist are ${files}.`, { status: 404, extensions: { versions: names } });
      }
      // Not application/graphql, which is nobody's registered type and which browsers would download.
      return sendCacheable(request, reply, 'text/plain; charset=utf-8', sdlOf(schemaOf(version)));
    });

    server.get('/changelog.atom', async (request, reply) => {
      const feed = changelogFeed({ publicUrl: publicUrl(), standings: standings(RELEASES, clock.now()), changes });
      return sendCacheable(request, reply, 'application/atom+xml; charset=utf-8', feed);
    });
  };

const iso = (instant: number | null): string | null => (instant === null ? null : new Date(instant).toISOString());

/** Sends the text, or 304 to whoever has it (RFC 9110, section 13.1.2). The tag is weak because the
    answer may be compressed on its way, which changes its bytes. */
function sendCacheable(request: FastifyRequest, reply: FastifyReply, contentType: string, text: string): FastifyReply {
  const tag = `W/"${createHash('sha256').update(text).digest('base64url')}"`;
  reply.headers({ etag: tag, 'cache-control': `public, max-age=${MAX_AGE_SECONDS}` });
  const known = request.headers['if-none-match']?.split(',').map(each => each.trim()) ?? [];
  return known.includes(tag) || known.includes('*') ? reply.status(304).send() : reply.type(contentType).send(text);
}
