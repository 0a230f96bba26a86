/**
 * Shares of revenue, settled when a quarter's results count, and again with the two quarters after it: by then
 * refunds have come in, and take back what they were given at the quarter's own terms.
 */
import type { Instant } from '../base/clock.ts';
import { ok, refused, type Outcome } from '../base/outcome.ts';
import { isStorableText } from '../base/text.ts';
import { isSandbox, promise } from '../environments/index.ts';
import type { Tx } from '../platform/postgres/database.ts';
import type { DueHandler } from '../room.ts';
import { accrualOf, approvalsNeeded, clawbackOf, decideApproval, postingOf, voidingOf, type MoneyRefusal } from './ledger.rules.ts';
import { balanceOf, lockLedger, post, transactionsAbout } from './ledger.store.ts';
import { programOf } from './milestone.store.ts';
import { confirmsAt, dayOf, quarterBefore, quarterDays, quarterOf } from './period.rules.ts';
import { decideTerms, firstShareOf, shareOf, takenFrom, type Terms, type TermsRefusal } from './revenue.rules.ts';
import {
  approversOfShare,
  findShare,
  insertShare,
  insertShareDecision,
  insertTerms,
  loadRevenue,
  loadShares,
  loadTerms,
  lockRevenue,
  type NewShare,
  type Revenue,
  type StoredShare,
  type StoredTerms,
} from './revenue.store.ts';

export const SETTLE = 'revenue.settle';
export const APPROVE_SHARE = 'revenue.approve';

const DAY_MS = 86_400_000;
const MAX_WHY = 2_000;

/** Settlements at which a quarter's refunds are still looked at: that of its own, and of so many quarters after it. */
const QUARTERS_AFTER = 2;

export interface TermsInput extends Terms {
  readonly partnerId: string | null;
  readonly currency: string;
  readonly effectiveOn: string;
  readonly why: string;
}

/** Publishes terms from the first day of a quarter on. Refusals: INVALID, NOTICE_TOO_SHORT. */
export async function publishTerms(tx: Tx, environmentId: string, input: TermsInput, now: Instant): Promise<Outcome<{ termsId: string }, TermsRefusal>> {
  const { partnerId, currency, effectiveOn, why } = input;
  if (why.trim() === '' || why.length > MAX_WHY || !isStorableText(why))
    return refused({ code: 'INVALID', message: `\`why\` has 1 to ${MAX_WHY} characters of plain text, and this one has ${why.length}.`, path: ['why'] });
  await lockRevenue(tx, environmentId);
  const known = (await loadTerms(tx, environmentId)).filter(terms => terms.currency === currency);
  const own = known.filter(terms => terms.partnerId === partnerId);
  // Where a partner has no terms of its own yet, the program's are what it was promised.
  const promised = own[0] ?? known.find(terms => terms.partnerId === null && terms.effectiveOn <= effectiveOn) ?? null;
  const decision = decideTerms(promised && { ...promised, effectiveOn: own[0]?.effectiveOn ?? '' }, input, effectiveOn, dayOf(now));
  if (!decision.ok) return decision;
  const termsId = await insertTerms(tx, environmentId, { ...input, version: (own[0]?.version ?? 0) + 1, announcedAt: new Date(now) });
  await promiseSettlement(tx, environmentId, quarterOf(effectiveOn));
  return ok({ termsId });
}

const promiseSettlement = async (tx: Tx, environmentId: string, period: string, dueAt = confirmsAt(period)): Promise<void> =>
  promise(tx, { environmentId, kind: SETTLE, subjectId: await programOf(tx, environmentId), dueAt, payload: { period } });

/** Settles the quarter that has come to count, and what was refunded of those before it. */
export const settleRevenue: DueHandler = async (tx, { environmentId, payload }, clock) => {
  const period = String(payload['period']);
  const now = clock.now();
  await lockRevenue(tx, environmentId);
  await lockLedger(tx, environmentId);
  const programId = await programOf(tx, environmentId);
  const terms = await loadTerms(tx, environmentId);
  let waits = false;
  for (let back = QUARTERS_AFTER; back >= 0; back--) waits = (await settleQuarter(tx, environmentId, { programId, terms, period: quarterBefore(period, back), now })) || waits;
  // What the budget does not hold is tried again each day.
  if (waits) await promiseSettlement(tx, environmentId, period, now + DAY_MS);
  await promiseSettlement(tx, environmentId, quarterOf(dayOf(confirmsAt(period))));
};

