/**
 * `/me`, people's own pages: what they share, who read what, and their rights, each a form that only our
 * page can have made. A browser that has not signed in does so first.
 */
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { isId } from '../base/ids.ts';
import {
  correct,
  dataPage,
  disclosuresOf,
  eraseMe,
  erasePage,
  erasedPage,
  exportMyData,
  grantsOfPerson,
  liveEnvironment,
  loadCategories,
  logPage,
  object,
  openBrowser,
  purposeTitles,
  requestsOf,
  sharedPage,
  timesRead,
  type MyPage,
} from '../consent/index.ts';
import { NO_TENANT, inTransaction, type Tx } from '../platform/postgres/database.ts';
import { beginSignIn } from './authorize.ts';
import { spoken } from './consent-pages.ts';
import {
  Problem,
  browserCookie,
  consentSite,
  inEnvironment,
  languageOf,
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

const LISTED_GRANTS = 100;
const LISTED_ENTRIES = 50;

type Handler = (request: FastifyRequest, deps: ConsentSiteDeps) => Promise<Answer>;

export const mePageRoutes = (deps: ConsentSiteDeps): ((server: FastifyInstance) => Promise<void>) =>
  consentSite(deps, scope => {
    const page = (handler: Handler) => async (request: FastifyRequest, reply: FastifyReply) => send(reply, await handler(request, deps));
    scope.get('/consent', page(shown(showShared)));
    scope.get('/me', page(shown(showShared)));
    scope.get('/me/log', page(shown(showLog)));
    scope.get('/me/data', page(shown(showData)));
    scope.get('/me/erase', page(shown(async (_tx, _person, mine) => erasePage(false, mine))));
    scope.post('/me/object', page(takeObjection));
    scope.post('/me/correct', page(takeCorrection));
    scope.post('/me/export', page(giveExport));
    scope.post('/me/erase', page(takeErasure));
    scope.all('/me/*', async () => {
      throw new Problem('NOT_FOUND', 404);
    });
  });

interface Person extends Visit {
  readonly key: { readonly environmentId: string; readonly customerId: string };
}

function personOf(visiting: Visit): Person {
  const { customerId } = visiting.session;
  if (customerId === null) throw new Problem('SESSION', 400);
  return { ...visiting, key: { environmentId: visiting.browser.environmentId, customerId } };
}

async function myPage(tx: Tx, request: FastifyRequest, deps: ConsentSiteDeps, visiting: Visit): Promise<MyPage> {
  const language = await spoken(tx, request, visiting);
  return {
    categories: await loadCategories(tx),
    purposeTitles: await purposeTitles(tx, language),
    csrf: visiting.csrf,
    language,
    marketplace: deps.house.controller.name,
    now: visiting.clocks.environment.now(),
  };
}

type Show = (tx: Tx, person: Person, mine: MyPage, asked: { readonly request: FastifyRequest; readonly deps: ConsentSiteDeps }) => Promise<string>;

/** A page of somebody who has signed in; whoever has not, or is in the middle of deciding, signs in first.
    Sample people of a sandbox say which by `?environment=`. */
const shown =
  (show: Show): Handler =>
  async (request, deps) => {
    const { environment } = request.query as { environment?: unknown };
    const text = await visit(request, deps, async (tx, visiting) => {
      if (visiting.session.customerId === null || visiting.session.authorization || (environment !== undefined && environment !== visiting.environment.id)) return null;
      return show(tx, personOf(visiting), await myPage(tx, request, deps, visiting), { request, deps });
    }).catch((error: unknown) => {
      if (error instanceof Problem && error.code === 'SESSION') return null;
      throw error;
    });
    return text === null ? beginReview(request, deps, environment) : pageAnswer(200, text);
  };

async function beginReview(request: FastifyRequest, deps: ConsentSiteDeps, named: unknown): Promise<Answer> {
  const environmentId = named === undefined ? await inTransaction(deps.database, NO_TENANT, liveEnvironment) : named;
  if (!isId(environmentId)) throw new Problem('NOT_FOUND', 404);
  const language = languageOf(request);
  const { browser, location } = await inEnvironment(deps, environmentId, async (tx, clocks, environment) => {
    const begun = usesSamples(deps, environment) ? null : await beginSignIn(deps, language);
    return {
      browser: await openBrowser(tx, environmentId, { customerId: null, authorization: null, signIn: begun?.attempt ?? null, language }, clocks.wall.now()),
      location: begun?.url ?? '/consent/sign-in',
    };
  });
  return redirectAnswer(location, browserCookie(browser, deps.house.publicUrl()));
}

const showShared: Show = async (tx, { key }, mine) => sharedPage(await grantsOfPerson(tx, key.environmentId, key.customerId, LISTED_GRANTS), await timesRead(tx, key), mine);

const showLog: Show = async (tx, { key }, mine, { request, deps }) => {
  const { after } = request.query as { after?: unknown };
  const entries = await disclosuresOf(tx, key, { first: LISTED_ENTRIES + 1, after: isId(after) ? after : null });
  const listed = entries.slice(0, LISTED_ENTRIES);
  // A filter that told something is written down by its category, a field by its coordinate.
  const categoryOf = (coordinate: string): string => deps.categories.get(coordinate) ?? coordinate.slice(coordinate.indexOf('.') + 1);
  return logPage(listed, categoryOf, entries.length > LISTED_ENTRIES ? listed.at(-1)!.id : null, mine);
};

const showData: Show = async (tx, { key }, mine) => dataPage(await requestsOf(tx, key, LISTED_ENTRIES), false, mine);

const takeObjection: Handler = async (request, deps) =>
  visit(request, deps, async (tx, visiting) => {
    const form = readOwnForm(request, visiting.browser);
    const { key, clocks } = personOf(visiting);
    const grantId = form.get('grant');
    if (!isId(grantId)) throw new Problem('NOT_FOUND', 404);
    const done = await object(tx, deps.house, key, grantId, form.get('words') ?? '', clocks);
    if (!done.ok && done.refusal.code === 'NOT_FOUND') throw new Problem('NOT_FOUND', 404);
    return redirectAnswer('/me');
  });

const takeCorrection: Handler = async (request, deps) =>
  visit(request, deps, async (tx, visiting) => {
    const form = readOwnForm(request, visiting.browser);
    const { key, clocks } = personOf(visiting);
    const done = await correct(tx, key, form.get('category') ?? '', form.get('words') ?? '', clocks);
    if (done.ok) return redirectAnswer('/me/data');
    return pageAnswer(422, dataPage(await requestsOf(tx, key, LISTED_ENTRIES), true, await myPage(tx, request, deps, visiting)));
  });

const giveExport: Handler = async (request, deps) =>
  visit(request, deps, async (tx, visiting) => {
    readOwnForm(request, visiting.browser);
    const { key, clocks } = personOf(visiting);
    const exported = await exportMyData(tx, key, deps.house.controller.name, clocks);
    return {
      status: 200,
      headers: { 'content-type': 'application/json; charset=utf-8', 'content-disposition': 'attachment; filename="my-data.json"' },
      body: `${JSON.stringify(exported, null, 2)}\n`,
    };
  });

const takeErasure: Handler = async (request, deps) =>
  visit(request, deps, async (tx, visiting) => {
    const form = readOwnForm(request, visiting.browser);
    const { key, clocks, session } = personOf(visiting);
    const done = await eraseMe(tx, deps.house, key, form.get('confirm') === 'yes', clocks);
    if (!done.ok) return pageAnswer(422, erasePage(true, await myPage(tx, request, deps, visiting)));
    const { headers, ...answer } = pageAnswer(200, erasedPage(session.language, deps.house.controller.name));
    return { ...answer, headers: { ...headers, 'set-cookie': noBrowserCookie(deps.house.publicUrl()) } };
  });
