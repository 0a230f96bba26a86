/** The pages that people meet: the question, the sign-in with sample data, and what went wrong. Each is a whole document that works without script, from the keyboard, on a phone. */
import { html, render, type Html } from '../../pages/index.ts';
import { LANGUAGES, type Language } from '../catalogue.rules.ts';
import type { Person } from '../subject.store.ts';
import { MESSAGES, type ProblemCode } from './messages.ts';
import { noticeHash, type Notice, type NoticeScope } from './notice.ts';
import { STYLE } from './style.ts';

export interface Frame {
  readonly language: Language;
  readonly marketplace: string;
  readonly title: string;
  /** The path that shows this page in another language; null where it cannot be asked for again. */
  readonly path: string | null;
}

export const documentOf = ({ language, marketplace, title, path }: Frame, content: Html): string =>
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

export const hidden = (name: string, value: string): Html => html`<input type="hidden" name="${name}" value="${value}">`;

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

/** What went wrong, and what to do. */
export const problemPage = (code: ProblemCode, language: Language, marketplace: string): string =>
  documentOf(
    { language, marketplace, title: MESSAGES[language].trouble, path: null },
    html`<h1>${MESSAGES[language].trouble}</h1>
<p>${MESSAGES[language].problems[code]}</p>`,
  );
