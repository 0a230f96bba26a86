/**
 * From a result that counts to a reward: once for a partner, milestone and period, whoever reaches this
 * at once, and never with money that a budget does not hold.
 */
import type { Instant } from '../base/clock.ts';
import { newId } from '../base/ids.ts';
import { ok, refused, type Outcome } from '../base/outcome.ts';
import { isSandbox, promise } from '../environments/index.ts';
import type { Tx } from '../platform/postgres/database.ts';
import type { DueHandler } from '../room.ts';
import { approversOf, insertAward, insertAwardDecision, lockAward, offerOf, waitingForReward, type StoredAward, type Waiting } from './award.store.ts';
import { hasOpenDispute } from './dispute.store.ts';
import { accrualOf, approvalsNeeded, decideApproval, fundingOf, postingOf, voidingOf, type MoneyRefusal, type Promised } from './ledger.rules.ts';
import { balanceOf, lockLedger, post, transactionsAbout } from './ledger.store.ts';
import { lockOneProgress, lockProgress, setProgressState, type StoredProgress } from './progress.store.ts';

export type AwardRefusal = { readonly code: 'NOT_REACHED' | 'ON_HOLD' | 'NO_REWARD' | 'AWARDED_BEFORE' | 'BUDGET_EXHAUSTED' };

export interface Given {
  readonly awardId: string;
  /** Whether it is money that somebody must approve. */
  readonly isPending: boolean;
}

/** The due work by which a sandbox approves an award. */
export const APPROVE = 'award.approve';

/** The due work by which a funding goes on to give what waited for it. */
export const GIVE = 'budget.give';

/** Results that are given in one transaction, which holds the ledger for about half a second by then. */
const MOST_AT_ONCE = 100;

/** Gives the reward for a result that counts. Refusals: NOT_REACHED, ON_HOLD, NO_REWARD, AWARDED_BEFORE, BUDGET_EXHAUSTED. */
export async function awardMilestone(tx: Tx, environmentId: string, progressId: string, now: Instant): Promise<Outcome<Given, AwardRefusal>> {
  const progress = await lockOneProgress(tx, environmentId, progressId);
  if (progress?.state === 'DISPUTED') return refused({ code: 'ON_HOLD' });
  if (progress?.state !== 'CONFIRMED') return refused({ code: progress?.state === 'REWARDED' ? 'AWARDED_BEFORE' : 'NOT_REACHED' });
  return award(tx, environmentId, progress, now);
}

async function award(tx: Tx, environmentId: string, progress: StoredProgress, now: Instant): Promise<Outcome<Given, AwardRefusal>> {
  const offer = await offerOf(tx, environmentId, progress.milestoneId);
  if (!offer) return refused({ code: 'NO_REWARD' });
  const { partnerId, integrationId, milestoneId, period, version } = progress;
  const money = offer.amountMinor !== null && offer.currency !== null ? { programId: offer.programId, partnerId, amountMinor: offer.amountMinor, currency: offer.currency } : null;
  if (money) {
    await lockLedger(tx, environmentId);
    if ((await balanceOf(tx, environmentId, { kind: 'BUDGET', programId: money.programId, currency: money.currency })) < money.amountMinor)
      return refused({ code: 'BUDGET_EXHAUSTED' });
  }
  const awardedAt = new Date(now);
  // The award row goes in before the ledger entries. Its unique key (partner, milestone, period) is what
  // makes two workers that reach this line at once pay only once.
  const awardId = await insertAward(tx, environmentId, { partnerId, integrationId, milestoneId, period, version, offer, awardedAt });
  if (awardId === null) return refused({ code: 'AWARDED_BEFORE' });
  if (money) await post(tx, environmentId, { kind: 'ACCRUAL', sourceId: awardId, partnerId, occurredAt: awardedAt, memo: `Award for ${period}`, entries: accrualOf(money) });
  await setProgressState(tx, environmentId, progress.id, 'REWARDED', awardedAt);
  // In a sandbox nobody of the staff is there to approve it.
  if (money && (await isSandbox(tx, environmentId))) await promise(tx, { environmentId, kind: APPROVE, subjectId: awardId, dueAt: now, payload: {} });
  return ok({ awardId, isPending: money !== null });
}

interface Budget {
  readonly programId: string;
  readonly currency: string;
}

/** Puts money into a program's budget and gives what waited for it, the oldest first; what is beyond a hundred results follows as due work. */
export async function fundBudget(
  tx: Tx,
  environmentId: string,
  { programId, currency, amountMinor }: Budget & { readonly amountMinor: number },
  now: Instant,
): Promise<{ transactionId: string }> {
  // Before the ledger: whoever confirms a result has the lock when it comes to the ledger.
  await lockProgress(tx, environmentId);
  const transactionId = (await post(tx, environmentId, {
    kind: 'FUNDING',
    sourceId: newId('fnd'),
    partnerId: null,
    occurredAt: new Date(now),
    memo: 'Funding of the program',
    entries: fundingOf({ programId, currency, amountMinor }),
  }))!;
  await giveWaiting(tx, environmentId, { programId, currency, transactionId, after: null }, now);
  return { transactionId };
}

