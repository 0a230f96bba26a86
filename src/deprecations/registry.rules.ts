/**
 * The registry as a gateway holds it: an immutable picture of the notices that were approved, asked
 * for each request by instant and version. A change of the registry makes a new picture.
 */
import type { Instant } from '../base/clock.ts';
import { holds, instantOf, noticeState, sunsetAt, type Notice, type NoticeState, type Verdict } from './notice-state.rules.ts';

/** What a partner wrote to be left out of a brownout. */
export interface OptOut {
  readonly environmentId: string;
  readonly partnerId: string;
  readonly windowId: string;
}

export interface RegisteredNotice {
  readonly notice: Notice;
  readonly verdicts: readonly Verdict[];
}

/** A notice at work on an element at an instant. */
export interface Effect {
  readonly notice: Notice;
  readonly state: NoticeState;
}

/** By coordinate. */
export type Effects = ReadonlyMap<string, Effect>;

/** Whose clock it is: a sandbox ahead in time assumes that the gate lets everything pass. */
export interface AskedAt {
  readonly now: Instant;
  readonly assumesPass: boolean;
}

/** How many answers a picture remembers for each version: one a sandbox clock, in stretches between which
    nothing changes. */
const MAX_REMEMBERED = 200;

export class RegistrySnapshot {
  /** Of the registry in the database; a bigint as text. */
  readonly revision: string;
  private readonly notices: readonly RegisteredNotice[];
  private readonly byCoordinate: ReadonlyMap<string, readonly RegisteredNotice[]>;
  private readonly optOuts: ReadonlySet<string>;
  /** Every instant at which some notice's stage can change, ascending. */
  private readonly turns: readonly Instant[];
  private readonly remembered = new Map<string, Map<number, Effects>>();

  constructor(revision: string, notices: readonly RegisteredNotice[], optOuts: readonly OptOut[] = []) {
    this.revision = revision;
    this.notices = notices;
    this.byCoordinate = new Map(notices.map(({ notice: { coordinate } }) => [coordinate, notices.filter(({ notice }) => notice.coordinate === coordinate)]));
    this.optOuts = new Set(optOuts.map(optOutKey));
    this.turns = [...new Set(notices.flatMap(turnsOf))].toSorted((a, b) => a - b);
  }

  /** All approved notices about the element, whenever they act. */
  noticesFor(coordinate: string): readonly Notice[] {
    return (this.byCoordinate.get(coordinate) ?? []).map(({ notice }) => notice);
  }

  /** The notice by which an element is not in the version: the last one that was announced by the instant; null where none says so. */
  noticeOfEnd(coordinate: string, version: string, now: Instant): Notice | null {
    const ended = this.noticesFor(coordinate).filter(notice => !notice.isWithdrawn && instantOf(notice.announcedOn) <= now && !holds(version, notice));
    return ended.toSorted((a, b) => (a.removedIn! < b.removedIn! ? 1 : -1))[0] ?? null;
  }

  /** What acts at an instant on the elements of a version, by coordinate: announced or further. Of two
      notices about one element the one that ends it sooner counts. The same map comes back until the
      next turn, so that what is made of it can be kept by it. */
  effectiveAt(asked: AskedAt, version: string): Effects {
    let ofVersion = this.remembered.get(version);
    if (!ofVersion) this.remembered.set(version, (ofVersion = new Map()));
    // A number, not a text: every request asks, and a text would have to be made and hashed.
    const key = this.stretchOf(asked.now) * 2 + (asked.assumesPass ? 1 : 0);
    let effects = ofVersion.get(key);
    if (!effects) {
      effects = this.compute(asked, version);
      if (ofVersion.size >= MAX_REMEMBERED) ofVersion.delete(ofVersion.keys().next().value!);
      ofVersion.set(key, effects);
    }
    return effects;
  }

  /** Every notice that was ever published, with where its element stands at an instant. */
  allAt({ now, assumesPass }: AskedAt): Effect[] {
    return this.notices.map(({ notice, verdicts }) => ({ notice, state: noticeState(notice, now, assumesPass ? 'ASSUMED_TO_PASS' : verdicts) }));
  }

  /** Whether the partner is left out of the brownout that is open at the instant. */
  isExempt({ notice }: Effect, now: Instant, { environmentId, partnerId }: Omit<OptOut, 'windowId'>): boolean {
    return notice.brownouts.some(({ id, startsAt, endsAt }) => startsAt <= now && now < endsAt && this.optOuts.has(optOutKey({ environmentId, partnerId, windowId: id })));
  }

  /** How many turns lie at the instant or before it: between two of them nothing changes. */
  private stretchOf(now: Instant): number {
    let [low, high] = [0, this.turns.length];
    while (low < high) {
      const middle = (low + high) >> 1;
      if (this.turns[middle]! <= now) low = middle + 1;
      else high = middle;
    }
    return low;
  }

  private compute({ now, assumesPass }: AskedAt, version: string): Effects {
    const effects = new Map<string, Effect>();
    for (const { notice, verdicts } of this.notices) {
      if (!holds(version, notice)) continue;
      const state = noticeState(notice, now, assumesPass ? 'ASSUMED_TO_PASS' : verdicts);
      if (state.stage === 'PLANNED' || state.stage === 'WITHDRAWN') continue;
      const other = effects.get(notice.coordinate);
      if (!other || state.sunsetAt < other.state.sunsetAt) effects.set(notice.coordinate, { notice, state });
    }
    return effects;
  }
}

const optOutKey = ({ environmentId, partnerId, windowId }: OptOut): string => `${environmentId} ${partnerId} ${windowId}`;

const turnsOf = ({ notice, verdicts }: RegisteredNotice): Instant[] => [
  instantOf(notice.announcedOn),
  instantOf(notice.deprecatedOn),
  sunsetAt(notice),
  ...notice.brownouts.flatMap(({ startsAt, endsAt, abortedAt }) => [startsAt, Math.min(endsAt, abortedAt ?? Infinity)]),
  ...verdicts.map(({ decidedAt }) => decidedAt),
];
