/** People's own pages: what they share and with whom, who read what, what is theirs to ask. Whole documents that
    work without script, from the keyboard, on a phone. */
import { html, type Html } from '../../pages/index.ts';
import type { DataCategory, Language } from '../catalogue.rules.ts';
import { grantState } from '../grant.rules.ts';
import type { PersonsGrant } from '../grant.store.ts';
import { MESSAGES } from '../page/messages.ts';
import { dateText } from '../page/notice.ts';
import { documentOf, hidden } from '../page/pages.ts';
import { ME_MESSAGES } from './me-messages.ts';
import { MAX_WORDS } from './rights.service.ts';
import type { Disclosure, RightsRequest, TimesRead } from './rights.store.ts';

export interface MyPage {
  readonly categories: readonly DataCategory[];
  readonly purposeTitles: ReadonlyMap<string, string>;
  readonly csrf: string;
  readonly language: Language;
  readonly marketplace: string;
  readonly now: number;
}

const PATHS = { shared: '/me', log: '/me/log', data: '/me/data' } as const;

function page({ language, marketplace }: MyPage, title: string, path: string | null, content: Html): string {
  const { nav } = ME_MESSAGES[language];
  const links = (['shared', 'log', 'data'] as const).map(name => html`<a href="${PATHS[name]}"${path === PATHS[name] ? html` aria-current="page"` : null}>${nav[name]}</a>`);
  return documentOf({ language, marketplace, title, path }, html`<nav class="pages" aria-label="${nav.label}">${links}</nav>\n<h1>${title}</h1>\n${content}`);
}

const titleOf = ({ categories, language }: MyPage, code: string): string => categories.find(category => category.code === code)?.title[language] ?? code;

/** What the person shares, each with its way out: one press of a button, as the yes was. */
export function sharedPage(grants: readonly PersonsGrant[], reads: ReadonlyMap<string, TimesRead>, shown: MyPage): string {
  const { language, marketplace, now, csrf, purposeTitles } = shown;
  const [say, mine] = [MESSAGES[language], ME_MESSAGES[language]];
  const entry = (grant: PersonsGrant): Html => {
    const state = grantState(grant, now);
    const stands = state === 'GIVEN' || state === 'SUSPENDED';
    const [read, means] = [reads.get(grant.id), mine.means[state]];
    return html`<section class="scope" aria-labelledby="${grant.id}">
<h2 id="${grant.id}">${say.grantLine(grant.integrationName, grant.partnerName)}</h2>
<p>${purposeTitles.get(grant.purpose) ?? grant.purpose}: ${grant.scopes.map(({ category }) => titleOf(shown, category)).join(', ')}</p>
<p class="quiet">${say.state[state]}. ${say.from} ${dateText(grant.givenAt, language)} ${say.until} ${dateText(grant.ended?.at ?? grant.expiresAt, language)}. <a href="/consent/receipts/${grant.id}">${say.getReceipt}<span> (${grant.id})</span></a></p>
${means === null ? null : html`<p>${means}</p>`}
${stands && grant.remindedAt !== null ? html`<p>${say.reminded(dateText(grant.remindedAt, language))}</p>` : null}
<p class="quiet">${read ? mine.reads(read.times, dateText(read.lastAt.getTime(), language)) : mine.neverRead}</p>
${
  stands
    ? html`<form method="post" action="/consent/withdraw">${hidden('csrf', csrf)}${hidden('grant', grant.id)}<button class="wide" type="submit" name="all" value="yes">${say.stopSharing}</button>
${state === 'GIVEN' && grant.scopes.length > 1 ? grant.scopes.map(({ category }) => html`<button class="wide" type="submit" name="category" value="${category}">${say.leaveOut(titleOf(shown, category))}</button>`) : null}</form>`
    : null
}
${
  state === 'GIVEN'
    ? html`<details><summary>${mine.object}</summary><form method="post" action="/me/object">${hidden('csrf', csrf)}${hidden('grant', grant.id)}${words(`object-${grant.id}`, mine.objectWhy)}<button class="wide" type="submit">${mine.objectSend}</button></form></details>`
    : null
}
</section>`;
  };
  return page(
    shown,
    say.grantsTitle,
    PATHS.shared,
    html`<p>${say.grantsIntro(marketplace)}</p>
${grants.length === 0 ? html`<p>${say.noGrants}</p>` : grants.map(entry)}`,
  );
}

const words = (id: string, label: string): Html =>
  html`<label for="${id}">${label}</label><textarea id="${id}" name="words" rows="4" maxlength="${MAX_WORDS}" required></textarea>`;

