/**
 * Progress follows the metrics, batch by batch: one gateway takes the batches that have been measured,
 * and writes anew how their integrations stand, in the transaction that marks the batches. What it
 * writes depends on the sums alone, so that judging twice, late or in another order comes to the same.
 */
import { environmentInstant, type Clock, type Instant } from '../base/clock.ts';
import { findEnvironment, promise } from '../environments/index.ts';
import { onOneGateway, type Job } from '../platform/jobs.ts';
import { measureAll } from '../measurement/index.ts';
import { NO_TENANT, inTransaction, type Database, type Tx } from '../platform/postgres/database.ts';
import type { Services } from '../room.ts';
import { Course } from './course.service.ts';
import type { Rule } from './criteria.rules.ts';
import { byProgress, openJudge, stretchesOf, type Alternatives, type Judge } from './judge.service.ts';
import { ONCE, confirmsAt, confirmsOnceAt, dayOf, instantOf, quarterBefore, quarterDays, quarterOf } from './period.rules.ts';
import { isDecided, lastSeen, stateOf } from './progress.rules.ts';
import {
  databaseInstant,
  environmentsToJudge,
  loadIntegrations,
  loadProgress,
  loadReporting,
  loadRules,
  lockProgress,
  saveProgress,
  takeMeasured,
  type Integration,
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
      taken = await inTransaction(database, { environmentId, partnerId: '*' }, async tx =>
        judgeSome(tx, environmentId, environmentInstant((await findEnvironment(tx, environmentId)).clock, wall.now())),
      );
    }
  }
  return judged;
}

/** Judges by every event that has arrived in the environment, measured or not, in the caller's transaction. */
export async function judgeAll(tx: Tx, environmentId: string, now: Instant): Promise<void> {
  // Before what is measured, as where a result is confirmed.
  await lockProgress(tx, environmentId);
  await measureAll(tx, environmentId);
  while ((await judgeSome(tx, environmentId, now)) > 0);
}

/** Judges some of what has been measured, in the caller's transaction; answers how many batches it was. */
async function judgeSome(tx: Tx, environmentId: string, now: Instant): Promise<number> {
  await lockProgress(tx, environmentId);
  const { batches, integrationIds } = await takeMeasured(tx, environmentId, BATCHES_AT_ONCE);
  await judgeIntegrations(tx, environmentId, integrationIds, now);
  return batches;
}

/** Writes how the integrations stand at the instant. The caller has locked the environment's progress. */
export async function judgeIntegrations(tx: Tx, environmentId: string, integrationIds: readonly string[], now: Instant): Promise<void> {
  if (integrationIds.length === 0) return;
  const stored = await loadProgress(tx, environmentId, integrationIds);
  const decided = new Set(stored.filter(({ state }) => isDecided(state)).map(placeOf));
  const written = await computeStandings(tx, environmentId, { integrationIds, stored, now, without: decided });
  const saved = await saveProgress(tx, environmentId, written);
  for (const [{ period, confirmsAt: due }, subjectId] of saved) {
    // A quarter is looked at when it closes, whatever came of it by then: days may pass without an event.
    const dueAt = period === ONCE ? due && Date.parse(due) : confirmsAt(period);
    if (dueAt) await promise(tx, { environmentId, kind: CONFIRM, subjectId, dueAt, payload: {} });
  }
}

/** Which integration's progress on which milestone in which period it is. */
export const placeOf = ({ integrationId, milestoneId, period }: { integrationId: string; milestoneId: string; period: string }): string =>
  `${integrationId} ${milestoneId} ${period}`;

export interface ToJudge {
  readonly integrationIds: readonly string[];
  /** The progress of all of them. */
  readonly stored: readonly StoredProgress[];
  readonly now: Instant;
  /** What is decided, and is not looked at again. */
  readonly without: ReadonlySet<string>;
  /** Wall time: by the events that had been measured then; without it by the sums that are kept. */
  readonly countedUntil?: string;
}

/** How the integrations stand at the instant on all that can be worked towards then. It writes nothing. */
export async function computeStandings(tx: Tx, environmentId: string, { integrationIds, stored, now, without, countedUntil }: ToJudge): Promise<NewProgress[]> {
  const rules = await loadRules(tx, environmentId, dayOf(now));
  if (rules.length === 0) return [];
  const stretches = stretchesOf(rules, now);
  const integrations = await loadIntegrations(tx, environmentId, integrationIds);
  const judge = await openJudge(tx, environmentId, { integrations, stretches, now, countedUntil });
  const counted = countedUntil ?? (await databaseInstant(tx));
  const standings: NewProgress[] = [];
  for (const integration of integrations) {
    const isOpen = ([{ rule, period }]: Alternatives): boolean => !without.has(placeOf({ integrationId: integration.id, milestoneId: rule.milestoneId, period }));
    const groups = byProgress(stretches).filter(isOpen);
    const course = new Course(judge, { integration, groups, own: stored.filter(({ integrationId }) => integrationId === integration.id), now });
    for (const alternatives of groups) standings.push({ ...(await standingOf(course, judge, integration, alternatives, now)), countedUntil: counted });
  }
  return standings;
}

async function standingOf(course: Course, judge: Judge, integration: Integration, alternatives: Alternatives, now: Instant): Promise<Omit<NewProgress, 'countedUntil'>> {
  const { stretch, judged } = course.decisive(alternatives);
  const opened = course.openedAt(alternatives);
  const locked = opened === null;
  const state = stateOf({ locked, judged });
  const openedAt = locked ? null : new Date(opened).toISOString();
  const reachedAt = state === 'PROVISIONAL' ? await judge.metSince(integration, stretch, stretch.days.to) : null;
  const due = reachedAt === null ? null : stretch.period === ONCE ? Math.max(confirmsOnceAt(Date.parse(reachedAt)), opened!) : confirmsAt(stretch.period);
  return {
    ...integration,
    milestoneId: stretch.rule.milestoneId,
    period: stretch.period,
    version: stretch.rule.version,
    state,
    percent: locked ? 0 : judged.percent,
    openedAt,
    reachedAt,
    confirmsAt: due === null ? null : new Date(due).toISOString(),
    isForecast: (await course.forecast(alternatives)) !== null,
    updatedAt: [openedAt, reachedAt, locked ? null : lastSeen(judged)].reduce<string>(
      (latest, each) => (each !== null && each > latest ? each : latest),
      new Date(instantOf(stretch.days.from)).toISOString(),
    ),
    asOf: new Date(now).toISOString(),
    tests: stretch.rule.criterionIds.map((criterionId, place) => ({ criterionId, tested: locked ? null : judged.tests[place]! })),
  };
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
