/**
 * How money moves, as entries that sum to zero. A positive amount comes into an account; every account
 * but SOURCE holds what it says and never less than nothing. What is pending is on ACCRUED: to post an
 * award is to move it to PAYABLE, to void it is to move it back, and each of these happens once.
 */
import { ok, refused, type Outcome } from '../base/outcome.ts';

export type AccountKind = 'SOURCE' | 'BUDGET' | 'ACCRUED' | 'PAYABLE' | 'CLEARING' | 'PAID' | 'RECEIVABLE';

export type TransactionKind =
  | 'FUNDING'
  | 'ACCRUAL'
  | 'POSTING'
  | 'VOIDING'
  | 'PAYOUT'
  | 'SETTLEMENT'
  | 'RETURN'
  | 'CLAWBACK'
  | 'NETTING'
  | 'REVERSAL'
  | 'HOLD'
  | 'RELEASE'
  | 'CORRECTION';

/** An account by what it is; it comes into being with its first posting. */
export interface Account {
  readonly kind: AccountKind;
  readonly currency: string;
  readonly programId?: string;
  readonly partnerId?: string;
  readonly payoutId?: string;
}

export interface Entry {
  readonly account: Account;
  readonly amountMinor: number;
}

/** Above so much, in minor units of any currency, one person of finance does not decide alone: a slip of
    that size is worse than a day's wait. */
export const SECOND_APPROVER_ABOVE_MINOR = 500_000;

/** How long after an award money can be taken back, and how long a partner may object before it is. */
export const CLAWBACK_WITHIN_DAYS = 180;
export const APPEAL_DAYS = 14;

/** Of a later payout at most half is kept for what is owed: a partner goes on to be paid for what it does. */
const NETTED_PERCENT = 50;

interface Money {
  readonly currency: string;
  readonly amountMinor: number;
}

const move = (from: Account, to: Account, amountMinor: number): Entry[] => [
  { account: from, amountMinor: -amountMinor },
  { account: to, amountMinor },
];

const of = (kind: 'ACCRUED' | 'PAYABLE' | 'PAID' | 'RECEIVABLE', partnerId: string, currency: string): Account => ({ kind, partnerId, currency });

const budget = (programId: string, currency: string): Account => ({ kind: 'BUDGET', programId, currency });

const clearing = (partnerId: string, payoutId: string, currency: string): Account => ({ kind: 'CLEARING', partnerId, payoutId, currency });

/** Whose award it is, of which program. */
export interface Promised extends Money {
  readonly programId: string;
  readonly partnerId: string;
}

export const fundingOf = ({ programId, currency, amountMinor }: Money & { readonly programId: string }): Entry[] =>
  move({ kind: 'SOURCE', currency }, budget(programId, currency), amountMinor);

export const accrualOf = ({ programId, partnerId, currency, amountMinor }: Promised): Entry[] => move(budget(programId, currency), of('ACCRUED', partnerId, currency), amountMinor);

export const postingOf = ({ partnerId, currency, amountMinor }: Promised): Entry[] => move(of('ACCRUED', partnerId, currency), of('PAYABLE', partnerId, currency), amountMinor);

export const voidingOf = ({ programId, partnerId, currency, amountMinor }: Promised): Entry[] => move(of('ACCRUED', partnerId, currency), budget(programId, currency), amountMinor);

interface Owned extends Money {
  readonly partnerId: string;
}

/** What is in question is pending again, until it is decided. */
export const holdOf = ({ partnerId, currency, amountMinor }: Owned): Entry[] => move(of('PAYABLE', partnerId, currency), of('ACCRUED', partnerId, currency), amountMinor);

export const releaseOf = ({ partnerId, currency, amountMinor }: Owned): Entry[] => move(of('ACCRUED', partnerId, currency), of('PAYABLE', partnerId, currency), amountMinor);

export const correctionOf = ({ programId, partnerId, currency, amountMinor }: Promised): Entry[] =>
  move(budget(programId, currency), of('PAYABLE', partnerId, currency), amountMinor);

