/** Brownouts: scheduled ahead for approved notices, aborted by an appended row. */
import { newId } from '../base/ids.ts';
import { ok, refused, type Outcome } from '../base/outcome.ts';
import type { StaffAct, StaffUserError } from '../partners/index.ts';
import type { Tx } from '../platform/postgres/database.ts';
import { findWindow, insertAbort, insertWindow, windowsOf } from './brownout.store.ts';
import { sunsetAt } from './notice-state.rules.ts';
import { brownoutFault } from './notice.rules.ts';
import { lockNotice } from './notice.store.ts';
import { tellAffected } from './notices.service.ts';

type Answer = Outcome<{ noticeId: string; windowId: string }, StaffUserError>;

const refuse = (code: StaffUserError['code'], message: string, ...path: string[]) => refused<StaffUserError>({ code, message, path });

/** Refusals: NOT_FOUND, REVIEW_STATE, INVALID, RULE_BROKEN. */
export async function scheduleBrownout(tx: Tx, act: StaffAct, noticeId: string, { startsAt, endsAt }: { startsAt: Date; endsAt: Date }): Promise<Answer> {
  const notice = await lockNotice(tx, noticeId);
  if (!notice) return refuse('NOT_FOUND', 'There is no such deprecation notice.', 'noticeId');
  if (notice.review !== 'APPROVED') return refuse('REVIEW_STATE', `The notice is ${notice.review}, and only what is APPROVED can be browned out.`, 'noticeId');
  const { content } = notice;
  const fault = brownoutFault(
    { startsAt: startsAt.getTime(), endsAt: endsAt.getTime() },
    {
      deprecatedOn: content.deprecatedOn,
      // A window that was called off leaves its time to others.
      others: (await windowsOf(tx, noticeId)).filter(({ abortedAt }) => abortedAt === null),
      sunsetAt: sunsetAt({ removedIn: content.removedIn, emergencySunsetOn: content.emergency?.sunsetOn ?? null }),
      now: act.clock.now(),
    },
  );
  if (fault) return refused(fault);
  const windowId = newId('brw');
  await insertWindow(tx, { id: windowId, noticeId, startsAt, endsAt, staffId: act.staffId, scheduledAt: new Date(act.clock.now()) });
  await tellAffected(tx, act, notice, 'BROWNOUT_SCHEDULED', {
    title: `${content.coordinate} will be switched off for a while`,
    body: `From ${startsAt.toISOString()} to ${endsAt.toISOString()} it answers with the error code BROWNOUT. Move a sandbox's clock there to rehearse, or opt out of this brownout.`,
  });
  return ok({ noticeId, windowId });
}

/** Ends a brownout that goes on, or calls off one to come. Refusals: NOT_FOUND, RULE_BROKEN, DUPLICATE. */
export async function abortBrownout(tx: Tx, act: StaffAct, windowId: string, reason: string): Promise<Answer> {
  const window = await findWindow(tx, windowId);
  if (!window) return refuse('NOT_FOUND', 'There is no such brownout.', 'windowId');
  if (act.clock.now() >= window.endsAt) return refuse('RULE_BROKEN', `The brownout ended at ${new Date(window.endsAt).toISOString()}: there is nothing left to abort.`, 'windowId');
  const notice = await lockNotice(tx, window.noticeId);
  if (!(await insertAbort(tx, { windowId, staffId: act.staffId, reason, abortedAt: new Date(act.clock.now()) })))
    return refuse('DUPLICATE', 'The brownout was aborted already.', 'windowId');
  await tellAffected(tx, act, notice!, 'BROWNOUT_ABORTED', { title: `The brownout of ${notice!.content.coordinate} is off`, body: reason });
  return ok({ noticeId: window.noticeId, windowId });
}
