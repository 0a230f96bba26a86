/** The roadmap for anybody: what partners can work towards, what it means for people, and by which rule,
    without script; with bars for a partner that is known. */
import { day, framed, html, type Html } from '../pages/index.ts';
import type { PublicRoadmapItem } from './roadmap.store.ts';

const HEADER = html`<p><strong>Partner program</strong></p>
<nav aria-label="Partner program"><a href="/roadmap">Roadmap</a><a href="/roadmap.json">As JSON</a><a href="/lifecycle">API lifecycle</a></nav>`;

const SECTIONS: readonly { readonly state: PublicRoadmapItem['state']; readonly title: string; readonly says: string }[] = [
  { state: 'OPEN', title: 'Open now', says: 'Can be worked towards.' },
  { state: 'ANNOUNCED', title: 'Announced', says: 'Promised: the criteria stand, and get no harder without 90 days of notice.' },
  { state: 'PLANNED', title: 'Planned', says: 'Meant, not promised: it may still change or go.' },
  { state: 'CLOSED', title: 'Over', says: 'What was reached stays reached.' },
];

const REWARDS = { FINANCIAL: 'Money', REPUTATIONAL: 'Recognition', CAPABILITY: 'A capability' } as const;

export const roadmapPage = (items: readonly PublicRoadmapItem[]): string =>
  framed({
    title: 'Roadmap - Partner program',
    header: HEADER,
    content: html`<h1>Roadmap</h1>
<p>What partners can reach, by what people who use the marketplace gain from it. Days are in UTC.</p>
${
  items.length === 0
    ? html`<p>Nothing is planned yet.</p>`
    : SECTIONS.map(section =>
        sectionOf(
          section,
          items.filter(({ state }) => state === section.state),
        ),
      )
}`,
  });

const sectionOf = ({ state, title, says }: (typeof SECTIONS)[number], items: readonly PublicRoadmapItem[]): Html =>
  items.length === 0
    ? html``
    : html`<section aria-labelledby="${state}">
<h2 id="${state}">${title}</h2>
<p>${says}</p>
${items.map(itemOf)}
</section>
`;

const itemOf = ({
  id,
  title,
  userOutcome,
  criteria,
  rewardKind,
  announcedOn,
  opensOn,
  closesOn,
  versions,
  percent,
}: PublicRoadmapItem): Html => html`<article id="${id}" aria-labelledby="${id}-title">
<h3 id="${id}-title">${title}</h3>
<p>${userOutcome}</p>
<dl>
<dt>Criteria</dt><dd>${criteria}</dd>
<dt>Reward</dt><dd>${REWARDS[rewardKind]}</dd>
<dt>Opens</dt><dd>${day(opensOn)}${closesOn === null ? null : html`, closes ${day(closesOn)}`}${announcedOn === null ? null : html`, announced ${day(announcedOn)}`}</dd>
</dl>
${percent === null ? null : html`<p><label>Your progress: ${percent} percent <progress max="100" value="${percent}">${percent} percent</progress></label></p>`}
${versions.length === 0 ? null : html`<details><summary>The rule and its changes</summary><ol reversed>${versions.map(versionOf)}</ol></details>`}
</article>
`;

const versionOf = ({ version, ruleHash, effectiveOn, why }: PublicRoadmapItem['versions'][number]): Html =>
  html`<li>Version ${version}, from ${day(effectiveOn)}: ${why} SHA-256 of the rule: <code>${ruleHash}</code></li>`;
