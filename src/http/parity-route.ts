/** `GET /parity.json`: what a sandbox has in common with live, so that a program which runs in one runs in
    the other, and every difference that there is. */
import { createHash } from 'node:crypto';
import type { FastifyInstance } from 'fastify';
import { ERROR_CODES } from '../graphql/error-codes.ts';
import type { Difference } from '../room.ts';
import { sendCacheable } from './cacheable.ts';
import { sdlOf } from './sdl.ts';
import type { PublicVersions } from './versions-routes.ts';

/** @param differences the rooms' */
export const parityRoute =
  ({ versions, schemaOf }: Pick<PublicVersions, 'versions' | 'schemaOf'>, differences: readonly Difference[]) =>
  async (server: FastifyInstance): Promise<void> => {
    const schemaSha256 = (version: string): string =>
      createHash('sha256')
        .update(sdlOf(schemaOf(version)))
        .digest('hex');
    server.get('/parity.json', (request, reply) => {
      const told = {
        versions: versions.map(version => ({ version, schemaSha256: schemaSha256(version) })),
        errorCodes: Object.keys(ERROR_CODES),
        differences: differences.map(({ name, live, sandbox, why }) => ({ name, live, sandbox, why })),
      };
      return sendCacheable(request, reply, 'application/json; charset=utf-8', JSON.stringify(told));
    });
  };
