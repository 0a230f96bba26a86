/** The frame of every page: a whole document that works without script, from the keyboard, on a phone,
    in the dark; and the headers that hold it to that. */
import { createHash } from 'node:crypto';
import type { Instant } from '../base/clock.ts';
import { html, render, type Html } from './html.ts';
import { STYLE } from './style.ts';

export interface Frame {
  readonly title: string;
  /** What stands above the page's content. */
  readonly header: Html;
  /** More of the document's head. */
  readonly head?: Html;
  readonly content: Html;
}

export const framed = ({ title, header, head, content }: Frame): string =>
  render(html`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${title}</title>
${head ?? null}<style>${STYLE}</style>
</head>
<body>
<a class="skip" href="#content">Skip to the content</a>
<header>
${header}
</header>
<main id="content">
${content}
</main>
</body>
</html>
`);

const STYLE_HASH = `'sha256-${createHash('sha256').update(STYLE).digest('base64')}'`;

/** Headers of every page, whatever its status: no script, no image, no font, no frame.
    @param formAction where its forms may lead */
export const pageHeaders = (formAction: "'none'" | "'self'"): Record<string, string> => ({
  'content-security-policy': `default-src 'none'; style-src ${STYLE_HASH}; form-action ${formAction}; base-uri 'none'; frame-ancestors 'none'`,
  'x-frame-options': 'DENY',
  'x-content-type-options': 'nosniff',
  'referrer-policy': 'no-referrer',
  'cross-origin-opener-policy': 'same-origin',
});

const DAY = new Intl.DateTimeFormat('en-GB', { dateStyle: 'long', timeZone: 'UTC' });
const MINUTE = new Intl.DateTimeFormat('en-GB', { dateStyle: 'medium', timeStyle: 'short', timeZone: 'UTC' });

const CLOCK = new Intl.DateTimeFormat('en-GB', { timeStyle: 'short', timeZone: 'UTC' });

/** A calendar date, or the date of an instant, in UTC. */
export const day = (date: string | Instant): Html => {
  const at = new Date(date);
  return html`<time datetime="${at.toISOString().slice(0, 10)}">${DAY.format(at)}</time>`;
};

/** An instant to the minute. */
export const dateTime = (instant: string | Instant): Html => {
  const at = new Date(instant);
  return html`<time datetime="${at.toISOString()}">${MINUTE.format(at)} UTC</time>`;
};

/** The time of day of an instant that is near. */
export const timeOfDay = (instant: Instant): Html => html`<time datetime="${new Date(instant).toISOString()}">${CLOCK.format(instant)} UTC</time>`;
