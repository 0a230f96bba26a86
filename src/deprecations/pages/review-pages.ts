/** The review for staff: the queue, and a notice with all that a decision rests on. */
import type { Instant } from '../../base/clock.ts';
import { dateTime, day, html, markdown, type Html } from '../../pages/index.ts';
import { REVIEW_STATES, type ReviewState } from '../notice.rules.ts';
import { noticeFacts } from './notice-facts.ts';
import { hidden, reviewFrame, type Kept, type Reviewer } from './review-frame.ts';
import type { Evidence, QueueAnswer, QueuedNotice, ReviewedNotice } from './review-operations.ts';
import { usageChart } from './usage-chart.ts';
import { counted, criticalityTag, numberText, reviewTag, stageTag } from './words.ts';

/** How far back the evidence looks. */
export const EVIDENCE_DAYS = 90;

/** Bounds of one page: the staff API has the rest. */
const LISTED = { integrations: 50, names: 5, comments: 50, responses: 50, history: 50 } as const;
const MAX_SHOWN = 2_000;

const TABS: Readonly<Record<ReviewState, string>> = { IN_REVIEW: 'In review', DRAFT: 'Drafts', APPROVED: 'Approved', REJECTED: 'Rejected', WITHDRAWN: 'Taken back' };

export const isReviewState = (text: unknown): text is ReviewState => REVIEW_STATES.some(state => state === text);

export interface Queue {
  readonly review: ReviewState;
  readonly answer: QueueAnswer['deprecationNotices'];
  /** Whether this is not the list's first page. */
  readonly isLater: boolean;
}

export function queuePage(reviewer: Reviewer, { review, answer: { nodes, pageInfo }, isLater }: Queue): string {
  const tab = (state: ReviewState): Html => html`<li><a href="/lifecycle/review?review=${state}"${state === review ? html` aria-current="page"` : null}>${TABS[state]}</a></li>`;
  return reviewFrame(
    reviewer,
    TABS[review],
    html`<h1>${review === 'IN_REVIEW' ? 'Notices that wait for a decision' : `Notices: ${TABS[review].toLowerCase()}`}</h1>
<nav aria-label="States of the review"><ul class="tabs">${(Object.keys(TABS) as ReviewState[]).map(tab)}</ul></nav>
${
  nodes.length === 0
    ? html`<p>${isLater ? 'There are no more.' : 'There are none.'}</p>`
    : html`<p class="quiet">Longest untouched first.</p>
<ul class="list">${nodes.map(queued)}</ul>`
}
<nav class="pager" aria-label="Pages">
<span>${isLater ? html`<a href="/lifecycle/review?review=${review}">First page</a>` : null}</span>
<span>${pageInfo.hasNextPage && pageInfo.endCursor !== null ? html`<a rel="next" href="/lifecycle/review?review=${review}&amp;after=${encodeURIComponent(pageInfo.endCursor)}">Next page</a>` : null}</span>
</nav>`,
  );
}

const approvalsOf = (notice: { readonly round: number; readonly approvals: readonly { readonly round: number; readonly verdict: string }[] }): number =>
  notice.approvals.filter(({ round, verdict }) => round === notice.round && verdict === 'APPROVED').length;

const standing = (notice: Pick<QueuedNotice, 'round' | 'approvals' | 'approvalsNeeded'>): string => `${approvalsOf(notice)} of ${counted(notice.approvalsNeeded, 'approval')}`;

const queued = (notice: QueuedNotice): Html => html`<li class="sheet">
<h2 class="title"><a href="/lifecycle/review/${notice.id}"><code>${notice.coordinate}</code></a></h2>
<p class="tags">${reviewTag(notice.review)} ${criticalityTag(notice.criticality)}</p>
<p>${notice.review === 'IN_REVIEW' ? `${standing(notice)}. ` : null}${notice.removedIn === null ? 'Ends on a day of its own' : html`Leaves in <span class="nowrap">${notice.removedIn}</span>`}, deprecated on ${day(notice.deprecatedOn)}.</p>
<p class="quiet small">Team ${notice.ownerTeam}${notice.author ? `; written by ${notice.author.name}` : null}; last changed ${dateTime(notice.updatedAt)}</p>
</li>
`;

export interface NoticeReview {
  readonly notice: ReviewedNotice;
  readonly evidence: Evidence;
  readonly now: Instant;
  /** Why what was just asked for was not done; null where nothing was. */
  readonly alert: string | null;
  readonly kept: Kept;
  /** Names the page's next write, so that a form sent twice does its work once. */
  readonly key: string;
}

