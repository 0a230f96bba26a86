/** The pages that people meet: the question, the sign-in with sample data, what they share, and what
    went wrong. Each is a whole document that works without script, from the keyboard, on a phone. */
import { html, render, type Html } from '../../pages/index.ts';
import { LANGUAGES, type DataCategory, type Language } from '../catalogue.rules.ts';
import { grantState } from '../grant.rules.ts';
import type { PersonsGrant } from '../grant.store.ts';
import type { Person } from '../subject.store.ts';
import { MESSAGES, type ProblemCode } from './messages.ts';
import { dateText, noticeHash, type Notice, type NoticeScope } from './notice.ts';
import { STYLE } from './style.ts';

interface Frame {
  readonly language: Language;
  readonly marketplace: string;
  readonly title: string;
  /** The path that shows this page in another language; null where it cannot be asked for again. */
  readonly path: string | null;
}

const documentOf = ({ language, marketplace, title, path }: Frame, content: Html): string =>
  render(html`<!doctype html>
<html lang="${language}">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${title} - ${marketplace}</title>
<style>${STYLE}</style>
</head>
<body>
<div class="page">
<header>
<p>${marketplace}</p>
${path === null ? null : html`<nav aria-label="${MESSAGES[language].languageName}">${LANGUAGES.filter(each => each !== language).map(each => html`<a href="${path}?lang=${each}" lang="${each}" hreflang="${each}">${MESSAGES[each].languageName}</a>`)}</nav>`}
</header>
<main>
${content}
</main>
</div>
</body>
</html>
`);

const hidden = (name: string, value: string): Html => html`<input type="hidden" name="${name}" value="${value}">`;

/** The question. `alert` is said above it where an answer could not be taken. */
export function consentPage(notice: Notice, csrf: string, alert: string | null): string {
  const say = MESSAGES[notice.language];
  const answers = [html`<button type="submit" name="decision" value="yes">${say.yes}</button>`, html`<button type="submit" name="decision" value="no">${say.no}</button>`];
  return documentOf(
    { language: notice.language, marketplace: notice.marketplace, title: notice.title, path: '/consent/decide' },
    html`${alert === null ? null : html`<p class="alert" role="alert">${alert}</p>`}
<h1>${notice.title}</h1>
${notice.who.map(line => html`<p class="quiet">${line}</p>`)}
<h2>${say.whatFor}</h2>
<p>${notice.purpose}</p>
<h2>${say.whatYouNotice}</h2>
<p>${notice.benefit}</p>
<form method="post" action="/consent/decide" autocomplete="off">
${hidden('csrf', csrf)}${hidden('notice', noticeHash(notice))}
<fieldset>
<legend>${say.whatTheySee}</legend>
${notice.stays === null ? null : html`<p>${notice.stays}</p>`}
${notice.scopes.map(scope => scopeBlock(scope, notice))}
</fieldset>
${notice.durations === null ? null : durationBlock(notice.durations, say.howLong)}
<h2>${say.goodToKnow}</h2>
<ul>
${notice.goodToKnow.map(line => html`<li>${line}</li>`)}
<li><a href="${notice.privacyNotice.url}" rel="noopener noreferrer" target="_blank">${notice.privacyNotice.label}</a></li>
</ul>
<div class="answers">
${notice.yesFirst ? answers : answers.toReversed()}
</div>
</form>`,
  );
}

function scopeBlock({ category, title, example, required, why, facts }: NoticeScope, notice: Notice): Html {
  const say = MESSAGES[notice.language];
  const id = `scope-${category.replace('.', '-')}`;
  return html`<div class="scope">
${
  required
    ? html`<h3>${title} <span class="tag quiet">${say.needed}</span></h3>`
    : html`<label class="choice" for="${id}"><input type="checkbox" id="${id}" name="scope" value="${category}"><span>${title} <span class="tag quiet">${say.optional}</span></span></label>`
}
<p>${say.forExample} ${example}</p>
${why === null ? null : html`<p>${say.theySay(notice.app)}</p><blockquote>${why}</blockquote>`}
<ul class="quiet">${facts.map(fact => html`<li>${fact}</li>`)}</ul>
</div>
`;
}

