/** What the staff does with notices: writes, reviews and withdraws them. Each use case runs in the
    transaction that also writes it into the staff's journal. */
import { newId } from '../base/ids.ts';
import { ok, refused, type Outcome } from '../base/outcome.ts';
import { isStorableText } from '../base/text.ts';
import type { StaffAct, StaffUserError } from '../partners/index.ts';
import type { Tx } from '../platform/postgres/database.ts';
import { sunsetAt } from './notice-state.rules.ts';
import { announcementFaults, contentFaults, decideApproval, decideReviewer, decideStep, type NoticeContent, type NoticeFault } from './notice.rules.ts';
import { findTwin, insertComment, insertDecision, insertNotice, isSteward, lockNotice, setReview, updateContent, type Origin, type StoredNotice } from './notice.store.ts';
import { insertNotifications, type NotificationKind } from './talk.store.ts';
import { usageOf } from './usage.store.ts';

/** How far back a use counts against an element when partners are told. */
export const AFFECTED_DAYS = 90;

const DAY_MS = 86_400_000;
const MAX_COMMENT_LENGTH = 5_000;

type Answer = Outcome<{ noticeId: string }, StaffUserError>;

const refuse = (code: StaffUserError['code'], message: string, ...path: string[]) => refused<StaffUserError>({ code, message, path });
const noNotice = refuse('NOT_FOUND', 'There is no such deprecation notice.', 'noticeId');
const dateOf = (act: StaffAct): string => new Date(act.clock.now()).toISOString().slice(0, 10);

/** The first fault, its path below the input field that holds the content. */
const faultOf = ([fault]: readonly NoticeFault[], ...below: string[]) => fault && refused<StaffUserError>({ ...fault, path: [...below, ...fault.path] });

async function contentFault(tx: Tx, act: StaffAct, content: NoticeContent, exceptId: string | undefined, ...below: string[]) {
  const fault = faultOf(contentFaults(content, act.elementExists), ...below);
  if (fault) return fault;
  if (content.emergency && !(await isSteward(tx, content.emergency.approverId)))
    return refuse('INVALID', 'The named approver is no active API steward: name one.', ...below, 'emergency', 'approverId');
  const twin = await findTwin(tx, content, exceptId);
  return twin
    ? refuse(
        'DUPLICATE',
        `${twin} is a notice about ${content.coordinate} in ${content.removedIn ?? 'every version'} already: edit that one, or withdraw it.`,
        ...below,
        'coordinate',
      )
    : null;
}

/** Writes a draft. Refusals: INVALID, RULE_BROKEN, DUPLICATE.
    @param below where in the mutation's input the content stands */
export async function createNotice(
  tx: Tx,
  act: StaffAct,
  content: NoticeContent,
  { origin = 'STAFF', below = ['notice'] }: { origin?: Origin; below?: string[] } = {},
): Promise<Answer> {
  const fault = await contentFault(tx, act, content, undefined, ...below);
  if (fault) return fault;
  const noticeId = newId('dpn');
  const made = await insertNotice(tx, { id: noticeId, origin, authorId: act.staffId, content, review: 'DRAFT', now: new Date(act.clock.now()) });
  return made ? ok({ noticeId }) : refuse('DUPLICATE', `Somebody has just written a notice about ${content.coordinate}: edit that one.`, ...below, 'coordinate');
}

/** Gives a notice new words; it is a draft again, and what was approved of the old words counts no more.
    Refusals: NOT_FOUND, REVIEW_STATE, INVALID, RULE_BROKEN, DUPLICATE. */
export async function editNotice(tx: Tx, act: StaffAct, noticeId: string, content: NoticeContent): Promise<Answer> {
  const notice = await lockNotice(tx, noticeId);
  if (!notice) return noNotice;
  const step = decideStep('edit', notice.review);
  if (!step.ok) return step;
  const fault = await contentFault(tx, act, content, noticeId, 'notice');
  if (fault) return fault;
  await updateContent(tx, noticeId, content, new Date(act.clock.now()));
  return ok({ noticeId });
}

/** Asks for the review, once the notice keeps every rule. Refusals: NOT_FOUND, REVIEW_STATE, INVALID, RULE_BROKEN. */
export async function submitNotice(tx: Tx, act: StaffAct, noticeId: string): Promise<Answer> {
  const notice = await lockNotice(tx, noticeId);
  if (!notice) return noNotice;
  const step = decideStep('submit', notice.review);
  if (!step.ok) return step;
  const fault = faultsToday(notice, act);
  if (fault) return fault;
  await setReview(tx, noticeId, 'IN_REVIEW', new Date(act.clock.now()));
  return ok({ noticeId });
}

/** The dates are looked at again at each step: a review may take weeks. */
const faultsToday = ({ content }: StoredNotice, act: StaffAct) => faultOf([...contentFaults(content, act.elementExists), ...announcementFaults(content, dateOf(act))]);

/** Approves in the person's name; with enough persons the notice is published and those whom it touches
    are told. Refusals: NOT_FOUND, REVIEW_STATE, OWN_WORK, ALREADY_DECIDED, INVALID, RULE_BROKEN. */