export function reviewPage(reviewer: Reviewer, review: NoticeReview): string {
  const { notice, evidence, now, alert, kept, key } = review;
  return reviewFrame(
    reviewer,
    alert === null ? notice.coordinate : `Not done: ${notice.coordinate}`,
    html`${alert === null ? null : html`<p class="alert" role="alert">${alert}</p>`}
<h1><code>${notice.coordinate}</code></h1>
<p class="tags">${reviewTag(notice.review)} ${notice.review === 'APPROVED' ? stageTag(notice.state) : null} ${criticalityTag(notice.criticality)}</p>
${section(
  'What it says',
  html`<p>${notice.description}</p>
<p>${notice.reason}</p>
${noticeFacts({ ...notice, isOver: notice.state === 'SUNSET', isHeld: false })}
<p class="quiet small">Team ${notice.ownerTeam}${notice.author ? `; written by ${notice.author.name}` : null}; last changed ${dateTime(notice.updatedAt)}</p>
<details><summary>The guide for partners</summary>
${markdown(notice.migrationGuide)}
</details>`,
)}
${section('Use in live', usageChart({ usage: evidence.deprecationUsage, days: EVIDENCE_DAYS, now, deprecatedOn: notice.deprecatedOn }))}
${section('Who would break', impact(evidence))}
${notice.verdicts.length > 0 ? section('What the removal gate decided', verdicts(notice)) : null}
${notice.responses.length > 0 ? section('What partners said', responses(notice)) : null}
${section('Decisions', decisions(reviewer, notice, kept, key))}
${section('Comments', comments(reviewer, notice, kept, key))}
${section('History', history(notice))}`,
  );
}

const section = (title: string, content: Html): Html => html`<section aria-label="${title}">
<h2>${title}</h2>
<div class="sheet">
${content}
</div>
</section>`;

/** At most so much of a text that others wrote without a bound. */
const cut = (text: string): string => (text.length > MAX_SHOWN ? `${text.slice(0, MAX_SHOWN)} ...` : text);

const more = (all: readonly unknown[], listed: number): Html | null =>
  all.length > listed ? html`<p class="quiet">And ${numberText(all.length - listed)} more, in the staff API.</p>` : null;

function impact({ deprecationImpact: users }: Evidence): Html {
  if (users.length === 0) return html`<p>Nobody: no integration in live has used it in the last ${EVIDENCE_DAYS} days in a version that holds it.</p>`;
  const partners = new Set(users.map(({ partnerName }) => partnerName)).size;
  return html`<p>${counted(users.length, 'integration')} of ${counted(partners, 'partner')} in the last ${EVIDENCE_DAYS} days, the busiest first.</p>
<ul class="list">${users.slice(0, LISTED.integrations).map(
    use => html`<li class="entry">
<p><strong>${use.integrationName}</strong> of ${use.partnerName} <span class="tag ${use.hasAnswered ? 'good' : 'warn'}">${use.hasAnswered ? 'has answered' : 'has not answered'}</span></p>
<p class="small">${counted(use.uses, 'use')} in ${use.apiVersions.slice(0, LISTED.names).join(', ')}; last ${dateTime(use.lastUsedAt)}${use.requestIds[0] === undefined ? null : html` <span class="quiet">(request ${use.requestIds[0]})</span>`}</p>
${use.operationNames === null ? null : html`<p class="small quiet">${names(use.operationNames)}</p>`}
</li>
`,
  )}</ul>
${more(users, LISTED.integrations)}`;
}

const names = (operations: readonly string[]): string =>
  `Operations: ${operations.slice(0, LISTED.names).join(', ')}${operations.length > LISTED.names ? ` and ${operations.length - LISTED.names} more` : ''}`;

const GATE = { PASSED: 'It may go', REFUSED: 'It is still used and stays', OVERRIDDEN: 'It goes at the word of two people' } as const;

const verdicts = ({ verdicts: all }: ReviewedNotice): Html =>
  html`<ul class="list">${all.map(({ version, verdict, overrideReason, decidedAt }) => html`<li class="entry"><p>${GATE[verdict]} <span class="quiet small">(${version}, ${dateTime(decidedAt)})</span></p>${overrideReason === null ? null : html`<p>${cut(overrideReason)}</p>`}</li>`)}</ul>`;

const SAID: Readonly<Record<string, string>> = { ACKNOWLEDGED: 'has read it', EXTENSION_REQUESTED: 'asks for longer', SIGNED: 'has signed' };

