/** What falls due in the program on its own time: a milestone that was reached in a period is
    confirmed once the period and its hold are over, by when refunds and late events have come in. */
import type { DueHandler } from '../room.ts';

/** Of progress that is PROVISIONAL; one that has been disputed or reversed meanwhile is left alone. */
export const confirmProgress: DueHandler = async (tx, { environmentId, subjectId }, clock) => {
  const now = new Date(clock.now());
  await tx.query("update portico.milestone_progress set state = 'CONFIRMED', confirmed_at = $3, updated_at = $3 where environment_id = $1 and id = $2 and state = 'PROVISIONAL'", [
    environmentId,
    subjectId,
    now,
  ]);
};