interface Sent extends Money {
  readonly partnerId: string;
  readonly payoutId: string;
}

export const payoutOf = ({ partnerId, payoutId, currency, amountMinor }: Sent): Entry[] =>
  move(of('PAYABLE', partnerId, currency), clearing(partnerId, payoutId, currency), amountMinor);

export const settlementOf = ({ partnerId, payoutId, currency, amountMinor }: Sent): Entry[] =>
  move(clearing(partnerId, payoutId, currency), of('PAID', partnerId, currency), amountMinor);

export const returnOf = ({ partnerId, payoutId, currency, amountMinor }: Sent): Entry[] =>
  move(clearing(partnerId, payoutId, currency), of('PAYABLE', partnerId, currency), amountMinor);

/** What is payable still goes back to the budget; of the rest the partner has been paid, and it owes that from now on. */
export function clawbackOf({ programId, partnerId, currency, amountMinor }: Promised, payableMinor: number): Entry[] {
  const unpaid = Math.min(payableMinor, amountMinor);
  return [
    ...(unpaid > 0 ? move(of('PAYABLE', partnerId, currency), budget(programId, currency), unpaid) : []),
    ...(amountMinor > unpaid ? move(of('PAID', partnerId, currency), of('RECEIVABLE', partnerId, currency), amountMinor - unpaid) : []),
  ];
}

/** What of a payout is kept for what the partner owes. */
export const nettedOf = (payableMinor: number, receivableMinor: number): number => Math.min(receivableMinor, Math.floor((payableMinor * NETTED_PERCENT) / 100));

/** Money that the partner has and owed is its own again, and as much of what it would have been paid goes back. */
export const nettingOf = ({ programId, partnerId, currency, amountMinor }: Promised): Entry[] => [
  ...move(of('PAYABLE', partnerId, currency), budget(programId, currency), amountMinor),
  ...move(of('RECEIVABLE', partnerId, currency), of('PAID', partnerId, currency), amountMinor),
];

/** In a sandbox amounts that end in these digits rehearse what else seldom happens. */
const REHEARSED_SECOND_APPROVER = 3;

/** Approvals that an amount needs before it is posted. */
export const approvalsNeeded = (amountMinor: number, isSandbox: boolean): number =>
  amountMinor > SECOND_APPROVER_ABOVE_MINOR || (isSandbox && amountMinor % 100 === REHEARSED_SECOND_APPROVER) ? 2 : 1;

export interface MoneyRefusal {
  readonly code: 'ALREADY_DECIDED' | 'RULE_BROKEN' | 'BUDGET_EXHAUSTED' | 'ON_HOLD';
  readonly message: string;
}

/** Whether an approval by this person is taken, and whether it is the last that is needed. */
export function decideApproval(needed: number, approvedBy: readonly string[], personId: string): Outcome<{ readonly isLast: boolean }, MoneyRefusal> {
  if (approvedBy.includes(personId))
    return refused({
      code: 'ALREADY_DECIDED',
      message: `You have decided on this. Above ${SECOND_APPROVER_ABOVE_MINOR} minor units another person must, too.`,
    });
  return ok({ isLast: approvedBy.length + 1 >= needed });
}

const DAY_MS = 86_400_000;

/** Whether so much of an award may be taken back. */
export function decideClawback(
  award: { readonly amountMinor: number; readonly takenBackMinor: number; readonly awardedAt: number },
  amountMinor: number,
  now: number,
): Outcome<null, MoneyRefusal> {
  const left = award.amountMinor - award.takenBackMinor;
  if (!Number.isSafeInteger(amountMinor) || amountMinor < 1 || amountMinor > left)
    return refused({ code: 'RULE_BROKEN', message: `Of the award ${left} minor units are left, and ${amountMinor} cannot be taken back: give 1 to ${left}.` });
  if (now > award.awardedAt + CLAWBACK_WITHIN_DAYS * DAY_MS)
    return refused({ code: 'RULE_BROKEN', message: `The award was given more than ${CLAWBACK_WITHIN_DAYS} days ago, and nothing is taken back after that.` });
  return ok(null);
}
