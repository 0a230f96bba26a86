/** Going live: an integration's live credentials are switched on once its partner has shown in its
    sandboxes all that the checklist asks for. */
import type { Clock, Instant } from '../base/clock.ts';
import { ok, refused, type Outcome } from '../base/outcome.ts';
import type { Clocks } from '../graphql/writing.ts';
import { withdrawLimits } from '../limits/index.ts';
import { currentEnvironment } from '../partners/index.ts';
import type { Tx } from '../platform/postgres/database.ts';
import { openSteps } from './checklist.store.ts';
import { isRunning } from './trial.rules.ts';
import { closeTrial, findTrial, lockSwitch, setSwitch } from './trial.store.ts';

export interface GoLiveRefusal {
  readonly code: 'LIVE_ONLY' | 'NOT_FOUND' | 'CHECKLIST_OPEN';
  readonly message: string;
  readonly path: readonly string[];
}

const refuse = (code: GoLiveRefusal['code'], message: string, ...path: string[]) => refused<GoLiveRefusal>({ code, message, path });

/** Switches the live credentials of an integration of the context's partner on, without an end. Doing
    it again changes nothing. Refusals: LIVE_ONLY, NOT_FOUND, CHECKLIST_OPEN. */
export async function goLive(tx: Tx, integrationId: string, { environment, wall }: Clocks): Promise<Outcome<null, GoLiveRefusal>> {
  const { id: environmentId, kind } = await currentEnvironment(tx);
  if (kind !== 'LIVE') return refuse('LIVE_ONLY', 'Use a token of your live integration: a sandbox has nothing to switch on.');
  const integration = await lockSwitch(tx, environmentId, integrationId);
  if (!integration) return refuse('NOT_FOUND', 'There is no such integration.', 'integrationId');
  if (integration.liveAt !== null && integration.liveUntil === null) return ok(null);
  const open = await openSteps(tx, environmentId, integration.partnerId);
  if (open.length > 0)
    return refuse(
      'CHECKLIST_OPEN',
      `Your sandboxes have not shown ${open.join(', ')} yet. \`onboarding { steps { name state } }\` says so too, and the schema what each step takes.`,
    );
  await switchOn(tx, { environmentId, integrationId }, { now: environment.now(), wall });
  return ok(null);
}

/** Takes an integration whose checklist holds live without an end: a running trial has led there, and the
    limits of one, running or over, are those of its tier again. The caller has its switch locked.
    @param at.now environment time */
export async function switchOn(
  tx: Tx,
  { environmentId, integrationId }: { environmentId: string; integrationId: string },
  { now, wall }: { now: Instant; wall: Clock },
): Promise<void> {
  await setSwitch(tx, environmentId, integrationId, { liveAt: now, liveUntil: null });
  const trial = await findTrial(tx, environmentId, integrationId);
  if (!trial) return;
  if (isRunning(trial, now)) await closeTrial(tx, environmentId, integrationId, { isPromoted: true, now });
  await withdrawLimits(tx, { policyId: trial.limitPolicyId, reason: 'The integration of the trial has gone live.' }, wall);
}
