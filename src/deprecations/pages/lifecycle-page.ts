/** What anybody may read of the API's life: its versions, what is on its way out, and how to move. */
import type { Instant } from '../../base/clock.ts';
import { day, framed, html, markdown, type Html } from '../../pages/index.ts';
import type { VersionStanding } from '../../versions/index.ts';
import type { Effect } from '../registry.rules.ts';
import { noticeFacts } from './notice-facts.ts';
import { counted, criticalityTag, kindTag, stageTag } from './words.ts';
import { versionTimeline } from './version-timeline.ts';

/** Notices on one page. */
export const NOTICES_A_PAGE = 25;

export interface VersionNote {
  readonly id: string;
  readonly title: string;
  readonly text: string;
}

export interface Lifecycle {
  /** By the wall clock, oldest first. */
  readonly standings: readonly VersionStanding[];
  /** What each version changed. */
  readonly changes: ReadonlyMap<string, readonly VersionNote[]>;
  /** Those that partners may know (`announced`). */
  readonly notices: readonly Effect[];
  readonly now: Instant;
}

const HEADER = html`<p><strong>Partner API</strong></p>
<nav aria-label="Partner API"><a href="/lifecycle">Lifecycle</a><a href="/explorer">Explorer</a><a href="/changelog.atom">Feed of changes</a></nav>`;

const HEAD = html`<link rel="alternate" type="application/atom+xml" title="Versions of the partner API" href="/changelog.atom">
`;

/** What partners may know by now, what ends soonest first, what has ended last. */
export const announced = (notices: readonly Effect[]): Effect[] =>
  notices
    .filter(({ state }) => state.stage !== 'PLANNED' && state.stage !== 'WITHDRAWN')
    .toSorted((a, b) => Number(a.state.stage === 'SUNSET') - Number(b.state.stage === 'SUNSET') || a.state.sunsetAt - b.state.sunsetAt || (a.notice.id < b.notice.id ? -1 : 1));

/** One page of the timeline; null where there are fewer pages.
    @param page counted from 1 */
export function lifecyclePage({ standings, changes, notices: shown, now }: Lifecycle, page: number): string | null {
  const pages = Math.max(1, Math.ceil(shown.length / NOTICES_A_PAGE));
  if (page > pages) return null;
  const own = shown.slice((page - 1) * NOTICES_A_PAGE, page * NOTICES_A_PAGE);
  return framed({
    title: page === 1 ? 'Versions and deprecations - Partner API' : `Deprecations, page ${page} of ${pages} - Partner API`,
    head: HEAD,
    header: HEADER,
    content: html`<h1>Versions and deprecations</h1>
${page === 1 ? versionsSection(standings, changes, now) : null}
<section aria-labelledby="notices">
<h2 id="notices">On its way out</h2>
${
  shown.length === 0
    ? html`<p>Nothing: no element of the API is deprecated.</p>`
    : html`<p>${counted(shown.length, 'element')}, what ends soonest first. Dates are in UTC, by the live API's clock; a sandbox meets them by its own.</p>
${own.map(noticeBlock)}`
}
${pages > 1 ? pager(page, pages) : null}
</section>`,
  });
}

const pager = (page: number, pages: number): Html => html`<nav class="pager" aria-label="Pages">
<span>${page > 1 ? html`<a rel="prev" href="/lifecycle?page=${page - 1}">Page ${page - 1}</a>` : null}</span>
<span class="quiet">Page ${page} of ${pages}</span>
<span>${page < pages ? html`<a rel="next" href="/lifecycle?page=${page + 1}">Page ${page + 1}</a>` : null}</span>
</nav>`;