const durationBlock = ({ offered, preselected }: NonNullable<Notice['durations']>, legend: string): Html => html`<fieldset>
<legend>${legend}</legend>
${offered.map(
  ({ value, label }) =>
    html`<label class="choice" for="duration-${value}"><input type="radio" id="duration-${value}" name="duration" value="${value}"${value === preselected ? html` checked` : null}><span>${label}</span></label>`,
)}
</fieldset>`;

/** The sign-in of environments whose people are made up. */
export function samplePeoplePage(people: readonly Person[], csrf: string, language: Language, marketplace: string): string {
  const say = MESSAGES[language];
  return documentOf(
    { language, marketplace, title: say.signIn, path: '/consent/sign-in' },
    html`<h1>${say.signIn}</h1>
<p>${say.signInSample}</p>
<form method="post" action="/consent/sign-in">
${hidden('csrf', csrf)}
${people.map(({ reference, name }) => html`<button class="wide" type="submit" name="login" value="${reference}">${name ?? reference}</button>`)}
</form>`,
  );
}

export interface SharedPage {
  readonly grants: readonly PersonsGrant[];
  readonly categories: readonly DataCategory[];
  readonly purposeTitles: ReadonlyMap<string, string>;
  readonly csrf: string;
  readonly language: Language;
  readonly marketplace: string;
  readonly now: number;
}

/** What the person shares, each with its way out: one press of a button, as the yes was. */
export function sharedPage({ grants, categories, purposeTitles, csrf, language, marketplace, now }: SharedPage): string {
  const say = MESSAGES[language];
  const titleOf = (code: string): string => categories.find(category => category.code === code)?.title[language] ?? code;
  const entry = (grant: PersonsGrant): Html => {
    const state = grantState(grant, now);
    const stands = state === 'GIVEN' || state === 'SUSPENDED';
    return html`<section class="scope" aria-labelledby="${grant.id}">
<h2 id="${grant.id}">${say.grantLine(grant.integrationName, grant.partnerName)}</h2>
<p>${purposeTitles.get(grant.purpose) ?? grant.purpose}: ${grant.scopes.map(({ category }) => titleOf(category)).join(', ')}</p>
<p class="quiet">${say.state[state]}. ${say.from} ${dateText(grant.givenAt, language)} ${say.until} ${dateText(grant.ended?.at ?? grant.expiresAt, language)}. <a href="/consent/receipts/${grant.id}">${say.getReceipt}<span> (${grant.id})</span></a></p>
${stands && grant.remindedAt !== null ? html`<p>${say.reminded(dateText(grant.remindedAt, language))}</p>` : null}
${
  stands
    ? html`<form method="post" action="/consent/withdraw">${hidden('csrf', csrf)}${hidden('grant', grant.id)}<button class="wide" type="submit" name="all" value="yes">${say.stopSharing}</button>
${state === 'GIVEN' && grant.scopes.length > 1 ? grant.scopes.map(({ category }) => html`<button class="wide" type="submit" name="category" value="${category}">${say.leaveOut(titleOf(category))}</button>`) : null}</form>`
    : null
}
</section>`;
  };
  return documentOf(
    { language, marketplace, title: say.grantsTitle, path: '/consent' },
    html`<h1>${say.grantsTitle}</h1>
<p>${say.grantsIntro(marketplace)}</p>
${grants.length === 0 ? html`<p>${say.noGrants}</p>` : grants.map(entry)}`,
  );
}

/** What went wrong, and what to do. */
export const problemPage = (code: ProblemCode, language: Language, marketplace: string): string =>
  documentOf(
    { language, marketplace, title: MESSAGES[language].trouble, path: null },
    html`<h1>${MESSAGES[language].trouble}</h1>
<p>${MESSAGES[language].problems[code]}</p>`,
  );
