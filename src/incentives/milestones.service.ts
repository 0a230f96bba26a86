/**
 * How the program comes into being and changes: milestones whose rules keep the rules for rules, in
 * versions that are announced before they bind and never back-dated.
 */
import type { Instant } from '../base/clock.ts';
import { newId } from '../base/ids.ts';
import { ok, refused, type Outcome } from '../base/outcome.ts';
import { isStorableText } from '../base/text.ts';
import type { StaffUserError } from '../partners/index.ts';
import type { Tx } from '../platform/postgres/database.ts';
import { HARDER_NOTICE_DAYS, isNoHarder } from './criteria-change.rules.ts';
import { kindOf, metricOf, publicationFaults } from './criteria-check.rules.ts';
import { readRule, ruleHash, testsOf, type Rule, type Test } from './criteria.rules.ts';
import { MAX_DEPENDENCIES, circleThrough } from './dependencies.rules.ts';
import {
  insertMilestone,
  insertReward,
  insertRoadmapItem,
  insertVersion,
  loadMetricFacts,
  lockDependencies,
  lockLastVersion,
  programOf,
  publishProgramRow,
  rewardKinds,
  setDependencies,
  type MetricDescribed,
  type NewCriterion,
  type NewReward,
  type NewVersion,
} from './milestone.store.ts';
import { addDays, beginsQuarter, dayOf, instantOf } from './period.rules.ts';
import { cohortOf } from './progress.service.ts';

const MAX_TEXT = 2_000;
const MAX_TITLE = 200;

/** Of those with enough data so many in a hundred should meet a rule today; what fewer reach needs a written reason. */
const ATTAINABLE_PERCENT = 10;

const KINDS = ['FINANCIAL', 'REPUTATIONAL', 'CAPABILITY'] as const;

type Refused = { ok: false; refusal: StaffUserError };

const refuse = (code: StaffUserError['code'], message: string, ...path: string[]): Refused => refused<StaffUserError>({ code, message, path });

export interface RuleInput {
  /** JSON text of the tree. */
  readonly rule: string;
  readonly effectiveOn: string;
  readonly attainabilityReason: string | null;
  /** For partners: what is asked, or what changed. */
  readonly why: string;
}

export interface MilestoneInput extends RuleInput {
  readonly title: string;
  readonly userOutcome: string;
  readonly category: string;
  readonly cadence: 'ONCE' | 'QUARTERLY';
  readonly dependsOn: readonly string[];
  readonly reward: Omit<NewReward, 'id' | 'milestoneId'> | null;
}

const textFault = (text: string, most: number, ...path: string[]): Refused | null =>
  text.trim() === '' || text.length > most || !isStorableText(text)
    ? refuse('INVALID', `\`${path.at(-1)}\` has 1 to ${most} characters of plain text, and this one has ${text.length}.`, ...path)
    : null;

/** Writes a milestone with the first version of its rule, and announces it where it opens later.
    Refusals: INVALID, USER_OUTCOME_REQUIRED, NOT_FOUND, DEPENDENCY_CYCLE, NOTICE_TOO_SHORT, CRITERIA_*, ATTAINABILITY_REASON_REQUIRED. */
