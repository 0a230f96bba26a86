/** The use of an element over time as a small picture: a bar a day, and lines where its notice counts
    from. What it shows stands beside it in a sentence and in a table. */
import type { Instant } from '../../base/clock.ts';
import { day, html, type Html } from '../../pages/index.ts';
import { instantOf } from '../notice-state.rules.ts';
import type { UsageDay } from '../usage.store.ts';
import { counted, numberText } from './words.ts';

const DAY_MS = 86_400_000;

/** Pixels. */
const TOP = 18;
const HEIGHT = 110;
const BOTTOM = 18;

export interface UsageChart {
  /** Days that had any, oldest first. */
  readonly usage: readonly UsageDay[];
  /** How many days the picture covers, today the last. */
  readonly days: number;
  readonly now: Instant;
  readonly deprecatedOn: string;
}

export function usageChart({ usage, days, now, deprecatedOn }: UsageChart): Html {
  if (usage.length === 0) return html`<p>Nobody has used it in live in the last ${days} days.</p>`;
  const last = Math.floor(now / DAY_MS);
  const first = last - days + 1;
  const indexOf = (on: string): number => instantOf(on) / DAY_MS - first;
  const shown = usage.filter(({ on }) => indexOf(on) >= 0);
  const most = Math.max(1, ...shown.map(({ uses }) => uses));
  const percent = (index: number): number => Math.round((index / days) * 10_000) / 100;
  const marked = indexOf(deprecatedOn);
  return html`<figure>
<svg height="${TOP + HEIGHT + BOTTOM}" role="img" aria-labelledby="usage-title">
<title id="usage-title">${sentenceOf(usage, days)}</title>
<line class="grid" x1="0" x2="100%" y1="${TOP}" y2="${TOP}"/><text class="quiet" x="0" y="12">${numberText(most)} a day</text>
<line class="grid" x1="0" x2="100%" y1="${TOP + HEIGHT}" y2="${TOP + HEIGHT}"/>
${shown.map(({ on, uses }) => {
  // A day with one use is still seen beside one with a million.
  const height = Math.max(2, Math.round((uses / most) * HEIGHT));
  return html`<rect class="bar" x="${percent(indexOf(on) + 0.1)}%" y="${TOP + HEIGHT - height}" width="${percent(0.8)}%" height="${height}"/>`;
})}
${marked >= 0 && marked < days ? html`<line class="now" x1="${percent(marked)}%" x2="${percent(marked)}%" y1="${TOP}" y2="${TOP + HEIGHT}"/><text x="${percent(marked)}%" y="12"${marked > days / 2 ? html` text-anchor="end"` : null}>deprecated</text>` : null}
<text class="quiet" x="0" y="${TOP + HEIGHT + 15}">${days} days ago</text><text class="quiet" x="100%" y="${TOP + HEIGHT + 15}" text-anchor="end">today</text>
</svg>
<figcaption class="quiet small">${sentenceOf(usage, days)}</figcaption>
</figure>
<details><summary>Use by day</summary>
<div class="wide" role="group" tabindex="0" aria-label="Use by day"><table>
<thead><tr><th scope="col">Day</th><th scope="col" class="number">Uses</th><th scope="col" class="number">Integrations</th></tr></thead>
<tbody>
${usage.toReversed().map(({ on, uses, integrations }) => html`<tr><td>${day(on)}</td><td class="number">${numberText(uses)}</td><td class="number">${numberText(integrations)}</td></tr>`)}
</tbody>
</table></div>
</details>`;
}

function sentenceOf(usage: readonly UsageDay[], days: number): string {
  const total = usage.reduce((sum, { uses }) => sum + uses, 0);
  const busiest = usage.reduce((most, each) => (each.uses > most.uses ? each : most));
  return `${counted(total, 'use')} in live in the last ${days} days, most on ${busiest.on} with ${numberText(busiest.uses)}, last on ${usage.at(-1)!.on}.`;
}
