/** Trials as the marketplace runs them, in the transaction of one of its people. How one ends well is
    the checklist's to say (going-live.service.ts). */
import { environmentInstant, type Clock } from '../base/clock.ts';
import { isId } from '../base/ids.ts';
import { ok, type Outcome } from '../base/outcome.ts';
import { setLimits } from '../limits/index.ts';
import { currentEnvironment } from '../partners/index.ts';
import type { Tx } from '../platform/postgres/database.ts';
import { openSteps } from './checklist.store.ts';
import { switchOn } from './going-live.service.ts';
import { TRIAL_LIMITS, decideExtension, decideTrial, isOver, isRunning, refuseTrial, type TrialRefusal, type TrialTerms } from './trial.rules.ts';
import { closeTrial, extendStoredTrial, findTrial, insertTrial, lockSwitch, setSwitch, type StoredTrial, type Switch } from './trial.store.ts';

/** Which integration, who decides and why, in real time. */
export interface TrialAct {
  readonly integrationId: string;
  readonly staffId: string;
  readonly reason: string;
  readonly wall: Clock;
}

interface Standing {
  readonly environmentId: string;
  /** Environment time. */
  readonly now: number;
  readonly integration: Switch;
  readonly trial: StoredTrial | null;
}

type Done = Promise<Outcome<{ integrationId: string }, TrialRefusal>>;

/** Lets an integration into live for a while, with the limits of a trial. Refusals: NOT_FOUND, INVALID, RULE_BROKEN. */
export async function startTrial(tx: Tx, act: TrialAct, terms: TrialTerms): Done {
  const standing = await load(tx, act);
  if (!standing.ok) return standing;
  const { environmentId, now, integration, trial } = standing.value;
  const { integrationId, staffId, reason, wall } = act;
  const isLive = integration.liveAt !== null && integration.liveUntil === null;
  const endsAt = decideTrial(terms, { isLive, hadTrial: trial !== null }, now);
  if (!endsAt.ok) return endsAt;
  const subject = { kind: 'INTEGRATION', name: integrationId, environments: 'LIVE' } as const;
  const limits = await setLimits(tx, { subject, limits: TRIAL_LIMITS, shadowSeconds: 0, decidedBy: staffId, reason }, wall);
  if (!limits.ok) return refuseTrial('INVALID', limits.refusal.message, 'reason');
  await insertTrial(tx, environmentId, { ...terms, integrationId, partnerId: integration.partnerId, startedAt: now, endsAt: endsAt.value, limitPolicyId: limits.value.id });
  await setSwitch(tx, environmentId, integrationId, { liveAt: now, liveUntil: endsAt.value });
  return ok({ integrationId });
}

/** Gives a running trial more time, once. Refusals: NOT_FOUND, INVALID, RULE_BROKEN. */
export async function extendTrial(tx: Tx, act: TrialAct, days: number): Done {
  const standing = await loadTrial(tx, act);
  if (!standing.ok) return standing;
  const { environmentId, now, integration, trial } = standing.value;
  const endsAt = decideExtension(trial, days, now);
  if (!endsAt.ok) return endsAt;
  await extendStoredTrial(tx, environmentId, act.integrationId, { endsAt: endsAt.value, now });
  await setSwitch(tx, environmentId, act.integrationId, { ...integration, liveUntil: endsAt.value });
  return ok({ integrationId: act.integrationId });
}

/** Ends a running trial before its time: live is closed from now on. Refusals: NOT_FOUND, RULE_BROKEN. */
export async function endTrial(tx: Tx, act: TrialAct): Done {
  const standing = await loadTrial(tx, act);
  if (!standing.ok) return standing;
  const { environmentId, now, integration, trial } = standing.value;
  if (!isRunning(trial, now)) return isOver();
  await closeTrial(tx, environmentId, act.integrationId, { isPromoted: false, now });
  await setSwitch(tx, environmentId, act.integrationId, { ...integration, liveUntil: now });
  return ok({ integrationId: act.integrationId });
}

/** Takes an integration on trial live for good, where its partner could do so itself. Refusals: NOT_FOUND, RULE_BROKEN. */
export async function promoteTrial(tx: Tx, act: TrialAct): Done {
  const standing = await loadTrial(tx, act);
  if (!standing.ok) return standing;
  const { environmentId, now, integration, trial } = standing.value;
  if (!isRunning(trial, now)) return isOver();
  const open = await openSteps(tx, environmentId, integration.partnerId);
  if (open.length > 0)
    return refuseTrial('RULE_BROKEN', `The partner's sandboxes have not shown ${open.join(', ')} yet: what everybody shows is shown here, too.`, 'integrationId');
  await switchOn(tx, { environmentId, integrationId: act.integrationId }, { now, wall: act.wall });
  return ok({ integrationId: act.integrationId });
}

async function load(tx: Tx, { integrationId, wall }: TrialAct): Promise<Outcome<Standing, TrialRefusal>> {
  const { id: environmentId, clock } = await currentEnvironment(tx);
  const integration = isId(integrationId) ? await lockSwitch(tx, environmentId, integrationId) : null;
  if (!integration) return refuseTrial('NOT_FOUND', 'There is no integration with this id in live.', 'integrationId');
  return ok({ environmentId, now: environmentInstant(clock, wall.now()), integration, trial: await findTrial(tx, environmentId, integrationId) });
}

async function loadTrial(tx: Tx, act: TrialAct): Promise<Outcome<Standing & { readonly trial: StoredTrial }, TrialRefusal>> {
  const standing = await load(tx, act);
  if (!standing.ok) return standing;
  const { trial } = standing.value;
  return trial ? ok({ ...standing.value, trial }) : refuseTrial('NOT_FOUND', 'The integration has no trial: `startTrial` begins one.', 'integrationId');
}
