/**
 * What a deprecation notice must say, and when, before partners may be told: pure decisions that
 * answer every fault they find, each with its limit and the next step. Dates are calendar dates in
 * UTC, `YYYY-MM-DD`, and compare as texts.
 */
import { ok, refused, type Outcome } from '../base/outcome.ts';
import { isStorableText } from '../base/text.ts';
import { MONTHS_AHEAD, VERSIONS_AHEAD, isCalendarVersion, monthsBefore, releasedOn, versionAfter } from '../versions/index.ts';

export const CRITICALITIES = ['BREAKING', 'DANGEROUS'] as const;
export type Criticality = (typeof CRITICALITIES)[number];

export const REVIEW_STATES = ['DRAFT', 'IN_REVIEW', 'APPROVED', 'REJECTED', 'WITHDRAWN'] as const;
export type ReviewState = (typeof REVIEW_STATES)[number];

/** Ends an element in every version on a day of its own, at the word of a named person. */
export interface Emergency {
  readonly sunsetOn: string;
  readonly approverId: string;
  /** Why partners are not given their time, for them to read. */
  readonly publicReason: string;
}

/** What a notice says. */
export interface NoticeContent {
  readonly coordinate: string;
  readonly description: string;
  readonly reason: string;
  readonly replacement: string | null;
  /** The written statement that nothing takes the element's place. */
  readonly noReplacement: string | null;
  /** Markdown. */
  readonly migrationGuide: string;
  readonly criticality: Criticality;
  readonly ownerTeam: string;
  readonly announcedOn: string;
  readonly deprecatedOn: string;
  /** The first version without the element; null only where an emergency ends it. */
  readonly removedIn: string | null;
  readonly emergency: Emergency | null;
}

export interface NoticeFault {
  readonly code: 'INVALID' | 'RULE_BROKEN';
  readonly message: string;
  readonly path: readonly string[];
}

/** Which elements there are: in head, or in a version that lives. */
export type ElementExists = (coordinate: string) => boolean;

/** A brownout that comes unannounced is an outage. */
export const BROWNOUT_DAYS_AHEAD = 14;

/** Longer than this, a brownout is a removal before its time. */
export const MAX_BROWNOUT_HOURS = 24;

const DAY_MS = 86_400_000;
const HOUR_MS = 3_600_000;

/** Most characters of each text. */
const MAX_LENGTH = { coordinate: 300, description: 2_000, reason: 1_000, noReplacement: 1_000, migrationGuide: 20_000, ownerTeam: 100, publicReason: 1_000 } as const;

const invalid = (message: string, ...path: string[]): NoticeFault => ({ code: 'INVALID', message, path });
const broken = (message: string, ...path: string[]): NoticeFault => ({ code: 'RULE_BROKEN', message, path });

/** The latest day on which an element that leaves in the version may have become deprecated. */
export function latestDeprecation(removedIn: string): string {
  const [byMonths, byVersions] = [monthsBefore(releasedOn(removedIn), MONTHS_AHEAD), releasedOn(versionAfter(removedIn, -VERSIONS_AHEAD))];
  return byMonths < byVersions ? byMonths : byVersions;
}

/** What is wrong with the content by itself, whenever it is looked at. */
export function contentFaults(content: NoticeContent, exists: ElementExists): NoticeFault[] {
  return [...textFaults(content), ...coordinateFaults(content, exists), ...replacementFaults(content, exists), ...orderFaults(content)];
}

function textFaults(content: NoticeContent): NoticeFault[] {
  const texts: (readonly [keyof typeof MAX_LENGTH, string | null, readonly string[]])[] = [
    ['coordinate', content.coordinate, ['coordinate']],
    ['description', content.description, ['description']],
    ['reason', content.reason, ['reason']],
    ['noReplacement', content.noReplacement, ['noReplacement']],
    ['migrationGuide', content.migrationGuide, ['migrationGuide']],
    ['ownerTeam', content.ownerTeam, ['ownerTeam']],
    ['publicReason', content.emergency?.publicReason ?? null, ['emergency', 'publicReason']],
  ];
  const faults = texts.flatMap(([name, text, path]) => {
    if (text === null) return [];
    const field = path.at(-1)!;
    if (text.trim() === '') return [invalid(`\`${field}\` says nothing: write it for partners to act upon.`, ...path)];
    if (text.length > MAX_LENGTH[name]) return [invalid(`\`${field}\` has ${text.length} characters of at most ${MAX_LENGTH[name]}: shorten it.`, ...path)];
    return isStorableText(text) ? [] : [invalid(`\`${field}\` holds a NUL character or half of a surrogate pair: remove it.`, ...path)];
  });
  if (sameWords(content.reason, content.description))
    faults.push(broken('The reason repeats the description: say why the element goes, where the description says what it is.', 'reason'));
  return faults;
}