interface Quarter {
  readonly programId: string;
  readonly terms: readonly StoredTerms[];
  readonly period: string;
  readonly now: Instant;
}

/** True where something waits for a budget. */
async function settleQuarter(tx: Tx, environmentId: string, { programId, terms, period, now }: Quarter): Promise<boolean> {
  const days = quarterDays(period);
  const inForce = terms.filter(({ effectiveOn }) => effectiveOn <= days.from);
  let waits = false;
  for (const currency of new Set(inForce.map(each => each.currency))) {
    const shares = await loadShares(tx, environmentId, period, currency);
    for (const revenue of await loadRevenue(tx, environmentId, currency, days)) {
      // The newest first; a partner's own before the program's.
      const own = inForce.filter(each => each.currency === currency && (each.partnerId === revenue.partnerId || each.partnerId === null));
      const applied = own.find(each => each.partnerId !== null) ?? own[0];
      if (!applied) continue;
      const before = shares.filter(({ partnerId }) => partnerId === revenue.partnerId);
      const settled =
        before.length === 0
          ? await settleFirst(tx, environmentId, { programId, period, now, applied, revenue })
          : await settleAgain(tx, environmentId, { programId, period, now, terms, revenue, before });
      waits = waits || !settled;
    }
  }
  return waits;
}

interface OfPartner {
  readonly programId: string;
  readonly period: string;
  readonly now: Instant;
  readonly revenue: Revenue;
}

/** False where the budget does not hold as much. */
async function settleFirst(tx: Tx, environmentId: string, { programId, period, now, revenue, applied }: OfPartner & { readonly applied: StoredTerms }): Promise<boolean> {
  const shareMinor = firstShareOf(applied, revenue.revenueMinor);
  const { id: termsId, currency } = applied;
  return give(tx, environmentId, programId, { ...revenue, termsId, period, currency, number: 1, shareMinor, amountMinor: shareMinor, reversesId: null, settledAt: new Date(now) });
}

async function settleAgain(
  tx: Tx,
  environmentId: string,
  { programId, period, now, revenue, terms, before }: OfPartner & { readonly terms: readonly StoredTerms[]; readonly before: readonly StoredShare[] },
): Promise<boolean> {
  const [first] = before as [StoredShare];
  // What earned nothing, or was not approved, stays so; what is not decided yet is looked at next time.
  if (before.some(({ state }) => state !== 'POSTED')) return true;
  const applied = terms.find(({ id }) => id === first.termsId)!;
  const shareMinor = shareOf(applied, revenue.revenueMinor);
  const difference = shareMinor - before.reduce((sum, { amountMinor }) => sum + amountMinor, 0);
  const common = { ...revenue, termsId: applied.id, period, currency: applied.currency, shareMinor, settledAt: new Date(now) };
  if (difference > 0) return give(tx, environmentId, programId, { ...common, number: before.length + 1, amountMinor: difference, reversesId: null });
  const given = before
    .filter(({ amountMinor }) => amountMinor > 0)
    .map(({ id, amountMinor }) => ({ id, leftMinor: before.reduce((left, each) => (each.reversesId === id ? left + each.amountMinor : left), amountMinor) }));
  for (const [n, taken] of takenFrom(given, -difference).entries())
    if (!(await takeBack(tx, environmentId, programId, { ...common, number: before.length + 1 + n, amountMinor: -taken.amountMinor, reversesId: taken.id }))) break;
  return true;
}

/** Sets a share aside, pending. False where the budget does not hold it. */
async function give(tx: Tx, environmentId: string, programId: string, share: NewShare): Promise<boolean> {
  const { partnerId, currency, amountMinor, settledAt: occurredAt, period } = share;
  if (amountMinor > (await balanceOf(tx, environmentId, { kind: 'BUDGET', programId, currency }))) return false;
  const sourceId = await insertShare(tx, environmentId, share);
  if (amountMinor === 0) return true;
  await post(tx, environmentId, {
    kind: 'ACCRUAL',
    sourceId,
    partnerId,
    occurredAt,
    memo: `Share of the revenue of ${period}`,
    entries: accrualOf({ programId, partnerId, currency, amountMinor }),
  });
  if (await isSandbox(tx, environmentId)) await promise(tx, { environmentId, kind: APPROVE_SHARE, subjectId: sourceId, dueAt: occurredAt.getTime(), payload: {} });
  return true;
}