const responses = ({ responses: all }: ReviewedNotice): Html =>
  html`<ul class="list">${all.slice(0, LISTED.responses).map(({ partner, kind, message, onDate, respondedAt }) => html`<li class="entry"><p><strong>${partner.name}</strong> ${SAID[kind] ?? kind}${onDate === null ? null : html`, ${day(onDate)}`} <span class="quiet small">${dateTime(respondedAt)}</span></p>${message === null ? null : html`<p class="said">${cut(message)}</p>`}</li>`)}</ul>${more(all, LISTED.responses)}`;

function decisions(reviewer: Reviewer, notice: ReviewedNotice, kept: Kept, key: string): Html {
  return html`${notice.review === 'IN_REVIEW' ? html`<p>${standing(notice)} so far${notice.emergencyApprover === null ? null : `; ${notice.emergencyApprover.name} must be among them`}.</p>` : null}
${notice.approvals.length === 0 ? html`<p class="quiet">Nobody has decided yet.</p>` : html`<ul class="list">${notice.approvals.map(({ staff, verdict, reason, round, decidedAt }) => html`<li class="entry"><p><strong>${staff.name}</strong> ${verdict === 'APPROVED' ? 'approved' : 'rejected'} it${round === notice.round ? null : ', before it was changed'} <span class="quiet small">${dateTime(decidedAt)}</span></p><p class="said">${cut(reason)}</p></li>`)}</ul>`}
${decisionForm(reviewer, notice, kept, key)}`;
}

function decisionForm({ staffId, may, formToken }: Reviewer, notice: ReviewedNotice, kept: Kept, key: string): Html | null {
  if (notice.review !== 'IN_REVIEW') return null;
  if (!may.decide) return html`<p class="note">API stewards decide on notices.</p>`;
  if (notice.author?.id === staffId) return html`<p class="note">You wrote this notice: another person must decide on it.</p>`;
  if (notice.approvals.some(({ staff, round, verdict }) => staff.id === staffId && round === notice.round && verdict === 'APPROVED'))
    return html`<p class="note">You have approved it: another person must be the next.</p>`;
  return html`<form method="post" action="/lifecycle/review/${notice.id}/decision">
${hidden('csrf', formToken)}${hidden('key', key)}
<label for="reason">Why</label>
<p class="quiet small" id="reason-hint">It stands in the journal for good; the author of a rejected notice reads it.</p>
<textarea id="reason" name="reason" required maxlength="${MAX_SHOWN}" aria-describedby="reason-hint">
${kept.reason ?? null}</textarea>
<div class="actions"><button type="submit" name="decision" value="approve">Approve</button><button type="submit" name="decision" value="reject">Reject</button></div>
</form>`;
}

function comments({ may, formToken }: Reviewer, notice: ReviewedNotice, kept: Kept, key: string): Html {
  const { comments: all } = notice;
  return html`${all.length > LISTED.comments ? html`<p class="quiet">The last ${LISTED.comments} of ${all.length}.</p>` : null}
${all.length === 0 ? html`<p class="quiet">Nobody has said anything.</p>` : html`<ul class="list">${all.slice(-LISTED.comments).map(({ staff, text, writtenAt }) => html`<li class="entry"><p><strong>${staff.name}</strong> <span class="quiet small">${dateTime(writtenAt)}</span></p><p class="said">${text}</p></li>`)}</ul>`}
${
  may.comment
    ? html`<form method="post" action="/lifecycle/review/${notice.id}/comments">
${hidden('csrf', formToken)}${hidden('key', `${key}-comment`)}
<label for="text">Your comment</label>
<textarea id="text" name="text" required maxlength="5000">
${kept.text ?? null}</textarea>
<div class="actions"><button type="submit">Comment</button></div>
</form>`
    : null
}`;
}

const DID: Readonly<Record<string, string>> = {
  createDeprecationNotice: 'wrote it',
  editDeprecationNotice: 'changed it',
  importDeprecationNotice: 'imported it',
  submitDeprecationNotice: 'asked for the review',
  approveDeprecationNotice: 'approved it',
  rejectDeprecationNotice: 'rejected it',
  withdrawDeprecationNotice: 'took it back',
  commentOnDeprecationNotice: 'commented',
  remindPartnersOfDeprecation: 'reminded partners',
  scheduleBrownout: 'scheduled a brownout',
  settleNotices: 'was made from the list of version changes',
};

const history = ({ history: all }: ReviewedNotice): Html =>
  html`<ol class="list">${all.slice(0, LISTED.history).map(({ staff, operation, reason, writtenAt }) => html`<li class="entry"><p><strong>${staff?.name ?? 'The notice'}</strong> ${DID[operation] ?? operation} <span class="quiet small">${dateTime(writtenAt)}</span></p><p class="said">${cut(reason)}</p></li>`)}</ol>${more(all, LISTED.history)}`;