const sameWords = (a: string, b: string): boolean => wordsOf(a) === wordsOf(b);
const wordsOf = (text: string): string =>
  text
    .toLowerCase()
    .replaceAll(/[^\p{L}\p{N}]+/gu, ' ')
    .trim();

function coordinateFaults({ coordinate }: NoticeContent, exists: ElementExists): NoticeFault[] {
  return exists(coordinate)
    ? []
    : [
        invalid(
          `No version that lives has an element \`${coordinate}\`. A coordinate is Type, Type.field, Type.field(argument:), Input.field, Enum.VALUE, @directive or @directive(argument:).`,
          'coordinate',
        ),
      ];
}

function replacementFaults({ coordinate, replacement, noReplacement }: NoticeContent, exists: ElementExists): NoticeFault[] {
  if ((replacement === null) === (noReplacement === null))
    return [broken('Name either the `replacement` or, in `noReplacement`, say in writing that there is none and what partners can do instead.', 'replacement')];
  if (replacement === null) return [];
  if (replacement === coordinate) return [broken('An element cannot replace itself: name another one.', 'replacement')];
  return exists(replacement) ? [] : [invalid(`No version that lives has the replacement \`${replacement}\`: name an element that partners can move to today.`, 'replacement')];
}

/** What is wrong with the dates among themselves. */
function orderFaults({ announcedOn, deprecatedOn, removedIn, emergency }: NoticeContent): NoticeFault[] {
  const faults: NoticeFault[] = [];
  if (announcedOn > deprecatedOn) faults.push(broken(`It is deprecated on ${deprecatedOn}, before it is announced on ${announcedOn}: announce it first.`, 'announcedOn'));
  if (removedIn !== null && !isCalendarVersion(removedIn))
    return [...faults, invalid(`\`removedIn\` is no calendar version: give a year and the first month of a quarter, e.g. 2027-07.`, 'removedIn')];
  if (emergency) {
    if (emergency.sunsetOn < deprecatedOn)
      faults.push(broken(`It ends on ${emergency.sunsetOn}, before it is deprecated on ${deprecatedOn}: put the end later.`, 'emergency', 'sunsetOn'));
    return faults;
  }
  if (removedIn === null) return [...faults, broken('Say in which version the element leaves; only an emergency, which names its own day, does without.', 'removedIn')];
  const latest = latestDeprecation(removedIn);
  if (deprecatedOn > latest) {
    faults.push(
      broken(
        `An element that leaves in ${removedIn} must be deprecated ${MONTHS_AHEAD} months and ${VERSIONS_AHEAD} versions earlier, on ${latest} at the latest, and this one is on ${deprecatedOn}. Let it leave later.`,
        'removedIn',
      ),
    );
  }
  return faults;
}

/** What is wrong with saying it today: nothing can be announced in the past. */
export function announcementFaults({ announcedOn, emergency }: NoticeContent, today: string): NoticeFault[] {
  const faults: NoticeFault[] = [];
  if (announcedOn < today) faults.push(broken(`It would be announced on ${announcedOn}, and today is ${today}: nobody can be told in the past. Move the dates.`, 'announcedOn'));
  if (emergency && emergency.sunsetOn < today)
    faults.push(broken(`It would have ended on ${emergency.sunsetOn}, and today is ${today}: give a day that is still to come, or today.`, 'emergency', 'sunsetOn'));
  return faults;
}

/** A while in which the element is switched off, half-open; instants in milliseconds. */
export interface BrownoutTimes {
  readonly startsAt: number;
  readonly endsAt: number;
}

/** Whether a brownout may be scheduled now, beside the others of the notice.
    @param sunsetAt when the element ends; null where that is not known yet */
