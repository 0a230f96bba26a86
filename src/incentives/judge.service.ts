/**
 * What is asked on a day, and what it comes to: rules in the periods in which they decide, judged by sums
 * that are read at once.
 */
import type { Instant } from '../base/clock.ts';
import type { Tx } from '../platform/postgres/database.ts';
import { testsOf } from './criteria.rules.ts';
import { ONCE, addDays, dayOf, instantOf, openQuarters, quarterDays, quarterOf, type Days } from './period.rules.ts';
import { judgeRule, lastSeen, questionsOf, type Judged, type Known, type Question } from './progress.rules.ts';
import { loadCapabilities, loadMetrics, loadSums, type Integration, type MetricRow, type RuleInForce } from './progress.store.ts';

/** A rule in a period, from its first day on that was not before the period's. */
export interface Stretch {
  readonly rule: RuleInForce;
  readonly period: string;
  readonly days: Days;
}

/** What can be worked towards on the day, and the days of it that have been. A quarter has one rule: the one
    that was in force when it began. What is reached once may be reached by any version, by the events of
    the days on which it was in force. */
export function stretchesOf(rules: readonly RuleInForce[], now: Instant): Stretch[] {
  const today = dayOf(now);
  const inForce = rules.filter(({ retiredAt }) => retiredAt === null || retiredAt.getTime() > now);
  const once = inForce
    .filter(({ cadence }) => cadence === 'ONCE')
    .map(rule => ({ rule, period: ONCE, days: { from: rule.effectiveOn, to: rule.until !== null && rule.until <= today ? addDays(rule.until, -1) : today } }));
  const quarterly = openQuarters(now).flatMap(period => {
    const { from, to } = quarterDays(period);
    return rules
      .filter(
        ({ cadence, effectiveOn, until, retiredAt }) =>
          cadence === 'QUARTERLY' && effectiveOn <= from && (until === null || until > from) && (retiredAt === null || dayOf(retiredAt.getTime()) > from),
      )
      .map(rule => ({ rule, period, days: { from, to: to < today ? to : today } }));
  });
  return [...once, ...quarterly];
}

/** At least one, which are alternatives: the stretches of one milestone in one period. */
export type Alternatives = readonly [Stretch, ...Stretch[]];

export function byProgress(stretches: readonly Stretch[]): Alternatives[] {
  const groups = new Map<string, [Stretch, ...Stretch[]]>();
  for (const stretch of stretches) {
    const key = `${stretch.rule.milestoneId} ${stretch.period}`;
    const group = groups.get(key);
    if (group) group.push(stretch);
    else groups.set(key, [stretch]);
  }
  return [...groups.values()];
}

export interface Judge {
  /** What the rule comes to on the day. */
  on(integration: Integration, stretch: Stretch, day: string): Judged;
  /** What it will come to on a day to come, if nothing more happens. */
  later(integration: Integration, stretch: Stretch, day: string): Promise<Judged>;
  /** The instant of the last event that counted on the first of the days through which the rule has been met until the day, on which it is. */
  metSince(integration: Integration, stretch: Stretch, day: string): Promise<string>;
}

/** What rules must know of these integrations today, read at once. */
export async function openJudge(
  tx: Tx,
  environmentId: string,
  { integrations, stretches, now, countedUntil }: { integrations: readonly Integration[]; stretches: readonly Stretch[]; now: Instant; countedUntil?: string | undefined },
): Promise<Judge> {
  const metrics = new Map((await loadMetrics(tx, environmentId)).map(row => [row.name, row]));
  const capabilities = await loadCapabilities(
    tx,
    environmentId,
    integrations.map(({ partnerId }) => partnerId),
    new Date(now),
  );
  const sums = new SumsRead(tx, environmentId, { metrics, today: dayOf(now), countedUntil: countedUntil ?? null });
  for (const integration of integrations)
    for (const { rule, days } of stretches) for (const test of testsOf(rule.rule)) for (const question of questionsOf(test, days.from, days.to)) sums.want(integration, question);
  await sums.read();
  const known = (integration: Integration): Known => ({
    metrics,
    sums: question => sums.of(integration, question),
    capabilities: capabilities.get(integration.partnerId) ?? new Set(),
  });
  return {
    on: (integration, { rule, days }, day) => judgeRule(rule.rule, days.from, day, known(integration)),
    async later(integration, { rule, days }, day) {
      for (const test of testsOf(rule.rule)) for (const question of questionsOf(test, days.from, day)) sums.want(integration, question);
      await sums.read();
      return judgeRule(rule.rule, days.from, day, known(integration));
    },
    async metSince(integration, { rule, days }, last) {
      const backwards: string[] = [];
      for (let day = last; day >= days.from; day = addDays(day, -1)) backwards.push(day);
      for (const day of backwards) for (const test of testsOf(rule.rule)) for (const question of questionsOf(test, days.from, day)) sums.want(integration, question);
      await sums.read();
      const judged = backwards.map(day => judgeRule(rule.rule, days.from, day, known(integration)));
      const missed = judged.findIndex(({ met }) => !met);
      const first = (missed === -1 ? judged.length : missed) - 1;
      return lastSeen(judged[first]!) ?? new Date(instantOf(backwards[first]!)).toISOString();
    },
  };
}

/** Sums that were asked for, read once. */
class SumsRead {
  private readonly tx: Tx;
  private readonly environmentId: string;
  private readonly metrics: ReadonlyMap<string, MetricRow>;
  private readonly today: string;
  private readonly countedUntil: string | null;
  private readonly known = new Map<string, Awaited<ReturnType<typeof loadSums>>[number]>();
  private wanted = new Map<string, [Integration, Question]>();

  constructor(tx: Tx, environmentId: string, { metrics, today, countedUntil }: { metrics: ReadonlyMap<string, MetricRow>; today: string; countedUntil: string | null }) {
    this.tx = tx;
    this.environmentId = environmentId;
    this.metrics = metrics;
    this.today = today;
    this.countedUntil = countedUntil;
  }

  private key = ({ id }: Integration, { metric, days }: Question): string => `${id} ${metric} ${days.from} ${days.to}`;

  want(integration: Integration, question: Question): void {
    const key = this.key(integration, question);
    if (!this.known.has(key)) this.wanted.set(key, [integration, question]);
  }

  of(integration: Integration, question: Question) {
    return this.known.get(this.key(integration, question))!;
  }

  async read(): Promise<void> {
    const { wanted } = this;
    this.wanted = new Map();
    const sums = await loadSums(
      this.tx,
      this.environmentId,
      [...wanted.values()].map(([{ id, partnerId }, { metric, days }]) => {
        const { metricId, distinct } = this.metrics.get(metric)!;
        return {
          partner_id: partnerId,
          integration_id: id,
          metric_id: metricId,
          from_day: days.from,
          to_day: days.to,
          // Nothing counts in the future, so that what a quarter came to until today is all of it.
          whole: isQuarterSoFar(days, this.today),
          distinct_numerator: distinct.includes('NUMERATOR'),
          distinct_denominator: distinct.includes('DENOMINATOR'),
        };
      }),
      this.countedUntil,
    );
    for (const [place, key] of [...wanted.keys()].entries()) this.known.set(key, sums[place]!);
  }
}

function isQuarterSoFar({ from, to }: Days, today: string): boolean {
  const first = quarterDays(quarterOf(from));
  return first.from === from && (to === first.to || (to === today && to <= first.to));
}