export async function approveNotice(tx: Tx, act: StaffAct, noticeId: string, reason: string): Promise<Answer> {
  const notice = await lockNotice(tx, noticeId);
  if (!notice) return noNotice;
  const decision = decideApproval(notice, act.staffId);
  if (!decision.ok) return decision;
  const fault = faultsToday(notice, act);
  if (fault) return fault;
  const now = new Date(act.clock.now());
  await insertDecision(tx, { noticeId, round: notice.round, staffId: act.staffId, verdict: 'APPROVED', reason, decidedAt: now });
  if (!decision.value.approved) return ok({ noticeId });
  await setReview(tx, noticeId, 'APPROVED', now);
  const { coordinate, deprecatedOn, replacement } = notice.content;
  const ends = new Date(sunsetAt({ ...notice.content, emergencySunsetOn: notice.emergency?.sunsetOn ?? null })).toISOString();
  await tellAffected(tx, act, notice, 'DEPRECATION_ANNOUNCED', {
    title: `${coordinate} will be deprecated on ${deprecatedOn}`,
    body: `${notice.content.reason} It answers until ${ends}. ${replacement ? `Move to ${replacement}.` : notice.content.noReplacement!}`,
  });
  return ok({ noticeId });
}

/** Sends the notice back to its author. Refusals: NOT_FOUND, REVIEW_STATE, OWN_WORK, ALREADY_DECIDED. */
export async function rejectNotice(tx: Tx, act: StaffAct, noticeId: string, reason: string): Promise<Answer> {
  const notice = await lockNotice(tx, noticeId);
  if (!notice) return noNotice;
  const allowed = decideReviewer(notice, act.staffId);
  if (!allowed.ok) return allowed;
  const now = new Date(act.clock.now());
  await insertDecision(tx, { noticeId, round: notice.round, staffId: act.staffId, verdict: 'REJECTED', reason, decidedAt: now });
  await setReview(tx, noticeId, 'REJECTED', now);
  return ok({ noticeId });
}

/** Takes back what was published; the element stays. Refusals: NOT_FOUND, REVIEW_STATE. */
export async function withdrawNotice(tx: Tx, act: StaffAct, noticeId: string, reason: string): Promise<Answer> {
  const notice = await lockNotice(tx, noticeId);
  if (!notice) return noNotice;
  const step = decideStep('withdraw', notice.review);
  if (!step.ok) return step;
  await setReview(tx, noticeId, 'WITHDRAWN', new Date(act.clock.now()));
  await tellAffected(tx, act, notice, 'DEPRECATION_WITHDRAWN', { title: `${notice.content.coordinate} is no longer deprecated`, body: reason });
  return ok({ noticeId });
}

/** Refusals: NOT_FOUND, INVALID. */
export async function commentOnNotice(tx: Tx, act: StaffAct, noticeId: string, text: string): Promise<Answer> {
  if (text.trim() === '' || text.length > MAX_COMMENT_LENGTH || !isStorableText(text))
    return refuse('INVALID', `A comment has 1 to ${MAX_COMMENT_LENGTH} characters of plain text, and this one has ${text.length}.`, 'text');
  if (!(await lockNotice(tx, noticeId))) return noNotice;
  await insertComment(tx, { id: newId('dpc'), noticeId, staffId: act.staffId, text, writtenAt: new Date(act.clock.now()) });
  return ok({ noticeId });
}

/** Reminds the partners that still use the element. Refusals: NOT_FOUND, REVIEW_STATE, INVALID. */
export async function remindPartners(tx: Tx, act: StaffAct, noticeId: string, message: string): Promise<Answer> {
  if (message.trim() === '' || message.length > MAX_COMMENT_LENGTH || !isStorableText(message))
    return refuse('INVALID', `A reminder has 1 to ${MAX_COMMENT_LENGTH} characters of plain text, and this one has ${message.length}.`, 'message');
  const notice = await lockNotice(tx, noticeId);
  if (!notice) return noNotice;
  if (notice.review !== 'APPROVED') return refuse('REVIEW_STATE', `The notice is ${notice.review}, and partners are reminded of APPROVED ones only.`, 'noticeId');
  await tellAffected(tx, act, notice, 'DEPRECATION_REMINDER', { title: `Reminder: move away from ${notice.content.coordinate}`, body: message });
  return ok({ noticeId });
}

/** Tells every partner in live that has used the element lately. */
export async function tellAffected(
  tx: Tx,
  act: Pick<StaffAct, 'clock'>,
  { id, content }: StoredNotice,
  kind: NotificationKind,
  { title, body }: { title: string; body: string },
): Promise<void> {
  const { coordinate, removedIn } = content;
  const since = act.clock.now() - AFFECTED_DAYS * DAY_MS;
  const affected = await usageOf(tx, { coordinate, removedIn, since }, id);
  const notifiedAt = new Date(act.clock.now());
  await insertNotifications(
    tx,
    affected.map(({ partnerId }) => partnerId),
    { kind, title, body, noticeId: id, notifiedAt },
  );
}
