/**
 * The person's pages: signing in, deciding, and taking it back. A decision is one POST of a
 * form that only our page can have made, on a notice whose hash it carries; it ends in a redirect to
 * where the person came from, with a code or with `access_denied`.
 */
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import {
  MESSAGES,
  actOnGrant,
  checkpointKeys,
  closeBrowser,
  consentPage,
  durationOf,
  findPerson,
  giveConsent,
  grantsOfPerson,
  findRequest,
  issueCode,
  loadCategories,
  lockStanding,
  newestReceipt,
  noticeHash,
  noticeOf,
  openRequest,
  receiptKeys,
  refuseConsent,
  samplePeople,
  samplePeoplePage,
  signedIn,
  speak,
  type AuthorizationRequest,
  type Grant,
  type GrantAct,
  type OpenRequest,
} from '../consent/index.ts';
import { isId } from '../base/ids.ts';
import { NO_TENANT, inTransaction, type Tx } from '../platform/postgres/database.ts';
import { answerUri, authorizationErrorOf } from './authorize.ts';
import {
  Problem,
  browserCookie,
  consentSite,
  isLanguage,
  noBrowserCookie,
  pageAnswer,
  readOwnForm,
  redirectAnswer,
  send,
  usesSamples,
  visit,
  type Answer,
  type ConsentSiteDeps,
  type Visit,
} from './consent-site.ts';

/** People to choose from where all of them are made up, and grants that are listed. */
const LISTED_PEOPLE = 12;
const LISTED_GRANTS = 100;

type Handler = (request: FastifyRequest, deps: ConsentSiteDeps) => Promise<Answer>;

export const consentRoutes =
  (deps: ConsentSiteDeps): ((server: FastifyInstance) => Promise<void>) =>
  async server => {
    await server.register(
      consentSite(deps, scope => {
        const page = (handler: Handler) => async (request: FastifyRequest, reply: FastifyReply) => send(reply, await handler(request, deps));
        scope.get('/consent/sign-in', page(showSignIn));
        scope.post('/consent/sign-in', page(takeSignIn));
        scope.get('/consent/callback', page(takeCallback));
        scope.get('/consent/decide', page(showQuestion));
        scope.post('/consent/decide', page(takeDecision));
        scope.post('/consent/withdraw', page(takeWithdrawal));
        scope.get('/consent/receipts/:grantId', page(showReceipt));
        scope.all('/consent/*', page(nothing));
      }),
    );
    // Public: whoever is shown a receipt checks it without asking us who it is about.
    server.get('/.well-known/receipt-keys.json', async (_request, reply) => {
      const keys = await inTransaction(deps.database, NO_TENANT, receiptKeys);
      return await reply.header('cache-control', 'public, max-age=300').send({ keys: keys.map(({ jwk }) => jwk) });
    });
    // And whoever kept a checkpoint of the access log, years later.
    server.get('/.well-known/log-keys.json', async (_request, reply) => {
      const keys = await inTransaction(deps.database, NO_TENANT, checkpointKeys);
      return await reply.header('cache-control', 'public, max-age=300').send({ keys });
    });
  };

const nothing: Handler = async () => {
  throw new Problem('NOT_FOUND', 404);
};

/** The language that the page was just asked for, remembered. */
export async function spoken(tx: Tx, request: FastifyRequest, { browser, session }: Visit): Promise<'en' | 'de'> {
  const { lang } = request.query as { lang?: unknown };
  if (!isLanguage(lang) || lang === session.language) return session.language;
  await speak(tx, browser, lang);
  return lang;
}

const showSignIn: Handler = async (request, deps) =>
  visit(request, deps, async (tx, visiting) => {
    if (!usesSamples(deps, visiting.environment)) throw new Problem('NO_SIGN_IN', 404);
    const people = await samplePeople(tx, visiting.environment.id, LISTED_PEOPLE);
    const page = samplePeoplePage(people, visiting.csrf, await spoken(tx, request, visiting), deps.house.controller.name);
    return pageAnswer(200, page, visiting.session.authorization?.redirectUri ?? null);
  });

