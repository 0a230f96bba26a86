/** What falls due in the program on its own time: a result counts once its period and its hold are
    over, by when late events and doubts have come in, and then earns what it earns. */
import type { Instant } from '../base/clock.ts';
import { measureAll } from '../measurement/index.ts';
import type { Tx } from '../platform/postgres/database.ts';
import type { DueHandler } from '../room.ts';
import { awardMilestone } from './awards.service.ts';
import { judgeIntegrations } from './progress.service.ts';
import { dependenciesOf, lockOneProgress, lockProgress, opensOthers, setProgressState, versionOf } from './progress.store.ts';

/** Of progress that is PROVISIONAL; one that is in question or was reversed meanwhile is left alone. */
export const confirmProgress: DueHandler = async (tx, { environmentId, subjectId }, clock) => {
  const now = clock.now();
  // Before any row: the job that judges has the lock when it comes to the rows.
  await lockProgress(tx, environmentId);
  // What it depends on counts first, where both fall due at one instant: the end of their quarter.
  for (const id of [...(await dependenciesOf(tx, environmentId, subjectId)), subjectId]) await confirmOne(tx, environmentId, id, now);
};

async function confirmOne(tx: Tx, environmentId: string, progressId: string, now: Instant): Promise<void> {
  // What came with a sample world stands as it came. What a rule decides is looked at once more, when every
  // event that had arrived by now counts, whether or not a job has come by to measure it; and as it stood
  // when the period closed, a millisecond before it counts.
  if ((await versionOf(tx, environmentId, progressId)) !== null) {
    await measureAll(tx, environmentId);
    const { integrationId } = (await lockOneProgress(tx, environmentId, progressId))!;
    await judgeIntegrations(tx, environmentId, [integrationId], now - 1);
  }
  const progress = await lockOneProgress(tx, environmentId, progressId);
  if (progress?.state !== 'PROVISIONAL' || (progress.confirmsAt !== null && progress.confirmsAt.getTime() > now)) return;
  await setProgressState(tx, environmentId, progressId, 'CONFIRMED', new Date(now), true);
  await awardMilestone(tx, environmentId, progressId, now);
  // What depended on it opens, and what asks for the capability that it gives may be met.
  if (await opensOthers(tx, environmentId, progress.milestoneId)) await judgeIntegrations(tx, environmentId, [progress.integrationId], now);
}