export async function publishMilestone(tx: Tx, environmentId: string, input: MilestoneInput, now: Instant): Promise<Outcome<{ milestoneId: string }, StaffUserError>> {
  const { title, userOutcome, category, cadence, dependsOn, reward, effectiveOn } = input;
  if (userOutcome.trim() === '') return refuse('USER_OUTCOME_REQUIRED', 'Say in plain words what people who use the marketplace notice once it is reached.', 'userOutcome');
  const fault = textFault(title, MAX_TITLE, 'title') ?? textFault(userOutcome, MAX_TEXT, 'userOutcome') ?? (reward && rewardFault(reward));
  if (fault) return fault;
  if (effectiveOn < dayOf(now)) return refuse('NOTICE_TOO_SHORT', `Nothing is back-dated: let it begin on ${dayOf(now)} or later.`, 'effectiveOn');
  const known = await lockDependencies(tx, environmentId);
  const dependencyFault = dependenciesFault(null, dependsOn, known);
  if (dependencyFault) return dependencyFault;
  const milestoneId = newId('mst');
  const programId = await programOf(tx, environmentId);
  await insertMilestone(tx, environmentId, { id: milestoneId, programId, title, userOutcome, category, cadence, publishedAt: new Date(Math.max(now, instantOf(effectiveOn))) });
  await setDependencies(tx, environmentId, milestoneId, dependsOn);
  if (reward) await insertReward(tx, environmentId, { id: newId('rwd'), milestoneId, ...reward });
  const added = await addVersion(tx, environmentId, milestoneId, input, now);
  if (!added.ok) return added;
  if (reward && effectiveOn > dayOf(now)) {
    const item = {
      id: newId('rmi'),
      programId,
      milestoneId,
      title,
      userOutcome,
      criteriaSummary: input.why,
      rewardKind: reward.kind,
      announcedOn: dayOf(now),
      opensOn: effectiveOn,
    };
    await insertRoadmapItem(tx, environmentId, item);
  }
  return ok({ milestoneId });
}

function rewardFault({ kind, title, description, amountMinor, currency, feature }: Omit<NewReward, 'id' | 'milestoneId'>): Refused | null {
  const fault = textFault(title, MAX_TITLE, 'reward', 'title') ?? textFault(description, MAX_TEXT, 'reward', 'description');
  if (fault) return fault;
  if ((kind === 'FINANCIAL') !== (amountMinor !== null) || (amountMinor === null) !== (currency === null))
    return refuse('INVALID', 'A FINANCIAL reward has `amountMinor` and `currency`, and no other has.', 'reward', 'amountMinor');
  if (amountMinor !== null && amountMinor < 1) return refuse('INVALID', 'An amount is 1 minor unit at least.', 'reward', 'amountMinor');
  if (feature !== null && (kind !== 'CAPABILITY' || !/^[A-Z][A-Z0-9_]{1,59}$/.test(feature)))
    return refuse('INVALID', 'A CAPABILITY reward may name its `feature`, in capitals, e.g. DOUBLE_BUDGET.', 'reward', 'feature');
  return null;
}

function dependenciesFault(milestoneId: string | null, dependsOn: readonly string[], known: ReadonlyMap<string, readonly string[]>): Refused | null {
  if (dependsOn.length > MAX_DEPENDENCIES) return refuse('INVALID', `A milestone depends on ${MAX_DEPENDENCIES} others at most.`, 'dependsOn');
  const unknown = dependsOn.find(id => !known.has(id));
  if (unknown !== undefined) return refuse('NOT_FOUND', `There is no milestone ${unknown.slice(0, 80)}.`, 'dependsOn');
  const circle = milestoneId && circleThrough(milestoneId, dependsOn, known);
  return circle ? refuse('DEPENDENCY_CYCLE', `None of these could ever open: ${circle.join(' needs ')}.`, 'dependsOn') : null;
}

/** Says anew what must be reached before the milestone opens. What is open stays open.
    Refusals: NOT_FOUND, INVALID, DEPENDENCY_CYCLE. */
export async function changeDependencies(
  tx: Tx,
  environmentId: string,
  milestoneId: string,
  dependsOn: readonly string[],
): Promise<Outcome<{ milestoneId: string }, StaffUserError>> {
  const known = await lockDependencies(tx, environmentId);
  if (!known.has(milestoneId)) return refuse('NOT_FOUND', 'There is no such milestone.', 'milestoneId');
  const fault = dependenciesFault(milestoneId, dependsOn, known);
  if (fault) return fault;
  await setDependencies(tx, environmentId, milestoneId, dependsOn);
  return ok({ milestoneId });
}

