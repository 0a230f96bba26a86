/** When a brownout costs partners too much to go on. Pure. */
import { ok, refused, type Outcome } from '../base/outcome.ts';

/** Of the requests in live that were answered lately. Aborting too early costs a repetition, too late costs
    partners their trade. */
export const MAX_ERROR_SHARE = 0.05;

/** Fewer refused requests than this say nothing about the traffic. */
export const LEAST_REFUSED = 20;

/** How far back requests count: an error of a minute is not made good by a quiet hour. */
export const COUNTED_MINUTES = 5;

export interface BrownoutToll {
  readonly asked: number;
  readonly refused: number;
}

/** Whether the brownout may go on; else why not, for partners to read. */
export function tollVerdict({ asked, refused: errors }: BrownoutToll): Outcome<null, { readonly reason: string }> {
  if (errors < LEAST_REFUSED || errors <= asked * MAX_ERROR_SHARE) return ok(null);
  const share = ((errors / asked) * 100).toFixed(1);
  return refused({
    reason: `It refused ${errors} of ${asked} requests within ${COUNTED_MINUTES} minutes, which is ${share} % where ${MAX_ERROR_SHARE * 100} % is the limit. The element answers again; move away from it before the next one.`,
  });
}
