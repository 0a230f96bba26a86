/** What the pages call things: states as short words with the tone in which they are shown. */
import { html, type Html } from '../../pages/index.ts';
import type { VersionKind } from '../../versions/index.ts';
import type { Criticality, ReviewState } from '../notice.rules.ts';
import type { NoticeStage } from '../notice-state.rules.ts';

type Tone = 'good' | 'soon' | 'warn' | 'bad' | 'off';

const tag = ([words, tone]: readonly [string, Tone]): Html => html`<span class="tag ${tone}">${words}</span>`;

const KINDS: Readonly<Record<VersionKind, readonly [string, Tone]>> = {
  UNSTABLE: ['Unstable', 'off'],
  RELEASE_CANDIDATE: ['Release candidate', 'soon'],
  CURRENT: ['Current', 'good'],
  SUPPORTED: ['Supported', 'good'],
  DEPRECATED: ['In its last months', 'warn'],
  RETIRED: ['Retired', 'off'],
};

const STAGES: Readonly<Record<NoticeStage, readonly [string, Tone]>> = {
  PLANNED: ['Planned', 'off'],
  ANNOUNCED: ['Announced', 'soon'],
  DEPRECATED: ['Deprecated', 'warn'],
  BROWNOUT: ['Switched off for a while', 'bad'],
  SUNSET: ['Gone', 'off'],
  WITHDRAWN: ['Taken back', 'off'],
};

const REVIEWS: Readonly<Record<ReviewState, readonly [string, Tone]>> = {
  DRAFT: ['Draft', 'off'],
  IN_REVIEW: ['In review', 'soon'],
  APPROVED: ['Approved', 'good'],
  REJECTED: ['Rejected', 'bad'],
  WITHDRAWN: ['Taken back', 'off'],
};

const CRITICALITIES: Readonly<Record<Criticality, readonly [string, Tone]>> = {
  BREAKING: ['Breaks programs', 'bad'],
  DANGEROUS: ['May break programs', 'warn'],
};

export const kindTag = (kind: VersionKind): Html => tag(KINDS[kind]);
export const stageTag = (stage: NoticeStage): Html => tag(STAGES[stage]);
export const reviewTag = (review: ReviewState): Html => tag(REVIEWS[review]);
export const criticalityTag = (criticality: Criticality): Html => tag(CRITICALITIES[criticality]);

const NUMBER = new Intl.NumberFormat('en-GB');

export const numberText = (value: number): string => NUMBER.format(value);

/** A number with its noun, e.g. `1 use`, `1,200 uses`. */
export const counted = (count: number, noun: string): string => `${numberText(count)} ${noun}${count === 1 ? '' : 's'}`;