/** Whether a version may be added to the milestone's rule: the first may begin on the day itself; a later one begins
    after it, and where it may be harder, ninety days ahead. A quarter is judged by one rule. Writes nothing.
    Refusals: NOT_FOUND, INVALID, NOTICE_TOO_SHORT, CRITERIA_*, ATTAINABILITY_REASON_REQUIRED. */
export async function decideVersion(
  tx: Tx,
  environmentId: string,
  milestoneId: string,
  { rule: text, effectiveOn, attainabilityReason, why }: RuleInput,
  now: Instant,
): Promise<Outcome<Omit<NewVersion, 'id'>, StaffUserError>> {
  const last = await lockLastVersion(tx, environmentId, milestoneId);
  if (!last) return refuse('NOT_FOUND', 'There is no such milestone.', 'milestoneId');
  const checked = await checkRule(tx, environmentId, text);
  if (!checked.ok) return checked;
  const { rule, metrics } = checked.value;
  const fault = textFault(why, MAX_TEXT, 'why') ?? windowFault(rule, last.cadence) ?? noticeFault(last, rule, effectiveOn, dayOf(now));
  if (fault) return fault;
  const cohort = await cohortOf(tx, environmentId, rule, now);
  if (cohort.size > 0 && 100 * cohort.meeting < ATTAINABLE_PERCENT * cohort.size && !attainabilityReason?.trim())
    return refuse(
      'ATTAINABILITY_REASON_REQUIRED',
      `${cohort.meeting} of the ${cohort.size} integrations with enough data met it in the last quarter, which is less than ${ATTAINABLE_PERCENT} in 100. Ask for less, or write in \`attainabilityReason\` why it is right.`,
      'attainabilityReason',
    );
  const criteria = testsOf(rule).map(test => criterionOf(test, metrics));
  return ok({ milestoneId, version: last.version + 1, rule, ruleHash: ruleHash(rule), announcedAt: new Date(now), effectiveOn, why, cohort, attainabilityReason, criteria });
}

/** Adds a version of the milestone's rule. Refusals: those of `decideVersion`. */
export async function addVersion(
  tx: Tx,
  environmentId: string,
  milestoneId: string,
  input: RuleInput,
  now: Instant,
): Promise<Outcome<{ version: number; ruleHash: string }, StaffUserError>> {
  const decided = await decideVersion(tx, environmentId, milestoneId, input, now);
  if (!decided.ok) return decided;
  await insertVersion(tx, environmentId, { id: newId('msv'), ...decided.value });
  return ok({ version: decided.value.version, ruleHash: decided.value.ruleHash });
}

async function checkRule(tx: Tx, environmentId: string, text: string): Promise<Outcome<{ rule: Rule; metrics: Map<string, MetricDescribed> }, StaffUserError>> {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return refuse('CRITERIA_MALFORMED', 'The rule is no JSON text.', 'rule');
  }
  const read = readRule(value);
  if (!read.ok) return refused({ ...read.refusal, path: ['rule', ...read.refusal.path] });
  const metrics = await loadMetricFacts(tx, environmentId);
  const [fault] = publicationFaults(read.value, metrics);
  return fault ? refused({ ...fault, path: ['rule', ...fault.path] }) : ok({ rule: read.value, metrics });
}

/** What is reached once has no period before it to compare with. */
const windowFault = (rule: Rule, cadence: 'ONCE' | 'QUARTERLY'): Refused | null =>
  cadence === 'ONCE' && testsOf(rule).some(test => 'improvedBy' in test && test.improvedBy.window === 'cycle')
    ? refuse('INVALID', 'A milestone that is reached once compares days with the days before them: give `improvedBy` a window such as "P90D".', 'rule')
    : null;

