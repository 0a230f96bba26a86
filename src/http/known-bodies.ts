/**
 * Bodies that come again: a program that looks regularly asks the same with the same variables. Their JSON is parsed
 * once, and what it comes to is frozen, so that whatever is made of it alone may be kept beside it.
 */
import type { FastifyBodyParser, FastifyInstance, FastifyRequest } from 'fastify';
import { LRUCache } from 'lru-cache';

/** Longer ones are hardly ever sent twice, and reading them costs little beside what they ask for. */
const LONGEST = 8_000;

/** What changes something is sent once, and what it says of people is not kept. */
const MUTATES = /\bmutation\b/;

/** Of all of them, with what is kept beside. */
const MAX_BYTES = 3_000_000;

/** Of a character of text: itself, what was parsed of it, what was coerced of that. */
const BYTES_A_CHARACTER = 8;

/** Freezes what JSON can hold; not deeper than anything goes that a request may ask. */
const MAX_DEPTH = 50;

function freeze(value: unknown, depth = 0): boolean {
  if (typeof value !== 'object' || value === null) return true;
  if (depth > MAX_DEPTH || !Object.values(value).every(each => freeze(each, depth + 1))) return false;
  Object.freeze(value);
  return true;
}

/** Parses JSON bodies as Fastify does, with these refusals. */
export function rememberBodies(server: FastifyInstance): void {
  const bodies = new LRUCache<string, object>({ maxSize: MAX_BYTES, sizeCalculation: (_body, text) => text.length * BYTES_A_CHARACTER });
  const parse = server.getDefaultJsonParser('error', 'error') as (request: FastifyRequest, text: string, done: Parameters<FastifyBodyParser<string>>[2]) => void;
  server.removeContentTypeParser('application/json');
  server.addContentTypeParser<string>('application/json', { parseAs: 'string' }, (request, text, done) => {
    const known = bodies.get(text);
    if (known) done(null, known);
    else
      parse(request, text, (error, body: unknown) => {
        if (!error && text.length <= LONGEST && !MUTATES.test(text) && typeof body === 'object' && body !== null && freeze(body)) bodies.set(text, body);
        done(error, body);
      });
  });
}
