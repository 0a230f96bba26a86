/**
 * Progress follows the metrics, batch by batch: one gateway takes the batches that have been measured,
 * and writes anew how their integrations stand, in the transaction that marks the batches. What it
 * writes depends on the sums alone, so that judging twice, late or in another order comes to the same.
 */
import { environmentInstant, type Clock, type Instant } from '../base/clock.ts';
import { findEnvironment, promise } from '../environments/index.ts';
import { onOneGateway, type Job } from '../platform/jobs.ts';
import { NO_TENANT, inTransaction, type Database, type Tx } from '../platform/postgres/database.ts';
import type { Services } from '../room.ts';
import { testsOf, type Rule } from './criteria.rules.ts';
import { ONCE, addDays, confirmsAt, confirmsOnceAt, dayOf, instantOf, openQuarters, quarterBefore, quarterDays, quarterOf, type Days } from './period.rules.ts';
import { isDecided, judgeRule, lastSeen, questionsOf, stateOf, type Judged, type Known, type Question } from './progress.rules.ts';
import {
  environmentsToJudge,
  loadCapabilities,
  loadIntegrations,
  loadMetrics,
  loadProgress,
  loadReporting,
  loadRules,
  loadSums,
  lockProgress,
  saveProgress,
  takeMeasured,
  type Integration,
  type MetricRow,
  type NewProgress,
  type RuleInForce,
  type StoredProgress,
} from './progress.store.ts';

/** Half a second behind the metrics at most. */
const JUDGE_MS = 500;

/** Batches of one transaction. */
const BATCHES_AT_ONCE = 500;

/** The due work that makes a result count. */
export const CONFIRM = 'progress.confirm';

/** Judges what waits in all environments; answers how many batches it was. */
export async function judgeWaiting(database: Database, wall: Clock): Promise<number> {
  let judged = 0;
  for (const environmentId of await inTransaction(database, NO_TENANT, environmentsToJudge)) {
    for (let taken = -1; taken !== 0; judged += taken) {
      taken = await inTransaction(database, { environmentId, partnerId: '*' }, async tx => {
        await lockProgress(tx, environmentId);
        const { batches, integrationIds } = await takeMeasured(tx, environmentId, BATCHES_AT_ONCE);
        if (batches > 0) await judgeIntegrations(tx, environmentId, integrationIds, environmentInstant((await findEnvironment(tx, environmentId)).clock, wall.now()));
        return batches;
      });
    }
  }
  return judged;
}

/** A rule in a period, from its first day on that was not before the period's. */
interface Stretch {
  readonly rule: RuleInForce;
  readonly period: string;
  readonly days: Days;
}

/** What can be worked towards on the day, and the days of it that have been. A quarter has one rule: the one
    that was in force when it began. What is reached once may be reached by any version, by the events of
    the days on which it was in force. */
