/** What the catalogue of data and purposes may hold: checks of what staff put into it, and of what
    partners ask against a purpose's policy. Pure; refusals name the input, its limit and what to do. */
import type { Instant } from '../base/clock.ts';
import { ok, refused, type Outcome } from '../base/outcome.ts';
import { LEVELS, PRECISIONS, daysOf, type Level, type Precision, type Scope } from './scope.rules.ts';

/** The languages that people are spoken to in; the first is spoken where another is asked for. */
export const LANGUAGES = ['en', 'de'] as const;
export type Language = (typeof LANGUAGES)[number];
export type Localized = Readonly<Record<Language, string>>;

/** The kinds of data that fields of the schema may be of; migrations put each into the catalogue. */
export const DATA_CATEGORIES = ['person.name', 'contact.email', 'contact.phone', 'order.history', 'preference.shopping', 'location.coarse', 'support.case'] as const;

/** No grant lasts longer, whatever a purpose says. */
export const MAX_DURATION_DAYS = 365;

export interface DataCategory {
  readonly code: string;
  readonly title: Localized;
  readonly example: Localized;
  readonly owner: string;
  readonly sensitivity: 'ORDINARY' | 'SENSITIVE' | 'SPECIAL';
  readonly dpvClass: string;
  /** Whether its values are of a day, so that a lookback means something. */
  readonly dated: boolean;
  readonly retentionDays: number;
}

export interface PurposePolicy {
  readonly categories: readonly string[];
  readonly maxLevel: Level;
  /** Null is without end. */
  readonly maxLookbackDays: number | null;
  readonly maxPrecision: Precision;
  readonly maxDurationDays: number;
  /** The shortest that serves the purpose at all; 0 where a single look is enough. */
  readonly usefulDays: number;
}

export interface PurposeWords {
  readonly title: Localized;
  readonly sentence: Localized;
  readonly benefit: Localized;
  readonly without: Localized;
}

export interface Purpose extends PurposePolicy, PurposeWords {
  readonly purpose: string;
  readonly version: number;
  readonly dpvClass: string;
  readonly assessment: string | null;
  readonly effectiveFrom: Instant | null;
  readonly retiredAt: Instant | null;
}

export interface CatalogueRefusal {
  readonly code: 'INVALID' | 'NOT_FOUND' | 'ASSESSMENT_MISSING' | 'PUBLISHED';
  readonly message: string;
  readonly path: readonly string[];
}

const refuse = (code: CatalogueRefusal['code'], message: string, ...path: string[]) => refused<CatalogueRefusal>({ code, message, path });

/** The version of a purpose that is asked for at an instant: the newest that is in force. */
export const purposeAt = <P extends Pick<Purpose, 'version' | 'effectiveFrom' | 'retiredAt'>>(versions: readonly P[], now: Instant): P | null => {
  const [newest] = versions.filter(({ effectiveFrom }) => effectiveFrom !== null && now >= effectiveFrom).toSorted((a, b) => b.version - a.version);
  return newest && (newest.retiredAt === null || now < newest.retiredAt) ? newest : null;
};

/** The Data Privacy Vocabulary and its extensions (W3C DPVCG). */
const DPV = 'https://w3id.org/dpv';

const MAX_TEXT = 400;

const isText = (text: string): boolean => text.trim() !== '' && text.length <= MAX_TEXT && text.isWellFormed() && !/\p{Cc}/u.test(text);

export function checkCategory(category: DataCategory): Outcome<DataCategory, CatalogueRefusal> {
  if (!/^[a-z]{2,30}\.[a-z_]{2,30}$/.test(category.code)) return refuse('INVALID', 'A category is two words in small letters with a dot between them, e.g. order.history.', 'code');
  for (const [name, words] of [
    ['title', category.title],
    ['example', category.example],
  ] as const) {
    const missing = LANGUAGES.find(language => !isText(words[language]));
    if (missing) return refuse('INVALID', `${name} needs plain text of 1 to ${MAX_TEXT} characters in the language "${missing}".`, name, missing);
  }
  if (!isText(category.owner)) return refuse('INVALID', 'An owner is needed: the team that answers for this data.', 'owner');
  if (!category.dpvClass.startsWith(DPV)) return refuse('INVALID', 'Give the class of the Data Privacy Vocabulary, e.g. https://w3id.org/dpv/pd#EmailAddress.', 'dpvClass');
  if (!Number.isInteger(category.retentionDays) || category.retentionDays < 0 || category.retentionDays > 3650)
    return refuse('INVALID', 'The retention is 0 to 3650 days.', 'retentionDays');
  return ok(category);
}

