/** What stands around the pages for staff: who is signed in, the way out, and the pages for whoever is
    not signed in or asked for what is not there. */
import type { Instant } from '../../base/clock.ts';
import { framed, html, timeOfDay, type Html } from '../../pages/index.ts';

/** Whose page it is. */
export interface Reviewer {
  readonly staffId: string;
  readonly name: string;
  readonly roles: readonly string[];
  /** When the session ends by itself. */
  readonly endsAt: Instant;
  /** What each form of the page carries. */
  readonly formToken: string;
  /** What the person may do; the staff API decides it all the same. */
  readonly may: { readonly decide: boolean; readonly comment: boolean };
}

export const hidden = (name: string, value: string): Html => html`<input type="hidden" name="${name}" value="${value}">`;

const HOME = html`<p><strong><a href="/lifecycle/review">Review of deprecations</a></strong></p>`;

const roleText = (role: string): string => role.toLowerCase().replace('api', 'API').replaceAll('_', ' ');

export const reviewFrame = (reviewer: Reviewer | null, title: string, content: Html): string =>
  framed({
    title: `${title} - Review of deprecations`,
    header:
      reviewer === null
        ? HOME
        : html`${HOME}
<p class="small">${reviewer.name}, ${reviewer.roles.map(roleText).join(', ')} <span class="quiet">signed in until ${timeOfDay(reviewer.endsAt)}</span></p>
<form method="post" action="/lifecycle/review/sign-out">${hidden('csrf', reviewer.formToken)}<button type="submit">Sign out</button></form>`,
    content,
  });

/** Words that were typed into a form before the session ended, for the form to keep. */
export type Kept = Readonly<Partial<Record<'reason' | 'text', string>>>;

export interface SignIn {
  readonly formToken: string;
  /** The path to go on to. */
  readonly next: string;
  readonly alert: string | null;
  readonly kept: Kept;
}

export const signInPage = ({ formToken, next, alert, kept }: SignIn): string =>
  reviewFrame(
    null,
    'Sign in',
    html`${alert === null ? null : html`<p class="alert" role="alert">${alert}</p>`}
<h1>Sign in</h1>
<div class="narrow">
<p>For the staff of the marketplace. A session lasts 15 minutes, and ends at once when your credential is revoked.</p>
${kept.reason || kept.text ? html`<p class="note">What you have written is kept: it stands in its form once you have signed in, and is sent when you send it.</p>` : null}
<form class="sheet" method="post" action="/lifecycle/review/sign-in">
${hidden('csrf', formToken)}${hidden('next', next)}${(['reason', 'text'] as const).map(name => (kept[name] ? hidden(name, kept[name]) : null))}
<label for="client-id">Client id</label>
<input id="client-id" name="client_id" autocomplete="username" autocapitalize="none" spellcheck="false" maxlength="64">
<label for="client-secret">Client secret</label>
<input id="client-secret" name="client_secret" type="password" autocomplete="current-password" maxlength="200">
<details><summary>With an access token instead</summary>
<label for="access-token">Access token of the staff API</label>
<input id="access-token" name="access_token" type="password" autocomplete="off" maxlength="4096">
</details>
<div class="actions"><button type="submit">Sign in</button></div>
</form>
</div>`,
  );

/** For whoever comes by a link from elsewhere: the browser keeps the session's cookie back until it is
    asked from here. */
export const goOnPage = (path: string): string =>
  framed({
    title: 'Review of deprecations',
    header: HOME,
    head: html`<meta http-equiv="refresh" content="0">
`,
    content: html`<h1>One moment</h1>
<p><a href="${path}">Go on</a></p>`,
  });

export const troublePage = (reviewer: Reviewer | null, title: string, message: string): string =>
  reviewFrame(
    reviewer,
    title,
    html`<h1>${title}</h1>
<p>${message}</p>
<p><a href="/lifecycle/review">To the queue</a></p>`,
  );