function versionsSection(standings: readonly VersionStanding[], changes: Lifecycle['changes'], now: Instant): Html {
  const retired = standings.filter(({ kind }) => kind === 'RETIRED');
  const dated = standings.filter(({ kind }) => kind !== 'RETIRED' && kind !== 'UNSTABLE');
  const living = [...dated.toReversed(), ...standings.filter(({ kind }) => kind === 'UNSTABLE')];
  return html`<section aria-labelledby="versions">
<h2 id="versions">Versions</h2>
<p>A version is released each quarter and answers for twelve months, and for nine after the next one's release; each of these steps falls at 17:00 UTC. By ${day(now)} they stand like this:</p>
<div class="sheet">${versionTimeline(standings, now)}
<p class="quiet small" aria-hidden="true">Each bar reaches from a version's release to its retirement; the outlined end is its last months. The upright line is today.</p></div>
<ul class="cards">
${living.map(standing => versionCard(standing, changes.get(standing.version) ?? []))}
</ul>
${
  retired.length === 0
    ? null
    : html`<details><summary>${counted(retired.length, 'retired version')}</summary>
<ul class="cards">
${retired.toReversed().map(standing => versionCard(standing, changes.get(standing.version) ?? []))}
</ul></details>`
}
</section>`;
}

const versionCard = (
  { version, kind, releasedAt, deprecatedAt, retiresAt }: VersionStanding,
  notes: readonly VersionNote[],
): Html => html`<li class="sheet" id="version-${version}">
<h3>${version}</h3>
<p class="tags">${kindTag(kind)}</p>
${
  releasedAt === null
    ? html`<p>What the next release is made of. It may change on any day.</p>`
    : html`<dl>
<dt>${kind === 'RELEASE_CANDIDATE' ? 'To be released' : 'Released'}</dt><dd>${day(releasedAt)}</dd>
${deprecatedAt === null ? null : html`<dt>Deprecated</dt><dd>${day(deprecatedAt)}</dd>`}
${kind === 'RELEASE_CANDIDATE' ? null : html`<dt>${kind === 'RETIRED' ? 'Retired' : 'Retires'}</dt><dd>${retiresAt === null ? 'no end is set' : day(retiresAt)}</dd>`}
</dl>`
}
${
  notes.length === 0
    ? html`<p class="quiet">Changes nothing that a program has to follow.</p>`
    : html`<details><summary>${counted(notes.length, 'change')} to follow</summary>
<ul>${notes.map(({ title, text }) => html`<li>${title} <span class="quiet">${text}</span></li>`)}</ul></details>`
}
<p><a href="/schema/${version}.graphql">Schema of ${version}</a></p>
</li>
`;

const noticeBlock = (effect: Effect): Html => html`<article class="sheet" id="${effect.notice.id}" aria-labelledby="title-${effect.notice.id}">
<h3 id="title-${effect.notice.id}"><a href="/lifecycle/${effect.notice.id}"><code>${effect.notice.coordinate}</code></a></h3>
${facts(effect)}
</article>
`;

/** What a notice says but for its guide. */
const facts = ({ notice, state }: Effect): Html => html`<p class="tags">${stageTag(state.stage)} ${criticalityTag(notice.criticality)}</p>
<p>${notice.reason}</p>
${noticeFacts({ ...notice, sunsetAt: state.sunsetAt, isOver: state.stage === 'SUNSET', isHeld: state.isHeld })}`;

/** One notice with its guide. */
export function noticePage(effect: Effect): string {
  const { notice, state } = effect;
  return framed({
    title: `${notice.coordinate} - Partner API`,
    head: HEAD,
    header: HEADER,
    content: html`<h1><code>${notice.coordinate}</code></h1>
<div class="sheet">
${state.stage === 'WITHDRAWN' ? html`<p class="note">This deprecation was taken back: the element stays.</p>` : null}
<p>${notice.description}</p>
${facts(effect)}
</div>
<section aria-labelledby="guide">
<h2 id="guide">How to move</h2>
<div class="sheet">
${markdown(notice.migrationGuide)}
</div>
</section>
<p><a href="/lifecycle#${notice.id}">All versions and deprecations</a></p>`,
  });
}

export const noSuchPage = (): string =>
  framed({
    title: 'Nothing here - Partner API',
    header: HEADER,
    content: html`<h1>There is nothing here</h1>
<p>No deprecation notice and no page of them has this address. <a href="/lifecycle">All versions and deprecations</a></p>`,
  });