function noticeFault(
  last: { cadence: 'ONCE' | 'QUARTERLY'; version: number; rule: Rule | null; effectiveOn: string | null },
  rule: Rule,
  effectiveOn: string,
  today: string,
): Refused | null {
  if (last.cadence === 'QUARTERLY' && !beginsQuarter(effectiveOn))
    return refuse('INVALID', 'A quarter is judged by one rule: let it begin on the first day of a quarter.', 'effectiveOn');
  if (last.rule === null) return effectiveOn < today ? refuse('NOTICE_TOO_SHORT', `Nothing is back-dated: let it begin on ${today} or later.`, 'effectiveOn') : null;
  if (effectiveOn <= today || effectiveOn <= last.effectiveOn!)
    return refuse('NOTICE_TOO_SHORT', `A new version begins after today and after the last one's ${last.effectiveOn}: what has happened stays as it was judged.`, 'effectiveOn');
  const earliest = addDays(today, HARDER_NOTICE_DAYS);
  return !isNoHarder(last.rule, rule) && effectiveOn < earliest
    ? refuse(
        'NOTICE_TOO_SHORT',
        `It may be harder than what was promised, and that is announced ${HARDER_NOTICE_DAYS} days ahead: let it begin on ${earliest} or later.`,
        'effectiveOn',
      )
    : null;
}

/** Days of the longest quarter: how long a window of the whole period can become. */
const LONGEST_QUARTER = 92;

function criterionOf(test: Test, metrics: ReadonlyMap<string, MetricDescribed>): NewCriterion {
  const id = metricOf(test);
  const facts = id === null ? undefined : metrics.get(id);
  const common = { id: newId('cri'), kind: kindOf(test, facts), metric: id ?? '', metricId: facts?.metricId ?? null };
  const over = (window: string) => ({ window, windowDays: window === 'cycle' ? LONGEST_QUARTER : Number(window.slice(1, -1)) });
  if ('held' in test)
    return {
      ...common,
      metric: test.held.capability,
      description: `Having the capability ${test.held.capability}.`,
      comparison: 'AT_LEAST',
      target: '1',
      unit: 'held',
      ...over('cycle'),
    };
  const { title, description } = facts!;
  if ('sustained' in test) {
    const { leaf, k, of } = test.sustained;
    const asked = `${leaf.metric.cmp === 'AT_LEAST' ? 'at least' : 'at most'} ${leaf.metric.value} ${leaf.metric.unit}`;
    return {
      ...common,
      description: `${title}: ${asked} in ${k} of ${of} quarters. ${description}`,
      comparison: 'AT_LEAST',
      target: String(k),
      unit: 'quarters',
      ...over('cycle'),
    };
  }
  if ('improvedBy' in test) {
    const { window, delta, unit } = test.improvedBy;
    return { ...common, description: `${title}: better than before by this much. ${description}`, comparison: 'AT_LEAST', target: delta, unit, ...over(window) };
  }
  const asked = 'metric' in test ? test.metric : test.guardrail;
  return { ...common, description: `${title}: ${description}`, comparison: asked.cmp, target: asked.value, unit: asked.unit, ...over(asked.window) };
}

/** Publishes the program, once it rewards in all three ways. Refusals: PROGRAMME_UNBALANCED. */
export async function publishProgram(tx: Tx, environmentId: string, imbalanceReason: string | null, now: Instant): Promise<Outcome<{ programId: string }, StaffUserError>> {
  const kinds = await rewardKinds(tx, environmentId, new Date(now));
  const missing = KINDS.filter(kind => !kinds.includes(kind));
  if (missing.length > 0 && !imbalanceReason?.trim())
    return refuse(
      'PROGRAMME_UNBALANCED',
      `The program has no reward of kind ${missing.join(', ')}. Publish a milestone with one, or write in \`imbalanceReason\` why it needs none.`,
      'imbalanceReason',
    );
  return ok({ programId: await publishProgramRow(tx, environmentId, new Date(now), missing.length > 0 ? imbalanceReason : null) });
}
