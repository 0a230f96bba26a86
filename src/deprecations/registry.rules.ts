/**
 * The registry as a gateway holds it: an immutable picture of the notices that were approved, asked
 * for each request by instant and version. A change of the registry makes a new picture.
 */
import type { Instant } from '../base/clock.ts';
import { assumingPass, type ReleaseGate } from '../base/release-gate.ts';
import { dueAt } from '../versions/index.ts';
import { holds, instantOf, noticeState, openBrownouts, sunsetAt, type BrownoutWindow, type Notice, type NoticeState, type Verdict } from './notice-state.rules.ts';

/** What a partner wrote to be left out of a brownout. */
export interface OptOut {
  readonly environmentId: string;
  readonly partnerId: string;
  readonly windowId: string;
}

export interface RegisteredNotice {
  readonly notice: Notice;
  /** Wall time, when it was approved. */
  readonly registeredAt: Instant;
  /** The gate's, on the release of the first version without the element. */
  readonly verdicts: readonly Verdict[];
}

/** What the gate decided on a version's retirement. */
export interface RetirementVerdict extends Verdict {
  readonly version: string;
}

/** A notice at work on an element at an instant. */
export interface Effect {
  readonly notice: Notice;
  readonly state: NoticeState;
}

export interface OpenBrownout {
  readonly notice: Notice;
  readonly window: BrownoutWindow;
}

/** By coordinate. */
export type Effects = ReadonlyMap<string, Effect>;

/** Whose clock it is: a sandbox ahead in time assumes that the gate lets everything pass. */
export interface AskedAt {
  readonly now: Instant;
  readonly assumesPass: boolean;
}

/** An environment's instant, asked at an instant of the wall. */
export const askedAt = (now: Instant, wallNow: Instant): AskedAt => ({ now, assumesPass: now > wallNow });

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
  private readonly gate: ReleaseGate;
  private readonly assumedGate: ReleaseGate;

  constructor(revision: string, notices: readonly RegisteredNotice[], optOuts: readonly OptOut[] = [], retirements: readonly RetirementVerdict[] = []) {
    this.revision = revision;
    this.gate = releaseGate(notices, retirements);
    this.assumedGate = assumingPass(this.gate);
    this.notices = notices;
    this.byCoordinate = new Map(notices.map(({ notice: { coordinate } }) => [coordinate, notices.filter(({ notice }) => notice.coordinate === coordinate)]));
    this.optOuts = new Set(optOuts.map(optOutKey));
    const decided = [...notices.flatMap(({ verdicts }) => verdicts), ...retirements].map(({ decidedAt }) => decidedAt);
    this.turns = [...new Set([...notices.flatMap(({ notice }) => turnsOf(notice, this.gate)), ...decided])].toSorted((a, b) => a - b);
  }

  /** What the removal gate has let go, for the calendar at that instant. */
  gateAt({ assumesPass }: Pick<AskedAt, 'assumesPass'>): ReleaseGate {
    return assumesPass ? this.assumedGate : this.gate;
  }

  /** All approved notices about the element, whenever they act. */
  noticesFor(coordinate: string): readonly Notice[] {
    return (this.byCoordinate.get(coordinate) ?? []).map(({ notice }) => notice);
  }

  /** The notices for whose elements the gate holds back the release of the first version without them. */
  heldIn(version: string): readonly Notice[] {
    return this.notices.filter(each => each.notice.removedIn === version && isGated(each) && letGoAt(each.verdicts) === null).map(({ notice }) => notice);
  }

  /** The notice by which an element is not in the version: the last one that was announced by the instant; null where none says so. */
  noticeOfEnd(coordinate: string, version: string, now: Instant): Notice | null {
    const ended = this.noticesFor(coordinate).filter(notice => !notice.isWithdrawn && instantOf(notice.announcedOn) <= now && !holds(version, notice));
    return ended.toSorted((a, b) => (a.removedIn! < b.removedIn! ? 1 : -1))[0] ?? null;
  }

  /** The brownouts that are open at the instant. */
  openBrownouts(now: Instant): OpenBrownout[] {
    return this.notices.flatMap(({ notice }) => (notice.isWithdrawn ? [] : openBrownouts(notice, now).map(window => ({ notice, window }))));
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
    return this.notices.map(({ notice }) => ({ notice, state: noticeState(notice, now, this.gateAt({ assumesPass })) }));
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
    for (const { notice } of this.notices) {
      if (!holds(version, notice)) continue;
      const state = noticeState(notice, now, this.gateAt({ assumesPass }));
      if (state.stage === 'PLANNED' || state.stage === 'WITHDRAWN') continue;
      const other = effects.get(notice.coordinate);
      if (!other || state.sunsetAt < other.state.sunsetAt) effects.set(notice.coordinate, { notice, state });
    }
    return effects;
  }
}

const optOutKey = ({ environmentId, partnerId, windowId }: OptOut): string => `${environmentId} ${partnerId} ${windowId}`;

const turnsOf = (notice: Notice, gate: ReleaseGate): Instant[] => [
  instantOf(notice.announcedOn),
  instantOf(notice.deprecatedOn),
  sunsetAt(notice, gate),
  ...notice.brownouts.flatMap(({ startsAt, endsAt, abortedAt }) => [startsAt, Math.min(endsAt, abortedAt ?? Infinity)]),
];

/** Whether the release of the first version without the element waits for the gate. What was written after
    that release cannot undo it, and an emergency waits for nobody. */
export const isGated = ({ notice: { removedIn, emergencySunsetOn, isWithdrawn }, registeredAt }: RegisteredNotice): boolean =>
  !isWithdrawn && emergencySunsetOn === null && registeredAt < dueAt(removedIn!);

/** When the first verdict that lets go was given; null where none was. */
const letGoAt = (verdicts: readonly Verdict[]): Instant | null => {
  const instants = verdicts.filter(({ verdict }) => verdict !== 'REFUSED').map(({ decidedAt }) => decidedAt);
  return instants.length === 0 ? null : Math.min(...instants);
};

/** A version may come out once the gate has let go of each element that it lacks, those too that an
    earlier version was to be the first without; each version may end by a verdict of its own. */
function releaseGate(notices: readonly RegisteredNotice[], retirements: readonly RetirementVerdict[]): ReleaseGate {
  const gated = notices.filter(isGated).map(({ notice, verdicts }) => ({ removedIn: notice.removedIn!, from: letGoAt(verdicts) }));
  const known = new Map<string, Instant | null>();
  return {
    assumesPass: false,
    releasableFrom(version) {
      let from = known.get(version);
      if (from === undefined) {
        const lacking = gated.filter(({ removedIn }) => removedIn <= version);
        from = lacking.some(each => each.from === null) ? null : Math.max(-Infinity, ...lacking.map(each => each.from!));
        known.set(version, from);
      }
      return from;
    },
    retirableFrom: version => letGoAt(retirements.filter(each => each.version === version)),
  };
}
