/**
 * What a test comes to by exact sums of a metric. Below its minimum a value says nothing, neither
 * way: such a test is not met, whatever the value is.
 */
import { by, compare, decimal, exact, floor, minus, times, type Exact } from '../base/exact.ts';
import type { Standing } from './criteria.rules.ts';

/** Exact sums of a metric over a window, as decimal texts. */
export interface Sums {
  readonly numerator: string;
  readonly denominator: string;
  readonly numeratorEvents: number;
  readonly denominatorEvents: number;
  /** ISO 8601; null where there was no event. */
  readonly firstOccurredAt: string | null;
  readonly lastOccurredAt: string | null;
}

export interface MetricShape {
  readonly scale: string;
  readonly isQuotient: boolean;
  readonly minimumCount: number;
}

export interface Measured extends Standing {
  /** Six digits after the point at most; null where nothing was measured. */
  readonly value: string | null;
  /** How much is missing to the target, in its unit: zero where it is met, null where nothing was measured. */
  readonly missing: string | null;
  /** How many more observations the value needs to say something. */
  readonly missingCount: number;
}

const DIGITS = 6;
const ZERO = exact('0');
const HUNDRED = exact('100');

/** Null where nothing was measured. */
const valueOf = ({ numerator, denominator, numeratorEvents }: Sums, { scale, isQuotient }: MetricShape): Exact | null =>
  isQuotient ? by(times(exact(scale), exact(numerator)), exact(denominator)) : numeratorEvents === 0 ? null : times(exact(scale), exact(numerator));

const missingCountOf = (sums: Sums, { isQuotient, minimumCount }: MetricShape, minN = 1): number => {
  const needed = Math.max(minimumCount, minN);
  const had = isQuotient ? Number(floor(exact(sums.denominator))) : sums.numeratorEvents;
  return Math.max(0, needed - had);
};

interface Target {
  readonly cmp: 'AT_LEAST' | 'AT_MOST';
  readonly value: string;
  readonly minN?: number | undefined;
}

export const measure = (sums: Sums, shape: MetricShape, target: Target): Measured => compared(valueOf(sums, shape), target, missingCountOf(sums, shape, target.minN));

/** How much better a metric became against the window before. A target of zero or less is met by not getting worse. */
export function measureImprovement(
  sums: { readonly now: Sums; readonly before: Sums },
  shape: MetricShape & { readonly higherIsBetter: boolean },
  { delta, minN }: { readonly delta: string; readonly minN?: number | undefined },
): Measured {
  const [now, before] = [valueOf(sums.now, shape), valueOf(sums.before, shape)];
  const gained = now && before ? (shape.higherIsBetter ? minus(now, before) : minus(before, now)) : null;
  const missingCount = Math.max(missingCountOf(sums.now, shape, minN), missingCountOf(sums.before, shape, minN));
  return compared(gained, { cmp: 'AT_LEAST', value: delta }, missingCount);
}

function compared(value: Exact | null, { cmp, value: target }: Target, missingCount: number): Measured {
  if (!value) return { met: false, percent: 0, value: null, missing: null, missingCount };
  const aim = exact(target);
  const gap = cmp === 'AT_LEAST' ? minus(aim, value) : minus(value, aim);
  const reached = compare(gap, ZERO) <= 0;
  const met = reached && missingCount === 0;
  const share = cmp === 'AT_LEAST' ? by(times(HUNDRED, value), aim) : by(times(HUNDRED, aim), value);
  const percent = met ? 100 : reached ? 99 : Math.min(99, Math.max(0, share ? Number(floor(share)) : 0));
  return { met, percent, value: decimal(value, DIGITS), missing: reached ? '0' : decimal(gap, DIGITS), missingCount };
}

/** So many successes out of as many periods: the nearest of those that are still needed decides how near it is. */
export function sustain(periods: readonly Measured[], k: number): Measured {
  const met = periods.filter(period => period.met).length;
  const [current] = periods;
  return {
    met: met >= k,
    percent: met >= k ? 100 : Math.min(99, Math.floor((100 * met) / k)),
    value: String(met),
    missing: String(Math.max(0, k - met)),
    missingCount: current?.missingCount ?? 0,
  };
}
