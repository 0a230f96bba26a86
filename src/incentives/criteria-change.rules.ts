/**
 * Whether a new rule asks more than the one before it. What is easier may come at once; what is, or
 * might be, harder must be told long before it binds, since partners have begun to work for what was
 * promised. Where two rules cannot be compared the new one counts as harder: a needless notice
 * costs a wait, a missing one breaks a promise.
 */
import { compare, exact } from '../base/exact.ts';
import { canonical, type Rule } from './criteria.rules.ts';

/** How long ahead partners learn of what gets harder. */
export const HARDER_NOTICE_DAYS = 90;

/** Whether whatever meets `before` certainly meets `after`. */
export function isNoHarder(before: Rule, after: Rule): boolean {
  if (canonical(before) === canonical(after)) return true;
  if ('all' in after) {
    const had = 'all' in before ? before.all : [before];
    return after.all.every(asked => had.some(given => isNoHarder(given, asked)));
  }
  if ('any' in before) return before.any.every(given => isNoHarder(given, after));
  if ('any' in after) return after.any.some(asked => isNoHarder(before, asked));
  if ('all' in before) return before.all.some(given => isNoHarder(given, after));
  if ('atLeast' in before && 'atLeast' in after) {
    const [given, asked] = [before.atLeast, after.atLeast];
    return asked.n <= given.n && asked.of.length === given.of.length && given.of.every((each, i) => isNoHarder(each, asked.of[i]!));
  }
  return isNoHarderTest(before, after);
}

const isBelow = (a: string, b: string): boolean => compare(exact(a), exact(b)) <= 0;

interface Threshold {
  readonly cmp: 'AT_LEAST' | 'AT_MOST';
  readonly value: string;
  readonly minN?: number | undefined;
}

/** Of one and the same metric, window and unit. */
const isNoHigher = (before: Threshold, after: Threshold): boolean =>
  before.cmp === after.cmp && (after.cmp === 'AT_LEAST' ? isBelow(after.value, before.value) : isBelow(before.value, after.value)) && (after.minN ?? 1) <= (before.minN ?? 1);

/** What two tests must have in common to be compared. */
const common = ({ id, metric, window, unit }: { id?: string; metric?: string; window: string; unit: string }): string => canonical([id ?? metric, window, unit]);

function isNoHarderTest(before: Rule, after: Rule): boolean {
  if ('metric' in before && 'metric' in after) return common(before.metric) === common(after.metric) && isNoHigher(before.metric, after.metric);
  if ('guardrail' in before && 'guardrail' in after) return common(before.guardrail) === common(after.guardrail) && isNoHigher(before.guardrail, after.guardrail);
  if ('sustained' in before && 'sustained' in after) {
    const [given, asked] = [before.sustained, after.sustained];
    return asked.k <= given.k && asked.of === given.of && isNoHarderTest(given.leaf, asked.leaf);
  }
  if ('improvedBy' in before && 'improvedBy' in after) {
    const [given, asked] = [before.improvedBy, after.improvedBy];
    return common(given) === common(asked) && isBelow(asked.delta, given.delta) && (asked.minN ?? 1) <= (given.minN ?? 1);
  }
  return false;
}
