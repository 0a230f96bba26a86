/** Public answers that a client or a proxy may keep for a while and then ask whether they still hold. */
import { createHash } from 'node:crypto';
import type { FastifyReply, FastifyRequest } from 'fastify';

/** How long a copy is used unasked, in seconds: a version's kind changes at an instant, and the head's
    schema with any start. Asking again costs a 304. */
const MAX_AGE_SECONDS = 60;

/** Sends the text, or 304 to whoever has it (RFC 9110, section 13.1.2). The tag is weak because the
    answer may be compressed on its way, which changes its bytes. */
export function sendCacheable(request: FastifyRequest, reply: FastifyReply, contentType: string, text: string): FastifyReply {
  const tag = `W/"${createHash('sha256').update(text).digest('base64url')}"`;
  reply.headers({ etag: tag, 'cache-control': `public, max-age=${MAX_AGE_SECONDS}` });
  const known = request.headers['if-none-match']?.split(',').map(each => each.trim()) ?? [];
  return known.includes(tag) || known.includes('*') ? reply.status(304).send() : reply.type(contentType).send(text);
}