const takeSignIn: Handler = async (request, deps) =>
  visit(request, deps, async (tx, visiting) => {
    if (!usesSamples(deps, visiting.environment)) throw new Problem('NO_SIGN_IN', 404);
    const form = readOwnForm(request, visiting.browser);
    return welcome(tx, deps, visiting, form.get('login') ?? '');
  });

/** Back from the marketplace's OpenID Provider. */
const takeCallback: Handler = async (request, deps) => {
  const attempt = await visit(request, deps, async (_tx, { session }) => session.signIn);
  if (!attempt || !deps.signIn) throw new Problem('SESSION', 400);
  // Outside a transaction: the provider may take its time.
  const reference = await deps.signIn.finish(new URL(request.url, deps.house.publicUrl()), attempt).catch((error: unknown) => {
    request.log.info({ err: error }, 'a sign-in at the OpenID Provider failed');
    throw new Problem('SIGN_IN_FAILED', 400);
  });
  return visit(request, deps, (tx, visiting) => welcome(tx, deps, visiting, reference));
};

async function welcome(tx: Tx, deps: ConsentSiteDeps, { browser, session, clocks }: Visit, reference: string): Promise<Answer> {
  const person = await findPerson(tx, browser.environmentId, { reference });
  if (!person) throw new Problem('UNKNOWN_PERSON', 403);
  const known = await signedIn(tx, browser, session, person.id, clocks.wall.now());
  if (!known) throw new Problem('SESSION', 400);
  return redirectAnswer(session.authorization ? '/consent/decide' : '/me', browserCookie(known, deps.house.publicUrl()));
}

interface Question extends Visit {
  readonly customerId: string;
  readonly authorization: AuthorizationRequest;
}

/** The visit of somebody who has signed in to decide. */
function askedOf(visiting: Visit): Question {
  const { customerId, authorization } = visiting.session;
  if (customerId === null || !authorization) throw new Problem('SESSION', 400);
  return { ...visiting, customerId, authorization };
}

/** The open request, or the answer that there is nothing to ask. */
async function openOrAnswer(tx: Tx, deps: ConsentSiteDeps, question: Question): Promise<OpenRequest | Answer> {
  const { browser, authorization, customerId, clocks } = question;
  const opened = await openRequest(tx, browser.environmentId, authorization.consentRequestId, customerId, clocks);
  if (opened.ok) return opened.value;
  const { refusal } = opened;
  switch (refusal.code) {
    case 'REQUEST_LAPSED':
      throw new Problem('LAPSED', 400);
    case 'REQUEST_DECIDED':
      throw new Problem('DECIDED', 400);
    case 'OTHER_PERSON':
      throw new Problem('OTHER_PERSON', 403);
    case 'CONSENT_ALREADY_GIVEN':
      return goBack(tx, deps, question, await standingOf(tx, question));
    default: {
      const { error, description } = authorizationErrorOf(refusal);
      return leave(tx, deps, question, { error, error_description: description });
    }
  }
}

/** The grant that has answered the request before it was asked. */
async function standingOf(tx: Tx, { browser: { environmentId }, authorization, customerId }: Question): Promise<Grant> {
  const request = await findRequest(tx, environmentId, authorization.consentRequestId);
  const standing = request && (await lockStanding(tx, { environmentId, integrationId: request.integrationId, customerId, purpose: request.purpose }));
  if (!standing) throw new Problem('LAPSED', 400);
  return standing;
}

/** To where the person came from, with a code for the grant. */
async function goBack(tx: Tx, deps: ConsentSiteDeps, question: Question, grant: Grant): Promise<Answer> {
  const { redirectUri, codeChallenge } = question.authorization;
  return leave(tx, deps, question, { code: await issueCode(tx, question.browser.environmentId, grant, { redirectUri, codeChallenge }, question.clocks) });
}