/** False while the money is on its way to the bank: it can be taken from neither side then, and the next settlement does it. */
async function takeBack(tx: Tx, environmentId: string, programId: string, share: NewShare): Promise<boolean> {
  const { partnerId, currency, settledAt: occurredAt, period } = share;
  const amountMinor = -share.amountMinor;
  const payable = await balanceOf(tx, environmentId, { kind: 'PAYABLE', partnerId, currency });
  if (payable + (await balanceOf(tx, environmentId, { kind: 'PAID', partnerId, currency })) < amountMinor) return false;
  const posted = (await transactionsAbout(tx, environmentId, share.reversesId!)).find(({ kind }) => kind === 'POSTING')!;
  const sourceId = await insertShare(tx, environmentId, share);
  await post(tx, environmentId, {
    kind: 'REVERSAL',
    sourceId,
    partnerId,
    reversesId: posted.id,
    occurredAt,
    memo: `Refunds of ${period}`,
    entries: clawbackOf({ programId, partnerId, currency, amountMinor }, payable),
  });
  return true;
}

type Decided = Outcome<{ readonly shareId: string }, MoneyRefusal | { readonly code: 'NOT_FOUND'; readonly message: string }>;

export interface DecidingShare {
  readonly shareId: string;
  /** Of the staff, or `SANDBOX`. */
  readonly personId: string;
  readonly verdict: 'APPROVED' | 'VOIDED';
  readonly reason: string;
  readonly now: Instant;
}

/** Approves a pending share in the person's name, which posts it once enough have, or sends it back.
    Refusals: NOT_FOUND, ALREADY_DECIDED. */
export async function decideShare(tx: Tx, environmentId: string, { shareId, personId, verdict, reason, now }: DecidingShare): Promise<Decided> {
  await lockLedger(tx, environmentId);
  const share = await findShare(tx, environmentId, shareId);
  if (!share || share.amountMinor <= 0)
    return refused({ code: 'NOT_FOUND', message: 'There is no share to decide about with this id. The query `revenueShares` lists those that there are.' });
  if (share.state !== 'PENDING') return refused({ code: 'ALREADY_DECIDED', message: `The share is ${share.state}.` });
  const decision = decideApproval(approvalsNeeded(share.amountMinor, await isSandbox(tx, environmentId)), await approversOfShare(tx, environmentId, shareId), personId);
  if (!decision.ok) return decision;
  const at = new Date(now);
  await insertShareDecision(tx, environmentId, { share, personId, verdict, reason, at });
  if (verdict === 'APPROVED' && !decision.value.isLast) return ok({ shareId });
  const promised = { ...share, programId: await programOf(tx, environmentId) };
  const accrual = (await transactionsAbout(tx, environmentId, shareId)).find(({ kind }) => kind === 'ACCRUAL')!;
  const written = { sourceId: shareId, partnerId: share.partnerId, resolvesId: accrual.id, occurredAt: at, memo: reason };
  await post(
    tx,
    environmentId,
    verdict === 'APPROVED' ? { ...written, kind: 'POSTING', entries: postingOf(promised) } : { ...written, kind: 'VOIDING', entries: voidingOf(promised) },
  );
  return ok({ shareId });
}

/** In a sandbox: as finance would, and as a second person where two are needed. */
const approveShare: DueHandler = async (tx, { environmentId, subjectId }, clock) => {
  for (const personId of ['SANDBOX', 'SANDBOX_SECOND'])
    await decideShare(tx, environmentId, { shareId: subjectId, personId, verdict: 'APPROVED', reason: 'Approved by the sandbox', now: clock.now() });
};

export const revenueWork: Readonly<Record<string, DueHandler>> = { [SETTLE]: settleRevenue, [APPROVE_SHARE]: approveShare };
