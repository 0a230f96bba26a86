/**
 * `/lifecycle/review`: the review of deprecation notices in a browser. Every page is an operation of the
 * staff API and every button a mutation of it, run for the person who is signed in: there is no second
 * road to the registry.
 */
import { createHash, randomUUID } from 'node:crypto';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import type { GraphQLFormattedError } from 'graphql';
import {
  EVIDENCE,
  EVIDENCE_DAYS,
  NOTICE,
  QUEUE,
  WRITES,
  goOnPage,
  isReviewState,
  queuePage,
  reviewPage,
  troublePage,
  writeOperation,
  type Evidence,
  type Kept,
  type NoticeAnswer,
  type QueueAnswer,
  type Reviewer,
  type Write,
  type WriteAnswer,
} from '../deprecations/index.ts';
import { rolesOf } from '../partners/index.ts';
import { runStaffOperation } from './admin-run.ts';
import { toldToStaff } from './admin-route.ts';
import { isOwnForm, readForm } from './own-form.ts';
import { failureAnswer, notFoundPage, pageAnswer, redirectAnswer, send, tooManyPage, type Answer } from './review-answer.ts';
import { askToSignIn, isNext, keptOf, reviewerOf, signOut, takeSignIn, visitorOf, wordsOf, type ReviewDeps, type Visitor } from './review-session.ts';

export type { ReviewDeps } from './review-session.ts';

/** A comment of 5,000 characters, each of four bytes in three letters a byte. */
const FORM_LIMIT_BYTES = 65_536;

/** Notices on one page of the queue. */
const QUEUED = 25;

const HOME = '/lifecycle/review';

type Handler<Request extends FastifyRequest = FastifyRequest> = (request: Request) => Promise<Answer>;

export const reviewRoutes =
  (deps: ReviewDeps): ((server: FastifyInstance) => Promise<void>) =>
  async server => {
    // A scope of its own: its body parser and error pages must not reach the other routes.
    await server.register(async scope => {
      scope.removeAllContentTypeParsers();
      scope.addContentTypeParser('application/x-www-form-urlencoded', { parseAs: 'string', bodyLimit: FORM_LIMIT_BYTES }, (_request, body, done) => done(null, body));
      scope.setErrorHandler((error: Error, request, reply) => send(reply, failureAnswer(error, request)));
      // Never compressed: the length of an answer would tell of what secret and sent words have in common.
      const uncompressed = { compress: false } as const;
      const page = (handler: Handler) => async (request: FastifyRequest, reply: FastifyReply) => send(reply, await handler(request));
      scope.get(
        HOME,
        uncompressed,
        page(request => signedIn(request, deps, visitor => showQueue(request, deps, visitor))),
      );
      scope.post(
        `${HOME}/sign-in`,
        uncompressed,
        page(request => enter(request, deps)),
      );
      scope.post(
        `${HOME}/sign-out`,
        uncompressed,
        page(request => ownForm(request, deps, async visitor => redirectAnswer(HOME, [await signOut(visitor, deps)]))),
      );
      scope.get(
        `${HOME}/:noticeId`,
        uncompressed,
        page(request => signedIn(request, deps, visitor => showNotice(deps, visitor, noticeOf(request), request))),
      );
      scope.post(
        `${HOME}/:noticeId/decision`,
        uncompressed,
        page(request =>
          ownForm(request, deps, (visitor, form) => {
            const decision = form.get('decision');
            return decision === 'approve' || decision === 'reject'
              ? write(request, deps, visitor, form, decision)
              : showNotice(deps, visitor, noticeOf(request), request, { status: 422, alert: 'Say whether you approve or reject it.', kept: wordsOf(form) });
          }),
        ),
      );
      scope.post(
        `${HOME}/:noticeId/comments`,
        uncompressed,
        page(request => ownForm(request, deps, (visitor, form) => write(request, deps, visitor, form, 'comment'))),
      );
      scope.all(
        `${HOME}/*`,
        uncompressed,
        page(async () => notFoundPage()),
      );
    });
  };

const noticeOf = (request: FastifyRequest): string => (request.params as { noticeId: string }).noticeId;

/** What the path leads to for whoever is signed in; the sign-in for everybody else. */
async function signedIn(request: FastifyRequest, deps: ReviewDeps, answer: (visitor: Visitor) => Promise<Answer>): Promise<Answer> {
  const visitor = await visitorOf(request, deps);
  if (visitor) return answer(visitor);
  const admission = await deps.guesses.admit(request.ip);
  if (!admission.ok) return tooManyPage('This address sends more requests than it may.', admission.retryAfterMs);
  const [path] = request.url.split('?') as [string];
  // A form's own path shows nothing: what it was about does.
  const about = path.replace(/\/(decision|comments|sign-out)$/, '');
  const next = isNext(about) ? about : HOME;
  if (request.method === 'GET' && request.headers['sec-fetch-site'] === 'cross-site') return pageAnswer(200, goOnPage(next));
  const kept = request.method === 'POST' ? keptOf(request, deps) : {};
  return askToSignIn(request, deps, { next, kept, alert: request.method === 'POST' ? 'Your session has ended, and nothing was changed. Sign in to go on.' : null });
}

/** A form of ours, of somebody who is signed in. */
const ownForm = (request: FastifyRequest, deps: ReviewDeps, answer: (visitor: Visitor, form: URLSearchParams) => Promise<Answer>): Promise<Answer> =>
  signedIn(request, deps, async visitor => {
    const form = readForm(request);
    if (form && isOwnForm(request, form, visitor.token)) return answer(visitor, form);
    const message = form ? 'This form was not sent from our page, or the page was from an earlier session.' : 'A field holds a NUL character or half of a surrogate pair.';
    return pageAnswer(form ? 403 : 400, troublePage(reviewer(deps, visitor), 'Nothing was changed', `${message} Go back, load the page again and send it once more.`));
  });