export function checkPurpose(draft: PurposePolicy & PurposeWords & { purpose: string; dpvClass: string }, known: ReadonlySet<string>): Outcome<null, CatalogueRefusal> {
  if (!/^[a-z][a-z0-9_]{2,39}$/.test(draft.purpose)) return refuse('INVALID', 'A purpose is 3 to 40 small letters, digits and underscores, e.g. order_support.', 'purpose');
  for (const name of ['title', 'sentence', 'benefit', 'without'] as const) {
    const missing = LANGUAGES.find(language => !isText(draft[name][language]));
    if (missing) return refuse('INVALID', `${name} needs plain text of 1 to ${MAX_TEXT} characters in the language "${missing}".`, name, missing);
  }
  if (!draft.dpvClass.startsWith(DPV)) return refuse('INVALID', 'Give the class of the Data Privacy Vocabulary, e.g. https://w3id.org/dpv#ServiceProvision.', 'dpvClass');
  const unknown = draft.categories.find(category => !known.has(category));
  if (unknown !== undefined) return refuse('INVALID', `There is no data category ${unknown}: add it first.`, 'categories');
  if (draft.categories.length === 0) return refuse('INVALID', 'A purpose needs at least one data category.', 'categories');
  if (!isDays(draft.maxDurationDays, 1, MAX_DURATION_DAYS)) return refuse('INVALID', `A grant lasts 1 to ${MAX_DURATION_DAYS} days.`, 'maxDurationDays');
  if (!isDays(draft.usefulDays, 0, draft.maxDurationDays)) return refuse('INVALID', 'The shortest useful duration lies between 0 (a single look) and the longest.', 'usefulDays');
  if (draft.maxLookbackDays !== null && !isDays(draft.maxLookbackDays, 1, 36_500))
    return refuse('INVALID', 'The lookback is 1 to 36500 days, or absent for all.', 'maxLookbackDays');
  return ok(null);
}

const isDays = (days: number, least: number, most: number): boolean => Number.isInteger(days) && days >= least && days <= most;

/** Whether a drafted version may go live. A purpose without an impact assessment never does. */
export function decidePublication(draft: Pick<Purpose, 'assessment' | 'effectiveFrom' | 'purpose'>): Outcome<null, CatalogueRefusal> {
  if (draft.effectiveFrom !== null) return refuse('PUBLISHED', 'This version is published already: draft another.');
  if (draft.assessment === null)
    return refuse('ASSESSMENT_MISSING', `${draft.purpose} has no impact assessment, and no purpose goes live without one: record it first.`, 'assessment');
  return ok(null);
}

/** What of a scope goes beyond the purpose's policy; null where nothing does. */
export function beyondPolicy(policy: PurposePolicy, scope: Scope): { readonly field: 'category' | 'level' | 'lookback' | 'precision'; readonly message: string } | null {
  if (!policy.categories.includes(scope.category)) return { field: 'category', message: `The purpose covers ${policy.categories.join(', ')}, and not ${scope.category}.` };
  if (LEVELS.indexOf(scope.level) > LEVELS.indexOf(policy.maxLevel)) return { field: 'level', message: `The purpose goes as far as the level ${policy.maxLevel}.` };
  if (PRECISIONS.indexOf(scope.precision) > PRECISIONS.indexOf(policy.maxPrecision))
    return { field: 'precision', message: `The purpose goes as far as the precision ${policy.maxPrecision}.` };
  if (daysOf(scope) > (policy.maxLookbackDays ?? Infinity))
    return { field: 'lookback', message: `The purpose looks back at most ${policy.maxLookbackDays} days: ask for P${policy.maxLookbackDays}D or less.` };
  return null;
}

/** How long a person may share: once, or for a number of days. */
export type Duration = 'ONE_TIME' | number;

const OFFERED_DAYS = [30, 90, 180] as const;

/** The durations that a person chooses from, shortest first, and the one that is preselected: the
    shortest that serves the purpose. */
export function durationsFor({ maxDurationDays, usefulDays }: PurposePolicy): { readonly offered: readonly Duration[]; readonly preselected: Duration } {
  const longest = Math.min(maxDurationDays, MAX_DURATION_DAYS);
  const days = OFFERED_DAYS.filter(each => each <= longest);
  const offered: Duration[] = ['ONE_TIME', ...(days.length > 0 ? days : [longest])];
  const preselected = offered.find(each => (each === 'ONE_TIME' ? 0 : each) >= usefulDays) ?? offered.at(-1)!;
  return { offered, preselected };
}
