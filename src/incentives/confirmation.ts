/** What falls due in the program on its own time: a result counts once its period and its hold are
    over, by when late events and doubts have come in, and then earns what it earns. */
import { isSandbox, promise } from '../environments/index.ts';
import { measureAll } from '../measurement/index.ts';
import type { DueHandler } from '../room.ts';
import { approveAward, awardMilestone } from './awards.service.ts';
import { judgeIntegrations } from './progress.service.ts';
import { lockOneProgress, lockProgress, setProgressState } from './progress.store.ts';

const DAY_MS = 86_400_000;

/** In a sandbox nobody of the staff is there to approve what was awarded: this is. */
export const APPROVE = 'award.approve';

/** Of progress that is PROVISIONAL; one that is in question or was reversed meanwhile is left alone. */
export const confirmProgress: DueHandler = async (tx, { environmentId, subjectId }, clock) => {
  const now = clock.now();
  // Every event that had arrived by now counts, whether or not a job has come by to measure it.
  await measureAll(tx, environmentId);
  await lockProgress(tx, environmentId);
  const before = await lockOneProgress(tx, environmentId, subjectId);
  if (!before) return;
  // What came with a sample world stands as it came; what a rule decides is looked at once more. The
  // period is judged as it stood when it closed, a millisecond before it counts.
  if (before.version !== null) await judgeIntegrations(tx, environmentId, [before.integrationId], now - 1);
  const progress = (await lockOneProgress(tx, environmentId, subjectId))!;
  if (progress.state !== 'PROVISIONAL' || (progress.confirmsAt !== null && progress.confirmsAt.getTime() > now)) return;
  await setProgressState(tx, environmentId, subjectId, 'CONFIRMED', new Date(now), true);
  const given = await awardMilestone(tx, environmentId, subjectId, now);
  if (given.ok && given.value.isPending && (await isSandbox(tx, environmentId)))
    await promise(tx, { environmentId, kind: APPROVE, subjectId: given.value.awardId, dueAt: now, payload: {} });
  // What depended on it opens.
  await judgeIntegrations(tx, environmentId, [progress.integrationId], now);
};

/** Approves an award of a sandbox, and a day later as another person where two are needed. */
export const approveRehearsed: DueHandler = async (tx, { environmentId, subjectId, payload }, clock) => {
  const personId = typeof payload['as'] === 'string' ? payload['as'] : 'SANDBOX';
  const approved = await approveAward(tx, environmentId, { awardId: subjectId, personId, reason: 'Approved by the sandbox', now: clock.now() });
  if (approved.ok && !approved.value.isPosted) await promise(tx, { environmentId, kind: APPROVE, subjectId, dueAt: clock.now() + DAY_MS, payload: { as: 'SANDBOX_SECOND' } });
};
