/** Answers of the review's pages as values: whatever the status, a page that may not be framed, stored
    or sent a script. */
import type { FastifyError, FastifyReply, FastifyRequest } from 'fastify';
import { troublePage } from '../deprecations/index.ts';
import { pageHeaders } from '../pages/index.ts';
import { STATEMENT_TIMED_OUT, UnavailableError, failureCode } from '../platform/postgres/failures.ts';
import { Refusal } from './refusal.ts';

export interface Answer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string | readonly string[]>>;
  readonly body: string;
}

const HEADERS = {
  ...pageHeaders("'self'"),
  'content-type': 'text/html; charset=utf-8',
  'cache-control': 'no-store',
  'cross-origin-resource-policy': 'same-origin',
  'x-robots-tag': 'noindex',
};

export const pageAnswer = (status: number, body: string, headers: Answer['headers'] = {}): Answer => ({ status, headers: { ...HEADERS, ...headers }, body });

/** 303: whatever the method was, the next request is a GET (RFC 9110, section 15.4.4). */
export const redirectAnswer = (location: string, cookies: readonly string[] = []): Answer => ({
  status: 303,
  headers: { ...HEADERS, location, ...(cookies.length > 0 ? { 'set-cookie': cookies } : {}) },
  body: '',
});

export function send(reply: FastifyReply, { status, headers, body }: Answer): FastifyReply {
  // Any site may read what the API answers; these pages it may not.
  reply.removeHeader('access-control-allow-origin');
  for (const [name, value] of Object.entries(headers)) reply.header(name, value);
  return reply.status(status).send(body);
}

export function tooManyPage(message: string, retryAfterMs: number): Answer {
  const seconds = String(Math.max(1, Math.ceil(retryAfterMs / 1000)));
  return pageAnswer(429, troublePage(null, 'Too many attempts', `${message} Try again in ${seconds} s.`), { 'retry-after': seconds });
}

export const notFoundPage = (): Answer => pageAnswer(404, troublePage(null, 'There is nothing here', 'No notice and no page of the review has this address.'));

/** What a failure says on a page. */
export function failureAnswer(error: FastifyError | Error, request: FastifyRequest): Answer {
  if (error instanceof UnavailableError || failureCode(error) === STATEMENT_TIMED_OUT || (error instanceof Refusal && error.code === 'UNAVAILABLE'))
    return pageAnswer(503, troublePage(null, 'Not now', 'The registry cannot be reached at the moment. Nothing was changed. Try again shortly.'), { 'retry-after': '1' });
  const status = error instanceof Refusal ? (error.options.status ?? 400) : 'statusCode' in error ? (error.statusCode ?? 500) : 500;
  if (status >= 400 && status < 500) {
    const message = error instanceof Refusal ? error.message : 'The form was larger than it may be or not one of ours. Go back and try again.';
    return pageAnswer(status, troublePage(null, 'This did not work', message), error instanceof Refusal ? { ...error.options.headers } : {});
  }
  request.log.error({ err: error }, 'a page of the review failed');
  return pageAnswer(500, troublePage(null, 'Something went wrong', `It went wrong on our side. Quote the request id ${request.id} if you report it.`));
}
