/**
 * Where an element stands in its life, from a notice's dates, a clock and what was appended since:
 * computed, never stored. `portico.notice_stage` in the database says the same for compiled reads.
 */
import type { Instant } from '../base/clock.ts';
import { OPEN_GATE, type ReleaseGate } from '../base/release-gate.ts';
import { hasPassed, isCalendarVersion, retirementOf, versionAfter } from '../versions/index.ts';
import type { BrownoutTimes, NoticeContent } from './notice.rules.ts';

export type NoticeStage = 'PLANNED' | 'ANNOUNCED' | 'DEPRECATED' | 'BROWNOUT' | 'SUNSET' | 'WITHDRAWN';

export interface BrownoutWindow extends BrownoutTimes {
  readonly id: string;
  /** Null while nobody aborted it. */
  readonly abortedAt: Instant | null;
}

export interface Notice extends Omit<NoticeContent, 'ownerTeam' | 'emergency'> {
  readonly id: string;
  /** The day on which an emergency ends it everywhere. */
  readonly emergencySunsetOn: string | null;
  /** Why partners are not given their time, for them to read; null where there is no emergency. */
  readonly emergencyReason: string | null;
  readonly isWithdrawn: boolean;
  /** By their beginning. */
  readonly brownouts: readonly BrownoutWindow[];
}

/** What the removal gate decided, and when. */
export interface Verdict {
  readonly verdict: 'PASSED' | 'REFUSED' | 'OVERRIDDEN';
  readonly decidedAt: Instant;
}

export interface NoticeState {
  readonly stage: NoticeStage;
  /** When the element ends for good, by the dates. */
  readonly sunsetAt: Instant;
  /** Past its end, and kept because the gate has not let it go. */
  readonly isHeld: boolean;
}

/** The instant at which a date begins. */
export const instantOf = (date: string): Instant => Date.parse(`${date}T00:00:00Z`);

/** The last version that holds what leaves in another. */
export const lastHolder = (removedIn: string): string => versionAfter(removedIn, -1);

/** When the last version that holds the element retires; an emergency names its own day. */
export function sunsetAt({ removedIn, emergencySunsetOn }: Pick<Notice, 'removedIn' | 'emergencySunsetOn'>, gate: ReleaseGate = OPEN_GATE): Instant {
  return emergencySunsetOn === null ? retirementOf(lastHolder(removedIn!), removedIn!, gate) : instantOf(emergencySunsetOn);
}

const isOpen = ({ startsAt, endsAt, abortedAt }: BrownoutWindow, now: Instant): boolean => startsAt <= now && now < Math.min(endsAt, abortedAt ?? Infinity);

/** The brownouts that are open at the instant. */
export const openBrownouts = ({ brownouts }: Pick<Notice, 'brownouts'>, now: Instant): BrownoutWindow[] => brownouts.filter(window => isOpen(window, now));

/** Whether the version without the element came out, and the last one with it may end. */
const letGo = (removedIn: string, now: Instant, gate: ReleaseGate): boolean =>
  hasPassed(gate.releasableFrom(removedIn), now) && hasPassed(gate.retirableFrom(lastHolder(removedIn)), now);

/** The element's stage at an instant. An emergency waits for nobody's verdict. */
export function noticeState(notice: Notice, now: Instant, gate: ReleaseGate): NoticeState {
  const end = sunsetAt(notice, gate);
  const isOver = now >= end;
  const goes = notice.emergencySunsetOn !== null || letGo(notice.removedIn!, now, gate);
  return { stage: stageOf(notice, now, isOver && goes), sunsetAt: end, isHeld: isOver && !goes && !notice.isWithdrawn };
}

function stageOf(notice: Notice, now: Instant, isSunset: boolean): NoticeStage {
  if (notice.isWithdrawn) return 'WITHDRAWN';
  if (isSunset) return 'SUNSET';
  if (openBrownouts(notice, now).length > 0) return 'BROWNOUT';
  if (now >= instantOf(notice.deprecatedOn)) return 'DEPRECATED';
  return now >= instantOf(notice.announcedOn) ? 'ANNOUNCED' : 'PLANNED';
}

/** Whether the version holds the element that the notice is about; the head is newer than all. */
export const holds = (version: string, { removedIn }: Pick<Notice, 'removedIn'>): boolean => removedIn === null || (isCalendarVersion(version) && version < removedIn);