/** Goes on where a funding's last hundred ended. */
export const giveMore: DueHandler = async (tx, { environmentId, subjectId, payload }, clock) => {
  await lockProgress(tx, environmentId);
  await giveWaiting(tx, environmentId, { ...(payload as unknown as Budget & { readonly after: Waiting }), transactionId: subjectId }, clock.now());
};

async function giveWaiting(
  tx: Tx,
  environmentId: string,
  { programId, currency, transactionId, after }: Budget & { readonly transactionId: string; readonly after: Waiting | null },
  now: Instant,
): Promise<void> {
  const balanceMinor = await balanceOf(tx, environmentId, { kind: 'BUDGET', programId, currency });
  const waiting = await waitingForReward(tx, environmentId, { programId, currency, balanceMinor, after, most: MOST_AT_ONCE });
  // What the budget does not hold by the time it comes to it is passed over, too.
  for (const { id } of waiting) await awardMilestone(tx, environmentId, id, now);
  // A promise of one subject at one instant is made once: the next hundred is due a millisecond later.
  if (waiting.length === MOST_AT_ONCE)
    await promise(tx, { environmentId, kind: GIVE, subjectId: transactionId, dueAt: now + 1, payload: { programId, currency, after: waiting.at(-1)! } });
}

const promisedOf = ({ programId, partnerId, amountMinor, currency }: StoredAward): Promised | null =>
  amountMinor === null || currency === null ? null : { programId, partnerId, amountMinor, currency };

type Decided = Outcome<{ readonly awardId: string; readonly isPosted: boolean }, MoneyRefusal | { readonly code: 'NOT_FOUND'; readonly message: string }>;

const noMoney = refused({ code: 'NOT_FOUND' as const, message: 'There is no award of money with this id. The query `awards` lists those that there are.' });

export interface Deciding {
  readonly awardId: string;
  /** Of the staff, or `SANDBOX`. */
  readonly personId: string;
  readonly reason: string;
  readonly now: Instant;
}

/** Approves an award in the person's name; with enough persons it is posted. Refusals: NOT_FOUND, ALREADY_DECIDED, ON_HOLD. */
export async function approveAward(tx: Tx, environmentId: string, { awardId, personId, reason, now }: Deciding): Promise<Decided> {
  const open = await openAward(tx, environmentId, awardId);
  if (!open.ok) return open;
  const { award: stored, promised, accrualId } = open.value;
  const decision = decideApproval(approvalsNeeded(promised.amountMinor, await isSandbox(tx, environmentId)), await approversOf(tx, environmentId, awardId), personId);
  if (!decision.ok) return decision;
  const decidedAt = new Date(now);
  await insertAwardDecision(tx, environmentId, { awardId, partnerId: stored.partnerId, decidedBy: personId, verdict: 'APPROVED', reason, decidedAt });
  if (decision.value.isLast)
    await post(tx, environmentId, {
      kind: 'POSTING',
      sourceId: awardId,
      partnerId: stored.partnerId,
      resolvesId: accrualId,
      occurredAt: decidedAt,
      memo: reason,
      entries: postingOf(promised),
    });
  return ok({ awardId, isPosted: decision.value.isLast });
}

/** Takes a pending award's money back to the budget. Refusals: NOT_FOUND, ALREADY_DECIDED. */
export async function voidAward(tx: Tx, environmentId: string, { awardId, personId, reason, now }: Deciding): Promise<Decided> {
  const open = await openAward(tx, environmentId, awardId);
  if (!open.ok) return open;
  const { award: stored, promised, accrualId } = open.value;
  const decidedAt = new Date(now);
  if (!(await insertAwardDecision(tx, environmentId, { awardId, partnerId: stored.partnerId, decidedBy: personId, verdict: 'VOIDED', reason, decidedAt })))
    return refused({ code: 'ALREADY_DECIDED', message: 'You have approved this award: another person of finance must void it.' });
  await post(tx, environmentId, {
    kind: 'VOIDING',
    sourceId: awardId,
    partnerId: stored.partnerId,
    resolvesId: accrualId,
    occurredAt: decidedAt,
    memo: reason,
    entries: voidingOf(promised),
  });
  return ok({ awardId, isPosted: false });
}

/** An award of money that is pending. */
async function openAward(
  tx: Tx,
  environmentId: string,
  awardId: string,
): Promise<Outcome<{ award: StoredAward; promised: Promised; accrualId: string }, MoneyRefusal | { code: 'NOT_FOUND'; message: string }>> {
  const stored = await lockAward(tx, environmentId, awardId);
  const promised = stored && promisedOf(stored);
  if (!stored || !promised) return noMoney;
  const about = await transactionsAbout(tx, environmentId, awardId);
  const accrual = about.find(({ kind }) => kind === 'ACCRUAL');
  const resolved = about.find(({ kind }) => kind === 'POSTING' || kind === 'VOIDING');
  if (!accrual) return noMoney;
  if (resolved) return refused({ code: 'ALREADY_DECIDED', message: `The award was ${resolved.kind === 'POSTING' ? 'posted' : 'voided'} on ${resolved.occurredAt.toISOString()}.` });
  if (await hasOpenDispute(tx, environmentId, awardId))
    return refused({ code: 'ON_HOLD', message: 'The partner disputes the award: decide about that first. The query `disputes` has it.' });
  return ok({ award: stored, promised, accrualId: accrual.id });
}
