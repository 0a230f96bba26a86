/** What a notice says in a few lines, for partners and for those who review it. */
import type { Instant } from '../../base/clock.ts';
import { dateTime, day, html, type Html } from '../../pages/index.ts';
import { releasedOn } from '../../versions/index.ts';

export interface NoticeFacts {
  readonly replacement: string | null;
  readonly noReplacement: string | null;
  readonly announcedOn: string;
  readonly deprecatedOn: string;
  readonly removedIn: string | null;
  readonly emergencyReason: string | null;
  readonly sunsetAt: string | Instant;
  readonly isOver: boolean;
  /** Past its end, and kept because the gate has not let it go. */
  readonly isHeld: boolean;
  readonly brownouts: readonly { readonly startsAt: string | Instant; readonly endsAt: string | Instant; readonly abortedAt: string | Instant | null }[];
}

export const noticeFacts = (facts: NoticeFacts): Html => html`<dl>
<dt>Instead</dt><dd>${facts.replacement === null ? facts.noReplacement : html`<code>${facts.replacement}</code>`}</dd>
<dt>Announced</dt><dd>${day(facts.announcedOn)}</dd>
<dt>Deprecated</dt><dd>${day(facts.deprecatedOn)}</dd>
${facts.removedIn === null ? null : html`<dt>Leaves in</dt><dd><span class="nowrap">${facts.removedIn}</span>, released on ${day(releasedOn(facts.removedIn))}</dd>`}
<dt>${facts.isOver ? 'Ended' : 'Ends'}</dt><dd>${dateTime(facts.sunsetAt)}${facts.isHeld ? '; it stays for now, because it is still used' : null}</dd>
${facts.emergencyReason === null ? null : html`<dt>Why so soon</dt><dd>${facts.emergencyReason}</dd>`}
${facts.brownouts.length === 0 ? null : html`<dt>Switched off</dt><dd><ul class="list">${facts.brownouts.map(brownout)}</ul></dd>`}
</dl>`;

const brownout = ({ startsAt, endsAt, abortedAt }: NoticeFacts['brownouts'][number]): Html =>
  html`<li>${dateTime(startsAt)} to ${dateTime(endsAt)}${abortedAt === null ? null : html`, called off at ${dateTime(abortedAt)}`}</li>`;
