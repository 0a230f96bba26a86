/** What a trial of an integration may be: once, for a while, with lower limits. Pure; refusals say what
    would pass. Instants are environment time. */
import type { Instant } from '../base/clock.ts';
import { ok, refused, type Outcome } from '../base/outcome.ts';

const DAY_MS = 86_400_000;

/** Of the trial as of its one extension: a quarter shows what there is to be seen. */
export const MAX_TRIAL_DAYS = 90;

/** Half of the first tier's, and few requests at once: whoever has shown little yet can harm little. */
export const TRIAL_LIMITS = { capacity: 500, refillPerSecond: 25, maxOperationCost: 500, concurrency: 10 };

const MAX_OWNER_LENGTH = 200;
const MAX_CRITERIA_LENGTH = 2_000;

export interface TrialRefusal {
  readonly code: 'NOT_FOUND' | 'INVALID' | 'RULE_BROKEN';
  readonly message: string;
  /** Where in the input. */
  readonly path: readonly string[];
}

export interface Trial {
  readonly startedAt: Instant;
  readonly endsAt: Instant;
  readonly extendedAt: Instant | null;
  readonly closedAt: Instant | null;
}

export interface TrialTerms {
  readonly days: number;
  readonly supportOwner: string;
  readonly exitCriteria: string;
}

export const refuseTrial = (code: TrialRefusal['code'], message: string, ...path: string[]) => refused<TrialRefusal>({ code, message, path });

/** A trial has ended at its last instant, not after it. */
export const isRunning = ({ endsAt, closedAt }: Trial, now: Instant): boolean => closedAt === null && now < endsAt;

/** When the trial ends.
    @param integration whether it is live without an end, and whether it has had its trial */
export function decideTrial(terms: TrialTerms, integration: { readonly isLive: boolean; readonly hadTrial: boolean }, now: Instant): Outcome<Instant, TrialRefusal> {
  const { supportOwner, exitCriteria } = terms;
  if (!isText(supportOwner, MAX_OWNER_LENGTH)) return refuseTrial('INVALID', `Say who supports the partner, in 1 to ${MAX_OWNER_LENGTH} characters.`, 'supportOwner');
  if (!isText(exitCriteria, MAX_CRITERIA_LENGTH)) return refuseTrial('INVALID', `Say what decides at the end, in 1 to ${MAX_CRITERIA_LENGTH} characters.`, 'exitCriteria');
  if (integration.isLive) return refuseTrial('RULE_BROKEN', 'The integration is live already, so that there is nothing to try.', 'integrationId');
  if (integration.hadTrial)
    return refuseTrial('RULE_BROKEN', 'The integration has had its trial: each has one. It goes live by `goLive` once its checklist holds.', 'integrationId');
  return after(now, terms.days);
}

/** When it ends then: once, and while it runs. */
export function decideExtension(trial: Trial, days: number, now: Instant): Outcome<Instant, TrialRefusal> {
  if (!isRunning(trial, now)) return isOver();
  if (trial.extendedAt !== null)
    return refuseTrial('RULE_BROKEN', 'The trial has been extended, which is done once: promote the integration, or let the trial end.', 'integrationId');
  return after(trial.endsAt, days);
}

export const isOver = () => refuseTrial('RULE_BROKEN', 'The trial is over. The integration goes live by `goLive` once its checklist holds.', 'integrationId');

const after = (from: Instant, days: number): Outcome<Instant, TrialRefusal> =>
  Number.isSafeInteger(days) && days >= 1 && days <= MAX_TRIAL_DAYS
    ? ok(from + days * DAY_MS)
    : refuseTrial('INVALID', `A trial and its extension last 1 to ${MAX_TRIAL_DAYS} days each.`, 'days');

const isText = (text: string, most: number): boolean => text.trim() !== '' && text.length <= most;