function stretchesOf(rules: readonly RuleInForce[], now: Instant): Stretch[] {
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

/** Writes how the integrations stand at the instant. The caller has locked the environment's progress. */
export async function judgeIntegrations(tx: Tx, environmentId: string, integrationIds: readonly string[], now: Instant): Promise<void> {
  const rules = await loadRules(tx, environmentId, dayOf(now));
  if (rules.length === 0 || integrationIds.length === 0) return;
  const stretches = stretchesOf(rules, now);
  const integrations = await loadIntegrations(tx, environmentId, integrationIds);
  const stored = await loadProgress(tx, environmentId, integrationIds);
  const judge = await openJudge(tx, environmentId, { integrations, stretches, now });
  const written: NewProgress[] = [];
  for (const integration of integrations) {
    const own = stored.filter(({ integrationId }) => integrationId === integration.id);
    for (const [period, alternatives] of byProgress(stretches)) {
      const { milestoneId } = alternatives[0]!.rule;
      if (own.some(row => row.milestoneId === milestoneId && row.period === period.period && isDecided(row.state))) continue;
      written.push(await standingOf(judge, integration, alternatives, own, now));
    }
  }
  const saved = await saveProgress(tx, environmentId, written);
  for (const [{ period, confirmsAt: due }, subjectId] of saved) {
    // A quarter is looked at when it closes, whatever came of it by then: days may pass without an event.
    const dueAt = period === ONCE ? due && Date.parse(due) : confirmsAt(period);
    if (dueAt) await promise(tx, { environmentId, kind: CONFIRM, subjectId, dueAt, payload: {} });
  }
}

/** The stretches of one milestone in one period, which are alternatives. */
function byProgress(stretches: readonly Stretch[]): Map<Stretch, Stretch[]> {
  const groups = new Map<string, Stretch[]>();
  for (const stretch of stretches) {
    const key = `${stretch.rule.milestoneId} ${stretch.period}`;
    groups.set(key, [...(groups.get(key) ?? []), stretch]);
  }
  return new Map([...groups.values()].map(group => [group[0]!, group]));
}

async function standingOf(judge: Judge, integration: Integration, alternatives: readonly Stretch[], own: readonly StoredProgress[], now: Instant): Promise<NewProgress> {
  const judged = alternatives.map(stretch => ({ stretch, judged: judge.on(integration, stretch, stretch.days.to) }));
  // The first version that is met decides; where none is, the one in force shows what is missing.
  const decisive = judged.find(each => each.judged.met) ?? judged.at(-1)!;
  const { stretch, judged: result } = decisive;
  const dependencies = stretch.rule.dependsOn.map(id => own.find(row => row.milestoneId === id && (row.state === 'CONFIRMED' || row.state === 'REWARDED')));
  const locked = dependencies.includes(undefined);
  const state = stateOf({ locked, judged: result });
  const openedAt = locked ? null : new Date(Math.max(instantOf(alternatives[0]!.days.from), ...dependencies.map(row => row!.confirmedAt?.getTime() ?? 0))).toISOString();
  const reachedAt = state === 'PROVISIONAL' ? await judge.metSince(integration, stretch) : null;
  const due = reachedAt === null ? null : stretch.period === ONCE ? confirmsOnceAt(Date.parse(reachedAt)) : confirmsAt(stretch.period);
  const lastDay = stretch.period !== ONCE ? quarterDays(stretch.period).to : due === null ? null : dayOf(due - 1);
  return {
    ...integration,
    milestoneId: stretch.rule.milestoneId,
    period: stretch.period,
    version: stretch.rule.version,
    state,
    percent: locked ? 0 : result.percent,
    openedAt,
    reachedAt,
    confirmsAt: due === null ? null : new Date(due).toISOString(),
    isForecast: !locked && lastDay !== null && (await judge.later(integration, stretch, lastDay)).met,
    updatedAt: [openedAt, reachedAt, locked ? null : lastSeen(result)].reduce<string>(
      (latest, each) => (each !== null && each > latest ? each : latest),
      new Date(instantOf(stretch.days.from)).toISOString(),
    ),
    asOf: new Date(now).toISOString(),
    tests: stretch.rule.criterionIds.map((criterionId, place) => ({ criterionId, tested: locked ? null : result.tests[place]! })),
  };
}

interface Judge {
  /** What the rule comes to on the day. */
  on(integration: Integration, stretch: Stretch, day: string): Judged;
  /** What it will come to on a day to come, if nothing more happens. */
  later(integration: Integration, stretch: Stretch, day: string): Promise<Judged>;
  /** The instant of the last event that counted on the first of the days through which the rule has been met. */
  metSince(integration: Integration, stretch: Stretch): Promise<string>;
}

/** What rules must know of these integrations today, read at once. */
async function openJudge(
  tx: Tx,
  environmentId: string,
  { integrations, stretches, now }: { integrations: readonly Integration[]; stretches: readonly Stretch[]; now: Instant },
): Promise<Judge> {
  const metrics = new Map((await loadMetrics(tx, environmentId)).map(row => [row.name, row]));
  const capabilities = await loadCapabilities(
    tx,
    environmentId,
    integrations.map(({ partnerId }) => partnerId),
    new Date(now),
  );
  const sums = new SumsRead(tx, environmentId, metrics, dayOf(now));
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
    async metSince(integration, { rule, days }) {
      const backwards: string[] = [];
      for (let day = days.to; day >= days.from; day = addDays(day, -1)) backwards.push(day);
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
  private readonly known = new Map<string, Awaited<ReturnType<typeof loadSums>>[number]>();
  private wanted = new Map<string, [Integration, Question]>();

  constructor(tx: Tx, environmentId: string, metrics: ReadonlyMap<string, MetricRow>, today: string) {
    this.tx = tx;
    this.environmentId = environmentId;
    this.metrics = metrics;
    this.today = today;
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
    );
    for (const [place, key] of [...wanted.keys()].entries()) this.known.set(key, sums[place]!);
  }
}

function isQuarterSoFar({ from, to }: Days, today: string): boolean {
  const first = quarterDays(quarterOf(from));
  return first.from === from && (to === first.to || (to === today && to <= first.to));
}

export const progressJobs = ({ database, clock }: Services): Job[] => [
  onOneGateway(database.pool, { name: 'incentives.progress', everyMs: JUDGE_MS, run: () => judgeWaiting(database, clock).then(() => undefined) }),
];

/** Of the integrations with enough data in the last whole quarter, how many met what is to be asked: what
    hardly anybody reaches today should be asked for a reason. */
export async function cohortOf(tx: Tx, environmentId: string, rule: Rule, now: Instant): Promise<{ size: number; meeting: number }> {
  const period = quarterBefore(quarterOf(dayOf(now)));
  const days = quarterDays(period);
  const integrations = await loadReporting(tx, environmentId, days);
  const asked: RuleInForce = { milestoneId: '', cadence: 'QUARTERLY', retiredAt: null, version: 0, rule, effectiveOn: days.from, until: null, criterionIds: [], dependsOn: [] };
  const stretch = { rule: asked, period, days };
  const judge = await openJudge(tx, environmentId, { integrations, stretches: [stretch], now });
  const judged = integrations.map(integration => judge.on(integration, stretch, days.to)).filter(({ tests }) => tests.every(({ missingCount }) => missingCount === 0));
  return { size: judged.length, meeting: judged.filter(({ met }) => met).length };
}
