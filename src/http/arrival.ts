/** What every door of the partner API does with a request before its body is read: what it brings, where
    it belongs and which version answers it. */
import type { FastifyReply, FastifyRequest } from 'fastify';
import type { Clock } from '../base/clock.ts';
import { chooseVersion, versionHeaders, type VersionChoice } from './choose-version.ts';
import type { Placement } from './place.ts';
import { Refusal } from './refusal.ts';
import type { Identified, Received, Versioned } from './stages.ts';

/** A header's text without the spaces around it; undefined where it is empty. */
export const headerText = (header: string | string[] | undefined): string | undefined => (Array.isArray(header) ? header[0] : header)?.trim() || undefined;

/** @param signal aborted when the client left */
export const receivedFrom = (request: FastifyRequest, clock: Clock, mediaType: string, signal: AbortSignal): Received => ({
  requestId: request.id,
  receivedAt: clock.now(),
  log: request.log as Received['log'],
  idempotencyKey: headerText(request.headers['idempotency-key']),
  sandboxFault: headerText(request.headers['sandbox-fault']),
  client: { name: headerText(request.headers['apollographql-client-name']) ?? '', version: headerText(request.headers['apollographql-client-version']) ?? '' },
  mediaType,
  signal,
});

/** Places the request and chooses its version; the reply says so from here on. Throws UNAUTHENTICATED,
    API_VERSION_UNKNOWN and API_VERSION_RETIRED. */
export async function placeRequest(
  request: FastifyRequest<{ Params: { version?: string } }>,
  reply: FastifyReply,
  identified: Identified,
  deps: VersionChoice & { readonly placement: Placement },
): Promise<Versioned> {
  const asked = { path: request.params.version, header: headerText(request.headers['api-version']) };
  const choose = async (): Promise<Versioned | Refusal> => chooseVersion(await deps.placement.place(identified), asked, deps);
  let chosen = await choose();
  if (chosen instanceof Refusal) {
    // The pin or the clock that is remembered may have been moved since, and no statement will ask.
    deps.placement.forget(identified);
    chosen = await choose();
  }
  if (chosen instanceof Refusal) throw chosen;
  reply.headers(versionHeaders(chosen));
  return chosen;
}
