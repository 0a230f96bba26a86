/**
 * What a partner says is wrong: about an award, or about how it stands. Until it is decided nothing goes on with
 * it, what is payable of it is held, and the time for that is limited. A dispute never makes anything worse
 * for whoever opened it.
 */
import type { Instant } from '../base/clock.ts';
import { newId } from '../base/ids.ts';
import { ok, refused, type Outcome } from '../base/outcome.ts';
import { isStorableText } from '../base/text.ts';
import { isSandbox, promise } from '../environments/index.ts';
import type { Tx } from '../platform/postgres/database.ts';
import type { DueHandler } from '../room.ts';
import { lockAward } from './award.store.ts';
import { awardMilestone } from './awards.service.ts';
import { awardOfTransaction, endDispute, insertDispute, insertOpinion, lockDispute, opinionsOn, type NewDispute, type StoredDispute } from './dispute.store.ts';
import { approvalsNeeded, correctionOf, decideApproval, holdOf, releaseOf, type MoneyRefusal } from './ledger.rules.ts';
import { balanceOf, lockLedger, post, transactionsAbout } from './ledger.store.ts';
import { programOf } from './milestone.store.ts';
import { CONFIRM, judgeIntegrations } from './progress.service.ts';
import { lockOneProgress, lockProgress, setProgressState } from './progress.store.ts';

/** How long after an award a partner may say that it is wrong, and how long the answer may take. */
export const DISPUTE_WITHIN_DAYS = 30;
export const DECIDE_WITHIN_DAYS = 30;

/** The due work that ends what nobody has decided in time. */
export const LAPSE = 'dispute.lapse';

const DAY_MS = 86_400_000;
const MAX_REASON = 5_000;

type Refused = { readonly code: 'NOT_FOUND' | 'INVALID'; readonly message: string; readonly path: string[] };
type Opened = Outcome<{ disputeId: string }, Refused>;
const refuse = (code: Refused['code'], message: string, name = 'subjectId'): { ok: false; refusal: Refused } => refused({ code, message, path: ['input', name] });

/** Opens a dispute about an award, one of its transactions, or progress of the partner in whose context it is.
    Refusals: NOT_FOUND, INVALID. */
export async function openDispute(tx: Tx, environmentId: string, { subjectId, reason }: { subjectId: string; reason: string }, now: Instant): Promise<Opened> {
  if (reason.trim() === '' || reason.length > MAX_REASON || !isStorableText(reason))
    return refuse('INVALID', `A reason has 1 to ${MAX_REASON} characters of plain text, and this one has ${reason.length}.`, 'reason');
  const common = { id: newId('dsp'), reason, openedAt: new Date(now), decideBy: new Date(now + DECIDE_WITHIN_DAYS * DAY_MS) };
  const opened = subjectId.startsWith('mpr_') ? await disputeProgress(tx, environmentId, subjectId, common) : await disputeAward(tx, environmentId, subjectId, common, now);
  if (opened.ok) await promise(tx, { environmentId, kind: LAPSE, subjectId: common.id, dueAt: common.decideBy.getTime(), payload: {} });
  return opened;
}

type Common = Pick<NewDispute, 'id' | 'reason' | 'openedAt' | 'decideBy'>;
const isOpen = refuse('INVALID', 'A dispute about it is open. The query `disputes` has it, with the instant by which it ends.');

async function disputeProgress(tx: Tx, environmentId: string, progressId: string, common: Common): Promise<Opened> {
  await lockProgress(tx, environmentId);
  const progress = await lockOneProgress(tx, environmentId, progressId);
  if (!progress) return refuse('NOT_FOUND', 'There is no such progress of yours. The query `milestoneProgress` lists what there is.');
  const { partnerId, state } = progress;
  if (state === 'DISPUTED') return isOpen;
  if (state === 'LOCKED' || state === 'REWARDED' || state === 'REVERSED')
    return refuse('INVALID', `It is ${state}: what is locked counts nothing yet, and about what was rewarded name the award.`);
  if (!(await insertDispute(tx, environmentId, { ...common, partnerId, awardId: null, progressId, stateBefore: state, heldMinor: 0, currency: null }))) return isOpen;
  await setProgressState(tx, environmentId, progressId, 'DISPUTED', common.openedAt);
  return ok({ disputeId: common.id });
}

async function disputeAward(tx: Tx, environmentId: string, subjectId: string, common: Common, now: Instant): Promise<Opened> {
  await lockLedger(tx, environmentId);
  const award = await lockAward(tx, environmentId, subjectId.startsWith('ltx_') ? ((await awardOfTransaction(tx, environmentId, subjectId)) ?? '') : subjectId);
  if (!award) return refuse('NOT_FOUND', 'There is no such award, progress or transaction of an award of yours.');
  if (now > award.awardedAt.getTime() + DISPUTE_WITHIN_DAYS * DAY_MS)
    return refuse('INVALID', `It was given more than ${DISPUTE_WITHIN_DAYS} days ago, on ${award.awardedAt.toISOString()}, and stands.`);
  const { id: awardId, partnerId, currency, amountMinor } = award;
  const isPosted = (await transactionsAbout(tx, environmentId, awardId)).some(({ kind }) => kind === 'POSTING');
  const heldMinor = isPosted ? Math.min(amountMinor!, await balanceOf(tx, environmentId, { kind: 'PAYABLE', partnerId, currency: currency! })) : 0;
  if (!(await insertDispute(tx, environmentId, { ...common, partnerId, awardId, progressId: null, stateBefore: null, heldMinor, currency }))) return isOpen;
  if (heldMinor > 0)
    await post(tx, environmentId, {
      kind: 'HOLD',
      sourceId: common.id,
      partnerId,
      occurredAt: common.openedAt,
      memo: 'Held until the dispute is decided',
      entries: holdOf({ partnerId, currency: currency!, amountMinor: heldMinor }),
    });
  return ok({ disputeId: common.id });
}

