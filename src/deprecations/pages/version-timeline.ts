/** The lives of versions as a picture: a bar each from release to retirement, on one line of time. It
    says nothing that the page does not say in words, and so is silent to screen readers. */
import type { Instant } from '../../base/clock.ts';
import { html, type Html } from '../../pages/index.ts';
import type { VersionStanding } from '../../versions/index.ts';

/** Pixels; texts keep their size however wide the picture is. */
const HEAD = 22;
const ROW = 40;
const BAR = 12;

/** More labels than this run into each other on a phone. */
const MAX_TICKS = 4;

/** How far ahead a version without an end is drawn. */
const AHEAD_MONTHS = 9;

type Released = VersionStanding & { readonly releasedAt: Instant };

const isDated = (standing: VersionStanding): standing is Released => standing.releasedAt !== null;

const monthOf = (instant: Instant): number => {
  const date = new Date(instant);
  return date.getUTCFullYear() * 12 + date.getUTCMonth();
};

const instantOfMonth = (month: number): Instant => Date.UTC(Math.floor(month / 12), month % 12, 1);

const MONTH = new Intl.DateTimeFormat('en-GB', { month: 'short', year: 'numeric', timeZone: 'UTC' });

/** The picture of versions that are not retired; null where there is none. */
export function versionTimeline(standings: readonly VersionStanding[], now: Instant): Html | null {
  const shown = standings.filter(isDated).filter(({ kind }) => kind !== 'RETIRED');
  if (shown.length === 0) return null;
  const from = monthOf(Math.min(now, ...shown.map(({ releasedAt }) => releasedAt)));
  const to = 1 + monthOf(Math.max(instantOfMonth(monthOf(now) + AHEAD_MONTHS), ...shown.map(({ releasedAt, retiresAt }) => retiresAt ?? releasedAt)));
  const [begin, end] = [instantOfMonth(from), instantOfMonth(to)];
  const placeOf = (instant: Instant): number => Math.round(((instant - begin) / (end - begin)) * 10_000) / 100;
  const height = HEAD + shown.length * ROW;
  const span = (kind: string, since: Instant, until: Instant, y: number): Html | null =>
    until > since ? html`<rect class="${kind}" x="${placeOf(since)}%" y="${y}" width="${placeOf(until) - placeOf(since)}%" height="${BAR}" rx="2"/>` : null;
  const row = ({ version, kind, releasedAt, deprecatedAt, retiresAt }: Released, index: number): Html => {
    const y = HEAD + index * ROW;
    const last = retiresAt ?? end;
    const left = placeOf(releasedAt);
    return html`<text x="${left > 80 ? 100 : left}%" y="${y + 14}"${left > 80 ? html` text-anchor="end"` : null}>${version}${kind === 'CURRENT' ? ' (current)' : ''}</text>
${span(kind === 'RELEASE_CANDIDATE' ? 'candidate' : 'supported', releasedAt, deprecatedAt ?? last, y + 19)}${deprecatedAt === null ? null : span('leaving', deprecatedAt, last, y + 19)}
`;
  };
  const here = placeOf(now);
  return html`<svg height="${height}" aria-hidden="true" focusable="false">
${ticksBetween(from, to).map(month => {
  const x = placeOf(instantOfMonth(month));
  return html`<line class="grid" x1="${x}%" x2="${x}%" y1="16" y2="${height}"/><text class="quiet" x="${x}%" y="11"${x > 85 ? html` text-anchor="end"` : x > 10 ? html` text-anchor="middle"` : null}>${MONTH.format(instantOfMonth(month))}</text>
`;
})}<line class="now" x1="${here}%" x2="${here}%" y1="16" y2="${height}"/>
${shown.map(row)}</svg>`;
}

/** The first months of quarters, half years or whole years: as many as there is room for. */
function ticksBetween(from: number, to: number): number[] {
  const step = [3, 6, 12, 24, 48].find(months => (to - from) / months <= MAX_TICKS) ?? 96;
  const first = Math.ceil(from / step) * step;
  return Array.from({ length: Math.max(0, Math.ceil((to - first) / step)) }, (_, index) => first + index * step);
}
