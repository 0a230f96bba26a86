/** `GET /parity.json`: what a sandbox has in common with live, so that a program which runs in one runs in
    the other, and every difference that there is. */
import { createHash } from 'node:crypto';
import type { FastifyInstance } from 'fastify';
import type { GraphQLSchema } from 'graphql';
import { ERROR_CODES } from '../graphql/error-codes.ts';
import { printSdl } from '../graphql/print-schema.ts';
import type { Difference } from '../room.ts';
import { sendCacheable } from './cacheable.ts';

/** @param schemas of each version, of which both environments are served the same one
    @param differences the rooms' */
export const parityRoute =
  (schemas: ReadonlyMap<string, GraphQLSchema>, differences: readonly Difference[]) =>
  async (server: FastifyInstance): Promise<void> => {
    let text: string | null = null;
    const told = (): string =>
      JSON.stringify({
        versions: [...schemas].map(([version, schema]) => ({ version, schemaSha256: createHash('sha256').update(printSdl(schema)).digest('hex') })),
        errorCodes: Object.keys(ERROR_CODES),
        differences: differences.map(({ name, live, sandbox, why }) => ({ name, live, sandbox, why })),
      });
    server.get('/parity.json', (request, reply) => sendCacheable(request, reply, 'application/json; charset=utf-8', (text ??= told())));
  };