export interface DecidingDispute {
  readonly disputeId: string;
  readonly personId: string;
  readonly isUpheld: boolean;
  /** What the partner is given on top, of an award that was too small. */
  readonly correctionMinor: number;
  readonly reason: string;
  readonly now: Instant;
}

type Decided = Outcome<{ disputeId: string }, MoneyRefusal | { readonly code: 'NOT_FOUND'; readonly message: string }>;

/** Decides in a person's name; above the limit, two must say the same. Refusals: NOT_FOUND, ALREADY_DECIDED, RULE_BROKEN, BUDGET_EXHAUSTED. */
export async function decideDispute(tx: Tx, environmentId: string, { disputeId, personId, isUpheld, correctionMinor, reason, now }: DecidingDispute): Promise<Decided> {
  await lockProgress(tx, environmentId);
  await lockLedger(tx, environmentId);
  const dispute = await lockDispute(tx, environmentId, disputeId);
  if (!dispute) return refused({ code: 'NOT_FOUND', message: 'There is no such dispute. The query `disputes` lists those that there are.' });
  if (dispute.decidedAt) return refused({ code: 'ALREADY_DECIDED', message: `The dispute ended on ${dispute.decidedAt.toISOString()}.` });
  if (!Number.isSafeInteger(correctionMinor) || correctionMinor < 0 || (correctionMinor > 0 && (!isUpheld || dispute.currency === null)))
    return refused({ code: 'RULE_BROKEN', message: 'A correction is 1 minor unit or more, of an award of money, where the partner is right. Without one leave it 0.' });
  const opinions = await opinionsOn(tx, environmentId, disputeId);
  const other = opinions.find(each => each.isUpheld !== isUpheld || each.correctionMinor !== correctionMinor);
  if (other)
    return refused({
      code: 'RULE_BROKEN',
      message: `Another person has decided ${other.isUpheld ? `for the partner, with ${other.correctionMinor} minor units on top` : 'against the partner'}: say the same, or let it lapse.`,
    });
  const needed = approvalsNeeded(Math.max(dispute.heldMinor, correctionMinor), await isSandbox(tx, environmentId));
  const approval = decideApproval(
    needed,
    opinions.map(({ decidedBy }) => decidedBy),
    personId,
  );
  if (!approval.ok) return approval;
  const programId = await programOf(tx, environmentId);
  if (correctionMinor > 0 && (await balanceOf(tx, environmentId, { kind: 'BUDGET', programId, currency: dispute.currency! })) < correctionMinor)
    return refused({ code: 'BUDGET_EXHAUSTED', message: "The program's budget does not hold the correction. Fund it first, with `fundBudget`." });
  const at = new Date(now);
  await insertOpinion(tx, environmentId, { dispute, opinion: { decidedBy: personId, isUpheld, correctionMinor }, reason, at });
  if (approval.value.isLast) await end(tx, environmentId, dispute, { verdict: isUpheld ? 'UPHELD' : 'REJECTED', reason, correctionMinor, at });
  return ok({ disputeId });
}

interface Ending {
  readonly verdict: 'UPHELD' | 'REJECTED' | 'LAPSED';
  readonly reason: string;
  readonly correctionMinor: number;
  readonly at: Date;
}

async function end(tx: Tx, environmentId: string, dispute: StoredDispute, ending: Ending): Promise<void> {
  await endDispute(tx, environmentId, dispute.id, ending);
  if (dispute.progressId !== null) return endOfProgress(tx, environmentId, dispute, ending);
  const { id: sourceId, partnerId, heldMinor } = dispute;
  const written = { sourceId, partnerId, occurredAt: ending.at, memo: ending.reason };
  const money = { partnerId, currency: dispute.currency!, programId: await programOf(tx, environmentId) };
  const hold = (await transactionsAbout(tx, environmentId, sourceId)).find(({ kind }) => kind === 'HOLD');
  if (hold) await post(tx, environmentId, { ...written, kind: 'RELEASE', resolvesId: hold.id, entries: releaseOf({ ...money, amountMinor: heldMinor }) });
  if (ending.correctionMinor > 0) await post(tx, environmentId, { ...written, kind: 'CORRECTION', entries: correctionOf({ ...money, amountMinor: ending.correctionMinor }) });
}

/** A result that a person found to be reached counts; any other goes on from where it stood. */
async function endOfProgress(tx: Tx, environmentId: string, { progressId, stateBefore }: StoredDispute, { verdict, at }: Ending): Promise<void> {
  const now = at.getTime();
  const counts = verdict === 'UPHELD' || stateBefore === 'CONFIRMED';
  await setProgressState(tx, environmentId, progressId!, counts ? 'CONFIRMED' : stateBefore!, at, counts && stateBefore !== 'CONFIRMED');
  const { integrationId } = (await lockOneProgress(tx, environmentId, progressId!))!;
  if (counts) await awardMilestone(tx, environmentId, progressId!, now);
  else await promise(tx, { environmentId, kind: CONFIRM, subjectId: progressId!, dueAt: now, payload: {} });
  await judgeIntegrations(tx, environmentId, [integrationId], now);
}

/** What nobody has decided in time stands as it was. */
export const lapseDispute: DueHandler = async (tx, { environmentId, subjectId }, clock) => {
  await lockProgress(tx, environmentId);
  await lockLedger(tx, environmentId);
  const dispute = await lockDispute(tx, environmentId, subjectId);
  if (dispute && !dispute.decidedAt) await end(tx, environmentId, dispute, { verdict: 'LAPSED', reason: 'Nobody decided in time', correctionMinor: 0, at: new Date(clock.now()) });
};
