/**
 * What of the revenue that its integrations bring a partner is given. A quarter's orders have the terms of
 * that quarter for good: a refund takes back at the rate at which it was given, and an order that is billed
 * anew is the same order, whatever the rate is by then.
 */
import { ok, refused, type Outcome } from '../base/outcome.ts';
import { HARDER_NOTICE_DAYS } from './criteria-change.rules.ts';
import { addDays, beginsQuarter } from './period.rules.ts';

export const MOST_BPS = 10_000;

export interface Terms {
  readonly rateBps: number;
  readonly thresholdMinor: number;
  readonly capMinor: number | null;
}

/** Down to the whole minor unit, once for a quarter's sum: how the revenue is spread over orders makes no difference. */
export function shareOf({ rateBps, capMinor }: Terms, revenueMinor: number): number {
  const share = Number((BigInt(revenueMinor) * BigInt(rateBps)) / BigInt(MOST_BPS));
  return capMinor === null ? share : Math.min(share, capMinor);
}

/** What a share is worth at its first settlement: nothing below the threshold, and that stays so. */
export const firstShareOf = (terms: Terms, revenueMinor: number): number => (revenueMinor < terms.thresholdMinor ? 0 : shareOf(terms, revenueMinor));

const isNoWorse = (before: Terms, after: Terms): boolean =>
  after.rateBps >= before.rateBps && after.thresholdMinor <= before.thresholdMinor && (after.capMinor === null || (before.capMinor !== null && after.capMinor >= before.capMinor));

export interface TermsRefusal {
  readonly code: 'INVALID' | 'NOTICE_TOO_SHORT';
  readonly message: string;
  readonly path: readonly string[];
}

/** Whether terms may begin on the day, after those that would be in force otherwise. */
export function decideTerms(last: (Terms & { readonly effectiveOn: string }) | null, next: Terms, effectiveOn: string, today: string): Outcome<null, TermsRefusal> {
  const refuse = (code: TermsRefusal['code'], message: string, path: string): Outcome<null, TermsRefusal> => refused({ code, message, path: [path] });
  const isWhole = (value: number): boolean => Number.isSafeInteger(value) && value >= 0;
  if (!isWhole(next.rateBps) || next.rateBps > MOST_BPS)
    return refuse('INVALID', `A rate is 0 to ${MOST_BPS} basis points, hundredths of a percent, and this one is ${next.rateBps}.`, 'rateBps');
  if (!isWhole(next.thresholdMinor)) return refuse('INVALID', 'A threshold is 0 minor units or more.', 'thresholdMinor');
  if (next.capMinor !== null && (!isWhole(next.capMinor) || next.capMinor < 1)) return refuse('INVALID', 'A cap is 1 minor unit or more; without it there is none.', 'capMinor');
  if (!beginsQuarter(effectiveOn)) return refuse('INVALID', 'A quarter has one rate: let it begin on the first day of a quarter.', 'effectiveOn');
  if (effectiveOn < today) return refuse('NOTICE_TOO_SHORT', `Nothing is back-dated: let it begin on ${today} or later.`, 'effectiveOn');
  if (last === null) return ok(null);
  if (effectiveOn <= last.effectiveOn || effectiveOn === today)
    return refuse('NOTICE_TOO_SHORT', `New terms begin after today and after the last ones' ${last.effectiveOn}: what has been earned stays as it was.`, 'effectiveOn');
  const earliest = addDays(today, HARDER_NOTICE_DAYS);
  return isNoWorse(last, next) || effectiveOn >= earliest
    ? ok(null)
    : refuse(
        'NOTICE_TOO_SHORT',
        `It gives less than what was promised, and that is announced ${HARDER_NOTICE_DAYS} days ahead: let it begin on ${earliest} or later.`,
        'effectiveOn',
      );
}

/** A share that was given, and what of it is left. */
export interface GivenShare {
  readonly id: string;
  readonly leftMinor: number;
}

/** From which shares so much is taken back, the newest first. */
export function takenFrom(given: readonly GivenShare[], amountMinor: number): { readonly id: string; readonly amountMinor: number }[] {
  const taken: { id: string; amountMinor: number }[] = [];
  let rest = amountMinor;
  for (const { id, leftMinor } of given.toReversed()) {
    const part = Math.min(rest, leftMinor);
    if (part > 0) taken.push({ id, amountMinor: part });
    rest -= part;
  }
  return taken;
}
