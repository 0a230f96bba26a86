/**
 * What comes of an integration's work if nothing more happens: when each of its results will count, and
 * what that opens. The same steps as those by which results are confirmed, taken ahead.
 */
import type { Instant } from '../base/clock.ts';
import type { Alternatives, Judge, Stretch } from './judge.service.ts';
import { ONCE, addDays, confirmsAt, confirmsOnceAt, dayOf, instantOf, quarterDays } from './period.rules.ts';
import type { Judged } from './progress.rules.ts';
import type { Integration, RuleInForce, StoredProgress } from './progress.store.ts';

/** The version that decides, of those that do by turns, and what it comes to today. */
export interface Decisive {
  readonly stretch: Stretch;
  readonly judged: Judged;
}

export class Course {
  private readonly judge: Judge;
  private readonly integration: Integration;
  private readonly groups: readonly Alternatives[];
  private readonly own: readonly StoredProgress[];
  private readonly now: Instant;
  private readonly known = new Map<string, Promise<Instant | null>>();

  constructor(judge: Judge, { integration, groups, own, now }: { integration: Integration; groups: readonly Alternatives[]; own: readonly StoredProgress[]; now: Instant }) {
    this.judge = judge;
    this.integration = integration;
    this.groups = groups;
    this.own = own;
    this.now = now;
  }

  decisive(alternatives: Alternatives): Decisive {
    const judged = alternatives.map(stretch => ({ stretch, judged: this.judge.on(this.integration, stretch, stretch.days.to) }));
    // The first version that is met decides; where none is, the one in force shows what is missing.
    return judged.find(each => each.judged.met) ?? judged.at(-1)!;
  }

  /** When it opened, by what it depends on; null where that does not count yet. */
  openedAt(alternatives: Alternatives): Instant | null {
    const dependencies = alternatives.at(-1)!.rule.dependsOn.map(id => this.counted(id));
    return dependencies.some(at => at === null) ? null : Math.max(instantOf(alternatives[0].days.from), ...(dependencies as Instant[]));
  }

  /** When the result counts that there is on a milestone; null where there is none. */
  private counted(milestoneId: string): Instant | null {
    const row = this.own.find(each => each.milestoneId === milestoneId && each.confirmedAt !== null && each.state !== 'REVERSED');
    return row ? row.confirmedAt!.getTime() : null;
  }

  /** When it will count if nothing more happens; null where it will not. */
  forecast(alternatives: Alternatives): Promise<Instant | null> {
    const [{ rule, period }] = alternatives;
    const key = `${rule.milestoneId} ${period}`;
    const known = this.known.get(key) ?? this.found(alternatives);
    this.known.set(key, known);
    return known;
  }

  private async found(alternatives: Alternatives): Promise<Instant | null> {
    const { stretch } = this.decisive(alternatives);
    const opensAt = await this.opens(stretch.rule, instantOf(alternatives[0].days.from));
    if (opensAt === null) return null;
    if (stretch.period === ONCE) return this.foundOnce(stretch, opensAt);
    const dueAt = confirmsAt(stretch.period);
    const { met } = await this.judge.later(this.integration, stretch, quarterDays(stretch.period).to);
    return met && opensAt <= dueAt ? dueAt : null;
  }

  /** Looked at when it opens, and again when it would count: by then it may have been met from a later day on. */
  private async foundOnce(stretch: Stretch, opensAt: Instant): Promise<Instant | null> {
    const { rule, days } = stretch;
    const last = (instant: Instant): string => (rule.until !== null && dayOf(instant) >= rule.until ? addDays(rule.until, -1) : dayOf(instant));
    let day = opensAt > this.now ? last(opensAt) : days.to;
    for (let dueAt = -Infinity; ; day = last(dueAt - 1)) {
      if (!(await this.judge.later(this.integration, stretch, day)).met) return null;
      const next = Math.max(confirmsOnceAt(Date.parse(await this.judge.metSince(this.integration, stretch, day))), opensAt);
      if (next <= dueAt) return dueAt;
      dueAt = next;
    }
  }

  private async opens(rule: RuleInForce, begins: Instant): Promise<Instant | null> {
    let latest = begins;
    for (const id of rule.dependsOn) {
      const counts = this.counted(id) ?? (await this.counts(id));
      if (counts === null) return null;
      latest = Math.max(latest, counts);
    }
    return latest;
  }

  /** When the first result on a milestone will count. */
  private async counts(milestoneId: string): Promise<Instant | null> {
    let first: Instant | null = null;
    for (const alternatives of this.groups) {
      if (alternatives[0].rule.milestoneId !== milestoneId) continue;
      const at = await this.forecast(alternatives);
      if (at !== null && (first === null || at < first)) first = at;
    }
    return first;
  }
}
