/**
 * Where an element stands in its life, from a notice's dates, a clock and what was appended since:
 * computed, never stored. `portico.notice_stage` in the database says the same for compiled reads.
 */
import type { Instant } from '../base/clock.ts';
import { isCalendarVersion, standings, versionAfter } from '../versions/index.ts';
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

/** The gate's verdicts on a notice, or that it is assumed to pass, as in a sandbox ahead in time. */
export type Verdicts = readonly Verdict[] | 'ASSUMED_TO_PASS';

export interface NoticeState {
  readonly stage: NoticeStage;
  /** When the element ends for good, by the dates. */
  readonly sunsetAt: Instant;
  /** Past its end, and kept because the gate has not let it go. */
  readonly isHeld: boolean;
}

/** The instant at which a date begins. */
export const instantOf = (date: string): Instant => Date.parse(`${date}T00:00:00Z`);

/** When the last version that holds the element retires; an emergency names its own day. */
export function sunsetAt({ removedIn, emergencySunsetOn }: Pick<Notice, 'removedIn' | 'emergencySunsetOn'>): Instant {
  if (emergencySunsetOn !== null) return instantOf(emergencySunsetOn);
  const last = versionAfter(removedIn!, -1);
  return standings([last, removedIn!], Infinity).find(({ version }) => version === last)!.retiresAt!;
}

const isOpen = ({ startsAt, endsAt, abortedAt }: BrownoutWindow, now: Instant): boolean => startsAt <= now && now < Math.min(endsAt, abortedAt ?? Infinity);

const letGo = (verdicts: Verdicts, now: Instant): boolean => verdicts === 'ASSUMED_TO_PASS' || verdicts.some(({ verdict, decidedAt }) => verdict !== 'REFUSED' && decidedAt <= now);

/** The element's stage at an instant. An emergency waits for nobody's verdict. */
export function noticeState(notice: Notice, now: Instant, verdicts: Verdicts): NoticeState {
  const end = sunsetAt(notice);
  const isOver = now >= end;
  const goes = notice.emergencySunsetOn !== null || letGo(verdicts, now);
  return { stage: stageOf(notice, now, isOver && goes), sunsetAt: end, isHeld: isOver && !goes && !notice.isWithdrawn };
}

function stageOf(notice: Notice, now: Instant, isSunset: boolean): NoticeStage {
  if (notice.isWithdrawn) return 'WITHDRAWN';
  if (isSunset) return 'SUNSET';
  if (notice.brownouts.some(window => isOpen(window, now))) return 'BROWNOUT';
  if (now >= instantOf(notice.deprecatedOn)) return 'DEPRECATED';
  return now >= instantOf(notice.announcedOn) ? 'ANNOUNCED' : 'PLANNED';
}

/** Whether the version holds the element that the notice is about; the head is newer than all. */
export const holds = (version: string, { removedIn }: Pick<Notice, 'removedIn'>): boolean => removedIn === null || (isCalendarVersion(version) && version < removedIn);