async function enter(request: FastifyRequest, deps: ReviewDeps): Promise<Answer> {
  const entered = await takeSignIn(request, deps);
  if (!('visitor' in entered)) return entered;
  const { visitor, next, kept, cookies } = entered;
  if (next === HOME || (!kept.reason && !kept.text)) return redirectAnswer(next, cookies);
  // Not a redirect: the words are in no address and no history.
  const answer = await showNotice(deps, visitor, next.slice(HOME.length + 1), request, { status: 200, alert: null, kept });
  return { ...answer, headers: { ...answer.headers, 'set-cookie': cookies } };
}

/** One operation of the staff API for the visitor: its data, or the page that says why there is none. */
async function ask<Data>(request: FastifyRequest, deps: ReviewDeps, visitor: Visitor, query: string, variables: Record<string, unknown>): Promise<Data | Answer> {
  const { data, errors = [] } = await runStaffOperation(deps.api, visitor.caller, { query, operationName: null, variables }, createHash('sha256').update(query).digest('hex'));
  const [error] = errors.map(each => toldToStaff(each, request));
  return error ? refusalAnswer(request, deps, visitor, error) : (data as Data);
}

const STATUS: Readonly<Record<string, number>> = { FORBIDDEN: 403, BAD_USER_INPUT: 400, IDEMPOTENCY_CONFLICT: 409, THROTTLED: 429, UNAVAILABLE: 503 };

function refusalAnswer(request: FastifyRequest, deps: ReviewDeps, visitor: Visitor, { message, extensions }: GraphQLFormattedError): Answer {
  const code = String(extensions?.['code']);
  if (code === 'UNAUTHENTICATED') return askToSignIn(request, deps, { next: HOME, alert: 'Your session has ended. Sign in to go on.', kept: keptOf(request, deps) });
  const told = code === 'INTERNAL' ? `${message} It is ${request.id}.` : message;
  return pageAnswer(STATUS[code] ?? 500, troublePage(reviewer(deps, visitor), 'This did not work', told));
}

const isAnswer = (found: object): found is Answer => 'status' in found && 'headers' in found;

/** Who is signed in, and what that person's roles allow. */
function reviewer({ api }: ReviewDeps, visitor: Visitor): Reviewer {
  const mutations = api.reader.schema.getMutationType()!.getFields();
  const may = (write: Write): boolean => rolesOf(mutations[WRITES[write][0]]!).some(role => visitor.caller.staff.roles.includes(role));
  return reviewerOf(visitor, { decide: may('approve'), comment: may('comment') });
}

async function showQueue(request: FastifyRequest, deps: ReviewDeps, visitor: Visitor): Promise<Answer> {
  const { review: asked, after } = request.query as { review?: unknown; after?: unknown };
  const review = isReviewState(asked) ? asked : 'IN_REVIEW';
  const cursor = typeof after === 'string' ? after : null;
  const answer = await ask<QueueAnswer>(request, deps, visitor, QUEUE, { first: QUEUED, after: cursor, filter: { review } });
  return isAnswer(answer) ? answer : pageAnswer(200, queuePage(reviewer(deps, visitor), { review, answer: answer.deprecationNotices, isLater: cursor !== null }));
}

interface Shown {
  readonly status: number;
  readonly alert: string | null;
  readonly kept: Kept;
}

async function showNotice(
  deps: ReviewDeps,
  visitor: Visitor,
  noticeId: string,
  request: FastifyRequest,
  { status, alert, kept }: Shown = { status: 200, alert: null, kept: {} },
): Promise<Answer> {
  const answer = await ask<NoticeAnswer>(request, deps, visitor, NOTICE, { id: noticeId });
  if (isAnswer(answer)) return answer;
  const { deprecationNotice: notice } = answer;
  if (!notice) return notFoundPage();
  const { coordinate, removedIn } = notice;
  const evidence = await ask<Evidence>(request, deps, visitor, EVIDENCE, { coordinate, removedIn, days: EVIDENCE_DAYS, noticeId });
  if (isAnswer(evidence)) return evidence;
  return pageAnswer(status, reviewPage(reviewer(deps, visitor), { notice, evidence, now: visitor.caller.receivedAt, alert, kept, key: randomUUID() }));
}

/** Does what a form asks for by the mutation of that name, and shows the notice as it stands then. */
async function write(request: FastifyRequest, deps: ReviewDeps, visitor: Visitor, form: URLSearchParams, asked: Write): Promise<Answer> {
  const noticeId = noticeOf(request);
  const words = asked === 'comment' ? { text: form.get('text') ?? '', reason: 'A comment on the page of the review.' } : { reason: form.get('reason') ?? '' };
  const answer = await ask<WriteAnswer>(request, deps, visitor, writeOperation(asked), { input: { noticeId, idempotencyKey: form.get('key') ?? '', ...words } });
  if (isAnswer(answer)) return answer;
  const [refusal] = answer.done.userErrors;
  if (!refusal) return redirectAnswer(`${HOME}/${noticeId}`);
  const status = refusal.code === 'NOT_FOUND' ? 404 : refusal.code === 'INVALID' || refusal.code === 'RULE_BROKEN' ? 422 : 409;
  return showNotice(deps, visitor, noticeId, request, { status, alert: refusal.message, kept: wordsOf(form) });
}
