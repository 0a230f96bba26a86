/**
 * What the consent pages share: the person's cookie, forms, pages with their headers, and the answer to
 * whatever goes wrong. Every answer below `/consent` and `/oauth/authorize` is a page or a redirect,
 * whatever its status, and none of them may be framed, stored or sent a script.
 */
import type { FastifyError, FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import Negotiator from 'negotiator';
import { environmentInstant, type Clock } from '../base/clock.ts';
import {
  LANGUAGES,
  cookieOf,
  pageHeaders,
  problemPage,
  readBrowser,
  sessionOf,
  type Browser,
  type ConsentHouse,
  type Language,
  type ProblemCode,
  type SignIn,
  type SubjectSession,
} from '../consent/index.ts';
import type { Clocks } from '../graphql/writing.ts';
import { findEnvironment, type CurrentEnvironment } from '../partners/index.ts';
import { UnavailableError, inTransaction, type Database, type Tx } from '../platform/postgres/database.ts';
import { STATEMENT_TIMED_OUT, failureCode } from '../platform/postgres/failures.ts';
import { formTokenOf, isOwnForm, ownCookie, readCookie, readForm } from './own-form.ts';

export interface ConsentSiteDeps {
  readonly database: Database;
  readonly clock: Clock;
  readonly house: ConsentHouse;
  /** The marketplace's OpenID Provider; null where none is set. */
  readonly signIn: SignIn | null;
  /** Whether people of the live environment are made up, too, while there is no OpenID Provider. */
  readonly samplePeopleInLive: boolean;
  /** The category of each field that is a person's own, by schema coordinate. */
  readonly categories: ReadonlyMap<string, string>;
}

/** Whether the people of an environment are made up, so that whoever rehearses chooses who to be. */
export const usesSamples = (deps: ConsentSiteDeps, environment: CurrentEnvironment): boolean => environment.kind === 'SANDBOX' || (deps.signIn === null && deps.samplePeopleInLive);

/** What goes wrong on the way, told as a page. */
export class Problem extends Error {
  readonly code: ProblemCode;
  readonly status: number;
  constructor(code: ProblemCode, status: number) {
    super(code);
    this.code = code;
    this.status = status;
  }
}

const FORM_LIMIT_BYTES = 16_384;

/** Registers pages in a scope of their own: their body parser, headers and errors reach no other route. */
export const consentSite =
  (deps: ConsentSiteDeps, addPages: (scope: FastifyInstance) => void): ((server: FastifyInstance) => Promise<void>) =>
  async server => {
    await server.register(async scope => {
      scope.removeAllContentTypeParsers();
      scope.addContentTypeParser('application/x-www-form-urlencoded', { parseAs: 'string', bodyLimit: FORM_LIMIT_BYTES }, (_request, body, done) => done(null, body));
      scope.addHook('onRequest', async (_request, reply) => {
        reply.removeHeader('access-control-allow-origin');
        reply.headers(pageHeaders(null));
      });
      scope.setErrorHandler((error: FastifyError | Problem, request, reply) => {
        const problem = asProblem(error);
        if (problem.status >= 500) request.log.error({ err: error }, 'a consent page failed');
        return send(reply, pageAnswer(problem.status, problemPage(problem.code, languageOf(request), deps.house.controller.name)));
      });
      addPages(scope);
    });
  };

function asProblem(error: FastifyError | Problem): Problem {
  if (error instanceof Problem) return error;
  if (error instanceof UnavailableError || failureCode(error) === STATEMENT_TIMED_OUT) return new Problem('UNAVAILABLE', 503);
  const status = error.statusCode ?? 500;
  return status >= 400 && status < 500 ? new Problem('FORM', status) : new Problem('UNAVAILABLE', 500);
}

/** What a page's handler answers: a value, sent once its transaction has been committed, so that nobody
    is told of what then did not happen. */
export interface Answer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

export const pageAnswer = (status: number, page: string, returnTo: string | null = null): Answer => ({ status, headers: pageHeaders(returnTo), body: page });

/** 303: whatever the method was, the next request is a GET (RFC 9110, section 15.4.4).
    @param cookie what the browser is to keep */
export const redirectAnswer = (location: string, cookie: string | null = null): Answer => ({
  status: 303,
  headers: { location, ...(cookie === null ? {} : { 'set-cookie': cookie }) },
  body: '',
});

export const send = (reply: FastifyReply, { status, headers, body }: Answer): FastifyReply => reply.status(status).headers(headers).send(body);

export const isLanguage = (value: unknown): value is Language => LANGUAGES.some(language => language === value);

/** The language that a request prefers of ours. */
export function languageOf(request: FastifyRequest): Language {
  const { lang, ui_locales: locales } = (request.query ?? {}) as { lang?: unknown; ui_locales?: unknown };
  if (isLanguage(lang)) return lang;
  const asked = typeof locales === 'string' ? locales.split(' ').map(locale => locale.slice(0, 2)) : [];
  const preferred = new Negotiator({ headers: { 'accept-language': request.headers['accept-language'] ?? '*' } }).language([...LANGUAGES]);
  return asked.find(isLanguage) ?? (isLanguage(preferred) ? preferred : LANGUAGES[0]);
}

const PERSON = 'portico-person';

/** The cookie goes along when the person comes from elsewhere by a link, which the way back from the
    sign-in is, and not with what other sites post; the forms carry a token of their own besides. */
export const browserCookie = (browser: Browser, publicUrl: string): string =>
  ownCookie({ name: PERSON, value: cookieOf(browser), maxAgeSeconds: null, sameSite: 'Lax' }, publicUrl);

export const noBrowserCookie = (publicUrl: string): string => ownCookie({ name: PERSON, value: '', maxAgeSeconds: 0, sameSite: 'Lax' }, publicUrl);

const browserOf = (request: FastifyRequest, publicUrl: string): Browser | null => readBrowser(readCookie(request, PERSON, publicUrl) ?? undefined);

/** A request of a browser whose session stands. */
export interface Visit {
  readonly browser: Browser;
  readonly session: SubjectSession;
  readonly csrf: string;
  readonly clocks: Clocks;
  readonly environment: CurrentEnvironment;
}

/** Runs the work in the environment of the browser's session, in one transaction. Throws Problem
    SESSION where there is none. */
export async function visit<T>(request: FastifyRequest, deps: ConsentSiteDeps, work: (tx: Tx, visit: Visit) => Promise<T>): Promise<T> {
  const browser = browserOf(request, deps.house.publicUrl());
  if (!browser) throw new Problem('SESSION', 400);
  return inEnvironment(deps, browser.environmentId, async (tx, clocks, environment) => {
    const session = await sessionOf(tx, browser, clocks.wall.now());
    if (!session) throw new Problem('SESSION', 400);
    return work(tx, { browser, session, csrf: formTokenOf(browser.secret), clocks, environment });
  });
}

/** Runs the work as the marketplace in an environment, both clocks standing at this instant. */
export const inEnvironment = <T>(
  { database, clock }: ConsentSiteDeps,
  environmentId: string,
  work: (tx: Tx, clocks: Clocks, environment: CurrentEnvironment) => Promise<T>,
): Promise<T> =>
  inTransaction(database, { environmentId, partnerId: '*' }, async tx => {
    const environment = await findEnvironment(tx);
    if (!environment) throw new Problem('NOT_FOUND', 404);
    const wallNow = clock.now();
    const environmentNow = environmentInstant(environment.clock, wallNow);
    return work(tx, { wall: { now: () => wallNow }, environment: { now: () => environmentNow } }, environment);
  });

/** What a form of ours says. Throws Problem FORM where it is somebody else's. */
export function readOwnForm(request: FastifyRequest, browser: Browser): URLSearchParams {
  const form = readForm(request);
  if (!form) throw new Problem('FORM', 400);
  if (!isOwnForm(request, form, browser.secret)) throw new Problem('FORM', 403);
  return form;
}