export function brownoutFault(
  { startsAt, endsAt }: BrownoutTimes,
  { deprecatedOn, others, sunsetAt, now }: { deprecatedOn: string; others: readonly BrownoutTimes[]; sunsetAt: number | null; now: number },
): NoticeFault | null {
  if (endsAt <= startsAt) return invalid('The brownout ends before it begins: `endsAt` must be later than `startsAt`.', 'endsAt');
  if (endsAt - startsAt > MAX_BROWNOUT_HOURS * HOUR_MS) return broken(`A brownout lasts ${MAX_BROWNOUT_HOURS} hours at most: schedule several.`, 'endsAt');
  const earliest = now + BROWNOUT_DAYS_AHEAD * DAY_MS;
  if (startsAt < earliest) return broken(`A brownout is announced ${BROWNOUT_DAYS_AHEAD} days ahead: it can begin at ${new Date(earliest).toISOString()} or later.`, 'startsAt');
  if (startsAt < Date.parse(deprecatedOn)) return broken(`The element is not deprecated before ${deprecatedOn}: let the brownout begin then or later.`, 'startsAt');
  if (sunsetAt !== null && endsAt > sunsetAt) return broken(`The element ends at ${new Date(sunsetAt).toISOString()}: let the brownout end before.`, 'endsAt');
  return others.some(other => startsAt < other.endsAt && other.startsAt < endsAt)
    ? broken('Another brownout of this notice is scheduled in that time: choose another.', 'startsAt')
    : null;
}

/** What a reviewer is told who cannot decide. */
export interface ReviewFault {
  readonly code: 'REVIEW_STATE' | 'OWN_WORK' | 'ALREADY_DECIDED' | 'RULE_BROKEN';
  readonly message: string;
  readonly path: readonly string[];
}

export interface Reviewed {
  readonly review: ReviewState;
  readonly criticality: Criticality;
  readonly emergency: Emergency | null;
  /** Persons who wrote what is reviewed. */
  readonly authorIds: readonly string[];
  /** Persons who approved it in this round. */
  readonly approverIds: readonly string[];
}

/** Persons who must approve: two where partners' programs stop working or their time is cut short. */
export const approvalsNeeded = ({ criticality, emergency }: Pick<Reviewed, 'criticality' | 'emergency'>): number => (criticality === 'BREAKING' || emergency ? 2 : 1);

const refuseReview = (code: ReviewFault['code'], message: string) => refused<ReviewFault>({ code, message, path: ['noticeId'] });

/** Whether the person may decide at all: on what is in review, once, and not on work of their own. */
export function decideReviewer(notice: Reviewed, staffId: string): Outcome<null, ReviewFault> {
  if (notice.review !== 'IN_REVIEW') return refuseReview('REVIEW_STATE', `The notice is ${notice.review}, and only one that is IN_REVIEW can be decided on.`);
  if (notice.authorIds.includes(staffId)) return refuseReview('OWN_WORK', 'You wrote this notice or a part of it: another person must decide on it.');
  return notice.approverIds.includes(staffId) ? refuseReview('ALREADY_DECIDED', 'You approved this notice already: another person must be the next.') : ok(null);
}

/** Whether the notice is approved once this person has: enough persons, an emergency's named one among them. */
export function decideApproval(notice: Reviewed, staffId: string): Outcome<{ approved: boolean }, ReviewFault> {
  const allowed = decideReviewer(notice, staffId);
  if (!allowed.ok) return allowed;
  const persons = new Set([...notice.approverIds, staffId]);
  const named = !notice.emergency || persons.has(notice.emergency.approverId);
  return ok({ approved: persons.size >= approvalsNeeded(notice) && named });
}

const FROM: Readonly<Record<'edit' | 'submit' | 'withdraw', readonly ReviewState[]>> = {
  // An edit under review begins the review anew: nobody's approval counts for words that they did not read.
  edit: ['DRAFT', 'IN_REVIEW', 'REJECTED'],
  submit: ['DRAFT'],
  withdraw: ['APPROVED'],
};

/** Whether the review is in a state from which this can be done. */
export const decideStep = (step: keyof typeof FROM, review: ReviewState): Outcome<null, ReviewFault> =>
  FROM[step].includes(review) ? ok(null) : refuseReview('REVIEW_STATE', `The notice is ${review}; to ${step} it, it must be ${FROM[step].join(' or ')}.`);
