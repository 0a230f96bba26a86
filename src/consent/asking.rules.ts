/**
 * When a partner may ask a person, and for what. Only what goes beyond the standing grant is asked; a
 * refusal is respected for a month; a grant is renewed by asking again, and never by itself.
 */
import type { Instant } from '../base/clock.ts';
import { ok, refused, type Outcome } from '../base/outcome.ts';
import { beyondPolicy, durationsFor, type Duration, type Purpose } from './catalogue.rules.ts';
import { isActiveAt, type Grant } from './grant.rules.ts';
import { beyond, together, type Scope } from './scope.rules.ts';

export const DAY_MS = 86_400_000;

/** After a refusal, how long the partner may not ask the person again for that purpose. */
export const REST_DAYS = 30;

/** How long before its end a grant may be renewed, and never before two thirds of it are over: else a
    grant for a month could be asked for again the day it was given. */
export const RENEWAL_DAYS = 30;

export const renewableFrom = ({ givenAt, expiresAt }: Pick<Grant, 'givenAt' | 'expiresAt'>): Instant => expiresAt - Math.min(RENEWAL_DAYS * DAY_MS, (expiresAt - givenAt) / 3);

/** How long a link to the consent page is good, in wall time. */
export const REQUEST_LIFETIME_MS = 15 * 60_000;

/** How long a grant for a single look waits for it. */
const ONE_TIME_DAYS = 7;

export const MAX_WHY_LENGTH = 200;

/** A scope as it is asked. */
export interface AskedScope extends Scope {
  readonly required: boolean;
  /** In the partner's words, for the person; plain text. */
  readonly why: string | null;
}

export type AskRefusalCode =
  | 'INVALID'
  | 'NOT_FOUND'
  | 'PURPOSE_NOT_APPROVED'
  | 'PURPOSE_EXCEEDED'
  | 'RECIPIENT_UNVERIFIED'
  | 'REDIRECT_URI_MISSING'
  | 'CONSENT_RESTING'
  | 'CONSENT_ALREADY_GIVEN'
  | 'DELETION_OVERDUE'
  | 'SUSPENDED';

export interface AskRefusal {
  readonly code: AskRefusalCode;
  readonly message: string;
  readonly path: readonly string[];
}

export const refuseAsk = (code: AskRefusalCode, message: string, ...path: string[]) => refused<AskRefusal>({ code, message, path });

/** The scopes as they are kept, where they are well formed and within the purpose's policy. What is not of
    a day has no lookback.
    @param undated the categories whose values are of no day */
export function checkAsked(asked: readonly AskedScope[], purpose: Purpose, undated: ReadonlySet<string>): Outcome<readonly AskedScope[], AskRefusal> {
  if (asked.length === 0) return refuseAsk('INVALID', 'Ask for at least one category of data.', 'scopes');
  for (const [index, scope] of asked.entries()) {
    const at = ['scopes', String(index)];
    if (asked.findIndex(({ category }) => category === scope.category) !== index)
      return refuseAsk('INVALID', `${scope.category} is asked for twice: ask for it once.`, ...at, 'category');
    const exceeded = beyondPolicy(undated.has(scope.category) ? { ...purpose, maxLookbackDays: null } : purpose, scope);
    if (exceeded) return refuseAsk('PURPOSE_EXCEEDED', exceeded.message, ...at, exceeded.field);
    if (scope.lookbackDays !== null && (!Number.isInteger(scope.lookbackDays) || scope.lookbackDays < 1))
      return refuseAsk('INVALID', 'The lookback is a whole number of days, e.g. P90D.', ...at, 'lookback');
    if (scope.why !== null && (scope.why.trim() === '' || scope.why.length > MAX_WHY_LENGTH || /\p{Cc}/u.test(scope.why) || !scope.why.isWellFormed()))
      return refuseAsk('INVALID', `The reason is plain text of 1 to ${MAX_WHY_LENGTH} characters in one line.`, ...at, 'why');
  }
  return ok(asked.map(scope => (undated.has(scope.category) ? { ...scope, lookbackDays: null } : scope)));
}

/** What stands between a person and a recipient when the recipient asks. */
export interface Standing {
  /** The grant for this purpose that has not been ended, whether or not time has. */
  readonly grant: Grant | null;
  /** When the person last refused this partner this purpose. */
  readonly lastRefusedAt: Instant | null;
}

export interface Ask {
  /** NEW where nothing stands; WIDEN adds to what stands and keeps its end; RENEW begins it again. */
  readonly kind: 'NEW' | 'WIDEN' | 'RENEW';
  /** What the person is asked: of WIDEN, only the difference. */
  readonly scopes: readonly AskedScope[];
}

/** What to ask the person. Refusals: CONSENT_RESTING, CONSENT_ALREADY_GIVEN, SUSPENDED. */
export function decideAsk(asked: readonly AskedScope[], purposeVersion: number, { grant, lastRefusedAt }: Standing, now: Instant): Outcome<Ask, AskRefusal> {
  const restsUntil = lastRefusedAt === null ? -Infinity : lastRefusedAt + REST_DAYS * DAY_MS;
  if (now < restsUntil)
    return refuseAsk('CONSENT_RESTING', `The person said no to this purpose less than ${REST_DAYS} days ago. You may ask again from ${new Date(restsUntil).toISOString()} on.`);
  if (grant && grant.suspendedAt !== null && !grant.ended && now < grant.expiresAt)
    return refuseAsk('SUSPENDED', 'The grant for this purpose is suspended: nothing can be asked until the marketplace has looked into it.');
  if (!grant || !isActiveAt(grant, now)) return ok({ kind: 'NEW', scopes: asked });
  // What was agreed to was another wording, or a single look: neither says anything about this.
  if (grant.purposeVersion !== purposeVersion || grant.oneTime) return ok({ kind: 'RENEW', scopes: asked });
  const difference = beyond(asked, grant.scopes);
  if (difference.length > 0) return ok({ kind: 'WIDEN', scopes: difference });
  if (now >= renewableFrom(grant)) return ok({ kind: 'RENEW', scopes: asked });
  return refuseAsk(
    'CONSENT_ALREADY_GIVEN',
    `The person has already agreed to all of this, until ${new Date(grant.expiresAt).toISOString()}. It can be renewed from ${new Date(renewableFrom(grant)).toISOString()} on.`,
  );
}

/** What the person chose on the page. */
export interface Choice {
  /** Categories that were ticked beyond those required. */
  readonly optional: readonly string[];
  readonly duration: Duration;
}

export interface Terms {
  readonly scopes: readonly Scope[];
  readonly oneTime: boolean;
  readonly expiresAt: Instant;
}

/** The terms of the grant that a yes makes; null where nothing was chosen or the duration was not offered. */
export function termsOf(ask: Ask, choice: Choice, purpose: Purpose, standing: Grant | null, now: Instant): Terms | null {
  const chosen = ask.scopes.filter(scope => scope.required || choice.optional.includes(scope.category));
  if (chosen.length === 0) return null;
  if (ask.kind === 'WIDEN' && standing) return { scopes: together(standing.scopes, chosen), oneTime: false, expiresAt: standing.expiresAt };
  if (!durationsFor(purpose).offered.includes(choice.duration)) return null;
  const days = choice.duration === 'ONE_TIME' ? ONE_TIME_DAYS : choice.duration;
  return { scopes: together([], chosen), oneTime: choice.duration === 'ONE_TIME', expiresAt: now + days * DAY_MS };
}