/** Each disclosure: who, which fields, why, when.
    @param categoryOf a field's, by its schema coordinate
    @param older where the next page begins; null on the last */
export function logPage(entries: readonly Disclosure[], categoryOf: (coordinate: string) => string, older: string | null, shown: MyPage): string {
  const { language, purposeTitles } = shown;
  const mine = ME_MESSAGES[language];
  const instant = new Intl.DateTimeFormat(language, { dateStyle: 'long', timeStyle: 'short', timeZone: 'UTC' });
  const entry = (read: Disclosure): Html => html`<li class="scope">
<p><strong>${MESSAGES[language].grantLine(read.integrationName, read.partnerName)}</strong></p>
<p>${mine.read} ${[...new Set(read.fields.map(field => titleOf(shown, categoryOf(field))))].join(', ')}</p>
<p>${mine.why} ${purposeTitles.get(read.purpose) ?? read.purpose}</p>
<p class="quiet"><time datetime="${read.at.toISOString()}">${instant.format(read.at)} UTC</time>${read.leafIndex === null ? null : html`. ${mine.place(read.leafIndex)}`}</p>
</li>`;
  return page(
    shown,
    mine.logTitle,
    PATHS.log,
    html`<p>${mine.logIntro}</p>
${entries.length === 0 ? html`<p>${mine.logEmpty}</p>` : html`<ol class="plain">${entries.map(entry)}</ol>`}
${older === null ? null : html`<p><a href="/me/log?after=${older}">${mine.older}</a></p>`}`,
  );
}

/** What is theirs to ask. `alert` where a form could not be taken. */
export function dataPage(requests: readonly RightsRequest[], alert: boolean, shown: MyPage): string {
  const { language, csrf, categories } = shown;
  const mine = ME_MESSAGES[language];
  const entry = (request: RightsRequest): Html => html`<li class="scope">
<p><strong>${mine.requests[request.kind]}</strong>${request.category === null ? null : html`: ${titleOf(shown, request.category)}`}</p>
${request.words === null ? null : html`<blockquote>${request.words}</blockquote>`}
<p class="quiet">${dateText(request.askedAt.getTime(), language)}. ${request.outcome === null ? mine.due(dateText(request.dueAt.getTime(), language)) : mine.settled[request.outcome]}</p>
${request.answer === null ? null : html`<p>${request.answer}</p>`}
</li>`;
  return page(
    shown,
    mine.dataTitle,
    PATHS.data,
    html`${alert ? html`<p class="alert" role="alert">${mine.problem}</p>` : null}
<h2>${mine.exportTitle}</h2>
<p>${mine.exportIntro}</p>
<form method="post" action="/me/export">${hidden('csrf', csrf)}<button class="wide" type="submit">${mine.exportSend}</button></form>
<h2>${mine.correctTitle}</h2>
<form method="post" action="/me/correct">${hidden('csrf', csrf)}<label for="category">${mine.correctCategory}</label><select id="category" name="category">${categories.map(({ code, title }) => html`<option value="${code}">${title[language]}</option>`)}</select>
${words('correct', mine.correctWords)}<button class="wide" type="submit">${mine.correctSend}</button></form>
${requests.length === 0 ? null : html`<h2>${mine.requestsTitle}</h2><ol class="plain">${requests.map(entry)}</ol>`}
<h2>${mine.eraseTitle}</h2>
<p><a href="/me/erase">${mine.eraseLink}</a></p>`,
  );
}

/** Asks once more. */
export function erasePage(alert: boolean, shown: MyPage): string {
  const mine = ME_MESSAGES[shown.language];
  return page(
    shown,
    mine.eraseTitle,
    '/me/erase',
    html`${alert ? html`<p class="alert" role="alert">${mine.problem}</p>` : null}
${mine.eraseIntro.map(line => html`<p>${line}</p>`)}
<form method="post" action="/me/erase">${hidden('csrf', shown.csrf)}<label class="choice" for="confirm"><input type="checkbox" id="confirm" name="confirm" value="yes"><span>${mine.eraseConfirm}</span></label>
<button class="wide" type="submit">${mine.eraseSend}</button></form>`,
  );
}

export function erasedPage(language: Language, marketplace: string): string {
  const mine = ME_MESSAGES[language];
  return documentOf({ language, marketplace, title: mine.erased, path: null }, html`<h1>${mine.erased}</h1><p>${mine.erasedIntro}</p>`);
}