async function leave(tx: Tx, { house }: ConsentSiteDeps, { browser, authorization }: Question, answer: Readonly<Record<string, string>>): Promise<Answer> {
  await closeBrowser(tx, browser);
  return redirectAnswer(answerUri(authorization.redirectUri, { ...answer, state: authorization.state, iss: house.publicUrl() }), noBrowserCookie(house.publicUrl()));
}

const showQuestion: Handler = async (request, deps) =>
  visit(request, deps, async (tx, visiting) => {
    const question = askedOf(visiting);
    const open = await openOrAnswer(tx, deps, question);
    if (!('ask' in open)) return open;
    const notice = noticeOf(open, await loadCategories(tx), deps.house.controller, await spoken(tx, request, visiting));
    return pageAnswer(200, consentPage(notice, visiting.csrf, null), question.authorization.redirectUri);
  });

const takeDecision: Handler = async (request, deps) =>
  visit(request, deps, async (tx, visiting) => {
    const question = askedOf(visiting);
    const form = readOwnForm(request, visiting.browser);
    const open = await openOrAnswer(tx, deps, question);
    if (!('ask' in open)) return open;
    const { language } = visiting.session;
    const notice = noticeOf(open, await loadCategories(tx), deps.house.controller, language);
    const again = (status: number) => pageAnswer(status, consentPage(notice, visiting.csrf, MESSAGES[language].chooseOne), question.authorization.redirectUri);
    const shown = { hash: noticeHash(notice), document: notice, language };
    // What was on the page has changed since: nobody agrees to what they have not read.
    if (form.get('notice') !== shown.hash) return again(409);
    const { environmentId } = visiting.browser;
    if (form.get('decision') === 'no') {
      await refuseConsent(tx, environmentId, open, shown, visiting.clocks);
      return leave(tx, deps, question, { error: 'access_denied', error_description: 'The person said no.' });
    }
    if (form.get('decision') !== 'yes') return again(422);
    const grant = await giveConsent(
      tx,
      deps.house,
      environmentId,
      open,
      { optional: form.getAll('scope'), duration: durationOf(form.get('duration') ?? undefined) },
      shown,
      visiting.clocks,
    );
    return grant ? goBack(tx, deps, question, grant) : again(422);
  });

/** One press of a button: all of a grant, or one category of it. */
const takeWithdrawal: Handler = async (request, deps) =>
  visit(request, deps, async (tx, { browser, session, clocks }) => {
    const form = readOwnForm(request, browser);
    const { customerId, language } = session;
    const grantId = form.get('grant');
    if (customerId === null || !isId(grantId)) throw new Problem('SESSION', 400);
    const category = form.get('category');
    const grants = await grantsOfPerson(tx, browser.environmentId, customerId, LISTED_GRANTS);
    const grant = grants.find(({ id }) => id === grantId);
    if (!grant) throw new Problem('NOT_FOUND', 404);
    const act: GrantAct = category === null ? { act: 'WITHDRAW' } : { act: 'NARROW', scopes: grant.scopes.filter(scope => scope.category !== category) };
    const done = await actOnGrant(tx, deps.house, { environmentId: browser.environmentId, grantId, customerId, act, actor: 'SUBJECT', language }, clocks);
    if (!done.ok) throw new Problem('NOT_FOUND', 409);
    return redirectAnswer('/me');
  });

const showReceipt: Handler = async (request, deps) =>
  visit(request, deps, async (tx, { browser, session }) => {
    const { grantId } = request.params as { grantId: string };
    const grants = session.customerId === null ? [] : await grantsOfPerson(tx, browser.environmentId, session.customerId, LISTED_GRANTS);
    const receipt = grants.some(({ id }) => id === grantId) ? await newestReceipt(tx, browser.environmentId, grantId) : null;
    if (!receipt) throw new Problem('NOT_FOUND', 404);
    return { status: 200, headers: { 'content-type': 'application/jose', 'content-disposition': `attachment; filename="${receipt.id}.jws"` }, body: receipt.jws };
  });
